//! Who is in which arm: drawn by rule, so that anybody can draw it again and get the same.

mod again;
pub(crate) mod draw;
mod rollout;
mod units;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::plan::Method;
use crate::{Arm, Plan};

pub use again::{Mismatch, mismatches};
pub use rollout::is_rolled_out;

/// A lead that may be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Salesforce id.
    pub lead: String,
    /// Names that it shares with leads that must be in the same arm: its adviser, the leadership
    /// of its firm. The first is the strongest.
    pub keys: Vec<String>,
    /// The stratum it would be in, were it alone.
    pub stratum: String,
}

/// A lead's place in the experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Salesforce id.
    pub lead: String,
    /// What it shares with leads of the same unit.
    pub keys: Vec<String>,
    /// The unit that was drawn: the smallest of the names that its leads share.
    pub unit: String,
    /// The unit's stratum.
    pub stratum: String,
    /// The stratum that the lead itself belonged to.
    pub own_stratum: String,
    /// The arm.
    pub arm: Arm,
    /// Day of enrolment.
    pub enrolled: NaiveDate,
    /// Number of the enrolment, from 1.
    pub batch: u32,
    /// Which draw was taken, where arms are drawn again until they are alike.
    pub draw: u32,
}

/// Enrols `candidates` on a day, after those who are already in. Leads that are in already are
/// left out; a lead of a unit that is in goes where the unit is. The order of candidates does not
/// matter.
pub fn assign(
    plan: &Plan,
    before: &[Assignment],
    candidates: &[Candidate],
    on: NaiveDate,
    draw: u32,
) -> Vec<Assignment> {
    let batch = before.iter().map(|one| one.batch).max().unwrap_or(0) + 1;
    let known: std::collections::BTreeSet<&str> =
        before.iter().map(|one| one.lead.as_str()).collect();
    let mut fresh: Vec<&Candidate> = candidates
        .iter()
        .filter(|one| !known.contains(one.lead.as_str()))
        .collect();
    fresh.sort_by(|a, b| a.lead.cmp(&b.lead));
    fresh.dedup_by(|a, b| a.lead == b.lead);

    let mut unit_of_key: BTreeMap<&str, &Assignment> = BTreeMap::new();
    for one in before {
        for key in &one.keys {
            unit_of_key.entry(key).or_insert(one);
        }
    }
    let mut taken: BTreeMap<&str, u64> = BTreeMap::new();
    let mut units: std::collections::BTreeSet<&str> = Default::default();
    for one in before {
        if units.insert(&one.unit) {
            *taken.entry(&one.stratum).or_insert(0) += 1;
        }
    }

    let groups = units::put_together(&fresh, &unit_of_key);
    let mut arms: BTreeMap<String, (String, Arm)> = BTreeMap::new();
    // New units of a stratum in the order of their hash: no order of names or days decides.
    let mut new: Vec<(&str, &str, [u8; 32])> = groups
        .iter()
        .filter(|group| group.joins.is_none())
        .map(|group| {
            let place = draw::digest(plan, draw, &["order", &group.stratum, &group.name]);
            (group.stratum.as_str(), group.name.as_str(), place)
        })
        .collect();
    new.sort_by(|a, b| (a.0, a.2, a.1).cmp(&(b.0, b.2, b.1)));
    for (stratum, name, _) in new {
        let place = taken.entry(stratum).or_insert(0);
        let arm = match plan.method {
            Method::Blocks => draw::in_block(plan, draw, stratum, *place),
            Method::Hash => draw::by_hash(plan, draw, name),
        };
        *place += 1;
        arms.insert(name.to_owned(), (stratum.to_owned(), arm));
    }

    let mut made: Vec<Assignment> = Vec::with_capacity(fresh.len());
    for group in &groups {
        for &lead in &group.leads {
            let (unit, stratum, arm) = match group.joins {
                Some(one) => (one.unit.clone(), one.stratum.clone(), one.arm),
                None => {
                    let (stratum, arm) = &arms[&group.name];
                    (group.name.clone(), stratum.clone(), *arm)
                }
            };
            made.push(Assignment {
                lead: lead.lead.clone(),
                keys: lead.keys.clone(),
                unit,
                stratum,
                own_stratum: lead.stratum.clone(),
                arm,
                enrolled: on,
                batch,
                draw,
            });
        }
    }
    made.sort_by(|a, b| a.lead.cmp(&b.lead));
    made
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::tests::{day, plan};

    pub(super) fn candidates(n: usize) -> Vec<Candidate> {
        (0..n)
            .map(|at| Candidate {
                lead: format!("00Q{at:05}"),
                keys: vec![format!("crd:{}", at - usize::from(at % 10 == 9))],
                stratum: format!("s{}", at % 3),
            })
            .collect()
    }

    #[test]
    fn blocks_keep_strata_even_and_units_whole() {
        let made = assign(&plan(), &[], &candidates(600), day("2025-11-03"), 0);
        assert_eq!(made.len(), 600);
        let mut units: BTreeMap<&str, (&str, Arm)> = BTreeMap::new();
        for one in &made {
            let known = units.entry(&one.unit).or_insert((&one.stratum, one.arm));
            assert_eq!(
                *known,
                (one.stratum.as_str(), one.arm),
                "a unit is in one arm"
            );
        }
        for stratum in ["s0", "s1", "s2"] {
            let own: Vec<Arm> = units
                .values()
                .filter(|one| one.0 == stratum)
                .map(|one| one.1)
                .collect();
            let treated = own.iter().filter(|&&arm| arm == Arm::Treatment).count();
            let apart = own.len() as i64 - 2 * treated as i64;
            assert!(apart.abs() <= 2, "{stratum}: {treated} of {}", own.len());
        }
    }

    #[test]
    fn a_later_lead_goes_where_its_unit_is() {
        let plan = plan();
        let first = assign(&plan, &[], &candidates(40), day("2025-11-03"), 0);
        let later = Candidate {
            lead: "00Qlate".into(),
            keys: vec!["crd:7".into(), "firm:1".into()],
            stratum: "s2".into(),
        };
        let with_its_firm = Candidate {
            lead: "00Qmate".into(),
            keys: vec!["crd:new".into(), "firm:1".into()],
            stratum: "s0".into(),
        };
        let more = assign(&plan, &first, &[with_its_firm, later], day("2025-11-04"), 0);
        let seven = first.iter().find(|one| one.lead == "00Q00007").unwrap();
        for one in &more {
            assert_eq!((one.arm, &one.unit), (seven.arm, &seven.unit));
            assert_eq!((one.batch, &one.stratum), (2, &seven.stratum));
        }
        assert_eq!(more[0].own_stratum, "s2");
        let mut all = first;
        all.extend(more);
        assert!(mismatches(&plan, &all).is_empty());
    }

    #[test]
    fn a_person_stays_in_one_arm_whoever_leads_the_firm_by_now() {
        let plan = plan();
        let lead = |lead: &str, keys: &[&str]| Candidate {
            lead: lead.into(),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            stratum: "s0".into(),
        };
        let people: Vec<Candidate> = (0..40)
            .map(|at| lead(&format!("00Q{at:05}"), &[&format!("crd:{at}")]))
            .collect();
        let mut ledger = assign(&plan, &[], &people, day("2025-11-03"), 0);
        let arm = |at: usize| ledger[at].arm;
        let other = (1..40).find(|&at| arm(at) != arm(0)).unwrap();
        // Two who are in different arms turn out to lead one firm, with a third who is new.
        let later = [
            lead("00Q90001", &["crd:0", "firm:1"]),
            lead("00Q90002", &[&format!("crd:{other}"), "firm:1"]),
            lead("00Q90003", &["crd:new", "firm:1"]),
        ];
        let made = assign(&plan, &ledger, &later, day("2025-11-04"), 0);
        assert_eq!(made[0].unit, "crd:0");
        assert_eq!(
            (made[1].unit.as_str(), made[1].arm),
            (ledger[other].unit.as_str(), arm(other))
        );
        assert_eq!(made[2].unit, "crd:0", "the first of its colleagues");
        ledger.extend(made);
        assert!(mismatches(&plan, &ledger).is_empty());
    }

    #[test]
    fn an_arm_that_was_changed_by_hand_is_found() {
        let plan = plan();
        let mut made = assign(&plan, &[], &candidates(80), day("2025-11-03"), 0);
        assert!(mismatches(&plan, &made).is_empty());
        made[5].arm = match made[5].arm {
            Arm::Treatment => Arm::Control,
            Arm::Control => Arm::Treatment,
        };
        let found = mismatches(&plan, &made);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (&found[0].lead, found[0].what.as_str()),
            (&made[5].lead, "arm")
        );
    }

    #[test]
    fn whatever_else_was_changed_by_hand_is_found() {
        let plan = plan();
        let made = assign(&plan, &[], &candidates(80), day("2025-11-03"), 0);
        let changed = |change: fn(&mut Vec<Assignment>)| -> Vec<String> {
            let mut ledger = made.clone();
            change(&mut ledger);
            let found = mismatches(&plan, &ledger).into_iter();
            found
                .map(|one| format!("{} {}", one.lead, one.what))
                .collect()
        };
        assert_eq!(
            changed(|all| all[5].unit = "another".into()),
            ["00Q00005 unit"]
        );
        assert_eq!(
            changed(|all| all[5].stratum = "s9".into()),
            ["00Q00005 stratum"]
        );
        assert_eq!(
            changed(|all| all[5].enrolled = day("2025-11-04")),
            ["00Q00005 day"]
        );
        assert_eq!(changed(|all| all.push(all[5].clone())), ["00Q00005 rows"]);
        let again = changed(|all| {
            let mut later = all[5].clone();
            later.batch = 2;
            all.push(later);
        });
        assert_eq!(again, ["00Q00005 rows"]);
        assert!(!changed(|all| drop(all.remove(5))).is_empty());
    }

    #[test]
    fn a_roll_out_only_grows_and_leaves_the_hold_out_alone() {
        let mut plan = plan();
        plan.hold_out = 0.1;
        let names: Vec<String> = (0..5000).map(|at| format!("crd:{at}")).collect();
        let shown = |share: f64| -> Vec<bool> {
            names
                .iter()
                .map(|name| is_rolled_out(&plan, name, share))
                .collect()
        };
        let (ten, half, all) = (shown(0.1), shown(0.5), shown(1.0));
        for at in 0..names.len() {
            assert!(!ten[at] || half[at], "who saw it at 10 % sees it at 50 %");
            assert!(!half[at] || all[at]);
        }
        let share = |seen: &[bool]| seen.iter().filter(|&&one| one).count() as f64 / 5000.0;
        for (seen, expected) in [(&ten, 0.09), (&half, 0.45), (&all, 0.9)] {
            assert!((share(seen) - expected).abs() < 0.03, "{}", share(seen));
        }
    }

    proptest! {
        /// Neither the order of candidates nor how days cut them matters to who is in, and the
        /// ledger can always be drawn again.
        #[test]
        fn order_does_not_matter_and_everything_can_be_drawn_again(
            n in 1_usize..120, cut in 0_usize..120, turn in 0_usize..120, hash in any::<bool>(),
        ) {
            let mut plan = plan();
            if hash {
                plan.method = Method::Hash;
            }
            let all = candidates(n);
            let mut turned = all.clone();
            turned.rotate_left(turn % n);
            let on = day("2025-11-03");
            prop_assert_eq!(assign(&plan, &[], &all, on, 0), assign(&plan, &[], &turned, on, 0));
            let (early, late) = all.split_at(cut.min(n));
            let mut made = assign(&plan, &[], early, on, 0);
            let more = assign(&plan, &made, late, day("2025-11-05"), 0);
            made.extend(more);
            prop_assert_eq!(made.len(), n);
            prop_assert!(mismatches(&plan, &made).is_empty());
            let again = assign(&plan, &made, &all, day("2025-11-06"), 0);
            prop_assert!(again.is_empty());
        }
    }
}
