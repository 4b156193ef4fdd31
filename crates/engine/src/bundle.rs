//! A bundle: everything that turns a lead into a score, in one folder that is
//! named by the hash of its content.
//!
//! ```text
//! bundle.json   format version, features in order, constants, calibration, recipe, data hashes
//! model.json    the trees, XGBoost's own JSON     model.ubj   the same, binary
//! metrics.json  metrics of each part, curves      profile.json  reference distribution per feature
//! reasons.json  wording of the reasons            MODEL_CARD.md  for people
//! ```
//!
//! Nothing in it depends on the clock, the machine or the number of threads.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use leadrank_features::FittedConstants;
use leadrank_features::LabelAudit;
use leadrank_learn::recipe::Recipe;
use leadrank_learn::split::SplitAudit;
use leadrank_stats::platt::Platt;
use leadrank_trees::Model;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};
use crate::ledger::sha256;
use crate::project::write_atomically;

/// Version of the bundle's layout; older ones stay readable.
pub const FORMAT_VERSION: u32 = 1;

/// `bundle.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`] of the writer.
    pub format_version: u32,
    /// Version of leadrank that trained it.
    pub leadrank_version: String,
    /// The day up to which outcomes were known.
    pub as_of: NaiveDate,
    /// Seed of everything random.
    pub seed: u64,
    /// Days after contact that count as success.
    pub window_days: i64,
    /// Feature names in the order of the model's columns.
    pub features: Vec<String>,
    /// How calculable features were moved: `at_contact` or `as_delivered`.
    pub calculable: String,
    /// The four numbers fitted on training rows.
    pub constants: FittedConstants,
    /// Training parameters.
    pub recipe: Recipe,
    /// Rounds kept after early stopping.
    pub rounds: u32,
    /// Margin → probability, fitted on the calibration rows.
    pub calibration: Platt,
    /// How the rows were divided.
    pub split: SplitAudit,
    /// What became of the labels.
    pub labels: LabelAudit,
    /// SHA-256 of the training matrix with its ids and labels.
    pub training_rows_sha256: String,
    /// SHA-256 of each raw file, by name.
    pub raw_files: BTreeMap<String, String>,
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
        let id = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let files = read_files(folder)?;
        let found = content_id(&files);
        if found != id {
            return Err(Error::Bundle {
                id,
                problem: format!(
                    "its files were changed after training (their hash is now {found}); train again or restore the folder"
                ),
            });
        }
        let manifest: Manifest = part(&files, &id, "bundle.json")?;
        if manifest.format_version > FORMAT_VERSION {
            return Err(Error::Bundle {
                id,
                problem: format!(
                    "format {} is newer than this program reads ({FORMAT_VERSION}); upgrade leadrank",
                    manifest.format_version
                ),
            });
        }
        let model = Model::from_bytes(bytes(&files, &id, "model.json")?)?;
        Ok(Bundle {
            id,
            manifest,
            model,
            files,
        })
    }

    /// One of the bundle's text files.
    ///
    /// # Errors
    /// When it is missing.
    pub fn text(&self, name: &str) -> Result<String> {
        Ok(String::from_utf8_lossy(bytes(&self.files, &self.id, name)?).into_owned())
    }

    /// One of the bundle's JSON files.
    ///
    /// # Errors
    /// When it is missing or has another form.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        part(&self.files, &self.id, name)
    }
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
