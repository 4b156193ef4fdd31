//! How the model was decided on, and what it is worth beside what is simpler.

use leadrank_evidence::Unit;

use super::parts::{Align, el, flowing, measured, named, prose, says, table};
use crate::format::{NOTHING, Written as _, sentence};
use crate::markup::Element;
use crate::run_page::{DecisionRow, RivalRow, RunPage};
use crate::sentences;

pub(super) fn section(page: &RunPage) -> Option<Element> {
    let mut body = el("div");
    if !page.rivals.is_empty() {
        body.add(el("h3").text("Beside what is simpler"));
        body.add_all(says(sentences::rivals(page)));
        body.add(rivals(page));
    }
    if !page.decisions.is_empty() {
        body.add(el("h3").text("What was decided, before the test"));
        body.add(decisions(&page.decisions));
    }
    (!body.is_empty()).then_some(body)
}

fn rivals(page: &RunPage) -> Element {
    let value = |unit: Unit, estimate: &Option<leadrank_stats::Estimate>| {
        let text = estimate.as_ref().map(|found| unit.with_interval(found));
        measured(&text.unwrap_or(NOTHING.into()))
    };
    let row = |row: &RivalRow| {
        let difference = row.difference.as_ref();
        let difference = difference.map(|found| Unit::Difference.measured(found));
        vec![
            named(&row.name, &row.note),
            value(Unit::Score, &row.auc_roc),
            value(Unit::Score, &row.auc_pr),
            value(Unit::Times, &row.lift),
            measured(&difference.unwrap_or(NOTHING.into()))
                .children((!row.verdict.is_empty()).then(|| el("small").text(&row.verdict))),
        ]
    };
    let head = [
        ("what", Align::Words),
        ("AUC-ROC", Align::Numbers),
        ("AUC-PR", Align::Numbers),
        ("lift, best 10 %", Align::Numbers),
        ("AUC-PR, less the model's", Align::Numbers),
    ];
    let caption = match page.size_words() {
        Some(size) => format!("On the same rows: {size}; 95 % intervals"),
        None => "On the same rows; 95 % intervals".into(),
    };
    table(&caption, &head, page.rivals.iter().map(row).collect())
}

fn decisions(decisions: &[DecisionRow]) -> Element {
    let line = |row: &DecisionRow| {
        el("div")
            .child(flowing(el("dt"), &sentence(&row.what)))
            .child(prose("dd", &row.sentence))
    };
    el("dl").class("facts").children(decisions.iter().map(line))
}
