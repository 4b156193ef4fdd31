//! Each fault in turn, with each way to write: nothing lost, nothing doubled for no reason, the
//! ledger agrees with the org, and the second time nothing is written.

use std::time::Duration;

use leadrank_salesforce::sync::{self, RunState};
use leadrank_test_org::{Fault, Kind, When};

use super::world::{WRITTEN, World, carry_out, go_on, options, shown, world, written};

/// Syncs under faults and goes on after each break until the run is at its end.
pub(crate) async fn sync_until_done(
    world: &World,
    generation: u32,
    direct_up_to: usize,
) -> RunState {
    let ledger = world.ledger();
    let mut tries = 0;
    let client = loop {
        match leadrank_salesforce::Client::connect(super::world::settings(&world.org.url)).await {
            Ok(client) => break client,
            Err(error) => {
                tries += 1;
                assert!(tries < 50, "{error}");
            }
        }
    };
    let plan = loop {
        match world
            .try_plan(&client, &ledger, world.rows(generation))
            .await
        {
            Ok(plan) => break plan,
            Err(error) => {
                tries += 1;
                assert!(tries < 50, "{error}");
            }
        }
    };
    let how = options(direct_up_to);
    let mut run = ledger
        .begin(super::world::meta(sync::RunKind::Sync), &plan.rows)
        .unwrap();
    let rows = &plan.rows;
    let done = carry_out(&client, &ledger, &mut run, rows, &how).await;
    let mut done = done.map(|_| ());
    while let Err(error) = done {
        tries += 1;
        assert!(tries < 60, "{error}");
        let mut run = ledger.run(&run.meta.run).unwrap();
        done = go_on(&client, &ledger, &mut run, &how).await.map(|_| ());
    }
    run.state().unwrap()
}

/// After everything is healed: all is there, the ledger says so, and nothing is left to do.
pub(crate) async fn all_is_well(world: &World, generation: u32, state: &RunState) {
    world.org.heal();
    assert!(state.is_finished, "{state:?}");
    let ledger = world.ledger();
    // What the ledger calls written is in the org, and the other way round.
    let run = ledger.run(&state.meta.run).unwrap();
    let outcomes = run.outcomes().unwrap();
    for planned in run.rows().unwrap() {
        let record = world.org.get("Lead", &planned.id).unwrap();
        let is_there =
            record.get("Score_Key__c").and_then(|key| key.as_str()) == planned.key.as_deref();
        assert_eq!(
            outcomes.of(&planned.id) == Some(&WRITTEN),
            is_there,
            "{}",
            planned.id
        );
    }
    // What was refused or not looked at goes in now, the rest is not touched.
    let writes = world.org.writes().len() as u64;
    let client = world.client().await;
    let plan = world.plan(&client, &ledger, world.rows(generation)).await;
    assert_eq!(
        plan.rows.len() as u64,
        state.counts.planned - state.counts.written
    );
    let counts = world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap();
    assert_eq!(written(&counts), counts.planned);
    assert_eq!(world.org.writes().len() as u64, writes + counts.planned);
    assert!(world.holds(&world.rows(generation)), "nothing is lost");
    let plan = world.plan(&client, &ledger, world.rows(generation)).await;
    assert_eq!(plan.rows.len(), 0, "the second time nothing is written");
}

fn refuse(status: u16, code: &str) -> Fault {
    Fault::Refuse {
        status,
        code: code.into(),
        retry_after: Some(0),
    }
}

#[tokio::test]
async fn each_fault_at_each_kind_of_request() {
    let faults = [
        refuse(503, "SERVER_UNAVAILABLE"),
        refuse(429, ""),
        refuse(502, ""),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Truncate,
        Fault::Delay(Duration::from_millis(2)),
        Fault::ExpireTokens,
    ];
    for direct_up_to in [2000, 10] {
        for kind in Kind::ALL {
            for fault in &faults {
                for when in [When::Nth(1), When::Nth(2), When::Next(3), When::Next(8)] {
                    // A login that never works ends everything, rightly.
                    if kind == Kind::Token && when == When::Next(8) {
                        continue;
                    }
                    let world = world(25).await;
                    world.org.fault(kind, when, fault.clone());
                    let state = sync_until_done(&world, 1, direct_up_to).await;
                    // Where no answer ever comes, what became of rows stays unknown, and is said.
                    let silent = kind == Kind::Update && when == When::Next(8);
                    let counts = state.counts;
                    let known = counts.unknown == 0 || silent;
                    assert!(known, "{kind:?} {fault:?} {when:?}: {state:?}");
                    assert_eq!(
                        counts.written + counts.unknown,
                        25,
                        "{kind:?} {fault:?} {when:?}"
                    );
                    let lost = matches!(fault, Fault::DropAfter | Fault::Truncate)
                        || *fault == refuse(502, "");
                    for (id, times) in world.times_written() {
                        assert!(
                            times == 1 || lost,
                            "{id} was written {times} times: {kind:?} {fault:?}"
                        );
                    }
                    all_is_well(&world, 1, &state).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn rows_that_somebody_holds_are_tried_again() {
    for direct_up_to in [2000, 10] {
        let world = world(60).await;
        let kind = if direct_up_to == 10 {
            Kind::JobState
        } else {
            Kind::Update
        };
        world.org.fault(kind, When::Nth(1), Fault::LockRows(0.5));
        let state = sync_until_done(&world, 1, direct_up_to).await;
        assert_eq!(state.counts.written, 60, "{state:?}");
        assert!(world.times_written().values().all(|times| *times == 1));
        all_is_well(&world, 1, &state).await;
    }
}

#[tokio::test]
async fn rows_that_are_held_for_ever_are_named() {
    let world = world(10).await;
    world
        .org
        .fault(Kind::Update, When::Chance(1.0), Fault::LockRows(1.0));
    let state = sync_until_done(&world, 1, 2000).await;
    assert_eq!((state.counts.written, state.counts.failed), (0, 10));
    all_is_well(&world, 1, &state).await;
}

#[tokio::test]
async fn a_job_that_breaks_off_leaves_rows_that_were_not_looked_at() {
    let world = world(50).await;
    world
        .org
        .fault(Kind::JobState, When::Nth(1), Fault::FailJob(0.4));
    let state = sync_until_done(&world, 1, 10).await;
    assert_eq!((state.counts.written, state.counts.unprocessed), (20, 30));
    all_is_well(&world, 1, &state).await;
}

#[tokio::test]
async fn results_that_can_not_be_had_are_made_up_for_by_reading_back() {
    let world = world(50).await;
    world
        .org
        .fault(Kind::JobResults, When::Next(3), refuse(404, "NOT_FOUND"));
    let state = sync_until_done(&world, 1, 10).await;
    assert_eq!(state.counts.written, 50);
    assert!(world.times_written().values().all(|times| *times == 1));
    all_is_well(&world, 1, &state).await;
}

#[tokio::test]
async fn a_limit_in_the_middle_stops_and_is_gone_on_from() {
    let world = world(1000).await;
    let ledger = world.ledger();
    let client = world.client().await;
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    world.org.fault(
        Kind::Update,
        When::Nth(3),
        refuse(403, "REQUEST_LIMIT_EXCEEDED"),
    );
    let error = world
        .execute(&client, &ledger, &plan, &options(2000))
        .await
        .unwrap_err();
    assert!(
        matches!(error, leadrank_salesforce::Error::Limit { .. }),
        "{error}"
    );
    let state = ledger.runs().unwrap().remove(0);
    assert_eq!((state.counts.written, state.is_finished), (400, false));
    assert!(state.stopped.unwrap().contains("--resume"));
    let mut run = ledger.run(&state.meta.run).unwrap();
    let counts = go_on(&client, &ledger, &mut run, &options(2000)).await;
    assert_eq!(written(&counts.unwrap()), 1000);
    assert!(world.times_written().values().all(|times| *times == 1));
    let state = run.state().unwrap();
    drop(ledger);
    all_is_well(&world, 1, &state).await;
}

#[tokio::test]
async fn a_crash_at_any_request_is_gone_on_from() {
    // The future is dropped while its nth request waits for an answer: what a kill leaves behind.
    for direct_up_to in [2000, 10] {
        for nth in 1..=12 {
            let world = world(25).await;
            let ledger = world.ledger();
            let client = world.client().await;
            let plan = world.plan(&client, &ledger, world.rows(1)).await;
            world
                .org
                .fault(None, When::Nth(nth), Fault::Delay(Duration::from_secs(5)));
            let how = options(direct_up_to);
            let work = world.execute(&client, &ledger, &plan, &how);
            let done = tokio::time::timeout(Duration::from_millis(60), work).await;
            world.org.heal();
            let name = ledger.runs().unwrap().remove(0).meta.run;
            let mut run = ledger.run(&name).unwrap();
            if done.is_err() {
                let counts = go_on(&client, &ledger, &mut run, &how).await;
                assert_eq!(written(&counts.unwrap()), 25, "killed at {nth}");
            }
            let state = run.state().unwrap();
            drop((ledger, run));
            all_is_well(&world, 1, &state).await;
        }
    }
}

#[tokio::test]
async fn what_others_wrote_meanwhile_is_not_overwritten_by_going_on() {
    for direct_up_to in [2000, 10] {
        let world = world(25).await;
        let ledger = world.ledger();
        let client = world.client().await;
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        // It stops before anything is written.
        let kind = if direct_up_to == 10 {
            Kind::JobCreate
        } else {
            Kind::Update
        };
        let full = refuse(403, "REQUEST_LIMIT_EXCEEDED");
        world.org.fault(kind, When::Nth(1), full);
        let how = options(direct_up_to);
        world
            .execute(&client, &ledger, &plan, &how)
            .await
            .unwrap_err();
        let newer = serde_json::json!("newer");
        world
            .org
            .set("Lead", &world.ids[3], "Score_Key__c", newer.clone());
        let name = ledger.runs().unwrap().remove(0).meta.run;
        let mut run = ledger.run(&name).unwrap();
        let counts = go_on(&client, &ledger, &mut run, &how).await.unwrap();
        assert_eq!((counts.written, counts.failed), (24, 1));
        let record = world.org.get("Lead", &world.ids[3]).unwrap();
        assert_eq!(record["Score_Key__c"], newer);
        // The next sync sees it as it is.
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        assert_eq!((plan.rows.len(), plan.unchanged), (1, 24));
    }
}

#[tokio::test]
async fn a_run_whose_fields_are_not_known_any_more_is_not_half_written() {
    let world = world(3).await;
    let ledger = world.ledger();
    let client = world.client().await;
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    let meta = super::world::meta(sync::RunKind::Sync);
    let mut run = ledger.begin(meta, &plan.rows).unwrap();
    let mut less = super::world::schema();
    less.slots.retain(|slot| slot.api_name != "Lead_Tier__c");
    let how = options(2000);
    let done = sync::resume(
        &client,
        &ledger,
        &mut run,
        &less,
        &how,
        shown(),
        &mut |_| {},
    )
    .await;
    let message = done.unwrap_err().to_string();
    assert!(message.contains("Lead_Tier__c"), "{message}");
    assert!(world.org.writes().is_empty());
}
