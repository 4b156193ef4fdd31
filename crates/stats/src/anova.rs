//! Analysis of variance of one column between two classes.

use crate::error::{Result, same_length};

/// The F statistic of a one-way analysis of variance with two groups: the variance of the group
/// means, by size, over the mean variance within groups (R. A. Fisher, "Statistical Methods for
/// Research Workers" (1925), chapter VII). `None` for a column that does not vary, or with one
/// class; infinite where the column tells the classes apart without error.
///
/// # Errors
/// For columns of different length.
///
/// ```
/// let f = leadrank_stats::anova::f_score(&[1.0, 2.0, 3.0, 4.0], &[false, false, true, true])?;
/// assert_eq!(f, Some(8.0));
/// # Ok::<(), leadrank_stats::Error>(())
/// ```
pub fn f_score(column: &[f64], labels: &[bool]) -> Result<Option<f64>> {
    same_length("the column", labels.len(), column.len())?;
    let mean = |class: Option<bool>| {
        let of_class = |label: &bool| class.is_none_or(|class| class == *label);
        let (sum, n) = column
            .iter()
            .zip(labels)
            .filter(|(_, label)| of_class(label))
            .fold((0.0, 0.0), |(sum, n), (value, _)| (sum + value, n + 1.0));
        (sum / n, n)
    };
    let ((all, n), (above, positives), (below, negatives)) =
        (mean(None), mean(Some(true)), mean(Some(false)));
    if positives == 0.0 || negatives == 0.0 || n < 3.0 {
        return Ok(None);
    }
    let between = positives * (above - all).powi(2) + negatives * (below - all).powi(2);
    let within: f64 = column
        .iter()
        .zip(labels)
        .map(|(value, &label)| (value - if label { above } else { below }).powi(2))
        .sum();
    if between == 0.0 && within == 0.0 {
        return Ok(None);
    }
    Ok(Some(between / (within / (n - 2.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `sklearn.feature_selection.f_classif`.
    #[test]
    fn equals_scikit_learn() {
        let labels = [true, false, true, true, false, false, false, true];
        let column = [2.5, -1.0, 3.25, 0.5, 1.0, 0.0, -2.0, 1.75];
        let found = f_score(&column, &labels).unwrap().unwrap();
        assert!((found - 8.219_178_082_191_782).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_does_not_vary_has_none_and_what_separates_is_infinite() {
        assert_eq!(f_score(&[1.0; 4], &[true, false, true, false]), Ok(None));
        assert_eq!(f_score(&[1.0, 2.0, 3.0], &[true; 3]), Ok(None));
        let apart = f_score(&[0.0, 0.0, 1.0, 1.0], &[false, false, true, true]).unwrap();
        assert_eq!(apart, Some(f64::INFINITY));
        assert!(f_score(&[1.0], &[true, false]).is_err());
    }
}
