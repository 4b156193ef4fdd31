//! On which reasons models of other stretches of time agree.

use leadrank_features::catalog::Idea;
use leadrank_features::feature;
use leadrank_learn::{Matrix, explain};

use crate::bundle::Bundle;
use crate::error::{Error, Result};

/// For each row and idea the share of a bundle's panel that gives the idea the direction that
/// the model itself gives it.
pub struct Agreement {
    shares: Vec<f64>,
}

impl Agreement {
    /// Asks the panel about all rows of a matrix with the model's columns. Without a panel, as
    /// in bundles of older versions, the model alone is asked.
    ///
    /// # Errors
    /// A model of the panel that can't be read, or a feature that the catalog does not hold.
    pub fn of(bundle: &Bundle, matrix: &Matrix) -> Result<Self> {
        let panel = bundle.panel()?;
        let ideas = matrix.names().iter().map(|name| {
            let found = feature(name).map(|feature| place(feature.idea));
            found.ok_or_else(|| {
                Error::Data(format!(
                    "the model uses `{name}`, which this version does not know"
                ))
            })
        });
        let group_of = ideas.collect::<Result<Vec<usize>>>()?;
        let shares = match panel.is_empty() {
            true => vec![1.0; matrix.n_rows() * Idea::ALL.len()],
            false => explain::agreement(&bundle.model, &panel, matrix, &group_of, Idea::ALL.len()),
        };
        Ok(Self { shares })
    }

    /// The share of the panel that agrees on an idea for a row, 0 to 1.
    pub fn on(&self, row: usize, idea: Idea) -> f64 {
        self.shares[row * Idea::ALL.len() + place(idea)]
    }
}

/// The place of an idea among all.
fn place(idea: Idea) -> usize {
    Idea::ALL
        .iter()
        .position(|&known| known == idea)
        .unwrap_or(0)
}
