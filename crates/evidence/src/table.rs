//! Tables as data: each cell keeps its kind, so that JSON has numbers and pages have units.

use leadrank_stats::Estimate;
use serde::{Deserialize, Serialize};

use crate::gate::{Measured, Unit};

/// On which side a column's cells stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// A column's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Where its cells stand.
    pub align: Align,
}

/// One cell. In JSON a text is a string, a count or number a number, a rate or another measured
/// value an object with value, interval and n, and nothing is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing to say.
    Nothing,
    /// A whole number.
    Count(u64),
    /// A number with up to three digits.
    Number(f64),
    /// A share with its Wilson interval.
    Rate(Estimate),
    /// A fraction of 1 without sampling error, shown in percent.
    Share {
        /// The fraction.
        share: f64,
    },
    /// A value that is no share of counted rows, with its interval where it has one.
    Measured {
        /// The value.
        measured: Measured,
        /// How it is written.
        unit: Unit,
    },
    /// Words.
    Text(String),
}

impl Cell {
    /// A measured value, or nothing where it is not finite.
    pub fn measured(measured: impl Into<Measured>, unit: Unit) -> Cell {
        let measured = measured.into();
        if measured.value.is_finite() {
            Cell::Measured { measured, unit }
        } else {
            Cell::Nothing
        }
    }

    /// A share, or nothing where it is not defined.
    pub fn share(part: u64, of: u64) -> Cell {
        if of == 0 {
            Cell::Nothing
        } else {
            Cell::Share {
                share: part as f64 / of as f64,
            }
        }
    }

    /// A rate with its 95 % Wilson interval, or nothing without rows.
    pub fn rate(positives: u64, n: u64) -> Cell {
        leadrank_stats::proportion::estimate(positives, n, 0.95).map_or(Cell::Nothing, Cell::Rate)
    }

    /// A number, or nothing where it is not finite.
    pub fn number(value: impl Into<Option<f64>>) -> Cell {
        match value.into() {
            Some(value) if value.is_finite() => Cell::Number(value),
            _ => Cell::Nothing,
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Cell::Count(count)
    }
}

/// A table with a title.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// The heads.
    pub columns: Vec<Column>,
    /// The rows, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// What to know when reading it; empty if nothing.
    pub note: String,
}

impl Table {
    /// An empty table. A column name that begins with `#` holds numbers and stands to the right.
    ///
    /// ```
    /// use leadrank_evidence::{Align, Table};
    /// let table = Table::new("Rates", &["segment", "#leads"]);
    /// assert_eq!(table.columns[1].name, "leads");
    /// assert_eq!(table.columns[1].align, Align::Right);
    /// ```
    pub fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let column = |name: &&str| match name.strip_prefix('#') {
            Some(name) => Column {
                name: name.into(),
                align: Align::Right,
            },
            None => Column {
                name: (*name).into(),
                align: Align::Left,
            },
        };
        Table {
            title: title.into(),
            columns: columns.iter().map(column).collect(),
            ..Table::default()
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Adds what to know when reading it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_keep_their_kind_in_json_and_back() {
        let cells = vec![
            Cell::Nothing,
            Cell::Count(12),
            Cell::Number(0.5),
            Cell::rate(4, 100),
            Cell::share(1, 8),
            Cell::measured(Measured::counted(1.7, 50), Unit::Times),
            Cell::from("T3"),
        ];
        let text = serde_json::to_string(&cells).unwrap();
        assert!(text.starts_with("[null,12,0.5,{\"value\":0.04,"), "{text}");
        let back: Vec<Cell> = serde_json::from_str(&text).unwrap();
        assert!(matches!(
            back[..],
            [
                Cell::Nothing,
                Cell::Count(12),
                Cell::Number(_),
                Cell::Rate(_),
                Cell::Share { .. },
                Cell::Measured {
                    unit: Unit::Times,
                    ..
                },
                Cell::Text(_)
            ]
        ));
        assert_eq!(Cell::share(1, 0), Cell::Nothing);
        assert_eq!(Cell::number(f64::NAN), Cell::Nothing);
        let endless = Measured::counted(f64::INFINITY, 50);
        assert_eq!(Cell::measured(endless, Unit::Times), Cell::Nothing);
    }
}
