//! Quantiles by linear interpolation.

/// The `q`-quantile (`q` in 0..=1) of the values that are not NaN, interpolated linearly between
/// the two order statistics around position `q * (n - 1)`: definition 7 of R. J. Hyndman and
/// Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), the
/// default of NumPy. `None` without such values or with `q` outside 0..=1.
///
/// ```
/// assert_eq!(leadrank_stats::quantile::linear(&[4.0, 1.0, f64::NAN, 2.0], 0.25), Some(1.5));
/// ```
pub fn linear(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| !value.is_nan())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    linear_sorted(&sorted, q)
}

/// As [`linear`], for values that are already ascending and free of NaN: take it where several
/// quantiles of one column are needed.
pub fn linear_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    if sorted.is_empty() || !(0.0..=1.0).contains(&q) {
        return None;
    }
    let position = q * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    Some(between(
        sorted[below],
        sorted[above],
        position - below as f64,
    ))
}

/// The point at share `t` of the way from `low` to `high`; computed from the nearer end, so that
/// it is monotone in `t` and exact at both ends.
fn between(low: f64, high: f64, t: f64) -> f64 {
    if low == high || t == 0.0 {
        return low;
    }
    if low.is_infinite() || high.is_infinite() {
        return if low.is_infinite() { low } else { high };
    }
    let step = high - low;
    if t >= 0.5 {
        high - step * (1.0 - t)
    } else {
        low + step * t
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_interpolate() {
        assert_eq!(linear(&[], 0.5), None);
        assert_eq!(linear(&[f64::NAN], 0.5), None);
        assert_eq!(linear(&[1.0], 1.1), None);
        assert_eq!(linear(&[1.0], f64::NAN), None);
        assert_eq!(linear(&[7.0], 0.3), Some(7.0));
    }

    #[test]
    fn infinite_values_do_not_become_nan() {
        let values = [f64::NEG_INFINITY, 0.0, f64::INFINITY];
        assert_eq!(linear(&values, 0.25), Some(f64::NEG_INFINITY));
        assert_eq!(linear(&values, 0.5), Some(0.0));
        assert_eq!(linear(&values, 0.75), Some(f64::INFINITY));
    }
}
