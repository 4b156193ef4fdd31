use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::evaluation::replicate::generator;
use crate::evaluation::{evaluate, evaluate_clustered};
use crate::{auc, ranking};

/// A uniform number in 0..1.
fn uniform(generator: &mut ChaCha8Rng) -> f64 {
    f64::from(rand::RngCore::next_u32(generator)) / 4_294_967_296.0
}

/// Labels, the margins of two models that see the same signal through noises of different size,
/// and a probability for each margin.
struct Sample {
    labels: Vec<bool>,
    margins: [Vec<f64>; 2],
    probabilities: [Vec<f64>; 2],
}

fn sample(n: usize, seed: u64, noise: [f64; 2]) -> Sample {
    let mut generator = generator(seed, 11);
    let mut normal = || (0..6).map(|_| uniform(&mut generator) - 0.5).sum::<f64>();
    let signal: Vec<f64> = (0..n).map(|_| normal()).collect();
    let margins = noise.map(|noise| {
        signal
            .iter()
            .map(|signal| signal - 1.5 + noise * normal())
            .collect::<Vec<f64>>()
    });
    let probability = |margin: &f64| 1.0 / (1.0 + (-margin).exp());
    let labels = signal
        .iter()
        .map(|signal| uniform(&mut generator) < probability(&(1.5 * signal - 1.5)))
        .collect();
    let probabilities = margins
        .each_ref()
        .map(|margins| margins.iter().map(probability).collect());
    Sample {
        labels,
        margins,
        probabilities,
    }
}

impl Sample {
    fn scores(&self, model: usize) -> Scores<'_> {
        Scores {
            scores: &self.margins[model],
            probabilities: &self.probabilities[model],
        }
    }

    fn compare(&self, options: &EvaluationOptions) -> Vec<Difference> {
        compare(&self.labels, &self.scores(0), &[self.scores(1)], options)
            .unwrap()
            .remove(0)
    }
}

fn options(replicates: u32) -> EvaluationOptions {
    EvaluationOptions {
        replicates,
        ..EvaluationOptions::default()
    }
}

#[test]
fn values_are_those_of_a_single_evaluation() {
    let sample = sample(900, 1, [0.5, 1.0]);
    let found = sample.compare(&options(50));
    let alone = [0, 1].map(|model| {
        let scores = sample.scores(model);
        evaluate(
            &sample.labels,
            scores.scores,
            scores.probabilities,
            &options(10),
        )
        .unwrap()
    });
    assert_eq!(found.len(), Metric::ALL.len());
    for difference in found {
        let name = difference.metric.name();
        let values = [0, 1].map(|model: usize| alone[model].metrics[name].value);
        assert!((difference.reference - values[0]).abs() < 1e-12, "{name}");
        assert!((difference.other - values[1]).abs() < 1e-12, "{name}");
        assert!((difference.difference - (values[1] - values[0])).abs() < 1e-12);
        let json = serde_json::to_value(difference).unwrap();
        assert_eq!(json["metric"], name);
        assert_eq!(
            serde_json::from_value::<Difference>(json).unwrap().metric,
            difference.metric
        );
    }
}

/// Most of the noise of a sample is common to both models and falls out.
#[test]
fn a_pair_is_narrower_than_two_models_apart() {
    let sample = sample(3000, 2, [0.4, 0.45]);
    let found = sample.compare(&options(300));
    let width = |model: usize| {
        let scores = sample.scores(model);
        let alone = evaluate(
            &sample.labels,
            scores.scores,
            scores.probabilities,
            &options(300),
        )
        .unwrap()
        .metrics["auc_roc"];
        alone.hi - alone.lo
    };
    let apart = width(0).hypot(width(1));
    assert!(found[0].hi - found[0].lo < 0.6 * apart, "{:?}", found[0]);
}

#[test]
fn threads_and_other_models_leave_no_trace() {
    let sample = sample(700, 3, [0.5, 1.5]);
    let groups: Vec<u64> = (0..700).map(|row| row % 300).collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let rows = sample.compare(&options(60));
            let grouped = compare_clustered(
                &sample.labels,
                &sample.scores(0),
                &[sample.scores(0), sample.scores(1)],
                &groups,
                &options(60),
            )
            .unwrap();
            serde_json::to_string(&(rows, grouped)).unwrap()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
    let many = compare(
        &sample.labels,
        &sample.scores(0),
        &[sample.scores(0), sample.scores(1)],
        &options(60),
    )
    .unwrap();
    assert_eq!(many[1], sample.compare(&options(60)));
    let reseeded = EvaluationOptions {
        seed: 1,
        ..options(60)
    };
    assert_ne!(sample.compare(&reseeded)[0].lo, many[1][0].lo);
}

#[test]
fn a_model_does_not_differ_from_itself() {
    let sample = sample(400, 4, [0.5, 0.5]);
    let found = compare(
        &sample.labels,
        &sample.scores(0),
        &[sample.scores(0)],
        &options(50),
    )
    .unwrap();
    for difference in &found[0] {
        assert_eq!(
            (difference.difference, difference.lo, difference.hi),
            (0.0, 0.0, 0.0)
        );
        assert_eq!((difference.p, difference.better()), (1.0, None));
    }
}

#[test]
fn a_worse_model_is_found_out_whichever_comes_first() {
    let sample = sample(4000, 5, [0.2, 3.0]);
    let forth = sample.compare(&options(200));
    let back = compare(
        &sample.labels,
        &sample.scores(1),
        &[sample.scores(0)],
        &options(200),
    )
    .unwrap()
    .remove(0);
    for (forth, back) in forth.iter().zip(&back) {
        assert_eq!(forth.better(), Some(false), "{forth:?}");
        assert_eq!(back.better(), Some(true), "{back:?}");
        assert!((forth.lo + back.hi).abs() < 1e-12 && (forth.hi + back.lo).abs() < 1e-12);
        assert_eq!(forth.p, 2.0 / 201.0);
    }
}

/// Each row twice adds no knowledge: drawing pairs must see that.
#[test]
fn clusters_widen_the_interval() {
    let sample = sample(1000, 6, [0.5, 0.8]);
    let twice = |values: &[f64]| [values, values].concat();
    let labels = [sample.labels.as_slice(), sample.labels.as_slice()].concat();
    let margins = [0, 1].map(|model: usize| twice(&sample.margins[model]));
    let probabilities = [0, 1].map(|model: usize| twice(&sample.probabilities[model]));
    let scores = |model: usize| Scores {
        scores: &margins[model],
        probabilities: &probabilities[model],
    };
    let groups: Vec<u64> = (0..2000).map(|row| row % 1000).collect();
    let width = |found: Vec<Difference>| found[0].hi - found[0].lo;
    let once = width(sample.compare(&options(400)));
    let mut rows = compare(&labels, &scores(0), &[scores(1)], &options(400)).unwrap();
    let mut pairs =
        compare_clustered(&labels, &scores(0), &[scores(1)], &groups, &options(400)).unwrap();
    let (rows, pairs) = (width(rows.remove(0)), width(pairs.remove(0)));
    assert!((pairs / once - 1.0).abs() < 0.15, "{pairs} {once}");
    assert!((pairs / rows - 2_f64.sqrt()).abs() < 0.25, "{pairs} {rows}");
}

/// 95 % intervals must hold the true difference in about 95 % of samples.
#[test]
fn intervals_cover_the_truth() {
    let noise = [0.5, 0.9];
    let large = sample(400_000, 7, noise);
    let truth = [0, 1].map(|model: usize| {
        let area = ranking::auc_roc(&large.labels, &large.margins[model]).unwrap();
        let top = ranking::at_fraction(&large.labels, &large.margins[model], 0.1).unwrap();
        let squares: f64 = large
            .labels
            .iter()
            .zip(&large.probabilities[model])
            .map(|(&label, &p)| squared_error(label, p))
            .sum();
        [area, squares / 400_000.0, top.precision]
    });
    let mut covered = [0; 3];
    for seed in 0..200 {
        let found = sample(500, 2000 + seed, noise).compare(&options(200));
        for (at, metric) in [0, 2, 3].into_iter().enumerate() {
            let difference = truth[1][at] - truth[0][at];
            let held = found[metric].lo <= difference && difference <= found[metric].hi;
            covered[at] += u32::from(held);
        }
    }
    // 95 % of 200 is 190.
    for covered in covered {
        assert!((180..=198).contains(&covered), "{covered} of 200");
    }
}

/// Under no difference, p-values are about uniform: one in twenty is below 5 %.
#[test]
fn no_difference_is_rarely_found_significant() {
    let found = (0..200)
        .filter(|seed| sample(400, 5000 + seed, [0.8, 0.8]).compare(&options(200))[0].p < 0.05)
        .count();
    assert!((2..=20).contains(&found), "{found} of 200");
}

#[test]
fn one_class_leaves_out_what_it_cannot_say() {
    let scores = [0.1, 0.2, 0.3];
    let scores = Scores {
        scores: &scores,
        probabilities: &scores,
    };
    let found = compare(&[false; 3], &scores, &[scores], &options(10)).unwrap();
    let metrics: Vec<Metric> = found[0].iter().map(|found| found.metric).collect();
    assert_eq!(metrics, [Metric::Brier, Metric::PrecisionAt10]);
    assert!(
        compare(&[true; 3], &scores, &[], &options(10))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn wrong_input_is_refused_with_a_reason() {
    let one = [0.5];
    let good = Scores {
        scores: &one,
        probabilities: &one,
    };
    let message = |labels: &[bool], other: Scores, replicates: u32| {
        compare(labels, &good, &[other], &options(replicates))
            .unwrap_err()
            .to_string()
    };
    let bad = Scores {
        scores: &[f64::NAN],
        ..good
    };
    assert!(message(&[true], bad, 10).contains("scores is NaN in row 0"));
    let bad = Scores {
        probabilities: &[1.5],
        ..good
    };
    assert!(message(&[true], bad, 10).contains("must lie in 0..=1"));
    assert!(message(&[true, false], good, 10).contains("scores has 1 values"));
    assert!(message(&[true], good, 9).contains("replicates is 9"));
    let none = Scores {
        scores: &[],
        probabilities: &[],
    };
    assert!(compare(&[], &none, &[none], &options(10)).is_err());
    assert!(compare_clustered(&[true], &good, &[good], &[], &options(10)).is_err());
}

/// With one model constant the difference is the other's area less one half: its interval is that
/// of a single evaluation, and near the one of normal theory.
#[test]
fn against_a_constant_it_is_one_area() {
    let sample = sample(2000, 8, [0.5, 0.5]);
    let flat = vec![0.2; 2000];
    let flat = Scores {
        scores: &flat,
        probabilities: &flat,
    };
    let found = compare(&sample.labels, &flat, &[sample.scores(1)], &options(1000)).unwrap()[0][0];
    let normal = auc::delong(&sample.labels, &sample.margins[1], 0.95).unwrap();
    assert!((found.difference - (normal.value - 0.5)).abs() < 1e-12);
    let ratio = (found.hi - found.lo) / (normal.hi - normal.lo);
    assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
    let alone = evaluate_clustered(
        &sample.labels,
        &sample.margins[1],
        &sample.probabilities[1],
        &(0..2000).collect::<Vec<u64>>(),
        &options(1000),
    )
    .unwrap()
    .metrics["auc_roc"];
    assert!((found.lo + 0.5 - alone.lo).abs() < 0.005);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn intervals_are_in_order_and_p_is_a_share(
        rows in prop::collection::vec((any::<bool>(), -4_i32..4, -4_i32..4, 0_u32..=10), 1..60)
    ) {
        let labels: Vec<bool> = rows.iter().map(|row| row.0).collect();
        let one: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        let two: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let probabilities: Vec<f64> = rows.iter().map(|row| f64::from(row.3) / 10.0).collect();
        let scores = |scores| Scores { scores, probabilities: &probabilities };
        let found = compare(&labels, &scores(&one), &[scores(&two)], &options(20)).unwrap();
        for difference in &found[0] {
            prop_assert!(difference.lo <= difference.hi);
            prop_assert!(0.0 < difference.p && difference.p <= 1.0);
            // Both have the same probabilities.
            let no_brier = difference.metric != Metric::Brier;
            prop_assert!(no_brier || difference.difference.abs() < 1e-12);
        }
    }
}
