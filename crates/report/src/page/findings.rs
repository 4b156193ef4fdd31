//! Findings as cards, worst first; what is in order, a line each.

use leadrank_evidence::{Finding, Report, Severity};

use super::parts::{el, flowing, prose};
use super::tables::data_table;
use crate::checks::{concerned, findings_of};
use crate::format::sentence;
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
    let counted = kinds.map(|kind| (kind, findings_of(check, kind).count()));
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

/// What fails or warns, as cards, worst first.
pub(super) fn grave(check: &Report) -> Vec<Element> {
    cards(check, &[Severity::Fail, Severity::Warn])
}

/// What is good to know, as cards.
pub(super) fn notes(check: &Report) -> Vec<Element> {
    cards(check, &[Severity::Note])
}

fn cards(check: &Report, severities: &[Severity]) -> Vec<Element> {
    let of = |severity: &Severity| findings_of(check, *severity);
    let all: Vec<&Finding> = severities.iter().flat_map(of).collect();
    let (shown, folded) = all.split_at(all.len().min(CARDS));
    let mut elements: Vec<Element> = shown.iter().map(|finding| card(finding)).collect();
    if !folded.is_empty() {
        let summary = el("summary").text(format!("{} more", folded.len()));
        let cards = folded.iter().map(|finding| card(finding));
        elements.push(el("details").child(summary).children(cards));
    }
    elements
}

/// What was looked at and is in order, a line each with its figures; what is behind it unfolds.
pub(super) fn passed(check: &Report) -> Option<Element> {
    let line = |finding: &Finding| {
        let says = flowing(el("span").class("says"), &sentence(&finding.headline));
        let evidence: Vec<Element> = finding
            .evidence
            .iter()
            .map(|text| prose("p", text))
            .collect();
        let says = match evidence.is_empty() {
            true => el("div").child(says),
            false => el("details")
                .child(el("summary").child(says))
                .children(evidence)
                .child(el("p").child(flowing(el("code"), &finding.id))),
        };
        el("li").child(icon(Severity::Pass)).child(says)
    };
    let passed: Vec<Element> = findings_of(check, Severity::Pass).map(line).collect();
    (!passed.is_empty()).then(|| el("ul").class("passed").children(passed))
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
