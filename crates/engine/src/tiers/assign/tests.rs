use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::config::{Config, Tiers};

/// A team whose tiers hold that many leads.
fn team(dials: &[f64], tier_a: u64, tier_b: u64) -> Capacity {
    let person = |(place, &dials_per_day): (usize, &f64)| Salesperson {
        id: format!("005{place}"),
        dials_per_day,
    };
    let roster = dials.iter().enumerate().map(person).collect();
    let tiers: Tiers = Config::default().tiers;
    Capacity {
        tier_a,
        tier_b,
        ..Capacity::of(roster, "test".into(), &tiers)
    }
}

fn load(id: &str, value: f64) -> Load<'_> {
    Load {
        id,
        tier: Tier::A,
        value,
        group: None,
        owner: None,
    }
}

#[test]
fn the_largest_go_first_each_to_whoever_has_least() {
    let loads = [
        load("a", 0.1),
        load("b", 0.3),
        load("c", 0.2),
        load("d", 0.2),
    ];
    let (assigned, found) = assign(&loads, &team(&[10.0, 10.0], 10, 0), true);
    // b to the first, c and d to the second, a to the first.
    assert_eq!(assigned, [Some(0), Some(0), Some(1), Some(1)]);
    assert!(found.imbalance < 1e-12);
    assert!((found.bound - 0.03).abs() < 1e-12);
    assert!(!found.room_ran_out);
}

#[test]
fn who_dials_more_gets_more() {
    let ids: Vec<String> = (0..30).map(|place| format!("{place:02}")).collect();
    let loads: Vec<Load<'_>> = ids.iter().map(|id| load(id, 0.1)).collect();
    let (_, found) = assign(&loads, &team(&[20.0, 10.0, 0.0], 30, 0), true);
    let counts: Vec<u64> = found.salespeople.iter().map(|share| share.tier_a).collect();
    assert_eq!(counts, [20, 10, 0]);
    assert!(found.imbalance < 1e-12);
}

#[test]
fn leaders_of_a_firm_go_together_and_too_many_are_split() {
    let mut loads = [
        load("a", 0.4),
        load("b", 0.1),
        load("c", 0.1),
        load("d", 0.1),
    ];
    for lead in &mut loads[1..] {
        lead.group = Some("7");
    }
    loads[3].tier = Tier::B;
    let (assigned, found) = assign(&loads, &team(&[10.0, 10.0], 4, 2), true);
    assert_eq!((found.groups, found.groups_split), (1, 0));
    assert_eq!(assigned[1], assigned[2]);
    assert_eq!(assigned[1], assigned[3]);
    assert_ne!(assigned[0], assigned[1]);
    // With room for one of tier A each, two of them can't stay together.
    let (assigned, found) = assign(&loads[1..], &team(&[10.0, 10.0], 2, 2), true);
    assert_eq!((found.groups, found.groups_split), (1, 1));
    assert_ne!(assigned[0], assigned[1]);
}

#[test]
fn an_owner_keeps_a_lead_while_that_is_fair() {
    let ids: Vec<String> = (0..40).map(|place| format!("{place:02}")).collect();
    let mut loads: Vec<Load<'_>> = ids.iter().map(|id| load(id, 0.1)).collect();
    for lead in loads.iter_mut().step_by(2) {
        lead.owner = Some("0051");
    }
    let capacity = team(&[10.0, 10.0], 100, 0);
    let (assigned, kept) = assign(&loads, &capacity, true);
    assert_eq!((kept.owned, kept.kept), (20, 20));
    assert!(assigned.iter().step_by(2).all(|&person| person == Some(1)));
    assert!(kept.imbalance <= kept.bound * (1.0 + 1e-9));
    let (_, free) = assign(&loads, &capacity, false);
    assert!(free.kept < 20);
    // Who owns all of them keeps half.
    for lead in &mut loads {
        lead.owner = Some("0051");
    }
    let (_, found) = assign(&loads, &capacity, true);
    assert!((19..=21).contains(&found.kept), "{}", found.kept);
}

#[test]
fn exchanges_bring_together_what_full_rooms_drove_apart() {
    // Two get the great ones, then the others fill all rooms.
    let ids: Vec<String> = (0..12).map(|place| format!("{place:02}")).collect();
    let values = [0.9, 0.5, 0.45, 0.4, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.01];
    let loads: Vec<Load<'_>> = ids.iter().zip(values).map(|(id, v)| load(id, v)).collect();
    let (_, found) = assign(&loads, &team(&[4.0, 4.0, 4.0], 12, 0), true);
    assert!(found.imbalance <= found.bound);
    assert!(found.salespeople.iter().all(|share| share.tier_a == 4));
}

#[test]
fn one_large_group_is_no_leave_for_unevenness() {
    let ids: Vec<String> = (0..60).map(|place| format!("{place:02}")).collect();
    let mut loads: Vec<Load<'_>> = ids.iter().map(|id| load(id, 0.04)).collect();
    for (place, lead) in loads.iter_mut().enumerate() {
        lead.value -= place as f64 / 4000.0;
        match place < 12 {
            true => lead.group = Some("7"),
            false => lead.owner = Some("0050"),
        }
    }
    let (_, found) = assign(&loads, &team(&[10.0, 30.0, 20.0], 120, 0), true);
    assert!((found.bound - 0.04635).abs() < 1e-9, "{}", found.bound);
    assert!(found.imbalance <= 0.015, "{}", found.imbalance);
}

#[test]
fn without_anybody_nobody_is_assigned() {
    for dials in [vec![], vec![0.0, 0.0]] {
        let (assigned, found) = assign(&[load("a", 0.1)], &team(&dials, 0, 0), true);
        assert_eq!(assigned, [None]);
        assert_eq!(found.imbalance, 0.0);
        assert_eq!(found.bound, 0.0);
    }
}

#[test]
fn parts_have_the_sum_and_differ_from_the_share_by_less_than_one() {
    assert_eq!(apportion(10, &[1.0, 1.0, 1.0]), [4, 3, 3]);
    assert_eq!(apportion(7, &[4.0, 0.0, 2.0]), [5, 0, 2]);
    assert_eq!(apportion(7, &[0.0]), [0]);
    assert!(apportion(7, &[]).is_empty());
}

#[derive(Debug, Clone)]
struct Lead {
    tier: Tier,
    value: f64,
    group: Option<String>,
    owner: Option<String>,
}

fn leads() -> impl Strategy<Value = Vec<Lead>> {
    let one = (
        any::<bool>(),
        0_u32..=100,
        prop::option::of(0_u8..6),
        prop::option::of(0_u8..5),
    );
    let one = one.prop_map(|(first, value, group, owner)| Lead {
        tier: if first { Tier::A } else { Tier::B },
        value: f64::from(value) / 400.0,
        group: group.map(|group| group.to_string()),
        owner: owner.map(|owner| format!("005{owner}")),
    });
    prop::collection::vec(one, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn everybody_is_called_once_within_room_and_bound(
        leads in leads(),
        dials in prop::collection::vec(1_u8..10, 1..6),
        spare in 0_u64..60,
        keep_owner in any::<bool>(),
    ) {
        let ids: Vec<String> = (0..leads.len()).map(|place| format!("{:02}", (place * 7) % 80)).collect();
        let loads: Vec<Load<'_>> = leads.iter().zip(&ids).map(|(lead, id)| Load {
            id,
            tier: lead.tier,
            value: lead.value,
            group: lead.group.as_deref(),
            owner: lead.owner.as_deref(),
        }).collect();
        let count = |tier| leads.iter().filter(|lead| lead.tier == tier).count() as u64;
        let dials: Vec<f64> = dials.into_iter().map(f64::from).collect();
        let capacity = team(&dials, count(Tier::A) + spare, count(Tier::B) + spare);
        let (assigned, found) = assign(&loads, &capacity, keep_owner);

        prop_assert!(assigned.iter().all(Option::is_some));
        for (person, share) in found.salespeople.iter().enumerate() {
            let mine = || leads.iter().zip(&assigned).filter(|(_, to)| **to == Some(person));
            let of = |tier| mine().filter(|(lead, _)| lead.tier == tier).count() as u64;
            prop_assert_eq!((share.tier_a, share.tier_b), (of(Tier::A), of(Tier::B)));
            let room = |size: u64| size as f64 * share.dials_per_day / dials.iter().sum::<f64>() + 1.0;
            prop_assert!((share.tier_a as f64) < room(capacity.tier_a));
            prop_assert!((share.tier_b as f64) < room(capacity.tier_b));
            let value: f64 = mine().map(|(lead, _)| lead.value).sum();
            prop_assert!((share.expected_calls - value).abs() < 1e-9);
        }
        if !found.room_ran_out {
            prop_assert!(found.imbalance <= found.bound * (1.0 + 1e-9) + 1e-12);
        }

        let mut together: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for (lead, person) in leads.iter().zip(&assigned) {
            if let (Some(group), Some(person)) = (&lead.group, person) {
                together.entry(group).or_default().insert(*person);
            }
        }
        let apart = together.values().filter(|people| people.len() > 1).count() as u64;
        prop_assert!(apart <= found.groups_split);

        let backwards: Vec<Load<'_>> = loads.iter().rev().copied().collect();
        let (mut again, same) = assign(&backwards, &capacity, keep_owner);
        again.reverse();
        prop_assert_eq!(again, assigned);
        prop_assert_eq!(same, found);
    }

    #[test]
    fn with_room_for_all_it_never_runs_out(leads in leads(), n in 1_usize..6) {
        let ids: Vec<String> = (0..leads.len()).map(|place| format!("{place:02}")).collect();
        let loads: Vec<Load<'_>> = leads.iter().zip(&ids).map(|(lead, id)| Load {
            group: lead.group.as_deref(),
            owner: lead.owner.as_deref(),
            ..load(id, lead.value)
        }).collect();
        let room = (n * leads.len()) as u64;
        let (_, found) = assign(&loads, &team(&vec![10.0; n], room, 0), true);
        prop_assert!(!found.room_ran_out);
        prop_assert_eq!(found.groups_split, 0);
        prop_assert!(found.imbalance <= found.bound * (1.0 + 1e-9) + 1e-12);
    }
}
