//! Tables: transactions, schemas, partitions, and the brief's own two queries.

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use futures::stream;
use leadrank_warehouse::arrow::array::{
    ArrayRef, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use leadrank_warehouse::arrow::record_batch::RecordBatch;
use leadrank_warehouse::datafusion::error::DataFusionError;
use leadrank_warehouse::datafusion::execution::SendableRecordBatchStream;
use leadrank_warehouse::datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use leadrank_warehouse::datafusion::physical_plan::{ExecutionPlan, collect};
use leadrank_warehouse::{
    Commit, Error, Params, Result, Session, SessionOptions, TableName, Warehouse, WriteMode,
    WriteOptions, format, read_table_file,
};

fn number(text: &str) -> i32 {
    let day: NaiveDate = text.parse().unwrap();
    (day - NaiveDate::default()).num_days() as i32
}

fn reps(day: &str, crds: &[i64]) -> RecordBatch {
    RecordBatch::try_from_iter([
        (
            "RepCRD",
            Arc::new(Int64Array::from(crds.to_vec())) as ArrayRef,
        ),
        (
            "AUM_total",
            Arc::new(Float64Array::from_iter(
                crds.iter().map(|&c| (c % 2 == 0).then_some(c as f64)),
            )),
        ),
        (
            "snapshot_as_of",
            Arc::new(Date32Array::from(vec![number(day); crds.len()])),
        ),
    ])
    .unwrap()
}

fn streamed(
    items: Vec<Result<RecordBatch, DataFusionError>>,
    like: &RecordBatch,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(
        like.schema(),
        stream::iter(items),
    ))
}

async fn write(
    warehouse: &Warehouse,
    table: &TableName,
    mode: WriteMode,
    batch: &RecordBatch,
    partition_by: &[&str],
) -> Result<Commit> {
    let options = WriteOptions {
        partition_by: partition_by.iter().map(|&p| p.to_owned()).collect(),
    };
    let stream = streamed(vec![Ok(batch.clone())], batch);
    warehouse
        .write(table, mode, batch.schema(), stream, &options)
        .await
}

async fn open(root: &Path) -> Warehouse {
    Warehouse::open(root.to_str().unwrap(), "savvy-gtm-analytics")
        .await
        .unwrap()
}

async fn session(warehouse: &Warehouse, as_of: &str) -> Session {
    warehouse
        .session(&SessionOptions::at(as_of.parse().unwrap()))
        .await
        .unwrap()
}

async fn answer(warehouse: &Warehouse, sql: &str) -> String {
    let session = session(warehouse, "2025-10-27").await;
    let batches = session.collect(sql, &Params::new()).await.unwrap();
    String::from_utf8(format::to_csv(&batches, true).unwrap())
        .unwrap()
        .trim_end()
        .replace('\n', ";")
}

const COUNTS: &str = "SELECT snapshot_as_of AS d, COUNT(*) AS n, SUM(repcrd) AS s FROM LeadScoring.reps GROUP BY d ORDER BY d";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_are_versions_and_a_session_sees_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.reps".parse().unwrap();
    assert!(!warehouse.exists(&table).await.unwrap());
    assert_eq!(warehouse.tables().await.unwrap(), vec![]);

    let by = ["snapshot_as_of"];
    let first = write(
        &warehouse,
        &table,
        WriteMode::Append,
        &reps("2025-09-01", &[1, 2, 3]),
        &by,
    )
    .await
    .unwrap();
    assert_eq!(
        first,
        Commit {
            version: 0,
            rows: 3
        }
    );
    let before = session(&warehouse, "2025-10-27").await;
    let second = write(
        &warehouse,
        &table,
        WriteMode::Append,
        &reps("2025-10-01", &[4]),
        &by,
    )
    .await
    .unwrap();
    assert_eq!(
        second,
        Commit {
            version: 1,
            rows: 1
        }
    );
    assert_eq!(warehouse.version(&table).await.unwrap(), Some(1));
    assert_eq!(warehouse.tables().await.unwrap(), vec![table.clone()]);
    assert_eq!(
        answer(&warehouse, COUNTS).await,
        "d,n,s;2025-09-01,3,6;2025-10-01,1,4"
    );
    // a session that was open before stays where it was
    let batches = before.collect(COUNTS, &Params::new()).await.unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);

    // one folder for each value, under the column's own spelling
    assert!(
        folder
            .path()
            .join("LeadScoring/reps/snapshot_as_of=2025-10-01")
            .is_dir()
    );

    // one partition is replaced, the other stays
    let mode = WriteMode::ReplaceWhere("snapshot_as_of = DATE '2025-10-01'".to_owned());
    write(&warehouse, &table, mode, &reps("2025-10-01", &[7, 8]), &by)
        .await
        .unwrap();
    assert_eq!(
        answer(&warehouse, COUNTS).await,
        "d,n,s;2025-09-01,3,6;2025-10-01,2,15"
    );
    // a filter on a partition and one on a column, in another spelling
    let sql = "SELECT REPCRD, aum_TOTAL FROM `savvy-gtm-analytics.LeadScoring.reps` WHERE Snapshot_As_Of = '2025-10-01' AND AUM_TOTAL > 1";
    assert_eq!(answer(&warehouse, sql).await, "REPCRD,aum_TOTAL;8,8.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_outside_the_replaced_part_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.reps".parse().unwrap();
    let by = ["snapshot_as_of"];
    write(
        &warehouse,
        &table,
        WriteMode::Append,
        &reps("2025-10-01", &[1]),
        &by,
    )
    .await
    .unwrap();
    let mode = WriteMode::ReplaceWhere("snapshot_as_of = DATE '2025-10-01'".to_owned());
    let wrong = write(&warehouse, &table, mode, &reps("2025-09-01", &[2]), &by).await;
    assert!(wrong.is_err());
    assert_eq!(warehouse.version(&table).await.unwrap(), Some(0));
    assert_eq!(answer(&warehouse, COUNTS).await, "d,n,s;2025-10-01,1,1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_fails_commits_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.reps".parse().unwrap();
    let good = reps("2025-09-01", &[1, 2, 3]);
    let torn = |good: &RecordBatch| {
        let broken = DataFusionError::Execution("the file ends in the middle of line 7".to_owned());
        streamed(vec![Ok(good.clone()), Err(broken)], good)
    };
    let options = WriteOptions::default();
    // before the table exists
    let failed = warehouse
        .write(
            &table,
            WriteMode::Append,
            good.schema(),
            torn(&good),
            &options,
        )
        .await
        .unwrap_err();
    assert!(failed.to_string().contains("middle of line 7"), "{failed}");
    assert!(!warehouse.exists(&table).await.unwrap());
    assert_eq!(warehouse.tables().await.unwrap(), vec![]);

    write(&warehouse, &table, WriteMode::Append, &good, &[])
        .await
        .unwrap();
    for mode in [
        WriteMode::Append,
        WriteMode::Overwrite,
        WriteMode::ReplaceWhere("snapshot_as_of = DATE '2025-09-01'".to_owned()),
    ] {
        let failed = warehouse
            .write(&table, mode, good.schema(), torn(&good), &options)
            .await;
        assert!(failed.is_err());
        assert_eq!(warehouse.version(&table).await.unwrap(), Some(0));
        assert_eq!(answer(&warehouse, COUNTS).await, "d,n,s;2025-09-01,3,6");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_can_be_added_and_a_table_can_be_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.t".parse().unwrap();
    let one = |name: &str, value: ArrayRef| RecordBatch::try_from_iter([(name, value)]).unwrap();
    let old = one("Id", Arc::new(Int64Array::from(vec![1])));
    write(&warehouse, &table, WriteMode::Append, &old, &[])
        .await
        .unwrap();
    let wider = RecordBatch::try_from_iter([
        ("Id", Arc::new(Int64Array::from(vec![2])) as ArrayRef),
        ("FA_CRD__c", Arc::new(StringArray::from(vec!["x"]))),
    ])
    .unwrap();
    write(&warehouse, &table, WriteMode::Append, &wider, &[])
        .await
        .unwrap();
    // a later batch may lack it again
    write(&warehouse, &table, WriteMode::Append, &old, &[])
        .await
        .unwrap();
    let sql = "SELECT * FROM LeadScoring.t ORDER BY Id";
    assert_eq!(answer(&warehouse, sql).await, "Id,FA_CRD__c;1,;1,;2,x");

    let other = RecordBatch::try_from_iter([
        (
            "Name",
            Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef,
        ),
        ("n", Arc::new(Int64Array::from(vec![1, 2]))),
    ])
    .unwrap();
    let all = write(
        &warehouse,
        &table,
        WriteMode::Overwrite,
        &other,
        &["Name", "n"],
    )
    .await;
    assert!(
        all.unwrap_err()
            .to_string()
            .contains("partitioned by all of its columns")
    );
    let made = write(&warehouse, &table, WriteMode::Overwrite, &other, &["Name"])
        .await
        .unwrap();
    assert_eq!(
        made,
        Commit {
            version: 3,
            rows: 2
        }
    );
    assert_eq!(
        answer(&warehouse, "SELECT * FROM LeadScoring.t ORDER BY 1").await,
        "Name,n;a,1;b,2"
    );

    let none = RecordBatch::new_empty(other.schema());
    let emptied = write(&warehouse, &table, WriteMode::Overwrite, &none, &[])
        .await
        .unwrap();
    assert_eq!(
        emptied,
        Commit {
            version: 4,
            rows: 0
        }
    );
    assert_eq!(
        answer(&warehouse, "SELECT COUNT(*) AS n FROM LeadScoring.t").await,
        "n;0"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_of_another_type_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.t".parse().unwrap();
    let text =
        RecordBatch::try_from_iter([("Id", Arc::new(StringArray::from(vec!["x"])) as ArrayRef)])
            .unwrap();
    let number =
        RecordBatch::try_from_iter([("Id", Arc::new(Int64Array::from(vec![1])) as ArrayRef)])
            .unwrap();
    write(&warehouse, &table, WriteMode::Append, &number, &[])
        .await
        .unwrap();
    assert!(
        write(&warehouse, &table, WriteMode::Append, &text, &[])
            .await
            .is_err()
    );
    assert_eq!(warehouse.version(&table).await.unwrap(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_survives_parquet_and_the_files_are_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.reps".parse().unwrap();
    write(
        &warehouse,
        &table,
        WriteMode::Append,
        &reps("2025-09-01", &[1, 2]),
        &[],
    )
    .await
    .unwrap();
    let session = session(&warehouse, "2025-10-27").await;
    let batches = session
        .collect(
            "SELECT * FROM LeadScoring.reps ORDER BY RepCRD",
            &Params::new(),
        )
        .await
        .unwrap();
    let file = folder.path().join("answer.parquet");
    std::fs::write(&file, format::to_parquet(&batches).unwrap()).unwrap();
    let read = read_table_file(&file).unwrap();
    assert_eq!(
        format::to_json(&read).unwrap(),
        format::to_json(&batches).unwrap()
    );
    assert_eq!(
        format::to_json(&read).unwrap(),
        r#"[{"RepCRD":1,"AUM_total":null,"snapshot_as_of":"2025-09-01"},{"RepCRD":2,"AUM_total":2.0,"snapshot_as_of":"2025-09-01"}]"#
    );
    let stored = std::fs::read_dir(folder.path().join("LeadScoring/reps"))
        .unwrap()
        .filter_map(|entry| entry.ok())
        .any(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .ends_with(".zstd.parquet")
        });
    assert!(stored);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_memory_limit_is_kept_by_spilling() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.reps".parse().unwrap();
    let crds: Vec<i64> = (0..2_000_000).map(|i| (i * 7919) % 2_000_000).collect();
    write(
        &warehouse,
        &table,
        WriteMode::Append,
        &reps("2025-09-01", &crds),
        &[],
    )
    .await
    .unwrap();
    let options = SessionOptions {
        as_of: "2025-10-27".parse().unwrap(),
        threads: Some(2),
        memory_limit: Some(48 << 20),
    };
    let session = warehouse.session(&options).await.unwrap();
    // the whole table has to be sorted
    let sql = "SELECT COUNT(*) AS n, MAX(r) AS last FROM (
        SELECT ROW_NUMBER() OVER (ORDER BY RepCRD, AUM_total) AS r
        FROM LeadScoring.reps)";
    let frame = session.query(sql).await.unwrap();
    let context = Arc::new(frame.task_ctx());
    let plan = frame.create_physical_plan().await.unwrap();
    let batches = collect(Arc::clone(&plan), context).await.unwrap();
    assert_eq!(
        format::to_json(&batches).unwrap(),
        r#"[{"n":2000000,"last":2000000}]"#
    );
    assert!(spills(&plan) > 0, "the test needs a sort that does not fit");
}

fn spills(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own = plan
        .metrics()
        .and_then(|metrics| metrics.spill_count())
        .unwrap_or(0);
    own + plan.children().into_iter().map(spills).sum::<usize>()
}

fn moments(texts: &[Option<&str>]) -> ArrayRef {
    let micros = texts.iter().map(|text| {
        text.map(|t| {
            chrono::DateTime::parse_from_rfc3339(t)
                .unwrap()
                .timestamp_micros()
        })
    });
    Arc::new(
        micros
            .collect::<TimestampMicrosecondArray>()
            .with_timezone("UTC"),
    )
}

/// Six leads: two contacted after their rep's data were processed, two before, one
/// unmatched, one never contacted.
async fn brief_tables(root: &Path) -> Warehouse {
    let warehouse = open(root).await;
    let leads = RecordBatch::try_from_iter([
        (
            "Id",
            Arc::new(StringArray::from(vec!["L1", "L2", "L3", "L4", "L5", "L6"])) as ArrayRef,
        ),
        (
            "FA_CRD__c",
            Arc::new(StringArray::from(vec![
                Some("101"),
                Some("102"),
                Some("103"),
                Some("104"),
                None,
                Some("101"),
            ])),
        ),
        (
            "Stage_Entered_Contacting__c",
            moments(&[
                Some("2025-05-01T10:00:00Z"),
                Some("2025-09-27T23:00:00Z"),
                Some("2025-09-28T01:00:00Z"),
                Some("2025-10-20T00:00:00Z"),
                Some("2025-06-01T00:00:00Z"),
                None,
            ]),
        ),
        (
            "Stage_Entered_Call_Scheduled__c",
            moments(&[
                // day 30: counts
                Some("2025-05-31T23:59:59Z"),
                // day 31: does not
                Some("2025-10-28T00:00:00Z"),
                Some("2025-09-28T02:00:00Z"),
                None,
                // before the contact: the brief's query counts it
                Some("2025-01-01T00:00:00Z"),
                Some("2025-06-01T00:00:00Z"),
            ]),
        ),
    ])
    .unwrap();
    let features = RecordBatch::try_from_iter([
        (
            "RepCRD",
            Arc::new(StringArray::from(vec!["101", "102", "103", "104"])) as ArrayRef,
        ),
        (
            "processed_at",
            moments(&[
                Some("2025-10-01T00:00:00Z"),
                Some("2025-09-01T00:00:00Z"),
                Some("2025-10-01T00:00:00Z"),
                Some("2025-10-20T00:00:00Z"),
            ]),
        ),
    ])
    .unwrap();
    let lead: TableName = "SavvyGTMData.Lead".parse().unwrap();
    let reps: TableName = "LeadScoring.discovery_reps_with_features".parse().unwrap();
    write(&warehouse, &lead, WriteMode::Overwrite, &leads, &[])
        .await
        .unwrap();
    write(&warehouse, &reps, WriteMode::Overwrite, &features, &[])
        .await
        .unwrap();
    warehouse
}

fn audit(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../sql/audit")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_briefs_leakage_query_runs_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = brief_tables(folder.path()).await;
    // five contacted; L1 and L3 were contacted before the data were processed, L4 at
    // the same instant, L5 has no rep
    assert_eq!(
        answer(&warehouse, &audit("seed_step_3_2.sql")).await,
        "validation_type,total_records,leakage_records,leakage_rate_percent;Future Data Leakage Check,5,2,40.0"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_briefs_imbalance_query_runs_as_written_at_the_sessions_day() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = brief_tables(folder.path()).await;
    let run = async |as_of: &str| {
        let session = session(&warehouse, as_of).await;
        let sql = audit("seed_step_3_3.sql");
        let batches = session.collect(&sql, &Params::new()).await.unwrap();
        String::from_utf8(format::to_csv(&batches, true).unwrap()).unwrap()
    };
    let header = "metric_type,total_samples,positive_samples,negative_samples,positive_class_percent,imbalance_ratio";
    // up to 27 September: L1 and L5 positive, L2 negative
    assert_eq!(
        run("2025-10-27").await,
        format!("{header}\nClass Imbalance Metrics,3,2,1,66.67,0.5\n")
    );
    // a day later L3 counts too
    assert_eq!(
        run("2025-10-28").await,
        format!("{header}\nClass Imbalance Metrics,4,3,1,75.0,0.33\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_writers_that_extend_the_same_state_exactly_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = open(folder.path()).await;
    let table: TableName = "LeadScoring.ledger".parse().unwrap();
    for state in [None, Some(0), Some(1)] {
        let mut writers = Vec::new();
        // Even ones have a value in every column, so that whoever makes the table allows the same.
        for crd in [0, 2, 4, 6] {
            let (warehouse, table) = (warehouse.clone(), table.clone());
            writers.push(tokio::spawn(async move {
                let batch = reps("2025-10-01", &[crd]);
                write(
                    &warehouse,
                    &table,
                    WriteMode::AppendOnto(state),
                    &batch,
                    &[],
                )
                .await
            }));
        }
        let mut won = 0;
        for writer in writers {
            match writer.await.unwrap() {
                Ok(_) => won += 1,
                Err(error) => assert!(matches!(error, Error::Changed(_)), "{error}"),
            }
        }
        assert_eq!(won, 1, "{state:?}");
    }
    let rows = answer(&warehouse, "SELECT COUNT(*) FROM LeadScoring.ledger").await;
    assert!(rows.ends_with(";3"), "{rows}");
    warehouse.delete(&table, "RepCRD >= 0").await.unwrap();
    let rows = answer(&warehouse, "SELECT COUNT(*) FROM LeadScoring.ledger").await;
    assert!(rows.ends_with(";0"), "{rows}");
}
