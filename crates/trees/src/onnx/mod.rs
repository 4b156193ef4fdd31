//! A model as an ONNX file, which most serving systems run.
//!
//! The graph has one input and two outputs, all `float`:
//!
//! | Name | Shape | Content |
//! |---|---|---|
//! | `input` | `[N, n_features]` | rows, in the order of the model's features; NaN means missing |
//! | `margin` | `[N, 1]` | log-odds before calibration |
//! | `probability` | `[N, 1]` | `1 / (1 + exp(-(slope * margin + intercept)))` |
//!
//! `margin` comes from one `TreeEnsembleRegressor` (ONNX operators, domain
//! `ai.onnx.ml`). Its `BRANCH_LT` compares `x < threshold` in `f32`, as XGBoost does,
//! so every row ends in the same leaves. A runtime may sum the leaves in another order,
//! which is the only difference: some units of the last place of an `f32`.
//!
//! Field numbers are those of `onnx.proto` (<https://github.com/onnx/onnx>).

mod protobuf;

use crate::error::{Error, Result};
use crate::file::Objective;
use crate::json;
use crate::model::Model;
use crate::tree::{Node, Tree};
use crate::value::Value;
use protobuf::Message;

/// Versions that ONNX 1.8 fixed and every later runtime reads. The trees need no more
/// than the first version of `ai.onnx.ml`; the third adds thresholds in `f64` only,
/// and runtimes before 1.11 refuse it.
const IR_VERSION: u64 = 7;
const OPSET: u64 = 13;
const ML_OPSET: u64 = 1;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

/// The model as the bytes of an ONNX file with the outputs `margin` and `probability`.
///
/// `calibration` is the slope and the intercept of a calibration curve on margins;
/// without one the probability is that of the margin itself. The names of the
/// features, if the model has any, stand as a JSON list under `feature_names` in the
/// file's metadata. Equal models give equal bytes.
///
/// # Errors
/// `Unsupported` for a model that is not `binary:logistic`, since it has no
/// probability; `Invalid` for a calibration that is not finite in `f32`.
pub fn to_onnx(model: &Model, calibration: Option<(f64, f64)>) -> Result<Vec<u8>> {
    if model.objective() != Objective::BinaryLogistic {
        return Err(Error::Unsupported {
            what: format!(
                "the objective `{}` in an ONNX file",
                model.objective().name()
            ),
            instead: "export a model trained with objective=binary:logistic",
        });
    }
    let mut graph = Message::new().message(1, &ensemble(model));
    let mut log_odds = "margin";
    if let Some((slope, intercept)) = calibration {
        graph = graph
            .message(1, &node("Mul", &["margin", "slope"], "scaled"))
            .message(1, &node("Add", &["scaled", "intercept"], "log_odds"));
        log_odds = "log_odds";
        for (name, value) in [("slope", slope), ("intercept", intercept)] {
            graph = graph.message(5, &constant(name, value)?);
        }
    }
    let graph = graph
        .message(1, &node("Sigmoid", &[log_odds], "probability"))
        .text(2, "leadrank")
        .message(11, &tensor("input", model.n_features()))
        .message(12, &tensor("margin", 1))
        .message(12, &tensor("probability", 1));
    let mut file = Message::new()
        .int(1, IR_VERSION)
        .text(2, "leadrank")
        .message(7, &graph)
        .message(8, &opset("", OPSET))
        .message(8, &opset("ai.onnx.ml", ML_OPSET));
    if !model.feature_names().is_empty() {
        let names = model.feature_names().iter().map(Value::text).collect();
        let names = String::from_utf8_lossy(&json::write(&Value::List(names))).into_owned();
        let entry = Message::new().text(1, "feature_names").text(2, &names);
        file = file.message(14, &entry);
    }
    Ok(file.into_bytes())
}

/// The columns of a `TreeEnsembleRegressor`: nodes of all trees, then the leaves'
/// values once more by themselves.
#[derive(Default)]
struct Columns {
    trees: Vec<u64>,
    ids: Vec<u64>,
    modes: Vec<&'static str>,
    features: Vec<u64>,
    thresholds: Vec<f32>,
    left: Vec<u64>,
    right: Vec<u64>,
    missing_left: Vec<u64>,
    leaf_trees: Vec<u64>,
    leaf_ids: Vec<u64>,
    leaf_values: Vec<f32>,
}

impl Columns {
    /// Adds the reachable nodes, the root first; their ids stay those of the model file.
    fn add(&mut self, number: u64, tree: &Tree) {
        let mut open = vec![0];
        while let Some(id) = open.pop() {
            match tree.node(id) {
                Node::Leaf(value) => self.add_leaf(number, id as u64, value),
                Node::Split {
                    feature,
                    threshold,
                    default_left,
                    left,
                    right,
                } => {
                    self.trees.push(number);
                    self.ids.push(id as u64);
                    self.modes.push("BRANCH_LT");
                    self.features.push(feature as u64);
                    self.thresholds.push(threshold);
                    self.left.push(left as u64);
                    self.right.push(right as u64);
                    self.missing_left.push(u64::from(default_left));
                    open.extend([right, left]);
                }
            }
        }
    }

    fn add_leaf(&mut self, tree: u64, id: u64, value: f32) {
        self.trees.push(tree);
        self.ids.push(id);
        self.modes.push("LEAF");
        self.thresholds.push(0.0);
        for column in [
            &mut self.features,
            &mut self.left,
            &mut self.right,
            &mut self.missing_left,
        ] {
            column.push(0);
        }
        self.leaf_trees.push(tree);
        self.leaf_ids.push(id);
        self.leaf_values.push(value);
    }
}

fn ensemble(model: &Model) -> Message {
    let mut columns = Columns::default();
    for (number, tree) in model.trees().iter().enumerate() {
        columns.add(number as u64, tree);
    }
    if model.trees().is_empty() {
        // the operator wants a tree; one that adds nothing
        columns.add_leaf(0, 0, 0.0);
    }
    let targets = vec![0; columns.leaf_ids.len()];
    let ints = |name, values: &[u64]| attribute(name, 7).ints(8, values);
    let floats = |name, values: &[f32]| attribute(name, 6).floats(7, values);
    let modes = columns
        .modes
        .iter()
        .fold(attribute("nodes_modes", 8), |list, mode| list.text(9, mode));
    [
        attribute("n_targets", 2).int(3, 1),
        attribute("aggregate_function", 3).text(4, "SUM"),
        attribute("post_transform", 3).text(4, "NONE"),
        floats("base_values", &[model.base_margin() as f32]),
        ints("nodes_treeids", &columns.trees),
        ints("nodes_nodeids", &columns.ids),
        modes,
        ints("nodes_featureids", &columns.features),
        floats("nodes_values", &columns.thresholds),
        ints("nodes_truenodeids", &columns.left),
        ints("nodes_falsenodeids", &columns.right),
        ints("nodes_missing_value_tracks_true", &columns.missing_left),
        ints("target_treeids", &columns.leaf_trees),
        ints("target_nodeids", &columns.leaf_ids),
        ints("target_ids", &targets),
        floats("target_weights", &columns.leaf_values),
    ]
    .into_iter()
    .fold(
        node("TreeEnsembleRegressor", &["input"], "margin").text(7, "ai.onnx.ml"),
        |node, attribute| node.message(5, &attribute),
    )
}

/// An attribute without its value; `kind` is one of `AttributeProto.AttributeType`.
fn attribute(name: &str, kind: u64) -> Message {
    Message::new().text(1, name).int(20, kind)
}

fn node(operator: &str, inputs: &[&str], output: &str) -> Message {
    inputs
        .iter()
        .fold(Message::new(), |node, input| node.text(1, input))
        .text(2, output)
        .text(3, operator)
        .text(4, operator)
}

/// One number, which goes with every row.
fn constant(name: &str, value: f64) -> Result<Message> {
    let narrow = value as f32;
    if !narrow.is_finite() {
        return Err(Error::invalid(
            format!("calibration.{name}"),
            format!("is {value}, not a finite number"),
        ));
    }
    Ok(Message::new()
        .ints(1, &[1])
        .int(2, FLOAT)
        .floats(4, &[narrow])
        .text(8, name))
}

/// A `float` input or output of any number of rows.
fn tensor(name: &str, columns: usize) -> Message {
    let shape = Message::new()
        .message(1, &Message::new().text(2, "N"))
        .message(1, &Message::new().int(1, columns as u64));
    let tensor = Message::new().int(1, FLOAT).message(2, &shape);
    Message::new()
        .text(1, name)
        .message(2, &Message::new().message(1, &tensor))
}

fn opset(domain: &str, version: u64) -> Message {
    Message::new().text(1, domain).int(2, version)
}
