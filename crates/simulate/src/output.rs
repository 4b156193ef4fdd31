//! Files that appear whole or not at all, and the bytes of one CSV line.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::options::WrittenFile;
use crate::rng::Cells;

/// A file written under a temporary name and renamed when complete.
#[derive(Debug)]
pub(crate) struct WholeFile {
    name: PathBuf,
    target: PathBuf,
    part: PathBuf,
    writer: Option<BufWriter<File>>,
    rows: u64,
    bytes: u64,
}

impl WholeFile {
    /// Opens `name` (relative to the project folder) for writing.
    pub(crate) fn create(project: &Path, name: &str) -> Result<Self> {
        let target = project.join(name);
        let part = project.join(format!("{name}.part"));
        let file = File::create(&part).map_err(|e| Error::io(&part, e))?;
        let writer = Some(BufWriter::with_capacity(1 << 20, file));
        Ok(Self {
            name: name.into(),
            target,
            part,
            writer,
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds bytes that are not a data row (a header).
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        writer
            .write_all(bytes)
            .map_err(|e| Error::io(&self.part, e))
    }

    /// Adds one data row.
    pub(crate) fn row(&mut self, bytes: &[u8]) -> Result<()> {
        self.rows += 1;
        self.raw(bytes)
    }

    /// Completes the file, cutting `cut` bytes off its end, and gives it its final name.
    pub(crate) fn finish(mut self, cut: u64) -> Result<WrittenFile> {
        let failed = |e| Error::io(&self.part, e);
        if let Some(writer) = self.writer.take() {
            let file = writer.into_inner().map_err(|e| failed(e.into_error()))?;
            self.bytes = self.bytes.saturating_sub(cut);
            if cut > 0 {
                file.set_len(self.bytes).map_err(failed)?;
            }
            file.sync_all().map_err(failed)?;
        }
        fs::rename(&self.part, &self.target).map_err(|e| Error::io(&self.target, e))?;
        Ok(WrittenFile {
            file: self.name.clone(),
            rows: self.rows,
            bytes: self.bytes,
        })
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // an unfinished file is of no use; failing to remove it does no harm either
        if self.writer.take().is_some() {
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// The ways vendors write "nothing", the empty cell being by far the commonest.
const NULLS: [&str; 9] = [
    "NA", "N/A", "null", "NULL", "None", "NaN", "nan", "#N/A", "NULL",
];

/// One CSV line under construction; reused from row to row.
#[derive(Debug, Default)]
pub(crate) struct Line {
    bytes: Vec<u8>,
    begun: bool,
}

impl Line {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.begun = false;
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The cells as they stand, quotes included; for a line without its end.
    pub(crate) fn split(&self) -> Vec<&[u8]> {
        split(&self.bytes)
    }

    fn separate(&mut self) {
        if self.begun {
            self.bytes.push(b',');
        }
        self.begun = true;
    }

    /// Ends the line.
    pub(crate) fn end(&mut self, ending: &str) {
        self.bytes.extend_from_slice(ending.as_bytes());
        self.begun = false;
    }

    /// Cells already separated by commas.
    pub(crate) fn cells(&mut self, cells: &[u8]) {
        self.separate();
        self.bytes.extend_from_slice(cells);
    }

    /// A text cell, quoted where the format needs it.
    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) {
        self.separate();
        let text = text.as_ref();
        if text
            .iter()
            .any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r'))
        {
            self.bytes.push(b'"');
            for byte in text {
                if *byte == b'"' {
                    self.bytes.push(b'"');
                }
                self.bytes.push(*byte);
            }
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(text);
        }
    }

    /// An empty cell.
    pub(crate) fn empty(&mut self) {
        self.separate();
    }

    /// A missing value in one of the vendor's spellings.
    pub(crate) fn null(&mut self, cells: &mut Cells) {
        self.separate();
        let pick = cells.below(60) as usize;
        if let Some(token) = NULLS.get(pick) {
            self.bytes.extend_from_slice(token.as_bytes());
        }
    }

    /// A whole number.
    pub(crate) fn whole(&mut self, value: i64) {
        self.separate();
        let mut number = itoa::Buffer::new();
        self.bytes
            .extend_from_slice(number.format(value).as_bytes());
    }

    /// A number with a fixed count of decimals.
    pub(crate) fn fixed(&mut self, value: f64, decimals: u32) {
        self.separate();
        self.digits(value, decimals, false);
    }

    /// Text directly behind the current cell.
    pub(crate) fn suffix(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Money text such as `"$1,295.31"`, quoted when it holds a comma.
    pub(crate) fn money(&mut self, value: f64) {
        self.separate();
        let quoted = value >= 999.995;
        self.bytes
            .extend_from_slice(if quoted { b"\"$" } else { b"$" });
        self.digits(value, 2, true);
        if quoted {
            self.bytes.push(b'"');
        }
    }

    fn digits(&mut self, value: f64, decimals: u32, thousands: bool) {
        let unit = 10_i64.pow(decimals);
        let scaled = (value * unit as f64).round() as i64;
        if scaled < 0 {
            self.bytes.push(b'-');
        }
        let (head, tail) = (scaled.abs() / unit, scaled.abs() % unit);
        let mut number = itoa::Buffer::new();
        let text = number.format(head);
        for (position, byte) in text.bytes().enumerate() {
            if thousands && position > 0 && (text.len() - position).is_multiple_of(3) {
                self.bytes.push(b',');
            }
            self.bytes.push(byte);
        }
        if decimals > 0 {
            self.bytes.push(b'.');
            let text = number.format(unit + tail);
            self.bytes.extend_from_slice(&text.as_bytes()[1..]);
        }
    }
}

/// The cells of a line without its end, quotes included.
pub(crate) fn split(line: &[u8]) -> Vec<&[u8]> {
    let mut quoted = false;
    line.split(|byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_vendors_do() {
        let mut line = Line::default();
        line.money(1295.31);
        line.money(12.5);
        line.fixed(-3.456, 2);
        line.fixed(0.05, 1);
        line.fixed(7.0, 0);
        line.money(1_234_567.0);
        line.end("\r\n");
        assert_eq!(
            String::from_utf8_lossy(line.bytes()),
            "\"$1,295.31\",$12.50,-3.46,0.1,7,\"$1,234,567.00\"\r\n"
        );
    }

    #[test]
    fn awkward_text_is_quoted() {
        let mut line = Line::default();
        line.text("a,b");
        line.text("say \"no\"\nthen go");
        line.text("plain");
        line.end("\n");
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(line.bytes());
        let record = reader.records().next().unwrap().unwrap();
        assert_eq!(&record[0], "a,b");
        assert_eq!(&record[1], "say \"no\"\nthen go");
        assert_eq!(&record[2], "plain");
    }

    proptest::proptest! {
        #[test]
        fn any_text_and_number_survives_a_csv_reader(
            texts in proptest::collection::vec("(?s).{0,12}", 1..6),
            value in -1e9_f64..1e9,
        ) {
            let mut line = Line::default();
            line.fixed(value, 3);
            line.money(value.abs());
            for text in &texts {
                line.text(text);
            }
            let mut again = Line::default();
            line.split().into_iter().for_each(|cell| again.cells(cell));
            proptest::prop_assert_eq!(again.bytes(), line.bytes());
            proptest::prop_assert_eq!(line.split().len(), 2 + texts.len());
            line.end("\n");
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).from_reader(line.bytes());
            let record = reader.records().next().unwrap().unwrap();
            proptest::prop_assert_eq!(record.len(), 2 + texts.len());
            let fixed: f64 = record[0].parse().unwrap();
            proptest::prop_assert!((fixed - value).abs() < 0.000_51);
            let money: f64 = record[1].replace(['$', ','], "").parse().unwrap();
            proptest::prop_assert!((money - value.abs()).abs() < 0.005_1);
            for (cell, text) in record.iter().skip(2).zip(&texts) {
                proptest::prop_assert_eq!(cell, text);
            }
        }
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = WholeFile::create(folder.path(), "a.csv").unwrap();
        file.row(b"1,2\n").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut file = WholeFile::create(folder.path(), "a.csv").unwrap();
        file.raw(b"x,y\n").unwrap();
        file.row(b"1,2\n").unwrap();
        let written = file.finish(0).unwrap();
        assert_eq!((written.rows, written.bytes), (1, 8));
        assert_eq!(
            fs::read(folder.path().join("a.csv")).unwrap(),
            b"x,y\n1,2\n"
        );
    }
}
