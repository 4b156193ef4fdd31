//! Which files have to be read: those whose bytes, or whose way of being read, are not
//! the ones that are loaded.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::contract::CONTRACT_VERSION;
use crate::error::{Error, Result};
use crate::mapping::Mapping;
use crate::reader::{FileReader, ReadOptions, Source, open};
use crate::tokens::hexadecimal;
use crate::vintage::{InUse, LoadEntry};

/// Bytes hashed at a time.
const CHUNK: usize = 1 << 20;

/// A file whose header was looked at.
pub(super) struct Planned {
    pub(super) source: Source,
    /// Why it can't be read as what it is, where its header says so.
    pub(super) refused: Option<Error>,
    pub(super) missing: Vec<String>,
    pub(super) unknown: Vec<String>,
    pub(super) left_out: Vec<String>,
    pub(super) header: Vec<String>,
    /// Contract version and, if the reading was altered by options, a mark of these.
    pub(super) contract_version: String,
    /// The newest line of the ledger about the same bytes read in the same way, if they
    /// are what is in use at their place or what was loaded there last.
    pub(super) loaded: Option<LoadEntry>,
}

impl Planned {
    fn refused(source: Source, error: Error) -> Planned {
        Planned {
            source,
            refused: Some(error),
            missing: Vec::new(),
            unknown: Vec::new(),
            left_out: Vec::new(),
            header: Vec::new(),
            contract_version: String::new(),
            loaded: None,
        }
    }
}

/// Looks at every header and compares every file with the log.
pub(super) fn plan(
    sources: Vec<Source>,
    options: &ReadOptions,
    log: &[LoadEntry],
    in_use: &InUse,
) -> Result<Vec<Planned>> {
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let mut planned = Vec::with_capacity(sources.len());
    for source in sources {
        let reader = match FileReader::open(&source, options) {
            Ok(reader) => reader,
            Err(error) if error.broken_file().is_some() => {
                planned.push(Planned::refused(source, error));
                continue;
            }
            Err(error) => return Err(error),
        };
        used.extend(reader.mappings_used());
        planned.push(Planned {
            missing: reader.missing().to_vec(),
            unknown: reader.unknown().to_vec(),
            left_out: reader.left_out().to_vec(),
            header: reader.header().to_vec(),
            contract_version: version(&reader, &source, options),
            refused: None,
            loaded: None,
            source,
        });
    }
    let unused = (0..options.mappings.len()).find(|index| !used.contains(index));
    // A mapping may be for a file that can't be read.
    let all_read = planned.iter().all(|file| file.refused.is_none());
    if let Some(unused) = unused.filter(|_| all_read) {
        let files: Vec<String> = planned.iter().map(|p| p.source.name()).collect();
        return Err(Error::UnusedMapping {
            mapping: options.mappings[unused].to_string(),
            files: files.join(", "),
        });
    }
    for file in planned.iter_mut().filter(|file| file.refused.is_none()) {
        file.loaded = loaded(file, log, in_use)?;
    }
    Ok(planned)
}

fn version(reader: &FileReader, source: &Source, options: &ReadOptions) -> String {
    let mappings: Vec<&Mapping> = reader
        .mappings_used()
        .iter()
        .map(|index| &options.mappings[*index])
        .collect();
    let drops_unknown =
        source.kind.is_monthly() && !options.keep_unknown && !reader.unknown().is_empty();
    if mappings.is_empty() && !drops_unknown {
        return CONTRACT_VERSION.to_string();
    }
    let mut hash = Sha256::new();
    for mapping in mappings {
        hash.update(format!("{mapping}\n"));
    }
    hash.update([u8::from(drops_unknown)]);
    let mark = hexadecimal(&hash.finalize());
    format!("{CONTRACT_VERSION}+{}", &mark[..8])
}

fn loaded(file: &Planned, log: &[LoadEntry], in_use: &InUse) -> Result<Option<LoadEntry>> {
    let newest = log.iter().rev().find(|entry| entry.is_of(&file.source));
    let used = in_use.loads.iter().find(|entry| entry.is_of(&file.source));
    let read_alike = |entry: &&LoadEntry| {
        entry.contract_version == file.contract_version && entry.file == file.source.name()
    };
    let candidates: Vec<&LoadEntry> = newest.into_iter().chain(used).filter(read_alike).collect();
    if candidates.is_empty() {
        return Ok(None);
    }
    let path = &file.source.path;
    let unreadable = |source| Error::Unreadable {
        path: path.clone(),
        source,
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    // Another size is another content; only an equal one is worth hashing.
    if !candidates
        .iter()
        .any(|entry| i64::try_from(size) == Ok(entry.bytes))
    {
        return Ok(None);
    }
    let sha256 = sha256_of(path)?;
    let same = candidates.into_iter().find(|entry| entry.sha256 == sha256);
    Ok(same.cloned())
}

fn sha256_of(path: &Path) -> Result<String> {
    let mut file = open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = file.read(&mut buffer).map_err(|source| Error::Unreadable {
            path: path.into(),
            source,
        })?;
        if read == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
    }
}
