//! The document tree that both encodings share. Arrays of numbers stay packed,
//! since nearly all of a model file is such arrays.

use crate::error::{Error, Result};

/// Nesting allowed in a document; a model needs seven levels.
pub(crate) const MAX_NESTING: usize = 64;

/// One node of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    /// Like `Ints`, always written as 64-bit numbers in UBJ; never read.
    Longs(Vec<i64>),
    Floats(Vec<f32>),
    /// Written as a typed array of bytes in UBJ, as numbers in JSON.
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// A value with the path that leads to it, so that errors can name it.
#[derive(Clone)]
pub(crate) struct At<'a> {
    pub(crate) value: &'a Value,
    pub(crate) path: String,
}

impl Value {
    pub(crate) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
        Value::Object(
            entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect(),
        )
    }

    pub(crate) fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// Packs a list whose members are all numbers. Integers beside floats become floats.
    pub(crate) fn pack(list: Vec<Value>) -> Value {
        let number = |v: &Value| matches!(v, Value::Int(_) | Value::Float(_));
        if list.is_empty() || !list.iter().all(number) {
            return Value::List(list);
        }
        if list.iter().all(|v| matches!(v, Value::Int(_))) {
            let int = |v| if let Value::Int(i) = v { Some(i) } else { None };
            return Value::Ints(list.into_iter().filter_map(int).collect());
        }
        let float = |v| match v {
            Value::Int(i) => Some(i as f32),
            Value::Float(f) => Some(f),
            _ => None,
        };
        Value::Floats(list.into_iter().filter_map(float).collect())
    }
}

impl<'a> At<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        At {
            value,
            path: String::new(),
        }
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> Error {
        Error::invalid(self.path.clone(), reason)
    }

    fn child(&self, key: &str, value: &'a Value) -> At<'a> {
        let path = if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        };
        At { value, path }
    }

    /// The member of that name; of repeated names the last, as XGBoost reads it.
    pub(crate) fn find(&self, key: &str) -> Option<At<'a>> {
        let Value::Object(entries) = self.value else {
            return None;
        };
        let (_, value) = entries.iter().rev().find(|(name, _)| name == key)?;
        Some(self.child(key, value))
    }

    pub(crate) fn get(&self, key: &str) -> Result<At<'a>> {
        self.find(key).ok_or_else(|| {
            let path = if self.path.is_empty() {
                key.to_owned()
            } else {
                format!("{}.{key}", self.path)
            };
            Error::invalid(path, "is missing")
        })
    }

    pub(crate) fn as_text(&self) -> Result<&'a str> {
        match self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.error("is not a text")),
        }
    }

    /// A whole number, stored as a number or, as XGBoost stores parameters, as text.
    pub(crate) fn as_int(&self) -> Result<i64> {
        match self.value {
            Value::Int(int) => Ok(*int),
            Value::Text(text) => text
                .trim()
                .parse()
                .map_err(|_| self.error("is not a whole number")),
            _ => Err(self.error("is not a whole number")),
        }
    }

    pub(crate) fn entries(&self) -> Result<&'a [(String, Value)]> {
        match self.value {
            Value::Object(entries) => Ok(entries),
            _ => Err(self.error("is not an object")),
        }
    }

    pub(crate) fn items(&self) -> Result<Vec<At<'a>>> {
        match self.value {
            Value::List(list) => Ok(list
                .iter()
                .enumerate()
                .map(|(i, value)| At {
                    value,
                    path: format!("{}[{i}]", self.path),
                })
                .collect()),
            Value::Ints(v) if v.is_empty() => Ok(Vec::new()),
            Value::Floats(v) if v.is_empty() => Ok(Vec::new()),
            Value::Bytes(v) if v.is_empty() => Ok(Vec::new()),
            _ => Err(self.error("is not a list")),
        }
    }

    pub(crate) fn texts(&self) -> Result<Vec<String>> {
        self.items()?
            .iter()
            .map(|item| item.as_text().map(str::to_owned))
            .collect()
    }

    pub(crate) fn ints(&self) -> Result<Vec<i64>> {
        match self.value {
            Value::Ints(ints) | Value::Longs(ints) => Ok(ints.clone()),
            Value::Bytes(bytes) => Ok(bytes.iter().map(|&b| i64::from(b)).collect()),
            Value::Floats(floats) if floats.is_empty() => Ok(Vec::new()),
            // booleans, as older files write the default directions
            Value::List(list) => list
                .iter()
                .map(|value| match value {
                    Value::Bool(bool) => Ok(i64::from(*bool)),
                    Value::Int(int) => Ok(*int),
                    _ => Err(self.error("is not a list of whole numbers")),
                })
                .collect(),
            _ => Err(self.error("is not a list of whole numbers")),
        }
    }

    pub(crate) fn floats(&self) -> Result<Vec<f32>> {
        match self.value {
            Value::Floats(floats) => Ok(floats.clone()),
            Value::Ints(ints) => Ok(ints.iter().map(|&i| i as f32).collect()),
            Value::Bytes(bytes) => Ok(bytes.iter().map(|&b| f32::from(b)).collect()),
            Value::List(list) if list.is_empty() => Ok(Vec::new()),
            _ => Err(self.error("is not a list of numbers")),
        }
    }
}
