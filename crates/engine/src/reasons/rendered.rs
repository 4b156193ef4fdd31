//! Every sentence with typical values, for those who change the words.

use leadrank_features::catalog::{FEW, Idea, Kind, Tell, Unit};
use leadrank_features::{Feature, catalog};
use serde::Serialize;

use super::peers::{Range, Standing};
use super::sentence::{Direction, commonness, sentence};
use super::templates::Templates;
use super::value::range;
use crate::words::capitalised;

/// One sentence as it would be read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rendered {
    /// Name of its text in the file.
    pub key: String,
    /// The value filled in; none where there is none.
    pub value: Option<f64>,
    /// The sentence.
    pub text: String,
}

/// All sentences of features, then the others, with values from low to high.
pub(super) fn rendered(templates: &Templates) -> Vec<Rendered> {
    let told = catalog().iter().filter(|feature| feature.tell == Tell::Yes);
    let mut all: Vec<Rendered> = told
        .flat_map(|feature| {
            let of = |direction| of_feature(templates, feature, direction);
            [Direction::Up, Direction::Down].map(of).concat()
        })
        .collect();
    let words = [
        ("idea", "the size of the firm"),
        ("before", "3.12 %"),
        ("after", "4.57 %"),
    ];
    for key in ["same", "data", "data_alone", "model", "calibration"] {
        all.push(other(templates, &format!("change.{key}"), &words));
    }
    all.push(other(templates, "gaps.not_known", &words));
    for key in ["nothing", "no_record"] {
        all.push(other(templates, &format!("narrative.{key}"), &[]));
    }
    all.push(other(templates, "narrative.age", &[("days", "1,234")]));
    let reasons = [
        (
            "reasons",
            "3.2 years at the current firm; the firm is independent",
        ),
        ("reason", "the firm has 26,000 employees"),
    ];
    for key in ["for", "against"] {
        all.push(other(templates, &format!("narrative.{key}"), &reasons));
    }
    all
}

fn other(templates: &Templates, key: &str, places: &[(&str, &str)]) -> Rendered {
    Rendered {
        key: key.to_owned(),
        value: None,
        text: capitalised(&templates.filled(key, places)),
    }
}

fn of_feature(templates: &Templates, feature: &Feature, direction: Direction) -> Vec<Rendered> {
    let with = |value: f64, peers: &str| Rendered {
        key: format!("features.{}.{}", feature.name, direction.word()),
        value: (feature.kind != Kind::Flag).then_some(value),
        text: sentence(templates, feature, direction, value, peers),
    };
    if feature.kind == Kind::Flag {
        return vec![with(1.0, "")];
    }
    let [lowest, low, middle, high, highest] = typical(feature);
    let most = Range {
        lo: Some(low),
        hi: Some(high),
    };
    let key = match direction {
        Direction::Up => "peers.inside",
        Direction::Down => "peers.outside",
    };
    let most = templates.filled(key, &[("range", &range(&most, feature.unit))]);
    let common = |standing| commonness(templates, feature, standing);
    vec![
        with(lowest, &common(Standing::Low(1))),
        with(low, ""),
        with(middle, &most),
        with(highest, &common(Standing::High(2))),
    ]
}

/// Values from the lowest to a high one; those in the middle make a range.
fn typical(feature: &Feature) -> [f64; 5] {
    let few = matches!(feature.idea, Idea::Mobility | Idea::Registration);
    match feature.unit {
        Unit::Count if feature.censored => [0.0, FEW, 150.0, 600.0, 12_000.0],
        Unit::Count if few => [0.0, 1.0, 2.0, 4.0, 9.0],
        Unit::Count | Unit::Weekday | Unit::YesNo => [0.0, 1.0, 23.0, 60.0, 26_000.0],
        Unit::Years => [0.0, 0.5, 3.25, 5.0, 31.0],
        Unit::MillionDollars | Unit::MillionDollarsPerYear => [0.0, 0.35, 85.0, 600.0, 1_934_233.0],
        Unit::Dollars => [0.0, 950.0, 480_000.0, 2_000_000.0, 25_000_000.0],
        Unit::Percent if feature.idea == Idea::Growth => [-50.0, 0.0, 8.3, 12.0, 200.0],
        Unit::Percent | Unit::SquaredPercent => [0.0, 5.0, 62.5, 90.0, 100.0],
        Unit::Miles => [0.0, 1.0, 12.0, 20.0, 1_400.0],
        Unit::Share | Unit::Score => [0.0, 0.05, 0.33, 0.5, 1.0],
        Unit::Ratio => [0.0, 1.0, 12.5, 40.0, 1_800.0],
    }
}
