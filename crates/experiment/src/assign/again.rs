//! The ledger drawn again.

use serde::Serialize;

use super::{Assignment, Candidate, assign};
use crate::Plan;

/// A lead of the ledger that is not as the plan draws it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The lead.
    pub lead: String,
    /// What differs: arm, unit, stratum, day or draw.
    pub what: String,
    /// What the ledger says.
    pub found: String,
    /// What the plan draws.
    pub drawn: String,
}

/// Draws every enrolment of the ledger again and says where it differs: an arm, a unit, a stratum, a
/// day that was changed by hand, a row that was taken out or put in before others.
pub fn mismatches(plan: &Plan, ledger: &[Assignment]) -> Vec<Mismatch> {
    let mut batches: Vec<u32> = ledger.iter().map(|one| one.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let mut before: Vec<Assignment> = Vec::with_capacity(ledger.len());
    let mut found = Vec::new();
    for batch in batches {
        let mut own: Vec<&Assignment> = ledger.iter().filter(|one| one.batch == batch).collect();
        own.sort_by(|a, b| a.lead.cmp(&b.lead));
        let Some(first) = own.first() else { continue };
        found.extend(twice(&own, &before));
        let candidates: Vec<Candidate> = own
            .iter()
            .map(|one| Candidate {
                lead: one.lead.clone(),
                keys: one.keys.clone(),
                stratum: one.own_stratum.clone(),
            })
            .collect();
        let drawn = assign(plan, &before, &candidates, first.enrolled, first.draw);
        let place = |lead: &str| drawn.binary_search_by(|one| one.lead.as_str().cmp(lead));
        for one in &own {
            if let Ok(at) = place(&one.lead) {
                found.extend(difference(one, &drawn[at]));
            }
        }
        // As drawn, not as found: one changed row must not make others look changed.
        before.extend(drawn.into_iter().map(|mut one| {
            one.batch = batch;
            one
        }));
    }
    found
}

/// Leads that are in the ledger more than once.
fn twice(own: &[&Assignment], before: &[Assignment]) -> Vec<Mismatch> {
    let earlier: std::collections::BTreeSet<&str> =
        before.iter().map(|one| one.lead.as_str()).collect();
    let repeats = own.iter().enumerate().filter(|(at, one)| {
        let is_next = *at > 0 && own[at - 1].lead == one.lead;
        is_next || earlier.contains(one.lead.as_str())
    });
    repeats
        .map(|(_, one)| Mismatch {
            lead: one.lead.clone(),
            what: "rows".into(),
            found: "several".into(),
            drawn: "one".into(),
        })
        .collect()
}

/// The first thing in which a row differs.
fn difference(found: &Assignment, drawn: &Assignment) -> Option<Mismatch> {
    let things = [
        (
            "arm",
            found.arm.word().to_owned(),
            drawn.arm.word().to_owned(),
        ),
        ("unit", found.unit.clone(), drawn.unit.clone()),
        ("stratum", found.stratum.clone(), drawn.stratum.clone()),
        (
            "day",
            found.enrolled.to_string(),
            drawn.enrolled.to_string(),
        ),
        ("draw", found.draw.to_string(), drawn.draw.to_string()),
    ];
    let (what, found_is, drawn_is) = things
        .into_iter()
        .find(|(_, found, drawn)| found != drawn)?;
    Some(Mismatch {
        lead: found.lead.clone(),
        what: what.to_owned(),
        found: found_is,
        drawn: drawn_is,
    })
}
