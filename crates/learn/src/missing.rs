//! Where trees that were grown on filled cells send a missing one.

use serde_json::Value;

use crate::{LearnError, Result};

/// Sets the default side of every split to the side of its column's filling, in a model as
/// XGBoost writes it (JSON): missing cells then go where the filled value would have gone.
/// `filling` has one value for each column.
///
/// # Errors
/// When the bytes are no such model, or have a column without a filling.
pub(crate) fn route(model: &[u8], filling: &[f32]) -> Result<Vec<u8>> {
    let wrong = |what: &str| LearnError::downstream("filling missing cells in the model", what);
    let mut model: Value =
        serde_json::from_slice(model).map_err(|error| wrong(&error.to_string()))?;
    let trees = model
        .pointer_mut("/learner/gradient_booster/model/trees")
        .and_then(Value::as_array_mut)
        .ok_or_else(|| wrong("it has no trees"))?;
    for tree in trees {
        let list = |name: &str| -> Result<Vec<f64>> {
            let values = tree.get(name).and_then(Value::as_array);
            let values = values.ok_or_else(|| wrong(&format!("a tree has no `{name}`")))?;
            Ok(values.iter().filter_map(Value::as_f64).collect())
        };
        let (left, columns) = (list("left_children")?, list("split_indices")?);
        let thresholds = list("split_conditions")?;
        let sides = (0..left.len())
            .map(|node| {
                // A leaf has no children and no side.
                if left[node] < 0.0 {
                    return Ok(Value::from(0));
                }
                let column = columns.get(node).map(|&column| column as usize);
                let fill = column.and_then(|column| filling.get(column));
                match (fill, thresholds.get(node)) {
                    (Some(&fill), Some(&threshold)) => {
                        Ok(Value::from(u8::from(fill < threshold as f32)))
                    }
                    _ => Err(wrong("a split is on an unknown column")),
                }
            })
            .collect::<Result<Vec<Value>>>()?;
        tree["default_left"] = Value::from(sides);
    }
    serde_json::to_vec(&model).map_err(|error| wrong(&error.to_string()))
}
