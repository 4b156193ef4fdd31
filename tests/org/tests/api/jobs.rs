//! Bulk API 2.0.

use std::time::Duration;

use leadrank_test_org::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::{Caller, options, read};

fn update() -> Value {
    json!({ "object": "Lead", "operation": "update", "contentType": "CSV", "lineEnding": "LF" })
}

#[tokio::test]
async fn results_are_those_of_each_row() {
    let caller = Caller::new().await;
    let ids = caller.leads(5);
    for (id, score) in ids.iter().zip([0.1, 0.2, 0.3, 0.4, 0.5]) {
        caller.org.set("Lead", id, "Lead_Score__c", json!(score));
    }
    caller.org.delete("Lead", &ids[3]);
    let data = format!(
        "Id,Lead_Score__c,Title\n{},0.9,\"a \"\"b\"\",\nc\"\n{},#N/A,\n{},,x\n{},1,x\n{},11,x\n{},1,x\n,1,x\n",
        ids[0],
        &ids[1][..15],
        ids[2],
        ids[3],
        ids[4],
        ids[0]
    );
    let job = caller.job(&update(), &data).await;
    assert_eq!(
        (
            &job["state"],
            &job["numberRecordsProcessed"],
            &job["numberRecordsFailed"]
        ),
        (&json!("JobComplete"), &json!(7), &json!(4))
    );
    let successful = caller.results(&job, "successfulResults").await;
    let line = |cells: [&str; 5]| cells.map(str::to_owned).to_vec();
    assert_eq!(
        successful,
        [
            line([&ids[0], "false", &ids[0], "0.9", "a \"b\",\nc"]),
            line([&ids[1], "false", &ids[1][..15], "#N/A", ""]),
            line([&ids[2], "false", &ids[2], "", "x"]),
        ]
    );
    let failed = caller.results(&job, "failedResults").await;
    let errors: Vec<(&str, &str)> = failed
        .iter()
        .map(|line| (line[0].as_str(), line[1].as_str()))
        .collect();
    assert_eq!(
        errors,
        [
            (
                "",
                "MISSING_ARGUMENT:Id not specified in an update call:Id --"
            ),
            (
                &ids[0],
                &format!("DUPLICATE_VALUE:duplicate id specified: {}: --", ids[0])
            ),
            (&ids[3], "ENTITY_IS_DELETED:entity is deleted: --"),
            (
                &ids[4],
                "NUMBER_OUTSIDE_VALID_RANGE:Lead_Score__c: value outside of valid range on numeric field: 11:Lead_Score__c --"
            ),
        ]
    );
    assert!(caller.results(&job, "unprocessedrecords").await.is_empty());
    // #N/A empties, an empty cell leaves alone.
    let score = |id: &str| caller.org.get("Lead", id).unwrap()["Lead_Score__c"].clone();
    assert_eq!((score(&ids[1]), score(&ids[2])), (Value::Null, json!(0.3)));
    assert_eq!(caller.org.writes().len(), 3);
}

#[tokio::test]
async fn results_come_in_an_order_of_their_own() {
    let caller = Caller::new().await;
    let ids = caller.leads(50);
    let data: String = ids.iter().map(|id| format!("{id},x\n")).collect();
    let job = caller.job(&update(), &format!("Id,Title\n{data}")).await;
    let id = job["id"].as_str().unwrap();
    let lines = caller
        .get(&format!("jobs/ingest/{id}/successfulResults"))
        .await
        .lines();
    assert_eq!(lines[0], ["sf__Id", "sf__Created", "Id", "Title"]);
    let order: Vec<String> = lines[1..].iter().map(|line| line[0].clone()).collect();
    assert_ne!(order, ids);
    let mut sorted = order;
    sorted.sort();
    assert_eq!(sorted, ids);
}

#[tokio::test]
async fn states_follow_the_clock_of_the_org() {
    let options = Options {
        job_takes: Duration::from_secs(100),
        ..options()
    };
    let caller = Caller::with(options).await;
    let ids = caller.leads(1);
    let made = caller
        .ask(Method::POST, "jobs/ingest", &update())
        .await
        .json();
    let id = made["id"].as_str().unwrap().to_owned();
    let path = format!("jobs/ingest/{id}");
    assert_eq!(
        made["contentUrl"],
        format!("services/data/v62.0/{path}/batches")
    );
    let data = format!("Id,Title\n{},x\n", ids[0]);
    assert_eq!(caller.upload(&id, &data).await.status, 201);
    // Data goes in once, and results are there at the end only.
    let again = caller.upload(&id, &data).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (400, "INVALIDJOBSTATE")
    );
    assert_eq!(caller.close(&id).await.json()["state"], "UploadComplete");
    assert_eq!(caller.close(&id).await.code(), "INVALIDJOBSTATE");
    let early = caller.get(&format!("{path}/successfulResults")).await;
    assert_eq!(
        (early.status, early.code().as_str()),
        (400, "INVALIDJOBSTATE")
    );
    let delete = caller.ask(Method::DELETE, &path, &Value::Null).await;
    assert_eq!(delete.status, 400);
    for state in ["InProgress", "JobComplete"] {
        caller.org.advance(chrono::TimeDelta::seconds(110));
        assert_eq!(caller.get(&path).await.json()["state"], state);
    }
    let listed = caller.get("jobs/ingest").await.json();
    assert_eq!(
        (&listed["done"], &listed["records"][0]["id"]),
        (&json!(true), &json!(id))
    );
    assert_eq!(
        caller.ask(Method::DELETE, &path, &Value::Null).await.status,
        204
    );
    assert_eq!(caller.get(&path).await.status, 404);
}

#[tokio::test]
async fn an_aborted_job_wrote_nothing_and_gives_its_rows_back() {
    let caller = Caller::new().await;
    let ids = caller.leads(2);
    let made = caller
        .ask(Method::POST, "jobs/ingest", &update())
        .await
        .json();
    let id = made["id"].as_str().unwrap();
    let data = format!("Id,Title\n{},x\n{},y\n", ids[0], ids[1]);
    caller.upload(id, &data).await;
    let abort = json!({ "state": "Aborted" });
    let job = caller
        .ask(Method::PATCH, &format!("jobs/ingest/{id}"), &abort)
        .await
        .json();
    assert_eq!(job["state"], "Aborted");
    let lines = caller.results(&job, "unprocessedrecords").await;
    assert_eq!(lines, [[ids[0].as_str(), "x"], [ids[1].as_str(), "y"]]);
    assert!(caller.org.writes().is_empty());
}

#[tokio::test]
async fn an_upload_that_does_not_fit_the_job_fails_as_a_whole() {
    let caller = Caller::new().await;
    let ids = caller.leads(1);
    let id = &ids[0];
    let with = |name: &str, value: &str| {
        let mut settings = update();
        settings[name] = value.into();
        settings
    };
    let endings =
        "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is";
    let cases = [
        (
            update(),
            format!("Id,Nope__c\n{id},x\n"),
            "InvalidBatch : Field name not found : Nope__c".to_owned(),
            1,
        ),
        (
            update(),
            format!("Id;Title\n{id};x\n"),
            "InvalidBatch : Field name not found : Id;Title".to_owned(),
            1,
        ),
        (
            update(),
            "Title\nx\n".to_owned(),
            "InvalidBatch : Field name not found : Id".to_owned(),
            1,
        ),
        (
            update(),
            format!("Id,Title\r\n{id},x\r\n"),
            format!("{endings} LF"),
            0,
        ),
        (
            with("lineEnding", "CRLF"),
            format!("Id,Title\n{id},x\n"),
            format!("{endings} CRLF"),
            0,
        ),
        (
            with("operation", "delete"),
            format!("Id,Title\n{id},x\n"),
            "InvalidBatch : delete batches must contain only ids".to_owned(),
            1,
        ),
    ];
    for (settings, data, error, unprocessed) in cases {
        let job = caller.job(&settings, &data).await;
        assert_eq!(
            (&job["state"], &job["errorMessage"]),
            (&json!("Failed"), &json!(error))
        );
        assert_eq!(job["numberRecordsProcessed"], 0);
        assert_eq!(
            caller.results(&job, "unprocessedrecords").await.len(),
            unprocessed
        );
    }
    assert!(caller.org.writes().is_empty());
    let mut other = with("lineEnding", "CRLF");
    other["columnDelimiter"] = "SEMICOLON".into();
    let job = caller
        .job(&other, &format!("Id;Title\r\n{id};\"x;y\"\r\n"))
        .await;
    assert_eq!(job["numberRecordsFailed"], 0);
    assert_eq!(caller.org.get("Lead", id).unwrap()["Title"], "x;y");
}

#[tokio::test]
async fn jobs_make_and_find_by_key_and_delete() {
    let caller = Caller::new().await;
    let settings = |operation: &str| json!({ "object": "Lead", "operation": operation, "externalIdFieldName": "Score_Key__c" });
    let header = "LastName,Company,Score_Key__c";
    let insert = json!({ "object": "Lead", "operation": "insert" });
    let job = caller
        .job(&insert, &format!("{header}\nAsh,Trees,a\nBirch,,b\n"))
        .await;
    let made = caller.results(&job, "successfulResults").await;
    assert_eq!((made.len(), made[0][1].as_str()), (1, "true"));
    let failed = caller.results(&job, "failedResults").await;
    assert_eq!(failed[0][0], "");
    assert!(
        failed[0][1].starts_with("REQUIRED_FIELD_MISSING:"),
        "{failed:?}"
    );
    let job = caller
        .job(
            &settings("upsert"),
            &format!("{header}\nOak,Trees,A\nCedar,Trees,c\n"),
        )
        .await;
    let done = caller.results(&job, "successfulResults").await;
    let mut told: Vec<[&str; 2]> = done
        .iter()
        .map(|line| [line[2].as_str(), line[1].as_str()])
        .collect();
    told.sort();
    assert_eq!(told, [["Cedar", "true"], ["Oak", "false"]]);
    let job = caller
        .job(
            &json!({ "object": "Lead", "operation": "delete" }),
            &format!("Id\n{}\n", done[0][0]),
        )
        .await;
    assert_eq!(job["numberRecordsFailed"], 0);
    assert_eq!(
        caller.query("SELECT Id FROM Lead").await.json()["totalSize"],
        1
    );
    let refusals = [
        json!({ "object": "Lead", "operation": "upsert" }),
        json!({ "object": "Lead", "operation": "upsert", "externalIdFieldName": "Title" }),
        json!({ "object": "Lead", "operation": "merge" }),
        json!({ "object": "Nope__c", "operation": "insert" }),
        json!({ "object": "Lead", "operation": "insert", "lineEnding": "CR" }),
        json!({ "object": "Lead", "operation": "insert", "columnDelimiter": "DOT" }),
    ];
    for body in refusals {
        let refused = caller.ask(Method::POST, "jobs/ingest", &body).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, "INVALIDJOB"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn uploads_have_a_largest_size_and_a_type() {
    let options = Options {
        largest_upload: 1_000_000,
        ..options()
    };
    let caller = Caller::with(options).await;
    let made = caller
        .ask(Method::POST, "jobs/ingest", &update())
        .await
        .json();
    let id = made["id"].as_str().unwrap();
    let large = caller.upload(id, &"x".repeat(1_000_001)).await;
    assert_eq!(large.status, 413);
    let path = format!("/services/data/v62.0/jobs/ingest/{id}/batches");
    let request = caller.request(Method::PUT, &path);
    let request = request
        .header("Content-Type", "application/json")
        .body("{}");
    assert_eq!(read(request).await.unwrap().status, 415);
    assert_eq!(caller.upload(id, &"x".repeat(1_000_000)).await.status, 201);
}

#[tokio::test]
async fn a_query_job_gives_pages() {
    let caller = Caller::new().await;
    let ids = caller.leads(5);
    caller.org.delete("Lead", &ids[4]);
    caller.org.set(
        "Lead",
        &ids[0],
        "Scored_At__c",
        json!("2025-12-31T08:00:00.000+0000"),
    );
    let ask = async |operation: &str, query: &str| {
        let body = json!({ "operation": operation, "query": query });
        caller.ask(Method::POST, "jobs/query", &body).await
    };
    let made = ask(
        "query",
        "SELECT Id, Scored_At__c, Owner.Name FROM Lead ORDER BY Id",
    )
    .await
    .json();
    let path = format!("jobs/query/{}", made["id"].as_str().unwrap());
    assert_eq!(made["state"], "UploadComplete");
    assert_eq!(caller.wait(&path).await["numberRecordsProcessed"], 4);
    let mut locator = String::new();
    let mut found = Vec::new();
    for (rows, is_last) in [(3, false), (1, true)] {
        let page = caller
            .get(&format!("{path}/results?maxRecords=3{locator}"))
            .await;
        let lines = page.lines();
        assert_eq!(lines[0], ["Id", "Scored_At__c", "Owner.Name"]);
        assert_eq!(page.header("Sforce-NumberOfRecords"), rows.to_string());
        assert_eq!(page.header("Sforce-Locator") == "null", is_last);
        locator = format!("&locator={}", page.header("Sforce-Locator"));
        found.extend(lines[1..].to_vec());
    }
    assert_eq!(found[0], [ids[0].as_str(), "2025-12-31T08:00:00.000Z", ""]);
    assert_eq!(
        found.iter().map(|line| &line[0]).collect::<Vec<_>>(),
        ids[..4].iter().collect::<Vec<_>>()
    );
    let all = ask("queryAll", "SELECT Id FROM Lead").await.json();
    let all = caller
        .wait(&format!("jobs/query/{}", all["id"].as_str().unwrap()))
        .await;
    assert_eq!(all["numberRecordsProcessed"], 5);
    assert_eq!(
        ask("query", "SELECT Id FRM Lead").await.code(),
        "MALFORMED_QUERY"
    );
    assert_eq!(
        ask("query", "SELECT COUNT() FROM Lead").await.code(),
        "INVALIDJOB"
    );
    // The two kinds of jobs know nothing of each other.
    let other = path.replace("query", "ingest");
    assert_eq!(caller.get(&other).await.status, 404);
}
