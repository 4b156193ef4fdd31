//! Typed records, the rules of writing them, and a log of what was written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::fields::{self, Field, Type};
use crate::values::{is_id, long_id, moment, typed};

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Made the record.
    Insert,
    /// Set fields of it.
    Update,
    /// Moved it to the bin.
    Delete,
}

/// One write of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The object.
    pub object: String,
    /// The record.
    pub id: String,
    /// What was done to it.
    pub operation: Operation,
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

    fn unknown_object(object: &str) -> Self {
        let message = format!("sObject type '{object}' is not supported");
        Refusal::new("INVALID_TYPE", message, &[])
    }
}

/// A record's values by the names of its fields.
pub(crate) type Record = Map<String, Value>;

/// An object with its records by id.
#[derive(Debug, Default)]
pub(crate) struct Object {
    pub(crate) fields: Vec<Field>,
    pub(crate) records: BTreeMap<String, Record>,
    /// Who holds which value of a field that no two records share; in small letters, since
    /// such values are the same in any case.
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

    /// The record of an id, unless it is in the bin.
    pub(crate) fn living(&self, id: &str) -> Option<&Record> {
        let record = self.records.get(&long_id(id));
        record.filter(|record| !is_deleted(record))
    }

    /// Who holds a value of a unique field.
    fn holder(&self, field: &str, value: &str) -> Option<&String> {
        self.holders.get(&(field.to_owned(), value.to_lowercase()))
    }

    /// Puts another state of a record (none: it is no more) into its place. Returns the old one.
    fn replace(&mut self, id: &str, record: Option<Record>) -> Option<Record> {
        let unique = self
            .fields
            .iter()
            .filter(|field| matches!(field.kind, Type::UniqueText(_)));
        let unique: Vec<String> = unique.map(|field| field.name.clone()).collect();
        let places = |record: &Record| -> Vec<(String, String)> {
            let held = unique.iter().filter_map(|name| {
                let text = record.get(name)?.as_str()?;
                Some((name.clone(), text.to_lowercase()))
            });
            held.collect()
        };
        let old = self.records.remove(id);
        for place in old.iter().flat_map(places) {
            self.holders.remove(&place);
        }
        if let Some(record) = record {
            // What lies in the bin holds nothing.
            if !is_deleted(&record) {
                for place in places(&record) {
                    self.holders.insert(place, id.to_owned());
                }
            }
            self.records.insert(id.to_owned(), record);
        }
        old
    }

    fn new_id(&mut self, prefix: &str) -> String {
        loop {
            self.next += 1;
            let id = long_id(&format!("{prefix}{:012}", self.next));
            if !self.records.contains_key(&id) {
                return id;
            }
        }
    }

    /// The values as the fields take them.
    fn checked(&self, object: &str, id: Option<&str>, values: &Record) -> Result<Record, Refusal> {
        let mut checked = Record::new();
        for (name, value) in values {
            if name.eq_ignore_ascii_case("Id") || name == "attributes" {
                continue;
            }
            let Some(field) = self.field(name) else {
                let message = format!("No such column '{name}' on sobject of type {object}");
                return Err(Refusal::new("INVALID_FIELD", message, &[]));
            };
            if !field.updateable {
                let message = format!(
                    "Unable to create/update fields: {}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.",
                    field.name
                );
                return Err(Refusal::new(
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    message,
                    &[&field.name],
                ));
            }
            let value = typed(field, value)?;
            if let (Type::UniqueText(_), Some(text)) = (&field.kind, value.as_str()) {
                let other = self.holder(&field.name, text);
                if let Some(other) = other.filter(|other| Some(other.as_str()) != id) {
                    let message = format!(
                        "duplicate value found: {} duplicates value on record with id: {}",
                        field.name,
                        &other[..15]
                    );
                    return Err(Refusal::new("DUPLICATE_VALUE", message, &[]));
                }
            }
            checked.insert(field.name.clone(), value);
        }
        Ok(checked)
    }
}

pub(crate) fn is_deleted(record: &Record) -> bool {
    record.get("IsDeleted") == Some(&Value::Bool(true))
}

/// All objects.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) objects: BTreeMap<String, Object>,
    pub(crate) log: Vec<Write>,
    /// What was there before each write, while all or nothing is to be kept.
    before: Option<Vec<(String, String, Option<Record>)>>,
}

impl Store {
    pub(crate) fn new(more_fields: &[(String, Field)]) -> Self {
        let objects = fields::OBJECTS.map(|(name, _)| {
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
            before: None,
        }
    }

    /// The object of a name in any case, with its own spelling.
    pub(crate) fn object(&self, name: &str) -> Option<(&str, &Object)> {
        let found = self
            .objects
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(name, object)| (name.as_str(), object))
    }

    fn object_mut(&mut self, name: &str) -> Result<(String, &mut Object), Refusal> {
        let found = self
            .objects
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(name, object)| (name.clone(), object))
            .ok_or_else(|| Refusal::unknown_object(name))
    }

    /// Puts a record in as it is, without rules: what the org holds from the start.
    pub(crate) fn put(
        &mut self,
        object: &str,
        mut values: Record,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let prefix = fields::prefix(object)?;
        let of = self.objects.get_mut(object)?;
        let id = match values.get("Id").and_then(Value::as_str) {
            Some(id) => long_id(id),
            None => of.new_id(prefix),
        };
        complete(object, &id, &mut values, now);
        of.replace(&id, Some(values));
        Some(id)
    }

    /// Sets a field by no rules, as somebody else would. Not in the log.
    pub(crate) fn set(
        &mut self,
        object: &str,
        id: &str,
        field: &str,
        value: Value,
        now: DateTime<Utc>,
    ) {
        let id = long_id(id);
        let Some(of) = self.objects.get_mut(object) else {
            return;
        };
        let Some(mut record) = of.records.get(&id).cloned() else {
            return;
        };
        record.insert(field.to_owned(), value);
        stamp(&mut record, now);
        of.replace(&id, Some(record));
    }

    /// Makes a record by the rules of the API.
    pub(crate) fn insert(
        &mut self,
        object: &str,
        values: &Record,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let (object, of) = self.object_mut(object)?;
        if values.keys().any(|name| name.eq_ignore_ascii_case("Id")) {
            return Err(Refusal::new(
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "cannot specify Id in an insert call",
                &["Id"],
            ));
        }
        let checked = of.checked(&object, None, values)?;
        let missing: Vec<&str> = fields::required(&object)
            .iter()
            .copied()
            .filter(|name| checked.get(*name).is_none_or(Value::is_null))
            .collect();
        if !missing.is_empty() {
            let message = format!("Required fields are missing: [{}]", missing.join(", "));
            return Err(Refusal::new("REQUIRED_FIELD_MISSING", message, &missing));
        }
        let prefix = fields::prefix(&object).unwrap_or_default();
        let id = of.new_id(prefix);
        let mut record = checked.clone();
        complete(&object, &id, &mut record, now);
        self.write(&object, &id, record, Operation::Insert, checked);
        Ok(id)
    }

    /// Updates a record by the rules of the API.
    pub(crate) fn update(
        &mut self,
        object: &str,
        id: &str,
        values: &Record,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let (object, of) = self.object_mut(object)?;
        let (id, mut record) = writable(of, &object, id)?;
        let checked = of.checked(&object, Some(&id), values)?;
        record.extend(checked.clone());
        stamp(&mut record, now);
        self.write(&object, &id, record, Operation::Update, checked);
        Ok(id)
    }

    /// Updates the record that holds a value of a unique field, or makes it. Returns its id and
    /// whether it was made.
    pub(crate) fn upsert(
        &mut self,
        object: &str,
        key_field: &str,
        values: &Record,
        now: DateTime<Utc>,
    ) -> Result<(String, bool), Refusal> {
        let (object, of) = self.object_mut(object)?;
        let key = values
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key_field));
        let key = key.and_then(|(_, value)| value.as_str()).unwrap_or("");
        if key_field.eq_ignore_ascii_case("Id") {
            return match key {
                "" => Ok((self.insert(&object, &without(values, "Id"), now)?, true)),
                id => Ok((self.update(&object, id, values, now)?, false)),
            };
        }
        let field = of.field(key_field);
        let Some(field) = field.filter(|field| matches!(field.kind, Type::UniqueText(_))) else {
            let message = format!(
                "Field name provided, {key_field} does not match an External ID, Salesforce Id, or indexed field for {object}"
            );
            return Err(Refusal::new("INVALID_FIELD", message, &[]));
        };
        if key.is_empty() {
            let message = format!("{} not specified", field.name);
            return Err(Refusal::new("MISSING_ARGUMENT", message, &[]));
        }
        match of.holder(&field.name, key).cloned() {
            Some(id) => Ok((self.update(&object, &id, values, now)?, false)),
            None => Ok((self.insert(&object, values, now)?, true)),
        }
    }

    /// Moves a record to the bin.
    pub(crate) fn delete(
        &mut self,
        object: &str,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<String, Refusal> {
        let (object, of) = self.object_mut(object)?;
        let (id, mut record) = present(of, id)?;
        record.insert("IsDeleted".into(), Value::Bool(true));
        stamp(&mut record, now);
        self.write(&object, &id, record, Operation::Delete, Record::new());
        Ok(id)
    }

    fn write(
        &mut self,
        object: &str,
        id: &str,
        record: Record,
        operation: Operation,
        values: Record,
    ) {
        let Some(of) = self.objects.get_mut(object) else {
            return;
        };
        let old = of.replace(id, Some(record));
        if let Some(before) = &mut self.before {
            before.push((object.to_owned(), id.to_owned(), old));
        }
        self.log.push(Write {
            object: object.to_owned(),
            id: id.to_owned(),
            operation,
            values,
        });
    }

    /// From here on writes can be taken back.
    pub(crate) fn begin(&mut self) {
        self.before = Some(Vec::new());
    }

    /// Keeps the writes since `begin`, or takes all of them back.
    pub(crate) fn end(&mut self, keep: bool) {
        let written = self.before.take().unwrap_or_default();
        if keep {
            return;
        }
        self.log.truncate(self.log.len() - written.len());
        for (object, id, old) in written.into_iter().rev() {
            if let Some(of) = self.objects.get_mut(&object) {
                of.replace(&id, old);
            }
        }
    }
}

/// The record of an id that is not in the bin.
fn present(of: &Object, id: &str) -> Result<(String, Record), Refusal> {
    if !is_id(id) {
        let message = format!("bad id {id}");
        return Err(Refusal::new("MALFORMED_ID", message, &["Id"]));
    }
    let id = long_id(id);
    match of.records.get(&id) {
        None => Err(Refusal::new(
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            &[],
        )),
        Some(record) if is_deleted(record) => {
            Err(Refusal::new("ENTITY_IS_DELETED", "entity is deleted", &[]))
        }
        Some(record) => Ok((id, record.clone())),
    }
}

/// The record of an id that may be written.
fn writable(of: &Object, object: &str, id: &str) -> Result<(String, Record), Refusal> {
    let (id, record) = present(of, id)?;
    if object == "Lead" && record.get("IsConverted") == Some(&Value::Bool(true)) {
        return Err(Refusal::new(
            "CANNOT_UPDATE_CONVERTED_LEAD",
            "cannot reference converted lead",
            &[],
        ));
    }
    Ok((id, record))
}

fn without(values: &Record, name: &str) -> Record {
    let mut rest = values.clone();
    rest.retain(|known, _| !known.eq_ignore_ascii_case(name));
    rest
}

/// What the org itself gives each record.
fn complete(object: &str, id: &str, record: &mut Record, now: DateTime<Utc>) {
    record.insert("Id".into(), id.into());
    for field in ["CreatedDate", "LastModifiedDate", "SystemModstamp"] {
        record.entry(field).or_insert_with(|| moment(now).into());
    }
    record.entry("IsDeleted").or_insert(Value::Bool(false));
    if object == "Lead" {
        record.entry("IsConverted").or_insert(Value::Bool(false));
    }
}

fn stamp(record: &mut Record, now: DateTime<Utc>) {
    for field in ["LastModifiedDate", "SystemModstamp"] {
        record.insert(field.into(), moment(now).into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn values(value: &Value) -> Record {
        value.as_object().unwrap().clone()
    }

    fn store() -> Store {
        let key = Field::new("Key__c", Type::UniqueText(20));
        Store::new(&[("Lead".to_owned(), key)])
    }

    fn lead(store: &mut Store, key: Option<&str>) -> String {
        let lead = values(&json!({"LastName": "Ash", "Company": "Trees", "Key__c": key}));
        store.insert("lead", &lead, NOW).unwrap()
    }

    fn code<T>(result: Result<T, Refusal>) -> String {
        result
            .err()
            .map_or_else(String::new, |refusal| refusal.code)
    }

    #[test]
    fn a_unique_value_has_one_holder() {
        let mut store = store();
        let (a, b) = (lead(&mut store, Some("one")), lead(&mut store, None));
        let take = |store: &mut Store, id: &str, key: Value| {
            code(store.update("Lead", id, &values(&json!({"Key__c": key})), NOW))
        };
        assert_eq!(take(&mut store, &b, json!("ONE")), "DUPLICATE_VALUE");
        assert_eq!(take(&mut store, &a, json!("one")), "");
        assert_eq!(take(&mut store, &a, json!(null)), "");
        assert_eq!(take(&mut store, &b, json!("one")), "");
        // What is in the bin holds nothing.
        store.delete("Lead", &b, NOW).unwrap();
        assert_eq!(take(&mut store, &a, json!("one")), "");
        assert_eq!(take(&mut store, &b, json!("two")), "ENTITY_IS_DELETED");
    }

    #[test]
    fn an_upsert_finds_or_makes() {
        let mut store = store();
        let lead = values(&json!({"LastName": "Ash", "Company": "Trees", "Key__c": "k"}));
        let (id, made) = store.upsert("Lead", "Key__c", &lead, NOW).unwrap();
        let again = store.upsert("Lead", "key__C", &lead, NOW);
        assert_eq!((made, again), (true, Ok((id, false))));
        assert_eq!(
            code(store.upsert("Lead", "Title", &lead, NOW)),
            "INVALID_FIELD"
        );
        let empty = values(&json!({"Key__c": ""}));
        assert_eq!(
            code(store.upsert("Lead", "Key__c", &empty, NOW)),
            "MISSING_ARGUMENT"
        );
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let mut store = store();
        let kept = lead(&mut store, Some("one"));
        store.begin();
        let gone = lead(&mut store, Some("two"));
        let change = values(&json!({"Key__c": "three", "LastName": "Birch"}));
        store.update("Lead", &kept, &change, NOW).unwrap();
        store.delete("Lead", &kept, NOW).unwrap();
        store.end(false);
        let of = &store.objects["Lead"];
        assert!(of.living(&gone).is_none());
        assert_eq!(of.living(&kept[..15]).unwrap()["LastName"], "Ash");
        assert_eq!(store.log.len(), 1);
        assert_eq!(of.holder("Key__c", "one"), Some(&kept));
        assert_eq!(
            (of.holder("Key__c", "two"), of.holder("Key__c", "three")),
            (None, None)
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let refusal = store().insert("Lead", &Record::new(), NOW).unwrap_err();
        assert_eq!(refusal.code, "REQUIRED_FIELD_MISSING");
        assert_eq!(refusal.fields, ["LastName", "Company"]);
        assert_eq!(
            code(store().update("Lead", "x", &Record::new(), NOW)),
            "MALFORMED_ID"
        );
        assert_eq!(
            code(store().update("Lead", "00Q000000000001", &Record::new(), NOW)),
            "INVALID_CROSS_REFERENCE_KEY"
        );
    }
}
