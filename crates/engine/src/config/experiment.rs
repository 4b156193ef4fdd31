//! `[experiment]`: what new plans are made with. A frozen plan keeps its own.

use leadrank_experiment::plan::Method;
use leadrank_stats::sequential::Spending;
use serde::{Deserialize, Serialize};

use crate::experiment::Factor;

/// Settings of `leadrank experiment design` (domain.md, "A/B test").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// Weeks of enrolment.
    pub weeks: u32,
    /// Leads are enrolled whose contact lies at most so many days back; 0: all open leads.
    pub contacted_within_days: u32,
    /// Share of units (advisers, firm leaderships) whose score is shown.
    pub treatment_share: f64,
    /// `blocks`: a fixed number of each arm in every few units of a stratum; `hash`: each unit
    /// for itself by a salted hash.
    pub method: Method,
    /// Units of a block.
    pub block_size: u32,
    /// Those who lead or own a firm with at most so many reps are kept in one arm: they talk to
    /// each other. In a larger firm many have such titles and few meet.
    pub together_up_to_reps: u32,
    /// What strata are made of: `assets`, `completeness`, `metro`.
    pub strata: Vec<Factor>,
    /// Limits, in shares of the 69 features that are known, between the bands of completeness.
    pub completeness_bands: Vec<f64>,
    /// The strata by which effects are shown.
    pub segments: Vec<Factor>,
    /// Two-sided probability of an alarm without an effect, over all looks.
    pub alpha: f64,
    /// Probability to see the assumed lift.
    pub power: f64,
    /// The lift that the size is chosen for, where scores are followed.
    pub assumed_lift: f64,
    /// Share of the work that will follow the scores.
    pub adoption: f64,
    /// The smallest lift that is worth having.
    pub minimum_lift: f64,
    /// How the looks share the probability of an alarm: `obrien_fleming` or `pocock`.
    pub spending: Spending,
    /// Shares of the final information at which there is an interim look.
    pub interim: Vec<f64>,
    /// Draws of the first day's arms, of which the most alike is taken; 1: as it falls.
    pub rerandomise_draws: u32,
    /// The largest standardised difference at which no further draw is made.
    pub rerandomise_limit: f64,
    /// Share of units that get no scores even after the experiment.
    pub hold_out: f64,
    /// The largest standardised difference between the arms that is passed without a word.
    pub balance_limit: f64,
    /// How much longer until the first dial, as a fraction, is too long.
    pub first_touch_limit: f64,
}

impl Default for Experiment {
    fn default() -> Self {
        Experiment {
            weeks: 4,
            contacted_within_days: 7,
            treatment_share: 0.5,
            method: Method::Blocks,
            block_size: 4,
            together_up_to_reps: 50,
            strata: vec![Factor::Assets, Factor::Completeness, Factor::Metro],
            completeness_bands: vec![0.5, 0.8],
            segments: vec![Factor::Assets, Factor::Completeness],
            alpha: 0.05,
            power: 0.8,
            assumed_lift: 0.5,
            adoption: 0.75,
            minimum_lift: 0.5,
            spending: Spending::ObrienFleming,
            interim: vec![0.5],
            rerandomise_draws: 1,
            rerandomise_limit: 0.1,
            hold_out: 0.0,
            balance_limit: 0.1,
            first_touch_limit: 0.1,
        }
    }
}

impl Experiment {
    pub(super) fn check(&self) -> Result<(), String> {
        let rises = |values: &[f64]| values.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = |values: &[f64]| values.iter().all(|&one| one > 0.0 && one < 1.0);
        for (key, values) in [
            ("completeness_bands", &self.completeness_bands),
            ("interim", &self.interim),
        ] {
            if !rises(values) || !inside(values) {
                return Err(format!(
                    "experiment.{key} wants rising shares between 0 and 1, such as [0.5]"
                ));
            }
        }
        if self.weeks == 0 || self.weeks > 104 {
            return Err("experiment.weeks must lie between 1 and 104".into());
        }
        if let Some(other) = self.segments.iter().find(|one| !self.strata.contains(one)) {
            return Err(format!(
                "experiment.segments names `{}`, which is none of experiment.strata: arms are even only within strata",
                other.word()
            ));
        }
        Ok(())
    }
}
