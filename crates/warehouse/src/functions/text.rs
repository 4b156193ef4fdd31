//! Text.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::cast::as_int64_array;
use datafusion::error::Result;

use super::{Args, Definition, failed, is_text, refused, texts};

pub(super) const FUNCTIONS: &[Definition] = &[Definition {
    name: "bq_substr",
    coerce: |types| {
        if !is_text(&types[0]) {
            return Err(refused(format!(
                "SUBSTR: expected STRING, not {}",
                types[0]
            )));
        }
        let mut wanted = vec![DataType::Int64; types.len()];
        wanted[0] = DataType::Utf8;
        Ok(wanted)
    },
    returns: |_| Ok(DataType::Utf8),
    run: substr,
}];

/// Positions count from 1, negative ones from the end, 0 is 1.
fn substr(args: &Args) -> Result<ArrayRef> {
    let (values, starts) = (args.array(0)?, args.array(1)?);
    let lengths = if args.len() > 2 {
        Some(args.array(2)?)
    } else {
        None
    };
    let values = texts(&values)?;
    let starts = as_int64_array(&starts)?;
    let lengths = lengths
        .as_ref()
        .map(|array| as_int64_array(array))
        .transpose()?;
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let missing = values.is_null(row)
            || starts.is_null(row)
            || lengths.is_some_and(|lengths| lengths.is_null(row));
        if missing {
            out.append_null();
            continue;
        }
        let text = values.value(row);
        let count = text.chars().count() as i64;
        let start = match starts.value(row) {
            0 => 0,
            position if position > 0 => position - 1,
            position => (count.saturating_add(position)).max(0),
        };
        let length = match lengths {
            Some(lengths) if lengths.value(row) < 0 => {
                return Err(failed("SUBSTR: the length is negative"));
            }
            Some(lengths) => lengths.value(row),
            None => i64::MAX,
        };
        let cut: String = text
            .chars()
            .skip(usize::try_from(start).unwrap_or(usize::MAX))
            .take(usize::try_from(length).unwrap_or(usize::MAX))
            .collect();
        out.append_value(cut);
    }
    Ok(Arc::new(out.finish()))
}
