//! Rows of cells into Arrow columns, by contract.
//!
//! A block of rows is read a column at a time: what a column wants of its cells is decided
//! once for the block, and the processor's guesses about one column's cells are not
//! spoiled by those of eighty others. Rejects are put into the order of the file after.

mod json;
mod slot;
mod values;

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, Int64Builder, StringBuilder};

use self::json::{Unknown, append_object};
use self::slot::Slot;
use crate::cell::{self, Reason};
use crate::contract::{Column, Contract, Kind};
use crate::error::Result;
use crate::header::{Layout, Place};
use crate::reject::Rejects;
use crate::tokens::{Block, Row};

/// Bytes of the file after which a batch ends; a block adds at most a buffer to them.
const MOST_BYTES: usize = 256 << 20;

/// A cell or row that is not taken over, until its block is done.
pub(crate) struct Rejected {
    line: u64,
    /// Place within the row: the row itself, then declared columns, then the others.
    order: usize,
    name: Cow<'static, str>,
    column: Option<&'static Column>,
    text: String,
    reason: Reason,
}

/// The rejects of the block in hand.
#[derive(Default)]
pub(crate) struct BlockRejects(Vec<Rejected>);

impl BlockRejects {
    /// Notes what concerns a row as a whole.
    pub(crate) fn row(
        &mut self,
        line: u64,
        name: &'static str,
        column: Option<&'static Column>,
        text: &str,
        reason: Reason,
    ) {
        self.0.push(Rejected {
            line,
            order: 0,
            name: name.into(),
            column,
            text: text.into(),
            reason,
        });
    }

    #[cold]
    fn declared(
        &mut self,
        line: u64,
        order: usize,
        column: &'static Column,
        cell: Result<&str, &[u8]>,
        reason: Reason,
    ) {
        self.0.push(Rejected {
            line,
            order,
            name: column.name.into(),
            column: Some(column),
            text: shown(cell).into_owned(),
            reason,
        });
    }

    #[cold]
    fn unknown(&mut self, line: u64, order: usize, name: &str, bytes: &[u8]) {
        self.0.push(Rejected {
            line,
            order,
            name: name.to_owned().into(),
            column: None,
            text: String::from_utf8_lossy(bytes).into_owned(),
            reason: Reason::NotUtf8,
        });
    }

    /// Puts them into the order of the file: no two records begin on one line.
    fn sort(&mut self) {
        self.0
            .sort_by_key(|rejected| (rejected.line, rejected.order));
    }

    /// Hands them on in the order of the file.
    pub(crate) fn settle(&mut self, rejects: &mut Rejects) -> Result<()> {
        self.sort();
        for found in self.0.drain(..) {
            rejects.push(
                found.line,
                &found.name,
                found.column,
                &found.text,
                found.reason,
            )?;
        }
        Ok(())
    }
}

/// A cell as a reject shows it.
fn shown<'a>(cell: Result<&'a str, &'a [u8]>) -> Cow<'a, str> {
    match cell {
        Ok(text) => text.into(),
        Err(bytes) => String::from_utf8_lossy(bytes),
    }
}

/// All columns of a file being read.
pub(crate) struct Columns {
    slots: Vec<Slot>,
    key: usize,
    unknown: Vec<Unknown>,
    unknown_text: StringBuilder,
    nulls: Vec<i64>,
    lines: Int64Builder,
    bytes: usize,
}

impl Columns {
    pub(crate) fn new(contract: &Contract, layout: &Layout, keep_unknown: bool) -> Columns {
        let mut slots: Vec<Slot> = contract.columns.iter().map(Slot::new).collect();
        let mut unknown = Vec::new();
        for (place, meaning) in layout.places.iter().enumerate() {
            match meaning {
                Place::Declared { column, factor } => slots[*column].found(place, *factor),
                Place::Unknown(index) if keep_unknown => {
                    unknown.push(Unknown::new(place, &layout.unknown[*index]));
                }
                Place::Unknown(_) | Place::LeftOut => {}
            }
        }
        Columns {
            slots,
            key: contract.columns.iter().position(|c| c.key).unwrap_or(0),
            unknown,
            unknown_text: StringBuilder::new(),
            nulls: Vec::new(),
            lines: Int64Builder::new(),
            bytes: 0,
        }
    }

    /// Rows since the last [`Columns::finish`].
    pub(crate) fn rows(&self) -> usize {
        self.nulls.len()
    }

    /// True when a batch should end however few its rows: text is addressed by 31 bits, and
    /// JSON may make six bytes of one.
    pub(crate) fn full(&self) -> bool {
        self.bytes > MOST_BYTES && self.rows() > 0
    }

    /// The record's key as it is stored, or the text that is not one.
    #[inline]
    pub(crate) fn key<'a>(
        &self,
        block: &Block<'a>,
        row: &Row,
    ) -> Result<Cow<'a, str>, Cow<'a, str>> {
        let slot = &self.slots[self.key];
        let Some(place) = slot.place() else {
            return Err("".into());
        };
        let cell = block.cell(row, place);
        let Ok(text) = cell else {
            return Err(shown(cell));
        };
        let key = match slot.column.kind {
            Kind::Crd => cell::crd(text).ok().flatten(),
            _ => cell::text(text).map(Cow::Borrowed),
        };
        key.ok_or(Cow::Borrowed(text))
    }

    /// Adds rows of a block; cells that are not what the contract says become null and a
    /// reject.
    pub(crate) fn push(&mut self, block: &Block<'_>, rows: &[Row], rejects: &mut BlockRejects) {
        self.bytes += block.bytes();
        let before = self.nulls.len();
        self.nulls.resize(before + rows.len(), 0);
        let nulls = &mut self.nulls[before..];
        for (index, slot) in self.slots.iter_mut().enumerate() {
            // The row itself comes before its cells.
            slot.push(block, rows, index + 1, nulls, rejects);
        }
        let order = self.slots.len() + 1;
        for row in rows {
            append_object(
                &mut self.unknown_text,
                &self.unknown,
                block,
                row,
                order,
                rejects,
            );
            self.lines
                .append_value(i64::try_from(row.line).unwrap_or(i64::MAX));
        }
    }

    /// Takes the finished columns and starts anew.
    pub(crate) fn finish(&mut self) -> Result<Finished> {
        self.bytes = 0;
        Ok(Finished {
            declared: self
                .slots
                .iter_mut()
                .map(Slot::finish)
                .collect::<Result<_>>()?,
            censored: self
                .slots
                .iter_mut()
                .filter_map(Slot::finish_censored)
                .collect(),
            nulls: Arc::new(Int64Array::from(std::mem::take(&mut self.nulls))),
            unknown: Arc::new(self.unknown_text.finish()),
            lines: Arc::new(self.lines.finish()),
        })
    }
}

/// Columns of one batch, in contract order.
pub(crate) struct Finished {
    pub(crate) declared: Vec<ArrayRef>,
    pub(crate) censored: Vec<ArrayRef>,
    pub(crate) nulls: ArrayRef,
    pub(crate) unknown: ArrayRef,
    pub(crate) lines: ArrayRef,
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Array, AsArray, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
        TimestampMicrosecondArray,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::contract::FileKind;
    use crate::header::layout;
    use crate::tokens::Tokenizer;

    /// A reject as the slow way finds it: line, column, text, reason.
    type Found = (u64, String, String, Reason);

    /// One cell, one column, one look: what reading a block must come to.
    struct Obvious {
        values: Vec<Option<String>>,
        censored: Vec<bool>,
        rejects: Vec<(usize, Found)>,
    }

    fn obvious(column: &'static Column, order: usize, cells: &[(u64, Option<&[u8]>)]) -> Obvious {
        let mut all = Obvious {
            values: Vec::new(),
            censored: Vec::new(),
            rejects: Vec::new(),
        };
        for (line, bytes) in cells {
            let bytes = bytes.unwrap_or_default();
            let mut below_five = false;
            let value = match std::str::from_utf8(bytes) {
                Err(_) => Err(Reason::NotUtf8),
                Ok(text) => one(column, text, &mut below_five),
            };
            if let Err(reason) = value {
                let text = String::from_utf8_lossy(bytes).into_owned();
                all.rejects
                    .push((order, (*line, column.name.into(), text, reason)));
            }
            all.values.push(value.unwrap_or_default());
            all.censored.push(below_five);
        }
        all
    }

    fn one(column: &Column, text: &str, below_five: &mut bool) -> cell::Cell<String> {
        let inside = |value: f64| match column.range {
            Some((lo, hi)) if value < lo || value > hi => Err(Reason::OutOfRange),
            _ => Ok(()),
        };
        Ok(match column.kind {
            Kind::Text => cell::text(text).map(str::to_owned),
            Kind::Remark => cell::remark(text).map(Cow::into_owned),
            Kind::Flag => cell::flag(text)?.map(str::to_owned),
            Kind::Crd => cell::crd(text)?.map(Cow::into_owned),
            Kind::Zip => cell::zip(text)?.map(Cow::into_owned),
            Kind::Integer => match cell::integer(text, column.unit, column.censored)? {
                None => None,
                Some(number) => {
                    inside(number.value as f64)?;
                    *below_five = number.censored;
                    Some(number.value.to_string())
                }
            },
            Kind::Float => match cell::float(text, column.unit, column.censored)? {
                None => None,
                Some(number) => {
                    let value = number.value + 0.0;
                    inside(value)?;
                    *below_five = number.censored;
                    Some(format!("{value:?}"))
                }
            },
            Kind::Boolean => cell::boolean(text)?.map(|value| value.to_string()),
            Kind::Timestamp => cell::timestamp(text)?.map(|value| value.to_string()),
            Kind::Date => cell::date(text)?.map(|value| value.to_string()),
        })
    }

    fn shown_values(array: &ArrayRef) -> Vec<Option<String>> {
        fn each<T>(
            values: impl Iterator<Item = Option<T>>,
            show: impl Fn(T) -> String,
        ) -> Vec<Option<String>> {
            values.map(|value| value.map(&show)).collect()
        }
        let array = array.as_any();
        if let Some(texts) = array.downcast_ref::<StringArray>() {
            each(texts.iter(), str::to_owned)
        } else if let Some(numbers) = array.downcast_ref::<Int64Array>() {
            each(numbers.iter(), |value| value.to_string())
        } else if let Some(numbers) = array.downcast_ref::<Float64Array>() {
            each(numbers.iter(), |value| format!("{value:?}"))
        } else if let Some(flags) = array.downcast_ref::<BooleanArray>() {
            each(flags.iter(), |value| value.to_string())
        } else if let Some(moments) = array.downcast_ref::<TimestampMicrosecondArray>() {
            each(moments.iter(), |value| value.to_string())
        } else if let Some(days) = array.downcast_ref::<Date32Array>() {
            each(days.iter(), |value| value.to_string())
        } else {
            Vec::new()
        }
    }

    /// Cells of all sorts, whatever the column.
    fn cell() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            3 => Just(Vec::new()),
            3 => "[0-9]{1,9}(\\.[0-9]{1,4})?".prop_map(String::into_bytes),
            2 => "[-$(]?[0-9]{1,3}(,[0-9]{3}){0,2}(\\.[0-9]{1,2})?[%)]?".prop_map(String::into_bytes),
            2 => proptest::sample::select(vec![
                "Yes", "no", "UNKNOWN", "NULL", "n/a", "< 5", "<5", " 7 ", "true", "1e3", "inf",
                "2025-03-01", "2025-03-01T14:05:00.000+0000", "02138", "2138.0", "a\"b", "x\ny",
                "Osseo", "G\u{fc}nther", "\u{a0}", "\\", "\t", "CRD# 12",
            ]).prop_map(|text| text.as_bytes().to_vec()),
            1 => proptest::collection::vec(any::<u8>(), 0..12),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_block_is_read_as_each_of_its_cells_would_be(
            kind in proptest::sample::select(FileKind::ALL.to_vec()),
            rows in proptest::collection::vec(proptest::collection::vec(cell(), 96), 1..6),
            lengths in proptest::collection::vec(1_usize..120, 5),
            most in 1_usize..4,
        ) {
            let contract = kind.contract();
            let mut header: Vec<String> =
                contract.columns.iter().map(|c| c.name.to_owned()).collect();
            header.push("Undeclared".into());
            let places = layout("f.csv", &header, contract, &[]).expect("all are there");
            // Rows may be longer or shorter than the header, but not of empty cells alone.
            let rows: Vec<Vec<Vec<u8>>> = rows
                .into_iter()
                .zip(&lengths)
                .map(|(mut row, length)| {
                    row.truncate((header.len() + 2).min(*length).max(1));
                    row[0] = b"17".to_vec();
                    row
                })
                .collect();
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).expect("in memory");
            }
            let text = writer.into_inner().expect("in memory");

            let mut tokens = Tokenizer::new(text.as_slice());
            let mut columns = Columns::new(contract, &places, true);
            let mut rejects = BlockRejects::default();
            let mut lines = Vec::new();
            while tokens.next(most).expect("closed") {
                let block = tokens.block();
                lines.extend(block.rows().iter().map(|row| row.line));
                columns.push(&block, block.rows(), &mut rejects);
            }
            let read = columns.finish().expect("no longer than offsets reach");

            let mut expected_nulls = vec![0; rows.len()];
            let mut expected_rejects = Vec::new();
            let mut expected_censored = Vec::new();
            for (index, column) in contract.columns.iter().enumerate() {
                let cells: Vec<_> = rows
                    .iter()
                    .zip(&lines)
                    .map(|(row, line)| (*line, row.get(index).map(Vec::as_slice)))
                    .collect();
                let expected = obvious(column, index, &cells);
                prop_assert_eq!(shown_values(&read.declared[index]), expected.values.clone());
                for (count, value) in expected_nulls.iter_mut().zip(&expected.values) {
                    *count += i64::from(value.is_none() && !column.optional);
                }
                if column.censored {
                    expected_censored.push(expected.censored);
                }
                expected_rejects.extend(expected.rejects);
            }
            let censored: Vec<Vec<bool>> = read
                .censored
                .iter()
                .map(|flags| flags.as_boolean().iter().map(|flag| flag == Some(true)).collect())
                .collect();
            prop_assert_eq!(censored, expected_censored);
            prop_assert_eq!(read.nulls.as_any().downcast_ref::<Int64Array>()
                .map(|counts| counts.values().to_vec()), Some(expected_nulls));

            let undeclared = contract.columns.len();
            let mut expected_json = Vec::new();
            for (row, line) in rows.iter().zip(&lines) {
                let bytes = row.get(undeclared).map(Vec::as_slice).unwrap_or_default();
                expected_json.push(match std::str::from_utf8(bytes) {
                    Ok(text) => cell::text(text)
                        .map(|text| serde_json::json!({ "Undeclared": text }).to_string()),
                    Err(_) => {
                        let text = String::from_utf8_lossy(bytes).into_owned();
                        let found = (*line, "Undeclared".into(), text, Reason::NotUtf8);
                        expected_rejects.push((undeclared, found));
                        None
                    }
                });
            }
            prop_assert_eq!(shown_values(&read.unknown), expected_json);

            expected_rejects.sort_by_key(|(order, found)| (found.0, *order));
            let expected: Vec<Found> = expected_rejects.into_iter().map(|(_, found)| found).collect();
            rejects.sort();
            let found: Vec<Found> = rejects
                .0
                .into_iter()
                .map(|r| (r.line, r.name.into_owned(), r.text, r.reason))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
