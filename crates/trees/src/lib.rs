//! The XGBoost model format and what a served model needs of it.
//!
//! A [`Model`] is read from the JSON or UBJ bytes that XGBoost 1.7 to 3.x saves,
//! gives margins equal to the library's own, explains them by exact
//! path-dependent TreeSHAP (Lundberg et al. 2018, "Consistent Individualized
//! Feature Attribution for Tree Ensembles", Algorithm 2), and is written back in
//! the form of XGBoost 3.0, which all of these versions load; [`to_onnx`] writes it
//! for other systems. There is no training here and no I/O beyond bytes.
//!
//! Rows are `f32`, in the order of the model's features; NaN means missing.
//! Margins and contributions are in the unit of the trees: log-odds for
//! `binary:logistic`, the target's own unit for `reg:squarederror`.

mod error;
mod explain;
mod file;
mod forest;
mod json;
mod model;
mod onnx;
#[cfg(test)]
mod samples;
mod tree;
mod ubj;
mod value;

pub use error::{Error, Result};
pub use file::Objective;
pub use model::Model;
pub use onnx::to_onnx;
pub use tree::Tree;
