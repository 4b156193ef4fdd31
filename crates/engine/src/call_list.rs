//! `call_list.csv`: what the sales team gets. One row a lead, best first, in a
//! column order that stays.

use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::project::write_atomically;
use crate::reasons::Change;
use crate::tiers::Tier;

/// How far a score can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Vendor data younger than the limit.
    Fresh,
    /// Vendor data older than the limit.
    Stale,
    /// No vendor record matched the lead.
    Fallback,
}

impl Status {
    /// The word stored in tables and files.
    pub fn word(self) -> &'static str {
        match self {
            Status::Fresh => "fresh",
            Status::Stale => "stale",
            Status::Fallback => "fallback",
        }
    }
}

/// One scored lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoredLead {
    /// Salesforce id.
    pub lead_id: String,
    /// The model's raw score in log-odds; leads are ranked by it.
    pub margin: f64,
    /// Calibrated probability of a scheduled call within the window.
    pub probability: f64,
    /// Place among the callable leads; none where the lead must not be called.
    pub rank: Option<u64>,
    /// Percentile among the callable leads, 100 = best.
    pub percentile: Option<f64>,
    /// Tier by capacity; none where the lead must not be called.
    pub tier: Option<Tier>,
    /// Bottom share, or excluded.
    pub do_not_call: bool,
    /// Why the lead is left out altogether.
    pub excluded: Option<String>,
    /// Up to five reasons for a higher chance, in words with values.
    pub drivers: Vec<String>,
    /// Which kind of signal each of them is, in words.
    #[serde(default)]
    pub signals: Vec<String>,
    /// What speaks against it, or what is not known.
    pub caution: Option<String>,
    /// First day of the vendor month behind the score.
    pub snapshot_as_of: Option<NaiveDate>,
    /// How far the score can be relied on.
    pub status: Status,
    /// Who is to call it, by Salesforce user id; only tiers A and B.
    #[serde(default)]
    pub assigned_to: Option<String>,
    /// The rank it would have without the boost.
    #[serde(default)]
    pub rank_unboosted: Option<u64>,
    /// Why it is in a lower tier than its score would put it, or in none.
    #[serde(default)]
    pub tier_reason: Option<String>,
    /// The lead in a sentence or two.
    #[serde(default)]
    pub why: String,
    /// The same with what the peers say, without the age of the vendor's data.
    #[serde(default)]
    pub narrative: String,
    /// The strongest contributions by idea, as JSON, for audit.
    #[serde(default)]
    pub contributions: String,
    /// Why its probability is another one than last time; none where it had none.
    #[serde(default)]
    pub change: Option<Change>,
    /// Rate of the leads that it is compared with: those at firms of its size.
    #[serde(default)]
    pub peer_rate: Option<f64>,
    /// Facts that are shown beside the score, in the order of [`DISPLAY`](crate::crm::DISPLAY).
    #[serde(default)]
    pub facts: Vec<Option<f64>>,
}

/// Header of the call list. New columns come at the end.
pub const HEADER: [&str; 19] = [
    "rank",
    "lead_id",
    "tier",
    "probability",
    "percentile",
    "do_not_call",
    "driver_1",
    "driver_2",
    "driver_3",
    "driver_4",
    "driver_5",
    "caution",
    "vendor_data_as_of",
    "vendor_data_age_days",
    "status",
    "assigned_to",
    "tier_reason",
    "why",
    "change",
];

/// Callable leads by rank; excluded leads are not among them.
pub fn ranked<'a>(leads: impl Iterator<Item = &'a ScoredLead>) -> Vec<(u64, &'a ScoredLead)> {
    let mut ranked: Vec<(u64, &ScoredLead)> =
        leads.filter_map(|lead| Some((lead.rank?, lead))).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked
}

/// Writes the call list of leads by their rank.
///
/// # Errors
/// When the file can't be written.
pub fn write(path: &Path, ranked: &[(u64, &ScoredLead)], as_of: NaiveDate) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let to_error = |source: csv::Error| Error::Data(format!("the call list: {source}"));
    writer.write_record(HEADER).map_err(to_error)?;
    for (rank, lead) in ranked {
        writer
            .write_record(record(*rank, lead, as_of))
            .map_err(to_error)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Error::Data(format!("the call list: {error}")))?;
    write_atomically(path, &bytes)
}

fn record(rank: u64, lead: &ScoredLead, as_of: NaiveDate) -> Vec<String> {
    let driver = |place: usize| {
        lead.drivers
            .get(place)
            .map_or(String::new(), |text| safe(text))
    };
    let day = lead.snapshot_as_of;
    let mut fields = vec![
        rank.to_string(),
        safe(&lead.lead_id),
        lead.tier.map_or("", Tier::letter).to_string(),
        format!("{:.4}", lead.probability),
        lead.percentile
            .map_or(String::new(), |percentile| format!("{percentile:.1}")),
        if lead.do_not_call { "yes" } else { "no" }.to_string(),
    ];
    fields.extend((0..5).map(driver));
    fields.push(lead.caution.as_deref().map_or(String::new(), safe));
    fields.push(day.map_or(String::new(), |day| day.to_string()));
    fields.push(day.map_or(String::new(), |day| (as_of - day).num_days().to_string()));
    fields.push(lead.status.word().to_string());
    for text in [&lead.assigned_to, &lead.tier_reason] {
        fields.push(text.as_deref().map_or(String::new(), safe));
    }
    fields.push(safe(&lead.why));
    let change = lead.change.as_ref();
    fields.push(change.map_or(String::new(), |change| safe(&change.text)));
    fields
}

/// A text that no spreadsheet takes for a formula (CWE-1236).
fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(id: &str, rank: Option<u64>) -> ScoredLead {
        ScoredLead {
            lead_id: id.into(),
            margin: -3.0,
            probability: 0.047_26,
            rank,
            percentile: rank.map(|_| 99.95),
            tier: rank.map(|_| Tier::A),
            do_not_call: rank.is_none(),
            excluded: None,
            drivers: vec!["2.1 years at the firm".into(), "=1+1".into()],
            caution: None,
            snapshot_as_of: NaiveDate::from_ymd_opt(2025, 10, 1),
            status: Status::Fresh,
            assigned_to: rank.map(|_| "005A".into()),
            rank_unboosted: rank,
            tier_reason: None,
            why: "New at the firm.".into(),
            narrative: String::new(),
            signals: Vec::new(),
            peer_rate: None,
            facts: Vec::new(),
            contributions: "[]".into(),
            change: None,
        }
    }

    #[test]
    fn the_list_is_in_rank_order_without_excluded_leads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("call_list.csv");
        let leads = [lead("b", Some(2)), lead("x", None), lead("a", Some(1))];
        let as_of = NaiveDate::from_ymd_opt(2025, 12, 31).unwrap();
        let ranked = ranked(leads.iter());
        assert_eq!(ranked.len(), 2);
        write(&path, &ranked, as_of).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], HEADER.join(","));
        assert_eq!(
            lines[1],
            "1,a,A,0.0473,100.0,no,2.1 years at the firm,'=1+1,,,,,2025-10-01,91,fresh,005A,,New at the firm.,"
        );
        assert!(lines[2].starts_with("2,b,"));
        assert_eq!(lines.len(), 3);
    }
}
