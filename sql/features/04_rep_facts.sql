-- What one vendor month says of each rep: one row a rep, with the facts of its firm
-- from the firm file of the same month.
-- In:  LeadScoring.discovery_reps_current, LeadScoring.discovery_firms_current,
--      rep_filter (RepCRD): the reps wanted; @snapshot_as_of, the month;
--      @employees_from, @clients_from, @account_size_from, @us_share_from,
--      @ownership_from: 'firm', 'rep' or 'proxy', since a stand-in serves only where a
--      month's files lack the whole column; the last two have none and are null then.
-- Out: keys and the raw values behind the base features; employees_proxied, whether
--      branch advisers stand in for employees.
--
-- Rows are reduced first to one per rep and firm (lowest territory), then to one per
-- rep: primary firm first, fewest nulls, smallest firm number.
WITH one_per_firm AS (
    -- Keys only: rows are wide, and sorting whole ones costs many times as much.
    SELECT
        r.RepCRD,
        r.RIAFirmCRD,
        r.IsPrimaryRIAFirm,
        r.declared_nulls,
        r.territory_source,
        r.source_line,
        CASE r.territory_source WHEN 'T1' THEN 1 WHEN 'T2' THEN 2 WHEN 'T3' THEN 3 ELSE 4 END
            AS territory_rank
    FROM LeadScoring.discovery_reps_current r
    JOIN rep_filter f ON f.RepCRD = r.RepCRD
    WHERE r.snapshot_as_of = @snapshot_as_of
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY r.RepCRD, r.RIAFirmCRD
        ORDER BY territory_rank, r.declared_nulls, r.source_line
    ) = 1
),
one_per_rep AS (
    SELECT RepCRD, territory_source, source_line
    FROM one_per_firm
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY RepCRD
        ORDER BY
            CASE WHEN IsPrimaryRIAFirm = 'Yes' THEN 0 ELSE 1 END,
            declared_nulls,
            IFNULL(SAFE_CAST(RIAFirmCRD AS INT64), 9223372036854775807),
            territory_rank,
            source_line
    ) = 1
),
chosen AS (
    SELECT r.*
    FROM one_per_rep o
    JOIN LeadScoring.discovery_reps_current r
        ON r.RepCRD = o.RepCRD
        AND r.territory_source = o.territory_source
        AND r.source_line = o.source_line
    WHERE r.snapshot_as_of = @snapshot_as_of
),
firms AS (
    SELECT
        RIAFirmCRD,
        Number_Employees,
        Number_InvestmentAdvisoryClients,
        Percent_ClientsUS,
        AverageAccountSize,
        OwnershipType
    FROM LeadScoring.discovery_firms_current
    WHERE snapshot_as_of = @snapshot_as_of
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY RIAFirmCRD
        ORDER BY
            IF(Number_Employees IS NULL, 1, 0)
            + IF(Number_InvestmentAdvisoryClients IS NULL, 1, 0)
            + IF(Percent_ClientsUS IS NULL, 1, 0)
            + IF(AverageAccountSize IS NULL, 1, 0)
            + IF(OwnershipType IS NULL, 1, 0)
            + IF(TotalAssetsInMillions IS NULL, 1, 0),
            source_line
    ) = 1
)
SELECT
    r.RepCRD,
    r.RIAFirmCRD,
    r.territory_source,
    r.snapshot_as_of,
    r.processed_at,
    r.NumberFirmAssociations,
    r.TotalAssetsInMillions,
    r.NumberRIAFirmAssociations,
    r.IsPrimaryRIAFirm,
    CASE @employees_from
        WHEN 'firm' THEN f.Number_Employees
        WHEN 'rep' THEN r.Number_Employees
        ELSE CAST(r.Number_BranchAdvisors AS FLOAT64)
    END AS Number_Employees,
    @employees_from = 'proxy' AS employees_proxied,
    r.Number_BranchAdvisors,
    r.DateBecameRep_NumberOfYears,
    r.DateOfHireAtCurrentFirm_NumberOfYears,
    CASE @clients_from
        WHEN 'firm' THEN CAST(f.Number_InvestmentAdvisoryClients AS FLOAT64)
        WHEN 'rep' THEN CAST(r.Number_InvestmentAdvisoryClients AS FLOAT64)
        ELSE CAST(r.NumberClients_Individuals AS FLOAT64)
    END AS Number_InvestmentAdvisoryClients,
    r.KnownNonAdvisor,
    r.Number_YearsPriorFirm1,
    r.Number_YearsPriorFirm2,
    r.Number_YearsPriorFirm3,
    r.Number_YearsPriorFirm4,
    r.MilesToWork,
    r.Number_IAReps,
    r.NumberClients_HNWIndividuals,
    r.NumberClients_Individuals,
    r.AssetsInMillions_HNWIndividuals,
    r.AssetsInMillions_Individuals,
    r.AssetsInMillions_MutualFunds,
    r.AssetsInMillions_PrivateFunds,
    r.AUMGrowthRate_5Year,
    r.AUMGrowthRate_1Year,
    CASE @account_size_from
        WHEN 'firm' THEN f.AverageAccountSize
        WHEN 'rep' THEN r.AverageAccountSize
        ELSE SAFE_DIVIDE(r.TotalAssetsInMillions, r.NumberClients_Individuals) * 1000000.0
    END AS AverageAccountSize,
    r.PercentClients_Individuals,
    CASE @us_share_from
        WHEN 'firm' THEN f.Percent_ClientsUS
        WHEN 'rep' THEN r.Percent_ClientsUS
    END AS Percent_ClientsUS,
    r.DuallyRegisteredBDRIARep,
    CASE @ownership_from
        WHEN 'firm' THEN f.OwnershipType
        WHEN 'rep' THEN r.OwnershipType
    END AS OwnershipType,
    r.Home_MetropolitanArea
FROM chosen r
LEFT JOIN firms f ON f.RIAFirmCRD = r.RIAFirmCRD
