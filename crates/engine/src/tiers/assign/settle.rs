//! Exchanges that bring loads together.

use std::collections::BTreeMap;

use super::{Load, Team};

/// Exchanges a lead of whoever has most to expect per dial for one of the same tier of
/// whoever has least, again and again, until they differ by no more than the largest single
/// lead is worth to whoever dials least, or no exchange brings the two closer. Leads of a
/// group stay where they are, and counts do not change; the imbalance never grows.
pub(super) fn settle(team: &mut Team, loads: &[Load<'_>], assigned: &mut [Option<usize>]) {
    let mut in_group: BTreeMap<&str, u64> = BTreeMap::new();
    for group in loads.iter().filter_map(|lead| lead.group) {
        *in_group.entry(group).or_insert(0) += 1;
    }
    let is_free = |lead: usize| loads[lead].group.is_none_or(|group| in_group[group] == 1);
    // By id, so that the order in which they came leaves no trace.
    let mut free: Vec<usize> = (0..loads.len()).filter(|&lead| is_free(lead)).collect();
    free.sort_by_key(|&lead| loads[lead].id);
    let largest = free
        .iter()
        .fold(0.0, |most: f64, &lead| most.max(loads[lead].value));
    let close = largest / team.fewest_dials();
    // Each exchange brings two loads closer, so there is an end; the limit keeps it near.
    for _ in 0..10 * loads.len() {
        if team.imbalance() <= close {
            return;
        }
        let Some((high, low)) = ends(team) else {
            return;
        };
        let of = |person: usize| {
            let leads = free.iter().copied();
            leads
                .filter(|&lead| assigned[lead] == Some(person))
                .collect::<Vec<usize>>()
        };
        let gap = team.load(high, 0.0) - team.load(low, 0.0);
        // What moves from one to the other to make both equal.
        let ideal = gap / (1.0 / team.dials[high] + 1.0 / team.dials[low]);
        // Less than this leaves both between what they were, so that the imbalance can't grow.
        let limit = gap * team.dials[high].min(team.dials[low]);
        let allowed = 1e-9 * limit..(1.0 - 1e-9) * limit;
        let mut best: Option<(f64, usize, usize)> = None;
        for &from in &of(high) {
            for &to in &of(low) {
                let moved = loads[from].value - loads[to].value;
                let miss = (moved - ideal).abs();
                if loads[from].tier == loads[to].tier
                    && allowed.contains(&moved)
                    && best.is_none_or(|(least, _, _)| miss < least)
                {
                    best = Some((miss, from, to));
                }
            }
        }
        let Some((_, from, to)) = best else {
            return;
        };
        let moved = loads[from].value - loads[to].value;
        team.value[high] -= moved;
        team.value[low] += moved;
        assigned[from] = Some(low);
        assigned[to] = Some(high);
    }
}

/// Who has most and who has least to expect per dial; none if nobody dials.
fn ends(team: &Team) -> Option<(usize, usize)> {
    let by_load = |&a: &usize, &b: &usize| {
        team.load(a, 0.0)
            .total_cmp(&team.load(b, 0.0))
            .then(b.cmp(&a))
    };
    Some((
        team.working().max_by(by_load)?,
        team.working().min_by(by_load)?,
    ))
}
