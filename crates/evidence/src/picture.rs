//! Pictures as data: what to draw, not how.

use leadrank_stats::Estimate;
use serde::{Deserialize, Serialize};

use crate::gate::Measured;

/// One row of a picture of rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RateRow {
    /// The group.
    pub label: String,
    /// Its rate with interval and n; none where it has no rows.
    pub rate: Option<Estimate>,
}

/// A line over the same places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// A value with interval for each place; none where there is nothing.
    pub values: Vec<Option<Estimate>>,
}

/// How a heat map's values become colours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shading {
    /// From -1 over 0 to 1, as correlations.
    Signed,
    /// In steps at these ascending limits, calm to alarming, as stability indices.
    Steps(Vec<f64>),
}

/// A stretch of days on a lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First day, `YYYY-MM-DD`; or a whole number where rows have an order and no dates.
    pub from: String,
    /// Last day or number, included.
    pub to: String,
    /// What it is: `train`, `stop`, `calibration`, `judged`, `test`, `purged`, `window`,
    /// `vintage`.
    pub kind: String,
    /// What is written on it.
    pub text: String,
}

/// One lane of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Its name.
    pub label: String,
    /// What lies on it, in any order.
    pub spans: Vec<Span>,
}

/// How far something is from what it is held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DifferenceRow {
    /// Its name.
    pub label: String,
    /// The difference with its interval; none where there is nothing to compare.
    pub difference: Option<Measured>,
}

/// What came of one value of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The parameter's value.
    pub value: f64,
    /// The mean of what came of it.
    pub mean: f64,
    /// The best of what came of it.
    pub best: f64,
    /// How many times it was tried.
    pub n: u64,
}

/// One parameter of a picture of settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its values, rising.
    pub settings: Vec<Setting>,
    /// The value that was chosen.
    pub chosen: f64,
}

/// A place of a curve that is named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Where it is.
    pub at: f64,
    /// What is there.
    pub text: String,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Picture {
    /// A dot and whisker for each group, and the overall rate as a line.
    Rates {
        /// What it shows.
        title: String,
        /// What the rate is a rate of: `scheduled calls`.
        of: String,
        /// The overall rate.
        base: Option<f64>,
        /// The groups, top to bottom.
        rows: Vec<RateRow>,
    },
    /// Lines over time with intervals.
    Trend {
        /// What it shows.
        title: String,
        /// What the values are: `scheduled calls per lead`.
        of: String,
        /// The places, left to right.
        places: Vec<String>,
        /// The lines.
        series: Vec<Series>,
        /// The level that chance or the whole would give.
        base: Option<f64>,
    },
    /// Upright bars of counts.
    Columns {
        /// What it shows.
        title: String,
        /// What the places are.
        across: String,
        /// What is counted.
        of: String,
        /// Place and count, left to right.
        bars: Vec<(String, u64)>,
    },
    /// Level bars, each with its number.
    Bars {
        /// What it shows.
        title: String,
        /// Name, length and the number as text.
        bars: Vec<(String, f64, String)>,
    },
    /// Coloured cells.
    Heat {
        /// What it shows.
        title: String,
        /// Names of rows, top to bottom.
        rows: Vec<String>,
        /// Names of columns, left to right.
        columns: Vec<String>,
        /// A list of values for each row; none stays blank.
        values: Vec<Vec<Option<f64>>>,
        /// How values become colours.
        shading: Shading,
    },
    /// A dot and whisker for each difference, beside the line of no difference.
    Differences {
        /// What it shows.
        title: String,
        /// What the difference is in: `AUC-PR, less the model's`.
        of: String,
        /// Top to bottom.
        rows: Vec<DifferenceRow>,
    },
    /// A small plot for each parameter, all on one upright scale.
    Settings {
        /// What it shows.
        title: String,
        /// What the values are: `AUC-PR, less the mean of its round`.
        of: String,
        /// The parameters, in reading order.
        parameters: Vec<Parameter>,
    },
    /// One line over numbers.
    Curve {
        /// What it shows.
        title: String,
        /// What the places are.
        across: String,
        /// What the values are.
        of: String,
        /// Place and value, places rising.
        points: Vec<(f64, f64)>,
        /// A place that is named.
        mark: Option<Mark>,
    },
    /// Stretches of days, or of rows in their order, under each other.
    Calendar {
        /// What it shows.
        title: String,
        /// The lanes, top to bottom.
        lanes: Vec<Lane>,
    },
}

impl Picture {
    /// What it shows.
    pub fn title(&self) -> &str {
        match self {
            Picture::Rates { title, .. }
            | Picture::Trend { title, .. }
            | Picture::Columns { title, .. }
            | Picture::Bars { title, .. }
            | Picture::Heat { title, .. }
            | Picture::Differences { title, .. }
            | Picture::Settings { title, .. }
            | Picture::Curve { title, .. }
            | Picture::Calendar { title, .. } => title,
        }
    }
}
