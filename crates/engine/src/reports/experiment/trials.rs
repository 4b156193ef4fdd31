//! What the plan's error rates are, by running it on made-up leads.

use leadrank_evidence::{Cell, Finding, Picture, RateRow, Report, Section, Severity, Table};
use leadrank_experiment::plan::Plan;
use leadrank_experiment::trial::Trials;
use leadrank_stats::Estimate;

use super::signed;
use crate::words;

/// The report on trials: without an effect first, then with those asked for.
pub fn trials(plan: &Plan, found: &[Trials]) -> Report {
    let mut report = Report::new(
        "experiment simulate",
        "What would this plan get wrong, how often?",
    );
    report.scope = format!(
        "Experiment {}; {} made-up experiments of {} leads for each truth",
        plan.name,
        words::count(found.first().map_or(0, |one| one.runs)),
        words::count(plan.assumed.leads)
    );
    let null = found.iter().find(|one| one.truth.log_ratio() == 0.0);
    let with = found.iter().rfind(|one| one.truth.log_ratio() != 0.0);
    report.answer = answer(plan, null, with);
    if let Some(null) = null {
        for (name, alarms) in methods(null) {
            let three = 3.0 * (plan.alpha * (1.0 - plan.alpha) / null.runs as f64).sqrt();
            if alarms.value > plan.alpha + three && null.truth.lost == 0.0 {
                report.find(
                    Finding::new(
                        "experiment.false_alarms",
                        Severity::Fail,
                        format!("{name} raises more false alarms than promised: {}", words::rate(&alarms)),
                    )
                    .remedy("Do not run this plan: with so few scheduled calls the approximation does not hold. Enrol longer."),
                );
            }
        }
    }
    let mut alarms = Table::new(
        "How often the test says there is an effect",
        &["true lift where followed", "over all", "#planned looks", "#single test at the end", "#daily interval", "#ordinary test read daily", "#ended early", "#shown and minimum seen"],
    )
    .note(format!(
        "Without an effect these are false alarms, promised at most {:.0} %; with one, power. The ordinary test read daily is no method of leadrank: it shows what peeking would do, from the day on which both arms have 10 scheduled calls.",
        100.0 * plan.alpha
    ));
    let mut holds = Table::new(
        "How often the interval holds the truth",
        &[
            "true lift where followed",
            "#planned looks",
            "#single test at the end",
            "#daily, on all days",
            "#of alarms, wrong direction",
            "#exaggerated by a factor of",
            "#sizes of arms alarm",
        ],
    );
    let mut rows = Vec::new();
    for one in found {
        let name = signed(one.truth.lift);
        let over_all = signed(one.truth.log_ratio().exp_m1());
        alarms.row(vec![
            name.as_str().into(),
            over_all.as_str().into(),
            Cell::Rate(one.sequential),
            Cell::Rate(one.fixed),
            Cell::Rate(one.always_valid),
            Cell::Rate(one.peeking),
            Cell::Rate(one.early),
            Cell::Rate(one.reached_minimum),
        ]);
        holds.row(vec![
            name.as_str().into(),
            Cell::Rate(one.sequential_coverage),
            Cell::Rate(one.fixed_coverage),
            Cell::Rate(one.always_valid_coverage),
            one.wrong_sign.map_or(Cell::Nothing, Cell::Rate),
            Cell::number(one.exaggeration),
            Cell::Rate(one.mismatch),
        ]);
        rows.push(RateRow {
            label: format!("true lift {over_all}"),
            rate: Some(one.sequential),
        });
    }
    report.sections = vec![
        Section::new("Alarms")
            .draw(Picture::Rates {
                title: "Planned looks: how often an effect is said to be there".into(),
                of: "experiments".into(),
                base: Some(plan.alpha),
                rows,
            })
            .table(alarms),
        Section::new("Intervals, directions, sizes")
            .say("Exaggerated: of the estimates that were significant, how much larger they were than the truth, on average (in logarithms). A plan with little power finds only what luck made large.")
            .table(holds),
        truth(found),
    ];
    report
}

fn methods(of: &Trials) -> [(&'static str, Estimate); 3] {
    [
        ("the planned looks", of.sequential),
        ("a single test at the end", of.fixed),
        ("the daily interval", of.always_valid),
    ]
}

fn answer(plan: &Plan, null: Option<&Trials>, with: Option<&Trials>) -> String {
    let mut text = String::new();
    if let Some(null) = null {
        text.push_str(&format!(
            "Without an effect the planned looks raise a false alarm in {}; promised is at most {:.0} %.",
            words::rate(&null.sequential),
            100.0 * plan.alpha
        ));
        // With few calls days are hardly ever compared, so that daily reading shows nothing.
        if null.peeking.value > null.fixed.value {
            text.push_str(&format!(
                " Somebody who reads an ordinary test daily would have one in {}.",
                words::percent(null.peeking.value)
            ));
        }
    }
    if let Some(with) = with {
        text.push_str(&format!(
            " With a true lift of {} where followed ({} over all) an effect is shown in {}, and the interval holds the truth in {}.",
            signed(with.truth.lift),
            signed(with.truth.log_ratio().exp_m1()),
            words::rate(&with.sequential),
            words::percent(with.sequential_coverage.value)
        ));
    }
    text
}

fn truth(found: &[Trials]) -> Section {
    let mut table = Table::new(
        "What was true",
        &[
            "true lift where followed",
            "#adoption",
            "#control leads that saw scores",
            "#control leads lost",
            "#leads",
            "#experiments",
        ],
    );
    for one in found {
        table.row(vec![
            signed(one.truth.lift).into(),
            Cell::Share {
                share: one.truth.adoption,
            },
            Cell::Share {
                share: one.truth.contamination,
            },
            Cell::Share {
                share: one.truth.lost,
            },
            one.leads.into(),
            one.runs.into(),
        ]);
    }
    Section::new("What was true")
        .say("Made-up leads have strata of eight kinds, advisers with several leads, a score that foretells something, and a geometric number of dials. The draws, the estimators and the bounds are those of the experiment itself.")
        .table(table)
}
