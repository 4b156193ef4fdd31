//! A bundle in the forms of other tools: files for XGBoost itself, ONNX, MLflow, BigQuery ML.
//!
//! Everything is planned in memory first ([`plan`]), so that it can be shown before a single
//! file is written ([`write`]). The same bundle gives the same bytes.

mod bigquery;
mod mlflow;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use leadrank_trees::to_onnx;
use serde::{Deserialize, Serialize};

use crate::bundle::{Bundle, to_json};
use crate::error::{Error, Result};
use crate::ledger::sha256;
use crate::project::write_atomically;

/// A form that a bundle can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// The trees as XGBoost wrote them, JSON and UBJ.
    Xgboost,
    /// The trees with the calibration behind them.
    Onnx,
    /// A folder that `mlflow.pyfunc.load_model` takes.
    Mlflow,
    /// Statements that import the trees into BigQuery ML and score with them.
    Bigquery,
    /// The baseline scorecard as a query, where the bundle has one.
    ScorecardSql,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 5] = [
        Format::Xgboost,
        Format::Onnx,
        Format::Mlflow,
        Format::Bigquery,
        Format::ScorecardSql,
    ];

    /// Its name, which is that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Format::Xgboost => "xgboost",
            Format::Onnx => "onnx",
            Format::Mlflow => "mlflow",
            Format::Bigquery => "bigquery",
            Format::ScorecardSql => "scorecard-sql",
        }
    }
}

/// What an export would write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The bundle's id.
    pub model: String,
    /// Content of each file, by its path in the target folder with `/` between its parts.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Forms that this bundle can't be written in, and why.
    pub left_out: BTreeMap<&'static str, String>,
}

/// The list of what was written, in the target folder itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Written {
    model: String,
    /// SHA-256 of each file.
    files: BTreeMap<String, String>,
}

/// Name of that list.
const LIST: &str = "EXPORT.json";
/// A query that the bundle's baseline scorecard wrote of itself.
const SCORECARD: &str = "scorecard.sql";

/// Plans the export of a bundle in some forms. `catalog` is the project's name in queries.
/// The model card always goes along: whoever gets the files must know what they are for.
///
/// # Errors
/// When the bundle lacks a file, or the only form asked for can't be made of it.
pub fn plan(catalog: &str, bundle: &Bundle, formats: &[Format]) -> Result<Export> {
    let mut files = BTreeMap::from([(
        "MODEL_CARD.md".to_owned(),
        bundle.bytes("MODEL_CARD.md")?.to_vec(),
    )]);
    let mut left_out = BTreeMap::new();
    for &format in formats {
        match of_format(catalog, bundle, format) {
            Ok(made) => {
                let folder = format.name();
                let placed = made.into_iter();
                files.extend(placed.map(|(name, bytes)| (format!("{folder}/{name}"), bytes)));
            }
            Err(error) if formats.len() > 1 => {
                left_out.insert(format.name(), error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    let written = Written {
        model: bundle.id.clone(),
        files: files
            .iter()
            .map(|(name, bytes)| (name.clone(), sha256(bytes)))
            .collect(),
    };
    files.insert(LIST.to_owned(), to_json(LIST, &written)?);
    Ok(Export {
        model: bundle.id.clone(),
        files,
        left_out,
    })
}

/// The files of one form, by name.
fn of_format(catalog: &str, bundle: &Bundle, format: Format) -> Result<Vec<(String, Vec<u8>)>> {
    let copy = |name: &str| -> Result<(String, Vec<u8>)> {
        Ok((name.to_owned(), bundle.bytes(name)?.to_vec()))
    };
    match format {
        Format::Xgboost => Ok(vec![copy("model.json")?, copy("model.ubj")?]),
        Format::Onnx => {
            let bytes = to_onnx(&bundle.model, bundle.one_line())?;
            Ok(vec![("model.onnx".to_owned(), bytes)])
        }
        Format::Mlflow => mlflow::files(bundle),
        Format::Bigquery => Ok(bigquery::files(catalog, bundle)),
        Format::ScorecardSql if bundle.has(SCORECARD) => Ok(vec![copy(SCORECARD)?]),
        Format::ScorecardSql => Err(Error::Data(format!(
            "model {} was trained without a baseline scorecard, so there is none to write",
            bundle.id
        ))),
    }
}

/// Writes an export. A file in its place is replaced as a whole; files that an earlier export
/// wrote there and this one does not are taken away, others are let be.
///
/// # Errors
/// When the folder holds anything and `overwrite` is not given, or can't be written.
pub fn write(export: &Export, to: &Path, overwrite: bool) -> Result<()> {
    if holds_anything(to)? && !overwrite {
        return Err(Error::Data(format!(
            "`{}` is not empty; name another folder, or write over what is there with --overwrite",
            to.display()
        )));
    }
    for stale in stale(export, to) {
        std::fs::remove_file(&stale).map_err(Error::io("remove", &stale))?;
    }
    for (name, bytes) in &export.files {
        write_atomically(&to.join(name), bytes)?;
    }
    Ok(())
}

fn holds_anything(folder: &Path) -> Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("read", folder)(error)),
    }
}

/// Files that an earlier export wrote, by its own list, and that would now be of another model.
fn stale(export: &Export, to: &Path) -> Vec<PathBuf> {
    let read = std::fs::read(to.join(LIST)).ok();
    let Some(earlier) = read.and_then(|read| serde_json::from_slice::<Written>(&read).ok()) else {
        return Vec::new();
    };
    let gone = earlier.files.into_iter().filter(|(name, hash)| {
        let path = to.join(name);
        let inside = Path::new(name)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        // Only what is still as it was written: a changed file has become somebody's own.
        inside
            && !export.files.contains_key(name)
            && std::fs::read(path).is_ok_and(|bytes| sha256(&bytes) == *hash)
    });
    gone.map(|(name, _)| to.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{samples, write as write_bundle};

    pub(super) fn bundle() -> (tempfile::TempDir, Bundle) {
        let folder = tempfile::tempdir().unwrap();
        let id = write_bundle(folder.path(), &samples::files(1)).unwrap();
        let bundle = Bundle::read(&folder.path().join(id)).unwrap();
        (folder, bundle)
    }

    #[test]
    fn a_form_that_can_not_be_made_is_told_and_does_not_stop_the_others() {
        let (_folder, bundle) = bundle();
        let export = plan("p", &bundle, &Format::ALL).unwrap();
        assert!(export.left_out["scorecard-sql"].contains("without a baseline scorecard"));
        assert_eq!(
            export.files["xgboost/model.json"],
            samples::model().to_json()
        );
        let error = plan("p", &bundle, &[Format::ScorecardSql]).unwrap_err();
        assert!(error.to_string().contains("scorecard"), "{error}");
        assert_eq!(export, plan("p", &bundle, &Format::ALL).unwrap());
    }

    #[test]
    fn nothing_is_written_over_unasked_and_no_stranger_is_removed() {
        let (folder, bundle) = bundle();
        let to = folder.path().join("out");
        let export = plan("p", &bundle, &Format::ALL).unwrap();
        write(&export, &to, false).unwrap();
        for name in export.files.keys() {
            assert!(to.join(name).is_file(), "{name}");
        }
        let error = write(&export, &to, false).unwrap_err().to_string();
        assert!(error.contains("--overwrite"), "{error}");

        std::fs::write(to.join("notes.txt"), "mine").unwrap();
        std::fs::write(to.join("mlflow/conda.yaml"), "mine too").unwrap();
        let fewer = plan("p", &bundle, &[Format::Xgboost]).unwrap();
        write(&fewer, &to, true).unwrap();
        assert!(!to.join("mlflow/MLmodel").exists() && !to.join("bigquery/predict.sql").exists());
        assert!(to.join("notes.txt").exists() && to.join("mlflow/conda.yaml").exists());
        assert!(to.join("xgboost/model.ubj").exists());
    }
}
