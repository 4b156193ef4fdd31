use std::collections::BTreeMap;

use leadrank_learn::Recipe;
use leadrank_learn::evaluate::Curves;
use leadrank_learn::explain::Explanation;
use leadrank_learn::split::SplitAudit;
use leadrank_stats::curves::Decile;

use super::*;

fn estimate(value: f64, half: f64, positives: u64) -> Estimate {
    Estimate {
        value,
        lo: value - half,
        hi: value + half,
        n: 25 * positives,
        positives,
        chance: Some(0.04),
    }
}

/// A model with these test metrics, at a base rate of 4 %.
fn model(auc: f64, auc_pr: f64, lift: f64, positives: u64) -> ModelReport {
    let part = |auc: f64, auc_pr: f64| {
        BTreeMap::from([
            ("auc_roc".to_owned(), estimate(auc, 0.02, positives)),
            ("auc_pr".to_owned(), estimate(auc_pr, 0.01, positives)),
            ("lift_at_10".to_owned(), estimate(lift, 0.3, positives)),
            (
                "precision_at_10".to_owned(),
                estimate(0.04 * lift, 0.01, positives),
            ),
            ("ece_mass".to_owned(), estimate(0.01, 0.005, positives)),
        ])
    };
    let tenths = (1..=10).map(|decile| {
        let found = estimate(0.04, 0.01, positives);
        Decile {
            decile,
            n: 1_000,
            positives: if decile > 8 { 15 } else { 45 },
            rate: found,
            mean_probability: 0.04,
            lift: 1.0,
        }
    });
    ModelReport {
        split: SplitAudit {
            parts: Vec::new(),
            rows: 0,
            unlabelled: 0,
            undated: 0,
            left_out: 0,
            horizon_days: 30,
            test_chosen_by: "fraction".into(),
            test_is_newest: true,
            inner_borders_purged: true,
        },
        metrics: BTreeMap::from([
            ("train".to_owned(), part(auc + 0.05, auc_pr + 0.02)),
            ("test".to_owned(), part(auc, auc_pr)),
        ]),
        curves: Curves {
            precision_recall: Vec::new(),
            cumulative_gain: Vec::new(),
            deciles: tenths.collect(),
            reliability: Vec::new(),
            captured: Vec::new(),
        },
        explanation: Explanation {
            features: Vec::new(),
            sources: Vec::new(),
            swarm: Vec::new(),
        },
        recipe: Recipe::leads(),
        rounds: 100,
        calibration: None,
        trained_with: "xgboost 3.1.3".into(),
        columns: 67,
        development: None,
        undeveloped: None,
        comparison: None,
        gates: Vec::new(),
    }
}

fn verdict(model: &ModelReport, id: &str) -> Verdict {
    let gates = judge(model, &Thresholds::default());
    gates.iter().find(|gate| gate.id == id).unwrap().verdict
}

#[test]
fn an_honest_model_passes_and_the_briefs_thresholds_are_shown_unmet() {
    let honest = model(0.62, 0.065, 2.0, 300);
    for gate in judge(&honest, &Thresholds::default()) {
        assert!(
            matches!(gate.verdict, Verdict::Pass) || gate.value.is_none(),
            "{gate:?}"
        );
        if gate.id == "performance.auc_pr" || gate.id == "performance.lift" {
            assert_eq!(gate.brief.unwrap().met, Some(false));
        }
    }
}

#[test]
fn what_is_too_good_fails_however_few_rows_show_it() {
    assert_eq!(
        verdict(&model(0.90, 0.41, 6.5, 300), PLAUSIBLE),
        Verdict::Fail
    );
    assert_eq!(
        verdict(&model(0.90, 0.41, 6.5, 20), PLAUSIBLE),
        Verdict::Fail
    );
    // On another table, where a third is positive, such figures are common.
    let mut other = model(0.90, 0.41, 2.5, 300);
    for metrics in other.metrics.values_mut() {
        for found in metrics.values_mut() {
            found.n = 3 * found.positives;
        }
    }
    assert_eq!(verdict(&other, PLAUSIBLE), Verdict::Pass);
}

#[test]
fn a_weak_model_fails_only_where_the_interval_settles_it() {
    assert_eq!(
        verdict(&model(0.57, 0.05, 1.5, 300), "performance.auc"),
        Verdict::Warn
    );
    assert_eq!(
        verdict(&model(0.55, 0.05, 1.5, 300), "performance.auc"),
        Verdict::Fail
    );
    assert_eq!(
        verdict(&model(0.60, 0.05, 1.2, 300), "performance.lift"),
        Verdict::Warn
    );
    assert_eq!(
        verdict(&model(0.60, 0.05, 1.0, 300), "performance.lift"),
        Verdict::Fail
    );
    assert_eq!(
        verdict(&model(0.60, 0.045, 1.5, 300), "performance.auc_pr"),
        Verdict::Warn
    );
    assert_eq!(
        verdict(&model(0.55, 0.05, 1.0, 20), "performance.auc"),
        Verdict::NotEnoughData
    );
}

#[test]
fn a_gap_and_a_lively_bottom_are_warned_of() {
    let mut learned_by_heart = model(0.60, 0.06, 1.6, 300);
    let train = learned_by_heart.metrics.get_mut("train").unwrap();
    train.insert("auc_roc".into(), estimate(0.95, 0.01, 1000));
    assert_eq!(verdict(&learned_by_heart, "performance.gap"), Verdict::Warn);
    let mut lively = model(0.60, 0.06, 1.6, 300);
    lively.curves.deciles[9].positives = 60;
    assert_eq!(verdict(&lively, "performance.bottom"), Verdict::Warn);
}

#[test]
fn every_gate_is_in_the_catalog() {
    let known: Vec<&str> = crate::gates::catalog().iter().map(|info| info.id).collect();
    for gate in judge(&model(0.62, 0.065, 2.0, 300), &Thresholds::default()) {
        assert!(known.contains(&gate.id.as_str()), "{}", gate.id);
    }
}
