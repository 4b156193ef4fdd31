//! Checks and gates for the terminal: at most 80 columns, plain letters.

use leadrank_evidence::{Align, Finding, Gate, Report, Severity, Table, Verdict};

use crate::cells;
use crate::checks::{concerned, findings_of, gate_n, gate_value, gate_word, verdict};
use crate::format::sentence;
use crate::terminal::{COLUMNS, aligned, hanging, part, wrap};

/// Indent of what belongs to a finding.
const INDENT: usize = 6;
/// Sentences of evidence that are printed; the page has all.
const EVIDENCE: usize = 2;
/// Rows of a table that is printed.
const ROWS: usize = 10;

/// Each check with question, answer, findings, gates, and the short tables of its sections.
///
/// What fails or warns is there in full: headline, the first evidence, the rows concerned, and
/// what to do. Of notes and what is in order it is the headline.
///
/// ```
/// use leadrank_evidence::{Report, Finding, Severity};
/// let mut report = Report::new("leakage", "Does the model see the future?");
/// report.find(Finding::new("leakage.as_of", Severity::Fail, "3 rows are from the future"));
/// let text = leadrank_report::checks_text(&[report]);
/// assert!(text.contains("FAIL  3 rows are from the future"));
/// ```
pub fn checks_text(checks: &[Report]) -> String {
    let mut lines = Vec::new();
    for check in checks {
        if !lines.is_empty() {
            lines.push(String::new());
            lines.push("-".repeat(COLUMNS));
        }
        lines.extend(check_lines(check));
    }
    joined(&lines)
}

/// One line a gate with its verdict, id and value; below one that is not passed, what to do.
///
/// ```
/// use leadrank_evidence::{Gate, Measured, Unit, Verdict};
/// let gate = Gate {
///     id: "leakage.as_of".into(),
///     rule: "no fact from after the contact".into(),
///     value: Some(Measured::counted(3.0, 4512)),
///     unit: Unit::Count,
///     verdict: Verdict::Fail,
///     action: "Load older months.".into(),
///     brief: None,
///     forced: None,
/// };
/// assert_eq!(
///     leadrank_report::gates_text(&[gate]),
///     "FAIL  leakage.as_of  3  of 4,512\n      no fact from after the contact\n      \
///      Do: Load older months.\n"
/// );
/// ```
pub fn gates_text(gates: &[Gate]) -> String {
    joined(&gate_lines(gates))
}

fn joined(lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

fn check_lines(check: &Report) -> Vec<String> {
    let mut lines = wrap(&format!("{}: {}", check.name, check.question), 2);
    lines.extend(wrap(&check.scope, 0));
    part(&mut lines, wrap(&check.about, 0));
    let word = shown(verdict(check).1);
    let answer = if check.answer.is_empty() {
        word
    } else {
        format!("{word}: {}", check.answer)
    };
    part(&mut lines, wrap(&answer, 0));
    part(&mut lines, tally(check).into_iter().collect());
    part(&mut lines, findings(check));
    part(&mut lines, gate_lines(&check.gates));
    for section in &check.sections {
        let short = section.tables.iter().find_map(table_lines);
        part(&mut lines, short.unwrap_or_default());
    }
    lines
}

/// What does not pass is written large.
fn shown(word: &str) -> String {
    match word {
        "fail" | "warn" | "fail, forced" => word.to_uppercase(),
        _ => word.into(),
    }
}

fn tally(check: &Report) -> Option<String> {
    let kinds = [
        Severity::Fail,
        Severity::Warn,
        Severity::Note,
        Severity::Pass,
    ];
    let counted = kinds.map(|kind| {
        let number = findings_of(check, kind).count();
        format!("{number} {}", kind.word())
    });
    (!check.findings.is_empty()).then(|| format!("Found: {}", counted.join(", ")))
}

fn findings(check: &Report) -> Vec<String> {
    let of = |kind| findings_of(check, kind);
    let full = of(Severity::Fail).chain(of(Severity::Warn));
    let mut lines: Vec<String> = full.flat_map(full_finding).collect();
    for finding in of(Severity::Note).chain(of(Severity::Pass)) {
        let word = shown(finding.severity.word());
        lines.extend(hanging(&word, INDENT, &sentence(&finding.headline), INDENT));
    }
    lines
}

fn full_finding(finding: &Finding) -> Vec<String> {
    let word = shown(finding.severity.word());
    let indented = |text: &str| hanging("", INDENT, text, INDENT);
    let mut lines = hanging(&word, INDENT, &sentence(&finding.headline), INDENT);
    for sentence in finding.evidence.iter().take(EVIDENCE) {
        lines.extend(indented(sentence));
    }
    if finding.rows > 0 {
        lines.extend(concerned(finding).iter().flat_map(|text| indented(text)));
    }
    if !finding.remedy.is_empty() {
        lines.extend(indented(&format!("Do: {}", finding.remedy)));
    }
    lines
}

fn gate_lines(gates: &[Gate]) -> Vec<String> {
    let heads = gates.iter().map(|gate| {
        vec![
            shown(gate_word(gate)),
            gate.id.clone(),
            gate_value(gate),
            // A terminal is narrow.
            gate_n(gate).map_or_else(String::new, |n| n.replace(" looked at", "")),
        ]
    });
    let heads = aligned(heads.collect(), &[false, false, false, false]);
    let below = |text: &str| hanging("", INDENT, text, INDENT);
    let mut lines = Vec::new();
    for (head, gate) in heads.into_iter().zip(gates) {
        lines.push(head);
        if gate.verdict == Verdict::Pass {
            continue;
        }
        lines.extend(below(&gate.rule));
        if let Some(reason) = &gate.forced {
            lines.extend(below(&format!("Passed by force: {reason}")));
        }
        if !gate.action.is_empty() {
            lines.extend(below(&format!("Do: {}", gate.action)));
        }
    }
    lines
}

/// A table with its title, if it is short and fits.
fn table_lines(table: &Table) -> Option<Vec<String>> {
    if table.rows.is_empty() || table.rows.len() > ROWS || table.columns.is_empty() {
        return None;
    }
    let digits = cells::digits(table);
    let head: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let mut rows = vec![head];
    rows.extend(table.rows.iter().map(|row| {
        let cells = row.iter().zip(&digits);
        let mut cells: Vec<String> = cells
            .map(|(cell, &digits)| cells::text(cell, digits))
            .collect();
        cells.resize(table.columns.len(), String::new());
        cells
    }));
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0) + 2
    };
    if (0..table.columns.len()).map(width).sum::<usize>() > COLUMNS + 2 {
        return None;
    }
    let right: Vec<bool> = table
        .columns
        .iter()
        .map(|column| column.align == Align::Right)
        .collect();
    let mut lines = wrap(&table.title, 0);
    lines.extend(aligned(rows, &right));
    lines.extend(wrap(&table.note, 0));
    Some(lines)
}
