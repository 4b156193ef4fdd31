//! Charts of checks.

use leadrank_evidence::{BarScale, Lane, Mark, Picture, RateRow, Series, Shading, Span};
use leadrank_report::chart::{self, Bar};
use leadrank_stats::Estimate;
use proptest::prelude::*;

use crate::pictures as sample;
use crate::{
    any_number, any_text, body, list, say_that_data_is_missing, show_something, well_formed,
    well_formed_but_for_words,
};

#[test]
fn bars() {
    let bar = |label: &str, value: f64| Bar {
        label: label.into(),
        value,
        text: format!("{value}"),
    };
    let bars = [
        bar("positive", 120.0),
        bar("negative", 3000.0),
        bar("late", 0.0),
        bar("lost", f64::NAN),
    ];
    let svg = chart::bars("What became of the labels", &[&bars[..3]].concat());
    insta::assert_snapshot!(body(&svg));
    assert!(
        !chart::bars("t", &[bar("only nothing", 0.0)])
            .standalone()
            .contains("<rect class")
    );
    let with_nan = Bar {
        text: "–".into(),
        ..bars[3].clone()
    };
    well_formed(&chart::bars("t", &[bars[0].clone(), with_nan]));
}

#[test]
fn columns() {
    let months = ["2025-06", "2025-07", "2025-08"].map(String::from);
    let values: Vec<(String, u64)> = months.into_iter().zip([1200, 0, 1850]).collect();
    let chart = chart::columns(
        "Where the data is from",
        "vendor month",
        "leads matched",
        &values,
    );
    insta::assert_snapshot!(body(&chart));
}

#[test]
fn rates() {
    insta::assert_snapshot!(body(&chart::picture(&sample::segments())));
}

#[test]
fn a_small_group_does_not_squeeze_the_others() {
    let row = |label: &str, positives, n| RateRow {
        label: label.into(),
        rate: sample::rate(positives, n),
    };
    let rows = [row("many", 400, 10_000), row("few", 4, 11)];
    let svg = well_formed(&chart::rates("t", "calls", Some(0.04), &rows));
    // the axis ends at 5 %, the dot of the few is not on it, their number is
    assert!(svg.contains(">4%<") && !svg.contains(">20%<"), "{svg}");
    assert_eq!(svg.matches("<circle").count(), 1);
    assert!(svg.contains("36\u{a0}% (15–65)"));
}

#[test]
fn trend() {
    insta::assert_snapshot!(body(&chart::picture(&sample::base_rate_by_month())));
}

#[test]
fn only_rates_are_shown_in_percent() {
    let trend = |estimate: Estimate| {
        let series = [Series {
            name: "all".into(),
            values: vec![Some(estimate)],
        }];
        let places = ["2025-01".to_string()];
        well_formed(&chart::trend("t", "of", &places, &series, None))
    };
    assert!(trend(sample::rate(40, 1000).expect("rows")).contains("4.0\u{a0}%"));
    let area = trend(Estimate {
        value: 0.62,
        lo: 0.2,
        hi: 0.62,
        n: 40,
        positives: 6,
        chance: Some(0.15),
    });
    assert!(area.contains("0.62") && !area.contains("62\u{a0}%"));
}

#[test]
fn heat() {
    let names = |letter: char, count: usize| -> Vec<String> {
        (1..=count)
            .map(|number| format!("{letter}{number}"))
            .collect()
    };
    let values = vec![vec![Some(0.03), None], vec![Some(0.25), Some(f64::NAN)]];
    let steps = Shading::Steps(vec![0.1, 0.25]);
    let chart = chart::heat("PSI", &names('f', 2), &names('m', 2), &values, &steps);
    insta::assert_snapshot!(body(&chart));
}

#[test]
fn heat_maps_of_real_size_stay_small() {
    for (picture, rows) in [
        (sample::stability(), 69),
        (sample::correlations(44), 44),
        (sample::correlations(69), 69),
    ] {
        let svg = well_formed(&chart::picture(&picture));
        assert!(svg.len() < 200_000, "{}", svg.len());
        // a long name is cut on the picture and whole for a pointer
        assert!(svg.contains("<title>Home_MetropolitanArea_Miami_Fort"));
        assert!(svg.contains(&format!("{rows} rows by")));
    }
}

#[test]
fn calendar() {
    insta::assert_snapshot!(body(&chart::picture(&sample::parts())));
}

fn any_estimate() -> impl Strategy<Value = Option<Estimate>> {
    let wild =
        (any_number(), any_number(), any_number(), any::<u64>()).prop_map(|(value, lo, hi, n)| {
            Estimate {
                value,
                lo,
                hi,
                n,
                positives: n / 3,
                chance: None,
            }
        });
    let sane = (0..50u64, 50..5_000u64)
        .prop_filter_map("rows", |(positives, n)| sample::rate(positives, n));
    prop::option::of(prop_oneof![wild, sane])
}

fn any_day() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0..10_000u32, 1..13u32, 1..32u32).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")),
        4 => (2024..2026u32, 1..13u32, 1..29u32).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")),
        1 => any_text(),
        1 => any::<i64>().prop_map(|place| place.to_string()),
    ]
}

pub(crate) fn any_lane(
    place: impl Strategy<Value = String> + Clone,
) -> impl Strategy<Value = Lane> {
    let span = (place.clone(), place, any_text()).prop_map(|(from, to, text)| Span {
        from,
        to,
        kind: "judged".into(),
        text,
    });
    (any_text(), list(span, 12)).prop_map(|(label, spans)| Lane { label, spans })
}

fn any_span() -> impl Strategy<Value = Span> {
    let kind = prop_oneof![
        Just("train".to_string()),
        Just("purged".to_string()),
        Just("window".to_string()),
        any_text()
    ];
    (any_day(), any_day(), kind, any_text()).prop_map(|(from, to, kind, text)| Span {
        from,
        to,
        kind,
        text,
    })
}

fn any_picture() -> impl Strategy<Value = Picture> {
    let base = || prop::option::of(any_number());
    let rates = (
        any_text(),
        any_text(),
        base(),
        list((any_text(), any_estimate()), 8),
    )
        .prop_map(|(title, of, base, rows)| Picture::Rates {
            title,
            of,
            base,
            rows: rows
                .into_iter()
                .map(|(label, rate)| RateRow { label, rate })
                .collect(),
        });
    let series =
        (any_text(), list(any_estimate(), 30)).prop_map(|(name, values)| Series { name, values });
    let trend = (
        any_text(),
        any_text(),
        list(any_text(), 30),
        list(series, 7),
        base(),
    )
        .prop_map(|(title, of, places, series, base)| Picture::Trend {
            title,
            of,
            places,
            series,
            base,
        });
    let shading = prop_oneof![
        Just(Shading::Signed),
        list(any_number(), 5).prop_map(Shading::Steps),
        list(any_number(), 5).prop_map(Shading::Marked)
    ];
    let values = list(list(prop::option::of(any_number()), 30), 30);
    let heat = (
        any_text(),
        list(any_text(), 30),
        list(any_text(), 60),
        values,
        shading,
    )
        .prop_map(|(title, rows, columns, values, shading)| Picture::Heat {
            title,
            rows,
            columns,
            values,
            shading,
        });
    let lane = (any_text(), list(any_span(), 12)).prop_map(|(label, spans)| Lane { label, spans });
    let calendar =
        (any_text(), list(lane, 5)).prop_map(|(title, lanes)| Picture::Calendar { title, lanes });
    let columns = (
        any_text(),
        any_text(),
        any_text(),
        list((any_text(), any::<u64>()), 20),
    )
        .prop_map(|(title, across, of, bars)| Picture::Columns {
            title,
            across,
            of,
            bars,
        });
    let mark = (any_number(), any_text()).prop_map(|(at, text)| Mark { at, text });
    let scale = (any_number(), any_number(), list(mark, 3))
        .prop_map(|(from, to, marks)| BarScale { from, to, marks });
    let bars = (
        any_text(),
        list((any_text(), any_number(), any_text()), 8),
        prop::option::of(scale),
    )
        .prop_map(|(title, bars, scale)| Picture::Bars { title, bars, scale });
    prop_oneof![rates, trend, heat, calendar, columns, bars]
}

#[test]
fn nothing_to_draw_is_said() {
    let empty = [Series {
        name: "b".into(),
        values: vec![None],
    }];
    say_that_data_is_missing(&[
        chart::bars("t", &[]),
        chart::columns("t", "x", "y", &[]),
        chart::columns("t", "x", "y", &[("a".into(), 0)]),
        chart::rates("t", "x", Some(0.1), &[]),
        chart::trend("t", "x", &["a".into()], &empty, None),
        chart::heat("t", &["a".into()], &[], &[], &Shading::Signed),
        chart::calendar("t", &[]),
    ]);
}

#[test]
fn one_column_is_enough() {
    show_something(&[chart::columns("t", "x", "y", &[("a".into(), u64::MAX)])]);
}

#[test]
fn what_stands_beside_rates_is_in_percent_too() {
    let rate = sample::rate(40, 1000);
    let predicted = rate.map(|rate| Estimate {
        value: 0.0337,
        ..rate
    });
    let line = |name: &str, value: Option<Estimate>| Series {
        name: name.into(),
        values: vec![value],
    };
    let series = [line("observed", rate), line("predicted", predicted)];
    let svg = well_formed(&chart::trend("t", "of", &["a".into()], &series, None));
    assert!(svg.contains("Predicted: 3.4\u{a0}%"), "{svg}");
}

proptest! {
    #[test]
    fn any_picture_of_a_check_is_well_formed(picture in any_picture()) {
        well_formed_but_for_words(&chart::picture(&picture))?;
    }
}
