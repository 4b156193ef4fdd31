//! The declared space of parameters.

use serde::{Deserialize, Serialize};

use crate::recipe::Recipe;

/// Which grids candidates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grid {
    /// The brief's 2,916 points.
    Brief,
    /// The shallow region that won in practice.
    Shallow,
    /// Both.
    Both,
}

/// The tuned parameters of one candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Deepest tree.
    pub max_depth: u32,
    /// Learning rate.
    pub eta: f64,
    /// Least sum of p(1 - p) in a leaf.
    pub min_child_weight: f64,
    /// Share of rows each tree sees.
    pub subsample: f64,
    /// Share of columns each tree sees.
    pub colsample_bytree: f64,
    /// L1 penalty.
    pub alpha: f64,
    /// L2 penalty.
    pub lambda: f64,
    /// Least loss reduction that pays for a split.
    pub gamma: f64,
}

/// The values of each parameter; every combination is a point.
struct Axes {
    max_depth: &'static [u32],
    eta: &'static [f64],
    min_child_weight: &'static [f64],
    subsample: &'static [f64],
    colsample_bytree: &'static [f64],
    alpha: &'static [f64],
    lambda: &'static [f64],
    gamma: &'static [f64],
}

/// The brief's grid (domain.md "Validation gates and thresholds", Week 4).
const BRIEF: Axes = Axes {
    max_depth: &[4, 6, 8, 10],
    eta: &[0.01, 0.03, 0.05],
    min_child_weight: &[1.0, 5.0, 10.0],
    subsample: &[0.6, 0.7, 0.8],
    colsample_bytree: &[0.4, 0.6, 0.8],
    alpha: &[0.0, 0.1, 1.0],
    lambda: &[1.0, 2.0, 5.0],
    gamma: &[0.0],
};

/// Shallow trees with heavy leaves and strong penalties (domain.md "New line", V4.1 r3, and
/// the note on what won in practice).
const SHALLOW: Axes = Axes {
    max_depth: &[1, 2, 3],
    eta: &[0.02, 0.03, 0.05],
    min_child_weight: &[5.0, 20.0, 50.0],
    subsample: &[0.6, 0.8],
    colsample_bytree: &[0.2, 0.4, 0.6],
    alpha: &[0.0, 1.0],
    lambda: &[1.0, 5.0, 20.0],
    gamma: &[0.0, 0.3],
};

impl Axes {
    fn len(&self) -> usize {
        self.max_depth.len()
            * self.eta.len()
            * self.min_child_weight.len()
            * self.subsample.len()
            * self.colsample_bytree.len()
            * self.alpha.len()
            * self.lambda.len()
            * self.gamma.len()
    }

    /// The point of a number from 0 to before [`Axes::len`].
    fn point(&self, number: usize) -> Point {
        let mut rest = number;
        let mut place = |length: usize| {
            let place = rest % length;
            rest /= length;
            place
        };
        Point {
            max_depth: self.max_depth[place(self.max_depth.len())],
            eta: self.eta[place(self.eta.len())],
            min_child_weight: self.min_child_weight[place(self.min_child_weight.len())],
            subsample: self.subsample[place(self.subsample.len())],
            colsample_bytree: self.colsample_bytree[place(self.colsample_bytree.len())],
            alpha: self.alpha[place(self.alpha.len())],
            lambda: self.lambda[place(self.lambda.len())],
            gamma: self.gamma[place(self.gamma.len())],
        }
    }
}

impl Grid {
    /// Number of points.
    pub fn len(self) -> usize {
        match self {
            Self::Brief => BRIEF.len(),
            Self::Shallow => SHALLOW.len(),
            Self::Both => BRIEF.len() + SHALLOW.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The point of a number from 0 to before [`Grid::len`].
    pub fn point(self, number: usize) -> Point {
        match self {
            Self::Brief => BRIEF.point(number),
            Self::Shallow => SHALLOW.point(number),
            Self::Both if number < SHALLOW.len() => SHALLOW.point(number),
            Self::Both => BRIEF.point(number - SHALLOW.len()),
        }
    }
}

impl Point {
    /// Whether its trees are as shallow as those of the shallow grid.
    pub fn is_shallow(&self) -> bool {
        SHALLOW.max_depth.contains(&self.max_depth)
    }

    /// The tuned parameters of a recipe.
    pub fn of(recipe: &Recipe) -> Self {
        Self {
            max_depth: recipe.max_depth,
            eta: recipe.eta,
            min_child_weight: recipe.min_child_weight,
            subsample: recipe.subsample,
            colsample_bytree: recipe.colsample_bytree,
            alpha: recipe.alpha,
            lambda: recipe.lambda,
            gamma: recipe.gamma,
        }
    }

    /// `recipe` with this point's parameters.
    pub fn applied_to(&self, recipe: &Recipe) -> Recipe {
        Recipe {
            max_depth: self.max_depth,
            eta: self.eta,
            min_child_weight: self.min_child_weight,
            subsample: self.subsample,
            colsample_bytree: self.colsample_bytree,
            alpha: self.alpha,
            lambda: self.lambda,
            gamma: self.gamma,
            ..recipe.clone()
        }
    }

    /// Parameters by name, in the order in which they are shown.
    pub fn named(&self) -> [(&'static str, f64); 8] {
        [
            ("max_depth", self.max_depth.into()),
            ("eta", self.eta),
            ("min_child_weight", self.min_child_weight),
            ("subsample", self.subsample),
            ("colsample_bytree", self.colsample_bytree),
            ("alpha", self.alpha),
            ("lambda", self.lambda),
            ("gamma", self.gamma),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_briefs_grid_has_its_points_and_none_twice() {
        assert_eq!(Grid::Brief.len(), 2_916);
        assert_eq!(Grid::Both.len(), 2_916 + Grid::Shallow.len());
        let all: BTreeSet<String> = (0..Grid::Both.len())
            .map(|number| format!("{:?}", Grid::Both.point(number)))
            .collect();
        // The grids meet nowhere: their depths differ.
        assert_eq!(all.len(), Grid::Both.len());
    }

    #[test]
    fn a_point_is_what_it_was_taken_from() {
        let point = Grid::Shallow.point(77);
        let recipe = point.applied_to(&Recipe::leads());
        recipe.check().unwrap();
        assert_eq!(Point::of(&recipe), point);
        assert_eq!(recipe.patience, Recipe::leads().patience);
    }
}
