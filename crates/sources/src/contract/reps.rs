//! The representatives' file of one territory and month: the 75 declared columns and the
//! ones only some exports carry.

use super::{
    Column, Contract, FileKind, Kind, MOST_CLIENTS, MOST_PEOPLE, Unit, count, millions, percent,
    text, years,
};

/// Growth may be a multiple of a very small start, but not of nothing.
const fn growth(name: &'static str) -> Column {
    Column::number(name, Kind::Float, Unit::Percent, -100.0, 1_000_000.0)
}

const fn flag(name: &'static str) -> Column {
    Column::new(name, Kind::Flag)
}

const fn degrees(name: &'static str, most: f64) -> Column {
    Column::number(name, Kind::Float, Unit::Degrees, -most, most).personal()
}

/// See the module's own text.
pub(super) static CONTRACT: Contract = Contract {
    kind: FileKind::Reps,
    columns: &[
        Column::new("RepCRD", Kind::Crd).key().personal(),
        Column::new("RIAFirmCRD", Kind::Crd),
        millions("TotalAssetsInMillions"),
        count("Number_IAReps", MOST_PEOPLE),
        growth("AUMGrowthRate_1Year"),
        growth("AUMGrowthRate_5Year"),
        years("DateBecameRep_NumberOfYears"),
        years("DateOfHireAtCurrentFirm_NumberOfYears"),
        count("NumberClients_Individuals", MOST_CLIENTS).censored(),
        count("NumberClients_HNWIndividuals", MOST_CLIENTS).censored(),
        count("NumberClients_RetirementPlans", MOST_CLIENTS).censored(),
        millions("AssetsInMillions_Individuals"),
        millions("AssetsInMillions_HNWIndividuals"),
        millions("AssetsInMillions_MutualFunds"),
        millions("AssetsInMillions_PrivateFunds"),
        millions("AssetsInMillions_Equity_ExchangeTraded"),
        millions("TotalAssets_SeparatelyManagedAccounts"),
        millions("TotalAssets_PooledVehicles"),
        percent("PercentClients_Individuals"),
        percent("PercentClients_HNWIndividuals"),
        percent("PercentAssets_Individuals"),
        percent("PercentAssets_HNWIndividuals"),
        percent("PercentAssets_MutualFunds"),
        percent("PercentAssets_PrivateFunds"),
        percent("PercentAssets_Equity_ExchangeTraded"),
        millions("CustodianAUM_Schwab"),
        millions("CustodianAUM_Fidelity_NationalFinancial"),
        millions("CustodianAUM_Pershing"),
        millions("CustodianAUM_TDAmeritrade"),
        text("Custodian1"),
        text("Custodian2"),
        text("Custodian3"),
        text("Custodian4"),
        text("Custodian5"),
        count("Number_BranchAdvisors", MOST_PEOPLE).or(&["Number_OfficeReps"]),
        count("NumberFirmAssociations", 1_000.0),
        count("NumberRIAFirmAssociations", 1_000.0),
        years("Number_YearsPriorFirm1").or(&["PriorFirm1_NumberOfYears"]),
        years("Number_YearsPriorFirm2").or(&["PriorFirm2_NumberOfYears"]),
        years("Number_YearsPriorFirm3").or(&["PriorFirm3_NumberOfYears"]),
        years("Number_YearsPriorFirm4").or(&["PriorFirm4_NumberOfYears"]),
        // No two places are further apart than half the equator; roads bend.
        Column::number("MilesToWork", Kind::Float, Unit::Miles, 0.0, 25_000.0),
        text("Home_MetropolitanArea"),
        text("Branch_State").or(&["Office_State"]),
        text("Home_State"),
        text("Branch_City").or(&["Office_City"]).personal(),
        text("Branch_County").or(&["Office_County"]).personal(),
        text("Home_City").personal(),
        text("Home_County").personal(),
        Column::new("Branch_ZipCode", Kind::Zip)
            .or(&["Office_ZipCode"])
            .personal(),
        Column::new("Home_ZipCode", Kind::Zip).personal(),
        degrees("Branch_Latitude", 90.0).or(&["Office_Latitude"]),
        degrees("Branch_Longitude", 180.0).or(&["Office_Longitude"]),
        degrees("Home_Latitude", 90.0),
        degrees("Home_Longitude", 180.0),
        text("Licenses").or(&["LicensesDesignations"]),
        Column::new("RegulatoryDisclosures", Kind::Remark),
        text("Education").or(&["Education1"]).personal(),
        text("Gender").personal(),
        flag("KnownNonAdvisor"),
        flag("DuallyRegisteredBDRIARep"),
        flag("IsPrimaryRIAFirm"),
        flag("BreakawayRep"),
        text("FirstName").personal(),
        text("LastName").personal(),
        text("Title").personal(),
        text("RIAFirmName"),
        text("Email_BusinessType").personal(),
        text("Email_PersonalType").personal(),
        text("SocialMedia_LinkedIn").personal(),
        text("PersonalWebpage").or(&["PersonalWebsite"]).personal(),
        text("FirmWebsite"),
        text("Brochure_Keywords"),
        text("Notes").personal(),
        text("CustomKeywords").personal(),
        Column::number(
            "Number_Employees",
            Kind::Float,
            Unit::Count,
            0.0,
            MOST_PEOPLE,
        )
        .optional(),
        count("Number_InvestmentAdvisoryClients", MOST_CLIENTS)
            .censored()
            .optional(),
        percent("Percent_ClientsUS").optional(),
        Column::number("AverageAccountSize", Kind::Float, Unit::Dollars, 0.0, 1e12).optional(),
        text("OwnershipType").optional(),
        text("TitleCategories").optional(),
    ],
    left_out: &["FullName", "Home_Address1", "Home_Address2"],
    repeats: true,
    needs_rows: true,
};
