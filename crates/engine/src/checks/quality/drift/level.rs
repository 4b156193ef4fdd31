//! Of whom a feature speaks: of the adviser or of the firm.
//!
//! A firm's figure stands on the row of each of its advisers, up to 26,000 times. Counted by
//! rows, one large firm that files new figures moves a tenth of the column, and a calm month
//! looks like drift; so such features are counted once a firm.

use leadrank_features::catalog::{Feature, Group};
use leadrank_features::feature;

/// Vendor columns that speak of the adviser (domain.md, "Raw columns used", level R).
const OF_THE_REP: [&str; 14] = [
    "DateBecameRep_NumberOfYears",
    "DateOfHireAtCurrentFirm_NumberOfYears",
    "NumberFirmAssociations",
    "NumberRIAFirmAssociations",
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
    "MilesToWork",
    "Home_MetropolitanArea",
    "KnownNonAdvisor",
    "DuallyRegisteredBDRIARep",
    "IsPrimaryRIAFirm",
    "BreakawayRep",
];
/// A vendor column that speaks of the adviser's branch (level R/F).
const OF_THE_BRANCH: &str = "Number_BranchAdvisors";

/// Whose property a feature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// The firm's: counted once a firm.
    Firm,
    /// The adviser's own: counted once an adviser.
    Rep,
    /// Of both, or of a branch: counted once an adviser, but firms move it as a whole.
    Mixed,
}

impl Level {
    /// The level of a feature, from the columns it is made of.
    pub(super) fn of(feature: &Feature) -> Level {
        match feature.group {
            // What stands behind the first column serves only where that is absent.
            Group::Base | Group::Metro => feature.sources.first().map_or(Level::Rep, of_column),
            Group::Temporal => Level::Rep,
            Group::Engineered => {
                let of_source = |name: &&str| leadrank_features::feature(name).map(Level::of);
                let mut levels = feature.sources.iter().filter_map(of_source);
                let first = levels.next().unwrap_or(Level::Mixed);
                if levels.all(|level| level == first) {
                    first
                } else {
                    Level::Mixed
                }
            }
        }
    }

    /// What its rows are, for people.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Level::Firm => "firms",
            Level::Rep | Level::Mixed => "advisers",
        }
    }
}

fn of_column(column: &&str) -> Level {
    if *column == OF_THE_BRANCH {
        Level::Mixed
    } else if OF_THE_REP.contains(column) {
        Level::Rep
    } else {
        Level::Firm
    }
}

/// Whether a feature is made, directly or through base features, from a vendor column.
pub(super) fn comes_from(of: &Feature, column: &str) -> bool {
    of.sources.iter().any(|&source| {
        source == column && of.group != Group::Engineered
            || of.group == Group::Engineered
                && feature(source).is_some_and(|base| comes_from(base, column))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(name: &str) -> Level {
        Level::of(feature(name).unwrap())
    }

    #[test]
    fn features_belong_to_firm_adviser_or_both() {
        for name in [
            "TotalAssetsInMillions",
            "Number_Employees",
            "AUM_per_Client",
            "IsIndependent",
        ] {
            assert_eq!(level(name), Level::Firm, "{name}");
        }
        for name in [
            "MilesToWork",
            "NumberOfPriorFirms",
            "Is_New_To_Firm",
            "IsPrimaryRIAFirm",
        ] {
            assert_eq!(level(name), Level::Rep, "{name}");
        }
        for name in [
            "Number_BranchAdvisors",
            "Experience_Efficiency",
            "Quality_Score",
        ] {
            assert_eq!(level(name), Level::Mixed, "{name}");
        }
    }

    #[test]
    fn what_comes_from_a_column_is_found_through_base_features() {
        let comes = |name: &str| comes_from(feature(name).unwrap(), "Number_Employees");
        assert!(comes("Number_Employees") && comes("Branch_Advisor_Density"));
        assert!(!comes("TotalAssetsInMillions") && !comes("AUM_per_Client"));
    }
}
