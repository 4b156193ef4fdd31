//! Whom to call: tiers and the head of the list.

use super::parts::{Align, cell, el, prose, says, table};
use crate::format::{count, expected, percent};
use crate::markup::Element;
use crate::run_page::{CallRow, RunPage};
use crate::sentences;

/// Leads shown at once; the others unfold.
const AT_ONCE: usize = 8;

pub(super) fn section(page: &RunPage) -> Option<Element> {
    let mut body = el("div");
    if let Some(tiers) = &page.tiers {
        let row = |row: &crate::TierRow| {
            let rate = row.expected_calls / row.leads as f64;
            let tier = el("td").child(badge(&row.tier));
            vec![
                tier.child(prose("small", &row.meaning)),
                cell(count(row.leads)),
                cell(expected(row.expected_calls)),
                cell(percent(rate)),
            ]
        };
        let events = format!("{} expected", page.words.events);
        let head = [
            ("tier", Align::Words),
            (page.words.rows.as_str(), Align::Numbers),
            (events.as_str(), Align::Numbers),
            ("mean chance", Align::Numbers),
        ];
        let rows = tiers.rows.iter().map(row).collect();
        body.add_all(says(sentences::tiers(page)));
        body.add(table("The list by tier", &head, rows));
        if !tiers.explanation.is_empty() {
            body.add(prose("p", &tiers.explanation).class("small"));
        }
    }
    if !page.call_list.is_empty() {
        body.add(el("h3").text("The first calls"));
        body.add_all(says(sentences::calls(page)));
        let (first, next) = page.call_list.split_at(page.call_list.len().min(AT_ONCE));
        let list = |rows: &[CallRow]| el("ol").class("calls").children(rows.iter().map(call));
        body.add(list(first));
        if !next.is_empty() {
            let title = format!("The next {}", next.len());
            body.add(
                el("details")
                    .child(el("summary").text(title))
                    .child(list(next)),
            );
        }
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
    let standing = format!("top {}", percent((100.0 - row.percentile) / 100.0));
    let age = (!row.data_age.is_empty()).then(|| el("small").text(&row.data_age));
    el("li")
        .child(el("span").class("rank").text(count(row.rank)))
        .child(
            el("div")
                .class("who")
                .child(el("span").class("lead").text(&row.lead_id))
                .child(badge(&row.tier))
                .children(age),
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
