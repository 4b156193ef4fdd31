//! A custom field.

use super::xml::Document;

/// Longest API name, `__c` included.
pub const LONGEST_NAME: usize = 43;
/// Longest help text.
pub const LONGEST_HELP: usize = 510;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A number: all digits together, and those behind the point.
    Number {
        /// Digits before and behind the point together, 18 at most.
        precision: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// A line of text.
    Text {
        /// Characters, 255 at most.
        length: u16,
    },
    /// A line of text that no two records share, by which records can be found.
    Key {
        /// Characters, 255 at most.
        length: u16,
    },
    /// Text of several lines.
    LongText {
        /// Characters, 256 to 131,072.
        length: u32,
    },
    /// One of some values.
    Picklist(Vec<String>),
    /// A calendar day.
    Date,
    /// A moment.
    DateTime,
    /// Yes or no.
    Checkbox,
}

impl Kind {
    /// Its name for people: `Number(5,4)`.
    pub fn words(&self) -> String {
        match self {
            // Salesforce's screens count digits before the point.
            Kind::Number { precision, scale } => {
                format!("Number({},{scale})", precision.saturating_sub(*scale))
            }
            Kind::Text { length } => format!("Text({length})"),
            Kind::Key { length } => format!("Text({length}), external id, unique"),
            Kind::LongText { length } => format!("Long Text Area({length})"),
            Kind::Picklist(_) => "Picklist".into(),
            Kind::Date => "Date".into(),
            Kind::DateTime => "Date/Time".into(),
            Kind::Checkbox => "Checkbox".into(),
        }
    }

    /// Characters that the largest value takes.
    pub fn length(&self) -> u32 {
        match self {
            // A sign and a point come on top of the digits.
            Kind::Number { precision, scale } => u32::from(*precision) + 1 + u32::from(*scale > 0),
            Kind::Text { length } | Kind::Key { length } => u32::from(*length),
            Kind::LongText { length } => *length,
            Kind::Picklist(values) => {
                let longest = values.iter().map(|value| value.chars().count()).max();
                longest.unwrap_or_default() as u32
            }
            Kind::Date => 10,
            Kind::DateTime => 24,
            Kind::Checkbox => 5,
        }
    }
}

/// A custom field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// API name, ending in `__c`.
    pub api_name: String,
    /// What people read beside it, at most 40 characters.
    pub label: String,
    /// What it holds.
    pub kind: Kind,
    /// What people read when they point at it.
    pub help: String,
    /// What administrators read.
    pub description: String,
    /// Whether changes are kept in the field history.
    pub tracked: bool,
}

impl Field {
    /// What Salesforce would refuse, in words; empty where nothing.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let name = self.api_name.strip_suffix("__c");
        let well_formed = name.is_some_and(|name| {
            name.starts_with(|letter: char| letter.is_ascii_alphabetic())
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
                && !name.contains("__")
                && !name.ends_with('_')
        });
        if !well_formed || self.api_name.len() > LONGEST_NAME {
            faults.push(format!(
                "`{}` is no API name of a custom field",
                self.api_name
            ));
        }
        let mut longer = |what: &str, text: &str, most: usize| {
            if text.is_empty() || text.chars().count() > most {
                faults.push(format!(
                    "{}: {what} has 1 to {most} characters",
                    self.api_name
                ));
            }
        };
        longer("a label", &self.label, 40);
        longer("a help text", &self.help, LONGEST_HELP);
        longer("a description", &self.description, 1000);
        let fits = match &self.kind {
            Kind::Number { precision, scale } => (1..=18).contains(precision) && scale <= precision,
            Kind::Text { length } | Kind::Key { length } => (1..=255).contains(length),
            Kind::LongText { length } => (256..=131_072).contains(length),
            Kind::Picklist(values) => !values.is_empty(),
            Kind::Date | Kind::DateTime | Kind::Checkbox => true,
        };
        if !fits {
            faults.push(format!(
                "{}: {} is beyond the limits",
                self.api_name,
                self.kind.words()
            ));
        }
        faults
    }

    /// The file's name in `objects/<Object>/fields`.
    pub fn file_name(&self) -> String {
        format!("{}.field-meta.xml", self.api_name)
    }

    /// The file.
    pub fn xml(&self) -> String {
        let mut file = Document::new("CustomField");
        file.value("fullName", &self.api_name);
        if self.kind == Kind::Checkbox {
            file.value("defaultValue", false);
        }
        file.value("description", &self.description);
        let is_key = matches!(self.kind, Kind::Key { .. });
        if is_key {
            file.value("caseSensitive", false);
        }
        let is_plain = !matches!(
            self.kind,
            Kind::Checkbox
                | Kind::LongText { .. }
                | Kind::Picklist(_)
                | Kind::Date
                | Kind::DateTime
        );
        if is_plain {
            file.value("externalId", is_key);
        }
        file.value("inlineHelpText", &self.help);
        file.value("label", &self.label);
        match &self.kind {
            Kind::Text { length } | Kind::Key { length } => file.value("length", length),
            Kind::LongText { length } => file.value("length", length),
            Kind::Number { precision, .. } => file.value("precision", precision),
            _ => {}
        }
        let may_be_required = !matches!(self.kind, Kind::Checkbox | Kind::LongText { .. });
        if may_be_required {
            file.value("required", false);
        }
        if let Kind::Number { scale, .. } = &self.kind {
            file.value("scale", scale);
        }
        file.value("trackHistory", self.tracked);
        file.value("type", self.type_name());
        if is_plain {
            file.value("unique", is_key);
        }
        match &self.kind {
            Kind::LongText { .. } => file.value("visibleLines", 4),
            Kind::Picklist(values) => file.group("valueSet", |set| {
                set.value("restricted", true);
                set.group("valueSetDefinition", |definition| {
                    definition.value("sorted", false);
                    for value in values {
                        definition.group("value", |one| {
                            one.value("fullName", value);
                            one.value("default", false);
                            one.value("label", value);
                        });
                    }
                });
            }),
            _ => {}
        }
        file.done()
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Number { .. } => "Number",
            Kind::Text { .. } | Kind::Key { .. } => "Text",
            Kind::LongText { .. } => "LongTextArea",
            Kind::Picklist(_) => "Picklist",
            Kind::Date => "Date",
            Kind::DateTime => "DateTime",
            Kind::Checkbox => "Checkbox",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: Kind) -> Field {
        Field {
            api_name: "Lead_Score__c".into(),
            label: "Chance of a call".into(),
            kind,
            help: "Of 100 leads like this, how many agree & schedule".into(),
            description: "Written by leadrank".into(),
            tracked: true,
        }
    }

    #[test]
    fn a_number_is_written_with_its_digits() {
        let xml = field(Kind::Number {
            precision: 5,
            scale: 4,
        })
        .xml();
        for part in [
            "<fullName>Lead_Score__c</fullName>",
            "<precision>5</precision>",
            "<scale>4</scale>",
            "<trackHistory>true</trackHistory>",
            "agree &amp; schedule",
        ] {
            assert!(xml.contains(part), "{part} in {xml}");
        }
    }

    #[test]
    fn what_salesforce_refuses_is_named() {
        assert!(field(Kind::Date).faults().is_empty());
        let bad = Field {
            api_name: "9_Score__x__c".into(),
            help: "x".repeat(511),
            kind: Kind::Text { length: 256 },
            ..field(Kind::Date)
        };
        assert_eq!(bad.faults().len(), 3, "{:?}", bad.faults());
    }

    #[test]
    fn a_picklist_is_restricted_to_its_values() {
        let xml = field(Kind::Picklist(vec!["A".into(), "B".into()])).xml();
        assert!(xml.contains("<restricted>true</restricted>"));
        assert_eq!(xml.matches("<value>").count(), 2);
        assert!(!xml.contains("externalId"));
    }
}
