//! The growing values of one column. Arrow's builders keep a bit for each null at once;
//! here it is a byte until the batch is done, because setting a bit waits for the one
//! before it to be set.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, PrimitiveArray, StringArray};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::ArrowPrimitiveType;

use crate::error::Result;
use crate::reader::BATCH_ROWS;

/// Which values are there.
#[derive(Default)]
struct Validity(Vec<bool>);

impl Validity {
    #[inline]
    fn push(&mut self, valid: bool) {
        self.0.push(valid);
    }

    fn push_nulls(&mut self, rows: usize) {
        self.0.resize(self.0.len() + rows, false);
    }

    /// Null buffer, left out when nothing is null; starts anew.
    fn finish(&mut self) -> Option<NullBuffer> {
        let nulls = NullBuffer::new(bits(&self.0));
        self.0.clear();
        (nulls.null_count() > 0).then_some(nulls)
    }
}

fn bits(flags: &[bool]) -> BooleanBuffer {
    BooleanBuffer::collect_bool(flags.len(), |index| flags[index])
}

/// Values of one size.
pub(super) struct Fixed<P: ArrowPrimitiveType> {
    values: Vec<P::Native>,
    valid: Validity,
}

impl<P: ArrowPrimitiveType> Default for Fixed<P> {
    fn default() -> Self {
        Fixed {
            values: Vec::new(),
            valid: Validity::default(),
        }
    }
}

impl<P: ArrowPrimitiveType> Fixed<P> {
    #[inline]
    pub(super) fn push(&mut self, value: Option<P::Native>) {
        self.valid.push(value.is_some());
        self.values.push(value.unwrap_or_default());
    }

    pub(super) fn push_nulls(&mut self, rows: usize) {
        self.valid.push_nulls(rows);
        self.values
            .resize(self.values.len() + rows, P::Native::default());
    }

    pub(super) fn finish(&mut self) -> Result<PrimitiveArray<P>> {
        let next = Vec::with_capacity(BATCH_ROWS);
        let values = std::mem::replace(&mut self.values, next);
        Ok(PrimitiveArray::try_new(values.into(), self.valid.finish())?)
    }
}

/// True and false.
#[derive(Default)]
pub(super) struct Flags {
    values: Vec<bool>,
    valid: Validity,
}

impl Flags {
    #[inline]
    pub(super) fn push(&mut self, value: Option<bool>) {
        self.valid.push(value.is_some());
        self.values.push(value.unwrap_or_default());
    }

    pub(super) fn push_nulls(&mut self, rows: usize) {
        self.valid.push_nulls(rows);
        self.values.resize(self.values.len() + rows, false);
    }

    pub(super) fn finish(&mut self) -> BooleanArray {
        let values = bits(&self.values);
        self.values.clear();
        BooleanArray::new(values, self.valid.finish())
    }
}

/// Text, in one piece. The reader ends a batch long before the piece is too long for its
/// offsets.
pub(super) struct Texts {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
    valid: Validity,
}

impl Default for Texts {
    fn default() -> Self {
        Texts {
            bytes: Vec::new(),
            offsets: vec![0],
            valid: Validity::default(),
        }
    }
}

impl Texts {
    #[inline]
    pub(super) fn push(&mut self, value: Option<&str>) {
        if let Some(text) = value {
            self.bytes.extend_from_slice(text.as_bytes());
        }
        self.valid.push(value.is_some());
        self.offsets.push(self.bytes.len() as i32);
    }

    pub(super) fn push_nulls(&mut self, rows: usize) {
        self.valid.push_nulls(rows);
        let end = self.bytes.len() as i32;
        self.offsets.resize(self.offsets.len() + rows, end);
    }

    /// The next batch's text is expected to be as long as this one's.
    pub(super) fn finish(&mut self) -> Result<ArrayRef> {
        let bytes = Vec::with_capacity(self.bytes.len());
        let bytes = std::mem::replace(&mut self.bytes, bytes);
        let mut offsets = Vec::with_capacity(BATCH_ROWS + 1);
        offsets.push(0);
        let offsets = std::mem::replace(&mut self.offsets, offsets);
        Ok(Arc::new(StringArray::try_new(
            OffsetBuffer::new(offsets.into()),
            bytes.into(),
            self.valid.finish(),
        )?))
    }
}
