//! What happens between a plan and its end: others write, rules refuse, jobs stick, the day's
//! requests run out, the program is killed; one by one, and all at once in random sequences.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use leadrank_salesforce::sync::{self, Outcome, Plan, RunKind};
use leadrank_salesforce::{Client, Error, OrgSettings, Patience};
use leadrank_test_org::{Fault, Kind, Meddling, Operation, Org, When};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::world::{WRITTEN, World, carry_out, go_on, meta, options, patience, settings, world};

/// Where rows are written, by each of the two ways.
const WAYS: [(usize, Kind); 2] = [(2000, Kind::Update), (10, Kind::JobState)];

fn code(outcome: Option<&Outcome>) -> &str {
    match outcome {
        Some(Outcome::Failed { code, .. }) => code,
        _ => "",
    }
}

#[tokio::test]
async fn leads_that_others_took_meanwhile_fail_alone() {
    let cases = [
        (Meddling::Delete, "ENTITY_IS_DELETED"),
        (Meddling::Convert, "CANNOT_UPDATE_CONVERTED_LEAD"),
    ];
    for (direct_up_to, kind) in WAYS {
        for (meddling, refusal) in &cases {
            let world = world(40).await;
            let ledger = world.ledger();
            let client = world.client().await;
            let plan = world.plan(&client, &ledger, world.rows(1)).await;
            let fault = Fault::Meddle(meddling.clone(), 0.5);
            world.org.fault(kind, When::Nth(1), fault);
            let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
            let how = options(direct_up_to);
            let counts = carry_out(&client, &ledger, &mut run, &plan.rows, &how)
                .await
                .unwrap();
            let gone: BTreeSet<String> = taken(&world.org, &world.ids);
            assert!(!gone.is_empty() && gone.len() < 40);
            assert_eq!(
                (counts.written, counts.failed),
                (40 - gone.len() as u64, gone.len() as u64)
            );
            let outcomes = run.outcomes().unwrap();
            for id in &world.ids {
                let wanted = if gone.contains(id) { refusal } else { "" };
                assert_eq!(code(outcomes.of(id)), wanted);
            }
            // Nobody asks for them again.
            let plan = world.plan(&client, &ledger, world.rows(1)).await;
            let left_out: u64 = plan.left_out.values().sum();
            assert_eq!((plan.rows.len(), left_out), (0, gone.len() as u64));
        }
    }
}

#[tokio::test]
async fn a_field_of_others_stays_as_they_wrote_it() {
    for (direct_up_to, kind) in WAYS {
        let world = world(40).await;
        let ledger = world.ledger();
        let client = world.client().await;
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        let meddling = Meddling::Set("Title".into(), "by others".into());
        let fault = Fault::Meddle(meddling, 1.0);
        world.org.fault(kind, When::Nth(1), fault);
        let how = options(direct_up_to);
        let counts = world.execute(&client, &ledger, &plan, &how).await.unwrap();
        assert_eq!(counts.written, 40);
        for id in &world.ids {
            assert_eq!(world.org.get("Lead", id).unwrap()["Title"], "by others");
        }
    }
}

#[tokio::test]
async fn rows_that_break_a_rule_are_named_and_are_the_only_ones_next_time() {
    for (direct_up_to, kind) in WAYS {
        let world = world(40).await;
        let ledger = world.ledger();
        let client = world.client().await;
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        world.org.fault(kind, When::Nth(1), Fault::InvalidRows(0.4));
        let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows).unwrap();
        let how = options(direct_up_to);
        let counts = carry_out(&client, &ledger, &mut run, &plan.rows, &how)
            .await
            .unwrap();
        assert!(counts.failed > 0 && counts.written > 0, "{counts:?}");
        assert_eq!(counts.written + counts.failed, 40);
        let outcomes = run.outcomes().unwrap();
        let refused: BTreeSet<&str> = outcomes
            .iter()
            .filter(|(_, outcome)| code(Some(outcome)) == "FIELD_CUSTOM_VALIDATION_EXCEPTION")
            .map(|(id, _)| id)
            .collect();
        assert_eq!(refused.len() as u64, counts.failed);
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        let next: BTreeSet<&str> = plan.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(next, refused);
        let counts = world.execute(&client, &ledger, &plan, &how).await.unwrap();
        assert_eq!(counts.written, counts.planned);
        assert!(world.holds(&world.rows(1)));
        assert!(world.times_written().values().all(|times| *times == 1));
    }
}

#[tokio::test]
async fn a_job_that_sticks_is_waited_for_again_and_not_made_again() {
    let world = world(50).await;
    let ledger = world.ledger();
    let impatient = OrgSettings {
        patience: Patience {
            job: Duration::from_millis(40),
            ..patience()
        },
        ..settings(&world.org.url)
    };
    let client = Client::connect(impatient).await.unwrap();
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    let sticks = Fault::StickJob(Duration::from_secs(3600));
    world.org.fault(Kind::JobState, When::Nth(1), sticks);
    let how = options(10);
    let error = world
        .execute(&client, &ledger, &plan, &how)
        .await
        .unwrap_err();
    assert!(world.org.writes().is_empty(), "{error}");
    let name = ledger.runs().unwrap().remove(0).meta.run;
    let mut run = ledger.run(&name).unwrap();
    go_on(&client, &ledger, &mut run, &how).await.unwrap_err();
    world.org.advance(chrono::TimeDelta::hours(2));
    let counts = go_on(&client, &ledger, &mut run, &how).await.unwrap();
    assert_eq!(counts.written, 50);
    assert_eq!(world.org.requests()[&Kind::JobCreate], 1);
    assert!(world.times_written().values().all(|times| *times == 1));
    assert!(world.holds(&world.rows(1)));
}

#[tokio::test]
async fn a_day_that_ends_in_the_middle_is_gone_on_from_the_next() {
    for (direct_up_to, rows, kind) in [
        (2000, 1000, Kind::Update),
        (10, 50, Kind::JobPoll),
        (10, 50, Kind::JobResults),
    ] {
        let world = world(rows).await;
        let ledger = world.ledger();
        let client = world.client().await;
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        world.org.fault(kind, When::Nth(2), Fault::UseUp);
        let how = options(direct_up_to);
        let error = world
            .execute(&client, &ledger, &plan, &how)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Limit { .. }), "{error}");
        let name = ledger.runs().unwrap().remove(0).meta.run;
        let mut run = ledger.run(&name).unwrap();
        // On the same day nothing can be done.
        let asked = world.org.requests();
        go_on(&client, &ledger, &mut run, &how).await.unwrap_err();
        world.org.set_used(0);
        let client = world.client().await;
        let counts = go_on(&client, &ledger, &mut run, &how).await.unwrap();
        assert_eq!(counts.written, rows as u64, "{asked:?}");
        assert!(world.times_written().values().all(|times| *times == 1));
        assert!(world.holds(&world.rows(1)));
    }
}

#[tokio::test]
async fn rows_that_land_after_they_were_looked_for_count_as_written() {
    let world = world(20).await;
    let ledger = world.ledger();
    let client = world.client().await;
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    // No answer, and nothing there yet when it is looked for; then it lands, and what is sent
    // again is refused.
    world
        .org
        .fault(Kind::Update, When::Nth(1), Fault::DoneLate(2));
    world
        .org
        .fault(Kind::Update, When::Nth(2), Fault::InvalidRows(1.0));
    let how = options(2000);
    let counts = world.execute(&client, &ledger, &plan, &how).await.unwrap();
    assert_eq!(world.org.requests()[&Kind::Update], 2);
    assert_eq!(counts.written, 20, "{counts:?}");
    assert!(world.times_written().values().all(|times| *times == 1));
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert!(plan.rows.is_empty());
}

#[tokio::test]
async fn rows_of_a_program_that_was_killed_may_land_while_it_is_gone_on_with() {
    let mut landed = BTreeSet::new();
    for requests in 1..10 {
        let world = world(20).await;
        let ledger = world.ledger();
        let client = world.client().await;
        let plan = world.plan(&client, &ledger, world.rows(1)).await;
        // It is killed while it waits for an answer that would never come.
        let late = Fault::DoneLate(requests);
        world.org.fault(Kind::Update, When::Nth(1), late);
        let waits = Fault::Delay(Duration::from_secs(3600));
        world.org.fault(Kind::Update, When::Nth(1), waits);
        let how = options(2000);
        let work = world.execute(&client, &ledger, &plan, &how);
        assert!(until_killed(&world.org, Some(1), work).await.is_none());
        // The rows land at some time, and what is sent again is refused.
        let name = ledger.runs().unwrap().remove(0).meta.run;
        let mut run = ledger.run(&name).unwrap();
        let refused = Fault::InvalidRows(1.0);
        world.org.fault(Kind::Update, When::Nth(1), refused);
        let client = world.client().await;
        let counts = go_on(&client, &ledger, &mut run, &how).await.unwrap();
        assert_eq!(
            counts.written,
            world.org.writes().len() as u64,
            "they land after {requests} requests"
        );
        landed.insert((counts.written, world.org.requests()[&Kind::Update]));
    }
    // Before they were sent again, just then, and after the end.
    assert_eq!(landed, BTreeSet::from([(20, 1), (20, 2), (0, 2)]));
}

/// Leads that were deleted or converted.
fn taken(org: &Org, ids: &[String]) -> BTreeSet<String> {
    let is_taken = |id: &&String| {
        let record = org.get("Lead", id).unwrap();
        record["IsDeleted"] == true || record["IsConverted"] == true
    };
    ids.iter().filter(is_taken).cloned().collect()
}

/// Sequences that are tried.
const SEQUENCES: u64 = 400;

fn any_fault(draws: &mut ChaCha8Rng) -> Fault {
    let refuse = |status, code: &str| Fault::Refuse {
        status,
        code: code.into(),
        retry_after: Some(0),
    };
    let title = Meddling::Set("Title".into(), "by others".into());
    match draws.random_range(0..18) {
        0 => refuse(503, "SERVER_UNAVAILABLE"),
        1 => refuse(429, ""),
        2 => refuse(502, ""),
        3 => refuse(404, "NOT_FOUND"),
        4 => Fault::DropBefore,
        5 => Fault::DropAfter,
        6 => Fault::Truncate,
        7 => Fault::Delay(Duration::from_millis(1)),
        8 => Fault::ExpireTokens,
        9 => Fault::LockRows(draws.random_range(0.1..0.9)),
        10 => Fault::InvalidRows(draws.random_range(0.1..0.9)),
        11 => Fault::FailJob(draws.random_range(0.0..1.0)),
        12 => Fault::StickJob(Duration::from_millis(10)),
        13 => Fault::UseUp,
        14 | 15 => Fault::DoneLate(draws.random_range(1..8)),
        16 => Fault::Meddle(Meddling::Delete, draws.random_range(0.0..0.2)),
        _ => {
            let what = [Meddling::Convert, title];
            let what = what.choose(draws).unwrap().clone();
            Fault::Meddle(what, draws.random_range(0.0..0.2))
        }
    }
}

/// Whether a fault leaves open what became of a request.
fn loses_answers(fault: &Fault) -> bool {
    match fault {
        Fault::DropAfter | Fault::Truncate | Fault::DoneLate(_) => true,
        Fault::Refuse { status, .. } => *status == 502,
        _ => false,
    }
}

/// Works until the org was asked so many more times; then the work is dropped where it stands, as
/// a kill would. Nothing where it was, or where it failed.
async fn until_killed<T>(
    org: &Org,
    more: Option<u64>,
    work: impl Future<Output = Result<T, Error>>,
) -> Option<T> {
    let asked = || org.requests().values().sum::<u64>();
    let end = more.map(|more| asked() + more);
    let killed = async {
        loop {
            match end {
                Some(end) if asked() >= end => return,
                Some(_) => tokio::time::sleep(Duration::from_micros(200)).await,
                None => std::future::pending().await,
            }
        }
    };
    tokio::select! {
        biased;
        () = killed => None,
        done = work => done.ok(),
    }
}

/// Plans, carries out and goes on, each time as a new program, until the run is at its end.
/// Returns the plan and whether the program was killed on the way.
async fn through(world: &World, how: &sync::Options, draws: &mut ChaCha8Rng) -> (Plan, bool) {
    let mut was_killed = false;
    for attempt in 0.. {
        assert!(attempt < 100, "it never ends");
        // Sooner or later it is another day, with better weather.
        world.org.set_used(0);
        if attempt == 40 {
            world.org.heal();
        }
        let more = draws
            .random_bool(0.4)
            .then(|| draws.random_range(1..12_u64));
        was_killed |= more.is_some();
        let ledger = world.ledger();
        let begun = ledger.runs().unwrap().pop();
        let work = async {
            let client = Client::connect(settings(&world.org.url)).await?;
            match &begun {
                Some(state) => {
                    let mut run = ledger.run(&state.meta.run)?;
                    go_on(&client, &ledger, &mut run, how).await
                }
                None => {
                    let plan = world.try_plan(&client, &ledger, world.rows(1)).await?;
                    let mut run = ledger.begin(meta(RunKind::Sync), &plan.rows)?;
                    carry_out(&client, &ledger, &mut run, &plan.rows, how).await
                }
            }
        };
        until_killed(&world.org, more, work).await;
        let state = ledger.runs().unwrap().pop();
        if let Some(state) = state.filter(|state| state.is_finished) {
            let run = ledger.run(&state.meta.run).unwrap();
            let plan = Plan {
                rows: run.rows().unwrap(),
                ..Plan::default()
            };
            return (plan, was_killed);
        }
    }
    unreachable!("the loop has an end of its own")
}

async fn sequence(seed: u64) {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    let world = world(draws.random_range(1..60)).await;
    let mut may_double = false;
    for _ in 0..draws.random_range(1..8) {
        let when = match draws.random_range(0..3) {
            0 => When::Nth(draws.random_range(1..6)),
            1 => When::Next(draws.random_range(1..5)),
            _ => When::Chance(draws.random_range(0.05..0.4)),
        };
        let fault = any_fault(&mut draws);
        // Results may be away for a while; of a job itself no org says so.
        let kind = match fault {
            Fault::Refuse { status: 404, .. } => Some(Kind::JobResults),
            _ => Kind::ALL.choose(&mut draws).copied(),
        };
        may_double |= loses_answers(&fault);
        world.org.fault(kind, when, fault);
    }
    let how = options(if draws.random() { 2000 } else { 5 });
    let (plan, was_killed) = through(&world, &how, &mut draws).await;
    may_double |= was_killed;
    // What is there at the end of the run; late requests may still bring more.
    let there: BTreeSet<String> = world
        .org
        .writes()
        .into_iter()
        .map(|write| write.id)
        .collect();
    world.org.heal();
    world.org.set_used(0);

    // Nothing but the planned values was written, and twice only where an answer was lost.
    let keys: BTreeMap<&str, Option<&str>> = plan
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.key.as_deref()))
        .collect();
    let mut written: BTreeMap<String, _> = BTreeMap::new();
    for write in world.org.writes() {
        assert_eq!(write.operation, Operation::Update);
        assert_eq!(
            write.values["Score_Key__c"].as_str(),
            keys[write.id.as_str()]
        );
        if let Some(before) = written.insert(write.id.clone(), write.values.clone()) {
            assert_eq!(before, write.values, "{} got two values", write.id);
            assert!(may_double, "{} was written twice", write.id);
        }
    }

    // The ledger and the org say the same.
    let ledger = world.ledger();
    let state = ledger.runs().unwrap().remove(0);
    let outcomes = ledger.run(&state.meta.run).unwrap().outcomes().unwrap();
    let gone = taken(&world.org, &world.ids);
    for row in &plan.rows {
        let is_there = there.contains(&row.id);
        match outcomes.of(&row.id) {
            Some(outcome) if *outcome == WRITTEN => assert!(is_there, "{} is lost", row.id),
            Some(Outcome::Unknown) => assert!(may_double, "{} is not known", row.id),
            // Of a lead that is gone nothing can be read back.
            outcome => assert!(
                !is_there || gone.contains(&row.id),
                "{} was written: {outcome:?}",
                row.id
            ),
        }
    }

    // What is left goes in now, and then nothing is left.
    let left: BTreeSet<&String> = world
        .ids
        .iter()
        .filter(|id| !gone.contains(*id) && !written.contains_key(*id))
        .collect();
    let client = world.client().await;
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert_eq!(
        plan.rows.iter().map(|row| &row.id).collect::<BTreeSet<_>>(),
        left
    );
    let counts = world.execute(&client, &ledger, &plan, &how).await.unwrap();
    assert_eq!(counts.written, left.len() as u64);
    let plan = world.plan(&client, &ledger, world.rows(1)).await;
    assert!(plan.rows.is_empty(), "the second time nothing is written");
    let mut others = world.rows(1);
    others.retain(|row| !gone.contains(&row.id));
    assert!(world.holds(&others));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_meanwhile_nothing_is_lost_or_doubled() {
    for seed in 0..SEQUENCES {
        // Seen where it fails.
        println!("sequence {seed}");
        sequence(seed).await;
    }
}
