-- Day of contact of each lead, its row chosen as in 01_contacted_leads.
SELECT Id AS lead_id, DATE(Stage_Entered_Contacting__c) AS contact_date
FROM SavvyGTMData.Lead
WHERE Stage_Entered_Contacting__c IS NOT NULL
QUALIFY ROW_NUMBER() OVER (
    PARTITION BY Id
    ORDER BY LastModifiedDate DESC, Stage_Entered_Contacting__c, Stage_Entered_Call_Scheduled__c, FA_CRD__c
) = 1
