//! Segments by a number.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Borders of segments. Below the first, between them, above the last, and not known: what is
/// missing, or not above 0. Two borders make the middle segment closed at both ends (domain.md,
/// "Calibration"); of more, an inner border belongs to the segment above it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Cuts {
    bounds: Vec<f64>,
}

impl Cuts {
    /// Takes borders that rise.
    ///
    /// # Errors
    /// Without a border, or where they are not finite, not above 0 or do not rise.
    pub fn new(bounds: Vec<f64>) -> Result<Cuts> {
        let rising = bounds.windows(2).all(|pair| pair[0] < pair[1]);
        let wrong = |value| Error::Option {
            name: "a border of the segments",
            value,
            expected: "borders must be finite, above 0 and rising",
        };
        if bounds.is_empty() || !rising {
            return Err(wrong(bounds.first().copied().unwrap_or(f64::NAN)));
        }
        match bounds
            .iter()
            .find(|bound| !(bound.is_finite() && **bound > 0.0))
        {
            Some(&bound) => Err(wrong(bound)),
            None => Ok(Cuts { bounds }),
        }
    }

    /// The segment of a value, counted from 0.
    ///
    /// ```
    /// use leadrank_stats::calibrators::Cuts;
    ///
    /// let cuts = Cuts::new(vec![100.0, 500.0])?;
    /// let of = [99.9, 100.0, 500.0, 500.1, 0.0, f64::NAN].map(|value| cuts.segment(value));
    /// assert_eq!(of, [0, 1, 1, 2, 3, 3]);
    /// assert_eq!(cuts.names(), ["below 100", "100 to 500", "above 500", "not known"]);
    /// # Ok::<(), leadrank_stats::Error>(())
    /// ```
    pub fn segment(&self, value: f64) -> usize {
        let last = self.bounds.len() - 1;
        if value.is_nan() || value <= 0.0 {
            return last + 2;
        }
        if last > 0 && value == self.bounds[last] {
            return last;
        }
        self.bounds.partition_point(|&bound| bound <= value)
    }

    /// Names of the segments.
    pub fn names(&self) -> Vec<String> {
        let first = format!("below {}", self.bounds[0]);
        let between = self.bounds.windows(2);
        let between = between.map(|pair| format!("{} to {}", pair[0], pair[1]));
        let word = if self.bounds.len() == 1 {
            "from"
        } else {
            "above"
        };
        let above = format!("{word} {}", self.bounds[self.bounds.len() - 1]);
        std::iter::once(first)
            .chain(between)
            .chain([above, "not known".into()])
            .collect()
    }

    /// The borders.
    pub fn bounds(&self) -> &[f64] {
        &self.bounds
    }
}

impl TryFrom<Vec<f64>> for Cuts {
    type Error = Error;

    fn try_from(bounds: Vec<f64>) -> Result<Cuts> {
        Cuts::new(bounds)
    }
}

impl From<Cuts> for Vec<f64> {
    fn from(cuts: Cuts) -> Vec<f64> {
        cuts.bounds
    }
}
