//! One cell at a time: text in, a typed value or a reason out. Nothing here allocates
//! unless a value has to be rewritten, and nothing looks at any other cell.

mod digits;
mod flag;
mod identifier;
mod moment;
mod number;

pub use flag::{boolean, flag, remark};
pub use identifier::{crd, zip};
pub use moment::{date, timestamp};
pub(crate) use number::whole;
pub use number::{Number, float, integer};

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a cell was not taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Text where a number belongs.
    NotANumber,
    /// Infinite, or too large for a number.
    NotFinite,
    /// A fraction where a whole number belongs.
    NotWhole,
    /// Outside the declared range.
    OutOfRange,
    /// A `<` or `>` bound the contract does not know.
    Bound,
    /// Not a registration number.
    NotACrd,
    /// A registration number in scientific notation that lost digits.
    DigitsLost,
    /// Not a US ZIP code.
    NotAZip,
    /// None of yes, no and unknown.
    NotYesOrNo,
    /// Neither true nor false.
    NotBoolean,
    /// Not a moment in one of the known forms.
    NotATimestamp,
    /// Not a calendar day in one of the known forms.
    NotADate,
    /// A moment before 1900 or after 2100.
    UnlikelyDate,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// The row has fewer cells than the header.
    TooFewCells,
    /// The row has more cells than the header.
    TooManyCells,
    /// The row has no usable key and was left out.
    NoKey,
    /// A second row for a key that occurs once; the first row was kept.
    RepeatedKey,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::NotANumber => "not a number",
            Reason::NotFinite => "not a finite number",
            Reason::NotWhole => "not a whole number",
            Reason::OutOfRange => "outside the plausible range",
            Reason::Bound => "a bound, not a number",
            Reason::NotACrd => "not a registration number",
            Reason::DigitsLost => "digits lost in scientific notation",
            Reason::NotAZip => "not a ZIP code",
            Reason::NotYesOrNo => "not yes, no or unknown",
            Reason::NotBoolean => "not true or false",
            Reason::NotATimestamp => "not a timestamp",
            Reason::NotADate => "not a date",
            Reason::UnlikelyDate => "a date before 1900 or after 2100",
            Reason::NotUtf8 => "not UTF-8",
            Reason::TooFewCells => "row has fewer cells than the header",
            Reason::TooManyCells => "row has more cells than the header",
            Reason::NoKey => "row left out: no usable key",
            Reason::RepeatedKey => "row left out: key occurs before",
        })
    }
}

/// A parsed cell: a value, nothing, or a reason.
pub type Cell<T> = Result<Option<T>, Reason>;

/// Removes blanks (spaces, tabs, no-break spaces) at both ends.
#[inline]
pub fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [only] if is_inner(*only) => text,
        [first, .., last] if is_inner(*first) && is_inner(*last) => text,
        _ => text.trim(),
    }
}

/// True for a visible ASCII byte: most cells begin and end with one and need no trimming.
fn is_inner(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f
}

/// True for text that stands for nothing, in the exact spellings exports use. Other
/// spellings may be real text: `Null` is a surname, `Na` a given name.
#[inline]
pub fn is_null(text: &str) -> bool {
    match text.as_bytes() {
        [] => true,
        [
            b'A'..=b'M' | b'O'..=b'Z' | b'a'..=b'm' | b'o'..=b'z' | b'0' | b'2'..=b'9',
            ..,
        ] => false,
        [b'1' | b'N' | b'n' | b'-' | b'#' | b'<', ..] if text.len() <= 9 => is_null_token(text),
        _ => false,
    }
}

fn is_null_token(text: &str) -> bool {
    matches!(
        text,
        "NA" | "N/A"
            | "n/a"
            | "null"
            | "NULL"
            | "None"
            | "NaN"
            | "nan"
            | "-NaN"
            | "-nan"
            | "#N/A"
            | "#N/A N/A"
            | "#NA"
            | "<NA>"
            | "1.#IND"
            | "-1.#IND"
            | "1.#QNAN"
            | "-1.#QNAN"
    )
}

/// The same for cells that cannot be free text, where case carries no meaning.
fn is_null_word(text: &str) -> bool {
    is_null(text)
        || ["na", "n/a", "null", "none", "nan", "#n/a"]
            .iter()
            .any(|token| text.eq_ignore_ascii_case(token))
}

/// Free text: outer blanks go, null tokens become nothing.
#[inline]
pub fn text(cell: &str) -> Option<&str> {
    let cell = trim(cell);
    (!is_null(cell)).then_some(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::Unit;

    #[test]
    fn every_null_token_is_null_everywhere() {
        for token in [
            "", " ", "NA", "N/A", "n/a", "null", "NULL", "None", "NaN", "nan", "#N/A", "<NA>",
            "  NULL  ", "\u{a0}",
        ] {
            assert_eq!(text(token), None, "{token:?}");
            assert_eq!(float(token, Unit::Count, false), Ok(None), "{token:?}");
            assert_eq!(integer(token, Unit::Count, false), Ok(None), "{token:?}");
            assert_eq!(crd(token), Ok(None), "{token:?}");
            assert_eq!(zip(token), Ok(None), "{token:?}");
            assert_eq!(flag(token), Ok(None), "{token:?}");
            assert_eq!(boolean(token), Ok(None), "{token:?}");
            assert_eq!(timestamp(token), Ok(None), "{token:?}");
            assert_eq!(date(token), Ok(None), "{token:?}");
        }
    }

    #[test]
    fn names_that_look_like_null_tokens_stay_text() {
        for name in [
            "Null",
            "Na",
            "Nan",
            "NONE",
            "Nullmeier",
            "1",
            "N",
            "#1",
            "none",
        ] {
            assert_eq!(text(name), Some(name));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(cell in any::<String>()) {
            let _ = text(&cell);
            let _ = remark(&cell);
            for unit in [Unit::Count, Unit::Percent, Unit::Dollars] {
                let number = float(&cell, unit, true);
                if let Ok(Some(number)) = number {
                    prop_assert!(number.value.is_finite());
                }
                let _ = integer(&cell, unit, true);
            }
            if let Ok(Some(key)) = crd(&cell) {
                prop_assert!(key.bytes().all(|b| b.is_ascii_digit()) && !key.starts_with('0'));
                prop_assert_eq!(crd(&key), Ok(Some(key.clone())));
            }
            if let Ok(Some(code)) = zip(&cell) {
                prop_assert!(code.len() == 5 || code.len() == 10);
                prop_assert_eq!(zip(&code), Ok(Some(code.clone())));
            }
            let _ = flag(&cell);
            let _ = boolean(&cell);
            let _ = timestamp(&cell);
            let _ = date(&cell);
        }

        #[test]
        fn no_numeric_looking_text_makes_a_parser_panic(cell in "[-+$%<>(),.0-9eE \u{a0}T:Z]{0,24}") {
            let _ = float(&cell, Unit::Dollars, true);
            let _ = integer(&cell, Unit::Count, true);
            let _ = crd(&cell);
            let _ = zip(&cell);
            let _ = timestamp(&cell);
            let _ = date(&cell);
        }
    }
}
