//! A run for the terminal: at most 80 columns and 56 lines, plain letters.

use leadrank_evidence::Unit;
use leadrank_stats::Estimate;

use crate::chart::shortened;
use crate::format::{NOTHING, Written as _, count, expected, percent, score};
use crate::run_page::{CallRow, DecisionRow, RivalRow, RunPage};
use crate::sentences;
use crate::terminal::{aligned, hanging, part, wrap};

const LINES: usize = 56;
/// Letters of a rival's name.
const NAME: usize = 23;
/// Lines of a decision.
const DECISION: usize = 3;
/// Calls listed at most.
const CALLS: usize = 8;

/// The summary that a run prints at its end: headline, what to read from it, criteria, what
/// is simpler, what was decided, tiers, the first calls. Each part is there if the page has it; what does not fit is left to the page.
pub fn summary_text(page: &RunPage) -> String {
    let mut lines = wrap(&page.title, 0);
    lines.extend(wrap(&page.subtitle, 0));
    for note in &page.notes {
        lines.extend(wrap(&format!("! {note}"), 2));
    }
    part(&mut lines, tiles(page));
    let sentences = [sentences::gain(page), sentences::reliability(page)];
    part(
        &mut lines,
        sentences
            .into_iter()
            .flatten()
            .flat_map(|text| wrap(&text, 0))
            .collect(),
    );
    part(&mut lines, criteria(page));
    part(&mut lines, rivals(&page.rivals));
    part(&mut lines, decisions(&page.decisions));
    part(&mut lines, tiers(page));
    part(&mut lines, calls(&page.call_list));
    if lines.len() > LINES {
        lines.truncate(LINES - 1);
        lines.push("… the rest is on the page".into());
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn tiles(page: &RunPage) -> Vec<String> {
    let rows = page
        .headline
        .iter()
        .map(|tile| vec![tile.label.clone(), tile.value.clone(), tile.note.clone()]);
    aligned(rows.collect(), &[false, true, false])
}

fn criteria(page: &RunPage) -> Vec<String> {
    let rows = page.criteria.iter().map(|row| {
        let verdict = match row.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "open",
        };
        vec![
            verdict.to_string(),
            row.name.clone(),
            row.threshold.clone(),
            row.value.clone(),
        ]
    });
    aligned(rows.collect(), &[false, false, true, false])
}

/// The model and what is simpler; intervals of the values are left to the page.
fn rivals(rows: &[RivalRow]) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let head = ["", "AUC", "AUC-PR", "AUC-PR, less the model's", ""];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    let value = |estimate: &Option<Estimate>| {
        let value = estimate.as_ref().map(|found| score(found.value));
        value.unwrap_or(NOTHING.into())
    };
    lines.extend(rows.iter().map(|row| {
        let difference = row.difference.as_ref();
        let difference = difference.map(|found| Unit::Difference.measured(found));
        // a line has no room for more
        let word = match row.verdict.as_str() {
            "not to be told apart" => "can't tell",
            word => word,
        };
        vec![
            shortened(row.short_name(), NAME),
            value(&row.auc_roc),
            value(&row.auc_pr),
            difference.unwrap_or_default(),
            word.to_owned(),
        ]
    }));
    aligned(lines, &[false, true, true, true, false])
}

fn decisions(rows: &[DecisionRow]) -> Vec<String> {
    let width = rows.iter().map(|row| row.what.chars().count()).max();
    let width = width.unwrap_or(0) + 2;
    let lines = rows.iter().flat_map(|row| {
        let mut lines = hanging(&row.what, width, &row.short, width);
        lines.truncate(DECISION);
        lines
    });
    lines.collect()
}

fn tiers(page: &RunPage) -> Vec<String> {
    let Some(tiers) = &page.tiers else {
        return Vec::new();
    };
    let mut rows = vec![vec![
        "tier".to_string(),
        page.words.rows.clone(),
        format!("{} expected", page.words.events),
        String::new(),
    ]];
    rows.extend(tiers.rows.iter().map(|row| {
        vec![
            row.tier.clone(),
            count(row.leads),
            expected(row.expected_calls),
            row.meaning.clone(),
        ]
    }));
    aligned(rows, &[false, true, true, false])
}

fn calls(calls: &[CallRow]) -> Vec<String> {
    let row = |row: &CallRow| {
        vec![
            count(row.rank),
            row.lead_id.clone(),
            row.tier.clone(),
            percent(row.probability),
            row.reasons.first().cloned().unwrap_or_default(),
        ]
    };
    aligned(
        calls.iter().take(CALLS).map(row).collect(),
        &[true, false, false, true, false],
    )
}
