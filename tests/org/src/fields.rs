//! The objects of the org and the types of their fields.

use serde_json::{Value, json};

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Text of so many characters.
    Text(usize),
    /// Text no two records share.
    UniqueText(usize),
    /// Digits before the point, digits behind it.
    Number(u32, u32),
    /// Dollars.
    Currency,
    /// One of these.
    Picklist(Vec<String>),
    /// Yes or no.
    Checkbox,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// An id of a record.
    Reference,
}

impl Type {
    /// The type's name in `describe`.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Type::Text(length) if *length > 255 => "textarea",
            Type::Text(_) | Type::UniqueText(_) => "string",
            Type::Number(..) => "double",
            Type::Currency => "currency",
            Type::Picklist(_) => "picklist",
            Type::Checkbox => "boolean",
            Type::Date => "date",
            Type::DateTime => "datetime",
            Type::Reference => "reference",
        }
    }
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// API name.
    pub name: String,
    /// What it holds.
    pub kind: Type,
    /// Whether it may be written.
    pub updateable: bool,
}

impl Field {
    /// A field that may be written.
    pub fn new(name: &str, kind: Type) -> Self {
        Field {
            name: name.to_owned(),
            kind,
            updateable: true,
        }
    }

    /// A field from its `*.field-meta.xml`; none of a type that is not known here.
    pub fn from_metadata(xml: &str) -> Option<Self> {
        let tag = |name: &str| {
            let (_, rest) = xml.split_once(&format!("<{name}>"))?;
            Some(rest.split_once(&format!("</{name}>"))?.0)
        };
        let number = |name: &str| tag(name).and_then(|text| text.parse::<u32>().ok());
        let kind = match tag("type")? {
            "Number" => {
                let (precision, scale) = (number("precision")?, number("scale")?);
                Type::Number(precision.checked_sub(scale)?, scale)
            }
            "Text" if tag("unique") == Some("true") => Type::UniqueText(number("length")? as usize),
            "Text" | "LongTextArea" => Type::Text(number("length")? as usize),
            "Picklist" => {
                let values = xml.split("<value>").skip(1);
                let names = values.filter_map(|part| {
                    let (_, rest) = part.split_once("<fullName>")?;
                    Some(rest.split_once("</fullName>")?.0.to_owned())
                });
                Type::Picklist(names.collect())
            }
            "Checkbox" => Type::Checkbox,
            "Date" => Type::Date,
            "DateTime" => Type::DateTime,
            _ => return None,
        };
        Some(Field::new(tag("fullName")?, kind))
    }

    fn fixed(name: &str, kind: Type) -> Self {
        Field {
            updateable: false,
            ..Field::new(name, kind)
        }
    }

    /// The field as `describe` shows it.
    pub(crate) fn described(&self) -> Value {
        let (length, precision, scale) = match &self.kind {
            Type::Text(length) | Type::UniqueText(length) => (*length, 0, 0),
            Type::Number(before, behind) => (0, before + behind, *behind),
            Type::Currency => (0, 18, 2),
            Type::Reference => (18, 0, 0),
            _ => (0, 0, 0),
        };
        let values = match &self.kind {
            Type::Picklist(values) => values
                .iter()
                .map(|value| json!({ "value": value, "label": value, "active": true }))
                .collect(),
            _ => Vec::new(),
        };
        let is_key = matches!(self.kind, Type::UniqueText(_));
        json!({
            "name": self.name,
            "label": self.name.trim_end_matches("__c").replace('_', " "),
            "type": self.kind.name(),
            "length": length,
            "precision": precision,
            "scale": scale,
            "updateable": self.updateable,
            "createable": self.updateable,
            "nillable": true,
            "custom": self.name.ends_with("__c"),
            "externalId": is_key,
            "unique": is_key,
            "picklistValues": values,
            "restrictedPicklist": matches!(self.kind, Type::Picklist(_)),
        })
    }
}

/// The objects that the org knows, with the prefixes of their ids.
pub(crate) const OBJECTS: [(&str, &str); 4] = [
    ("Lead", "00Q"),
    ("Task", "00T"),
    ("User", "005"),
    ("Opportunity", "006"),
];

/// The prefix of an object's ids.
pub(crate) fn prefix(object: &str) -> Option<&'static str> {
    let found = OBJECTS.iter().find(|(name, _)| *name == object);
    found.map(|(_, prefix)| *prefix)
}

/// What a record can't be made without.
pub(crate) fn required(object: &str) -> &'static [&'static str] {
    match object {
        "Lead" => &["LastName", "Company"],
        "Opportunity" => &["Name", "StageName"],
        _ => &[],
    }
}

/// Where a relation of an object leads: the field with the id, and the object.
pub(crate) fn relation(object: &str, name: &str) -> Option<(&'static str, &'static str)> {
    let known: &[(&str, &str, &str, &str)] = &[
        ("Lead", "Owner", "OwnerId", "User"),
        (
            "Lead",
            "ConvertedOpportunity",
            "ConvertedOpportunityId",
            "Opportunity",
        ),
        ("Task", "Owner", "OwnerId", "User"),
        ("Task", "Who", "WhoId", "Lead"),
    ];
    let found = known
        .iter()
        .find(|(of, relation, ..)| *of == object && relation.eq_ignore_ascii_case(name));
    found.map(|(_, _, id, target)| (*id, *target))
}

/// The fields that an object has from the start: those that leadrank reads, and the system's.
pub(crate) fn of(object: &str) -> Vec<Field> {
    let text = |name: &str| Field::new(name, Type::Text(255));
    let moment = |name: &str| Field::new(name, Type::DateTime);
    let yes = |name: &str| Field::new(name, Type::Checkbox);
    let number = |name: &str| Field::new(name, Type::Number(16, 2));
    let own = match object {
        "Lead" => [
            [
                "FirstName",
                "LastName",
                "Company",
                "Title",
                "Email",
                "MobilePhone",
                "City",
                "State",
                "Status",
                "LeadSource",
                "FA_CRD__c",
                "Full_Prospect_ID__c",
                "Disposition__c",
                "Last_Prospecting_Step__c",
                "Lead_List_Name__c",
                "External_Agency__c",
                "Conversion_Channel__c",
                "Experimentation_Tag__c",
                "Marketing_Cohort_Name__c",
                "Stage_Before_Closed_or_Conversion__c",
                "LinkedIn_Profile_Apollo__c",
                "Mobile_Phone_2__c",
                "Address",
            ]
            .map(text)
            .to_vec(),
            [
                "Stage_Entered_New__c",
                "Stage_Entered_Contacting__c",
                "Stage_Entered_Replied__c",
                "Stage_Entered_Call_Scheduled__c",
                "Stage_Entered_Closed__c",
            ]
            .map(moment)
            .to_vec(),
            [
                "Total_Firm_AUM__c",
                "Savvy_Lead_Score__c",
                "Years_as_a_Rep__c",
                "Years_at_Firm__c",
                "Personal_AUM__c",
                "Estimated_Transferable_AUM__c",
                "Transferability_Probability__c",
            ]
            .map(number)
            .to_vec(),
            vec![
                yes("DoNotCall"),
                Field::fixed("IsConverted", Type::Checkbox),
                Field::fixed("ConvertedDate", Type::Date),
                Field::fixed("ConvertedOpportunityId", Type::Reference),
                Field::fixed("LastActivityDate", Type::Date),
                Field::fixed("Name", Type::Text(121)),
                Field::new("OwnerId", Type::Reference),
                Field::new("CampaignId", Type::Reference),
            ],
        ]
        .concat(),
        "Task" => vec![
            Field::new("WhoId", Type::Reference),
            Field::new("OwnerId", Type::Reference),
            text("Type"),
            text("TaskSubtype"),
            text("Status"),
            Field::new("ActivityDate", Type::Date),
            Field::new("CallDurationInSeconds", Type::Number(8, 0)),
        ],
        "User" => vec![text("Name"), yes("IsActive"), yes("IsSGA__c")],
        "Opportunity" => vec![
            Field::new("Amount", Type::Currency),
            text("StageName"),
            text("Name"),
        ],
        _ => Vec::new(),
    };
    let system = [
        Field::fixed("Id", Type::Reference),
        Field::fixed("CreatedDate", Type::DateTime),
        Field::fixed("LastModifiedDate", Type::DateTime),
        Field::fixed("SystemModstamp", Type::DateTime),
        Field::fixed("IsDeleted", Type::Checkbox),
    ];
    system.into_iter().chain(own).collect()
}
