//! Exports of the four Salesforce objects, by their API names.

use super::{Column, Contract, FileKind, Kind, MOST_DOLLARS, Unit, text, years};

const fn moment(name: &'static str) -> Column {
    Column::new(name, Kind::Timestamp)
}

const fn day(name: &'static str) -> Column {
    Column::new(name, Kind::Date)
}

const fn yes(name: &'static str) -> Column {
    Column::new(name, Kind::Boolean)
}

const fn dollars(name: &'static str) -> Column {
    Column::number(name, Kind::Float, Unit::Dollars, 0.0, MOST_DOLLARS)
}

const fn id() -> Column {
    text("Id").key()
}

/// Leads: who was contacted, when, and what came of it.
pub(super) static LEAD: Contract = Contract {
    kind: FileKind::Lead,
    columns: &[
        id(),
        Column::new("FA_CRD__c", Kind::Crd).personal(),
        text("Full_Prospect_ID__c"),
        moment("CreatedDate"),
        moment("Stage_Entered_New__c"),
        moment("Stage_Entered_Contacting__c"),
        moment("Stage_Entered_Replied__c"),
        moment("Stage_Entered_Call_Scheduled__c"),
        moment("Stage_Entered_Closed__c"),
        text("Stage_Before_Closed_or_Conversion__c"),
        text("Status"),
        text("Disposition__c"),
        text("Last_Prospecting_Step__c"),
        day("LastActivityDate"),
        moment("LastModifiedDate"),
        yes("IsConverted"),
        day("ConvertedDate"),
        text("ConvertedOpportunityId"),
        text("LeadSource"),
        text("Lead_List_Name__c"),
        text("External_Agency__c"),
        text("Conversion_Channel__c"),
        text("Experimentation_Tag__c"),
        text("utm_source__c"),
        text("utm_medium__c"),
        text("utm_campaign__c"),
        text("utm_term__c"),
        text("utm_content__c"),
        text("Marketing_Cohort_Name__c"),
        text("CampaignId"),
        text("OwnerId"),
        yes("DoNotCall"),
        dollars("Total_Firm_AUM__c"),
        years("Years_as_a_Rep__c"),
        years("Years_at_Firm__c"),
        dollars("Personal_AUM__c"),
        dollars("Estimated_Transferable_AUM__c"),
        // Typed in by people, as words or as numbers.
        text("Transferability_Probability__c"),
        Column::new("Savvy_Lead_Score__c", Kind::Float),
    ],
    left_out: &[
        "Name",
        "FirstName",
        "MiddleName",
        "LastName",
        "Salutation",
        "Suffix",
        "Company",
        "Title",
        "Email",
        "Phone",
        "Fax",
        "MobilePhone",
        "Mobile_Phone_2__c",
        "LinkedIn_Profile_Apollo__c",
        "Website",
        "Address",
        "Street",
        "City",
        "State",
        "StateCode",
        "PostalCode",
        "Country",
        "CountryCode",
        "Latitude",
        "Longitude",
        "Description",
        "Owner.Name",
    ],
    // An export can hold a lead in an old and a new state; which one counts is for
    // the label rule to say, by its last change.
    repeats: true,
    needs_rows: true,
};

/// Tasks: calls and messages, one row each.
pub(super) static TASK: Contract = Contract {
    kind: FileKind::Task,
    columns: &[
        id(),
        text("WhoId"),
        text("OwnerId"),
        text("Type"),
        text("TaskSubtype"),
        text("Status"),
        moment("CreatedDate"),
        day("ActivityDate"),
        // A call is shorter than a week.
        Column::number(
            "CallDurationInSeconds",
            Kind::Integer,
            Unit::Seconds,
            0.0,
            604_800.0,
        ),
    ],
    left_out: &["Subject", "Description"],
    repeats: false,
    needs_rows: false,
};

/// Users: who dials, and whether they still do.
pub(super) static USER: Contract = Contract {
    kind: FileKind::User,
    columns: &[
        id(),
        text("Name").personal(),
        yes("IsActive"),
        yes("IsSGA__c"),
    ],
    left_out: &[
        "FirstName",
        "LastName",
        "Email",
        "Username",
        "Phone",
        "MobilePhone",
    ],
    repeats: false,
    needs_rows: false,
};

/// Opportunities: what converted leads are worth.
pub(super) static OPPORTUNITY: Contract = Contract {
    kind: FileKind::Opportunity,
    columns: &[
        id(),
        dollars("Amount"),
        moment("CreatedDate"),
        text("StageName"),
    ],
    left_out: &["Name", "Description"],
    repeats: false,
    needs_rows: false,
};
