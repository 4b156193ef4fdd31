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

    /// Hands them on in the order of the file.
    pub(crate) fn settle(&mut self, rejects: &mut Rejects) -> Result<()> {
        // Stable, and no two records begin on one line.
        self.0
            .sort_by_key(|rejected| (rejected.line, rejected.order));
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
