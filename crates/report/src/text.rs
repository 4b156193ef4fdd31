//! A run for the terminal: at most 80 columns and 40 lines, plain letters.

use crate::format::{count, expected, percent};
use crate::run_page::{CallRow, RunPage};
use crate::sentences;

const COLUMNS: usize = 80;
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

/// Adds lines after an empty one, if there are any.
fn part(lines: &mut Vec<String>, more: Vec<String>) {
    if !more.is_empty() {
        lines.push(String::new());
        lines.extend(more);
    }
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

/// Rows with their columns under each other, two spaces apart; `right` says which columns are
/// numbers. The last column is cut where the line would be too long.
fn aligned(rows: Vec<Vec<String>>, right: &[bool]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| row.iter().map(|text| plain(text)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..right.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .zip(right)
            .map(|((cell, &width), &right)| {
                if right {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            });
        cut(cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// A paragraph in lines; all but the first begin with `indent` spaces.
fn wrap(text: &str, indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in plain(text).split_whitespace() {
        if !line.trim().is_empty() && line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines.push(cut(&line));
            line = " ".repeat(indent);
        } else if !line.trim().is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(cut(&line));
    }
    lines
}

/// At most one line of text.
fn cut(text: &str) -> String {
    if text.chars().count() <= COLUMNS {
        return text.into();
    }
    let kept: String = text.chars().take(COLUMNS - 1).collect();
    format!("{}…", kept.trim_end())
}

/// Without what a terminal would obey or set with another width: control characters become
/// spaces, no-break spaces too, which a terminal breaks at anyway.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() || letter == '\u{a0}' {
                ' '
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped_and_indented() {
        let lines = wrap(&"word ".repeat(40), 2);
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("word") && lines[1].starts_with("  word"));
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS));
        assert!(wrap("", 2).is_empty());
        assert_eq!(wrap(&"x".repeat(100), 0)[0].chars().count(), COLUMNS);
    }

    #[test]
    fn columns_stand_under_each_other() {
        let rows = vec![
            vec!["a".to_string(), "1".into(), "x".into()],
            vec!["bbb".to_string(), "1,000".into(), "y\u{1b}[31m".into()],
        ];
        let lines = aligned(rows, &[false, true, false]);
        assert_eq!(lines, ["a        1  x", "bbb  1,000  y [31m"]);
    }
}
