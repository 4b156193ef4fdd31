//! What came of leads beside a scheduled call: dials and opportunities, where they are on record.

use std::collections::BTreeMap;

use leadrank_warehouse::{Params, Session};

use crate::error::Result;
use crate::stages::rows::Rows;

/// Calls dialled to each lead of a table with `lead_id` and `contact_date`, from the contact to
/// the end of the window, both days included; none without a task file.
pub(crate) async fn dials(
    session: &Session,
    leads: &str,
    window_days: i64,
) -> Result<Option<BTreeMap<String, u64>>> {
    if !session.has_table("SavvyGTMData.Task") {
        return Ok(None);
    }
    let query = format!(
        "SELECT d.lead_id, COUNT(*) AS dials \
         FROM {leads} d JOIN SavvyGTMData.Task t ON t.WhoId = d.lead_id \
         WHERE (t.Type = 'Call' OR t.TaskSubtype = 'Call') \
         AND DATE(t.CreatedDate) >= d.contact_date \
         AND DATE(t.CreatedDate) <= DATE_ADD(d.contact_date, INTERVAL {window_days} DAY) \
         GROUP BY d.lead_id"
    );
    let rows = Rows::new(session.collect(&query, &Params::default()).await?);
    let counts = rows.integers("dials")?.into_iter();
    let pairs = rows.texts("lead_id")?.into_iter().zip(counts);
    let known = pairs.filter_map(|(lead, dials)| Some((lead?, u64::try_from(dials?).ok()?)));
    Ok(Some(known.collect()))
}

/// Value, in dollars, of the opportunity each lead led to; none without an opportunity file.
pub(crate) async fn amounts(session: &Session) -> Result<Option<BTreeMap<String, f64>>> {
    if !session.has_table("SavvyGTMData.Opportunity") {
        return Ok(None);
    }
    let query = "SELECT l.Id AS lead_id, o.Amount AS amount FROM SavvyGTMData.Lead l \
                 JOIN SavvyGTMData.Opportunity o ON o.Id = l.ConvertedOpportunityId";
    let rows = Rows::new(session.collect(query, &Params::default()).await?);
    let pairs = rows
        .texts("lead_id")?
        .into_iter()
        .zip(rows.numbers("amount")?);
    let known = pairs.filter_map(|(lead, amount)| Some((lead?, amount?)));
    Ok(Some(known.collect()))
}
