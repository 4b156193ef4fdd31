//! Values for `@name` parameters of a query.

use std::collections::BTreeMap;

use chrono::NaiveDate;

/// One parameter's value.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamValue {
    /// A `DATE`.
    Date(NaiveDate),
    /// An `INT64`.
    Int64(i64),
    /// A `FLOAT64`.
    Float64(f64),
    /// A `STRING`.
    String(String),
    /// A `BOOL`.
    Bool(bool),
    /// An `ARRAY<STRING>`, for `x IN UNNEST(@names)`.
    StringArray(Vec<String>),
}

/// The parameters of a query by name, case-insensitive as in BigQuery.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(BTreeMap<String, ParamValue>);

impl Params {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }

    /// These parameters and `@name` = `value`; a second value for a name replaces the first.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<ParamValue>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets `@name` to `value`.
    pub fn set(&mut self, name: &str, value: impl Into<ParamValue>) {
        self.0.insert(
            name.trim_start_matches('@').to_ascii_lowercase(),
            value.into(),
        );
    }

    /// The value of `@name`.
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        self.0
            .get(&name.trim_start_matches('@').to_ascii_lowercase())
    }

    /// The names that have a value, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl From<NaiveDate> for ParamValue {
    fn from(value: NaiveDate) -> Self {
        ParamValue::Date(value)
    }
}
impl From<i64> for ParamValue {
    fn from(value: i64) -> Self {
        ParamValue::Int64(value)
    }
}
impl From<f64> for ParamValue {
    fn from(value: f64) -> Self {
        ParamValue::Float64(value)
    }
}
impl From<&str> for ParamValue {
    fn from(value: &str) -> Self {
        ParamValue::String(value.to_owned())
    }
}
impl From<String> for ParamValue {
    fn from(value: String) -> Self {
        ParamValue::String(value)
    }
}
impl From<bool> for ParamValue {
    fn from(value: bool) -> Self {
        ParamValue::Bool(value)
    }
}
impl From<Vec<String>> for ParamValue {
    fn from(value: Vec<String>) -> Self {
        ParamValue::StringArray(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ignore_case_and_the_at_sign() {
        let params = Params::new().with("@AsOf", 1_i64).with("asof", 2_i64);
        assert_eq!(params.get("ASOF"), Some(&ParamValue::Int64(2)));
        assert_eq!(params.names().collect::<Vec<_>>(), vec!["asof"]);
    }
}
