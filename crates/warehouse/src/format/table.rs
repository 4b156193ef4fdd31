//! Aligned text.

use datafusion::arrow::record_batch::RecordBatch;

use super::cell::columns;
use crate::Result;

/// The rows as aligned text: a line of names, a rule, a line for each row; numbers to
/// the right, null as `null`, control characters as `\n`, `\t` or `?`.
pub fn to_table(batches: &[RecordBatch]) -> Result<String> {
    let Some(first) = batches.first() else {
        return Ok(String::new());
    };
    let names: Vec<String> = first
        .schema()
        .fields()
        .iter()
        .map(|f| visible(f.name()))
        .collect();
    let right: Vec<bool> = columns(first, "table")?
        .iter()
        .map(|c| c.is_number())
        .collect();
    let mut rows = Vec::new();
    for batch in batches {
        let columns = columns(batch, "table")?;
        for row in 0..batch.num_rows() {
            let cells: Vec<String> = columns
                .iter()
                .map(|column| {
                    column
                        .text(row)
                        .map_or_else(|| "null".to_owned(), |t| visible(&t))
                })
                .collect();
            rows.push(cells);
        }
    }
    let mut widths: Vec<usize> = names.iter().map(|name| name.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .zip(&right)
            .map(|((cell, &width), &right)| {
                if right {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let mut out = vec![line(&names), rule.join("  ")];
    out.extend(rows.iter().map(|row| line(row)));
    out.push(String::new());
    Ok(out.join("\n"))
}

/// A cell must not move the terminal's cursor.
fn visible(text: &str) -> String {
    text.chars()
        .flat_map(|letter| match letter {
            '\n' => "\\n".chars().collect::<Vec<_>>(),
            '\t' => "\\t".chars().collect(),
            control if control.is_control() => vec!['?'],
            plain => vec![plain],
        })
        .collect()
}
