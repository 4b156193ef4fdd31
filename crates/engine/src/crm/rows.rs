//! The current scores as rows of Salesforce.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_salesforce::sync::{Meta, Row, Value};

use super::display::DISPLAY;
use crate::error::{Error, Result};
use crate::experiment::Visibility;
use crate::project::Project;
use crate::stages;
use crate::stages::rows::Rows;

/// The field that shows a score.
pub const SHOWN: &str = "Lead_Score__c";

/// A change of the chance by this share of itself is a trend.
const TREND: f64 = 0.1;

/// What is read of the scores, beside the facts.
const COLUMNS: &str = "lead_id, scored_at, probability, percentile, rank, tier, do_not_call, driver_1, \
    driver_2, driver_3, driver_4, driver_5, driver_signals, caution, status, narrative, \
    probability_before, change, snapshot_as_of, peer_rate";

/// The scores of one day.
#[derive(Debug, Clone)]
pub struct Scores {
    /// A row a lead.
    pub rows: Vec<Row>,
    /// The model that made them.
    pub model_id: String,
    /// The day they are of.
    pub as_of: NaiveDate,
    /// The day of the data by now.
    pub today: NaiveDate,
    /// Leads whose values are emptied, since an experiment does not show their score.
    pub hidden: u64,
}

/// Reads the current scores with the facts that are shown beside them.
///
/// # Errors
/// When nothing is scored yet, or a table can't be read.
pub async fn scores(project: &Project, threads: usize) -> Result<Scores> {
    let Some(report) = stages::score::last_report(project) else {
        return Err(Error::Data(
            "nothing is scored yet: run `leadrank run` first, then sync".into(),
        ));
    };
    let (day, model_id) = (report.as_of, report.model_id);
    let shown: Vec<String> = DISPLAY
        .iter()
        .map(|one| format!("`{}`", one.feature))
        .collect();
    let query = format!(
        "SELECT {COLUMNS}, {} FROM LeadScoring.lead_scores_current ORDER BY lead_id",
        shown.join(", ")
    );
    let scored = stages::query(project, &query, threads)
        .await
        .map_err(|error| {
            Error::Data(format!(
                "the scores can't be read: run `leadrank score`, then sync again ({error})"
            ))
        })?;
    let columns = Columns::of(&Rows::new(scored))?;
    let mut rows = columns.rows(&model_id, day)?;
    let warehouse = project.warehouse().await?;
    let data = stages::open(project, &warehouse, day, threads).await?;
    let leads: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    // Scores may be older than the data by now, and who may see them is a matter of today.
    let today = stages::as_of(project, &warehouse).await?.max(day);
    let visibility = Visibility::of(project, &data.session, &leads, today).await?;
    let mut hidden = 0;
    // Emptied, not left out: a score that is there already has to go.
    for row in rows.iter_mut().filter(|row| visibility.hides(&row.id)) {
        hidden += 1;
        row.values
            .values_mut()
            .for_each(|value| *value = Value::Null);
    }
    Ok(Scores {
        hidden,
        rows,
        model_id,
        as_of: day,
        today,
    })
}

/// The note of a run that says of which day the data were when it was written: scores may be older.
const WRITTEN_ON: &str = "data_day";

/// Notes the day of the data on which a run is written.
pub fn note_written_on(meta: &mut Meta, day: NaiveDate) {
    meta.notes.insert(WRITTEN_ON.into(), day.to_string());
}

/// The day of the data on which a run was written; that of its values where none is noted.
pub fn written_on(meta: &Meta) -> NaiveDate {
    let noted = meta.notes.get(WRITTEN_ON).and_then(|day| day.parse().ok());
    noted.unwrap_or(meta.day)
}

/// The day of the data, and which of these leads' scores an experiment hides by then.
///
/// # Errors
/// When a table or a plan can't be read.
pub async fn hidden(
    project: &Project,
    leads: &[&str],
    threads: usize,
) -> Result<(NaiveDate, Visibility)> {
    let warehouse = project.warehouse().await?;
    let day = stages::as_of(project, &warehouse).await?;
    let data = stages::open(project, &warehouse, day, threads).await?;
    let visibility = Visibility::of(project, &data.session, leads, day).await?;
    Ok((day, visibility))
}

/// The columns of the current scores.
struct Columns {
    ids: Vec<Option<String>>,
    scored_at: Vec<Option<String>>,
    probability: Vec<Option<f64>>,
    percentile: Vec<Option<f64>>,
    rank: Vec<Option<i64>>,
    tier: Vec<Option<String>>,
    do_not_call: Vec<Option<bool>>,
    drivers: Vec<Vec<Option<String>>>,
    signals: Vec<Option<String>>,
    caution: Vec<Option<String>>,
    status: Vec<Option<String>>,
    narrative: Vec<Option<String>>,
    before: Vec<Option<f64>>,
    change: Vec<Option<String>>,
    months: Vec<Option<NaiveDate>>,
    peer_rates: Vec<Option<f64>>,
    facts: Vec<Vec<Option<f64>>>,
}

impl Columns {
    fn of(scored: &Rows) -> Result<Self> {
        Ok(Columns {
            ids: scored.texts("lead_id")?,
            scored_at: scored.texts("scored_at")?,
            probability: scored.numbers("probability")?,
            percentile: scored.numbers("percentile")?,
            rank: scored.integers("rank")?,
            tier: scored.texts("tier")?,
            do_not_call: scored.flags("do_not_call")?,
            drivers: (1..=5)
                .map(|place| scored.texts(&format!("driver_{place}")))
                .collect::<Result<_>>()?,
            signals: scored.texts("driver_signals")?,
            caution: scored.texts("caution")?,
            status: scored.texts("status")?,
            narrative: scored.texts("narrative")?,
            before: scored.numbers("probability_before")?,
            change: scored.texts("change")?,
            months: scored.dates("snapshot_as_of")?,
            peer_rates: scored.numbers("peer_rate")?,
            facts: DISPLAY
                .iter()
                .map(|one| scored.numbers(one.feature))
                .collect::<Result<_>>()?,
        })
    }

    fn rows(&self, model_id: &str, day: NaiveDate) -> Result<Vec<Row>> {
        let known = self.ids.iter().enumerate();
        known
            .filter_map(|(at, id)| Some((at, id.clone()?)))
            .map(|(at, id)| {
                let values = self.values(at, model_id, day)?;
                Ok(Row { id, values })
            })
            .collect()
    }

    fn values(&self, at: usize, model_id: &str, day: NaiveDate) -> Result<BTreeMap<String, Value>> {
        let tier = self.tier(at);
        let is_called = matches!(tier, Some("A" | "B"));
        let month = self.months[at];
        let mut values: BTreeMap<String, Value> = [
            (SHOWN, number(self.probability[at])),
            (
                "Lead_Score_Percentile__c",
                number(self.percentile[at].map(f64::round)),
            ),
            ("Lead_Tier__c", text(tier)),
            // Places further down move with every score of anybody, and say nothing.
            (
                "Lead_Rank__c",
                number(self.rank[at].filter(|_| is_called).map(|rank| rank as f64)),
            ),
            ("Score_Caution__c", text(self.caution(at, month).as_deref())),
            ("Score_Narrative__c", text(self.narrative[at].as_deref())),
            ("Score_Trend__c", text(Some(self.trend(at)))),
            ("Score_Change__c", text(self.change[at].as_deref())),
            ("Score_Model_Version__c", text(Some(model_id))),
            ("Scored_At__c", moment(self.scored_at[at].as_deref())?),
            ("Score_As_Of__c", Value::Date(day)),
            ("Score_Data_Date__c", month.map_or(Value::Null, Value::Date)),
            ("Score_Status__c", text(self.status[at].as_deref())),
            ("Score_Peer_Rate__c", number(self.peer_rates[at])),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        for (driver, name) in self.told(at).into_iter().zip(1..=5) {
            values.insert(format!("Score_Driver_{name}__c"), text(driver.as_deref()));
        }
        for (one, column) in DISPLAY.iter().zip(&self.facts) {
            values.insert(one.api_name.to_owned(), number(column[at]));
        }
        Ok(values)
    }

    fn tier(&self, at: usize) -> Option<&str> {
        match self.do_not_call[at] {
            Some(true) => Some("Do not call"),
            _ => self.tier[at].as_deref(),
        }
    }

    /// The five reasons, each behind the kind of its signal: `Timing: 3.2 years at the firm`.
    fn told(&self, at: usize) -> [Option<String>; 5] {
        let signals: Vec<&str> = self.signals[at]
            .as_deref()
            .unwrap_or_default()
            .split('|')
            .collect();
        std::array::from_fn(|place| {
            let driver = self.drivers[place][at].as_deref()?;
            Some(
                match signals.get(place).filter(|signal| !signal.is_empty()) {
                    Some(signal) => format!("{signal}: {driver}"),
                    None => driver.to_owned(),
                },
            )
        })
    }

    /// The caution. Days since the vendor's month would make another text of it every day, so the
    /// month itself is named.
    fn caution(&self, at: usize, month: Option<NaiveDate>) -> Option<String> {
        match (self.status[at].as_deref(), month) {
            (Some("stale"), Some(month)) => Some(format!(
                "The vendor's data is old: of {}",
                month.format("%B %Y")
            )),
            _ => self.caution[at].clone(),
        }
    }

    fn trend(&self, at: usize) -> &'static str {
        match (self.probability[at], self.before[at]) {
            (Some(now), Some(before)) if now >= before * (1.0 + TREND) => "Up",
            (Some(now), Some(before)) if now <= before * (1.0 - TREND) => "Down",
            (Some(_), Some(_)) => "Steady",
            _ => "New",
        }
    }
}

fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, Value::Number)
}

fn text(value: Option<&str>) -> Value {
    value
        .filter(|text| !text.is_empty())
        .map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

/// A moment as SQL writes it, to the second: what is finer is nobody's business.
fn moment(value: Option<&str>) -> Result<Value> {
    let Some(text) = value else {
        return Ok(Value::Null);
    };
    let read = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"))
        .map_err(|_| Error::Data(format!("`{text}` is no moment: score again")))?;
    let seconds = read.with_timezone(&Utc).timestamp();
    Ok(DateTime::from_timestamp(seconds, 0).map_or(Value::Null, Value::DateTime))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        let one = |text: &str| vec![Some(text.to_owned())];
        Columns {
            ids: one("00Q"),
            scored_at: one("2025-12-31T08:00:00.25Z"),
            probability: vec![Some(0.06)],
            percentile: vec![Some(92.6)],
            rank: vec![Some(900)],
            tier: one("C"),
            do_not_call: vec![Some(false)],
            drivers: vec![
                one("3.2 years at the firm"),
                one("a small firm"),
                vec![None],
                vec![None],
                vec![None],
            ],
            signals: one("Timing|Size"),
            caution: one("Vendor data is 200 days old"),
            status: one("stale"),
            narrative: one("Speaks for a call: 3.2 years at the firm."),
            before: vec![Some(0.05)],
            change: vec![None],
            months: vec![NaiveDate::from_ymd_opt(2025, 6, 1)],
            peer_rates: vec![Some(0.04)],
            facts: DISPLAY.iter().map(|_| vec![Some(2.0)]).collect(),
        }
    }

    #[test]
    fn a_score_becomes_a_row_of_known_fields() {
        let day = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();
        let rows = columns().rows("abc", day).unwrap();
        let values = &rows[0].values;
        let names = super::super::schema().names();
        for name in values.keys() {
            assert!(names.contains(name), "{name}");
        }
        // All but the key, which follows from the row.
        assert_eq!(values.len(), names.len() - 1);
        let text = |name: &str| match &values[name] {
            Value::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        assert_eq!(text("Score_Driver_1__c"), "Timing: 3.2 years at the firm");
        assert_eq!(text("Score_Driver_2__c"), "Size: a small firm");
        assert_eq!(values["Score_Driver_3__c"], Value::Null);
        assert_eq!(text("Score_Trend__c"), "Up");
        assert_eq!(
            text("Score_Caution__c"),
            "The vendor's data is old: of June 2025"
        );
        assert_eq!(values["Lead_Rank__c"], Value::Null, "no place in tier C");
        assert_eq!(values["Lead_Score_Percentile__c"], Value::Number(93.0));
        assert_eq!(
            values["Scored_At__c"],
            moment(Some("2025-12-31T08:00:00Z")).unwrap()
        );
    }

    #[test]
    fn who_is_not_to_be_called_has_that_for_a_tier() {
        let mut columns = columns();
        columns.do_not_call = vec![Some(true)];
        assert_eq!(columns.tier(0), Some("Do not call"));
    }
}
