//! Which unit a lead belongs to, enrolled or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, StringArray};
use leadrank_experiment::assign::Assignment;
use leadrank_warehouse::{Params, Session};

use super::population::{Contact, LEADERSHIP, of_adviser};
use crate::error::Result;
use crate::stages::rows::Rows;

const REPS: &str = "LeadScoring.discovery_reps_current";

/// Leads and the units of the ledger that they belong to: their own, that of their adviser, or that
/// of the leaders of the firm where the vendor last saw them.
pub(super) struct Kin<'a> {
    of_lead: BTreeMap<&'a str, &'a Assignment>,
    of_key: BTreeMap<&'a str, &'a Assignment>,
    advisers: BTreeMap<&'a str, &'a str>,
    contacted: BTreeSet<&'a str>,
    /// What the leaders of an adviser's firm share, where some of them are enrolled.
    leaders: BTreeMap<String, String>,
}

impl<'a> Kin<'a> {
    pub(super) async fn of(
        session: &Session,
        ledger: &'a [Assignment],
        contacts: &'a [Contact],
    ) -> Result<Self> {
        let mut of_key = BTreeMap::new();
        for one in ledger {
            for key in &one.keys {
                of_key.entry(key.as_str()).or_insert(one);
            }
        }
        let firms: Vec<&str> = of_key
            .keys()
            .filter_map(|key| key.strip_prefix(LEADERSHIP))
            .collect();
        let advisers = contacts
            .iter()
            .filter_map(|one| Some((one.lead.as_str(), one.adviser.as_deref()?)));
        Ok(Kin {
            leaders: leaders(session, &firms).await?,
            of_lead: ledger.iter().map(|one| (one.lead.as_str(), one)).collect(),
            of_key,
            advisers: advisers.collect(),
            contacted: contacts.iter().map(|one| one.lead.as_str()).collect(),
        })
    }

    /// The id by which the lead file knows a record.
    pub(super) fn known_as<'b>(&self, id: &'b str) -> &'b str
    where
        'a: 'b,
    {
        known_as(&self.contacted, id).unwrap_or(id)
    }

    /// Whether a lead is enrolled itself.
    pub(super) fn is_enrolled(&self, lead: &str) -> bool {
        self.of_lead.contains_key(lead)
    }

    /// The name of the unit that a lead belongs to; who is in none is a unit with the other leads of
    /// the adviser.
    pub(super) fn unit_name(&self, lead: &str) -> String {
        match (self.unit(lead), self.advisers.get(lead)) {
            (Some(one), _) => one.unit.clone(),
            (None, Some(adviser)) => of_adviser(adviser),
            (None, None) => lead.to_owned(),
        }
    }

    /// A row of the unit that a lead belongs to: a person binds more than a firm.
    pub(super) fn unit(&self, lead: &str) -> Option<&'a Assignment> {
        let own = || self.of_lead.get(lead);
        let adviser = self.advisers.get(lead).copied();
        let person = || self.of_key.get(of_adviser(adviser?).as_str());
        let firm = || self.of_key.get(self.leaders.get(adviser?)?.as_str());
        own().or_else(person).or_else(firm).copied()
    }
}

/// The id by which a record is among these leads: a record of Salesforce has 18 characters, the lead
/// file may know it by the first 15 of them.
pub(super) fn known_as<'a>(leads: &BTreeSet<&'a str>, id: &str) -> Option<&'a str> {
    let short = || leads.get(id.get(..15)?);
    leads.get(id).or_else(short).copied()
}

/// Advisers whom the vendor last saw at one of these firms, with what its leaders share.
async fn leaders(session: &Session, firms: &[&str]) -> Result<BTreeMap<String, String>> {
    if firms.is_empty() || !session.has_table(REPS) {
        return Ok(BTreeMap::new());
    }
    let column: StringArray = firms.iter().map(|firm| Some(*firm)).collect();
    let batch = RecordBatch::try_from_iter([("firm_id", Arc::new(column) as _)])?;
    session.register_batches("enrolled_firms", batch.schema(), vec![batch])?;
    let query = format!(
        "SELECT DISTINCT r.RepCRD AS adviser_id, f.firm_id FROM {REPS} r \
         JOIN enrolled_firms f ON f.firm_id = r.RIAFirmCRD \
         WHERE r.snapshot_as_of IN (SELECT MAX(snapshot_as_of) FROM {REPS})"
    );
    let rows = Rows::new(session.collect(&query, &Params::default()).await?);
    let pairs = rows
        .texts("adviser_id")?
        .into_iter()
        .zip(rows.texts("firm_id")?);
    Ok(pairs
        .filter_map(|(adviser, firm)| Some((adviser?, format!("{LEADERSHIP}{}", firm?))))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_by_either_of_its_ids() {
        let leads = BTreeSet::from(["00Q5f000001abcd", "00Q5f000001efghAAB"]);
        assert_eq!(
            known_as(&leads, "00Q5f000001abcdEAA"),
            Some("00Q5f000001abcd")
        );
        assert_eq!(
            known_as(&leads, "00Q5f000001efghAAB"),
            Some("00Q5f000001efghAAB")
        );
        assert_eq!(known_as(&leads, "00Q5f000001efgh"), None);
        assert_eq!(known_as(&leads, "x"), None);
    }
}
