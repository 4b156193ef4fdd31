//! What is to be written, and where it fits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::value::Value;
use crate::sfdx::{Field, Kind};

/// Letters of a key.
const KEY_LENGTH: usize = 32;
/// What the key's field holds.
pub(crate) static KEY_KIND: Kind = Kind::Key {
    length: KEY_LENGTH as u16,
};

/// A field that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// API name.
    pub api_name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a new value of it alone makes no change worth writing: when and as of when.
    pub is_stamp: bool,
}

/// The fields that are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The object, such as `Lead`.
    pub object: String,
    /// Its fields, in the order of columns.
    pub slots: Vec<Slot>,
    /// The field that takes each row's key, by which an outcome is read back.
    pub key_field: String,
}

impl Schema {
    /// The schema of `fields`; those named in `stamps` are stamps.
    pub fn new(object: &str, fields: &[Field], key_field: &str, stamps: &[&str]) -> Self {
        let slots = fields.iter().filter(|field| field.api_name != key_field);
        Schema {
            object: object.to_owned(),
            slots: slots
                .map(|field| Slot {
                    api_name: field.api_name.clone(),
                    kind: field.kind.clone(),
                    is_stamp: stamps.contains(&field.api_name.as_str()),
                })
                .collect(),
            key_field: key_field.to_owned(),
        }
    }

    /// All API names that are written, the key's last.
    pub fn names(&self) -> Vec<String> {
        let names = self.slots.iter().map(|slot| slot.api_name.clone());
        names.chain([self.key_field.clone()]).collect()
    }

    /// What a field holds; what is no slot is the key's.
    pub(crate) fn kind(&self, name: &str) -> &Kind {
        self.slot(name).map_or(&KEY_KIND, |slot| &slot.kind)
    }

    /// Whether a new value of this field alone makes no change worth writing.
    pub(crate) fn is_stamp(&self, name: &str) -> bool {
        self.slot(name).is_some_and(|slot| slot.is_stamp)
    }

    fn slot(&self, name: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.api_name == name)
    }
}

/// A record and the values it should have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its id; of 15 characters, as reports of Salesforce give it, or 18.
    pub id: String,
    /// Values by API name; a field of the schema that is not named is left alone.
    pub values: BTreeMap<String, Value>,
}

/// An id as the API gives it, with 18 characters. The last three say which of the first 15 are
/// capitals, five each, so that it holds where letters' case is lost. None where it is no id.
pub(super) fn whole_id(id: &str) -> Option<String> {
    let is_well_formed = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match id.len() {
        18 if is_well_formed => Some(id.to_owned()),
        15 if is_well_formed => {
            let marks = id.as_bytes().chunks(5).map(|five| {
                let capitals = (0_u8..)
                    .zip(five)
                    .filter(|(_, letter)| letter.is_ascii_uppercase());
                match capitals.map(|(place, _)| 1_u8 << place).sum::<u8>() {
                    letter @ 0..26 => char::from(b'A' + letter),
                    digit => char::from(b'0' + (digit - 26)),
                }
            });
            Some(id.chars().chain(marks).collect())
        }
        _ => None,
    }
}

/// A value that was made to fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The record.
    pub id: String,
    /// The field.
    pub field: String,
    /// What was done.
    pub what: String,
}

impl Row {
    /// The row with values as their fields can hold them.
    pub fn fitted(self, schema: &Schema, notes: &mut Vec<Note>) -> Self {
        let Row { id, values } = self;
        let fitted = values.into_iter().map(|(field, value)| {
            let (value, what) = value.fitted(schema.kind(&field));
            if let Some(what) = what {
                notes.push(Note {
                    id: id.clone(),
                    field: field.clone(),
                    what,
                });
            }
            (field, value)
        });
        let values = fitted.collect();
        Row { id, values }
    }

    /// What tells this row with these values from every other: the beginning of the SHA-256 of
    /// its id and of all values but stamps, in hexadecimal.
    pub fn key(&self, schema: &Schema) -> String {
        let mut hash = Sha256::new();
        hash.update(self.id.as_bytes());
        for (name, value) in &self.values {
            if schema.is_stamp(name) {
                continue;
            }
            let cell = value.cell(schema.kind(name));
            // Lengths before contents: no two rows are written alike.
            hash.update(format!("\n{}:{name}={}:{cell}", name.len(), cell.len()));
        }
        let digest = hash.finalize();
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        hex[..KEY_LENGTH].to_owned()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn schema() -> Schema {
        let slot = |name: &str, kind, is_stamp| Slot {
            api_name: name.into(),
            kind,
            is_stamp,
        };
        Schema {
            object: "Lead".into(),
            slots: vec![
                slot(
                    "Lead_Score__c",
                    Kind::Number {
                        precision: 5,
                        scale: 4,
                    },
                    false,
                ),
                slot("Score_Narrative__c", Kind::LongText { length: 300 }, false),
                slot("Scored_At__c", Kind::DateTime, true),
            ],
            key_field: "Score_Key__c".into(),
        }
    }

    pub(crate) fn row(id: u32, score: f64) -> Row {
        Row {
            id: format!("00Q{id:012}AAA"),
            values: BTreeMap::from([
                ("Lead_Score__c".into(), Value::Number(score)),
                (
                    "Score_Narrative__c".into(),
                    Value::Text(format!("scored {score}, \"fine\"")),
                ),
            ]),
        }
    }

    #[test]
    fn ids_of_reports_are_made_whole() {
        let whole = |id: &str| whole_id(id);
        assert_eq!(
            whole("001A0000006Vm9r").as_deref(),
            Some("001A0000006Vm9rIAC")
        );
        assert_eq!(
            whole("00QABCDEFGHIJKL").as_deref(),
            Some("00QABCDEFGHIJKL255")
        );
        assert_eq!(
            whole("001A0000006Vm9rIAC").as_deref(),
            Some("001A0000006Vm9rIAC")
        );
        assert_eq!(whole("00Q00000000000'"), None);
        assert_eq!(whole("00Q1"), None);
    }

    #[test]
    fn a_key_changes_with_values_and_id_and_not_with_stamps() {
        let schema = schema();
        let one = row(1, 0.05);
        assert_eq!(one.key(&schema).len(), 32);
        assert_ne!(one.key(&schema), row(1, 0.06).key(&schema));
        assert_ne!(one.key(&schema), row(2, 0.05).key(&schema));
        let mut stamped = one.clone();
        let moment = chrono::DateTime::UNIX_EPOCH;
        stamped
            .values
            .insert("Scored_At__c".into(), Value::DateTime(moment));
        assert_eq!(one.key(&schema), stamped.key(&schema));
        // As it will be stored: digits beyond the field's make no difference.
        let mut notes = Vec::new();
        let finer = row(1, 0.050_001).fitted(&schema, &mut notes);
        let mut same = one;
        same.values.insert(
            "Score_Narrative__c".into(),
            finer.values["Score_Narrative__c"].clone(),
        );
        assert_eq!(finer.key(&schema), same.key(&schema));
        assert!(notes.is_empty());
    }
}
