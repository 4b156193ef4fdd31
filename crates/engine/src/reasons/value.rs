//! Values as people write them.

use leadrank_features::Feature;
use leadrank_features::catalog::{FEW, Idea, Unit};

use super::peers::Range;

/// A feature's value with its unit.
pub fn shown(value: f64, feature: &Feature) -> String {
    if feature.censored && value == FEW {
        return "fewer than 5".into();
    }
    match feature.unit {
        Unit::Count if value.round() == 0.0 => "no".into(),
        Unit::Share => part(100.0 * value),
        Unit::Percent if feature.idea != Idea::Growth => part(value),
        unit => number(value, unit),
    }
}

/// A part of a whole in percent; only none and all are written as such.
fn part(percent: f64) -> String {
    match percent {
        0.0 => "none".into(),
        100.0 => "all".into(),
        p if p < 1.0 => "under 1 %".into(),
        p if p > 99.0 => "over 99 %".into(),
        p => format!("{p:.0} %"),
    }
}

/// Whether a noun behind the shown value stands in the plural.
pub(super) fn is_plural(shown: &str) -> bool {
    shown != "1"
}

/// A change in percent: `grew by 12 %`.
pub(super) fn change(percent: f64) -> String {
    let size = number(percent.abs(), Unit::Percent);
    match percent {
        p if p.abs() < 0.05 => "stayed the same".into(),
        p if p > 0.0 => format!("grew by {size}"),
        _ => format!("shrank by {size}"),
    }
}

/// A range of values: `under 2 years`, `2 to 5 years`, `30 years or more`.
pub(super) fn range(range: &Range, unit: Unit) -> String {
    let counts = unit == Unit::Count;
    match (range.lo, range.hi) {
        (None, None) => "any value".into(),
        (None, Some(hi)) => format!("under {}", number(hi, unit)),
        (Some(lo), None) => format!("{} or more", number(lo, unit)),
        (Some(lo), Some(hi)) if counts && hi - lo <= 1.0 => number(lo, unit),
        (Some(lo), Some(hi)) => {
            let (from, to) = (
                number(lo, unit),
                number(if counts { hi - 1.0 } else { hi }, unit),
            );
            // The unit once: `2 to 5 years`.
            let from = match (from.rsplit_once(' '), to.rsplit_once(' ')) {
                (Some((bare, one)), Some((_, other))) if one == other => bare.to_owned(),
                (Some((bare, "year" | "mile")), Some((_, "years" | "miles"))) => bare.to_owned(),
                _ => from,
            };
            format!("{from} to {to}")
        }
    }
}

/// The edge of a range moved to a number that people say: whole years and percents, round
/// numbers of the rest.
pub(super) fn rounded(edge: f64, unit: Unit) -> f64 {
    let to = |step: f64| (edge / step).round() * step;
    match unit {
        Unit::Years if edge < 2.0 => to(0.5),
        Unit::Years | Unit::Percent => edge.round(),
        Unit::Share => (edge * 20.0).round() / 20.0,
        Unit::Count => round_number(edge).round(),
        _ => round_number(edge),
    }
}

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count | Unit::Weekday | Unit::YesNo => grouped(value.round()),
        Unit::Years => years(value),
        Unit::MillionDollars | Unit::MillionDollarsPerYear => money(value * 1e6),
        Unit::Dollars => money(value),
        Unit::Percent if value.abs() >= 9.95 => format!("{} %", grouped(value.round())),
        Unit::Percent => format!("{} %", short(value)),
        Unit::Share => format!("{:.0} %", 100.0 * value),
        Unit::Miles => match value.round() {
            0.0 => "less than a mile".into(),
            1.0 => "1 mile".into(),
            miles => format!("{} miles", grouped(miles)),
        },
        Unit::Ratio | Unit::SquaredPercent => match value.abs() {
            size if size >= 0.1 || size == 0.0 => short(value),
            _ => format!("{value:.3}"),
        },
        Unit::Score => format!("{value:.2}"),
    }
}

/// Time passed, which is cut rather than rounded: 23 months are not yet 2 years.
fn years(value: f64) -> String {
    // Years are stored in 32 bits; 2.3 must not become 2.2.
    let value = value + 1e-4;
    if value < 1.0 {
        return match (12.0 * value).floor() {
            months if months < 1.0 => "less than a month".into(),
            1.0 => "1 month".into(),
            months => format!("{months:.0} months"),
        };
    }
    let years = if value < 10.0 {
        (10.0 * value).floor() / 10.0
    } else {
        value.floor()
    };
    let noun = if years == 1.0 { "year" } else { "years" };
    format!("{years} {noun}")
}

fn money(dollars: f64) -> String {
    let dollars = significant(dollars, 3);
    let size = dollars.abs();
    let (scale, letter) = match size {
        s if s >= 1e12 => (1e12, "T"),
        s if s >= 1e9 => (1e9, "B"),
        s if s >= 1e6 => (1e6, "M"),
        s if s >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let sign = if dollars < 0.0 { "-" } else { "" };
    let in_units = size / scale;
    let text = if scale > 1.0 && in_units < 100.0 {
        short_of(in_units)
    } else {
        format!("{in_units:.0}")
    };
    format!("{sign}${text}{letter}")
}

/// One digit behind the point, none from 100 on or where it is 0.
fn short(value: f64) -> String {
    if value.abs() >= 99.95 {
        grouped(value.round())
    } else {
        short_of(value)
    }
}

fn short_of(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

/// The nearest of 1, 1.5, 2, 2.5, 3, 4, … 9 times a power of ten.
fn round_number(value: f64) -> f64 {
    let coarse = significant(value, 1);
    let power = 10f64.powi(coarse.abs().log10().floor() as i32);
    if coarse != 0.0 && value.abs() < 2.75 * power {
        significant((2.0 * value / power).round() / 2.0 * power, 2)
    } else {
        coarse
    }
}

/// Rounded to so many digits that count.
fn significant(value: f64, digits: i32) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let power = digits - 1 - value.abs().log10().floor() as i32;
    // A power of ten that is a whole number is exact, its inverse is not.
    let scale = 10f64.powi(power.abs());
    if power >= 0 {
        (value * scale).round() / scale
    } else {
        (value / scale).round() * scale
    }
}

fn grouped(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0.0 {
        format!("-{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use leadrank_features::feature;

    use super::*;

    #[test]
    fn values_are_written_as_people_write_them() {
        for (value, unit, text) in [
            (1295.31, Unit::MillionDollars, "$1.3B"),
            (1_934_233.0, Unit::MillionDollars, "$1.9T"),
            (999.96, Unit::MillionDollars, "$1B"),
            (0.5, Unit::MillionDollars, "$500k"),
            (750.0, Unit::Dollars, "$750"),
            (-12.34, Unit::Percent, "-12 %"),
            (4.56, Unit::Percent, "4.6 %"),
            (0.526, Unit::Share, "53 %"),
            (3_197_890.0, Unit::Count, "3,197,890"),
            (-1234.0, Unit::SquaredPercent, "-1,234"),
            (3.25, Unit::Years, "3.2 years"),
            (f64::from(2.3_f32), Unit::Years, "2.3 years"),
            (1.97, Unit::Years, "1.9 years"),
            (12.9, Unit::Years, "12 years"),
            (0.45, Unit::Years, "5 months"),
            (0.01, Unit::Years, "less than a month"),
            (0.0123, Unit::Ratio, "0.012"),
            (0.3, Unit::Miles, "less than a mile"),
        ] {
            assert_eq!(number(value, unit), text);
        }
    }

    #[test]
    fn few_and_none_are_words() {
        let wealthy = feature("NumberClients_HNWIndividuals").unwrap();
        let texts = [0.0, 1.0, 2.0, 7.0].map(|value| shown(value, wealthy));
        assert_eq!(texts, ["no", "1", "fewer than 5", "7"]);
        assert_eq!(
            texts.map(|text| is_plural(&text)),
            [true, false, true, true]
        );
        let parts = feature("Percent_ClientsUS").unwrap();
        let texts = [0.0, 0.4, 62.4, 99.6, 100.0].map(|value| shown(value, parts));
        assert_eq!(texts, ["none", "under 1 %", "62 %", "over 99 %", "all"]);
        let changes = [12.4, -3.0, 0.01].map(change);
        assert_eq!(
            changes,
            ["grew by 12 %", "shrank by 3 %", "stayed the same"]
        );
    }

    #[test]
    fn ranges_name_their_unit_once() {
        let text = |lo, hi, unit| range(&Range::of(lo, hi), unit);
        assert_eq!(text(None, Some(2.0), Unit::Years), "under 2 years");
        assert_eq!(text(Some(1.0), Some(5.0), Unit::Years), "1 to 5 years");
        assert_eq!(
            text(Some(0.5), Some(5.0), Unit::Years),
            "6 months to 5 years"
        );
        assert_eq!(text(Some(30.0), None, Unit::Years), "30 years or more");
        // The upper end does not belong to the range.
        assert_eq!(text(Some(4.0), Some(35.0), Unit::Count), "4 to 34");
        assert_eq!(text(Some(4.0), Some(5.0), Unit::Count), "4");
        assert_eq!(
            text(Some(50.0), Some(1_200.0), Unit::MillionDollars),
            "$50M to $1.2B"
        );
        assert_eq!(text(Some(0.1), Some(0.35), Unit::Share), "10 to 35 %");
    }

    #[test]
    fn edges_are_numbers_that_people_say() {
        for (edge, unit, round) in [
            (1.37, Unit::Years, 1.5),
            (4.71, Unit::Years, 5.0),
            (1_234.5, Unit::MillionDollars, 1_000.0),
            (1_260.0, Unit::MillionDollars, 1_500.0),
            (690.0, Unit::MillionDollars, 700.0),
            (0.0226, Unit::Ratio, 0.025),
            (0.331, Unit::Share, 0.35),
            (347.0, Unit::Count, 300.0),
            (17.0, Unit::Count, 15.0),
            (7.4, Unit::Percent, 7.0),
            (0.0, Unit::Ratio, 0.0),
        ] {
            assert_eq!(rounded(edge, unit), round);
        }
    }
}
