//! The scorecard of a delivery: its files beside the ones that were in use before.
//!
//! It holds facts only; whether they are good enough is for its reader to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use crate::contract::{Column, FileKind, Unit};
use crate::header::matching_key;
use crate::vintage::{ColumnProfile, LoadEntry};

/// All that is known of a delivery once it is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scorecard {
    /// Its name, such as `2025_10-r2`.
    pub delivery: String,
    /// The month, for the vendor's files.
    pub snapshot_as_of: Option<NaiveDate>,
    /// Its files.
    pub files: Vec<FileCard>,
    /// What the month before had and this one has not, such as `T3`.
    pub absent: Vec<String>,
    /// Whether a person said that what is absent does not matter.
    pub partial: bool,
}

/// One file of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileCard {
    /// Its line in the ledger, or what will be it.
    pub load: LoadEntry,
    /// The load it is compared with: of the same month if it replaces one, else of the
    /// month before.
    pub before: Option<LoadEntry>,
    /// How its header differs from that one's.
    pub header: HeaderChanges,
    /// Its declared columns.
    pub columns: Vec<ColumnCard>,
}

impl FileCard {
    /// What people call the file's place: `T1`, `firms`, `lead`.
    pub fn place(&self) -> String {
        place_word(self.load.kind, self.load.territory.as_deref())
    }

    /// Rows as a multiple of the rows before.
    pub fn rows_ratio(&self) -> Option<f64> {
        let before = self.before.as_ref()?.rows;
        (before > 0).then(|| self.load.rows as f64 / before as f64)
    }
}

/// What people call a place.
pub(crate) fn place_word(kind: FileKind, territory: Option<&str>) -> String {
    territory.map_or_else(|| kind.word().to_owned(), str::to_owned)
}

/// How a header differs from the one before; names compare as the reader matches them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HeaderChanges {
    /// Columns that are gone.
    pub gone: Vec<String>,
    /// Columns that are new.
    pub new: Vec<String>,
    /// Columns whose name is spelled otherwise, in case or separators.
    pub respelled: Vec<String>,
    /// Whether the columns that both have stand in another order.
    pub reordered: bool,
    /// A new column that holds the values of one that is gone.
    pub renamed: Vec<Renamed>,
}

/// A column that seems to have got another name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Renamed {
    /// The declared name that is gone.
    pub gone: String,
    /// The new name.
    pub new: String,
    /// Rows in which both have a value.
    pub compared: u64,
    /// Of these, rows in which the values are the same.
    pub same: u64,
    /// Kolmogorov-Smirnov distance between the two columns' numbers, 0 for texts.
    pub distance: f64,
}

impl HeaderChanges {
    /// Compares two headers.
    pub(crate) fn between(before: &[String], now: &[String]) -> HeaderChanges {
        let keyed = |header: &[String]| -> BTreeMap<String, String> {
            let pair = |name: &String| (matching_key(name), name.trim().to_owned());
            header.iter().map(pair).collect()
        };
        if before.is_empty() || now.is_empty() {
            return HeaderChanges::default();
        }
        let (old, new) = (keyed(before), keyed(now));
        let only = |one: &[String], other: &BTreeMap<String, String>| -> Vec<String> {
            let names = one
                .iter()
                .filter(|name| !other.contains_key(&matching_key(name)));
            names.map(|name| name.trim().to_owned()).collect()
        };
        let shared = |header: &[String], other: &BTreeMap<String, String>| -> Vec<String> {
            let keys = header.iter().map(|name| matching_key(name));
            keys.filter(|key| other.contains_key(key)).collect()
        };
        let respelled = new
            .iter()
            .filter(|(key, name)| old.get(*key).is_some_and(|before| before != *name));
        HeaderChanges {
            gone: only(before, &new),
            new: only(now, &old),
            respelled: respelled.map(|(_, name)| name.clone()).collect(),
            reordered: shared(before, &new) != shared(now, &old),
            renamed: Vec::new(),
        }
    }
}

impl HeaderChanges {
    /// The same with columns under the names they are declared by; a declared column that
    /// is not missing, since the user mapped another to it, is not gone.
    fn declared(mut self, columns: &[Column], missing: &[String]) -> HeaderChanges {
        for name in self.gone.iter_mut().chain(&mut self.new) {
            let key = matching_key(name);
            let is = |column: &&Column| {
                let names = std::iter::once(&column.name).chain(column.aliases);
                names.into_iter().any(|name| matching_key(name) == key)
            };
            if let Some(column) = columns.iter().find(is) {
                column.name.clone_into(name);
            }
        }
        let is_read = |name: &String| {
            columns.iter().any(|column| column.name == name) && !missing.contains(name)
        };
        self.gone.retain(|name| !is_read(name));
        // A column that came back under an alias is neither gone nor new.
        let both: Vec<String> = self
            .gone
            .iter()
            .filter(|name| self.new.contains(name))
            .cloned()
            .collect();
        self.gone.retain(|name| !both.contains(name));
        self.new.retain(|name| !both.contains(name));
        self
    }
}

/// One declared column of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnCard {
    /// Its figures.
    pub now: ColumnProfile,
    /// The figures of the load it is compared with.
    pub before: Option<ColumnProfile>,
    /// The factor by which its unit seems to have changed, such as 0.01 or 1,000,000.
    pub unit_factor: Option<f64>,
}

/// Factors that a mixed-up unit shows: percent and fraction, thousands, millions.
const UNIT_FACTORS: [f64; 6] = [0.01, 100.0, 1e-3, 1e3, 1e-6, 1e6];
/// How far a ratio of quantiles may lie from such a factor, as a multiple.
const NEAR: f64 = 1.6;
/// Share of numbers out of range from which a larger unit is suspected.
const MANY_OUT_OF_RANGE: f64 = 0.2;

impl ColumnCard {
    pub(crate) fn new(now: ColumnProfile, before: Option<ColumnProfile>, column: &Column) -> Self {
        let unit_factor = before
            .as_ref()
            .and_then(|before| ratio_of_units(before, &now))
            .or_else(|| unit_out_of_range(&now, column));
        ColumnCard {
            now,
            before,
            unit_factor,
        }
    }
}

/// The unit factor that every comparable quantile shows; at least two must be.
fn ratio_of_units(before: &ColumnProfile, now: &ColumnProfile) -> Option<f64> {
    let pairs = before.quantiles?.into_iter().zip(now.quantiles?);
    let ratios: Vec<f64> = pairs
        .filter(|(before, now)| *before != 0.0 && before * now > 0.0)
        .map(|(before, now)| now / before)
        .collect();
    let shows = |factor: &f64| {
        let near = |ratio: &f64| (factor / NEAR..factor * NEAR).contains(ratio);
        ratios.len() >= 2 && ratios.iter().all(near)
    };
    UNIT_FACTORS.into_iter().find(|factor| shows(factor))
}

/// Money or percent of which many cells are too large: dollars for millions, or a
/// percentage of a percentage.
fn unit_out_of_range(now: &ColumnProfile, column: &Column) -> Option<f64> {
    let held = (now.filled + now.rejected) as f64;
    if (now.out_of_range as f64) < MANY_OUT_OF_RANGE * held || now.out_of_range == 0 {
        return None;
    }
    match column.unit {
        Unit::MillionDollars => Some(1e6),
        Unit::Percent => Some(100.0),
        _ => None,
    }
}

/// What is in use before a delivery, with the figures of its columns.
#[derive(Debug, Default)]
pub(crate) struct Before {
    pub(crate) loads: Vec<LoadEntry>,
    pub(crate) profiles: BTreeMap<i64, Vec<ColumnProfile>>,
}

impl Before {
    /// What a load is compared with: the load of its own place, else the newest of an
    /// earlier month.
    pub(crate) fn of(&self, load: &LoadEntry) -> Option<&LoadEntry> {
        self.loads
            .iter()
            .filter(|old| old.kind == load.kind && old.territory == load.territory)
            .filter(|old| old.snapshot_as_of <= load.snapshot_as_of)
            .filter(|old| old.load_id != load.load_id)
            .max_by_key(|old| old.snapshot_as_of)
    }
}

impl Scorecard {
    pub(crate) fn new(
        loads: &[(LoadEntry, Vec<ColumnProfile>)],
        before: &Before,
        absent: Vec<String>,
    ) -> Scorecard {
        let files = loads.iter().map(|(load, profiles)| {
            let old = before.of(load);
            let old_profiles = old.and_then(|old| before.profiles.get(&old.load_id));
            let declared = load.kind.contract().columns;
            let columns = profiles.iter().filter_map(|now| {
                let column = declared.iter().find(|column| column.name == now.column)?;
                let same = |old: &&ColumnProfile| old.column == now.column;
                let old = old_profiles.and_then(|all| all.iter().find(same));
                Some(ColumnCard::new(now.clone(), old.cloned(), column))
            });
            FileCard {
                header: old.map_or_else(HeaderChanges::default, |old| {
                    HeaderChanges::between(&old.header, &load.header)
                        .declared(declared, &load.missing_columns)
                }),
                columns: columns.collect(),
                before: old.cloned(),
                load: load.clone(),
            }
        });
        let first = loads.first().map(|(load, _)| load);
        Scorecard {
            delivery: first.map(|load| load.delivery.clone()).unwrap_or_default(),
            snapshot_as_of: first.and_then(|load| load.snapshot_as_of),
            files: files.collect(),
            absent,
            partial: loads.iter().any(|(load, _)| load.is_partial()),
        }
    }
}

/// Places that the newest month before `month` has in use and the month itself has not;
/// advisers looked up by number (TX) come when they come.
pub(crate) fn absent_places(
    in_use: &[LoadEntry],
    month: NaiveDate,
    delivered: &BTreeSet<(FileKind, Option<String>)>,
) -> Vec<String> {
    let months = in_use.iter().filter_map(|load| load.snapshot_as_of);
    let Some(before) = months.filter(|day| *day < month).max() else {
        return Vec::new();
    };
    let of = |day: NaiveDate| {
        in_use
            .iter()
            .filter(move |load| load.snapshot_as_of == Some(day))
    };
    let there = |load: &&LoadEntry| {
        let place = (load.kind, load.territory.clone());
        delivered.contains(&place)
            || of(month).any(|other| (other.kind, other.territory.clone()) == place)
    };
    of(before)
        .filter(|load| load.territory.as_deref() != Some("TX"))
        .filter(|load| !there(load))
        .map(|load| place_word(load.kind, load.territory.as_deref()))
        .collect()
}

/// What is to become of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It comes into use; with a word, where there is one to be recorded.
    Accept(Option<String>),
    /// It is kept, but held back, for these reasons.
    Quarantine(Vec<String>),
}

type Opinion = dyn Fn(&Scorecard) -> Judgement + Send + Sync;

/// Decides over deliveries, before they come into use.
#[derive(Clone)]
pub struct Judge(Arc<Opinion>);

impl Judge {
    /// A judge by a rule.
    pub fn new(rule: impl Fn(&Scorecard) -> Judgement + Send + Sync + 'static) -> Judge {
        Judge(Arc::new(rule))
    }

    pub(crate) fn judge(&self, card: &Scorecard) -> Judgement {
        (self.0)(card)
    }
}

impl Default for Judge {
    /// Accepts everything.
    fn default() -> Judge {
        Judge::new(|_| Judgement::Accept(None))
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn headers_compare_as_the_reader_matches_them() {
        let before = header(&["RepCRD", "Number IAReps", "Miles", "Gone"]);
        let now = header(&["New", "repcrd", "Number_IAReps", "Miles"]);
        let changes = HeaderChanges::between(&before, &now);
        assert_eq!(changes.gone, ["Gone"]);
        assert_eq!(changes.new, ["New"]);
        assert_eq!(changes.respelled, ["Number_IAReps", "repcrd"]);
        assert!(!changes.reordered);
        let turned = header(&["Miles", "RepCRD", "Number IAReps", "Gone"]);
        let changes = HeaderChanges::between(&before, &turned);
        assert!(changes.reordered && changes.respelled.is_empty());
        assert_eq!(HeaderChanges::between(&[], &now), HeaderChanges::default());
    }

    fn figures(quantiles: [f64; 5]) -> ColumnProfile {
        ColumnProfile {
            column: "PercentClients_Individuals".into(),
            rows: 100,
            filled: 100,
            quantiles: Some(quantiles),
            ..ColumnProfile::default()
        }
    }

    fn factor(before: [f64; 5], now: [f64; 5]) -> Option<f64> {
        ratio_of_units(&figures(before), &figures(now))
    }

    #[test]
    fn a_changed_unit_shows_in_every_quantile() {
        let before = [0.0, 12.0, 50.0, 80.0, 95.0];
        assert_eq!(factor(before, [0.0, 0.13, 0.49, 0.8, 0.96]), Some(0.01));
        assert_eq!(factor(before, [0.0, 12.0e6, 5e7, 8e7, 9e7]), Some(1e6));
        // A drift is no unit, nor is a change of the tail alone, nor a single number.
        assert_eq!(factor(before, before.map(|value| 3.0 * value)), None);
        assert_eq!(factor(before, [0.0, 12.0, 50.0, 80.0, 9_500.0]), None);
        assert_eq!(
            factor([0.0, 0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 100.0]),
            None
        );
    }

    #[test]
    fn money_out_of_range_is_dollars_for_millions() {
        let reps = FileKind::Reps.contract();
        let column = |name: &str| reps.columns.iter().find(|c| c.name == name).expect(name);
        let mut profile = figures([1.0; 5]);
        (profile.filled, profile.rejected, profile.out_of_range) = (60, 40, 40);
        let money = column("TotalAssetsInMillions");
        assert_eq!(unit_out_of_range(&profile, money), Some(1e6));
        assert_eq!(unit_out_of_range(&profile, column("MilesToWork")), None);
        profile.out_of_range = 1;
        assert_eq!(unit_out_of_range(&profile, money), None);
    }
}
