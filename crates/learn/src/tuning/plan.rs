//! Which candidates get how many folds and rounds.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;

use super::{Criterion, Grid, Point, Search, Trial, TuningOptions};
use crate::recipe::Recipe;

/// One in so many goes on to the next rung.
const KEEP_ONE_IN: usize = 3;

/// Candidates of the last rung of halving.
const FINALISTS: usize = 8;

/// Rungs of halving, from quick to whole: share of the folds, and learning that a candidate
/// may do, in rounds times learning rate; none is up to the recipe.
const RUNGS: [(f64, Option<f64>); 3] = [(0.4, Some(1.5)), (0.6, Some(3.0)), (1.0, None)];

/// One rung.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rung {
    /// Candidates that reach it.
    pub(super) candidates: usize,
    /// Newest folds they are judged on.
    pub(super) folds: usize,
    /// Most rounds times learning rate.
    learning: Option<f64>,
}

impl Rung {
    /// The recipe with as many rounds as the rung allows: a slow learner gets more of them,
    /// or the quick ones would win by being quick.
    pub(super) fn limited(&self, recipe: &Recipe) -> Recipe {
        let mut limited = recipe.clone();
        if let Some(learning) = self.learning {
            let most = (learning / recipe.eta).ceil() as u32;
            limited.rounds = limited.rounds.min(most.max(10));
            limited.min_rounds = limited.min_rounds.min(limited.rounds / 2).max(1);
        }
        limited
    }
}

/// The candidates by number; 0 is the recipe itself.
pub(super) fn candidates(recipe: &Recipe, options: &TuningOptions) -> Vec<Point> {
    let own = Point::of(recipe);
    let grid = options.grid;
    let numbers: Vec<usize> = match options.search {
        Search::Off => Vec::new(),
        Search::Grid => (0..grid.len()).collect(),
        Search::Random | Search::Halving => {
            let wanted = (options.candidates as usize - 1).min(grid.len());
            let mut random = ChaCha8Rng::seed_from_u64(recipe.seed.into());
            draw(&mut random, grid, wanted)
        }
    };
    let points = numbers.into_iter().map(|number| grid.point(number));
    let others = points.filter(|point| *point != own).collect::<Vec<_>>();
    std::iter::once(own).chain(others).collect()
}

/// Numbers of so many different points; of both grids each gives half, as far as it can,
/// though the brief's has far more points.
fn draw(random: &mut ChaCha8Rng, grid: Grid, wanted: usize) -> Vec<usize> {
    if grid != Grid::Both {
        return index::sample(random, grid.len(), wanted).into_vec();
    }
    let (shallow, brief) = (Grid::Shallow.len(), Grid::Brief.len());
    let of_shallow = wanted.div_ceil(2).min(shallow);
    let mut numbers = index::sample(random, shallow, of_shallow).into_vec();
    let others = index::sample(random, brief, (wanted - of_shallow).min(brief));
    numbers.extend(others.into_iter().map(|number| shallow + number));
    numbers
}

/// The rungs, from the first to the last, which has all folds.
pub(super) fn rungs(options: &TuningOptions, candidates: usize, folds: usize) -> Vec<Rung> {
    if options.search != Search::Halving || candidates <= FINALISTS {
        return vec![Rung {
            candidates,
            folds,
            learning: None,
        }];
    }
    let mut reached = candidates;
    let mut rungs = Vec::new();
    for (place, (share, learning)) in RUNGS.into_iter().enumerate() {
        if place + 1 == RUNGS.len() {
            reached = reached.min(FINALISTS);
        }
        rungs.push(Rung {
            candidates: reached,
            folds: ((share * folds as f64).round() as usize).clamp(1, folds),
            learning,
        });
        reached = reached.div_ceil(KEEP_ONE_IN).max(FINALISTS).min(reached);
    }
    rungs
}

/// Who goes on to `next`: the best by the criterion, by number at ties, as many of shallow
/// trees as of deep ones, and the given recipe in any case, so that the end can be held
/// against it. On few folds the best of the deep ones owe more to luck, and would leave
/// nothing else to choose from.
pub(super) fn survivors(
    done: &BTreeMap<u32, Trial>,
    next: Option<&Rung>,
    criterion: Criterion,
) -> Vec<u32> {
    let Some(next) = next else { return Vec::new() };
    let mut order: Vec<(f64, u32)> = done
        .values()
        .map(|trial| (trial.score(criterion), trial.candidate))
        .collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let is_shallow = |candidate: &u32| done[candidate].point.is_shallow();
    let order = order.into_iter().map(|(_, candidate)| candidate);
    let (given, others): (Vec<u32>, Vec<u32>) = order.partition(|&candidate| candidate == 0);
    let (shallow, deep): (Vec<u32>, Vec<u32>) = others.into_iter().partition(is_shallow);
    let longest = shallow.len().max(deep.len());
    let pairs = (0..longest).flat_map(|place| [shallow.get(place), deep.get(place)]);
    let mut left = given;
    left.extend(pairs.flatten());
    left.truncate(next.candidates);
    left.sort_unstable();
    left
}
