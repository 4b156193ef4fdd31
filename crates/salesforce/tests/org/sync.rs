//! A sync that nothing disturbs: plan, write, nothing the second time, undo.

use leadrank_salesforce::sync::{self, Change, RunKind, Value};
use leadrank_test_org::Kind;
use serde_json::{Value as Json, json};

use super::world::{World, carry_out, meta, options, row, schema, world, written};

async fn syncs(world: &World, direct_up_to: usize) {
    let client = world.client().await;
    let ledger = world.ledger();
    let n = world.ids.len() as u64;
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!((plan.changes[&Change::New], plan.unchanged), (n, 0));
    assert!(world.org.writes().is_empty(), "a plan writes nothing");
    let counts = world
        .execute(&client, &ledger, &plan, &options(direct_up_to))
        .await
        .unwrap();
    assert_eq!(written(&counts), n);
    assert!(world.holds(&world.rows(1)));
    assert!(world.times_written().values().all(|times| *times == 1));

    // Promise 5: the second time nothing is written, nor even read.
    let before = world.org.requests();
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!((plan.rows.len(), plan.unchanged), (0, n));
    let retrieved = |of: &std::collections::BTreeMap<Kind, u64>| of.get(&Kind::Retrieve).copied();
    assert_eq!(retrieved(&world.org.requests()), retrieved(&before));

    // Only what differs is written.
    let mut rows = world.rows(1);
    rows[0] = row(&rows[0].id, 0, 2);
    let plan = world.plan(&client, &ledger, rows.clone()).await;
    assert_eq!((plan.rows.len(), plan.unchanged), (1, n - 1));
    assert_eq!(plan.changes[&Change::Changed], 1);
    world
        .execute(&client, &ledger, &plan, &options(direct_up_to))
        .await
        .unwrap();
    assert!(world.holds(&rows));
    assert_eq!(world.org.writes().len() as u64, n + 1);
}

#[tokio::test]
async fn in_requests() {
    syncs(&world(450).await, 2000).await;
}

#[tokio::test]
async fn in_a_job() {
    let world = world(450).await;
    syncs(&world, 10).await;
    assert_eq!(world.org.requests()[&Kind::JobCreate], 1);
    assert!(world.org.job_states().is_empty(), "jobs are tidied up");
}

#[tokio::test]
async fn the_ledger_lost_nothing_is_written_either() {
    let mut world = world(30).await;
    let client = world.client().await;
    let ledger = world.ledger();
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    drop(ledger);
    world.folder = tempfile::tempdir().unwrap();
    let ledger = world.ledger();
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!((plan.rows.len(), plan.already_there.len()), (0, 30));
}

#[tokio::test]
async fn leads_that_went_on_are_left_alone_and_counted() {
    let world = world(6).await;
    let client = world.client().await;
    let ledger = world.ledger();
    let ids = &world.ids;
    world.org.set(
        "Lead",
        &ids[0],
        "Stage_Entered_Call_Scheduled__c",
        json!("2025-12-01T00:00:00.000+0000"),
    );
    world
        .org
        .set("Lead", &ids[1], "IsConverted", Json::Bool(true));
    world
        .org
        .set("Lead", &ids[2], "Stage_Entered_Contacting__c", Json::Null);
    world.org.delete("Lead", &ids[3]);
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!(plan.rows.len(), 2);
    let reasons: Vec<&str> = plan.left_out.keys().map(String::as_str).collect();
    assert_eq!(
        reasons,
        [
            "a call is scheduled",
            "converted",
            "not in Contacting",
            "not in Salesforce any more, or hidden from the integration user"
        ]
    );
}

#[tokio::test]
async fn one_that_is_converted_between_plan_and_write_fails_alone() {
    for direct in [2000, 1] {
        let world = world(5).await;
        let client = world.client().await;
        let ledger = world.ledger();
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        world
            .org
            .set("Lead", &world.ids[1], "IsConverted", Json::Bool(true));
        let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
        let how = options(direct);
        let counts = carry_out(&client, &ledger, &mut run, &plan.rows, &how)
            .await
            .unwrap();
        assert_eq!((counts.written, counts.failed), (4, 1));
        let outcomes = run.outcomes().unwrap();
        let outcome = outcomes.of(&world.ids[1]).unwrap();
        let code = serde_json::to_value(outcome).unwrap()["failed"]["code"].clone();
        assert_eq!(code, "CANNOT_UPDATE_CONVERTED_LEAD");
        // It is not confirmed, so the next plan looks at it again, and leaves it out.
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        assert_eq!((plan.rows.len(), plan.unchanged), (0, 4));
        assert_eq!(plan.left_out["converted"], 1);
    }
}

#[tokio::test]
async fn an_undo_brings_back_what_was_there() {
    let world = world(40).await;
    let client = world.client().await;
    let ledger = world.ledger();
    let first = world.plan(&client, &ledger, world.rows(1)).await;
    world
        .execute(&client, &ledger, &first, &options(2000))
        .await
        .unwrap();
    let second = world.plan(&client, &ledger, world.rows(2)).await;
    let mut run = ledger.begin(meta(RunKind::Sync), &second.rows).unwrap();
    let how = options(2000);
    carry_out(&client, &ledger, &mut run, &second.rows, &how)
        .await
        .unwrap();
    assert!(world.holds(&world.rows(2)));
    // Somebody has written one of them since.
    world
        .org
        .set("Lead", &world.ids[7], "Score_Key__c", json!("another"));
    let plan = sync::undo(&client, &run, &schema(), &|_| false)
        .await
        .unwrap();
    assert_eq!(
        (plan.rows.len(), plan.left_out["written again since"]),
        (39, 1)
    );
    let kind = RunKind::Undo {
        of: run.meta.run.clone(),
    };
    let mut undo = ledger.begin(meta(kind), &plan.rows).unwrap();
    let counts = carry_out(&client, &ledger, &mut undo, &plan.rows, &how)
        .await
        .unwrap();
    assert_eq!(written(&counts), 39);
    let others: Vec<_> = world
        .rows(1)
        .into_iter()
        .filter(|row| row.id != world.ids[7])
        .collect();
    assert!(world.holds(&others));
    // The scores are as before the second run, so syncing those writes only the strange one.
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!(plan.rows.len(), 1);
}

#[tokio::test]
async fn an_undo_of_the_first_run_empties_the_fields() {
    let world = world(3).await;
    let client = world.client().await;
    let ledger = world.ledger();
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
    carry_out(&client, &ledger, &mut run, &plan.rows, &options(1))
        .await
        .unwrap();
    let plan = sync::undo(&client, &run, &schema(), &|_| false)
        .await
        .unwrap();
    let undo = world
        .execute(&client, &ledger, &plan, &options(1))
        .await
        .unwrap();
    assert_eq!(written(&undo), 3);
    let record = world.org.get("Lead", &world.ids[0]).unwrap();
    assert_eq!(
        (&record["Lead_Score__c"], &record["Score_Key__c"]),
        (&Json::Null, &Json::Null)
    );
}

#[tokio::test]
async fn fields_that_are_missing_are_named_before_anything_is_written() {
    let world = world(3).await;
    world.org.drop_field("Lead", "Lead_Tier__c");
    let client = world.client().await;
    let ledger = world.ledger();
    let error = world
        .try_plan(&client, &ledger, world.rows(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("Lead_Tier__c") && error.contains("Deploy the fields"),
        "{error}"
    );
}

#[tokio::test]
async fn values_that_do_not_fit_are_made_to_and_noted() {
    let world = world(1).await;
    let client = world.client().await;
    let ledger = world.ledger();
    let mut rows = world.rows(1);
    rows[0]
        .values
        .insert("Lead_Score__c".into(), Value::Number(26_799.0));
    rows[0]
        .values
        .insert("Score_Narrative__c".into(), Value::Text("ä".repeat(1200)));
    let plan = world.plan(&client, &ledger, rows).await;
    assert_eq!(plan.notes.len(), 2);
    let counts = world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    assert_eq!(written(&counts), 1);
    let record = world.org.get("Lead", &world.ids[0]).unwrap();
    assert_eq!(record["Lead_Score__c"], 9.9999);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_thousand_go_in_one_job() {
    let world = world(50_000).await;
    let client = world.client().await;
    let ledger = world.ledger();
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!(plan.rows.len(), 50_000);
    let counts = world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    assert_eq!(written(&counts), 50_000);
    assert_eq!(world.org.requests()[&Kind::JobCreate], 1);
    assert!(world.holds(&world.rows(1)));
}

#[tokio::test]
async fn fields_that_a_row_does_not_name_are_left_alone() {
    for direct_up_to in [2000, 1] {
        let world = world(4).await;
        let client = world.client().await;
        let ledger = world.ledger();
        world.org.set(
            "Lead",
            &world.ids[0],
            "Score_Narrative__c",
            json!("by hand"),
        );
        let mut rows = world.rows(1);
        rows[0].values.remove("Score_Narrative__c");
        rows[1]
            .values
            .insert("Score_Narrative__c".into(), Value::Null);
        let plan = world.plan(&client, &ledger, rows.clone()).await;
        let how = options(direct_up_to);
        let counts = world.execute(&client, &ledger, &plan, &how).await.unwrap();
        assert_eq!(written(&counts), 4);
        assert!(world.holds(&rows));
        let told = |id: &str| world.org.get("Lead", id).unwrap()["Score_Narrative__c"].clone();
        assert_eq!(told(&world.ids[0]), "by hand");
        assert_eq!(told(&world.ids[1]), Json::Null);
        assert!(told(&world.ids[2]).as_str().unwrap().contains("firm"));
    }
}
