//! Numbers in cells and sentences.

use leadrank_evidence::{Cell, Measured, Unit};
use leadrank_learn::cross_validate;
use leadrank_stats::Interval;

/// A value with its interval, on so many rows or folds.
pub(super) fn between(value: f64, interval: Option<Interval>, n: u64) -> Measured {
    Measured {
        value,
        lo: interval.map(|interval| interval.lo),
        hi: interval.map(|interval| interval.hi),
        n,
        chance: None,
    }
}

/// The mean over folds with its 95 % interval by Student's t; without one for fewer than two.
/// Training rows of folds overlap, so that the true uncertainty is somewhat larger.
pub(super) fn over_folds(values: &[f64]) -> Measured {
    let (mean, interval) = cross_validate::over_folds(values);
    between(mean, interval, values.len() as u64)
}

/// The same for areas under curves: the interval ends where areas do, at 0 and 1.
pub(super) fn area_over_folds(values: &[f64]) -> Measured {
    let measured = over_folds(values);
    Measured {
        lo: measured.lo.map(|lo| lo.max(0.0)),
        hi: measured.hi.map(|hi| hi.min(1.0)),
        ..measured
    }
}

/// A cell with a score that has no interval.
pub(super) fn score(value: f64) -> Cell {
    Cell::measured(Measured::counted(value, 0), Unit::Score)
}

/// A cell with a difference.
pub(super) fn difference(measured: Measured) -> Cell {
    Cell::measured(measured, Unit::Difference)
}

/// `0.061 (95 % interval 0.050 to 0.072)`.
pub(super) fn score_words(measured: &Measured) -> String {
    let value = format!("{:.3}", measured.value);
    match (measured.lo, measured.hi) {
        (Some(lo), Some(hi)) => format!("{value} (95 % interval {lo:.3} to {hi:.3})"),
        _ => value,
    }
}

/// `+0.0021 (95 % interval -0.0010 to +0.0052)`, with true minus signs.
pub(super) fn difference_words(measured: &Measured) -> String {
    let signed = |value: f64| match format!("{value:+.4}").as_str() {
        "+0.0000" | "-0.0000" => "0.0000".to_owned(),
        text => text.replace('-', "−"),
    };
    let value = signed(measured.value);
    match (measured.lo, measured.hi) {
        (Some(lo), Some(hi)) => {
            format!("{value} (95 % interval {} to {})", signed(lo), signed(hi))
        }
        _ => value,
    }
}

/// A count and its noun: `1 fold`, `5 folds`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_end_at_one() {
        let found = area_over_folds(&[0.8, 0.95]);
        assert_eq!((found.hi, found.n), (Some(1.0), 2));
        assert_eq!(area_over_folds(&[0.8]).lo, None);
    }

    #[test]
    fn differences_have_signs() {
        let interval = Interval {
            lo: -0.001,
            hi: 0.0052,
        };
        let found = between(0.0021, Some(interval), 5);
        assert_eq!(
            difference_words(&found),
            "+0.0021 (95 % interval −0.0010 to +0.0052)"
        );
        let none = between(-0.000_01, None, 5);
        assert_eq!(difference_words(&none), "0.0000");
        assert_eq!(counted(1, "fold"), "1 fold");
    }
}
