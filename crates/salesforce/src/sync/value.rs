//! Values as both APIs take them.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::sfdx::Kind;

/// What stands for "nothing" in CSV of Bulk API 2.0; an empty cell would leave the old value.
pub(crate) const NOTHING: &str = "#N/A";

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing: the field is emptied.
    Null,
    /// Text.
    Text(String),
    /// A number, rounded to its field's digits.
    Number(f64),
    /// Yes or no.
    Bool(bool),
    /// A calendar day.
    Date(NaiveDate),
    /// A moment.
    DateTime(DateTime<Utc>),
}

impl Value {
    /// As a cell of CSV.
    pub fn cell(&self, kind: &Kind) -> String {
        match self {
            Value::Null => NOTHING.to_owned(),
            Value::Text(text) => text.clone(),
            Value::Number(number) => decimal(*number, kind),
            Value::Bool(known) => known.to_string(),
            Value::Date(day) => day.to_string(),
            Value::DateTime(moment) => moment.to_rfc3339_opts(SecondsFormat::Millis, true),
        }
    }

    /// As JSON.
    pub fn json(&self, kind: &Kind) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Number(number) => decimal(*number, kind)
                .parse::<f64>()
                .ok()
                .and_then(serde_json::Number::from_f64)
                .map_or(Json::Null, Json::Number),
            Value::Bool(known) => Json::Bool(*known),
            other => Json::String(other.cell(kind)),
        }
    }

    /// Reads what the org gave back. What does not fit the kind counts as nothing.
    pub fn from_json(json: &Json, kind: &Kind) -> Self {
        match (json, kind) {
            (Json::Bool(known), _) => Value::Bool(*known),
            (Json::Number(number), _) => number.as_f64().map_or(Value::Null, Value::Number),
            (Json::String(text), _) => Value::from_text(text, kind),
            _ => Value::Null,
        }
    }

    fn from_text(text: &str, kind: &Kind) -> Self {
        if text.is_empty() {
            return Value::Null;
        }
        let read = match kind {
            Kind::Date => text.parse().ok().map(Value::Date),
            // Salesforce writes `+0000`, which RFC 3339 does not know.
            Kind::DateTime => DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
                .or_else(|_| DateTime::parse_from_rfc3339(text))
                .ok()
                .map(|moment| Value::DateTime(moment.with_timezone(&Utc))),
            Kind::Number { .. } => text.parse().ok().map(Value::Number),
            Kind::Checkbox => text.parse().ok().map(Value::Bool),
            _ => Some(Value::Text(text.to_owned())),
        };
        read.unwrap_or(Value::Null)
    }

    /// The value as its field can hold it, and what was done to it if anything.
    pub fn fitted(self, kind: &Kind) -> (Self, Option<String>) {
        match (self, kind) {
            // Nothing at all is a value in JSON and none in CSV.
            (Value::Text(text), _) if text.is_empty() => (Value::Null, None),
            (Value::Text(text), Kind::Text { length } | Kind::Key { length }) => {
                shortened(text, usize::from(*length))
            }
            (Value::Text(text), Kind::LongText { length }) => shortened(text, *length as usize),
            (Value::Number(number), Kind::Number { .. }) if !number.is_finite() => {
                (Value::Null, Some("no number: left empty".into()))
            }
            (Value::Number(number), Kind::Number { precision, scale }) => {
                bounded(number, *precision, *scale)
            }
            (other, _) => (other, None),
        }
    }
}

/// A number with its field's digits, without needless zeros and never `-0`.
fn decimal(number: f64, kind: &Kind) -> String {
    let Kind::Number { scale, .. } = kind else {
        return number.to_string();
    };
    let text = format!("{number:.*}", usize::from(*scale));
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text[..],
    };
    match text {
        "-0" => "0".into(),
        text => text.to_owned(),
    }
}

fn shortened(text: String, most: usize) -> (Value, Option<String>) {
    // Salesforce counts in UTF-16, where some characters take two.
    let units = |text: &str| text.encode_utf16().count();
    if units(&text) <= most {
        return (Value::Text(text), None);
    }
    let mut kept = String::new();
    let mut used = 1;
    for letter in text.chars() {
        used += letter.len_utf16();
        if used > most {
            break;
        }
        kept.push(letter);
    }
    let mut kept = kept.trim_end().to_owned();
    kept.push('…');
    (
        Value::Text(kept),
        Some(format!("shortened to {most} characters")),
    )
}

fn bounded(number: f64, precision: u8, scale: u8) -> (Value, Option<String>) {
    let (whole, scale) = (precision.saturating_sub(scale), usize::from(scale));
    let bound = 10_f64.powi(i32::from(whole));
    // Rounded as it will be stored, so that what is read back is equal, and judged after that:
    // rounding may lead over the edge.
    let rounded = format!("{number:.scale$}").parse().unwrap_or(number);
    if rounded.abs() < bound {
        return (Value::Number(rounded), None);
    }
    let nines = |count: usize| "9".repeat(count);
    let most = format!("{}.{}", nines(usize::from(whole)), nines(scale));
    // With more digits than a float has, the nines round up to the bound.
    let most = most.parse().unwrap_or(0.0_f64).min(bound.next_down());
    let held = most.copysign(number);
    (
        Value::Number(held),
        Some(format!("{number} does not fit: written as {held}")),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NUMBER: Kind = Kind::Number {
        precision: 5,
        scale: 4,
    };

    #[test]
    fn numbers_keep_four_decimals_and_their_bounds() {
        let fitted = |number| Value::Number(number).fitted(&NUMBER);
        assert_eq!(fitted(0.0163), (Value::Number(0.0163), None));
        assert_eq!(fitted(0.024_04).0.cell(&NUMBER), "0.024");
        let (held, note) = fitted(26_799.0);
        assert_eq!(held, Value::Number(9.9999));
        assert!(note.unwrap().contains("26799"));
        assert_eq!(fitted(-26_799.0).0, Value::Number(-9.9999));
        assert_eq!(fitted(f64::NAN).0, Value::Null);
        assert_eq!(Value::Number(-0.000_01).cell(&NUMBER), "0");
    }

    #[test]
    fn moments_are_read_in_both_spellings() {
        let both = ["2025-12-31T08:00:00.000+0000", "2025-12-31T08:00:00Z"];
        let read = both.map(|text| Value::from_json(&text.into(), &Kind::DateTime));
        assert_eq!(read[0], read[1]);
        assert_eq!(read[0].cell(&Kind::DateTime), "2025-12-31T08:00:00.000Z");
    }

    proptest! {
        #[test]
        fn a_text_fits_and_ends_on_a_character(text in "\\PC{0,60}", most in 1_u16..40) {
            let (value, note) = Value::Text(text.clone()).fitted(&Kind::Text { length: most });
            match value {
                Value::Text(kept) => {
                    prop_assert!(kept.encode_utf16().count() <= usize::from(most));
                    prop_assert_eq!(note.is_some(), kept != text);
                }
                Value::Null => prop_assert!(text.is_empty()),
                other => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn a_number_fits_and_is_read_back_the_same(number in -1e18_f64..1e18, shrunk in 0_i32..24, precision in 1_u8..=18, scale in 0_u8..8) {
            prop_assume!(scale <= precision);
            let kind = Kind::Number { precision, scale };
            let (value, _) = Value::Number(number / 10_f64.powi(shrunk)).fitted(&kind);
            let cell = value.cell(&kind);
            let digits = cell.chars().filter(char::is_ascii_digit).count();
            // A lone zero before the point is no digit to Salesforce.
            let lone = usize::from(cell.trim_start_matches('-').starts_with('0'));
            prop_assert!(digits <= usize::from(precision) + lone, "{}", cell);
            let back = Value::from_json(&value.json(&kind), &kind);
            prop_assert_eq!(back.cell(&kind), cell);
        }
    }

    #[test]
    fn numbers_at_the_very_edge_do_not_round_over_it() {
        let held = |number, precision, scale| {
            let kind = Kind::Number { precision, scale };
            Value::Number(number).fitted(&kind).0.cell(&kind)
        };
        // Half to even would make 1000 of it.
        assert_eq!(held(999.5, 3, 0), "999");
        assert_eq!(held(999.4, 3, 0), "999");
        assert_eq!(held(-9.999_95, 5, 4), "-9.9999");
        // 9,999,999,999,999,999.99 is not to be had as a float: the next below it is.
        assert_eq!(held(1e17, 18, 2), "9999999999999998");
        assert_eq!(held(7.0, 2, 2), "0.99");
    }

    #[test]
    fn a_text_of_nothing_empties_a_field_of_any_kind() {
        let kinds = [Kind::Picklist(vec!["A".into()]), Kind::Text { length: 3 }];
        for kind in kinds {
            assert_eq!(
                Value::Text(String::new()).fitted(&kind),
                (Value::Null, None)
            );
        }
    }
}
