//! Values of fields: what fits, ids of 15 and of 18 characters, moments.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::fields::{Field, Type};
use crate::store::Refusal;

/// A value as its field takes it, or why not.
pub(crate) fn typed(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let name = field.name.as_str();
    if value.is_null() || value.as_str() == Some("") {
        return Ok(match field.kind {
            Type::Checkbox => Value::Bool(false),
            _ => Value::Null,
        });
    }
    let bad_type = || {
        let shown = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        let message = format!("{name}: value not of required type: {shown}");
        Err(Refusal::new(
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            message,
            &[name],
        ))
    };
    match &field.kind {
        Type::Text(most) | Type::UniqueText(most) => {
            let Some(text) = value.as_str() else {
                return bad_type();
            };
            if text.encode_utf16().count() > *most {
                let message = format!("{name}: data value too large: {text} (max length={most})");
                return Err(Refusal::new("STRING_TOO_LONG", message, &[name]));
            }
            Ok(value.clone())
        }
        Type::Number(before, behind) => match number(value) {
            Some(number) => ranged(name, number, *before, *behind),
            None => bad_type(),
        },
        Type::Currency => match number(value) {
            Some(number) => ranged(name, number, 16, 2),
            None => bad_type(),
        },
        Type::Picklist(values) => match value.as_str() {
            Some(text) if values.iter().any(|known| known == text) => Ok(value.clone()),
            Some(text) => {
                let message = format!("{name}: bad value for restricted picklist field: {text}");
                Err(Refusal::new(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    message,
                    &[name],
                ))
            }
            None => bad_type(),
        },
        Type::Checkbox => match (value.as_bool(), value.as_str()) {
            (Some(known), _) => Ok(Value::Bool(known)),
            (None, Some("true" | "TRUE" | "1")) => Ok(Value::Bool(true)),
            (None, Some("false" | "FALSE" | "0")) => Ok(Value::Bool(false)),
            _ => bad_type(),
        },
        Type::Date => match value.as_str().map(|text| text.parse::<NaiveDate>()) {
            Some(Ok(day)) => Ok(day.to_string().into()),
            _ => bad_type(),
        },
        Type::DateTime => match value.as_str().and_then(read_moment) {
            Some(found) => Ok(moment(found).into()),
            None => bad_type(),
        },
        Type::Reference => match value.as_str() {
            Some(id) if is_id(id) => Ok(long_id(id).into()),
            Some(id) => Err(Refusal::new(
                "MALFORMED_ID",
                format!("{name}: id value of incorrect type: {id}"),
                &[name],
            )),
            None => bad_type(),
        },
    }
}

fn number(value: &Value) -> Option<f64> {
    let found = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok());
    found.filter(|number| number.is_finite())
}

/// Rounded to the field's digits; what has too many before the point is refused.
fn ranged(name: &str, number: f64, before: u32, behind: u32) -> Result<Value, Refusal> {
    let rounded: f64 = format!("{number:.*}", behind as usize)
        .parse()
        .unwrap_or(number);
    if rounded.abs() >= 10_f64.powi(before as i32) {
        let message = format!("{name}: value outside of valid range on numeric field: {number}");
        return Err(Refusal::new("NUMBER_OUTSIDE_VALID_RANGE", message, &[name]));
    }
    Ok(rounded.into())
}

/// Reads a moment in any of the spellings that are used.
pub(crate) fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|found| found.with_timezone(&Utc))
}

/// A moment as REST writes it.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// Whether a text has the form of an id.
pub(crate) fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The 18 characters of an id of 15: a letter for each five says which of them are capitals.
pub(crate) fn long_id(id: &str) -> String {
    if id.len() != 15 || !id.is_ascii() {
        return id.to_owned();
    }
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let suffix = id.as_bytes().chunks(5).map(|five| {
        let bits = five.iter().enumerate();
        let place: usize = bits
            .map(|(at, c)| usize::from(c.is_ascii_uppercase()) << at)
            .sum();
        char::from(LETTERS[place])
    });
    id.chars().chain(suffix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_become_long_ones() {
        // Published example: 001A0000006Vm9r is 001A0000006Vm9rIAC.
        assert_eq!(long_id("001A0000006Vm9r"), "001A0000006Vm9rIAC");
        assert_eq!(long_id("001A0000006Vm9rIAC"), "001A0000006Vm9rIAC");
    }

    #[test]
    fn values_have_to_fit() {
        let field = |kind| Field::new("X__c", kind);
        let code = |kind, value: Value| typed(&field(kind), &value).map_err(|refusal| refusal.code);
        let refused = |code: &str| Err(code.to_owned());
        assert_eq!(code(Type::Number(1, 4), 0.02404.into()), Ok(0.024.into()));
        assert_eq!(code(Type::Number(1, 4), "0.5".into()), Ok(0.5.into()));
        // It is what is kept that has to fit: 9.99996 would be kept as 10.0000.
        for too_large in [10.0, 9.99996, -10.0] {
            assert_eq!(
                code(Type::Number(1, 4), too_large.into()),
                refused("NUMBER_OUTSIDE_VALID_RANGE")
            );
        }
        assert_eq!(
            code(Type::Text(3), "abcd".into()),
            refused("STRING_TOO_LONG")
        );
        assert_eq!(
            code(Type::Number(1, 0), "x".into()),
            refused("INVALID_TYPE_ON_FIELD_IN_RECORD")
        );
        assert_eq!(
            code(Type::Picklist(vec!["A".into()]), "B".into()),
            refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
        );
        assert_eq!(code(Type::Reference, "005".into()), refused("MALFORMED_ID"));
        assert_eq!(
            code(Type::DateTime, "2025-12-31T08:00:00Z".into()),
            Ok("2025-12-31T08:00:00.000+0000".into())
        );
        assert_eq!(code(Type::Text(3), "".into()), Ok(Value::Null));
        assert_eq!(code(Type::Checkbox, Value::Null), Ok(Value::Bool(false)));
    }
}
