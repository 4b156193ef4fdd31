//! A folder in MLflow's model format, with the flavors `xgboost` and `python_function`
//! (MLflow documentation, "MLflow Models", storage format).
//!
//! What the flavors predict is the trees' own probability: they know of no calibration.
//! Its two numbers stand in the metadata.

use serde_json::{Value, json};

use crate::bundle::{Bundle, to_json};
use crate::error::{Error, Result};
use crate::ledger::sha256;

/// Rows of the input example, at most.
const EXAMPLE_ROWS: usize = 5;
/// The Python that the environment files name.
const PYTHON: &str = "3.11";
const EXAMPLE: &str = "input_example.json";
const SERVING_EXAMPLE: &str = "serving_input_example.json";

pub(super) fn files(bundle: &Bundle) -> Result<Vec<(String, Vec<u8>)>> {
    let example = example(bundle)?;
    let serving = json!({ "dataframe_split": example });
    let text = |name: &str, text: String| (name.to_owned(), text.into_bytes());
    Ok(vec![
        text("MLmodel", description(bundle)?),
        ("model.ubj".to_owned(), bundle.bytes("model.ubj")?.to_vec()),
        (EXAMPLE.to_owned(), to_json(EXAMPLE, &example)?),
        (
            SERVING_EXAMPLE.to_owned(),
            to_json(SERVING_EXAMPLE, &serving)?,
        ),
        text("requirements.txt", requirements(bundle).join("\n") + "\n"),
        text("conda.yaml", conda()),
        text("python_env.yaml", python_env()),
    ])
}

fn xgboost_version(bundle: &Bundle) -> String {
    let version = bundle.model.version();
    version.map(|number| number.to_string()).join(".")
}

fn requirements(bundle: &Bundle) -> Vec<String> {
    vec![
        "mlflow>=2.10".into(),
        // XGBoost 3.1 does not know the tables of pandas 3.
        "pandas<3".into(),
        format!("xgboost=={}", xgboost_version(bundle)),
    ]
}

fn conda() -> String {
    format!(
        "name: leadrank\nchannels:\n- conda-forge\ndependencies:\n- python={PYTHON}\n- pip\n- pip:\n  - -r requirements.txt\n"
    )
}

fn python_env() -> String {
    format!(
        "python: \"{PYTHON}\"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n"
    )
}

/// Some golden rows, as pandas writes a table with `orient="split"`.
fn example(bundle: &Bundle) -> Result<Value> {
    let rows = bundle.golden()?.unwrap_or_default().rows;
    let step = rows.len().div_ceil(EXAMPLE_ROWS).max(1);
    let data: Vec<Vec<Option<f32>>> = rows
        .iter()
        .step_by(step)
        .map(|row| {
            let values = row.values.iter();
            values
                .map(|value| (!value.is_nan()).then_some(*value))
                .collect()
        })
        .collect();
    Ok(json!({ "columns": bundle.manifest.features, "data": data }))
}

/// The file that says what the folder holds. JSON within YAML is quoted: names of features
/// hold no apostrophe.
fn description(bundle: &Bundle) -> Result<String> {
    let manifest = &bundle.manifest;
    let columns: Vec<Value> = manifest
        .features
        .iter()
        .map(|name| json!({ "type": "double", "name": name, "required": true }))
        .collect();
    let line = |value: &Value| {
        serde_json::to_string(value).map_err(|source| Error::Json {
            what: "the signature".into(),
            source,
        })
    };
    let inputs = line(&Value::Array(columns))?;
    let outputs = line(&json!([
        { "type": "tensor", "tensor-spec": { "dtype": "float32", "shape": [-1] } }
    ]))?;
    let (id, version, as_of) = (&bundle.id, xgboost_version(bundle), manifest.as_of);
    // Same bundle, same bytes: the identifier follows from the id, the time from the data.
    let uuid = &sha256(id.as_bytes())[..32];
    Ok(format!(
        "artifact_path: leadrank-{id}\n\
         flavors:\n  \
           python_function:\n    \
             data: model.ubj\n    \
             env:\n      \
               conda: conda.yaml\n      \
               virtualenv: python_env.yaml\n    \
             loader_module: mlflow.xgboost\n    \
             python_version: \"{PYTHON}\"\n  \
           xgboost:\n    \
             code: null\n    \
             data: model.ubj\n    \
             model_class: xgboost.core.Booster\n    \
             model_format: ubj\n    \
             xgb_version: {version}\n\
         metadata:\n  \
           leadrank_model: \"{id}\"\n  \
           predicts: the trees' own probability p, not yet calibrated\n  \
           calibrated_probability: 1 / (1 + exp(-(slope * ln(p / (1 - p)) + intercept)))\n\
         {lines}\
         model_uuid: {uuid}\n\
         saved_input_example_info:\n  \
           artifact_path: {EXAMPLE}\n  \
           pandas_orient: split\n  \
           serving_input_path: {SERVING_EXAMPLE}\n  \
           type: dataframe\n\
         signature:\n  \
           inputs: '{inputs}'\n  \
           outputs: '{outputs}'\n  \
           params: null\n\
         utc_time_created: '{as_of} 00:00:00.000000'\n",
        lines = calibration(bundle),
    ))
}

/// Slope and intercept for each segment; a curve that is no straight line is named instead.
fn calibration(bundle: &Bundle) -> String {
    let calibration = &bundle.manifest.calibration;
    let line = |name: &str, segment| match calibration.as_logistic(segment) {
        Some((slope, intercept)) => {
            format!("  {name}_slope: {slope:?}\n  {name}_intercept: {intercept:?}\n")
        }
        None => format!(
            "  {name}: see bundle.json, {}\n",
            calibration.pooled.method().name()
        ),
    };
    let mut text = line("calibration", None);
    if let Some(rule) = &bundle.manifest.segments {
        text.push_str(&format!("  calibration_segments_of: {}\n", rule.feature));
        for (number, segment) in calibration.segments.iter().enumerate() {
            text.push_str(&format!(
                "  calibration_segment_{number}: \"{}\"\n",
                segment.name
            ));
            text.push_str(&line(
                &format!("calibration_segment_{number}"),
                Some(number),
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_describes_itself() {
        let (_folder, bundle) = super::super::tests::bundle();
        let files: std::collections::BTreeMap<String, Vec<u8>> =
            files(&bundle).unwrap().into_iter().collect();
        let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
        let description = text("MLmodel");
        for part in [
            "loader_module: mlflow.xgboost",
            "data: model.ubj",
            "model_class: xgboost.core.Booster",
            "calibration_slope: 0.9",
            "{\"type\":\"double\",\"name\":\"Is_New_To_Firm\",\"required\":true}",
        ] {
            assert!(description.contains(part), "{part}\n{description}");
        }
        let example: Value = serde_json::from_slice(&files[EXAMPLE]).unwrap();
        assert_eq!(example["data"].as_array().unwrap().len(), EXAMPLE_ROWS);
        assert_eq!(example["columns"].as_array().unwrap().len(), 2);
        assert!(
            text("requirements.txt").contains(&format!("xgboost=={}", xgboost_version(&bundle)))
        );
    }
}
