//! Which features a model gets, decided on training rows only.
//!
//! Three screens follow each other (domain.md "Validation gates and thresholds", Week 4, and
//! "Contradictions and traps", rows 6 to 8): a feature that says too little about the outcome
//! by itself, one that the others already say, and of the rest those the model looks at
//! least. Every drop is recorded with its number and its reason; features on the keep-list
//! pass all of them.
//!
//! A *feature* here is what a person calls one: the columns that an encoder made from one
//! source column go or stay together.

mod basis;
mod eliminate;
mod features;
mod forest;
mod inflate;
mod inform;
mod reference;
mod stability;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;
use crate::split::TrainingRows;
use crate::xgboost::Library;
use crate::{LearnError, Matrix, Result};
use basis::Basis;
use eliminate::Shap;
pub(crate) use features::Features;
use forest::Forest;
pub use stability::{Stability, stability};

/// How features are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// All of them.
    All,
    /// Information value, variance inflation, elimination by SHAP.
    Screens,
    /// The brief's reference code: the best by the F-score, then recursive elimination by a
    /// random forest. For comparison.
    Reference,
}

/// Which of the chosen sets the model gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// All of them, unless the folds rank better beyond chance with what the screens leave. A
    /// screen sees one feature at a time and the past alone: where the world drifts, what said
    /// nothing may be what will say most, and trees do not mind a feature that says nothing.
    Auto,
    /// All of them: the screens only tell.
    All,
    /// At most `top` features.
    Large,
    /// At most `small` of them.
    Small,
}

/// A set of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetName {
    /// All candidates.
    All,
    /// What the screens leave, at most `top`.
    Large,
    /// The strongest `small` of them.
    Small,
}

/// How bins are cut for the information value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bins {
    /// At the quantiles.
    Quantile,
    /// So that the rate only rises or only falls, and the value is the largest.
    Monotone,
}

/// How to select.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectionOptions {
    /// How features are chosen.
    pub method: Method,
    /// Which set the model gets.
    pub size: Size,
    /// How bins are cut; nulls have a bin of their own either way.
    pub bins: Bins,
    /// Most bins of a column, besides that of nulls.
    pub bin_count: u32,
    /// A feature with a lower information value goes.
    pub minimum_iv: f64,
    /// Continuous features go, the largest factor first, until all are below this.
    pub vif_limit: f64,
    /// Features of the large set.
    pub top: u32,
    /// Features of the small set.
    pub small: u32,
    /// Features that no screen drops.
    pub keep: Vec<String>,
}

impl Default for SelectionOptions {
    fn default() -> Self {
        Self {
            method: Method::Screens,
            size: Size::Auto,
            bins: Bins::Quantile,
            bin_count: 10,
            minimum_iv: 0.02,
            vif_limit: 10.0,
            top: 50,
            small: 20,
            keep: Vec::new(),
        }
    }
}

impl SelectionOptions {
    /// Refuses options out of range.
    ///
    /// # Errors
    /// The first that is.
    pub fn check(&self) -> Result<()> {
        let rules: [(&'static str, String, bool, &'static str); 5] = [
            (
                "bin_count",
                self.bin_count.to_string(),
                (2..=50).contains(&self.bin_count),
                "from 2 to 50",
            ),
            (
                "minimum_iv",
                self.minimum_iv.to_string(),
                self.minimum_iv >= 0.0 && self.minimum_iv.is_finite(),
                "0 or more",
            ),
            (
                "vif_limit",
                self.vif_limit.to_string(),
                self.vif_limit >= 1.0,
                "1 or more",
            ),
            ("top", self.top.to_string(), self.top >= 1, "1 or more"),
            (
                "small",
                self.small.to_string(),
                (1..=self.top).contains(&self.small),
                "from 1 to `top`",
            ),
        ];
        match rules.into_iter().find(|(_, _, is_right, _)| !is_right) {
            None => Ok(()),
            Some((parameter, value, _, rule)) => Err(LearnError::Recipe {
                parameter,
                value,
                rule,
            }),
        }
    }
}

/// A screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// What the feature says by itself.
    Information,
    /// What the others already say.
    Inflation,
    /// How little the model looks at it.
    Elimination,
    /// Analysis of variance, F.
    FScore,
    /// Recursive elimination by a random forest's gain.
    Forest,
}

/// A feature that a screen dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The feature.
    pub feature: String,
    /// By which screen.
    pub screen: Screen,
    /// The number that decided: information value, factor, share of all SHAP movement,
    /// F-score, or share of the forest's gain. Infinite factors are absent.
    pub value: Option<f64>,
    /// What it is held against.
    pub limit: f64,
    /// Why, in words.
    pub reason: String,
}

/// What is known of one feature at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The feature.
    pub feature: String,
    /// Its information value.
    pub iv: f64,
    /// What a feature without any connection would show on average with the same bins.
    pub iv_chance: f64,
    /// Its place by mean |SHAP| among those that came so far, 1 the strongest.
    pub rank: Option<u32>,
    /// Its share of all SHAP movement then.
    pub share: Option<f64>,
    /// Whether it is in the large set.
    pub large: bool,
    /// Whether it is in the small set.
    pub small: bool,
    /// Whether it is on the keep-list.
    pub kept_always: bool,
}

/// Features chosen on some training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// How.
    pub options: SelectionOptions,
    /// Rows they were chosen on.
    pub rows: u64,
    /// Positive ones.
    pub positives: u64,
    /// Features of the large set, in matrix order.
    pub large: Vec<String>,
    /// Features of the small set, in matrix order.
    pub small: Vec<String>,
    /// Every drop on the way to the large set, in order.
    pub dropped: Vec<Dropped>,
    /// All features, in matrix order.
    pub features: Vec<Standing>,
    /// What could not be judged, and why.
    pub notes: Vec<String>,
}

impl Selection {
    /// The features of a set, in matrix order.
    pub fn set(&self, set: SetName) -> Vec<String> {
        match set {
            SetName::All => self
                .features
                .iter()
                .map(|one| one.feature.clone())
                .collect(),
            SetName::Large => self.large.clone(),
            SetName::Small => self.small.clone(),
        }
    }
}

/// What to select from.
pub struct Candidates<'a> {
    /// One row each.
    pub matrix: &'a Matrix,
    /// Outcomes; none where unknown.
    pub labels: &'a [Option<bool>],
    /// The feature behind each column of the matrix, where they differ.
    pub sources: Option<&'a [String]>,
}

/// The matrix of the columns of `features`, in the order of `matrix`.
///
/// # Errors
/// When none of the columns belongs to them.
pub fn matrix_of(
    matrix: &Matrix,
    sources: Option<&[String]>,
    features: &[String],
) -> Result<Matrix> {
    let sources = sources.unwrap_or(matrix.names());
    let names: Vec<&str> = matrix
        .names()
        .iter()
        .zip(sources)
        .filter(|(_, source)| features.contains(source))
        .map(|(name, _)| name.as_str())
        .collect();
    matrix.select_columns(&names)
}

/// The feature behind each column of `part`, some columns of `matrix`.
pub fn sources_of(matrix: &Matrix, sources: Option<&[String]>, part: &Matrix) -> Vec<String> {
    let Some(sources) = sources else {
        return part.names().to_vec();
    };
    let whole = matrix.names().iter().map(String::as_str);
    let of: BTreeMap<&str, &String> = whole.zip(sources).collect();
    let names = part.names().iter();
    names
        .map(|name| of.get(name.as_str()).map_or(name, |source| source).clone())
        .collect()
}

/// Selects on `rows`. `recipe` grows the trees whose SHAP values rank the features.
///
/// # Errors
/// A name on the keep-list that is no feature, rows of one class only, or what the library
/// reports.
pub fn select(
    library: Library,
    candidates: &Candidates<'_>,
    rows: &impl TrainingRows,
    recipe: &Recipe,
    options: &SelectionOptions,
    threads: usize,
) -> Result<Selection> {
    options.check()?;
    let features = Features::gather(candidates, rows, options)?;
    let information = inform::information(&features, options)?;
    let mut notes = Vec::new();
    let mut dropped = Vec::new();
    let everything: Vec<usize> = (0..features.len()).collect();
    let basis = Basis {
        library,
        candidates,
        rows,
        recipe,
        threads,
    };
    let ranking = match options.method {
        Method::All => {
            let mut unlimited = options.clone();
            unlimited.top = u32::MAX;
            eliminate::eliminate(
                &features,
                &Shap(basis),
                everything,
                &unlimited,
                &mut dropped,
            )?
        }
        Method::Screens => {
            let left = inform::screen(&features, &information, options, everything, &mut dropped);
            let left = inflate::screen(
                &features,
                &information,
                options,
                left,
                &mut dropped,
                &mut notes,
            )?;
            eliminate::eliminate(&features, &Shap(basis), left, options, &mut dropped)?
        }
        Method::Reference => {
            let left = reference::by_f_score(&features, options, everything, &mut dropped)?;
            let forest = Forest(basis);
            reference::by_forest(&features, &forest, left, options, &mut dropped, &mut notes)?
        }
    };
    let standings = (0..features.len())
        .map(|feature| {
            let ranked = ranking.of(feature);
            Standing {
                feature: features.name(feature).to_owned(),
                iv: information[feature].iv,
                iv_chance: information[feature].chance,
                rank: ranked.map(|ranked| ranked.rank),
                share: ranked.map(|ranked| ranked.share),
                large: ranking.large.contains(&feature),
                small: ranking.small.contains(&feature),
                kept_always: features.is_kept(feature),
            }
        })
        .collect();
    let names = |set: &[usize]| -> Vec<String> {
        let mut set = set.to_vec();
        set.sort_unstable();
        set.iter().map(|&f| features.name(f).to_owned()).collect()
    };
    Ok(Selection {
        options: options.clone(),
        rows: rows.indices().len() as u64,
        positives: features.positives(),
        large: names(&ranking.large),
        small: names(&ranking.small),
        dropped,
        features: standings,
        notes,
    })
}

#[cfg(test)]
mod tests;
