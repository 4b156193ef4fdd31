//! What became of each row, and that it adds up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// What became of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The org has the values.
    Written,
    /// The org refused them.
    Failed {
        /// Its code.
        code: String,
        /// Its words.
        message: String,
    },
    /// The org did not look at them.
    Unprocessed,
    /// It could not be found out.
    Unknown,
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Rows that were to be written.
    pub planned: u64,
    /// Of them written.
    pub written: u64,
    /// Refused.
    pub failed: u64,
    /// Not looked at.
    pub unprocessed: u64,
    /// Not known.
    pub unknown: u64,
}

impl Counts {
    /// Whether every row was written.
    pub fn is_whole(&self) -> bool {
        self.written == self.planned
    }
}

/// The outcomes of a run, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcomes(BTreeMap<String, Outcome>);

impl Outcomes {
    /// Notes what became of a row; what came later counts, except that what is known is not
    /// replaced by "unknown".
    pub fn note(&mut self, id: &str, outcome: Outcome) {
        let is_vague = outcome == Outcome::Unknown;
        match self.0.get(id) {
            Some(known) if is_vague && *known != Outcome::Unprocessed => {}
            _ => {
                self.0.insert(id.to_owned(), outcome);
            }
        }
    }

    /// What became of a row, if anything is known.
    pub fn of(&self, id: &str) -> Option<&Outcome> {
        self.0.get(id)
    }

    /// All, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.0.iter().map(|(id, outcome)| (id.as_str(), outcome))
    }

    /// Holds the outcomes against the ids that were planned. A row nothing is known of counts as
    /// not looked at.
    ///
    /// # Errors
    /// Outcomes of rows that were not planned: whoever made the results did not work on ours.
    pub fn reconcile<'a>(&self, planned: impl Iterator<Item = &'a str>) -> Result<Counts> {
        let mut counts = Counts::default();
        let mut known = 0;
        for id in planned {
            counts.planned += 1;
            known += u64::from(self.0.contains_key(id));
            *match self.0.get(id) {
                Some(Outcome::Written) => &mut counts.written,
                Some(Outcome::Failed { .. }) => &mut counts.failed,
                Some(Outcome::Unknown) => &mut counts.unknown,
                Some(Outcome::Unprocessed) | None => &mut counts.unprocessed,
            } += 1;
        }
        let strangers = self.0.len() as u64 - known;
        if strangers > 0 {
            return Err(Error::Unreconciled(format!(
                "{strangers} results are of records that this run did not plan: are they the results of another run?"
            )));
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![
            Just(Outcome::Written),
            Just(Outcome::Unprocessed),
            Just(Outcome::Unknown),
            Just(Outcome::Failed {
                code: "X".into(),
                message: "y".into()
            }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_comes_back_adds_up(
            noted in proptest::collection::vec((0_u32..30, any_outcome()), 0..80),
        ) {
            let ids: Vec<String> = (0..20).map(|id| id.to_string()).collect();
            let mut outcomes = Outcomes::default();
            for (id, outcome) in &noted {
                outcomes.note(&id.to_string(), outcome.clone());
            }
            let counted = outcomes.reconcile(ids.iter().map(String::as_str));
            let has_strangers = noted.iter().any(|(id, _)| *id >= 20);
            prop_assert_eq!(counted.is_err(), has_strangers);
            if let Ok(counts) = counted {
                let sum = counts.written + counts.failed + counts.unprocessed + counts.unknown;
                prop_assert_eq!((sum, counts.planned), (20, 20));
            }
        }
    }

    #[test]
    fn what_is_known_is_not_forgotten() {
        let mut outcomes = Outcomes::default();
        outcomes.note("a", Outcome::Written);
        outcomes.note("a", Outcome::Unknown);
        assert_eq!(outcomes.of("a"), Some(&Outcome::Written));
        outcomes.note("b", Outcome::Unknown);
        outcomes.note("b", Outcome::Written);
        assert_eq!(outcomes.of("b"), Some(&Outcome::Written));
    }
}
