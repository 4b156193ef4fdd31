//! A column in numbers: its location, spread and shape, and the values that lie far out.

use serde::{Deserialize, Serialize};

use crate::quantile::linear_sorted;

/// Multiples of the interquartile range beyond which a value is outside Tukey's outer fences.
const OUTER_FENCE: f64 = 3.0;

/// The robust z-score beyond which a value is far out.
const ROBUST_LIMIT: f64 = 3.5;

/// The third quartile of the standard normal distribution, rounded as in the source: the median
/// absolute deviation of normal values in standard deviations.
const NORMAL_MAD: f64 = 0.6745;

/// A summary of one column. Numbers on values are none where there are no finite ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Rows, nulls included.
    pub n: u64,
    /// Nulls (NaN).
    pub nulls: u64,
    /// Infinite values: they enter nothing but this count.
    pub infinite: u64,
    /// Distinct finite values, exactly.
    pub distinct: u64,
    /// Values that are 0.
    pub zeros: u64,
    /// Numbers that need values.
    pub values: Option<ValueSummary>,
}

/// What the finite values of a column look like. Quantiles are linear, see
/// [`quantile::linear`](crate::quantile::linear).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValueSummary {
    /// The least value.
    pub min: f64,
    /// 1 % quantile.
    pub p1: f64,
    /// 5 % quantile.
    pub p5: f64,
    /// Lower quartile.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// Upper quartile.
    pub p75: f64,
    /// 95 % quantile.
    pub p95: f64,
    /// 99 % quantile.
    pub p99: f64,
    /// The greatest value.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation with divisor `n - 1`; none with fewer than two values, or where squares
    /// overflow.
    pub standard_deviation: Option<f64>,
    /// Skewness, adjusted for sample size (the G1 of D. N. Joanes and C. A. Gill, "Comparing
    /// Measures of Sample Skewness and Kurtosis", The Statistician 47 (1998), as in pandas); none
    /// with fewer than three values or without spread.
    pub skewness: Option<f64>,
    /// Values outside the outer fences of J. W. Tukey, "Exploratory Data Analysis" (1977): more
    /// than 3 interquartile ranges beyond the quartiles. The spread is the interquartile range.
    pub tukey: OutlierRule,
    /// Values with a robust z-score `0.6745 (x - median) / MAD` beyond ±3.5 (B. Iglewicz and D. C.
    /// Hoaglin, "How to Detect and Handle Outliers" (1993)). The spread is the MAD, the median
    /// absolute deviation from the median.
    pub robust_z: OutlierRule,
}

/// What a rule for outliers has found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OutlierRule {
    /// The measure of spread from which the fences follow.
    pub spread: f64,
    /// The fences, and the values outside. None where the spread is 0: half of the values or more
    /// are then the same, and the rule would call every other value an outlier.
    pub fences: Option<Fences>,
}

/// Fences, and how many values lie outside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fences {
    /// Values below are outliers.
    pub lower: f64,
    /// Values above are outliers.
    pub upper: f64,
    /// Values below the lower fence.
    pub below: u64,
    /// Values above the upper fence.
    pub above: u64,
}

/// Describes a column; NaN is null.
///
/// ```
/// let found = leadrank_stats::describe::describe(&[1.0, 2.0, f64::NAN, 3.0, 4.0, 99.0]);
/// let values = found.values.unwrap();
/// assert_eq!((found.n, found.nulls, values.p50), (6, 1, 3.0));
/// assert_eq!(values.tukey.fences.unwrap().above, 1);
/// ```
pub fn describe(column: &[f64]) -> Description {
    let mut sorted: Vec<f64> = column
        .iter()
        .filter(|value| value.is_finite())
        // Zeroes of both signs are equal but not so ordered: adding zero makes them the same.
        .map(|value| value + 0.0)
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let nulls = column.iter().filter(|value| value.is_nan()).count();
    let steps = sorted.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let zeros = sorted.partition_point(|&value| value <= 0.0)
        - sorted.partition_point(|&value| value < 0.0);
    Description {
        n: column.len() as u64,
        nulls: nulls as u64,
        infinite: (column.len() - nulls - sorted.len()) as u64,
        distinct: (steps + usize::from(!sorted.is_empty())) as u64,
        zeros: zeros as u64,
        values: summarise(&sorted),
    }
}

/// The summary of ascending finite values.
fn summarise(sorted: &[f64]) -> Option<ValueSummary> {
    let (&min, &max) = (sorted.first()?, sorted.last()?);
    let quantile = |q: f64| linear_sorted(sorted, q);
    let (p25, p50, p75) = (quantile(0.25)?, quantile(0.5)?, quantile(0.75)?);
    let n = sorted.len() as f64;
    // Each value is divided before it is added: the mean of finite values is finite.
    let first_mean: f64 = sorted.iter().map(|value| value / n).sum();
    let mean = (first_mean
        + sorted
            .iter()
            .map(|value| (value - first_mean) / n)
            .sum::<f64>())
    .clamp(min, max);
    let power_sum = |power: i32| -> f64 {
        if min == max {
            return 0.0;
        }
        sorted.iter().map(|value| (value - mean).powi(power)).sum()
    };
    let squares = power_sum(2);
    let standard_deviation = (n > 1.0 && squares.is_finite()).then(|| (squares / (n - 1.0)).sqrt());
    let skewness = standard_deviation
        .filter(|&deviation| n > 2.0 && deviation > 0.0)
        .map(|deviation| n / ((n - 1.0) * (n - 2.0)) * power_sum(3) / deviation.powi(3))
        .filter(|skewness| skewness.is_finite());
    let mut deviations: Vec<f64> = sorted.iter().map(|value| (value - p50).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    let mad = linear_sorted(&deviations, 0.5)?;
    let range = p75 - p25;
    let robust = ROBUST_LIMIT / NORMAL_MAD * mad;
    Some(ValueSummary {
        min,
        p1: quantile(0.01)?,
        p5: quantile(0.05)?,
        p25,
        p50,
        p75,
        p95: quantile(0.95)?,
        p99: quantile(0.99)?,
        max,
        mean,
        standard_deviation,
        skewness,
        tukey: rule(
            sorted,
            range,
            p25 - OUTER_FENCE * range,
            p75 + OUTER_FENCE * range,
        ),
        robust_z: rule(sorted, mad, p50 - robust, p50 + robust),
    })
}

/// What lies outside these fences.
fn rule(sorted: &[f64], spread: f64, lower: f64, upper: f64) -> OutlierRule {
    // A fence beyond all numbers is put at the last of them: nothing is outside either.
    let (lower, upper) = (lower.max(f64::MIN), upper.min(f64::MAX));
    let fences = || Fences {
        lower,
        upper,
        below: sorted.partition_point(|&value| value < lower) as u64,
        above: (sorted.len() - sorted.partition_point(|&value| value <= upper)) as u64,
    };
    OutlierRule {
        spread: spread.min(f64::MAX),
        fences: (spread > 0.0).then(fences),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand() {
        let column = [0.0, -0.0, 2.0, f64::NAN, 2.0, f64::INFINITY, -1.0];
        let found = describe(&column);
        assert_eq!((found.n, found.nulls, found.infinite), (7, 1, 1));
        assert_eq!((found.distinct, found.zeros), (3, 2));
        let values = found.values.unwrap();
        assert_eq!((values.min, values.max, values.mean), (-1.0, 2.0, 0.6));
    }

    #[test]
    fn few_values_leave_gaps() {
        assert_eq!(describe(&[f64::NAN]).values, None);
        let one = describe(&[4.0]).values.unwrap();
        assert_eq!(
            (one.mean, one.standard_deviation, one.skewness),
            (4.0, None, None)
        );
        let two = describe(&[4.0, 6.0]).values.unwrap();
        assert_eq!(
            (two.standard_deviation, two.skewness),
            (Some(2_f64.sqrt()), None)
        );
        let constant = describe(&[0.1; 9]).values.unwrap();
        assert_eq!(
            (constant.standard_deviation, constant.skewness),
            (Some(0.0), None)
        );
        assert_eq!(constant.mean, 0.1);
    }

    #[test]
    fn no_spread_is_said() {
        let mut column = vec![5.0; 70];
        column.extend((0..30).map(f64::from));
        let values = describe(&column).values.unwrap();
        let silent = OutlierRule {
            spread: 0.0,
            fences: None,
        };
        assert_eq!(values.robust_z, silent);
        assert_eq!(values.tukey, silent);
    }

    #[test]
    fn fences_by_hand() {
        // Quartiles 2, 3 and 4; median deviation 1.
        let column = [1.0, 2.0, 3.0, 4.0, 5.0, 3.0, 2.0, 4.0, -50.0, 9.0, 3.0];
        let values = describe(&column).values.unwrap();
        let tukey = values.tukey.fences.unwrap();
        assert_eq!((tukey.lower, tukey.upper), (-4.0, 10.0));
        assert_eq!((tukey.below, tukey.above), (1, 0));
        let robust = values.robust_z.fences.unwrap();
        assert!((robust.upper - (3.0 + 3.5 / 0.6745)).abs() < 1e-14);
        assert_eq!((robust.below, robust.above), (1, 1));
    }

    #[test]
    fn huge_values_stay_finite() {
        let found = describe(&[f64::MAX, f64::MIN, f64::MAX, f64::MIN, 0.0]);
        let text = serde_json::to_string(&found).unwrap();
        assert_eq!(serde_json::from_str::<Description>(&text).unwrap(), found);
        assert_eq!(found.values.unwrap().standard_deviation, None);
    }
}
