//! A model while it is being trained.

use std::ffi::{CStr, c_int};
use std::marker::PhantomData;

use super::data::{Data, text, with_texts};
use super::functions::Handle;
use super::library::Library;
use crate::{LearnError, Result};

/// A model file format of XGBoost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelFormat {
    /// Text.
    Json,
    /// Universal binary JSON.
    Ubj,
}

/// A booster inside the library.
pub struct Booster {
    library: Library,
    handle: Handle,
    /// The handle must stay on its thread: the library keeps errors per thread.
    _not_send: PhantomData<*const ()>,
}

impl Booster {
    /// An untrained booster for data like `train`, with XGBoost parameters.
    pub fn new(library: Library, train: &Data, parameters: &[(String, String)]) -> Result<Self> {
        let data = [train.handle()];
        let mut handle = std::ptr::null_mut();
        // SAFETY: the list holds one live data handle.
        let code =
            unsafe { (library.functions().booster_create)(data.as_ptr(), 1, &raw mut handle) };
        library.check("XGBoosterCreate", code)?;
        let booster = Self {
            library,
            handle,
            _not_send: PhantomData,
        };
        for (name, value) in parameters {
            booster.set(name, value)?;
        }
        Ok(booster)
    }

    /// A booster from a saved model, JSON or UBJ.
    pub fn from_bytes(library: Library, bytes: &[u8]) -> Result<Self> {
        let mut handle = std::ptr::null_mut();
        // SAFETY: an empty list of data is allowed.
        let code =
            unsafe { (library.functions().booster_create)(std::ptr::null(), 0, &raw mut handle) };
        library.check("XGBoosterCreate", code)?;
        let booster = Self {
            library,
            handle,
            _not_send: PhantomData,
        };
        // SAFETY: the bytes live through the call and are copied by it.
        let code = unsafe {
            (library.functions().booster_load)(
                booster.handle,
                bytes.as_ptr().cast(),
                bytes.len() as u64,
            )
        };
        library.check("XGBoosterLoadModelFromBuffer", code)?;
        Ok(booster)
    }

    /// Sets one parameter.
    pub fn set(&self, name: &str, value: &str) -> Result<()> {
        let (name, value) = (text(name)?, text(value)?);
        // SAFETY: the handle is alive, both texts end with a zero byte.
        let code = unsafe {
            (self.library.functions().booster_set)(self.handle, name.as_ptr(), value.as_ptr())
        };
        self.library.check("XGBoosterSetParam", code)
    }

    /// Writes column names and types into the model, so that its files can be
    /// used by name anywhere (BigQuery ML needs both).
    pub fn set_features(&self, names: &[String]) -> Result<()> {
        let types = vec!["float".to_owned(); names.len()];
        for (field, values) in [(c"feature_name", names), (c"feature_type", &types[..])] {
            with_texts(values, |pointers, length| {
                // SAFETY: the handle is alive and the pointers are `length`
                // texts that end with a zero byte and live through the call.
                let code = unsafe {
                    (self.library.functions().booster_set_text)(
                        self.handle,
                        field.as_ptr(),
                        pointers,
                        length,
                    )
                };
                self.library.check("XGBoosterSetStrFeatureInfo", code)
            })?;
        }
        Ok(())
    }

    /// Adds the trees of one round.
    pub fn update(&mut self, round: u32, train: &Data) -> Result<()> {
        let round = c_round(round)?;
        // SAFETY: both handles are alive.
        let code = unsafe {
            (self.library.functions().booster_update)(self.handle, round, train.handle())
        };
        self.library.check("XGBoosterUpdateOneIter", code)
    }

    /// The value of the last evaluation metric on `data` after `round`, read from
    /// the library's evaluation text, which has all 17 digits.
    pub fn evaluate(&self, round: u32, data: &Data) -> Result<f64> {
        let round = c_round(round)?;
        let mut handles = [data.handle()];
        let mut names = [c"stop".as_ptr()];
        let mut result = std::ptr::null();
        // SAFETY: one live data handle with one name; the result is a text owned
        // by the booster, valid until its next call and copied here.
        let code = unsafe {
            (self.library.functions().booster_evaluate)(
                self.handle,
                round,
                handles.as_mut_ptr(),
                names.as_mut_ptr(),
                1,
                &raw mut result,
            )
        };
        self.library.check("XGBoosterEvalOneIter", code)?;
        // SAFETY: set by the successful call above.
        let line = unsafe { CStr::from_ptr(result) }.to_string_lossy();
        last_value(&line).ok_or_else(|| LearnError::Xgboost {
            call: "XGBoosterEvalOneIter",
            message: format!("no number in its answer {line:?}"),
        })
    }

    /// The first `rounds` rounds of this booster.
    pub fn first_rounds(&self, rounds: u32) -> Result<Self> {
        let mut handle = std::ptr::null_mut();
        // SAFETY: the handle is alive; a range outside the model is an error code.
        let code = unsafe {
            (self.library.functions().booster_slice)(
                self.handle,
                0,
                c_round(rounds)?,
                1,
                &raw mut handle,
            )
        };
        self.library.check("XGBoosterSlice", code)?;
        Ok(Self {
            library: self.library,
            handle,
            _not_send: PhantomData,
        })
    }

    /// The model as a file's bytes.
    pub fn save(&self, format: ModelFormat) -> Result<Vec<u8>> {
        let config = match format {
            ModelFormat::Json => c"{\"format\": \"json\"}",
            ModelFormat::Ubj => c"{\"format\": \"ubj\"}",
        };
        let (mut length, mut bytes) = (0, std::ptr::null());
        // SAFETY: the handle is alive, the text ends with a zero byte.
        let code = unsafe {
            (self.library.functions().booster_save)(
                self.handle,
                config.as_ptr(),
                &raw mut length,
                &raw mut bytes,
            )
        };
        self.library.check("XGBoosterSaveModelToBuffer", code)?;
        let length = usize::try_from(length).unwrap_or(0);
        if length == 0 || bytes.is_null() {
            let message = "it saved nothing".to_owned();
            return Err(LearnError::Xgboost {
                call: "XGBoosterSaveModelToBuffer",
                message,
            });
        }
        // SAFETY: the call gave `length` bytes owned by the booster, valid until
        // its next call; they are copied here.
        Ok(unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) }.to_vec())
    }

    /// The library's own margins (log-odds) for each row of `data`.
    pub fn margins(&self, data: &Data) -> Result<Vec<f32>> {
        let config = c"{\"type\": 1, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, \"strict_shape\": false}";
        self.predict(data, config, 1)
    }

    /// As [`Booster::margins`], by the first `rounds` rounds only.
    pub fn margins_of_first(&self, data: &Data, rounds: u32) -> Result<Vec<f32>> {
        let config = text(&format!(
            "{{\"type\": 1, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": {rounds}, \"strict_shape\": false}}"
        ))?;
        self.predict(data, &config, 1)
    }

    /// The library's own SHAP values: for each row of `data` one value a column and
    /// the bias last.
    pub fn contributions(&self, data: &Data) -> Result<Vec<f32>> {
        let config = c"{\"type\": 2, \"training\": false, \"iteration_begin\": 0, \"iteration_end\": 0, \"strict_shape\": false}";
        self.predict(data, config, data.n_columns() + 1)
    }

    /// Runs a prediction that gives `width` values for each row.
    fn predict(&self, data: &Data, config: &CStr, width: usize) -> Result<Vec<f32>> {
        let (mut shape, mut dimensions, mut values) = (std::ptr::null(), 0, std::ptr::null());
        // SAFETY: both handles are alive, the text ends with a zero byte.
        let code = unsafe {
            (self.library.functions().booster_predict)(
                self.handle,
                data.handle(),
                config.as_ptr(),
                &raw mut shape,
                &raw mut dimensions,
                &raw mut values,
            )
        };
        self.library.check("XGBoosterPredictFromDMatrix", code)?;
        let dimensions = usize::try_from(dimensions).unwrap_or(0);
        // SAFETY: the call gave a shape of that many dimensions.
        let shape = unsafe { std::slice::from_raw_parts(shape, dimensions) };
        let length: u64 = shape.iter().product();
        let expected = data.n_rows() * width;
        if length != expected as u64 {
            let found = usize::try_from(length).unwrap_or(0);
            return Err(LearnError::shape("xgboost predictions", expected, found));
        }
        // SAFETY: the call gave as many values as its shape says, owned by the
        // booster and valid until its next call; they are copied here.
        Ok(unsafe { std::slice::from_raw_parts(values, expected) }.to_vec())
    }
}

impl Drop for Booster {
    fn drop(&mut self) {
        // SAFETY: the handle came from the library and is freed once. A failure
        // could only leak memory, so there is nothing to report.
        unsafe { (self.library.functions().booster_free)(self.handle) };
    }
}

fn c_round(round: u32) -> Result<c_int> {
    c_int::try_from(round).map_err(|_| LearnError::Recipe {
        parameter: "rounds",
        value: round.to_string(),
        rule: "at most 2147483647",
    })
}

/// `[3]\tstop-auc:0.7\tstop-aucpr:0.12` gives 0.12.
fn last_value(line: &str) -> Option<f64> {
    line.rsplit_once(':')
        .and_then(|(_, number)| number.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_last_metric_with_all_digits() {
        assert_eq!(
            last_value("[3]\tstop-auc:0.7\tstop-aucpr:0.12345678901234567"),
            Some(0.123_456_789_012_345_67)
        );
        assert_eq!(last_value("[3]"), None);
        assert!(last_value("[3]\tstop-aucpr:nan").unwrap().is_nan());
    }
}
