//! `bundle.json`: what a bundle is made of.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_features::{FittedConstants, LabelAudit};
use leadrank_learn::recipe::Recipe;
use leadrank_learn::split::SplitAudit;
use leadrank_stats::calibrators::{Cuts, Segmented};
use serde::{Deserialize, Serialize};

/// How a lead's segment is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentRule {
    /// The feature whose value counts.
    pub feature: String,
    /// Its borders.
    pub cuts: Cuts,
}

/// `bundle.json`. A field that a later format added has a default, so that the bundles of
/// earlier formats stay readable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`super::FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// Version of leadrank that trained it.
    pub leadrank_version: String,
    /// The day up to which outcomes were known.
    pub as_of: NaiveDate,
    /// Seed of everything random.
    pub seed: u64,
    /// Days after contact that count as success.
    pub window_days: i64,
    /// Feature names in the order of the model's columns.
    pub features: Vec<String>,
    /// How calculable features were moved: `at_contact` or `as_delivered`.
    pub calculable: String,
    /// The four numbers fitted on training rows.
    pub constants: FittedConstants,
    /// Training parameters.
    pub recipe: Recipe,
    /// Rounds kept after early stopping.
    pub rounds: u32,
    /// Margin → probability, fitted on the calibration rows. Formats before 3 have one curve.
    pub calibration: Segmented,
    /// What the segments of the calibration are cut from; none where there is one for all.
    #[serde(default)]
    pub segments: Option<SegmentRule>,
    /// How the rows were divided.
    pub split: SplitAudit,
    /// What became of the labels.
    pub labels: LabelAudit,
    /// SHA-256 of the training matrix with its ids and labels.
    pub training_rows_sha256: String,
    /// SHA-256 of each raw file, by name.
    pub raw_files: BTreeMap<String, String>,
}
