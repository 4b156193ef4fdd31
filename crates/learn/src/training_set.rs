//! Rows handed to the trainer, with what is done about positives being rare.

use crate::fit::labels_of;
use crate::imbalance::{Columns, SmoteReport, Strategy, smote};
use crate::recipe::Recipe;
use crate::split::{Rows, TrainingRows};
use crate::xgboost::{Booster, Data, Library};
use crate::{LearnError, Matrix, Result};

/// Some columns of a matrix with its labels.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) library: Library,
    pub(crate) matrix: &'a Matrix,
    pub(crate) labels: &'a [Option<bool>],
    /// Threads of the library; 0 means all. No result depends on them.
    pub(crate) threads: usize,
}

/// Training rows inside the library.
pub(crate) struct TrainingSet {
    pub(crate) data: Data,
    positives: u64,
    negatives: u64,
    /// Values for missing cells, where synthetic rows made them necessary; whatever the
    /// trees are shown later must be filled alike.
    pub(crate) filling: Option<Columns>,
    /// What was made up.
    pub(crate) smote: Option<SmoteReport>,
}

impl TrainingSet {
    /// An untrained booster with the recipe's parameters under `strategy`, which starts from
    /// the share of positives by weight.
    pub(crate) fn booster(
        &self,
        table: &Table<'_>,
        recipe: &Recipe,
        strategy: &Strategy,
    ) -> Result<Booster> {
        let mut recipe = recipe.clone();
        if *strategy != Strategy::None {
            recipe.scale_pos_weight = strategy.weight(self.positives, self.negatives);
        }
        let weighted = self.positives as f64 * recipe.scale_pos_weight;
        let start = weighted / (weighted + self.negatives as f64);
        let names = table.matrix.names();
        let parameters = recipe.xgboost_parameters(start, table.threads, names)?;
        let booster = Booster::new(table.library, &self.data, &parameters)?;
        booster.set_features(names)?;
        Ok(booster)
    }
}

impl Table<'_> {
    /// The rows, with synthetic ones where `strategy` makes any, by `seed`.
    pub(crate) fn training_set(
        &self,
        rows: &impl TrainingRows,
        strategy: &Strategy,
        seed: u64,
    ) -> Result<TrainingSet> {
        let mut outcomes = labels_of(self.labels, rows)?;
        let mut values = self.matrix.gather(rows.indices());
        let mut filling = None;
        let mut report = None;
        if let Strategy::Smote { ratio, neighbours } = *strategy {
            let width = self.matrix.n_columns();
            let made = smote(&values, width, &outcomes, ratio, neighbours, seed)?;
            // Without a synthetic row there is nothing that rows would have to be filled for.
            if !made.rows.is_empty() {
                made.columns.impute(&mut values)?;
                outcomes.resize(outcomes.len() + made.rows.len() / width, true);
                values.extend_from_slice(&made.rows);
                filling = Some(made.columns);
            }
            report = Some(made.report);
        }
        let positives = outcomes.iter().filter(|&&outcome| outcome).count() as u64;
        let negatives = outcomes.len() as u64 - positives;
        if positives == 0 || negatives == 0 {
            return Err(LearnError::fit(
                "all rows of a training part have the same label",
                "give rows with both outcomes",
            ));
        }
        Ok(TrainingSet {
            data: self.load(&values, &outcomes)?,
            positives,
            negatives,
            filling,
            smote: report,
        })
    }

    /// Rows to measure on, filled as the training rows were.
    pub(crate) fn measured_set(
        &self,
        rows: &impl Rows,
        filling: Option<&Columns>,
    ) -> Result<(Data, Vec<bool>)> {
        let outcomes = labels_of(self.labels, rows)?;
        let mut values = self.matrix.gather(rows.indices());
        if let Some(filling) = filling {
            filling.impute(&mut values)?;
        }
        Ok((self.load(&values, &outcomes)?, outcomes))
    }

    fn load(&self, values: &[f32], outcomes: &[bool]) -> Result<Data> {
        let mut data = Data::new(self.library, self.matrix.names(), values, self.threads)?;
        data.set_labels(outcomes)?;
        Ok(data)
    }
}
