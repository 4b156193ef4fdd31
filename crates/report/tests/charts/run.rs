//! Charts of the page of a run.

use leadrank_report::chart::{self, Bar, Chart, GainMark};
use leadrank_report::{BeeswarmFeature, SwarmPoint, Words};
use leadrank_stats::curves::{Decile, GainPoint, PrPoint, ReliabilityBin};
use leadrank_stats::{Estimate, curves, proportion};
use proptest::prelude::*;

use crate::{
    any_number, body, say_that_data_is_missing, show_something, well_formed,
    well_formed_but_for_words,
};

/// 40 rows with 6 positives, better ranked than chance.
fn rows() -> (Vec<bool>, Vec<f64>) {
    let positives = [0, 1, 4, 9, 15, 30];
    let labels = (0..40).map(|row| positives.contains(&row)).collect();
    let probabilities = (0..40).map(|row| 0.3 - 0.007 * f64::from(row)).collect();
    (labels, probabilities)
}

fn area() -> Estimate {
    Estimate {
        value: 0.4,
        lo: 0.2,
        hi: 0.62,
        n: 40,
        positives: 6,
        chance: Some(0.15),
    }
}

fn words() -> Words {
    Words::default()
}

#[test]
fn precision_recall() {
    let (labels, probabilities) = rows();
    let points = curves::precision_recall(&labels, &probabilities);
    insta::assert_snapshot!(body(&chart::precision_recall(&points, &area(), &words())));
}

#[test]
fn precision_recall_begins_at_the_tenth_positive() {
    let points: Vec<PrPoint> = (1..=40)
        .map(|hit| PrPoint {
            recall: f64::from(hit) / 40.0,
            precision: 1.0 / f64::from(hit),
            threshold: 0.5,
        })
        .collect();
    let area = Estimate {
        positives: 40,
        n: 400,
        ..area()
    };
    let svg = well_formed(&chart::precision_recall(&points, &area, &words()));
    let line = svg
        .split("points=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a line");
    assert_eq!(line.split(' ').count(), 31);
}

#[test]
fn cumulative_gain() {
    let (labels, probabilities) = rows();
    let points = curves::cumulative_gain(&labels, &probabilities);
    let mark = |fraction: f64, among: u64| GainMark {
        fraction,
        captured: proportion::estimate(among, 6, 0.95).expect("some rows"),
    };
    let marks = [mark(0.1, 2), mark(0.2, 3), mark(0.5, 5)];
    let chart = chart::cumulative_gain(&points, &marks, Some(&mark(0.2, 0)), &words());
    insta::assert_snapshot!(body(&chart));
}

#[test]
fn reliability() {
    let (labels, probabilities) = rows();
    let bins = curves::reliability(&labels, &probabilities, 4);
    insta::assert_snapshot!(body(&chart::reliability(&bins, &words())));
}

#[test]
fn deciles() {
    let (labels, probabilities) = rows();
    let deciles = curves::deciles(&labels, &probabilities, &probabilities);
    insta::assert_snapshot!(body(&chart::deciles(&deciles, &words())));
}

#[test]
fn beeswarm() {
    let pairs: Vec<(f64, Option<f64>)> = (0..24)
        .map(|row| {
            (
                f64::from(row % 7) / 10.0 - 0.2,
                (row % 5 > 0).then_some(f64::from(row)),
            )
        })
        .collect();
    let features = [
        BeeswarmFeature::from_values("Years at the current firm", &pairs),
        BeeswarmFeature::from_values("Advisers & assets", &pairs[..5]),
    ];
    insta::assert_snapshot!(body(&chart::beeswarm("Contributions", &features)));
}

#[test]
fn values_become_ranks_and_ties_share_theirs() {
    let feature = BeeswarmFeature::from_values(
        "f",
        &[
            (0.1, Some(5.0)),
            (0.2, None),
            (0.3, Some(9.0)),
            (0.4, Some(f64::NAN)),
            (0.5, Some(5.0)),
        ],
    );
    let ranks: Vec<Option<f64>> = feature
        .points
        .iter()
        .map(|point| point.value_rank)
        .collect();
    assert_eq!((ranks[1], ranks[3]), (None, None));
    assert_eq!(ranks[0], ranks[4]);
    assert!(ranks[2] > ranks[0]);
    assert!(
        ranks
            .iter()
            .flatten()
            .all(|rank| (0.0..=1.0).contains(rank))
    );
}

fn strange(value: f64, mean: f64, lo: f64, hi: f64) -> (ReliabilityBin, Decile) {
    let rate = Estimate {
        value,
        lo,
        hi,
        n: 10,
        positives: 1,
        chance: Some(mean),
    };
    let bin = ReliabilityBin {
        n: 10,
        positives: 1,
        mean_probability: mean,
        observed: rate,
    };
    let decile = Decile {
        decile: 77,
        n: 10,
        positives: 1,
        rate,
        mean_probability: mean,
        lift: value,
    };
    (bin, decile)
}

/// All pictures of numbers that mean nothing.
fn pictures(numbers: &[f64], label: &str) -> Vec<Chart> {
    let words = Words::default();
    let (pr, gain): (Vec<PrPoint>, Vec<GainPoint>) = numbers
        .windows(2)
        .map(|two| {
            let point = PrPoint {
                recall: two[0],
                precision: two[1],
                threshold: two[0],
            };
            (
                point,
                GainPoint {
                    fraction: two[0],
                    captured: two[1],
                },
            )
        })
        .unzip();
    let (bins, deciles): (Vec<_>, Vec<_>) = numbers
        .windows(4)
        .map(|four| strange(four[0], four[1], four[2], four[3]))
        .unzip();
    let area = deciles[0].rate;
    let mark = GainMark {
        fraction: numbers[0],
        captured: area,
    };
    let points = numbers
        .windows(2)
        .map(|two| SwarmPoint {
            shap: two[0],
            value_rank: Some(two[1]),
        })
        .collect();
    let swarm = BeeswarmFeature {
        label: label.into(),
        points,
    };
    let bar = |&value: &f64| Bar {
        label: label.into(),
        value,
        text: String::new(),
    };
    let bars: Vec<Bar> = numbers.iter().map(bar).collect();
    vec![
        chart::precision_recall(&pr, &area, &words),
        chart::cumulative_gain(&gain, &[mark], Some(&mark), &words),
        chart::reliability(&bins, &words),
        chart::deciles(&deciles, &words),
        chart::beeswarm(label, &[swarm]),
        chart::bars(label, &bars),
    ]
}

proptest! {
    #[test]
    fn no_data_breaks_a_picture(
        numbers in prop::collection::vec(any_number(), 4..40),
        label in any::<String>(),
    ) {
        for chart in pictures(&numbers, &label) {
            well_formed_but_for_words(&chart)?;
        }
    }
}

#[test]
fn nothing_to_draw_is_said() {
    let start = GainPoint {
        fraction: 0.0,
        captured: 0.0,
    };
    say_that_data_is_missing(&[
        chart::precision_recall(&[], &area(), &words()),
        chart::cumulative_gain(&[], &[], None, &words()),
        chart::cumulative_gain(&[start], &[], None, &words()),
        chart::reliability(&[], &words()),
        chart::deciles(&[], &words()),
        chart::beeswarm("t", &[BeeswarmFeature::default()]),
    ]);
}

#[test]
fn one_point_is_enough() {
    let point = PrPoint {
        recall: 1.0,
        precision: 0.15,
        threshold: 0.0,
    };
    let (bin, decile) = strange(0.15, 0.2, 0.1, 0.3);
    let lone = BeeswarmFeature::from_values("one", &[(0.0, None)]);
    show_something(&[
        chart::precision_recall(&[point], &area(), &words()),
        chart::reliability(&[bin], &words()),
        chart::deciles(&[decile], &words()),
        chart::beeswarm("t", &[lone]),
    ]);
}
