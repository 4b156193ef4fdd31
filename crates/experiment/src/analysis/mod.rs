//! What the experiment says at a look, and what that supports.

mod decision;
mod looks;
mod segments;

use chrono::NaiveDate;
use leadrank_stats::sequential::{self, Inference, Look};
use leadrank_stats::stratified::{self, Stratified, Stratum};
use leadrank_stats::{Estimate, Interval, multiple, normal, proportion};
use serde::{Deserialize, Serialize};

use crate::cells::{Cells, Sum};
use crate::effect::{self, Effect, Metric};
use crate::monitor::Lift;
use crate::{Arm, Arms, Plan, Row, size};

pub use decision::{Decision, decide};
pub use looks::{Standing, standing};
pub use segments::{Segment, segments};

/// A look that was taken: written down before its result is shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// The day.
    pub on: NaiveDate,
    /// Share of the planned leads that were mature; of those enrolled where they are more.
    pub time: f64,
    /// Information of the estimate.
    pub information: f64,
    /// False-alarm probability spent up to here.
    pub spent: f64,
    /// The bound on `|Z|`; infinite, in JSON null, where nothing is spent.
    #[serde(with = "crate::unbounded")]
    pub bound: f64,
    /// The statistic.
    pub z: f64,
    /// Whether it was the final analysis.
    pub is_final: bool,
    /// What it supported; of a final one after a bound was reached, what that look did.
    pub decision: Decision,
    /// Whether it was due and no gate was passed by force. One that was not decides nothing.
    pub by_plan: bool,
}

impl Taken {
    /// Whether the test ends here.
    pub fn crosses(&self) -> bool {
        self.z.abs() >= self.bound
    }

    /// Whether the test ends here before its planned end.
    pub fn ends_early(&self) -> bool {
        self.crosses() && !self.is_final && self.by_plan
    }

    fn look(&self) -> Look {
        Look {
            information: self.information,
            bound: self.bound,
        }
    }
}

/// One of the other things that were counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Secondary {
    /// In words.
    pub name: String,
    /// Each arm's value.
    pub value: Arms<Option<f64>>,
    /// The relative change; none where an arm has nothing.
    pub lift: Option<Lift>,
    /// The p-value, raised for the number of things counted (Holm).
    pub adjusted: Option<f64>,
}

/// All of one look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// The day.
    pub on: NaiveDate,
    /// Whether it is the last.
    pub is_final: bool,
    /// Leads analysed: mature, and still found.
    pub leads: Arms<u64>,
    /// Units analysed.
    pub units: Arms<u64>,
    /// Dials.
    pub dials: Arms<f64>,
    /// Scheduled calls.
    pub calls: Arms<f64>,
    /// The KPI per 100 with its interval by the delta method.
    pub kpi: Arms<Option<Estimate>>,
    /// The looks taken, this one last.
    pub looks: Vec<Taken>,
    /// The primary result: relative change with interval and p-value that know of the looks
    /// before. At an interim look its interval is the repeated one, and the p-value that of the
    /// stage.
    pub primary: Option<Lift>,
    /// The difference per 100, with its plain interval.
    pub difference: Option<Estimate>,
    /// The p-value against a lift of no more than the minimum.
    pub p_above_minimum: Option<f64>,
    /// The same effect estimated in other ways, each as a single look would read it.
    pub beside: Vec<Beside>,
    /// Scheduled calls per lead, as plain proportions.
    pub per_lead: Arms<Option<Estimate>>,
    /// Their difference (Newcombe).
    pub per_lead_difference: Option<Estimate>,
    /// Strata put together, per lead.
    pub mantel_haenszel: Option<Stratified>,
    /// Share of the variance that the score at enrolment explains.
    pub explained: Option<f64>,
    /// The difference per 100 for work that followed because of its arm, and how much did.
    pub complier: Option<(Estimate, Estimate)>,
    /// Value of opportunities in treatment above what control's rate would have brought.
    pub pipeline: Option<Estimate>,
    /// Other things counted.
    pub secondary: Vec<Secondary>,
    /// The planned segments.
    pub segments: Vec<Segment>,
}

/// The primary effect by another way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Which way, in words.
    pub name: String,
    /// What it gives.
    pub lift: Lift,
}

/// Analyses mature rows at a look. `before` are the looks taken before; `segment_names` the names
/// of the groups of each planned segment.
pub fn analyse(
    plan: &Plan,
    rows: &[Row],
    before: &[Taken],
    on: NaiveDate,
    is_final: bool,
    segment_names: &[Vec<String>],
) -> Analysis {
    let mature: Vec<&Row> = rows.iter().filter(|row| row.counts()).collect();
    let metric = size::metric(plan.kpi);
    let cells = Cells::of(mature.iter().copied());
    let by_lead = Cells::of_leads(mature.iter().copied());
    let sums = Arms::of(|arm| cells.arm(arm));
    let of = |sum: Sum| Arms::of(|arm| sums[arm][sum as usize]);
    let leads = Arms::of(|arm| sums[arm][Sum::Leads as usize] as u64);
    let found = effect::log_ratio(&cells, metric);
    let mut looks = before.to_vec();
    let primary = found.map(|found| {
        let mut taken = take(
            plan,
            before,
            (mature.len(), rows.len()),
            found,
            on,
            is_final,
        );
        let lift = conclude(plan, before, &taken, found, is_final);
        taken.decision = decision::of_look(plan, taken.z, taken.bound, lift, is_final);
        looks.push(taken);
        lift
    });
    let calls = |arm: Arm| (sums[arm][Sum::Calls as usize] as u64, leads[arm]);
    let adjusted = effect::adjusted(&cells, metric);
    Analysis {
        on,
        is_final,
        leads,
        units: Arms::of(|arm| cells.units(arm) as u64),
        dials: of(Sum::Dials),
        calls: of(Sum::Calls),
        kpi: Arms::of(|arm| {
            let value = effect::value(&cells, arm, metric)?;
            Some(per_hundred(
                value,
                leads[arm],
                sums[arm][Sum::Calls as usize],
                None,
            ))
        }),
        looks,
        primary,
        difference: effect::difference(&cells, metric).map(|difference| {
            let n = leads.treatment + leads.control;
            per_hundred(
                difference,
                n,
                of(Sum::Calls).treatment + of(Sum::Calls).control,
                Some(0.0),
            )
        }),
        p_above_minimum: found
            .map(|found| normal::cdf(-(found.estimate - plan.minimum_lift.ln_1p()) / found.error)),
        beside: beside(
            plan,
            &mature,
            &cells,
            &by_lead,
            (found, adjusted.map(|one| one.0)),
        ),
        per_lead: Arms::of(|arm| proportion::estimate(calls(arm).0, calls(arm).1, 0.95)),
        per_lead_difference: proportion::difference(
            calls(Arm::Treatment),
            calls(Arm::Control),
            0.95,
        ),
        mantel_haenszel: stratified::mantel_haenszel(&strata(&by_lead)),
        explained: adjusted.map(|(_, explained)| explained),
        complier: effect::complier(&cells, metric).map(|(own, compliance)| {
            let n = leads.treatment + leads.control;
            (
                per_hundred(own, n, 0.0, Some(0.0)),
                estimate(compliance, n, 0.0, Some(0.0)),
            )
        }),
        pipeline: pipeline(&cells, leads.treatment),
        secondary: secondary(plan, &cells),
        segments: segments(plan, &mature, metric, segment_names),
    }
}

/// The information and the bound on `|Z|` of a look that comes after others, each with its
/// information and what was spent up to it.
pub(crate) fn bound(before: &[(f64, f64)], found: Effect, spent: f64) -> (f64, f64) {
    // Information can't fall when rows come in; where an estimate says so, it is noise.
    let last = before.last().map_or(0.0, |(information, _)| *information);
    let information = found.information().max(last * (1.0 + 1e-6));
    let looks = before.iter().copied().chain([(information, spent)]);
    let (rising, spents): (Vec<f64>, Vec<f64>) = looks.unzip();
    let bounds = sequential::boundaries(&spents, &rising).unwrap_or_default();
    (information, bounds.last().copied().unwrap_or(f64::INFINITY))
}

/// The look at which so many leads of all are mature, with its bound.
fn take(
    plan: &Plan,
    before: &[Taken],
    (mature, enrolled): (usize, usize),
    found: Effect,
    on: NaiveDate,
    is_final: bool,
) -> Taken {
    // Where more came than were planned an early look must not spend what the last one needs.
    let expected = plan.assumed.leads.max(enrolled as u64).max(1) as f64;
    let time = match is_final {
        true => 1.0,
        false => mature as f64 / expected,
    };
    let already = before.last().map_or(0.0, |last| last.spent);
    // The last look has all that is left; one before it never has more than its time's share.
    let spent = match is_final {
        true => plan.alpha,
        false => plan.spending.spent(plan.alpha, time).max(already),
    };
    let past: Vec<(f64, f64)> = before
        .iter()
        .map(|look| (look.information, look.spent))
        .collect();
    let (information, bound) = bound(&past, found, spent);
    Taken {
        on,
        time,
        information,
        spent,
        bound,
        z: found.z(),
        is_final,
        // Until its interval is known.
        decision: Decision::NotEnoughData,
        by_plan: true,
    }
}

fn conclude(plan: &Plan, before: &[Taken], taken: &Taken, found: Effect, is_final: bool) -> Lift {
    let past: Vec<Look> = before.iter().map(Taken::look).collect();
    let confidence = 1.0 - plan.alpha;
    let of_stage = sequential::inference(&past, taken.information, taken.z, confidence);
    match of_stage {
        Some(Inference {
            p_value,
            estimate,
            interval,
        }) if is_final || taken.crosses() => Lift::of(estimate, interval, p_value),
        // Not at its end: the repeated interval, which holds whatever is decided now.
        other => {
            let reach = taken.bound * found.error;
            let interval = Interval {
                lo: found.estimate - reach,
                hi: found.estimate + reach,
            };
            let p_value = other.map_or(1.0, |other| other.p_value);
            Lift::of(found.estimate, interval, p_value)
        }
    }
}

fn beside(
    plan: &Plan,
    mature: &[&Row],
    cells: &Cells,
    by_lead: &Cells,
    (planned, adjusted): (Option<Effect>, Option<Effect>),
) -> Vec<Beside> {
    let metric = size::metric(plan.kpi);
    let confidence = 1.0 - plan.alpha;
    let plain = |name: &str, found: Option<Effect>| {
        Some(Beside {
            name: name.to_owned(),
            lift: Lift::single(found?, confidence),
        })
    };
    let by_seller = effect::by_seller(mature.iter().copied(), metric).map(|(found, sellers)| {
        let interval = effect::student_interval(found, sellers, confidence);
        let p_value =
            leadrank_stats::student::cdf(-found.z().abs(), sellers.saturating_sub(1).max(1))
                .map_or(1.0, |tail| (2.0 * tail).min(1.0));
        Beside {
            name: format!("errors by salesperson ({sellers})"),
            lift: Lift::of(found.estimate, interval, p_value),
        }
    });
    let ways = [
        plain("as planned: drawn units within strata", planned),
        plain(
            "strata weighted (post-stratified)",
            effect::post_stratified(cells, metric),
        ),
        plain("adjusted for the score at enrolment", adjusted),
        plain(
            "without strata",
            effect::log_ratio(&cells.unstratified(), metric),
        ),
        plain(
            "each lead for itself",
            effect::log_ratio(&by_lead.unstratified(), metric),
        ),
        by_seller,
    ];
    ways.into_iter().flatten().collect()
}

fn strata(by_lead: &Cells) -> Vec<Stratum> {
    let of = |sums: &crate::cells::Sums| {
        (
            sums[Sum::Calls as usize] as u64,
            sums[Sum::Leads as usize] as u64,
        )
    };
    let strata = by_lead.strata.iter().map(|stratum| Stratum {
        treated: of(&stratum.treatment.sums),
        control: of(&stratum.control.sums),
    });
    strata.collect()
}

/// Treatment's value of opportunities above control's per lead, for all its leads.
fn pipeline(cells: &Cells, leads: u64) -> Option<Estimate> {
    let per_lead = Metric {
        above: Sum::Pipeline,
        below: Sum::Leads,
    };
    let found = effect::difference(cells, per_lead)?;
    let scaled = Effect {
        estimate: found.estimate * leads as f64,
        error: found.error * leads as f64,
    };
    Some(estimate(scaled, leads, 0.0, Some(0.0)))
}

/// The name of the time that a lead waits.
pub const FIRST_DIAL: &str = "days to the first dial";

/// Other things that are counted, in a fixed order.
const SECONDARY: [(&str, Sum, Sum); 5] = [
    ("scheduled calls per lead", Sum::Calls, Sum::Leads),
    ("dials per lead", Sum::Dials, Sum::Leads),
    ("answered dials per dial", Sum::Answered, Sum::Dials),
    (FIRST_DIAL, Sum::TouchDays, Sum::Touched),
    (
        "share of large firms' leads dialled",
        Sum::LargeTouched,
        Sum::Large,
    ),
];

fn secondary(plan: &Plan, cells: &Cells) -> Vec<Secondary> {
    let mut made: Vec<Secondary> = SECONDARY
        .iter()
        .map(|&(name, above, below)| {
            let metric = Metric { above, below };
            let found = effect::log_ratio(cells, metric);
            Secondary {
                name: name.to_owned(),
                value: Arms::of(|arm| metric.value(&cells.arm(arm))),
                lift: found.map(|found| Lift::single(found, 1.0 - plan.alpha)),
                adjusted: None,
            }
        })
        .collect();
    let lifts: Vec<Option<Lift>> = made.iter().map(|one| one.lift).collect();
    for (one, adjusted) in made.iter_mut().zip(raised(&lifts, multiple::holm)) {
        one.adjusted = adjusted;
    }
    made
}

/// The p-values of lifts, raised for their number; none where there is no lift.
fn raised(
    lifts: &[Option<Lift>],
    method: impl Fn(&[f64]) -> leadrank_stats::Result<Vec<f64>>,
) -> Vec<Option<f64>> {
    let p_values: Vec<f64> = lifts.iter().flatten().map(|lift| lift.p_value).collect();
    let mut adjusted = method(&p_values).unwrap_or_default().into_iter();
    let of = |lift: &Option<Lift>| lift.and_then(|_| adjusted.next());
    lifts.iter().map(of).collect()
}

fn estimate(found: Effect, n: u64, positives: f64, chance: Option<f64>) -> Estimate {
    let interval = found.interval(0.95);
    Estimate {
        value: found.estimate,
        lo: interval.lo,
        hi: interval.hi,
        n,
        positives: positives as u64,
        chance,
    }
}

fn per_hundred(found: Effect, n: u64, positives: f64, chance: Option<f64>) -> Estimate {
    let scaled = Effect {
        estimate: 100.0 * found.estimate,
        error: 100.0 * found.error,
    };
    estimate(scaled, n, positives, chance)
}
