//! How an axis writes its numbers.

use crate::format::{count, number, percent};

/// Shares are written in percent, other numbers as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AxisUnit {
    Share,
    Number,
}

impl AxisUnit {
    /// The unit that an axis' words ask for: they begin with `share` or end in `%` where its
    /// values are shares.
    pub(super) fn of(words: &str) -> Self {
        match words.starts_with("share") || words.ends_with('%') {
            true => AxisUnit::Share,
            false => AxisUnit::Number,
        }
    }

    /// The value as the axis counts it.
    pub(super) fn scaled(self, value: f64) -> f64 {
        match self {
            AxisUnit::Share => 100.0 * value,
            AxisUnit::Number => value,
        }
    }

    /// What follows each number of the axis.
    pub(super) fn sign(self) -> &'static str {
        match self {
            AxisUnit::Share => "%",
            AxisUnit::Number => "",
        }
    }

    /// The value in a sentence.
    pub(super) fn words(self, value: f64) -> String {
        match self {
            AxisUnit::Share => percent(value),
            AxisUnit::Number if (10.0..1e9).contains(&value) => count(value.round() as u64),
            AxisUnit::Number => number(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_told_by_their_words() {
        let shares = ["share of leads called", "leads called, %"];
        for words in shares {
            let unit = AxisUnit::of(words);
            assert_eq!((unit.scaled(0.25), unit.sign()), (25.0, "%"));
        }
        let unit = AxisUnit::of("leads called a week");
        assert_eq!((unit.scaled(0.25), unit.sign()), (0.25, ""));
        assert_eq!(unit.words(1_916.7), "1,917");
        assert_eq!(unit.words(0.25), "0.25");
    }
}
