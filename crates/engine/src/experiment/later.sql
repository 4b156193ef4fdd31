-- Leads of which the file tells something later than the day after @day, and all leads.
SELECT
    COUNT(DISTINCT Id) AS leads,
    COUNT(DISTINCT IF(
        DATE_SUB(DATE(Stage_Entered_Contacting__c), INTERVAL 1 DAY) > @day
        OR DATE_SUB(DATE(Stage_Entered_Call_Scheduled__c), INTERVAL 1 DAY) > @day
        OR DATE_SUB(DATE(Stage_Entered_Closed__c), INTERVAL 1 DAY) > @day,
        Id, NULL)) AS later
FROM SavvyGTMData.Lead
