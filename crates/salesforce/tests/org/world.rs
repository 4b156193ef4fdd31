//! An org with leads, and a sync of scores into it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_salesforce::sfdx::Kind as Holds;
use leadrank_salesforce::sync::{
    self, Counts, Ledger, Meta, Options, Outcome, Plan, Planned, Resumption, Row, Run, RunKind,
    Schema, Slot, Value,
};
use leadrank_salesforce::{Auth, Client, Error, OrgSettings, Patience, Secret};
use leadrank_test_org::{Field, Options as OrgOptions, Org, Type};
use serde_json::json;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn schema() -> Schema {
    let slot = |name: &str, kind, is_stamp| Slot {
        api_name: name.into(),
        kind,
        is_stamp,
    };
    let tiers = ["A", "B", "C"].map(str::to_owned).to_vec();
    Schema {
        object: "Lead".into(),
        slots: vec![
            slot(
                "Lead_Score__c",
                Holds::Number {
                    precision: 5,
                    scale: 4,
                },
                false,
            ),
            slot("Lead_Tier__c", Holds::Picklist(tiers), false),
            slot(
                "Score_Narrative__c",
                Holds::LongText { length: 1000 },
                false,
            ),
            slot("Scored_At__c", Holds::DateTime, true),
        ],
        key_field: "Score_Key__c".into(),
    }
}

fn fields() -> Vec<(String, Field)> {
    let tiers = ["A", "B", "C"].map(str::to_owned).to_vec();
    let own = [
        Field::new("Lead_Score__c", Type::Number(1, 4)),
        Field::new("Lead_Tier__c", Type::Picklist(tiers)),
        Field::new("Score_Narrative__c", Type::Text(1000)),
        Field::new("Scored_At__c", Type::DateTime),
        Field::new("Score_Key__c", Type::UniqueText(64)),
    ];
    own.map(|field| ("Lead".to_owned(), field)).to_vec()
}

/// Waits of a few milliseconds instead of seconds.
pub(crate) fn patience() -> Patience {
    Patience {
        attempts: 6,
        first: Duration::from_millis(1),
        longest: Duration::from_millis(4),
        answer: Duration::from_secs(20),
        poll: Duration::from_millis(2),
        job: Duration::from_secs(30),
    }
}

pub(crate) fn settings(url: &str) -> OrgSettings {
    OrgSettings {
        name: "box".into(),
        login_url: url.parse().unwrap(),
        api_version: "62.0".into(),
        auth: Auth::ClientCredentials {
            client_id: "stand-in-app".into(),
            client_secret: Secret::new("stand-in-secret"),
        },
        allow_hosts: Vec::new(),
        allow_loopback: true,
        reserve: 0.0,
        patience: patience(),
        seed: 7,
    }
}

/// An org, the scores it should get, and the ledger.
pub(crate) struct World {
    pub(crate) org: Org,
    pub(crate) ids: Vec<String>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) async fn world(leads: usize) -> World {
    let options = OrgOptions {
        fields: fields(),
        daily_requests: 1_000_000,
        ..OrgOptions::default()
    };
    world_of(leads, options).await
}

pub(crate) async fn world_of(leads: usize, options: OrgOptions) -> World {
    let options = OrgOptions {
        fields: fields(),
        ..options
    };
    let org = Org::start(options).await.unwrap();
    let ids = (0..leads)
        .map(|number| {
            let values = json!({
                "LastName": format!("Sample {number}"),
                "Status": "Contacting",
                "Stage_Entered_Contacting__c": "2025-11-01T00:00:00.000+0000",
            });
            let values = values.as_object().unwrap().clone();
            org.put("Lead", values).unwrap()
        })
        .collect();
    World {
        org,
        ids,
        folder: tempfile::tempdir().unwrap(),
    }
}

impl World {
    pub(crate) async fn client(&self) -> Client {
        Client::connect(settings(&self.org.url)).await.unwrap()
    }

    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::hold(self.folder.path(), "box").unwrap()
    }

    /// The scores of one generation: another score for each lead.
    pub(crate) fn rows(&self, generation: u32) -> Vec<Row> {
        let ids = self.ids.iter().zip(0_u32..);
        ids.map(|(id, number)| row(id, number, generation))
            .collect()
    }

    pub(crate) async fn plan(&self, client: &Client, ledger: &Ledger, rows: Vec<Row>) -> Plan {
        self.try_plan(client, ledger, rows).await.unwrap()
    }

    pub(crate) async fn try_plan(
        &self,
        client: &Client,
        ledger: &Ledger,
        rows: Vec<Row>,
    ) -> Result<Plan, Error> {
        let confirmed = ledger.confirmed()?;
        sync::plan(client, &schema(), rows, &confirmed, day("2025-12-31"), 7).await
    }

    pub(crate) async fn execute(
        &self,
        client: &Client,
        ledger: &Ledger,
        plan: &Plan,
        options: &Options,
    ) -> Result<Counts, Error> {
        let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows)?;
        carry_out(client, ledger, &mut run, &plan.rows, options).await
    }

    /// Whether the org holds these rows' values, all of them.
    pub(crate) fn holds(&self, rows: &[Row]) -> bool {
        let schema = schema();
        rows.iter().all(|row| {
            let record = self.org.get("Lead", &row.id).unwrap();
            let key = row.clone().fitted(&schema, &mut Vec::new()).key(&schema);
            record.get("Score_Key__c") == Some(&json!(key))
                && record["Lead_Score__c"]
                    .as_f64()
                    .map(|score| format!("{score:.4}"))
                    == match &row.values["Lead_Score__c"] {
                        Value::Number(score) => Some(format!("{score:.4}")),
                        _ => None,
                    }
        })
    }

    /// How often each record was written.
    pub(crate) fn times_written(&self) -> BTreeMap<String, u32> {
        let mut times = BTreeMap::new();
        for write in self.org.writes() {
            *times.entry(write.id).or_default() += 1;
        }
        times
    }
}

pub(crate) fn row(id: &str, number: u32, generation: u32) -> Row {
    let score = f64::from((number * 37 + generation * 11) % 1000) / 10_000.0;
    let tier = ["A", "B", "C"][(number as usize + generation as usize) % 3];
    let moment: DateTime<Utc> = "2025-12-31T08:00:00Z".parse().unwrap();
    Row {
        id: id.to_owned(),
        values: BTreeMap::from([
            ("Lead_Score__c".into(), Value::Number(score)),
            ("Lead_Tier__c".into(), Value::Text(tier.into())),
            (
                "Score_Narrative__c".into(),
                Value::Text(format!(
                    "3.2 years at the firm, \"small\" team\nof {number}"
                )),
            ),
            ("Scored_At__c".into(), Value::DateTime(moment)),
        ]),
    }
}

pub(crate) fn meta(kind: RunKind) -> Meta {
    Meta {
        version: 0,
        run: "20251231T080000Z".into(),
        kind,
        org_id: "00D".into(),
        object: "Lead".into(),
        key_field: "Score_Key__c".into(),
        day: day("2025-12-31"),
        begun_at: "2025-12-31T08:00:00Z".parse().unwrap(),
        rows: 0,
        notes: BTreeMap::new(),
    }
}

/// Options without waits, with jobs from so many rows on.
pub(crate) fn options(direct_up_to: usize) -> Options {
    Options {
        direct_up_to,
        pause: Duration::from_millis(1),
        ..Options::default()
    }
}

pub(crate) fn written(counts: &Counts) -> u64 {
    assert_eq!(
        counts.written + counts.failed + counts.unprocessed + counts.unknown,
        counts.planned,
        "{counts:?} does not add up"
    );
    counts.written
}

pub(crate) const WRITTEN: Outcome = Outcome::Written;

/// Carries a run's rows out.
pub(crate) async fn carry_out(
    client: &Client,
    ledger: &Ledger,
    run: &mut Run,
    rows: &[Planned],
    how: &Options,
) -> Result<Counts, Error> {
    sync::execute(client, ledger, run, &schema(), rows, how, &mut |_| {}).await
}

/// Goes on the day after, with nothing hidden.
pub(crate) fn shown() -> Resumption<'static> {
    Resumption {
        on: day("2026-01-01"),
        hides: &|_| false,
    }
}

/// Goes on with a run.
pub(crate) async fn go_on(
    client: &Client,
    ledger: &Ledger,
    run: &mut Run,
    how: &Options,
) -> Result<Counts, Error> {
    sync::resume(client, ledger, run, &schema(), how, shown(), &mut |_| {}).await
}
