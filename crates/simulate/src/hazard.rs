//! Faults that can be planted in the data, to show that the checks find them.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::{Error, Result};

/// One planted fault. Names on the command line are kebab-case ([`Hazard::name`]).
///
/// A fault changes the cells it speaks of and no other: with the same seed all else stays
/// as it is in the plain project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hazard {
    // time: facts that were not known yet
    /// Only one vintage exists, stamped December 2025, after nearly all contacts. The
    /// leakage check should find almost no lead with a vintage at or before its contact.
    LateSnapshot,
    /// Advisers whose call was scheduled get a shorter tenure and one more prior firm in
    /// every vintage after that day, in contradiction to earlier vintages. Comparing one
    /// adviser's implied hire date over vintages should find it.
    Backfill,
    /// The second month (the first if there is only one) is delivered again with silently
    /// changed values: advisers whose call was scheduled have a shorter tenure and one more
    /// prior firm, in that month alone. Written over a project that has loaded the plain
    /// files, comparing the two deliveries of the month should find it; without the plain
    /// files, comparing one adviser's implied hire date over vintages.
    RedeliveredMonth,
    /// `MilesToWork` is filled and near 2 miles in every vintage, also those before the
    /// contact, for two thirds of the advisers whose call was scheduled: a column whose
    /// whole history was rewritten. The test for single features that predict too well
    /// should find it.
    LeakyFeature,

    // labels: what the lead file says of contact and call
    /// Years, personal assets and transferability fields of the lead are filled after
    /// engagement (on most scheduled leads, hardly any other). The deny-list and the test
    /// of each field's missingness against the label should find it.
    EngagementField,
    /// Twice the usual share of calls scheduled before the contact. The label audit's
    /// count of invalid timings should find it.
    NegativeDays,
    /// Three times the usual share of calls scheduled after day 30, which a label without
    /// a window would count. The label audit's count of late calls should find it.
    LateCalls,
    /// From a day in the last third of the contacts on, the contact is stamped one day late
    /// (never past the export), as after a shifted import, while all other dates keep their
    /// true day: Friday's contacts appear on Saturday, and calls of the same day before the
    /// contact. The label audit's count of invalid timings should find it, and the pattern
    /// of contacts over the week.
    WeekdayShift,

    // identity: who is who
    /// About 2 % of lead rows appear twice under one Salesforce id, and 10 % of adviser
    /// numbers carry several leads. Row-count and one-row-per-lead checks should find it.
    DuplicateLeads,
    /// About a tenth of the contacted advisers are listed a second time in every month, with
    /// the same facts under another CRD number, and contacted a second time under it nine
    /// to thirty weeks later with the same outcome. Keeping CRD numbers apart does not keep
    /// them apart; comparing the facts of training and test rows should find it.
    TwinAdvisers,
    /// `NumberClients_Individuals` of every rep row holds the rep's own CRD number: a
    /// plausible count by its range. The test for columns that identify the row should
    /// find it.
    IdentityColumn,

    // missing: gaps that say something
    /// Years at firm are null on a third of the most mobile advisers, so that missingness
    /// itself predicts. The test of missingness against the label should find it.
    MissingNotAtRandom,
    /// Years as rep and years at firm are null in all vintages for 60 % of the advisers
    /// whose first lead does not come from the provided list, so that missingness stands
    /// for the lead source. The test of missingness against source and label should find it.
    SourceMissingness,
    /// `TotalAssetsInMillions` is empty for 95 % of the firms in every month, in rep files
    /// and firm file, while what depends on it stays. Fill rates should find it, and
    /// segments by assets must say how much of them is unknown.
    UnknownAum,

    // files: what readers trip over
    /// In the last month the rep files have their columns in another order, and in another
    /// case and spelling. Harmless to a reader that matches by name; the comparison of
    /// headers over months may say so.
    ReorderedHeader,
    /// In the last month's rep files `AUMGrowthRate_1Year` is called `AUM_Growth_1_Yr`, its
    /// values as ever. The header contract should find one column gone and one new.
    RenamedColumn,
    /// `AUMGrowthRate_5Year` is gone from the rep files of the last month. The header
    /// contract should find it.
    MissingColumn,
    /// There is no T3 file in the last month. The comparison of territories over months
    /// should find it.
    MissingTerritory,
    /// The last line of T2 of the last month is cut in the middle, without a line end.
    /// The reader's field count should find it.
    TruncatedFile,
    /// Notes in T1 of the last month hold bytes of an old one-byte encoding that are not
    /// UTF-8. The decoder should find it and keep the rows.
    Latin1,

    // units: numbers that mean something else
    /// `Number_BranchAdvisors` of territory T3 arrives as words in every second row from
    /// the middle month on. The reject counter per file and column should find it.
    TypeDrift,
    /// Growth and percent columns of the middle month come as fractions instead of
    /// percent points. The range and drift checks should find it.
    UnitFlip,
    /// In the last month's rep files the columns in millions of dollars come in dollars.
    /// The range and drift checks should find it.
    DollarsForMillions,

    // drift: the world moves
    /// In the last month growth rates are 15 percent points higher for all firms, and a
    /// third of the firms have three times the assets and clients. The drift check should
    /// find it.
    LateDrift,
}

/// What is said of a hazard.
struct About {
    name: &'static str,
    finds: &'static str,
    explain: &'static str,
}

impl Hazard {
    /// Every hazard, in the order shown to users: time, labels, identity, missing values,
    /// files, units, drift.
    pub const ALL: [Self; 24] = [
        Self::LateSnapshot,
        Self::Backfill,
        Self::RedeliveredMonth,
        Self::LeakyFeature,
        Self::EngagementField,
        Self::NegativeDays,
        Self::LateCalls,
        Self::WeekdayShift,
        Self::DuplicateLeads,
        Self::TwinAdvisers,
        Self::IdentityColumn,
        Self::MissingNotAtRandom,
        Self::SourceMissingness,
        Self::UnknownAum,
        Self::ReorderedHeader,
        Self::RenamedColumn,
        Self::MissingColumn,
        Self::MissingTerritory,
        Self::TruncatedFile,
        Self::Latin1,
        Self::TypeDrift,
        Self::UnitFlip,
        Self::DollarsForMillions,
        Self::LateDrift,
    ];

    /// The kebab-case name.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// What it plants, for people.
    pub fn explain(self) -> &'static str {
        self.about().explain
    }

    /// The check that should name it first: `classes`, `leakage`, `quality`, `imbalance` or
    /// `statistics`, or `ingest` for what is refused or counted while reading.
    pub fn finds(self) -> &'static str {
        self.about().finds
    }

    fn about(self) -> About {
        let about = |name, finds, explain| About {
            name,
            finds,
            explain,
        };
        match self {
            Self::LateSnapshot => about(
                "late-snapshot",
                "leakage",
                "Only one vintage exists, stamped December 2025, after nearly all contacts",
            ),
            Self::Backfill => about(
                "backfill",
                "leakage",
                "Advisers whose call was scheduled get a shorter tenure and one more prior firm in every vintage after that day, in contradiction to earlier vintages",
            ),
            Self::RedeliveredMonth => about(
                "redelivered-month",
                "leakage",
                "The second month comes again with a shorter tenure and one more prior firm for advisers whose call was scheduled; write it over a project that has loaded the plain files",
            ),
            Self::LeakyFeature => about(
                "leaky-feature",
                "leakage",
                "MilesToWork is near 2 miles in every vintage for two thirds of the advisers whose call was scheduled",
            ),
            Self::EngagementField => about(
                "engagement-field",
                "leakage",
                "Years, personal assets and transferability fields of the lead are filled after engagement (on most scheduled leads, hardly any other)",
            ),
            Self::NegativeDays => about(
                "negative-days",
                "classes",
                "Twice the usual share of calls scheduled before the contact",
            ),
            Self::LateCalls => about(
                "late-calls",
                "classes",
                "Three times the usual share of calls scheduled after day 30",
            ),
            Self::WeekdayShift => about(
                "weekday-shift",
                "classes",
                "From a day in the last third of the contacts on, contacts are stamped one day late, so that calls of the same day come before the contact",
            ),
            Self::DuplicateLeads => about(
                "duplicate-leads",
                "quality",
                "About 2 % of lead rows appear twice under one Salesforce id, and 10 % of adviser numbers carry several leads",
            ),
            Self::TwinAdvisers => about(
                "twin-advisers",
                "leakage",
                "About a tenth of the contacted advisers are listed and contacted a second time under another CRD number, with the same facts and the same outcome",
            ),
            Self::IdentityColumn => about(
                "identity-column",
                "leakage",
                "NumberClients_Individuals of every rep row holds the rep's own CRD number",
            ),
            Self::MissingNotAtRandom => about(
                "missing-not-at-random",
                "leakage",
                "Years at firm are null on a third of the most mobile advisers, so that missingness itself predicts",
            ),
            Self::SourceMissingness => about(
                "source-missingness",
                "leakage",
                "Years as rep and at firm are null for 60 % of the advisers whose lead does not come from the provided list",
            ),
            Self::UnknownAum => about(
                "unknown-aum",
                "quality",
                "TotalAssetsInMillions is empty for 95 % of the firms in every month",
            ),
            Self::ReorderedHeader => about(
                "reordered-header",
                "quality",
                "Columns of the last month's rep files come in another order, case and spelling",
            ),
            Self::RenamedColumn => about(
                "renamed-column",
                "quality",
                "AUMGrowthRate_1Year is called AUM_Growth_1_Yr in the rep files of the last month",
            ),
            Self::MissingColumn => about(
                "missing-column",
                "quality",
                "AUMGrowthRate_5Year is gone from the rep files of the last month",
            ),
            Self::MissingTerritory => about(
                "missing-territory",
                "quality",
                "There is no T3 file in the last month",
            ),
            Self::TruncatedFile => about(
                "truncated-file",
                "ingest",
                "The last line of T2 of the last month is cut in the middle, without a line end",
            ),
            Self::Latin1 => about(
                "latin1",
                "ingest",
                "Notes in T1 of the last month hold bytes of an old one-byte encoding that are not UTF-8",
            ),
            Self::TypeDrift => about(
                "type-drift",
                "quality",
                "Number_BranchAdvisors of territory T3 arrives as words in every second row from the middle month on",
            ),
            Self::UnitFlip => about(
                "unit-flip",
                "quality",
                "Growth and percent columns of the middle month come as fractions instead of percent points",
            ),
            Self::DollarsForMillions => about(
                "dollars-for-millions",
                "quality",
                "Columns in millions of dollars come in dollars in the rep files of the last month",
            ),
            Self::LateDrift => about(
                "late-drift",
                "quality",
                "In the last month growth rates are 15 percent points higher, and a third of the firms have three times the assets and clients",
            ),
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

    #[test]
    fn all_are_in_their_declared_order_and_found_by_a_check() {
        assert!(Hazard::ALL.is_sorted());
        let checks = [
            "classes",
            "leakage",
            "quality",
            "imbalance",
            "statistics",
            "ingest",
        ];
        for hazard in Hazard::ALL {
            assert!(checks.contains(&hazard.finds()), "{hazard}");
        }
    }
}
