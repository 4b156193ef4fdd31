//! Whether the data reach the day of a look: an export that ends before it knows no outcome since, and
//! what is not known looks like no call.

use chrono::NaiveDate;
use leadrank_evidence::{Gate, Measured, Unit, Verdict};
use leadrank_experiment::plan::{Kpi, Plan};
use leadrank_sources::FileKind;
use leadrank_warehouse::Params;

use crate::error::Result;
use crate::stages::Data;
use crate::stages::rows::Rows;

/// Days without any event that a long weekend explains.
const PATIENCE: i64 = 4;

/// Up to which day files tell something, and when they were loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reach {
    files: Vec<Reached>,
    /// Whether dials are on record.
    has_dials: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Reached {
    what: &'static str,
    /// The last day of which it tells anything.
    last: Option<NaiveDate>,
    /// The day on which it was loaded.
    loaded: Option<NaiveDate>,
}

impl Reach {
    /// Looks at the lead file and the dials as of `day`.
    pub(super) async fn of(data: &Data, day: NaiveDate) -> Result<Self> {
        let dials = "SELECT MAX(DATE(CreatedDate)) AS last_day FROM SavvyGTMData.Task \
                     WHERE DATE(CreatedDate) <= @day";
        let mut reach = Reach {
            files: Vec::new(),
            has_dials: data.session.has_table(super::outcomes::TASKS),
        };
        let params = Params::new().with("day", day);
        for (what, kind, query) in [
            (
                "salesforce_lead.csv",
                FileKind::Lead,
                include_str!("reach.sql"),
            ),
            ("salesforce_task.csv", FileKind::Task, dials),
        ] {
            if kind == FileKind::Task && !reach.has_dials {
                continue;
            }
            let rows = Rows::new(data.session.collect(query, &params).await?);
            let loads = data.in_use.loads.iter().filter(|load| load.kind == kind);
            reach.files.push(Reached {
                what,
                last: rows.dates("last_day")?.first().copied().flatten(),
                loaded: loads.map(|load| load.loaded_at.date_naive()).max(),
            });
        }
        Ok(reach)
    }

    /// The gate on it.
    pub(super) fn gate(&self, plan: &Plan, day: NaiveDate) -> Gate {
        let days = |file: &Reached| file.last.map_or(i64::MAX, |last| (day - last).num_days());
        let worst = self.files.iter().max_by_key(|file| days(file));
        let early = self.files.iter().find(|file| file.loaded < Some(day));
        let late = worst.filter(|file| days(file) > PATIENCE);
        let no_dials = plan.kpi == Kpi::CallsPer100Dials && !self.has_dials;
        let action = match (no_dials, late, early) {
            (true, _, _) => {
                "the plan counts by dials, and there is no salesforce_task.csv: bring it".to_owned()
            }
            (_, Some(file), _) => format!(
                "{} ends {}: bring the data of this day; what is not in them would count as no call",
                file.what,
                file.last.map_or_else(
                    || "before it begins".to_owned(),
                    |last| format!("on {last}")
                )
            ),
            (_, _, Some(file)) => format!(
                "{} was loaded on {} already, before that day was over: bring it anew",
                file.what,
                file.loaded
                    .map_or_else(|| "a day nobody knows".to_owned(), |day| day.to_string())
            ),
            _ => String::new(),
        };
        let is_there = !no_dials && late.is_none() && early.is_none();
        let gap = worst.map_or(0, |file| days(file).min(100_000));
        Gate {
            id: "experiment.data".into(),
            rule: format!(
                "the lead file{} of {day} are there, to at most {PATIENCE} days before",
                if plan.kpi == Kpi::CallsPer100Dials {
                    " and the dials"
                } else {
                    ""
                }
            ),
            value: Some(Measured::counted(gap as f64, self.files.len() as u64)),
            unit: Unit::Days,
            verdict: match is_there {
                true => Verdict::Pass,
                false => Verdict::Fail,
            },
            action,
            brief: None,
            forced: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn judged(last: &str, loaded: &str, kpi: Kpi, has_dials: bool) -> (Verdict, String) {
        let reach = Reach {
            files: vec![Reached {
                what: "salesforce_lead.csv",
                last: Some(day(last)),
                loaded: Some(day(loaded)),
            }],
            has_dials,
        };
        let gate = reach.gate(&super::super::plan_for_tests(kpi), day("2025-12-10"));
        (gate.verdict, gate.action)
    }

    #[test]
    fn data_that_end_before_the_day_are_told() {
        let leads = Kpi::CallsPer100Leads;
        assert_eq!(
            judged("2025-12-10", "2025-12-10", leads, false).0,
            Verdict::Pass
        );
        assert_eq!(
            judged("2025-12-06", "2025-12-11", leads, false).0,
            Verdict::Pass
        );
        let (verdict, action) = judged("2025-11-18", "2025-12-11", leads, false);
        assert_eq!(verdict, Verdict::Fail);
        assert!(action.contains("ends on 2025-11-18"), "{action}");
        let (verdict, action) = judged("2025-12-08", "2025-12-09", leads, false);
        assert_eq!(verdict, Verdict::Fail);
        assert!(action.contains("loaded on 2025-12-09"), "{action}");
        let dials = Kpi::CallsPer100Dials;
        assert!(
            judged("2025-12-10", "2025-12-10", dials, false)
                .1
                .contains("no salesforce_task")
        );
        assert_eq!(
            judged("2025-12-10", "2025-12-10", dials, true).0,
            Verdict::Pass
        );
    }
}
