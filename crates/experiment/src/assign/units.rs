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

/// Puts together what shares a key, through whichever leads. `fresh` is in the order of ids.
pub(super) fn put_together<'a>(
    fresh: &[&'a Candidate],
    known: &BTreeMap<&str, &'a Assignment>,
) -> Vec<Group<'a>> {
    let mut parent: Vec<usize> = (0..fresh.len()).collect();
    let mut first_of_key: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, lead) in fresh.iter().enumerate() {
        for key in &lead.keys {
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
    let groups = members.into_values().map(|leads| {
        let keys = leads.iter().flat_map(|lead| &lead.keys);
        let name = keys.min().unwrap_or(&leads[0].lead).clone();
        // The strongest key first: a person rather than a firm.
        let depth = leads.iter().map(|lead| lead.keys.len()).max().unwrap_or(0);
        let joins = (0..depth).find_map(|place| {
            leads
                .iter()
                .filter_map(|lead| lead.keys.get(place))
                .find_map(|key| known.get(key.as_str()).copied())
        });
        Group {
            name,
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
