//! Every chart on small fixed data, byte for byte, and on data that makes no sense.

#[path = "sample_checks/pictures.rs"]
mod sample;

use leadrank_evidence::{
    DifferenceRow, Lane, Mark, Measured, Parameter, Picture, RateRow, Series, Setting, Shading,
    Span,
};
use leadrank_report::chart::{self, Bar, Chart, GainMark};
use leadrank_report::{BeeswarmFeature, SwarmPoint, Words};
use leadrank_stats::curves::{Decile, GainPoint, PrPoint, ReliabilityBin};
use leadrank_stats::{Estimate, curves, proportion};
use proptest::prelude::*;

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

fn well_formed(chart: &Chart) -> String {
    let svg = chart.standalone();
    let document =
        roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    for name in ["title", "desc"] {
        let words = root
            .children()
            .find(|child| child.has_tag_name(("http://www.w3.org/2000/svg", name)));
        assert!(
            words
                .and_then(|words| words.text())
                .is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    for word in ["NaN", "inf", "<script"] {
        assert!(!svg.contains(word), "{word} in {svg}");
    }
    svg
}

/// The picture without the style sheet, which all share.
fn body(chart: &Chart) -> String {
    let svg = well_formed(chart);
    let (head, rest) = svg.split_once("<style>").expect("a style");
    let (_, tail) = rest.split_once("</style>").expect("its end");
    format!("{head}<style/>{tail}\n")
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
        ..area()
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

#[test]
fn nothing_to_draw_is_said() {
    let charts = [
        chart::precision_recall(&[], &area(), &words()),
        chart::cumulative_gain(&[], &[], None, &words()),
        chart::cumulative_gain(
            &[GainPoint {
                fraction: 0.0,
                captured: 0.0,
            }],
            &[],
            None,
            &words(),
        ),
        chart::reliability(&[], &words()),
        chart::deciles(&[], &words()),
        chart::beeswarm("t", &[BeeswarmFeature::default()]),
        chart::bars("t", &[]),
        chart::columns("t", "x", "y", &[]),
        chart::columns("t", "x", "y", &[("a".into(), 0)]),
        chart::rates("t", "x", Some(0.1), &[]),
        chart::trend(
            "t",
            "x",
            &["a".into()],
            &[Series {
                name: "b".into(),
                values: vec![None],
            }],
            None,
        ),
        chart::heat("t", &["a".into()], &[], &[], &Shading::Signed),
        chart::calendar("t", &[]),
    ];
    for chart in charts {
        assert!(well_formed(&chart).contains("Not enough data to draw."));
    }
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
    let charts = [
        chart::precision_recall(&[point], &area(), &words()),
        chart::reliability(&[bin], &words()),
        chart::deciles(&[decile], &words()),
        chart::beeswarm("t", &[lone]),
        chart::columns("t", "x", "y", &[("a".into(), u64::MAX)]),
    ];
    for chart in charts {
        assert!(!well_formed(&chart).contains("Not enough data"));
    }
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

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.0..1.0f64, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
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

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        any::<String>(),
        Just("Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL".to_string())
    ]
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

fn any_lane(place: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = Lane> {
    let span = (place.clone(), place, any_text()).prop_map(|(from, to, text)| Span {
        from,
        to,
        kind: "judged".into(),
        text,
    });
    (any_text(), list(span, 12)).prop_map(|(label, spans)| Lane { label, spans })
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

fn list<S: Strategy>(strategy: S, most: usize) -> impl Strategy<Value = Vec<S::Value>> {
    prop::collection::vec(strategy, 0..most)
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
        list(any_number(), 5).prop_map(Shading::Steps)
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
    let bars = (any_text(), list((any_text(), any_number(), any_text()), 8))
        .prop_map(|(title, bars)| Picture::Bars { title, bars });
    prop_oneof![rates, trend, heat, calendar, columns, bars]
}

proptest! {
    #[test]
    fn any_picture_of_a_check_is_well_formed(picture in any_picture()) {
        well_formed_but_for_words(&chart::picture(&picture))?;
    }

    #[test]
    fn any_picture_of_development_is_well_formed(picture in any_picture_of_development()) {
        well_formed_but_for_words(&chart::picture(&picture))?;
    }
}

/// The words may hold anything, as a label may be called NaN; places may not.
fn well_formed_but_for_words(chart: &Chart) -> Result<(), TestCaseError> {
    let svg = chart.standalone();
    let document = roxmltree::Document::parse(&svg);
    prop_assert!(document.is_ok(), "{svg}");
    for node in document.expect("checked").descendants() {
        for attribute in node
            .attributes()
            .filter(|attribute| attribute.name() != "id")
        {
            prop_assert!(!attribute.value().contains("NaN"), "{svg}");
        }
    }
    Ok(())
}
