-- The 31 base features and the five metros.
-- In:  {facts}: the columns of 04 and elapsed_years; metro_names (feature, name).
-- Out: the keys of {facts} named in {keys}, employees_proxied, then the 36 features.
-- A comparison with null is false, so a flag is never null; Yes is 1, all else 0.
WITH facts AS (
    SELECT
        f.*,
        m.feature AS metro,
        IF(f.Number_YearsPriorFirm1 IS NULL, 0, 1)
            + IF(f.Number_YearsPriorFirm2 IS NULL, 0, 1)
            + IF(f.Number_YearsPriorFirm3 IS NULL, 0, 1)
            + IF(f.Number_YearsPriorFirm4 IS NULL, 0, 1) AS prior_firms
    FROM {facts} f
    LEFT JOIN metro_names m
        ON m.name = TRIM(REGEXP_REPLACE(REPLACE(f.Home_MetropolitanArea, ',', ' '), ' +', ' '))
)
SELECT
    {keys},
    employees_proxied,
    NumberFirmAssociations,
    TotalAssetsInMillions,
    NumberRIAFirmAssociations,
    IF(IsPrimaryRIAFirm = 'Yes', 1, 0) AS IsPrimaryRIAFirm,
    Number_Employees,
    Number_BranchAdvisors,
    DateBecameRep_NumberOfYears + elapsed_years AS DateBecameRep_NumberOfYears,
    DateOfHireAtCurrentFirm_NumberOfYears + elapsed_years AS DateOfHireAtCurrentFirm_NumberOfYears,
    Number_InvestmentAdvisoryClients,
    IF(KnownNonAdvisor = 'Yes', 1, 0) AS KnownNonAdvisor,
    Number_YearsPriorFirm1,
    Number_YearsPriorFirm2,
    Number_YearsPriorFirm3,
    Number_YearsPriorFirm4,
    MilesToWork,
    Number_IAReps,
    NumberClients_HNWIndividuals,
    NumberClients_Individuals,
    AssetsInMillions_HNWIndividuals,
    AssetsInMillions_Individuals,
    AssetsInMillions_MutualFunds,
    AssetsInMillions_PrivateFunds,
    AUMGrowthRate_5Year,
    AUMGrowthRate_1Year,
    AverageAccountSize,
    PercentClients_Individuals,
    Percent_ClientsUS,
    IF(DuallyRegisteredBDRIARep = 'Yes', 1, 0) AS IsDuallyRegistered,
    IF(OwnershipType = 'Independent', 1, 0) AS IsIndependent,
    SAFE_DIVIDE(
        IFNULL(Number_YearsPriorFirm1, 0.0) + IFNULL(Number_YearsPriorFirm2, 0.0)
            + IFNULL(Number_YearsPriorFirm3, 0.0) + IFNULL(Number_YearsPriorFirm4, 0.0),
        prior_firms
    ) AS AverageTenureAtPriorFirms,
    prior_firms AS NumberOfPriorFirms,
    IF(metro = 'Home_MetropolitanArea_Chicago_Naperville_Elgin_IL_IN', 1, 0)
        AS Home_MetropolitanArea_Chicago_Naperville_Elgin_IL_IN,
    IF(metro = 'Home_MetropolitanArea_Dallas_Fort_Worth_Arlington_TX', 1, 0)
        AS Home_MetropolitanArea_Dallas_Fort_Worth_Arlington_TX,
    IF(metro = 'Home_MetropolitanArea_Los_Angeles_Long_Beach_Anaheim_CA', 1, 0)
        AS Home_MetropolitanArea_Los_Angeles_Long_Beach_Anaheim_CA,
    IF(metro = 'Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL', 1, 0)
        AS Home_MetropolitanArea_Miami_Fort_Lauderdale_West_Palm_Beach_FL,
    IF(metro = 'Home_MetropolitanArea_New_York_Newark_Jersey_City_NY_NJ', 1, 0)
        AS Home_MetropolitanArea_New_York_Newark_Jersey_City_NY_NJ
FROM facts
