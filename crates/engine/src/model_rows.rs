//! The rows that a bundle was trained and measured on, made again from the training dataset.
//!
//! Whatever is told of a model after its training is told of these rows and no others: the
//! bundle knows their hash, so a dataset that has changed since is refused.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_learn::Matrix;
use leadrank_learn::segments::Segments;
use leadrank_learn::split::{Rows as _, Split, SplitInput};
use leadrank_warehouse::{Params, Session};

use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::stages::dataset::{self, SplitRows};
use crate::stages::rows::Rows;
use crate::stages::{open, train};

const LEADS: &str = "SavvyGTMData.Lead";
const TRAINING_DATASET: &str = "LeadScoring.training_dataset";

/// A bundle's rows.
pub struct ModelRows {
    /// The training dataset, by lead.
    pub rows: Rows,
    /// The lead of each row.
    pub ids: Vec<String>,
    /// Outcomes; none where unknown.
    pub labels: Vec<Option<bool>>,
    /// The parts that the bundle was trained and measured on.
    pub split: Split,
    /// What they were cut from.
    pub input: SplitInput,
    /// The columns that the model reads.
    pub matrix: Matrix,
    /// What probabilities are calibrated by.
    pub segments: Segments,
    /// Where each lead came from; none where the lead file does not say.
    pub sources: Option<Vec<Option<String>>>,
    /// Whether a vendor record matched each lead as of its contact.
    matched: Vec<bool>,
    /// Where the rows come from, for further questions.
    pub session: Session,
}

/// Some of a bundle's rows, scored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scored {
    /// Row numbers in the dataset.
    pub rows: Vec<usize>,
    /// Outcomes.
    pub labels: Vec<bool>,
    /// Margins, in log-odds.
    pub margins: Vec<f64>,
    /// Calibrated probabilities.
    pub probabilities: Vec<f64>,
}

impl ModelRows {
    /// Reads the dataset and divides it as when the bundle was trained.
    ///
    /// # Errors
    /// When there is no dataset, or it is not the one that the bundle was trained on.
    pub async fn of_bundle(project: &Project, bundle: &Bundle, threads: usize) -> Result<Self> {
        let warehouse = project.warehouse().await?;
        let data = open(project, &warehouse, NaiveDate::default(), threads).await?;
        let session = data.session;
        if !session.has_table(TRAINING_DATASET) {
            return Err(Error::Data(
                "there is no training dataset: run `leadrank train` first".into(),
            ));
        }
        let query = format!("SELECT * FROM {TRAINING_DATASET} ORDER BY lead_id");
        let rows = Rows::new(session.collect(&query, &Params::default()).await?);
        let labels = rows.flags("label")?;
        let SplitRows { split, input, ids } = dataset::split_rows(project, &rows)?;
        let whole = train::matrix(&rows, &train::model_features(project)?)?;
        if train::rows_hash(&whole, &ids, &labels) != bundle.manifest.training_rows_sha256 {
            return Err(Error::Data(format!(
                "the training dataset is no longer the one that model {} was trained on; run `leadrank train`, which trains on it unless that was done",
                bundle.id
            )));
        }
        let matrix = train::matrix(&rows, &bundle.manifest.features)?;
        let segments = bundle.segments(|name| rows.values(name))?;
        let months = rows.dates("snapshot_as_of")?;
        let sources = sources(&session, &ids).await?;
        Ok(Self {
            sources,
            matched: months.iter().map(Option::is_some).collect(),
            rows,
            ids,
            labels,
            split,
            input,
            matrix,
            segments,
            session,
        })
    }

    /// Whether a vendor record matched a lead as of its contact.
    pub fn matched(&self, row: usize) -> bool {
        self.matched[row]
    }

    /// The test rows, which the model never saw, scored by it.
    pub fn test(&self, bundle: &Bundle) -> Scored {
        let labelled = self.split.test.indices().iter();
        let (rows, labels): (Vec<usize>, Vec<bool>) = labelled
            .filter_map(|&row| Some((row, self.labels[row]?)))
            .unzip();
        let margins = bundle.model.margins(&self.matrix.gather(&rows));
        let margins: Vec<f64> = margins.into_iter().map(f64::from).collect();
        let scored = rows.iter().zip(&margins);
        let probabilities = scored
            .map(|(&row, &margin)| bundle.probability(self.segments.of(row), margin))
            .collect();
        Scored {
            rows,
            labels,
            margins,
            probabilities,
        }
    }
}

/// The lead source of each lead, where the lead file has the column.
async fn sources(session: &Session, ids: &[String]) -> Result<Option<Vec<Option<String>>>> {
    if !session.has_table(LEADS) {
        return Ok(None);
    }
    let query = format!("SELECT Id, LeadSource FROM {LEADS}");
    let rows = Rows::new(session.collect(&query, &Params::default()).await?);
    let pairs = rows.texts("Id")?.into_iter().zip(rows.texts("LeadSource")?);
    let known: BTreeMap<String, String> = pairs
        .filter_map(|(id, source)| Some((id?, source?)))
        .collect();
    Ok(Some(ids.iter().map(|id| known.get(id).cloned()).collect()))
}

impl Scored {
    /// The rows for which `wanted` holds, by their number in the dataset.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(usize) -> bool) -> Scored {
        let places: Vec<usize> = (0..self.rows.len())
            .filter(|&place| wanted(self.rows[place]))
            .collect();
        Scored {
            rows: places.iter().map(|&place| self.rows[place]).collect(),
            labels: places.iter().map(|&place| self.labels[place]).collect(),
            margins: places.iter().map(|&place| self.margins[place]).collect(),
            probabilities: places
                .iter()
                .map(|&place| self.probabilities[place])
                .collect(),
        }
    }

    /// Number of positive rows.
    pub fn positives(&self) -> u64 {
        self.labels.iter().filter(|&&label| label).count() as u64
    }
}
