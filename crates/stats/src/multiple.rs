//! P-values of several tests at once, raised so that luck in one of many is not taken for a find.

use crate::error::{Result, unit_range};

/// Adjusted p-values that hold the probability of any false alarm: a test whose value is at most
/// alpha may be called significant at alpha for the whole family, whatever ties the tests together
/// (S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
/// Statistics 6 (1979)).
///
/// # Errors
/// For a p-value that is NaN or outside 0..=1.
///
/// ```
/// let adjusted = leadrank_stats::multiple::holm(&[0.01, 0.04, 0.03])?;
/// assert_eq!(adjusted, [0.03, 0.06, 0.06]);
/// # Ok::<(), leadrank_stats::Error>(())
/// ```
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 0.0_f64;
    for (rank, &test) in order.iter().enumerate() {
        let remaining = (p_values.len() - rank) as f64;
        least = least.max((remaining * p_values[test]).min(1.0));
        adjusted[test] = least;
    }
    Ok(adjusted)
}

/// Adjusted p-values that hold the share of false alarms among all alarms: of the tests whose
/// value is at most alpha, an expected share of alpha or less is false, if tests are independent
/// or positively dependent (Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate",
/// Journal of the Royal Statistical Society B 57 (1995)).
///
/// # Errors
/// For a p-value that is NaN or outside 0..=1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>> {
    let order = ascending(p_values)?;
    let tests = p_values.len() as f64;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut most = 1.0_f64;
    for (rank, &test) in order.iter().enumerate().rev() {
        most = most.min(tests / (rank + 1) as f64 * p_values[test]);
        adjusted[test] = most;
    }
    Ok(adjusted)
}

/// Test numbers by ascending p-value, equal ones in the order handed in.
fn ascending(p_values: &[f64]) -> Result<Vec<usize>> {
    unit_range("the p-values", p_values)?;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let p_values = [0.04, 0.01, 0.02, 0.9];
        // Of four tests the second is multiplied by 4, the third by 3; the first by 2, but not
        // below those before.
        assert_eq!(holm(&p_values).unwrap(), [0.08, 0.04, 0.06, 0.9]);
        let found = benjamini_hochberg(&p_values).unwrap();
        for (found, expected) in found.iter().zip([4.0 / 3.0 * 0.04, 0.04, 0.04, 0.9]) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn edges_of_the_range() {
        assert!(holm(&[]).unwrap().is_empty());
        assert_eq!(holm(&[1.0, 0.9]).unwrap(), [1.0, 1.0]);
        assert_eq!(benjamini_hochberg(&[0.0, 1.0]).unwrap(), [0.0, 1.0]);
        assert!(holm(&[0.1, 1.1]).is_err());
        assert!(benjamini_hochberg(&[f64::NAN]).is_err());
    }
}
