//! Charts of how a model was made.

use leadrank_evidence::{DifferenceRow, Lane, Mark, Measured, Parameter, Picture, Setting, Span};
use leadrank_report::chart;
use proptest::prelude::*;

use crate::checks::any_lane;
use crate::{any_number, any_text, body, list, well_formed, well_formed_but_for_words};

#[test]
fn differences() {
    let row = |label: &str, difference: Option<(f64, f64, f64)>| DifferenceRow {
        label: label.into(),
        difference: difference.map(|(value, lo, hi)| Measured {
            value,
            lo: Some(lo),
            hi: Some(hi),
            n: 4_473,
            chance: None,
        }),
    };
    insta::assert_snapshot!(body(&chart::picture(&Picture::Differences {
        title: "Rivals against the model".into(),
        of: "AUC-PR, less the model's".into(),
        rows: vec![
            row("the same chance for all", Some((-0.24, -0.27, -0.21))),
            row("scorecard", Some((0.0012, -0.0102, 0.0131))),
            row("logistic regression", Some((-0.0079, -0.0131, -0.0030))),
            row("rules", None),
        ],
    })));
}

fn parameters() -> Vec<Parameter> {
    let setting = |(value, mean, best): (f64, f64, f64)| Setting {
        value,
        mean,
        best,
        n: 12,
    };
    let parameter = |name: &str, chosen: f64, settings: &[(f64, f64, f64)]| Parameter {
        name: name.into(),
        settings: settings.iter().copied().map(setting).collect(),
        chosen,
    };
    let depth = [
        (1.0, 0.004, 0.014),
        (2.0, 0.001, 0.009),
        (4.0, -0.006, 0.001),
    ];
    vec![
        parameter("max_depth", 1.0, &depth),
        parameter("eta", 0.05, &[(0.02, 0.002, 0.012), (0.05, -0.001, 0.014)]),
        parameter("gamma", 0.3, &[(0.0, -0.002, 0.013), (0.3, 0.003, 0.014)]),
    ]
}

#[test]
fn settings() {
    insta::assert_snapshot!(body(&chart::picture(&Picture::Settings {
        title: "What each parameter does".into(),
        of: "AUC-PR, less the mean of the round".into(),
        parameters: parameters(),
    })));
}

#[test]
fn curve() {
    let points = (1..=60).map(|tree| {
        let tree = f64::from(tree);
        (tree, 0.06 - 0.02 / tree - 0.000_001 * (tree - 45.0).powi(2))
    });
    let mark = Mark {
        at: 45.0,
        text: "45 trees".into(),
    };
    let points: Vec<(f64, f64)> = points.collect();
    let chart = chart::curve(
        "How many trees",
        "number of trees",
        "AUC-PR",
        &points,
        Some(&mark),
    );
    insta::assert_snapshot!(body(&chart));
}

#[test]
fn a_long_curve_is_thinned_and_keeps_its_end() {
    let points: Vec<(f64, f64)> = (0..2_000).map(|x| (f64::from(x), f64::from(x))).collect();
    let svg = well_formed(&chart::curve("t", "x", "y", &points, None));
    let line = svg.split("points=\"").nth(1).expect("a line");
    let line = line.split('"').next().expect("its end");
    assert!(line.split(' ').count() < 260, "{line}");
    assert!(line.ends_with("350,30.1"), "{line}");
}

#[test]
fn rows_without_dates_stand_in_their_order() {
    let span = |from: &str, to: &str, kind: &str| Span {
        from: from.into(),
        to: to.into(),
        kind: kind.into(),
        text: kind.into(),
    };
    let lane = Lane {
        label: "fold 1".into(),
        spans: vec![span("1", "6000", "train"), span("6001", "8000", "judged")],
    };
    let svg = well_formed(&chart::calendar("Rows", &[lane]));
    assert!(
        svg.contains(">2,000</text>") && svg.contains(">judged</text>"),
        "{svg}"
    );
    assert!(!svg.contains("Not enough data"));
}

/// Pictures of how a model was made.
fn any_picture_of_development() -> impl Strategy<Value = Picture> {
    let number = || prop::option::of(any_number());
    let measured =
        (any_number(), number(), number(), any::<u64>()).prop_map(|(value, lo, hi, n)| Measured {
            value,
            lo,
            hi,
            n,
            chance: None,
        });
    let row = (any_text(), prop::option::of(measured))
        .prop_map(|(label, difference)| DifferenceRow { label, difference });
    let differences = (any_text(), any_text(), list(row, 8))
        .prop_map(|(title, of, rows)| Picture::Differences { title, of, rows });
    let setting = (any_number(), any_number(), any_number(), any::<u64>()).prop_map(
        |(value, mean, best, n)| Setting {
            value,
            mean,
            best,
            n,
        },
    );
    let parameter =
        (any_text(), list(setting, 12), any_number()).prop_map(|(name, settings, chosen)| {
            Parameter {
                name,
                settings,
                chosen,
            }
        });
    let settings =
        (any_text(), any_text(), list(parameter, 10)).prop_map(|(title, of, parameters)| {
            Picture::Settings {
                title,
                of,
                parameters,
            }
        });
    let mark = (any_number(), any_text()).prop_map(|(at, text)| Mark { at, text });
    let curve = (
        any_text(),
        any_text(),
        list((any_number(), any_number()), 40),
        prop::option::of(mark),
    )
        .prop_map(|(title, of, points, mark)| Picture::Curve {
            title,
            across: of.clone(),
            of,
            points,
            mark,
        });
    let place = any::<i64>().prop_map(|place| place.to_string());
    let ordered = (any_text(), list(any_lane(place.boxed()), 5))
        .prop_map(|(title, lanes)| Picture::Calendar { title, lanes });
    prop_oneof![differences, settings, curve, ordered]
}

proptest! {
    #[test]
    fn any_picture_of_development_is_well_formed(picture in any_picture_of_development()) {
        well_formed_but_for_words(&chart::picture(&picture))?;
    }
}
