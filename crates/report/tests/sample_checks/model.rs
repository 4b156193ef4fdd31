//! Pictures of a model with made-up numbers of the size that real ones have.

use leadrank_evidence::{
    BandLine, BandPoint, Dot, Mark, Measured, Picture, ReliabilityBin, ReliabilityLine, SwarmRow,
};

use super::pictures::{rate, uniform};

const FEATURES: [&str; 10] = [
    "Years at the current firm",
    "Growth of the firm's assets in one year",
    "Share of the firm's assets that come from individuals with a high net worth",
    "Firm is in the Miami, Fort Lauderdale and West Palm Beach metropolitan area",
    "Average stay at earlier firms",
    "Advisers in the branch",
    "Firm's assets per client",
    "Steady growth",
    "Licences held",
    "Miles from home to work",
];

/// A number around 0, like a normal one.
fn normal(seed: u64) -> f64 {
    (0..6).map(|part| uniform(6 * seed + part)).sum::<f64>() - 3.0
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

/// Contributions of `features` features on `rows` rows.
pub(crate) fn swarm(features: usize, rows: usize) -> Picture {
    let dot = |feature: usize, row: usize| {
        let seed = (feature * 1_009 + row) as u64;
        let value = uniform(seed);
        let weight = 0.6 / (feature + 1) as f64;
        let turn = if feature % 3 == 1 { -1.0 } else { 1.0 };
        Dot {
            x: weight * (turn * (2.0 * value - 1.0) + 0.4 * normal(seed + 50_000)),
            y: 0.0,
            shade: (!seed.is_multiple_of(11)).then_some(value),
        }
    };
    let name = |feature: usize| match feature / FEATURES.len() {
        0 => FEATURES[feature].to_string(),
        again => format!(
            "{}, {} years earlier",
            FEATURES[feature % FEATURES.len()],
            again + 1
        ),
    };
    let row = |feature: usize| SwarmRow {
        label: name(feature),
        dots: (0..rows).map(|row| dot(feature, row)).collect(),
    };
    Picture::Swarm {
        title: "What each feature does, row by row".into(),
        of: "the score, in log-odds".into(),
        rows: (0..features).map(row).collect(),
    }
}

/// What one feature does, shaded by another.
pub(crate) fn scatter() -> Picture {
    let effect = |x: f64| 0.25 - 0.4 / (1.0 + (-0.4 * (x - 12.0)).exp());
    let dot = |row: u64| {
        let x = 30.0 * uniform(row).powi(2);
        let shade = uniform(row + 9_000);
        Dot {
            x,
            y: effect(x) + 0.12 * (shade - 0.5) + 0.03 * normal(row + 20_000),
            shade: Some(shade),
        }
    };
    let mean = |step: u64| {
        let at = 1.0 + 3.0 * step as f64;
        BandPoint {
            at,
            value: measured(effect(at), 0.012 + 0.002 * at, 1_200 / (1 + step)),
        }
    };
    Picture::Scatter {
        title: FEATURES[0].into(),
        across: "years".into(),
        of: "contribution to the score, log-odds".into(),
        shade_of: Some(FEATURES[2].into()),
        dots: (0..400).map(dot).collect(),
        means: (0..9).map(mean).collect(),
        unknown: Some(measured(-0.05, 0.02, 1_628)),
    }
}

/// Whether probabilities come true in groups.
pub(crate) fn reliability() -> Picture {
    let groups = [
        ("All leads", 9_861, 10),
        ("Firms over $500 million", 5_490, 10),
        ("Vendor data nearly complete", 3_003, 6),
        ("No vendor record before the contact", 286, 2),
        ("Firms under $100 million", 192, 4),
    ];
    let line = |group: usize, (name, n, bins): (&str, u64, u64)| {
        let bin = |place: u64| {
            let predicted = 0.012 + 0.09 * ((place as f64 + 0.5) / bins as f64).powi(2);
            let dice = uniform(100 * group as u64 + place);
            let rows = n / bins;
            let positives = (rows as f64 * predicted * (0.7 + 0.6 * dice)).round() as u64;
            let observed = rate(positives, rows)?;
            Some(ReliabilityBin {
                predicted,
                observed,
            })
        };
        ReliabilityLine {
            name: name.into(),
            bins: (0..bins).filter_map(bin).collect(),
        }
    };
    Picture::Reliability {
        title: "Predicted and observed".into(),
        lines: groups
            .into_iter()
            .enumerate()
            .map(|(place, group)| line(place, group))
            .collect(),
    }
}

/// What a number of calls a week brings.
pub(crate) fn capacity() -> Picture {
    let line = |name: &str, gain: f64| {
        let point = |step: u64| {
            let at = (10 * step) as f64;
            let value = 0.035 + gain * (-at / 180.0).exp();
            BandPoint {
                at,
                value: measured(value, 0.12 / at.sqrt(), 26 * 10 * step),
            }
        };
        BandLine {
            name: name.into(),
            points: (1..=40).map(point).collect(),
        }
    };
    let mark = |at: f64, text: &str| Mark {
        at,
        text: text.into(),
    };
    Picture::Band {
        title: "What comes of so many calls a week".into(),
        across: "leads called a week, best first".into(),
        of: "share that schedules a call".into(),
        lines: vec![line("model", 0.06), line("score in the CRM", 0.02)],
        base: vec![(10.0, 0.035), (400.0, 0.035)],
        marks: vec![
            mark(120.0, "today's team"),
            mark(150.0, "one more caller"),
            mark(390.0, "everyone"),
        ],
    }
}

/// Whether more history would help.
pub(crate) fn learning() -> Picture {
    let point = |step: u64| BandPoint {
        at: 1_917.0 * step as f64,
        value: measured(0.62 - 0.09 / step as f64, 0.04, 2_570),
    };
    Picture::Band {
        title: "Learning curve".into(),
        across: "rows learnt from".into(),
        of: "AUC-ROC on the last period".into(),
        lines: vec![BandLine {
            name: "the last period".into(),
            points: (1..=6).map(point).collect(),
        }],
        base: vec![(1_917.0, 0.5), (11_502.0, 0.5)],
        marks: Vec::new(),
    }
}
