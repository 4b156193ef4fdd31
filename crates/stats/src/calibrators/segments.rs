//! A curve for each segment, drawn towards that of all rows.

use serde::{Deserialize, Serialize};

use super::{Curve, Method, logistic};
use crate::error::{Error, Result, same_length};
use crate::platt::Platt;

/// How curves of segments are fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentOptions {
    /// How each curve is fitted.
    pub method: Method,
    /// Positives at which a segment's own curve counts half.
    pub prior_positives: f64,
    /// Fewest positives for an isotonic curve; with fewer it is Platt's.
    pub isotonic_from: u64,
    /// Fewest positives, and negatives, for a curve of one's own.
    pub minimum_of_class: u64,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self {
            method: Method::Platt,
            prior_positives: 100.0,
            isotonic_from: 200,
            minimum_of_class: 10,
        }
    }
}

impl SegmentOptions {
    fn method_for(&self, positives: u64) -> Method {
        match self.method {
            Method::Isotonic if positives < self.isotonic_from => Method::Platt,
            method => method,
        }
    }
}

/// The curve of one segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SegmentCurve {
    /// Its name.
    pub name: String,
    /// Rows it was fitted on.
    pub n: u64,
    /// Positive ones.
    pub positives: u64,
    /// How much its own curve counts beside that of all rows, 0 to 1.
    pub weight: f64,
    /// Its own curve; none where it has too few rows of a class.
    pub curve: Option<Curve>,
    /// Why it has none, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Curves by segment. On the log-odds a row's probability is `weight` of its segment's own curve
/// and the rest of that of all rows, with `weight = positives / (positives + prior_positives)`:
/// few positives tell little, and what they tell is drawn towards what all rows tell (shrinkage
/// as in B. Efron and C. Morris, "Stein's Paradox in Statistics", Scientific American 1977). Both
/// curves rise, so their mixture does: ranks never change within a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Segmented {
    /// The curve of all rows.
    pub pooled: Curve,
    /// Rows it was fitted on.
    pub n: u64,
    /// Positive ones.
    pub positives: u64,
    /// Curves of the segments, in their order; empty where all rows are alike.
    pub segments: Vec<SegmentCurve>,
}

/// What may stand in a file: all of it, one curve, or, in older ones, slope and intercept of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Whole {
        pooled: Curve,
        n: u64,
        positives: u64,
        segments: Vec<SegmentCurve>,
    },
    Curve(Curve),
    Platt(Platt),
}

impl From<Stored> for Segmented {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Whole {
                pooled,
                n,
                positives,
                segments,
            } => Segmented {
                pooled,
                n,
                positives,
                segments,
            },
            Stored::Curve(curve) => Segmented::pooled(curve, 0, 0),
            Stored::Platt(platt) => Segmented::pooled(Curve::Platt(platt), 0, 0),
        }
    }
}

impl Segmented {
    /// One curve for all rows.
    pub fn pooled(curve: Curve, n: u64, positives: u64) -> Self {
        Self {
            pooled: curve,
            n,
            positives,
            segments: Vec::new(),
        }
    }

    /// Fits the curve of all rows and one for each of `names`; `segments` has the segment of each
    /// row. Without names all rows are alike.
    ///
    /// # Errors
    /// As [`Curve::fit`] for all rows together, and for a segment that has no name. A segment
    /// that can't carry a curve has none.
    pub fn fit(
        margins: &[f64],
        labels: &[bool],
        segments: &[usize],
        names: &[String],
        options: &SegmentOptions,
    ) -> Result<Segmented> {
        same_length("segments", labels.len(), segments.len())?;
        let positives = labels.iter().filter(|&&label| label).count() as u64;
        let pooled = Curve::fit(options.method_for(positives), margins, labels)?;
        let mut fitted = Segmented::pooled(pooled, labels.len() as u64, positives);
        if names.is_empty() {
            return Ok(fitted);
        }
        if let Some(row) = segments.iter().position(|&segment| segment >= names.len()) {
            return Err(Error::Value {
                name: "segments",
                row,
                value: segments[row] as f64,
                expected: "each segment needs a name",
            });
        }
        for (segment, name) in names.iter().enumerate() {
            let rows = (0..labels.len()).filter(|&row| segments[row] == segment);
            let (own, outcomes): (Vec<f64>, Vec<bool>) =
                rows.map(|row| (margins[row], labels[row])).unzip();
            fitted.segments.push(options.of(name, &own, &outcomes));
        }
        Ok(fitted)
    }

    /// The probability at a margin of a row of this segment; of one that has no curve, or of no
    /// segment, by the curve of all rows.
    pub fn probability(&self, segment: Option<usize>, margin: f64) -> f64 {
        match self.own(segment) {
            Some((weight, curve)) => logistic(
                weight * curve.log_odds(margin) + (1.0 - weight) * self.pooled.log_odds(margin),
            ),
            None => self.pooled.probability(margin),
        }
    }

    /// Slope and intercept of a segment's log-odds, where they are a straight line of the margin.
    pub fn as_logistic(&self, segment: Option<usize>) -> Option<(f64, f64)> {
        let (slope, intercept) = self.pooled.as_logistic()?;
        let Some((weight, curve)) = self.own(segment) else {
            return Some((slope, intercept));
        };
        let (own_slope, own_intercept) = curve.as_logistic()?;
        Some((
            weight * own_slope + (1.0 - weight) * slope,
            weight * own_intercept + (1.0 - weight) * intercept,
        ))
    }

    /// Whether only the level was fitted on all rows, since higher margins were not more often
    /// positive.
    pub fn is_level_only(&self) -> bool {
        matches!(self.pooled, Curve::Level { .. })
    }

    fn own(&self, segment: Option<usize>) -> Option<(f64, &Curve)> {
        let segment = self.segments.get(segment?)?;
        let curve = segment.curve.as_ref()?;
        (segment.weight > 0.0).then_some((segment.weight, curve))
    }
}

impl SegmentOptions {
    fn of(&self, name: &str, margins: &[f64], labels: &[bool]) -> SegmentCurve {
        let n = labels.len() as u64;
        let positives = labels.iter().filter(|&&label| label).count() as u64;
        let negatives = n - positives;
        let fitted = if positives.min(negatives) < self.minimum_of_class {
            Err(format!(
                "{positives} positives and {negatives} negatives, and {} of each are needed",
                self.minimum_of_class
            ))
        } else {
            Curve::fit(self.method_for(positives), margins, labels)
                .map_err(|error| error.to_string())
        };
        let (weight, curve, reason) = match fitted {
            Ok(curve) => {
                let weight = positives as f64 / (positives as f64 + self.prior_positives);
                (weight, Some(curve), None)
            }
            Err(reason) => (0.0, None, Some(reason)),
        };
        SegmentCurve {
            name: name.to_owned(),
            n,
            positives,
            weight,
            curve,
            reason,
        }
    }
}
