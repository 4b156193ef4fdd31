//! Everything a run's page shows, as plain data. Callers fill it; nothing here is computed.
//!
//! Parts that a run does not have stay `None` or empty, and their sections are left out.
//! Text may hold anything: it is escaped when it is written.

use leadrank_evidence::{Measured, Unit};
use leadrank_stats::Estimate;
use leadrank_stats::curves::{Decile, GainPoint, PrPoint, ReliabilityBin};
use leadrank_stats::frontier::Captured;
use serde::{Deserialize, Serialize};

use crate::format::{Written as _, count};

/// One run: what went in, what was learned, whom to call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunPage {
    /// Headline of the page.
    pub title: String,
    /// Analysis date, model id, what the data is.
    pub subtitle: String,
    /// What is predicted of what, in words.
    pub words: Words,
    /// What the reader must know before believing a number; shown on top.
    pub notes: Vec<String>,
    /// The few numbers to take away.
    pub headline: Vec<Tile>,
    /// Files that were read.
    pub intake: Option<Intake>,
    /// What became of the labels; every contacted lead is in exactly one row.
    pub label_audit: Option<Vec<AuditRow>>,
    /// How many leads found vendor data.
    pub coverage: Option<Coverage>,
    /// The parts the rows were divided into, from old to new.
    pub split: Vec<SplitRow>,
    /// The part that metrics are quoted from and curves are drawn on, such as `test`.
    pub judged_part: String,
    /// Measures; see [`MetricRow::standard`].
    pub metrics: Vec<MetricRow>,
    /// Success criteria, met or not.
    pub criteria: Vec<CriterionRow>,
    /// What was decided on the way to the model.
    pub decisions: Vec<DecisionRow>,
    /// The model and what is simpler, the model first.
    pub rivals: Vec<RivalRow>,
    /// Precision-recall curve of the judged part.
    pub pr: Vec<PrPoint>,
    /// Cumulative gain of the judged part.
    pub gain: Vec<GainPoint>,
    /// Share of the events captured at each five percent of the judged part, with intervals.
    #[serde(default)]
    pub captured: Vec<Captured>,
    /// Reliability bins of the judged part.
    pub reliability: Vec<ReliabilityBin>,
    /// Deciles of the judged part, best first.
    pub deciles: Vec<Decile>,
    /// SHAP values of sampled rows, strongest feature first.
    pub beeswarm: Vec<BeeswarmFeature>,
    /// Importance of the features, strongest first.
    pub importance: Vec<ImportanceRow>,
    /// The call list by tier.
    pub tiers: Option<TierSummary>,
    /// First rows of the call list, best first.
    pub call_list: Vec<CallRow>,
    /// What made the numbers: versions, hashes, seeds, commands.
    pub provenance: Vec<(String, String)>,
}

/// Nouns that the sentences use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// A positive outcome with its article: `a scheduled call`.
    pub event: String,
    /// A positive outcome, plural: `scheduled calls`.
    pub events: String,
    /// A row, plural: `leads`.
    pub rows: String,
}

impl Default for Words {
    /// Leads and scheduled calls.
    fn default() -> Self {
        Words {
            event: "a scheduled call".into(),
            events: "scheduled calls".into(),
            rows: "leads".into(),
        }
    }
}

impl Words {
    /// Rows and positives, for a table of any meaning.
    pub fn generic() -> Self {
        Words {
            event: "a positive outcome".into(),
            events: "positives".into(),
            rows: "rows".into(),
        }
    }
}

/// One number to take away.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The number, formatted.
    pub value: String,
    /// Interval, n, chance level.
    pub note: String,
}

impl Tile {
    /// A measure with its interval, its chance level where it has one, and the rows it rests on.
    pub fn measured(label: impl Into<String>, unit: Unit, estimate: &Estimate) -> Self {
        let chance = estimate.chance.map_or(String::new(), |chance| {
            format!("; by chance {}", unit.format(chance))
        });
        Tile {
            label: label.into(),
            value: unit.format(estimate.value),
            note: format!(
                "{}{chance}; n = {}",
                unit.interval(estimate),
                count(estimate.n)
            ),
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    /// Files.
    pub files: u64,
    /// Rows in them.
    pub rows: u64,
    /// Cells that were set to missing because they could not be read.
    pub rejected_cells: u64,
    /// The same by column, most first.
    pub rejected_by_column: Vec<(String, u64)>,
    /// What else is worth a look.
    pub warnings: Vec<String>,
}

/// One fate of a label.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuditRow {
    /// Its name: positive, negative, late, censored, …
    pub name: String,
    /// Rows.
    pub count: u64,
    /// Share of all rows, 0 to 1.
    pub share: f64,
    /// What it means and what was done with them.
    pub meaning: String,
}

/// How many leads found vendor data from before their contact.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Contacted leads.
    pub leads: u64,
    /// Of them with an adviser number.
    pub with_crd: u64,
    /// Of them matched to a vendor month not after the contact.
    pub matched: u64,
    /// Matched leads by vendor month (date as text), oldest first.
    pub vintages: Vec<(String, u64)>,
    /// Age of the vendor data at contact, in words.
    pub age: String,
}

/// One part of the rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitRow {
    /// Its name: train, early stopping, calibration, test.
    pub part: String,
    /// Rows.
    pub rows: u64,
    /// Positive rows.
    pub positives: u64,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// What it serves for, or what was dropped from it.
    pub note: String,
}

/// One measure on each part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MetricRow {
    /// Its name in JSON: `auc_pr`.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// What it says, in one sentence.
    pub meaning: String,
    /// How the numbers are written.
    pub unit: Unit,
    /// Part and value.
    pub by_part: Vec<(String, Estimate)>,
}

/// One thing that was decided on the way to the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// What was decided.
    pub what: String,
    /// The outcome in a line, for the terminal.
    pub short: String,
    /// The outcome in a sentence or two, for the page.
    pub sentence: String,
}

/// The model, or what is simpler, on the judged part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RivalRow {
    /// Its name; what follows a comma is left out where room is short.
    pub name: String,
    /// What one should know of it; empty if nothing.
    pub note: String,
    /// Area under the ROC curve.
    pub auc_roc: Option<Estimate>,
    /// Area under the precision-recall curve.
    pub auc_pr: Option<Estimate>,
    /// Lift of the best tenth.
    pub lift: Option<Estimate>,
    /// Its AUC-PR less the model's; none for the model.
    pub difference: Option<Measured>,
    /// `better`, `worse` or `not to be told apart`; empty for the model.
    pub verdict: String,
}

impl RivalRow {
    /// Its name up to the first comma.
    pub(crate) fn short_name(&self) -> &str {
        self.name.split(',').next().unwrap_or_default()
    }
}

/// One success criterion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CriterionRow {
    /// What is asked.
    pub name: String,
    /// The threshold, formatted.
    pub threshold: String,
    /// The value, formatted, with its interval.
    pub value: String,
    /// Whether it is met; none where it can't be judged.
    pub met: Option<bool>,
    /// Why, or what follows.
    pub comment: String,
}

/// One feature's SHAP values over sampled rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BeeswarmFeature {
    /// The feature in words.
    pub label: String,
    /// One point a row.
    pub points: Vec<SwarmPoint>,
}

impl BeeswarmFeature {
    /// Points from pairs of a SHAP value (log-odds) and the feature's value; the value becomes
    /// its rank among the values given, ties sharing the average rank.
    pub fn from_values(label: impl Into<String>, pairs: &[(f64, Option<f64>)]) -> Self {
        let known = || {
            pairs
                .iter()
                .filter_map(|pair| pair.1.filter(|value| value.is_finite()))
        };
        let values: Vec<f64> = known().collect();
        let mut ranks = leadrank_stats::ranking::percentile_ranks(&values).into_iter();
        let points = pairs
            .iter()
            .map(|&(shap, value)| SwarmPoint {
                shap,
                value_rank: value
                    .filter(|value| value.is_finite())
                    .and_then(|_| ranks.next())
                    .map(|percentile| percentile / 100.0),
            })
            .collect();
        BeeswarmFeature {
            label: label.into(),
            points,
        }
    }
}

/// One row's contribution of one feature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SwarmPoint {
    /// Contribution to the score, log-odds.
    pub shap: f64,
    /// Where the feature's value lies among all rows, 0 (lowest) to 1; none where it is missing.
    pub value_rank: Option<f64>,
}

/// How strongly one feature moves the scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportanceRow {
    /// The feature in words.
    pub label: String,
    /// Mean of |SHAP|, log-odds.
    pub mean_abs: f64,
    /// Share of the sum over all features, 0 to 1.
    pub share: f64,
}

/// The call list by tier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TierSummary {
    /// Tiers, best first, then whom not to call.
    pub rows: Vec<TierRow>,
    /// Where the sizes come from.
    pub explanation: String,
    /// What else was done on the way to the tiers, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What a number of calls brings, fewest first.
    #[serde(default)]
    pub budgets: Vec<BudgetRow>,
    /// On what those counts rest.
    #[serde(default)]
    pub budgets_note: String,
    /// What each salesperson has.
    #[serde(default)]
    pub people: Vec<PersonRow>,
}

/// What the first leads of the list bring.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BudgetRow {
    /// Which: the best 10 %, one day's dials.
    pub label: String,
    /// Leads called.
    pub leads: u64,
    /// Events to expect.
    pub expected: f64,
    /// Lower end of the interval of their count.
    pub lo: f64,
    /// Upper end of the interval of their count.
    pub hi: f64,
    /// What as many leads drawn at random would bring.
    pub chance: f64,
}

/// What one salesperson has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Who.
    pub id: String,
    /// Dials a day.
    pub dials_per_day: f64,
    /// Leads of tier A.
    pub tier_a: u64,
    /// Leads of tier B.
    pub tier_b: u64,
    /// Events to expect among them.
    pub expected_calls: f64,
}

/// One tier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TierRow {
    /// Its name: A, B, C, do not call.
    pub tier: String,
    /// Leads in it.
    pub leads: u64,
    /// Sum of their probabilities: scheduled calls to expect if all are called.
    pub expected_calls: f64,
    /// What to do with it.
    pub meaning: String,
}

/// One lead to call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CallRow {
    /// 1 = call first.
    pub rank: u64,
    /// The lead.
    pub lead_id: String,
    /// Its tier.
    pub tier: String,
    /// Calibrated probability of the event, 0 to 1.
    pub probability: f64,
    /// Share of leads ranked below, in percent.
    pub percentile: f64,
    /// Why its chance is higher, strongest first.
    pub reasons: Vec<String>,
    /// What speaks against it, or what is not known.
    pub caution: Option<String>,
    /// Age of the data behind it, in words.
    pub data_age: String,
}
