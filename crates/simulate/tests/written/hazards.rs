//! Every planted fault is visible in what is written, and absent without it.

mod files;
mod identity;
mod labels;
mod missing;
mod time;
mod together;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::NaiveDate;
use leadrank_simulate::{Hazard, Summary};

use crate::common::{
    Row, cleaned, digits, filled, number, read, rep_file, reps, rows, shared, simulate,
};

const SCALE: f64 = 0.02;
const MONTHS: [&str; 3] = ["2025_04", "2025_07", "2025_10"];
const HIRED: &str = "DateOfHireAtCurrentFirm_NumberOfYears";

static PLAIN: LazyLock<(PathBuf, Summary)> = LazyLock::new(|| shared("plain", SCALE, &MONTHS));

/// The project without a fault.
fn plain_project() -> &'static Path {
    &PLAIN.0
}

/// The same project with one fault.
fn planted(hazard: Hazard) -> tempfile::TempDir {
    simulate(SCALE, &MONTHS, &[hazard], 2).0
}

/// Measures a plain project and one with the fault.
fn both(hazard: Hazard, measure: impl Fn(&Path) -> f64) -> (f64, f64) {
    (measure(plain_project()), measure(planted(hazard).path()))
}

fn share(rows: &[Row], test: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| test(row)).count() as f64 / rows.len() as f64
}

fn date(row: &Row, column: &str) -> Option<NaiveDate> {
    filled(row, column).and_then(|text| text.get(..10)?.parse().ok())
}

/// Columns in which two rows with the same columns differ.
fn differing_cells(before: &Row, after: &Row) -> Vec<String> {
    assert!(before.keys().eq(after.keys()));
    let both = before.iter().zip(after.values());
    both.filter(|((_, before), after)| before != after)
        .map(|((name, _), _)| name.clone())
        .collect()
}

/// How many rows of a file differ, by column.
fn differing_columns(plain: &Path, faulty: &Path, file: &str) -> BTreeMap<String, usize> {
    let (before, after) = (rows(plain, file), rows(faulty, file));
    assert_eq!(before.len(), after.len());
    let mut columns = BTreeMap::new();
    for (before, after) in before.iter().zip(&after) {
        for column in differing_cells(before, after) {
            *columns.entry(column).or_default() += 1;
        }
    }
    columns
}

/// Files that are not the same in two projects, apart from the summary.
fn differing_files(plain: &Path, faulty: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for project in [plain, faulty] {
        for folder in ["raw", "truth"] {
            for entry in fs::read_dir(project.join(folder)).unwrap() {
                let name = entry.unwrap().file_name();
                names.insert(format!("{folder}/{}", name.to_string_lossy()));
            }
        }
    }
    names.remove("truth/summary.json");
    names.retain(|name| fs::read(plain.join(name)).ok() != fs::read(faulty.join(name)).ok());
    names
}

/// The true label by adviser number, of contacted leads; true where one of several is.
fn labels(project: &Path) -> BTreeMap<String, bool> {
    let mut labels = BTreeMap::new();
    let truth = rows(project, "truth/leads.csv");
    for (lead, truth) in rows(project, "raw/salesforce_lead.csv").iter().zip(&truth) {
        if let (Some(number), Some(_)) = (filled(lead, "FA_CRD_c"), filled(truth, "contact_date")) {
            *labels.entry(digits(number)).or_default() |= truth["label_30d"] == "1";
        }
    }
    labels
}
