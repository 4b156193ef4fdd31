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
    /// The same, with a mark on cells whose size reaches these ascending limits: 1 for the
    /// first, 2 for the second, and so on.
    Marked(Vec<f64>),
    /// In steps at these ascending limits, calm to alarming, as stability indices.
    Steps(Vec<f64>),
}

/// What the length of level bars means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarScale {
    /// The value at which bars begin.
    pub from: f64,
    /// The value that fills the picture.
    pub to: f64,
    /// Values that are named, each with a line through all bars.
    pub marks: Vec<Mark>,
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

/// One row of data in a picture of many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Dot {
    /// Its place from left to right.
    pub x: f64,
    /// Its place upwards; a swarm finds its own.
    pub y: f64,
    /// Where its value lies among all, from 0 for the lowest to 1; none where it is not known.
    pub shade: Option<f64>,
}

/// The dots of one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SwarmRow {
    /// Its name.
    pub label: String,
    /// A dot for each row of data.
    pub dots: Vec<Dot>,
}

/// Rows of like probability, and what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Their mean probability.
    pub predicted: f64,
    /// The share that was positive.
    pub observed: Estimate,
}

/// The bins of one group of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityLine {
    /// Its name.
    pub name: String,
    /// Its bins, by rising probability.
    pub bins: Vec<ReliabilityBin>,
}

/// A place of a line with an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BandPoint {
    /// Where it is.
    pub at: f64,
    /// The value with its interval.
    pub value: Measured,
}

/// A line with intervals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BandLine {
    /// Its name.
    pub name: String,
    /// Its points, places rising.
    pub points: Vec<BandPoint>,
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
        /// Name, value and the number as text.
        bars: Vec<(String, f64, String)>,
        /// Where bars begin and end; none: at zero, the longest as wide as the picture.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scale: Option<BarScale>,
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
    /// For each feature a row of dots, one for each row of data, shaded by the feature's value.
    Swarm {
        /// What it shows.
        title: String,
        /// What the dots' places are: `the score, in log-odds`.
        of: String,
        /// The features, top to bottom.
        rows: Vec<SwarmRow>,
    },
    /// Dots over two numbers, with means.
    Scatter {
        /// What it shows.
        title: String,
        /// What the places from left to right are.
        across: String,
        /// What the places upwards are.
        of: String,
        /// What the shade is; none where dots have no shade.
        shade_of: Option<String>,
        /// The dots.
        dots: Vec<Dot>,
        /// Means of neighbouring dots with their intervals, places rising.
        means: Vec<BandPoint>,
        /// The mean of the rows whose place is not known.
        unknown: Option<Measured>,
    },
    /// What was predicted against what came, a small plot for each group.
    Reliability {
        /// What it shows.
        title: String,
        /// The groups, in reading order.
        lines: Vec<ReliabilityLine>,
    },
    /// Lines with intervals over numbers.
    Band {
        /// What it shows.
        title: String,
        /// What the places are.
        across: String,
        /// What the values are.
        of: String,
        /// The lines.
        lines: Vec<BandLine>,
        /// What chance gives: place and value, places rising.
        base: Vec<(f64, f64)>,
        /// Places that are named.
        marks: Vec<Mark>,
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
            | Picture::Swarm { title, .. }
            | Picture::Scatter { title, .. }
            | Picture::Reliability { title, .. }
            | Picture::Band { title, .. }
            | Picture::Calendar { title, .. } => title,
        }
    }
}
