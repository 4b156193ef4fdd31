//! Golden rows: about a hundred rows of features with the margin, the probability and the
//! strongest contributions that the model gave them when it was trained. Scoring them again
//! shows that a bundle, on another machine or read by a later version, still gives the same.
//!
//! They hold features only: no lead, no adviser, no date, no outcome.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use leadrank_learn::Matrix;
use leadrank_trees::Model;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Name of the file in a bundle.
pub const FILE: &str = "golden.json";

/// Rows kept, at most.
const ROWS: usize = 100;
/// Of them one for each number of missing values, from the largest number down, at most.
const MISSING: usize = 20;
/// Of them the nearest to each of this many margins, evenly spread from lowest to highest.
const MARGINS: usize = 40;
/// Contributions kept of a row.
const STRONGEST: usize = 5;
/// How far a probability or a contribution may be off. They are sums in `f64`, whose last
/// digits may differ between processors; margins are sums in `f32` in a fixed order.
const TOLERANCE: f64 = 1e-12;

/// `golden.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Golden {
    /// The rows, by rising margin.
    pub rows: Vec<GoldenRow>,
}

/// One row with what the model gave it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GoldenRow {
    /// Values in the order of the model's columns; NaN is missing.
    #[serde(with = "exact_row")]
    pub values: Vec<f32>,
    /// The margin, in log-odds.
    #[serde(with = "exact")]
    pub margin: f32,
    /// The calibrated probability.
    pub probability: f64,
    /// The value that decides the segment of the calibration; none where it is not known, or
    /// all leads have one curve.
    #[serde(default)]
    pub segment_value: Option<f64>,
    /// The strongest contributions to the margin, strongest first.
    pub strongest: Vec<Contribution>,
}

/// What one column gave to a margin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The column.
    pub feature: String,
    /// Its SHAP value, in log-odds.
    pub shap: f64,
}

/// Picks golden rows out of `rows` of the matrix whose columns are the model's: spread over
/// the margins, with rows that lack many values among them, and none twice. `probability`
/// is the calibration of a row with its margin, `segment_value` what decides a row's segment.
/// The choice depends on nothing but the arguments.
pub fn pick(
    model: &Model,
    probability: impl Fn(usize, f64) -> f64,
    segment_value: impl Fn(usize) -> Option<f64>,
    matrix: &Matrix,
    rows: &[usize],
) -> Golden {
    let margins = model.margins(&matrix.gather(rows));
    let row = |place: usize| matrix.row(rows[place]);
    let chosen = choose(&margins, row);
    let rows = chosen.into_iter().map(|place| GoldenRow {
        values: row(place).to_vec(),
        margin: margins[place],
        probability: probability(rows[place], f64::from(margins[place])),
        segment_value: segment_value(rows[place]),
        strongest: strongest(model, matrix.names(), row(place)),
    });
    Golden {
        rows: rows.collect(),
    }
}

/// Places of the chosen rows, by rising margin.
fn choose<'a>(margins: &[f32], row: impl Fn(usize) -> &'a [f32]) -> Vec<usize> {
    let bits = |place: usize| row(place).iter().map(|value| value.to_bits());
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|&a, &b| {
        let by_margin = margins[a].total_cmp(&margins[b]);
        by_margin.then_with(|| bits(a).cmp(bits(b))).then(a.cmp(&b))
    });
    // Leads without vendor data are all alike: one of them is enough.
    order.dedup_by(|a, b| bits(*a).eq(bits(*b)));
    if order.len() <= ROWS {
        return order;
    }
    let mut chosen: BTreeSet<usize> = BTreeSet::new();

    // Places are those in `order` from here on.
    let missing = |place: usize| {
        row(order[place])
            .iter()
            .filter(|value| value.is_nan())
            .count()
    };
    let mut by_missing: Vec<(Reverse<usize>, usize)> = (0..order.len())
        .map(|place| (Reverse(missing(place)), place))
        .collect();
    by_missing.sort_unstable();
    by_missing.dedup_by_key(|(missing, _)| *missing);
    chosen.extend(by_missing.iter().take(MISSING).map(|&(_, place)| place));

    let at = |place: usize| f64::from(margins[order[place]]);
    let (lowest, highest) = (at(0), at(order.len() - 1));
    for step in 0..MARGINS {
        let wanted = lowest + (highest - lowest) * step as f64 / (MARGINS - 1) as f64;
        let above = order.partition_point(|&place| f64::from(margins[place]) < wanted);
        let above = above.min(order.len() - 1);
        let below = above.saturating_sub(1);
        let nearer = if wanted - at(below) < at(above) - wanted {
            below
        } else {
            above
        };
        chosen.insert(nearer);
    }

    let rest: Vec<usize> = (0..order.len())
        .filter(|place| !chosen.contains(place))
        .collect();
    let wanted = ROWS - chosen.len();
    for step in 0..wanted {
        chosen.insert(rest[step * (rest.len() - 1) / (wanted - 1).max(1)]);
    }
    chosen.into_iter().map(|place| order[place]).collect()
}

/// The strongest contributions of a row, equal ones in the order of the columns.
pub(crate) fn strongest(model: &Model, names: &[String], row: &[f32]) -> Vec<Contribution> {
    let mut shap = Vec::new();
    model.shap(row, &mut shap);
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| shap[b].abs().total_cmp(&shap[a].abs()).then(a.cmp(&b)));
    let contributions = order
        .into_iter()
        .take(STRONGEST)
        .map(|column| Contribution {
            feature: names[column].clone(),
            shap: shap[column],
        });
    contributions.collect()
}

impl Golden {
    /// Scores the rows again and says of each difference what it is: margins must be equal
    /// to the bit, probabilities and contributions within 1e-12. `probability` is the
    /// calibration of a margin beside the value that decides the segment.
    pub fn differences(
        &self,
        model: &Model,
        names: &[String],
        probability: impl Fn(Option<f64>, f64) -> f64,
    ) -> Vec<String> {
        let mut found = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            if let Some(difference) = row.difference(model, names, &probability) {
                found.push(format!("row {}: {difference}", place + 1));
            }
        }
        found
    }
}

impl GoldenRow {
    /// The first thing in which the model gives another value by now.
    fn difference(
        &self,
        model: &Model,
        names: &[String],
        probability: &impl Fn(Option<f64>, f64) -> f64,
    ) -> Option<String> {
        if self.values.len() != names.len() {
            let (has, wanted) = (self.values.len(), names.len());
            return Some(format!("has {has} values for {wanted} features"));
        }
        let margin = model.margin(&self.values);
        if margin.to_bits() != self.margin.to_bits() {
            return Some(format!("margin {margin} instead of {}", self.margin));
        }
        let now = probability(self.segment_value, f64::from(margin));
        if is_off(now, self.probability) {
            return Some(format!("probability {now} instead of {}", self.probability));
        }
        let mut shap = Vec::new();
        model.shap(&self.values, &mut shap);
        for kept in &self.strongest {
            let column = names.iter().position(|name| *name == kept.feature);
            let Some(now) = column.map(|column| shap[column]) else {
                return Some(format!("`{}` is no feature of the model", kept.feature));
            };
            if is_off(now, kept.shap) {
                let name = &kept.feature;
                return Some(format!(
                    "contribution of `{name}` {now} instead of {}",
                    kept.shap
                ));
            }
        }
        None
    }
}

fn is_off(now: f64, then: f64) -> bool {
    let difference = (now - then).abs();
    difference.is_nan() || difference > TOLERANCE * then.abs().max(1.0)
}

/// Checks the rows' width, so that they can be scored by another model's columns.
///
/// # Errors
/// When a row has not one value for each of `width` features.
pub(crate) fn check_width(golden: &Golden, id: &str, width: usize) -> Result<()> {
    if golden.rows.iter().all(|row| row.values.len() == width) {
        return Ok(());
    }
    Err(Error::Bundle {
        id: id.to_owned(),
        problem: format!(
            "a row of {FILE} has not {width} values; train again or restore the folder"
        ),
    })
}

/// An `f32` as the shortest decimal that reads back as the very same bits: JSON parsers
/// go through `f64` and may round twice.
mod exact {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &f32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        text.parse()
            .map_err(|_| D::Error::custom(format!("`{text}` is no number")))
    }
}

/// The values of a row, each as in [`exact`], parted by spaces; `-` is missing. A text is a
/// line to the eye where an array would be a page.
mod exact_row {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    const MISSING: &str = "-";

    pub(super) fn serialize<S: Serializer>(row: &[f32], to: S) -> Result<S::Ok, S::Error> {
        let word = |value: &f32| match value.is_nan() {
            true => MISSING.to_owned(),
            false => value.to_string(),
        };
        to.serialize_str(&row.iter().map(word).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f32>, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        let value = |word: &str| match word {
            MISSING => Ok(f32::NAN),
            _ => word
                .parse()
                .map_err(|_| D::Error::custom(format!("`{word}` is no number"))),
        };
        text.split_whitespace().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::samples;

    fn matrix(rows: usize) -> Matrix {
        let mut data = Vec::new();
        for row in 0..rows {
            let years = if row % 7 == 0 {
                f32::NAN
            } else {
                row as f32 / 30.0
            };
            data.extend([years, (row % 2) as f32]);
        }
        Matrix::new(samples::names(), data).unwrap()
    }

    fn picked(rows: usize) -> Golden {
        let all: Vec<usize> = (0..rows).collect();
        let probability = |_, margin| samples::probability(None, margin);
        pick(
            &samples::model(),
            probability,
            |_| None,
            &matrix(rows),
            &all,
        )
    }

    #[test]
    fn rows_are_spread_over_margins_and_missing_values() {
        let golden = picked(1_000);
        assert_eq!(golden.rows.len(), ROWS);
        let margins: Vec<f32> = golden.rows.iter().map(|row| row.margin).collect();
        assert!(margins.is_sorted(), "{margins:?}");
        let all = samples::model().margins(matrix(1_000).data());
        let bounds = |values: &[f32]| {
            let low = values.iter().copied().fold(f32::INFINITY, f32::min);
            (
                low,
                values.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            )
        };
        assert_eq!(bounds(&margins), bounds(&all));
        let lacking = |row: &GoldenRow| row.values.iter().any(|value| value.is_nan());
        assert!(golden.rows.iter().any(lacking));
        let text = |golden: &Golden| serde_json::to_string(golden).unwrap();
        assert_eq!(text(&golden), text(&picked(1_000)));
        // Few rows are all taken, and rows that are alike once.
        let few = picked(60);
        assert!(
            few.rows.len() < 60 && few.rows.len() > 50,
            "{}",
            few.rows.len()
        );
        assert!(picked(0).rows.is_empty());
    }

    #[test]
    fn what_is_written_reads_back_to_the_bit() {
        let mut golden = picked(300);
        golden.rows[0].values = vec![f32::MIN_POSITIVE, -0.0];
        golden.rows[1].values = vec![16_777_217.0, 1.0e38];
        golden.rows[2].margin = f32::from_bits(0x3f80_0001);
        let text = serde_json::to_string(&golden).unwrap();
        let read: Golden = serde_json::from_str(&text).unwrap();
        let bits = |golden: &Golden| -> Vec<u32> {
            let rows = golden.rows.iter();
            rows.flat_map(|row| row.values.iter().chain([&row.margin]))
                .map(|value| value.to_bits())
                .collect()
        };
        assert_eq!(bits(&read), bits(&golden));
        let wrong = text.replacen("0.000000000000000000000000000000000000011754944", "x", 1);
        let error = serde_json::from_str::<Golden>(&wrong).unwrap_err();
        assert!(error.to_string().contains("`x` is no number"), "{error}");
    }

    #[test]
    fn every_difference_is_told() {
        let (model, names) = (samples::model(), samples::names());
        let golden = picked(300);
        let differences =
            |golden: &Golden| golden.differences(&model, &names, samples::probability);
        assert!(differences(&golden).is_empty());
        let changed = |change: &dyn Fn(&mut GoldenRow)| {
            let mut golden = golden.clone();
            change(&mut golden.rows[4]);
            let found = differences(&golden);
            assert_eq!(found.len(), 1, "{found:?}");
            found[0].clone()
        };
        let next = |value: f32| f32::from_bits(value.to_bits() ^ 1);
        assert!(changed(&|row| row.margin = next(row.margin)).contains("row 5: margin"));
        assert!(changed(&|row| row.probability += 1e-11).contains("probability"));
        assert!(changed(&|row| row.strongest[0].shap += 1e-11).contains("contribution of"));
        assert!(changed(&|row| row.strongest[0].feature = "x".into()).contains("`x`"));
        assert!(changed(&|row| row.values.truncate(1)).contains("1 values for 2"));
    }
}
