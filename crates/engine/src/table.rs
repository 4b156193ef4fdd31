//! `train --table`: the same machinery on any Parquet or CSV table.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use leadrank_learn::Matrix;
use leadrank_learn::baselines::Kind;
use leadrank_learn::calibrate::CalibrationOptions;
use leadrank_learn::develop::{Encoded, Settings};
use leadrank_learn::encode::{Column, DroppedColumn, Encoder, EncoderOptions};
use leadrank_learn::segments::Segments;
use leadrank_learn::split::{
    Assignment, Fate, FoldConfig, Split, SplitConfig, SplitInput, Times, split,
};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::gates::Thresholds;
use crate::progress::{Progress, Sink};
use crate::project::write_atomically;
use crate::stages::dataset::days_since_epoch;
use crate::stages::rows::Rows;
use crate::training::{ModelReport, Options, Task, Trained, cut_folds, train};

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
        write_scores(path, &table.ids(request)?, &made.split, &scores)?;
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

/// A table file read into memory.
struct Table {
    schema: SchemaRef,
    rows: Rows,
}

impl Table {
    fn new(batches: Vec<RecordBatch>) -> Result<Self> {
        let schema = batches
            .first()
            .map(RecordBatch::schema)
            .ok_or_else(|| Error::Data("the table has no rows".into()))?;
        Ok(Table {
            schema,
            rows: Rows::new(batches),
        })
    }

    fn kind(&self, name: &str) -> Result<&DataType> {
        let field = self.schema.field_with_name(name).map_err(|_| {
            let known: Vec<&str> = self
                .schema
                .fields()
                .iter()
                .map(|field| field.name().as_str())
                .collect();
            let nearest = known
                .iter()
                .min_by_key(|known| {
                    strsim::damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase())
                })
                .map_or(String::new(), |known| format!("; the nearest is `{known}`"));
            Error::Data(format!(
                "the table has no column `{name}`{nearest}; it has: {}",
                known.join(", ")
            ))
        })?;
        Ok(field.data_type())
    }

    /// A column as text, whatever its type: ids and groups.
    fn keys(&self, name: &str) -> Result<Vec<Option<String>>> {
        self.kind(name)?;
        self.rows.texts(name)
    }

    fn labels(&self, name: &str) -> Result<Vec<Option<bool>>> {
        self.kind(name)?;
        let texts = self.rows.texts(name)?;
        let mut labels = Vec::with_capacity(texts.len());
        for (row, text) in texts.iter().enumerate() {
            labels.push(match text.as_deref().map(str::trim) {
                None | Some("") => None,
                Some(text) => Some(truth(text).ok_or_else(|| {
                    Error::Data(format!(
                        "column `{name}`, row {}: `{text}` is no outcome; write 1/0, true/false or yes/no",
                        row + 1
                    ))
                })?),
            });
        }
        Ok(labels)
    }

    /// When each row happened, and that in words.
    fn times(&self, request: &Request) -> Result<(Times, String)> {
        let Some(name) = &request.date else {
            let order = (0..self.rows.len() as i64).map(Some).collect();
            return Ok((Times::Order(order), "the order of the rows".into()));
        };
        let kind = self.kind(name)?;
        if kind.is_integer() {
            return Ok((
                Times::Order(self.rows.integers(name)?),
                format!("the number in {name}"),
            ));
        }
        if kind.is_numeric() {
            return Err(Error::Data(format!(
                "column `{name}` holds fractions; --date wants a date or a whole number that rises in time"
            )));
        }
        let days = self.days(name)?;
        if days.iter().all(Option::is_none) {
            return Err(Error::Data(format!(
                "column `{name}` holds no dates such as 2025-03-01; --date wants a date or a whole number"
            )));
        }
        Ok((Times::Days(days), format!("the date in {name}")))
    }

    fn days(&self, name: &str) -> Result<Vec<Option<i32>>> {
        if matches!(
            self.kind(name)?,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        ) {
            let texts = self.rows.texts(name)?;
            return Ok(texts
                .iter()
                .map(|text| text.as_deref().and_then(day))
                .collect());
        }
        Ok(self
            .rows
            .dates(name)?
            .into_iter()
            .map(|day| day.map(days_since_epoch))
            .collect())
    }

    /// Every column that may become a feature. The number that orders rows is
    /// none: it only says how new a row is.
    fn features(&self, request: &Request) -> Result<Vec<(String, Column)>> {
        for name in &request.exclude {
            self.kind(name)?;
        }
        let roles = [
            &Some(request.label.clone()),
            &request.id,
            &request.group,
            &request.split,
        ];
        let mut columns = Vec::new();
        for field in self.schema.fields() {
            let name = field.name();
            let has_role = roles.iter().any(|role| role.as_ref() == Some(name));
            let is_order = request.date.as_ref() == Some(name) && field.data_type().is_numeric();
            if has_role || is_order || request.exclude.contains(name) {
                continue;
            }
            columns.push((name.clone(), self.feature(name, field.data_type())?));
        }
        if columns.is_empty() {
            return Err(Error::Data(
                "no column is left to learn from; exclude fewer".into(),
            ));
        }
        Ok(columns)
    }

    fn feature(&self, name: &str, kind: &DataType) -> Result<Column> {
        Ok(match kind {
            DataType::Boolean => Column::Bool(self.rows.flags(name)?),
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => {
                Column::Date(self.days(name)?)
            }
            kind if kind.is_numeric() => {
                let numbers = self.rows.numbers(name)?.into_iter();
                Column::Number(numbers.map(|number| number.unwrap_or(f64::NAN)).collect())
            }
            _ => {
                let texts = self.rows.texts(name)?;
                let filled = texts.iter().flatten().count();
                let days: Vec<Option<i32>> = texts
                    .iter()
                    .map(|text| text.as_deref().and_then(day))
                    .collect();
                // Dates that a file carries as text are dates all the same.
                if filled > 0 && days.iter().flatten().count() == filled {
                    Column::Date(days)
                } else {
                    Column::Text(texts)
                }
            }
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

fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" | "y" | "t" => Some(true),
        "0" | "0.0" | "false" | "no" | "n" | "f" => Some(false),
        _ => None,
    }
}

/// Days since 1970 of `2025-03-01`, with or without a time behind it.
pub(crate) fn day(text: &str) -> Option<i32> {
    let text = text.trim();
    let date = text.get(..10)?;
    let rest = &text[10..];
    if !(rest.is_empty() || rest.starts_with([' ', 'T'])) {
        return None;
    }
    date.parse::<NaiveDate>().ok().map(days_since_epoch)
}

/// Margin and probability of every row.
struct Scores {
    by: Kind,
    margins: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Scores {
    /// By the model alone, or by the ensemble that is asked for; `whole` has all columns.
    fn of(trained: &Trained, whole: &Matrix, ensemble: Option<Kind>) -> Result<Self> {
        let own = trained.fitted.model.margins(trained.matrix.data());
        let own: Vec<f64> = own.into_iter().map(f64::from).collect();
        let Some(wanted) = ensemble else {
            let scored = own.iter().enumerate();
            let probability = |(row, &margin)| trained.fitted.probability(row, margin);
            return Ok(Scores {
                by: Kind::Model,
                probabilities: scored.map(probability).collect(),
                margins: own,
            });
        };
        let found = trained.ensembles.iter().find(|one| one.kind() == wanted);
        let (Some(found), Some(card)) = (found, &trained.scorecard) else {
            return Err(Error::Data(format!(
                "there is no ensemble to score by: {}",
                trained
                    .report
                    .comparison
                    .iter()
                    .flat_map(|comparison| &comparison.left_out)
                    .cloned()
                    .collect::<Vec<String>>()
                    .join("; ")
            )));
        };
        let cards = card.margins(whole)?;
        let both = own.iter().zip(&cards);
        let margins: Vec<f64> = both.map(|(&own, &card)| found.margin(own, card)).collect();
        Ok(Scores {
            by: wanted,
            probabilities: margins.iter().map(|&m| found.probability(m)).collect(),
            margins,
        })
    }
}

fn write_scores(path: &Path, ids: &[Option<String>], split: &Split, scores: &Scores) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let to_error = |source: csv::Error| Error::Data(format!("the scores file: {source}"));
    writer
        .write_record(["id", "split", "margin", "probability"])
        .map_err(to_error)?;
    for (row, id) in ids.iter().enumerate() {
        writer
            .write_record([
                id.as_deref().unwrap_or_default(),
                split_word(split.fates[row]),
                &scores.margins[row].to_string(),
                &scores.probabilities[row].to_string(),
            ])
            .map_err(to_error)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Error::Data(format!("the scores file: {error}")))?;
    write_atomically(path, &bytes)
}

/// The words of the scores file; `left_out` are rows that no part holds.
fn split_word(fate: Fate) -> &'static str {
    match fate {
        Fate::Part(part) => part.name(),
        _ => "left_out",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    use super::*;

    fn sample() -> Table {
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "won",
                Arc::new(StringArray::from(vec![Some("Yes"), Some("no"), None])),
            ),
            ("order", Arc::new(Int64Array::from(vec![3, 1, 2]))),
            (
                "day",
                Arc::new(StringArray::from(vec![
                    Some("1970-01-02"),
                    Some("1970-01-03 10:00"),
                    None,
                ])),
            ),
            (
                "text",
                Arc::new(StringArray::from(vec!["a", "1970-01-02", "c"])),
            ),
            (
                "amount",
                Arc::new(Float64Array::from(vec![Some(0.5), None, Some(1.0)])),
            ),
        ];
        let nullable = columns
            .into_iter()
            .map(|(name, column)| (name, column, true));
        Table::new(vec![
            RecordBatch::try_from_iter_with_nullable(nullable).unwrap(),
        ])
        .unwrap()
    }

    fn request(date: &str) -> Request {
        Request {
            label: "won".into(),
            date: Some(date.into()),
            ..Request::default()
        }
    }

    #[test]
    fn labels_are_read_in_any_spelling_and_bad_ones_are_named() {
        assert_eq!(
            sample().labels("won").unwrap(),
            [Some(true), Some(false), None]
        );
        let message = sample().labels("text").unwrap_err().to_string();
        assert!(
            message.contains("row 1") && message.contains("`a`"),
            "{message}"
        );
        let message = sample().labels("wn").unwrap_err().to_string();
        assert!(message.contains("the nearest is `won`"), "{message}");
    }

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

    #[test]
    fn time_is_a_date_or_a_whole_number() {
        let (times, _) = sample().times(&request("day")).unwrap();
        assert_eq!(times, Times::Days(vec![Some(1), Some(2), None]));
        let (times, _) = sample().times(&request("order")).unwrap();
        assert_eq!(times, Times::Order(vec![Some(3), Some(1), Some(2)]));
        assert!(sample().times(&request("amount")).is_err());
        assert!(sample().times(&request("won")).is_err());
    }

    #[test]
    fn features_leave_out_roles_and_the_order() {
        let mut wanted = request("order");
        wanted.exclude = vec!["amount".into()];
        let columns = sample().features(&wanted).unwrap();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["day", "text"]);
        assert!(matches!(columns[0].1, Column::Date(_)));
        assert!(matches!(columns[1].1, Column::Text(_)));
    }
}
