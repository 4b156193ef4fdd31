//! Whether the experiment is still a fair one.

use leadrank_evidence::{
    BandLine, BandPoint, Cell, Finding, Measured, Picture, Report, Section, Severity, Table,
    Verdict,
};
use leadrank_experiment::monitor::Day;
use leadrank_experiment::plan::Plan;
use leadrank_experiment::{Arm, Arms};

use super::balance::{differences, sizes};
use super::{lift_words, name};
use crate::experiment::Watch;
use crate::words;

/// The report of a day.
pub fn watch(of: &Watch, plan: &Plan) -> Report {
    let mut report = Report::new("experiment monitor", "Is this still a fair experiment?");
    report.scope = format!(
        "Experiment {}, as of {}; {:.1} weeks to the final analysis",
        of.experiment, of.day, of.weeks_left
    );
    report.gates.clone_from(&of.gates);
    report.answer = answer(of);
    for gate in of.gates.iter().filter(|gate| gate.verdict == Verdict::Fail) {
        report.find(
            Finding::new(
                gate.id.clone(),
                Severity::Fail,
                format!("Not so: {}", gate.rule),
            )
            .because(gate.value.map_or_else(String::new, |value| {
                format!("Found {:.6}, n = {}.", value.value, value.n)
            }))
            .remedy(gate.action.clone()),
        );
    }
    report.settle();
    report.sections.push(days(of, plan));
    report.sections.push(exposure(of));
    for (kind, parts) in &of.sizes {
        // Days and salespeople with nothing to say would fill pages.
        let said: Vec<_> = parts
            .iter()
            .filter(|part| kind != "day" || part.alarms() || parts.len() <= 10)
            .cloned()
            .collect();
        if !said.is_empty() {
            let title = match kind.as_str() {
                "all" => "Overall".to_owned(),
                kind => format!("By {kind}"),
            };
            report.sections.push(sizes(&title, kind, &said));
        }
    }
    report.sections.push(differences(&of.balance));
    report
}

fn answer(of: &Watch) -> String {
    let pair = |of: Arms<u64>| {
        format!(
            "{} leads {} and {} {}",
            words::count(of.treatment),
            name(Arm::Treatment),
            words::count(of.control),
            name(Arm::Control)
        )
    };
    let failed: Vec<&str> = of
        .gates
        .iter()
        .filter(|gate| gate.stops())
        .map(|gate| gate.id.as_str())
        .collect();
    let mut text = format!(
        "Enrolled are {}; the outcome is known of {}.",
        pair(of.enrolled),
        pair(of.mature)
    );
    if of.withheld {
        text.push_str(&format!(
            " Results are withheld: {} failed. As long as that is so, no comparison of the arms means anything.",
            words::list(&failed)
        ));
        return text;
    }
    match of.days.last().and_then(|day| day.lift) {
        Some(lift) => text.push_str(&format!(
            " So far the lift is {}, an interval that may be looked at every day. The decision is made at the planned looks, not here.",
            lift_words(&lift)
        )),
        None => text.push_str(" Too few scheduled calls are known to compare the arms."),
    }
    text
}

fn days(of: &Watch, plan: &Plan) -> Section {
    let mut table = Table::new(
        "By week",
        &["day", "#enrolled with scores", "#without", "#outcome known with", "#without", "#dials with", "#without", "#calls with", "#without", "#KPI with", "#without", "lift"],
    )
    .note(format!(
        "KPI: {}, of leads whose outcome is known. Lift: with an interval that holds on all days together, at {:.0} %; shown from 10 scheduled calls in each arm on. daily_metrics.csv has every day.",
        plan.kpi.words(),
        100.0 * (1.0 - plan.alpha)
    ));
    let shown = |at: usize| at % 7 == 6 || at + 1 == of.days.len();
    for (_, day) in of.days.iter().enumerate().filter(|(at, _)| shown(*at)) {
        let mut cells: Vec<Cell> = vec![day.day.to_string().into()];
        cells.extend(Arm::ALL.map(|arm| Cell::Count(day.enrolled[arm])));
        cells.extend(Arm::ALL.map(|arm| Cell::Count(day.mature[arm])));
        cells.extend(Arm::ALL.map(|arm| Cell::Count(day.dials[arm] as u64)));
        let withheld = |count: f64| {
            if of.withheld {
                Cell::Nothing
            } else {
                Cell::Count(count as u64)
            }
        };
        cells.extend(Arm::ALL.map(|arm| withheld(day.calls[arm])));
        cells.extend(Arm::ALL.map(|arm| Cell::number(day.kpi[arm])));
        cells.push(
            day.lift
                .map_or(Cell::Nothing, |lift| lift_words(&lift).into()),
        );
        table.row(cells);
    }
    let known: Vec<(f64, &Day)> = of
        .days
        .iter()
        .enumerate()
        .filter(|(_, day)| day.lift.is_some())
        .map(|(at, day)| (at as f64, day))
        .collect();
    let mut section = Section::new("Day by day");
    if known.len() >= 2 {
        let point = |(at, day): &(f64, &Day)| {
            let lift = day.lift?;
            Some(BandPoint {
                at: *at,
                value: Measured {
                    value: 100.0 * lift.value,
                    lo: Some(100.0 * lift.interval.lo),
                    hi: Some(100.0 * lift.interval.hi),
                    n: day.mature.treatment + day.mature.control,
                    chance: Some(0.0),
                },
            })
        };
        section = section.draw(Picture::Band {
            title: format!("Lift in {} so far", plan.kpi.words()),
            across: "days since the first enrolment".into(),
            of: "lift, percent".into(),
            lines: vec![BandLine {
                name: "lift, with an interval that holds on all days".into(),
                points: known.iter().filter_map(point).collect(),
            }],
            base: vec![(known[0].0, 0.0), (known[known.len() - 1].0, 0.0)],
            marks: Vec::new(),
        });
    }
    section.table(table)
}

fn exposure(of: &Watch) -> Section {
    let in_view = match of.has_dials {
        true => "#dialled with a score in view",
        false => "#with a score in view",
    };
    let mut table = Table::new("Who worked with scores", &["arm", in_view, "#pairs of leads dialled in the order of scores"])
        .note("Dialled with a score in view: of leads dialled at all; without dials on record, a score in view on any day that counts, of all leads. Pairs: of two leads of one salesperson enrolled on one day, the better one has its first dial on an earlier day; 50 % by chance, and control's order is what salespeople do unaided.");
    for arm in Arm::ALL {
        let rate =
            |found: Option<leadrank_stats::Estimate>| found.map_or(Cell::Nothing, Cell::Rate);
        table.row(vec![
            name(arm).into(),
            rate(of.exposed[arm]),
            rate(of.in_order[arm]),
        ]);
    }
    let mut section = Section::new("Was it followed, and did control see nothing?").table(table);
    if !of.exposure_known {
        section = section.say(
            "No sync has written scores of these leads, so exposure is taken to be as drawn: who was to see a score saw it, nobody else did but those noted in exposures.csv.",
        );
    }
    if !of.leaks.is_empty() {
        let mut table = Table::new(
            "Control leads with a score in view",
            &[
                "lead",
                "enrolled",
                match of.has_dials {
                    true => "first seen at a dial",
                    false => "first seen",
                },
            ],
        )
        .note(format!("{} in all.", words::count(of.leaked)));
        for (lead, enrolled, seen) in &of.leaks {
            table.row(vec![
                lead.as_str().into(),
                enrolled.to_string().into(),
                seen.to_string().into(),
            ]);
        }
        section = section.table(table);
    }
    let lost = of.lost.treatment + of.lost.control;
    if lost > 0 {
        section = section.say(format!(
            "{} enrolled leads are gone from the lead file: {} with scores, {} without.",
            words::count(lost),
            of.lost.treatment,
            of.lost.control
        ));
    }
    if let (Some(with), Some(without)) = (of.in_order.treatment, of.in_order.control) {
        section = section.say(format!(
            "Order of dialling with scores {}, without {}: {:+.0} points apart.",
            words::percent(with.value),
            words::percent(without.value),
            100.0 * (with.value - without.value)
        ));
    }
    section
}
