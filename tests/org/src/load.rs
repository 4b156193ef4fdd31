//! Exports with API names become records.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

use crate::fields::{Field, Type};
use crate::store::{Record, Store};
use crate::values::{moment, read_moment, typed};

/// Reads an export by the types of the fields. Empty cells are nothing; a cell that is not of its
/// field's type, and columns that are no fields of the object, are kept as text.
pub(crate) fn load(
    store: &mut Store,
    object: &str,
    export: impl std::io::Read,
    now: DateTime<Utc>,
) -> Result<u64, csv::Error> {
    let mut reader = csv::Reader::from_reader(export);
    let header = reader.headers()?.clone();
    let of = store.objects.get(object);
    let fields: Vec<Option<Field>> = header
        .iter()
        .map(|name| of.and_then(|of| of.field(name)).cloned())
        .collect();
    let mut count = 0;
    for line in reader.records() {
        let line = line?;
        let mut values = Record::new();
        for ((name, field), cell) in header.iter().zip(&fields).zip(&line) {
            if cell.is_empty() {
                continue;
            }
            match field {
                Some(field) => values.insert(field.name.clone(), read(field, cell)),
                None => values.insert(name.to_owned(), cell.into()),
            };
        }
        count += u64::from(store.put(object, values, now).is_some());
    }
    Ok(count)
}

fn read(field: &Field, cell: &str) -> Value {
    let value = match field.kind {
        Type::DateTime => any_moment(cell).map_or_else(|| cell.to_owned(), moment),
        Type::Date => cell.chars().take(10).collect(),
        Type::Checkbox => cell.to_ascii_lowercase(),
        _ => cell.to_owned(),
    };
    typed(field, &value.as_str().into()).unwrap_or_else(|_| cell.into())
}

/// A moment in the spellings of exports: a day alone, or with a space before the time.
fn any_moment(cell: &str) -> Option<DateTime<Utc>> {
    let cell = cell.trim_end_matches(" UTC").replacen(' ', "T", 1);
    read_moment(&cell)
        .or_else(|| {
            let plain: NaiveDateTime = cell.parse().ok()?;
            Some(plain.and_utc())
        })
        .or_else(|| {
            let day: NaiveDate = cell.parse().ok()?;
            Some(day.and_time(chrono::NaiveTime::MIN).and_utc())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_become_values_of_their_fields() {
        let export = "Id,LastName,Savvy_Lead_Score__c,DoNotCall,Stage_Entered_Contacting__c,ConvertedDate,Note\n\
            00Q000000000001,12,12.50,True,2025-11-01 08:30:00,2025-11-02 00:00:00,x\n\
            ,Birch,,,2025-11-01,,\n\
            ,Cedar,n/a,,2025-11-01T08:30:00.000Z,,\n";
        let mut store = Store::new(&[]);
        let count = load(&mut store, "Lead", export.as_bytes(), DateTime::UNIX_EPOCH);
        assert_eq!(count.unwrap(), 3);
        let records: Vec<&Record> = store.objects["Lead"].records.values().collect();
        let ash = store.objects["Lead"].living("00Q000000000001").unwrap();
        assert_eq!(ash["LastName"], "12");
        assert_eq!(ash["Savvy_Lead_Score__c"], 12.5);
        assert_eq!(ash["DoNotCall"], true);
        assert_eq!(
            ash["Stage_Entered_Contacting__c"],
            "2025-11-01T08:30:00.000+0000"
        );
        assert_eq!(ash["ConvertedDate"], "2025-11-02");
        assert_eq!(ash["Note"], "x");
        let named = |name: &str| {
            *records
                .iter()
                .find(|record| record["LastName"] == name)
                .unwrap()
        };
        let day = &named("Birch")["Stage_Entered_Contacting__c"];
        assert_eq!(*day, "2025-11-01T00:00:00.000+0000");
        assert!(!named("Birch").contains_key("Savvy_Lead_Score__c"));
        assert_eq!(named("Cedar")["Savvy_Lead_Score__c"], "n/a");
    }
}
