//! The nearest rows of each row, exactly, by comparing all with all.

use super::columns::{Columns, Kind};
use crate::{LearnError, Result};

/// Rows that are compared with a block of others at once: as many as fill the vector
/// registers with sums.
const ROWS: usize = 4;
/// Rows in such a block, side by side in memory for each column.
const LANES: usize = 8;

/// The nearest other rows of each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    k: usize,
    rows: Vec<u32>,
    nominal_difference: f64,
}

impl Neighbours {
    /// Row numbers of the nearest rows of `row`, the nearest first; of equally near ones
    /// the one with the lower number. Panics when `row` is out of range, as slices do.
    pub fn of(&self, row: usize) -> &[u32] {
        &self.rows[row * self.k..(row + 1) * self.k]
    }

    /// What a difference in a binary column adds to a distance, before squaring.
    pub fn nominal_difference(&self) -> f64 {
        self.nominal_difference
    }
}

/// Finds the `k` nearest other rows of each of the row-major `values`, which must not have
/// missing ones. The distance is Euclidean over integer and continuous columns in their own
/// units; a binary column that differs adds the square of the median of those columns'
/// standard deviations (N. V. Chawla and others, "SMOTE: Synthetic Minority Over-sampling
/// Technique", Journal of Artificial Intelligence Research 16 (2002), section 6.1; standard
/// deviations with the divisor n, as imbalanced-learn has them). Without columns to take a
/// median of, a difference adds 1.
///
/// Other than in scikit-learn a row is never its own neighbour, even if others equal it.
///
/// # Errors
/// [`LearnError::Shape`] when the values make no whole rows, [`LearnError::Fit`] for a
/// missing value and when there are not more than `k` rows, or no `k` at all.
pub fn nearest(values: &[f32], columns: &Columns, k: usize) -> Result<Neighbours> {
    let width = columns.n_columns();
    if !values.len().is_multiple_of(width) {
        let whole = values.len() / width * width;
        return Err(LearnError::shape("matrix values", whole, values.len()));
    }
    let n = values.len() / width;
    if k == 0 || n <= k {
        return Err(LearnError::fit(
            format!("{n} rows have no {k} nearest others"),
            "ask for 1 or more neighbours, and for fewer than there are rows",
        ));
    }
    if let Some(at) = values.iter().position(|value| value.is_nan()) {
        return Err(LearnError::fit(
            format!("column {} is missing in row {}", at % width, at / width),
            "impute the values before looking for neighbours",
        ));
    }
    let nominal_difference = nominal_difference(values, columns);
    let space = Space::new(values, columns, nominal_difference);
    let mut rows = Vec::with_capacity(n * k);
    let mut near = Vec::new();
    let mut distances = vec![0.0; ROWS * space.padded_rows()];
    for first in (0..n).step_by(ROWS) {
        space.distances(first, &mut distances);
        for row in first..n.min(first + ROWS) {
            let to_all = &mut distances[(row - first) * space.padded_rows()..][..n];
            to_all[row] = f32::INFINITY;
            space.candidates(row, to_all, k, &mut near);
            rows.extend(near[..k].iter().map(|&(_, other)| other));
        }
    }
    Ok(Neighbours {
        k,
        rows,
        nominal_difference,
    })
}

/// The median of the standard deviations of the columns that are not binary.
fn nominal_difference(values: &[f32], columns: &Columns) -> f64 {
    let width = columns.n_columns();
    let n = (values.len() / width) as f64;
    let mut means = vec![0.0; width];
    for row in values.chunks_exact(width) {
        for (mean, &value) in means.iter_mut().zip(row) {
            *mean += f64::from(value) / n;
        }
    }
    let mut squares = vec![0.0; width];
    for row in values.chunks_exact(width) {
        for ((square, mean), &value) in squares.iter_mut().zip(&means).zip(row) {
            *square += (f64::from(value) - mean).powi(2);
        }
    }
    let deviations: Vec<f64> = squares
        .iter()
        .zip(columns.kinds())
        .filter(|(_, kind)| *kind != Kind::Binary)
        .map(|(square, _)| (square / n).sqrt())
        .collect();
    leadrank_stats::quantile::linear(&deviations, 0.5).unwrap_or(1.0)
}

/// Rows as points: binary columns are 0 or the nominal difference.
struct Space {
    width: usize,
    /// Row-major.
    points: Vec<f32>,
    /// Blocks of [`LANES`] rows; a block holds column after column. The last one is
    /// filled up with zeros.
    blocks: Vec<f32>,
    is_binary: Vec<bool>,
    nominal_difference: f64,
}

impl Space {
    fn new(values: &[f32], columns: &Columns, nominal_difference: f64) -> Self {
        let width = columns.n_columns();
        let is_binary: Vec<bool> = columns.kinds().map(|kind| kind == Kind::Binary).collect();
        let mut points = values.to_vec();
        for row in points.chunks_exact_mut(width) {
            for (column, value) in row.iter_mut().enumerate() {
                if is_binary[column] {
                    *value = if *value == columns.low(column) {
                        0.0
                    } else {
                        nominal_difference as f32
                    };
                }
            }
        }
        let n = values.len() / width;
        let mut blocks = vec![0.0; n.div_ceil(LANES) * LANES * width];
        for (row, point) in points.chunks_exact(width).enumerate() {
            let block = &mut blocks[row / LANES * LANES * width..];
            for (column, &value) in point.iter().enumerate() {
                block[column * LANES + row % LANES] = value;
            }
        }
        Self {
            width,
            points,
            blocks,
            is_binary,
            nominal_difference,
        }
    }

    fn point(&self, row: usize) -> &[f32] {
        &self.points[row * self.width..(row + 1) * self.width]
    }

    fn padded_rows(&self) -> usize {
        self.blocks.len() / self.width
    }

    /// Squared distances of [`ROWS`] rows from `first` on to all, in single precision. They
    /// are sums of squared differences, not differences of squares: so their error is small
    /// beside themselves however far from 0 the values lie.
    fn distances(&self, first: usize, to: &mut [f32]) {
        let last = self.points.len() / self.width - 1;
        let bases: [&[f32]; ROWS] =
            std::array::from_fn(|offset| self.point((first + offset).min(last)));
        let padded = self.padded_rows();
        for (at, block) in self.blocks.chunks_exact(LANES * self.width).enumerate() {
            let mut sums = [[0.0_f32; LANES]; ROWS];
            let (columns, _) = block.as_chunks::<LANES>();
            for (column, lanes) in columns.iter().enumerate() {
                for (sum, base) in sums.iter_mut().zip(&bases) {
                    let value = base[column];
                    for (sum, other) in sum.iter_mut().zip(lanes) {
                        let difference = value - other;
                        *sum += difference * difference;
                    }
                }
            }
            for (row, sum) in sums.iter().enumerate() {
                to[row * padded + at * LANES..][..LANES].copy_from_slice(sum);
            }
        }
    }

    /// The rows that may be among the `k` nearest ones, by exact distance.
    ///
    /// A sum of `width` squares has a relative error of at most about `width / 2` times
    /// the machine epsilon, so the true neighbours lie within twice that of the `k`th
    /// smallest sum (N. J. Higham, "Accuracy and Stability of Numerical Algorithms" (2002),
    /// lemma 3.1); the limit leaves twice as much again.
    fn candidates(&self, row: usize, to_all: &[f32], k: usize, near: &mut Vec<(f64, u32)>) {
        let width = self.width as f32;
        let kth = smallest(to_all, k);
        let limit = kth * (1.0 + 2.0 * (width + 8.0) * f32::EPSILON) + width * f32::MIN_POSITIVE;
        near.clear();
        for (other, &distance) in to_all.iter().enumerate() {
            if distance <= limit && other != row {
                near.push((self.exact(row, other), other as u32));
            }
        }
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    }

    fn exact(&self, row: usize, other: usize) -> f64 {
        let pairs = self.point(row).iter().zip(self.point(other));
        pairs
            .zip(&self.is_binary)
            .map(|((&a, &b), &is_binary)| match (is_binary, a == b) {
                (true, true) => 0.0,
                (true, false) => self.nominal_difference * self.nominal_difference,
                (false, _) => (f64::from(a) - f64::from(b)).powi(2),
            })
            .sum()
    }
}

/// The `k`th smallest value, by insertion: few of many values come among the smallest.
fn smallest(values: &[f32], k: usize) -> f32 {
    let mut least = vec![f32::INFINITY; k];
    for &value in values {
        if value < least[k - 1] {
            let at = least.partition_point(|&known| known <= value);
            least.copy_within(at..k - 1, at + 1);
            least[at] = value;
        }
    }
    least[k - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_by_hand() {
        // Standard deviation of 0, 1, 3, 10 is 3.905; a differing flag adds its square.
        let values = [0.0, 0.0, 1.0, 1.0, 3.0, 0.0, 10.0, 1.0];
        let columns = Columns::fit(&[values.as_slice(), &[0.5, 0.0]].concat(), 2).unwrap();
        let found = nearest(&values, &columns, 2).unwrap();
        assert!((found.nominal_difference() - 15.25_f64.sqrt()).abs() < 1e-12);
        assert_eq!(found.of(0), [2, 1]); // 9; 1 + 15.25
        assert_eq!(found.of(1), [0, 2]); // 16.25; 4 + 15.25
        assert_eq!(found.of(3), [2, 1]); // 49 + 15.25; 81
    }

    #[test]
    fn equally_near_rows_come_by_number_and_none_is_its_own() {
        let values = [2.5; 6];
        let columns = Columns::fit(&[2.5, 1.0, 0.5], 1).unwrap();
        let found = nearest(&values, &columns, 3).unwrap();
        assert_eq!(found.of(0), [1, 2, 3]);
        assert_eq!(found.of(2), [0, 1, 3]);
    }

    #[test]
    fn huge_and_tiny_distances_are_told_apart() {
        // Their squares are no longer numbers of single precision.
        for scale in [1e30, 1e-30] {
            let values = [0.0, 3.0, 1.0, 7.0].map(|value: f32| value * scale);
            let columns = Columns::fit(&values, 1).unwrap();
            let found = nearest(&values, &columns, 3).unwrap();
            assert_eq!(found.of(0), [2, 1, 3]);
            assert_eq!(found.of(3), [1, 2, 0]);
        }
    }

    #[test]
    fn only_flags_are_counted() {
        let values = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let columns = Columns::fit(&values, 2).unwrap();
        let found = nearest(&values, &columns, 2).unwrap();
        assert_eq!(found.nominal_difference(), 1.0);
        assert_eq!(found.of(0), [1, 2]);
    }

    #[test]
    fn what_has_no_neighbours_is_refused() {
        let columns = Columns::fit(&[1.0, 2.0], 1).unwrap();
        let said = |values: &[f32], k| nearest(values, &columns, k).unwrap_err().to_string();
        assert!(said(&[1.0, 2.0], 2).contains("2 rows have no 2 nearest"));
        assert!(said(&[1.0], 0).contains("1 rows have no 0 nearest"));
        assert!(said(&[1.0, f32::NAN], 1).contains("column 0 is missing in row 1"));
    }
}
