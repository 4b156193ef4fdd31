//! The parameters of a training run.

use serde::{Deserialize, Serialize};

use crate::{LearnError, Result};

/// What early stopping looks at, on the stop part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopMetric {
    /// Area under the precision-recall curve, higher is better.
    AucPr,
    /// Mean negative log-likelihood, lower is better.
    LogLoss,
}

impl StopMetric {
    /// XGBoost's name of the metric.
    pub(crate) fn xgboost_name(self) -> &'static str {
        match self {
            Self::AucPr => "aucpr",
            Self::LogLoss => "logloss",
        }
    }

    /// Whether `value` beats `best`.
    pub(crate) fn is_better(self, value: f64, best: f64) -> bool {
        match self {
            Self::AucPr => value > best,
            Self::LogLoss => value < best,
        }
    }
}

/// Parameters of gradient-boosted trees with early stopping. The names are
/// XGBoost's where it has one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Deepest tree, in splits from root to leaf.
    pub max_depth: u32,
    /// Least sum of p(1 - p) in a leaf.
    pub min_child_weight: f64,
    /// L1 penalty on leaf values.
    pub alpha: f64,
    /// L2 penalty on leaf values.
    pub lambda: f64,
    /// Least loss reduction that pays for a split.
    pub gamma: f64,
    /// Learning rate: each tree's share that is added.
    pub eta: f64,
    /// Most rounds; one tree each.
    pub rounds: u32,
    /// Rounds without a better stop metric after which training ends.
    pub patience: u32,
    /// Fewest rounds. Below, early stopping is not listened to: with few positives
    /// the stop metric is noisy, and where the base rate drifts it is at its best
    /// after one tree, so that training would end before it began.
    pub min_rounds: u32,
    /// Looked at on the stop part.
    pub stop_metric: StopMetric,
    /// Share of rows each tree sees.
    pub subsample: f64,
    /// Share of columns each tree sees.
    pub colsample_bytree: f64,
    /// Weight of a positive row. 1 by default: another weight leaves the ranking
    /// nearly as it is but inflates every margin, which calibration then has to
    /// undo; imbalance alone is no reason for it (domain.md "Contradictions and
    /// traps", rows 25 and 26).
    pub scale_pos_weight: f64,
    /// Histogram bins of a column.
    pub max_bin: u32,
    /// Columns whose rise may only raise the score, or only lower it: `NAME=+1`, `NAME=-1`.
    pub monotone: Vec<String>,
    /// Seed of row and column sampling.
    pub seed: u32,
    /// Whether, once the number of rounds and the calibration are known, the trees
    /// are grown again on all rows before the test, so that the newest count.
    pub refit: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self::leads()
    }
}

impl Recipe {
    /// For contacted leads, where honest signal is weak (AUC about 0.6 at a base
    /// rate of 4 %): shallow trees, heavy leaves, strong penalties, as the last
    /// and steadiest of the earlier models (domain.md "New line", V4.1 r3).
    pub fn leads() -> Self {
        Self {
            max_depth: 2,
            min_child_weight: 5.0,
            alpha: 1.0,
            lambda: 5.0,
            gamma: 0.3,
            eta: 0.03,
            rounds: 2_000,
            patience: 20,
            min_rounds: 100,
            stop_metric: StopMetric::AucPr,
            subsample: 0.6,
            colsample_bytree: 0.6,
            scale_pos_weight: 1.0,
            max_bin: 256,
            monotone: Vec::new(),
            seed: 42,
            refit: true,
        }
    }

    /// For any other table: as for leads, with lighter penalties, and each tree sees a fifth of
    /// the columns, so that no column that drifts can carry the whole model. On real tables of
    /// calls and leads this is as good as any deeper recipe, and better where the world drifts.
    pub fn table() -> Self {
        Self {
            alpha: 0.0,
            gamma: 0.0,
            eta: 0.05,
            colsample_bytree: 0.2,
            ..Self::leads()
        }
    }

    /// Refuses parameters out of range.
    pub fn check(&self) -> Result<()> {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        let penalty = |value: f64| value >= 0.0 && value.is_finite();
        let rules: [(&'static str, f64, bool, &'static str); 14] = [
            (
                "max_depth",
                self.max_depth.into(),
                (1..=16).contains(&self.max_depth),
                "from 1 to 16",
            ),
            (
                "min_child_weight",
                self.min_child_weight,
                penalty(self.min_child_weight),
                "0 or more",
            ),
            ("alpha", self.alpha, penalty(self.alpha), "0 or more"),
            ("lambda", self.lambda, penalty(self.lambda), "0 or more"),
            ("gamma", self.gamma, penalty(self.gamma), "0 or more"),
            ("eta", self.eta, share(self.eta), "above 0 and at most 1"),
            (
                "rounds",
                self.rounds.into(),
                (1..=20_000).contains(&self.rounds),
                "from 1 to 20000",
            ),
            (
                "min_rounds",
                self.min_rounds.into(),
                (1..=self.rounds).contains(&self.min_rounds),
                "from 1 to `rounds`",
            ),
            (
                "patience",
                self.patience.into(),
                self.patience >= 1,
                "1 or more",
            ),
            (
                "subsample",
                self.subsample,
                share(self.subsample),
                "above 0 and at most 1",
            ),
            (
                "colsample_bytree",
                self.colsample_bytree,
                share(self.colsample_bytree),
                "above 0 and at most 1",
            ),
            (
                "scale_pos_weight",
                self.scale_pos_weight,
                self.scale_pos_weight > 0.0 && self.scale_pos_weight.is_finite(),
                "above 0",
            ),
            (
                "max_bin",
                self.max_bin.into(),
                (2..=65_536).contains(&self.max_bin),
                "from 2 to 65536",
            ),
            (
                "seed",
                self.seed.into(),
                self.seed <= i32::MAX.unsigned_abs(),
                "at most 2147483647",
            ),
        ];
        match rules.into_iter().find(|(_, _, is_right, _)| !is_right) {
            None => self.directions().map(|_| ()),
            Some((parameter, value, _, rule)) => Err(LearnError::Recipe {
                parameter,
                value: value.to_string(),
                rule,
            }),
        }
    }

    /// The monotone columns with their directions.
    fn directions(&self) -> Result<Vec<(&str, i8)>> {
        let read = |text: &'_ String| match text.rsplit_once('=') {
            Some((name, "+1" | "1")) => Some((name.to_owned(), 1)),
            Some((name, "-1")) => Some((name.to_owned(), -1)),
            _ => None,
        };
        let mut directions = Vec::new();
        for text in &self.monotone {
            let Some((name, direction)) = read(text) else {
                return Err(LearnError::Recipe {
                    parameter: "monotone",
                    value: text.clone(),
                    rule: "NAME=+1 or NAME=-1",
                });
            };
            directions.push((&text[..name.len()], direction));
        }
        Ok(directions)
    }

    /// XGBoost's `monotone_constraints` for these columns; a constraint on a column that is
    /// not among them has nothing to bind.
    fn constraints(&self, names: &[String]) -> Result<Option<String>> {
        let directions = self.directions()?;
        if directions.is_empty() {
            return Ok(None);
        }
        let signs: Vec<String> = names
            .iter()
            .map(|name| {
                let found = directions.iter().find(|(known, _)| known == name);
                found.map_or(0, |(_, direction)| *direction).to_string()
            })
            .collect();
        Ok(Some(format!("({})", signs.join(","))))
    }

    /// XGBoost's parameters for the columns `names`. `base_rate` is the share of positives
    /// the trees start from; given openly, since versions differ in how they guess it.
    pub(crate) fn xgboost_parameters(
        &self,
        base_rate: f64,
        threads: usize,
        names: &[String],
    ) -> Result<Vec<(String, String)>> {
        let pairs: [(&str, String); 18] = [
            ("objective", "binary:logistic".to_owned()),
            ("tree_method", "hist".to_owned()),
            ("base_score", base_rate.to_string()),
            ("eval_metric", self.stop_metric.xgboost_name().to_owned()),
            ("max_depth", self.max_depth.to_string()),
            ("min_child_weight", self.min_child_weight.to_string()),
            ("alpha", self.alpha.to_string()),
            ("lambda", self.lambda.to_string()),
            ("gamma", self.gamma.to_string()),
            ("eta", self.eta.to_string()),
            ("subsample", self.subsample.to_string()),
            ("colsample_bytree", self.colsample_bytree.to_string()),
            ("scale_pos_weight", self.scale_pos_weight.to_string()),
            ("max_bin", self.max_bin.to_string()),
            ("seed", self.seed.to_string()),
            // The library draws from one stream for each thread of the caller, whatever is
            // grown there: without this, trees would depend on what is grown beside them.
            ("seed_per_iteration", "true".to_owned()),
            ("nthread", threads.to_string()),
            ("verbosity", "0".to_owned()),
        ];
        let constraints = self.constraints(names)?;
        Ok(pairs
            .into_iter()
            .chain(constraints.map(|signs| ("monotone_constraints", signs)))
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_recipes_are_in_range() {
        Recipe::leads().check().unwrap();
        Recipe::table().check().unwrap();
        assert_eq!(Recipe::default(), Recipe::leads());
    }

    #[test]
    fn a_wrong_parameter_is_named_with_its_rule() {
        let wrong = Recipe {
            eta: 0.0,
            ..Recipe::default()
        };
        let text = wrong.check().unwrap_err().to_string();
        assert_eq!(
            text,
            "recipe: `eta` is 0, but must be above 0 and at most 1"
        );
        let wrong = Recipe {
            lambda: f64::NAN,
            ..Recipe::default()
        };
        assert!(
            wrong
                .check()
                .unwrap_err()
                .to_string()
                .contains("`lambda` is NaN")
        );
    }

    #[test]
    fn missing_fields_take_defaults_and_unknown_ones_are_refused() {
        let recipe: Recipe = serde_json::from_str(r#"{"max_depth": 4}"#).unwrap();
        assert_eq!(
            recipe,
            Recipe {
                max_depth: 4,
                ..Recipe::default()
            }
        );
        assert!(serde_json::from_str::<Recipe>(r#"{"max_dept": 4}"#).is_err());
    }
}
