//! What must hold for any rows.

mod common;
mod rows;

use common::{day, plan};
use leadrank_experiment::analysis::{Analysis, Decision, analyse, decide};
use leadrank_experiment::cells::{Cells, Sum};
use leadrank_experiment::effect::{self, Effect, Metric};
use leadrank_experiment::{Arm, Arms, Plan, Row, monitor, srm};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rows::{any_rows, usual_rows};

const PER_DIAL: Metric = Metric::CALLS_PER_DIAL;

/// All estimates of the effect that are logarithms of a ratio.
fn log_ratios(rows: &[Row]) -> Vec<Option<Effect>> {
    let cells = Cells::of(rows);
    vec![
        effect::log_ratio(&cells, PER_DIAL),
        effect::log_ratio(&cells.unstratified(), PER_DIAL),
        effect::post_stratified(&cells, PER_DIAL),
        effect::adjusted(&cells, PER_DIAL).map(|(found, _)| found),
        effect::by_seller(rows.iter(), PER_DIAL).map(|(found, _)| found),
    ]
}

fn alike(found: Option<Effect>, expected: Option<Effect>, sign: f64) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-7 * b.abs().max(1e-2);
    match (found, expected) {
        (None, None) => true,
        (Some(a), Some(b)) => near(a.estimate, sign * b.estimate) && near(a.error, b.error),
        _ => false,
    }
}

fn all_alike(found: &[Option<Effect>], expected: &[Option<Effect>], sign: f64) -> bool {
    let pairs = found.iter().zip(expected);
    found.len() == expected.len() && pairs.into_iter().all(|(a, b)| alike(*a, *b, sign))
}

fn merged(parts: &[Cells]) -> Cells {
    let mut all = Cells::default();
    for part in parts {
        if part.strata.len() > all.strata.len() {
            all.strata.resize(part.strata.len(), Arms::default());
        }
        for (stratum, own) in all.strata.iter_mut().zip(&part.strata) {
            for arm in Arm::ALL {
                stratum[arm].merge(&own[arm]);
            }
        }
    }
    all
}

fn names() -> Vec<Vec<String>> {
    vec![["small", "large", "unknown"].map(String::from).to_vec()]
}

/// The planned two looks, the second knowing of the first.
fn looks(plan: &Plan, rows: &[Row]) -> [Analysis; 2] {
    let first = day("2025-04-20");
    let mut early = rows.to_vec();
    for row in &mut early {
        row.is_mature &= plan.matured_on(row.enrolled) <= first;
    }
    let interim = analyse(plan, &early, &[], first, false, &names());
    let last = analyse(plan, rows, &interim.looks, plan.final_on(), true, &names());
    [interim, last]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn neither_order_nor_parts_matter(
        rows in usual_rows(), parts in 1_u32..6, turn in 0_usize..200,
    ) {
        let whole = Cells::of(&rows);
        let mut turned = rows.clone();
        turned.reverse();
        turned.rotate_left(turn % rows.len().max(1));
        prop_assert!(all_alike(&log_ratios(&turned), &log_ratios(&rows), 1.0));
        let mut own: Vec<Cells> = (0..parts)
            .map(|part| Cells::of(rows.iter().filter(|row| row.unit % parts == part)))
            .collect();
        for _ in 0..2 {
            let together = merged(&own);
            for metric in [PER_DIAL, Metric::CALLS_PER_LEAD] {
                let expected = effect::log_ratio(&whole, metric);
                prop_assert!(alike(effect::log_ratio(&together, metric), expected, 1.0));
                let expected = effect::difference(&whole, metric);
                prop_assert!(alike(effect::difference(&together, metric), expected, 1.0));
            }
            own.reverse();
        }
    }

    #[test]
    fn swapped_arms_turn_the_sign(rows in usual_rows()) {
        let mut swapped = rows.clone();
        for row in &mut swapped {
            row.arm = Arm::ALL[usize::from(row.arm == Arm::Treatment)];
        }
        prop_assert!(all_alike(&log_ratios(&swapped), &log_ratios(&rows), -1.0));
        let (cells, other) = (Cells::of(&rows), Cells::of(&swapped));
        let expected = effect::difference(&cells, PER_DIAL);
        prop_assert!(alike(effect::difference(&other, PER_DIAL), expected, -1.0));
        // Both differences turn, so that their quotient stays.
        let of = |cells: &Cells| effect::complier(cells, PER_DIAL).map(|(found, _)| found);
        prop_assert!(alike(of(&other), of(&cells), 1.0));
    }

    #[test]
    fn a_ratio_has_no_unit(rows in usual_rows(), factor in 0.001..1000.0_f64) {
        let mut scaled = rows.clone();
        for row in &mut scaled {
            row.dials *= factor;
        }
        prop_assert!(all_alike(&log_ratios(&scaled), &log_ratios(&rows), 1.0));
    }

    #[test]
    fn analyses_never_panic_and_can_be_read_back(rows in any_rows(), planned in 1_u64..100_000) {
        let mut plan = plan();
        plan.assumed.leads = planned;
        for analysis in looks(&plan, &rows) {
            let text = serde_json::to_string(&analysis).unwrap();
            let back: Analysis = serde_json::from_str(&text).map_err(|error| {
                TestCaseError::fail(format!("{error}: {text}"))
            })?;
            prop_assert_eq!(&back, &analysis);
            for one in &analysis.beside {
                prop_assert!(one.lift.interval.contains(one.lift.value));
                prop_assert!((0.0..=1.0).contains(&one.lift.p_value));
            }
        }
    }

    /// What is decided follows from the interval, the estimate and the bound.
    #[test]
    fn decisions_agree_with_interval_and_bound(rows in usual_rows(), planned in 1_u64..500) {
        let mut plan = plan();
        plan.assumed.leads = planned;
        for analysis in looks(&plan, &rows) {
            let decision = decide(&plan, &analysis);
            let Some(lift) = analysis.primary else {
                prop_assert_eq!(decision, Decision::NotEnoughData);
                continue;
            };
            let (lo, hi) = (lift.interval.lo, lift.interval.hi);
            prop_assert!(lo <= lift.value && lift.value <= hi);
            prop_assert!((0.0..=1.0).contains(&lift.p_value));
            // However many more leads came than were planned, the last look has its share.
            let leads = analysis.leads.treatment + analysis.leads.control;
            let all_mature = leads == rows.len() as u64 && leads >= planned;
            let spent = analysis.looks.last().map(|look| look.spent);
            prop_assert_eq!(spent == Some(plan.alpha), analysis.is_final || all_mature);
            let crosses = analysis.looks.last().is_some_and(|look| look.crosses());
            match decision {
                Decision::Effective => prop_assert!(crosses && lo >= -1e-6 && lift.value >= 0.25),
                Decision::BelowMinimum => {
                    prop_assert!(crosses && lo >= -1e-6 && lift.value < 0.25);
                }
                Decision::Harmful => prop_assert!(crosses && hi <= 1e-6),
                Decision::TooSmall => {
                    prop_assert!(!crosses && lo <= 1e-6 && hi < 0.25 && analysis.is_final);
                }
                Decision::Open => {
                    prop_assert!(!crosses && lo <= 1e-6 && hi >= 0.25 && analysis.is_final);
                }
                Decision::GoOn => prop_assert!(!crosses && !analysis.is_final),
                Decision::NotEnoughData => prop_assert!(false, "there is a result"),
            }
        }
    }

    #[test]
    fn days_only_grow_and_compare_nothing_too_soon(rows in any_rows()) {
        let plan = plan();
        let days = monitor::days(&plan, &rows, plan.final_on());
        prop_assert_eq!(days.len(), 59);
        for pair in days.windows(2) {
            for arm in Arm::ALL {
                prop_assert!(pair[0].enrolled[arm] <= pair[1].enrolled[arm]);
                prop_assert!(pair[0].mature[arm] <= pair[1].mature[arm]);
                prop_assert!(pair[0].calls[arm] <= pair[1].calls[arm]);
            }
        }
        for one in &days {
            for arm in Arm::ALL {
                prop_assert!(one.mature[arm] <= one.enrolled[arm]);
                let enough = one.calls[arm] >= monitor::FEWEST_CALLS;
                prop_assert!(one.lift.is_none() || enough);
            }
        }
        let cells = Cells::of(rows.iter().filter(|row| row.counts()));
        let last = days.last().map(|day| day.dials).unwrap_or_default();
        for arm in Arm::ALL {
            let all = cells.arm(arm)[Sum::Dials as usize];
            prop_assert!((last[arm] - all).abs() <= 1e-12 * all, "{} {all}", last[arm]);
        }
    }

    #[test]
    fn a_share_in_order_is_a_share(
        dials in prop::collection::vec(prop::collection::vec(-3_i8..4, 0..8), 0..12),
    ) {
        let leads = |turn: f64| -> Vec<Vec<(f64, f64)>> {
            let own = |one: &Vec<i8>| {
                let all = one.iter().enumerate();
                all.map(|(day, &score)| (turn * day as f64, f64::from(score))).collect()
            };
            dials.iter().map(own).collect()
        };
        if let Some(found) = monitor::in_order(&leads(1.0)) {
            prop_assert!(0.0 <= found.lo && found.lo <= found.value);
            prop_assert!(found.value <= found.hi && found.hi <= 1.0);
            let back = monitor::in_order(&leads(-1.0)).unwrap();
            prop_assert!((found.value + back.value - 1.0).abs() < 1e-12);
        }
    }
}

/// Units drawn as planned give small p-values no more often than they say, and hardly less often.
#[test]
fn sizes_as_drawn_have_honest_p_values() {
    const DRAWS: u32 = 2000;
    let mut draw = ChaCha8Rng::seed_from_u64(5);
    for (share, n) in [(0.5, 300), (0.3, 900), (0.5, 4000)] {
        let p_values: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let units = (0..n).map(|_| {
                    let treated = draw.random::<f64>() < share;
                    ("all", Arm::ALL[usize::from(!treated)])
                });
                srm::parts(units, share)[0].p_value
            })
            .collect();
        for level in [0.05, 0.25, 0.5, 0.75] {
            let below = p_values.iter().filter(|&&p| p <= level).count();
            let found = below as f64 / f64::from(DRAWS);
            let slack = 4.0 * (level * (1.0 - level) / f64::from(DRAWS)).sqrt();
            assert!(found <= level + slack, "{share} {n} {level}: {found}");
            // Counts come in steps: an exact test is a step below its level.
            assert!(
                found >= level - slack - 0.06,
                "{share} {n} {level}: {found}"
            );
        }
    }
}
