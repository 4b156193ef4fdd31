//! The order in which leads are called, and the share that is not.

use std::cmp::Ordering;

use leadrank_stats::ranking::percentile_ranks;

use super::Candidate;
use super::rules::Rule;
use crate::config::{Order, Tiers};

/// Place of one lead among all ranked ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// 1 = call first. Equal scores are ordered by lead id, so that ranks are stable.
    pub rank: u64,
    /// Share of ranked leads that the model puts below this one in percent, ties
    /// counted half: 0..=100.
    pub percentile: f64,
    /// Whether the percentile lies in the do-not-call share (≤ the limit).
    pub do_not_call: bool,
}

/// The leads in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered {
    /// The place of each candidate, in their order.
    pub places: Vec<Place>,
    /// The rank of each without the boost.
    pub ranks_unboosted: Vec<u64>,
    /// Whether the model moved it down from the rules' first tier.
    pub demoted: Vec<bool>,
}

/// Below this percentile the model moves a lead down from the rules' first tier
/// (domain.md, "Rules V3 and where the team ended").
pub const VETO_PERCENTILE: f64 = 60.0;

/// Ranks leads by margin, best first; `ids` break ties.
///
/// The raw margin is ranked, never the calibrated probability: calibration may
/// tie scores that the model tells apart.
pub fn places(margins: &[f64], ids: &[String], do_not_call_percent: f64) -> Vec<Place> {
    let ranks = ranks(margins.len(), &|a, b| {
        margins[b]
            .total_cmp(&margins[a])
            .then_with(|| ids[a].cmp(&ids[b]))
    });
    with_percentiles(&ranks, margins, do_not_call_percent)
}

/// Orders the candidates as the settings say. Percentile and do-not-call are the model's
/// alone: neither rules nor the boost can bring a lead back that the model puts last.
pub fn ordered(candidates: &[Candidate], tiers: &Tiers) -> Ordered {
    let margins: Vec<f64> = candidates.iter().map(|lead| lead.margin).collect();
    let percentiles = percentile_ranks(&margins);
    let by_rules = tiers.order == Order::RulesThenModel;
    let demoted: Vec<bool> = candidates
        .iter()
        .zip(&percentiles)
        .map(|(lead, &percentile)| {
            by_rules && lead.rule == Rule::FIRST && percentile < VETO_PERCENTILE
        })
        .collect();
    // Of the rules' order: not called last, then the rate that the rule was expected to have.
    let standing = |lead: usize| {
        if !by_rules {
            return (false, 0.0);
        }
        let rule = match demoted[lead] {
            true => Rule::Other,
            false => candidates[lead].rule,
        };
        let last = percentiles[lead] <= tiers.do_not_call_percent;
        (last, rule.expected_rate())
    };
    let ranked = |boost: f64| {
        let score = |lead: usize| match candidates[lead].boosted {
            true => margins[lead] + boost,
            false => margins[lead],
        };
        ranks(candidates.len(), &|a, b| {
            let ((last_a, rate_a), (last_b, rate_b)) = (standing(a), standing(b));
            last_a
                .cmp(&last_b)
                .then(rate_b.total_cmp(&rate_a))
                .then(score(b).total_cmp(&score(a)))
                .then_with(|| candidates[a].id.cmp(&candidates[b].id))
        })
    };
    let ranks = ranked(tiers.boost);
    Ordered {
        places: with_percentiles(&ranks, &margins, tiers.do_not_call_percent),
        ranks_unboosted: ranked(0.0),
        demoted,
    }
}

/// The rank of each of `n` rows, 1 first.
fn ranks(n: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u64> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| compare(a, b));
    let mut ranks = vec![0; n];
    for (row, rank) in order.into_iter().zip(1..) {
        ranks[row] = rank;
    }
    ranks
}

fn with_percentiles(ranks: &[u64], margins: &[f64], do_not_call_percent: f64) -> Vec<Place> {
    let percentiles = percentile_ranks(margins);
    let pairs = ranks.iter().zip(percentiles);
    pairs
        .map(|(&rank, percentile)| Place {
            rank,
            percentile,
            do_not_call: percentile <= do_not_call_percent,
        })
        .collect()
}
