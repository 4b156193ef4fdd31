//! What a vendor's file says of an adviser's past, and whether a later file contradicts it.
//!
//! The past does not change: whoever was hired on a day stays hired on that day, and firms
//! left long ago keep their years. A later delivery that says otherwise was rewritten
//!: its "history" may have been filled in by what came later.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, Float64Array, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Float64Type};
use leadrank_warehouse::{Params, Session};
use serde::Serialize;

use crate::error::Result;

/// Years by which two statements of one span may differ: files round to a tenth, and both
/// may be rounded.
const SPAN_TOLERANCE: f64 = 0.15;
/// Years by which the length of a finished job may differ.
const PRIOR_TOLERANCE: f64 = 0.05;
/// Average days of a year, as everywhere.
const YEAR: f64 = 365.25;

/// The facts about the past in one row of a rep file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Career {
    /// The firm.
    pub firm: Option<String>,
    /// When the facts were true.
    pub as_of: NaiveDate,
    /// Years at that firm.
    pub years_at_firm: Option<f64>,
    /// Years since first registered.
    pub years_as_rep: Option<f64>,
    /// Years at the firm before, the one before that, and so on.
    pub prior: [Option<f64>; 4],
}

/// A statement about the past that can be contradicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PastFact {
    /// The day of hire at the present firm, from the years there.
    Hired,
    /// The day of the first registration, from the years as a rep.
    Registered,
    /// The years at earlier firms.
    PriorFirms,
}

impl PastFact {
    /// All of them.
    pub const ALL: [PastFact; 3] = [PastFact::Hired, PastFact::Registered, PastFact::PriorFirms];

    /// The column it is read from.
    pub fn column(self) -> &'static str {
        match self {
            PastFact::Hired => "DateOfHireAtCurrentFirm_NumberOfYears",
            PastFact::Registered => "DateBecameRep_NumberOfYears",
            PastFact::PriorFirms => "Number_YearsPriorFirm1..4",
        }
    }

    /// The fact in words.
    pub fn words(self) -> &'static str {
        match self {
            PastFact::Hired => "day of hire",
            PastFact::Registered => "day of first registration",
            PastFact::PriorFirms => "years at earlier firms",
        }
    }

    /// Whether `later` contradicts `earlier`; none where one of them does not say, or where
    /// the adviser has moved in between and the fact moved with it.
    ///
    /// ```
    /// use leadrank_sources::{Career, PastFact};
    /// let earlier = Career {
    ///     firm: Some("7".into()),
    ///     as_of: "2025-01-01".parse().unwrap(),
    ///     years_at_firm: Some(3.0),
    ///     years_as_rep: None,
    ///     prior: [Some(2.0), None, None, None],
    /// };
    /// let mut later = Career { as_of: "2026-01-01".parse().unwrap(), ..earlier.clone() };
    /// later.years_at_firm = Some(4.0);
    /// assert_eq!(PastFact::Hired.contradicted(&earlier, &later), Some(false));
    /// later.years_at_firm = Some(1.2);
    /// assert_eq!(PastFact::Hired.contradicted(&earlier, &later), Some(true));
    /// later.firm = Some("8".into());
    /// assert_eq!(PastFact::Hired.contradicted(&earlier, &later), None);
    /// ```
    pub fn contradicted(self, earlier: &Career, later: &Career) -> Option<bool> {
        let passed = (later.as_of - earlier.as_of).num_days() as f64 / YEAR;
        let span = |before: Option<f64>, after: Option<f64>| {
            let (before, after) = (before?, after?);
            Some((after - before - passed).abs() > SPAN_TOLERANCE)
        };
        let same_firm = earlier.firm.is_some() && earlier.firm == later.firm;
        match self {
            PastFact::Registered => span(earlier.years_as_rep, later.years_as_rep),
            PastFact::Hired if same_firm => span(earlier.years_at_firm, later.years_at_firm),
            PastFact::PriorFirms if same_firm => {
                let known = earlier
                    .prior
                    .iter()
                    .chain(&later.prior)
                    .any(Option::is_some);
                let differs = |(before, after): (&Option<f64>, &Option<f64>)| match (before, after)
                {
                    (Some(before), Some(after)) => (before - after).abs() > PRIOR_TOLERANCE,
                    (before, after) => before.is_some() != after.is_some(),
                };
                known.then(|| earlier.prior.iter().zip(&later.prior).any(differs))
            }
            PastFact::Hired | PastFact::PriorFirms => None,
        }
    }
}

/// The careers that a relation of rep rows tells, one for each adviser and day, of the row
/// that features are made of: primary firm first, fewest nulls, smallest firm number. The
/// relation has the columns of `discovery_reps_current`.
///
/// # Errors
/// When the query fails.
pub async fn careers(
    session: &Session,
    relation: &str,
) -> Result<HashMap<(String, NaiveDate), Career>> {
    let sql = format!(
        "SELECT RepCRD, snapshot_as_of, RIAFirmCRD, DateOfHireAtCurrentFirm_NumberOfYears AS hired, \
         DateBecameRep_NumberOfYears AS registered, Number_YearsPriorFirm1 AS prior1, \
         Number_YearsPriorFirm2 AS prior2, Number_YearsPriorFirm3 AS prior3, \
         Number_YearsPriorFirm4 AS prior4, IF(IsPrimaryRIAFirm = 'Yes', 0, 1) AS other, declared_nulls, \
         territory_source, source_line FROM {relation} r WHERE RepCRD IS NOT NULL AND snapshot_as_of IS NOT NULL"
    );
    // First one row for each adviser and firm, then one for each adviser.
    let mut of_firm: HashMap<(String, NaiveDate, u64), Told> = HashMap::new();
    for batch in session.collect(&sql, &Params::default()).await? {
        let reader = Columns::new(&batch);
        for row in 0..batch.num_rows() {
            if let Some((key, told)) = reader.read(row) {
                keep_lowest(&mut of_firm, key, told, Told::within_firm);
            }
        }
    }
    let mut chosen: HashMap<(String, NaiveDate), Told> = HashMap::new();
    for ((adviser, day, _), told) in of_firm {
        keep_lowest(&mut chosen, (adviser, day), told, Told::between_firms);
    }
    let careers = chosen.into_iter();
    Ok(careers.map(|(key, told)| (key, told.career)).collect())
}

/// A row with what decides between it and others of the same adviser.
struct Told {
    career: Career,
    /// 0 for the primary firm.
    other: i64,
    nulls: i64,
    firm: u64,
    territory: u8,
    line: i64,
}

impl Told {
    /// Lowest territory first.
    fn within_firm(&self) -> (u8, i64, i64) {
        (self.territory, self.nulls, self.line)
    }

    /// Primary firm first, then fewest nulls, then smallest firm number.
    fn between_firms(&self) -> (i64, i64, u64, u8, i64) {
        (self.other, self.nulls, self.firm, self.territory, self.line)
    }
}

/// Keeps of the rows under one key the lowest; no two are equal, since none stand on one
/// line of one file.
fn keep_lowest<K: Hash + Eq, R: Ord>(
    kept: &mut HashMap<K, Told>,
    key: K,
    told: Told,
    rank: impl Fn(&Told) -> R,
) {
    match kept.entry(key) {
        Entry::Occupied(mut slot) if rank(&told) < rank(slot.get()) => {
            slot.insert(told);
        }
        Entry::Occupied(_) => {}
        Entry::Vacant(slot) => {
            slot.insert(told);
        }
    }
}

/// The typed columns of a batch.
struct Columns<'a> {
    batch: &'a RecordBatch,
}

impl<'a> Columns<'a> {
    fn new(batch: &'a RecordBatch) -> Self {
        Columns { batch }
    }

    fn number(&self, place: usize, row: usize) -> Option<f64> {
        let column: &Float64Array = self.batch.column(place).as_primitive::<Float64Type>();
        column.is_valid(row).then(|| column.value(row))
    }

    fn whole(&self, place: usize, row: usize) -> i64 {
        let column = self.batch.column(place);
        let column = column.as_primitive::<datafusion::arrow::datatypes::Int64Type>();
        if column.is_valid(row) {
            column.value(row)
        } else {
            i64::MAX
        }
    }

    fn text(&self, place: usize, row: usize) -> Option<&'a str> {
        let column = self.batch.column(place).as_string::<i32>();
        column.is_valid(row).then(|| column.value(row))
    }

    fn read(&self, row: usize) -> Option<((String, NaiveDate, u64), Told)> {
        let days = self.batch.column(1).as_primitive::<Date32Type>();
        let as_of = Date32Type::to_naive_date_opt(days.value(row))?;
        let firm = self.text(2, row);
        let firm_number = firm.and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
        let career = Career {
            firm: firm.map(str::to_owned),
            as_of,
            years_at_firm: self.number(3, row),
            years_as_rep: self.number(4, row),
            prior: [5, 6, 7, 8].map(|place| self.number(place, row)),
        };
        let told = Told {
            career,
            other: self.whole(9, row),
            nulls: self.whole(10, row),
            firm: firm_number,
            territory: match self.text(11, row) {
                Some("T1") => 1,
                Some("T2") => 2,
                Some("T3") => 3,
                _ => 4,
            },
            line: self.whole(12, row),
        };
        Some(((self.text(0, row)?.to_owned(), as_of, firm_number), told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn career(day: &str, hired: f64, prior: [Option<f64>; 4]) -> Career {
        Career {
            firm: Some("7".into()),
            as_of: day.parse().expect("a day"),
            years_at_firm: Some(hired),
            years_as_rep: Some(hired + 10.0),
            prior,
        }
    }

    #[test]
    fn time_that_passes_contradicts_nothing_and_another_past_does() {
        let earlier = career("2025-01-01", 2.0, [Some(3.1), None, None, None]);
        let later = career("2025-07-01", 2.5, [Some(3.1), None, None, None]);
        for fact in PastFact::ALL {
            assert_eq!(fact.contradicted(&earlier, &later), Some(false), "{fact:?}");
        }
        let mut rewritten = later;
        rewritten.years_at_firm = Some(0.7);
        rewritten.prior = [Some(1.8), Some(3.1), None, None];
        assert_eq!(
            PastFact::Hired.contradicted(&earlier, &rewritten),
            Some(true)
        );
        assert_eq!(
            PastFact::PriorFirms.contradicted(&earlier, &rewritten),
            Some(true)
        );
        assert_eq!(
            PastFact::Registered.contradicted(&earlier, &rewritten),
            Some(false)
        );
    }

    #[test]
    fn what_is_not_said_is_not_contradicted() {
        let earlier = career("2025-01-01", 2.0, [None; 4]);
        let mut later = career("2025-07-01", 2.5, [None; 4]);
        assert_eq!(PastFact::PriorFirms.contradicted(&earlier, &later), None);
        later.years_as_rep = None;
        assert_eq!(PastFact::Registered.contradicted(&earlier, &later), None);
    }
}
