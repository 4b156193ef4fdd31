//! Whether the arms are alike in what was known before.

use serde::{Deserialize, Serialize};

use crate::assign::{Assignment, Candidate, assign};
use crate::plan::Rerandomise;
use crate::{Arm, Arms, Plan, srm};
use chrono::NaiveDate;
use leadrank_stats::normal;

/// One column of what was known, a value a lead; NaN where it is missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariate {
    /// Its name.
    pub name: String,
    /// A value a lead.
    pub values: Vec<f64>,
}

/// How far apart the arms are in one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The column; `(missing)` behind it where the share of missing values is compared.
    pub name: String,
    /// Mean of each arm.
    pub mean: Arms<f64>,
    /// Leads of each arm that have a value.
    pub n: Arms<u64>,
    /// Standardised mean difference: the difference of the means over the root of the mean of both
    /// variances (P. C. Austin, Statistics in Medicine 28 (2009)).
    pub standardised: f64,
    /// What chance alone makes of it: its standard error when units are drawn at random.
    pub chance: f64,
}

impl Difference {
    /// Two-sided p-value of a difference at least this large by chance.
    pub fn p_value(&self) -> f64 {
        if self.chance > 0.0 {
            (2.0 * normal::cdf(-(self.standardised / self.chance).abs())).min(1.0)
        } else {
            1.0
        }
    }
}

/// A lead's arm, and the number of the unit that was drawn.
pub type Place = (Arm, usize);

/// The differences of all columns, and of the share of missing values where some are missing, in
/// the order of the columns. `places` has an arm and a unit a lead; units are numbered from 0.
pub fn differences(columns: &[Covariate], places: &[Place]) -> Vec<Difference> {
    let mut found = Vec::new();
    for column in columns {
        let present = |value: f64| value.is_finite().then_some(value);
        found.extend(difference(&column.name, &column.values, places, present));
        let missing = |value: f64| Some(f64::from(u8::from(!value.is_finite())));
        if column.values.iter().any(|value| !value.is_finite()) {
            let name = format!("{} (missing)", column.name);
            found.extend(difference(&name, &column.values, places, missing));
        }
    }
    found
}

fn difference(
    name: &str,
    values: &[f64],
    places: &[Place],
    read: impl Fn(f64) -> Option<f64>,
) -> Option<Difference> {
    let (mut n, mut sum) = (Arms::<u64>::default(), Arms::<f64>::default());
    let read = || {
        let rows = values.iter().zip(places);
        rows.filter_map(|(&value, &(arm, unit))| Some((read(value)?, arm, unit)))
    };
    for (value, arm, _) in read() {
        n[arm] += 1;
        sum[arm] += value;
    }
    if n.treatment < 2 || n.control < 2 {
        return None;
    }
    let mean = Arms::of(|arm| sum[arm] / n[arm] as f64);
    let mut squares = Arms::<f64>::default();
    let units = places.iter().map(|(_, unit)| unit + 1).max().unwrap_or(0);
    let mut off: Vec<Option<(Arm, f64)>> = vec![None; units];
    for (value, arm, unit) in read() {
        let apart = value - mean[arm];
        squares[arm] += apart * apart;
        off[unit].get_or_insert((arm, 0.0)).1 += apart;
    }
    // Leads of a unit move together, so units are what the error of a mean counts.
    let (mut drawn, mut spreads) = (Arms::<f64>::default(), Arms::<f64>::default());
    for (arm, apart) in off.into_iter().flatten() {
        drawn[arm] += 1.0;
        spreads[arm] += apart * apart;
    }
    let error = Arms::of(|arm| {
        let few = drawn[arm] / (drawn[arm] - 1.0).max(1.0);
        few * spreads[arm] / (n[arm] as f64).powi(2)
    });
    let variance = Arms::of(|arm| squares[arm] / (n[arm] as f64 - 1.0));
    let spread = (0.5 * (variance.treatment + variance.control)).sqrt();
    let apart = mean.treatment - mean.control;
    Some(Difference {
        name: name.to_owned(),
        mean,
        n,
        standardised: if spread > 0.0 { apart / spread } else { 0.0 },
        chance: match spread > 0.0 {
            true => (error.treatment + error.control).sqrt() / spread,
            false => 0.0,
        },
    })
}

/// The largest absolute standardised difference; 0 without any.
pub fn largest(differences: &[Difference]) -> f64 {
    differences
        .iter()
        .map(|one| one.standardised.abs())
        .fold(0.0, f64::max)
}

/// Columns that differ by more than `limit` and by more than chance makes of so many columns: with a
/// probability below [`srm::ALARM`] for all of them together (Bonferroni).
pub fn beyond_chance(differences: &[Difference], limit: f64) -> impl Iterator<Item = &Difference> {
    let columns = differences.len().max(1) as f64;
    differences
        .iter()
        .filter(move |one| one.standardised.abs() > limit && one.p_value() * columns < srm::ALARM)
}

/// The first enrolment, drawn until the arms are alike in `columns` (a value a candidate) within
/// the plan's limit, or the most alike of the plan's draws. Without that choice in the plan it is
/// the first draw.
pub fn first_enrolment(
    plan: &Plan,
    candidates: &[Candidate],
    columns: &[Covariate],
    on: NaiveDate,
) -> Vec<Assignment> {
    let Some(Rerandomise { draws, limit }) = plan.rerandomise else {
        return assign(plan, &[], candidates, on, 0);
    };
    let mut best: Option<(f64, Vec<Assignment>)> = None;
    for draw in 0..draws.max(1) {
        let made = assign(plan, &[], candidates, on, draw);
        let apart = largest(&differences(columns, &places_of(candidates, &made)));
        if best.as_ref().is_none_or(|(least, _)| apart < *least) {
            best = Some((apart, made));
        }
        if apart <= limit {
            break;
        }
    }
    best.map(|(_, made)| made).unwrap_or_default()
}

/// The place of each candidate, in their order. `made` is in the order of ids.
fn places_of(candidates: &[Candidate], made: &[Assignment]) -> Vec<Place> {
    let all = places(made);
    candidates
        .iter()
        .filter_map(|one| {
            let at = made.binary_search_by(|other| other.lead.cmp(&one.lead));
            at.ok().map(|at| all[at])
        })
        .collect()
}

/// The arm and the unit's number of each assignment.
pub fn places(made: &[Assignment]) -> Vec<Place> {
    let mut numbers = std::collections::BTreeMap::new();
    made.iter()
        .map(|one| {
            let next = numbers.len();
            let unit = *numbers.entry(one.unit.as_str()).or_insert(next);
            (one.arm, unit)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::{day, plan};

    #[test]
    fn by_hand() {
        let column = Covariate {
            name: "assets".into(),
            values: vec![1.0, 3.0, 2.0, 6.0, f64::NAN],
        };
        let arms = [
            Arm::Treatment,
            Arm::Treatment,
            Arm::Control,
            Arm::Control,
            Arm::Control,
        ];
        let places: Vec<Place> = arms.into_iter().zip(0..).collect();
        let found = differences(std::slice::from_ref(&column), &places);
        // Means 2 and 4, variances 2 and 8.
        assert!((found[0].standardised + 2.0 / f64::sqrt(5.0)).abs() < 1e-12);
        // Standard error of the difference √(2 / 2 + 8 / 2), over the spread.
        assert!((found[0].chance - 1.0).abs() < 1e-12);
        assert_eq!(found[0].n.control, 2);
        // Where control's two known leads are one unit, they are one observation.
        let together: Vec<Place> = arms.into_iter().zip([0, 1, 2, 2, 3]).collect();
        let together = differences(&[column], &together);
        assert!((together[0].chance - (0.5_f64 * 2.0 / 5.0).sqrt()).abs() < 1e-12);
        assert_eq!(found[1].name, "assets (missing)");
        assert!((found[1].mean.control - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn drawing_again_makes_arms_more_alike_and_can_be_drawn_again() {
        let mut plan = plan();
        let candidates: Vec<Candidate> = (0..200)
            .map(|at| Candidate {
                lead: format!("00Q{at:03}"),
                keys: vec![format!("crd:{at}")],
                stratum: "all".into(),
            })
            .collect();
        let columns: Vec<Covariate> = (0..8)
            .map(|which| Covariate {
                name: format!("c{which}"),
                values: (0..200)
                    .map(|at| f64::from((at * (7 + which)) % 23))
                    .collect(),
            })
            .collect();
        let on = day("2025-11-03");
        let apart =
            |made: &[Assignment]| largest(&differences(&columns, &places_of(&candidates, made)));
        let once = first_enrolment(&plan, &candidates, &columns, on);
        plan.rerandomise = Some(Rerandomise {
            draws: 200,
            limit: 0.08,
        });
        let again = first_enrolment(&plan, &candidates, &columns, on);
        assert!(
            apart(&again) < apart(&once),
            "{} {}",
            apart(&again),
            apart(&once)
        );
        assert!(crate::assign::mismatches(&plan, &again).is_empty());
    }
}
