//! Several files read at the same time into one stream.
//!
//! Each file has its own thread and a short queue. Batches are taken from the files in
//! turn, so the order of rows depends on the files alone and never on which thread is
//! faster, and memory stays bounded.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedSender, channel};

use crate::error::{Error, Result};
use crate::progress::ProgressEvent;
use crate::reader::{FileReader, ReadOptions, ReadSummary, Source};

/// Batches a file may be ahead of the writer.
const AHEAD: usize = 2;

/// What the threads leave behind, by file.
#[derive(Default)]
pub(super) struct Outcome(Mutex<Vec<Option<Result<ReadSummary>>>>);

impl Outcome {
    fn files(&self) -> MutexGuard<'_, Vec<Option<Result<ReadSummary>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True once the file was read to its end without an error.
    fn complete(&self, file: usize) -> bool {
        matches!(self.files().get(file), Some(Some(Ok(_))))
    }

    /// The first error in file order, if a file had one.
    pub(super) fn error(&self) -> Option<Error> {
        let mut files = self.files();
        let failed = files.iter().position(|file| matches!(file, Some(Err(_))))?;
        files.swap_remove(failed).and_then(Result::err)
    }

    /// The figures of all files, in file order.
    pub(super) fn summaries(&self, sources: &[Source]) -> Result<Vec<ReadSummary>> {
        let files = std::mem::take(&mut *self.files());
        files
            .into_iter()
            .zip(sources)
            .map(|(file, source)| {
                file.unwrap_or_else(|| {
                    Err(Error::Stopped {
                        file: source.name(),
                    })
                })
            })
            .collect()
    }
}

/// Starts reading; the stream fails as soon as one file does.
pub(super) fn read_together(
    sources: &[Source],
    options: &ReadOptions,
    schema: SchemaRef,
    events: &UnboundedSender<ProgressEvent>,
) -> (SendableRecordBatchStream, Arc<Outcome>) {
    let outcome = Arc::new(Outcome::default());
    outcome.files().resize_with(sources.len(), || None);
    let mut queues = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let (sender, receiver) = channel(AHEAD);
        queues.push(Some(receiver));
        let (source, options) = (source.clone(), options.clone());
        let (events, outcome) = (events.clone(), Arc::clone(&outcome));
        std::thread::spawn(move || {
            let read = read_one(&source, &options, &sender, &events);
            outcome.files()[index] = read.transpose();
        });
    }
    let turns = Turns {
        queues,
        next: 0,
        outcome: Arc::clone(&outcome),
    };
    let stream = futures::stream::unfold(turns, |mut turns| async {
        let item = turns.take().await.transpose()?;
        Some((item, turns))
    });
    (
        Box::pin(RecordBatchStreamAdapter::new(schema, stream)),
        outcome,
    )
}

/// Reads one file into its queue; nothing if nobody wants the rest.
fn read_one(
    source: &Source,
    options: &ReadOptions,
    queue: &Sender<RecordBatch>,
    events: &UnboundedSender<ProgressEvent>,
) -> Result<Option<ReadSummary>> {
    let bytes_total = std::fs::metadata(&source.path).map_or(0, |data| data.len());
    let file = source.name();
    let mut reader = FileReader::open(source, options)?;
    let tell = |bytes_done: u64| {
        // Nobody listening is no reason to stop reading.
        let _ = events.send(ProgressEvent {
            file: file.clone(),
            bytes_done,
            bytes_total,
        });
    };
    while let Some(batch) = reader.next_batch()? {
        tell(reader.bytes());
        if queue.blocking_send(batch).is_err() {
            return Ok(None);
        }
    }
    tell(bytes_total);
    reader.finish().map(Some)
}

struct Turns {
    queues: Vec<Option<Receiver<RecordBatch>>>,
    next: usize,
    outcome: Arc<Outcome>,
}

impl Turns {
    /// The next batch: one from each file in turn until all are at their end.
    async fn take(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        while self.queues.iter().any(Option::is_some) {
            let file = self.next;
            self.next = (self.next + 1) % self.queues.len();
            let Some(queue) = &mut self.queues[file] else {
                continue;
            };
            if let Some(batch) = queue.recv().await {
                return Ok(Some(batch));
            }
            self.queues[file] = None;
            if !self.outcome.complete(file) {
                // Nothing follows an error.
                self.queues.clear();
                return Err(DataFusionError::Execution(
                    "a file could not be read".into(),
                ));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use datafusion::arrow::array::{AsArray, RecordBatch};
    use futures::StreamExt;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::contract::FileKind;

    fn territory(folder: &std::path::Path, name: &str, rows: usize) -> Source {
        let path = folder.join(format!("{name}.csv"));
        let mut file = String::from("RepCRD,MilesToWork\n");
        for row in 1..=rows {
            file.push_str(&format!("{row},1\n"));
        }
        std::fs::write(&path, file).expect("writable");
        Source {
            path,
            kind: FileKind::Reps,
            territory: Some(name.into()),
            snapshot_as_of: NaiveDate::from_ymd_opt(2025, 10, 1),
        }
    }

    fn first_cell(batch: &RecordBatch) -> (String, usize) {
        let column = batch.column_by_name("territory_source").expect("declared");
        (
            column.as_string::<i32>().value(0).to_owned(),
            batch.num_rows(),
        )
    }

    fn options() -> ReadOptions {
        ReadOptions {
            mappings: Vec::new(),
            keep_unknown: true,
            loaded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn the_order_of_batches_does_not_depend_on_threads() {
        let folder = tempfile::tempdir().expect("writable");
        // A long file between short ones: the turns go on with what is left.
        let sources = [
            territory(folder.path(), "T1", 9_000),
            territory(folder.path(), "T2", 20_000),
            territory(folder.path(), "T3", 10),
        ];
        for _ in 0..5 {
            let (events, _told) = unbounded_channel();
            let schema = FileKind::Reps.contract().schema();
            let (stream, outcome) = read_together(&sources, &options(), schema, &events);
            let order: Vec<(String, usize)> = stream
                .map(|batch| first_cell(&batch.expect("readable")))
                .collect()
                .await;
            let expected = [
                ("T1", 8_192),
                ("T2", 8_192),
                ("T3", 10),
                ("T1", 808),
                ("T2", 8_192),
                ("T2", 3_616),
            ];
            assert_eq!(order, expected.map(|(name, rows)| (name.to_owned(), rows)));
            let summaries = outcome.summaries(&sources).expect("complete");
            let rows: Vec<u64> = summaries.iter().map(|summary| summary.rows).collect();
            assert_eq!(rows, [9_000, 20_000, 10]);
        }
    }

    #[tokio::test]
    async fn one_bad_file_fails_the_stream_and_is_named() {
        let folder = tempfile::tempdir().expect("writable");
        let sources = [
            territory(folder.path(), "T1", 10),
            territory(folder.path(), "T2", 0),
        ];
        let (events, _told) = unbounded_channel();
        let schema = FileKind::Reps.contract().schema();
        let (stream, outcome) = read_together(&sources, &options(), schema, &events);
        let batches: Vec<_> = stream.collect().await;
        assert!(batches.last().is_some_and(Result::is_err));
        let error = outcome.error().expect("kept");
        assert!(
            error.to_string().starts_with("T2.csv: no usable row"),
            "{error}"
        );
    }
}
