-- The 31 engineered features: functions of the base features and four fitted constants,
-- and for one of them of whether the number of employees is a stand-in.
-- In:  {base}: the columns of 06; @account_size_p75, @account_size_median,
--      @stability_median, @aum_per_client_median, fitted on training rows only.
-- Out: all columns of {base}, then the 31.
-- A ratio whose denominator is zero or null is null; a comparison with null is false.
WITH ratios AS (
    SELECT
        b.*,
        SAFE_DIVIDE(TotalAssetsInMillions, Number_InvestmentAdvisoryClients) AS AUM_per_Client,
        DateOfHireAtCurrentFirm_NumberOfYears / (NumberOfPriorFirms + 1) AS Firm_Stability_Score,
        IF(DateBecameRep_NumberOfYears > 10, 1, 0) AS Is_Veteran_Advisor,
        IF(TotalAssetsInMillions > 500 OR Number_InvestmentAdvisoryClients > 100, 1, 0) AS Has_Scale,
        IF(NumberOfPriorFirms > 3 AND AverageTenureAtPriorFirms < 3, 1, 0) AS High_Turnover_Flag
    FROM {base} b
)
SELECT
    r.* EXCEPT (AUM_per_Client, Firm_Stability_Score, Is_Veteran_Advisor, Has_Scale, High_Turnover_Flag),
    AUM_per_Client,
    SAFE_DIVIDE(TotalAssetsInMillions, Number_Employees) AS AUM_per_Employee,
    SAFE_DIVIDE(TotalAssetsInMillions, Number_IAReps) AS AUM_per_IARep,
    IFNULL(AUMGrowthRate_1Year, 0.0) * IFNULL(AUMGrowthRate_5Year, 0.0) AS Growth_Momentum,
    IFNULL(AUMGrowthRate_1Year, 0.0) - IFNULL(AUMGrowthRate_5Year, 0.0) / 5 AS Growth_Acceleration,
    Firm_Stability_Score,
    TotalAssetsInMillions / (NULLIF(DateBecameRep_NumberOfYears, 0.0) + 1) AS Experience_Efficiency,
    SAFE_DIVIDE(NumberClients_HNWIndividuals, NumberClients_Individuals) AS HNW_Client_Ratio,
    SAFE_DIVIDE(AssetsInMillions_HNWIndividuals, TotalAssetsInMillions) AS HNW_Asset_Concentration,
    SAFE_DIVIDE(AssetsInMillions_Individuals, TotalAssetsInMillions) AS Individual_Asset_Ratio,
    SAFE_DIVIDE(
        IFNULL(AssetsInMillions_MutualFunds, 0.0) + IFNULL(AssetsInMillions_PrivateFunds, 0.0),
        TotalAssetsInMillions
    ) AS Alternative_Investment_Focus,
    IF(Number_Employees > 100, 1, 0) AS Is_Large_Firm,
    IF(Number_Employees <= 20 AND AverageAccountSize > @account_size_p75, 1, 0) AS Is_Boutique_Firm,
    Has_Scale,
    IF(DateOfHireAtCurrentFirm_NumberOfYears < 2, 1, 0) AS Is_New_To_Firm,
    Is_Veteran_Advisor,
    High_Turnover_Flag,
    IF(AverageAccountSize > @account_size_p75 AND PercentClients_Individuals < 50, 1, 0)
        AS Premium_Positioning,
    IF(PercentClients_Individuals > 80 AND AverageAccountSize < @account_size_median, 1, 0)
        AS Mass_Market_Focus,
    SAFE_DIVIDE(Number_InvestmentAdvisoryClients, Number_Employees) AS Clients_per_Employee,
    -- branch advisers standing in for employees would make it 1 for everyone: no information
    IF(employees_proxied, NULL, SAFE_DIVIDE(Number_BranchAdvisors, Number_Employees))
        AS Branch_Advisor_Density,
    SAFE_DIVIDE(Number_InvestmentAdvisoryClients, Number_IAReps) AS Clients_per_IARep,
    IF(MilesToWork > 50, 1, 0) AS Remote_Work_Indicator,
    IF(MilesToWork <= 10, 1, 0) AS Local_Advisor,
    IF(NumberRIAFirmAssociations > 1, 1, 0) AS Multi_RIA_Relationships,
    IF(NumberFirmAssociations > 2 OR NumberRIAFirmAssociations > 1, 1, 0) AS Complex_Registration,
    IF(Percent_ClientsUS > 90, 1, 0) AS Primarily_US_Clients,
    IF(Percent_ClientsUS < 80, 1, 0) AS International_Presence,
    0.25 * Is_Veteran_Advisor
        + 0.25 * Has_Scale
        + 0.15 * IF(Firm_Stability_Score > @stability_median, 1, 0)
        + 0.15 * IsPrimaryRIAFirm
        + 0.10 * IF(AUM_per_Client > @aum_per_client_median, 1, 0)
        + 0.10 * (1 - High_Turnover_Flag) AS Quality_Score,
    IF(AUMGrowthRate_1Year > 0 AND AUMGrowthRate_5Year > 0, 1, 0) AS Positive_Growth_Trajectory,
    IF(AUMGrowthRate_1Year > AUMGrowthRate_5Year / 5, 1, 0) AS Accelerating_Growth
FROM ratios r
