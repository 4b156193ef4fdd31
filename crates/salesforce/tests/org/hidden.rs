//! What an experiment hides since its draw stays hidden: no undo and no resumption of an older run
//! brings it back, and the next sync empties what is still there.

use std::collections::BTreeSet;

use leadrank_salesforce::sync::{
    self, Change, Counts, Hides, Ledger, Outcome, Resumption, Row, Run, RunKind, Value, in_words,
};
use leadrank_salesforce::{Client, Error};
use leadrank_test_org::{Fault, Kind, When};
use serde_json::{Value as Json, json};

use super::world::{
    World, carry_out, day, go_on, meta, options, row, schema, shown, world, written,
};

const HELD_BACK: &str = "HELD_BACK";
/// Leads of a world, and the first of them that are hidden.
const LEADS: usize = 25;
const HIDDEN: usize = 10;
/// Where a run may stop before anything of it is written, by each of the two ways.
const STOPS: [(usize, Kind); 4] = [
    (2000, Kind::Update),
    (10, Kind::JobCreate),
    (10, Kind::JobUpload),
    (10, Kind::JobState),
];

fn used_up() -> Fault {
    Fault::Refuse {
        status: 403,
        code: "REQUEST_LIMIT_EXCEEDED".into(),
        retry_after: None,
    }
}

fn emptied(mut row: Row) -> Row {
    row.values
        .values_mut()
        .for_each(|value| *value = Value::Null);
    row
}

/// The rows of a generation as a sync has them once the first leads are hidden.
fn rows_after_the_draw(world: &World, generation: u32) -> Vec<Row> {
    let (hidden, _) = world.ids.split_at(HIDDEN);
    let rows = world.rows(generation).into_iter();
    rows.map(|row| match hidden.contains(&row.id) {
        true => emptied(row),
        false => row,
    })
    .collect()
}

fn is_empty(world: &World, id: &str) -> bool {
    let record = world.org.get("Lead", id).unwrap();
    schema()
        .slots
        .iter()
        .all(|slot| record.get(&slot.api_name).is_none_or(Json::is_null))
}

/// A sync that nothing disturbs.
async fn synced(world: &World, client: &Client, ledger: &Ledger, rows: Vec<Row>) -> Run {
    let plan = world.plan(client, ledger, rows).await;
    let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
    let how = options(2000);
    let counts = carry_out(client, ledger, &mut run, &plan.rows, &how)
        .await
        .unwrap();
    assert_eq!(written(&counts), counts.planned);
    run
}

/// A sync that the org stops at a kind of request.
async fn stopped(
    world: &World,
    client: &Client,
    ledger: &Ledger,
    rows: Vec<Row>,
    (direct_up_to, kind): (usize, Kind),
) -> Run {
    let plan = world.plan(client, ledger, rows).await;
    let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
    world.org.fault(kind, When::Nth(1), used_up());
    let how = options(direct_up_to);
    let error = carry_out(client, ledger, &mut run, &plan.rows, &how)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
    run
}

async fn go_on_hiding(
    client: &Client,
    ledger: &Ledger,
    run: &mut Run,
    direct_up_to: usize,
    hides: &Hides<'_>,
) -> Result<Counts, Error> {
    let resumption = Resumption {
        hides,
        on: day("2026-01-01"),
    };
    let how = options(direct_up_to);
    sync::resume(
        client,
        ledger,
        run,
        &schema(),
        &how,
        resumption,
        &mut |_| {},
    )
    .await
}

/// The rows that a run holds back for good, by the ledger.
fn held_back(run: &Run) -> BTreeSet<String> {
    let outcomes = run.outcomes().unwrap();
    let is_held =
        |outcome: &Outcome| matches!(outcome, Outcome::Failed { code, .. } if code == HELD_BACK);
    let held = outcomes.iter().filter(|(_, outcome)| is_held(outcome));
    held.map(|(id, _)| id.to_owned()).collect()
}

/// The next sync empties the hidden leads' fields, and the one after it writes nothing.
async fn the_next_sync_empties(world: &World, client: &Client, ledger: &Ledger) {
    let rows = || rows_after_the_draw(world, 2);
    let plan = world.plan(client, ledger, rows()).await;
    let planned: BTreeSet<&String> = plan.rows.iter().map(|row| &row.id).collect();
    assert_eq!(planned, world.ids[..HIDDEN].iter().collect());
    world
        .execute(client, ledger, &plan, &options(2000))
        .await
        .unwrap();
    assert!(world.ids[..HIDDEN].iter().all(|id| is_empty(world, id)));
    let plan = world.plan(client, ledger, rows()).await;
    assert_eq!((plan.rows.len(), plan.unchanged), (0, LEADS as u64));
}

#[tokio::test]
async fn an_undo_empties_what_is_hidden_by_now() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    synced(&world, &client, &ledger, world.rows(1)).await;
    let run = synced(&world, &client, &ledger, world.rows(2)).await;
    let hidden = &world.ids[..HIDDEN];
    // What a later run wrote, and what is gone, is left alone, hidden or not.
    world
        .org
        .set("Lead", &hidden[8], "Score_Key__c", json!("another"));
    world.org.delete("Lead", &hidden[9]);
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    let plan = sync::undo(&client, &run, &schema(), &hides).await.unwrap();
    assert_eq!((plan.rows.len(), plan.hidden), (LEADS - 2, 8));
    assert_eq!(plan.left_out.values().sum::<u64>(), 2);
    for planned in plan.rows.iter().filter(|row| hides(&row.id)) {
        let named: Vec<&String> = planned.after.keys().collect();
        assert_eq!(named.len(), schema().names().len(), "{named:?}");
        assert!(planned.after.values().all(|value| *value == Value::Null));
        assert_eq!(planned.key, None);
    }
    world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    assert!(hidden[..8].iter().all(|id| is_empty(&world, id)));
    assert!(world.holds(&world.rows(1)[HIDDEN..]));
}

#[tokio::test]
async fn an_undo_knows_hidden_leads_by_ids_of_15_characters_too() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let run = synced(&world, &client, &ledger, world.rows(1)).await;
    let short: Vec<&str> = world.ids[..HIDDEN].iter().map(|id| &id[..15]).collect();
    let hides = |id: &str| short.contains(&id);
    let plan = sync::undo(&client, &run, &schema(), &hides).await.unwrap();
    assert_eq!(plan.hidden, HIDDEN as u64);
}

#[tokio::test]
async fn an_undo_of_a_run_that_emptied_brings_nothing_hidden_back() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    synced(&world, &client, &ledger, world.rows(1)).await;
    let run = synced(&world, &client, &ledger, rows_after_the_draw(&world, 2)).await;
    let hidden = &world.ids[..HIDDEN];
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    let plan = sync::undo(&client, &run, &schema(), &hides).await.unwrap();
    assert_eq!((plan.rows.len(), plan.hidden), (LEADS - HIDDEN, 0));
    let reason = "hidden by an experiment, and empty already";
    assert_eq!(plan.left_out_ids[reason], hidden);
    world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    assert!(hidden.iter().all(|id| is_empty(&world, id)));
    assert!(world.holds(&world.rows(1)[HIDDEN..]));
    // What was left alone is still known to be in the org.
    let rows = rows_after_the_draw(&world, 1);
    let plan = world.plan(&client, &ledger, rows).await;
    assert_eq!((plan.rows.len(), plan.unchanged), (0, LEADS as u64));
}

#[tokio::test]
async fn an_undo_empties_no_field_that_the_run_did_not_write() {
    let world = world(2).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let id = &world.ids[0];
    world
        .org
        .set("Lead", id, "Score_Narrative__c", json!("by hand"));
    let mut rows = world.rows(1);
    rows[0].values.remove("Score_Narrative__c");
    let run = synced(&world, &client, &ledger, rows).await;
    let plan = sync::undo(&client, &run, &schema(), &|_| true)
        .await
        .unwrap();
    assert_eq!(plan.hidden, 2);
    world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    let record = world.org.get("Lead", id).unwrap();
    assert_eq!(record["Score_Narrative__c"], "by hand");
    assert_eq!(record["Lead_Score__c"], Json::Null);
    assert!(is_empty(&world, &world.ids[1]));
}

#[tokio::test]
async fn what_is_hidden_by_now_is_not_sent_by_going_on() {
    for stop in STOPS {
        let world = world(LEADS).await;
        let (client, ledger) = (world.client().await, world.ledger());
        synced(&world, &client, &ledger, world.rows(1)).await;
        let mut run = stopped(&world, &client, &ledger, world.rows(2), stop).await;
        world.org.forget_writes();
        let hidden: BTreeSet<String> = world.ids[..HIDDEN].iter().cloned().collect();
        let hides = |id: &str| hidden.contains(id);
        let counts = go_on_hiding(&client, &ledger, &mut run, stop.0, &hides)
            .await
            .unwrap();
        assert_eq!(written(&counts), (LEADS - HIDDEN) as u64, "{stop:?}");
        assert_eq!(counts.failed, HIDDEN as u64);
        let sent = world.times_written();
        assert_eq!(sent.len(), LEADS - HIDDEN);
        assert!(!sent.keys().any(|id| hidden.contains(id)), "{stop:?}");
        // The ledger has it, and says what to do.
        let mut run = ledger.run(&run.meta.run).unwrap();
        assert_eq!(held_back(&run), hidden);
        assert!(in_words(HELD_BACK).contains("the next sync empties"));
        let state = run.state().unwrap();
        assert!(state.is_finished);
        assert_eq!(state.counts, counts);
        // It is for good, even when nothing is hidden any more.
        let again = go_on(&client, &ledger, &mut run, &options(stop.0))
            .await
            .unwrap();
        assert_eq!(again, counts);
        assert_eq!(world.times_written(), sent, "nothing is sent again");
        assert!(world.holds(&world.rows(1)[..HIDDEN]));
        let confirmed = ledger.confirmed().unwrap();
        for id in &world.ids {
            assert_eq!(confirmed.key(id).is_none(), hidden.contains(id));
        }
        the_next_sync_empties(&world, &client, &ledger).await;
    }
}

#[tokio::test]
async fn the_book_made_again_says_nothing_of_what_was_held_back() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    synced(&world, &client, &ledger, world.rows(1)).await;
    let mut run = stopped(&world, &client, &ledger, world.rows(2), STOPS[0]).await;
    let hidden = &world.ids[..HIDDEN];
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    go_on_hiding(&client, &ledger, &mut run, 2000, &hides)
        .await
        .unwrap();
    let kept = ledger.confirmed().unwrap();
    std::fs::remove_file(world.folder.path().join("box/confirmed.jsonl")).unwrap();
    assert_eq!(ledger.confirmed().unwrap(), kept);
    the_next_sync_empties(&world, &client, &ledger).await;
}

#[tokio::test]
async fn a_run_of_which_all_is_held_back_ends() {
    for stop in STOPS {
        let world = world(LEADS).await;
        let (client, ledger) = (world.client().await, world.ledger());
        let mut run = stopped(&world, &client, &ledger, world.rows(1), stop).await;
        let asked = world.org.requests();
        let counts = go_on_hiding(&client, &ledger, &mut run, stop.0, &|_| true)
            .await
            .unwrap();
        assert_eq!((written(&counts), counts.failed), (0, LEADS as u64));
        assert!(run.state().unwrap().is_finished);
        assert!(world.org.writes().is_empty());
        let now = world.org.requests();
        for kind in [Kind::Update, Kind::JobCreate] {
            assert_eq!(now.get(&kind), asked.get(&kind), "{stop:?}");
        }
    }
}

#[tokio::test]
async fn rows_of_hidden_leads_that_only_empty_are_sent() {
    for stop in STOPS {
        let world = world(LEADS).await;
        let (client, ledger) = (world.client().await, world.ledger());
        synced(&world, &client, &ledger, world.rows(1)).await;
        let rows = rows_after_the_draw(&world, 2);
        let mut run = stopped(&world, &client, &ledger, rows.clone(), stop).await;
        let hidden = &world.ids[..HIDDEN];
        let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
        let counts = go_on_hiding(&client, &ledger, &mut run, stop.0, &hides)
            .await
            .unwrap();
        assert_eq!(written(&counts), LEADS as u64, "{stop:?}");
        assert!(hidden.iter().all(|id| is_empty(&world, id)));
        assert!(world.holds(&rows[HIDDEN..]));
    }
}

#[tokio::test]
async fn an_undo_that_stopped_before_the_draw_brings_nothing_hidden_back() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    synced(&world, &client, &ledger, world.rows(1)).await;
    let run = synced(&world, &client, &ledger, world.rows(2)).await;
    let plan = sync::undo(&client, &run, &schema(), shown().hides)
        .await
        .unwrap();
    let of = run.meta.run.clone();
    let mut undo = ledger
        .begin(meta(RunKind::Undo { of }), &plan.rows)
        .unwrap();
    world.org.fault(Kind::Update, When::Nth(1), used_up());
    let how = options(2000);
    carry_out(&client, &ledger, &mut undo, &plan.rows, &how)
        .await
        .unwrap_err();
    let hidden = &world.ids[..HIDDEN];
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    let counts = go_on_hiding(&client, &ledger, &mut undo, 2000, &hides)
        .await
        .unwrap();
    assert_eq!(
        (written(&counts), counts.failed),
        ((LEADS - HIDDEN) as u64, HIDDEN as u64)
    );
    assert!(world.holds(&world.rows(2)[..HIDDEN]));
    assert!(world.holds(&world.rows(1)[HIDDEN..]));
}

#[tokio::test]
async fn rows_that_were_written_before_the_draw_stay_written() {
    // The answer is lost, or it stops while a job's results are read.
    for (direct_up_to, lost, kind) in [
        (2000, Some(Kind::Update), Kind::Retrieve),
        (10, None, Kind::JobResults),
    ] {
        let world = world(LEADS).await;
        let (client, ledger) = (world.client().await, world.ledger());
        // The org holds other values by then.
        synced(&world, &client, &ledger, world.rows(1)).await;
        let plan = world.plan(&client, &ledger, world.rows(2)).await;
        if let Some(kind) = lost {
            world.org.fault(kind, When::Nth(1), Fault::DropAfter);
        }
        world.org.fault(kind, When::Nth(1), used_up());
        let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
        let how = options(direct_up_to);
        carry_out(&client, &ledger, &mut run, &plan.rows, &how)
            .await
            .unwrap_err();
        world.org.forget_writes();
        let hidden = &world.ids[..HIDDEN];
        let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
        let counts = go_on_hiding(&client, &ledger, &mut run, direct_up_to, &hides)
            .await
            .unwrap();
        assert_eq!(written(&counts), LEADS as u64);
        assert!(world.org.writes().is_empty());
        the_next_sync_empties(&world, &client, &ledger).await;
    }
}

#[tokio::test]
async fn rows_that_land_after_they_were_held_back_count_as_written() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let plan = world.plan(&client, &ledger, world.rows(2)).await;
    // They land between the look before holding back and the one at the end.
    let late = Fault::DoneLate(3);
    world.org.fault(Kind::Update, When::Nth(1), late);
    world.org.fault(Kind::Retrieve, When::Nth(1), used_up());
    let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
    let how = options(2000);
    carry_out(&client, &ledger, &mut run, &plan.rows, &how)
        .await
        .unwrap_err();
    assert!(world.org.writes().is_empty());
    let hidden = &world.ids[..HIDDEN];
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    let counts = go_on_hiding(&client, &ledger, &mut run, 2000, &hides)
        .await
        .unwrap();
    assert_eq!(written(&counts), LEADS as u64);
    let was_held = std::fs::read_to_string(run.folder().join("results.jsonl")).unwrap();
    assert!(was_held.contains(HELD_BACK), "they were held back first");
    the_next_sync_empties(&world, &client, &ledger).await;
}

#[tokio::test]
async fn what_is_held_back_stays_so_when_going_on_stops_again() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let mut run = stopped(&world, &client, &ledger, world.rows(2), STOPS[0]).await;
    let hidden = &world.ids[..HIDDEN];
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    world.org.fault(Kind::Update, When::Nth(1), used_up());
    go_on_hiding(&client, &ledger, &mut run, 2000, &hides)
        .await
        .unwrap_err();
    let mut run = ledger.run(&run.meta.run).unwrap();
    assert_eq!(held_back(&run), hidden.iter().cloned().collect());
    let counts = go_on(&client, &ledger, &mut run, &options(2000))
        .await
        .unwrap();
    assert_eq!(
        (written(&counts), counts.failed),
        ((LEADS - HIDDEN) as u64, HIDDEN as u64)
    );
    assert!(!world.times_written().keys().any(|id| hides(id)));
}

#[tokio::test]
async fn going_on_with_a_run_that_ended_claims_nothing_of_what_was_emptied_since() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let mut run = synced(&world, &client, &ledger, world.rows(1)).await;
    synced(&world, &client, &ledger, rows_after_the_draw(&world, 1)).await;
    let known = ledger.confirmed().unwrap();
    let hidden = &world.ids[..HIDDEN];
    let hides = |id: &str| hidden.iter().any(|hidden| hidden == id);
    let counts = go_on_hiding(&client, &ledger, &mut run, 2000, &hides)
        .await
        .unwrap();
    assert_eq!(counts, run.state().unwrap().counts);
    assert_eq!(ledger.confirmed().unwrap(), known);
    assert_eq!(run.last_day().unwrap(), run.meta.day, "nothing was sent");
    // Shown again after the experiment, each of them is written.
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!(plan.rows.len(), HIDDEN);
    assert_eq!(plan.changes[&Change::Changed], HIDDEN as u64);
}

#[tokio::test]
async fn the_day_of_a_resumption_is_on_disk_before_anything_is_sent() {
    let world = world(3).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let run = stopped(&world, &client, &ledger, world.rows(1), STOPS[0]).await;
    assert_eq!(run.last_day().unwrap(), run.meta.day);
    // It stops again at the first request.
    world.org.fault(None, When::Nth(1), used_up());
    let mut run = ledger.run(&run.meta.run).unwrap();
    go_on(&client, &ledger, &mut run, &options(2000))
        .await
        .unwrap_err();
    assert!(world.org.writes().is_empty());
    let run = ledger.run(&run.meta.run).unwrap();
    assert_eq!(run.last_day().unwrap(), shown().on);
    assert_eq!(run.meta.day, day("2025-12-31"), "that of the values stays");
}

#[tokio::test]
async fn a_refusal_is_not_covered_by_what_is_hidden_since() {
    let world = world(LEADS).await;
    let (client, ledger) = (world.client().await, world.ledger());
    let mut run = stopped(&world, &client, &ledger, world.rows(1), STOPS[0]).await;
    // Somebody else writes one of them before the run is gone on with.
    let id = &world.ids[0];
    let others = row(id, 0, 9);
    let key = others.key(&schema());
    world.org.set("Lead", id, "Score_Key__c", json!(key));
    let counts = go_on_hiding(&client, &ledger, &mut run, 2000, &|_| true)
        .await
        .unwrap();
    assert_eq!((written(&counts), counts.failed), (0, LEADS as u64));
    let held: BTreeSet<String> = world.ids[1..].iter().cloned().collect();
    assert_eq!(held_back(&run), held);
    let outcomes = run.outcomes().unwrap();
    let is_since = |outcome: &Outcome| matches!(outcome, Outcome::Failed { code, .. } if code == "WRITTEN_SINCE");
    assert!(outcomes.of(id).is_some_and(is_since));
}
