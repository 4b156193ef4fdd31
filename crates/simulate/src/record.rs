//! The truth files: one row a lead, and the totals.

use std::path::Path;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::leads::Lead;
use crate::month::date_of;
use crate::options::{Summary, TruthTotals, WrittenFile};
use crate::output::{Line, WholeFile};
use crate::roster::id;
use crate::truth::auc;

/// Writes `truth/leads.csv`. Leads not yet contacted stand as if contacted on the export
/// day: their probability and label say what would happen then, and their contact date is
/// empty.
pub(crate) fn write_leads(project: &Path, leads: &[Lead]) -> Result<WrittenFile> {
    let mut file = WholeFile::create(project, "truth/leads.csv")?;
    file.raw(b"lead_id,contact_date,probability_30d,latent_group,label_30d,days_to_call\n")?;
    let mut line = Line::default();
    for lead in leads {
        line.clear();
        line.text(id("00Q", lead.serial));
        match lead.contact {
            Some(contact) => line.text(date_of(contact).to_string()),
            None => line.empty(),
        }
        line.fixed(lead.probability, 8);
        line.text(lead.group);
        line.whole(i64::from(lead.label()));
        match lead.call_after {
            Some(days) => line.whole(i64::from(days)),
            None => line.empty(),
        }
        line.end("\n");
        file.row(line.bytes())?;
    }
    file.finish(0)
}

/// Writes `truth/summary.json`.
pub(crate) fn write_summary(project: &Path, summary: &Summary) -> Result<()> {
    write_json(project, "truth/summary.json", summary)
}

/// Writes a record as JSON under a name relative to the project folder.
pub(crate) fn write_json(project: &Path, name: &str, record: &impl Serialize) -> Result<()> {
    let mut file = WholeFile::create(project, name)?;
    let text =
        serde_json::to_vec_pretty(record).map_err(|e| Error::io(&project.join(name), e.into()))?;
    file.raw(&text)?;
    file.raw(b"\n")?;
    file.finish(0).map(|_| ())
}

/// Totals over contacted leads.
pub(crate) fn totals(leads: &[Lead]) -> TruthTotals {
    let contacted: Vec<&Lead> = leads.iter().filter(|l| l.contact.is_some()).collect();
    let count = |test: fn(i32) -> bool| {
        contacted
            .iter()
            .filter(|l| l.call_after.is_some_and(test))
            .count() as u64
    };
    let valid: Vec<&&Lead> = contacted
        .iter()
        .filter(|l| l.call_after.is_none_or(|d| d >= 0))
        .collect();
    let scored = |key: fn(&Lead) -> f64| -> Vec<(f64, bool)> {
        valid.iter().map(|l| (key(l), l.label())).collect()
    };
    let sum: f64 = contacted.iter().map(|l| l.probability).sum();
    TruthTotals {
        leads: leads.len() as u64,
        contacted: contacted.len() as u64,
        within_30_days: count(|d| (0..=30).contains(&d)),
        late: count(|d| d > 30),
        negative: count(|d| d < 0),
        mean_probability: sum / (contacted.len() as f64).max(1.0),
        auc_of_truth: auc(&scored(|l| l.probability)),
        auc_of_visible_truth: auc(&scored(|l| l.visible)),
    }
}
