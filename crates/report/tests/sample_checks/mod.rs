//! Reports of checks with made-up numbers of the size that real ones have.

use leadrank_evidence::{
    BarScale, Brief, Cell, Finding, Gate, Mark, Measured, Picture, Report, Section, Severity,
    Table, Unit, Verdict,
};

pub(crate) mod model;
pub(crate) mod pictures;
use pictures::{
    FEATURES, base_rate_by_month, correlations, feature_names, months, parts, rate, segments,
    stability, uniform,
};

fn as_of_examples() -> Table {
    let mut table = Table::new(
        "Leads whose vendor facts are from after their contact",
        &[
            "lead",
            "contacted",
            "facts of",
            "#days ahead",
            "feature concerned",
        ],
    );
    for (lead, contacted, facts, days, feature) in [
        (
            "00Q5e00000A1b2C",
            "2025-03-14",
            "2025-04-01",
            18,
            FEATURES[0],
        ),
        (
            "00Q5e00000A1b9K",
            "2025-05-29",
            "2025-06-01",
            3,
            FEATURES[1],
        ),
        (
            "00Q5e00000A1c7Z",
            "2025-06-02",
            "2025-09-01",
            91,
            FEATURES[9],
        ),
    ] {
        table.row(vec![
            lead.into(),
            contacted.into(),
            facts.into(),
            Cell::Count(days),
            feature.into(),
        ]);
    }
    table
}

fn gate(id: &str, rule: &str, value: Option<Measured>, unit: Unit, verdict: Verdict) -> Gate {
    Gate {
        id: id.into(),
        rule: rule.into(),
        value,
        unit,
        verdict,
        action: String::new(),
        brief: None,
        forced: None,
    }
}

fn leakage_gates() -> Vec<Gate> {
    let measured = |value: f64, lo: f64, hi: f64, n: u64, chance: Option<f64>| Measured {
        value,
        lo: Some(lo),
        hi: Some(hi),
        n,
        chance,
    };
    vec![
        Gate {
            action: "Load the vendor months before 2025-04 or leave these leads out: `leadrank ingest --month 2025-03`.".into(),
            brief: Some(Brief {
                rule: "leakage rows = 0".into(),
                met: Some(false),
            }),
            ..gate(
                "leakage.as_of",
                "no matched lead has a vendor fact from after its contact",
                Some(Measured::counted(37.0, 46_271)),
                Unit::Count,
                Verdict::Fail,
            )
        },
        Gate {
            action: "Look at the three features named below before trusting the score.".into(),
            forced: Some("the vendor confirmed the back-fill of 2025-02 by mail; trial run only".into()),
            ..gate(
                "leakage.backfill",
                "at most 1 % of cells of a past month differ between two deliveries",
                Some(measured(0.023, 0.021, 0.025, 184_220, None)),
                Unit::Share,
                Verdict::Fail,
            )
        },
        Gate {
            brief: Some(Brief {
                rule: "AUC-ROC of shuffled labels within 0.48 to 0.52".into(),
                met: Some(true),
            }),
            ..gate(
                "leakage.negative_control",
                "a model trained on shuffled labels is no better than chance",
                Some(measured(0.503, 0.472, 0.534, 9_861, Some(0.5))),
                Unit::Score,
                Verdict::Pass,
            )
        },
        Gate {
            action: "Wait for 21 more days of outcomes.".into(),
            brief: Some(Brief {
                rule: "p < .05 and lift > 50 %".into(),
                met: None,
            }),
            ..gate(
                "leakage.future_month",
                "the newest month is predicted no better than the month before it",
                None,
                Unit::Times,
                Verdict::NotEnoughData,
            )
        },
        gate(
            "leakage.age",
            "vendor facts are at most 62 days old at contact, in the median",
            Some(Measured::counted(17.0, 46_271)),
            Unit::Days,
            Verdict::Pass,
        ),
    ]
}

/// A report on leakage: a failed gate with examples, a warning, a passed negative control, rates,
/// heat maps and a calendar.
pub(crate) fn leakage() -> Report {
    let mut report = Report::new("leakage", "Does the model see the future?");
    report.answer =
        "Yes, for 37 of 46,271 matched leads: their vendor facts are from after the contact. \
        Until that is mended no measure of this model can be trusted."
            .into();
    report.scope = "As of 2025-10-27, 48,812 contacted leads, 20 vendor months".into();
    report.gates = leakage_gates();
    report.find(
        Finding::new("leakage.as_of", Severity::Fail, "37 leads use vendor facts from after their contact")
            .because("37 of 46,271 matched leads (0.08 %; 95 % interval 0.06–0.11) have `snapshot_as_of` later than the contact; none is allowed.")
            .because("Of them 9 scheduled a call (24 %; 13–40), of all others 4.0 % (3.8–4.2): such facts look like skill.")
            .rows(37, 46_271)
            .remedy("Load the vendor months before 2025-04, then run `leadrank features` again. If those months do not exist, leave these leads out with `features.unmatched = \"drop\"`.")
            .examples(as_of_examples())
            .strength(9.0),
    );
    report.find(
        Finding::new("leakage.backfill", Severity::Warn, "The vendor changed 2025-02 after the fact: 2.3 % of its cells differ in a later delivery")
            .because("4,237 of 184,220 cells differ (2.3 %; 2.1–2.5); chance level is 0.4 %, the rate of corrections in other months.")
            .because("Most changed: `Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL` (18 % of its cells), then `AUMGrowthRate_1Year` (6.1 %).")
            .rows(3_870, 46_271)
            .remedy("Ask the vendor what was corrected. Until then train with `--exclude AUMGrowthRate_1Year`.")
            .strength(2.0),
    );
    report.find(
        Finding::new("leakage.single_feature", Severity::Warn, "One feature alone ranks better than a model usually does")
            .because("`Number_YearsPriorFirm1` alone has an AUC-ROC of 0.712 (0.690–0.734; n = 9,861; chance 0.500).")
            .remedy("Look at how it is filled in; see the table of single features below."),
    );
    report.find(
        Finding::new(
            "leakage.age",
            Severity::Note,
            "At contact the vendor facts are 17 days old in the median",
        )
        .because("Half of the leads lie between 8 and 25 days; n = 46,271.")
        .rows(0, 46_271),
    );
    report.find(
        Finding::new(
            "leakage.negative_control",
            Severity::Pass,
            "A model trained on shuffled labels is no better than chance",
        )
        .because(
            "AUC-ROC 0.503 (0.472–0.534); chance is 0.500; n = 9,861 leads, 397 scheduled calls.",
        ),
    );
    report.find(
        Finding::new(
            "leakage.advisers_apart",
            Severity::Pass,
            "No adviser stands on both sides of the split",
        )
        .rows(0, 34_129),
    );
    report.settle();
    report.sections = vec![
        Section::new("How the rows are divided")
            .say("Purged stretches keep the outcome of one part from reaching into the next: a lead contacted on the last day of training has its outcome 30 days later.")
            .draw(parts())
            .table(split_table()),
        Section::new("Rates").say("Segments whose rate differs a lot are no leak, but a leak often shows here first.").draw(segments()).draw(base_rate_by_month()).draw(coverage()).draw(importance()),
        Section::new("Features over time").draw(stability()).table(long_table()),
        Section::new("Features beside each other").draw(correlations(40)),
    ];
    report
}

fn coverage() -> Picture {
    Picture::Columns {
        title: "Leads by vendor month".into(),
        across: "vendor month".into(),
        of: "leads matched".into(),
        bars: months(18)
            .into_iter()
            .enumerate()
            .map(|(month, name)| (name, 1_500 + (2_000.0 * uniform(month as u64 + 5)) as u64))
            .collect(),
    }
}

fn importance() -> Picture {
    let bars = [(0, 0.712), (1, 0.561), (3, 0.544), (4, 0.539)];
    Picture::Bars {
        title: "AUC-ROC of single features".into(),
        bars: bars
            .iter()
            .map(|&(feature, area)| (FEATURES[feature].to_string(), area, format!("{area:.3}")))
            .collect(),
        scale: Some(BarScale {
            from: 0.5,
            to: 0.8,
            marks: vec![Mark {
                at: 0.7,
                text: "suspicious from 0.70".into(),
            }],
        }),
    }
}

fn split_table() -> Table {
    let mut table = Table::new("The parts", &["part", "#leads", "#rate", "#share of all"]);
    for (part, positives, n) in [
        ("train", 722, 18_204),
        ("early stopping", 131, 3_114),
        ("calibration", 108, 2_950),
        ("test", 397, 9_861),
    ] {
        table.row(vec![
            part.into(),
            Cell::Count(n),
            Cell::rate(positives, n),
            Cell::share(n, 34_129),
        ]);
    }
    table.note("Intervals are Wilson's, 95 %.")
}

fn long_table() -> Table {
    let mut table = Table::new(
        "Stability of all features",
        &["feature", "#PSI", "#rate in the newest month", "comment"],
    );
    for (row, name) in feature_names(69).into_iter().enumerate() {
        let psi = 0.3 * uniform(row as u64) * uniform(row as u64 + 1);
        let comment = if psi > 0.1 { "moved" } else { "" };
        table.row(vec![
            name.into(),
            Cell::number(psi),
            Cell::rate(30 + row as u64, 1_204),
            comment.into(),
        ]);
    }
    table
}

/// A short report where all is in order.
pub(crate) fn quality() -> Report {
    let mut report = Report::new("quality", "Can this month's delivery be used?");
    report.answer = "Yes. Coverage is as in earlier months and every file is complete.".into();
    report.scope = "Vendor month 2025-10, 478,114 advisers".into();
    report.gates.push(Gate {
        brief: Some(Brief {
            rule: "CRD match > 90 %".into(),
            met: Some(true),
        }),
        ..gate(
            "quality.match",
            "at least 85 % of contacted leads are found in the vendor data",
            Some(rate(46_271, 48_812).map(Measured::from).unwrap_or_default()),
            Unit::Share,
            Verdict::Pass,
        )
    });
    report.find(
        Finding::new(
            "quality.rows",
            Severity::Pass,
            "All three territories have as many rows as before",
        )
        .because("478,114 rows; the month before 476,920.")
        .rows(0, 478_114),
    );
    report.settle();
    report
}

/// A report with a warning and nothing behind it.
pub(crate) fn imbalance() -> Report {
    let mut report = Report::new(
        "imbalance",
        "Are there enough scheduled calls to learn from?",
    );
    report.answer = "Enough to train, too few to tell segments apart.".into();
    report.scope = "As of 2025-10-27, 48,812 contacted leads".into();
    report.find(
        Finding::new("imbalance.events", Severity::Warn, "The smallest segment has 14 scheduled calls")
            .because("14 of 180 leads (7.8 %; 4.7–12.6) in Miami; 100 would be needed to tell it from the base rate of 4.0 %.")
            .rows(180, 48_812)
            .remedy("Do not judge this segment alone."),
    );
    report.settle();
    report
}

/// Several checks, the worst first.
pub(crate) fn all() -> Vec<Report> {
    vec![leakage(), imbalance(), quality()]
}

/// A report on a model: swarms, dependence, calibration, capacity.
pub(crate) fn of_model() -> Report {
    let mut report = Report::new("explanation", "What does the model look at?");
    report.answer = "Most of all at the years at the current firm.".into();
    report.scope = "Model e8012f3d0fce, 9,861 test leads".into();
    report.find(Finding::new(
        "explanation.steady",
        Severity::Note,
        "The strongest features are the same in all periods",
    ));
    report.settle();
    report.sections = vec![
        Section::new("Summary").draw(model::swarm(30, 400)),
        Section::new("What values do")
            .draw(model::scatter())
            .draw(model::scatter()),
        Section::new("Do the probabilities come true?").draw(model::reliability()),
        Section::new("How much to call")
            .draw(model::capacity())
            .draw(model::learning()),
    ];
    report
}
