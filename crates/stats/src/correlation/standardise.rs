//! Columns brought to mean 0 and length 1 on some of their rows, as values or as ranks.

use rayon::prelude::*;

/// Sums that the machine adds side by side.
const LANES: usize = 8;

/// A column that can be standardised on rows in which it is not null.
pub(super) trait Standardise: Sync {
    /// Writes what the column holds in `rows`, shifted to mean 0 and scaled to length 1, so that
    /// the product of two such columns is their correlation. Says no where that cannot be done;
    /// what was written is then of no use.
    fn standardise(&self, rows: &[u32], into: &mut [f64]) -> bool;
}

/// A column as it is.
pub(super) struct Values<'a>(pub(super) &'a [f64]);

impl Standardise for Values<'_> {
    fn standardise(&self, rows: &[u32], into: &mut [f64]) -> bool {
        for (value, &row) in into.iter_mut().zip(rows) {
            *value = self.0[row as usize];
        }
        let (least, most) = ends(into);
        let largest = most.max(-least);
        if least == most || !largest.is_finite() {
            return false;
        }
        if !(1e-100..1e100).contains(&largest) {
            // Squares would leave the range of numbers.
            into.iter_mut().for_each(|value| *value /= largest);
        }
        let n = into.len() as f64;
        let mean = sum(into, |value| value) / n;
        into.iter_mut().for_each(|value| *value -= mean);
        // What rounding has left of a large mean.
        let rest = sum(into, |value| value) / n;
        let length = sum(into, |value| (value - rest) * (value - rest)).sqrt();
        if length == 0.0 {
            return false;
        }
        let scale = 1.0 / length;
        into.iter_mut()
            .for_each(|value| *value = (*value - rest) * scale);
        true
    }
}

/// A column as the order of its values: equal values have the same number, the least has 0.
pub(super) struct Order {
    /// The number of each row's value; of no meaning for nulls.
    number: Vec<u32>,
    /// How many numbers there are.
    distinct: usize,
}

/// The order of each column.
pub(super) fn orders(columns: &[&[f64]]) -> Vec<Order> {
    columns
        .par_iter()
        .map(|column| Order::new(column))
        .collect()
}

impl Order {
    fn new(column: &[f64]) -> Self {
        let mut sorted: Vec<(f64, u32)> = column
            .iter()
            .zip(0..)
            .filter(|(value, _)| !value.is_nan())
            // Zeroes of both signs are equal but not so ordered: adding zero makes them the same.
            .map(|(value, row)| (value + 0.0, row))
            .collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut number = vec![0; column.len()];
        let mut current = 0;
        let mut previous = sorted.first().map(|first| first.0);
        for &(value, row) in &sorted {
            if previous != Some(value) {
                current += 1;
                previous = Some(value);
            }
            number[row as usize] = current;
        }
        Self {
            number,
            distinct: current as usize + 1,
        }
    }
}

impl Standardise for Order {
    fn standardise(&self, rows: &[u32], into: &mut [f64]) -> bool {
        let mut counts = vec![0_u32; self.distinct];
        for &row in rows {
            counts[self.number[row as usize] as usize] += 1;
        }
        if counts.iter().filter(|&&count| count > 0).take(2).count() < 2 {
            return false;
        }
        // Ranks from below + 1 to below + count have this average, less the mean rank of all.
        let middle = rows.len() as f64 / 2.0;
        let (mut below, mut squares) = (0.0, 0.0);
        let mut ranks: Vec<f64> = counts
            .iter()
            .map(|&count| {
                let count = f64::from(count);
                let rank = below + count / 2.0 - middle;
                below += count;
                squares += count * rank * rank;
                rank
            })
            .collect();
        let scale = 1.0 / f64::sqrt(squares);
        ranks.iter_mut().for_each(|rank| *rank *= scale);
        for (value, &row) in into.iter_mut().zip(rows) {
            *value = ranks[self.number[row as usize] as usize];
        }
        true
    }
}

/// The least and the greatest value, which are the same for no values.
fn ends(values: &[f64]) -> (f64, f64) {
    let first = values.first().copied().unwrap_or_default();
    let (mut least, mut most) = ([first; LANES], [first; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            least[lane] = if value < least[lane] {
                value
            } else {
                least[lane]
            };
            most[lane] = if value > most[lane] {
                value
            } else {
                most[lane]
            };
        }
    }
    (
        least.iter().chain(rest).copied().fold(first, f64::min),
        most.iter().chain(rest).copied().fold(first, f64::max),
    )
}

/// The sum of a function of the values, in a fixed order.
fn sum(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += of(value);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|&value| of(value)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standardised(column: &impl Standardise, rows: &[u32]) -> Option<Vec<f64>> {
        let mut into = vec![0.0; rows.len()];
        column.standardise(rows, &mut into).then_some(into)
    }

    #[test]
    fn values_by_hand() {
        let column = [9.0, 1.0, 3.0, 5.0, f64::NAN];
        let found = standardised(&Values(&column), &[1, 2, 3]).unwrap();
        let end = 0.5_f64.sqrt();
        for (found, expected) in found.iter().zip([-end, 0.0, end]) {
            assert!((found - expected).abs() < 1e-15);
        }
    }

    #[test]
    fn ranks_are_those_among_the_rows() {
        let column = [7.0, -0.0, 0.0, 7.0, 100.0, f64::NAN, f64::INFINITY];
        let order = Order::new(&column);
        // Ranks 1.5, 1.5, 3 and 4, less 2.5.
        let found = standardised(&order, &[1, 2, 4, 6]).unwrap();
        let length = 4.5_f64.sqrt();
        for (found, expected) in found.iter().zip([-1.0, -1.0, 0.5, 1.5]) {
            assert!((found - expected / length).abs() < 1e-15);
        }
        assert_eq!(standardised(&order, &[0, 3]), None);
        assert_eq!(standardised(&order, &[]), None);
    }

    #[test]
    fn size_does_not_matter() {
        for factor in [1e-300, 1e-150, 1.0, 1e150, 1e308] {
            let column = [factor, 0.5 * factor, 0.0];
            let found = standardised(&Values(&column), &[0, 1, 2]).unwrap();
            assert!((found[0] - 0.5_f64.sqrt()).abs() < 1e-15, "{found:?}");
        }
        assert_eq!(standardised(&Values(&[1.0, f64::INFINITY]), &[0, 1]), None);
        assert_eq!(standardised(&Values(&[0.1; 3]), &[0, 1, 2]), None);
    }
}
