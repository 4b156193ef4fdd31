//! The opportunity file told anew.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::opportunities;
use crate::output::WholeFile;
use crate::rng::Streams;
use crate::roster::{self, id};
use crate::weeks::course::Person;
use crate::weeks::lead::Retold;
use crate::weeks::table::Table;

/// Writes the opportunity file: what stays in its order, then the opportunities of leads told
/// anew, by lead. A lead that vanished takes its opportunity with it.
pub(super) fn retell(
    file: &mut WholeFile,
    table: &Table,
    streams: &Streams,
    people: &BTreeMap<&str, Person>,
    retold: &BTreeMap<&str, Retold>,
) -> Result<()> {
    if table.header() != opportunities::HEADER.as_bytes() {
        return Err(table.malformed(1, "the columns are not those of a simulated project"));
    }
    file.raw(table.header())?;
    for record in table.records() {
        let record = record?;
        // an opportunity has the serial number of its lead
        let lead = roster::serial("006", record.text("Id")?).map(|serial| id("00Q", serial));
        match lead.and_then(|lead| retold.get(lead.as_str())) {
            None | Some(Retold::Over) => file.row(record.bytes)?,
            Some(Retold::Lost | Retold::Open { .. }) => {}
        }
    }
    for (lead_id, outcome) in retold {
        if let (
            Some(person),
            Retold::Open {
                converted: Some(converted),
                ..
            },
        ) = (people.get(lead_id), outcome)
        {
            file.row(opportunities::row(streams, person.serial, *converted).bytes())?;
        }
    }
    Ok(())
}
