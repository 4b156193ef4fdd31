//! Exports with API names become records.

use serde_json::{Map, Value};

use crate::server::Org;

/// Reads an export; empty cells are nothing, numbers and yes/no become such.
pub(crate) fn load(org: &Org, object: &str, export: impl std::io::Read) -> Result<u64, csv::Error> {
    let mut reader = csv::Reader::from_reader(export);
    let header = reader.headers()?.clone();
    let mut count = 0;
    for line in reader.records() {
        let line = line?;
        let pairs = header
            .iter()
            .zip(&line)
            .filter(|(_, cell)| !cell.is_empty());
        let values: Map<String, Value> = pairs
            .map(|(name, cell)| (name.to_owned(), read(name, cell)))
            .collect();
        org.put(object, values);
        count += 1;
    }
    Ok(count)
}

fn read(name: &str, cell: &str) -> Value {
    let is_moment =
        name == "CreatedDate" || name == "LastModifiedDate" || name.starts_with("Stage_Entered");
    if is_moment {
        let text = cell.replace(' ', "T");
        let text = if text.len() == 10 {
            format!("{text}T00:00:00")
        } else {
            text
        };
        let text = text.trim_end_matches('Z').trim_end_matches("+00:00");
        let text = if text.contains('.') {
            text.to_owned()
        } else {
            format!("{text}.000")
        };
        return format!("{text}+0000").into();
    }
    match cell.to_ascii_lowercase().as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match cell.parse::<f64>() {
            Ok(number)
                if name.contains("Score")
                    || name.contains("Amount")
                    || name.contains("Seconds") =>
            {
                number.into()
            }
            _ => cell.into(),
        },
    }
}
