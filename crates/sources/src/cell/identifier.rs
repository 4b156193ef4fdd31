//! Numbers that are names: registration numbers and ZIP codes, which spreadsheets like to
//! spoil.

use std::borrow::Cow;

use super::digits::are_digits;
use super::{Cell, Reason, is_null_word, trim};

/// Longest registration number, in digits; today's have seven.
const LONGEST_CRD: usize = 10;

/// Reads a registration number as digits without leading zeros: `1234567`, `1234567.0`,
/// `CRD# 1234567`, `1,234,567` and `1.234567e6` are the same adviser. `1.23E+06` is not
/// taken, because a spreadsheet may have dropped digits.
pub fn crd(cell: &str) -> Cell<Cow<'_, str>> {
    let cell = trim(cell);
    let bytes = cell.as_bytes();
    // The common cases need no rewriting.
    if bytes.first().is_some_and(|digit| *digit != b'0') && are_digits(bytes) {
        return Ok(Some(Cow::Borrowed(cell)));
    }
    if matches!(bytes, [b'1'..=b'9', rest @ ..] if rest.len() < LONGEST_CRD && rest.iter().all(u8::is_ascii_digit))
    {
        return Ok(Some(Cow::Borrowed(cell)));
    }
    if is_null_word(cell) {
        return Ok(None);
    }
    let body = without_label(cell);
    let digits = match body.find(['e', 'E']) {
        Some(at) => scientific(&body[..at], &body[at + 1..])?,
        None => plain(body).ok_or(Reason::NotACrd)?,
    };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() || digits.len() > LONGEST_CRD {
        return Err(Reason::NotACrd);
    }
    Ok(Some(Cow::Owned(digits.to_owned())))
}

/// Removes `CRD`, `No`, `#` and `:` before the number.
fn without_label(cell: &str) -> &str {
    let mut body = cell;
    if body
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("crd"))
    {
        body = body[3..].trim_start();
    }
    if body
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("no"))
    {
        body = body[2..].trim_start_matches('.');
    }
    body.trim_start_matches(['#', ':', ' '])
}

/// Digits, with `.000` after them or with commas before groups of three.
fn plain(body: &str) -> Option<String> {
    let whole = match body.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => body,
    };
    let mut digits = String::with_capacity(whole.len());
    for (index, group) in whole.split(',').enumerate() {
        let grouped = index > 0 || whole.contains(',');
        let fits = match (grouped, index) {
            (false, _) => !group.is_empty(),
            (true, 0) => (1..=3).contains(&group.len()),
            (true, _) => group.len() == 3,
        };
        if !fits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// `1.234567` and `+06`: taken only when every digit of the number is there.
fn scientific(mantissa: &str, exponent: &str) -> Result<String, Reason> {
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let shift: usize = match exponent.parse() {
        Ok(shift) if exponent.len() <= 2 => shift,
        _ => return Err(Reason::NotACrd),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(Reason::NotACrd);
    }
    if fraction.len() < shift {
        return Err(Reason::DigitsLost);
    }
    let (kept, dropped) = fraction.split_at(shift);
    if dropped.bytes().any(|b| b != b'0') {
        return Err(Reason::NotACrd);
    }
    Ok(format!("{whole}{kept}"))
}

/// Reads a ZIP code as five digits, or five, a dash and four; leading zeros that a
/// spreadsheet took are put back.
pub fn zip(cell: &str) -> Cell<Cow<'_, str>> {
    let cell = trim(cell);
    let bytes = cell.as_bytes();
    if bytes.len() == 5 && are_digits(bytes) {
        return Ok(Some(Cow::Borrowed(cell)));
    }
    if is_null_word(cell) {
        return Ok(None);
    }
    let body = match cell.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return Err(Reason::NotAZip),
        None => cell,
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (five, four) = match body.split_once('-') {
        Some((five, four)) if four.len() == 4 && digits(four) => (five, Some(four)),
        Some(_) => return Err(Reason::NotAZip),
        // Eight or nine digits are a code of nine written without its dash.
        None if matches!(body.len(), 8 | 9) && digits(body) => {
            let (five, four) = body.split_at(body.len() - 4);
            (five, Some(four))
        }
        None => (body, None),
    };
    if !digits(five) || five.len() > 5 {
        return Err(Reason::NotAZip);
    }
    Ok(Some(Cow::Owned(match four {
        Some(four) => format!("{five:0>5}-{four}"),
        None => format!("{five:0>5}"),
    })))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_adviser_has_one_spelling() {
        for cell in [
            "1234567",
            "1234567.0",
            "1234567.",
            "01234567",
            " 1234567 ",
            "CRD# 1234567",
            "crd:1234567",
            "CRD No. 1234567",
            "#1234567",
            "1,234,567",
            "1.234567e6",
            "1.234567E+06",
            "1.2345670e6",
        ] {
            assert_eq!(crd(cell), Ok(Some("1234567".into())), "{cell}");
        }
    }

    #[test]
    fn what_may_be_another_adviser_is_refused() {
        assert_eq!(crd("1.23E+06"), Err(Reason::DigitsLost));
        for cell in [
            "Osseo",
            "1234567.5",
            "-1234567",
            "0",
            "000.0",
            "12 34",
            "1234567/2345678",
            "12,34567",
            "12345678901",
            "1.5e0",
            "1e-3",
            "crd",
            "e6",
            "1e",
            "https://x/1234567",
        ] {
            assert_eq!(crd(cell), Err(Reason::NotACrd), "{cell}");
        }
    }

    #[test]
    fn zips_get_their_zeros_back() {
        for (cell, expected) in [
            ("02138", "02138"),
            ("2138", "02138"),
            ("2138.0", "02138"),
            ("501", "00501"),
            ("55369-1234", "55369-1234"),
            ("2138-1234", "02138-1234"),
            ("553691234", "55369-1234"),
            ("21381234", "02138-1234"),
        ] {
            assert_eq!(zip(cell), Ok(Some(expected.into())), "{cell}");
        }
        for cell in [
            "Osseo", "123456", "1234567", "K1A 0B1", "2138.5", "-5", "12-34", ".",
        ] {
            assert_eq!(zip(cell), Err(Reason::NotAZip), "{cell}");
        }
    }

    proptest! {
        #[test]
        fn every_number_survives_a_spreadsheet(number in 1_u32..u32::MAX) {
            let text = number.to_string();
            for cell in [text.clone(), format!("{text}.0"), format!("0{text}"), format!("CRD {text}")] {
                prop_assert_eq!(crd(&cell), Ok(Some(text.as_str().into())));
            }
        }

        #[test]
        fn every_zip_survives_a_spreadsheet(number in 0_u32..100_000) {
            let expected = format!("{number:05}");
            let cell = format!("{number}.0");
            prop_assert_eq!(zip(&cell), Ok(Some(expected.as_str().into())));
        }
    }
}
