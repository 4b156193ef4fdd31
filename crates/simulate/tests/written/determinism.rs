//! Equal options give equal bytes, and different ones don't.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use leadrank_simulate::{Event, Hazard, Options, write};

fn bytes(project: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for folder in ["raw", "truth"] {
        for entry in fs::read_dir(project.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            files.insert(name, fs::read(path).unwrap());
        }
    }
    files
}

#[test]
fn thread_count_changes_no_byte() {
    let (one, first) = crate::common::simulate(0.004, &[], &[], 1);
    let (many, second) = crate::common::simulate(0.004, &[], &[], 5);
    assert_eq!(first, second);
    assert_eq!(first.files.len(), 8 * 4 + 5);
    let (one, many) = (bytes(one.path()), bytes(many.path()));
    assert_eq!(one.len(), 8 * 4 + 5 + 1);
    assert!(one == many);
}

#[test]
fn thread_count_changes_no_byte_of_planted_faults() {
    let alone = [
        Hazard::RedeliveredMonth,
        Hazard::LeakyFeature,
        Hazard::TwinAdvisers,
        Hazard::SourceMissingness,
        Hazard::ReorderedHeader,
        Hazard::LateDrift,
    ];
    let sets = alone.map(|hazard| vec![hazard]);
    for hazards in sets.iter().chain([&Hazard::ALL[1..].to_vec()]) {
        let (one, first) = crate::common::simulate(0.004, &[], hazards, 1);
        let (two, second) = crate::common::simulate(0.004, &[], hazards, 2);
        assert_eq!(first, second);
        assert!(bytes(one.path()) == bytes(two.path()), "{hazards:?}");
    }
}

#[test]
fn seeds_differ() {
    let make = |seed| {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            scale: 0.002,
            seed,
            ..Options::default()
        };
        write(folder.path(), &options, &|_| ()).unwrap();
        bytes(folder.path())
    };
    let (a, b, again) = (make(1), make(2), make(1));
    assert!(a == again);
    for name in [
        "raw/salesforce_lead.csv",
        "raw/discovery_t1_2025_10.csv",
        "truth/leads.csv",
    ] {
        assert_ne!(a[name], b[name], "{name}");
    }
}

#[test]
fn a_months_files_do_not_depend_on_the_other_months() {
    let (alone, _) = crate::common::simulate(0.002, &["2025_10"], &[], 2);
    let (among, _) = crate::common::simulate(0.002, &[], &[], 2);
    let (alone, among) = (bytes(alone.path()), bytes(among.path()));
    for name in ["raw/discovery_t2_2025_10.csv", "raw/salesforce_task.csv"] {
        assert!(alone[name] == among[name], "{name}");
    }
}

#[test]
fn the_summary_and_the_events_tell_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let told = Mutex::new(Vec::new());
    let options = Options {
        scale: 0.002,
        ..Options::default()
    };
    let summary = write(folder.path(), &options, &|event| {
        told.lock().unwrap().push(event);
    })
    .unwrap();
    let told = told.into_inner().unwrap();
    assert_eq!(
        told[0],
        Event::Planned {
            files: summary.files.len()
        }
    );
    assert_eq!(told.len(), 1 + summary.files.len());
    for file in &summary.files {
        let path = folder.path().join(&file.file);
        assert_eq!(fs::metadata(&path).unwrap().len(), file.bytes);
        assert!(told.contains(&Event::Written(file.clone())));
        // notes in the oldest territory file hold line breaks: count records, not lines
        let records = crate::common::read(&path).unwrap().len() as u64;
        assert_eq!(records, file.rows, "{}", path.display());
    }
    let text = fs::read_to_string(folder.path().join("truth/summary.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["truth"]["leads"], summary.truth.leads);
    assert_eq!(json["months"][7], "2025_10");
}

#[test]
fn the_smallest_scale_still_fills_every_file() {
    let (_folder, summary) = crate::common::simulate(0.0005, &[], &Hazard::ALL, 2);
    assert!(
        summary
            .files
            .iter()
            .filter(|f| !f.file.ends_with("salesforce_opportunity.csv"))
            .all(|f| f.rows > 0)
    );
}

#[test]
fn an_unwritable_folder_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("raw"), "in the way").unwrap();
    let error = write(folder.path(), &Options::default(), &|_| ())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("raw") && error.contains("writable"),
        "{error}"
    );
}
