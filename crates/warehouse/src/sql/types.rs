//! GoogleSQL's types.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::error::Result;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::DataType as SqlType;

/// GoogleSQL's type names. `NUMERIC` has 38 digits, 9 after the point; `TIMESTAMP`
/// is microseconds in UTC, `DATETIME` microseconds without a zone.
#[derive(Debug)]
pub(crate) struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let planned = match sql_type {
            SqlType::Float64 => DataType::Float64,
            SqlType::Int64 => DataType::Int64,
            SqlType::Bool | SqlType::Boolean => DataType::Boolean,
            SqlType::String(_) => DataType::Utf8,
            SqlType::Bytes(_) => DataType::Binary,
            SqlType::Numeric(_) => DataType::Decimal128(38, 9),
            SqlType::Timestamp(_, _) => {
                DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")))
            }
            SqlType::Datetime(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
            SqlType::Date => DataType::Date32,
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(Field::new("", planned, true))))
    }
}
