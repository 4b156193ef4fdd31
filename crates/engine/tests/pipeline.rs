//! The whole way from raw files to call list, on made-up data.

use std::path::Path;

use chrono::{DateTime, NaiveDate};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use leadrank_engine::pipeline::{Request, RunReport, run};
use leadrank_engine::stages::rows::Rows;
use leadrank_engine::stages::score::{self, ScoreReport};
use leadrank_engine::stages::{open, table};
use leadrank_engine::{Project, ledger, registry};
use leadrank_evidence::Promise;
use leadrank_simulate::Options;
use leadrank_warehouse::{Params, WriteMode, WriteOptions};

fn simulate(folder: &Path) -> Project {
    let project = Project::init(folder).unwrap();
    let options = Options {
        scale: 0.05,
        seed: 7,
        ..Options::default()
    };
    leadrank_simulate::write(folder, &options, &|_| {}).unwrap();
    project
}

fn run_on(project: &Project, threads: usize) -> RunReport {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .build()
        .unwrap();
    let request = Request {
        now: DateTime::UNIX_EPOCH,
        threads,
        fresh: false,
        partial: false,
    };
    runtime
        .block_on(run(project, &request, &|progress| println!("{progress:?}")))
        .unwrap()
}

#[test]
fn one_and_two_threads_give_the_same_bytes_and_a_second_run_does_nothing() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut lists = Vec::new();
    let mut ids = Vec::new();
    for (folder, threads) in folders.iter().zip([1, 2]) {
        let project = simulate(folder.path());
        let report = run_on(&project, threads);
        println!("{}", serde_json::to_string_pretty(&report).unwrap());
        lists.push(std::fs::read(&report.score.call_list).unwrap());
        ids.push(report.train.model_id.clone());

        let stages = || {
            let lines = ledger::read(&project).into_iter();
            let stages = lines.filter(|line| line.stage != ledger::RUN);
            stages.count()
        };
        let before = stages();
        let again = run_on(&project, threads);
        assert_eq!(again.train.model_id, report.train.model_id);
        assert_eq!(stages(), before, "a stage ran again");
        assert_eq!(registry::list(&project), [report.train.model_id]);
    }
    let same = ids[0] == ids[1] && lists[0] == lists[1];
    let held = Promise::SameBytes.hold(same, || format!("models {ids:?}"));
    assert_eq!(held, Ok(()));
}

#[test]
fn what_was_removed_or_changed_is_made_again_and_the_model_keeps_its_own_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = simulate(folder.path());
    let first = run_on(&project, 2);
    let list = std::fs::read(&first.score.call_list).unwrap();

    // Versions of the tables begin anew: they must not pass for the old ones.
    std::fs::remove_dir_all(project.tables()).unwrap();
    assert_eq!(
        run_on(&project, 2).train.model_id,
        first.train.model_id,
        "the same bytes make the same model"
    );
    assert!(
        project
            .tables()
            .join("LeadScoring/lead_scores_current")
            .is_dir()
    );

    // The model was trained with tenures moved forward; that it was said otherwise
    // since must not change what it is given.
    project.loaded.config.features.calculable = "as_delivered".into();
    std::fs::remove_file(&first.score.call_list).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let scored = runtime
        .block_on(leadrank_engine::stages::score::run(
            &project,
            DateTime::UNIX_EPOCH,
            2,
            &|_| {},
        ))
        .unwrap();
    assert_eq!(std::fs::read(&scored.call_list).unwrap(), list);

    what_the_version_before_wrote_is_carried_on(&mut project, &scored, &runtime);
}

/// Columns that came later are added to an old table and missing in its rows; an old record
/// is read.
fn what_the_version_before_wrote_is_carried_on(
    project: &mut Project,
    scored: &ScoreReport,
    runtime: &tokio::runtime::Runtime,
) {
    runtime.block_on(as_before(project)).unwrap();
    let mut record = serde_json::to_value(scored).unwrap();
    let fields = record.as_object_mut().unwrap();
    for later in [
        "assignment",
        "over_firm_limit",
        "demoted",
        "boosted",
        "frontier",
    ] {
        assert!(fields.remove(later).is_some(), "{later}");
    }
    fields["capacity"].as_object_mut().unwrap().remove("roster");
    let old: ScoreReport = serde_json::from_value(record).unwrap();
    assert_eq!(old.ranked, scored.ranked);

    project.loaded.config.tiers.max_per_firm = 49;
    let sink = |_| {};
    let score = score::run(project, DateTime::UNIX_EPOCH, 2, &sink);
    let again = runtime.block_on(score).unwrap();
    let counts = runtime.block_on(async {
        let warehouse = project.warehouse().await.unwrap();
        let data = open(project, &warehouse, again.as_of, 2).await.unwrap();
        let query = "SELECT COUNT(*) AS n, COUNT(rank) AS ranked, COUNT(rank_unboosted) AS later \
                     FROM LeadScoring.lead_scores";
        let rows = data.session.collect(query, &Params::default()).await;
        let rows = Rows::new(rows.unwrap());
        ["n", "ranked", "later"].map(|name| rows.integers(name).unwrap()[0].unwrap() as u64)
    });
    assert_eq!(counts, [2 * again.leads, 2 * again.ranked, again.ranked]);
}

/// Leaves `lead_scores` as an older version had it: of another day, without later columns.
async fn as_before(project: &Project) -> leadrank_engine::Result<()> {
    let warehouse = project.warehouse().await?;
    let day = NaiveDate::default();
    let session = open(project, &warehouse, day, 2).await?.session;
    let query = "SELECT * EXCEPT (assigned_to, rank_unboosted, tier_reason, as_of), \
                 DATE '2024-01-01' AS as_of FROM LeadScoring.lead_scores";
    let batches = session.collect(query, &Params::default()).await?;
    let schema = batches[0].schema();
    let rows = futures::stream::iter(batches.into_iter().map(Ok));
    let rows = Box::pin(RecordBatchStreamAdapter::new(schema.clone(), rows));
    let options = WriteOptions {
        partition_by: vec!["as_of".into(), "model_id".into()],
    };
    let name = table("LeadScoring.lead_scores")?;
    let write = warehouse.write(&name, WriteMode::Overwrite, schema, rows, &options);
    write.await?;
    Ok(())
}

#[test]
fn leads_and_one_vendor_month_are_enough() {
    let folder = tempfile::tempdir().unwrap();
    let project = simulate(folder.path());
    for entry in std::fs::read_dir(project.raw()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name != "salesforce_lead.csv" && name != "discovery_t1_2024_01.csv" {
            std::fs::remove_file(path).unwrap();
        }
    }
    let report = run_on(&project, 2);
    assert_eq!(report.dataset.coverage.by_month.len(), 1);
    assert_eq!(report.score.capacity.salespeople, 1);
    assert!(
        report
            .score
            .capacity
            .salespeople_from
            .contains("no salesforce_user.csv")
    );
}
