//! What a vendor's file says of an adviser's past, and whether a later file contradicts it.
//!
//! The past does not change: whoever was hired on a day stays hired on that day, and firms
//! left long ago keep their years. A later delivery that says otherwise was rewritten
//! (anchors.md, F2): its "history" may have been filled in by what came later.

use std::collections::HashMap;

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
         Number_YearsPriorFirm4 AS prior4, IF(IsPrimaryRIAFirm = 'Yes', 0, 1) AS other, declared_nulls \
         FROM {relation} r WHERE RepCRD IS NOT NULL AND snapshot_as_of IS NOT NULL"
    );
    let mut chosen: HashMap<(String, NaiveDate), (Rank, Career)> = HashMap::new();
    for batch in session.collect(&sql, &Params::default()).await? {
        let reader = Columns::new(&batch);
        for row in 0..batch.num_rows() {
            let Some((key, rank, career)) = reader.read(row) else {
                continue;
            };
            match chosen.get_mut(&key) {
                Some(slot) if slot.0 <= rank => {}
                Some(slot) => *slot = (rank, career),
                None => {
                    chosen.insert(key, (rank, career));
                }
            }
        }
    }
    let careers = chosen.into_iter();
    Ok(careers.map(|(key, (_, career))| (key, career)).collect())
}

/// What decides between several rows of one adviser, lowest first.
type Rank = (i64, i64, u64);

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

    fn read(&self, row: usize) -> Option<((String, NaiveDate), Rank, Career)> {
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
        let rank = (self.whole(9, row), self.whole(10, row), firm_number);
        Some(((self.text(0, row)?.to_owned(), as_of), rank, career))
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
        let mut rewritten = later.clone();
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
