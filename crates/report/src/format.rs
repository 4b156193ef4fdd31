//! Numbers as people read them. A number that is not finite is written as a dash, never as NaN.

use leadrank_evidence::{Measured, Unit};
use leadrank_stats::Estimate;

/// Stands where there is no number.
pub const NOTHING: &str = "–";
/// Keeps a number and its unit on one line.
const NO_BREAK: char = '\u{a0}';

/// Digits after the point of a score.
const SCORE_DIGITS: usize = 3;

/// How a unit writes its numbers.
pub trait Written {
    /// The number with its unit: `0.071`, `7.1 %`, `1.8×`, `12,345`, `30 days`, `+0.0041`.
    fn format(self, value: f64) -> String;

    /// `lo–hi` with the digits of the value and without units.
    fn interval(self, estimate: &Estimate) -> String;

    /// `value (lo–hi)`, or the value alone where it has no interval.
    ///
    /// ```
    /// use leadrank_evidence::{Measured, Unit};
    /// use leadrank_report::format::Written;
    /// let rate = Measured { value: 0.04, lo: Some(0.03), hi: Some(0.05), n: 100, chance: None };
    /// assert_eq!(Unit::Share.measured(&rate).replace('\u{a0}', " "), "4.0 % (3.0–5.0)");
    /// assert_eq!(Unit::Count.measured(&Measured::counted(1234.0, 9)), "1,234");
    /// let less = Measured { value: 0.002, lo: Some(-0.001), hi: Some(0.005), n: 5, chance: None };
    /// assert_eq!(Unit::Difference.measured(&less), "+0.0020 (−0.0010 to +0.0050)");
    /// ```
    fn measured(self, measured: &Measured) -> String;

    /// `value (lo–hi)`.
    fn with_interval(self, estimate: &Estimate) -> String;
}

impl Written for Unit {
    fn format(self, value: f64) -> String {
        match self {
            Unit::Score => score(value),
            Unit::Share => percent(value),
            Unit::Times => times(value),
            Unit::Count => separated(value, 0),
            Unit::Days if value == 1.0 => format!("1{NO_BREAK}day"),
            Unit::Days => format!("{}{NO_BREAK}days", separated(value, day_digits(value))),
            Unit::Difference => signed(value, difference_digits(value)),
        }
    }

    fn interval(self, estimate: &Estimate) -> String {
        between(self, estimate.value, estimate.lo, estimate.hi)
    }

    fn measured(self, measured: &Measured) -> String {
        let value = measured.value;
        match (self, measured.lo, measured.hi) {
            (Unit::Difference, Some(lo), Some(hi)) => {
                let digits = difference_digits(lo.abs().max(hi.abs()));
                let written = |value| signed(value, digits);
                format!("{} ({} to {})", written(value), written(lo), written(hi))
            }
            (_, Some(lo), Some(hi)) => {
                format!("{} ({})", self.format(value), between(self, value, lo, hi))
            }
            _ => self.format(value),
        }
    }

    fn with_interval(self, estimate: &Estimate) -> String {
        self.measured(&(*estimate).into())
    }
}

/// `lo–hi` with the digits of `value` and without units.
fn between(unit: Unit, value: f64, lo: f64, hi: f64) -> String {
    match unit {
        Unit::Score => range(lo, hi, SCORE_DIGITS),
        Unit::Share => {
            let (lo, hi) = (100.0 * lo, 100.0 * hi);
            let digits = percent_digits(value);
            // an interval must not look like a point
            let same = fixed(lo, digits) == fixed(hi, digits) && lo != hi;
            range(lo, hi, if same { digits + 1 } else { digits })
        }
        Unit::Times => range(lo, hi, times_digits(value)),
        Unit::Count => range(lo, hi, 0),
        Unit::Days => range(lo, hi, day_digits(value)),
        Unit::Difference => {
            let digits = difference_digits(value);
            format!("{} to {}", signed(lo, digits), signed(hi, digits))
        }
    }
}

/// A number with its sign, also where it is above zero: `+0.004`.
///
/// ```
/// use leadrank_report::format::signed;
/// assert_eq!((signed(0.0041, 3), signed(-0.2, 1), signed(0.0, 1)), ("+0.004".into(), "−0.2".into(), "0.0".into()));
/// ```
pub fn signed(value: f64, digits: usize) -> String {
    let text = fixed(value, digits);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value > 0.0 && !is_zero && value.is_finite() {
        format!("+{text}")
    } else {
        text
    }
}

/// A sentence with a capital at its beginning; a name with underscores keeps its spelling.
///
/// ```
/// use leadrank_report::format::sentence;
/// assert_eq!(sentence("past facts were rewritten"), "Past facts were rewritten");
/// assert_eq!(sentence("p50_x is empty"), "p50_x is empty");
/// ```
pub fn sentence(text: &str) -> String {
    let first_word = text.split_whitespace().next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !first_word.contains('_') => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// A whole number with thousands separators: `12,345`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count that is an expectation: one digit below ten, whole and separated above.
pub fn expected(value: f64) -> String {
    if !value.is_finite() || value < 0.0 {
        NOTHING.into()
    } else if value < 9.95 {
        fixed(value, 1)
    } else {
        count(value.round() as u64)
    }
}

/// A fraction of 1 as percent, with as many digits as it deserves: `0.45 %`, `3.9 %`, `35 %`.
pub fn percent(fraction: f64) -> String {
    if !fraction.is_finite() {
        return NOTHING.into();
    }
    format!(
        "{}{NO_BREAK}%",
        percent_number(fraction, percent_digits(fraction))
    )
}

/// An estimate that is a share: `35 % (31–40)`.
pub fn share(estimate: &Estimate) -> String {
    Unit::Share.with_interval(estimate)
}

/// A number between 0 and 1 or nearby, three digits: `0.071`.
pub fn score(value: f64) -> String {
    fixed(value, SCORE_DIGITS)
}

/// A multiple: `1.8×`, from ten on without digits.
pub fn times(value: f64) -> String {
    if value.is_finite() {
        format!("{}×", fixed(value, times_digits(value)))
    } else {
        NOTHING.into()
    }
}

/// Millions of dollars: `$0.45M`, `$340M`, `$1.2B`, `$12.0B`.
pub fn dollars(millions: f64) -> String {
    if !millions.is_finite() {
        return NOTHING.into();
    }
    let size = millions.abs();
    let sign = if millions < 0.0 { "−" } else { "" };
    if size >= 999.5 {
        format!("{sign}${}B", fixed(size / 1000.0, 1))
    } else {
        let digits = if size < 0.995 {
            2
        } else {
            usize::from(size < 9.95)
        };
        format!("{sign}${}M", fixed(size, digits))
    }
}

/// A number with a fixed count of digits after the point; zero never has a sign.
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return NOTHING.into();
    }
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.bytes().all(|byte| matches!(byte, b'0' | b'.')) => zero.into(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

/// Like [`fixed`], with thousands separators; from a thousand millions of millions on as `1.5e15`.
pub fn separated(value: f64, digits: usize) -> String {
    if value.is_finite() && value.abs() >= 1e15 {
        return format!("{value:.1e}").replace('-', "−");
    }
    let text = fixed(value, digits);
    let whole = text.find('.').unwrap_or(text.len());
    let mut out = String::with_capacity(text.len() * 4 / 3);
    let mut digits_before = 0;
    for (place, letter) in text.char_indices() {
        if place < whole && letter.is_ascii_digit() {
            let left = whole - place;
            if digits_before > 0 && left.is_multiple_of(3) {
                out.push(',');
            }
            digits_before += 1;
        }
        out.push(letter);
    }
    out
}

/// A number that stands alone, with no more than three digits after the point and no zeros at
/// its end: `0.25`, `1.5`, `12,345`. What is not zero is never written as zero: `<0.001`.
///
/// ```
/// use leadrank_report::format::number;
/// assert_eq!(number(0.25), "0.25");
/// assert_eq!(number(12345.6), "12,346");
/// assert_eq!(number(0.00001), "<0.001");
/// ```
pub fn number(value: f64) -> String {
    number_with(value, digits_needed(value))
}

/// Like [`number`], with the digits that a column of numbers shares.
pub(crate) fn number_with(value: f64, digits: usize) -> String {
    let smallest = 10f64.powi(-(digits as i32));
    if value != 0.0 && value.abs() < 0.5 * smallest {
        let (sign, minus) = if value > 0.0 { ("<", "") } else { (">", "−") };
        return format!("{sign}{minus}{}", fixed(smallest, digits));
    }
    separated(value, digits)
}

/// Digits after the point, three at most, that a number deserves.
pub(crate) fn digits_needed(value: f64) -> usize {
    let most = match value.abs() {
        size if size.is_nan() || size >= 999.5 => 0,
        size if size >= 99.95 => 1,
        size if size >= 9.995 => 2,
        _ => 3,
    };
    let whole = |digits: &usize| {
        let shifted = value * 10f64.powi(*digits as i32);
        (shifted - shifted.round()).abs() < 1e-6 && (value == 0.0 || shifted.round() != 0.0)
    };
    (0..most).find(whole).unwrap_or(most)
}

/// `lo–hi`, both with the same digits; a comma stands between numbers below zero.
pub(crate) fn range(lo: f64, hi: f64, digits: usize) -> String {
    if !lo.is_finite() || !hi.is_finite() {
        return NOTHING.into();
    }
    let dash = if lo < 0.0 { " to " } else { "–" };
    format!("{}{dash}{}", separated(lo, digits), separated(hi, digits))
}

/// Keeps a number and its unit, and a comparison and its number, on one line.
pub(crate) fn tied(text: &str) -> String {
    const PAIRS: [&str; 6] = [" %", "n = ", "> ", "< ", "≥ ", "≤ "];
    let tie = |text: String, pair: &&str| text.replace(pair, &pair.replace(' ', "\u{a0}"));
    PAIRS.iter().fold(text.to_string(), tie)
}

/// Differences between models that matter are a few thousandths; larger ones need fewer digits.
fn difference_digits(size: f64) -> usize {
    match size.abs() {
        size if size < 0.0995 => 4,
        size if size < 0.995 => 3,
        _ => 2,
    }
}

fn day_digits(value: f64) -> usize {
    usize::from(value != value.round())
}

fn times_digits(value: f64) -> usize {
    usize::from(value.abs() < 9.95)
}

fn percent_digits(fraction: f64) -> usize {
    let percent = 100.0 * fraction.abs();
    if percent == 0.0 || percent >= 9.95 {
        // 99.97 must not become a round 100
        usize::from(percent > 99.0 && percent < 100.0)
    } else if percent < 0.995 {
        2
    } else {
        1
    }
}

fn percent_number(fraction: f64, digits: usize) -> String {
    fixed(100.0 * fraction, digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace(NO_BREAK, " ")
    }

    #[test]
    fn percents_have_the_digits_they_deserve() {
        let cases = [
            (0.0, "0 %"),
            (0.000_4, "0.04 %"),
            (0.004_5, "0.45 %"),
            (0.009_97, "1.0 %"),
            (0.039, "3.9 %"),
            (0.099_6, "10 %"),
            (0.354, "35 %"),
            (0.948, "95 %"),
            (0.995, "99.5 %"),
            (1.0, "100 %"),
            (-0.021, "−2.1 %"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(plain(&percent(value)), text, "{value}");
        }
    }

    #[test]
    fn counts_are_separated() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (value, text) in cases {
            assert_eq!(count(value), text);
        }
        assert_eq!(expected(2.345), "2.3");
        assert_eq!(expected(1234.5), "1,235");
        assert_eq!(expected(f64::NAN), "–");
    }

    #[test]
    fn dollars_change_unit_at_a_billion() {
        let cases = [
            (0.45, "$0.45M"),
            (4.52, "$4.5M"),
            (340.2, "$340M"),
            (999.4, "$999M"),
            (1234.0, "$1.2B"),
            (-12.0, "−$12M"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(dollars(value), text);
        }
    }

    #[test]
    fn intervals_share_the_digits_of_their_value() {
        let estimate = Estimate {
            value: 0.354,
            lo: 0.306,
            hi: 0.402,
            n: 10,
            positives: 4,
            chance: None,
        };
        assert_eq!(plain(&Unit::Share.with_interval(&estimate)), "35 % (31–40)");
        assert_eq!(Unit::Score.with_interval(&estimate), "0.354 (0.306–0.402)");
        let narrow = Estimate {
            value: 0.948,
            lo: 0.946,
            hi: 0.95,
            ..estimate
        };
        assert_eq!(
            plain(&Unit::Share.with_interval(&narrow)),
            "95 % (94.6–95.0)"
        );
        let lift = Estimate {
            value: 1.77,
            lo: 1.5,
            hi: 2.04,
            ..estimate
        };
        assert_eq!(Unit::Times.with_interval(&lift), "1.8× (1.5–2.0)");
        let tile = crate::Tile::measured(
            "Lift",
            Unit::Times,
            &Estimate {
                chance: Some(1.0),
                ..lift
            },
        );
        assert_eq!(
            (tile.value.as_str(), tile.note.as_str()),
            ("1.8×", "1.5–2.0; by chance 1.0×; n = 10")
        );
        let skill = Estimate {
            value: 0.01,
            lo: -0.002,
            hi: 0.02,
            ..estimate
        };
        assert_eq!(Unit::Score.with_interval(&skill), "0.010 (−0.002 to 0.020)");
    }

    #[test]
    fn numbers_are_separated_and_as_long_as_they_must_be() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.1 + 0.2, "0.3"),
            (0.123_46, "0.123"),
            (-0.5, "−0.5"),
            (12.345_6, "12.35"),
            (-1_234_567.8, "−1,234,568"),
            (999.96, "1,000"),
            (0.000_2, "<0.001"),
            (-0.000_2, ">−0.001"),
            (1e300, "1.0e300"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value}");
        }
        assert_eq!(separated(1234.5, 1), "1,234.5");
        assert_eq!(plain(&Unit::Days.format(1.0)), "1 day");
        assert_eq!(plain(&Unit::Days.format(1234.0)), "1,234 days");
        assert_eq!(Unit::Count.format(12_345.0), "12,345");
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(fixed(-0.000_1, 2), "0.00");
        assert_eq!(fixed(-1.5, 1), "−1.5");
    }
}
