//! The ledger drawn again.

use serde::Serialize;

use super::{Assignment, Candidate, assign};
use crate::{Arm, Plan};

/// A lead whose arm in the ledger is not the one that the plan draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The lead.
    pub lead: String,
    /// The arm in the ledger.
    pub found: Arm,
    /// The arm that the plan draws.
    pub drawn: Arm,
}

/// Draws every enrolment of the ledger again and says where it differs: an arm that was changed
/// by hand, a row that was taken out or put in.
pub fn mismatches(plan: &Plan, ledger: &[Assignment]) -> Vec<Mismatch> {
    let mut batches: Vec<u32> = ledger.iter().map(|one| one.batch).collect();
    batches.sort_unstable();
    batches.dedup();
    let mut before: Vec<Assignment> = Vec::with_capacity(ledger.len());
    let mut found = Vec::new();
    for batch in batches {
        let mut own: Vec<&Assignment> = ledger.iter().filter(|one| one.batch == batch).collect();
        own.sort_by(|a, b| a.lead.cmp(&b.lead));
        let candidates: Vec<Candidate> = own
            .iter()
            .map(|one| Candidate {
                lead: one.lead.clone(),
                keys: one.keys.clone(),
                stratum: one.own_stratum.clone(),
            })
            .collect();
        let Some(first) = own.first() else { continue };
        let drawn = assign(plan, &before, &candidates, first.enrolled, first.draw);
        for (one, drawn) in own.iter().zip(&drawn) {
            if one.arm != drawn.arm {
                found.push(Mismatch {
                    lead: one.lead.clone(),
                    found: one.arm,
                    drawn: drawn.arm,
                });
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
