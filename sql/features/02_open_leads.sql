-- Leads that can be called: contacted, and nothing heard since.
-- In:  SavvyGTMData.Lead; @as_of.
-- Out: lead_id, adviser_id, owner_id, lead_source, do_not_call.
-- Stage dates decide, not the present status: a day in the past gives that day's leads.
-- A lead's row is chosen first, as in 01: an outdated row must not reopen a lead.
WITH one_per_lead AS (
    SELECT
        Id,
        FA_CRD__c,
        OwnerId,
        LeadSource,
        DoNotCall,
        Stage_Entered_Contacting__c,
        Stage_Entered_Call_Scheduled__c,
        Stage_Entered_Closed__c,
        IsConverted,
        ConvertedDate
    FROM SavvyGTMData.Lead
    WHERE Stage_Entered_Contacting__c IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY Id
        ORDER BY LastModifiedDate DESC, Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c
    ) = 1
)
SELECT
    Id AS lead_id,
    FA_CRD__c AS adviser_id,
    OwnerId AS owner_id,
    LeadSource AS lead_source,
    IFNULL(DoNotCall, FALSE) AS do_not_call
FROM one_per_lead
WHERE DATE(Stage_Entered_Contacting__c) <= @as_of
    AND (Stage_Entered_Call_Scheduled__c IS NULL OR DATE(Stage_Entered_Call_Scheduled__c) > @as_of)
    AND (Stage_Entered_Closed__c IS NULL OR DATE(Stage_Entered_Closed__c) > @as_of)
    AND (IFNULL(IsConverted, FALSE) = FALSE OR ConvertedDate > @as_of)
