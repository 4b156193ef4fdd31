//! `leadrank calibrate`: whether a model's probabilities come true.

use leadrank_engine::reports;

use crate::args::OfModel;
use crate::commands::of_model;
use crate::context::Context;

pub(crate) fn run(context: &Context, options: &OfModel) -> anyhow::Result<u8> {
    of_model::report(context, options, "calibration_report", |looked, words| {
        Ok(reports::calibration(&looked.bundle, &looked.rows, words)?)
    })
}
