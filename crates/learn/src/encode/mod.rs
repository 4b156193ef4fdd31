//! Typed columns to numbers, for tables the feature catalog does not know.
//!
//! An [`Encoder`] is fitted on training rows only, stored with the model and
//! applied by column name. Numbers and booleans stay as they are, text becomes
//! one column for each frequent level, dates become calendar parts. A column that
//! can only be memorised (a name, a row number) is dropped, with the reason kept.

mod clock;
mod dates;
mod fit;
mod levels;

use serde::{Deserialize, Serialize};

pub use fit::EncoderOptions;

use crate::{LearnError, Matrix, Result};

/// A column of a table; all columns have one entry for each row.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Numbers; `NaN` and infinities are missing.
    Number(Vec<f64>),
    /// Categories.
    Text(Vec<Option<String>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// Truth values.
    Bool(Vec<Option<bool>>),
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "numbers",
            Self::Text(_) => "text",
            Self::Date(_) => "dates",
            Self::Bool(_) => "truth values",
        }
    }
}

/// How one encoded column is made from its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The number itself.
    Number,
    /// 1 for true, 0 for false.
    Bool,
    /// 1 where the text is this level.
    Level(String),
    /// 1 where the text is present but none of the source's frequent levels.
    Other(Vec<String>),
    /// 1 where the text is null.
    Null,
    /// Day of the week, 1 = Monday to 7 = Sunday.
    Weekday,
    /// Day of the month, 1 to 31.
    DayOfMonth,
    /// Month, 1 to 12.
    Month,
    /// Days since 1970-01-01.
    Days,
}

/// One encoded column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedColumn {
    /// Name in the matrix.
    pub name: String,
    /// Column of the table it comes from.
    pub source: String,
    /// How it is made.
    pub rule: Rule,
}

/// A column of the table that does not become a feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedColumn {
    /// Its name.
    pub column: String,
    /// Why, in words for the user.
    pub reason: String,
}

/// The fitted rules; part of a model's bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoder {
    /// Version of this form, for reading older bundles.
    version: u32,
    columns: Vec<EncodedColumn>,
    dropped: Vec<DroppedColumn>,
}

impl Encoder {
    /// The encoded columns, in matrix order.
    pub fn columns(&self) -> &[EncodedColumn] {
        &self.columns
    }

    /// Columns that were left out, with the reason.
    pub fn dropped(&self) -> &[DroppedColumn] {
        &self.dropped
    }

    /// The table's column behind each encoded column, in matrix order; for
    /// adding contributions up by source.
    pub fn sources(&self) -> Vec<String> {
        self.columns
            .iter()
            .map(|column| column.source.clone())
            .collect()
    }

    /// Encodes a table that has at least the columns the encoder was fitted on;
    /// they are found by name. A text level not seen in training counts as other.
    pub fn transform(&self, columns: &[(String, Column)]) -> Result<Matrix> {
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        let width = self.columns.len();
        let mut data = vec![f32::NAN; rows * width];
        for (at, encoded) in self.columns.iter().enumerate() {
            let source = find(columns, &encoded.source)?;
            if source.len() != rows {
                let what = format!("column `{}`", encoded.source);
                return Err(LearnError::shape(what, rows, source.len()));
            }
            for (row, cell) in values(encoded, source)?.into_iter().enumerate() {
                data[row * width + at] = cell;
            }
        }
        Matrix::new(
            self.columns
                .iter()
                .map(|column| column.name.clone())
                .collect(),
            data,
        )
    }
}

fn find<'a>(columns: &'a [(String, Column)], name: &str) -> Result<&'a Column> {
    columns
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, column)| column)
        .ok_or_else(|| {
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            LearnError::UnknownColumn {
                name: name.to_owned(),
                hint: format!(
                    ", which the model was trained with; there are: {}",
                    names.join(", ")
                ),
            }
        })
}

/// One encoded column's values, top to bottom.
fn values(encoded: &EncodedColumn, source: &Column) -> Result<Vec<f32>> {
    let flag = |is: bool| f32::from(u8::from(is));
    Ok(match (&encoded.rule, source) {
        (Rule::Number, Column::Number(numbers)) => numbers.iter().map(|&n| narrow(n)).collect(),
        (Rule::Bool, Column::Bool(truths)) => truths
            .iter()
            .map(|truth| truth.map_or(f32::NAN, flag))
            .collect(),
        (Rule::Level(level), Column::Text(texts)) => texts
            .iter()
            .map(|text| flag(text.as_ref() == Some(level)))
            .collect(),
        (Rule::Other(levels), Column::Text(texts)) => texts
            .iter()
            .map(|text| flag(text.as_ref().is_some_and(|text| !levels.contains(text))))
            .collect(),
        (Rule::Null, Column::Text(texts)) => {
            texts.iter().map(|text| flag(text.is_none())).collect()
        }
        (
            rule @ (Rule::Weekday | Rule::DayOfMonth | Rule::Month | Rule::Days),
            Column::Date(days),
        ) => days
            .iter()
            .map(|day| {
                day.and_then(|day| dates::part(rule, day))
                    .unwrap_or(f32::NAN)
            })
            .collect(),
        _ => {
            return Err(LearnError::encode(
                format!(
                    "column `{}` holds {} now, but did not in training",
                    encoded.source,
                    source.kind()
                ),
                "give it the type it had in the training table",
            ));
        }
    })
}

/// To `f32`: infinities are missing, and what is finite stays finite.
fn narrow(number: f64) -> f32 {
    if number.is_finite() {
        number.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
    } else {
        f32::NAN
    }
}

#[cfg(test)]
mod tests;
