//! One file read on a thread of its own into a stream of batches.
//!
//! A short queue lies between the two, so that memory stays bounded; the order of rows is
//! that of the file.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedSender, channel};

use crate::error::Result;
use crate::progress::ProgressEvent;
use crate::reader::{FileReader, ReadOptions, ReadSummary, Source};
use crate::vintage::{ColumnProfile, Profiler};

/// Batches a file may be ahead of the writer.
const AHEAD: usize = 2;

/// What was read of a file: its figures, and those of its columns.
pub(super) type Reading = (ReadSummary, Vec<ColumnProfile>);

/// What the thread leaves behind when it ends.
#[derive(Default)]
pub(super) struct Outcome(Mutex<Option<Result<Reading>>>);

impl Outcome {
    /// The figures of the file, or its error; nothing if nobody wanted the rest of it.
    pub(super) fn take(&self) -> Option<Result<Reading>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// True once the file was read to its end without an error.
    fn complete(&self) -> bool {
        let outcome = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*outcome, Some(Ok(_)))
    }
}

/// Starts reading; the stream fails if the file does.
pub(super) fn read(
    source: &Source,
    options: &ReadOptions,
    events: UnboundedSender<ProgressEvent>,
) -> (SendableRecordBatchStream, Arc<Outcome>) {
    let outcome = Arc::new(Outcome::default());
    let (sender, receiver) = channel(AHEAD);
    let schema = source.kind.contract().schema();
    let (source, options, left) = (source.clone(), options.clone(), Arc::clone(&outcome));
    std::thread::spawn(move || {
        let read = read_one(&source, &options, &sender, &events);
        *left.0.lock().unwrap_or_else(PoisonError::into_inner) = read.transpose();
    });
    let state = Some((receiver, Arc::clone(&outcome)));
    let stream = futures::stream::unfold(state, |state| async {
        let (mut queue, outcome) = state?;
        let item = next(&mut queue, &outcome).await.transpose()?;
        // Nothing follows an error.
        let state = item.is_ok().then_some((queue, outcome));
        Some((item, state))
    });
    (
        Box::pin(RecordBatchStreamAdapter::new(schema, stream)),
        outcome,
    )
}

/// Reads a file into its queue; nothing if nobody wants the rest.
fn read_one(
    source: &Source,
    options: &ReadOptions,
    queue: &Sender<RecordBatch>,
    events: &UnboundedSender<ProgressEvent>,
) -> Result<Option<Reading>> {
    let bytes_total = std::fs::metadata(&source.path).map_or(0, |data| data.len());
    let file = source.name();
    let mut reader = FileReader::open(source, options)?;
    let mut profiler = Profiler::new(source.kind.contract());
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
        profiler.add(&batch);
        if queue.blocking_send(batch).is_err() {
            return Ok(None);
        }
    }
    tell(bytes_total);
    let summary = reader.finish()?;
    let profiles = profiler.finish(&summary.rejects.by_column);
    Ok(Some((summary, profiles)))
}

/// The next batch; nothing at the end of the file.
async fn next(
    queue: &mut Receiver<RecordBatch>,
    outcome: &Outcome,
) -> Result<Option<RecordBatch>, DataFusionError> {
    if let Some(batch) = queue.recv().await {
        return Ok(Some(batch));
    }
    if outcome.complete() {
        return Ok(None);
    }
    Err(DataFusionError::Execution(
        "a file could not be read".into(),
    ))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use datafusion::arrow::array::AsArray;
    use futures::StreamExt;
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::contract::FileKind;

    fn territory(folder: &std::path::Path, rows: usize) -> Source {
        let path = folder.join("T1.csv");
        let mut file = String::from("RepCRD,MilesToWork\n");
        for row in 1..=rows {
            file.push_str(&format!("{row},1\n"));
        }
        std::fs::write(&path, file).expect("writable");
        Source {
            path,
            kind: FileKind::Reps,
            territory: Some("T1".into()),
            snapshot_as_of: NaiveDate::from_ymd_opt(2025, 10, 1),
        }
    }

    fn options() -> ReadOptions {
        ReadOptions {
            mappings: Vec::new(),
            keep_unknown: true,
            loaded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[tokio::test]
    async fn rows_come_in_the_order_of_the_file_with_their_figures() {
        let folder = tempfile::tempdir().expect("writable");
        let source = territory(folder.path(), 20_000);
        let (events, _told) = unbounded_channel();
        let (stream, outcome) = read(&source, &options(), events);
        let batches: Vec<RecordBatch> =
            stream.map(|batch| batch.expect("readable")).collect().await;
        let firsts: Vec<&str> = batches
            .iter()
            .map(|batch| batch.column_by_name("RepCRD").expect("declared"))
            .map(|column| column.as_string::<i32>().value(0))
            .collect();
        assert_eq!(firsts, ["1", "8193", "16385"]);
        let (summary, profiles) = outcome.take().expect("ended").expect("complete");
        assert_eq!(summary.rows, 20_000);
        let miles = profiles
            .iter()
            .find(|profile| profile.column == "MilesToWork");
        assert_eq!(miles.expect("declared").filled, 20_000);
    }

    #[tokio::test]
    async fn a_bad_file_fails_the_stream_and_is_named() {
        let folder = tempfile::tempdir().expect("writable");
        let source = territory(folder.path(), 0);
        let (events, _told) = unbounded_channel();
        let (stream, outcome) = read(&source, &options(), events);
        let batches: Vec<_> = stream.collect().await;
        assert!(batches.last().is_some_and(Result::is_err));
        let error = outcome.take().expect("ended").expect_err("no rows");
        assert!(
            error.to_string().starts_with("T1.csv: no usable row"),
            "{error}"
        );
    }
}
