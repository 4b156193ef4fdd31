//! Why a lead stands where it stands, in words that a salesperson reads in ten seconds.
//!
//! ```text
//! row, SHAP ──▶ contribution of each idea ──▶ its strongest known fact ──▶ sentence ──▶ narrative
//!              (points.rs, this file)          (columns.rs)       (templates.rs, peers.rs)
//! ```
//! Contributions of features that tell one story are summed: somebody new at the firm must
//! not be told so three times. An idea is told by a known fact alone; what is missing is named
//! as not known, never dressed up as a fact (domain.md, "SHAP and drivers"). A reason on which
//! models of other stretches of time disagree is kept for audit, but not told.

mod agreement;
mod change;
mod columns;
mod narrative;
mod peers;
mod points;
mod rendered;
mod sentence;
mod templates;
#[cfg(test)]
mod tests;
mod value;

use leadrank_features::catalog::{Idea, Signal};
use serde::{Deserialize, Serialize};

pub use agreement::Agreement;
pub use change::{Change, Renewed};
pub use narrative::Narrative;
pub use peers::{Best, Peer, Peers, Range};
pub use points::slope;
pub use rendered::Rendered;
pub use templates::{FILE, LONGEST, Templates};
pub use value::shown;

use crate::error::Result;
use crate::words::capitalised;
use columns::Columns;
use sentence::{Direction, peer_half, sentence};

/// Reasons for a lead, at most.
const DRIVERS: usize = 5;
/// Reasons against it, at most.
const CAUTIONS: usize = 2;
/// Least contribution of an idea that is worth a word, in log-odds: it moves the odds by
/// two in a hundred.
const WORTH_A_WORD: f64 = 0.02;
/// Share of the models grown on other stretches of time that must see an idea the same way
/// before it is told.
pub const AGREEMENT: f64 = 0.8;

/// What is known of one lead's score.
pub struct Facts<'a> {
    /// The lead's values, in the order of the model's columns; NaN is missing.
    pub row: &'a [f32],
    /// Contribution of each column to the margin, in log-odds; what follows is not read.
    pub shap: &'a [f64],
    /// The margin of a lead of which nothing is known: `margin` less all contributions.
    pub base_margin: f64,
    /// The lead's margin.
    pub margin: f64,
    /// The probability that a margin stands for, by the calibration of the lead's segment.
    pub probability: &'a dyn Fn(f64) -> f64,
    /// Days since the vendor's facts were true; none where no vendor record matches.
    pub vendor_age_days: Option<i64>,
    /// Share of the models grown on other stretches of time that give the idea the same sign
    /// for this lead, 0 to 1.
    pub agreement: &'a dyn Fn(Idea) -> f64,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// What it is about.
    pub idea: Idea,
    /// Which kind of signal.
    pub signal: Signal,
    /// The feature that tells it.
    pub feature: String,
    /// Its value; none where it is not known.
    pub value: Option<f64>,
    /// Contribution of the whole idea to the probability (0.01 is one point of percent).
    pub points: f64,
    /// The same in log-odds.
    pub margin: f64,
    /// The sentence, at most 255 characters.
    pub text: String,
    /// The sentence without its half on the peers.
    pub fact: String,
    /// Whether it is stable enough to be shown.
    pub told: bool,
}

/// An idea's contribution, told or not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// The idea.
    pub idea: Idea,
    /// To the margin, in log-odds.
    pub margin: f64,
    /// To the probability.
    pub points: f64,
}

/// What is told of one lead.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explained {
    /// What speaks for the lead, strongest first, at most five. Those to be told come before
    /// others into the five.
    pub drivers: Vec<Reason>,
    /// What speaks against it, strongest first, at most two.
    pub cautions: Vec<Reason>,
    /// Ideas that matter here, but of which nothing is known.
    pub not_known: Vec<Idea>,
    /// The lead in one or two sentences.
    pub narrative: Narrative,
    /// All contributions: they add up to the margin less the base margin, and to their
    /// probabilities' difference.
    pub contributions: Vec<Contribution>,
}

/// Explains rows of one model.
#[derive(Debug, Clone)]
pub struct Reasons<'a> {
    columns: Columns,
    ideas: Vec<(Idea, Vec<usize>)>,
    templates: &'a Templates,
    peers: &'a Peers,
}

impl<'a> Reasons<'a> {
    /// Prepares the wording of the model's features.
    ///
    /// # Errors
    /// A feature that the catalog does not hold.
    pub fn new(names: &[String], templates: &'a Templates, peers: &'a Peers) -> Result<Self> {
        let columns = Columns::new(names)?;
        let of = |idea: Idea| {
            let members = columns
                .iter()
                .filter(|(_, column)| column.feature.idea == idea);
            (idea, members.map(|(at, _)| at).collect::<Vec<_>>())
        };
        let ideas = Idea::ALL.iter().map(|&idea| of(idea));
        Ok(Reasons {
            ideas: ideas.filter(|(_, members)| !members.is_empty()).collect(),
            columns,
            templates,
            peers,
        })
    }

    /// The contribution of each idea, for [`Change`] and for the agreement of models. What a
    /// contribution is worth in probability is `slope` times it.
    pub fn contributions(&self, shap: &[f64], slope: f64) -> Vec<Contribution> {
        let sum = |(idea, members): &(Idea, Vec<usize>)| {
            let margin: f64 = members.iter().map(|&column| shap[column]).sum();
            Contribution {
                idea: *idea,
                margin,
                points: margin * slope,
            }
        };
        self.ideas.iter().map(sum).collect()
    }

    /// The reasons of one lead. Without vendor data there is nothing to tell.
    pub fn explain(&self, facts: &Facts<'_>) -> Explained {
        let slope = slope(facts.probability, facts.base_margin, facts.margin);
        let contributions = self.contributions(facts.shap, slope);
        let Some(age) = facts.vendor_age_days else {
            return Explained {
                narrative: Narrative::without_record(self.templates),
                contributions,
                ..Explained::default()
            };
        };
        let mut order: Vec<usize> = (0..contributions.len()).collect();
        let size = |&at: &usize| contributions[at].margin.abs();
        // Equal contributions keep the catalog's order.
        order.sort_by(|a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
        let (mut drivers, mut cautions, mut not_known) = (Vec::new(), Vec::new(), Vec::new());
        for at in order.into_iter().filter(|at| size(at) >= WORTH_A_WORD) {
            let contribution = contributions[at];
            let members = &self.ideas[at].1;
            let fact = self.fact(facts, members, contribution);
            let is_gap = fact.is_none() && self.is_gap(facts.row, members);
            if is_gap {
                not_known.push(contribution.idea);
            }
            let list = if contribution.margin > 0.0 {
                &mut drivers
            } else {
                &mut cautions
            };
            match fact {
                Some(reason) => list.push(reason),
                None if is_gap && contribution.margin < 0.0 => {
                    list.push(self.gap(facts, members, contribution));
                }
                None => {}
            }
        }
        let drivers = strongest(drivers, DRIVERS);
        let cautions = strongest(cautions, CAUTIONS);
        Explained {
            narrative: Narrative::new(self.templates, &drivers, &cautions, age),
            drivers,
            cautions,
            not_known,
            contributions,
        }
    }

    /// The idea told by its strongest feature whose value is known and whose contribution
    /// has the sign of the sum.
    fn fact(
        &self,
        facts: &Facts<'_>,
        members: &[usize],
        contribution: Contribution,
    ) -> Option<Reason> {
        let direction = if contribution.margin > 0.0 {
            Direction::Up
        } else {
            Direction::Down
        };
        let agreeing = members
            .iter()
            .filter(|&&column| facts.shap[column] * contribution.margin > 0.0)
            .filter_map(|&column| Some((column, self.columns.told(column, facts.row)?)));
        let (column, value) = agreeing.reduce(|strongest, next| {
            let size = |(column, _): (usize, f64)| facts.shap[column].abs();
            if size(next) > size(strongest) {
                next
            } else {
                strongest
            }
        })?;
        let feature = self.columns.feature(column);
        let peer = self.peers.features.get(feature.name);
        let half = peer_half(self.templates, feature, peer, direction, value);
        let words = |half: &str| sentence(self.templates, feature, direction, value, half);
        Some(self.reason(
            facts,
            contribution,
            column,
            Some(value),
            words(&half),
            words(""),
        ))
    }

    /// Whether the idea has numbers that could be told, none of which is known.
    fn is_gap(&self, row: &[f32], members: &[usize]) -> bool {
        let mut numbers = members
            .iter()
            .filter(|&&column| self.columns.is_number(column))
            .peekable();
        numbers.peek().is_some() && numbers.all(|&column| self.columns.is_gap(column, row))
    }

    /// What is not known and speaks against the lead.
    fn gap(&self, facts: &Facts<'_>, members: &[usize], contribution: Contribution) -> Reason {
        let weight = |&&column: &&usize| facts.shap[column];
        let lowest = members
            .iter()
            .min_by(|a, b| weight(a).total_cmp(&weight(b)));
        let column = lowest.copied().unwrap_or_default();
        let idea = self.templates.idea(contribution.idea);
        let text = capitalised(&self.templates.filled("gaps.not_known", &[("idea", idea)]));
        self.reason(facts, contribution, column, None, text.clone(), text)
    }

    fn reason(
        &self,
        facts: &Facts<'_>,
        contribution: Contribution,
        column: usize,
        value: Option<f64>,
        text: String,
        fact: String,
    ) -> Reason {
        let Contribution {
            idea,
            margin,
            points,
        } = contribution;
        Reason {
            idea,
            signal: idea.signal(),
            feature: self.columns.feature(column).name.to_owned(),
            value,
            points,
            margin,
            text,
            fact,
            told: (facts.agreement)(idea) >= AGREEMENT,
        }
    }
}

/// The strongest reasons in their order; those to be told first find a place.
fn strongest(reasons: Vec<Reason>, most: usize) -> Vec<Reason> {
    let told = reasons
        .iter()
        .filter(|reason| reason.told)
        .count()
        .min(most);
    let mut room = [told, most - told];
    reasons
        .into_iter()
        .filter(|reason| {
            let room = &mut room[usize::from(!reason.told)];
            let fits = *room > 0;
            *room -= usize::from(fits);
            fits
        })
        .collect()
}
