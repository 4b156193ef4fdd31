//! Without credentials: files that somebody loads, and the files of results that come back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::codes::parts;
use super::confirmed::Confirmed;
use super::execute::finish;
use super::ledger::{Ledger, Run};
use super::outcome::{Counts, Outcome};
use super::plan::{Plan, Planned, changed};
use super::row::{Row, Schema};
use crate::bulk::read_results;
use crate::error::{Error, Result};
use crate::sfdx::Kind;

/// How large a file may become. A row is never divided, so a file holds one at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSize {
    /// Most bytes.
    pub bytes: usize,
    /// Most rows: Salesforce's own import wizard, for one, takes 50,000.
    pub rows: usize,
}

impl From<usize> for FileSize {
    /// So many bytes, and any number of rows.
    fn from(bytes: usize) -> Self {
        let rows = usize::MAX;
        FileSize { bytes, rows }
    }
}

/// What has to be written, by the ledger alone: what the org holds is not known, so nothing can
/// be taken back.
///
/// # Errors
/// When an id comes twice.
pub fn plan(
    schema: &Schema,
    rows: Vec<Row>,
    confirmed: &Confirmed,
    today: NaiveDate,
    restamp_days: i64,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let rows = changed(schema, rows, confirmed, today, restamp_days, &mut plan)?;
    for (row, key) in rows {
        let before = Default::default();
        plan.take(schema, row, key, before);
    }
    Ok(plan)
}

/// Writes the rows of a run as CSV that Bulk API 2.0 takes as it is (`operation=update`, line
/// ends LF, columns by comma), each within `most`: `<name>_1.csv`, ….
///
/// # Errors
/// When a file can't be written.
pub fn write(
    schema: &Schema,
    rows: &[Planned],
    folder: &Path,
    name: &str,
    most: impl Into<FileSize>,
) -> Result<Vec<PathBuf>> {
    let most = most.into();
    let columns = Columns::of(schema, rows.iter());
    std::fs::create_dir_all(folder).map_err(|error| Error::ledger(folder, error))?;
    let mut files = Vec::new();
    let mut next = 0;
    while next < rows.len() {
        let (csv, taken) = columns.upload(rows[next..].iter(), most);
        next += taken;
        let path = folder.join(format!("{name}_{}.csv", files.len() + 1));
        let unfinished = folder.join(format!(".{name}_{}.csv", files.len() + 1));
        let written =
            std::fs::write(&unfinished, &csv).and_then(|()| std::fs::rename(&unfinished, &path));
        written.map_err(|error| Error::ledger(&path, error))?;
        files.push(path);
    }
    Ok(files)
}

/// Reads files of results into a run and ends it when every row is accounted for. Takes the files
/// of Bulk API 2.0 (successful, failed and unprocessed records) and of Data Loader (success and
/// error).
///
/// # Errors
/// A file that is none of these, results of another run, or a ledger that can't be written.
pub fn reconcile(ledger: &Ledger, run: &mut Run, files: &[PathBuf]) -> Result<Counts> {
    let rows = run.rows()?;
    // Ids of 15 and of 18 characters name the same record; the first 15 are common to both.
    let short = |id: &str| id.chars().take(15).collect::<String>();
    let known: std::collections::BTreeMap<String, &str> = rows
        .iter()
        .map(|row| (short(&row.id), row.id.as_str()))
        .collect();
    let mut found = Vec::new();
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| Error::ledger(file, error))?;
        let what = file.display().to_string();
        read_results(&bytes, &what, &mut |row| {
            let cell = |wanted: &str| {
                let same = row
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
                same.map(|(_, cell)| *cell)
            };
            let id = cell("Id")
                .filter(|id| !id.is_empty())
                .or_else(|| cell("sf__Id"));
            let Some(id) = id else {
                return Err(Error::answer(
                    &what,
                    "it has no column Id: is it a file of results?",
                ));
            };
            let Some(id) = known.get(&short(id)) else {
                return Err(Error::Unreconciled(format!(
                    "{what} has a result for {id}, which run {} did not plan: is it of another run?",
                    run.meta.run
                )));
            };
            let error = cell("sf__Error").or_else(|| cell("ERROR"));
            let outcome = match error {
                Some(error) => {
                    let (code, message) = parts(error);
                    Outcome::Failed { code, message }
                }
                None if cell("sf__Created").is_some() || cell("STATUS").is_some() => {
                    Outcome::Written
                }
                None => Outcome::Unprocessed,
            };
            found.push(((*id).to_owned(), outcome));
            Ok(())
        })?;
    }
    run.results(&found)?;
    let outcomes = run.outcomes()?;
    let accounted = rows.iter().all(|row| outcomes.of(&row.id).is_some());
    match accounted {
        true => finish(ledger, run, &rows, &outcomes),
        false => outcomes.reconcile(rows.iter().map(|row| row.id.as_str())),
    }
}

/// The fields that a file of rows has: those that at least one of them writes.
pub(super) struct Columns(Vec<(String, Kind)>);

impl Columns {
    /// The columns of `rows`, in the order of the schema.
    pub(super) fn of<'a>(schema: &Schema, rows: impl Iterator<Item = &'a Planned>) -> Self {
        let written: BTreeSet<&String> = rows.flat_map(|row| row.after.keys()).collect();
        let names = schema.names().into_iter();
        let names = names.filter(|name| written.contains(name));
        Columns(
            names
                .map(|name| {
                    let kind = schema.kind(&name).clone();
                    (name, kind)
                })
                .collect(),
        )
    }

    /// The header: `Id` and the fields.
    fn header(&self) -> Vec<u8> {
        let mut csv = Vec::new();
        let names = self.0.iter().map(|(name, _)| name.clone());
        record(std::iter::once("Id".to_owned()).chain(names), &mut csv);
        csv
    }

    /// A row's line. The cell of a field that the row does not write is empty, which leaves the
    /// field as it is.
    fn line(&self, row: &Planned, csv: &mut Vec<u8>) {
        let cells = self.0.iter().map(|(name, kind)| {
            let value = row.after.get(name);
            value.map_or_else(String::new, |value| value.cell(kind))
        });
        record(std::iter::once(row.id.clone()).chain(cells), csv);
    }

    /// The CSV of as many of `rows` as `most` allows, one at least, and their number.
    pub(super) fn upload<'a>(
        &self,
        rows: impl Iterator<Item = &'a Planned>,
        most: impl Into<FileSize>,
    ) -> (Vec<u8>, usize) {
        let most = most.into();
        let mut csv = self.header();
        let mut taken = 0;
        for row in rows {
            let before = csv.len();
            self.line(row, &mut csv);
            let is_full = csv.len() > most.bytes || taken >= most.rows;
            if is_full && taken > 0 {
                csv.truncate(before);
                break;
            }
            taken += 1;
        }
        (csv, taken)
    }
}

/// One line of CSV (RFC 4180, but ended by LF as the job is told).
fn record(cells: impl Iterator<Item = String>, csv: &mut Vec<u8>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            csv.push(b',');
        }
        let is_plain = !cell.contains([',', '"', '\n', '\r']) && cell.trim() == cell;
        if is_plain {
            csv.extend_from_slice(cell.as_bytes());
        } else {
            csv.push(b'"');
            csv.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            csv.push(b'"');
        }
    }
    csv.push(b'\n');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::ledger::{Meta, RunKind};
    use super::super::row::tests::{row, schema};
    use super::*;

    fn meta(run: &str) -> Meta {
        Meta {
            version: 0,
            run: run.into(),
            kind: RunKind::Files,
            org_id: String::new(),
            object: "Lead".into(),
            key_field: "Score_Key__c".into(),
            day: NaiveDate::default(),
            begun_at: chrono::DateTime::UNIX_EPOCH,
            rows: 0,
            notes: BTreeMap::new(),
        }
    }

    #[test]
    fn files_go_out_results_come_back_and_the_second_time_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let schema = schema();
        let ledger = Ledger::hold(folder.path(), "files").unwrap();
        let rows = || {
            (0..10)
                .map(|id| row(id, 0.01 * f64::from(id)))
                .collect::<Vec<_>>()
        };
        let day = NaiveDate::default();
        let found = plan(&schema, rows(), &ledger.confirmed().unwrap(), day, 7).unwrap();
        assert_eq!(found.rows.len(), 10);
        let mut run = ledger.begin(meta("one"), &found.rows).unwrap();
        let out = folder.path().join("out");
        let files = write(&schema, &found.rows, &out, "scores", 600).unwrap();
        assert!(files.len() > 1, "the limit divides");
        let mut reader = csv::Reader::from_path(&files[0]).unwrap();
        let header = ["Id", "Lead_Score__c", "Score_Narrative__c", "Score_Key__c"];
        assert_eq!(reader.headers().unwrap(), &header[..]);
        let first = reader.records().next().unwrap().unwrap();
        assert_eq!(&first[1], "0");
        assert_eq!(&first[2], "scored 0, \"fine\"");

        let ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
        let good = out.join("successfulResults.csv");
        let lines: String = ids[..8]
            .iter()
            .map(|id| format!("{id},false,{id}\n"))
            .collect();
        std::fs::write(&good, format!("sf__Id,sf__Created,Id\n{lines}")).unwrap();
        let counts = reconcile(&ledger, &mut run, &[good]).unwrap();
        assert_eq!((counts.written, counts.unprocessed), (8, 2));
        assert!(!run.state().unwrap().is_finished);
        // Data Loader names columns by itself, and ids of 15 characters are the same records.
        let bad = out.join("error.csv");
        let line = |id: &str| {
            format!(
                "\"{}\",\"ENTITY_IS_DELETED:entity is deleted\"\n",
                &id[..15]
            )
        };
        std::fs::write(
            &bad,
            format!(
                "\u{feff}\"ID\",\"ERROR\"\n{}{}",
                line(&ids[8]),
                line(&ids[9])
            ),
        )
        .unwrap();
        let counts = reconcile(&ledger, &mut run, &[bad]).unwrap();
        assert_eq!((counts.written, counts.failed, counts.planned), (8, 2, 10));
        assert!(run.state().unwrap().is_finished);
        let again = plan(&schema, rows(), &ledger.confirmed().unwrap(), day, 7).unwrap();
        assert_eq!((again.rows.len(), again.unchanged), (2, 8));

        let other = out.join("other.csv");
        std::fs::write(
            &other,
            "sf__Id,sf__Created,Id\n00Q999999999999AAA,false,00Q999999999999AAA\n",
        )
        .unwrap();
        let message = reconcile(&ledger, &mut run, &[other])
            .unwrap_err()
            .to_string();
        assert!(message.contains("another run"), "{message}");
    }

    #[test]
    fn a_file_has_no_more_rows_than_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let rows = (0..5).map(|id| row(id, 0.01)).collect();
        let planned = plan(
            &schema(),
            rows,
            &Confirmed::default(),
            NaiveDate::default(),
            7,
        );
        let most = FileSize {
            bytes: 100_000,
            rows: 2,
        };
        let files = write(&schema(), &planned.unwrap().rows, folder.path(), "a", most).unwrap();
        let counts = files.iter().map(|file| {
            let mut reader = csv::Reader::from_path(file).unwrap();
            reader.records().filter(|line| line.is_ok()).count()
        });
        assert_eq!(counts.collect::<Vec<_>>(), [2, 2, 1]);
    }

    #[test]
    fn rows_that_write_different_fields_stay_in_their_columns() {
        let schema = schema();
        let mut less = row(1, 0.01);
        less.values.remove("Lead_Score__c");
        let day = NaiveDate::default();
        let planned = plan(
            &schema,
            vec![less, row(2, 0.02)],
            &Confirmed::default(),
            day,
            7,
        );
        let rows = planned.unwrap().rows;
        let columns = Columns::of(&schema, rows.iter());
        let mut csv = columns.header();
        for row in &rows {
            columns.line(row, &mut csv);
        }
        let mut reader = csv::Reader::from_reader(&csv[..]);
        let header = ["Id", "Lead_Score__c", "Score_Narrative__c", "Score_Key__c"];
        assert_eq!(reader.headers().unwrap(), &header[..]);
        let lines: Vec<_> = reader.records().map(|line| line.unwrap()).collect();
        // An empty cell leaves the field alone; #N/A would empty it.
        assert_eq!((&lines[0][1], &lines[1][1]), ("", "0.02"));
        assert_eq!(&lines[0][2], "scored 0.01, \"fine\"");
    }

    /// A result of a record, in the file that it comes in; none where it comes in none.
    fn result_line(kind: u8, id: &str) -> Option<(usize, String)> {
        Some(match kind {
            0 => (0, format!("{id},false,{id}\n")),
            1 => (
                1,
                format!("{id},\"STRING_TOO_LONG:too long: a, b:Score_Narrative__c --\",{id}\n"),
            ),
            2 => (2, format!("{id},0.5\n")),
            3 => (3, format!("{id},Item Updated\n")),
            4 => (4, format!("{},it broke\n", &id[..15])),
            _ => return None,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whatever_files_come_back_it_adds_up(
            kinds in proptest::collection::vec(0_u8..6, 1..16),
            at_once in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let ledger = Ledger::hold(folder.path(), "files").unwrap();
            let rows: Vec<Row> = (0_u32..).zip(&kinds).map(|(id, _)| row(id, 0.01)).collect();
            let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
            let day = NaiveDate::default();
            let planned = plan(&schema(), rows, &Confirmed::default(), day, 7).unwrap();
            let mut run = ledger.begin(meta("one"), &planned.rows).unwrap();
            let mut files = [
                "sf__Id,sf__Created,Id\n",
                "sf__Id,sf__Error,Id\n",
                "Id,Lead_Score__c\n",
                "ID,STATUS\n",
                "ID,ERROR\n",
            ]
            .map(str::to_owned);
            for (kind, id) in kinds.iter().zip(&ids) {
                if let Some((file, line)) = result_line(*kind, id) {
                    files[file].push_str(&line);
                }
            }
            let paths: Vec<PathBuf> = (0..files.len())
                .map(|at| folder.path().join(format!("{at}.csv")))
                .collect();
            for (path, text) in paths.iter().zip(&files) {
                std::fs::write(path, text).unwrap();
            }
            let mut counts = Counts::default();
            for part in paths.chunks(if at_once { paths.len() } else { 1 }) {
                counts = reconcile(&ledger, &mut run, part).unwrap();
            }
            let of = |wanted: &[u8]| kinds.iter().filter(|kind| wanted.contains(kind)).count() as u64;
            prop_assert_eq!(counts.planned, kinds.len() as u64);
            prop_assert_eq!((counts.written, counts.failed), (of(&[0, 3]), of(&[1, 4])));
            prop_assert_eq!((counts.unprocessed, counts.unknown), (of(&[2, 5]), 0));
            prop_assert_eq!(run.state().unwrap().is_finished, of(&[5]) == 0);
            let confirmed = ledger.confirmed().unwrap();
            for (kind, id) in kinds.iter().zip(&ids) {
                let is_sure = [0, 3].contains(kind) && of(&[5]) == 0;
                prop_assert_eq!(confirmed.key(id).is_some(), is_sure);
            }
        }

        #[test]
        fn what_is_written_is_read_back(cells in proptest::collection::vec("[^\\x00]{0,12}", 1..6)) {
            // A line begins with an id: a mark of byte order stands nowhere else than first.
            let cells = [vec!["00Q".to_owned()], cells].concat();
            let mut bytes = Vec::new();
            record(cells.iter().cloned(), &mut bytes);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
            let line = reader.records().next().unwrap().unwrap();
            let back: Vec<String> = line.iter().map(str::to_owned).collect();
            prop_assert_eq!(back, cells);
        }
    }
}
