//! The parts of the SFDX project that are written by hand: they lie in `salesforce/` of this
//! repository and travel in the binary. Their tests and the preview stay behind.

macro_rules! by_hand {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../../salesforce/", $path)))),+]
    };
}

/// Path within the project, and text.
pub(super) const FILES: &[(&str, &str)] = by_hand![
    ".forceignore",
    "README.md",
    "force-app/main/default/classes/LeadScoreListController.cls",
    "force-app/main/default/classes/LeadScoreListController.cls-meta.xml",
    "force-app/main/default/classes/LeadScoreListControllerTest.cls",
    "force-app/main/default/classes/LeadScoreListControllerTest.cls-meta.xml",
    "force-app/main/default/flexipages/Lead_Scoring_Home.flexipage-meta.xml",
    "force-app/main/default/lwc/leadScoreCard/fields.js",
    "force-app/main/default/lwc/leadScoreCard/leadScoreCard.css",
    "force-app/main/default/lwc/leadScoreCard/leadScoreCard.html",
    "force-app/main/default/lwc/leadScoreCard/leadScoreCard.js",
    "force-app/main/default/lwc/leadScoreCard/leadScoreCard.js-meta.xml",
    "force-app/main/default/lwc/leadScoreFeedback/leadScoreFeedback.css",
    "force-app/main/default/lwc/leadScoreFeedback/leadScoreFeedback.html",
    "force-app/main/default/lwc/leadScoreFeedback/leadScoreFeedback.js",
    "force-app/main/default/lwc/leadScoreFeedback/leadScoreFeedback.js-meta.xml",
    "force-app/main/default/lwc/leadScoreFeedback/reasons.js",
    "force-app/main/default/lwc/leadScoreFormat/leadScoreFormat.js",
    "force-app/main/default/lwc/leadScoreFormat/leadScoreFormat.js-meta.xml",
    "force-app/main/default/lwc/todaysCallList/todaysCallList.css",
    "force-app/main/default/lwc/todaysCallList/todaysCallList.html",
    "force-app/main/default/lwc/todaysCallList/todaysCallList.js",
    "force-app/main/default/lwc/todaysCallList/todaysCallList.js-meta.xml",
    "force-app/main/default/objects/Lead/Lead.object-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/Lead_Score_Feedback__c.object-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Comment__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Helpful__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Lead__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Override_Reason__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Override_Tier__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Reason__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Score_Key__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/fields/Score_Model_Version__c.field-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/listViews/All.listView-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/validationRules/Another_Tier_Needs_A_Reason.validationRule-meta.xml",
    "force-app/main/default/objects/Lead_Score_Feedback__c/validationRules/Feedback_Says_Something.validationRule-meta.xml",
    "force-app/main/default/reportTypes/Leads_with_Score_Feedback.reportType-meta.xml",
    "sfdx-project.json",
];
