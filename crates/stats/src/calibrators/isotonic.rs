//! The rising curve that fits best in squares: isotonic regression.

use serde::{Deserialize, Serialize};

/// Knots of a rising curve, straight between them and level outside.
///
/// Fitted by pooling adjacent violators (R. E. Barlow et al., "Statistical Inference under Order
/// Restrictions" (1972)), rows with the same margin being averaged first, and read as
/// scikit-learn's `IsotonicRegression(out_of_bounds="clip")` reads it. A block of rows without a
/// positive would say that the impossible has been found; no probability is therefore nearer to 0
/// or 1 than half a row of all that were seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Margins, rising.
    margins: Vec<f64>,
    /// Probabilities at them, rising or level.
    probabilities: Vec<f64>,
}

/// Rows pooled to one value.
struct Block {
    rows: f64,
    positives: f64,
    first: f64,
    last: f64,
}

impl Block {
    fn mean(&self) -> f64 {
        self.positives / self.rows
    }
}

impl Isotonic {
    /// Fits the curve; the caller has seen to finite margins and both classes.
    pub(super) fn fit(margins: &[f64], labels: &[bool]) -> Isotonic {
        let mut order: Vec<usize> = (0..margins.len()).collect();
        order.sort_by(|&a, &b| margins[a].total_cmp(&margins[b]));
        let mut blocks: Vec<Block> = Vec::new();
        for row in order {
            let (margin, positive) = (margins[row], f64::from(u8::from(labels[row])));
            match blocks.last_mut() {
                Some(last) if last.last == margin && last.first == margin => {
                    last.rows += 1.0;
                    last.positives += positive;
                }
                _ => blocks.push(Block {
                    rows: 1.0,
                    positives: positive,
                    first: margin,
                    last: margin,
                }),
            }
        }
        let mut pooled: Vec<Block> = Vec::new();
        for block in blocks {
            pooled.push(block);
            while let [.., below, above] = pooled.as_slice()
                && below.mean() >= above.mean()
            {
                let (last, positives, rows) = (above.last, above.positives, above.rows);
                pooled.pop();
                if let Some(below) = pooled.last_mut() {
                    below.rows += rows;
                    below.positives += positives;
                    below.last = last;
                }
            }
        }
        let least = 0.5 / (labels.len() as f64 + 1.0);
        let mut curve = Isotonic {
            margins: Vec::new(),
            probabilities: Vec::new(),
        };
        for block in &pooled {
            let probability = block.mean().clamp(least, 1.0 - least);
            curve.knot(block.first, probability);
            if block.last > block.first {
                curve.knot(block.last, probability);
            }
        }
        curve
    }

    fn knot(&mut self, margin: f64, probability: f64) {
        self.margins.push(margin);
        self.probabilities.push(probability);
    }

    /// The knots, margin and probability, rising.
    pub fn knots(&self) -> impl ExactSizeIterator<Item = (f64, f64)> + '_ {
        let knots = self.margins.iter().zip(&self.probabilities);
        knots.map(|(&margin, &probability)| (margin, probability))
    }

    /// The probability at a margin.
    pub fn probability(&self, margin: f64) -> f64 {
        let above = self.margins.partition_point(|&knot| knot < margin);
        let at = |place: usize| (self.margins[place], self.probabilities[place]);
        if above == 0 {
            return at(0).1;
        }
        if above == self.margins.len() {
            return at(above - 1).1;
        }
        let ((left, low), (right, high)) = (at(above - 1), at(above));
        let between = low + (high - low) * ((margin - left) / (right - left));
        // Rounding must not lift a place above the next knot.
        between.clamp(low, high)
    }
}
