//! The effect in planned segments, drawn to the mean of all as far as they are unsure.

use leadrank_stats::multiple;
use serde::{Deserialize, Serialize};

use super::raised;
use crate::cells::Cells;
use crate::effect::{self, Effect, Metric};
use crate::monitor::Lift;
use crate::{Arm, Arms, Plan, Row};

/// The effect in one group of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// By what: `assets`.
    pub by: String,
    /// The group: `above $1bn`.
    pub group: String,
    /// Leads.
    pub leads: Arms<u64>,
    /// The relative change in the group alone; none with too few scheduled calls.
    pub lift: Option<Lift>,
    /// Its p-value, raised for the groups looked at (Benjamini–Hochberg).
    pub adjusted: Option<f64>,
    /// The change, drawn towards the mean of the segment's groups.
    pub shrunk: Option<f64>,
    /// Whether the groups of the segment differ beyond chance: the p-value of Cochran's Q.
    pub differ: Option<f64>,
}

/// The effect in each group of the planned segments.
pub fn segments(plan: &Plan, rows: &[&Row], metric: Metric, names: &[Vec<String>]) -> Vec<Segment> {
    let mut made = Vec::new();
    for (which, (by, groups)) in plan.segments.iter().zip(names).enumerate() {
        let mut effects: Vec<Option<Effect>> = Vec::new();
        let first = made.len();
        for (group, name) in groups.iter().enumerate() {
            let own: Vec<&Row> = rows
                .iter()
                .copied()
                .filter(|row| row.segments.get(which) == Some(&(group as u32)))
                .collect();
            let leads = Arms::of(|arm: Arm| own.iter().filter(|row| row.arm == arm).count() as u64);
            let found = effect::log_ratio(&Cells::of(own), metric);
            effects.push(found);
            made.push(Segment {
                by: by.clone(),
                group: name.clone(),
                leads,
                lift: found.map(|found| Lift::single(found, 1.0 - plan.alpha)),
                adjusted: None,
                shrunk: None,
                differ: None,
            });
        }
        let (shrunk, differ) = shrink(&effects);
        for (segment, shrunk) in made[first..].iter_mut().zip(shrunk) {
            segment.shrunk = shrunk.map(effect::lift);
            segment.differ = differ;
        }
    }
    let lifts: Vec<Option<Lift>> = made.iter().map(|one| one.lift).collect();
    let adjusted = raised(&lifts, multiple::benjamini_hochberg);
    for (one, adjusted) in made.iter_mut().zip(adjusted) {
        one.adjusted = adjusted;
    }
    made
}

/// Each effect drawn to their weighted mean by its share of noise, the spread of true effects by
/// R. DerSimonian and N. Laird, "Meta-Analysis in Clinical Trials", Controlled Clinical Trials 7
/// (1986); and the p-value of Cochran's Q. Nothing is drawn with fewer than two effects.
fn shrink(effects: &[Option<Effect>]) -> (Vec<Option<f64>>, Option<f64>) {
    let known: Vec<Effect> = effects.iter().flatten().copied().collect();
    if known.len() < 2 {
        return (vec![None; effects.len()], None);
    }
    let weights: Vec<f64> = known.iter().map(|one| one.information()).collect();
    let total: f64 = weights.iter().sum();
    let weighted = |weights: &[f64]| -> f64 {
        let sum: f64 = weights
            .iter()
            .zip(&known)
            .map(|(w, one)| w * one.estimate)
            .sum();
        sum / weights.iter().sum::<f64>()
    };
    let mean = weighted(&weights);
    let q: f64 = (weights.iter().zip(&known))
        .map(|(w, one)| w * (one.estimate - mean).powi(2))
        .sum();
    let free = known.len() as f64 - 1.0;
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    let spread = ((q - free) / (total - squares / total)).max(0.0);
    let of_all: Vec<f64> = known
        .iter()
        .map(|one| 1.0 / (spread + one.error * one.error))
        .collect();
    let mean = weighted(&of_all);
    let drawn = effects.iter().map(|one| {
        let one = (*one)?;
        let own = spread / (spread + one.error * one.error);
        let drawn = mean + own * (one.estimate - mean);
        // Where one group's error is nothing beside the others', no spread can be told.
        drawn.is_finite().then_some(drawn)
    });
    let differ = leadrank_stats::chi_square::survival(q, known.len() as u64 - 1);
    (drawn.collect(), differ)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_within_chance_is_drawn_together() {
        let of = |estimate, error| Some(Effect { estimate, error });
        let (drawn, differ) = shrink(&[of(0.1, 0.2), of(0.2, 0.2), None]);
        assert!((drawn[0].unwrap() - 0.15).abs() < 1e-12 && drawn[2].is_none());
        assert!(differ.unwrap() > 0.5);
        // Q = 2 · (1/0.1)², spread = 200 − 1 over 100: little noise is left to take away.
        let (drawn, differ) = shrink(&[of(0.0, 0.1), of(2.0, 0.1)]);
        assert!((drawn[1].unwrap() - 2.0).abs() < 0.02 && differ.unwrap() < 1e-6);
        assert_eq!(shrink(&[of(1.0, 1.0)]), (vec![None], None));
        let (drawn, _) = shrink(&[of(24.0, 1e-11), of(1.0, 0.6)]);
        assert!(drawn.iter().flatten().all(|one| one.is_finite()));
    }
}
