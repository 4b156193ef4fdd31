//! Rows of cells into Arrow columns, by contract.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};

use crate::cell::{self, Number, Reason};
use crate::contract::{Column, Contract, Kind};
use crate::error::Result;
use crate::header::{Layout, Place};
use crate::reject::Rejects;
use crate::tokens::Record;

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

    fn append_null(&mut self) {
        match self {
            Values::Text(b) => b.append_null(),
            Values::Integer(b) => b.append_null(),
            Values::Float(b) => b.append_null(),
            Values::Boolean(b) => b.append_null(),
            Values::Timestamp(b) => b.append_null(),
            Values::Date(b) => b.append_null(),
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

/// What became of a cell.
enum Taken {
    Value { censored: bool },
    Nothing,
}

/// One declared column being read.
struct Slot {
    column: &'static Column,
    /// Position of its cell in a row, and what numbers are multiplied by.
    source: Option<(usize, f64)>,
    values: Values,
    censored: Option<BooleanBuilder>,
}

/// All columns of a file being read.
pub(crate) struct Columns {
    slots: Vec<Slot>,
    key: usize,
    /// Position in a row and quoted name of each undeclared column whose text is kept.
    unknown: Vec<(usize, String, String)>,
    unknown_text: StringBuilder,
    nulls: Int64Builder,
    lines: Int64Builder,
    json: String,
    rows: usize,
}

impl Columns {
    pub(crate) fn new(contract: &Contract, layout: &Layout, keep_unknown: bool) -> Columns {
        let mut slots: Vec<Slot> = contract
            .columns
            .iter()
            .map(|column| Slot {
                column,
                source: None,
                values: Values::new(column.kind),
                censored: column.censored.then(BooleanBuilder::new),
            })
            .collect();
        let mut unknown = Vec::new();
        for (position, place) in layout.places.iter().enumerate() {
            match place {
                Place::Declared { column, factor } => {
                    slots[*column].source = Some((position, *factor));
                }
                Place::Unknown(index) if keep_unknown => {
                    let name = layout.unknown[*index].clone();
                    unknown.push((position, quote(&name), name));
                }
                Place::Unknown(_) | Place::LeftOut => {}
            }
        }
        Columns {
            slots,
            key: contract.columns.iter().position(|c| c.key).unwrap_or(0),
            unknown,
            unknown_text: StringBuilder::new(),
            nulls: Int64Builder::new(),
            lines: Int64Builder::new(),
            json: String::new(),
            rows: 0,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The text of the record's key, if it is a valid one; the reject record is made here.
    pub(crate) fn key<'a>(
        &self,
        record: &Record<'a>,
        line: u64,
        rejects: &mut Rejects,
    ) -> Result<Option<std::borrow::Cow<'a, str>>> {
        let slot = &self.slots[self.key];
        let cell = slot.source.and_then(|(position, _)| record.cell(position));
        let (text, parsed) = match cell {
            None => ("".into(), None),
            Some(Err(bytes)) => (String::from_utf8_lossy(bytes), None),
            Some(Ok(text)) => {
                let parsed = match slot.column.kind {
                    Kind::Crd => cell::crd(text).ok().flatten(),
                    _ => cell::text(text).map(Into::into),
                };
                (text.into(), parsed)
            }
        };
        if parsed.is_none() {
            rejects.push(
                line,
                slot.column.name,
                Some(slot.column),
                &text,
                Reason::NoKey,
            )?;
        }
        Ok(parsed)
    }

    /// Adds a row; cells that are not what the contract says become null and a reject.
    pub(crate) fn push(
        &mut self,
        record: &Record<'_>,
        line: u64,
        rejects: &mut Rejects,
    ) -> Result<()> {
        let mut nulls = 0;
        for slot in &mut self.slots {
            let cell = slot
                .source
                .and_then(|(at, factor)| Some((record.cell(at)?, factor)));
            let taken = match cell {
                None => Ok(Taken::Nothing),
                Some((Ok(text), factor)) => append(&mut slot.values, slot.column, text, factor),
                Some((Err(_), _)) => Err(Reason::NotUtf8),
            };
            let mut censored = false;
            match taken {
                Ok(Taken::Value { censored: found }) => censored = found,
                Ok(Taken::Nothing) => {
                    slot.values.append_null();
                    nulls += i64::from(!slot.column.optional);
                }
                Err(reason) => {
                    slot.values.append_null();
                    nulls += i64::from(!slot.column.optional);
                    let text = match cell {
                        Some((Ok(text), _)) => text.into(),
                        Some((Err(bytes), _)) => String::from_utf8_lossy(bytes),
                        None => "".into(),
                    };
                    rejects.push(line, slot.column.name, Some(slot.column), &text, reason)?;
                }
            }
            if let Some(flags) = &mut slot.censored {
                flags.append_value(censored);
            }
        }
        self.push_unknown(record, line, rejects)?;
        self.nulls.append_value(nulls);
        self.lines
            .append_value(i64::try_from(line).unwrap_or(i64::MAX));
        self.rows += 1;
        Ok(())
    }

    /// Adds the undeclared cells of a row as one JSON object of text.
    fn push_unknown(
        &mut self,
        record: &Record<'_>,
        line: u64,
        rejects: &mut Rejects,
    ) -> Result<()> {
        self.json.clear();
        for (position, quoted, name) in &self.unknown {
            match record.cell(*position) {
                None => {}
                Some(Err(bytes)) => {
                    let text = String::from_utf8_lossy(bytes);
                    rejects.push(line, name, None, &text, Reason::NotUtf8)?;
                }
                Some(Ok(text)) => {
                    if let Some(text) = cell::text(text) {
                        self.json.push(if self.json.is_empty() { '{' } else { ',' });
                        self.json.push_str(quoted);
                        self.json.push(':');
                        self.json.push_str(&quote(text));
                    }
                }
            }
        }
        if self.json.is_empty() {
            self.unknown_text.append_null();
        } else {
            self.json.push('}');
            self.unknown_text.append_value(&self.json);
        }
        Ok(())
    }

    /// Takes the finished columns and starts anew.
    pub(crate) fn finish(&mut self) -> Finished {
        self.rows = 0;
        Finished {
            declared: self
                .slots
                .iter_mut()
                .map(|slot| slot.values.finish())
                .collect(),
            censored: self
                .slots
                .iter_mut()
                .filter_map(|slot| slot.censored.as_mut())
                .map(|flags| Arc::new(flags.finish()) as ArrayRef)
                .collect(),
            nulls: Arc::new(self.nulls.finish()),
            unknown: Arc::new(self.unknown_text.finish()),
            lines: Arc::new(self.lines.finish()),
        }
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

/// A JSON string.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Reads one cell into its column. Nothing is appended unless a value is taken.
#[inline]
fn append(values: &mut Values, column: &Column, text: &str, factor: f64) -> Result<Taken, Reason> {
    const VALUE: Taken = Taken::Value { censored: false };
    match values {
        Values::Text(builder) => {
            let taken = match column.kind {
                Kind::Crd => take(builder, cell::crd(text)?),
                Kind::Zip => take(builder, cell::zip(text)?),
                Kind::Flag => take(builder, cell::flag(text)?),
                Kind::Remark => take(builder, cell::remark(text)),
                _ => take(builder, cell::text(text)),
            };
            Ok(if taken { VALUE } else { Taken::Nothing })
        }
        Values::Integer(builder) => {
            let number = if factor == 1.0 {
                cell::integer(text, column.unit, column.censored)?
            } else {
                scaled(text, column, factor)?
            };
            let Some(Number { value, censored }) = number else {
                return Ok(Taken::Nothing);
            };
            within(value as f64, column)?;
            builder.append_value(value);
            Ok(Taken::Value { censored })
        }
        Values::Float(builder) => {
            let number = cell::float(text, column.unit, column.censored)?;
            let Some(Number { value, censored }) = number else {
                return Ok(Taken::Nothing);
            };
            // Adding zero turns the minus zero of `(0)` into zero.
            let value = if censored { value } else { value * factor } + 0.0;
            if !value.is_finite() {
                return Err(Reason::NotFinite);
            }
            within(value, column)?;
            builder.append_value(value);
            Ok(Taken::Value { censored })
        }
        Values::Boolean(builder) => match cell::boolean(text)? {
            None => Ok(Taken::Nothing),
            Some(value) => {
                builder.append_value(value);
                Ok(VALUE)
            }
        },
        Values::Timestamp(builder) => match cell::timestamp(text)? {
            None => Ok(Taken::Nothing),
            Some(value) => {
                builder.append_value(value);
                Ok(VALUE)
            }
        },
        Values::Date(builder) => match cell::date(text)? {
            None => Ok(Taken::Nothing),
            Some(value) => {
                builder.append_value(value);
                Ok(VALUE)
            }
        },
    }
}

/// Appends text if there is any.
fn take(builder: &mut StringBuilder, text: Option<impl AsRef<str>>) -> bool {
    match text {
        Some(text) => {
            builder.append_value(text.as_ref());
            true
        }
        None => false,
    }
}

/// A count the file gives in another unit.
fn scaled(text: &str, column: &Column, factor: f64) -> cell::Cell<Number<i64>> {
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

fn within(value: f64, column: &Column) -> Result<(), Reason> {
    match column.range {
        Some((lo, hi)) if !(lo..=hi).contains(&value) => Err(Reason::OutOfRange),
        _ => Ok(()),
    }
}
