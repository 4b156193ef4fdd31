//! All bundles at a glance.

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_learn::split::Part;
use leadrank_stats::Estimate;
use serde::Serialize;

use super::history::History;
use super::{current_id, list};
use crate::bundle::Bundle;
use crate::error::Result;
use crate::project::Project;

/// One bundle in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// Its id.
    pub id: String,
    /// Whether it serves.
    pub serving: bool,
    /// When it last began to serve; none if it never did.
    pub promoted_at: Option<DateTime<Utc>>,
    /// What is in it, or why that can't be told.
    #[serde(flatten)]
    pub state: State,
}

/// What is in a bundle.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum State {
    /// It can be read.
    Whole {
        /// The day up to which outcomes were known.
        as_of: NaiveDate,
        /// Rows before the test: those the trees, their number and the calibration come from.
        rows: u64,
        /// Positive rows among them.
        positives: u64,
        /// Features.
        features: u64,
        /// Trees.
        trees: u64,
        /// Area under the ROC curve of the test rows.
        auc_roc: Option<Estimate>,
        /// Area under the precision-recall curve of the test rows.
        auc_pr: Option<Estimate>,
    },
    /// It can't.
    Damaged {
        /// Why, and what to do.
        problem: String,
    },
}

/// All bundles of a project: those that served last first, then those that never did, by id.
///
/// # Errors
/// When the ledger can't be read. A damaged bundle is told in its card.
pub fn list_cards(project: &Project) -> Result<Vec<Card>> {
    let history = History::read(project)?;
    let current = current_id(project);
    let mut cards: Vec<Card> = list(project)
        .into_iter()
        .map(|id| Card {
            serving: current.as_ref() == Some(&id),
            promoted_at: history.promoted_at(&id),
            state: state(project, &id),
            id,
        })
        .collect();
    cards.sort_by(|a, b| {
        b.promoted_at
            .cmp(&a.promoted_at)
            .then_with(|| a.id.cmp(&b.id))
    });
    Ok(cards)
}

fn state(project: &Project, id: &str) -> State {
    let read = || -> Result<State> {
        let bundle = Bundle::read(&project.bundles().join(id))?;
        let report = bundle.report()?;
        let test = |name: &str| report.metrics.get("test")?.get(name).copied();
        let learned = bundle.manifest.split.parts.iter();
        let learned = learned.filter(|part| part.part != Part::Test);
        let (rows, positives) = learned.fold((0, 0), |sum, part| {
            (sum.0 + part.rows, sum.1 + part.positives)
        });
        Ok(State::Whole {
            as_of: bundle.manifest.as_of,
            rows,
            positives,
            features: bundle.manifest.features.len() as u64,
            trees: bundle.model.n_trees() as u64,
            auc_roc: test("auc_roc"),
            auc_pr: test("auc_pr"),
        })
    };
    read().unwrap_or_else(|error| State::Damaged {
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{samples, write};
    use crate::registry::promote;

    #[test]
    fn one_damaged_bundle_does_not_hide_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        let ids: Vec<String> = (1..=3)
            .map(|seed| write(&project.bundles(), &samples::files(seed)).unwrap())
            .collect();
        for (id, day) in [(&ids[0], 1), (&ids[1], 2)] {
            let at = DateTime::UNIX_EPOCH + chrono::Duration::days(day);
            promote(&project, id, "ann", "why", at).unwrap();
        }
        let card = project.bundles().join(&ids[0]).join("MODEL_CARD.md");
        std::fs::write(card, "x").unwrap();
        let cards = list_cards(&project).unwrap();
        let order: Vec<&String> = cards.iter().map(|card| &card.id).collect();
        assert_eq!(order, [&ids[1], &ids[0], &ids[2]]);
        assert!(cards[0].serving && !cards[1].serving);
        assert!(
            matches!(&cards[1].state, State::Damaged { problem } if problem.contains("changed"))
        );
        let State::Whole {
            rows,
            positives,
            auc_roc,
            ..
        } = cards[2].state
        else {
            panic!("{:?}", cards[2]);
        };
        assert_eq!((rows, positives), (700, 28));
        assert_eq!(auc_roc.unwrap().value, 0.62);
        assert_eq!(cards[2].promoted_at, None);
    }
}
