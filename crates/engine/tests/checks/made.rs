//! Made-up projects, loaded and looked at once for all tests of the program.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use chrono::DateTime;
use leadrank_engine::Project;
use leadrank_engine::checks::{self, Input, Request};
use leadrank_engine::stages::ingest;
use leadrank_evidence::CheckReport;
use leadrank_simulate::{Hazard, Month, Options};

/// What two checks said of one project.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) classes: CheckReport,
    pub(crate) imbalance: CheckReport,
}

type Key = (u64, u64, Option<Hazard>);

/// The reports on a project of this size, in thousandths, with this seed and fault.
pub(crate) fn looked(scale: u64, seed: u64, hazard: Option<Hazard>) -> &'static Looked {
    static ALL: Mutex<BTreeMap<Key, &'static OnceLock<Looked>>> = Mutex::new(BTreeMap::new());
    let slot = *ALL
        .lock()
        .unwrap()
        .entry((scale, seed, hazard))
        .or_insert_with(|| Box::leak(Box::new(OnceLock::new())));
    slot.get_or_init(|| look(scale, seed, hazard, 2))
}

/// As [`looked`], made anew on so many threads.
pub(crate) fn look(scale: u64, seed: u64, hazard: Option<Hazard>, threads: usize) -> Looked {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::init(folder.path()).unwrap();
    // Few vendor months: classes are made of leads.
    let months = if scale < 1000 {
        [(2024, 1), (2025, 1)]
            .into_iter()
            .filter_map(|(year, month)| Month::new(year, month))
            .collect()
    } else {
        Options::default().months
    };
    let options = Options {
        scale: scale as f64 / 1000.0,
        seed,
        months,
        hazards: hazard.into_iter().collect(),
        ..Options::default()
    };
    leadrank_simulate::write(folder.path(), &options, &|_| {}).unwrap();
    let now = DateTime::UNIX_EPOCH;
    let request = Request {
        now,
        threads,
        month: None,
        against: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .build()
        .unwrap();
    runtime.block_on(async {
        ingest::run(&project, &ingest::Request::raw_folder(now), &|_| {})
            .await
            .unwrap();
        let input = Input::load(&project, request, &|_| {}).await.unwrap();
        let start = std::time::Instant::now();
        let classes = checks::classes::check(&input).await.unwrap();
        let middle = std::time::Instant::now();
        let imbalance = checks::imbalance::check(&input).await.unwrap();
        println!(
            "scale {scale}/1000: classes {:?}, imbalance {:?}",
            middle - start,
            middle.elapsed()
        );
        Looked { classes, imbalance }
    })
}
