//! A dense table of numbers with named columns.

use crate::{LearnError, Result};

/// Row-major `f32` values with column names; `NaN` means missing, as in XGBoost.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    names: Vec<String>,
    data: Vec<f32>,
    n_rows: usize,
}

impl Matrix {
    /// A matrix from row-major `data`; its length must be a multiple of the
    /// number of names, and no name may occur twice. Infinite values are refused:
    /// a source has to decide what they mean.
    pub fn new(names: Vec<String>, data: Vec<f32>) -> Result<Self> {
        if names.is_empty() {
            return Err(LearnError::encode(
                "there are no columns",
                "keep at least one column",
            ));
        }
        let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(LearnError::encode(
                format!("two columns are named `{}`", pair[0]),
                "rename one of them",
            ));
        }
        if !data.len().is_multiple_of(names.len()) {
            let whole = data.len() / names.len() * names.len();
            return Err(LearnError::shape("matrix values", whole, data.len()));
        }
        if let Some(at) = data.iter().position(|value| value.is_infinite()) {
            return Err(LearnError::encode(
                format!(
                    "column `{}` is infinite in row {}",
                    names[at % names.len()],
                    at / names.len()
                ),
                "make it null or a finite number",
            ));
        }
        let n_rows = data.len() / names.len();
        Ok(Self {
            names,
            data,
            n_rows,
        })
    }

    /// Column names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// All values, row after row.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.names.len()
    }

    /// One row; panics when `row` is out of range, as slices do.
    pub fn row(&self, row: usize) -> &[f32] {
        let width = self.names.len();
        &self.data[row * width..(row + 1) * width]
    }

    /// One column's values, top to bottom.
    pub fn column(&self, name: &str) -> Result<Vec<f32>> {
        let at = self.position(name)?;
        Ok((0..self.n_rows).map(|row| self.row(row)[at]).collect())
    }

    /// A matrix of the named columns only, in the order asked for.
    pub fn select_columns(&self, names: &[&str]) -> Result<Self> {
        let positions = names
            .iter()
            .map(|name| self.position(name))
            .collect::<Result<Vec<usize>>>()?;
        let mut data = Vec::with_capacity(positions.len() * self.n_rows);
        for row in 0..self.n_rows {
            let values = self.row(row);
            data.extend(positions.iter().map(|&at| values[at]));
        }
        Self::new(names.iter().map(|&name| name.to_owned()).collect(), data)
    }

    /// Values of the given rows, row-major, in the order asked for.
    pub fn gather(&self, rows: &[usize]) -> Vec<f32> {
        let mut data = Vec::with_capacity(rows.len() * self.n_columns());
        for &row in rows {
            data.extend_from_slice(self.row(row));
        }
        data
    }

    pub(crate) fn position(&self, name: &str) -> Result<usize> {
        self.names
            .iter()
            .position(|known| known == name)
            .ok_or_else(|| LearnError::UnknownColumn {
                name: name.to_owned(),
                hint: format!("; there are: {}", self.names.join(", ")),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix() -> Matrix {
        let names = ["a", "b", "c"].map(String::from).to_vec();
        Matrix::new(names, vec![1.0, 2.0, 3.0, 4.0, f32::NAN, 6.0]).unwrap()
    }

    #[test]
    fn selects_columns_in_the_order_asked_for() {
        let picked = matrix().select_columns(&["c", "a"]).unwrap();
        assert_eq!(picked.data(), &[3.0, 1.0, 6.0, 4.0]);
        assert_eq!(picked.names(), &["c", "a"]);
        assert!(matrix().column("b").unwrap()[1].is_nan());
    }

    #[test]
    fn gathers_rows_in_the_order_asked_for() {
        assert_eq!(matrix().gather(&[1, 0])[..1], [4.0]);
        assert_eq!(matrix().gather(&[1, 0])[3..], [1.0, 2.0, 3.0]);
    }

    #[test]
    fn refuses_what_is_not_a_table() {
        let two = vec!["a".to_owned(), "b".to_owned()];
        let error = Matrix::new(two.clone(), vec![1.0; 3])
            .unwrap_err()
            .to_string();
        assert!(error.contains("expected 2, found 3"), "{error}");
        let error = Matrix::new(two, vec![1.0, 2.0, 3.0, f32::INFINITY])
            .unwrap_err()
            .to_string();
        assert!(error.contains("column `b` is infinite in row 1"), "{error}");
        let twice = vec!["a".to_owned(), "a".to_owned()];
        let error = Matrix::new(twice, vec![1.0, 2.0]).unwrap_err().to_string();
        assert!(error.contains("two columns are named `a`"), "{error}");
        let error = matrix().select_columns(&["z"]).unwrap_err().to_string();
        assert!(
            error.contains("no column named `z`; there are: a, b, c"),
            "{error}"
        );
    }
}
