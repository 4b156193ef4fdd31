//! Every threshold of the features from both sides, and ratios at their edges. Expected
//! values are computed by hand from the field's notes, "The 67 features".

use std::collections::BTreeSet;

use leadrank_features::catalog;
use leadrank_features::catalog::Kind;

use crate::common::{Cell, same};
use crate::values::{answer, n, t};

/// A case: what is asked, the cells that are not null, the expected value.
type Case = (&'static str, Vec<(&'static str, Cell)>, Option<f64>);

const ACCOUNT: &str = "AverageAccountSize";
const INDIVIDUAL: &str = "PercentClients_Individuals";
const HIRED: &str = "DateOfHireAtCurrentFirm_NumberOfYears";
const CAREER: &str = "DateBecameRep_NumberOfYears";
const AUM: &str = "TotalAssetsInMillions";
const ONE: &str = "AUMGrowthRate_1Year";
const FIVE: &str = "AUMGrowthRate_5Year";

fn priors(years: &[f64]) -> Vec<(&'static str, Cell)> {
    let names = [
        "Number_YearsPriorFirm1",
        "Number_YearsPriorFirm2",
        "Number_YearsPriorFirm3",
        "Number_YearsPriorFirm4",
    ];
    names
        .into_iter()
        .zip(years)
        .map(|(name, years)| (name, n(*years)))
        .collect()
}

fn thresholds() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut flag = |name, cells: &[(&'static str, f64)], expected: f64| {
        let cells = cells
            .iter()
            .map(|(column, value)| (*column, n(*value)))
            .collect();
        cases.push((name, cells, Some(expected)));
    };
    flag("Is_Large_Firm", &[("Number_Employees", 100.0)], 0.0);
    flag("Is_Large_Firm", &[("Number_Employees", 101.0)], 1.0);
    flag(
        "Is_Boutique_Firm",
        &[("Number_Employees", 20.0), (ACCOUNT, 1_000_000.01)],
        1.0,
    );
    flag(
        "Is_Boutique_Firm",
        &[("Number_Employees", 20.0), (ACCOUNT, 1_000_000.0)],
        0.0,
    );
    flag(
        "Is_Boutique_Firm",
        &[("Number_Employees", 21.0), (ACCOUNT, 2_000_000.0)],
        0.0,
    );
    flag("Is_Boutique_Firm", &[("Number_Employees", 5.0)], 0.0);
    flag("Is_Boutique_Firm", &[(ACCOUNT, 2_000_000.0)], 0.0);
    flag("Has_Scale", &[(AUM, 500.0)], 0.0);
    flag("Has_Scale", &[(AUM, 500.01)], 1.0);
    flag(
        "Has_Scale",
        &[("Number_InvestmentAdvisoryClients", 100.0)],
        0.0,
    );
    flag(
        "Has_Scale",
        &[("Number_InvestmentAdvisoryClients", 101.0)],
        1.0,
    );
    flag(
        "Has_Scale",
        &[(AUM, 1.0), ("Number_InvestmentAdvisoryClients", 101.0)],
        1.0,
    );
    flag("Is_New_To_Firm", &[(HIRED, 2.0)], 0.0);
    flag("Is_New_To_Firm", &[(HIRED, 1.99)], 1.0);
    flag("Is_Veteran_Advisor", &[(CAREER, 10.0)], 0.0);
    flag("Is_Veteran_Advisor", &[(CAREER, 10.01)], 1.0);
    flag(
        "Premium_Positioning",
        &[(ACCOUNT, 1_000_001.0), (INDIVIDUAL, 50.0)],
        0.0,
    );
    flag(
        "Premium_Positioning",
        &[(ACCOUNT, 1_000_001.0), (INDIVIDUAL, 49.99)],
        1.0,
    );
    flag(
        "Premium_Positioning",
        &[(ACCOUNT, 1_000_000.0), (INDIVIDUAL, 10.0)],
        0.0,
    );
    flag("Premium_Positioning", &[(INDIVIDUAL, 10.0)], 0.0);
    flag(
        "Mass_Market_Focus",
        &[(ACCOUNT, 499_999.0), (INDIVIDUAL, 80.01)],
        1.0,
    );
    flag(
        "Mass_Market_Focus",
        &[(ACCOUNT, 499_999.0), (INDIVIDUAL, 80.0)],
        0.0,
    );
    flag(
        "Mass_Market_Focus",
        &[(ACCOUNT, 500_000.0), (INDIVIDUAL, 90.0)],
        0.0,
    );
    flag("Mass_Market_Focus", &[(INDIVIDUAL, 90.0)], 0.0);
    flag("Remote_Work_Indicator", &[("MilesToWork", 50.0)], 0.0);
    flag("Remote_Work_Indicator", &[("MilesToWork", 50.1)], 1.0);
    flag("Local_Advisor", &[("MilesToWork", 10.0)], 1.0);
    flag("Local_Advisor", &[("MilesToWork", 10.1)], 0.0);
    flag(
        "Multi_RIA_Relationships",
        &[("NumberRIAFirmAssociations", 1.0)],
        0.0,
    );
    flag(
        "Multi_RIA_Relationships",
        &[("NumberRIAFirmAssociations", 2.0)],
        1.0,
    );
    flag(
        "Complex_Registration",
        &[("NumberFirmAssociations", 2.0)],
        0.0,
    );
    flag(
        "Complex_Registration",
        &[("NumberFirmAssociations", 3.0)],
        1.0,
    );
    flag(
        "Complex_Registration",
        &[("NumberRIAFirmAssociations", 2.0)],
        1.0,
    );
    flag("Primarily_US_Clients", &[("Percent_ClientsUS", 90.0)], 0.0);
    flag("Primarily_US_Clients", &[("Percent_ClientsUS", 90.1)], 1.0);
    flag(
        "International_Presence",
        &[("Percent_ClientsUS", 80.0)],
        0.0,
    );
    flag(
        "International_Presence",
        &[("Percent_ClientsUS", 79.9)],
        1.0,
    );
    flag(
        "Positive_Growth_Trajectory",
        &[(ONE, 5.0), (FIVE, 0.0)],
        0.0,
    );
    flag(
        "Positive_Growth_Trajectory",
        &[(ONE, 0.1), (FIVE, 0.1)],
        1.0,
    );
    flag(
        "Positive_Growth_Trajectory",
        &[(ONE, -1.0), (FIVE, -1.0)],
        0.0,
    );
    flag("Positive_Growth_Trajectory", &[(ONE, 5.0)], 0.0);
    flag("Accelerating_Growth", &[(ONE, 8.0), (FIVE, 40.0)], 0.0);
    flag("Accelerating_Growth", &[(ONE, 8.01), (FIVE, 40.0)], 1.0);
    flag("Accelerating_Growth", &[(ONE, 8.0)], 0.0);
    // not flags, but values with an edge of their own
    flag("Growth_Momentum", &[(ONE, -10.0), (FIVE, -20.0)], 200.0);
    flag("Growth_Momentum", &[(ONE, -10.0)], 0.0);
    flag("Growth_Acceleration", &[(FIVE, 10.0)], -2.0);
    flag("Growth_Acceleration", &[(ONE, 3.0)], 3.0);
    flag("Firm_Stability_Score", &[(HIRED, 3.0)], 3.0);
    flag("Experience_Efficiency", &[(AUM, 30.0), (CAREER, 0.5)], 20.0);
    flag(
        "HNW_Client_Ratio",
        &[
            ("NumberClients_HNWIndividuals", 10.0),
            ("NumberClients_Individuals", 5.0),
        ],
        2.0,
    );
    flag(
        "Alternative_Investment_Focus",
        &[(AUM, 100.0), ("AssetsInMillions_PrivateFunds", 50.0)],
        0.5,
    );
    flag(
        "Alternative_Investment_Focus",
        &[(AUM, 100.0), ("AssetsInMillions_MutualFunds", 25.0)],
        0.25,
    );
    flag("Alternative_Investment_Focus", &[(AUM, 100.0)], 0.0);
    flag(
        "AUM_per_Client",
        &[(AUM, 0.0), ("Number_InvestmentAdvisoryClients", 4.0)],
        0.0,
    );
    flag(
        "AUM_per_Employee",
        &[(AUM, 0.0), ("Number_Employees", 4.0)],
        0.0,
    );
    flag("AUM_per_IARep", &[(AUM, 0.0), ("Number_IAReps", 4.0)], 0.0);
    flag(
        "Branch_Advisor_Density",
        &[("Number_BranchAdvisors", 4.0), ("Number_Employees", 4.0)],
        1.0,
    );

    let with = |mut cells: Vec<(&'static str, Cell)>, more: &[(&'static str, Cell)]| {
        cells.extend(more.iter().cloned());
        cells
    };
    cases.extend([
        (
            "High_Turnover_Flag",
            priors(&[3.0, 3.0, 3.0, 3.0]),
            Some(0.0),
        ),
        (
            "High_Turnover_Flag",
            priors(&[2.0, 3.0, 3.0, 3.0]),
            Some(1.0),
        ),
        ("High_Turnover_Flag", priors(&[1.0, 1.0, 1.0]), Some(0.0)),
        ("AverageTenureAtPriorFirms", priors(&[0.0, 6.0]), Some(3.0)),
        ("AverageTenureAtPriorFirms", priors(&[0.0]), Some(0.0)),
        ("NumberOfPriorFirms", priors(&[0.0]), Some(1.0)),
        (
            "NumberOfPriorFirms",
            priors(&[1.0, 2.0, 3.0, 4.0]),
            Some(4.0),
        ),
        // the second known, the first not: a list with a gap
        (
            "NumberOfPriorFirms",
            vec![("Number_YearsPriorFirm2", n(5.0))],
            Some(1.0),
        ),
        (
            "Firm_Stability_Score",
            with(priors(&[1.0]), &[(HIRED, n(5.0))]),
            Some(2.5),
        ),
        ("Firm_Stability_Score", priors(&[1.0]), None),
        ("Experience_Efficiency", vec![(CAREER, n(5.0))], None),
        (
            "HNW_Asset_Concentration",
            vec![("AssetsInMillions_HNWIndividuals", n(1.0)), (AUM, n(0.0))],
            None,
        ),
        (
            "IsPrimaryRIAFirm",
            vec![("IsPrimaryRIAFirm", t("Yes"))],
            Some(1.0),
        ),
        (
            "IsPrimaryRIAFirm",
            vec![("IsPrimaryRIAFirm", t("Unknown"))],
            Some(0.0),
        ),
        (
            "KnownNonAdvisor",
            vec![("KnownNonAdvisor", t("Yes"))],
            Some(1.0),
        ),
        (
            "KnownNonAdvisor",
            vec![("KnownNonAdvisor", t("Unknown"))],
            Some(0.0),
        ),
        (
            "IsDuallyRegistered",
            vec![("DuallyRegisteredBDRIARep", t("yes, both"))],
            Some(0.0),
        ),
        (
            "IsIndependent",
            vec![("OwnershipType", t("Independent"))],
            Some(1.0),
        ),
        (
            "IsIndependent",
            vec![("OwnershipType", t("Independent Bank"))],
            Some(0.0),
        ),
        // each part of the score alone, over the .10 for no turnover
        ("Quality_Score", vec![(CAREER, n(10.01))], Some(0.35)),
        ("Quality_Score", vec![(AUM, n(501.0))], Some(0.35)),
        ("Quality_Score", vec![(HIRED, n(2.01))], Some(0.25)),
        (
            "Quality_Score",
            vec![("IsPrimaryRIAFirm", t("Yes"))],
            Some(0.25),
        ),
        (
            "Quality_Score",
            vec![
                (AUM, n(100.0)),
                ("Number_InvestmentAdvisoryClients", n(99.0)),
            ],
            Some(0.2),
        ),
        (
            "Quality_Score",
            vec![
                (AUM, n(100.0)),
                ("Number_InvestmentAdvisoryClients", n(100.0)),
            ],
            Some(0.1),
        ),
        ("Quality_Score", priors(&[1.0, 1.0, 1.0, 1.0]), Some(0.0)),
    ]);
    cases
}

#[tokio::test]
async fn thresholds_hold_on_both_sides() {
    let cases = thresholds();
    let rows: Vec<_> = cases.iter().map(|case| case.1.clone()).collect();
    let answer = answer(&rows).await;
    assert_eq!(answer.len(), cases.len());
    for (index, (name, cells, expected)) in cases.iter().enumerate() {
        let found = answer.number("RepCRD", &(index + 1).to_string(), name);
        assert!(
            same(found, *expected),
            "{name} of {cells:?}: {found:?}, expected {expected:?}"
        );
    }
}

#[test]
fn every_engineered_feature_with_a_threshold_is_seen_on_both_sides() {
    let cases = thresholds();
    let seen = |value: f64| -> BTreeSet<&str> {
        cases
            .iter()
            .filter(|case| case.2 == Some(value))
            .map(|case| case.0)
            .collect()
    };
    let (zero, one) = (seen(0.0), seen(1.0));
    for feature in catalog()
        .iter()
        .take(67)
        .skip(36)
        .filter(|f| f.kind == Kind::Flag)
    {
        assert!(
            zero.contains(feature.name) && one.contains(feature.name),
            "{}",
            feature.name
        );
    }
}
