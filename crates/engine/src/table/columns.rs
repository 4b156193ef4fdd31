//! A table file's columns, taken for what a request says they are.

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use leadrank_learn::encode::Column;
use leadrank_learn::split::Times;

use super::Request;
use crate::error::{Error, Result};
use crate::stages::dataset::days_since_epoch;
use crate::stages::rows::Rows;

/// A table file read into memory.
pub(super) struct Table {
    schema: SchemaRef,
    pub(super) rows: Rows,
}

impl Table {
    pub(super) fn new(batches: Vec<RecordBatch>) -> Result<Self> {
        let schema = batches
            .first()
            .map(RecordBatch::schema)
            .ok_or_else(|| Error::Data("the table has no rows".into()))?;
        Ok(Table {
            schema,
            rows: Rows::new(batches),
        })
    }

    fn kind(&self, name: &str) -> Result<&DataType> {
        let field = self.schema.field_with_name(name).map_err(|_| {
            let known: Vec<&str> = self
                .schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            let nearest = known
                .iter()
                .min_by_key(|known| {
                    strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase())
                })
                .map_or(String::new(), |known| format!("; the nearest is `{known}`"));
            Error::Data(format!(
                "the table has no column `{name}`{nearest}; it has: {}",
                known.join(", ")
            ))
        })?;
        Ok(field.data_type())
    }

    /// A column as text, whatever its type: ids and groups.
    pub(super) fn keys(&self, name: &str) -> Result<Vec<Option<String>>> {
        self.kind(name)?;
        self.rows.texts(name)
    }

    pub(super) fn labels(&self, name: &str) -> Result<Vec<Option<bool>>> {
        self.kind(name)?;
        let texts = self.rows.texts(name)?;
        let mut labels = Vec::with_capacity(texts.len());
        for (row, text) in texts.iter().enumerate() {
            labels.push(match text.as_deref().map(str::trim) {
                None | Some("") => None,
                Some(text) => Some(truth(text).ok_or_else(|| {
                    Error::Data(format!(
                        "column `{name}`, row {}: `{text}` is no outcome; write 1/0, true/false or yes/no",
                        row + 1
                    ))
                })?),
            });
        }
        Ok(labels)
    }

    /// When each row happened, and that in words.
    pub(super) fn times(&self, request: &Request) -> Result<(Times, String)> {
        let Some(name) = &request.date else {
            let order = (0..self.rows.len() as i64).map(Some).collect();
            return Ok((Times::Order(order), "the order of the rows".into()));
        };
        let kind = self.kind(name)?;
        if kind.is_integer() {
            return Ok((
                Times::Order(self.rows.integers(name)?),
                format!("the number in {name}"),
            ));
        }
        if kind.is_numeric() {
            return Err(Error::Data(format!(
                "column `{name}` holds fractions; --date wants a date or a whole number that rises in time"
            )));
        }
        let days = self.days(name)?;
        if days.iter().all(Option::is_none) {
            return Err(Error::Data(format!(
                "column `{name}` holds no dates such as 2025-03-01; --date wants a date or a whole number"
            )));
        }
        Ok((Times::Days(days), format!("the date in {name}")))
    }

    fn days(&self, name: &str) -> Result<Vec<Option<i32>>> {
        if matches!(
            self.kind(name)?,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ) {
            let texts = self.rows.texts(name)?;
            return Ok(texts
                .iter()
                .map(|text| text.as_deref().and_then(day))
                .collect());
        }
        Ok(self
            .rows
            .dates(name)?
            .into_iter()
            .map(|day| day.map(days_since_epoch))
            .collect())
    }

    /// Every column that may become a feature. The number that orders rows is
    /// none: it only says how new a row is.
    pub(super) fn features(&self, request: &Request) -> Result<Vec<(String, Column)>> {
        for name in &request.exclude {
            self.kind(name)?;
        }
        let roles = [
            &Some(request.label.clone()),
            &request.id,
            &request.group,
            &request.split,
        ];
        let mut columns = Vec::new();
        for field in self.schema.fields() {
            let name = field.name();
            let has_role = roles.iter().any(|role| role.as_ref() == Some(name));
            let is_order = request.date.as_ref() == Some(name) && field.data_type().is_numeric();
            if has_role || is_order || request.exclude.contains(name) {
                continue;
            }
            columns.push((name.clone(), self.feature(name, field.data_type())?));
        }
        if columns.is_empty() {
            return Err(Error::Data(
                "no column is left to learn from; exclude fewer".into(),
            ));
        }
        Ok(columns)
    }

    fn feature(&self, name: &str, kind: &DataType) -> Result<Column> {
        Ok(match kind {
            DataType::Boolean => Column::Bool(self.rows.flags(name)?),
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => {
                Column::Date(self.days(name)?)
            }
            kind if kind.is_numeric() => {
                let numbers = self.rows.numbers(name)?.into_iter();
                Column::Number(numbers.map(|number| number.unwrap_or(f64::NAN)).collect())
            }
            _ => {
                let texts = self.rows.texts(name)?;
                let filled = texts.iter().flatten().count();
                let days: Vec<Option<i32>> = texts
                    .iter()
                    .map(|text| text.as_deref().and_then(day))
                    .collect();
                // Dates that a file carries as text are dates all the same.
                if filled > 0 && days.iter().flatten().count() == filled {
                    Column::Date(days)
                } else {
                    Column::Text(texts)
                }
            }
        })
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" | "y" | "t" => Some(true),
        "0" | "0.0" | "false" | "no" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// Days since 1970 of `2025-03-01`, with or without a time behind it.
fn day(text: &str) -> Option<i32> {
    let text = text.trim();
    let date = text.get(..10)?;
    let rest = &text[10..];
    if !(rest.is_empty() || rest.starts_with([' ', 'T'])) {
        return None;
    }
    date.parse::<NaiveDate>().ok().map(days_since_epoch)
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    use super::*;

    pub(in crate::table) fn sample() -> Table {
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "won",
                Arc::new(StringArray::from(vec![Some("Yes"), Some("no"), None])),
            ),
            ("order", Arc::new(Int64Array::from(vec![3, 1, 2]))),
            (
                "day",
                Arc::new(StringArray::from(vec![
                    Some("1970-01-02"),
                    Some("1970-01-03 10:00"),
                    None,
                ])),
            ),
            (
                "text",
                Arc::new(StringArray::from(vec!["a", "1970-01-02", "c"])),
            ),
            (
                "amount",
                Arc::new(Float64Array::from(vec![Some(0.5), None, Some(1.0)])),
            ),
        ];
        let nullable = columns
            .into_iter()
            .map(|(name, column)| (name, column, true));
        Table::new(vec![
            RecordBatch::try_from_iter_with_nullable(nullable).unwrap(),
        ])
        .unwrap()
    }

    pub(in crate::table) fn request(date: &str) -> Request {
        Request {
            label: "won".into(),
            date: Some(date.into()),
            ..Request::default()
        }
    }

    #[test]
    fn labels_are_read_in_any_spelling_and_bad_ones_are_named() {
        assert_eq!(
            sample().labels("won").unwrap(),
            [Some(true), Some(false), None]
        );
        let message = sample().labels("text").unwrap_err().to_string();
        assert!(
            message.contains("row 1") && message.contains("`a`"),
            "{message}"
        );
        let message = sample().labels("wn").unwrap_err().to_string();
        assert!(message.contains("the nearest is `won`"), "{message}");
    }

    #[test]
    fn time_is_a_date_or_a_whole_number() {
        let (times, _) = sample().times(&request("day")).unwrap();
        assert_eq!(times, Times::Days(vec![Some(1), Some(2), None]));
        let (times, _) = sample().times(&request("order")).unwrap();
        assert_eq!(times, Times::Order(vec![Some(3), Some(1), Some(2)]));
        assert!(sample().times(&request("amount")).is_err());
        assert!(sample().times(&request("won")).is_err());
    }

    #[test]
    fn features_leave_out_roles_and_the_order() {
        let mut wanted = request("order");
        wanted.exclude = vec!["amount".into()];
        let columns = sample().features(&wanted).unwrap();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["day", "text"]);
        assert!(matches!(columns[0].1, Column::Date(_)));
        assert!(matches!(columns[1].1, Column::Text(_)));
    }
}
