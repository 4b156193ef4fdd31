//! What is watched every day, without spending anything of the final test.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use leadrank_stats::always_valid::Mixture;
use leadrank_stats::{Estimate, Interval, proportion};
use serde::{Deserialize, Serialize};

use crate::cells::{Cells, Sum};
use crate::effect::{self, Effect, Metric};
use crate::{Arm, Arms, Plan, Row, size};

/// Scheduled calls that each arm must have before the arms are compared day by day. Intervals hold
/// the truth as often as they say, and alarms are no more frequent, from about five expected calls
/// an arm on (`examples/error_rates.rs`); with fewer an arm often has none and nothing can be said.
/// Ten expected leave room for an arm that gets half of them by chance.
pub const FEWEST_CALLS: f64 = 10.0;

/// The state at the end of one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub day: NaiveDate,
    /// Leads enrolled so far.
    pub enrolled: Arms<u64>,
    /// Of them with a known outcome.
    pub mature: Arms<u64>,
    /// Dials to mature leads within the horizon.
    pub dials: Arms<f64>,
    /// Answered ones.
    pub answered: Arms<f64>,
    /// Scheduled calls of mature leads.
    pub calls: Arms<f64>,
    /// The KPI of each arm per 100; none without anything to divide by.
    pub kpi: Arms<Option<f64>>,
    /// The lift so far, with an interval that holds at all looks together.
    pub lift: Option<Lift>,
}

/// A relative change with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// The change, `0.5` for half as much again.
    pub value: f64,
    /// Its interval; the upper end may be infinite, which is null in JSON.
    #[serde(with = "crate::unbounded::above")]
    pub interval: Interval,
    /// The p-value that belongs to it.
    pub p_value: f64,
}

impl Lift {
    /// As a single planned look reads an effect on the logarithm.
    pub(crate) fn single(found: Effect, confidence: f64) -> Self {
        Lift::of(found.estimate, found.interval(confidence), found.p_value())
    }

    pub(crate) fn of(estimate: f64, interval: Interval, p_value: f64) -> Self {
        Lift {
            value: effect::lift(estimate),
            interval: Interval {
                lo: effect::lift(interval.lo),
                hi: effect::lift(interval.hi),
            },
            p_value,
        }
    }
}

/// The mixture of the plan: tightest where the final analysis is planned.
pub fn mixture(plan: &Plan) -> Option<Mixture> {
    Mixture::tightest_at(plan.assumed.information, plan.alpha)
}

/// Whether both arms have enough scheduled calls to be compared.
pub fn may_be_compared(cells: &Cells) -> bool {
    let enough = |arm: Arm| cells.arm(arm)[Sum::Calls as usize] >= FEWEST_CALLS;
    Arm::ALL.into_iter().all(enough)
}

/// The lift with an interval that may be looked at any day; none with too few scheduled calls.
pub fn always_valid(plan: &Plan, cells: &Cells, metric: Metric) -> Option<Lift> {
    if !may_be_compared(cells) {
        return None;
    }
    let found: Effect = effect::log_ratio(cells, metric)?;
    let mixture = mixture(plan)?;
    let reach = mixture.half_width(found.information());
    let interval = Interval {
        lo: found.estimate - reach,
        hi: found.estimate + reach,
    };
    let p_value = mixture.p_value(found.estimate, found.information());
    Some(Lift::of(found.estimate, interval, p_value))
}

/// Every day from the first enrolment to `until`. Rows are as known on `until`; a row's outcome is
/// complete once its horizon has passed, so that past days can be told from it.
pub fn days(plan: &Plan, rows: &[Row], until: NaiveDate) -> Vec<Day> {
    let found: Vec<&Row> = rows.iter().filter(|row| row.is_found).collect();
    let mut arrivals: BTreeMap<NaiveDate, Arms<u64>> = BTreeMap::new();
    let mut outcomes: BTreeSet<NaiveDate> = BTreeSet::new();
    for row in &found {
        arrivals.entry(row.enrolled).or_default()[row.arm] += 1;
        outcomes.extend(row.is_mature.then(|| plan.matured_on(row.enrolled)));
    }
    let mut made: Vec<Day> = Vec::new();
    for day in plan.start.iter_days().take_while(|day| *day <= until) {
        // Where no outcome came in there is nothing new to compare.
        let before = made.last().filter(|_| !outcomes.contains(&day));
        let known = before.cloned().unwrap_or_else(|| {
            let is_known = |row: &&&Row| row.is_mature && plan.matured_on(row.enrolled) <= day;
            of_outcomes(
                plan,
                day,
                &Cells::of(found.iter().filter(is_known).copied()),
            )
        });
        let so_far = |arm: Arm| arrivals.range(..=day).map(|(_, new)| new[arm]).sum();
        made.push(Day {
            day,
            enrolled: Arms::of(so_far),
            ..known
        });
    }
    made
}

/// A day of these outcomes, without who is enrolled.
fn of_outcomes(plan: &Plan, day: NaiveDate, cells: &Cells) -> Day {
    let metric = size::metric(plan.kpi);
    let sums = Arms::of(|arm| cells.arm(arm));
    let sum = |which: Sum| Arms::of(|arm| sums[arm][which as usize]);
    Day {
        day,
        enrolled: Arms::default(),
        mature: Arms::of(|arm| sums[arm][Sum::Leads as usize] as u64),
        dials: sum(Sum::Dials),
        answered: sum(Sum::Answered),
        calls: sum(Sum::Calls),
        kpi: Arms::of(|arm| metric.value(&sums[arm]).map(|value| 100.0 * value)),
        lift: always_valid(plan, cells, metric),
    }
}

/// Share of pairs of leads of one salesperson and day of enrolment of which the better-scored one was
/// dialled first, on an earlier day: 0.5 by chance, 1 in the order of scores. Each group holds
/// the days to the first dial and the scores of its leads; pairs dialled on one day or with equal
/// scores say nothing.
pub fn in_order(leads: &[Vec<(f64, f64)>]) -> Option<Estimate> {
    let (mut first, mut pairs) = (0.0, 0.0);
    let mut groups: Vec<(f64, f64)> = Vec::new();
    for own in leads {
        let (mut own_first, mut own_pairs) = (0.0, 0.0);
        for (at, (day, score)) in own.iter().enumerate() {
            for (other_day, other_score) in &own[at + 1..] {
                if day != other_day && score != other_score {
                    own_pairs += 1.0;
                    let is_better_first = (day < other_day) == (score > other_score);
                    own_first += f64::from(u8::from(is_better_first));
                }
            }
        }
        if own_pairs > 0.0 {
            groups.push((own_first, own_pairs));
            first += own_first;
            pairs += own_pairs;
        }
    }
    let n = groups.len() as f64;
    if n < 2.0 {
        return None;
    }
    let share: f64 = first / pairs;
    // Salespeople and days are what varies; pairs of one of them are not independent.
    let squares: f64 = groups.iter().map(|(f, p)| (f - share * p).powi(2)).sum();
    let error = (squares * n / (n - 1.0)).sqrt() / pairs;
    let interval = Effect {
        estimate: share,
        error,
    }
    .interval(0.95);
    Some(Estimate {
        value: share,
        lo: interval.lo.max(0.0),
        hi: interval.hi.min(1.0),
        n: pairs as u64,
        positives: first as u64,
        chance: Some(0.5),
    })
}

/// Leads of an arm whose score could be seen when it was dialled, of all leads dialled; where no
/// dials are on record, leads whose score could be seen at all, of all leads.
pub fn exposed(rows: &[Row], arm: Arm, has_dials: bool) -> Option<Estimate> {
    let own = rows.iter().filter(|row| row.arm == arm);
    let counted = own.filter(|row| !has_dials || row.dials > 0.0);
    let (seen, n) = counted.fold((0, 0), |(seen, n), row| {
        let is_seen = match has_dials {
            true => row.exposed_dials > 0.0,
            false => row.shown,
        };
        (seen + u64::from(is_seen), n + 1)
    });
    proportion::estimate(seen, n, 0.95)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialling_by_score_is_seen() {
        let by_score = vec![
            vec![(1.0, 0.9), (2.0, 0.5), (3.0, 0.1)],
            vec![(1.0, 0.6), (1.0, 0.7), (4.0, 0.2)],
        ];
        assert_eq!(in_order(&by_score).unwrap().value, 1.0);
        let mixed = vec![
            vec![(1.0, 0.9), (2.0, 0.1), (3.0, 0.5)],
            vec![(5.0, 0.7), (3.0, 0.6), (1.0, 0.2)],
            vec![(1.0, 0.3)],
        ];
        // 2 of 3, 0 of 3.
        let found = in_order(&mixed).unwrap();
        assert!((found.value - 1.0 / 3.0).abs() < 1e-12 && found.lo < found.value);
        assert_eq!(in_order(&[vec![(1.0, 0.3)]]), None);
    }
}
