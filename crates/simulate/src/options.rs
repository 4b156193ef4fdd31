//! What to simulate, what is said while it runs, and what came out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::{Hazard, Month};

/// What to simulate. Equal options give equal bytes, whatever the thread count.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Size relative to the real thing: 1 is 477,901 rep rows in October 2025 and 79,002
    /// leads. Usable from 0.0005 to 4.
    pub scale: f64,
    /// Seed of every random stream.
    pub seed: u64,
    /// Vendor deliveries to write.
    pub months: Vec<Month>,
    /// Faults to plant.
    pub hazards: BTreeSet<Hazard>,
    /// Worker threads; `None` uses one per core.
    pub threads: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scale: 0.05,
            seed: 1,
            months: Month::default_vintages(),
            hazards: BTreeSet::new(),
            threads: None,
        }
    }
}

impl Options {
    pub(crate) fn has(&self, hazard: Hazard) -> bool {
        self.hazards.contains(&hazard)
    }

    /// The vintages actually written, in order: those asked for, or only December 2025
    /// under [`Hazard::LateSnapshot`].
    pub fn vintages(&self) -> Vec<Month> {
        if self.has(Hazard::LateSnapshot) {
            return Month::new(2025, 12).into_iter().collect();
        }
        self.months
            .iter()
            .copied()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    pub(crate) fn validate(&self) -> Result<()> {
        if !(0.0005..=4.0).contains(&self.scale) {
            return Err(Error::Scale(self.scale));
        }
        let vintages = self.vintages();
        if vintages.is_empty() {
            return Err(Error::NoMonths);
        }
        match vintages
            .into_iter()
            .find(|m| !(2022..=2026).contains(&m.year()))
        {
            Some(month) => Err(Error::MonthRange(month)),
            None => Ok(()),
        }
    }
}

/// Progress, told from any worker thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The work is laid out: this many files will be written.
    Planned {
        /// Number of files.
        files: usize,
    },
    /// A file is complete and under its final name.
    Written(WrittenFile),
}

/// One finished file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct WrittenFile {
    /// Path relative to the project folder, with forward slashes.
    pub file: PathBuf,
    /// Data rows, without the header.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// What was written; also stored as `truth/summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The scale asked for.
    pub scale: f64,
    /// The seed asked for.
    pub seed: u64,
    /// Vintages written, in order.
    pub months: Vec<Month>,
    /// Faults planted.
    pub hazards: BTreeSet<Hazard>,
    /// Day of the Salesforce export: nothing later is visible in it.
    pub exported_on: NaiveDate,
    /// Files written, by name.
    pub files: Vec<WrittenFile>,
    /// The known truth in totals.
    pub truth: TruthTotals,
}

/// Totals of the known truth over contacted leads, before the export date hides anything.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TruthTotals {
    /// Leads in the export, each Salesforce id once.
    pub leads: u64,
    /// Leads with a contact date.
    pub contacted: u64,
    /// Contacted leads whose call was scheduled within days 0 to 30.
    pub within_30_days: u64,
    /// Contacted leads whose call was scheduled after day 30.
    pub late: u64,
    /// Contacted leads whose call was scheduled before the contact.
    pub negative: u64,
    /// Mean true 30-day probability over contacted leads.
    pub mean_probability: f64,
    /// Area under the ROC curve of the true probability against the true label, over
    /// contacted leads with valid timing: no honest model can beat it for long. `None`
    /// without both classes.
    pub auc_of_truth: Option<f64>,
    /// The same for the part of the truth that the feature catalog can see: without lead
    /// source, month and the adviser's hidden restlessness.
    pub auc_of_visible_truth: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_it_cannot_do() {
        let with = |change: fn(&mut Options)| {
            let mut options = Options::default();
            change(&mut options);
            options.validate()
        };
        assert!(with(|_| ()).is_ok());
        assert!(matches!(with(|o| o.scale = f64::NAN), Err(Error::Scale(_))));
        assert!(matches!(with(|o| o.scale = 0.0), Err(Error::Scale(_))));
        assert!(matches!(with(|o| o.months.clear()), Err(Error::NoMonths)));
        let early = |o: &mut Options| o.months = Month::new(1999, 1).into_iter().collect();
        assert!(matches!(with(early), Err(Error::MonthRange(_))));
    }

    #[test]
    fn vintages_are_sorted_and_single() {
        let months = [(2025, 1), (2024, 1), (2025, 1)];
        let months = months
            .map(|(year, month)| Month::new(year, month).unwrap())
            .to_vec();
        let mut options = Options {
            months,
            ..Options::default()
        };
        assert_eq!(options.vintages().len(), 2);
        assert_eq!(options.vintages()[0], Month::new(2024, 1).unwrap());
        options.hazards.insert(Hazard::LateSnapshot);
        assert_eq!(options.vintages(), [Month::new(2025, 12).unwrap()]);
    }
}
