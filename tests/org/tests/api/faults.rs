//! What goes wrong on purpose goes wrong in just that way.

use std::time::Duration;

use leadrank_test_org::{Fault, Kind, Meddling, Options, When};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::{Caller, options};

fn tier(caller: &Caller, id: &str) -> Value {
    let record = caller.org.get("Lead", id).unwrap();
    record.get("Lead_Tier__c").cloned().unwrap_or_default()
}

fn rows(ids: &[String]) -> Value {
    let rows = ids
        .iter()
        .map(|id| json!({ "attributes": { "type": "Lead" }, "id": id, "Lead_Tier__c": "A" }));
    json!({ "records": rows.collect::<Vec<_>>() })
}

const PATH: &str = "composite/sobjects";

#[tokio::test]
async fn a_lost_answer_was_work_done_or_not() {
    let caller = Caller::new().await;
    let ids = caller.leads(1);
    for (fault, is_done) in [
        (Fault::DropBefore, false),
        (Fault::DropAfter, true),
        (Fault::Truncate, true),
    ] {
        caller.org.set("Lead", &ids[0], "Lead_Tier__c", Value::Null);
        caller.org.forget_writes();
        caller.org.fault(Kind::Update, When::Next(1), fault.clone());
        let lost = caller.try_ask(Method::PATCH, PATH, &rows(&ids)).await;
        assert!(lost.is_err(), "{fault:?}");
        assert_eq!(tier(&caller, &ids[0]) == "A", is_done, "{fault:?}");
        assert_eq!(caller.org.writes().len(), usize::from(is_done));
        let next = caller.ask(Method::PATCH, PATH, &rows(&ids)).await;
        assert_eq!(next.status, 200);
    }
}

#[tokio::test]
async fn late_work_is_done_before_a_later_request() {
    let caller = Caller::new().await;
    let ids = caller.leads(1);
    for is_healed in [false, true] {
        caller.org.forget_writes();
        let late = Fault::DoneLate(3);
        caller.org.fault(Kind::Update, When::Next(1), late);
        let lost = caller.try_ask(Method::PATCH, PATH, &rows(&ids)).await;
        assert!(lost.is_err());
        for _ in 0..2 {
            caller.get("limits").await;
            assert!(caller.org.writes().is_empty());
        }
        match is_healed {
            true => caller.org.heal(),
            false => {
                caller.get("limits").await;
            }
        }
        assert_eq!(caller.org.writes().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_hits_its_kind_at_its_time() {
    let caller = Caller::new().await;
    let refuse = Fault::Refuse {
        status: 503,
        code: "SERVER_UNAVAILABLE".into(),
        retry_after: Some(7),
    };
    caller.org.fault(Kind::Query, When::Nth(2), refuse.clone());
    let statuses = async |times: usize| {
        let mut statuses = Vec::new();
        for _ in 0..times {
            assert_eq!(caller.get("limits").await.status, 200);
            statuses.push(caller.query("SELECT Id FROM Lead").await.status);
        }
        statuses
    };
    assert_eq!(statuses(4).await, [200, 503, 200, 200]);
    caller.org.fault(Kind::Query, When::Next(2), refuse.clone());
    let first = caller.query("SELECT Id FROM Lead").await;
    assert_eq!(
        (first.header("Retry-After"), first.code().as_str()),
        ("7", "SERVER_UNAVAILABLE")
    );
    assert_eq!(statuses(2).await, [503, 200]);
    caller.org.fault(None, When::Chance(1.0), refuse);
    assert_eq!(caller.get("limits").await.status, 503);
    caller.org.heal();
    assert_eq!(caller.get("limits").await.status, 200);
}

#[tokio::test]
async fn chance_is_the_same_with_the_same_seed() {
    let of = async |seed: u64| {
        let caller = Caller::with(Options { seed, ..options() }).await;
        caller
            .org
            .fault(Kind::Describe, When::Chance(0.5), Fault::UseUp);
        let mut found = Vec::new();
        for _ in 0..20 {
            found.push(caller.get("limits").await.status);
            caller.org.set_used(0);
        }
        found
    };
    let first = of(3).await;
    assert!(first.contains(&200) && first.contains(&403));
    assert_eq!(first, of(3).await);
    assert_ne!(first, of(4).await);
}

#[tokio::test]
async fn rows_are_held_or_break_a_rule_once() {
    let caller = Caller::new().await;
    let ids = caller.leads(40);
    for (fault, code) in [
        (Fault::LockRows(0.5), "UNABLE_TO_LOCK_ROW"),
        (Fault::InvalidRows(0.5), "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
    ] {
        caller.org.fault(Kind::Update, When::Next(1), fault.clone());
        let results = caller.ask(Method::PATCH, PATH, &rows(&ids)).await.json();
        let results = results.as_array().unwrap();
        let refused = results
            .iter()
            .filter(|one| one["errors"][0]["statusCode"] == code);
        let refused = refused.count();
        assert!((1..40).contains(&refused), "{refused}");
        assert_eq!(
            results.iter().filter(|one| one["success"] == true).count(),
            40 - refused
        );
        let again = caller.ask(Method::PATCH, PATH, &rows(&ids)).await.json();
        assert!(
            again
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one["success"] == true)
        );
        // Rows of a job, too.
        caller.org.fault(Kind::JobState, When::Next(1), fault);
        let data: String = ids.iter().map(|id| format!("{id},B\n")).collect();
        let update = json!({ "object": "Lead", "operation": "update" });
        let job = caller
            .job(&update, &format!("Id,Lead_Tier__c\n{data}"))
            .await;
        let failed = caller.results(&job, "failedResults").await;
        assert!((1..40).contains(&failed.len()));
        assert!(failed.iter().all(|line| line[1].starts_with(code)));
    }
}

#[tokio::test]
async fn a_job_breaks_off_or_sticks() {
    let caller = Caller::new().await;
    let ids = caller.leads(10);
    let data: String = ids.iter().map(|id| format!("{id},A\n")).collect();
    let data = format!("Id,Lead_Tier__c\n{data}");
    let update = json!({ "object": "Lead", "operation": "update" });
    caller
        .org
        .fault(Kind::JobState, When::Next(1), Fault::FailJob(0.3));
    let job = caller.job(&update, &data).await;
    assert_eq!(
        (&job["state"], &job["numberRecordsProcessed"]),
        (&json!("Failed"), &json!(3))
    );
    assert_eq!(caller.results(&job, "successfulResults").await.len(), 3);
    assert_eq!(caller.results(&job, "unprocessedrecords").await.len(), 7);
    assert_eq!(
        (tier(&caller, &ids[2]), tier(&caller, &ids[3])),
        (json!("A"), Value::Null)
    );

    let sticks = Fault::StickJob(Duration::from_secs(1000));
    caller.org.fault(Kind::JobState, When::Next(1), sticks);
    let made = caller
        .ask(Method::POST, "jobs/ingest", &update)
        .await
        .json();
    let id = made["id"].as_str().unwrap();
    caller.upload(id, &data).await;
    caller.close(id).await;
    let path = format!("jobs/ingest/{id}");
    for (seconds, state) in [(500, "InProgress"), (600, "JobComplete")] {
        caller.org.advance(chrono::TimeDelta::seconds(seconds));
        assert_eq!(caller.get(&path).await.json()["state"], state);
    }
}

#[tokio::test]
async fn others_do_what_they_do_meanwhile() {
    let caller = Caller::new().await;
    let ids = caller.leads(3);
    let set = Meddling::Set("Title".into(), json!("by others"));
    let codes = [
        (set, ""),
        (Meddling::Convert, "CANNOT_UPDATE_CONVERTED_LEAD"),
        (Meddling::Delete, "ENTITY_IS_DELETED"),
    ];
    for (meddling, code) in codes {
        caller
            .org
            .fault(Kind::Update, When::Next(1), Fault::Meddle(meddling, 1.0));
        let results = caller.ask(Method::PATCH, PATH, &rows(&ids)).await.json();
        for result in results.as_array().unwrap() {
            assert_eq!(
                result["errors"][0]["statusCode"].as_str().unwrap_or(""),
                code
            );
        }
    }
    assert_eq!(
        caller.org.get("Lead", &ids[0]).unwrap()["Title"],
        "by others"
    );
    assert_eq!(caller.org.writes().len(), 3);
}

#[tokio::test]
async fn the_day_ends_in_the_middle() {
    let caller = Caller::new().await;
    caller.org.fault(Kind::Query, When::Nth(1), Fault::UseUp);
    let refused = caller.query("SELECT Id FROM Lead").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "REQUEST_LIMIT_EXCEEDED")
    );
    assert_eq!(caller.get("limits").await.status, 403);
    caller.org.set_used(0);
    assert_eq!(caller.get("limits").await.status, 200);
}
