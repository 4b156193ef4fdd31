//! Rows handed to the library.

use std::ffi::{CString, c_char};
use std::marker::PhantomData;

use super::functions::Handle;
use super::library::Library;
use crate::{LearnError, Result};

/// A dense `f32` table inside the library, `NaN` missing, with its column names.
pub struct Data {
    library: Library,
    handle: Handle,
    n_rows: usize,
    n_columns: usize,
    /// The handle must stay on its thread: the library keeps errors per thread.
    _not_send: PhantomData<*const ()>,
}

impl Data {
    /// Copies row-major `values` into the library; `names` are the columns.
    /// `threads` 0 means all; the result does not depend on it.
    pub fn new(library: Library, names: &[String], values: &[f32], threads: usize) -> Result<Self> {
        let columns = names.len();
        if columns == 0 || values.is_empty() || !values.len().is_multiple_of(columns) {
            return Err(LearnError::shape(
                "values for xgboost",
                columns.max(1),
                values.len(),
            ));
        }
        let n_rows = values.len() / columns;
        let array = array_interface(values, &[n_rows, columns])?;
        let config = text(&format!("{{\"missing\": NaN, \"nthread\": {threads}}}"))?;
        let mut handle = std::ptr::null_mut();
        // SAFETY: both texts end with a zero byte; the array text describes
        // `values`, which lives through the call and is copied by it.
        let code = unsafe {
            (library.functions().data_from_dense)(array.as_ptr(), config.as_ptr(), &raw mut handle)
        };
        library.check("XGDMatrixCreateFromDense", code)?;
        let data = Self {
            library,
            handle,
            n_rows,
            n_columns: columns,
            _not_send: PhantomData,
        };
        data.set_text(c"feature_name", names)?;
        data.set_text(c"feature_type", &vec!["float".to_owned(); columns])?;
        Ok(data)
    }

    /// Sets the labels, one for each row.
    pub fn set_labels(&mut self, labels: &[bool]) -> Result<()> {
        let numbers: Vec<f32> = labels
            .iter()
            .map(|&label| f32::from(u8::from(label)))
            .collect();
        self.set_numbers(c"label", &numbers)
    }

    /// Sets weights, one for each row.
    pub fn set_weights(&mut self, weights: &[f32]) -> Result<()> {
        self.set_numbers(c"weight", weights)
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub(super) fn handle(&self) -> Handle {
        self.handle
    }

    fn set_numbers(&mut self, field: &std::ffi::CStr, numbers: &[f32]) -> Result<()> {
        if numbers.len() != self.n_rows {
            return Err(LearnError::shape(
                field.to_string_lossy(),
                self.n_rows,
                numbers.len(),
            ));
        }
        let array = array_interface(numbers, &[numbers.len()])?;
        // SAFETY: the handle is alive, both texts end with a zero byte, and the
        // numbers live through the call and are copied by it.
        let code = unsafe {
            (self.library.functions().data_set_info)(self.handle, field.as_ptr(), array.as_ptr())
        };
        self.library.check("XGDMatrixSetInfoFromInterface", code)
    }

    fn set_text(&self, field: &std::ffi::CStr, values: &[String]) -> Result<()> {
        with_texts(values, |pointers, length| {
            // SAFETY: the handle is alive and the pointers are `length` texts
            // that end with a zero byte and live through the call.
            let code = unsafe {
                (self.library.functions().data_set_text)(
                    self.handle,
                    field.as_ptr(),
                    pointers,
                    length,
                )
            };
            self.library.check("XGDMatrixSetStrFeatureInfo", code)
        })
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        // SAFETY: the handle came from the library and is freed once. A failure
        // could only leak memory, so there is nothing to report.
        unsafe { (self.library.functions().data_free)(self.handle) };
    }
}

/// Text for C; a zero byte inside is refused.
pub(super) fn text(value: &str) -> Result<CString> {
    CString::new(value).map_err(|_| {
        LearnError::encode(
            format!("the text {value:?} contains a zero byte"),
            "rename the column or the parameter",
        )
    })
}

/// Lends texts to C as a list of pointers.
pub(super) fn with_texts<T>(
    values: &[String],
    call: impl FnOnce(*mut *const c_char, u64) -> Result<T>,
) -> Result<T> {
    let texts = values
        .iter()
        .map(|value| text(value))
        .collect::<Result<Vec<_>>>()?;
    let mut pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
    call(pointers.as_mut_ptr(), pointers.len() as u64)
}

/// Describes numbers by NumPy's array interface, which the library reads as JSON.
fn array_interface(values: &[f32], shape: &[usize]) -> Result<CString> {
    let order = if cfg!(target_endian = "little") {
        '<'
    } else {
        '>'
    };
    text(&format!(
        "{{\"data\": [{}, true], \"shape\": {shape:?}, \"typestr\": \"{order}f4\", \"version\": 3}}",
        values.as_ptr().addr()
    ))
}
