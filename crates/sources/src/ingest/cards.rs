//! Scorecards of deliveries that are loaded, from the figures taken when they were read.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_warehouse::{Params, Session};

use crate::error::Result;
use crate::rename;
use crate::scorecard::{Before, Scorecard, absent_places};
use crate::vintage::{
    ColumnProfile, InUse, Known, LOG, LoadEntry, PROFILES, Status, profiles_of, profiles_schema,
    read_log,
};

/// The figures of every load, by its id.
pub(super) async fn read_profiles(
    session: &Session,
    table: &str,
) -> Result<BTreeMap<i64, Vec<ColumnProfile>>> {
    let mut found: BTreeMap<i64, Vec<ColumnProfile>> = BTreeMap::new();
    if !session.has_table(table) {
        return Ok(found);
    }
    let names: Vec<String> = profiles_schema()
        .fields()
        .iter()
        .map(|field| format!("`{}`", field.name()))
        .collect();
    let sql = format!("SELECT {} FROM {table}", names.join(", "));
    for batch in session.collect(&sql, &Params::default()).await? {
        for row in 0..batch.num_rows() {
            let (id, profile) = profiles_of(&batch, row)?;
            found.entry(id).or_default().push(profile);
        }
    }
    Ok(found)
}

/// See [`super::scorecards`].
pub(super) async fn scorecards(session: &Session, known: Known) -> Result<Vec<Scorecard>> {
    if !session.has_table(LOG) {
        return Ok(Vec::new());
    }
    let log: Vec<LoadEntry> = read_log(session)
        .await?
        .into_iter()
        .filter(|line| known.counts(line))
        .collect();
    let profiles = read_profiles(session, PROFILES).await?;
    // A load stands at its newest line.
    let standing: BTreeMap<i64, &LoadEntry> = log.iter().map(|line| (line.load_id, line)).collect();
    let in_order = log.iter().filter(|line| {
        let stands = standing.get(&line.load_id);
        stands.is_some_and(|line| line.status != Status::Withdrawn)
    });
    let mut newest: BTreeMap<(bool, Option<NaiveDate>), &str> = BTreeMap::new();
    for line in in_order {
        let unit = (!line.kind.is_monthly(), line.snapshot_as_of);
        newest.insert(unit, &line.delivery);
    }
    let mut cards = Vec::with_capacity(newest.len());
    for delivery in newest.into_values() {
        let loads: BTreeMap<i64, &LoadEntry> = log
            .iter()
            .filter(|line| line.delivery == delivery)
            .map(|line| (line.load_id, line))
            .collect();
        let lines = log.iter().filter(|line| line.delivery == delivery);
        let first = lines.map(|line| line.entry).min().unwrap_or(0);
        // What it was compared with when it came.
        let earlier: Vec<LoadEntry> = log
            .iter()
            .filter(|line| line.entry < first)
            .cloned()
            .collect();
        let before = Before {
            loads: InUse::of(&earlier, Known::NOW).loads,
            profiles: profiles.clone(),
        };
        let month = loads.values().find_map(|line| line.snapshot_as_of);
        let delivered = loads
            .values()
            .map(|line| (line.kind, line.territory.clone()))
            .collect();
        let absent = month.map_or_else(Vec::new, |month| {
            absent_places(&before.loads, month, &delivered)
        });
        let mut loads: Vec<(LoadEntry, Vec<ColumnProfile>)> = loads
            .into_iter()
            .map(|(id, line)| (line.clone(), profiles.get(&id).cloned().unwrap_or_default()))
            .collect();
        loads.sort_by_key(|(line, _)| line.place());
        let mut card = Scorecard::new(&loads, &before, absent);
        rename::find_in(session, &mut card).await?;
        cards.push(card);
    }
    Ok(cards)
}
