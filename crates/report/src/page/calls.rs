//! Whom to call: tiers and the head of the list.

use super::parts::{Align, cell, el, measured, prose, says, table};
use crate::format::{count, expected, fixed, percent};
use crate::markup::Element;
use crate::run_page::{BudgetRow, CallRow, PersonRow, RunPage};
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
        body.add_all(tiers.notes.iter().map(|note| prose("p", note)));
        if !tiers.people.is_empty() {
            body.add(people(&tiers.people, &events));
        }
        if !tiers.budgets.is_empty() {
            body.add(el("h3").text("What a number of calls brings"));
            body.add_all(says(sentences::budgets(page)));
            body.add(budgets(&tiers.budgets, page.words.rows.as_str(), &events));
            body.add(prose("p", &tiers.budgets_note).class("small"));
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

fn budgets(rows: &[BudgetRow], words: &str, events: &str) -> Element {
    let row = |row: &BudgetRow| {
        let interval = format!(
            "{} ({}–{})",
            expected(row.expected),
            count(row.lo as u64),
            count(row.hi as u64)
        );
        vec![
            cell(&row.label),
            cell(count(row.leads)),
            measured(&interval),
            cell(expected(row.chance)),
        ]
    };
    let head = [
        ("calls", Align::Words),
        (words, Align::Numbers),
        (events, Align::Numbers),
        ("as many at random", Align::Numbers),
    ];
    let rows = rows.iter().map(row).collect();
    table("By number of calls", &head, rows)
}

fn people(rows: &[PersonRow], events: &str) -> Element {
    let row = |row: &PersonRow| {
        vec![
            cell(&row.id),
            cell(fixed(row.dials_per_day, 0)),
            cell(count(row.tier_a)),
            cell(count(row.tier_b)),
            cell(fixed(row.expected_calls, 2)),
        ]
    };
    let head = [
        ("salesperson", Align::Words),
        ("dials a day", Align::Numbers),
        ("tier A", Align::Numbers),
        ("tier B", Align::Numbers),
        (events, Align::Numbers),
    ];
    let rows = rows.iter().map(row).collect();
    el("details")
        .child(el("summary").text("Who calls how many"))
        .child(table("By salesperson", &head, rows))
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
