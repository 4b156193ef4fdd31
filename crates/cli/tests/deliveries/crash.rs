//! kill -9 at many moments: nothing is lost, nothing is there twice, and running again
//! completes what was begun.

use std::process::Stdio;
use std::time::{Duration, Instant};

use leadrank_evidence::Promise;

use crate::common::{self, succeeds};

/// Moments at which a load is cut off.
const CUTS: u32 = 20;
/// Rows of everything that a load brings into use, and what it rests on.
const COUNTS: &str = "SELECT (SELECT COUNT(*) FROM LeadScoring.discovery_reps_current) AS reps, \
    (SELECT COUNT(*) FROM LeadScoring.discovery_firms_current) AS firms, \
    (SELECT COUNT(*) FROM SavvyGTMData.Lead) AS leads, \
    (SELECT COUNT(*) FROM LeadScoring.rejected_cells) AS rejected, \
    (SELECT COUNT(*) FROM LeadScoring.load_log) AS loads, \
    (SELECT COUNT(*) FROM LeadScoring.load_columns) AS figures";

fn simulated(folder: &std::path::Path) -> String {
    let project = folder.to_string_lossy().into_owned();
    succeeds(&[
        "simulate",
        "--scale",
        "0.01",
        "--seed",
        "4",
        "--months",
        "2025_04,2025_07,2025_10",
        "--project",
        &project,
    ]);
    project
}

fn counts(project: &str) -> String {
    succeeds(&["sql", COUNTS, "--format", "csv", "--project", project])
}

/// Starts a load and kills it after a while; true if it was still at work then.
fn cut_off(project: &str, after: Duration) -> bool {
    let mut child = common::command(&["ingest", "--quiet", "--project", project])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    let at_work = child.try_wait().unwrap().is_none();
    // Gone already is as good as killed.
    let _ = child.kill();
    child.wait().unwrap();
    at_work
}

#[test]
fn a_load_that_is_killed_at_any_moment_loses_nothing_and_is_completed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let whole = simulated(folder.path());
    let begun = Instant::now();
    succeeds(&["ingest", "--project", &whole]);
    let takes = begun.elapsed();
    let expected = counts(&whole);

    let other = tempfile::tempdir().unwrap();
    let project = simulated(other.path());
    let mut killed = 0;
    for cut in 0..CUTS {
        // Each project state that a cut leaves behind is the start of the next load. The
        // moments spread over the whole of a load, each somewhere in its part of it.
        let within = f64::from(begun.elapsed().subsec_nanos() % 1000) / 1000.0;
        let after = takes.mul_f64((f64::from(cut) + within) / f64::from(CUTS));
        killed += u32::from(cut_off(&project, after));
        readable(&project);
    }
    assert!(
        killed > CUTS / 3,
        "only {killed} of {CUTS} loads were still at work when killed"
    );
    succeeds(&["ingest", "--project", &project]);
    let found = counts(&project);
    let held = Promise::CrashSafe.hold(found == expected, || format!("{found} for {expected}"));
    assert_eq!(held, Ok(()));
    // Nothing of the loads that were cut off lies about.
    let stored = "SELECT COUNT(*) AS n FROM LeadScoring.discovery_reps_current_deliveries";
    let in_use = "SELECT COUNT(*) AS n FROM LeadScoring.discovery_reps_current";
    succeeds(&["ingest", "--project", &project]);
    assert_eq!(
        succeeds(&["sql", stored, "--project", &project]),
        succeeds(&["sql", in_use, "--project", &project])
    );
}

/// Whatever a cut left behind can be read, and months are whole: all four files or none.
fn readable(project: &str) {
    let query = "SELECT snapshot_as_of, COUNT(*) AS files FROM LeadScoring.loads_in_use \
                 WHERE kind IN ('reps', 'firms') GROUP BY snapshot_as_of HAVING COUNT(*) <> 4";
    let output = common::leadrank(&["sql", query, "--format", "csv", "--project", project]);
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if output.status.success() {
        assert_eq!(
            out.trim(),
            "snapshot_as_of,files",
            "a part of a month is in use"
        );
    } else {
        // Before the first delivery is in use there is no ledger to ask.
        assert!(err.contains("loads_in_use"), "{err}");
    }
}
