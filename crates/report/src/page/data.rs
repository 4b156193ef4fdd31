//! What went in: files, labels, vendor data, parts.

use super::parts::{Align, cell, el, figure, named, prose, says, table};
use crate::chart::{self, Bar};
use crate::format::{count, percent};
use crate::markup::Element;
use crate::run_page::{AuditRow, Coverage, Intake, RunPage, SplitRow};
use crate::sentences;

/// Columns with unreadable cells that are listed; the others are counted.
const COLUMNS: usize = 8;

pub(super) fn section(page: &RunPage) -> Option<Element> {
    let mut body = el("div");
    if !page.split.is_empty() {
        body.add(el("h3").text("Training and judging"));
        body.add_all(says(sentences::split(page)));
        body.add(parts(page));
    }
    let mut figures = Vec::new();
    if let Some(rows) = page.label_audit.as_ref().filter(|rows| !rows.is_empty()) {
        figures.push(labels(page, rows));
    }
    if let Some(coverage) = &page.coverage {
        figures.push(self::coverage(page, coverage));
    }
    if !figures.is_empty() {
        body.add(el("div").class("figures").children(figures));
    }
    if let Some(intake) = &page.intake {
        body.add(el("h3").text("Files"));
        body.add_all(says(sentences::intake(page)));
        body.add_all(rejected(intake));
        if !intake.warnings.is_empty() {
            body.add(el("ul").children(intake.warnings.iter().map(|text| prose("li", text))));
        }
    }
    (!body.is_empty()).then_some(body)
}

fn parts(page: &RunPage) -> Element {
    let row = |row: &SplitRow| {
        let rate = if row.rows > 0 {
            row.positives as f64 / row.rows as f64
        } else {
            f64::NAN
        };
        let days = match (row.from.as_str(), row.to.as_str()) {
            ("", "") => "",
            (from, to) => &format!("{from} – {to}"),
        };
        let small = [days, row.note.as_str()];
        let small: Vec<&str> = small.into_iter().filter(|text| !text.is_empty()).collect();
        vec![
            named(&row.part, &small.join(" · ")),
            cell(count(row.rows)),
            cell(count(row.positives)),
            cell(percent(rate)),
        ]
    };
    let head = [
        ("part", Align::Words),
        (page.words.rows.as_str(), Align::Numbers),
        (page.words.events.as_str(), Align::Numbers),
        ("rate", Align::Numbers),
    ];
    table(
        "The parts, from old to new",
        &head,
        page.split.iter().map(row).collect(),
    )
}

fn labels(page: &RunPage, rows: &[AuditRow]) -> Element {
    let bar = |row: &AuditRow| Bar {
        label: row.name.replace('_', " "),
        value: row.count as f64,
        text: format!("{} · {}", count(row.count), percent(row.share)),
    };
    let bars: Vec<Bar> = rows.iter().map(bar).collect();
    let title = "What became of the labels";
    let chart = chart::bars(title, &bars);
    let meaning = |row: &AuditRow| {
        el("div")
            .child(el("dt").text(row.name.replace('_', " ")))
            .child(el("dd").text(&row.meaning))
    };
    figure(title, sentences::labels(page), &chart, "")
        .child(el("dl").class("facts").children(rows.iter().map(meaning)))
}

fn coverage(page: &RunPage, coverage: &Coverage) -> Element {
    let title = "Where the vendor data is from";
    let upright = format!("{} matched", page.words.rows);
    let chart = chart::columns(title, "vendor month", &upright, &coverage.vintages);
    let small = format!(
        "{} have an adviser number. {}",
        count(coverage.with_crd),
        coverage.age
    );
    figure(title, sentences::coverage(page), &chart, small.trim_end())
}

fn rejected(intake: &Intake) -> Option<Element> {
    if intake.rejected_by_column.is_empty() {
        return None;
    }
    let (listed, others) = intake
        .rejected_by_column
        .split_at(intake.rejected_by_column.len().min(COLUMNS));
    let mut rows: Vec<Vec<Element>> = listed
        .iter()
        .map(|(column, cells)| vec![el("td").child(el("code").text(column)), cell(count(*cells))])
        .collect();
    if !others.is_empty() {
        let cells = others
            .iter()
            .map(|other| other.1)
            .fold(0, u64::saturating_add);
        rows.push(vec![
            cell(format!("{} other columns", others.len())),
            cell(count(cells)),
        ]);
    }
    let head = [
        ("column", Align::Words),
        ("cells not readable", Align::Numbers),
    ];
    Some(table("Cells that could not be read", &head, rows))
}
