//! Tiers filled in the order of ranks, with at most so many leads of one firm.

use std::collections::BTreeMap;

use super::order::{Ordered, VETO_PERCENTILE};
use super::{Candidate, Capacity, Tier};

/// The tier of one lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Its tier.
    pub tier: Tier,
    /// Why it is in a lower tier than its score would put it.
    pub reason: Option<String>,
    /// Whether that is for its firm having enough leads in tiers A and B.
    pub over_firm_limit: bool,
}

/// Fills tier A, then B, from the best rank down, passing over leads that are not to be
/// called and those whose firm has `max_per_firm` in A and B already (0: no limit). Leads
/// of an unknown firm are not limited. In the order of the candidates.
pub fn fill(
    candidates: &[Candidate],
    ordered: &Ordered,
    capacity: &Capacity,
    max_per_firm: u64,
) -> Vec<Filled> {
    let mut by_rank: Vec<usize> = (0..candidates.len()).collect();
    by_rank.sort_by_key(|&lead| ordered.places[lead].rank);
    let mut filled = vec![
        Filled {
            tier: Tier::C,
            reason: None,
            over_firm_limit: false,
        };
        candidates.len()
    ];
    let mut of_firm: BTreeMap<&str, u64> = BTreeMap::new();
    let mut called = 0;
    for lead in by_rank {
        let place = &ordered.places[lead];
        let out = &mut filled[lead];
        if ordered.demoted[lead] {
            out.reason = Some(format!(
                "The rules' first tier, moved down: the model's percentile of {:.1} is below {VETO_PERCENTILE}",
                place.percentile
            ));
        }
        if place.do_not_call {
            out.reason = Some(format!(
                "Among the lowest scores: percentile {:.1}",
                place.percentile
            ));
            continue;
        }
        let tier = capacity.tier(called + 1);
        if tier == Tier::C {
            continue;
        }
        if let Some(firm) = candidates[lead].firm.as_deref()
            && max_per_firm > 0
        {
            let count = of_firm.entry(firm).or_insert(0);
            if *count == max_per_firm {
                out.over_firm_limit = true;
                out.reason = Some(format!(
                    "Firm limit: {max_per_firm} better-ranked leads of this firm are in tiers A and B"
                ));
                continue;
            }
            *count += 1;
        }
        out.tier = tier;
        called += 1;
    }
    filled
}
