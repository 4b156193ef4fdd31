//! Effects and analyses against values of NumPy, statsmodels, SciPy and gbstats, made by
//! `reference/make_effects_fixture.py`.
//!
//! Closed formulas may differ by rounding only; what is searched for, here or there, by the
//! tolerance of the search.

mod common;

use common::{day, plan};
use leadrank_experiment::analysis::{Analysis, Decision, Taken, analyse};
use leadrank_experiment::balance::{Covariate, differences};
use leadrank_experiment::cells::Cells;
use leadrank_experiment::effect::{self, Effect, Metric};
use leadrank_experiment::monitor::Lift;
use leadrank_experiment::{Arm, Row};
use serde::Deserialize;

/// Rounding of closed formulas.
const ROUNDING: f64 = 1e-10;
/// What statsmodels' iterations leave.
const FITTED: f64 = 1e-7;
/// What the search for an interval that knows of the looks leaves.
const SEARCHED: f64 = 1e-7;

/// An estimate and its standard error.
type Pair = (f64, f64);
/// Value, ends and p-value.
type LiftOf = (f64, f64, f64, f64);
/// The same and the adjusted p-value.
type Raised = (f64, f64, f64, f64, f64);
/// The same and the shrunk value.
type Group = (f64, f64, f64, f64, f64, f64);

#[derive(Deserialize)]
struct Reference {
    minimum_lift: f64,
    alpha: f64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    rows: Leads,
    log_ratio: Pair,
    per_lead_log_ratio: Pair,
    unstratified: Pair,
    by_lead: Pair,
    difference: Pair,
    value: [Pair; 2],
    post_stratified: Pair,
    adjusted: (f64, f64, f64),
    complier: (f64, f64, f64, f64),
    by_seller: (f64, f64, u64),
    by_seller_lift: LiftOf,
    segments: Segments,
    secondary: Vec<Option<Raised>>,
    single: LiftOf,
    after_one_look: AfterOneLook,
    p_above_minimum: f64,
    pipeline: Pair,
    per_lead: PerLead,
    balance: Vec<(String, f64, f64, f64)>,
}

#[derive(Deserialize)]
struct Leads {
    unit: Vec<u32>,
    treated: Vec<u8>,
    stratum: Vec<u32>,
    seller: Vec<u32>,
    kept: Vec<u8>,
    dials: Vec<f64>,
    answered: Vec<f64>,
    exposed: Vec<f64>,
    called: Vec<u8>,
    touch: Vec<f64>,
    pipeline: Vec<f64>,
    before: Vec<f64>,
    large: Vec<u8>,
    segment: Vec<u32>,
}

#[derive(Deserialize)]
struct Segments {
    differ: f64,
    groups: Vec<Option<Group>>,
}

#[derive(Deserialize)]
struct AfterOneLook {
    information: f64,
    spent: f64,
    first: f64,
    last: f64,
    primary: LiftOf,
}

/// Rates with their Wilson intervals, the difference with Newcombe's; statistic and risk ratio of
/// the strata.
#[derive(Deserialize)]
struct PerLead {
    wilson: [(f64, f64, f64); 2],
    newcombe: (f64, f64, f64),
    haenszel: Pair,
}

fn reference() -> Reference {
    let path = format!("{}/tests/fixtures/effects.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

impl Leads {
    fn arms(&self) -> Vec<Arm> {
        let arm = |&treated: &u8| match treated {
            1 => Arm::Treatment,
            _ => Arm::Control,
        };
        self.treated.iter().map(arm).collect()
    }

    /// Those that don't count are by turns not mature and not found; the seller 0 is nobody.
    fn rows(&self) -> Vec<Row> {
        let arms = self.arms();
        let row = |at: usize| Row {
            lead: format!("00Q{at:05}"),
            unit: self.unit[at],
            arm: arms[at],
            stratum: self.stratum[at],
            seller: (self.seller[at] > 0).then_some(self.seller[at]),
            enrolled: day("2025-03-03"),
            is_mature: self.kept[at] == 1 || at.is_multiple_of(2),
            is_found: self.kept[at] == 1 || !at.is_multiple_of(2),
            dials: self.dials[at],
            answered: self.answered[at],
            exposed_dials: self.exposed[at],
            shown: self.exposed[at] > 0.0,
            called: self.called[at] == 1,
            first_touch: (self.touch[at] >= 0.0).then_some(self.touch[at]),
            pipeline: self.pipeline[at],
            before: self.before[at],
            is_large: self.large[at] == 1,
            segments: vec![self.segment[at]],
        };
        (0..self.unit.len()).map(row).collect()
    }

    fn counting(&self) -> Vec<Row> {
        self.rows().into_iter().filter(Row::counts).collect()
    }
}

/// Fails unless the two differ by at most `tolerance`, taken relative to numbers beyond 1.
#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= tolerance * scale,
        "{found} is not {expected}"
    );
}

#[track_caller]
fn same(found: Option<Effect>, expected: Pair, tolerance: f64) {
    let found = found.expect("an effect");
    close(found.estimate, expected.0, tolerance);
    close(found.error, expected.1, tolerance);
}

#[track_caller]
fn same_lift(found: Lift, expected: LiftOf, tolerance: f64) {
    close(found.value, expected.0, tolerance);
    close(found.interval.lo, expected.1, tolerance);
    close(found.interval.hi, expected.2, tolerance);
    close(found.p_value, expected.3, tolerance);
}

fn each(test: impl Fn(&Case, &[Row], &Cells)) {
    let reference = reference();
    assert!(reference.cases.len() > 4);
    for case in &reference.cases {
        let rows = case.rows.counting();
        test(case, &rows, &Cells::of(&rows));
    }
}

const PER_DIAL: Metric = Metric::CALLS_PER_DIAL;

/// NumPy: the variance of units' influences within arm and stratum, lone units of an arm together.
#[test]
fn effects_equal_influences_of_units() {
    each(|case, _, cells| {
        same(effect::log_ratio(cells, PER_DIAL), case.log_ratio, ROUNDING);
        let per_lead = effect::log_ratio(cells, Metric::CALLS_PER_LEAD);
        same(per_lead, case.per_lead_log_ratio, ROUNDING);
        same(
            effect::difference(cells, PER_DIAL),
            case.difference,
            ROUNDING,
        );
        for (arm, expected) in Arm::ALL.into_iter().zip(case.value) {
            same(effect::value(cells, arm, PER_DIAL), expected, ROUNDING);
        }
    });
}

/// statsmodels: a Poisson model with dials as exposure and errors by clusters of units, each arm's
/// variance times n / (n - 1).
#[test]
fn without_strata_it_is_a_poisson_model_with_clusters() {
    each(|case, _, cells| {
        let found = effect::log_ratio(&cells.unstratified(), PER_DIAL);
        same(found, case.unstratified, FITTED);
    });
}

/// statsmodels: the same model with salespeople as clusters, and G / (G - 1). SciPy: Student's t.
#[test]
fn by_seller_is_a_poisson_model_with_clusters() {
    each(|case, rows, _| {
        let (found, sellers) = effect::by_seller(rows.iter(), PER_DIAL).unwrap();
        same(Some(found), (case.by_seller.0, case.by_seller.1), FITTED);
        assert_eq!(sellers, case.by_seller.2);
        let interval = effect::student_interval(found, sellers, 0.95);
        close(effect::lift(interval.hi), case.by_seller_lift.2, FITTED);
    });
}

/// gbstats: the relative effect of a ratio metric, whose error is that of the ratio rather than of
/// its logarithm.
#[test]
fn lead_by_lead_it_is_the_relative_effect_of_gbstats() {
    each(|case, rows, _| {
        let cells = Cells::of_leads(rows).unstratified();
        let found = effect::log_ratio(&cells, PER_DIAL).unwrap();
        let ratio = found.estimate.exp();
        let relative = Effect {
            estimate: effect::lift(found.estimate),
            error: ratio * found.error,
        };
        same(Some(relative), case.by_lead, ROUNDING);
    });
}

/// NumPy: influences times the strata's weights, and the weighted means of strata.
#[test]
fn post_stratified_equals_weighted_means_of_strata() {
    each(|case, _, cells| {
        let found = effect::post_stratified(cells, PER_DIAL);
        same(found, case.post_stratified, ROUNDING);
    });
}

/// statsmodels: a weighted regression of influences on influences; its slope, what it leaves, and
/// its R².
#[test]
fn adjusted_equals_a_regression_of_influences() {
    each(|case, _, cells| {
        let (found, explained) = effect::adjusted(cells, PER_DIAL).unwrap();
        same(Some(found), (case.adjusted.0, case.adjusted.1), ROUNDING);
        close(explained, case.adjusted.2, ROUNDING);
    });
}

/// NumPy: two-stage least squares of calls per dial on exposure, the arm as instrument, weighted by
/// dials.
#[test]
fn complier_equals_two_stage_least_squares() {
    each(|case, _, cells| {
        let (own, compliance) = effect::complier(cells, PER_DIAL).unwrap();
        same(Some(own), (case.complier.0, case.complier.1), ROUNDING);
        let expected = (case.complier.2, case.complier.3);
        same(Some(compliance), expected, ROUNDING);
    });
}

/// NumPy and SciPy.
#[test]
fn balance_equals_numpy() {
    each(|case, _, _| {
        let leads = &case.rows;
        let touch = leads.touch.iter().map(|&days| match days < 0.0 {
            true => f64::NAN,
            false => days,
        });
        let columns = [
            ("before", leads.before.clone()),
            ("dials", leads.dials.clone()),
            ("touch", touch.collect()),
        ]
        .map(|(name, values)| Covariate {
            name: name.into(),
            values,
        });
        let units = leads.unit.iter().map(|&unit| unit as usize);
        let places: Vec<_> = leads.arms().into_iter().zip(units).collect();
        let found = differences(&columns, &places);
        assert_eq!(found.len(), case.balance.len());
        for (found, (name, standardised, chance, p_value)) in found.iter().zip(&case.balance) {
            assert_eq!(&found.name, name);
            close(found.standardised, *standardised, ROUNDING);
            close(found.chance, *chance, ROUNDING);
            close(found.p_value(), *p_value, ROUNDING);
        }
    });
}

fn analysed(case: &Case, before: &[Taken]) -> Analysis {
    let reference = reference();
    let mut plan = plan();
    plan.alpha = reference.alpha;
    plan.minimum_lift = reference.minimum_lift;
    let groups = vec![["a", "b", "c", "d", "nobody"].map(String::from).to_vec()];
    let rows = case.rows.rows();
    analyse(&plan, &rows, before, day("2025-04-30"), true, &groups)
}

/// NumPy and SciPy for the effect; statsmodels for proportions, strata, and Holm.
#[test]
fn analyses_of_a_single_look() {
    each(|case, rows, _| {
        let found = analysed(case, &[]);
        assert_eq!(
            (found.leads.treatment + found.leads.control) as usize,
            rows.len()
        );
        same_lift(found.primary.unwrap(), case.single, SEARCHED);
        close(
            found.p_above_minimum.unwrap(),
            case.p_above_minimum,
            ROUNDING,
        );
        let pipeline = found.pipeline.unwrap();
        close(pipeline.value, case.pipeline.0, ROUNDING);
        let reach = 1.959_963_984_540_054 * case.pipeline.1;
        close(pipeline.hi - pipeline.value, reach, ROUNDING);
        for (arm, expected) in Arm::ALL.into_iter().zip(case.per_lead.wilson) {
            let found = found.per_lead[arm].unwrap();
            close(found.value, expected.0, ROUNDING);
            close(found.lo, expected.1, ROUNDING);
            close(found.hi, expected.2, ROUNDING);
        }
        let newcombe = found.per_lead_difference.unwrap();
        close(newcombe.value, case.per_lead.newcombe.0, ROUNDING);
        close(newcombe.lo, case.per_lead.newcombe.1, ROUNDING);
        close(newcombe.hi, case.per_lead.newcombe.2, ROUNDING);
        let strata = found.mantel_haenszel.unwrap();
        close(strata.statistic, case.per_lead.haenszel.0, ROUNDING);
        close(
            strata.risk_ratio.unwrap(),
            case.per_lead.haenszel.1,
            ROUNDING,
        );
        let by_seller = found.beside.last().unwrap();
        same_lift(by_seller.lift, case.by_seller_lift, FITTED);
        for (found, expected) in found.secondary.iter().zip(&case.secondary) {
            assert_eq!(found.lift.is_some(), expected.is_some(), "{}", found.name);
            if let (Some(lift), Some((value, lo, hi, p, adjusted))) = (found.lift, *expected) {
                same_lift(lift, (value, lo, hi, p), ROUNDING);
                close(found.adjusted.unwrap(), adjusted, ROUNDING);
            }
        }
    });
}

/// SciPy: bound, p-value, median-unbiased estimate and interval of a second look from the
/// bivariate normal distribution.
#[test]
fn analyses_of_a_second_look() {
    each(|case, _, _| {
        let expected = &case.after_one_look;
        let first = Taken {
            on: day("2025-04-20"),
            time: 0.6,
            information: expected.information,
            spent: expected.spent,
            bound: expected.first,
            z: 0.1,
            is_final: false,
            decision: Decision::GoOn,
            by_plan: true,
        };
        let found = analysed(case, &[first]);
        close(found.looks[1].bound, expected.last, SEARCHED);
        same_lift(found.primary.unwrap(), expected.primary, SEARCHED);
    });
}

/// statsmodels: DerSimonian and Laird, Cochran's Q, and Benjamini–Hochberg.
#[test]
fn segments_equal_a_meta_analysis() {
    each(|case, _, _| {
        let found = analysed(case, &[]).segments;
        assert_eq!(found.len(), 5);
        assert!(found[4].lift.is_none() && found[4].shrunk.is_none());
        for (found, expected) in found.iter().zip(&case.segments.groups) {
            close(found.differ.unwrap(), case.segments.differ, ROUNDING);
            assert_eq!(found.lift.is_some(), expected.is_some());
            if let Some((value, lo, hi, p, adjusted, shrunk)) = *expected {
                same_lift(found.lift.unwrap(), (value, lo, hi, p), ROUNDING);
                close(found.adjusted.unwrap(), adjusted, ROUNDING);
                close(found.shrunk.unwrap(), shrunk, ROUNDING);
            }
        }
    });
}
