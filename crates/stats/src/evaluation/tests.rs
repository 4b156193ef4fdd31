use rand_chacha::ChaCha8Rng;

use super::replicate::generator;
use super::*;
use crate::ranking;

/// A uniform number in 0..1.
fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    f64::from(rand::RngCore::next_u32(generator)) / 4_294_967_296.0
}

/// Rows whose probabilities are right: labels, margins, probabilities.
fn honest(n: usize, seed: u64) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let mut generator = generator(seed, 7);
    let margins: Vec<f64> = (0..n)
        .map(|_| -2.0 + (0..6).map(|_| uniform(&mut generator) - 0.5).sum::<f64>())
        .collect();
    let probabilities: Vec<f64> = margins
        .iter()
        .map(|margin| 1.0 / (1.0 + (-margin).exp()))
        .collect();
    let labels = probabilities
        .iter()
        .map(|p| uniform(&mut generator) < *p)
        .collect();
    (labels, margins, probabilities)
}

fn options(replicates: u32) -> EvaluationOptions {
    EvaluationOptions {
        replicates,
        ..EvaluationOptions::default()
    }
}

#[test]
fn all_metrics_are_there_and_written_as_json() {
    let (labels, margins, probabilities) = honest(500, 1);
    let evaluation = evaluate(&labels, &margins, &probabilities, &options(50)).unwrap();
    assert_eq!(evaluation.metrics.len(), NAMES.len());
    let json = serde_json::to_value(&evaluation).unwrap();
    assert!(json["metrics"]["auc_pr"]["lo"].is_number());
    assert_eq!(json["metrics"]["auc_pr"]["n"], 500);
    assert_eq!(json["metrics"]["auc_roc"]["chance"], 0.5);
    assert!(
        json["metrics"]["predicted_over_observed"]
            .get("chance")
            .is_none()
    );
    let text = serde_json::to_string(&evaluation).unwrap();
    assert!(!text.contains("null"), "{text}");
    let read: Evaluation = serde_json::from_str(&text).unwrap();
    assert_eq!(read.metrics.len(), evaluation.metrics.len());
}

#[test]
fn threads_do_not_change_a_bit() {
    let (labels, margins, probabilities) = honest(700, 2);
    let groups: Vec<u64> = (0..700).map(|row| row % 300).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let rows = evaluate(&labels, &margins, &probabilities, &options(60)).unwrap();
            let grouped =
                evaluate_clustered(&labels, &margins, &probabilities, &groups, &options(60))
                    .unwrap();
            serde_json::to_string(&[rows, grouped]).unwrap()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

#[test]
fn another_seed_draws_other_replicates() {
    let (labels, margins, probabilities) = honest(300, 3);
    let with = |seed| {
        let options = EvaluationOptions {
            seed,
            ..options(50)
        };
        evaluate(&labels, &margins, &probabilities, &options)
            .unwrap()
            .metrics["auc_roc"]
    };
    assert_eq!(with(1), with(1));
    assert_eq!(with(1).value, with(2).value);
    assert_ne!(with(1).lo, with(2).lo);
}

/// The weights of a replicate must mean what copying the rows means.
#[test]
fn a_weighted_pass_equals_copied_rows() {
    let (labels, mut margins, probabilities) = honest(200, 4);
    margins
        .iter_mut()
        .for_each(|margin| *margin = (*margin * 4.0).round() / 4.0);
    let rows = SortedRows::new(&labels, &margins, &probabilities, None);
    // Any scores in the sorted order will do for the copy: those of the ties must stay equal.
    let mut scores = Vec::new();
    for (run, &end) in rows.score_ends.iter().enumerate() {
        scores.resize(end, -(run as f64));
    }
    let mut resampler = Resampler::new(rows.units, rows.clusters.as_deref());
    for replicate in 0..20 {
        let weights = resampler.draw(9, replicate).to_vec();
        let copies = |row: usize| std::iter::repeat_n(row, weights[row] as usize);
        let copied: Vec<usize> = (0..200).flat_map(copies).collect();
        assert_eq!(copied.len(), 200);
        let labels: Vec<bool> = copied.iter().map(|&row| rows.labels[row]).collect();
        let scores: Vec<f64> = copied.iter().map(|&row| scores[row]).collect();
        let shown: Vec<f64> = copied.iter().map(|&row| rows.probabilities[row]).collect();
        let found = metrics(&rows, &weights);
        let expected = [
            ranking::auc_roc(&labels, &scores).unwrap(),
            ranking::auc_pr(&labels, &scores).unwrap(),
            crate::calibration::brier(&labels, &shown).unwrap(),
            crate::calibration::brier_skill(&labels, &shown).unwrap(),
            crate::calibration::ece_equal_width(&labels, &shown, 10).unwrap(),
            crate::calibration::ece_equal_mass(&labels, &shown, 10).unwrap(),
            crate::calibration::predicted_over_observed(&labels, &shown).unwrap(),
        ];
        for (metric, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!(
                (found - expected).abs() < 1e-12,
                "{}: {found} {expected}",
                NAMES[metric]
            );
        }
        for (place, percent) in TOP_PERCENT.into_iter().enumerate() {
            let top = ranking::at_fraction(&labels, &scores, f64::from(percent) / 100.0).unwrap();
            assert!((found[7 + place] - top.precision).abs() < 1e-12);
            assert!((found[11 + place] - top.recall).abs() < 1e-12);
            assert!((found[15 + place] - top.lift).abs() < 1e-12);
        }
    }
}

/// 95 % intervals of the AUC must hold the true value in about 95 % of samples.
#[test]
fn intervals_cover_the_truth() {
    let (labels, margins, _) = honest(200_000, 5);
    let truth = ranking::auc_roc(&labels, &margins).unwrap();
    let samples = 200;
    let covered = (0..samples)
        .filter(|&sample| {
            let (labels, margins, probabilities) = honest(400, 1000 + sample);
            let evaluation = evaluate(&labels, &margins, &probabilities, &options(200)).unwrap();
            evaluation.metrics["auc_roc"].interval().contains(truth)
        })
        .count();
    // 95 % of 200 is 190; three standard errors of that are 9.
    assert!(
        (179..=199).contains(&covered),
        "{covered} of {samples} intervals hold the truth"
    );
}

#[test]
fn intervals_hold_their_value_and_narrow_with_rows() {
    let (labels, margins, probabilities) = honest(4000, 6);
    let large = evaluate(&labels, &margins, &probabilities, &options(200)).unwrap();
    let small = evaluate(
        &labels[..400],
        &margins[..400],
        &probabilities[..400],
        &options(200),
    )
    .unwrap();
    for (name, estimate) in &large.metrics {
        if !name.starts_with("ece") {
            assert!(
                estimate.interval().contains(estimate.value),
                "{name}: {estimate:?}"
            );
        }
    }
    for name in ["auc_roc", "auc_pr", "brier", "precision_at_10"] {
        let width =
            |evaluation: &Evaluation| evaluation.metrics[name].hi - evaluation.metrics[name].lo;
        let ratio = width(&small) / width(&large);
        // About the square root of ten.
        assert!((1.8..5.5).contains(&ratio), "{name}: {ratio}");
    }
}

/// Each row twice adds no knowledge: drawing pairs must see that, drawing rows does not.
#[test]
fn clusters_widen_the_interval() {
    let (labels, margins, probabilities) = honest(1000, 8);
    let twice = |values: &[f64]| [values, values].concat();
    let doubled = [labels.as_slice(), labels.as_slice()].concat();
    let (margins2, probabilities2) = (twice(&margins), twice(&probabilities));
    let groups: Vec<u64> = (0..2000).map(|row| row % 1000).collect();
    let width = |evaluation: Evaluation| {
        evaluation.metrics["auc_roc"].hi - evaluation.metrics["auc_roc"].lo
    };
    let once = width(evaluate(&labels, &margins, &probabilities, &options(400)).unwrap());
    let rows = width(evaluate(&doubled, &margins2, &probabilities2, &options(400)).unwrap());
    let pairs = width(
        evaluate_clustered(&doubled, &margins2, &probabilities2, &groups, &options(400)).unwrap(),
    );
    assert!((pairs / once - 1.0).abs() < 0.15, "{pairs} {once}");
    assert!((pairs / rows - 2_f64.sqrt()).abs() < 0.25, "{pairs} {rows}");
}

#[test]
fn an_honest_model_shows_the_calibration_error_of_noise() {
    let mut above = 0;
    for sample in 0..20 {
        let (labels, margins, probabilities) = honest(1500, 50 + sample);
        let evaluation = evaluate(&labels, &margins, &probabilities, &options(10)).unwrap();
        let error = evaluation.metrics["ece_mass"];
        let chance = error.chance.unwrap();
        assert!(chance > 0.005, "{chance}");
        assert!(error.value < 3.0 * chance, "{error:?}");
        above += u32::from(error.value > chance);
    }
    // About half of the samples lie on either side.
    assert!((4..=16).contains(&above), "{above} of 20");
    let (labels, margins, probabilities) = honest(1500, 50);
    let hopeful: Vec<f64> = probabilities.iter().map(|p| (2.0 * p).min(1.0)).collect();
    let error = evaluate(&labels, &margins, &hopeful, &options(10))
        .unwrap()
        .metrics["ece_mass"];
    assert!(error.value > 3.0 * error.chance.unwrap(), "{error:?}");
}

#[test]
fn chance_levels() {
    let labels: Vec<bool> = (0..200).map(|row| row % 10 == 0).collect();
    let scores: Vec<f64> = (0..200).map(|row| f64::from(row * 37 % 200)).collect();
    let evaluation = evaluate(&labels, &scores, &[0.1; 200], &options(20)).unwrap();
    let chance = |name: &str| evaluation.metrics[name].chance.unwrap();
    assert_eq!((chance("auc_pr"), chance("precision_at_5")), (0.1, 0.1));
    assert_eq!((chance("recall_at_20"), chance("lift_at_1")), (0.2, 1.0));
    assert!((chance("brier") - 0.09).abs() < 1e-15);
    assert_eq!(chance("brier_skill"), 0.0);
    // One bin with 200 rows: the mean distance of a binomial share from its mean, about
    // sqrt(2 / pi) standard deviations.
    let noise = (2.0 / std::f64::consts::PI * 0.09 / 200.0).sqrt();
    assert!(
        (chance("ece_mass") / noise - 1.0).abs() < 0.2,
        "{} {noise}",
        chance("ece_mass")
    );
}

#[test]
fn one_class_leaves_out_what_it_cannot_say() {
    let scores = [0.1, 0.2, 0.3];
    let none = evaluate(&[false; 3], &scores, &scores, &options(10)).unwrap();
    let names: Vec<&str> = none.metrics.keys().map(String::as_str).collect();
    let expected = [
        "brier",
        "ece_mass",
        "ece_width",
        "precision_at_1",
        "precision_at_10",
        "precision_at_20",
        "precision_at_5",
    ];
    assert_eq!(names, expected);
    let all = evaluate(&[true; 3], &scores, &scores, &options(10)).unwrap();
    assert!(!all.metrics.contains_key("auc_roc") && !all.metrics.contains_key("brier_skill"));
    assert_eq!(all.metrics["auc_pr"].value, 1.0);
}

#[test]
fn wrong_input_is_refused_with_a_reason() {
    let ok = options(10);
    let refused =
        |labels: &[bool], scores: &[f64], probabilities: &[f64], options: &EvaluationOptions| {
            evaluate(labels, scores, probabilities, options)
                .unwrap_err()
                .to_string()
        };
    assert!(refused(&[], &[], &[], &ok).contains("at least one row"));
    assert!(refused(&[true], &[], &[0.5], &ok).contains("scores has 0 values"));
    assert!(refused(&[true], &[1.0], &[], &ok).contains("probabilities has 0 values"));
    assert!(refused(&[true], &[f64::NAN], &[0.5], &ok).contains("in row 0"));
    assert!(refused(&[true], &[1.0], &[1.5], &ok).contains("must lie in 0..=1"));
    assert!(refused(&[true], &[1.0], &[f64::NAN], &ok).contains("must lie in 0..=1"));
    assert!(refused(&[true], &[1.0], &[0.5], &options(9)).contains("replicates is 9"));
    let sure = EvaluationOptions {
        confidence: 1.0,
        ..ok
    };
    assert!(refused(&[true], &[1.0], &[0.5], &sure).contains("confidence is 1"));
    assert!(evaluate_clustered(&[true], &[1.0], &[0.5], &[], &ok).is_err());
}
