//! Whether a bundle is still what training made, and still does what it did.

use std::path::Path;

use leadrank_features::feature;
use leadrank_trees::Model;
use serde::Serialize;

use super::{Bundle, Files, bytes, check_id, id_of, read_files};
use crate::error::{Error, Result};

/// How one part of the verification came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Holds,
    /// Not as it should be.
    Broken,
    /// The bundle's format has no such part.
    Absent,
    /// Could not be looked at, since something before it is broken.
    Unknown,
}

/// One part of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What was looked at.
    pub name: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found, in a few words.
    pub found: String,
}

/// A verified bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// The bundle's id.
    pub id: String,
    /// Its parts, always the same ones in the same order.
    pub parts: Vec<Part>,
}

impl Verification {
    /// Whether nothing is broken.
    pub fn holds(&self) -> bool {
        self.broken().is_none()
    }

    /// The first broken part.
    pub fn broken(&self) -> Option<&Part> {
        let broken = |part: &&Part| part.outcome == Outcome::Broken;
        self.parts.iter().find(broken)
    }

    /// Refuses a bundle of which something is broken.
    ///
    /// # Errors
    /// [`Error::Bundle`] with the first broken part.
    pub fn require(&self) -> Result<()> {
        match self.broken() {
            None => Ok(()),
            Some(part) => Err(Error::Bundle {
                id: self.id.clone(),
                problem: format!(
                    "{}: {}; train again or restore the folder",
                    part.name, part.found
                ),
            }),
        }
    }
}

/// Verifies a bundle: the hash of its content, its format, that its features are in the
/// catalog and are the model's, that both model files are one model, and its golden rows.
/// What is broken is told, never an error: the other parts are of interest all the more.
pub fn verify(folder: &Path) -> Verification {
    let id = id_of(folder);
    let mut parts = Vec::new();
    let files = read_files(folder);
    parts.push(part(
        "content",
        files.as_ref().map_err(problem).and_then(|files| {
            check_id(&id, files).map_err(|error| problem(&error))?;
            Ok(format!("{} files, unchanged since training", files.len()))
        }),
    ));
    let bundle = files.and_then(|files| Bundle::from_files(id.clone(), files));
    parts.push(part(
        "format",
        bundle.as_ref().map_err(problem).map(|bundle| {
            let manifest = &bundle.manifest;
            let (format, version) = (manifest.format_version, &manifest.leadrank_version);
            format!("format {format}, written by leadrank {version}")
        }),
    ));
    match bundle {
        Ok(bundle) => {
            parts.push(part("features", features(&bundle)));
            parts.push(part("model files", model_files(&bundle)));
            parts.push(golden_rows(&bundle));
        }
        Err(_) => parts.extend(["features", "model files", "golden rows"].map(|name| Part {
            name,
            outcome: Outcome::Unknown,
            found: "the bundle can't be read".into(),
        })),
    }
    Verification { id, parts }
}

fn part(name: &'static str, found: std::result::Result<String, String>) -> Part {
    let (outcome, found) = match found {
        Ok(found) => (Outcome::Holds, found),
        Err(found) => (Outcome::Broken, found),
    };
    Part {
        name,
        outcome,
        found,
    }
}

/// An error in words, without the bundle's id, which is known.
fn problem(error: &Error) -> String {
    match error {
        Error::Bundle { problem, .. } => problem.clone(),
        other => other.to_string(),
    }
}

fn features(bundle: &Bundle) -> std::result::Result<String, String> {
    let names = &bundle.manifest.features;
    if let Some(unknown) = names.iter().find(|name| feature(name).is_none()) {
        return Err(format!(
            "`{unknown}` is not in this version's catalog; score with the leadrank that trained it"
        ));
    }
    if bundle.model.n_features() != names.len() {
        let wants = bundle.model.n_features();
        return Err(format!(
            "the model wants {wants} columns, bundle.json names {}",
            names.len()
        ));
    }
    let in_file = bundle.model.feature_names();
    if !in_file.is_empty() && in_file != names {
        return Err(
            "the model's columns have other names or another order than bundle.json".into(),
        );
    }
    Ok(format!("{} features, all in the catalog", names.len()))
}

fn model_files(bundle: &Bundle) -> std::result::Result<String, String> {
    let read = |files: &Files| -> Result<Model> {
        Ok(Model::from_bytes(bytes(files, &bundle.id, "model.ubj")?)?)
    };
    let binary = read(&bundle.files).map_err(|error| problem(&error))?;
    if binary != bundle.model {
        return Err("model.json and model.ubj are different models".into());
    }
    let (trees, version) = (bundle.model.n_trees(), bundle.model.version());
    let version = version.map(|number| number.to_string()).join(".");
    Ok(format!("{trees} trees, as XGBoost {version} writes them"))
}

fn golden_rows(bundle: &Bundle) -> Part {
    const NAME: &str = "golden rows";
    let golden = match bundle.golden() {
        Ok(Some(golden)) => golden,
        Ok(None) => {
            return Part {
                name: NAME,
                outcome: Outcome::Absent,
                found: format!("format {} has none", bundle.manifest.format_version),
            };
        }
        Err(error) => return part(NAME, Err(problem(&error))),
    };
    let names = &bundle.manifest.features;
    let differences = golden.differences(&bundle.model, names, |value, margin| {
        bundle.probability(bundle.segment_of(value), margin)
    });
    let n = golden.rows.len();
    part(
        NAME,
        match differences.first() {
            Some(first) => Err(format!(
                "{} of {n} score otherwise than when it was trained; {first}",
                differences.len()
            )),
            None if n == 0 => Err("there is not one".into()),
            None => Ok(format!("{n} rows score as when it was trained")),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{FORMAT_VERSION, content_id, samples, write};

    /// Writes the files under their own hash, as a thoughtful forger would.
    fn outcomes(files: &Files) -> (Verification, Vec<Outcome>) {
        let folder = tempfile::tempdir().unwrap();
        let id = write(folder.path(), files).unwrap();
        let verification = verify(&folder.path().join(id));
        let outcomes = verification.parts.iter().map(|part| part.outcome).collect();
        (verification, outcomes)
    }

    #[test]
    fn a_whole_bundle_holds() {
        let (verification, outcomes) = outcomes(&samples::files(1));
        assert_eq!(outcomes, [Outcome::Holds; 5], "{verification:?}");
        verification.require().unwrap();
    }

    #[test]
    fn a_bundle_of_format_1_is_read_and_verified_without_golden_rows() {
        let mut files = samples::files(1);
        let manifest = samples::manifest_1(1).to_string().into_bytes();
        files.insert("bundle.json".into(), manifest);
        files.remove("golden.json");
        let (verification, outcomes) = outcomes(&files);
        assert_eq!(outcomes[..4], [Outcome::Holds; 4], "{verification:?}");
        assert_eq!(outcomes[4], Outcome::Absent);
        verification.require().unwrap();

        let folder = tempfile::tempdir().unwrap();
        let id = write(folder.path(), &files).unwrap();
        let bundle = Bundle::read(&folder.path().join(id)).unwrap();
        assert_eq!(bundle.manifest.format_version, 1);
        assert!(bundle.golden().unwrap().is_none());
        assert!(bundle.failed_gates().unwrap().is_empty());
    }

    #[test]
    fn each_kind_of_damage_is_found_where_it_is() {
        let place = |change: &dyn Fn(&mut Files)| {
            let mut files = samples::files(1);
            change(&mut files);
            let (verification, _) = outcomes(&files);
            let part = verification.broken().unwrap();
            assert!(verification.require().is_err());
            (part.name, part.found.clone())
        };
        let text = |files: &Files, name: &str| String::from_utf8(files[name].clone()).unwrap();
        let replaced = |files: &mut Files, name: &str, from: &str, to: &str| {
            let changed = text(files, name).replace(from, to);
            assert_ne!(changed, text(files, name), "{from}");
            files.insert(name.into(), changed.into_bytes());
        };
        let found = place(&|files| {
            replaced(
                files,
                "bundle.json",
                &format!("\"format_version\": {FORMAT_VERSION}"),
                "\"format_version\": 99",
            );
        });
        assert!(
            found.0 == "format" && found.1.contains("upgrade"),
            "{found:?}"
        );
        let found = place(&|files| replaced(files, "bundle.json", "Is_New_To_Firm", "Is_Newer"));
        assert!(
            found.0 == "features" && found.1.contains("`Is_Newer`"),
            "{found:?}"
        );
        let found = place(&|files| drop(files.remove("model.ubj")));
        assert!(
            found.0 == "model files" && found.1.contains("missing"),
            "{found:?}"
        );
        let found =
            place(&|files| replaced(files, "bundle.json", "\"slope\": 0.9", "\"slope\": 0.8"));
        assert!(
            found.0 == "golden rows" && found.1.contains("probability"),
            "{found:?}"
        );
        let found = place(&|files| drop(files.remove("golden.json")));
        assert!(
            found.0 == "golden rows" && found.1.contains("missing"),
            "{found:?}"
        );
    }

    #[test]
    fn a_changed_file_breaks_the_content_and_an_unreadable_folder_all() {
        let folder = tempfile::tempdir().unwrap();
        let files = samples::files(1);
        let id = write(folder.path(), &files).unwrap();
        assert_eq!(id, content_id(&files));
        std::fs::write(folder.path().join(&id).join("MODEL_CARD.md"), "x").unwrap();
        let verification = verify(&folder.path().join(&id));
        let broken = verification.broken().unwrap();
        assert!(
            broken.found.contains("changed after training"),
            "{broken:?}"
        );
        assert_eq!(verification.parts[4].outcome, Outcome::Holds);
        let verification = verify(&folder.path().join("absent"));
        assert_eq!(verification.parts[0].outcome, Outcome::Broken);
        assert_eq!(verification.parts[4].outcome, Outcome::Unknown);
    }
}
