use leadrank_stats::evaluation::EvaluationOptions;

use super::*;
use crate::fit::{Plan, Sample, fit_model};
use crate::made_up::{MadeUp, made_up};
use crate::recipe::Recipe;
use crate::segments::Segments;
use crate::xgboost::Library;

fn compared(rows: &MadeUp, externals: &[External]) -> Comparison {
    let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
    let recipe = Recipe {
        eta: 0.1,
        rounds: 80,
        min_rounds: 20,
        ..Recipe::leads()
    };
    let (labels, plan) = (&rows.input.labels, Plan::of(&recipe));
    let fitted = fit_model(
        library,
        &Sample {
            matrix: &rows.matrix,
            labels,
            split: &rows.split,
            segments: &Segments::none(),
            folds: None,
        },
        &plan,
        1,
        &mut |_| {},
    );
    let fitted = fitted.unwrap();
    let input = Input {
        matrix: &rows.matrix,
        labels,
        split: &rows.split,
        fitted: &fitted,
        model_matrix: &rows.matrix,
        externals,
    };
    let options = EvaluationOptions {
        replicates: 200,
        ..EvaluationOptions::default()
    };
    compare(&input, &options).unwrap().comparison
}

fn of(comparison: &Comparison, kind: Kind) -> &Standing {
    comparison.rows.iter().find(|row| row.kind == kind).unwrap()
}

#[test]
fn rivals_stand_beside_the_model_on_the_same_rows() {
    let rows = made_up(4_000, 700, 41);
    let strong = rows.matrix.column("strong").unwrap();
    let incumbent = External {
        kind: Kind::Incumbent,
        name: "old score".into(),
        note: String::new(),
        scores: strong
            .iter()
            .map(|&v| (!v.is_nan()).then_some(f64::from(v)))
            .collect(),
    };
    let useless = External {
        kind: Kind::Rules,
        name: "the same for all".into(),
        note: String::new(),
        scores: vec![Some(1.0); strong.len()],
    };
    let found = compared(&rows, &[incumbent, useless]);
    let kinds: Vec<Kind> = found.rows.iter().map(|row| row.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Model,
            Kind::BaseRate,
            Kind::Scorecard,
            Kind::Logistic,
            Kind::RankAverage,
            Kind::Stacking,
            Kind::Incumbent
        ]
    );
    assert!(
        found.left_out[0].starts_with("the same for all: "),
        "{:?}",
        found.left_out
    );
    let model = of(&found, Kind::Model);
    assert!(model.against_model.is_empty());
    let base = of(&found, Kind::BaseRate);
    assert_eq!(base.metrics["auc_roc"].value, 0.5);
    assert_eq!(
        base.difference(Metric::AucRoc).unwrap().better(),
        Some(false)
    );
    assert!(
        found
            .sentence
            .contains("better than the same chance for all"),
        "{}",
        found.sentence
    );
    // The labels are linear in the columns: the logistic regression is hard to beat.
    let logistic = of(&found, Kind::Logistic);
    assert_ne!(
        logistic.difference(Metric::AucPr).unwrap().better(),
        Some(false)
    );
    for kind in [Kind::Scorecard, Kind::RankAverage, Kind::Stacking] {
        let row = of(&found, kind);
        assert!(row.metrics["auc_roc"].value > 0.7, "{row:?}");
        let ratio = row.metrics["predicted_over_observed"].value;
        assert!((0.6..1.6).contains(&ratio), "{kind:?}: {ratio}");
    }
    // The old score is measured where it is known, and so is the model for the difference.
    let old = of(&found, Kind::Incumbent);
    assert!(old.n < model.n && old.n > model.n * 8 / 10);
    assert_eq!(old.difference(Metric::AucRoc).unwrap().n, old.n);
}

#[test]
fn nothing_that_rivals_learn_comes_from_the_test() {
    let rows = made_up(3_000, 700, 42);
    let mut other = made_up(3_000, 700, 42);
    // Other outcomes in the test change what is measured, never what was fitted: ranks of
    // the rows stay as they are, so the sum of both AUCs over flipped labels is 1.
    for &row in rows.split.test.indices() {
        other.input.labels[row] = other.input.labels[row].map(|label| !label);
    }
    let (one, two) = (compared(&rows, &[]), compared(&other, &[]));
    for (a, b) in one.rows.iter().zip(&two.rows) {
        let sum = a.metrics["auc_roc"].value + b.metrics["auc_roc"].value;
        assert!((sum - 1.0).abs() < 1e-12, "{:?}: {sum}", a.kind);
    }
}
