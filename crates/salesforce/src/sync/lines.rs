//! Files of lines of JSON that survive a crash at any moment.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, ErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Writes a file of lines and waits until its bytes are on disk.
pub(super) fn write_lines<T: Serialize>(path: &Path, lines: &[T]) -> Result<()> {
    let at = |error: std::io::Error| Error::ledger(path, error);
    let mut writer = BufWriter::new(File::create(path).map_err(at)?);
    for line in lines {
        serde_json::to_writer(&mut writer, line).map_err(|error| Error::ledger(path, error))?;
        writer.write_all(b"\n").map_err(at)?;
    }
    let file = writer
        .into_inner()
        .map_err(|error| Error::ledger(path, error))?;
    file.sync_all().map_err(at)
}

/// Adds lines and waits until they are on disk.
pub(super) fn append<T: Serialize>(path: &Path, lines: &[T]) -> Result<()> {
    let mut text = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut text, line).map_err(|error| Error::ledger(path, error))?;
        text.push(b'\n');
    }
    let file = OpenOptions::new().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_data()));
    written.map_err(|error| Error::ledger(path, error))
}

/// Reads lines of JSON. A last line that a crash cut off does not count.
pub(super) fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    // A file that can't be read is no file that isn't there: what was sent would be sent again.
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::ledger(path, error)),
    };
    let mut found = Vec::new();
    let mut reader = BufReader::new(file);
    // Bytes, since a crash may cut a letter in two.
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        reader
            .read_until(b'\n', &mut line)
            .map_err(|error| Error::ledger(path, error))?;
        if !line.ends_with(b"\n") {
            break;
        }
        match serde_json::from_slice(&line) {
            Ok(value) => found.push(value),
            Err(error) => return Err(Error::ledger(path, format!("line {number}: {error}"))),
        }
    }
    Ok(found)
}

/// Takes away a last line that a crash cut off, so that what is added does not run into it.
pub(super) fn cut_to_whole_lines(path: &Path) -> Result<()> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::ledger(path, error)),
    };
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |last| last + 1);
    if whole == bytes.len() {
        return Ok(());
    }
    let file = OpenOptions::new().write(true).open(path);
    let cut = file.and_then(|file| file.set_len(whole as u64));
    cut.map_err(|error| Error::ledger(path, error))
}

/// Makes a rename last.
pub(super) fn keep(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Error::ledger(folder, error))
}
