//! Functions with GoogleSQL's meaning, where the engine has none or another.
//!
//! Their names start with `bq_`; only the rewriting step writes them into a query.

mod calendar;
mod convert;
mod datetime;
mod list;
mod number;
mod pattern;
mod text;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_string_array;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// All functions of this kind.
pub(crate) fn all() -> Vec<ScalarUDF> {
    [
        number::FUNCTIONS,
        text::FUNCTIONS,
        list::FUNCTIONS,
        convert::FUNCTIONS,
        datetime::FUNCTIONS,
        pattern::FUNCTIONS,
    ]
    .into_iter()
    .flatten()
    .map(|definition| {
        ScalarUDF::new_from_impl(Function {
            definition,
            signature: Signature::user_defined(Volatility::Immutable),
        })
    })
    .collect()
}

/// One function: its name, the types it wants, the type it gives, and how.
struct Definition {
    name: &'static str,
    coerce: fn(&[DataType]) -> Result<Vec<DataType>>,
    returns: fn(&[DataType]) -> Result<DataType>,
    run: fn(&Args) -> Result<ArrayRef>,
}

/// The arguments of one evaluation.
struct Args {
    values: Vec<ColumnarValue>,
    rows: usize,
}

impl Args {
    fn array(&self, index: usize) -> Result<ArrayRef> {
        self.values[index].to_array(self.rows)
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    /// A text that is the same in all rows, such as a date part.
    fn constant(&self, index: usize) -> Result<String> {
        let scalar = match &self.values[index] {
            ColumnarValue::Scalar(scalar) => scalar.clone(),
            ColumnarValue::Array(array) if !array.is_empty() => {
                ScalarValue::try_from_array(array, 0)?
            }
            ColumnarValue::Array(_) => ScalarValue::Utf8(Some(String::new())),
        };
        match scalar {
            ScalarValue::Utf8(Some(text)) => Ok(text),
            other => Err(failed(format!("expected a constant text, not {other}"))),
        }
    }
}

fn failed(message: impl Into<String>) -> DataFusionError {
    DataFusionError::Execution(message.into())
}

fn refused(message: impl Into<String>) -> DataFusionError {
    DataFusionError::Plan(message.into())
}

/// The texts of an argument.
fn texts(array: &ArrayRef) -> Result<&StringArray> {
    as_string_array(array)
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null
    )
}

/// The function as the engine sees it.
struct Function {
    definition: &'static Definition,
    signature: Signature,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.definition.name)
            .finish_non_exhaustive()
    }
}

// a name stands for one definition, so the name decides
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name
    }
}
impl Eq for Function {}
impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        (self.definition.coerce)(arg_types)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        (self.definition.returns)(arg_types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let result: ArrayRef = (self.definition.run)(&Args {
            values: args.args,
            rows,
        })?;
        if constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &result, 0,
            )?));
        }
        Ok(ColumnarValue::Array(Arc::clone(&result)))
    }
}
