//! How alike the arms are.

use leadrank_evidence::{
    Cell, DifferenceRow, Finding, Measured, Picture, Report, Section, Severity, Table,
};
use leadrank_experiment::balance::{Difference, beyond_chance};
use leadrank_experiment::srm::Part;

use super::name;
use crate::experiment::Enrolled;
use crate::words;
use leadrank_experiment::Arm;
use leadrank_experiment::plan::Plan;

/// Differences that are drawn.
const DRAWN: usize = 20;

/// The report on an enrolment.
pub fn balance(of: &Enrolled, plan: &Plan) -> Report {
    let mut report = Report::new("experiment balance", "Are the arms alike?");
    report.scope = format!("Experiment {}, as of {}", of.experiment, of.day);
    let apart = of
        .balance
        .iter()
        .filter(|one| one.standardised.abs() > plan.balance_limit)
        .count() as u64;
    report.answer = format!(
        "{} leads were enrolled on this day, {} {} and {} {}; in all {} and {}. Of {} things known before, {apart} differ by more than {} standard deviations{}.",
        words::count(of.new.treatment + of.new.control),
        words::count(of.new.treatment),
        name(Arm::Treatment),
        words::count(of.new.control),
        name(Arm::Control),
        words::count(of.all.treatment),
        words::count(of.all.control),
        of.balance.len(),
        plan.balance_limit,
        match beyond_chance(&of.balance, plan.balance_limit).count() {
            0 if apart == 0 => String::new(),
            0 => ", all of them within what chance makes of so many columns".to_owned(),
            many => format!(", {many} of them beyond what chance explains"),
        }
    );
    // What chance explains is in the picture; a list of it would look like faults.
    for one in beyond_chance(&of.balance, plan.balance_limit) {
        report.find(finding(one, of.balance.len()));
    }
    report.settle();
    report.sections = vec![
        differences(&of.balance),
        sizes("By stratum", "stratum", &of.strata),
        sizes("By salesperson", "salesperson", &of.sellers),
    ];
    if !of.left_out.is_empty() {
        let mut table = Table::new("Open leads that were not enrolled", &["why", "#leads"]);
        for (why, &leads) in &of.left_out {
            table.row(vec![why.as_str().into(), leads.into()]);
        }
        report
            .sections
            .push(Section::new("Not enrolled").table(table));
    }
    report
}

fn finding(one: &Difference, columns: usize) -> Finding {
    let p_value = (one.p_value() * columns as f64).min(1.0);
    Finding::new(
        "experiment.balance",
        Severity::Fail,
        format!("The arms differ in `{}`", one.name),
    )
    .because(format!(
        "Mean {:.4} with scores ({} leads) and {:.4} without ({}): {:+.3} standard deviations; chance alone gives {:.3} either way, and {} for the largest of {columns} columns.",
        one.mean.treatment,
        words::count(one.n.treatment),
        one.mean.control,
        words::count(one.n.control),
        one.standardised,
        one.chance,
        words::chance(p_value)
    ))
    .remedy("Find out how leads came in: arms drawn at random do not differ so.")
    .strength(one.standardised.abs())
}

/// The largest differences as a picture, all of them as a table.
pub(super) fn differences(all: &[Difference]) -> Section {
    let mut order: Vec<&Difference> = all.iter().collect();
    order.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    let rows = order.iter().take(DRAWN).map(|one| DifferenceRow {
        label: one.name.clone(),
        difference: Some(Measured {
            value: one.standardised,
            lo: Some(one.standardised - 1.96 * one.chance),
            hi: Some(one.standardised + 1.96 * one.chance),
            n: one.n.treatment + one.n.control,
            chance: Some(0.0),
        }),
    });
    let mut table = Table::new(
        "All that was known at enrolment",
        &[
            "what",
            "#with scores",
            "#without",
            "#standardised difference",
            "#by chance",
            "#leads",
        ],
    )
    .note("By chance: one standard error of the difference when advisers are drawn at random.");
    for one in &order {
        table.row(vec![
            one.name.as_str().into(),
            Cell::Number(one.mean.treatment),
            Cell::Number(one.mean.control),
            Cell::Number(one.standardised),
            Cell::Number(one.chance),
            Cell::Count(one.n.treatment + one.n.control),
        ]);
    }
    Section::new("How alike the arms are")
        .draw(Picture::Differences {
            title: "The largest differences between the arms".into(),
            of: "standard deviations".into(),
            rows: rows.collect(),
        })
        .table(table)
}

/// Sizes of the arms in the parts of one kind.
pub(super) fn sizes(title: &str, kind: &str, parts: &[Part]) -> Section {
    let mut table = Table::new(
        title,
        &[kind, "#units with scores", "#without", "#p by chance", "#for all parts"],
    )
    .note("For all parts: the p-value raised for the number of parts (Holm); below 0.001 is an alarm.");
    for part in parts {
        table.row(vec![
            part.name.as_str().into(),
            part.units.treatment.into(),
            part.units.control.into(),
            Cell::Number(part.p_value),
            Cell::Number(part.adjusted),
        ]);
    }
    Section::new(format!("Sizes {}", title.to_lowercase())).table(table)
}
