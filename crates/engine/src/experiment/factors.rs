//! What strata are made of.

use leadrank_experiment::Plan;
use serde::{Deserialize, Serialize};

use crate::checks::classes::{AUM_TIERS, aum_tier};
use crate::error::{Error, Result};

/// One of the things by which leads are put into strata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// Assets of the firm.
    Assets,
    /// How many of the features are known.
    Completeness,
    /// Whether the home is in one of the five metros.
    Metro,
}

impl Factor {
    /// Its name in files.
    pub fn word(self) -> &'static str {
        match self {
            Factor::Assets => "assets",
            Factor::Completeness => "completeness",
            Factor::Metro => "metro",
        }
    }

    /// The factors of a plan's strata.
    pub(super) fn of_plan(plan: &Plan) -> Vec<Factor> {
        plan.strata
            .iter()
            .filter_map(|word| Factor::of_word(word))
            .collect()
    }

    /// Whether a plan's strata are factors, and its segments strata.
    pub(super) fn check(plan: &Plan) -> Result<()> {
        let unknown = plan
            .strata
            .iter()
            .find(|word| Factor::of_word(word).is_none());
        if let Some(word) = unknown {
            return Err(Error::Data(format!(
                "the plan of `{}` divides by `{word}`; it can divide by assets, completeness and metro",
                plan.name
            )));
        }
        match plan
            .segments
            .iter()
            .find(|word| !plan.strata.contains(word))
        {
            None => Ok(()),
            Some(word) => Err(Error::Data(format!(
                "the plan of `{}` has the segment `{word}`, which is none of its strata: arms are even only within strata",
                plan.name
            ))),
        }
    }

    /// The factor of that name.
    fn of_word(word: &str) -> Option<Factor> {
        [Factor::Assets, Factor::Completeness, Factor::Metro]
            .into_iter()
            .find(|one| one.word() == word)
    }

    /// The names of its groups.
    pub fn groups(self, bands: &[f64]) -> Vec<String> {
        match self {
            Factor::Assets => AUM_TIERS.map(str::to_owned).to_vec(),
            Factor::Metro => ["in a metro", "elsewhere"].map(str::to_owned).to_vec(),
            Factor::Completeness => {
                let percent = |share: f64| format!("{:.0} %", 100.0 * share);
                let mut names = Vec::new();
                for at in 0..=bands.len() {
                    names.push(
                        match (at.checked_sub(1).map(|at| bands[at]), bands.get(at)) {
                            (None, None) => "all".into(),
                            (None, Some(&to)) => format!("under {} known", percent(to)),
                            (Some(from), None) => format!("{} or more known", percent(from)),
                            (Some(from), Some(&to)) => {
                                format!("{} to {} known", percent(from), percent(to))
                            }
                        },
                    );
                }
                names
            }
        }
    }
}

/// What a stratum's name is put together with.
const BETWEEN: &str = " / ";

/// The name of a stratum of these groups.
pub(super) fn stratum(groups: &[String]) -> String {
    match groups {
        [] => "all".into(),
        groups => groups.join(BETWEEN),
    }
}

/// The groups of a stratum's name.
pub(super) fn groups_of(stratum: &str) -> Vec<&str> {
    stratum.split(BETWEEN).collect()
}

/// The place of a lead in each factor.
pub(super) fn place(factor: Factor, of: &Known, bands: &[f64]) -> usize {
    match factor {
        Factor::Assets => aum_tier(of.assets),
        Factor::Metro => usize::from(!of.in_metro),
        Factor::Completeness => bands.iter().filter(|&&band| of.complete >= band).count(),
    }
}

/// What the factors look at.
pub(super) struct Known {
    pub(super) assets: f64,
    pub(super) in_metro: bool,
    /// Share of the features that are known.
    pub(super) complete: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_names_and_leads_their_places() {
        let bands = [0.5, 0.8];
        let names = Factor::Completeness.groups(&bands);
        assert_eq!(
            names,
            [
                "under 50 % known",
                "50 % to 80 % known",
                "80 % or more known"
            ]
        );
        let known = |complete| Known {
            assets: f64::NAN,
            in_metro: true,
            complete,
        };
        let place_of = |complete| place(Factor::Completeness, &known(complete), &bands);
        assert_eq!([place_of(0.1), place_of(0.5), place_of(0.9)], [0, 1, 2]);
        assert_eq!(place(Factor::Assets, &known(0.0), &bands), 3);
        assert_eq!(place(Factor::Metro, &known(0.0), &bands), 0);
        let name = stratum(&["unknown".into(), "elsewhere".into()]);
        assert_eq!(groups_of(&name), ["unknown", "elsewhere"]);
        for factor in [Factor::Assets, Factor::Completeness, Factor::Metro] {
            assert_eq!(Factor::of_word(factor.word()), Some(factor));
        }
    }
}
