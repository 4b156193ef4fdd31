//! The 67 features of the vendor's data: all unknown, all zero, one usual row, and
//! metros. Expected values are computed by hand from the field's notes, "The 67 features".

use leadrank_features::{catalog, rep_features};

use crate::common::{
    Answer, Cell, FIRM_COLUMNS, MONTH, Row, constants, day, options, same, session,
};

pub(crate) fn n(value: f64) -> Cell {
    Cell::Number(value)
}

pub(crate) fn t(text: &'static str) -> Cell {
    Cell::Text(text)
}

/// Runs each set of cells as one adviser at one firm and gives back the features by adviser.
pub(crate) async fn answer(rows: &[Vec<(&'static str, Cell)>]) -> Answer {
    let (mut reps, mut firms): (Vec<Row>, Vec<Row>) = (Vec::new(), Vec::new());
    for (index, cells) in rows.iter().enumerate() {
        let id: &'static str = Box::leak((index + 1).to_string().into_boxed_str());
        let mut rep = Row::from([
            ("RepCRD", t(id)),
            ("RIAFirmCRD", t(id)),
            ("territory_source", t("T1")),
            ("declared_nulls", n(0.0)),
        ]);
        let mut firm = Row::from([("RIAFirmCRD", t(id))]);
        for (name, cell) in cells {
            let side = if FIRM_COLUMNS.contains(name) {
                &mut firm
            } else {
                &mut rep
            };
            side.insert(*name, cell.clone());
        }
        reps.push(rep);
        firms.push(firm);
    }
    let session = session("2025-06-30", &reps, &firms, &[]);
    let options = options("2025-06-30", &[MONTH]);
    let frame = rep_features(&session, &options, &constants(), day(MONTH))
        .await
        .expect("features");
    Answer::of(frame).await
}

const NUMBERS: [&str; 26] = [
    "NumberFirmAssociations",
    "TotalAssetsInMillions",
    "NumberRIAFirmAssociations",
    "Number_Employees",
    "Number_BranchAdvisors",
    "DateBecameRep_NumberOfYears",
    "DateOfHireAtCurrentFirm_NumberOfYears",
    "Number_InvestmentAdvisoryClients",
    "Number_YearsPriorFirm1",
    "Number_YearsPriorFirm2",
    "Number_YearsPriorFirm3",
    "Number_YearsPriorFirm4",
    "MilesToWork",
    "Number_IAReps",
    "NumberClients_HNWIndividuals",
    "NumberClients_Individuals",
    "AssetsInMillions_HNWIndividuals",
    "AssetsInMillions_Individuals",
    "AssetsInMillions_MutualFunds",
    "AssetsInMillions_PrivateFunds",
    "AUMGrowthRate_5Year",
    "AUMGrowthRate_1Year",
    "AverageAccountSize",
    "PercentClients_Individuals",
    "Percent_ClientsUS",
    "AverageTenureAtPriorFirms",
];

/// Ratios: null unless their denominator is known and not 0.
const RATIOS: [&str; 12] = [
    "AUM_per_Client",
    "AUM_per_Employee",
    "AUM_per_IARep",
    "Experience_Efficiency",
    "HNW_Client_Ratio",
    "HNW_Asset_Concentration",
    "Individual_Asset_Ratio",
    "Alternative_Investment_Focus",
    "Clients_per_Employee",
    "Branch_Advisor_Density",
    "Clients_per_IARep",
    "Firm_Stability_Score",
];

#[tokio::test]
async fn all_unknown_gives_null_ratios_and_zero_flags() {
    let answer = answer(&[vec![]]).await;
    for feature in catalog().iter().take(67) {
        let expected = match feature.name {
            "Quality_Score" => Some(0.1), // .10 (1 - no turnover)
            name if NUMBERS.contains(&name) || RATIOS.contains(&name) => None,
            // flags, NumberOfPriorFirms and the two growth terms that take null for 0
            _ => Some(0.0),
        };
        let found = answer.number("RepCRD", "1", feature.name);
        assert!(
            same(found, expected),
            "{}: {found:?}, expected {expected:?}",
            feature.name
        );
    }
}

#[tokio::test]
async fn all_zero_gives_zeros_null_ratios_and_the_flags_of_zero() {
    let mut cells: Vec<_> = NUMBERS
        .iter()
        .filter(|name| **name != "AverageTenureAtPriorFirms")
        .map(|name| (*name, n(0.0)))
        .collect();
    for name in [
        "KnownNonAdvisor",
        "DuallyRegisteredBDRIARep",
        "IsPrimaryRIAFirm",
        "OwnershipType",
    ] {
        cells.push((name, t("No")));
    }
    let answer = answer(&[cells]).await;
    for feature in catalog().iter().take(67) {
        let expected = match feature.name {
            "Firm_Stability_Score" => Some(0.0), // 0 / (4 + 1)
            name if RATIOS.contains(&name) => None,
            // four spans of no years are four firms: 4 > 3 with a mean of 0 < 3
            "NumberOfPriorFirms" => Some(4.0),
            "High_Turnover_Flag" => Some(1.0),
            "Is_New_To_Firm" | "Local_Advisor" | "International_Presence" => Some(1.0),
            _ => Some(0.0),
        };
        let found = answer.number("RepCRD", "1", feature.name);
        assert!(
            same(found, expected),
            "{}: {found:?}, expected {expected:?}",
            feature.name
        );
    }
}

#[tokio::test]
async fn a_usual_row_gives_what_the_formulas_say() {
    let cells = vec![
        ("NumberFirmAssociations", n(3.0)),
        ("TotalAssetsInMillions", n(1200.0)),
        ("NumberRIAFirmAssociations", n(1.0)),
        ("IsPrimaryRIAFirm", t("Yes")),
        ("Number_Employees", n(60.0)),
        ("Number_BranchAdvisors", n(12.0)),
        ("DateBecameRep_NumberOfYears", n(11.0)),
        ("DateOfHireAtCurrentFirm_NumberOfYears", n(6.0)),
        ("Number_InvestmentAdvisoryClients", n(800.0)),
        ("KnownNonAdvisor", t("Unknown")),
        ("Number_YearsPriorFirm1", n(2.0)),
        ("Number_YearsPriorFirm2", n(4.0)),
        ("MilesToWork", n(55.0)),
        ("Number_IAReps", n(24.0)),
        ("NumberClients_HNWIndividuals", n(140.0)),
        ("NumberClients_Individuals", n(700.0)),
        ("AssetsInMillions_HNWIndividuals", n(480.0)),
        ("AssetsInMillions_Individuals", n(900.0)),
        ("AssetsInMillions_MutualFunds", n(180.0)),
        ("AssetsInMillions_PrivateFunds", n(60.0)),
        ("AUMGrowthRate_5Year", n(40.0)),
        ("AUMGrowthRate_1Year", n(12.0)),
        ("AverageAccountSize", n(1_500_000.0)),
        ("PercentClients_Individuals", n(40.0)),
        ("Percent_ClientsUS", n(95.0)),
        ("DuallyRegisteredBDRIARep", t("Yes")),
        ("OwnershipType", t("Independent")),
        (
            "Home_MetropolitanArea",
            t("New York-Newark-Jersey City NY-NJ"),
        ),
    ];
    // in catalog order
    let expected: [Option<f64>; 67] = [
        3.0.into(),
        1200.0.into(),
        1.0.into(),
        1.0.into(),
        60.0.into(),
        12.0.into(),
        11.0.into(),
        6.0.into(),
        800.0.into(),
        0.0.into(),
        2.0.into(),
        4.0.into(),
        None,
        None,
        55.0.into(),
        24.0.into(),
        140.0.into(),
        700.0.into(),
        480.0.into(),
        900.0.into(),
        180.0.into(),
        60.0.into(),
        40.0.into(),
        12.0.into(),
        1_500_000.0.into(),
        40.0.into(),
        95.0.into(),
        1.0.into(),
        1.0.into(),
        3.0.into(),
        2.0.into(),
        0.0.into(),
        0.0.into(),
        0.0.into(),
        0.0.into(),
        1.0.into(),
        1.5.into(),           // 1200 / 800
        20.0.into(),          // 1200 / 60
        50.0.into(),          // 1200 / 24
        480.0.into(),         // 12 x 40
        4.0.into(),           // 12 - 40/5
        2.0.into(),           // 6 / (2 + 1)
        100.0.into(),         // 1200 / (11 + 1)
        0.2.into(),           // 140 / 700
        0.4.into(),           // 480 / 1200
        0.75.into(),          // 900 / 1200
        0.2.into(),           // (180 + 60) / 1200
        0.0.into(),           // 60 employees
        0.0.into(),           // not 20 or fewer
        1.0.into(),           // 1200 > 500
        0.0.into(),           // 6 years
        1.0.into(),           // 11 > 10
        0.0.into(),           // 2 firms
        1.0.into(),           // 1.5 million > P75 and 40 < 50
        0.0.into(),           // 40 is not > 80
        (40.0 / 3.0).into(),  // 800 / 60
        0.2.into(),           // 12 / 60
        (100.0 / 3.0).into(), // 800 / 24
        1.0.into(),
        0.0.into(),
        0.0.into(),
        1.0.into(),
        1.0.into(),
        0.0.into(),
        // .25 veteran + .25 scale + 0 (2 is not > 2) + .15 primary + .10 (1.5 > 1) + .10
        0.85.into(),
        1.0.into(),
        1.0.into(),
    ];
    let answer = answer(&[cells]).await;
    for (feature, expected) in catalog().iter().zip(expected) {
        let found = answer.number("RepCRD", "1", feature.name);
        assert!(
            same(found, expected),
            "{}: {found:?}, expected {expected:?}",
            feature.name
        );
    }
}

#[tokio::test]
async fn metros_are_matched_by_their_whole_name_in_any_comma_spelling() {
    let names = [
        ("Chicago-Naperville-Elgin IL-IN", Some(31)),
        ("Dallas-Fort Worth-Arlington, TX", Some(32)),
        ("Los Angeles-Long Beach-Anaheim,  CA", Some(33)),
        ("Miami-Fort Lauderdale-West Palm Beach FL", Some(34)),
        ("New York-Newark-Jersey City NY-NJ", Some(35)),
        ("New York-Newark-Jersey City, NY-NJ-PA", Some(35)),
        ("Washington-Arlington-Alexandria DC-VA-MD-WV", None),
        ("Newark OH Micropolitan Area", None),
        ("Long Beach MS", None),
        ("Chicago", None),
        ("", None),
    ];
    let rows: Vec<_> = names
        .iter()
        .map(|(name, _)| vec![("Home_MetropolitanArea", t(name))])
        .collect();
    let answer = answer(&rows).await;
    assert_eq!(answer.len(), names.len(), "a metro must not multiply rows");
    for (index, (name, place)) in names.iter().enumerate() {
        for metro in 31..36 {
            let found = answer.number("RepCRD", &(index + 1).to_string(), catalog()[metro].name);
            let expected = f64::from(u8::from(Some(metro) == *place));
            assert_eq!(
                found,
                Some(expected),
                "{name} and {}",
                catalog()[metro].name
            );
        }
    }
}
