//! Why a lead stands where it stands, in words a salesperson understands.
//!
//! A reason is a fact with its value that moved the score, by exact SHAP. It is
//! told only if the fact is known: a missing value, or a flag whose inputs are
//! missing, is never dressed up as a fact (domain.md, "SHAP and drivers").

use leadrank_features::catalog::{Group, Kind, Unit};
use leadrank_features::{Feature, feature};
use leadrank_trees::Model;

use crate::error::{Error, Result};

/// Reasons told for a higher chance, at most.
const DRIVERS: usize = 5;

/// What is told of one lead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Explained {
    /// What raises the chance, strongest first.
    pub drivers: Vec<String>,
    /// What lowers it most.
    pub caution: Option<String>,
}

/// Explains rows of one model.
pub struct Reasons<'a> {
    model: &'a Model,
    features: Vec<Known>,
}

/// A column of the model with what it takes to word it.
struct Known {
    feature: &'static Feature,
    /// Columns that must have a value before a flag or score may be told as a fact.
    needs: Vec<usize>,
}

impl<'a> Reasons<'a> {
    /// Prepares the wording of the model's features.
    ///
    /// # Errors
    /// A feature that the catalog does not hold.
    pub fn new(names: &[String], model: &'a Model) -> Result<Self> {
        let place = |name: &str| names.iter().position(|known| known == name);
        let features = names
            .iter()
            .map(|name| {
                let feature = feature(name).ok_or_else(|| {
                    Error::Data(format!(
                        "the model uses `{name}`, which this version does not know"
                    ))
                })?;
                let engineered = feature.group == Group::Engineered;
                let needs = feature.sources.iter().filter_map(|source| place(source));
                Ok(Known {
                    feature,
                    needs: needs.filter(|_| engineered).collect(),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Reasons { model, features })
    }

    /// The reasons of one row. Without vendor data there is nothing to tell.
    pub fn explain(
        &self,
        row: &[f32],
        margin: f64,
        probability: &dyn Fn(f64) -> f64,
        has_vendor_data: bool,
    ) -> Explained {
        if !has_vendor_data {
            return Explained::default();
        }
        let mut shap = vec![0.0; row.len() + 1];
        self.model.shap(row, &mut shap);
        let mut order: Vec<usize> = (0..row.len()).collect();
        // Equal contributions keep the catalog's order.
        order.sort_by(|&a, &b| shap[b].total_cmp(&shap[a]).then(a.cmp(&b)));
        let drivers = order
            .iter()
            .filter(|&&column| shap[column] > 0.0)
            .filter_map(|&column| self.sentence(column, row))
            .take(DRIVERS)
            .collect();
        let caution = order
            .iter()
            .rev()
            .filter(|&&column| points(probability, margin, shap[column]) <= -0.001)
            .find_map(|&column| self.sentence(column, row));
        Explained { drivers, caution }
    }

    /// The fact in words, or nothing where it isn't known.
    fn sentence(&self, column: usize, row: &[f32]) -> Option<String> {
        let known = &self.features[column];
        let value = f64::from(row[column]);
        if value.is_nan() || known.needs.iter().any(|&need| row[need].is_nan()) {
            return None;
        }
        let feature = known.feature;
        if feature.kind == Kind::Flag {
            // That a flag is not set may only mean that nobody knows.
            return (value == 1.0).then(|| capitalised(feature.wording.fact));
        }
        let text = feature
            .wording
            .fact
            .replace("{}", &shown(value, feature.unit));
        Some(capitalised(&text))
    }
}

/// A contribution as change of probability: what the calibrated probability would lose
/// without it.
fn points(probability: &dyn Fn(f64) -> f64, margin: f64, shap: f64) -> f64 {
    probability(margin) - probability(margin - shap)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// A value with its unit, as people write it.
pub fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count | Unit::Weekday | Unit::YesNo => grouped(value.round()),
        Unit::Years => format!("{value:.1} years"),
        Unit::MillionDollars | Unit::MillionDollarsPerYear => money(value * 1e6),
        Unit::Dollars => money(value),
        Unit::Percent => format!("{value:.1} %"),
        Unit::Share => format!("{:.0} %", 100.0 * value),
        Unit::Miles => format!("{value:.0} miles"),
        Unit::Ratio | Unit::SquaredPercent => match value.abs() {
            size if size >= 10.0 => grouped(value.round()),
            size if size >= 0.1 || size == 0.0 => format!("{value:.1}"),
            _ => format!("{value:.3}"),
        },
        Unit::Score => format!("{value:.2}"),
    }
}

fn money(dollars: f64) -> String {
    let size = dollars.abs();
    let (scale, letter) = match size {
        s if s >= 1e12 => (1e12, "T"),
        s if s >= 1e9 => (1e9, "B"),
        s if s >= 1e6 => (1e6, "M"),
        s if s >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let sign = if dollars < 0.0 { "-" } else { "" };
    let digits = usize::from(size / scale < 100.0 && scale > 1.0);
    format!("{sign}${:.digits$}{letter}", size / scale)
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
    use super::*;

    /// Margin = .5 − 1.2 · [years at firm ≥ 2 or unknown] + .8 · [new to firm].
    fn model() -> Model {
        let json = include_bytes!("../tests/fixtures/two_stumps.json");
        Model::from_bytes(json).unwrap()
    }

    fn names() -> Vec<String> {
        ["DateOfHireAtCurrentFirm_NumberOfYears", "Is_New_To_Firm"]
            .map(String::from)
            .to_vec()
    }

    fn logistic(margin: f64) -> f64 {
        1.0 / (1.0 + (3.0 - margin).exp())
    }

    fn explain(row: [f32; 2]) -> Explained {
        let model = model();
        let reasons = Reasons::new(&names(), &model).unwrap();
        reasons.explain(&row, f64::from(model.margin(&row)), &logistic, true)
    }

    #[test]
    fn known_facts_are_told_with_value_and_unit() {
        let explained = explain([1.25, 1.0]);
        assert_eq!(
            explained.drivers,
            // + .6 · 1.2 = .72 and + .4 · .8 = .32, by the shares of the leaves' rows.
            [
                "1.2 years at the current firm",
                "Joined the firm less than two years ago"
            ]
        );
        assert_eq!(explained.caution, None);
    }

    #[test]
    fn what_lowers_the_chance_is_the_caution() {
        let explained = explain([12.0, 0.0]);
        assert!(explained.drivers.is_empty());
        assert_eq!(
            explained.caution.as_deref(),
            Some("12.0 years at the current firm")
        );
    }

    #[test]
    fn the_unknown_is_never_told_as_a_fact() {
        // The flag is set, but the years behind it are missing.
        assert_eq!(explain([f32::NAN, 1.0]), Explained::default());
        let model = model();
        let reasons = Reasons::new(&names(), &model).unwrap();
        assert_eq!(
            reasons.explain(&[1.0, 1.0], 0.0, &logistic, false),
            Explained::default()
        );
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        for (value, unit, text) in [
            (1295.31, Unit::MillionDollars, "$1.3B"),
            (1_934_233.0, Unit::MillionDollars, "$1.9T"),
            (0.5, Unit::MillionDollars, "$500k"),
            (750.0, Unit::Dollars, "$750"),
            (-12.34, Unit::Percent, "-12.3 %"),
            (0.526, Unit::Share, "53 %"),
            (3_197_890.0, Unit::Count, "3,197,890"),
            (-1234.0, Unit::SquaredPercent, "-1,234"),
            (3.25, Unit::Years, "3.2 years"),
            (0.0123, Unit::Ratio, "0.012"),
        ] {
            assert_eq!(shown(value, unit), text);
        }
    }

    #[test]
    fn a_feature_of_a_newer_version_is_named() {
        let model = model();
        let names = ["Unknown_Feature".to_string()];
        let error = Reasons::new(&names, &model).err();
        assert!(error.unwrap().to_string().contains("Unknown_Feature"));
    }
}
