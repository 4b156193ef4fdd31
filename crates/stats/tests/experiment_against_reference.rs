//! Values of statsmodels, gbstats and SciPy for what an experiment is planned and judged with, made
//! by `reference/make_experiment_fixture.py`, and values of published tables.
//!
//! Closed formulas may differ by rounding only, and so may the probabilities of several looks,
//! which are integrated here and there in different ways. What is searched for has the tolerance
//! of the search.

mod common;

use common::{close, fixture};
use leadrank_stats::always_valid::Mixture;
use leadrank_stats::ratio::{Ratio, ratio};
use leadrank_stats::sequential::{
    Look, Spending, boundaries, inference, information_for_power, naive_alarm, power,
};
use leadrank_stats::stratified::{Stratum, mantel_haenszel};
use leadrank_stats::{multiple, power as rows, proportion, shares};
use serde::Deserialize;

/// Rounding of closed formulas.
const ROUNDING: f64 = 1e-12;

/// Successes and rows of the treated, then of control.
type Table = (u64, u64, u64, u64);

/// Bounds of looks; no bound is null there and infinite here.
type Bounds = Vec<Option<f64>>;

/// Strata; the statistic and its p-value; the risk ratio and the error of its logarithm; the risk
/// difference and its error; the odds ratio.
type Strata = (Vec<Table>, f64, f64, f64, f64, f64, f64, Option<f64>);

#[derive(Deserialize)]
struct Reference {
    wilson: Vec<(u64, u64, f64, f64, f64)>,
    newcombe: Vec<(u64, u64, u64, u64, f64, f64, f64)>,
    multiple: Vec<(Vec<f64>, Vec<f64>, Vec<f64>)>,
    rows_per_arm: Vec<(f64, f64, f64, f64, f64)>,
    power_of_rates: Vec<(f64, f64, f64, f64, f64)>,
    detectable_rate: Vec<(f64, f64, f64, f64, f64)>,
    detectable_mean_difference: Vec<(f64, u64, f64, f64, f64)>,
    strata: Vec<Strata>,
    ratios: Vec<Ratios>,
    always_valid: Vec<(f64, f64, f64, f64, f64, f64, f64)>,
    shares: Shares,
    spending: Vec<(Spending, f64, f64, f64)>,
    boundaries: Vec<(Vec<f64>, Vec<f64>, Bounds)>,
    power: Vec<(Vec<f64>, Bounds, f64, f64)>,
    needed: Vec<(Vec<f64>, Bounds, f64, f64, f64)>,
    inference: Vec<End>,
    naive_alarm: Vec<(Vec<f64>, f64, f64)>,
}

/// Information and bounds of the looks, `Z` and confidence; then p-value, estimate and interval.
type End = (Vec<f64>, Bounds, f64, f64, f64, f64, f64, f64);

/// Numerators and denominators of both arms, and what gbstats says of them.
#[derive(Deserialize)]
struct Ratios {
    control: (Vec<f64>, Vec<f64>),
    treated: (Vec<f64>, Vec<f64>),
    values: [f64; 2],
    errors: [f64; 2],
    relative: f64,
    relative_error: f64,
}

#[derive(Deserialize)]
struct Shares {
    exact: Vec<(Vec<u64>, Vec<f64>, f64)>,
    approximate: Vec<(Vec<u64>, Vec<f64>, f64)>,
}

fn reference() -> Reference {
    fixture("experiment")
}

/// The share of `expected` by which `found` may be off.
#[track_caller]
fn alike(found: f64, expected: f64, tolerance: f64) {
    close(found / expected, 1.0, tolerance);
}

fn bound(stored: Option<f64>) -> f64 {
    stored.unwrap_or(f64::INFINITY)
}

fn looks(information: &[f64], bounds: &[Option<f64>]) -> Vec<Look> {
    (information.iter().zip(bounds))
        .map(|(&information, &stored)| Look {
            information,
            bound: bound(stored),
        })
        .collect()
}

#[test]
fn shares_of_rows_equal_statsmodels() {
    let reference = reference();
    for (successes, n, confidence, lo, hi) in reference.wilson {
        let found = proportion::wilson(successes, n, confidence);
        close(found.lo, lo, ROUNDING);
        close(found.hi, hi, ROUNDING);
    }
    for (successes, n, others, m, confidence, lo, hi) in reference.newcombe {
        let found = proportion::difference((successes, n), (others, m), confidence).unwrap();
        close(found.lo, lo, ROUNDING);
        close(found.hi, hi, ROUNDING);
    }
}

#[test]
fn several_tests_equal_statsmodels() {
    for (p_values, holm, benjamini_hochberg) in reference().multiple {
        let found = multiple::holm(&p_values).unwrap();
        let pairs = found.iter().zip(&holm);
        pairs.for_each(|(&found, &expected)| close(found, expected, ROUNDING));
        let found = multiple::benjamini_hochberg(&p_values).unwrap();
        let pairs = found.iter().zip(&benjamini_hochberg);
        pairs.for_each(|(&found, &expected)| close(found, expected, ROUNDING));
    }
}

#[test]
fn sizes_and_powers_equal_statsmodels() {
    let reference = reference();
    for (base, other, alpha, power, n) in reference.rows_per_arm {
        let found = rows::rows_per_arm(base, other, alpha, power).unwrap();
        alike(found, n, ROUNDING);
    }
    for (base, other, n, alpha, power) in reference.power_of_rates {
        let found = rows::power_of_rates(base, other, n, alpha).unwrap();
        close(found, power, ROUNDING);
    }
    for (base, n, alpha, power, rate) in reference.detectable_rate {
        let found = rows::detectable_rate(base, n, alpha, power).unwrap();
        alike(found, rate, ROUNDING);
    }
    for (deviation, repetitions, alpha, power, difference) in reference.detectable_mean_difference {
        let found = rows::detectable_mean_difference(deviation, repetitions, alpha, power).unwrap();
        alike(found, difference, ROUNDING);
    }
}

#[test]
fn strata_equal_statsmodels_and_numpy() {
    for (tables, statistic, p_value, ratio, log_error, difference, error, odds) in
        reference().strata
    {
        let strata: Vec<Stratum> = (tables.iter())
            .map(|&(a, n1, c, n0)| Stratum {
                treated: (a, n1),
                control: (c, n0),
            })
            .collect();
        let found = mantel_haenszel(&strata).unwrap();
        // What is compared with what is expected may nearly cancel out.
        close(found.statistic, statistic, ROUNDING);
        close(found.p_value, p_value, 1e-11);
        alike(found.risk_ratio.unwrap(), ratio, ROUNDING);
        alike(found.log_risk_ratio_error.unwrap(), log_error, ROUNDING);
        close(found.risk_difference, difference, ROUNDING);
        alike(found.risk_difference_error, error, ROUNDING);
        assert_eq!(found.odds_ratio.is_some(), odds.is_some());
        if let Some(odds) = odds {
            alike(found.odds_ratio.unwrap(), odds, ROUNDING);
        }
    }
}

/// Deaths with and without tolbutamide by age: table 15-1 of K. J. Rothman, S. Greenland and
/// T. L. Lash, "Modern Epidemiology", third edition (2008), to the four digits that the R package
/// metafor gives for it.
#[test]
fn strata_equal_a_published_analysis() {
    let strata = [(8, 106, 5, 120), (22, 98, 16, 85)].map(|(a, n1, c, n0)| Stratum {
        treated: (a, n1),
        control: (c, n0),
    });
    let found = mantel_haenszel(&strata).unwrap();
    let ratio = found.risk_ratio_interval(0.9).unwrap();
    let difference = found.risk_difference_interval(0.9);
    for (found, expected) in [
        (found.statistic, 1.1914),
        (found.p_value, 0.2750),
        (found.risk_ratio.unwrap(), 1.3256),
        (ratio.lo, 0.8658),
        (ratio.hi, 2.0296),
        (found.risk_difference, 0.0349),
        (difference.lo, -0.0176),
        (difference.hi, 0.0874),
        (found.odds_ratio.unwrap(), 1.4031),
    ] {
        assert!(
            (found - expected).abs() < 5.1e-5,
            "{found} is not {expected}"
        );
    }
}

/// The standard error in an interval of 95 %, from the end that nothing cuts off.
fn error(ratio: &Ratio) -> f64 {
    (ratio.interval.hi - ratio.value) / 1.959_963_984_540_054
}

/// The error of a relative difference is that of the logarithm of the ratio of both arms, times
/// this ratio.
#[test]
fn ratios_equal_gbstats() {
    for case in reference().ratios {
        let found = [&case.control, &case.treated].map(|(x, y)| ratio(x, y).unwrap());
        for at in [0, 1] {
            alike(found[at].value, case.values[at], ROUNDING);
            alike(error(&found[at]), case.errors[at], 1e-10);
        }
        let [control, treated] = found;
        let of_both = treated.value / control.value;
        close(of_both - 1.0, case.relative, ROUNDING);
        let log_error = (error(&control) / control.value).hypot(error(&treated) / treated.value);
        alike(of_both * log_error, case.relative_error, 1e-10);
    }
}

/// gbstats counts rows. Information grows with them, so it is tightest where that of all rows times
/// the share of rows is.
#[test]
fn always_valid_intervals_equal_gbstats() {
    for (estimate, variance, n, tightest, alpha, half_width, p_value) in reference().always_valid {
        let information = 1.0 / variance;
        let mixture = Mixture::tightest_at(information * tightest / n, alpha).unwrap();
        alike(mixture.half_width(information), half_width, ROUNDING);
        // The exponent is as large as the logarithm of a p-value.
        close(mixture.p_value(estimate, information), p_value, ROUNDING);
    }
}

#[test]
fn shared_out_rows_equal_scipy_and_gbstats() {
    let Shares { exact, approximate } = reference().shares;
    // The logarithm of a factorial of 1,000 has some 13 digits after those before the point.
    for (counts, planned, p_value) in exact {
        close(shares::mismatch(&counts, &planned).unwrap(), p_value, 1e-10);
    }
    for (counts, planned, p_value) in approximate {
        alike(shares::mismatch(&counts, &planned).unwrap(), p_value, 1e-9);
    }
}

#[test]
fn bounds_equal_the_multivariate_normal() {
    let reference = reference();
    for (spending, alpha, time, expected) in reference.spending {
        alike(spending.spent(alpha, time), expected, 1e-11);
    }
    for (spent, information, expected) in reference.boundaries {
        let found = boundaries(&spent, &information).unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.into_iter().zip(expected) {
            match expected {
                // Where hardly 1e-9 is spent, the reference has no more digits of it.
                Some(expected) => close(found, expected, 1e-10),
                None => assert!(found.is_infinite()),
            }
        }
    }
}

#[test]
fn powers_equal_the_multivariate_normal() {
    let reference = reference();
    for (information, bounds, theta, expected) in reference.power {
        let found = power(&looks(&information, &bounds), theta).unwrap();
        close(found, expected, ROUNDING);
    }
    for (times, bounds, theta, wanted, expected) in reference.needed {
        let bounds: Vec<f64> = bounds.into_iter().map(bound).collect();
        let found = information_for_power(&times, &bounds, theta, wanted).unwrap();
        alike(found, expected, 2e-9);
    }
    for (information, bound, expected) in reference.naive_alarm {
        close(
            naive_alarm(&information, bound).unwrap(),
            expected,
            ROUNDING,
        );
    }
}

#[test]
fn ends_equal_the_multivariate_normal() {
    for (information, bounds, z, confidence, p_value, estimate, lo, hi) in reference().inference {
        let (&last, past) = information.split_last().unwrap();
        let found = inference(&looks(past, &bounds), last, z, confidence).unwrap();
        close(found.p_value, p_value, ROUNDING);
        // In standard errors.
        let unit = last.sqrt();
        close(found.estimate * unit, estimate * unit, 1e-9);
        close(found.interval.lo * unit, lo * unit, 1e-9);
        close(found.interval.hi * unit, hi * unit, 1e-9);
    }
}

/// Equally spaced looks, two-sided 5 %, as they are tabulated for the spending of K. K. G. Lan and
/// D. L. DeMets (1983). Left out is what the tables' program had too few digits for: with five
/// looks O'Brien and Fleming's second, 3.3569 for 3.35701, and Pocock's third and fifth, 2.4101 for
/// 2.41019 and 2.3859 for 2.38598.
#[test]
fn bounds_equal_published_ones() {
    use Spending::{ObrienFleming, Pocock};
    let of_five = [(1, 4.8769), (3, 2.6803), (4, 2.2898), (5, 2.0310)];
    let pocock_of_five = [(1, 2.4380), (2, 2.4268), (4, 2.3966)];
    for (spending, looks, expected) in [
        (ObrienFleming, 2, &[(1, 2.9626), (2, 1.9686)][..]),
        (ObrienFleming, 5, &of_five),
        (Pocock, 2, &[(1, 2.1570), (2, 2.2010)]),
        (Pocock, 5, &pocock_of_five),
    ] {
        let times: Vec<f64> = (1..=looks)
            .map(|look| f64::from(look) / f64::from(looks))
            .collect();
        let spent: Vec<f64> = (times.iter())
            .map(|&time| spending.spent(0.05, time))
            .collect();
        let found = boundaries(&spent, &times).unwrap();
        for &(look, expected) in expected {
            let found = found[look - 1];
            assert!(
                (found - expected).abs() < 5.1e-5,
                "{found} is not {expected}"
            );
        }
    }
}

/// Equally spaced looks with one bound: P. Armitage, C. K. McPherson and B. C. Rowe (1969), table
/// 2, for tests at 5 %, and C. Jennison and B. W. Turnbull (2000), table 2.1, for Pocock's bounds.
#[test]
fn alarms_of_one_bound_equal_published_ones() {
    let alarm = |looks: u32, bound| {
        let times: Vec<f64> = (1..=looks).map(f64::from).collect();
        naive_alarm(&times, bound).unwrap()
    };
    for (looks, expected) in [
        (1, 0.05),
        (2, 0.083),
        (3, 0.107),
        (4, 0.126),
        (5, 0.142),
        (10, 0.193),
        (20, 0.248),
    ] {
        let found = alarm(looks, 1.959_963_984_540_054);
        assert!((found - expected).abs() < 6e-4, "{looks}: {found}");
    }
    for (looks, at_five, at_one) in [
        (2, 2.178, 2.772),
        (3, 2.289, 2.873),
        (4, 2.361, 2.939),
        (5, 2.413, 2.986),
        (10, 2.555, 3.117),
        (20, 2.672, 3.225),
    ] {
        // What half a unit of the bound's last digit does to the alarm.
        assert!((alarm(looks, at_five) - 0.05).abs() < 8e-5, "{looks}");
        assert!((alarm(looks, at_one) - 0.01).abs() < 2e-5, "{looks}");
    }
}
