//! Numbers as exports write them: `$1,295.31`, `(12.3)`, `45 %`, `1 000`, `12.0`, `< 5`.

use super::digits::{Digits, grouped};
use super::{Cell, Reason, is_null_word, trim};
use crate::contract::Unit;

/// Counts below five are written `< 5`.
const CENSORED_BOUND: &str = "5";
/// The middle of 0 to 4, which `< 5` is read as (domain.md, "Header and cell cleaning").
const CENSORED_VALUE: f64 = 2.0;
/// The largest whole number a double holds exactly.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
/// The longest number worth looking at, in bytes.
const LONGEST: usize = 64;

/// A number and whether it stood for `< 5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number<T> {
    /// The number, in the unit of the file.
    pub value: T,
    /// The cell held `< 5`.
    pub censored: bool,
}

/// Reads a finite number. `$` is allowed on money, `%` on percentages, `< 5` where counts
/// may be censored; brackets mean a negative number.
#[inline]
pub fn float(cell: &str, unit: Unit, censored: bool) -> Cell<Number<f64>> {
    if cell.is_empty() {
        return Ok(None);
    }
    match Digits::parse(cell.as_bytes()) {
        Some(digits) => plain(digits.float()),
        None => less_plain(cell, unit, censored),
    }
}

/// Reads a whole number; `12.0` and `1.2e3` are whole, `12.5` is not.
#[inline]
pub fn integer(cell: &str, unit: Unit, censored: bool) -> Cell<Number<i64>> {
    if cell.is_empty() {
        return Ok(None);
    }
    if let Some(value) = Digits::parse(cell.as_bytes()).and_then(Digits::integer) {
        return Ok(Some(Number {
            value,
            censored: false,
        }));
    }
    match float(cell, unit, censored)? {
        None => Ok(None),
        Some(number) => whole(number.value).map(|value| {
            Some(Number {
                value,
                censored: number.censored,
            })
        }),
    }
}

#[inline]
fn plain(value: f64) -> Cell<Number<f64>> {
    Ok(Some(Number {
        value,
        censored: false,
    }))
}

/// What is not only digits and a dot, the commoner forms first.
fn less_plain(cell: &str, unit: Unit, censored: bool) -> Cell<Number<f64>> {
    let cell = trim(cell);
    match cell.as_bytes() {
        [] => return Ok(None),
        [b'-', rest @ ..] => {
            if let Some(digits) = Digits::parse(rest) {
                return plain(-digits.float());
            }
        }
        [b'$', rest @ ..] if unit.is_money() => {
            if let Some(digits) = grouped(rest) {
                return plain(digits.float());
            }
        }
        [rest @ .., b'%'] if unit == Unit::Percent => {
            if let Some(digits) = Digits::parse(rest) {
                return plain(digits.float());
            }
        }
        bytes => {
            if let Some(digits) = grouped(bytes) {
                return plain(digits.float());
            }
        }
    }
    any_form(cell, unit, censored)
}

/// Any form a number may have, without outer blanks and not empty. What is not even a
/// number in a program's sense is looked at decoration by decoration.
fn any_form(cell: &str, unit: Unit, censored: bool) -> Cell<Number<f64>> {
    match fast_float2::parse::<f64, _>(cell) {
        Ok(value) if value.is_finite() => plain(value),
        _ => decorated(cell, unit, censored),
    }
}

/// A double as a whole number, if it is one.
pub(crate) fn whole(value: f64) -> Result<i64, Reason> {
    if value.abs() > LARGEST_EXACT {
        Err(Reason::OutOfRange)
    } else if value.fract() != 0.0 {
        Err(Reason::NotWhole)
    } else {
        Ok(value as i64)
    }
}

fn decorated(cell: &str, unit: Unit, censored: bool) -> Cell<Number<f64>> {
    if is_null_word(cell) {
        return Ok(None);
    }
    if cell.len() > LONGEST {
        return Err(Reason::NotANumber);
    }
    let mut room = [0_u8; LONGEST];
    let compact = without_blanks(cell, &mut room);
    if let Some(bound) = compact.strip_prefix('<') {
        return if censored && bound == CENSORED_BOUND {
            Ok(Some(Number {
                value: CENSORED_VALUE,
                censored: true,
            }))
        } else {
            Err(Reason::Bound)
        };
    }
    if compact.starts_with('>') {
        return Err(Reason::Bound);
    }
    let (body, bracketed) = match compact.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (compact, false),
    };
    let body = match unit {
        Unit::Percent => body.strip_suffix('%').unwrap_or(body),
        _ => body,
    };
    // A sign may stand before or after the dollar sign, once, and not inside brackets.
    let (before, body) = split_sign(body);
    let body = if unit.is_money() {
        body.strip_prefix('$').unwrap_or(body)
    } else {
        body
    };
    let (after, body) = split_sign(body);
    let sign = match (bracketed, before, after) {
        (true, None, None) => -1.0,
        (false, Some(sign), None) | (false, None, Some(sign)) => sign,
        (false, None, None) => 1.0,
        _ => return Err(Reason::NotANumber),
    };
    undecorated(body, sign)
}

/// Copies text without its blanks; nothing is allocated for the commonest decorated cells.
fn without_blanks<'a>(cell: &str, room: &'a mut [u8; LONGEST]) -> &'a str {
    let mut length = 0;
    for c in cell.chars().filter(|c| !c.is_whitespace()) {
        length += c.encode_utf8(&mut room[length..]).len();
    }
    std::str::from_utf8(&room[..length]).unwrap_or_default()
}

fn split_sign(body: &str) -> (Option<f64>, &str) {
    match body.as_bytes().first() {
        Some(b'-') => (Some(-1.0), &body[1..]),
        Some(b'+') => (Some(1.0), &body[1..]),
        _ => (None, body),
    }
}

fn undecorated(body: &str, sign: f64) -> Cell<Number<f64>> {
    let mut room = [0_u8; LONGEST];
    let digits = match without_thousands(body, &mut room) {
        Some(digits) => digits,
        None => return Err(Reason::NotANumber),
    };
    match fast_float2::parse::<f64, _>(digits) {
        Ok(value) if value.is_finite() => Ok(Some(Number {
            value: sign * value,
            censored: false,
        })),
        Ok(_) => Err(Reason::NotFinite),
        Err(_) => Err(Reason::NotANumber),
    }
}

/// Removes commas that stand before groups of three digits. Any other comma makes the text
/// no number: `12,5` is twelve and a half in some countries and never 125.
fn without_thousands<'a>(body: &'a str, room: &'a mut [u8; LONGEST]) -> Option<&'a [u8]> {
    if !body.contains(',') {
        return Some(body.as_bytes());
    }
    let (whole, rest) = match body.find(['.', 'e', 'E']) {
        Some(at) => body.split_at(at),
        None => (body, ""),
    };
    if rest.contains(',') {
        return None;
    }
    let mut length = 0;
    for (index, group) in whole.split(',').enumerate() {
        let fits = if index == 0 {
            (1..=3).contains(&group.len())
        } else {
            group.len() == 3
        };
        if !fits || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        room[length..length + group.len()].copy_from_slice(group.as_bytes());
        length += group.len();
    }
    room[length..length + rest.len()].copy_from_slice(rest.as_bytes());
    length += rest.len();
    Some(&room[..length])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(cell: &str, unit: Unit) -> Result<Option<f64>, Reason> {
        float(cell, unit, false).map(|n| n.map(|n| n.value))
    }

    #[test]
    fn money_is_read_with_its_decoration() {
        for (cell, expected) in [
            ("$1,295.31", 1295.31),
            ("$ 1,295.31", 1295.31),
            ("1,934,233", 1_934_233.0),
            ("1 934 233", 1_934_233.0),
            ("-$5", -5.0),
            ("$-5", -5.0),
            ("($1,000.50)", -1000.5),
            ("(12.3)", -12.3),
            ("+7", 7.0),
            (".5", 0.5),
            ("1e3", 1000.0),
            ("1\u{a0}000", 1000.0),
        ] {
            assert_eq!(
                value(cell, Unit::MillionDollars),
                Ok(Some(expected)),
                "{cell}"
            );
        }
    }

    #[test]
    fn percent_signs_belong_to_percentages_and_dollar_signs_to_money() {
        assert_eq!(value("45.5%", Unit::Percent), Ok(Some(45.5)));
        assert_eq!(value("45.5 %", Unit::Percent), Ok(Some(45.5)));
        assert_eq!(value("(3%)", Unit::Percent), Ok(Some(-3.0)));
        assert_eq!(value("45%", Unit::Count), Err(Reason::NotANumber));
        assert_eq!(value("$45", Unit::Count), Err(Reason::NotANumber));
        assert_eq!(value("$45", Unit::Percent), Err(Reason::NotANumber));
    }

    #[test]
    fn place_names_and_ambiguous_commas_are_no_numbers() {
        for cell in [
            "Osseo", "--5", "12,5", "1,2345", ",5", "1.295,31", "1,,000", "12abc", "(-5)", "+-5",
            "()", "$", "%", "1.2.3", "0x10", "1,000,00",
        ] {
            assert_eq!(
                value(cell, Unit::Dollars),
                Err(Reason::NotANumber),
                "{cell}"
            );
        }
    }

    #[test]
    fn infinities_are_not_numbers() {
        for cell in ["inf", "-inf", "Infinity", "1e999", "$1e999"] {
            assert_eq!(value(cell, Unit::Dollars), Err(Reason::NotFinite), "{cell}");
        }
    }

    #[test]
    fn below_five_is_two_only_where_counts_are_censored() {
        let two = Ok(Some(Number {
            value: 2,
            censored: true,
        }));
        assert_eq!(integer("< 5", Unit::Count, true), two);
        assert_eq!(integer("<5", Unit::Count, true), two);
        assert_eq!(integer(" <  5 ", Unit::Count, true), two);
        assert_eq!(integer("< 5", Unit::Count, false), Err(Reason::Bound));
        assert_eq!(integer("< 10", Unit::Count, true), Err(Reason::Bound));
        assert_eq!(integer("> 5", Unit::Count, true), Err(Reason::Bound));
    }

    #[test]
    fn whole_numbers_may_be_written_as_fractions_of_nothing() {
        for (cell, expected) in [
            ("12", 12),
            ("12.0", 12),
            ("1,200", 1200),
            ("1.2e3", 1200),
            ("-0", 0),
        ] {
            let found = integer(cell, Unit::Count, false);
            assert_eq!(
                found,
                Ok(Some(Number {
                    value: expected,
                    censored: false
                })),
                "{cell}"
            );
        }
        assert_eq!(integer("12.5", Unit::Count, false), Err(Reason::NotWhole));
        assert_eq!(integer("1e18", Unit::Count, false), Err(Reason::OutOfRange));
        assert_eq!(
            integer("99999999999999999999", Unit::Count, false),
            Err(Reason::OutOfRange)
        );
    }

    proptest! {
        #[test]
        fn every_double_comes_back_as_it_was_written(value in proptest::num::f64::NORMAL) {
            let read = float(&format!("{value}"), Unit::Count, false);
            prop_assert_eq!(read, Ok(Some(Number { value, censored: false })));
        }

        #[test]
        fn short_decimals_are_the_nearest_doubles(text in "[0-9]{0,8}\\.?[0-9]{1,7}") {
            let expected: f64 = text.parse().expect("a number");
            let read = float(&text, Unit::Count, false);
            prop_assert_eq!(read, Ok(Some(Number { value: expected, censored: false })));
        }

        #[test]
        fn the_commoner_forms_are_what_looking_at_any_form_finds(
            cell in "(\\$|-|-\\$|\\(|<)? ?[0-9]{0,4}(,[0-9]{2,4}){0,3}(\\.[0-9]{0,4})?(%| %|\\)|e3)?",
        ) {
            for unit in [Unit::Count, Unit::Percent, Unit::Dollars] {
                for censored in [false, true] {
                    let expected = match trim(&cell) {
                        "" => Ok(None),
                        trimmed => any_form(trimmed, unit, censored),
                    };
                    let bits = |number: Option<Number<f64>>| number.map(|n| (n.value.to_bits(), n.censored));
                    prop_assert_eq!(float(&cell, unit, censored).map(bits), expected.map(bits));
                    let whole_number = match expected {
                        Ok(Some(number)) => whole(number.value)
                            .map(|value| Some(Number { value, censored: number.censored })),
                        Ok(None) => Ok(None),
                        Err(reason) => Err(reason),
                    };
                    prop_assert_eq!(integer(&cell, unit, censored), whole_number);
                }
            }
        }

        #[test]
        fn decoration_does_not_change_the_value(units in 0_u64..10_000_000_000, cents in 0_u8..100) {
            let plain = units.to_string();
            let mut grouped = String::new();
            for (index, digit) in plain.chars().enumerate() {
                if index > 0 && (plain.len() - index) % 3 == 0 {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            let bare = float(&format!("{plain}.{cents:02}"), Unit::Dollars, false);
            prop_assert_eq!(float(&format!("${grouped}.{cents:02}"), Unit::Dollars, false), bare);
            let negative = float(&format!("(${grouped}.{cents:02})"), Unit::Dollars, false);
            let expected = bare.map(|n| n.map(|n| Number { value: -n.value, ..n }));
            prop_assert_eq!(negative, expected);
        }

        #[test]
        fn every_whole_number_comes_back(value in -9_007_199_254_740_992_i64..=9_007_199_254_740_992) {
            let expected = Ok(Some(Number { value, censored: false }));
            prop_assert_eq!(integer(&value.to_string(), Unit::Count, false), expected);
            prop_assert_eq!(integer(&format!("{value}.0"), Unit::Count, false), expected);
        }
    }
}
