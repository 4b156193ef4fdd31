//! How the model was made, and what it is worth beside what is simpler.

use leadrank_evidence::Report;

use super::numbers::counted;
use super::{Context, contest, criteria, folds, rivals, scores, strata, tuning};
use crate::training::ModelReport;
use crate::words;

/// The report on training.
pub fn training(model: &ModelReport, context: &Context<'_>) -> Report {
    let mut report = Report::new(
        "training",
        "How was the model made, and is it better than what is simpler?",
    );
    report.scope.clone_from(&context.scope);
    report.answer = answer(model, context);
    report.gates = context.gates.to_vec();
    report.findings.extend(folds::findings(model));
    report.findings.extend(scores::findings(model));
    report.sections.push(folds::section(model, context));
    report.sections.extend(strata::section(context));
    if let Some(made) = &model.development {
        report.find(contest::finding(made));
        report.findings.extend(tuning::findings(made));
        report.sections.push(contest::section(made));
        report.sections.push(tuning::section(made));
        report.sections.push(scores::folds(made, context));
    }
    report.sections.push(scores::gap(model));
    if let Some(comparison) = &model.comparison {
        report.findings.extend(rivals::finding(comparison));
        report.sections.push(rivals::section(comparison));
    }
    if context.of_leads {
        report.sections.extend(criteria::section(model));
    }
    report.settle();
    report
}

fn answer(model: &ModelReport, context: &Context<'_>) -> String {
    let mut parts = Vec::new();
    if let Some(comparison) = &model.comparison {
        parts.push(comparison.sentence.clone());
    }
    let trees = counted(model.rounds as usize, "tree");
    let test = model
        .metrics
        .get("test")
        .and_then(|test| test.get("auc_pr"));
    match test {
        Some(found) => parts.push(format!(
            "The model has {trees} over {} columns; on {} newer {} with {} {} its AUC-PR is {:.3} \
             (95 % interval {:.3} to {:.3}){}.",
            model.columns,
            words::count(found.n),
            context.rows,
            words::count(found.positives),
            context.events,
            found.value,
            found.lo,
            found.hi,
            found
                .chance
                .map_or_else(String::new, |chance| format!(", by chance {chance:.3}"))
        )),
        None => parts.push(format!(
            "The model has {trees} over {} columns.",
            model.columns
        )),
    }
    parts.join(" ")
}
