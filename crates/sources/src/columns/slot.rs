//! One declared column being read.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};

use super::BlockRejects;
use super::values::{Fixed, Flags, Texts};
use crate::cell::{self, Cell, Number, Reason};
use crate::contract::{Column, Kind};
use crate::error::Result;
use crate::tokens::{Block, Row};

/// How near to a whole number a multiplied count must be to be one.
const WHOLE_ENOUGH: f64 = 1e-6;

/// The values of one column, by what they are.
enum Values {
    Text(Texts),
    Integer(Fixed<Int64Type>),
    Float(Fixed<Float64Type>),
    Boolean(Flags),
    Timestamp(Fixed<TimestampMicrosecondType>),
    Date(Fixed<Date32Type>),
}

impl Values {
    fn new(kind: Kind) -> Values {
        match kind {
            Kind::Text | Kind::Remark | Kind::Flag | Kind::Crd | Kind::Zip => {
                Values::Text(Texts::default())
            }
            Kind::Integer => Values::Integer(Fixed::default()),
            Kind::Float => Values::Float(Fixed::default()),
            Kind::Boolean => Values::Boolean(Flags::default()),
            Kind::Timestamp => Values::Timestamp(Fixed::default()),
            Kind::Date => Values::Date(Fixed::default()),
        }
    }

    fn push_nulls(&mut self, rows: usize) {
        match self {
            Values::Text(values) => values.push_nulls(rows),
            Values::Integer(values) => values.push_nulls(rows),
            Values::Float(values) => values.push_nulls(rows),
            Values::Boolean(values) => values.push_nulls(rows),
            Values::Timestamp(values) => values.push_nulls(rows),
            Values::Date(values) => values.push_nulls(rows),
        }
    }

    fn finish(&mut self) -> Result<ArrayRef> {
        Ok(match self {
            Values::Text(values) => values.finish()?,
            Values::Integer(values) => Arc::new(values.finish()?),
            Values::Float(values) => Arc::new(values.finish()?),
            Values::Boolean(values) => Arc::new(values.finish()),
            Values::Timestamp(values) => Arc::new(values.finish()?.with_timezone("UTC")),
            Values::Date(values) => Arc::new(values.finish()?),
        })
    }
}

/// A declared column, and the cells it takes its values from.
pub(super) struct Slot {
    pub(super) column: &'static Column,
    /// Position of its cell in a row, and what numbers are multiplied by.
    source: Option<(usize, f64)>,
    values: Values,
    censored: Option<Flags>,
}

impl Slot {
    pub(super) fn new(column: &'static Column) -> Slot {
        Slot {
            column,
            source: None,
            values: Values::new(column.kind),
            censored: column.censored.then(Flags::default),
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
            self.values.push_nulls(rows.len());
            if let Some(flags) = &mut self.censored {
                rows.iter().for_each(|_| flags.push(Some(false)));
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
        match &mut self.values {
            Values::Text(to) => match column.kind {
                Kind::Crd => cells.read(nulls, rejects, cell::crd, |v| to.push(v.as_deref())),
                Kind::Zip => cells.read(nulls, rejects, cell::zip, |v| to.push(v.as_deref())),
                Kind::Flag => cells.read(nulls, rejects, cell::flag, |v| to.push(v)),
                Kind::Remark => {
                    let read = |text| Ok(cell::remark(text));
                    cells.read(nulls, rejects, read, |v| to.push(v.as_deref()));
                }
                _ => {
                    let read = |text| Ok(cell::text(text));
                    cells.read(nulls, rejects, read, |v| to.push(v));
                }
            },
            Values::Integer(to) => {
                let read = |text: &str| integer(text, column, factor);
                match &mut self.censored {
                    None => cells.read(nulls, rejects, read, |v| to.push(v.map(|n| n.value))),
                    Some(flags) => cells.read(nulls, rejects, read, |v| {
                        to.push(v.map(|n| n.value));
                        flags.push(Some(v.is_some_and(|n| n.censored)));
                    }),
                }
            }
            Values::Float(to) => {
                let read = |text: &str| float(text, column, factor);
                match &mut self.censored {
                    None => cells.read(nulls, rejects, read, |v| to.push(v.map(|n| n.value))),
                    Some(flags) => cells.read(nulls, rejects, read, |v| {
                        to.push(v.map(|n| n.value));
                        flags.push(Some(v.is_some_and(|n| n.censored)));
                    }),
                }
            }
            Values::Boolean(to) => cells.read(nulls, rejects, cell::boolean, |v| to.push(v)),
            Values::Timestamp(to) => cells.read(nulls, rejects, cell::timestamp, |v| to.push(v)),
            Values::Date(to) => cells.read(nulls, rejects, cell::date, |v| to.push(v)),
        }
    }

    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
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
            let value = match cell {
                Ok(text) => read(text),
                Err(_) => Err(Reason::NotUtf8),
            };
            let value = match value {
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
fn within(value: f64, column: &Column) -> std::result::Result<(), Reason> {
    match column.range {
        Some((lo, hi)) if !(lo..=hi).contains(&value) => Err(Reason::OutOfRange),
        _ => Ok(()),
    }
}
