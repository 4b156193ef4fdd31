//! Is a new column an old one under another name? Told by its values, not by its name.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray};
use leadrank_stats::drift::kolmogorov_smirnov;
use leadrank_warehouse::{Params, Session, SessionOptions, Warehouse};

use crate::cell;
use crate::contract::{Column, FileKind};
use crate::error::Result;
use crate::header::{matching_key, normalise};
use crate::scorecard::{FileCard, Renamed, Scorecard};
use crate::vintage::{store_of, table_of_kind};

/// Share of equal values from which a new column counts as the old one.
const ALIKE: f64 = 0.9;
/// Distance between two distributions below which they are alike.
const NEAR: f64 = 0.05;
/// Fewest values compared.
const FEWEST: u64 = 20;
/// The same where the names are alike, too: figures of large firms move with each filing.
const NEAR_BY_NAME: f64 = 0.30;
/// Likeness of two names, 0 to 1, from which they are alike.
const NAMES_ALIKE: f64 = 0.80;
/// Most numbers whose distribution is compared.
const SAMPLE: usize = 20_000;
/// Most columns on either side that are compared: a file in which more have changed is
/// another layout, not a renaming.
const MOST: usize = 12;

/// Looks for renamed columns in a delivery whose rows are written.
pub(crate) async fn find(warehouse: &Warehouse, card: &mut Scorecard) -> Result<()> {
    if !card.files.iter().any(is_candidate) {
        return Ok(());
    }
    let options = SessionOptions::at(NaiveDate::default());
    find_in(&warehouse.session(&options).await?, card).await
}

/// The same in a session that sees the rows.
pub(crate) async fn find_in(session: &Session, card: &mut Scorecard) -> Result<()> {
    for file in card.files.iter_mut().filter(|file| is_candidate(file)) {
        file.header.renamed = in_file(session, file).await?;
    }
    Ok(())
}

/// Only the vendor's files keep the text of undeclared columns.
fn is_candidate(file: &FileCard) -> bool {
    file.load.kind.is_monthly()
        && file.before.is_some()
        && !file.header.gone.is_empty()
        && !file.header.new.is_empty()
}

async fn in_file(session: &Session, file: &FileCard) -> Result<Vec<Renamed>> {
    let Some(before) = &file.before else {
        return Ok(Vec::new());
    };
    let contract = file.load.kind.contract();
    let declared = |name: &String| {
        let key = matching_key(name);
        contract
            .columns
            .iter()
            .find(|c| matching_key(c.name) == key)
    };
    let gone = file.header.gone.iter().filter_map(declared);
    let gone: Vec<&Column> = gone.take(MOST).collect();
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let key = match file.load.kind {
        FileKind::Reps => "CONCAT(RepCRD, ' ', IFNULL(RIAFirmCRD, ''))",
        _ => "RIAFirmCRD",
    };
    let store = store_of(&table_of_kind(file.load.kind));
    let columns: Vec<String> = gone
        .iter()
        .map(|column| format!("CAST(`{}` AS STRING)", column.name))
        .collect();
    let sql = format!(
        "SELECT {key}, {} FROM {store} WHERE load_id = {} ORDER BY source_line",
        columns.join(", "),
        before.load_id
    );
    let mut old: HashMap<String, Vec<Option<String>>> = HashMap::new();
    for batch in session.collect(&sql, &Params::default()).await? {
        let texts: Vec<_> = batch
            .columns()
            .iter()
            .map(|c| c.as_string::<i32>())
            .collect();
        for row in 0..batch.num_rows() {
            let values = texts[1..].iter();
            let values = values.map(|text| text.is_valid(row).then(|| text.value(row).to_owned()));
            old.insert(texts[0].value(row).to_owned(), values.collect());
        }
    }
    let sql = format!(
        "SELECT {key}, unknown_columns FROM {store} WHERE load_id = {} \
         AND unknown_columns IS NOT NULL ORDER BY source_line",
        file.load.load_id
    );
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for batch in session.collect(&sql, &Params::default()).await? {
        let (keys, texts) = (
            batch.column(0).as_string::<i32>(),
            batch.column(1).as_string::<i32>(),
        );
        for row in 0..batch.num_rows() {
            let Some(before) = old.get(keys.value(row)) else {
                continue;
            };
            let Ok(now) = serde_json::from_str::<BTreeMap<String, String>>(texts.value(row)) else {
                continue;
            };
            for (n, name) in file.header.new.iter().take(MOST).enumerate() {
                let Some(text) = now.get(name).or_else(|| now.get(&normalise(name))) else {
                    continue;
                };
                for (g, (column, value)) in gone.iter().zip(before).enumerate() {
                    let Some(value) = value else { continue };
                    pairs.entry((g, n)).or_default().take(column, value, text);
                }
            }
        }
    }
    let mut renamed: Vec<Renamed> = Vec::new();
    for (g, column) in gone.iter().enumerate() {
        let candidates = pairs.iter().filter(|((of, _), _)| *of == g);
        let alike = candidates.filter_map(|((_, n), pair)| {
            let likeness = likeness(column.name, &file.header.new[*n]);
            pair.judge(likeness).map(|distance| Renamed {
                gone: column.name.to_owned(),
                new: file.header.new[*n].clone(),
                compared: pair.compared,
                same: pair.same,
                distance,
            })
        });
        // Of several that fit, the one with the most equal values, then the nearest shape.
        let better = |a: &Renamed, b: &Renamed| {
            (a.same.cmp(&b.same)).then(b.distance.total_cmp(&a.distance))
        };
        renamed.extend(alike.max_by(better));
    }
    Ok(renamed)
}

/// A column that is gone beside one that is new.
#[derive(Default)]
struct Pair {
    compared: u64,
    same: u64,
    /// Numbers of the old and the new column for the same rows.
    numbers: (Vec<f64>, Vec<f64>),
}

impl Pair {
    fn take(&mut self, column: &Column, value: &str, text: &str) {
        self.compared += 1;
        self.same += u64::from(is_same(column, value, text));
        if column.kind.is_number()
            && self.numbers.0.len() < SAMPLE
            && let Ok(old) = value.parse()
            && let Ok(Some(new)) = cell::float(text, column.unit, column.censored)
        {
            self.numbers.0.push(old);
            self.numbers.1.push(new.value);
        }
    }

    /// The distance between the two distributions, if the columns are alike: by their
    /// values, or, where values change from month to month, by their shape.
    fn judge(&self, likeness: f64) -> Option<f64> {
        let near = match likeness >= NAMES_ALIKE {
            true => NEAR_BY_NAME,
            false => NEAR,
        };
        if self.compared < FEWEST {
            return None;
        }
        let equal = self.same as f64 >= ALIKE * self.compared as f64;
        let enough = self.numbers.0.len() as u64 * 2 >= self.compared.min(SAMPLE as u64);
        let shape = kolmogorov_smirnov(&self.numbers.0, &self.numbers.1).filter(|_| enough);
        match shape {
            Some(shape) if equal || shape.statistic < near => Some(shape.statistic),
            None if equal => Some(0.0),
            _ => None,
        }
    }
}

/// How alike two names are, 0 to 1, without case and separators.
fn likeness(one: &str, other: &str) -> f64 {
    let bare = |name: &str| matching_key(name).replace('_', "");
    strsim::jaro_winkler(&bare(one), &bare(other))
}

/// Whether a stored value and a cell's text say the same.
fn is_same(column: &Column, value: &str, text: &str) -> bool {
    if !column.kind.is_number() {
        return value.eq_ignore_ascii_case(text.trim());
    }
    let Ok(Some(number)) = cell::float(text, column.unit, column.censored) else {
        return false;
    };
    let value: Result<f64, _> = value.parse();
    value.is_ok_and(|value| (value - number.value).abs() <= 1e-9 * value.abs().max(1.0))
}
