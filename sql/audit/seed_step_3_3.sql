-- Week 3 Validation Checkpoint 3.3: SMOTE/Class Balancing Validation
SELECT 
    'Class Imbalance Metrics' as metric_type,
    COUNT(*) as total_samples,
    COUNT(CASE WHEN target_label = 1 THEN 1 END) as positive_samples,
    COUNT(CASE WHEN target_label = 0 THEN 1 END) as negative_samples,
    ROUND(COUNT(CASE WHEN target_label = 1 THEN 1 END) / COUNT(*) * 100, 2) as positive_class_percent,
    ROUND(COUNT(CASE WHEN target_label = 0 THEN 1 END) / COUNT(CASE WHEN target_label = 1 THEN 1 END), 2) as imbalance_ratio
FROM (
    SELECT 
        sf.Id,
        CASE 
            WHEN sf.Stage_Entered_Call_Scheduled__c IS NOT NULL 
            AND DATE(sf.Stage_Entered_Call_Scheduled__c) <= DATE_ADD(DATE(sf.Stage_Entered_Contacting__c), INTERVAL 30 DAY)
            THEN 1 
            ELSE 0 
        END as target_label
    FROM `savvy-gtm-analytics.SavvyGTMData.Lead` sf
    WHERE sf.Stage_Entered_Contacting__c IS NOT NULL
        AND DATE(sf.Stage_Entered_Contacting__c) <= DATE_SUB(CURRENT_DATE(), INTERVAL 30 DAY)
);
