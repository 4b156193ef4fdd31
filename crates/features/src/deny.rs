//! Columns that can never be features: identities, protected attributes, and what
//! the CRM learns after contact (domain.md, "PII drop list" and "Fields read").

/// Denied columns, lower case.
const DENIED: &[&str] = &[
    // identities and places that name a person or firm
    "id",
    "full_prospect_id__c",
    "fa_crd__c",
    "repcrd",
    "riafirmcrd",
    "name",
    "firstname",
    "lastname",
    "fullname",
    "riafirmname",
    "rialegalfirmname",
    "company",
    "title",
    "titlecategories",
    "email",
    "email_businesstype",
    "email_personaltype",
    "phone",
    "mobilephone",
    "mobile_phone_2__c",
    "socialmedia_linkedin",
    "linkedin_profile_apollo__c",
    "personalwebpage",
    "firmwebsite",
    "address",
    "city",
    "state",
    "home_address1",
    "branch_geolocationurl",
    "branch_city",
    "home_city",
    "branch_county",
    "home_county",
    "branch_zipcode",
    "home_zipcode",
    "branch_latitude",
    "branch_longitude",
    "home_latitude",
    "home_longitude",
    "home_metropolitanarea",
    // protected, or text that stands for a person
    "gender",
    "education",
    "licenses",
    "regulatorydisclosures",
    "breakawayrep",
    "notes",
    "brochure_keywords",
    "customkeywords",
    // known only after contact, or the outcome itself
    "stage_entered_new__c",
    "stage_entered_contacting__c",
    "stage_entered_replied__c",
    "stage_entered_call_scheduled__c",
    "stage_entered_closed__c",
    "stage_before_closed_or_conversion__c",
    "status",
    "disposition__c",
    "last_prospecting_step__c",
    "lastactivitydate",
    "lastmodifieddate",
    "isconverted",
    "converteddate",
    "convertedopportunityid",
    "total_firm_aum__c",
    "years_as_a_rep__c",
    "years_at_firm__c",
    "personal_aum__c",
    "estimated_transferable_aum__c",
    "transferability_probability__c",
    "days_to_call",
    "days_to_conversion",
    // another model's opinion, and load metadata
    "savvy_lead_score__c",
    "snapshot_as_of",
    "facts_as_of",
    "processed_at",
    "loaded_at",
    "source_file",
    "source_line",
];

/// Whether a column can never be a feature; names compare without case.
pub fn is_denied(column: &str) -> bool {
    DENIED.contains(&column.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_feature_is_denied_and_known_leaks_are() {
        for feature in crate::catalog() {
            assert!(!is_denied(feature.name), "{}", feature.name);
        }
        for leak in [
            "Total_Firm_AUM__c",
            "Gender",
            "RepCRD",
            "Savvy_Lead_Score__c",
            "ConvertedDate",
        ] {
            assert!(is_denied(leak), "{leak}");
        }
    }
}
