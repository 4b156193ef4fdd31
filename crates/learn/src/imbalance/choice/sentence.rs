//! The outcome in words.

use super::{Criterion, Row};

/// The outcome and its reason; `best` is the line with the highest score.
pub(super) fn sentence(best: &Row, rows: &[Row], folds: usize) -> String {
    let Some(found) = &best.against_none else {
        return format!(
            "No clear winner: doing nothing has the highest weighted score itself ({:.2}), so nothing is done about imbalance.",
            best.score
        );
    };
    let names = |criteria: &[Criterion]| {
        let names: Vec<&str> = criteria.iter().map(|criterion| criterion.name()).collect();
        names.join(" and ")
    };
    let difference = format!(
        "its AUC-PR differs from that of doing nothing by {:+.4} (95 % interval {:+.4} to {:+.4} over {folds} folds, {} after Holm over {})",
        found.auc_pr.mean,
        found.auc_pr.interval.lo,
        found.auc_pr.interval.hi,
        p_in_words(found.adjusted_p),
        match rows.len() - 1 {
            1 => "1 comparison".to_owned(),
            n => format!("{n} comparisons"),
        },
    );
    let mut reasons = Vec::new();
    if !found.better.is_empty() {
        reasons.push(format!(
            "better by a difference that matters: {}",
            names(&found.better)
        ));
    }
    if !found.worse.is_empty() {
        reasons.push(format!(
            "worse by a difference that matters: {}",
            names(&found.worse)
        ));
    }
    if reasons.is_empty() {
        reasons.push("no criterion differs by as much as matters".to_owned());
    }
    let reasons = reasons.join("; ");
    let score = format!("the highest weighted score ({:.2})", best.score);
    if found.is_clear() {
        format!(
            "Clear winner: {} has {score}, and {difference}; {reasons}.",
            best.name
        )
    } else {
        format!(
            "No clear winner: {} has {score}, but {difference}; {reasons}. The simplest strategy is taken: nothing is done about imbalance.",
            best.name
        )
    }
}

fn p_in_words(p: f64) -> String {
    if p < 0.001 {
        "p below 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}
