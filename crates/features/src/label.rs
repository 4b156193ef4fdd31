//! Contacted leads, their labels, and their base features as of the contact.

use leadrank_warehouse::{Params, Session};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::options::FeatureOptions;
use crate::rows::{base_features, integers};

/// What became of the labels (domain.md, "Label: exact rule to implement").
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelAudit {
    /// Leads in the file.
    pub leads: u64,
    /// Leads with a scheduled call but no contact: left out.
    pub call_without_contact: u64,
    /// Contacted leads: the rows of the training dataset.
    pub contacted: u64,
    /// A call scheduled within the window.
    pub positive: u64,
    /// No call scheduled: label 0.
    pub negative: u64,
    /// A call scheduled after the window: label 0.
    pub late: u64,
    /// The window is not over: no label.
    pub censored: u64,
    /// A call scheduled before the contact: no label.
    pub invalid_timing: u64,
}

impl LabelAudit {
    /// Rows with a label.
    pub fn labelled(&self) -> u64 {
        self.positive + self.negative + self.late
    }

    /// Share of positives among the labelled rows; none without any.
    pub fn base_rate(&self) -> Option<f64> {
        (self.labelled() > 0).then(|| self.positive as f64 / self.labelled() as f64)
    }
}

/// Registers `lead_base` in the session: one row a contacted lead with `lead_id`,
/// `adviser_id`, `contact_date`, `snapshot_as_of`, `label`, `label_status`, the 36 base
/// features as of contact and `facts_as_of`, the month they were taken of.
///
/// # Errors
/// When no vendor month is loaded or a query fails.
pub async fn prepare_leads(session: &Session, options: &FeatureOptions) -> Result<LabelAudit> {
    let what = "contacted leads";
    let params = Params::new()
        .with("as_of", options.as_of)
        .with("window_days", options.window_days);
    let sql = options.models.text("01", &[]);
    let frame = session
        .query_with(&sql, &params)
        .await
        .map_err(Error::query(what))?;
    crate::rows::keep(session, "contacted", frame, what).await?;
    let targets = "SELECT lead_id, adviser_id, contact_date AS target_date FROM contacted";
    base_features(session, options, targets, "contacted_base").await?;
    let joined = "SELECT c.lead_id, c.adviser_id, c.contact_date, b.snapshot_as_of, c.label, \
                  c.label_status, b.* EXCEPT (lead_id, target_date, snapshot_as_of) \
                  FROM contacted c JOIN contacted_base b ON b.lead_id = c.lead_id";
    let frame = session.query(joined).await.map_err(Error::query(what))?;
    crate::rows::keep(session, "lead_base", frame, what).await?;
    audit(session).await
}

async fn audit(session: &Session) -> Result<LabelAudit> {
    let counts = integers(
        session,
        "the label audit",
        "SELECT COUNT(DISTINCT Id) AS leads, \
         COUNT(DISTINCT IF(Stage_Entered_Contacting__c IS NULL \
             AND Stage_Entered_Call_Scheduled__c IS NOT NULL, Id, NULL)) AS unasked \
         FROM SavvyGTMData.Lead",
    )
    .await?;
    let statuses = integers(
        session,
        "the label audit",
        "SELECT COUNT(*) AS contacted, COUNTIF(label_status = 'positive') AS positive, \
         COUNTIF(label_status = 'negative') AS negative, COUNTIF(label_status = 'late') AS late, \
         COUNTIF(label_status = 'censored') AS censored, \
         COUNTIF(label_status = 'invalid_timing') AS invalid_timing FROM lead_base",
    )
    .await?;
    Ok(LabelAudit {
        leads: counts[0],
        call_without_contact: counts[1],
        contacted: statuses[0],
        positive: statuses[1],
        negative: statuses[2],
        late: statuses[3],
        censored: statuses[4],
        invalid_timing: statuses[5],
    })
}
