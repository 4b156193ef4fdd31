//! The SQL models: shipped inside the program; a project's own copy wins.

use std::collections::BTreeMap;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        [$((concat!("features/", $name, ".sql"), include_str!(concat!("../../../sql/features/", $name, ".sql")))),+]
    };
}

const EMBEDDED: [(&str, &str); 8] = embedded![
    "01_contacted_leads",
    "02_open_leads",
    "03_lead_months",
    "04_rep_facts",
    "05_lead_facts",
    "06_base_features",
    "07_engineered_features",
    "08_temporal_features",
];

/// The shipped models: path below `sql/`, and text.
pub fn models() -> &'static [(&'static str, &'static str)] {
    &EMBEDDED
}

/// The models in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models(BTreeMap<&'static str, String>);

impl Models {
    /// The shipped ones.
    pub fn embedded() -> Self {
        Models(
            EMBEDDED
                .iter()
                .map(|(name, text)| (*name, (*text).to_string()))
                .collect(),
        )
    }

    /// The shipped ones, each replaced by the project's own file where there is one
    /// in `root/sql`.
    ///
    /// # Errors
    /// When such a file can't be read.
    pub fn of_project(root: &Path) -> Result<Self> {
        let mut models = Models::embedded();
        for (name, text) in &mut models.0 {
            let path = root.join("sql").join(name);
            if path.is_file() {
                *text = std::fs::read_to_string(&path)
                    .map_err(|source| Error::Model { path, source })?;
            }
        }
        Ok(models)
    }

    /// The model whose file begins with this number, its `{…}` places filled.
    pub(crate) fn text(&self, number: &str, places: &[(&str, &str)]) -> String {
        let found = self
            .0
            .iter()
            .find(|(name, _)| name.starts_with(&format!("features/{number}_")));
        // The header names the places, too: it must go before they are filled.
        let code = |line: &&str| !line.starts_with("--");
        let mut text: String = found.map_or_else(String::new, |(_, text)| {
            text.lines().filter(code).collect::<Vec<_>>().join("\n")
        });
        for (place, value) in places {
            text = text.replace(&format!("{{{place}}}"), value);
        }
        text
    }
}

/// SHA-256 over the models that a project uses; unreadable ones count as changed.
pub fn models_sha256(root: &Path) -> String {
    let mut hash = Sha256::new();
    match Models::of_project(root) {
        Ok(models) => {
            for (name, text) in &models.0 {
                hash.update(name.as_bytes());
                hash.update(text.as_bytes());
            }
        }
        Err(error) => hash.update(error.to_string().as_bytes()),
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_projects_own_copy_wins() {
        let folder = tempfile::tempdir().unwrap();
        let before = models_sha256(folder.path());
        let own = folder.path().join("sql/features/02_open_leads.sql");
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "SELECT {x}").unwrap();
        let models = Models::of_project(folder.path()).unwrap();
        assert_eq!(models.text("02", &[("x", "1")]), "SELECT 1");
        assert_eq!(models.text("01", &[]), Models::embedded().text("01", &[]));
        assert_ne!(models_sha256(folder.path()), before);
    }

    #[test]
    fn every_model_says_what_goes_in_and_comes_out() {
        for (name, text) in models() {
            assert!(
                text.starts_with("-- ") && text.contains("-- In:") && text.contains("-- Out:"),
                "{name}"
            );
        }
    }
}
