//! Solving with a symmetric, positive definite matrix.

/// The share of a diagonal element below which nothing but rounding is left of it.
const RESIDUE: f64 = 1e-12;

/// The lower triangle `L` of a matrix `L Lᵀ` (G. H. Golub and C. F. Van Loan, "Matrix
/// Computations" (2013), algorithm 4.2.1).
pub(super) struct Cholesky {
    size: usize,
    /// Row-major; what is above the diagonal is never read.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factorises a row-major matrix. The error is the first row that is, but for rounding, a
    /// linear combination of those before it.
    pub(super) fn new(size: usize, matrix: Vec<f64>) -> Result<Self, usize> {
        let mut lower = matrix;
        for j in 0..size {
            let (above, rest) = lower.split_at_mut(j * size);
            let row = &mut rest[..size];
            for k in 0..j {
                let before = &above[k * size..k * size + k];
                row[k] = (row[k] - dot(before, &row[..k])) / above[k * size + k];
            }
            let pivot = row[j] - dot(&row[..j], &row[..j]);
            if pivot.is_nan() || pivot <= RESIDUE * row[j] {
                return Err(j);
            }
            row[j] = pivot.sqrt();
        }
        Ok(Self { size, lower })
    }

    /// The solution of `matrix × solution = right`.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = self.forward(right);
        for i in (0..self.size).rev() {
            let known = solution.iter().enumerate().skip(i + 1);
            let product: f64 = known
                .map(|(k, value)| self.lower[k * self.size + i] * value)
                .sum();
            solution[i] = (solution[i] - product) / self.lower[i * self.size + i];
        }
        solution
    }

    /// `aᵀ × inverse × a`.
    pub(super) fn inverse_form(&self, a: &[f64]) -> f64 {
        let half = self.forward(a);
        dot(&half, &half)
    }

    /// The solution of `L × solution = right`.
    fn forward(&self, right: &[f64]) -> Vec<f64> {
        let mut solution = right.to_vec();
        for i in 0..self.size {
            let row = &self.lower[i * self.size..i * self.size + i];
            solution[i] = (solution[i] - dot(row, &solution[..i])) / self.lower[i * self.size + i];
        }
        solution
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `[[4, 2], [2, 5]]` is `[[2, 0], [1, 2]]` times its transpose.
    #[test]
    fn two_by_two_by_hand() {
        let found = Cholesky::new(2, vec![4.0, 2.0, 2.0, 5.0]).unwrap();
        assert_eq!(
            [found.lower[0], found.lower[2], found.lower[3]],
            [2.0, 1.0, 2.0]
        );
        assert_eq!(found.solve(&[8.0, 12.0]), [1.0, 2.0]);
        // The inverse is [[5, -2], [-2, 4]] / 16.
        assert_eq!(found.inverse_form(&[0.0, 1.0]), 0.25);
    }

    #[test]
    fn a_dependent_row_is_named() {
        let matrix = vec![1.0, 2.0, 0.0, 2.0, 4.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(Cholesky::new(3, matrix).err(), Some(1));
        assert_eq!(Cholesky::new(1, vec![f64::NAN]).err(), Some(0));
        assert!(Cholesky::new(0, Vec::new()).unwrap().solve(&[]).is_empty());
    }
}
