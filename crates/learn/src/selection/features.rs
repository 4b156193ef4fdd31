//! The candidates, gathered on training rows: columns by feature.

use std::collections::BTreeMap;

use super::{Candidates, SelectionOptions};
use crate::fit::labels_of;
use crate::split::TrainingRows;
use crate::{LearnError, Result};

/// Training rows of all candidates, column by column.
pub(crate) struct Features {
    names: Vec<String>,
    /// Columns of each feature, by place in the matrix.
    columns: Vec<Vec<usize>>,
    kept: Vec<bool>,
    values: Vec<Vec<f64>>,
    labels: Vec<bool>,
}

impl Features {
    pub(super) fn gather(
        candidates: &Candidates<'_>,
        rows: &impl TrainingRows,
        options: &SelectionOptions,
    ) -> Result<Self> {
        let matrix = candidates.matrix;
        let sources = candidates.sources.unwrap_or(matrix.names());
        if sources.len() != matrix.n_columns() {
            let expected = matrix.n_columns();
            return Err(LearnError::shape("source names", expected, sources.len()));
        }
        if candidates.labels.len() != matrix.n_rows() {
            let found = candidates.labels.len();
            return Err(LearnError::shape("labels", matrix.n_rows(), found));
        }
        let labels = labels_of(candidates.labels, rows)?;
        let positives = labels.iter().filter(|&&label| label).count();
        if positives == 0 || positives == labels.len() {
            return Err(LearnError::fit(
                "all rows to select features on have the same label",
                "give rows with both outcomes",
            ));
        }
        let mut names: Vec<String> = Vec::new();
        let mut columns: Vec<Vec<usize>> = Vec::new();
        let mut places = BTreeMap::new();
        for (column, source) in sources.iter().enumerate() {
            let place = *places.entry(source.as_str()).or_insert_with(|| {
                names.push(source.clone());
                columns.push(Vec::new());
                names.len() - 1
            });
            columns[place].push(column);
        }
        if let Some(unknown) = options.keep.iter().find(|name| !names.contains(name)) {
            return Err(LearnError::UnknownColumn {
                name: unknown.clone(),
                hint: format!(
                    ", which selection.keep wants kept; there are: {}",
                    names.join(", ")
                ),
            });
        }
        let mut values = vec![Vec::with_capacity(labels.len()); matrix.n_columns()];
        for &row in rows.indices() {
            for (column, &value) in values.iter_mut().zip(matrix.row(row)) {
                column.push(f64::from(value));
            }
        }
        let kept = names
            .iter()
            .map(|name| options.keep.contains(name))
            .collect();
        Ok(Self {
            names,
            columns,
            kept,
            values,
            labels,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, feature: usize) -> &str {
        &self.names[feature]
    }

    pub(super) fn is_kept(&self, feature: usize) -> bool {
        self.kept[feature]
    }

    pub(super) fn labels(&self) -> &[bool] {
        &self.labels
    }

    pub(super) fn positives(&self) -> u64 {
        self.labels.iter().filter(|&&label| label).count() as u64
    }

    /// The values of a feature's columns on the training rows.
    pub(super) fn values(&self, feature: usize) -> Vec<&[f64]> {
        let columns = self.columns[feature].iter();
        columns
            .map(|&column| self.values[column].as_slice())
            .collect()
    }

    /// The values of a feature that is one column with more than two values.
    pub(super) fn continuous(&self, feature: usize) -> Option<&[f64]> {
        let [column] = self.columns[feature][..] else {
            return None;
        };
        let values = &self.values[column];
        let first = values.iter().find(|value| !value.is_nan())?;
        let second = values
            .iter()
            .find(|&value| !value.is_nan() && value != first)?;
        let third = |value: &&f64| !value.is_nan() && *value != first && *value != second;
        values.iter().find(third).map(|_| values.as_slice())
    }

    /// Names of the features at these places.
    pub(super) fn names_of(&self, features: &[usize]) -> Vec<String> {
        features
            .iter()
            .map(|&feature| self.names[feature].clone())
            .collect()
    }
}
