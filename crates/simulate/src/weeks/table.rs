//! Raw files read back: records as bytes that stay as they are unless told anew.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::month::{Day, day_of};
use crate::output::split;

/// A raw file.
#[derive(Debug)]
pub(super) struct Table {
    file: &'static str,
    bytes: Vec<u8>,
    /// Length of the header with its line end.
    body: usize,
    columns: Vec<String>,
}

/// One row.
#[derive(Debug)]
pub(super) struct Record<'a> {
    table: &'a Table,
    line: usize,
    /// The row with its line end.
    pub(super) bytes: &'a [u8],
    /// Its cells, quotes included.
    pub(super) cells: Vec<&'a [u8]>,
}

impl Table {
    /// Reads the file of that name, relative to the project folder.
    pub(super) fn read(project: &Path, file: &'static str) -> Result<Self> {
        let path = project.join(file);
        let bytes = fs::read(&path).map_err(|source| Error::Read { path, source })?;
        let mut table = Self {
            file,
            bytes,
            body: 0,
            columns: Vec::new(),
        };
        let header = table.take(0, 1)?;
        let names = split(without_end(header)).into_iter();
        let columns = names.map(|n| String::from_utf8_lossy(n).into_owned());
        (table.body, table.columns) = (header.len(), columns.collect());
        Ok(table)
    }

    /// The same, or `None` when there is no such file.
    pub(super) fn read_if_there(project: &Path, file: &'static str) -> Result<Option<Self>> {
        match Self::read(project, file) {
            Err(Error::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// The header with its line end.
    pub(super) fn header(&self) -> &[u8] {
        &self.bytes[..self.body]
    }

    /// The rows in order; nothing follows an error.
    pub(super) fn records(&self) -> impl Iterator<Item = Result<Record<'_>>> {
        let (mut at, mut line) = (self.body, 2);
        std::iter::from_fn(move || {
            if at >= self.bytes.len() {
                return None;
            }
            let record = self.record(at, line);
            match &record {
                Ok(record) => {
                    at += record.bytes.len();
                    line += record.bytes.iter().filter(|b| **b == b'\n').count();
                }
                Err(_) => at = self.bytes.len(),
            }
            Some(record)
        })
    }

    fn record(&self, at: usize, line: usize) -> Result<Record<'_>> {
        let bytes = self.take(at, line)?;
        let cells = split(without_end(bytes));
        if cells.len() != self.columns.len() {
            let what = format!("{} cells, but {} columns", cells.len(), self.columns.len());
            return Err(self.malformed(line, what));
        }
        Ok(Record {
            table: self,
            line,
            bytes,
            cells,
        })
    }

    /// The bytes up to the next line end outside quotes.
    fn take(&self, at: usize, line: usize) -> Result<&[u8]> {
        let rest = &self.bytes[at..];
        let mut quoted = false;
        let end = rest.iter().position(|byte| {
            quoted ^= *byte == b'"';
            *byte == b'\n' && !quoted
        });
        match end {
            Some(end) => Ok(&rest[..=end]),
            None if quoted => Err(self.malformed(line, "a quote is never closed")),
            None => Err(self.malformed(line, "the row is cut short, without a line end")),
        }
    }

    /// The error that a line is not as it should be. Says nothing of the content.
    pub(super) fn malformed(&self, line: usize, what: impl Into<String>) -> Error {
        Error::Malformed {
            file: self.file,
            line,
            what: what.into(),
        }
    }
}

impl Record<'_> {
    /// Position of a column.
    pub(super) fn column(&self, name: &str) -> Result<usize> {
        let position = self.table.columns.iter().position(|c| c == name);
        position.ok_or_else(|| self.table.malformed(1, format!("no column `{name}`")))
    }

    /// A cell as text.
    pub(super) fn text(&self, name: &str) -> Result<&str> {
        let cell = self.cells[self.column(name)?];
        std::str::from_utf8(cell).map_err(|_| self.malformed(name, "is not UTF-8"))
    }

    /// The day of a date or timestamp, `None` for an empty cell.
    pub(super) fn day(&self, name: &str) -> Result<Option<Day>> {
        let text = self.text(name)?;
        if text.is_empty() {
            return Ok(None);
        }
        let date = text.get(..10).and_then(|t| t.parse::<NaiveDate>().ok());
        match date {
            Some(date) => Ok(Some(day_of(date))),
            None => Err(self.malformed(name, "does not begin with a day (YYYY-MM-DD)")),
        }
    }

    /// The error that a cell of this row is not as it should be. Says nothing of the content.
    pub(super) fn malformed(&self, name: &str, why: &str) -> Error {
        self.table.malformed(self.line, format!("`{name}` {why}"))
    }
}

fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "some.csv";

    fn read(text: &str) -> Result<Table> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), text).unwrap();
        Table::read(folder.path(), FILE)
    }

    fn first_error(text: &str) -> String {
        let table = match read(text) {
            Ok(table) => table,
            Err(error) => return error.to_string(),
        };
        let days = table.records().map(|r| r?.day("b"));
        days.collect::<Result<Vec<_>>>().unwrap_err().to_string()
    }

    #[test]
    fn quoted_line_ends_and_commas_belong_to_the_cell() {
        let table = read("a,b\n\"x,\ny\",2025-01-02\nz,\n").unwrap();
        let records = table.records().collect::<Result<Vec<_>>>().unwrap();
        assert_eq!(table.header(), b"a,b\n");
        assert_eq!(records.len(), 2);
        assert_eq!(records[0].text("a").unwrap(), "\"x,\ny\"");
        assert_eq!(records[0].day("b").unwrap(), Some(367));
        assert_eq!((records[1].line, records[1].day("b").unwrap()), (4, None));
    }

    #[test]
    fn errors_name_file_and_line() {
        for (text, told) in [
            ("", "some.csv, line 1: the row is cut short"),
            ("a\n1\n", "some.csv, line 1: no column `b`"),
            ("a,b\n1,\n1\n", "some.csv, line 3: 1 cells, but 2 columns"),
            (
                "a,b\n\"1\n2\",\n3,nine\n",
                "some.csv, line 4: `b` does not begin",
            ),
            (
                "a,b\n1,\"2025\n",
                "some.csv, line 2: a quote is never closed",
            ),
            ("a,b\n1,2025-01-0", "some.csv, line 2: the row is cut short"),
        ] {
            let error = first_error(text);
            assert!(error.starts_with(told), "{error}");
        }
    }
}
