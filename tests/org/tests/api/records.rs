//! Queries, single records, collections.

use leadrank_test_org::Operation;
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::{Caller, read};

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended() {
    let caller = Caller::new().await;
    let ids = caller.leads(650);
    let path = "/services/data/v60.0/query?q=SELECT+Id+FROM+Lead+ORDER+BY+Id";
    let small = |path: &str| {
        let request = caller.request(Method::GET, path);
        read(request.header("Sforce-Query-Options", "batchSize=200"))
    };
    let mut page = small(path).await.unwrap().json();
    let mut sizes = Vec::new();
    let mut found = Vec::new();
    loop {
        let records = page["records"].as_array().unwrap();
        assert_eq!(page["totalSize"], 650);
        assert_eq!(records[0]["attributes"]["type"], "Lead");
        let url = records[0]["attributes"]["url"].as_str().unwrap();
        assert!(url.starts_with("/services/data/v60.0/sobjects/Lead/00Q"));
        sizes.push(records.len());
        found.extend(
            records
                .iter()
                .map(|record| record["Id"].as_str().unwrap().to_owned()),
        );
        if page["done"] == true {
            break;
        }
        let next = page["nextRecordsUrl"].as_str().unwrap().to_owned();
        assert!(next.starts_with("/services/data/v60.0/query/01g"));
        page = small(&next).await.unwrap().json();
    }
    assert_eq!((sizes, found), (vec![200, 200, 200, 50], ids));
    assert_eq!(page.get("nextRecordsUrl"), None);
    let lost = caller.get("query/01gxx0000000099AAA-200").await;
    assert_eq!(lost.code(), "INVALID_QUERY_LOCATOR");
}

#[tokio::test]
async fn relations_are_records_in_records() {
    let caller = Caller::new().await;
    let ids = caller.leads(2);
    let user = json!({ "Name": "Sample User" })
        .as_object()
        .unwrap()
        .clone();
    let user = caller.org.put("User", user).unwrap();
    caller.org.set("Lead", &ids[0], "OwnerId", user.into());
    let found = caller
        .query("SELECT Owner.Name FROM Lead ORDER BY Id")
        .await
        .json();
    assert_eq!(found["records"][0]["Owner"]["Name"], "Sample User");
    assert_eq!(found["records"][0]["Owner"]["attributes"]["type"], "User");
    assert_eq!(found["records"][1]["Owner"], Value::Null);
    let count = caller.query("SELECT COUNT() FROM Lead").await.json();
    assert_eq!(
        count,
        json!({ "totalSize": 2, "done": true, "records": [] })
    );
    let refused = caller.query("SELECT Nope__c FROM Lead").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "INVALID_FIELD")
    );
}

#[tokio::test]
async fn a_record_lives_and_dies() {
    let caller = Caller::new().await;
    let made = json!({ "LastName": "Ash", "Company": "Trees", "Lead_Score__c": 0.5 });
    let made = caller.ask(Method::POST, "sobjects/Lead", &made).await;
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("sobjects/Lead/{}", &id[..15]);
    let before = caller.get(&path).await.json();
    assert_eq!(
        (&before["Id"], &before["Lead_Score__c"]),
        (&json!(id), &json!(0.5))
    );
    caller.org.advance(chrono::TimeDelta::seconds(60));
    let change = json!({ "Lead_Score__c": null });
    assert_eq!(caller.ask(Method::PATCH, &path, &change).await.status, 204);
    let after = caller
        .get(&format!("{path}?fields=Lead_Score__c,SystemModstamp"))
        .await
        .json();
    assert_eq!(after["Lead_Score__c"], Value::Null);
    assert!(after["SystemModstamp"].as_str() > before["SystemModstamp"].as_str());
    assert_eq!(after.get("LastName"), None);
    assert_eq!(
        caller.ask(Method::DELETE, &path, &Value::Null).await.status,
        204
    );
    for method in [Method::GET, Method::DELETE] {
        let gone = caller.ask(method, &path, &Value::Null).await;
        assert_eq!(
            (gone.status, gone.code().as_str()),
            (404, "ENTITY_IS_DELETED")
        );
    }
    let in_bin = "q=SELECT+IsDeleted+FROM+Lead";
    assert_eq!(
        caller.get(&format!("query?{in_bin}")).await.json()["totalSize"],
        0
    );
    let all = caller.get(&format!("queryAll?{in_bin}")).await.json();
    assert_eq!(all["records"][0]["IsDeleted"], true);
    // Each of it is in the log, once.
    let writes = caller.org.writes();
    let operations: Vec<Operation> = writes.iter().map(|write| write.operation).collect();
    assert_eq!(
        operations,
        [Operation::Insert, Operation::Update, Operation::Delete]
    );
    assert_eq!(writes[1].values, *change.as_object().unwrap());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_code() {
    let caller = Caller::new().await;
    let ids = caller.leads(2);
    caller
        .org
        .set("Lead", &ids[1], "Score_Key__c", json!("taken"));
    let path = format!("sobjects/Lead/{}", ids[0]);
    let cases = [
        (json!({ "LastName": "x".repeat(256) }), "STRING_TOO_LONG"),
        (json!({ "Lead_Score__c": 10 }), "NUMBER_OUTSIDE_VALID_RANGE"),
        (
            json!({ "Lead_Score__c": "much" }),
            "INVALID_TYPE_ON_FIELD_IN_RECORD",
        ),
        (
            json!({ "Lead_Tier__c": "Z" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (json!({ "Nope__c": 1 }), "INVALID_FIELD"),
        (
            json!({ "IsConverted": true }),
            "INVALID_FIELD_FOR_INSERT_UPDATE",
        ),
        (json!({ "Score_Key__c": "Taken" }), "DUPLICATE_VALUE"),
        (json!([]), "JSON_PARSER_ERROR"),
    ];
    for (change, code) in cases {
        let refused = caller.ask(Method::PATCH, &path, &change).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (400, code),
            "{change}"
        );
    }
    caller.org.set("Lead", &ids[0], "IsConverted", json!(true));
    let refused = caller
        .ask(Method::PATCH, &path, &json!({ "LastName": "x" }))
        .await;
    assert_eq!(refused.code(), "CANNOT_UPDATE_CONVERTED_LEAD");
    let refused = caller.ask(Method::PUT, &path, &json!({})).await;
    assert_eq!(refused.status, 405);
    let refused = caller.get("sobjects/Nope__c/describe").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (404, "NOT_FOUND")
    );
    assert!(caller.org.writes().is_empty());
}

/// The codes of a collection's results; nothing where a record was taken.
fn codes(results: &Value) -> Vec<&str> {
    let results = results.as_array().unwrap().iter();
    results
        .map(|result| {
            assert_eq!(result["success"] == true, result["errors"][0].is_null());
            result["errors"][0]["statusCode"].as_str().unwrap_or("")
        })
        .collect()
}

#[tokio::test]
async fn a_collection_goes_in_by_record_or_as_a_whole() {
    let caller = Caller::new().await;
    let ids = caller.leads(4);
    let row = |id: &str, tier: &str| json!({ "attributes": { "type": "Lead" }, "id": id, "Lead_Tier__c": tier });
    let records = json!([
        row(&ids[0], "A"),
        row(&ids[1], "Z"),
        row("x", "A"),
        row("00Q000000000999EAA", "A"),
        row(&ids[0][..15], "B"),
        row(&ids[2], "B")
    ]);
    let mut body = json!({ "allOrNone": true, "records": records });
    let path = "composite/sobjects";
    let rolled = "ALL_OR_NONE_OPERATION_ROLLED_BACK";
    let refused = [
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "MALFORMED_ID",
        "INVALID_CROSS_REFERENCE_KEY",
        "DUPLICATE_VALUE",
    ];
    let none = caller.ask(Method::PATCH, path, &body).await.json();
    assert_eq!(codes(&none), [&[rolled], &refused[..], &[rolled]].concat());
    assert!(caller.org.writes().is_empty());
    assert_eq!(
        caller.org.get("Lead", &ids[0]).unwrap().get("Lead_Tier__c"),
        None
    );
    body["allOrNone"] = false.into();
    let some = caller.ask(Method::PATCH, path, &body).await.json();
    assert_eq!(codes(&some), [&[""], &refused[..], &[""]].concat());
    assert_eq!(
        (&some[0]["id"], &some[5]["id"]),
        (&json!(ids[0]), &json!(ids[2]))
    );
    assert_eq!(
        caller.org.get("Lead", &ids[0]).unwrap()["Lead_Tier__c"],
        "A"
    );
    assert_eq!(caller.org.writes().len(), 2);

    let gone = format!("{path}?ids={},{},nobody", ids[3], ids[3]);
    let gone = caller.ask(Method::DELETE, &gone, &Value::Null).await.json();
    assert_eq!(codes(&gone), ["", "DUPLICATE_VALUE", "MALFORMED_ID"]);
    let many: Vec<Value> = (0..201).map(|_| row(&ids[0], "A")).collect();
    let refused = caller
        .ask(Method::PATCH, path, &json!({ "records": many }))
        .await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "EXCEEDED_ID_LIMIT")
    );
}

#[tokio::test]
async fn reading_many_keeps_the_order_of_the_ids() {
    let caller = Caller::new().await;
    let ids = caller.leads(3);
    caller.org.delete("Lead", &ids[1]);
    let body = json!({
        "ids": [ids[2], ids[1], "00Q000000000999EAA", &ids[0][..15]],
        "fields": ["lastname"],
    });
    let found = caller
        .ask(Method::POST, "composite/sobjects/Lead", &body)
        .await
        .json();
    let names: Vec<&Value> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["LastName"])
        .collect();
    assert_eq!(
        names,
        [
            &json!("Sample 2"),
            &Value::Null,
            &Value::Null,
            &json!("Sample 0")
        ]
    );
    assert!(found[1].is_null() && found[2].is_null());
    let body = json!({ "ids": vec![&ids[0]; 2001], "fields": ["Id"] });
    let refused = caller
        .ask(Method::POST, "composite/sobjects/Lead", &body)
        .await;
    assert_eq!(refused.code(), "EXCEEDED_ID_LIMIT");
}
