//! Pictures of checks with made-up numbers of the size that real ones have.

use leadrank_evidence::{Lane, Picture, RateRow, Series, Shading, Span};
use leadrank_stats::{Estimate, proportion};

/// Numbers between 0 and 1 that look random and are the same everywhere.
pub(crate) fn uniform(seed: u64) -> f64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

pub(crate) fn rate(positives: u64, n: u64) -> Option<Estimate> {
    proportion::estimate(positives, n, 0.95)
}

pub(crate) const FEATURES: [&str; 12] = [
    "AUMGrowthRate_1Year",
    "Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL",
    "Number_YearsPriorFirm1",
    "Percent_ClientsHNWIndividuals",
    "DateBecameRep_NumberOfYears",
    "NumberClients_HNWIndividuals",
    "Firm_Stability_Score",
    "Home_MetropolitanArea_Dallas_Fort_Worth_Arlington_TX",
    "Branch_Advisor_Density",
    "TotalAssetsInMillions",
    "AverageTenureAtPriorFirms",
    "Is_Veteran_Advisor",
];

pub(crate) fn feature_names(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| match number / FEATURES.len() {
            0 => FEATURES[number].to_string(),
            again => format!("{}_{again}", FEATURES[number % FEATURES.len()]),
        })
        .collect()
}

pub(crate) fn months(count: usize) -> Vec<String> {
    (0..count)
        .map(|month| format!("{}-{:02}", 2024 + (month + 3) / 12, (month + 3) % 12 + 1))
        .collect()
}

pub(crate) fn stability() -> Picture {
    let value = |row: usize, column: usize| {
        let dice = uniform((row * 31 + column * 7 + 1) as u64);
        match (row * 8 + column) % 53 {
            0 => None,
            3 => Some(0.12 + 0.1 * dice),
            7 if row.is_multiple_of(3) => Some(0.3 + dice),
            _ => Some(0.06 * dice),
        }
    };
    Picture::Heat {
        title: "Stability of each feature by vendor month (PSI)".into(),
        rows: feature_names(69),
        columns: months(8),
        values: (0..69)
            .map(|row| (0..8).map(|column| value(row, column)).collect())
            .collect(),
        shading: Shading::Steps(vec![0.1, 0.25]),
    }
}

pub(crate) fn correlations(size: usize) -> Picture {
    let value = |row: usize, column: usize| {
        let (low, high) = (row.min(column), row.max(column));
        let dice = 2.0 * uniform((low * 101 + high) as u64) - 1.0;
        match (row == column, high - low == FEATURES.len()) {
            (true, _) => Some(1.0),
            (_, true) => Some(0.9 + 0.09 * dice),
            _ => Some(dice * dice * dice),
        }
    };
    Picture::Heat {
        title: "Correlation of features (Spearman)".into(),
        rows: feature_names(size),
        columns: feature_names(size),
        values: (0..size)
            .map(|row| (0..size).map(|column| value(row, column)).collect())
            .collect(),
        shading: Shading::Marked(vec![0.8, 0.95, 0.98, 0.9999]),
    }
}

pub(crate) fn segments() -> Picture {
    let groups: [(&str, u64, u64); 8] = [
        ("Independent RIA", 412, 7_904),
        ("Wirehouse", 105, 4_310),
        ("Broker-dealer, dual registration", 380, 10_220),
        (
            "Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL",
            14,
            180,
        ),
        (
            "Home_MetropolitanArea_New_York_Newark_Jersey_City_NY_NJ",
            61,
            1_502,
        ),
        ("No vendor data before the contact", 88, 3_155),
        ("Lead source: event", 4, 11),
        ("Lead source: purchased list", 0, 0),
    ];
    Picture::Rates {
        title: "Rate by segment".into(),
        of: "leads with a scheduled call within 30 days".into(),
        base: Some(0.0397),
        rows: groups
            .iter()
            .map(|&(label, positives, n)| RateRow {
                label: label.into(),
                rate: rate(positives, n),
            })
            .collect(),
    }
}

pub(crate) fn base_rate_by_month() -> Picture {
    let places = months(18);
    let value = |line: u64, month: usize| {
        let n = 900 + (600.0 * uniform(month as u64 + 77)) as u64;
        let share = 0.032 + 0.012 * line as f64 + 0.012 * uniform(line * 40 + month as u64);
        (!(line == 1 && (6..8).contains(&month)))
            .then(|| rate((n as f64 * share) as u64, n))
            .flatten()
    };
    let line = |name: &str, line: u64| Series {
        name: name.into(),
        values: (0..places.len()).map(|month| value(line, month)).collect(),
    };
    Picture::Trend {
        title: "Scheduled calls by month of contact".into(),
        of: "scheduled calls per lead".into(),
        series: vec![line("matched", 0), line("unmatched leads", 1)],
        base: Some(0.0397),
        places,
    }
}

pub(crate) fn parts() -> Picture {
    let span = |from: &str, to: &str, kind: &str, text: &str| Span {
        from: from.into(),
        to: to.into(),
        kind: kind.into(),
        text: text.into(),
    };
    let months = months(20);
    let vintage = |month: &String| {
        span(
            &format!("{month}-01"),
            &format!("{month}-28"),
            "vintage",
            "",
        )
    };
    Picture::Calendar {
        title: "What the model learns from and is judged on".into(),
        lanes: vec![
            Lane {
                label: "Contacts".into(),
                spans: vec![
                    span("2024-04-03", "2025-01-31", "train", "train 18,204"),
                    span("2025-02-01", "2025-03-02", "purged", "purged"),
                    span("2025-03-03", "2025-04-30", "stop", "stop 3,114"),
                    span("2025-05-01", "2025-05-30", "purged", ""),
                    span("2025-05-31", "2025-07-15", "calibration", "calibr. 2,950"),
                    span("2025-07-16", "2025-08-14", "purged", ""),
                    span("2025-08-15", "2025-11-10", "test", "test 9,861"),
                ],
            },
            Lane {
                label: "Outcome known".into(),
                spans: vec![
                    span(
                        "2024-04-03",
                        "2025-03-02",
                        "window",
                        "30 days after each contact",
                    ),
                    span("2025-03-03", "2025-05-30", "window", ""),
                    span("2025-05-31", "2025-08-14", "window", ""),
                    span("2025-08-15", "2025-12-10", "window", "test outcomes"),
                ],
            },
            Lane {
                label: "Vendor months loaded".into(),
                spans: months.iter().map(vintage).collect(),
            },
        ],
    }
}
