//! Leads that must be in one arm, put together.

use std::collections::BTreeMap;

use super::{Assignment, Candidate};

/// A unit among new leads.
pub(super) struct Group<'a> {
    /// Its smallest key, or the lead's id where there is none.
    pub(super) name: String,
    /// The stratum of its first lead.
    pub(super) stratum: String,
    pub(super) leads: Vec<&'a Candidate>,
    /// The unit that is in already and that it belongs to.
    pub(super) joins: Option<&'a Assignment>,
}

/// Puts together what shares a key. The first key of a lead is the strongest, a person rather than a
/// firm: whoever shares it with a lead that is in goes where that one is, whatever else they share;
/// who shares no first key with anybody in goes with those who share another. `fresh` is in the
/// order of ids.
pub(super) fn put_together<'a>(
    fresh: &[&'a Candidate],
    known: &BTreeMap<&str, &'a Assignment>,
) -> Vec<Group<'a>> {
    let of_key = |key: &String| known.get(key.as_str()).copied();
    let own: Vec<Option<&Assignment>> = fresh
        .iter()
        .map(|lead| lead.keys.first().and_then(of_key))
        .collect();
    let mut parent: Vec<usize> = (0..fresh.len()).collect();
    let mut first_of_key: BTreeMap<&str, usize> = BTreeMap::new();
    // Where those are who share a key and are in through their first one.
    let mut through: BTreeMap<&str, &Assignment> = BTreeMap::new();
    for (at, lead) in fresh.iter().enumerate() {
        for key in &lead.keys {
            if let Some(one) = own[at] {
                through.entry(key).or_insert(one);
                continue;
            }
            let first = *first_of_key.entry(key).or_insert(at);
            let (a, b) = (root(&mut parent, first), root(&mut parent, at));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut members: BTreeMap<usize, Vec<&'a Candidate>> = BTreeMap::new();
    for (at, &lead) in fresh.iter().enumerate() {
        let group = root(&mut parent, at);
        members.entry(group).or_default().push(lead);
    }
    let groups = members.into_iter().map(|(at, leads)| {
        let keys = || leads.iter().flat_map(|lead| &lead.keys);
        let joins = own[at]
            .or_else(|| keys().find_map(of_key))
            .or_else(|| keys().find_map(|key| through.get(key.as_str()).copied()));
        Group {
            name: keys().min().unwrap_or(&leads[0].lead).clone(),
            stratum: leads[0].stratum.clone(),
            leads,
            joins,
        }
    });
    groups.collect()
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}
