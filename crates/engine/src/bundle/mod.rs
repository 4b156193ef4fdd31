//! A bundle: everything that turns a lead into a score, in one folder that is
//! named by the hash of its content.
//!
//! ```text
//! bundle.json   format version, features in order, constants, calibration, recipe, data hashes
//! model.json    the trees, XGBoost's own JSON     model.ubj   the same, binary
//! metrics.json  metrics of each part, curves      profile.json  reference distribution per feature
//! reasons.json  wording of the reasons            MODEL_CARD.md  for people
//! golden.json   rows with their expected scores, to see that the model still gives them
//! strata.json   leads of each AUM tier in each part and fold
//! held_out.json margins, outcomes and segments that the calibration was fitted on
//! panel_1.ubj … models of the same recipe, each grown on the past of one fold
//! peers.json    among which values of a feature more leads schedule a call
//! scorecard.json, scorecard.sql   the simpler scorecard beside the model, and as a query
//! ```
//!
//! Nothing in it depends on the clock, the machine or the number of threads.

pub mod golden;
mod manifest;
#[cfg(test)]
pub(crate) mod samples;
mod verify;

use std::collections::BTreeMap;
use std::path::Path;

use leadrank_evidence::{Gate, Verdict};
use leadrank_learn::calibrate::HeldOut;
use leadrank_learn::segments::Segments;
use leadrank_trees::Model;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use manifest::{Manifest, SegmentRule};
pub use verify::{Outcome, Part, Verification, verify};

use crate::error::{Error, Result};
use crate::ledger::sha256;
use crate::project::write_atomically;
use crate::reasons::Peers;
use crate::training::ModelReport;
use golden::Golden;

/// Version of the bundle's layout; older ones stay readable. 2 added `golden.json`, 3 the
/// calibration by segments and what stands behind reasons.
pub const FORMAT_VERSION: u32 = 3;

/// Rows that the calibration was fitted on.
pub const HELD_OUT: &str = "held_out.json";

/// What reasons say of the peers.
pub const PEERS: &str = "peers.json";

/// The file of a model of the panel, counted from 1, oldest first.
pub fn panel_file(number: usize) -> String {
    format!("panel_{number}.ubj")
}

/// A bundle read into memory.
#[derive(Debug)]
pub struct Bundle {
    /// First twelve digits of the content hash.
    pub id: String,
    /// `bundle.json`.
    pub manifest: Manifest,
    /// The trees.
    pub model: Model,
    files: BTreeMap<String, Vec<u8>>,
}

/// The files of a bundle before it is written.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Pretty JSON with a closing newline: a bundle's files are read by people too.
///
/// # Errors
/// When a value has no JSON form.
pub fn to_json<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| Error::Json {
        what: what.to_string(),
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The id of a set of files: SHA-256 over each name and content hash, in name order.
pub fn content_id(files: &Files) -> String {
    let mut list = String::new();
    for (name, bytes) in files {
        list.push_str(&format!("{name} {}\n", sha256(bytes)));
    }
    sha256(list.as_bytes())[..12].to_string()
}

/// Writes the files into `bundles/<id>` and returns the id. The folder appears
/// whole or not at all; one that is there already stays, unless
/// its content no longer has its name's hash.
///
/// # Errors
/// When the folder can't be written.
pub fn write(bundles: &Path, files: &Files) -> Result<String> {
    let id = content_id(files);
    let folder = bundles.join(&id);
    if folder.is_dir() {
        if read_files(&folder).is_ok_and(|found| content_id(&found) == id) {
            return Ok(id);
        }
        // Changed since: training again is what mends it.
        std::fs::remove_dir_all(&folder).map_err(Error::io("clear", &folder))?;
    }
    let fresh = bundles.join(format!(".{id}.new"));
    if fresh.is_dir() {
        std::fs::remove_dir_all(&fresh).map_err(Error::io("clear", &fresh))?;
    }
    for (name, bytes) in files {
        write_atomically(&fresh.join(name), bytes)?;
    }
    std::fs::rename(&fresh, &folder).map_err(Error::io("move into place", &folder))?;
    Ok(id)
}

/// The files of a folder; hidden ones are the file browser's, not the bundle's.
fn read_files(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io("read", folder))? {
        let path = entry.map_err(Error::io("read", folder))?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !name.starts_with('.') {
            let bytes = std::fs::read(&path).map_err(Error::io("read", &path))?;
            files.insert(name, bytes);
        }
    }
    Ok(files)
}

impl Bundle {
    /// Reads a bundle and checks that its content still has its name's hash.
    ///
    /// # Errors
    /// A missing or changed file, a newer format, an unreadable model.
    pub fn read(folder: &Path) -> Result<Bundle> {
        let id = id_of(folder);
        let files = read_files(folder)?;
        check_id(&id, &files)?;
        Bundle::from_files(id, files)
    }

    /// Takes the files for a bundle without comparing their hash with `id`.
    fn from_files(id: String, files: Files) -> Result<Bundle> {
        let Format { format_version } = part(&files, &id, "bundle.json")?;
        if format_version > FORMAT_VERSION {
            return Err(Error::Bundle {
                id,
                problem: format!(
                    "format {format_version} is newer than this program reads ({FORMAT_VERSION}); upgrade leadrank"
                ),
            });
        }
        let manifest: Manifest = part(&files, &id, "bundle.json")?;
        let model = Model::from_bytes(bytes(&files, &id, "model.json")?)?;
        Ok(Bundle {
            id,
            manifest,
            model,
            files,
        })
    }

    /// One of the bundle's files as it is.
    ///
    /// # Errors
    /// When it is missing.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        bytes(&self.files, &self.id, name)
    }

    /// Whether the bundle has a file of this name.
    pub fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// One of the bundle's text files.
    ///
    /// # Errors
    /// When it is missing.
    pub fn text(&self, name: &str) -> Result<String> {
        Ok(String::from_utf8_lossy(self.bytes(name)?).into_owned())
    }

    /// One of the bundle's JSON files.
    ///
    /// # Errors
    /// When it is missing or has another form.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        part(&self.files, &self.id, name)
    }

    /// How the model did, from `metrics.json`.
    ///
    /// # Errors
    /// As [`Bundle::json`].
    pub fn report(&self) -> Result<ModelReport> {
        self.json("metrics.json")
    }

    /// The probability that a margin stands for in a segment, by the bundle's calibration.
    pub fn probability(&self, segment: Option<usize>, margin: f64) -> f64 {
        self.manifest.calibration.probability(segment, margin)
    }

    /// The segment of a lead, by the value of the feature that decides it; none where all
    /// leads have one curve.
    pub fn segment_of(&self, value: Option<f64>) -> Option<usize> {
        let rule = self.manifest.segments.as_ref()?;
        Some(rule.cuts.segment(value.unwrap_or(f64::NAN)))
    }

    /// Slope and intercept of the log-odds, where one straight line of the margin serves all
    /// leads; none with segments, and with curves.
    pub fn one_line(&self) -> Option<(f64, f64)> {
        let calibration = &self.manifest.calibration;
        match calibration
            .segments
            .iter()
            .all(|segment| segment.weight == 0.0)
        {
            true => calibration.pooled.as_logistic(),
            false => None,
        }
    }

    /// The segments of rows, by the values of the feature that decides them; none where all
    /// leads have one curve.
    pub fn segments(&self, values: impl FnOnce(&str) -> Result<Vec<f64>>) -> Result<Segments> {
        match &self.manifest.segments {
            None => Ok(Segments::none()),
            Some(rule) => Ok(Segments::by_value(values(&rule.feature)?, &rule.cuts)),
        }
    }

    /// The panel: models of the same recipe, each grown on one fold's past, oldest first.
    /// Empty in bundles before format 3, and where the rows did not suffice for folds.
    ///
    /// # Errors
    /// When one can't be read.
    pub fn panel(&self) -> Result<Vec<Model>> {
        let names = (1..).map(panel_file);
        let files = names.map_while(|name| self.files.get(&name));
        files
            .map(|bytes| Model::from_bytes(bytes).map_err(Error::from))
            .collect()
    }

    /// Among which values more leads schedule a call; nothing in bundles before format 3.
    ///
    /// # Errors
    /// When the file has another form.
    pub fn peers(&self) -> Result<Peers> {
        match self.has(PEERS) {
            true => self.json(PEERS),
            false => Ok(Peers::default()),
        }
    }

    /// The rows that the calibration was fitted on; none in bundles before format 3.
    ///
    /// # Errors
    /// When the file has another form.
    pub fn held_out(&self) -> Result<Option<HeldOut>> {
        if !self.has(HELD_OUT) {
            return Ok(None);
        }
        self.json(HELD_OUT).map(Some)
    }

    /// The golden rows; none in a bundle of format 1.
    ///
    /// # Errors
    /// When a bundle that should have them lacks them, or they have another form.
    pub fn golden(&self) -> Result<Option<Golden>> {
        if self.manifest.format_version < 2 {
            return Ok(None);
        }
        self.json(golden::FILE).map(Some)
    }

    /// The gates that the model did not pass when it was trained, from `gates` in
    /// `metrics.json`; none where training judged no gate. That training went past one by
    /// force does not make it passed.
    ///
    /// # Errors
    /// As [`Bundle::json`].
    pub fn failed_gates(&self) -> Result<Vec<Gate>> {
        let Judged { mut gates } = self.json("metrics.json")?;
        gates.retain(|gate| gate.verdict == Verdict::Fail);
        for gate in &mut gates {
            gate.forced = None;
        }
        Ok(gates)
    }
}

/// The one field of `bundle.json` that every format has.
#[derive(Deserialize)]
struct Format {
    format_version: u32,
}

/// The gates within `metrics.json`.
#[derive(Deserialize)]
struct Judged {
    #[serde(default)]
    gates: Vec<Gate>,
}

/// A bundle's id is its folder's name.
fn id_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether the files still have the hash that is their folder's name.
fn check_id(id: &str, files: &Files) -> Result<()> {
    let found = content_id(files);
    if found == id {
        return Ok(());
    }
    Err(Error::Bundle {
        id: id.to_owned(),
        problem: format!(
            "its files were changed after training (their hash is now {found}); train again or restore the folder"
        ),
    })
}

fn bytes<'a>(files: &'a Files, id: &str, name: &str) -> Result<&'a [u8]> {
    files
        .get(name)
        .map(Vec::as_slice)
        .ok_or_else(|| Error::Bundle {
            id: id.to_string(),
            problem: format!("`{name}` is missing; train again or restore the folder"),
        })
}

fn part<T: DeserializeOwned>(files: &Files, id: &str, name: &str) -> Result<T> {
    serde_json::from_slice(bytes(files, id, name)?).map_err(|source| Error::Json {
        what: format!("bundle {id}: {name}"),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> Files {
        Files::from([("a.json".to_string(), text.as_bytes().to_vec())])
    }

    #[test]
    fn the_id_follows_content_and_names() {
        assert_eq!(content_id(&files("1")), content_id(&files("1")));
        assert_ne!(content_id(&files("1")), content_id(&files("2")));
        let renamed = Files::from([("b.json".to_string(), b"1".to_vec())]);
        assert_ne!(content_id(&files("1")), content_id(&renamed));
    }

    #[test]
    fn writing_twice_is_one_bundle_and_a_leftover_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let id = content_id(&files("1"));
        std::fs::create_dir_all(folder.path().join(format!(".{id}.new/old"))).unwrap();
        assert_eq!(write(folder.path(), &files("1")).unwrap(), id);
        assert_eq!(write(folder.path(), &files("1")).unwrap(), id);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(
            std::fs::read(folder.path().join(&id).join("a.json")).unwrap(),
            b"1"
        );
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let id = write(folder.path(), &files("1")).unwrap();
        std::fs::write(folder.path().join(&id).join("a.json"), "2").unwrap();
        let message = Bundle::read(&folder.path().join(&id))
            .unwrap_err()
            .to_string();
        assert!(message.contains("changed after training"), "{message}");
        // Training again, as the message says, mends it.
        assert_eq!(write(folder.path(), &files("1")).unwrap(), id);
        std::fs::write(folder.path().join(&id).join(".DS_Store"), "x").unwrap();
        assert_eq!(read_files(&folder.path().join(&id)).unwrap(), files("1"));
    }
}
