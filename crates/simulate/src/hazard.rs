//! Faults that can be planted in the data, to show that the checks find them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Error, Result};

/// One planted fault. Names on the command line are kebab-case ([`Hazard::name`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hazard {
    /// Only one vintage exists, stamped December 2025, after nearly all contacts. The
    /// leakage check should find almost no lead with a vintage at or before its contact.
    LateSnapshot,
    /// Advisers whose call was scheduled get a shorter tenure and one more prior firm in
    /// every vintage after that day, in contradiction to earlier vintages. Comparing one
    /// adviser's implied hire date over vintages should find it.
    Backfill,
    /// Years, personal assets and transferability fields of the lead are filled after
    /// engagement (on most scheduled leads, hardly any other). The deny-list and the test
    /// of each field's missingness against the label should find it.
    EngagementField,
    /// Twice the usual share of calls scheduled before the contact. The label audit's
    /// count of invalid timings should find it.
    NegativeDays,
    /// About 2 % of lead rows appear twice under one Salesforce id, and 10 % of adviser
    /// numbers carry several leads. Row-count and one-row-per-lead checks should find it.
    DuplicateLeads,
    /// `Number_BranchAdvisors` of territory T3 arrives as words in every second row from
    /// the middle month on. The reject counter per file and column should find it.
    TypeDrift,
    /// Growth and percent columns of the middle month come as fractions instead of
    /// percent points. The range and drift checks should find it.
    UnitFlip,
    /// `AUMGrowthRate_5Year` is gone from the rep files of the last month. The header
    /// contract should find it.
    MissingColumn,
    /// The last line of T2 of the last month is cut in the middle, without a line end.
    /// The reader's field count should find it.
    TruncatedFile,
    /// Notes in T1 of the last month hold bytes of an old one-byte encoding that are not
    /// UTF-8. The decoder should find it and keep the rows.
    Latin1,
    /// Years at firm are null on a third of the most mobile advisers, so that missingness
    /// itself predicts. The test of missingness against the label should find it.
    MissingNotAtRandom,
}

impl Hazard {
    /// Every hazard, in the order shown to users.
    pub const ALL: [Self; 11] = [
        Self::LateSnapshot,
        Self::Backfill,
        Self::EngagementField,
        Self::NegativeDays,
        Self::DuplicateLeads,
        Self::TypeDrift,
        Self::UnitFlip,
        Self::MissingColumn,
        Self::TruncatedFile,
        Self::Latin1,
        Self::MissingNotAtRandom,
    ];

    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::LateSnapshot => "late-snapshot",
            Self::Backfill => "backfill",
            Self::EngagementField => "engagement-field",
            Self::NegativeDays => "negative-days",
            Self::DuplicateLeads => "duplicate-leads",
            Self::TypeDrift => "type-drift",
            Self::UnitFlip => "unit-flip",
            Self::MissingColumn => "missing-column",
            Self::TruncatedFile => "truncated-file",
            Self::Latin1 => "latin1",
            Self::MissingNotAtRandom => "missing-not-at-random",
        }
    }
    /// What it plants and what should find it, for people.
    pub fn explain(self) -> &'static str {
        match self {
            Self::LateSnapshot => {
                "Only one vintage exists, stamped December 2025, after nearly all contacts"
            }
            Self::Backfill => {
                "Advisers whose call was scheduled get a shorter tenure and one more prior firm in every vintage after that day, in contradiction to earlier vintages"
            }
            Self::EngagementField => {
                "Years, personal assets and transferability fields of the lead are filled after engagement (on most scheduled leads, hardly any other)"
            }
            Self::NegativeDays => "Twice the usual share of calls scheduled before the contact",
            Self::DuplicateLeads => {
                "About 2 % of lead rows appear twice under one Salesforce id, and 10 % of adviser numbers carry several leads"
            }
            Self::TypeDrift => {
                "Number_BranchAdvisors of territory T3 arrives as words in every second row from the middle month on"
            }
            Self::UnitFlip => {
                "Growth and percent columns of the middle month come as fractions instead of percent points"
            }
            Self::MissingColumn => {
                "AUMGrowthRate_5Year is gone from the rep files of the last month"
            }
            Self::TruncatedFile => {
                "The last line of T2 of the last month is cut in the middle, without a line end"
            }
            Self::Latin1 => {
                "Notes in T1 of the last month hold bytes of an old one-byte encoding that are not UTF-8"
            }
            Self::MissingNotAtRandom => {
                "Years at firm are null on a third of the most mobile advisers, so that missingness itself predicts"
            }
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Hazard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|h| h.name() == text)
            .ok_or_else(|| Error::HazardName {
                given: text.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }
}

impl Serialize for Hazard {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_unknown_names_list_the_known() {
        for hazard in Hazard::ALL {
            assert_eq!(hazard.to_string().parse::<Hazard>().unwrap(), hazard);
        }
        let message = "typo".parse::<Hazard>().unwrap_err().to_string();
        assert!(
            message.contains("`typo`") && message.contains("late-snapshot"),
            "{message}"
        );
    }
}
