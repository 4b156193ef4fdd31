//! Findings as cards, worst first; what is in order, folded.

use leadrank_evidence::{Finding, Report, Severity};

use super::parts::{el, flowing, prose};
use super::tables::data_table;
use crate::format::{count, percent, sentence};
use crate::markup::Element;

/// Cards that are shown at once; the others unfold.
const CARDS: usize = 12;

/// A word for a severity with a shape of its own, so that it is told without colour.
pub(super) fn badge(severity: Severity, word: &str) -> Element {
    el("span")
        .class(&format!("badge {}", severity.word()))
        .child(icon(severity))
        .text(word)
}

fn icon(severity: Severity) -> Element {
    let (shape, sign) = match severity {
        Severity::Fail => (
            "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
            "M5.4 5.4l5.2 5.2m0-5.2l-5.2 5.2",
        ),
        Severity::Warn => ("M8 1.2 15.4 14.6H.6z", "M8 6v4.2m0 1.6v.6"),
        Severity::Note => ("M8 1a7 7 0 1 0 0 14a7 7 0 1 0 0-14z", "M8 7.2v4.3m0-7.2v.6"),
        Severity::Pass => ("", "M2 8.6l4 4.2 8-9.6"),
    };
    let path = |class: &str, path: &str| el("path").class(class).attr("d", path);
    el("svg")
        .class("icon")
        .attr("viewBox", "0 0 16 16")
        .attr("aria-hidden", "true")
        .children((!shape.is_empty()).then(|| path("shape", shape)))
        .child(path("sign", sign))
}

/// How many findings of each severity there are.
pub(super) fn tally(check: &Report) -> Option<Element> {
    let kinds = [
        Severity::Fail,
        Severity::Warn,
        Severity::Note,
        Severity::Pass,
    ];
    let counted = kinds.map(|kind| (kind, crate::checks::findings_of(check, kind).count()));
    let item = |(kind, number): (Severity, usize)| {
        let item = el("li").child(badge(kind, &format!("{number} {}", kind.word())));
        if number == 0 {
            item.class("none")
        } else {
            item
        }
    };
    (!check.findings.is_empty()).then(|| {
        el("ul")
            .class("tally")
            .attr("aria-label", "Findings")
            .children(counted.map(item))
    })
}

/// All findings of a check.
pub(super) fn findings(check: &Report) -> Vec<Element> {
    let mut ordered: Vec<&Finding> = check.findings.iter().collect();
    ordered.sort_by_key(|finding| finding.severity);
    let (passed, open): (Vec<&Finding>, Vec<&Finding>) = ordered
        .into_iter()
        .partition(|finding| finding.severity == Severity::Pass);
    let (shown, folded) = open.split_at(open.len().min(CARDS));
    let mut elements: Vec<Element> = shown.iter().map(|finding| card(finding)).collect();
    if !folded.is_empty() {
        let summary = el("summary").text(format!("{} more", folded.len()));
        let cards = folded.iter().map(|finding| card(finding));
        elements.push(el("details").child(summary).children(cards));
    }
    if !passed.is_empty() {
        let word = if passed.len() == 1 {
            "1 finding is in order".to_string()
        } else {
            format!("{} findings are in order", passed.len())
        };
        let cards = passed.iter().map(|finding| card(finding));
        let summary = el("summary").child(badge(Severity::Pass, &word));
        elements.push(el("details").class("passed").child(summary).children(cards));
    }
    elements
}

fn card(finding: &Finding) -> Element {
    let top = el("p")
        .class("top")
        .child(badge(finding.severity, finding.severity.word()))
        .child(flowing(el("code"), &finding.id));
    let mut evidence = el("div").class("evidence");
    match finding.evidence.as_slice() {
        [] => {}
        [only] => evidence.add(prose("p", only)),
        several => evidence.add(el("ul").children(several.iter().map(|text| prose("li", text)))),
    }
    if let Some(rows) = concerned(finding) {
        evidence.add(el("p").class("rows").text(rows));
    }
    let mut body = el("div").class("body");
    if !evidence.is_empty() {
        body.add(evidence);
    }
    if !finding.remedy.is_empty() {
        body.add(
            el("div")
                .class("remedy")
                .child(el("strong").text("What to do"))
                .child(prose("p", &finding.remedy)),
        );
    }
    let card = el("article")
        .class(&format!("finding {}", finding.severity.word()))
        .child(top)
        .child(flowing(el("h4"), &sentence(&finding.headline)));
    let card = if body.is_empty() {
        card
    } else {
        card.child(body)
    };
    card.children(finding.examples.as_ref().map(|examples| {
        let summary = match examples.rows.len() {
            1 => "1 example".to_string(),
            rows => format!("{rows} examples"),
        };
        el("details")
            .child(el("summary").text(summary))
            .child(data_table(examples))
    }))
}

/// Rows concerned of rows looked at.
pub(crate) fn concerned(finding: &Finding) -> Option<String> {
    let (rows, of_rows) = (finding.rows, finding.of_rows);
    match (rows, of_rows) {
        (0, 0) => None,
        (0, _) => Some(format!("Looked at {} rows.", count(of_rows))),
        (_, 0) => Some(format!("Concerns {} rows.", count(rows))),
        _ => Some(format!(
            "Concerns {} of {} rows ({}).",
            count(rows),
            count(of_rows),
            percent(rows as f64 / of_rows as f64)
        )),
    }
}
