//! What can be done about positives being rare, and how to choose among it.
//!
//! No treatment adds knowledge: a weight or a synthetic row makes the true positives
//! count more. So doing nothing is one of the strategies, and the one that is taken
//! unless another is clearly better ([`choice`]).

pub mod choice;
mod columns;
mod contest;
mod neighbours;
mod smote;

use serde::{Deserialize, Serialize};

pub use columns::{Columns, Kind};
pub use contest::{Arm, Contest, hold_contest};
pub use neighbours::{Neighbours, nearest};
pub use smote::{Oversampled, SmoteReport, smote};

use crate::{LearnError, Result};

/// One way of treating the rarer class of one fold's training rows. Synthetic rows and a
/// weight would count positives twice; no variant has both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Strategy {
    /// The rows as they are.
    None,
    /// Each positive counts as so many negatives.
    Weight {
        /// The weight, above 0.
        times: f64,
    },
    /// Each positive counts as the negatives outnumber the positives, so that both
    /// classes weigh the same.
    RatioWeight {
        /// No weight above this; `None` for the whole ratio.
        at_most: Option<f64>,
    },
    /// Synthetic positives between true ones (SMOTE).
    Smote {
        /// Positives for each negative, true and synthetic ones together.
        ratio: f64,
        /// Nearest positives among which the second end of a segment is drawn.
        neighbours: u32,
    },
}

/// What a strategy does to training rows of given counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Weight of a positive row in the loss.
    pub weight: f64,
    /// Synthetic rows that are added.
    pub synthetic: u64,
    /// Neighbours that the synthetic rows are made with, 0 without such rows.
    pub neighbours: u32,
    /// How much a true positive counts: its weight in the loss, or 1 and its share of the
    /// synthetic rows.
    pub effective_weight: f64,
}

impl Strategy {
    /// The strategies of the comparison, in the order in which they are shown
    /// (domain.md "Validation gates and thresholds", Week 4, and "Contradictions and
    /// traps", rows 25 and 26).
    pub fn all() -> [Strategy; 10] {
        let smote = |ratio, neighbours| Strategy::Smote { ratio, neighbours };
        [
            Strategy::None,
            smote(1.0, 5),
            smote(0.1, 5),
            smote(0.05, 5),
            smote(1.0, 3),
            Strategy::RatioWeight {
                at_most: Some(10.0),
            },
            Strategy::Weight { times: 3.0 },
            Strategy::Weight { times: 5.0 },
            Strategy::Weight { times: 8.0 },
            Strategy::RatioWeight { at_most: None },
        ]
    }

    /// Its name in words.
    ///
    /// ```
    /// use leadrank_learn::imbalance::Strategy;
    ///
    /// let names = Strategy::all().map(|strategy| strategy.name());
    /// assert_eq!(names[1], "SMOTE 1 : 1, k = 5");
    /// assert_eq!(names[5], "weight: ratio, at most 10");
    /// ```
    pub fn name(&self) -> String {
        match *self {
            Strategy::None => "none".to_owned(),
            Strategy::Weight { times } => format!("weight {times}"),
            Strategy::RatioWeight {
                at_most: Some(most),
            } => format!("weight: ratio, at most {most}"),
            Strategy::RatioWeight { at_most: None } => "weight: whole ratio".to_owned(),
            Strategy::Smote {
                ratio: 1.0,
                neighbours,
            } => format!("SMOTE 1 : 1, k = {neighbours}"),
            Strategy::Smote { ratio, neighbours } => format!("SMOTE {ratio}, k = {neighbours}"),
        }
    }

    /// How much there is to explain and to go wrong: nothing 0, a weight 1, made-up rows 2.
    pub fn complexity(&self) -> u8 {
        match self {
            Strategy::None => 0,
            Strategy::Weight { .. } | Strategy::RatioWeight { .. } => 1,
            Strategy::Smote { .. } => 2,
        }
    }

    /// Weight of a positive row in the loss (XGBoost's `scale_pos_weight`); 1 for SMOTE,
    /// and without positives, where there is nothing to weigh.
    pub fn weight(&self, positives: u64, negatives: u64) -> f64 {
        if positives == 0 {
            return 1.0;
        }
        let ratio = negatives as f64 / positives as f64;
        match *self {
            Strategy::None | Strategy::Smote { .. } => 1.0,
            Strategy::Weight { times } => times,
            Strategy::RatioWeight { at_most } => at_most.unwrap_or(f64::INFINITY).min(ratio),
        }
    }

    /// What it does to rows of these counts. Of SMOTE's rows there are `ratio` times the
    /// negatives less the positives, cut to a whole number as imbalanced-learn does; none
    /// when there are positives enough already, or fewer than two.
    pub fn effect(&self, positives: u64, negatives: u64) -> Effect {
        let mut effect = Effect {
            weight: self.weight(positives, negatives),
            synthetic: 0,
            neighbours: 0,
            effective_weight: self.weight(positives, negatives),
        };
        if let Strategy::Smote { ratio, neighbours } = *self
            && positives >= 2
        {
            let wanted = ratio * negatives as f64 - positives as f64;
            if wanted >= 1.0 {
                // A cast to a whole number cuts.
                effect.synthetic = wanted as u64;
                effect.neighbours = u64::from(neighbours).min(positives - 1) as u32;
                effect.effective_weight = (positives + effect.synthetic) as f64 / positives as f64;
            }
        }
        effect
    }

    /// Refuses parameters out of range.
    ///
    /// # Errors
    /// [`LearnError::Recipe`] with the parameter, its value and what is allowed.
    pub fn check(&self) -> Result<()> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let wrong = match *self {
            Strategy::Weight { times } if !positive(times) => {
                Some(("times", times.to_string(), "above 0"))
            }
            Strategy::RatioWeight {
                at_most: Some(most),
            } if !positive(most) => Some(("at_most", most.to_string(), "above 0")),
            Strategy::Smote { ratio, .. } if !(positive(ratio) && ratio <= 1.0) => {
                Some(("ratio", ratio.to_string(), "above 0 and at most 1"))
            }
            Strategy::Smote { neighbours: 0, .. } => {
                Some(("neighbours", "0".to_owned(), "1 or more"))
            }
            _ => None,
        };
        match wrong {
            None => Ok(()),
            Some((parameter, value, rule)) => Err(LearnError::Recipe {
                parameter,
                value,
                rule,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(strategy: Strategy) -> Effect {
        strategy.effect(1000, 25_000)
    }

    fn smote(ratio: f64) -> Strategy {
        Strategy::Smote {
            ratio,
            neighbours: 5,
        }
    }

    #[test]
    fn synthetic_rows_are_those_of_the_ratio() {
        let even = effect(smote(1.0));
        assert_eq!((even.synthetic, even.neighbours), (24_000, 5));
        assert_eq!((even.weight, even.effective_weight), (1.0, 25.0));
        assert_eq!(effect(smote(0.1)).synthetic, 1500);
        assert_eq!(effect(smote(0.05)).synthetic, 250);
        let idle = effect(smote(0.03));
        assert_eq!((idle.synthetic, idle.neighbours), (0, 0));
        assert_eq!(idle, effect(Strategy::None));
        // 0.29 times 100 is a little less than 29 in binary.
        assert_eq!(smote(0.29).effect(10, 100).synthetic, 18);
        let few = smote(1.0).effect(4, 100);
        assert_eq!((few.synthetic, few.neighbours), (96, 3));
        assert_eq!(smote(1.0).effect(1, 100).synthetic, 0);
    }

    #[test]
    fn weights_follow_the_ratio_up_to_the_limit() {
        let weights = Strategy::all().map(|strategy| strategy.weight(1000, 25_000));
        assert_eq!(
            weights,
            [1.0, 1.0, 1.0, 1.0, 1.0, 10.0, 3.0, 5.0, 8.0, 25.0]
        );
        let capped = Strategy::RatioWeight {
            at_most: Some(10.0),
        };
        assert_eq!(capped.weight(100, 400), 4.0);
        assert_eq!(Strategy::Weight { times: 3.0 }.weight(0, 9), 1.0);
    }

    #[test]
    fn names_are_those_of_the_imbalance_check() {
        assert_eq!(
            Strategy::all().map(|strategy| strategy.name()),
            [
                "none",
                "SMOTE 1 : 1, k = 5",
                "SMOTE 0.1, k = 5",
                "SMOTE 0.05, k = 5",
                "SMOTE 1 : 1, k = 3",
                "weight: ratio, at most 10",
                "weight 3",
                "weight 5",
                "weight 8",
                "weight: whole ratio"
            ]
        );
    }

    #[test]
    fn doing_nothing_is_simplest() {
        let all = Strategy::all().map(|strategy| strategy.complexity());
        assert_eq!(all, [0, 2, 2, 2, 2, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn survives_json_and_refuses_both_at_once() {
        for strategy in Strategy::all() {
            strategy.check().unwrap();
            let text = serde_json::to_string(&strategy).unwrap();
            assert_eq!(serde_json::from_str::<Strategy>(&text).unwrap(), strategy);
        }
        assert_eq!(
            serde_json::to_string(&smote(0.1)).unwrap(),
            r#"{"smote":{"ratio":0.1,"neighbours":5}}"#
        );
        let both = r#"{"smote":{"ratio":0.1,"neighbours":5,"times":3.0}}"#;
        assert!(serde_json::from_str::<Strategy>(both).is_err());
    }

    #[test]
    fn parameters_out_of_range_are_named() {
        let said = |strategy: Strategy| strategy.check().unwrap_err().to_string();
        assert!(said(smote(f64::NAN)).contains("`ratio` is NaN"));
        assert!(said(smote(1.5)).contains("at most 1"));
        assert!(said(Strategy::Weight { times: 0.0 }).contains("`times` is 0"));
        let none = Strategy::Smote {
            ratio: 1.0,
            neighbours: 0,
        };
        assert!(said(none).contains("`neighbours` is 0"));
    }
}
