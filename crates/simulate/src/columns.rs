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
const GONE: &str = "AUMGrowthRate_5Year";
/// The one column that [`crate::Hazard::RenamedColumn`] renames, and its new name.
const RENAMED: (&str, &str) = ("AUMGrowthRate_1Year", "AUM_Growth_1_Yr");

/// True when a territory writes the firm's columns before the adviser's.
pub(crate) fn firm_first(territory: usize) -> bool {
    territory == 2
}

/// Faults of a rep file's header.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HeaderFaults {
    /// Without the five-year growth.
    pub(crate) gone: bool,
    /// With another name for the one-year growth.
    pub(crate) renamed: bool,
    /// Sorted by name, and spelled otherwise.
    pub(crate) reordered: bool,
}

/// The columns of one territory's rep file.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Declared names in the order in which a row is composed.
    pub(crate) names: Vec<&'static str>,
    /// Names in file order, spelled as that portal does.
    pub(crate) header: Vec<String>,
    /// The composed cells that go into the file, in file order; `None` when all do, as
    /// they are.
    pub(crate) order: Option<Vec<usize>>,
}

impl Layout {
    pub(crate) fn new(territory: usize, faults: HeaderFaults) -> Self {
        let (first, second) = if firm_first(territory) {
            (&FIRM[..], &REP[..])
        } else {
            (&REP[..], &FIRM[..])
        };
        let keys = ["RepCRD", "RIAFirmCRD"];
        let names: Vec<&str> = [&keys[..], first, second, &BEYOND[..]].concat();
        let mut order: Vec<usize> = (0..names.len())
            .filter(|place| !(faults.gone && names[*place] == GONE))
            .collect();
        if faults.reordered {
            order.sort_by_key(|place| names[*place]);
        }
        let spell = |place: &usize| {
            let name = match names[*place] {
                name if faults.renamed && name == RENAMED.0 => RENAMED.1,
                name => name,
            };
            if faults.reordered {
                respelled(name, territory)
            } else {
                spelled(name, territory, *place)
            }
        };
        let header = order.iter().map(spell).collect();
        let order = (faults.gone || faults.reordered).then_some(order);
        Self {
            names,
            header,
            order,
        }
    }
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

/// The same name in a spelling that the portal did not use before.
fn respelled(name: &str, territory: usize) -> String {
    match territory {
        0 => name.to_lowercase(),
        1 => name.replace('_', " "),
        _ => name.to_uppercase().replace('_', "-"),
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
            let names = Layout::new(territory, HeaderFaults::default()).header;
            assert_eq!(names.len(), 79);
            let clean: BTreeSet<String> = names.iter().map(|n| cleaned(n)).collect();
            assert!(declared.iter().all(|d| clean.contains(*d)), "{territory}");
            assert!(names.iter().any(|n| cleaned(n) != *n));
        }
    }

    #[test]
    fn header_faults_touch_only_what_they_name() {
        for territory in 0..3 {
            let plain = Layout::new(territory, HeaderFaults::default());
            let faulty = |gone, renamed, reordered| {
                let faults = HeaderFaults {
                    gone,
                    renamed,
                    reordered,
                };
                Layout::new(territory, faults)
            };
            let mut without = plain.header.clone();
            without.retain(|name| cleaned(name) != GONE);
            assert_eq!(faulty(true, false, false).header, without);

            let renamed = faulty(false, true, false);
            assert_eq!(renamed.order, None);
            let changed: Vec<_> = (0..79)
                .filter(|k| plain.header[*k] != renamed.header[*k])
                .map(|k| (cleaned(&plain.header[k]), cleaned(&renamed.header[k])))
                .collect();
            assert_eq!(changed, [(RENAMED.0.to_owned(), RENAMED.1.to_owned())]);

            let reordered = faulty(false, false, true);
            let keys = |header: &[String]| -> Vec<String> {
                header.iter().map(|n| cleaned(n).to_lowercase()).collect()
            };
            let (before, after) = (keys(&plain.header), keys(&reordered.header));
            let order = reordered.order.unwrap();
            assert!((0..79).all(|k| after[k] == before[order[k]]));
            assert_ne!(before, after);
            assert!(
                reordered
                    .header
                    .iter()
                    .all(|n| !plain.header.contains(n) || !n.contains('_'))
            );
        }
    }
}
