//! Columns of the vendor's rep file, block by block, and how each territory spells them.

/// Columns about the adviser, in file order.
pub(crate) const REP: [&str; 40] = [
    "DateBecameRep_NumberOfYears",
    "DateOfHireAtCurrentFirm_NumberOfYears",
    "Number_BranchAdvisors",
    "NumberFirmAssociations",
    "NumberRIAFirmAssociations",
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
    "MilesToWork",
    "Home_MetropolitanArea",
    "Branch_State",
    "Home_State",
    "Branch_City",
    "Branch_County",
    "Home_City",
    "Home_County",
    "Branch_ZipCode",
    "Home_ZipCode",
    "Branch_Latitude",
    "Branch_Longitude",
    "Home_Latitude",
    "Home_Longitude",
    "Licenses",
    "RegulatoryDisclosures",
    "Education",
    "Gender",
    "KnownNonAdvisor",
    "DuallyRegisteredBDRIARep",
    "IsPrimaryRIAFirm",
    "BreakawayRep",
    "FirstName",
    "LastName",
    "Title",
    "Email_BusinessType",
    "Email_PersonalType",
    "SocialMedia_LinkedIn",
    "PersonalWebpage",
    "Notes",
    "CustomKeywords",
];

/// Columns repeated from the firm's filing, in file order.
pub(crate) const FIRM: [&str; 33] = [
    "TotalAssetsInMillions",
    "Number_IAReps",
    "AUMGrowthRate_1Year",
    "AUMGrowthRate_5Year",
    "NumberClients_Individuals",
    "NumberClients_HNWIndividuals",
    "NumberClients_RetirementPlans",
    "AssetsInMillions_Individuals",
    "AssetsInMillions_HNWIndividuals",
    "AssetsInMillions_MutualFunds",
    "AssetsInMillions_PrivateFunds",
    "AssetsInMillions_Equity_ExchangeTraded",
    "TotalAssets_SeparatelyManagedAccounts",
    "TotalAssets_PooledVehicles",
    "PercentClients_Individuals",
    "PercentClients_HNWIndividuals",
    "PercentAssets_Individuals",
    "PercentAssets_HNWIndividuals",
    "PercentAssets_MutualFunds",
    "PercentAssets_PrivateFunds",
    "PercentAssets_Equity_ExchangeTraded",
    "CustodianAUM_Schwab",
    "CustodianAUM_Fidelity_NationalFinancial",
    "CustodianAUM_Pershing",
    "CustodianAUM_TDAmeritrade",
    "Custodian1",
    "Custodian2",
    "Custodian3",
    "Custodian4",
    "Custodian5",
    "RIAFirmName",
    "FirmWebsite",
    "Brochure_Keywords",
];

/// Columns beyond the declared 75: one that users know of, and three that nobody declared.
pub(crate) const BEYOND: [&str; 4] = [
    "TitleCategories",
    "Number_RegisteredStates",
    "InsuranceLicensed",
    "Branch_GeoLocationURL",
];

/// The one column that [`crate::Hazard::MissingColumn`] takes away.
pub(crate) const GONE: &str = "AUMGrowthRate_5Year";

/// True when a territory writes the firm's columns before the adviser's.
pub(crate) fn firm_first(territory: usize) -> bool {
    territory == 2
}

/// The header names of a territory's rep file in file order, spelled as that portal does.
pub(crate) fn header(territory: usize, without_growth: bool) -> Vec<String> {
    let firm: Vec<&str> = FIRM
        .iter()
        .copied()
        .filter(|c| !(without_growth && *c == GONE))
        .collect();
    let (first, second) = if firm_first(territory) {
        (&firm[..], &REP[..])
    } else {
        (&REP[..], &firm[..])
    };
    let keys = ["RepCRD", "RIAFirmCRD"];
    let names = keys.iter().chain(first).chain(second).chain(&BEYOND);
    names
        .enumerate()
        .map(|(position, name)| spelled(name, territory, position))
        .collect()
}

/// A declared name with blanks, strokes, dots or brackets where the cleaned one has `_`.
fn spelled(name: &str, territory: usize, position: usize) -> String {
    match territory {
        0 => name.replace('_', " "),
        1 => name.replace('_', ["/", ".", "-", "_", " /"][position % 5]),
        _ => match name.rsplit_once('_') {
            Some((head, tail)) => format!("{head} ({tail})"),
            None => name.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The cleaning rule of domain.md, "Header and cell cleaning".
    fn cleaned(header: &str) -> String {
        header
            .replace(['/', ' ', '-', '.'], "_")
            .replace(['(', ')'], "")
            .replace("__", "_")
    }

    #[test]
    fn every_spelling_cleans_to_the_declared_name() {
        let declared: BTreeSet<&str> = ["RepCRD", "RIAFirmCRD"]
            .iter()
            .chain(&REP)
            .chain(&FIRM)
            .copied()
            .collect();
        assert_eq!(declared.len(), 75);
        for territory in 0..3 {
            let names = header(territory, false);
            assert_eq!(names.len(), 79);
            let clean: BTreeSet<String> = names.iter().map(|n| cleaned(n)).collect();
            assert!(declared.iter().all(|d| clean.contains(*d)), "{territory}");
            assert!(names.iter().any(|n| cleaned(n) != *n));
            assert_eq!(header(territory, true).len(), 78);
        }
    }
}
