//! Undeclared cells as one JSON object of text for each row.

use std::fmt::Write;

use datafusion::arrow::array::StringBuilder;

use super::BlockRejects;
use crate::cell;
use crate::tokens::{Block, Row};

/// An undeclared column whose text is kept.
pub(super) struct Unknown {
    place: usize,
    name: String,
    /// The name as JSON, with the colon after it.
    label: String,
}

impl Unknown {
    pub(super) fn new(place: usize, name: &str) -> Unknown {
        Unknown {
            place,
            name: name.into(),
            label: format!("{}:", serde_json::Value::from(name)),
        }
    }
}

/// Adds the row's undeclared cells, or null if none holds a value. `order` is the place of
/// the first of them among the row's rejects.
pub(super) fn append_object(
    objects: &mut StringBuilder,
    unknown: &[Unknown],
    block: &Block<'_>,
    row: &Row,
    order: usize,
    rejects: &mut BlockRejects,
) {
    let mut before = '{';
    for (index, column) in unknown.iter().enumerate() {
        match block.cell(row, column.place) {
            Err(bytes) => rejects.unknown(row.line, order + index, &column.name, bytes),
            Ok(text) => {
                let Some(text) = cell::text(text) else {
                    continue;
                };
                // Writing to a builder cannot fail; it grows the value in hand.
                let _ = objects.write_char(before);
                let _ = objects.write_str(&column.label);
                if is_plain(text) {
                    let _ = objects.write_char('"');
                    let _ = objects.write_str(text);
                    let _ = objects.write_char('"');
                } else {
                    let _ = write!(objects, "{}", serde_json::Value::from(text));
                }
                before = ',';
            }
        }
    }
    if before == '{' {
        objects.append_null();
    } else {
        let _ = objects.write_char('}');
        objects.append_value("");
    }
}

/// True for text that stands in JSON as it is (RFC 8259, section 7).
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn plain_text_is_what_json_leaves_as_it_is(text in "\\PC{0,12}|[\\x00-\\x7f]{0,6}") {
            let quoted = serde_json::Value::from(text.as_str()).to_string();
            prop_assert_eq!(is_plain(&text), quoted == format!("\"{text}\""));
        }
    }
}
