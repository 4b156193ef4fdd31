//! `train --table`: the same machinery on any Parquet or CSV table.

mod columns;
mod scores;

use std::path::PathBuf;

use chrono::NaiveDate;
use leadrank_learn::Matrix;
use leadrank_learn::baselines::Kind;
use leadrank_learn::calibrate::CalibrationOptions;
use leadrank_learn::develop::{Encoded, Settings};
use leadrank_learn::encode::{Column, DroppedColumn, Encoder, EncoderOptions};
use leadrank_learn::segments::Segments;
use leadrank_learn::split::{Assignment, FoldConfig, Split, SplitConfig, SplitInput, Times, split};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::gates::Thresholds;
use crate::progress::{Progress, Sink};
use crate::training::{ModelReport, Options, Task, Trained, cut_folds, train};
use columns::Table;
use scores::Scores;

/// What to train on, by column name.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The Parquet or CSV file.
    pub file: PathBuf,
    /// Outcome: 0/1, true/false, yes/no.
    pub label: String,
    /// What orders the rows in time: a date or a rising number. Without it the
    /// rows are taken to be in time order.
    pub date: Option<String>,
    /// Name of each row in the scores file.
    pub id: Option<String>,
    /// Rows with the same value stay on one side of the split.
    pub group: Option<String>,
    /// Column with the values `train` and `test`.
    pub split: Option<String>,
    /// First day, or number, of the test rows.
    pub test_from: Option<String>,
    /// Columns that must not be used.
    pub exclude: Vec<String>,
    /// Days in which a row's label forms; dates only.
    pub horizon_days: u32,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads to use.
    pub threads: usize,
    /// Where to write id, split, margin, probability of every row.
    pub scores: Option<PathBuf>,
    /// How the rows before the test are cut into folds.
    pub folds: FoldConfig,
    /// How to develop the model.
    pub settings: Settings,
    /// Where trials of the tuning are kept, to go on from after a crash.
    pub trials: Option<PathBuf>,
    /// Score by an ensemble of model and scorecard instead of the model alone.
    pub ensemble: Option<Kind>,
}

/// What came out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TableReport {
    /// The file's name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Rows without a usable label.
    pub unlabelled: u64,
    /// What orders the rows, in words.
    pub time: String,
    /// Columns that became no feature, with the reason.
    pub dropped: Vec<DroppedColumn>,
    /// What the scores file holds: the model's scores, or those of an ensemble.
    pub scored_by: Kind,
    /// Metrics, curves, explanation.
    #[serde(flatten)]
    pub model: ModelReport,
}

/// Splits, trains, calibrates, measures and explains.
///
/// # Errors
/// A column that isn't there, a label that is no yes/no, too few rows.
pub fn run(request: &Request, progress: &Sink<'_>) -> Result<TableReport> {
    progress(Progress::Stage("reading the table".into()));
    let table = Read::of(request)?;
    let mut config = SplitConfig {
        label_horizon_days: request.horizon_days,
        ..SplitConfig::default()
    };
    let assignment = assignment(&table.table, request, &table.times, &mut config)?;
    let input = SplitInput {
        assignment,
        ..table.input()
    };
    let made = table.train(request, &input, &config, progress)?;
    let scores = Scores::of(&made.trained, &made.matrix, request.ensemble)?;
    if let Some(path) = &request.scores {
        scores::write(path, &table.ids(request)?, &made.split, &scores)?;
    }
    Ok(TableReport {
        table: name_of(request),
        rows: table.table.rows.len() as u64,
        unlabelled: made.split.audit.unlabelled,
        time: table.time,
        dropped: made.dropped,
        scored_by: scores.by,
        model: made.trained.report,
    })
}

/// The file's name.
pub(crate) fn name_of(request: &Request) -> String {
    let name = request.file.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A table with what is asked of it.
pub(crate) struct Read {
    table: Table,
    pub(crate) labels: Vec<Option<bool>>,
    pub(crate) times: Times,
    time: String,
    groups: Option<Vec<Option<String>>>,
    columns: Vec<(String, Column)>,
}

/// A model of a table with the rows it was made of.
pub(crate) struct MadeOf {
    pub(crate) trained: Trained,
    pub(crate) split: Split,
    /// All columns, encoded by what was known before calibration.
    matrix: Matrix,
    dropped: Vec<DroppedColumn>,
}

impl Read {
    /// Reads the file and takes the columns for what the request says they are.
    ///
    /// # Errors
    /// As [`run`].
    pub(crate) fn of(request: &Request) -> Result<Self> {
        let table = Table::new(leadrank_warehouse::read_table_file(&request.file)?)?;
        let labels = table.labels(&request.label)?;
        let (times, time) = table.times(request)?;
        let groups = request.group.as_deref().map(|name| table.keys(name));
        Ok(Self {
            groups: groups.transpose()?,
            columns: table.features(request)?,
            labels,
            times,
            time,
            table,
        })
    }

    /// What a split is made of, without an assignment.
    pub(crate) fn input(&self) -> SplitInput {
        SplitInput {
            times: self.times.clone(),
            groups: self.groups.clone(),
            labels: self.labels.clone(),
            assignment: None,
        }
    }

    /// The rows' names: the id column, or their numbers.
    pub(crate) fn ids(&self, request: &Request) -> Result<Vec<Option<String>>> {
        match &request.id {
            Some(name) => self.table.keys(name),
            None => Ok((1..=self.table.rows.len())
                .map(|row| Some(row.to_string()))
                .collect()),
        }
    }

    /// Splits, encodes, trains, calibrates, measures and explains.
    ///
    /// # Errors
    /// As [`run`].
    pub(crate) fn train(
        &self,
        request: &Request,
        input: &SplitInput,
        config: &SplitConfig,
        progress: &Sink<'_>,
    ) -> Result<MadeOf> {
        let split = split(input, config)?;
        let columns = &self.columns;
        let encoder_options = EncoderOptions {
            keep: request.settings.selection.keep.clone(),
            ..EncoderOptions::default()
        };
        let encoder = Encoder::fit(columns, &input.times, &split.refit, &encoder_options)?;
        let matrix = encoder.transform(columns)?;
        let sources = encoder.sources();
        let folds = cut_folds(&split, input, &request.folds)?;
        // Each fold sees the table as its own past would have encoded it.
        let mut by_fold = Vec::new();
        for fold in folds.iter().flat_map(|folds| &folds.folds) {
            let own = Encoder::fit(columns, &input.times, &fold.past, &encoder_options)?;
            by_fold.push((own.transform(columns)?, own.sources()));
        }
        let task = Task {
            whole: Encoded {
                matrix: &matrix,
                sources: Some(&sources),
            },
            labels: &input.labels,
            split: &split,
            segments: &Segments::none(),
            folds: match &folds {
                Ok(folds) => Ok((
                    folds,
                    by_fold
                        .iter()
                        .map(|(matrix, sources)| Encoded {
                            matrix,
                            sources: Some(sources),
                        })
                        .collect(),
                )),
                Err(reason) => Err(reason.clone()),
            },
        };
        let options = Options {
            settings: request.settings.clone(),
            calibration: &CalibrationOptions::default(),
            seed: request.seed,
            threads: request.threads,
            trials: request.trials.as_deref(),
            externals: &[],
            thresholds: &Thresholds::default(),
        };
        let trained = train(&task, &options, progress)?;
        Ok(MadeOf {
            trained,
            dropped: encoder.dropped().to_vec(),
            matrix,
            split,
        })
    }
}

/// The caller's own test rows, if given.
fn assignment(
    table: &Table,
    request: &Request,
    times: &Times,
    config: &mut SplitConfig,
) -> Result<Option<Vec<Assignment>>> {
    if let Some(name) = &request.split {
        let words = table.keys(name)?;
        let assign = |word: &Option<String>| match word.as_deref().map(str::to_lowercase).as_deref()
        {
            Some("train") => Assignment::Train,
            Some("test") => Assignment::Test,
            _ => Assignment::LeftOut,
        };
        let assigned: Vec<Assignment> = words.iter().map(assign).collect();
        for (part, word) in [(Assignment::Train, "train"), (Assignment::Test, "test")] {
            if !assigned.contains(&part) {
                return Err(Error::Data(format!(
                    "no row of column `{name}` says `{word}`; --split wants the values train and test"
                )));
            }
        }
        return Ok(Some(assigned));
    }
    let Some(text) = &request.test_from else {
        return Ok(None);
    };
    match times {
        Times::Days(_) => {
            let first = text.parse::<NaiveDate>().map_err(|_| {
                Error::Data(format!(
                    "--test-from `{text}` is no date; write it as 2025-03-01"
                ))
            })?;
            config.test_from = Some(first);
            Ok(None)
        }
        Times::Order(order) => {
            let first: i64 = text.parse().map_err(|_| {
                Error::Data(format!(
                    "--test-from `{text}` is no whole number, but the rows are ordered by one"
                ))
            })?;
            let assign = |place: &Option<i64>| match place {
                Some(place) if *place >= first => Assignment::Test,
                Some(_) => Assignment::Train,
                None => Assignment::LeftOut,
            };
            Ok(Some(order.iter().map(assign).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::columns::tests::{request, sample};
    use super::*;

    #[test]
    fn a_split_column_without_the_two_words_is_refused() {
        let mut wanted = request("order");
        wanted.split = Some("text".into());
        let message = assignment(
            &sample(),
            &wanted,
            &Times::Order(vec![Some(1), Some(2), Some(3)]),
            &mut SplitConfig::default(),
        )
        .unwrap_err()
        .to_string();
        assert!(message.contains("`text` says `train`"), "{message}");
    }
}
