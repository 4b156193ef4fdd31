//! A run for the terminal: at most 80 columns and 40 lines, plain letters.

use crate::format::{count, expected, percent};
use crate::run_page::{CallRow, RunPage};
use crate::sentences;
use crate::terminal::{aligned, part, wrap};

const LINES: usize = 40;
/// Calls listed at most.
const CALLS: usize = 8;

/// The summary that a run prints at its end: headline, what to read from it, criteria, tiers,
/// the first calls. Each part is there if the page has it; what does not fit is left to the page.
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
