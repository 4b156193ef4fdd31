//! Whom to call: ranks, tiers by capacity and the do-not-call share
//! (domain.md, "Tiers, capacity, boost").

use serde::{Deserialize, Serialize};

use crate::config::Tiers;

/// A tier of the call list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tier {
    /// Today's calls: capacity × overbooking.
    A,
    /// The next day's worth.
    B,
    /// All others.
    C,
}

impl Tier {
    /// The letter shown to people.
    pub fn letter(self) -> &'static str {
        match self {
            Tier::A => "A",
            Tier::B => "B",
            Tier::C => "C",
        }
    }
}

/// The tier rule with its numbers filled in; stored in the bundle's scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Salespeople counted.
    pub salespeople: u32,
    /// Where that number comes from, in words.
    pub salespeople_from: String,
    /// Dials a day each.
    pub dials_per_day: f64,
    /// Dials a day of the whole team.
    pub daily: u64,
    /// Leads in tier A at most.
    pub tier_a: u64,
    /// Leads in tier B at most.
    pub tier_b: u64,
}

impl Capacity {
    /// Sizes of the tiers for a team: A = daily dials × overbook, B = one more
    /// day of dials, both rounded to whole leads.
    pub fn new(salespeople: u32, salespeople_from: String, tiers: &Tiers) -> Self {
        let daily = f64::from(salespeople) * tiers.dials_per_day;
        Capacity {
            salespeople,
            salespeople_from,
            dials_per_day: tiers.dials_per_day,
            daily: daily.round() as u64,
            tier_a: (daily * tiers.overbook).round() as u64,
            tier_b: daily.round() as u64,
        }
    }

    /// The tier of a ranked lead. One in the do-not-call share is never for today,
    /// however large the team.
    pub fn tier_of(&self, place: &Place) -> Tier {
        if place.do_not_call {
            Tier::C
        } else {
            self.tier(place.rank)
        }
    }

    /// The tier of the lead with this rank (1 = best).
    pub fn tier(&self, rank: u64) -> Tier {
        if rank <= self.tier_a {
            Tier::A
        } else if rank <= self.tier_a + self.tier_b {
            Tier::B
        } else {
            Tier::C
        }
    }
}

/// Place of one lead among all ranked ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// 1 = call first. Equal margins are ordered by lead id, so that ranks are stable.
    pub rank: u64,
    /// Share of ranked leads below this one in percent, ties counted half: 0..=100.
    pub percentile: f64,
    /// Whether the percentile lies in the do-not-call share (≤ the limit).
    pub do_not_call: bool,
}

/// Ranks leads by margin, best first; `ids` break ties.
///
/// The raw margin is ranked, never the calibrated probability: calibration may
/// tie scores that the model tells apart.
pub fn places(margins: &[f64], ids: &[String], do_not_call_percent: f64) -> Vec<Place> {
    let percentiles = leadrank_stats::ranking::percentile_ranks(margins);
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|&a, &b| {
        margins[b]
            .total_cmp(&margins[a])
            .then_with(|| ids[a].cmp(&ids[b]))
    });
    let mut places = vec![
        Place {
            rank: 0,
            percentile: 0.0,
            do_not_call: false
        };
        margins.len()
    ];
    for (position, &row) in order.iter().enumerate() {
        let percentile = percentiles[row];
        places[row] = Place {
            rank: position as u64 + 1,
            percentile,
            do_not_call: percentile <= do_not_call_percent,
        };
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity(salespeople: u32) -> Capacity {
        let tiers = Tiers {
            dials_per_day: 10.0,
            overbook: 1.2,
            salespeople: 0,
            do_not_call_percent: 20.0,
        };
        Capacity::new(salespeople, "test".into(), &tiers)
    }

    #[test]
    fn tiers_follow_capacity_with_overbooking() {
        let team = capacity(2);
        assert_eq!((team.daily, team.tier_a, team.tier_b), (20, 24, 20));
        let letters = [1, 24, 25, 44, 45].map(|rank| team.tier(rank).letter());
        assert_eq!(letters, ["A", "A", "B", "B", "C"]);
    }

    #[test]
    fn a_large_team_does_not_call_whom_it_should_not() {
        let place = |do_not_call| Place {
            rank: 3,
            percentile: 10.0,
            do_not_call,
        };
        assert_eq!(capacity(2).tier_of(&place(false)), Tier::A);
        assert_eq!(capacity(2).tier_of(&place(true)), Tier::C);
    }

    #[test]
    fn no_team_means_no_tier_a() {
        assert_eq!(capacity(0).tier(1), Tier::C);
    }

    #[test]
    fn equal_margins_are_ordered_by_id_and_share_a_percentile() {
        let ids = ["c", "a", "b"].map(String::from);
        let places = places(&[0.5, 0.5, 0.9], &ids, 20.0);
        assert_eq!(
            places.iter().map(|place| place.rank).collect::<Vec<_>>(),
            [3, 2, 1]
        );
        assert_eq!(places[0].percentile, places[1].percentile);
    }

    #[test]
    fn the_bottom_share_is_marked() {
        let margins: Vec<f64> = (0..100).map(f64::from).collect();
        let ids: Vec<String> = (0..100).map(|i| format!("{i:03}")).collect();
        let marked = places(&margins, &ids, 20.0)
            .iter()
            .filter(|place| place.do_not_call)
            .count();
        assert_eq!(marked, 20);
    }
}
