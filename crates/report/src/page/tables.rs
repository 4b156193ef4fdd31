//! Tables of checks: every kind of cell as people read it.

use leadrank_evidence::{self as evidence, Cell, Table};

use super::parts::{Align, el, flowing, measured, prose, table};
use crate::cells;
use crate::markup::Element;

/// Texts longer than this must not become a column of single words.
const LONG: usize = 24;
/// Tables of more columns are set closer, to fit a desk.
const MANY: usize = 7;
/// Longer tables are folded.
const ROWS: usize = 24;

/// The table with its note; folded under its title where it is long.
pub(super) fn data_table(data: &Table) -> Element {
    let head: Vec<(&str, Align)> = data
        .columns
        .iter()
        .map(|column| match column.align {
            evidence::Align::Left => (column.name.as_str(), Align::Words),
            evidence::Align::Right => (column.name.as_str(), Align::Numbers),
        })
        .collect();
    let digits = cells::digits(data);
    let row = |row: &Vec<Cell>| {
        let cells = row.iter().enumerate();
        cells
            .map(|(place, cell)| written(cell, row, digits.get(place).copied().unwrap_or(0)))
            .collect()
    };
    let body = if data.rows.is_empty() {
        el("p").class("small").text(nothing(data))
    } else {
        table(&data.title, &head, data.rows.iter().map(row).collect())
    };
    let class = match data.columns.len() > MANY {
        true => "table many",
        false => "table",
    };
    let mut block = el("div").class(class).child(body);
    if !data.note.is_empty() {
        block.add(prose("p", &data.note).class("small"));
    }
    if data.rows.len() <= ROWS {
        return block;
    }
    let title = if data.title.is_empty() {
        "Table"
    } else {
        data.title.as_str()
    };
    let summary = format!("{title} ({} rows)", data.rows.len());
    el("details")
        .child(el("summary").text(summary))
        .child(block)
}

/// What stands in place of a table without rows.
fn nothing(data: &Table) -> String {
    match data.title.as_str() {
        "" => "None.".into(),
        title => format!("{title}: none."),
    }
}

fn written(cell: &Cell, row: &[Cell], digits: usize) -> Element {
    match cell {
        Cell::Text(text) if text.len() > LONG => flowing(el("td").attr("data-long", ""), text),
        Cell::Text(text) => flowing(el("td"), text),
        // the rows it rests on, unless the table says them beside it
        Cell::Rate(rate) if !row.contains(&Cell::Count(rate.n)) => {
            let n = format!("n\u{a0}=\u{a0}{}", crate::format::count(rate.n));
            measured(&cells::text(cell, digits)).child(el("small").text(n))
        }
        _ => measured(&cells::text(cell, digits)),
    }
}
