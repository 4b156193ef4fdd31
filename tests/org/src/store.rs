//! Typed records, the rules of writing them, and a log of what was written.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

use crate::fields::{self, Field, Type};

/// One write of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The object.
    pub object: String,
    /// The record.
    pub id: String,
    /// The values that were set.
    pub values: Map<String, Value>,
}

/// A refusal of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) fields: Vec<String>,
}

impl Refusal {
    pub(crate) fn new(code: &str, message: impl Into<String>, fields: &[&str]) -> Self {
        Refusal {
            code: code.to_owned(),
            message: message.into(),
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
        }
    }
}

/// An object with its records by id.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) fields: Vec<Field>,
    pub(crate) records: BTreeMap<String, Map<String, Value>>,
    /// Who holds which value of a field that no two records share.
    holders: BTreeMap<(String, String), String>,
    next: u64,
}

impl Object {
    /// The field of a name in any case.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// All objects.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) log: Vec<Write>,
}

impl Store {
    pub(crate) fn new(more_fields: &[(String, Field)]) -> Self {
        let objects = ["Lead", "Task", "User", "Opportunity"].map(|name| {
            let own = more_fields.iter().filter(|(object, _)| object == name);
            let own = own.map(|(_, field)| field.clone());
            let object = Object {
                fields: fields::of(name).into_iter().chain(own).collect(),
                ..Object::default()
            };
            (name.to_owned(), object)
        });
        Store {
            objects: objects.into(),
            log: Vec::new(),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Option<(&str, &Object)> {
        let found = self
            .objects
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(name, object)| (name.as_str(), object))
    }

    /// Puts a record in as it is, without rules: what the org holds from the start.
    pub(crate) fn put(
        &mut self,
        object: &str,
        mut values: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let prefix = fields::prefix(object)?;
        let of = self.objects.get_mut(object)?;
        let id = match values.get("Id").and_then(Value::as_str) {
            Some(id) => long_id(id),
            None => {
                of.next += 1;
                long_id(&format!("{prefix}{:012}", of.next))
            }
        };
        values.insert("Id".into(), id.clone().into());
        for field in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
            values.entry(field).or_insert_with(|| moment(now).into());
        }
        values.entry("IsDeleted").or_insert(Value::Bool(false));
        if object == "Lead" {
            values.entry("IsConverted").or_insert(Value::Bool(false));
        }
        of.records.insert(id.clone(), values);
        Some(id)
    }

    /// Updates a record by the rules of the API.
    pub(crate) fn update(
        &mut self,
        object: &str,
        id: &str,
        values: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let well_formed =
            matches!(id.len(), 15 | 18) && id.chars().all(|c| c.is_ascii_alphanumeric());
        if !well_formed {
            return Err(Refusal::new(
                "MALFORMED_ID",
                format!("bad id {id}"),
                &["Id"],
            ));
        }
        let id = long_id(id);
        let of = self.objects.get_mut(object).ok_or_else(|| {
            Refusal::new(
                "INVALID_TYPE",
                format!("sObject type '{object}' is not supported"),
                &[],
            )
        })?;
        let Some(record) = of.records.get(&id) else {
            return Err(Refusal::new(
                "INVALID_CROSS_REFERENCE_KEY",
                "invalid cross reference id",
                &[],
            ));
        };
        if record.get("IsDeleted") == Some(&Value::Bool(true)) {
            return Err(Refusal::new("ENTITY_IS_DELETED", "entity is deleted", &[]));
        }
        if object == "Lead" && record.get("IsConverted") == Some(&Value::Bool(true)) {
            return Err(Refusal::new(
                "CANNOT_UPDATE_CONVERTED_LEAD",
                "cannot reference converted lead",
                &[],
            ));
        }
        let mut changed = Map::new();
        for (name, value) in values {
            if name.eq_ignore_ascii_case("Id") || name == "attributes" {
                continue;
            }
            let Some(field) = of.field(name) else {
                return Err(Refusal::new(
                    "INVALID_FIELD",
                    format!("No such column '{name}' on sobject of type {object}"),
                    &[],
                ));
            };
            if !field.updateable {
                return Err(Refusal::new(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    format!(
                        "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
                        field.name
                    ),
                    &[&field.name],
                ));
            }
            let value = typed(field, value)?;
            if let (Type::UniqueText(_), Some(text)) = (&field.kind, value.as_str()) {
                let place = (field.name.clone(), text.to_owned());
                if let Some(other) = of.holders.get(&place).filter(|other| **other != id) {
                    let message = format!(
                        "duplicate value found: {} duplicates value on record with id: {}",
                        field.name,
                        &other[..15]
                    );
                    return Err(Refusal::new("DUPLICATE_VALUE", message, &[]));
                }
            }
            changed.insert(field.name.clone(), value);
        }
        let unique = of
            .fields
            .iter()
            .filter(|field| matches!(field.kind, Type::UniqueText(_)));
        for field in unique {
            let Some(value) = changed.get(&field.name) else {
                continue;
            };
            let record = of.records.get(&id);
            let old = record.and_then(|record| record.get(&field.name)?.as_str());
            if let Some(old) = old {
                of.holders.remove(&(field.name.clone(), old.to_owned()));
            }
            if let Some(text) = value.as_str() {
                let place = (field.name.clone(), text.to_owned());
                of.holders.insert(place, id.clone());
            }
        }
        let record = of.records.entry(id.clone()).or_default();
        record.extend(changed.clone());
        for field in ["LastModifiedDate", "SystemModstamp"] {
            record.insert(field.into(), moment(now).into());
        }
        self.log.push(Write {
            object: object.to_owned(),
            id: id.clone(),
            values: changed,
        });
        Ok(id)
    }

    /// Moves a record to the bin.
    pub(crate) fn delete(
        &mut self,
        object: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let id = long_id(id);
        let record = self
            .objects
            .get_mut(object)
            .and_then(|of| of.records.get_mut(&id));
        let Some(record) = record else {
            return Err(Refusal::new(
                "INVALID_CROSS_REFERENCE_KEY",
                "invalid cross reference id",
                &[],
            ));
        };
        if record.insert("IsDeleted".into(), Value::Bool(true)) == Some(Value::Bool(true)) {
            return Err(Refusal::new("ENTITY_IS_DELETED", "entity is deleted", &[]));
        }
        record.insert("SystemModstamp".into(), moment(now).into());
        Ok(())
    }
}

/// A value as its field takes it, or why not.
fn typed(field: &Field, value: &Value) -> Result<Value, Refusal> {
    let name = field.name.as_str();
    if value.is_null() || value.as_str() == Some("") {
        return Ok(match field.kind {
            Type::Checkbox => Value::Bool(false),
            _ => Value::Null,
        });
    }
    let bad_type = |wanted: &str| {
        let message = format!("{name}: value not of required type: {value}, {wanted}");
        Err(Refusal::new(
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
            message,
            &[name],
        ))
    };
    match &field.kind {
        Type::Text(most) | Type::UniqueText(most) => {
            let Some(text) = value.as_str() else {
                return bad_type("text");
            };
            if text.encode_utf16().count() > *most {
                let message = format!("{name}: data value too large: {text} (max length={most})");
                return Err(Refusal::new("STRING_TOO_LONG", message, &[name]));
            }
            Ok(value.clone())
        }
        Type::Number(before, behind) => {
            let number = value
                .as_f64()
                .or_else(|| value.as_str()?.trim().parse().ok());
            let Some(number) = number.filter(|number| number.is_finite()) else {
                return bad_type("a number");
            };
            if number.abs() >= 10_f64.powi(*before as i32) {
                let message =
                    format!("{name}: value outside of valid range on numeric field: {number}");
                return Err(Refusal::new("NUMBER_OUTSIDE_VALID_RANGE", message, &[name]));
            }
            let rounded: f64 = format!("{number:.*}", *behind as usize)
                .parse()
                .unwrap_or(number);
            Ok(rounded.into())
        }
        Type::Currency => {
            let number = value
                .as_f64()
                .or_else(|| value.as_str()?.trim().parse().ok());
            number.map_or_else(|| bad_type("a number"), |number| Ok(number.into()))
        }
        Type::Picklist(values) => match value.as_str() {
            Some(text) if values.iter().any(|known| known == text) => Ok(value.clone()),
            _ => {
                let message = format!("{name}: bad value for restricted picklist field: {value}");
                Err(Refusal::new(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    message,
                    &[name],
                ))
            }
        },
        Type::Checkbox => match (value.as_bool(), value.as_str()) {
            (Some(known), _) => Ok(Value::Bool(known)),
            (None, Some("true" | "TRUE" | "1")) => Ok(Value::Bool(true)),
            (None, Some("false" | "FALSE" | "0")) => Ok(Value::Bool(false)),
            _ => bad_type("true or false"),
        },
        Type::Date => match value.as_str().map(|text| text.parse::<NaiveDate>()) {
            Some(Ok(day)) => Ok(day.to_string().into()),
            _ => bad_type("a date"),
        },
        Type::DateTime => match value.as_str().and_then(read_moment) {
            Some(found) => Ok(moment(found).into()),
            None => bad_type("a date and time"),
        },
        Type::Reference => match value.as_str() {
            Some(id) if matches!(id.len(), 15 | 18) => Ok(long_id(id).into()),
            _ => bad_type("an id"),
        },
    }
}

/// Reads a moment in any of the spellings that are used.
pub(crate) fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|found| found.with_timezone(&Utc))
}

/// A moment as REST writes it.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// The 18 characters of an id of 15: a letter for each five says which of them are capitals.
pub(crate) fn long_id(id: &str) -> String {
    if id.len() != 15 || !id.is_ascii() {
        return id.to_owned();
    }
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    let suffix = id.as_bytes().chunks(5).map(|five| {
        let bits = five.iter().enumerate();
        let place: usize = bits
            .map(|(at, c)| usize::from(c.is_ascii_uppercase()) << at)
            .sum();
        char::from(LETTERS[place])
    });
    id.chars().chain(suffix).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_become_long_ones() {
        // Published example: 001A0000006Vm9r is 001A0000006Vm9rIAC.
        assert_eq!(long_id("001A0000006Vm9r"), "001A0000006Vm9rIAC");
    }

    #[test]
    fn values_have_to_fit() {
        let field = |kind| Field::new("X__c", kind);
        let code = |kind, value: Value| typed(&field(kind), &value).map_err(|refusal| refusal.code);
        assert_eq!(code(Type::Number(1, 4), 0.02404.into()), Ok(0.024.into()));
        assert_eq!(
            code(Type::Number(1, 4), 10.into()),
            Err("NUMBER_OUTSIDE_VALID_RANGE".into())
        );
        assert_eq!(
            code(Type::Text(3), "abcd".into()),
            Err("STRING_TOO_LONG".into())
        );
        assert_eq!(
            code(Type::Number(1, 0), "x".into()),
            Err("INVALID_TYPE_ON_FIELD_IN_RECORD".into())
        );
        let list = Type::Picklist(vec!["A".into()]);
        assert_eq!(
            code(list, "B".into()),
            Err("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST".into())
        );
        assert_eq!(
            code(Type::DateTime, "2025-12-31T08:00:00Z".into()),
            Ok("2025-12-31T08:00:00.000+0000".into())
        );
    }
}
