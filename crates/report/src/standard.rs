//! Words for the measures that every evaluation has.

use std::collections::BTreeMap;

use leadrank_evidence::Unit;
use leadrank_stats::Estimate;

use crate::run_page::MetricRow;

/// Names in the order people read them.
const ORDER: [&str; 19] = [
    "auc_roc",
    "auc_pr",
    "recall_at_1",
    "recall_at_5",
    "recall_at_10",
    "recall_at_20",
    "precision_at_1",
    "precision_at_5",
    "precision_at_10",
    "precision_at_20",
    "lift_at_1",
    "lift_at_5",
    "lift_at_10",
    "lift_at_20",
    "predicted_over_observed",
    "ece_mass",
    "ece_width",
    "brier",
    "brier_skill",
];

/// Those that answer what people ask first; the others unfold.
const KEY: [&str; 9] = [
    "auc_roc",
    "auc_pr",
    "recall_at_10",
    "recall_at_20",
    "precision_at_10",
    "lift_at_10",
    "predicted_over_observed",
    "ece_mass",
    "brier_skill",
];

impl MetricRow {
    /// Whether the measure is shown at once: a key one, or one that this crate does not know.
    pub(crate) fn is_key(&self) -> bool {
        KEY.contains(&self.name.as_str()) || !ORDER.contains(&self.name.as_str())
    }

    /// A row for a measure by its name in JSON, with label, meaning and unit filled in; an
    /// unknown name is its own label.
    pub fn standard(name: &str, by_part: Vec<(String, Estimate)>) -> Self {
        let (label, meaning, unit) = words(name);
        MetricRow {
            name: name.into(),
            label,
            meaning,
            unit,
            by_part,
        }
    }

    /// All measures of some parts (name and measures of each), in the order people read them;
    /// unknown ones last, by name.
    pub fn table(parts: &[(&str, &BTreeMap<String, Estimate>)]) -> Vec<Self> {
        let place = |name: &str| ORDER.iter().position(|known| *known == name);
        let mut names: Vec<&String> = parts.iter().flat_map(|part| part.1.keys()).collect();
        names.sort_by_key(|name| (place(name).unwrap_or(ORDER.len()), *name));
        names.dedup();
        let row = |name: &&String| {
            let of = |part: &(&str, &BTreeMap<String, Estimate>)| {
                part.1
                    .get(*name)
                    .map(|estimate| (part.0.to_string(), *estimate))
            };
            MetricRow::standard(name, parts.iter().filter_map(of).collect())
        };
        names.iter().map(row).collect()
    }
}

fn words(name: &str) -> (String, String, Unit) {
    let owned = |label: &str, meaning: &str, unit| (label.into(), meaning.into(), unit);
    if let Some((kind, percent)) = name.split_once("_at_") {
        let best = format!("the best {percent} %");
        match kind {
            "precision" => {
                return (
                    format!("Rate in {best}"),
                    format!("Share of positives among {best} by score (precision)."),
                    Unit::Share,
                );
            }
            "recall" => {
                return (
                    format!("Reached by {best}"),
                    format!("Share of all positives that lie in {best} by score (recall)."),
                    Unit::Share,
                );
            }
            "lift" => {
                return (
                    format!("Lift of {best}"),
                    format!("Rate in {best} as a multiple of the base rate."),
                    Unit::Times,
                );
            }
            _ => {}
        }
    }
    match name {
        "auc_roc" => owned(
            "AUC-ROC",
            "Share of pairs in which the positive is ranked above the negative.",
            Unit::Score,
        ),
        "auc_pr" => owned(
            "AUC-PR",
            "Mean precision over the positives; chance is the base rate.",
            Unit::Score,
        ),
        "brier" => owned(
            "Brier score",
            "Mean squared error of the probabilities; smaller is better.",
            Unit::Score,
        ),
        "brier_skill" => owned(
            "Brier skill",
            "How much of the Brier score of the base rate is saved; 0 is none.",
            Unit::Score,
        ),
        "ece_mass" => owned(
            "Calibration error, equal groups",
            "Mean distance of predicted and observed rate over ten groups of equal size.",
            Unit::Share,
        ),
        "ece_width" => owned(
            "Calibration error, equal widths",
            "The same over ten groups of equal width, most of which are empty at low rates.",
            Unit::Share,
        ),
        "predicted_over_observed" => owned(
            "Predicted ÷ observed",
            "Sum of the probabilities over the number of positives; 1 is right.",
            Unit::Score,
        ),
        other => owned(other, "", Unit::Score),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64) -> Estimate {
        Estimate {
            value,
            lo: value,
            hi: value,
            n: 10,
            positives: 2,
            chance: None,
        }
    }

    #[test]
    fn every_listed_measure_has_words() {
        for name in ORDER {
            let (label, meaning, _) = words(name);
            assert_ne!(label, name);
            assert!(meaning.ends_with('.'), "{name}: {meaning}");
        }
    }

    #[test]
    fn tables_are_in_reading_order_with_strangers_last() {
        let train: BTreeMap<String, Estimate> = [("lift_at_10", 2.0), ("auc_roc", 0.7)]
            .map(|(name, value)| (name.into(), estimate(value)))
            .into();
        let test: BTreeMap<String, Estimate> = [("aaa", 1.0), ("auc_roc", 0.6)]
            .map(|(name, value)| (name.into(), estimate(value)))
            .into();
        let rows = MetricRow::table(&[("train", &train), ("test", &test)]);
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["auc_roc", "lift_at_10", "aaa"]);
        let parts: Vec<(&str, f64)> = rows[0]
            .by_part
            .iter()
            .map(|part| (part.0.as_str(), part.1.value))
            .collect();
        assert_eq!(parts, [("train", 0.7), ("test", 0.6)]);
        assert_eq!(rows[1].by_part.len(), 1);
        assert_eq!((rows[2].label.as_str(), rows[1].unit), ("aaa", Unit::Times));
    }
}
