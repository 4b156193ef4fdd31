//! What readers trip over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use leadrank_simulate::{Event, Hazard, Options, write};

use super::*;

#[test]
fn missing_column_is_gone_from_the_last_month_only() {
    let has = |month: &'static str| {
        move |project: &Path| {
            let row = &reps(project, month, &[])[0];
            f64::from(u8::from(row.contains_key("AUMGrowthRate_5Year")))
        }
    };
    assert_eq!(both(Hazard::MissingColumn, has("2025_10")), (1.0, 0.0));
    assert_eq!(both(Hazard::MissingColumn, has("2025_07")), (1.0, 1.0));
}

#[test]
fn truncated_file_ends_inside_a_line() {
    let broken = |project: &Path| {
        let path = project.join(rep_file("t2", "2025_10"));
        let whole = fs::read(&path).unwrap().ends_with(b"\n") && read(&path).is_ok();
        f64::from(u8::from(!whole))
    };
    assert_eq!(both(Hazard::TruncatedFile, broken), (0.0, 1.0));
}

#[test]
fn latin1_is_not_utf8() {
    let foreign = |project: &Path| {
        let bytes = fs::read(project.join(rep_file("t1", "2025_10"))).unwrap();
        f64::from(u8::from(std::str::from_utf8(&bytes).is_err()))
    };
    assert_eq!(both(Hazard::Latin1, foreign), (0.0, 1.0));
}

#[test]
fn a_missing_column_moves_no_other_cell() {
    let (plain, faulty) = (plain_project(), planted(Hazard::MissingColumn));
    for territory in ["t1", "t2", "t3"] {
        let file = rep_file(territory, "2025_10");
        let mut before = rows(plain, &file);
        for row in &mut before {
            row.remove("AUMGrowthRate_5Year");
        }
        assert!(before == rows(faulty.path(), &file));
    }
}

#[test]
fn a_reordered_header_is_harmless_by_name() {
    let (plain, faulty) = (plain_project(), planted(Hazard::ReorderedHeader));
    let header = |project: &Path, file: &str| -> Vec<String> {
        let text = fs::read_to_string(project.join(file)).unwrap();
        let line = text.lines().next().unwrap();
        line.trim_start_matches('\u{feff}')
            .split(',')
            .map(str::to_owned)
            .collect()
    };
    let by_name = |project: &Path, file: &str| -> Vec<BTreeMap<String, String>> {
        let lower = |row: Row| {
            let cells = row.into_iter();
            cells
                .map(|(name, cell)| (name.to_lowercase(), cell))
                .collect()
        };
        rows(project, file).into_iter().map(lower).collect()
    };
    let mut files = BTreeSet::new();
    for territory in ["t1", "t2", "t3"] {
        let file = rep_file(territory, "2025_10");
        let (before, after) = (header(plain, &file), header(faulty.path(), &file));
        let plainly = |names: &[String]| -> Vec<String> {
            names.iter().map(|n| cleaned(n).to_lowercase()).collect()
        };
        assert_ne!(plainly(&before), plainly(&after));
        let spelled: BTreeSet<&String> = before.iter().collect();
        let kept = after.iter().filter(|name| spelled.contains(name)).count();
        assert!(kept < 60, "{kept}");
        assert!(by_name(plain, &file) == by_name(faulty.path(), &file));
        files.insert(file);
    }
    assert_eq!(differing_files(plain, faulty.path()), files);
}

#[test]
fn a_renamed_column_keeps_its_values() {
    let (plain, faulty) = (plain_project(), planted(Hazard::RenamedColumn));
    let mut files = BTreeSet::new();
    for territory in ["t1", "t2", "t3"] {
        let file = rep_file(territory, "2025_10");
        let mut before = rows(plain, &file);
        for row in &mut before {
            let growth = row.remove("AUMGrowthRate_1Year").unwrap();
            assert!(row.insert("AUM_Growth_1_Yr".to_owned(), growth).is_none());
        }
        assert!(before == rows(faulty.path(), &file));
        files.insert(file);
    }
    assert_eq!(differing_files(plain, faulty.path()), files);
}

#[test]
fn a_missing_territory_is_one_file_less() {
    let told = Mutex::new(Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        scale: SCALE,
        months: MONTHS.map(|m| m.parse().unwrap()).to_vec(),
        hazards: BTreeSet::from([Hazard::MissingTerritory]),
        ..Options::default()
    };
    let summary = write(folder.path(), &options, &|event| {
        told.lock().unwrap().push(event);
    })
    .unwrap();
    let files = summary.files.len();
    assert_eq!(files, 3 * 4 + 5 - 1);
    assert_eq!(told.into_inner().unwrap()[0], Event::Planned { files });
    let absent = rep_file("t3", "2025_10");
    assert!(!folder.path().join(&absent).exists());
    assert_eq!(
        differing_files(plain_project(), folder.path()),
        BTreeSet::from([absent])
    );
}
