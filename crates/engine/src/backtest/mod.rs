//! Would it have worked? At each of several past days a model is trained on what was known
//! then, and scores the period after it; nothing is judged that a model has seen.
//!
//! ```text
//! periods (plan) ─▶ for each: train as of its first day, score its rows ─▶ judge all together
//! ```

mod files;
mod groups;
mod judge;
mod measure;
mod plan;
mod project;
mod table;
mod worth;

use std::collections::BTreeMap;

use leadrank_learn::baselines::Comparison;
use leadrank_learn::explain::Importance;
use leadrank_stats::Estimate;
use serde::{Deserialize, Serialize};

pub use files::{periods_csv, scores_csv};
pub use groups::{GroupMetrics, Sorted};
pub use judge::{Consistency, Inversion, judge};
pub use measure::{Gap, Group};
pub use plan::{Every, Span, periods};
pub use project::{OfProject, on_project};
pub use table::{OfTable, on_table};
pub use worth::{Shares, Worth};

/// One period, scored by a model that had not seen it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Period {
    /// Its name.
    pub name: String,
    /// First day, or number.
    pub from: String,
    /// Last day, or number.
    pub to: String,
    /// Rows the model learnt from, and positives among them.
    pub learnt_from: (u64, u64),
    /// Metrics on the rows learnt from.
    pub train: BTreeMap<String, Estimate>,
    /// Metrics on the period's rows.
    pub metrics: BTreeMap<String, Estimate>,
    /// The model beside what is simpler, on the same rows; none for a model that was there.
    pub comparison: Option<Comparison>,
    /// What moved scores, strongest first.
    pub importance: Vec<Importance>,
    /// Scheduled calls per 100 dials of the best tenth, and of all.
    pub per_100_dials: Option<(Estimate, Estimate)>,
    /// Rows left out since the model that was there has learnt from an earlier contact of the
    /// same adviser.
    #[serde(default)]
    pub met_before: u64,
}

/// The rows of one period with their scores.
#[derive(Debug, Clone, Default)]
pub struct Scores {
    /// The row's id.
    pub ids: Vec<String>,
    /// Outcomes.
    pub labels: Vec<bool>,
    /// Margins, in log-odds.
    pub margins: Vec<f64>,
    /// Calibrated probabilities.
    pub probabilities: Vec<f64>,
    /// The row's group by each division, as named in [`Backtest::divisions`].
    pub groups: Vec<Vec<usize>>,
    /// Value of the row's opportunity in dollars, 0 without one; none without such a file.
    pub worth: Option<Vec<f64>>,
}

/// A backtest before it is judged as a whole.
#[derive(Debug, Clone, Default)]
pub struct Material {
    /// The periods with their rows.
    pub periods: Vec<(Period, Scores)>,
    /// Ways to divide rows: what by, and the groups' names.
    pub divisions: Vec<(String, Vec<String>)>,
    /// How the current call list shares leads out; none without one.
    pub shares: Option<Shares>,
    /// Periods that could not be tested, with the reason.
    pub skipped: Vec<String>,
    /// The last model on the newest share of its history: rows learnt from and its metrics on
    /// the last period.
    pub learning: Vec<(u64, BTreeMap<String, Estimate>)>,
    /// For features of the last model: how well its contributions alone rank the rows learnt
    /// from and the period's.
    pub gaps: Vec<Gap>,
}

/// A judged backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Metrics by period, and of all together as `pooled`.
    pub metrics: BTreeMap<String, BTreeMap<String, Estimate>>,
    /// The periods.
    pub periods: Vec<Period>,
    /// Periods that could not be tested, with the reason.
    pub skipped: Vec<String>,
    /// How much metrics vary from period to period, and how much chance alone would.
    pub consistency: Vec<Consistency>,
    /// Tenths over all periods, best first.
    pub tenths: Vec<Group>,
    /// Neighbouring tenths of which the better one had fewer positives.
    pub inversions: Vec<Inversion>,
    /// Groups by each division.
    pub divisions: Vec<(String, Vec<Sorted>)>,
    /// All metrics of each group, by period and pooled.
    #[serde(default)]
    pub groups: Vec<GroupMetrics>,
    /// What the opportunities of each tier were worth.
    #[serde(default)]
    pub worth: Vec<Worth>,
    /// The tiers' shares that this rests on.
    #[serde(default)]
    pub shares: Option<Shares>,
    /// Largest distance between the distributions of scores of a period and the one before.
    pub shifts: Vec<(String, f64)>,
    /// Rank correlation of importance of a period's model and the one before.
    pub reason_stability: Vec<(String, f64)>,
    /// The last model on less history.
    pub learning: Vec<(u64, BTreeMap<String, Estimate>)>,
    /// Features that carry the gap between rows learnt from and new ones.
    pub gaps: Vec<Gap>,
}
