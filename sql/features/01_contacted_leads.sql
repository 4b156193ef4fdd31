-- Contacted leads with their label: one row a lead.
-- In:  SavvyGTMData.Lead; @as_of, the last day on which anything is known;
--      @window_days, the days after contact that count, both ends included.
-- Out: lead_id, adviser_id, contact_date, label, label_status.
--
-- Status, first match wins:
--   censored        the window was not over on @as_of: the outcome is not known
--   negative        no call scheduled that was known on @as_of
--   invalid_timing  a call scheduled before the contact
--   positive        a call scheduled within the window
--   late            a call scheduled after it
WITH one_per_lead AS (
    SELECT
        Id AS lead_id,
        FA_CRD__c AS adviser_id,
        DATE(Stage_Entered_Contacting__c) AS contact_date,
        DATE(Stage_Entered_Call_Scheduled__c) AS scheduled_date
    FROM SavvyGTMData.Lead
    WHERE Stage_Entered_Contacting__c IS NOT NULL
    QUALIFY ROW_NUMBER() OVER (
        PARTITION BY Id
        ORDER BY LastModifiedDate DESC, Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c
    ) = 1
),
timed AS (
    SELECT
        lead_id,
        adviser_id,
        contact_date,
        CASE
            WHEN scheduled_date <= @as_of THEN DATE_DIFF(scheduled_date, contact_date, DAY)
        END AS days_to_call,
        DATE_DIFF(@as_of, contact_date, DAY) AS days_known
    FROM one_per_lead
),
judged AS (
    SELECT
        lead_id,
        adviser_id,
        contact_date,
        CASE
            WHEN days_known < @window_days THEN 'censored'
            WHEN days_to_call IS NULL THEN 'negative'
            WHEN days_to_call < 0 THEN 'invalid_timing'
            WHEN days_to_call <= @window_days THEN 'positive'
            ELSE 'late'
        END AS label_status
    FROM timed
)
SELECT
    lead_id,
    adviser_id,
    contact_date,
    CASE label_status
        WHEN 'positive' THEN 1
        WHEN 'negative' THEN 0
        WHEN 'late' THEN 0
    END AS label,
    label_status
FROM judged
