-- Enrolled leads that are still in the lead file, and whether a call was scheduled after
-- enrolment and within the horizon, as known on @as_of.
WITH one_per_lead AS (
    SELECT Id, DATE(Stage_Entered_Call_Scheduled__c) AS scheduled
    FROM SavvyGTMData.Lead
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY Id
        ORDER BY LastModifiedDate DESC, Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c
    ) = 1
)
SELECT
    e.lead_id,
    IFNULL(l.scheduled > e.enrolled_on AND l.scheduled <= e.counts_until, FALSE) AS called
FROM experiment_leads e
JOIN one_per_lead l ON l.Id = e.lead_id
ORDER BY e.lead_id
