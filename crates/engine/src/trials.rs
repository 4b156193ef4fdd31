//! Trials of tuning, kept as they end, so that a run that was cut off goes on from there.
//!
//! A CSV file with a line for each trial and fold, which people may open too. Numbers are
//! written with all their digits and read back exactly, so a resumed run chooses what an
//! uninterrupted one does. A trial counts only if the lines of all its folds are there.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use leadrank_learn::LearnError;
use leadrank_learn::cross_validate::FoldScore;
use leadrank_learn::tuning::{Keeper, Point, Standing, Trial, TuningOptions};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::progress::{Progress, Sink};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    rung: u32,
    candidate: u32,
    max_depth: u32,
    eta: f64,
    min_child_weight: f64,
    subsample: f64,
    colsample_bytree: f64,
    alpha: f64,
    lambda: f64,
    gamma: f64,
    most_rounds: u32,
    rounds: u32,
    folds: u32,
    fold: u32,
    n: u64,
    positives: u64,
    auc_roc: f64,
    auc_pr: f64,
    precision_at_10: f64,
    log_loss: f64,
    train_auc_pr: f64,
}

/// Keeps trials in a file, shows progress and watches the time budget.
pub struct TrialFile<'a> {
    path: Option<PathBuf>,
    known: Vec<Trial>,
    file: Option<File>,
    until: Option<Instant>,
    begun: Instant,
    progress: &'a Sink<'a>,
    /// Trials that this run did not have to run.
    before: Option<u64>,
}

impl<'a> TrialFile<'a> {
    /// Opens the file of a run; without one, trials live as long as the process.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub fn open(
        path: Option<&Path>,
        options: &TuningOptions,
        progress: &'a Sink<'a>,
    ) -> Result<Self> {
        let begun = Instant::now();
        let limit = Duration::try_from_secs_f64(60.0 * options.budget_minutes).ok();
        let limit = limit.filter(|limit| !limit.is_zero());
        let mut kept = Self {
            path: path.map(Path::to_path_buf),
            known: Vec::new(),
            file: None,
            until: limit.and_then(|limit| begun.checked_add(limit)),
            begun,
            progress,
            before: None,
        };
        let Some(path) = path else { return Ok(kept) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        let text = std::fs::read(path).unwrap_or_default();
        kept.known = trials_of(&text);
        // A line that a crash cut off would run into the next one: start from what is whole.
        let whole = csv_of(&kept.known).map_err(|error| kept.problem(error))?;
        crate::project::write_atomically(path, &whole)?;
        let file = OpenOptions::new().append(true).open(path);
        kept.file = Some(file.map_err(Error::io("open", path))?);
        Ok(kept)
    }

    fn problem(&self, error: impl std::fmt::Display) -> Error {
        let path = self.path.as_deref().unwrap_or(Path::new("trials"));
        Error::Data(format!("{}: {error}", path.display()))
    }
}

impl Keeper for TrialFile<'_> {
    fn known(&self) -> Vec<Trial> {
        self.known.clone()
    }

    fn keep(&mut self, trial: &Trial) -> leadrank_learn::Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let lines = lines_of(trial, false).map_err(|error| error.to_string());
        let written = lines.and_then(|lines| {
            let write = file.write_all(&lines).and_then(|()| file.sync_data());
            write.map_err(|error| error.to_string())
        });
        written.map_err(|message| LearnError::Downstream {
            step: "keeping a trial of the tuning",
            message,
        })
    }

    fn go_on(&mut self, standing: Standing) -> bool {
        let before = *self.before.get_or_insert(standing.done - 1);
        let ran = standing.done - before;
        let left = self.begun.elapsed().as_secs_f64() / ran as f64
            * (standing.total - standing.done) as f64;
        (self.progress)(Progress::Step {
            what: format!(
                "tuning, best so far {:.4}, about {} left",
                standing.best,
                span(left)
            ),
            done: standing.done,
            total: standing.total,
        });
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// A time span in words.
fn span(seconds: f64) -> String {
    if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

fn lines_of(trial: &Trial, header: bool) -> std::result::Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .has_headers(header)
        .from_writer(Vec::new());
    let point = &trial.point;
    for (fold, score) in (1..).zip(&trial.folds) {
        writer.serialize(Line {
            rung: trial.rung,
            candidate: trial.candidate,
            max_depth: point.max_depth,
            eta: point.eta,
            min_child_weight: point.min_child_weight,
            subsample: point.subsample,
            colsample_bytree: point.colsample_bytree,
            alpha: point.alpha,
            lambda: point.lambda,
            gamma: point.gamma,
            most_rounds: trial.most_rounds,
            rounds: trial.rounds,
            folds: trial.folds.len() as u32,
            fold,
            n: score.n,
            positives: score.positives,
            auc_roc: score.auc_roc,
            auc_pr: score.auc_pr,
            precision_at_10: score.precision_at_10,
            log_loss: score.log_loss,
            train_auc_pr: score.train_auc_pr,
        })?;
    }
    writer.flush()?;
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// The whole file; with a header even without trials.
///
/// # Errors
/// When a line has no CSV form.
pub fn csv_of(trials: &[Trial]) -> std::result::Result<Vec<u8>, csv::Error> {
    let mut bytes = HEADER.as_bytes().to_vec();
    for trial in trials {
        bytes.extend(lines_of(trial, false)?);
    }
    Ok(bytes)
}

/// Column names, in the order of [`Line`].
const HEADER: &str = "rung,candidate,max_depth,eta,min_child_weight,subsample,colsample_bytree,\
alpha,lambda,gamma,most_rounds,rounds,folds,fold,n,positives,auc_roc,auc_pr,precision_at_10,\
log_loss,train_auc_pr\n";

/// The trials of a file that are whole, in the order in which they first appear.
fn trials_of(text: &[u8]) -> Vec<Trial> {
    let mut order: Vec<(u32, u32)> = Vec::new();
    let mut found: BTreeMap<(u32, u32), (u32, Trial)> = BTreeMap::new();
    // A number that was cut off still reads as one: only lines with their end count.
    let whole = text
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(&text[..whole]);
    for line in reader.deserialize::<Line>().map_while(|line| line.ok()) {
        let key = (line.rung, line.candidate);
        let (_, trial) = found.entry(key).or_insert_with(|| {
            order.push(key);
            let trial = Trial {
                candidate: line.candidate,
                point: Point {
                    max_depth: line.max_depth,
                    eta: line.eta,
                    min_child_weight: line.min_child_weight,
                    subsample: line.subsample,
                    colsample_bytree: line.colsample_bytree,
                    alpha: line.alpha,
                    lambda: line.lambda,
                    gamma: line.gamma,
                },
                rung: line.rung,
                most_rounds: line.most_rounds,
                rounds: line.rounds,
                folds: Vec::new(),
            };
            (line.folds, trial)
        });
        if line.fold as usize == trial.folds.len() + 1 {
            trial.folds.push(FoldScore {
                n: line.n,
                positives: line.positives,
                auc_roc: line.auc_roc,
                auc_pr: line.auc_pr,
                precision_at_10: line.precision_at_10,
                log_loss: line.log_loss,
                train_auc_pr: line.train_auc_pr,
            });
        }
    }
    order
        .iter()
        .filter_map(|key| found.remove(key))
        .filter(|(folds, trial)| trial.folds.len() == *folds as usize)
        .map(|(_, trial)| trial)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(candidate: u32, auc_pr: f64) -> Trial {
        let fold = |n| FoldScore {
            n,
            positives: 7,
            auc_roc: 0.1 + 0.2,
            auc_pr,
            precision_at_10: 1.0 / 3.0,
            log_loss: f64::MIN_POSITIVE,
            train_auc_pr: 0.9,
        };
        Trial {
            candidate,
            point: leadrank_learn::tuning::Grid::Both.point(candidate as usize),
            rung: 1,
            most_rounds: 100,
            rounds: 60,
            folds: vec![fold(10), fold(20)],
        }
    }

    fn open(path: &Path) -> TrialFile<'_> {
        TrialFile::open(Some(path), &TuningOptions::default(), &|_| {}).unwrap()
    }

    #[test]
    fn trials_come_back_to_the_last_bit_and_a_cut_line_costs_only_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/trials.csv");
        let kept = [trial(0, 0.059_999_999_999_999_99), trial(3, 2.0 / 3.0)];
        let mut file = open(&path);
        for trial in &kept {
            file.keep(trial).unwrap();
        }
        assert_eq!(open(&path).known(), kept);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole, csv_of(&kept).unwrap());
        for end in 0..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let known = open(&path).known();
            assert!(known.len() <= 2 && known == kept[..known.len()], "{end}");
            // What follows is read as well.
            open(&path).keep(&trial(5, 0.5)).unwrap();
            let mut expected = known;
            expected.push(trial(5, 0.5));
            assert_eq!(open(&path).known(), expected, "{end}");
        }
    }

    #[test]
    fn the_header_names_the_columns() {
        let lines = lines_of(&trial(1, 0.5), true).unwrap();
        assert!(String::from_utf8(lines).unwrap().starts_with(HEADER));
    }

    #[test]
    fn a_budget_ends_the_run() {
        let options = TuningOptions {
            budget_minutes: 1e-9,
            ..TuningOptions::default()
        };
        let standing = Standing {
            done: 1,
            total: 4,
            best: 0.1,
        };
        let mut file = TrialFile::open(None, &options, &|_| {}).unwrap();
        assert!(!file.go_on(standing));
        let mut file = TrialFile::open(None, &TuningOptions::default(), &|_| {}).unwrap();
        assert!(file.go_on(standing));
        assert!(file.known().is_empty() && file.keep(&trial(0, 0.5)).is_ok());
    }
}
