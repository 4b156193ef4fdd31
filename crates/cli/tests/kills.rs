//! kill -9 during training, at moments spread over the whole of it and at those that count:
//! the model from before serves on, and training again gives what an uninterrupted run
//! gives, byte for byte.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{command, succeeds};
use serde_json::Value;

/// Moments at which training is cut off by the clock.
const CUTS: u32 = 10;

/// When a run is cut off.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// After so long.
    After(Duration),
    /// While tuning, once so many lines of trials are kept.
    Trials(usize),
    /// While the bundle is written, before it has its name.
    BundleBegun,
    /// Once the bundle is whole; most likely before it serves.
    BundleWhole,
    /// Once the registry's ledger has the move; most likely before the pointer has it.
    Moved,
}

/// A project whose model serves, with settings that make another one of the same rows.
struct Start {
    folder: PathBuf,
    previous: String,
}

/// What an uninterrupted training gives.
struct Whole {
    id: String,
    files: BTreeMap<String, Vec<u8>>,
    takes: Duration,
}

/// One project for all: making it is costly.
#[test]
fn training_that_is_killed_at_any_moment_leaves_the_old_model_serving_and_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let start = started(&folder.path().join("start"));
    let place = folder.path().join("copy");
    let whole = uninterrupted(&start, &place);
    assert_ne!(whole.id, start.previous);
    killed_by_the_clock(&start, &whole, &place);
    killed_where_it_counts(&start, &whole, &place);
    killed_again_and_again(&start, &whole, &place);
}

fn killed_by_the_clock(start: &Start, whole: &Whole, place: &Path) {
    let mut at_work = 0;
    for cut in 0..CUTS {
        copy(&start.folder, place);
        let after = Moment::After(whole.takes.mul_f64(spread(cut)));
        at_work += u32::from(cut_off(place, &whole.id, after));
        sound(place, &start.previous, &whole.id);
        ends_the_same(place, &start.previous, whole, threads(cut));
    }
    // Where the machine was busier when the time was taken, late cuts come too late.
    assert!(
        at_work > CUTS / 2,
        "only {at_work} of {CUTS} runs were still at work when killed"
    );
}

fn killed_where_it_counts(start: &Start, whole: &Whole, place: &Path) {
    let moments = [
        Moment::Trials(3),
        Moment::Trials(30),
        Moment::BundleBegun,
        Moment::BundleWhole,
        Moment::Moved,
    ];
    for (number, moment) in (0..).zip(moments) {
        copy(&start.folder, place);
        let was_cut = cut_off(place, &whole.id, moment);
        assert!(was_cut, "{moment:?} was not seen before training ended");
        let serving = sound(place, &start.previous, &whole.id);
        if let Moment::Trials(_) = moment {
            // The old model does its work.
            assert_eq!(serving, start.previous);
            assert_eq!(json(place, &["score"])["model_id"], *serving);
        }
        ends_the_same(place, &start.previous, whole, threads(number));
    }
}

/// Each run goes on from the trials of the one before.
fn killed_again_and_again(start: &Start, whole: &Whole, place: &Path) {
    copy(&start.folder, place);
    let mut kept = 0;
    for lines in [3, 12, 24, 36] {
        let was_cut = cut_off(place, &whole.id, Moment::Trials(lines));
        assert!(was_cut, "{lines} lines of trials were not seen");
        let now = trial_lines(place);
        assert!(now > kept, "{now} lines after {kept}");
        kept = now;
        sound(place, &start.previous, &whole.id);
    }
    ends_the_same(place, &start.previous, whole, threads(0));
}

/// The threads of the run that ends what a run on all of them began.
fn threads(number: u32) -> &'static str {
    ["1", "2"][number as usize % 2]
}

/// The fractional parts of multiples of the golden ratio: spread evenly, in no order, and
/// the same in each run.
fn spread(number: u32) -> f64 {
    (f64::from(number + 1) * 0.618_033_988_749_895).fract()
}

fn started(folder: &Path) -> Start {
    std::fs::create_dir_all(folder).unwrap();
    json(folder, &["simulate", "--scale", "0.05", "--seed", "3"]);
    let settings = folder.join("leadrank.toml");
    let whole = std::fs::read_to_string(&settings).unwrap();
    let whole = whole
        .replace("candidates = 81", "candidates = 12")
        .replace("folds = 5", "folds = 3")
        .replace("min_rounds = 100", "min_rounds = 10");
    let quick = whole
        .replace("search = \"halving\"", "search = \"off\"")
        .replace("contest = true", "contest = false");
    std::fs::write(&settings, quick).unwrap();
    let previous = json(folder, &["run"])["model_id"]
        .as_str()
        .unwrap()
        .to_owned();
    std::fs::write(&settings, whole).unwrap();
    // Training reads tables only.
    std::fs::remove_dir_all(folder.join("raw")).unwrap();
    Start {
        folder: folder.to_path_buf(),
        previous,
    }
}

fn uninterrupted(start: &Start, place: &Path) -> Whole {
    copy(&start.folder, place);
    let begun = Instant::now();
    let trained = json(place, &["train"]);
    let takes = begun.elapsed();
    let id = trained["model_id"].as_str().unwrap().to_owned();
    let tried = trained["development"]["tuned"]["trials"]
        .as_array()
        .unwrap();
    assert!(tried.len() > 12, "{} trials", tried.len());
    Whole {
        files: files(&place.join("bundles").join(&id)),
        id,
        takes,
    }
}

fn json(project: &Path, arguments: &[&str]) -> Value {
    let project = project.to_str().unwrap();
    let arguments = [arguments, &["--json", "--project", project]].concat();
    serde_json::from_str(&succeeds(&arguments)).unwrap()
}

/// The files of one folder by name, with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

/// Puts a fresh copy of a folder in place of what is there.
fn copy(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Starts training and kills it at a moment; true if it was still at work then.
fn cut_off(project: &Path, next: &str, moment: Moment) -> bool {
    let bundles = project.join("bundles");
    let is_now = |since: Duration| match moment {
        Moment::After(time) => since >= time,
        Moment::Trials(lines) => trial_lines(project) >= lines,
        Moment::BundleBegun => bundles.join(format!(".{next}.new")).exists(),
        Moment::BundleWhole => bundles.join(next).exists(),
        Moment::Moved => moved(project, next),
    };
    let path = project.to_str().unwrap();
    let mut child = command(&["train", "--quiet", "--project", path])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if is_now(begun.elapsed()) {
            child.kill().unwrap();
            // Killed, unless it ended by itself in the last moment.
            return child.wait().unwrap().code().is_none();
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    false
}

/// Whole lines of the files of trials, without their headers.
fn trial_lines(project: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(project.join(".leadrank/tuning")) else {
        return 0;
    };
    let texts = entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()));
    let lines = texts.map(|text| text.map_or(0, |text| text.matches('\n').count()));
    lines.map(|lines| lines.saturating_sub(1)).sum()
}

/// Whether the registry's ledger has a whole line that lets `next` serve.
fn moved(project: &Path, next: &str) -> bool {
    let ledger = std::fs::read_to_string(project.join("bundles/history.jsonl")).unwrap();
    let to = format!("\"to\":\"{next}\"");
    ledger
        .split_inclusive('\n')
        .any(|line| line.ends_with('\n') && line.contains(&to))
}

/// What a cut left behind is read by every verb that looks at models; says which serves.
fn sound(project: &Path, previous: &str, next: &str) -> String {
    let serving = match moved(project, next) {
        true => next,
        false => previous,
    };
    assert_eq!(json(project, &["status"])["model"], *serving);
    let verified = json(project, &["model", "verify", "--all"]);
    assert_eq!(verified["holds"], true, "{verified}");
    let cards = json(project, &["model", "list"]);
    for card in cards.as_array().unwrap() {
        assert_eq!(card["serving"], card["id"] == *serving, "{card}");
    }
    assert_eq!(json(project, &["model", "show"])["id"], *serving);
    serving.to_owned()
}

/// Training again ends as if nothing had happened, and leaves nothing half-written.
fn ends_the_same(project: &Path, previous: &str, whole: &Whole, threads: &str) {
    let trained = json(project, &["train", "--threads", threads]);
    assert_eq!(trained["model_id"], *whole.id);
    let bundles = project.join("bundles");
    let found = files(&bundles.join(&whole.id));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        whole.files.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &whole.files {
        assert!(found[name] == *bytes, "{name} differs");
    }
    assert_eq!(sound(project, previous, &whole.id), whole.id);
    let history = json(project, &["model", "history"]);
    let served: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["to"].as_str().unwrap())
        .collect();
    assert_eq!(served, [previous, &whole.id], "a move is there twice");
    let mut folders: Vec<String> = std::fs::read_dir(&bundles)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut expected = [previous, &whole.id];
    expected.sort_unstable();
    assert_eq!(folders, expected);
    // And once more it has nothing to do.
    let lines = json(project, &["status"])["ledger"]
        .as_array()
        .unwrap()
        .len();
    json(project, &["train"]);
    let after = json(project, &["status"])["ledger"]
        .as_array()
        .unwrap()
        .len();
    assert_eq!(after, lines, "training ran again");
}
