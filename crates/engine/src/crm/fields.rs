//! The fields that a lead's score is written to (domain.md, "Fields written back", and the
//! conventions of the field).

use leadrank_salesforce::sfdx::{Field, Kind};
use leadrank_salesforce::sync::Schema;

use super::display::DISPLAY;

/// The field of each row's key.
pub const KEY: &str = "Score_Key__c";

/// Fields whose new value alone is no reason to write a lead again: when it was scored, and what
/// changed the last time something did.
pub const STAMPS: [&str; 4] = [
    "Scored_At__c",
    "Score_As_Of__c",
    "Score_Trend__c",
    "Score_Change__c",
];

/// Characters of a line of text.
const LINE: u16 = 255;

/// All fields, in the order of columns: the score's own, then the facts that are shown beside it.
pub fn all() -> Vec<Field> {
    let display = DISPLAY.iter().map(super::display::Display::field);
    own().into_iter().chain(display).collect()
}

/// What a sync writes.
pub fn schema() -> Schema {
    Schema::new("Lead", &all(), KEY, &STAMPS)
}

fn own() -> Vec<Field> {
    let words = |values: &[&str]| Kind::Picklist(values.iter().map(|&v| v.to_owned()).collect());
    let line = || Kind::Text { length: LINE };
    let mut fields = vec![
        field(
            "Lead_Score__c",
            "Chance of a call",
            Kind::Number {
                precision: 5,
                scale: 4,
            },
            "Of 1 lead like this, how many schedule a call within 30 days: 0.05 means 5 of 100. Compare leads by it; do not expect a single lead to keep to it.",
        ),
        field(
            "Lead_Score_Percentile__c",
            "Better than … of 100 leads",
            Kind::Number {
                precision: 3,
                scale: 0,
            },
            "How many of 100 leads on the call list have a lower score. 100 is the best.",
        ),
        field(
            "Lead_Tier__c",
            "Tier",
            words(&["A", "B", "C", "Do not call"]),
            "A: call today. B: call next. C: when there is time. Do not call: leave out; the caution says why.",
        ),
        field(
            "Lead_Rank__c",
            "Place in the call order",
            Kind::Number {
                precision: 7,
                scale: 0,
            },
            "1 is called first. Only leads of tiers A and B have a place.",
        ),
    ];
    for place in 1..=5 {
        fields.push(field(
            &format!("Score_Driver_{place}__c"),
            &format!("Reason {place}"),
            line(),
            "What speaks for calling this lead, strongest first. It goes together with calls in the past; it need not be their cause.",
        ));
    }
    fields.extend([
        field(
            "Score_Caution__c",
            "Caution",
            line(),
            "What speaks against this lead, what is not known, or why it should not be called.",
        ),
        field(
            "Score_Narrative__c",
            "Why this lead",
            Kind::LongText { length: 2000 },
            "The lead in a sentence or two, for reading just before you dial.",
        ),
        field(
            "Score_Trend__c",
            "Trend",
            words(&["Up", "Steady", "Down", "New"]),
            "Whether the chance rose or fell by a tenth or more of itself since the score before. New: scored for the first time.",
        ),
        field(
            "Score_Change__c",
            "Why it changed",
            line(),
            "Whether news about the lead, a new model or a new calibration moved the score.",
        ),
        field(
            "Score_Model_Version__c",
            "Model",
            Kind::Text { length: 80 },
            "Which model made the score. Quote it when you ask about a score.",
        ),
        field(
            "Scored_At__c",
            "Scored at",
            Kind::DateTime,
            "When the score was made.",
        ),
        field(
            "Score_As_Of__c",
            "Known up to",
            Kind::Date,
            "The score rests on what was known up to this day.",
        ),
        field(
            "Score_Data_Date__c",
            "Vendor data of",
            Kind::Date,
            "First day of the month that the facts about the advisor and the firm are from. Empty: no vendor record was found.",
        ),
        field(
            "Score_Status__c",
            "State of the score",
            words(&["fresh", "stale", "fallback"]),
            "fresh: recent vendor data. stale: old vendor data. fallback: no vendor record matched, so the score knows little.",
        ),
        field(
            "Score_Peer_Rate__c",
            "Rate of similar firms' leads",
            Kind::Number { precision: 5, scale: 4 },
            "How many of the leads at firms of this size scheduled a call in the past. What this lead is compared with.",
        ),
        field(
            KEY,
            "Score key",
            Kind::Key { length: 64 },
            "Tells this score from every other. Used to check that what was sent has arrived.",
        ),
    ]);
    fields
}

fn field(api_name: &str, label: &str, kind: Kind, help: &str) -> Field {
    Field {
        api_name: api_name.to_owned(),
        label: label.to_owned(),
        kind,
        help: help.to_owned(),
        description: "Written by leadrank; do not edit by hand.".to_owned(),
        tracked: matches!(api_name, "Lead_Score__c" | "Lead_Tier__c"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn salesforce_takes_every_field() {
        let fields = all();
        for field in &fields {
            assert_eq!(field.faults(), Vec::<String>::new());
        }
        let names: BTreeSet<&str> = fields.iter().map(|field| field.api_name.as_str()).collect();
        assert_eq!(names.len(), fields.len());
        for stamp in STAMPS {
            assert!(names.contains(stamp), "{stamp}");
        }
        let schema = schema();
        assert_eq!(schema.names().len(), fields.len());
        assert_eq!(schema.names().last().map(String::as_str), Some(KEY));
    }
}
