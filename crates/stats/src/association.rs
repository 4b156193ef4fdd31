//! Whether two divisions of the rows have to do with each other, and how much.

use serde::{Deserialize, Serialize};

use crate::{Estimate, chi_square, normal};

/// A chi-square test of independence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Independence {
    /// Rows that were counted in the table.
    pub n: u64,
    /// Pearson's chi-square statistic, without a continuity correction.
    pub statistic: f64,
    /// `(r - 1) * (c - 1)`, with lines and columns of the table that hold rows.
    pub degrees_of_freedom: u64,
    /// Probability of a statistic as large or larger if both divisions are independent.
    pub p_value: f64,
    /// Cramér's V, from 0 (independent) to 1 (each determines the other).
    pub cramers_v: f64,
    /// About what V would be by chance alone: the root of its mean square, which is
    /// `degrees_of_freedom / (n * min(r - 1, c - 1))`.
    pub chance_v: f64,
    /// The smallest count expected under independence; by custom the p-value is trusted from 5 on.
    pub least_expected: f64,
}

/// Tests a table of counts, given line by line, for independence: K. Pearson, Philosophical
/// Magazine 50 (1900); strength by H. Cramér, "Mathematical Methods of Statistics" (1946), chapter
/// 21. Lines and columns without rows are left out. `None` if fewer than two of either are left,
/// or the lines differ in length.
///
/// ```
/// let found = leadrank_stats::association::independence(&[[10, 20], [30, 40]]).unwrap();
/// assert!((found.statistic - 100.0 / 126.0).abs() < 1e-14);
/// assert_eq!(found.degrees_of_freedom, 1);
/// ```
pub fn independence<L: AsRef<[u64]>>(table: &[L]) -> Option<Independence> {
    let width = table.first()?.as_ref().len();
    if table.iter().any(|line| line.as_ref().len() != width) {
        return None;
    }
    let lines: Vec<f64> = table
        .iter()
        .map(|line| line.as_ref().iter().sum::<u64>() as f64)
        .collect();
    let columns: Vec<f64> = (0..width)
        .map(|column| table.iter().map(|line| line.as_ref()[column]).sum::<u64>() as f64)
        .collect();
    let n: f64 = lines.iter().sum();
    let used = |sums: &[f64]| sums.iter().filter(|&&sum| sum > 0.0).count() as u64;
    let (used_lines, used_columns) = (used(&lines), used(&columns));
    if used_lines < 2 || used_columns < 2 {
        return None;
    }
    let mut statistic = 0.0;
    let mut least_expected = f64::INFINITY;
    for (line, &line_sum) in table.iter().zip(&lines) {
        for (&count, &column_sum) in line.as_ref().iter().zip(&columns) {
            let expected = line_sum * column_sum / n;
            if expected > 0.0 {
                let gap = count as f64 - expected;
                statistic += gap * gap / expected;
                least_expected = least_expected.min(expected);
            }
        }
    }
    let degrees_of_freedom = (used_lines - 1) * (used_columns - 1);
    let most = n * (used_lines.min(used_columns) - 1) as f64;
    Some(Independence {
        n: n as u64,
        statistic,
        degrees_of_freedom,
        p_value: chi_square::survival(statistic, degrees_of_freedom)?,
        cramers_v: (statistic / most).sqrt().min(1.0),
        chance_v: (degrees_of_freedom as f64 / most).sqrt(),
        least_expected,
    })
}

/// Positives and negatives of two groups: the one of interest and the one it is compared with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoByTwo {
    /// Positives of the group.
    pub positives: u64,
    /// Negatives of the group.
    pub negatives: u64,
    /// Positives of the comparison group.
    pub other_positives: u64,
    /// Negatives of the comparison group.
    pub other_negatives: u64,
}

impl TwoByTwo {
    /// All rows.
    pub fn n(&self) -> u64 {
        self.positives + self.negatives + self.other_positives + self.other_negatives
    }

    fn cells(&self) -> [f64; 4] {
        [
            self.positives as f64,
            self.negatives as f64,
            self.other_positives as f64,
            self.other_negatives as f64,
        ]
    }
}

/// The odds of a positive in the group as a multiple of those in the comparison group, with the
/// interval of B. Woolf, "On Estimating the Relation between Blood Group and Disease", Annals of
/// Human Genetics 19 (1955). Chance is 1.
///
/// If a cell is empty, one half is added to all four (F. J. Anscombe, "On Estimating Binomial
/// Response Relations", Biometrika 43 (1956)), so that the ratio is finite. `None` if a group has
/// no rows or nobody or everybody is positive (then nothing is known), and for a confidence
/// outside 0..1.
pub fn odds_ratio(table: &TwoByTwo, confidence: f64) -> Option<Estimate> {
    let [a, b, c, d] = table.cells();
    if [a + b, c + d, a + c, b + d].contains(&0.0) {
        return None;
    }
    let add = if [a, b, c, d].contains(&0.0) {
        0.5
    } else {
        0.0
    };
    let [a, b, c, d] = [a, b, c, d].map(|cell| cell + add);
    let variance = 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d;
    ratio(
        a * d / (b * c),
        variance,
        confidence,
        std::slice::from_ref(table),
    )
}

/// The odds ratio that several strata have in common.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CommonOddsRatio {
    /// The ratio with its interval; chance is 1. None where it would be 0 or infinite.
    pub odds_ratio: Option<Estimate>,
    /// The Cochran-Mantel-Haenszel statistic, without a continuity correction.
    pub statistic: f64,
    /// Probability of a statistic as large or larger if the odds are equal in every stratum.
    pub p_value: f64,
    /// Strata that say something: with rows in both groups, positives and negatives.
    pub strata: usize,
}

/// Compares two groups within strata: the common odds ratio of N. Mantel and W. Haenszel,
/// "Statistical Aspects of the Analysis of Data from Retrospective Studies of Disease", JNCI 22
/// (1959), with the interval of J. Robins, N. Breslow and S. Greenland, "Estimators of the
/// Mantel-Haenszel Variance Consistent in Both Sparse Data and Large-Strata Limiting Models",
/// Biometrics 42 (1986), and the Cochran-Mantel-Haenszel test of equal odds.
///
/// `None` without a stratum that says something, and for a confidence outside 0..1.
pub fn mantel_haenszel(strata: &[TwoByTwo], confidence: f64) -> Option<CommonOddsRatio> {
    let used: Vec<TwoByTwo> = strata
        .iter()
        .filter(|table| {
            let [a, b, c, d] = table.cells();
            ![a + b, c + d, a + c, b + d].contains(&0.0)
        })
        .copied()
        .collect();
    if used.is_empty() || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let (mut gap, mut gap_variance) = (0.0, 0.0);
    let (mut with, mut against) = (0.0, 0.0);
    let (mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0);
    for table in &used {
        let [a, b, c, d] = table.cells();
        let n = a + b + c + d;
        let (group, other, positives, negatives) = (a + b, c + d, a + c, b + d);
        gap += a - group * positives / n;
        gap_variance += group * other / n * positives / n * negatives / (n - 1.0);
        // Names of the paper: R and S are the products, P and Q the shares that weigh them.
        let (r, s) = (a * d / n, b * c / n);
        let (p, q) = ((a + d) / n, (b + c) / n);
        with += r;
        against += s;
        pr += p * r;
        ps_qr += p * s + q * r;
        qs += q * s;
    }
    let statistic = gap * gap / gap_variance;
    let odds_ratio = if with > 0.0 && against > 0.0 {
        let variance = pr / (2.0 * with * with)
            + ps_qr / (2.0 * with * against)
            + qs / (2.0 * against * against);
        ratio(with / against, variance, confidence, &used)
    } else {
        None
    };
    Some(CommonOddsRatio {
        odds_ratio,
        statistic,
        p_value: chi_square::survival(statistic, 1)?,
        strata: used.len(),
    })
}

/// A ratio whose logarithm has this variance.
fn ratio(value: f64, variance: f64, confidence: f64, tables: &[TwoByTwo]) -> Option<Estimate> {
    if !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let half = normal::two_sided(confidence) * variance.sqrt();
    let positives = |table: &TwoByTwo| table.positives + table.other_positives;
    Some(Estimate {
        value,
        lo: value * (-half).exp(),
        hi: value * half.exp(),
        n: tables.iter().map(TwoByTwo::n).sum(),
        positives: tables.iter().map(positives).sum(),
        chance: Some(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(
        positives: u64,
        negatives: u64,
        other_positives: u64,
        other_negatives: u64,
    ) -> TwoByTwo {
        TwoByTwo {
            positives,
            negatives,
            other_positives,
            other_negatives,
        }
    }

    #[test]
    fn undefined_is_none() {
        assert_eq!(independence::<[u64; 2]>(&[]), None);
        assert_eq!(independence(&[[1, 2]]), None);
        assert_eq!(independence(&[[1, 0], [3, 0]]), None);
        assert_eq!(independence(&[vec![1, 2], vec![3]]), None);
        assert_eq!(odds_ratio(&table(0, 0, 3, 4), 0.95), None);
        assert_eq!(odds_ratio(&table(0, 5, 0, 4), 0.95), None);
        assert_eq!(odds_ratio(&table(1, 5, 2, 4), 1.0), None);
        assert_eq!(mantel_haenszel(&[], 0.95), None);
        assert_eq!(mantel_haenszel(&[table(0, 5, 0, 4)], 0.95), None);
        assert_eq!(mantel_haenszel(&[table(1, 5, 2, 4)], f64::NAN), None);
    }

    #[test]
    fn what_determines_each_other_has_full_strength() {
        let found = independence(&[[5, 0, 0], [0, 7, 0], [0, 0, 9]]).unwrap();
        assert!((found.cramers_v - 1.0).abs() < 1e-15);
        assert!((found.chance_v - (4.0_f64 / 42.0).sqrt()).abs() < 1e-15);
        let apart = independence(&[[2, 4], [3, 6]]).unwrap();
        assert_eq!(
            (apart.statistic, apart.p_value, apart.cramers_v),
            (0.0, 1.0, 0.0)
        );
        assert_eq!(apart.least_expected, 2.0);
    }

    #[test]
    fn an_empty_line_changes_nothing() {
        let with = independence(&[[3, 9, 0], [0, 0, 0], [8, 4, 0]]);
        assert_eq!(with, independence(&[[3, 9], [8, 4]]));
    }

    #[test]
    fn an_empty_cell_is_filled() {
        let found = odds_ratio(&table(0, 10, 5, 5), 0.95).unwrap();
        assert!((found.value - 0.5 * 5.5 / (10.5 * 5.5)).abs() < 1e-15);
        assert!(found.lo > 0.0 && found.hi > found.value);
    }

    #[test]
    fn strata_that_say_nothing_are_passed_over() {
        let telling = [table(3, 9, 2, 11), table(5, 4, 2, 8)];
        let all = [telling[0], table(0, 9, 0, 4), telling[1], table(2, 3, 0, 0)];
        let found = mantel_haenszel(&all, 0.95);
        assert_eq!(found, mantel_haenszel(&telling, 0.95));
        assert_eq!(found.unwrap().strata, 2);
        let endless = mantel_haenszel(&[table(3, 0, 0, 5)], 0.95).unwrap();
        assert_eq!(endless.odds_ratio, None);
        assert!(endless.p_value < 0.05);
    }
}
