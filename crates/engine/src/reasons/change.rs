//! Why a lead's probability changed since last time.
//!
//! A probability follows from three things: the lead's data, the model, and the calibration.
//! With old and new of each there are eight probabilities; the difference between the first
//! and the last is shared out by Shapley's value (L. S. Shapley 1953, "A Value for n-Person
//! Games"): what each changes, averaged over the six orders in which the three can change.

use leadrank_features::catalog::Idea;
use serde::{Deserialize, Serialize};

use super::templates::Templates;
use crate::words::percent;

/// A change of probability that is not worth a word.
const UNCHANGED: f64 = 0.0005;

/// Which of the three are the new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewed {
    /// The lead's data.
    pub data: bool,
    /// The model.
    pub model: bool,
    /// The calibration.
    pub calibration: bool,
}

/// Where a probability's change comes from. `data + model + calibration` is
/// `after - before`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Probability last time.
    pub before: f64,
    /// Probability now.
    pub after: f64,
    /// Share of new data.
    pub data: f64,
    /// Share of a new model.
    pub model: f64,
    /// Share of a new calibration.
    pub calibration: f64,
    /// The idea whose data changed most, where data changed most.
    pub moved: Option<Idea>,
    /// In words.
    pub text: String,
}

impl Change {
    /// Splits a change. `probability` gives the lead's probability for each combination;
    /// `ideas` how much each idea's contribution grew by the new data, under the same model.
    pub fn new(
        templates: &Templates,
        probability: &dyn Fn(Renewed) -> f64,
        ideas: &[(Idea, f64)],
    ) -> Self {
        let at = |data, model, calibration| {
            probability(Renewed {
                data,
                model,
                calibration,
            })
        };
        let (before, after) = (at(false, false, false), at(true, true, true));
        let data = shapley(&at);
        let model = shapley(&|model, data, calibration| at(data, model, calibration));
        let calibration = shapley(&|calibration, data, model| at(data, model, calibration));
        let mut change = Change {
            before,
            after,
            data,
            model,
            calibration,
            moved: None,
            text: String::new(),
        };
        let largest = change.largest();
        if largest == "data" {
            change.moved = moved(ideas, data);
        }
        change.text = change.told(templates, largest);
        change
    }

    /// The share that changed most; of equal ones the first of data, model, calibration.
    fn largest(&self) -> &'static str {
        let (data, model) = (self.data.abs(), self.model.abs());
        let calibration = self.calibration.abs();
        if data >= model && data >= calibration {
            "data"
        } else if model >= calibration {
            "model"
        } else {
            "calibration"
        }
    }

    fn told(&self, templates: &Templates, largest: &str) -> String {
        let (before, after) = (percent(self.before), percent(self.after));
        let mut places = vec![("before", before.as_str()), ("after", after.as_str())];
        let key = match self.moved {
            _ if (self.after - self.before).abs() < UNCHANGED => "same",
            Some(idea) => {
                places.push(("idea", templates.idea(idea)));
                largest
            }
            None if largest == "data" => "data_alone",
            None => largest,
        };
        templates.filled(&format!("change.{key}"), &places)
    }
}

/// Shapley's value of the first of three: what it changes alone and after both others counts
/// a third each, after either of them a sixth each.
fn shapley(at: &dyn Fn(bool, bool, bool) -> f64) -> f64 {
    let gain = |one, other| at(true, one, other) - at(false, one, other);
    (2.0 * gain(false, false) + gain(true, false) + gain(false, true) + 2.0 * gain(true, true))
        / 6.0
}

/// The idea that moved most in the direction of the data's share.
fn moved(ideas: &[(Idea, f64)], data: f64) -> Option<Idea> {
    let along = ideas.iter().filter(|(_, grown)| grown * data > 0.0);
    along
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()).then(b.0.cmp(&a.0)))
        .map(|(idea, _)| *idea)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reasons::tests::Numbers;

    fn change(probability: &dyn Fn(Renewed) -> f64, ideas: &[(Idea, f64)]) -> Change {
        Change::new(&Templates::embedded().unwrap(), probability, ideas)
    }

    #[test]
    fn shares_follow_from_the_six_orders() {
        // p = .1 + .2 d + .1 m d + .06 c: the product is shared by its two factors.
        let split = change(
            &|renewed| {
                let [d, m, c] = [renewed.data, renewed.model, renewed.calibration].map(f64::from);
                0.1 + 0.2 * d + 0.1 * m * d + 0.06 * c
            },
            &[
                (Idea::Growth, -0.4),
                (Idea::Tenure, 0.3),
                (Idea::FirmSize, 0.1),
            ],
        );
        for (share, expected) in [
            (split.data, 0.25),
            (split.model, 0.05),
            (split.calibration, 0.06),
        ] {
            assert!((share - expected).abs() < 1e-15, "{split:?}");
        }
        // Growth moved more, but the other way.
        assert_eq!(split.moved, Some(Idea::Tenure));
        assert_eq!(
            split.text,
            "Was 10.0 %, now 46 %: mostly new data on time at the current firm"
        );
    }

    #[test]
    fn each_cause_has_its_sentence() {
        let text = |probability: &dyn Fn(Renewed) -> f64| change(probability, &[]).text;
        let pick = |is_new: bool| if is_new { 0.05 } else { 0.03 };
        assert!(text(&|renewed| pick(renewed.data)).contains("new data on the advisor"));
        assert!(text(&|renewed| pick(renewed.model)).contains("newly trained model"));
        assert!(text(&|renewed| pick(renewed.calibration)).contains("measured anew"));
        assert_eq!(text(&|_| 0.0312), "No change since last time: 3.12 %");
    }

    #[test]
    fn shares_add_up_and_what_did_not_change_has_none() {
        let mut numbers = Numbers(7);
        for round in 0..2_000 {
            let table: Vec<f64> = (0..8).map(|_| numbers.next()).collect();
            let fixed = round % 4;
            let split = change(
                &|renewed| {
                    let mut bits = [renewed.data, renewed.model, renewed.calibration];
                    if fixed < 3 {
                        bits[fixed] = false;
                    }
                    let [d, m, c] = bits.map(usize::from);
                    table[4 * d + 2 * m + c]
                },
                &[],
            );
            let shares = [split.data, split.model, split.calibration];
            let sum: f64 = shares.iter().sum();
            assert!((sum - (split.after - split.before)).abs() < 1e-14);
            if fixed < 3 {
                assert_eq!(shares[fixed], 0.0);
            }
        }
    }
}
