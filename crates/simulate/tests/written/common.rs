//! Reading simulated projects back, as the tests need it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use leadrank_simulate::{Hazard, Month, Options, Summary, write};

/// A row by cleaned column name.
pub(crate) type Row = BTreeMap<String, String>;

/// Null tokens of domain.md, "Header and cell cleaning".
pub(crate) const NULLS: [&str; 9] = [
    "", "NA", "N/A", "null", "NULL", "None", "NaN", "nan", "#N/A",
];

/// The cleaned header name.
pub(crate) fn cleaned(header: &str) -> String {
    header
        .trim_start_matches('\u{feff}')
        .replace(['/', ' ', '-', '.'], "_")
        .replace(['(', ')'], "")
        .replace("__", "_")
}

/// All rows of a CSV file, or an error text for the first malformed one.
pub(crate) fn read(path: &Path) -> Result<Vec<Row>, String> {
    read_some(path, &[])
}

/// The same with only the columns named (all when none is).
fn read_some(path: &Path, columns: &[&str]) -> Result<Vec<Row>, String> {
    let mut reader = csv::Reader::from_path(path).map_err(|e| e.to_string())?;
    let header: Vec<String> = reader
        .headers()
        .map_err(|e| e.to_string())?
        .iter()
        .map(cleaned)
        .collect();
    let wanted = |name: &str| columns.is_empty() || columns.contains(&name);
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.map_err(|e| e.to_string())?;
        let cells = header
            .iter()
            .zip(record.iter())
            .filter(|(name, _)| wanted(name));
        Ok(cells
            .map(|(name, cell)| (name.clone(), cell.to_owned()))
            .collect())
    };
    reader.records().map(row).collect()
}

/// The same, which must succeed.
pub(crate) fn rows(project: &Path, name: &str) -> Vec<Row> {
    read(&project.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The named columns of a month's three rep files together (all when none is named).
pub(crate) fn reps(project: &Path, month: &str, columns: &[&str]) -> Vec<Row> {
    let read = |territory: &&str| {
        let name = rep_file(territory, month);
        read_some(&project.join(&name), columns).unwrap_or_else(|e| panic!("{name}: {e}"))
    };
    ["t1", "t2", "t3"].iter().flat_map(read).collect()
}

/// A rep file's name.
pub(crate) fn rep_file(territory: &str, month: &str) -> String {
    format!("raw/discovery_{territory}_{month}.csv")
}

/// A cell that is not one of the null tokens.
pub(crate) fn filled<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column)
        .map(String::as_str)
        .filter(|text| !NULLS.contains(text))
}

/// A number without its dollar sign, commas or percent sign.
pub(crate) fn number(row: &Row, column: &str) -> Option<f64> {
    filled(row, column)?
        .replace(['$', ',', '%'], "")
        .trim()
        .parse()
        .ok()
}

/// The digits of an adviser number.
pub(crate) fn digits(text: &str) -> String {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    whole.chars().filter(char::is_ascii_digit).collect()
}

/// Writes a project into a fresh folder.
pub(crate) fn simulate(
    scale: f64,
    months: &[&str],
    hazards: &[Hazard],
    threads: usize,
) -> (tempfile::TempDir, Summary) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let summary = simulate_into(folder.path(), scale, months, hazards, threads);
    (folder, summary)
}

/// Writes a plain project that all tests of this program share.
pub(crate) fn shared(name: &str, scale: f64, months: &[&str]) -> (PathBuf, Summary) {
    let folder = SHARED.0.join(name);
    let summary = simulate_into(&folder, scale, months, &[], 2);
    (folder, summary)
}

/// Where shared projects lie. Statics are never dropped, so nothing clears the folder at the
/// end; the next run does, once nobody else is at work in it.
static SHARED: LazyLock<(PathBuf, File)> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("written");
    let lock = File::create(folder.with_extension("lock")).expect("a lock file");
    lock.lock().expect("a lock");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old folder to clear");
    }
    (folder, lock)
});

fn simulate_into(
    folder: &Path,
    scale: f64,
    months: &[&str],
    hazards: &[Hazard],
    threads: usize,
) -> Summary {
    let mut options = Options {
        scale,
        threads: Some(threads),
        ..Options::default()
    };
    if !months.is_empty() {
        options.months = months
            .iter()
            .map(|m| m.parse::<Month>().expect("a month"))
            .collect::<Vec<_>>();
    }
    options.hazards = hazards.iter().copied().collect::<BTreeSet<_>>();
    write(folder, &options, &|_| ()).expect("a written project")
}
