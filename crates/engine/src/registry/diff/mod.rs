//! What differs between two bundles: data, features, settings, figures, and the scores they
//! give to the same leads.

mod groups;
mod scores;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use leadrank_learn::split::PartAudit;
use leadrank_stats::Estimate;
use serde::Serialize;
use serde_json::Value;

pub use groups::Shift;
pub use scores::{LargestMove, Placed, Scores};

use crate::bundle::{Bundle, Manifest};
use crate::error::{Error, Result};
use crate::project::Project;

/// What differs between bundle `a` and bundle `b`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The one.
    pub a: Side,
    /// The other.
    pub b: Side,
    /// Whether both were trained on the very same rows, values and labels.
    pub same_training_rows: bool,
    /// Raw files that differ.
    pub files: Vec<FileChange>,
    /// Raw files that are the same.
    pub same_files: u64,
    /// Counts of the label rule that differ.
    pub labels: Vec<Change>,
    /// Features of `b` that `a` has not.
    pub features_added: Vec<String>,
    /// Features of `a` that `b` has not.
    pub features_removed: Vec<String>,
    /// Features of both whose place among those of both differs.
    pub features_moved: Vec<String>,
    /// Everything else in `bundle.json` that differs: training parameters, fitted constants,
    /// calibration, window, seed, versions.
    pub settings: Vec<Change>,
    /// Figures of the test rows, in the order of `a`.
    pub metrics: Vec<MetricPair>,
    /// Whether both were measured on test rows of the same days and counts. Where they were
    /// not, a difference between the figures may be one between the rows.
    pub same_test_period: bool,
    /// Scores of the same rows: of the golden rows, and of the project's training dataset.
    pub scores: Vec<Scores>,
    /// What the scores can't show, and why.
    pub notes: Vec<String>,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Its id.
    pub id: String,
    /// The day up to which outcomes were known.
    pub as_of: NaiveDate,
    /// Its parts, from old to new.
    pub parts: Vec<PartAudit>,
}

/// A raw file that is not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its name.
    pub file: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
}

/// A value that is not the same; null where one side has none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its path in `bundle.json`.
    pub name: String,
    /// The value of `a`.
    pub a: Value,
    /// The value of `b`.
    pub b: Value,
}

/// A figure of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricPair {
    /// Its name.
    pub name: String,
    /// That of `a`.
    pub a: Option<Estimate>,
    /// That of `b`.
    pub b: Option<Estimate>,
}

/// Compares two bundles of a project. Scores are compared on the golden rows and, where the
/// project has one, on the training dataset.
///
/// # Errors
/// A damaged bundle, or a table that can't be read.
pub async fn diff(project: &Project, a: &Bundle, b: &Bundle, threads: usize) -> Result<Diff> {
    let mut diff = of_bundles(a, b)?;
    scores::compare(project, a, b, threads, &mut diff).await?;
    Ok(diff)
}

/// All but the scores.
fn of_bundles(a: &Bundle, b: &Bundle) -> Result<Diff> {
    let (one, other) = (&a.manifest, &b.manifest);
    let (files, same_files) = files(one, other);
    let (labels, settings) = values(one, other)?;
    let (added, removed, moved) = features(&one.features, &other.features);
    let test = |manifest: &Manifest| {
        manifest
            .split
            .part(leadrank_learn::split::Part::Test)
            .cloned()
    };
    Ok(Diff {
        a: side(a),
        b: side(b),
        same_training_rows: one.training_rows_sha256 == other.training_rows_sha256,
        files,
        same_files,
        labels,
        features_added: added,
        features_removed: removed,
        features_moved: moved,
        settings,
        metrics: metrics(a, b)?,
        same_test_period: test(one) == test(other),
        scores: Vec::new(),
        notes: Vec::new(),
    })
}

fn side(bundle: &Bundle) -> Side {
    Side {
        id: bundle.id.clone(),
        as_of: bundle.manifest.as_of,
        parts: bundle.manifest.split.parts.clone(),
    }
}

fn files(a: &Manifest, b: &Manifest) -> (Vec<FileChange>, u64) {
    let names: BTreeSet<&String> = a.raw_files.keys().chain(b.raw_files.keys()).collect();
    let mut changes = Vec::new();
    let mut same = 0;
    for name in names {
        let change = match (a.raw_files.get(name), b.raw_files.get(name)) {
            (Some(one), Some(other)) if one == other => {
                same += 1;
                continue;
            }
            (Some(_), Some(_)) => "changed",
            (Some(_), None) => "removed",
            (None, _) => "added",
        };
        changes.push(FileChange {
            file: name.clone(),
            change,
        });
    }
    (changes, same)
}

fn features(a: &[String], b: &[String]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let without = |list: &[String], other: &[String]| -> Vec<String> {
        let missing = list.iter().filter(|name| !other.contains(name));
        missing.cloned().collect()
    };
    // One feature more must not make all those after it look moved.
    let common = |list: &[String], other: &[String]| -> Vec<String> {
        let both = list.iter().filter(|name| other.contains(name));
        both.cloned().collect()
    };
    let places = common(a, b).into_iter().zip(common(b, a));
    let moved = places.filter(|(one, other)| one != other);
    (
        without(b, a),
        without(a, b),
        moved.map(|(name, _)| name).collect(),
    )
}

/// Differing values: those of the label rule, and all others that are not compared on their own.
fn values(a: &Manifest, b: &Manifest) -> Result<(Vec<Change>, Vec<Change>)> {
    const APART: [&str; 5] = [
        "features",
        "raw_files",
        "split",
        "training_rows_sha256",
        "format_version",
    ];
    let flat = |manifest: &Manifest| -> Result<BTreeMap<String, Value>> {
        let value = serde_json::to_value(manifest).map_err(|source| Error::Json {
            what: "bundle.json".into(),
            source,
        })?;
        let mut flat = BTreeMap::new();
        flatten("", &value, &mut flat);
        Ok(flat)
    };
    let (one, other) = (flat(a)?, flat(b)?);
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let (mut labels, mut settings) = (Vec::new(), Vec::new());
    for name in names {
        let first = name.split(['.', '[']).next().unwrap_or_default();
        let value = |side: &BTreeMap<String, Value>| side.get(name).cloned().unwrap_or(Value::Null);
        let change = Change {
            name: name.clone(),
            a: value(&one),
            b: value(&other),
        };
        if change.a == change.b || APART.contains(&first) {
            continue;
        }
        if first == "labels" {
            labels.push(change);
        } else {
            settings.push(change);
        }
    }
    Ok((labels, settings))
}

/// The leaves of a JSON value by their paths.
fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(&format!("{path}{dot}{name}"), value, into);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                flatten(&format!("{path}[{place}]"), value, into);
            }
        }
        leaf => {
            into.insert(path.to_owned(), leaf.clone());
        }
    }
}

fn metrics(a: &Bundle, b: &Bundle) -> Result<Vec<MetricPair>> {
    let test = |bundle: &Bundle| -> Result<BTreeMap<String, Estimate>> {
        let mut report = bundle.report()?;
        Ok(report.metrics.remove("test").unwrap_or_default())
    };
    let (one, other) = (test(a)?, test(b)?);
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let pairs = names.into_iter().map(|name| MetricPair {
        name: name.clone(),
        a: one.get(name).copied(),
        b: other.get(name).copied(),
    });
    Ok(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{samples, write};

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn features_are_moved_only_among_those_of_both() {
        let (a, b) = (
            strings(&["a", "b", "c", "d"]),
            strings(&["x", "a", "c", "b"]),
        );
        let (added, removed, moved) = features(&a, &b);
        assert_eq!((added, removed), (strings(&["x"]), strings(&["d"])));
        assert_eq!(moved, strings(&["b", "c"]));
    }

    #[tokio::test]
    async fn what_differs_is_told_and_what_does_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        let read = |files| {
            let id = write(&project.bundles(), &files).unwrap();
            Bundle::read(&project.bundles().join(id)).unwrap()
        };
        let one = read(samples::files(1));
        let mut manifest = samples::manifest_1(1);
        manifest["format_version"] = 2.into();
        manifest["recipe"]["max_depth"] = 3.into();
        manifest["labels"]["late"] = 5.into();
        manifest["raw_files"] = serde_json::json!({ "salesforce_lead.csv": "ce", "new.csv": "1" });
        let mut files = samples::files(1);
        files.insert("bundle.json".into(), manifest.to_string().into_bytes());
        let other = read(files);
        let found = diff(&project, &one, &other, 1).await.unwrap();
        assert!(found.same_training_rows && found.same_test_period);
        let changes: Vec<(&str, &str)> = found
            .files
            .iter()
            .map(|file| (file.file.as_str(), file.change))
            .collect();
        assert_eq!(
            changes,
            [("new.csv", "added"), ("salesforce_lead.csv", "changed")]
        );
        let names = |list: &[Change]| -> Vec<String> {
            list.iter().map(|change| change.name.clone()).collect()
        };
        assert_eq!(names(&found.settings), ["recipe.max_depth"]);
        assert_eq!(names(&found.labels), ["labels.late"]);
        assert_eq!(found.metrics.len(), 2);
        // The same trees: the same scores.
        let scores = &found.scores[0];
        assert!((scores.spearman.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(scores.deciles_changed, 0.0);
        assert!(scores.largest.is_empty());
    }
}
