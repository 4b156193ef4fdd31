//! `leadrank status`

use std::collections::BTreeMap;

use leadrank_engine::gates::{self, Recorded};
use leadrank_engine::{ledger, registry};
use leadrank_evidence::Gate;
use leadrank_report as report;
use leadrank_sources::{FileKind, InUse};
use serde_json::json;

use crate::context::Context;

pub(crate) fn run(context: &Context) -> anyhow::Result<u8> {
    let project = context.project()?;
    let counts = context.wait(leadrank_engine::stages::table_rows(
        &project,
        context.threads(),
    ))?;
    let model = registry::current_id(&project);
    let mut lines = vec![format!(
        "Project {} in {}",
        project.config().project,
        project.root.display()
    )];
    if counts.is_empty() {
        lines.push("no tables yet: put exports into raw/ and run `leadrank run`".into());
    }
    for (table, rows) in &counts {
        lines.push(format!("  {table:<44} {rows:>12} rows"));
    }
    let in_use = context.wait(leadrank_engine::stages::in_use(&project))?;
    lines.push(months_text(&in_use));
    let held = leadrank_engine::stages::ingest::held_back(&project)?;
    lines.extend(held.iter().filter(|one| !one.quarantined).map(|one| {
        format!(
            "not loaded: {} ({}); {}",
            one.delivery,
            one.reasons.join("; "),
            one.remedy
        )
    }));
    lines.push(match &model {
        Some(id) => format!("serving model {id}"),
        None => "no model yet".into(),
    });
    let mut entries = ledger::read(&project);
    // What was noted later than the moment that is asked for was not known then.
    entries.retain(|entry| project.known.holds(entry.at));
    for entry in entries.iter().rev().take(5) {
        lines.push(format!(
            "  {}  {:<10} {}",
            entry.at.format("%Y-%m-%d %H:%M"),
            entry.stage,
            entry.outcome
        ));
    }
    let gates = gates::recorded(&project)?;
    lines.push(gates_text(&gates));
    let known: Vec<_> = gates::catalog()
        .iter()
        .map(|info| json!({ "id": info.id, "asks": info.asks, "last": gates.get(info.id) }))
        .collect();
    context.printer.result(
        &json!({ "tables": counts, "model": model, "ledger": entries, "gates": known,
                "months": in_use.months(FileKind::Reps), "quarantined": in_use.quarantined, "held_back": held }),
        &lines.join("\n"),
    )?;
    Ok(0)
}

/// The vendor months in use, and what is held back.
fn months_text(in_use: &InUse) -> String {
    let months = in_use.months(FileKind::Reps);
    let names: Vec<String> = months
        .iter()
        .map(|month| month.format("%Y-%m").to_string())
        .collect();
    let mut text = match names.len() {
        0 => "no vendor month in use".to_owned(),
        n => format!("vendor months in use ({n}): {}", names.join(", ")),
    };
    if !in_use.quarantined.is_empty() {
        let held: Vec<&str> = in_use.quarantined.iter().map(String::as_str).collect();
        text.push_str(&format!(
            "\nin quarantine: {} (`leadrank check quality` says why)",
            held.join(", ")
        ));
    }
    text
}

/// Every gate with its last verdict; those never judged by what judges them.
fn gates_text(recorded: &BTreeMap<String, Recorded>) -> String {
    let judged: Vec<Gate> = gates::catalog()
        .iter()
        .filter_map(|info| recorded.get(info.id))
        .map(|recorded| recorded.gate.clone())
        .collect();
    let open: Vec<&str> = gates::catalog()
        .iter()
        .filter(|info| !recorded.contains_key(info.id))
        .map(|info| info.id)
        .collect();
    let mut text = String::from("\nGates, last verdicts\n");
    if judged.is_empty() {
        text.push_str("none judged yet: run `leadrank check`");
        return text;
    }
    text.push_str(report::gates_text(&judged).trim_end());
    text.push_str(&judged_text(recorded));
    if !open.is_empty() {
        text.push_str(&format!("\nnot judged yet: {}", open.join(", ")));
    }
    text
}

/// When and by what gates were judged last, and which were passed by force.
fn judged_text(recorded: &BTreeMap<String, Recorded>) -> String {
    let mut judged: BTreeMap<(String, &str), Vec<&str>> = BTreeMap::new();
    for one in recorded.values() {
        let at = one.at.format("%Y-%m-%d %H:%M").to_string();
        let gates = judged.entry((at, one.by.as_str())).or_default();
        gates.push(&one.gate.id);
    }
    let mut text = String::new();
    for ((at, by), gates) in judged.iter().rev() {
        text.push_str(&format!("\njudged {at} by {by}: {}", gates.join(", ")));
    }
    for one in recorded.values() {
        if let Some(passed) = &one.passed {
            text.push_str(&format!(
                "\n{} was passed by force by {} on {}: {}",
                one.gate.id,
                passed.by,
                passed.at.format("%Y-%m-%d"),
                passed.reason
            ));
        }
    }
    text
}
