//! Are features, split and labels sound? The checkpoint "Statistical Validation".
//!
//! Nothing here looks at scores: it is what can be known before a model is trained.

mod correlation;
mod distributions;
mod folds;
mod inflation;
mod labels;
mod plausible;
mod split;

use leadrank_evidence::{Report, Severity};
use leadrank_features::{Feature, catalog};
use leadrank_learn::split::Rows as _;
use leadrank_stats::binning::Binning;
use leadrank_stats::correlation::CorrelationMatrix;

use super::Input;
use super::part::{UNDIVIDED, undivided};
use crate::error::Result;
use crate::words;

/// Bins of the information value (domain.md, "Validation gates and thresholds").
const BINS: usize = 10;
/// Rows that two features must share for their correlation to be judged.
const COMMON_ROWS: u64 = 30;

/// The rows that a model is fitted on, feature by feature.
struct Training {
    features: Vec<&'static Feature>,
    /// Values of each feature; NaN is missing.
    columns: Vec<Vec<f64>>,
    /// Information value of each feature, 0 where it has none, and what it is by chance.
    information: Vec<(f64, f64)>,
    /// Product-moment and rank correlations; none where too few rows are common.
    pearson: CorrelationMatrix,
    spearman: CorrelationMatrix,
}

impl Training {
    fn of(input: &Input<'_>) -> Result<Training> {
        let leads = &input.leads;
        let rows = leads.parts()?.refit.indices();
        let features: Vec<&'static Feature> = catalog().iter().collect();
        let column = |feature: &&'static Feature| -> Result<Vec<f64>> {
            let values = leads.feature(feature.name)?;
            Ok(rows.iter().map(|&row| values[row]).collect())
        };
        let columns = features.iter().map(column).collect::<Result<Vec<_>>>()?;
        let labels: Vec<bool> = rows
            .iter()
            .map(|&row| leads.labels[row] == Some(true))
            .collect();
        let information = columns.iter().map(|column| {
            let binning = Binning::fit(column, &labels, BINS);
            binning.map_or((0.0, 0.0), |binning| (binning.iv, binning.chance))
        });
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        Ok(Training {
            features,
            information: information.collect(),
            pearson: judged(leadrank_stats::correlation::pearson(&slices)?),
            spearman: judged(leadrank_stats::correlation::spearman(&slices)?),
            columns,
        })
    }

    fn rows(&self) -> u64 {
        self.columns.first().map_or(0, Vec::len) as u64
    }

    /// Share of rows on which a feature is missing.
    fn missing(&self, feature: usize) -> f64 {
        let column = &self.columns[feature];
        let missing = column.iter().filter(|value| value.is_nan()).count();
        missing as f64 / column.len().max(1) as f64
    }
}

/// The matrix without pairs that share too few rows.
fn judged(mut matrix: CorrelationMatrix) -> CorrelationMatrix {
    for (value, &rows) in matrix.values.iter_mut().zip(&matrix.rows) {
        if rows < COMMON_ROWS {
            *value = None;
        }
    }
    matrix
}

/// Looks at inflation, correlation, distributions, split and labels.
///
/// # Errors
/// When a feature can't be read.
pub async fn check(input: &Input<'_>) -> Result<Report> {
    let mut report = input.report(
        "statistics",
        "Are the features, the split and the labels sound?",
    );
    if let Err(reason) = &input.leads.split {
        let gates = [
            "statistics.split",
            "statistics.correlation",
            "statistics.vif",
        ];
        undivided(&gates, reason).add_to(&mut report);
        labels::part(input).add_to(&mut report);
        distributions::part(input)?.add_to(&mut report);
        report.settle();
        report.answer = UNDIVIDED.into();
        return Ok(report);
    }
    let training = Training::of(input)?;
    let thresholds = &input.project.config().gates;
    split::part(input)?.add_to(&mut report);
    labels::part(input).add_to(&mut report);
    correlation::part(&training, thresholds).add_to(&mut report);
    inflation::part(&training, input.project.config())?.add_to(&mut report);
    distributions::part(input)?.add_to(&mut report);
    report.settle();
    let count = |severity: Severity| {
        let of = report.findings.iter();
        match of.filter(|finding| finding.severity == severity).count() {
            1 => "one thing".to_owned(),
            several => format!("{several} things"),
        }
    };
    report.answer = match report.severity() {
        Severity::Fail => format!(
            "No: {} must be mended before a result can be believed.",
            count(Severity::Fail)
        ),
        Severity::Warn => format!(
            "Look at {} before you read a model's weights or importances; nothing is broken.",
            count(Severity::Warn)
        ),
        Severity::Note | Severity::Pass => {
            "Yes: nothing here stands in the way of training.".into()
        }
    };
    Ok(report)
}

/// Names that a headline holds at most.
const NAMED: usize = 3;

/// The first of some names, and how many more there are.
fn first_of(names: &[&str]) -> String {
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => {
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => words::list(names),
    }
}

/// A share of 1 in percent.
fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_names_few() {
        assert_eq!(first_of(&["a", "b", "c"]), "a, b and c");
        assert_eq!(first_of(&["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
        assert_eq!(first_of(&[]), "");
    }
}
