//! `[tiers]`: who gets how many calls, in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::MOST;

/// Most that the boost may add, log-odds (domain.md, "Tiers, capacity, boost").
const MOST_BOOST: f64 = 0.2;

/// The section whose keys are the project's own: ids of salespeople.
pub(super) const ROSTER: &str = "tiers.roster";

/// Dispositions of leads that are not worth a call (domain.md, "Rules V3 and where the team
/// ended").
const DISPOSITIONS: [&str; 3] = ["no book", "not transferable", "not a fit"];

/// Tiers by capacity (domain.md, "Tiers, capacity, boost").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tiers {
    /// Dials a salesperson makes a day.
    pub dials_per_day: f64,
    /// Tier A holds capacity times this, since not every dial is answered.
    pub overbook: f64,
    /// Salespeople to count with; 0: the active ones of the user file.
    pub salespeople: u32,
    /// The lowest-ranked share, in percent, that is marked do-not-call.
    pub do_not_call_percent: f64,
    /// Most leads of one firm in tiers A and B together; 0: no limit.
    pub max_per_firm: u64,
    /// Whether a lead's present owner keeps it where that leaves the calls as evenly shared
    /// out as the stated bound promises anyway: nobody is told of somebody else's lead for
    /// the sake of a few hundredths of a call.
    pub keep_owner: bool,
    /// `model`: by score; `rules_then_model`: rules of thumb choose, then the score orders
    /// within each; the model takes out the do-not-call share and moves down what it puts
    /// below the 60th percentile in the rules' first tier.
    pub order: Order,
    /// Added to the raw score (log-odds), for ranking only, where the brief's priority
    /// conditions hold; at most 0.2. It never changes a probability, percentile or
    /// do-not-call mark.
    pub boost: f64,
    /// Dispositions of leads that are not called, as whole words within the text.
    pub exclude_dispositions: Vec<String>,
    /// Names of firms whose leads are not called, as whole words within the firm's name.
    pub exclude_firms: Vec<String>,
    /// Who dials: Salesforce user id and dials a day, one line each. Empty: `salespeople`,
    /// or the active ones of the user file.
    pub roster: BTreeMap<String, f64>,
}

/// What orders the call list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The model's score.
    Model,
    /// Rules of thumb first, the score within them.
    RulesThenModel,
}

impl Default for Tiers {
    fn default() -> Self {
        Tiers {
            dials_per_day: 40.0,
            overbook: 1.2,
            salespeople: 0,
            do_not_call_percent: 20.0,
            max_per_firm: 50,
            keep_owner: true,
            order: Order::Model,
            boost: 0.0,
            exclude_dispositions: DISPOSITIONS.map(str::to_owned).to_vec(),
            exclude_firms: Vec::new(),
            roster: BTreeMap::new(),
        }
    }
}

impl Tiers {
    /// What can't be, in words.
    pub(super) fn check(&self) -> std::result::Result<(), String> {
        if !(0.0..=MOST_BOOST).contains(&self.boost) {
            return Err(format!(
                "tiers.boost must lie between 0 and {MOST_BOOST}: it may order leads that score alike, not outweigh the model"
            ));
        }
        let lists = [
            ("exclude_dispositions", &self.exclude_dispositions),
            ("exclude_firms", &self.exclude_firms),
        ];
        for (key, texts) in lists {
            if let Some(text) = texts
                .iter()
                .find(|text| !text.contains(char::is_alphanumeric))
            {
                return Err(format!(
                    "tiers.{key} holds {text:?}, in which there is no word to look for; delete it"
                ));
            }
        }
        for (id, dials) in &self.roster {
            if id.trim().is_empty() || !(0.0..=MOST as f64).contains(dials) {
                return Err(format!(
                    "{ROSTER} gives {id:?} {dials} dials a day; write each line as a Salesforce user id and a number from 0 to {MOST}"
                ));
            }
        }
        if !self.roster.is_empty() && self.salespeople > 0 {
            return Err(format!(
                "tiers.salespeople = {} and [{ROSTER}] both say who dials; set tiers.salespeople to 0 or delete the roster",
                self.salespeople
            ));
        }
        Ok(())
    }
}
