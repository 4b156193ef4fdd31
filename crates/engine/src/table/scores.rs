//! The scores of a table's rows, by the model or an ensemble, and their file.

use std::path::Path;

use leadrank_learn::Matrix;
use leadrank_learn::baselines::Kind;
use leadrank_learn::split::{Fate, Split};

use crate::error::{Error, Result};
use crate::project::write_atomically;
use crate::training::Trained;

/// Margin and probability of every row.
pub(super) struct Scores {
    pub(super) by: Kind,
    margins: Vec<f64>,
    probabilities: Vec<f64>,
}

impl Scores {
    /// By the model alone, or by the ensemble that is asked for; `whole` has all columns.
    pub(super) fn of(trained: &Trained, whole: &Matrix, ensemble: Option<Kind>) -> Result<Self> {
        let own = trained.fitted.model.margins(trained.matrix.data());
        let own: Vec<f64> = own.into_iter().map(f64::from).collect();
        let Some(wanted) = ensemble else {
            let scored = own.iter().enumerate();
            let probability = |(row, &margin)| trained.fitted.probability(row, margin);
            return Ok(Scores {
                by: Kind::Model,
                probabilities: scored.map(probability).collect(),
                margins: own,
            });
        };
        let found = trained.ensembles.iter().find(|one| one.kind() == wanted);
        let (Some(found), Some(card)) = (found, &trained.scorecard) else {
            return Err(Error::Data(format!(
                "there is no ensemble to score by: {}",
                trained
                    .report
                    .comparison
                    .iter()
                    .flat_map(|comparison| &comparison.left_out)
                    .cloned()
                    .collect::<Vec<String>>()
                    .join("; ")
            )));
        };
        let cards = card.margins(whole)?;
        let both = own.iter().zip(&cards);
        let margins: Vec<f64> = both.map(|(&own, &card)| found.margin(own, card)).collect();
        Ok(Scores {
            by: wanted,
            probabilities: margins.iter().map(|&m| found.probability(m)).collect(),
            margins,
        })
    }
}

/// One line a row: `id,split,margin,probability`.
pub(super) fn write(
    path: &Path,
    ids: &[Option<String>],
    split: &Split,
    scores: &Scores,
) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let to_error = |source: csv::Error| Error::Data(format!("the scores file: {source}"));
    writer
        .write_record(["id", "split", "margin", "probability"])
        .map_err(to_error)?;
    for (row, id) in ids.iter().enumerate() {
        writer
            .write_record([
                id.as_deref().unwrap_or_default(),
                split_word(split.fates[row]),
                &scores.margins[row].to_string(),
                &scores.probabilities[row].to_string(),
            ])
            .map_err(to_error)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Error::Data(format!("the scores file: {error}")))?;
    write_atomically(path, &bytes)
}

/// The words of the scores file; `left_out` are rows that no part holds.
fn split_word(fate: Fate) -> &'static str {
    match fate {
        Fate::Part(part) => part.name(),
        _ => "left_out",
    }
}
