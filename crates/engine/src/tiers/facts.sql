-- What the vendor and the lead file say of each open lead beside its features.
-- In:  open_lead_base (the open leads with their as-of month), SavvyGTMData.Lead,
--      LeadScoring.discovery_reps_current; {months}: the as-of months.
-- Out: lead_id, disposition, firm_name, title; by lead_id.
-- A disposition has no date of its own: it counts if the lead was last changed by the
-- analysis date, so that a day in the past does not see what was entered later.
WITH leads AS (
    SELECT Id, Disposition__c, LastModifiedDate
    FROM SavvyGTMData.Lead
    WHERE Stage_Entered_Contacting__c IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY Id
        ORDER BY LastModifiedDate DESC, Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c
    ) = 1
),
reps AS (
    -- A rep may stand in several territories of a month.
    SELECT
        RepCRD,
        RIAFirmCRD,
        snapshot_as_of,
        MIN(RIAFirmName) AS firm_name,
        MIN(CONCAT(IFNULL(Title, ''), '; ', IFNULL(TitleCategories, ''))) AS title
    FROM LeadScoring.discovery_reps_current
    WHERE snapshot_as_of IN ({months})
    GROUP BY RepCRD, RIAFirmCRD, snapshot_as_of
)
SELECT
    o.lead_id,
    IF(l.LastModifiedDate IS NULL OR DATE(l.LastModifiedDate) <= @as_of, l.Disposition__c, NULL)
        AS disposition,
    r.firm_name,
    r.title
FROM open_lead_base o
LEFT JOIN leads l ON l.Id = o.lead_id
LEFT JOIN reps r
    ON r.RepCRD = o.adviser_id
    AND r.RIAFirmCRD = o.firm_id
    AND r.snapshot_as_of = o.snapshot_as_of
ORDER BY o.lead_id
