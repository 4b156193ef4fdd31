//! Charts of what a model does: swarms, dependence, reliability by group, bands.

use leadrank_evidence::{
    BandLine, BandPoint, Dot, Mark, Measured, Picture, ReliabilityBin, ReliabilityLine, SwarmRow,
};
use leadrank_report::chart::{self, Chart};
use leadrank_stats::{Estimate, proportion};
use proptest::prelude::*;

use crate::{
    any_number, any_text, body, list, model, say_that_data_is_missing, show_something, well_formed,
    well_formed_but_for_words,
};

fn dot(x: f64, y: f64, shade: Option<f64>) -> Dot {
    Dot { x, y, shade }
}

fn measured(value: f64, half: f64, n: u64) -> Measured {
    Measured {
        value,
        lo: Some(value - half),
        hi: Some(value + half),
        n,
        chance: None,
    }
}

fn point(at: f64, value: f64, half: f64, n: u64) -> BandPoint {
    BandPoint {
        at,
        value: measured(value, half, n),
    }
}

fn band_line(name: &str, points: Vec<BandPoint>) -> BandLine {
    BandLine {
        name: name.into(),
        points,
    }
}

fn group(name: &str, bins: &[(f64, u64, u64)]) -> ReliabilityLine {
    let bin = |&(predicted, positives, n): &(f64, u64, u64)| ReliabilityBin {
        predicted,
        observed: proportion::estimate(positives, n, 0.95).expect("some rows"),
    };
    ReliabilityLine {
        name: name.into(),
        bins: bins.iter().map(bin).collect(),
    }
}

/// Values of an attribute of all elements of a class.
fn attributes(svg: &str, class: &str, attribute: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).expect("well-formed");
    let nodes = document.descendants();
    nodes
        .filter(|node| node.attribute("class") == Some(class))
        .filter_map(|node| node.attribute(attribute).map(str::to_owned))
        .collect()
}

/// A text with the room it takes, roughly.
#[derive(Debug)]
struct Text {
    words: String,
    left: f64,
    right: f64,
    y: f64,
}

fn texts(svg: &str) -> Vec<Text> {
    let document = roxmltree::Document::parse(svg).expect("well-formed");
    let nodes = document.descendants();
    let number = |text: Option<&str>| text.map_or(0.0, |text| text.parse().expect("a number"));
    nodes
        .filter(|node| node.tag_name().name() == "text")
        .map(|node| {
            let words = node.text().unwrap_or_default().to_owned();
            let x = number(node.attribute("x"));
            let width = 6.4 * words.chars().count() as f64;
            let left = match node.attribute("text-anchor") {
                Some("end") => x - width,
                Some("middle") => x - width / 2.0,
                _ => x,
            };
            Text {
                words,
                left,
                right: left + width,
                y: number(node.attribute("y")),
            }
        })
        .collect()
}

/// No text is cut by an edge of the picture.
fn texts_are_whole(svg: &str) {
    for text in texts(svg) {
        assert!(text.left >= -0.5 && text.right <= 361.5, "{text:?}");
    }
}

#[test]
fn pictures_of_real_size_hold_their_texts() {
    let pictures = [
        model::swarm(30, 400),
        model::scatter(),
        model::reliability(),
        model::capacity(),
        model::learning(),
    ];
    for picture in pictures {
        texts_are_whole(&well_formed(&chart::picture(&picture)));
    }
}

/// All dots of a swarm or scatter.
fn dots(svg: &str) -> usize {
    let classes = ["none", "v0", "v1", "v2", "v3", "v4", "v5", "v6"];
    let paths = classes.iter().flat_map(|class| attributes(svg, class, "d"));
    paths.map(|path| path.matches("h0").count()).sum()
}

#[test]
fn swarm() {
    let many = (0..12).map(|row| {
        let x = f64::from(row % 5) / 10.0 - 0.2;
        dot(x, 0.0, (row % 4 > 0).then_some(f64::from(row) / 11.0))
    });
    let row = |label: &str, dots: Vec<Dot>| SwarmRow {
        label: label.into(),
        dots,
    };
    insta::assert_snapshot!(body(&chart::picture(&Picture::Swarm {
        title: "What each feature does".into(),
        of: "the chance, in points".into(),
        rows: vec![
            row("Years at the firm", many.collect()),
            row("Growth & change", vec![dot(0.1, 0.0, None)]),
        ],
    })));
}

#[test]
fn a_large_swarm_stays_small() {
    let svg = well_formed(&chart::picture(&model::swarm(30, 400)));
    assert!(svg.len() < 250_000, "{} bytes", svg.len());
    assert!(svg.contains("Contributions of 30 features") && svg.contains("each of 400 rows"));
    // a long name is cut on the picture and whole for a pointer
    assert!(svg.contains("<title>Share of the firm&#39;s assets that come from"));
    assert!(dots(&svg) > 6_000);
}

#[test]
fn dots_in_one_place_are_thinned_and_keep_their_colours() {
    let rows = [SwarmRow {
        label: "Steady growth".into(),
        dots: (0..10_000)
            .map(|row| dot(0.2, 0.0, Some(if row % 4 == 0 { 1.0 } else { 0.0 })))
            .collect(),
    }];
    let svg = well_formed(&chart::swarm("t", "the score", &rows));
    let drawn = |class: &str| attributes(&svg, class, "d").concat().matches("h0").count();
    assert!(dots(&svg) < 40);
    // one less, for the dot of the legend
    let (low, high) = (drawn("v0"), drawn("v6"));
    assert!((2..=4).contains(&(low / high)), "{low} and {high}");
}

#[test]
fn scatter() {
    let dots = (0..9).map(|row| {
        let x = f64::from(row);
        dot(x, 0.02 * x - 0.06, (row > 1).then_some(x / 8.0))
    });
    insta::assert_snapshot!(body(&chart::picture(&Picture::Scatter {
        title: "Years at the firm".into(),
        across: "years".into(),
        of: "contribution, log-odds".into(),
        shade_of: Some("growth".into()),
        dots: dots.collect(),
        means: vec![point(1.0, -0.04, 0.01, 400), point(6.0, 0.05, 0.02, 90)],
        unknown: Some(measured(-0.02, 0.01, 1_628)),
    })));
}

#[test]
fn dots_in_one_place_of_a_scatter_are_drawn_once() {
    let same = vec![dot(1.0, 1.0, None); 5_000];
    let svg = well_formed(&chart::scatter("t", ("x", "y"), None, &same, &[], None));
    assert_eq!(dots(&svg), 1);
    texts_are_whole(&svg);
}

#[test]
fn a_scatter_of_shares_is_in_percent() {
    let means = [point(0.0, 0.04, 0.01, 100), point(1.0, 0.05, 0.01, 100)];
    let words = ("years", "share that schedules a call");
    let svg = well_formed(&chart::scatter("t", words, None, &[], &means, None));
    assert!(
        svg.contains(">4%<") && svg.contains("On average 4.0\u{a0}% at 0"),
        "{svg}"
    );
}

#[test]
fn reliability_by_group() {
    insta::assert_snapshot!(body(&chart::picture(&Picture::Reliability {
        title: "Predicted and observed".into(),
        lines: vec![
            group("All leads", &[(0.02, 9, 400), (0.05, 30, 400)]),
            group("A group with a very long name", &[(0.04, 3, 100)]),
            group("Nobody", &[]),
        ],
    })));
}

#[test]
fn groups_share_one_scale_and_no_label_is_cut() {
    let svg = well_formed(&chart::picture(&model::reliability()));
    assert_eq!(attributes(&svg, "chance", "x1").len(), 5);
    // the level axis of each plot, and the upright one of each row
    let ends = texts(&svg).into_iter().filter(|text| text.words == "15%");
    assert_eq!(ends.count(), 5 + 3);
}

#[test]
fn a_whisker_beyond_the_border_has_no_foot_there() {
    let bins = [
        (0.02, 20, 1_000),
        (0.03, 30, 1_000),
        (0.04, 40, 1_000),
        (0.05, 1, 5),
    ];
    let svg = well_formed(&chart::reliability_panels("t", &[group("all", &bins)]));
    let feet: Vec<usize> = attributes(&svg, "whisker", "d")
        .iter()
        .map(|path| path.matches("h6").count())
        .collect();
    assert_eq!(feet, [2, 2, 2, 1]);
    assert!(svg.contains("observed 20\u{a0}% (4–62), n = 5"), "{svg}");
}

#[test]
fn band() {
    let model = [
        point(10.0, 0.09, 0.03, 260),
        point(20.0, 0.07, 0.02, 520),
        point(40.0, 0.05, 0.01, 1_040),
    ];
    insta::assert_snapshot!(body(&chart::picture(&Picture::Band {
        title: "What so many calls bring".into(),
        across: "leads called a week".into(),
        of: "share that schedules a call".into(),
        lines: vec![
            band_line("model", model.to_vec()),
            band_line("rules", vec![point(20.0, 0.04, 0.02, 520)]),
        ],
        base: vec![(10.0, 0.035), (40.0, 0.035)],
        marks: vec![Mark {
            at: 30.0,
            text: "today's team".into(),
        }],
    })));
}

#[test]
fn names_of_places_keep_apart() {
    let names = ["one", "the second of them", "the third", "the last one"];
    let places = [
        [10.0, 20.0, 30.0, 40.0],
        [20.0, 20.5, 21.0, 21.5],
        [39.0, 39.5, 39.9, 40.0],
    ];
    for places in places {
        let marks: Vec<Mark> = places
            .iter()
            .zip(names)
            .map(|(&at, text)| Mark {
                at,
                text: text.into(),
            })
            .collect();
        let points = vec![point(10.0, 0.1, 0.01, 9), point(40.0, 0.2, 0.01, 9)];
        let lines = [band_line("line", points)];
        let svg = well_formed(&chart::band("t", ("x", "y"), &lines, &[], &marks));
        texts_are_whole(&svg);
        let drawn: Vec<Text> = texts(&svg)
            .into_iter()
            .filter(|text| names.contains(&text.words.as_str()))
            .collect();
        assert_eq!(drawn.len(), 4);
        for (number, one) in drawn.iter().enumerate() {
            for other in &drawn[number + 1..] {
                let apart = one.right < other.left || other.right < one.left;
                assert!(apart || one.y != other.y, "{one:?} {other:?}");
            }
        }
    }
}

#[test]
fn what_is_not_drawn_is_said() {
    let lines: Vec<BandLine> = (0..6)
        .map(|line| band_line(&format!("line {line}"), vec![point(1.0, 0.1, 0.01, 9)]))
        .collect();
    let svg = well_formed(&chart::band("t", ("x", "y"), &lines, &[], &[]));
    assert!(svg.contains("2 more lines are not drawn") && svg.contains(">2 more not drawn<"));
}

#[test]
fn large_numbers_of_an_axis_keep_apart() {
    let points = (1..6).map(|step| point(f64::from(step) * 1e7, 0.1, 0.01, 9));
    let lines = [band_line("line", points.collect())];
    let svg = well_formed(&chart::band("t", ("rows", "y"), &lines, &[], &[]));
    texts_are_whole(&svg);
    let ticks: Vec<Text> = texts(&svg)
        .into_iter()
        .filter(|text| text.words.ends_with(",000,000"))
        .collect();
    assert!(ticks.len() > 1);
    let apart = |two: &[Text]| two[0].right < two[1].left;
    assert!(ticks.windows(2).all(apart), "{ticks:?}");
}

fn estimate(value: f64) -> Estimate {
    Estimate {
        value,
        lo: value,
        hi: value,
        n: 10,
        positives: 1,
        chance: None,
    }
}

/// One chart of each kind with one value everywhere, `times` times.
fn of_one_value(value: f64, times: usize) -> [Chart; 4] {
    let places = vec![
        BandPoint {
            at: value,
            value: Measured::counted(value, 10),
        };
        times
    ];
    let dots = vec![dot(value, value, Some(value)); times];
    let bin = ReliabilityBin {
        predicted: value,
        observed: estimate(value),
    };
    let swarm = SwarmRow {
        label: "one".into(),
        dots: dots.clone(),
    };
    let group = ReliabilityLine {
        name: "one".into(),
        bins: vec![bin; times],
    };
    [
        chart::swarm("t", "the score", &[swarm]),
        chart::scatter("t", ("x", "y"), Some("z"), &dots, &places, None),
        chart::reliability_panels("t", &[group]),
        chart::band("t", ("x", "y"), &[band_line("one", places)], &[], &[]),
    ]
}

#[test]
fn nothing_to_draw_is_said() {
    say_that_data_is_missing(&of_one_value(0.1, 0));
    say_that_data_is_missing(&of_one_value(f64::NAN, 3));
    say_that_data_is_missing(&of_one_value(f64::INFINITY, 3));
    say_that_data_is_missing(&[
        chart::swarm("t", "x", &[]),
        chart::reliability_panels("t", &[]),
        chart::band("t", ("x", "y"), &[], &[(0.0, 0.5), (1.0, 0.5)], &[]),
    ]);
}

#[test]
fn one_value_is_enough() {
    for times in [1, 400] {
        for value in [0.0, 0.1, 1.0] {
            show_something(&of_one_value(value, times));
        }
    }
}

fn any_measured() -> impl Strategy<Value = Measured> {
    let end = || prop::option::of(any_number());
    (any_number(), end(), end(), any::<u64>()).prop_map(|(value, lo, hi, n)| Measured {
        value,
        lo,
        hi,
        n,
        chance: None,
    })
}

fn any_points(most: usize) -> impl Strategy<Value = Vec<BandPoint>> {
    let point = (any_number(), any_measured()).prop_map(|(at, value)| BandPoint { at, value });
    list(point, most)
}

fn any_dots() -> impl Strategy<Value = Vec<Dot>> {
    let shade = prop::option::of(any_number());
    let dot = (any_number(), any_number(), shade).prop_map(|(x, y, shade)| Dot { x, y, shade });
    list(dot, 40)
}

/// Pictures of a model of numbers that mean nothing.
fn any_picture_of_a_model() -> impl Strategy<Value = Picture> {
    let row = (any_text(), any_dots()).prop_map(|(label, dots)| SwarmRow { label, dots });
    let swarm = (any_text(), any_text(), list(row, 6))
        .prop_map(|(title, of, rows)| Picture::Swarm { title, of, rows });
    let scatter = (
        (any_text(), any_text(), prop::option::of(any_text())),
        any_dots(),
        any_points(12),
        prop::option::of(any_measured()),
    )
        .prop_map(
            |((title, of, shade_of), dots, means, unknown)| Picture::Scatter {
                title,
                across: of.clone(),
                of,
                shade_of,
                dots,
                means,
                unknown,
            },
        );
    let rate =
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
    let bin = (any_number(), rate).prop_map(|(predicted, observed)| ReliabilityBin {
        predicted,
        observed,
    });
    let group = (any_text(), list(bin, 12)).prop_map(|(name, bins)| ReliabilityLine { name, bins });
    let reliability = (any_text(), list(group, 12))
        .prop_map(|(title, lines)| Picture::Reliability { title, lines });
    let line = (any_text(), any_points(30)).prop_map(|(name, points)| BandLine { name, points });
    let mark = (any_number(), any_text()).prop_map(|(at, text)| Mark { at, text });
    let band = (
        (any_text(), any_text()),
        list(line, 7),
        list((any_number(), any_number()), 8),
        list(mark, 6),
    )
        .prop_map(|((title, of), lines, base, marks)| Picture::Band {
            title,
            across: of.clone(),
            of,
            lines,
            base,
            marks,
        });
    prop_oneof![swarm, scatter, reliability, band]
}

proptest! {
    #[test]
    fn any_picture_of_a_model_is_well_formed(picture in any_picture_of_a_model()) {
        well_formed_but_for_words(&chart::picture(&picture))?;
    }
}
