//! Leads that must stay together.

use std::collections::BTreeMap;

use super::Load;
use crate::tiers::Tier;

/// Leads that go to one salesperson.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    /// Their places, by value and id.
    pub(super) leads: Vec<usize>,
    /// How many are in tiers A and B.
    pub(super) count: [u64; 2],
    /// Sum of their values.
    pub(super) value: f64,
}

impl Unit {
    fn new(mut leads: Vec<usize>, loads: &[Load<'_>]) -> Self {
        leads.sort_by(|&a, &b| {
            let (a, b) = (&loads[a], &loads[b]);
            b.value.total_cmp(&a.value).then(a.id.cmp(b.id))
        });
        let of_tier = |tier| {
            leads
                .iter()
                .filter(|&&lead| loads[lead].tier == tier)
                .count() as u64
        };
        Unit {
            count: [of_tier(Tier::A), of_tier(Tier::B)],
            value: leads.iter().map(|&lead| loads[lead].value).sum(),
            leads,
        }
    }

    /// Who owns most of its value; the smaller id among equals.
    pub(super) fn owner<'a>(&self, loads: &[Load<'a>]) -> Option<&'a str> {
        let mut values: BTreeMap<&str, f64> = BTreeMap::new();
        for &lead in &self.leads {
            if let Some(owner) = loads[lead].owner {
                *values.entry(owner).or_insert(0.0) += loads[lead].value;
            }
        }
        let most = |a: &(&str, f64), b: &(&str, f64)| a.1.total_cmp(&b.1).then(b.0.cmp(a.0));
        values.into_iter().max_by(most).map(|(owner, _)| owner)
    }

    /// Its leads one by one.
    pub(super) fn pieces(&self, loads: &[Load<'_>]) -> Vec<Unit> {
        let piece = |&lead: &usize| Unit::new(vec![lead], loads);
        self.leads.iter().map(piece).collect()
    }
}

/// The units of the leads in tiers A and B by falling value, then by the id of their first.
pub(super) fn units(loads: &[Load<'_>]) -> Vec<Unit> {
    let mut together: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut units = Vec::new();
    for (place, lead) in loads.iter().enumerate() {
        if lead.tier == Tier::C {
            continue;
        }
        match lead.group {
            Some(group) => together.entry(group).or_default().push(place),
            None => units.push(Unit::new(vec![place], loads)),
        }
    }
    units.extend(together.into_values().map(|leads| Unit::new(leads, loads)));
    units.sort_by(|a, b| {
        let first = |unit: &Unit| loads[unit.leads[0]].id;
        b.value.total_cmp(&a.value).then(first(a).cmp(first(b)))
    });
    units
}
