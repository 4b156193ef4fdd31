-- Day of contact of each lead, its row chosen as in 01_contacted_leads, and whether it was still
-- open at the end of that day.
WITH one_per_lead AS (
    SELECT
        Id,
        FA_CRD__c AS adviser_id,
        DATE(Stage_Entered_Contacting__c) AS contacted,
        DATE(Stage_Entered_Call_Scheduled__c) AS scheduled,
        DATE(Stage_Entered_Closed__c) AS closed
    FROM SavvyGTMData.Lead
    WHERE Stage_Entered_Contacting__c IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY Id
        ORDER BY LastModifiedDate DESC, Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c
    ) = 1
)
SELECT
    Id AS lead_id,
    adviser_id,
    contacted AS contact_date,
    (scheduled IS NULL OR scheduled > contacted) AND (closed IS NULL OR closed > contacted) AS is_open
FROM one_per_lead
