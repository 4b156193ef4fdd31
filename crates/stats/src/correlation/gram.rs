//! Products of all pairs of columns, in tiles that stay in the cache.
//!
//! Every entry is a sum over rows in one fixed order, whatever the number of threads.

use rayon::prelude::*;

/// Partial sums of one product, which the machine adds side by side.
const LANES: usize = 2;
/// Columns on each side of a tile.
const TILE: usize = 8;
/// Rows that are multiplied before the next columns of the tile: what fits the nearest cache.
const DEPTH: usize = 512;

/// Columns of equal length, one after the other, each filled up with zeros to whole lanes.
pub(crate) struct Columns {
    count: usize,
    length: usize,
    stride: usize,
    data: Vec<f64>,
}

impl Columns {
    /// Columns of zeros.
    pub(crate) fn new(count: usize, length: usize) -> Self {
        let stride = length.next_multiple_of(LANES).max(LANES);
        Self {
            count,
            length,
            stride,
            data: vec![0.0; count * stride],
        }
    }

    /// The columns in order, to be written to.
    pub(crate) fn each_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut [f64]> {
        let length = self.length;
        self.data
            .par_chunks_exact_mut(self.stride)
            .map(move |column| &mut column[..length])
    }

    /// Part of a column in whole lanes; of the last one where there is no such column.
    fn lanes(&self, column: usize, from: usize, to: usize) -> &[[f64; LANES]] {
        let start = column.min(self.count - 1) * self.stride;
        self.data[start + from..start + to].as_chunks().0
    }
}

/// All products of a column of `a` with one of `b`, the latter varying fastest.
pub(crate) fn cross_products(a: &Columns, b: &Columns) -> Vec<f64> {
    products(a, b, |_, _| true)
}

/// All products of two columns of `a`.
pub(crate) fn inner_products(a: &Columns) -> Vec<f64> {
    let mut products = products(a, a, |i, j| i <= j);
    for i in 0..a.count {
        for j in 0..i {
            products[i * a.count + j] = products[j * a.count + i];
        }
    }
    products
}

/// The products in all tiles of which `wanted` says so.
fn products(a: &Columns, b: &Columns, wanted: impl Fn(usize, usize) -> bool) -> Vec<f64> {
    let tiles: Vec<(usize, usize)> = (0..a.count)
        .step_by(TILE)
        .flat_map(|i| (0..b.count).step_by(TILE).map(move |j| (i, j)))
        .filter(|&(i, j)| wanted(i, j))
        .collect();
    let found: Vec<[[f64; TILE]; TILE]> =
        tiles.par_iter().map(|&(i, j)| tile(a, b, i, j)).collect();
    let mut all = vec![0.0; a.count * b.count];
    for (&(first_i, first_j), tile) in tiles.iter().zip(&found) {
        for (i, row) in (first_i..a.count).zip(tile) {
            for (j, &product) in (first_j..b.count).zip(row) {
                all[i * b.count + j] = product;
            }
        }
    }
    all
}

/// The products of the columns of `a` from `first_i` on with those of `b` from `first_j` on.
fn tile(a: &Columns, b: &Columns, first_i: usize, first_j: usize) -> [[f64; TILE]; TILE] {
    let mut sums = [[0.0; TILE]; TILE];
    for from in (0..a.stride).step_by(DEPTH) {
        let to = (from + DEPTH).min(a.stride);
        for i in (0..TILE.min(a.count - first_i)).step_by(2) {
            let left = [0, 1].map(|k| a.lanes(first_i + i + k, from, to));
            for j in (0..TILE.min(b.count - first_j)).step_by(4) {
                let right = [0, 1, 2, 3].map(|k| b.lanes(first_j + j + k, from, to));
                let part = two_by_four(left, right);
                for (sums, part) in sums[i..].iter_mut().zip(part) {
                    for (sum, part) in sums[j..].iter_mut().zip(part) {
                        *sum += part;
                    }
                }
            }
        }
    }
    sums
}

/// Eight products at once: as many as the registers of any 64-bit machine hold.
#[inline]
fn two_by_four(a: [&[[f64; LANES]]; 2], b: [&[[f64; LANES]]; 4]) -> [[f64; 4]; 2] {
    let mut sums = [[[0.0; LANES]; 4]; 2];
    let rows = a[0].iter().zip(a[1]);
    let others = b[0].iter().zip(b[1]).zip(b[2].iter().zip(b[3]));
    for ((a0, a1), ((b0, b1), (b2, b3))) in rows.zip(others) {
        for lane in 0..LANES {
            for (j, value) in [b0[lane], b1[lane], b2[lane], b3[lane]]
                .into_iter()
                .enumerate()
            {
                sums[0][j][lane] += a0[lane] * value;
                sums[1][j][lane] += a1[lane] * value;
            }
        }
    }
    sums.map(|row| row.map(|lanes| lanes.iter().sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: usize, length: usize, seed: usize) -> Columns {
        let mut columns = Columns::new(count, length);
        columns.each_mut().enumerate().for_each(|(column, into)| {
            for (row, value) in into.iter_mut().enumerate() {
                // Small whole numbers: sums of products are exact.
                *value = ((column * 7 + row * 13 + seed) % 11) as f64 - 5.0;
            }
        });
        columns
    }

    fn product(a: &Columns, b: &Columns, i: usize, j: usize) -> f64 {
        let column = |c: &Columns, i: usize| c.data[i * c.stride..i * c.stride + c.length].to_vec();
        column(a, i)
            .iter()
            .zip(column(b, j))
            .map(|(x, y)| x * y)
            .sum()
    }

    #[test]
    fn tiles_cover_all_pairs_and_rows() {
        for (left, right, length) in [
            (1, 1, 2),
            (3, 9, 5),
            (17, 4, 1025),
            (8, 8, 512),
            (10, 21, 777),
        ] {
            let (a, b) = (filled(left, length, 1), filled(right, length, 4));
            let crossed = cross_products(&a, &b);
            for i in 0..left {
                for j in 0..right {
                    assert_eq!(crossed[i * right + j], product(&a, &b, i, j));
                }
            }
            let inner = inner_products(&a);
            for i in 0..left {
                for j in 0..left {
                    assert_eq!(inner[i * left + j], product(&a, &a, i, j));
                }
            }
        }
    }
}
