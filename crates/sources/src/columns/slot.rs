//! One declared column being read.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};

use super::BlockRejects;
use crate::cell::{self, Cell, Number, Reason};
use crate::contract::{Column, Kind};
use crate::tokens::{Block, Row};

/// How near to a whole number a multiplied count must be to be one.
const WHOLE_ENOUGH: f64 = 1e-6;

/// The growing values of one column.
enum Values {
    Text(StringBuilder),
    Integer(Int64Builder),
    Float(Float64Builder),
    Boolean(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

impl Values {
    fn new(kind: Kind) -> Values {
        match kind {
            Kind::Text | Kind::Remark | Kind::Flag | Kind::Crd | Kind::Zip => {
                Values::Text(StringBuilder::new())
            }
            Kind::Integer => Values::Integer(Int64Builder::new()),
            Kind::Float => Values::Float(Float64Builder::new()),
            Kind::Boolean => Values::Boolean(BooleanBuilder::new()),
            Kind::Timestamp => {
                Values::Timestamp(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
            }
            Kind::Date => Values::Date(Date32Builder::new()),
        }
    }

    fn append_nulls(&mut self, rows: usize) {
        match self {
            Values::Text(b) => b.append_nulls(rows),
            Values::Integer(b) => b.append_nulls(rows),
            Values::Float(b) => b.append_nulls(rows),
            Values::Boolean(b) => b.append_nulls(rows),
            Values::Timestamp(b) => b.append_nulls(rows),
            Values::Date(b) => b.append_nulls(rows),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Values::Text(b) => Arc::new(b.finish()),
            Values::Integer(b) => Arc::new(b.finish()),
            Values::Float(b) => Arc::new(b.finish()),
            Values::Boolean(b) => Arc::new(b.finish()),
            Values::Timestamp(b) => Arc::new(b.finish()),
            Values::Date(b) => Arc::new(b.finish()),
        }
    }
}

/// A declared column, and the cells it takes its values from.
pub(super) struct Slot {
    pub(super) column: &'static Column,
    /// Position of its cell in a row, and what numbers are multiplied by.
    source: Option<(usize, f64)>,
    values: Values,
    censored: Option<BooleanBuilder>,
}

impl Slot {
    pub(super) fn new(column: &'static Column) -> Slot {
        Slot {
            column,
            source: None,
            values: Values::new(column.kind),
            censored: column.censored.then(BooleanBuilder::new),
        }
    }

    /// Tells where its cells are.
    pub(super) fn found(&mut self, place: usize, factor: f64) {
        self.source = Some((place, factor));
    }

    pub(super) fn place(&self) -> Option<usize> {
        self.source.map(|(place, _)| place)
    }

    /// Adds rows of a block and counts the nulls of each that should be values. `order` is
    /// the column's place among a row's rejects.
    pub(super) fn push(
        &mut self,
        block: &Block<'_>,
        rows: &[Row],
        order: usize,
        nulls: &mut [i64],
        rejects: &mut BlockRejects,
    ) {
        let column = self.column;
        let Some((place, factor)) = self.source else {
            self.values.append_nulls(rows.len());
            if let Some(flags) = &mut self.censored {
                flags.append_n(rows.len(), false);
            }
            if !column.optional {
                nulls.iter_mut().for_each(|count| *count += 1);
            }
            return;
        };
        let cells = Cells {
            block,
            rows,
            place,
            order,
            column,
        };
        let flags = &mut self.censored;
        let mut flag = |censored: bool| {
            if let Some(flags) = flags {
                flags.append_value(censored);
            }
        };
        match &mut self.values {
            Values::Text(b) => match column.kind {
                Kind::Crd => cells.read(nulls, rejects, cell::crd, |v| b.append_option(v)),
                Kind::Zip => cells.read(nulls, rejects, cell::zip, |v| b.append_option(v)),
                Kind::Flag => cells.read(nulls, rejects, cell::flag, |v| b.append_option(v)),
                Kind::Remark => {
                    let read = |text| Ok(cell::remark(text));
                    cells.read(nulls, rejects, read, |v| b.append_option(v));
                }
                _ => {
                    let read = |text| Ok(cell::text(text));
                    cells.read(nulls, rejects, read, |v| b.append_option(v));
                }
            },
            Values::Integer(b) => {
                let read = |text: &str| integer(text, column, factor);
                cells.read(nulls, rejects, read, |number: Option<Number<i64>>| {
                    b.append_option(number.map(|n| n.value));
                    flag(number.is_some_and(|n| n.censored));
                });
            }
            Values::Float(b) => {
                let read = |text: &str| float(text, column, factor);
                cells.read(nulls, rejects, read, |number: Option<Number<f64>>| {
                    b.append_option(number.map(|n| n.value));
                    flag(number.is_some_and(|n| n.censored));
                });
            }
            Values::Boolean(b) => {
                cells.read(nulls, rejects, cell::boolean, |v| b.append_option(v));
            }
            Values::Timestamp(b) => {
                cells.read(nulls, rejects, cell::timestamp, |v| b.append_option(v));
            }
            Values::Date(b) => cells.read(nulls, rejects, cell::date, |v| b.append_option(v)),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        self.values.finish()
    }

    pub(super) fn finish_censored(&mut self) -> Option<ArrayRef> {
        let flags = self.censored.as_mut()?;
        Some(Arc::new(flags.finish()))
    }
}

/// The cells of one column in a block.
struct Cells<'a> {
    block: &'a Block<'a>,
    rows: &'a [Row],
    place: usize,
    order: usize,
    column: &'static Column,
}

impl<'a> Cells<'a> {
    /// Reads every cell and puts what is in it; made anew for each kind of value, so that
    /// nothing is decided in the loop but what the text decides.
    #[inline]
    fn read<T>(
        &self,
        nulls: &mut [i64],
        rejects: &mut BlockRejects,
        read: impl Fn(&'a str) -> Cell<T>,
        mut put: impl FnMut(Option<T>),
    ) {
        let counted = !self.column.optional;
        for (row, nulls) in self.rows.iter().zip(nulls) {
            let cell = self.block.cell(row, self.place);
            let value = match cell.map_err(|_| Reason::NotUtf8).and_then(&read) {
                Ok(value) => value,
                Err(reason) => {
                    rejects.declared(row.line, self.order, self.column, cell, reason);
                    None
                }
            };
            *nulls += i64::from(counted && value.is_none());
            put(value);
        }
    }
}

/// A whole number in the unit of the contract.
#[inline]
fn integer(text: &str, column: &Column, factor: f64) -> Cell<Number<i64>> {
    let number = if factor == 1.0 {
        cell::integer(text, column.unit, column.censored)?
    } else {
        scaled(text, column, factor)?
    };
    if let Some(number) = &number {
        within(number.value as f64, column)?;
    }
    Ok(number)
}

/// A count the file gives in another unit.
fn scaled(text: &str, column: &Column, factor: f64) -> Cell<Number<i64>> {
    let number = cell::float(text, column.unit, column.censored)?;
    let Some(Number { value, censored }) = number else {
        return Ok(None);
    };
    let value = if censored { value } else { value * factor };
    if (value - value.round()).abs() > WHOLE_ENOUGH {
        return Err(Reason::NotWhole);
    }
    cell::whole(value.round()).map(|value| Some(Number { value, censored }))
}

/// A number in the unit of the contract.
#[inline]
fn float(text: &str, column: &Column, factor: f64) -> Cell<Number<f64>> {
    let number = cell::float(text, column.unit, column.censored)?;
    let Some(Number { value, censored }) = number else {
        return Ok(None);
    };
    // Adding zero turns the minus zero of `(0)` into zero.
    let value = if censored { value } else { value * factor } + 0.0;
    if !value.is_finite() {
        return Err(Reason::NotFinite);
    }
    within(value, column)?;
    Ok(Some(Number { value, censored }))
}

#[inline]
fn within(value: f64, column: &Column) -> Result<(), Reason> {
    match column.range {
        Some((lo, hi)) if !(lo..=hi).contains(&value) => Err(Reason::OutOfRange),
        _ => Ok(()),
    }
}
