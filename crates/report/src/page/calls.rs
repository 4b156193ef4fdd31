//! Whom to call: tiers and the head of the list.

use super::parts::{Align, cell, el, says, table};
use crate::format::{count, expected, percent};
use crate::markup::Element;
use crate::run_page::{CallRow, RunPage};
use crate::sentences;

pub(super) fn section(page: &RunPage) -> Option<Element> {
    let mut body = el("div");
    if let Some(tiers) = &page.tiers {
        let row = |row: &crate::TierRow| {
            let rate = row.expected_calls / row.leads as f64;
            vec![
                el("td").child(badge(&row.tier)),
                cell(count(row.leads)),
                cell(expected(row.expected_calls)),
                cell(percent(rate)),
                cell(&row.meaning),
            ]
        };
        let events = format!("{} expected", page.words.events);
        let head = [
            ("tier", Align::Words),
            (page.words.rows.as_str(), Align::Numbers),
            (events.as_str(), Align::Numbers),
            ("mean chance", Align::Numbers),
            ("what to do", Align::Words),
        ];
        let rows = tiers.rows.iter().map(row).collect();
        body.add_all(says(sentences::tiers(page)));
        body.add(table("The list by tier", &head, rows));
        if !tiers.explanation.is_empty() {
            body.add(el("p").class("small").text(&tiers.explanation));
        }
    }
    if !page.call_list.is_empty() {
        body.add(el("h3").text("The first calls"));
        body.add_all(says(sentences::calls(page)));
        body.add(
            el("ol")
                .class("calls")
                .children(page.call_list.iter().map(call)),
        );
    }
    (!body.is_empty()).then_some(body)
}

fn call(row: &CallRow) -> Element {
    let reasons = row.reasons.iter().map(|reason| el("li").text(reason));
    let mut why = el("div").class("why");
    if !row.reasons.is_empty() {
        why.add(el("ul").children(reasons));
    }
    if let Some(caution) = &row.caution {
        why.add(
            el("p")
                .class("caution")
                .child(el("strong").text("But: "))
                .child(el("span").text(caution)),
        );
    }
    if !row.data_age.is_empty() {
        why.add(el("p").class("small").text(&row.data_age));
    }
    let standing = format!("above {} of the list", percent(row.percentile / 100.0));
    el("li")
        .child(el("span").class("rank").text(count(row.rank)))
        .child(
            el("div")
                .class("who")
                .child(el("span").class("lead").text(&row.lead_id))
                .child(badge(&row.tier)),
        )
        .child(
            el("div")
                .class("chance")
                .child(el("strong").text(percent(row.probability)))
                .child(el("small").text(standing)),
        )
        .child(why)
}

/// A tier in a frame; only A stands out.
fn badge(tier: &str) -> Element {
    let class = if tier == "A" { "badge first" } else { "badge" };
    el("span").class(class).text(tier)
}
