//! A dozen facts that are shown beside a score (domain.md, "Fields read": planned enrichment).

use leadrank_salesforce::sfdx::{Field, Kind};

/// A feature whose value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    /// The feature.
    pub feature: &'static str,
    /// API name of its field.
    pub api_name: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Digits before the point: growth reaches five, assets of firms seven.
    pub before: u8,
    /// Digits behind the point.
    pub behind: u8,
}

/// All of them.
pub const DISPLAY: [Display; 12] = [
    display(
        "TotalAssetsInMillions",
        "Score_Firm_Assets_M__c",
        "Firm's assets, $M",
        10,
        1,
    ),
    display(
        "Number_Employees",
        "Score_Firm_Employees__c",
        "Firm's employees",
        7,
        0,
    ),
    display(
        "Number_InvestmentAdvisoryClients",
        "Score_Firm_Clients__c",
        "Firm's clients",
        9,
        0,
    ),
    display(
        "NumberClients_HNWIndividuals",
        "Score_HNW_Clients__c",
        "Firm's wealthy clients",
        8,
        0,
    ),
    display(
        "AUMGrowthRate_1Year",
        "Score_Growth_1Y_Pct__c",
        "Firm's growth in a year, %",
        6,
        1,
    ),
    display(
        "AUMGrowthRate_5Year",
        "Score_Growth_5Y_Pct__c",
        "Firm's growth in five years, %",
        6,
        1,
    ),
    display(
        "Number_BranchAdvisors",
        "Score_Branch_Advisors__c",
        "Advisors in the branch",
        6,
        0,
    ),
    display(
        "DateOfHireAtCurrentFirm_NumberOfYears",
        "Score_Years_At_Firm__c",
        "Years at the firm",
        3,
        1,
    ),
    display(
        "DateBecameRep_NumberOfYears",
        "Score_Years_As_Rep__c",
        "Years in the business",
        3,
        1,
    ),
    display(
        "NumberOfPriorFirms",
        "Score_Prior_Firms__c",
        "Earlier firms",
        3,
        0,
    ),
    display(
        "AverageTenureAtPriorFirms",
        "Score_Usual_Stay__c",
        "Usual stay at a firm, years",
        3,
        1,
    ),
    display(
        "NumberRIAFirmAssociations",
        "Score_RIA_Associations__c",
        "RIA registrations",
        4,
        0,
    ),
];

const fn display(
    feature: &'static str,
    api_name: &'static str,
    label: &'static str,
    before: u8,
    behind: u8,
) -> Display {
    Display {
        feature,
        api_name,
        label,
        before,
        behind,
    }
}

impl Display {
    /// Its field.
    pub fn field(&self) -> Field {
        let meaning =
            leadrank_features::feature(self.feature).map_or("", |feature| feature.wording.meaning);
        Field {
            api_name: self.api_name.to_owned(),
            label: self.label.to_owned(),
            kind: Kind::Number {
                precision: self.before + self.behind,
                scale: self.behind,
            },
            help: meaning.to_owned(),
            description: format!(
                "{} as of the score. Written by leadrank; do not edit by hand.",
                self.feature
            ),
            tracked: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_a_feature_that_may_be_told() {
        for one in DISPLAY {
            let feature = leadrank_features::feature(one.feature).unwrap();
            assert_eq!(
                feature.tell,
                leadrank_features::catalog::Tell::Yes,
                "{}",
                one.feature
            );
        }
    }
}
