//! Numbers as people read them. A number that is not finite is written as a dash, never as NaN.

use leadrank_stats::Estimate;
use serde::{Deserialize, Serialize};

/// Stands where there is no number.
pub const NOTHING: &str = "–";
/// Keeps a number and its unit on one line.
const NO_BREAK: char = '\u{a0}';

/// Digits after the point of a score.
const SCORE_DIGITS: usize = 3;

/// How a measure is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number, such as an area under a curve: `0.071`.
    #[default]
    Score,
    /// A fraction of 1, shown as `7.1 %`.
    Share,
    /// A multiple, shown as `1.8×`.
    Times,
}

impl Unit {
    /// The number with its unit.
    pub fn format(self, value: f64) -> String {
        match self {
            Unit::Score => score(value),
            Unit::Share => percent(value),
            Unit::Times => times(value),
        }
    }

    /// `lo–hi` with the digits of the value and without units.
    pub fn interval(self, estimate: &Estimate) -> String {
        let Estimate { value, lo, hi, .. } = *estimate;
        match self {
            Unit::Score => range(lo, hi, SCORE_DIGITS),
            Unit::Share => range(100.0 * lo, 100.0 * hi, percent_digits(value)),
            Unit::Times => range(lo, hi, times_digits(value)),
        }
    }

    /// `value (lo–hi)`.
    pub fn with_interval(self, estimate: &Estimate) -> String {
        format!(
            "{} ({})",
            self.format(estimate.value),
            self.interval(estimate)
        )
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

/// `lo–hi`, both with the same digits; a comma stands between numbers below zero.
pub(crate) fn range(lo: f64, hi: f64, digits: usize) -> String {
    if !lo.is_finite() || !hi.is_finite() {
        return NOTHING.into();
    }
    let dash = if lo < 0.0 { " to " } else { "–" };
    format!("{}{dash}{}", fixed(lo, digits), fixed(hi, digits))
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
    fn zero_has_no_sign() {
        assert_eq!(fixed(-0.000_1, 2), "0.00");
        assert_eq!(fixed(-1.5, 1), "−1.5");
    }
}
