//! The folds in which everything is decided that is decided before training.

use leadrank_evidence::Lane;
use leadrank_learn::split::{Split, SplitInput, Times};

use super::super::Leads;
use crate::config::Config;
use crate::reports::folds;
use crate::stages::dataset::days_since_epoch;
use crate::training::cut_folds;
use crate::words;

/// A lane a fold: what it learns from, the days kept free, what it is judged on; none where no
/// folds can be cut.
pub(super) fn lanes(leads: &Leads, split: &Split, config: &Config) -> Vec<Lane> {
    let input = SplitInput {
        times: Times::Days(
            leads
                .contacts
                .iter()
                .map(|day| Some(days_since_epoch(*day)))
                .collect(),
        ),
        groups: Some(leads.advisers.clone()),
        labels: leads.labels.clone(),
        assignment: None,
    };
    let Ok(Ok(cut)) = cut_folds(split, &input, &config.folds) else {
        return Vec::new();
    };
    let audit = &cut.audit;
    audit
        .folds
        .iter()
        .map(|fold| {
            let words = [&fold.past, &fold.judge].map(|side| counted(side.rows, side.positives));
            folds::lane(fold, audit, words)
        })
        .collect()
}

/// Leads and positives, as they stand on a stretch of the picture.
pub(super) fn counted(leads: u64, positives: u64) -> String {
    format!(
        "{} leads, {} positives",
        words::count(leads),
        words::count(positives)
    )
}
