//! Charts of what models do: swarms, scatters, reliability by group, bands.

use leadrank_evidence::{
    BandLine, BandPoint, Dot, Mark, Measured, Picture, ReliabilityBin, ReliabilityLine, Report,
    Section, SwarmRow,
};
use leadrank_report::chart;
use leadrank_stats::proportion;
use proptest::prelude::*;

fn measured(value: f64, n: u64) -> Measured {
    Measured {
        value,
        lo: Some(value - 0.01),
        hi: Some(value + 0.01),
        n,
        chance: None,
    }
}

fn swarm(rows: usize, dots: usize) -> Picture {
    let row = |at: usize| SwarmRow {
        label: format!("A feature with a rather long name, number {at}"),
        dots: (0..dots)
            .map(|dot| Dot {
                x: ((at * 31 + dot * 7_919) % 1_000) as f64 / 1_000.0 - 0.5,
                y: 0.0,
                shade: (dot % 5 != 0).then(|| (dot % 100) as f64 / 100.0),
            })
            .collect(),
    };
    Picture::Swarm {
        title: "Row by row".into(),
        of: "the score, in log-odds".into(),
        rows: (0..rows).map(row).collect(),
    }
}

fn reliability(groups: &[(&str, f64, u64, u64)]) -> Picture {
    let lines = groups
        .iter()
        .map(|&(name, predicted, positives, n)| ReliabilityLine {
            name: name.into(),
            bins: proportion::estimate(positives, n, 0.95)
                .map(|observed| ReliabilityBin {
                    predicted,
                    observed,
                })
                .into_iter()
                .collect(),
        });
    Picture::Reliability {
        title: "Predicted and observed".into(),
        lines: lines.collect(),
    }
}

fn band(points: &[(f64, f64)]) -> Picture {
    Picture::Band {
        title: "What calls bring".into(),
        across: "share of leads called".into(),
        of: "share of scheduled calls reached".into(),
        lines: vec![BandLine {
            name: "this model".into(),
            points: points
                .iter()
                .map(|&(at, value)| BandPoint {
                    at,
                    value: measured(value, 500),
                })
                .collect(),
        }],
        base: vec![(0.0, 0.0), (1.0, 1.0)],
        marks: vec![Mark {
            at: 0.2,
            text: "today's dials".into(),
        }],
    }
}

fn scatter(dots: Vec<Dot>, means: Vec<BandPoint>) -> Picture {
    Picture::Scatter {
        title: "Years at the firm".into(),
        across: "value".into(),
        of: "contribution, log-odds".into(),
        shade_of: Some("prior firms".into()),
        dots,
        means,
        unknown: Some(measured(-0.1, 40)),
    }
}

#[test]
fn a_swarm_has_its_rows_and_stays_small() {
    let chart = chart::picture(&swarm(30, 400));
    let svg = chart.standalone();
    assert_eq!(
        svg.matches("A feature with a rather long name").count(),
        31,
        "rows and the alt text"
    );
    assert!(
        chart
            .description()
            .contains("30 features to the score, in log-odds")
    );
    let mut report = Report::new("explanation", "What does the model look at?");
    report
        .sections
        .push(Section::new("Summary").draw(swarm(30, 400)));
    let page = leadrank_report::render_checks("Explanation", "", &[report]);
    assert!(page.len() < 400_000, "{} bytes", page.len());
}

#[test]
fn reliability_says_in_words_what_it_shows() {
    let groups = [("below 100", 0.05, 12, 200), ("above 500", 0.02, 40, 500)];
    let chart = chart::picture(&reliability(&groups));
    let words = chart.description();
    assert!(words.contains("below 100 1 of 1 (n = 200)"), "{words}");
    assert!(words.contains("above 500 0 of 1 (n = 500)"), "{words}");
    let svg = chart.standalone();
    assert_eq!(
        svg.matches("class=\"chance\"").count(),
        2,
        "a diagonal each"
    );
    assert_eq!(svg.matches("class=\"whisker\"").count(), 2);
}

#[test]
fn a_band_has_chance_marks_and_percent() {
    let chart = chart::picture(&band(&[(0.1, 0.2), (0.5, 0.7), (1.0, 0.99)]));
    let svg = chart.standalone();
    for part in ["by chance", "today&#39;s dials", "20%"] {
        let plain = part.replace("&#39;", "'");
        assert!(svg.contains(part) || svg.contains(&plain), "{part}\n{svg}");
    }
    assert!(
        chart.description().contains("By chance 100"),
        "{}",
        chart.description()
    );
}

#[test]
fn a_scatter_shows_the_unknown_apart() {
    let dots = vec![
        Dot {
            x: 1.0,
            y: 0.2,
            shade: Some(0.3),
        },
        Dot {
            x: 2.0,
            y: -0.2,
            shade: None,
        },
    ];
    let means = vec![BandPoint {
        at: 1.5,
        value: measured(0.05, 300),
    }];
    let chart = chart::picture(&scatter(dots, means));
    let svg = chart.standalone();
    assert!(
        svg.contains(">not known</text>") && svg.contains("prior firms: low"),
        "{svg}"
    );
    assert!(
        chart.description().contains("Where it is not known: -0.1"),
        "{}",
        chart.description()
    );
}

#[test]
fn nothing_to_draw_is_said() {
    for picture in [
        swarm(0, 0),
        swarm(3, 0),
        reliability(&[]),
        reliability(&[("none", 0.1, 0, 0)]),
        band(&[]),
        scatter(Vec::new(), Vec::new()),
    ] {
        let svg = chart::picture(&picture).standalone();
        assert!(svg.contains("Not enough data to draw"), "{picture:?}");
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -1e3..1e3_f64,
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
        1 => Just(0.0),
        1 => Just(1e300),
    ]
}

proptest! {
    #[test]
    fn no_number_breaks_a_picture(
        values in prop::collection::vec((number(), number(), prop::option::of(number())), 0..30),
    ) {
        let dots: Vec<Dot> = values.iter().map(|&(x, y, shade)| Dot { x, y, shade }).collect();
        let points: Vec<BandPoint> = values
            .iter()
            .map(|&(at, value, _)| BandPoint { at, value: measured(value, 3) })
            .collect();
        let row = SwarmRow { label: "row".into(), dots: dots.clone() };
        let pictures = [
            scatter(dots, points.clone()),
            Picture::Swarm { title: "t".into(), of: "x".into(), rows: vec![row] },
            Picture::Band {
                title: "t".into(),
                across: "rows".into(),
                of: "area".into(),
                lines: vec![BandLine { name: "one".into(), points }],
                base: values.iter().map(|&(at, value, _)| (at, value)).collect(),
                marks: values.iter().map(|&(at, ..)| Mark { at, text: "m".into() }).collect(),
            },
        ];
        for picture in pictures {
            let svg = chart::picture(&picture).standalone();
            prop_assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", svg);
            prop_assert!(roxmltree::Document::parse(&svg).is_ok());
        }
    }
}
