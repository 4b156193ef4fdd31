//! Cells of tables as words, for pages and terminals alike.

use leadrank_evidence::{Cell, Table};

use crate::format::{NOTHING, Written as _, count, digits_needed, number_with, percent, share};

/// Digits after the point for each column, so that its numbers stand under each other.
pub(crate) fn digits(table: &Table) -> Vec<usize> {
    let needed = |column: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| match cell {
                Cell::Number(value) => digits_needed(*value),
                _ => 0,
            })
            .max()
            .unwrap_or(0)
    };
    (0..table.columns.len()).map(needed).collect()
}

/// A cell as text, a number with so many digits after the point.
pub(crate) fn text(cell: &Cell, digits: usize) -> String {
    match cell {
        Cell::Nothing => NOTHING.into(),
        Cell::Count(value) => count(*value),
        Cell::Number(value) => number_with(*value, digits),
        Cell::Rate(rate) => share(rate),
        Cell::Share { share } => percent(*share),
        Cell::Measured { measured, unit } => unit.measured(measured),
        Cell::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_form() {
        let mut table = Table::new("t", &["name", "#psi", "#n"]);
        table.row(vec!["a".into(), Cell::Number(0.25), Cell::Count(12_345)]);
        table.row(vec!["b".into(), Cell::Number(0.031), Cell::Nothing]);
        let digits = digits(&table);
        assert_eq!(digits, [0, 3, 0]);
        assert_eq!(text(&table.rows[0][1], 3), "0.250");
        assert_eq!(text(&table.rows[0][2], 0), "12,345");
        assert_eq!(text(&table.rows[1][2], 0), "–");
        assert_eq!(
            text(&Cell::rate(4, 100), 0).replace('\u{a0}', " "),
            "4.0 % (1.6–9.8)"
        );
        assert_eq!(text(&Cell::share(1, 8), 0).replace('\u{a0}', " "), "12 %");
    }
}
