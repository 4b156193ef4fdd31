//! Third screen: recursive elimination by SHAP.
//!
//! Trees are grown on the training rows with the features that are left, the mean |SHAP| of
//! each feature is taken, and the weakest tenth goes; again until `top` are left, and on to
//! `small` for the small set (the scheme of Guyon et al. 2002, "Gene selection for cancer
//! classification using support vector machines", with SHAP in place of squared weights).

use leadrank_trees::Model;
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::basis::{Basis, shares};
use super::{Dropped, Features, Screen, SelectionOptions};
use crate::split::TrainingRows;
use crate::{LearnError, Result};

/// Trees that rank features: enough for every feature to have its chance, few enough not to
/// learn the rows by heart.
const ROUNDS: u32 = 100;

/// Share of the features that goes in one step.
const STEP: f64 = 0.10;

/// Most rows whose SHAP values are averaged.
const ROWS: usize = 4_000;

/// A feature's place among those ranked with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranked {
    pub(super) feature: usize,
    pub(super) rank: u32,
    pub(super) share: f64,
}

/// What elimination leaves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranking {
    pub(super) large: Vec<usize>,
    pub(super) small: Vec<usize>,
    /// All that came this far, by the last trees that had them.
    ranked: Vec<Ranked>,
}

impl Ranking {
    pub(super) fn of(&self, feature: usize) -> Option<Ranked> {
        let mut all = self.ranked.iter();
        all.find(|ranked| ranked.feature == feature).copied()
    }
}

/// Ranks sets of features: SHAP's or another way.
pub(super) trait Rank {
    /// Each feature's share of the whole, with the place it was given in.
    fn shares(&self, features: &Features, set: &[usize]) -> Result<Vec<f64>>;
    /// The screen in whose name features go.
    fn screen(&self) -> Screen;
    /// What a small share means, in words.
    fn reason(&self, share: f64, left: usize) -> String;
}

/// Ranks by mean |SHAP|.
pub(super) struct Shap<'a, R>(pub(super) Basis<'a, R>);

impl<R: TrainingRows> Rank for Shap<'_, R> {
    fn shares(&self, features: &Features, set: &[usize]) -> Result<Vec<f64>> {
        let names = features.names_of(set);
        let Shap(basis) = self;
        let (matrix, sources) = basis.columns(&names)?;
        let bytes = basis.grow(&matrix, basis.recipe, ROUNDS, |_| Ok(()))?;
        let model = Model::from_bytes(&bytes)
            .map_err(|error| LearnError::downstream("reading trees", error))?;
        let all = basis.rows.indices();
        let mut random = ChaCha8Rng::seed_from_u64(basis.recipe.seed.into());
        let mut picked = index::sample(&mut random, all.len(), ROWS.min(all.len())).into_vec();
        picked.sort_unstable();
        let rows: Vec<usize> = picked.into_iter().map(|place| all[place]).collect();
        let sums = crate::explain::absolute_sums(&model, &matrix, &rows, &sources, &names);
        Ok(shares(sums))
    }

    fn screen(&self) -> Screen {
        Screen::Elimination
    }

    fn reason(&self, share: f64, left: usize) -> String {
        format!(
            "carries {:.2} % of what moves the score, least of {left} features",
            100.0 * share
        )
    }
}

/// Eliminates down to the large set, and on to the small one.
pub(super) fn eliminate(
    features: &Features,
    ranker: &impl Rank,
    candidates: Vec<usize>,
    options: &SelectionOptions,
    dropped: &mut Vec<Dropped>,
) -> Result<Ranking> {
    if candidates.is_empty() {
        return Err(LearnError::fit(
            "no feature is left after the screens",
            "lower selection.minimum_iv, raise selection.vif_limit, or name features in selection.keep",
        ));
    }
    let (top, small) = (options.top as usize, options.small as usize);
    let mut left = candidates;
    let mut large = None;
    let mut ranked: Vec<Ranked> = Vec::new();
    loop {
        let mut order = strongest_first(features, ranker, &left)?;
        for place in &order {
            ranked.retain(|known| known.feature != place.feature);
        }
        ranked.extend(&order);
        if large.is_none() && left.len() <= top {
            large = Some(left.clone());
        }
        let goal = if large.is_none() { top } else { small };
        if left.len() <= goal {
            break;
        }
        let step = ((left.len() as f64 * STEP) as usize).max(1);
        let mut going = step.min(left.len() - goal);
        let before = left.len();
        while going > 0 {
            let Some(weakest) = order.iter().rposition(|r| !features.is_kept(r.feature)) else {
                break;
            };
            let Ranked { feature, share, .. } = order.remove(weakest);
            left.retain(|&known| known != feature);
            if large.is_none() {
                dropped.push(Dropped {
                    feature: features.name(feature).to_owned(),
                    screen: ranker.screen(),
                    value: Some(share),
                    limit: top as f64,
                    reason: ranker.reason(share, before),
                });
            }
            going -= 1;
        }
        if left.len() == before {
            // Only features that must stay are left.
            break;
        }
    }
    Ok(Ranking {
        large: large.unwrap_or_else(|| left.clone()),
        small: left,
        ranked,
    })
}

/// The features of a set with their shares, by name at ties.
fn strongest_first(features: &Features, ranker: &impl Rank, set: &[usize]) -> Result<Vec<Ranked>> {
    let shares = ranker.shares(features, set)?;
    let mut order: Vec<(usize, f64)> = set.iter().copied().zip(shares).collect();
    order.sort_by(|a, b| {
        b.1.total_cmp(&a.1)
            .then_with(|| features.name(a.0).cmp(features.name(b.0)))
    });
    let ranked = order.into_iter().zip(1..);
    Ok(ranked
        .map(|((feature, share), rank)| Ranked {
            feature,
            rank,
            share,
        })
        .collect())
}
