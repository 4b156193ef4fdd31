-- The last day on which anything happened in the lead file.
SELECT MAX(day) AS last_day
FROM (
    SELECT MAX(DATE(CreatedDate)) AS day FROM SavvyGTMData.Lead
    UNION ALL
    SELECT MAX(DATE(Stage_Entered_Contacting__c)) AS day FROM SavvyGTMData.Lead
    UNION ALL
    SELECT MAX(DATE(Stage_Entered_Call_Scheduled__c)) AS day FROM SavvyGTMData.Lead
) events
