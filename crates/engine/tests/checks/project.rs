//! Made-up projects, each made once for all tests of this program.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use leadrank_engine::Project;
use leadrank_engine::checks::{Input, Request};
use leadrank_engine::stages::ingest;
use leadrank_evidence::CheckReport;
use leadrank_simulate::{Hazard, Options};
use tempfile::TempDir;

/// Scale, seed and fault of a project.
type Key = (u64, u64, Option<Hazard>);

struct Made {
    _folder: TempDir,
    project: Project,
}

type Place = Arc<Mutex<Option<Arc<Made>>>>;

static MADE: Mutex<BTreeMap<Key, Place>> = Mutex::new(BTreeMap::new());

/// How the tests ask.
pub(crate) fn request() -> Request {
    Request {
        now: DateTime::UNIX_EPOCH,
        threads: 2,
        month: None,
        against: None,
    }
}

fn made(per_mille: u64, seed: u64, hazard: Option<Hazard>) -> Arc<Made> {
    let place = {
        let mut all = MADE.lock().unwrap();
        Arc::clone(all.entry((per_mille, seed, hazard)).or_default())
    };
    // Others wait for this project only.
    let mut place = place.lock().unwrap();
    let made = place.get_or_insert_with(|| {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        let options = Options {
            scale: per_mille as f64 / 1000.0,
            seed,
            hazards: hazard.into_iter().collect(),
            ..Options::default()
        };
        leadrank_simulate::write(folder.path(), &options, &|_| {}).unwrap();
        let everything = ingest::Request::raw_folder(DateTime::UNIX_EPOCH);
        let read = ingest::run(&project, &everything, &|_| {});
        let report = runtime(2).block_on(read).unwrap();
        assert!(report.held_back.is_empty(), "{:?}", report.held_back);
        Arc::new(Made {
            _folder: folder,
            project,
        })
    });
    Arc::clone(made)
}

fn runtime(threads: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .build()
        .unwrap()
}

/// What a check says of a made-up project of this size (thousandths), seed and fault.
pub(crate) fn ask<C>(
    (per_mille, seed, hazard): (u64, u64, Option<Hazard>),
    request: Request,
    change: impl FnOnce(&mut Project),
    check: C,
) -> leadrank_engine::Result<CheckReport>
where
    C: AsyncFnOnce(&Input<'_>) -> leadrank_engine::Result<CheckReport>,
{
    let made = made(per_mille, seed, hazard);
    let mut project = Project::open(&made.project.root).unwrap();
    change(&mut project);
    runtime(request.threads).block_on(async {
        let input = Input::load(&project, request, &|_| {}).await?;
        check(&input).await
    })
}
