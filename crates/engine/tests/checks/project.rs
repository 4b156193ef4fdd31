//! Made-up projects, each made once for all tests of this program.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use leadrank_engine::Project;
use leadrank_engine::checks::{self, Input, Request, Which};
use leadrank_engine::stages::ingest;
use leadrank_evidence::Report;
use leadrank_simulate::{Hazard, Options};
use leadrank_sources::IngestReport;

/// Scale in thousandths of the real size, seed and fault of a project.
pub(crate) type Key = (u64, u64, Option<Hazard>);

type Place = Arc<Mutex<Option<Arc<Project>>>>;

static MADE: Mutex<BTreeMap<Key, Place>> = Mutex::new(BTreeMap::new());

/// Where the projects lie. Statics are never dropped, so nothing clears the folder at the
/// end; the next run does, once nobody else is at work in it.
static SHARED: LazyLock<(PathBuf, File)> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks");
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    (folder, lock)
});

/// How the tests ask.
pub(crate) fn request() -> Request {
    Request {
        now: DateTime::UNIX_EPOCH,
        threads: 2,
        month: None,
        against: None,
    }
}

pub(crate) fn runtime(threads: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .build()
        .unwrap()
}

fn simulate(folder: &Path, (per_mille, seed, hazard): Key) {
    let options = Options {
        scale: per_mille as f64 / 1000.0,
        seed,
        hazards: hazard.into_iter().collect(),
        ..Options::default()
    };
    leadrank_simulate::write(folder, &options, &|_| {}).unwrap();
}

fn load(project: &Project, at: DateTime<Utc>) -> leadrank_engine::Result<IngestReport> {
    let raw = ingest::Request::raw_folder(at);
    runtime(2).block_on(ingest::run(project, &raw, &|_| {}))
}

/// The project of this size, seed and fault, simulated and loaded.
fn made(key: Key) -> Arc<Project> {
    let place = {
        let mut all = MADE.lock().unwrap();
        Arc::clone(all.entry(key).or_default())
    };
    // Others wait for this project only.
    let mut place = place.lock().unwrap();
    let made = place.get_or_insert_with(|| {
        let (per_mille, seed, hazard) = key;
        let fault = hazard.map_or("plain", Hazard::name);
        let folder = SHARED.0.join(format!("{per_mille}_{seed}_{fault}"));
        let project = Project::init(&folder).unwrap();
        simulate(&folder, key);
        load(&project, DateTime::UNIX_EPOCH).unwrap();
        // The files are most of the project's size, and checks look at what was loaded; only
        // those of a month that is not complete are still asked for.
        if hazard != Some(Hazard::MissingTerritory) {
            std::fs::remove_dir_all(project.raw()).unwrap();
        }
        Arc::new(project)
    });
    Arc::clone(made)
}

/// What a check says of a project, with settings changed before.
pub(crate) fn ask<C>(
    key: Key,
    request: Request,
    change: impl FnOnce(&mut Project),
    check: C,
) -> leadrank_engine::Result<Report>
where
    C: AsyncFnOnce(&Input<'_>) -> leadrank_engine::Result<Report>,
{
    let made = made(key);
    let mut project = Project::open(&made.root).unwrap();
    change(&mut project);
    runtime(request.threads).block_on(async {
        let input = Input::load(&project, request, &|_| {}).await?;
        check(&input).await
    })
}

/// What these checks say of a project, as the command makes them.
pub(crate) fn look(key: Key, wanted: &[Which]) -> Vec<Report> {
    let made = made(key);
    let checks = checks::run(&made, wanted, request(), &|_| {});
    runtime(2).block_on(checks).unwrap()
}

/// What loading such a project says.
pub(crate) fn loaded(key: Key) -> leadrank_engine::Result<IngestReport> {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::init(folder.path()).unwrap();
    simulate(folder.path(), key);
    load(&project, DateTime::UNIX_EPOCH)
}

/// What checks say once the plain files were loaded and the fault's files a month later.
pub(crate) fn redelivered((per_mille, seed, hazard): Key, wanted: &[Which]) -> Vec<Report> {
    let folder = tempfile::tempdir().unwrap();
    let project = Project::init(folder.path()).unwrap();
    simulate(folder.path(), (per_mille, seed, None));
    load(&project, DateTime::UNIX_EPOCH).unwrap();
    simulate(folder.path(), (per_mille, seed, hazard));
    let later = DateTime::UNIX_EPOCH + TimeDelta::days(30);
    load(&project, later).unwrap();
    let asked = Request {
        now: later,
        ..request()
    };
    let checks = checks::run(&project, wanted, asked, &|_| {});
    runtime(2).block_on(checks).unwrap()
}
