-- The last day up to @day of which the lead file tells anything.
SELECT MAX(day) AS last_day
FROM (
    SELECT DATE(CreatedDate) AS day FROM SavvyGTMData.Lead
    UNION ALL
    SELECT DATE(Stage_Entered_Contacting__c) AS day FROM SavvyGTMData.Lead
    UNION ALL
    SELECT DATE(Stage_Entered_Call_Scheduled__c) AS day FROM SavvyGTMData.Lead
) events
WHERE day <= @day
