//! What the model looks at, on the test rows: which features move scores, how, together with
//! which, for whom, and how steady that is.

mod groups;
mod incumbent;
mod shapes;
mod steady;

pub(in crate::reports) use groups::{GROWTH, growth, homes};

use leadrank_evidence::{Dot, Picture, Report, Section, SwarmRow, Table};
use leadrank_learn::explain::{
    Contributions, ExplainOptions, Explanation, PanelStability, explain, stability,
};

use super::Context;
use super::numbers::score;
use crate::bundle::Bundle;
use crate::error::Result;
use crate::model_rows::{ModelRows, Scored};
use crate::words;

/// Features in the summary.
const TOP: usize = 30;
/// Dots of a feature in the summary, at most: the page must stay small.
const DOTS: usize = 300;

/// What all sections look at.
struct Looked<'a> {
    bundle: &'a Bundle,
    of: &'a ModelRows,
    context: &'a Context<'a>,
    test: Scored,
    explanation: Explanation,
    contributions: Contributions,
    /// None where the bundle has no panel.
    stability: Option<PanelStability>,
    options: ExplainOptions,
}

impl Looked<'_> {
    /// A feature in words, where it has any.
    fn label(&self, feature: &str) -> String {
        (self.context.label)(feature).unwrap_or_else(|| feature.to_owned())
    }

    /// Features by importance, strongest first.
    fn order(&self) -> impl Iterator<Item = &str> {
        let features = self.explanation.features.iter();
        features
            .filter(|feature| feature.mean_abs_shap > 0.0)
            .map(|feature| feature.feature.as_str())
    }
}

/// The explanation report of a bundle, on its test rows.
///
/// # Errors
/// When a column is missing.
pub fn explanation(bundle: &Bundle, of: &ModelRows, context: &Context<'_>) -> Result<Report> {
    let test = of.test(bundle);
    let options = ExplainOptions {
        sample_rows: DOTS,
        sample_features: TOP,
        seed: bundle.manifest.seed,
    };
    let panel = bundle.panel()?;
    let looked = Looked {
        bundle,
        of,
        context,
        explanation: explain(&bundle.model, &of.matrix, &test.rows, None, &options)?,
        contributions: Contributions::of(&bundle.model, &of.matrix, &test.rows),
        stability: match panel.len() {
            0 | 1 => None,
            _ => Some(stability(&panel, &of.matrix, &test.rows)?),
        },
        test,
        options,
    };
    let mut report = Report::new("explanation", "What does the model look at?");
    report.scope.clone_from(&context.scope);
    report.answer = answer(&looked);
    report.sections.push(summary(&looked));
    report.sections.push(shapes::values(&looked)?);
    report.sections.push(shapes::interactions(&looked)?);
    report.sections.extend(groups::cohorts(&looked)?);
    if let Some(found) = &looked.stability {
        report.sections.push(steady::section(&looked, found));
        report.findings.extend(steady::finding(found));
    }
    report.sections.push(incumbent::section(&looked)?);
    report.findings.push(incumbent::finding(&looked)?);
    report.settle();
    Ok(report)
}

fn answer(looked: &Looked<'_>) -> String {
    let first: Vec<String> = looked
        .order()
        .take(5)
        .map(|name| looked.label(name))
        .collect();
    if first.is_empty() {
        return "At nothing: it gives all rows the same score.".into();
    }
    let share: f64 = looked
        .explanation
        .features
        .iter()
        .take(5)
        .map(|of| of.share)
        .sum();
    format!(
        "Most of all at {}; these {} carry {} of all that moves scores, on {} test {}. What moves \
         a score is not what causes an outcome.",
        words::list(&first),
        first.len(),
        words::percent(share),
        words::count(looked.test.rows.len() as u64),
        looked.context.rows
    )
}

/// Bars and swarm of the strongest features.
fn summary(looked: &Looked<'_>) -> Section {
    let strongest: Vec<_> = looked.explanation.features.iter().take(TOP).collect();
    let bars = strongest
        .iter()
        .map(|found| {
            let text = format!("{:.3}", found.mean_abs_shap);
            (looked.label(&found.feature), found.mean_abs_shap, text)
        })
        .collect();
    let rows = strongest
        .iter()
        .filter(|found| found.mean_abs_shap > 0.0)
        .map(|found| SwarmRow {
            label: looked.label(&found.feature),
            dots: dots(&looked.explanation, &found.feature),
        })
        .collect();
    let mut table = Table::new(
        "The strongest features",
        &["feature", "name", "#mean |contribution|", "#share"],
    )
    .note("Mean of the absolute contribution to the score in log-odds, by exact SHAP values.");
    for found in &strongest {
        table.row(vec![
            looked.label(&found.feature).into(),
            found.feature.as_str().into(),
            score(found.mean_abs_shap),
            leadrank_evidence::Cell::Share { share: found.share },
        ]);
    }
    Section::new("Summary")
        .say(format!(
            "The {} features that move scores most, on {} test {}. Each dot of the swarm is one of \
             up to {DOTS} of them: to the right it raises the score, to the left it lowers it.",
            strongest.len(),
            words::count(looked.test.rows.len() as u64),
            looked.context.rows
        ))
        .draw(Picture::Bars {
            title: "How much each feature moves scores".into(),
            bars,
            scale: None,
        })
        .draw(Picture::Swarm {
            title: "What each feature does, row by row".into(),
            of: "the score, in log-odds".into(),
            rows,
        })
        .table(table)
}

/// A feature's sampled contributions, shaded by the rank of its value.
fn dots(explanation: &Explanation, feature: &str) -> Vec<Dot> {
    let points = || {
        explanation
            .swarm
            .iter()
            .filter(|point| point.feature == feature)
    };
    let values: Vec<f64> = points().filter_map(|point| point.value).collect();
    let mut ranks = leadrank_stats::ranking::percentile_ranks(&values).into_iter();
    points()
        .map(|point| Dot {
            x: shapes::rounded(point.shap),
            y: 0.0,
            shade: point
                .value
                .and_then(|_| ranks.next())
                .map(|rank| shapes::rounded(rank / 100.0)),
        })
        .collect()
}
