//! A random forest that ranks features by gain, as the brief's reference code does.

use serde_json::Value;

use super::basis::{Basis, shares};
use super::eliminate::Rank;
use super::{Features, Screen};
use crate::recipe::Recipe;
use crate::split::TrainingRows;
use crate::{LearnError, Result};

/// Trees of the forest, as in the reference code.
const TREES: u32 = 100;

/// Deepest tree: the reference grows without limit, which at this depth makes no difference
/// to which features split first.
const DEPTH: u32 = 10;

/// Ranks by the forest's total gain.
pub(super) struct Forest<'a, R>(pub(super) Basis<'a, R>);

impl<R: TrainingRows> Rank for Forest<'_, R> {
    fn shares(&self, features: &Features, set: &[usize]) -> Result<Vec<f64>> {
        let names = features.names_of(set);
        let Forest(basis) = self;
        let (matrix, sources) = basis.columns(&names)?;
        // One round of many trees that share no error: a forest.
        let recipe = Recipe {
            max_depth: DEPTH,
            min_child_weight: 1.0,
            alpha: 0.0,
            lambda: 0.0,
            gamma: 0.0,
            eta: 1.0,
            subsample: 0.632,
            colsample_bytree: 1.0,
            ..basis.recipe.clone()
        };
        let width = matrix.n_columns();
        let model = basis.grow(&matrix, &recipe, 1, |booster| {
            booster.set("num_parallel_tree", &TREES.to_string())?;
            let share = (width as f64).sqrt() / width as f64;
            booster.set("colsample_bynode", &share.to_string())
        })?;
        let gains = gains(&model, width)?;
        let of = |name: &String| -> f64 {
            let own = gains.iter().zip(&sources);
            own.filter(|(_, source)| *source == name)
                .map(|(gain, _)| gain)
                .sum()
        };
        Ok(shares(names.iter().map(of).collect()))
    }

    fn screen(&self) -> Screen {
        Screen::Forest
    }

    fn reason(&self, share: f64, left: usize) -> String {
        format!(
            "brings {:.2} % of the forest's gain, least of {left} features",
            100.0 * share
        )
    }
}

/// The gain of each column, summed over all splits of a model as XGBoost writes it (JSON).
fn gains(model: &[u8], columns: usize) -> Result<Vec<f64>> {
    let wrong = |what: String| LearnError::downstream("reading a forest's gains", what);
    let model: Value = serde_json::from_slice(model).map_err(|error| wrong(error.to_string()))?;
    let trees = model.pointer("/learner/gradient_booster/model/trees");
    let trees = trees.and_then(Value::as_array);
    let mut gains = vec![0.0; columns];
    for tree in trees.ok_or_else(|| wrong("there are no trees".to_owned()))? {
        let list = |name: &str| -> Vec<f64> {
            let values = tree.get(name).and_then(Value::as_array);
            let values = values.into_iter().flatten();
            values.filter_map(Value::as_f64).collect()
        };
        let (left, split_on, changes) = (
            list("left_children"),
            list("split_indices"),
            list("loss_changes"),
        );
        for ((&left, &column), &change) in left.iter().zip(&split_on).zip(&changes) {
            if left >= 0.0
                && let Some(gain) = gains.get_mut(column as usize)
            {
                *gain += change;
            }
        }
    }
    Ok(gains)
}
