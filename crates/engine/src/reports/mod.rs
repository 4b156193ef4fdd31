//! What people are told of how a model was made: which features and why, how it was trained,
//! and what it is worth beside what is simpler.
//!
//! Everything is read from a [`ModelReport`]; nothing is computed here but means over folds,
//! differences of numbers that are there, and words. Pages, Markdown and JSON are made from the
//! same [`Report`], so that they can't say different things.

mod artifacts;
mod backtest;
mod calibration;
mod cheat_sheet;
mod contest;
pub mod criteria;
mod enablement;
mod experiment;
mod explanation;
mod features;
pub(crate) mod folds;
mod numbers;
mod rivals;
mod scores;
mod selection;
mod strata;
mod training;
mod tuning;
mod values;

#[cfg(doc)]
use crate::training::ModelReport;
use leadrank_evidence::Gate;
#[cfg(doc)]
use leadrank_evidence::Report;
use leadrank_learn::develop::Development;

pub use artifacts::{ARTIFACTS, File, artifacts};
pub use backtest::backtest;
pub use calibration::calibration;
pub use cheat_sheet::{Card, CheatSheet, cheat_sheet};
pub use enablement::{playbook, training_guide};
pub use experiment::{
    balance as experiment_balance, design as experiment_design, result as experiment_result,
    statistics as experiment_statistics, trials as experiment_trials, watch as experiment_watch,
};
pub use explanation::explanation;
pub use rivals::against_model;
pub use selection::selection;
pub use strata::{Counted, Stratum, by_aum};
pub use training::training;

/// One thing that development decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was decided: `features`.
    pub what: &'static str,
    /// The outcome in a line.
    pub short: String,
    /// The outcome in a sentence or two.
    pub sentence: String,
}

/// What development decided, in its order.
pub fn decisions(made: &Development) -> Vec<Decision> {
    vec![
        Decision {
            what: "features",
            short: selection::in_short(made),
            sentence: selection::in_words(made),
        },
        Decision {
            what: "rare positives",
            short: contest::in_short(made),
            sentence: contest::outcome(made),
        },
        Decision {
            what: "tuning",
            short: tuning::in_short(made),
            sentence: tuning::in_words(made),
        },
    ]
}

/// What a report needs to know beside the model.
pub struct Context<'a> {
    /// Which model of what: `Model 1a2b of project acme, as of 2025-10-27`.
    pub scope: String,
    /// What a row is, in the plural: `leads`.
    pub rows: &'a str,
    /// What a positive is, in the plural: `scheduled calls`.
    pub events: &'a str,
    /// A feature's name in words; none where its own name is all there is.
    pub label: &'a dyn Fn(&str) -> Option<String>,
    /// Gates that were judged of the data or the model.
    pub gates: &'a [Gate],
    /// Rows of each part and fold by stratum, if they were counted.
    pub strata: Option<&'a [Stratum]>,
    /// What the strata are of: `AUM tier`.
    pub strata_of: &'a str,
    /// Whether the rows are contacted leads, which the brief's thresholds are meant for.
    pub of_leads: bool,
}

impl<'a> Context<'a> {
    /// The words of a project's model.
    pub fn of_leads(scope: impl Into<String>, gates: &'a [Gate]) -> Self {
        Context {
            scope: scope.into(),
            rows: "leads",
            events: "scheduled calls",
            label: &|name| {
                leadrank_features::feature(name).map(|feature| feature.wording.label.to_string())
            },
            gates,
            strata: None,
            strata_of: "AUM tier",
            of_leads: true,
        }
    }

    /// The words of any table's model.
    pub fn of_table(scope: impl Into<String>) -> Self {
        Context {
            scope: scope.into(),
            rows: "rows",
            events: "positives",
            label: &|_| None,
            gates: &[],
            strata: None,
            strata_of: "stratum",
            of_leads: false,
        }
    }
}
