//! The whole way from raw files to call list, on made-up data.

use std::path::Path;

use chrono::DateTime;
use leadrank_engine::pipeline::{Request, RunReport, run};
use leadrank_engine::{Project, registry};
use leadrank_simulate::Options;

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

        let lines = leadrank_engine::ledger::read(&project).len();
        let again = run_on(&project, threads);
        assert_eq!(again.train.model_id, report.train.model_id);
        assert_eq!(
            leadrank_engine::ledger::read(&project).len(),
            lines,
            "a stage ran again"
        );
        assert_eq!(registry::list(&project), [report.train.model_id]);
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(lists[0], lists[1]);
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
