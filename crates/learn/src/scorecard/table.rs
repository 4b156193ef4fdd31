//! The card as people read it.

use std::fmt::Write as _;

use leadrank_stats::binning::BinRange;
use serde::Serialize;

use super::Scorecard;

/// One line of the card.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CardRow {
    /// The column.
    pub column: String,
    /// The values of the bin, in words.
    pub bin: String,
    /// Training rows in the bin.
    pub n: u64,
    /// Positives among them.
    pub positives: u64,
    /// Their share, 0 to 1.
    pub rate: f64,
    /// Weight of evidence: above 0 where positives are more frequent than overall.
    pub woe: f64,
    /// Points, rounded: with [`Scorecard::base_points`] they add up to the score but for rounding,
    /// half a point a column at most.
    pub points: i64,
}

impl Scorecard {
    /// The points that everyone gets, rounded: those of a row to which no column adds anything.
    pub fn base_points(&self) -> i64 {
        self.scale.points(self.intercept).round() as i64
    }

    /// The lines of the card: columns in order, bins of values ascending, nulls last.
    pub fn rows(&self) -> Vec<CardRow> {
        let mut rows = Vec::new();
        for column in &self.columns {
            for bin in &column.binning.bins {
                let points = self.scale.factor() * column.weight * bin.woe;
                rows.push(CardRow {
                    column: column.name.clone(),
                    bin: range_text(bin.range),
                    n: bin.rate.n,
                    positives: bin.rate.positives,
                    rate: bin.rate.value,
                    woe: bin.woe,
                    points: points.round() as i64,
                });
            }
        }
        rows
    }

    /// The card as text in columns, for a terminal or a file.
    pub fn to_text(&self) -> String {
        let rows = self.rows();
        let width = |texts: &mut dyn Iterator<Item = &str>, least: usize| {
            texts
                .map(|text| text.chars().count())
                .fold(least, usize::max)
        };
        let names = width(
            &mut rows.iter().map(|row| row.column.as_str()),
            "column".len(),
        );
        let bins = width(&mut rows.iter().map(|row| row.bin.as_str()), "bin".len());
        let mut text = String::new();
        // Writing into a string can not fail.
        let _ = writeln!(
            text,
            "{:names$}  {:bins$}  {:>9}  {:>9}  {:>7}  {:>7}  {:>6}",
            "column", "bin", "n", "positives", "rate", "WoE", "points"
        );
        let mut before = "";
        for row in &rows {
            let name = if row.column == before {
                ""
            } else {
                row.column.as_str()
            };
            before = &row.column;
            let _ = writeln!(
                text,
                "{name:names$}  {:bins$}  {:>9}  {:>9}  {:>5.2} %  {:>+7.3}  {:>+6}",
                row.bin,
                row.n,
                row.positives,
                100.0 * row.rate,
                row.woe,
                row.points
            );
        }
        let scale = self.scale;
        let _ = writeln!(
            text,
            "Everyone starts with {} points; {} points double the odds.",
            self.base_points(),
            scale.points_to_double
        );
        text
    }
}

/// A range in words.
fn range_text(range: BinRange) -> String {
    match range {
        BinRange::Null => "missing".to_owned(),
        BinRange::Values {
            above: None,
            up_to: None,
        } => "any value".to_owned(),
        BinRange::Values {
            above: None,
            up_to: Some(edge),
        } => format!("up to {}", number(edge)),
        BinRange::Values {
            above: Some(edge),
            up_to: None,
        } => format!("above {}", number(edge)),
        BinRange::Values {
            above: Some(above),
            up_to: Some(up_to),
        } => format!("above {} up to {}", number(above), number(up_to)),
    }
}

/// An edge as the greatest 32-bit number up to it, which tells the same values apart.
fn number(edge: f64) -> String {
    let short = floor(edge);
    if short == 0.0 || (1e-4..1e9).contains(&short.abs()) {
        short.to_string()
    } else {
        format!("{short:e}")
    }
}

/// The greatest 32-bit number that is not above the edge.
pub(super) fn floor(edge: f64) -> f32 {
    let nearest = edge as f32;
    if f64::from(nearest) > edge {
        nearest.next_down()
    } else {
        nearest
    }
}
