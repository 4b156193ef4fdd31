//! Gates as a table: rule, value, verdict, and the brief's own threshold beside it.

use leadrank_evidence::{Brief, Gate};

use super::findings::badge;
use super::parts::{el, flowing, prose};
use crate::checks::{gate_severity, gate_small, gate_value, gate_word, gates_note};
use crate::markup::Element;

/// The gates in the order given. On a phone each becomes a block of lines.
pub(super) fn gates(gates: &[Gate]) -> Option<Element> {
    if gates.is_empty() {
        return None;
    }
    let head = ["verdict", "rule", "found", "asked by the brief"];
    let with_brief = gates.iter().any(|gate| gate.brief.is_some());
    let columns = if with_brief { 4 } else { 3 };
    let header = |title: &&str| el("th").attr("scope", "col").text(title);
    let row = |gate: &Gate| {
        let mut row = el("tr")
            .child(el("td").child(badge(gate_severity(gate), gate_word(gate))))
            .child(rule(gate))
            .child(value(gate));
        if with_brief {
            row.add(brief(gate.brief.as_ref()));
        }
        row
    };
    let table = el("table")
        .class("gates")
        .child(el("thead").child(el("tr").children(head[..columns].iter().map(header))))
        .child(el("tbody").children(gates.iter().map(row)));
    let table = el("div").class("scroll").attr("tabindex", "0").child(table);
    let note = gates_note(gates);
    let note = (!note.is_empty()).then(|| prose("p", &note).class("small"));
    Some(el("div").child(table).children(note))
}

fn rule(gate: &Gate) -> Element {
    let mut cell = el("td")
        .child(prose("span", &gate.rule).class("rule"))
        .child(flowing(el("code"), &gate.id));
    if let Some(reason) = &gate.forced {
        let forced = el("p")
            .class("forced")
            .child(el("strong").text("Passed by force: "))
            .child(prose("span", reason));
        cell.add(forced);
    }
    if gate.verdict != leadrank_evidence::Verdict::Pass && !gate.action.is_empty() {
        let action = el("p")
            .class("action")
            .child(el("strong").text("What to do: "))
            .child(prose("span", &gate.action));
        cell.add(action);
    }
    cell
}

fn value(gate: &Gate) -> Element {
    let cell = el("td").attr("data-label", "found");
    let cell = cell.child(el("span").class("value").text(gate_value(gate)));
    match gate_small(gate) {
        Some(small) => cell.child(el("small").text(small)),
        None => cell,
    }
}

fn brief(brief: Option<&Brief>) -> Element {
    let Some(brief) = brief else {
        return el("td").class("nothing");
    };
    let (class, verdict) = match brief.met {
        Some(true) => ("verdict met", "met"),
        Some(false) => ("verdict missed", "not met"),
        None => ("verdict", "can't be judged"),
    };
    el("td")
        .attr("data-label", "asked by the brief")
        .child(prose("span", &brief.rule))
        .child(el("span").class(class).text(verdict))
}
