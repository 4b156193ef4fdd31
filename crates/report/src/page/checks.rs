//! The checks of the data as one page: what was asked, the answer, what was found, the gates,
//! and everything behind it.

use leadrank_evidence::Report;

use super::findings::{badge, grave, notes, passed, tally};
use super::gates::gates;
use super::parts::{document, el, flowing, header, prose};
use super::sections;
use crate::checks::{outcome, verdict};
use crate::markup::Element;

/// More links to parts are folded.
const LINKS: usize = 6;
/// Style of what only these pages have.
const STYLE: &str = concat!(include_str!("page.css"), include_str!("checks.css"));

/// The page for any number of checks, with an overview on top where they are several.
///
/// The page is well-formed XML too, so that any tool can read it.
///
/// ```
/// use leadrank_evidence::{Report, Finding, Severity};
/// let mut report = Report::new("leakage", "Does the model see the future?");
/// report.find(Finding::new("leakage.as_of", Severity::Fail, "3 rows are from the future"));
/// let html = leadrank_report::render_checks("Data checks", "as of 2025-10-27", &[report]);
/// assert!(html.starts_with("<!DOCTYPE html>") && html.contains("3 rows are from the future"));
/// ```
pub fn render_checks(title: &str, subtitle: &str, checks: &[Report]) -> String {
    let overview = match checks {
        [] => Some(el("p").text("No check was run.")),
        [_] => None,
        several => Some(overview(several)),
    };
    let sections = checks
        .iter()
        .enumerate()
        .map(|(place, check)| self::check(&check_id(place), check));
    let main = el("main")
        .child(header(title, subtitle))
        .children(overview)
        .children(sections);
    document(title, STYLE, main)
}

fn check_id(place: usize) -> String {
    format!("check-{}", place + 1)
}

/// One line a check: its verdict, its question, and its answer.
fn overview(checks: &[Report]) -> Element {
    let line = |(place, check): (usize, &Report)| {
        let (severity, word) = verdict(check);
        let link = el("a")
            .attr("href", format!("#{}", check_id(place)))
            .text(&check.name);
        let what = el("div")
            .child(el("strong").child(link))
            .child(el("span").class("question").text(&check.question))
            .children(outcome(check).map(|text| flowing(el("p"), &text)));
        el("li").child(badge(severity, word)).child(what)
    };
    el("ul")
        .class("overview")
        .attr("aria-label", "Checks")
        .children(checks.iter().enumerate().map(line))
}

fn check(id: &str, check: &Report) -> Element {
    let (severity, word) = verdict(check);
    let mut element = el("section").class("check").attr("id", id);
    element.add(
        el("p")
            .class("eyebrow")
            .child(el("code").text(&check.name))
            .children((!check.scope.is_empty()).then(|| prose("span", &check.scope))),
    );
    element.add(el("h2").text(&check.question));
    if !check.about.is_empty() {
        element.add(prose("p", &check.about).class("about"));
    }
    let answer = el("div").class("answer").child(badge(severity, word));
    element.add(if check.answer.is_empty() {
        answer
    } else {
        answer.child(prose("p", &check.answer))
    });
    element.add_all(tally(check));
    let parts = parts(id, check);
    if parts.len() > 1 {
        let links = parts
            .iter()
            .map(|(id, title, _)| el("a").attr("href", format!("#{id}")).text(title));
        let links = el("nav")
            .attr("aria-label", format!("Parts of {}", check.name))
            .children(links);
        // a long list of contents must not stand between the answer and what it rests on
        element.add(match parts.len() > LINKS {
            true => {
                let summary = el("summary").text(format!("Contents: {} parts", parts.len()));
                el("details").class("contents").child(summary).child(links)
            }
            false => links,
        });
    }
    element.add_all(parts.into_iter().map(|part| part.2));
    element
}

/// The parts of a check with ids and titles.
fn parts(id: &str, check: &Report) -> Vec<(String, String, Element)> {
    let mut parts = Vec::new();
    let mut add = |name: &str, title: &str, content: Vec<Element>| {
        if !content.is_empty() {
            let id = format!("{id}-{name}");
            let part = part(&id, title).children(content);
            parts.push((id, title.to_owned(), part));
        }
    };
    let grave = grave(check);
    // where nothing is wrong, what is good to know is what was found
    let also = match grave.is_empty() {
        true => "What was found",
        false => "Also good to know",
    };
    add("found", "What was found", grave);
    let passed = passed(check).into_iter().collect();
    add("passed", "Looked at and in order", passed);
    add("notes", also, notes(check));
    let gates = gates(&check.gates).into_iter().collect();
    add("gates", "Gates: the rules that decide", gates);
    for (place, section) in check.sections.iter().enumerate() {
        let id = format!("{id}-part-{}", place + 1);
        let title = if section.title.is_empty() {
            format!("Part {}", place + 1)
        } else {
            section.title.clone()
        };
        parts.push((id.clone(), title, sections::section(&id, section)));
    }
    parts
}

fn part(id: &str, title: &str) -> Element {
    el("div")
        .class("part")
        .attr("id", id)
        .child(el("h3").text(title))
}
