//! Logging in, reading, limits, hosts.

use std::time::Duration;

use leadrank_salesforce::{Auth, Client, Error, OrgSettings, Secret};
use leadrank_test_org::{Fault, Kind, Options, When};

use super::world::{settings, world, world_of};

#[tokio::test]
async fn wrong_credentials_are_refused_without_trying_again() {
    let world = world(1).await;
    let auth = Auth::ClientCredentials {
        client_id: "stand-in-app".into(),
        client_secret: Secret::new("wrong"),
    };
    let wrong = OrgSettings {
        auth,
        ..settings(&world.org.url)
    };
    let error = Client::connect(wrong).await.unwrap_err();
    assert!(
        matches!(&error, Error::Login { code, .. } if code == "invalid_client"),
        "{error}"
    );
    assert_eq!(world.org.requests()[&Kind::Token], 1);
}

#[tokio::test]
async fn a_signed_statement_logs_in() {
    let key = include_str!("test_only_key.pem");
    let options = Options {
        public_key: Some(include_str!("test_only_key.pub.pem").into()),
        ..Options::default()
    };
    let world = world_of(3, options).await;
    let by = |username: &str| OrgSettings {
        auth: Auth::JwtBearer {
            client_id: "stand-in-app".into(),
            username: username.into(),
            audience: "https://login.salesforce.com".into(),
            private_key: Secret::new(key),
        },
        ..settings(&world.org.url)
    };
    let client = Client::connect(by("integration@example.com"))
        .await
        .unwrap();
    assert_eq!(client.org_id(), "00Dxx0000000001EAA");
    let mut seen = 0;
    let mut each = |_| {
        seen += 1;
        Ok(())
    };
    let count = client.query("SELECT Id FROM Lead", false, &mut each).await;
    assert_eq!((count.unwrap(), seen), (3, 3));
    let error = Client::connect(by("somebody@example.com"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("approved"), "{error}");
}

#[tokio::test]
async fn pages_of_both_kinds_hold_every_record_once() {
    let world = world(4501).await;
    let client = world.client().await;
    let soql = "SELECT Id, LastName, Stage_Entered_Contacting__c FROM Lead ORDER BY Id";
    let mut ids = Vec::new();
    let mut each = |record: serde_json::Map<String, serde_json::Value>| {
        assert!(!record.contains_key("attributes"));
        ids.push(record["Id"].as_str().unwrap().to_owned());
        Ok(())
    };
    assert_eq!(client.query(soql, false, &mut each).await.unwrap(), 4501);
    assert_eq!(ids, world.ids);
    let mut bulk = Vec::new();
    let mut each = |header: &csv::StringRecord, record: &csv::StringRecord| {
        assert_eq!(
            header,
            &["Id", "LastName", "Stage_Entered_Contacting__c"][..]
        );
        assert_eq!(&record[2], "2025-11-01T00:00:00.000Z");
        bulk.push(record[0].to_owned());
        Ok(())
    };
    assert_eq!(
        client.bulk_query(soql, false, &mut each).await.unwrap(),
        4501
    );
    assert_eq!(bulk, world.ids);
}

#[tokio::test]
async fn deleted_records_are_read_when_asked_for() {
    let world = world(5).await;
    world.org.delete("Lead", &world.ids[2]);
    let client = world.client().await;
    let count = async |all| {
        let soql = "SELECT Id FROM Lead WHERE IsDeleted = true";
        client.query(soql, all, &mut |_| Ok(())).await.unwrap()
    };
    assert_eq!((count(false).await, count(true).await), (0, 1));
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let world = world(1).await;
    let client = world.client().await;
    world
        .org
        .fault(Kind::Describe, When::Next(1), Fault::ExpireTokens);
    client.describe("Lead").await.unwrap();
    assert_eq!(world.org.requests()[&Kind::Token], 2);
    // A token that is refused however fresh ends it.
    world
        .org
        .fault(Kind::Describe, When::Next(9), Fault::ExpireTokens);
    let error = client.describe("Lead").await.unwrap_err();
    assert!(matches!(error, Error::Login { .. }), "{error}");
    assert_eq!(world.org.requests()[&Kind::Token], 3);
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_ends() {
    let world = world(1).await;
    let client = world.client().await;
    let refuse = |status, retry_after| Fault::Refuse {
        status,
        code: "SERVER_UNAVAILABLE".into(),
        retry_after,
    };
    for fault in [
        refuse(503, None),
        refuse(429, Some(0)),
        refuse(500, None),
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Truncate,
        Fault::Delay(Duration::from_millis(5)),
    ] {
        world
            .org
            .fault(Kind::Describe, When::Next(3), fault.clone());
        let fields = client.describe("Lead").await;
        assert!(fields.is_ok(), "{fault:?}: {fields:?}");
    }
    world
        .org
        .fault(Kind::Describe, When::Next(99), refuse(503, None));
    let error = client.describe("Lead").await.unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { attempts: 6, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn requests_are_left_to_others() {
    let options = Options {
        daily_requests: 100,
        ..Options::default()
    };
    let world = world_of(1, options).await;
    let careful = OrgSettings {
        reserve: 0.1,
        ..settings(&world.org.url)
    };
    let client = Client::connect(careful).await.unwrap();
    world.org.set_used(88);
    client.describe("Lead").await.unwrap();
    assert_eq!(client.usage().unwrap().used, 89);
    client.describe("Lead").await.unwrap();
    let error = client.describe("Lead").await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                used: 90,
                allowed: 100,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("left to others"));
    // One who takes all there is learns it from the org.
    let client = world.client().await;
    world.org.set_used(100);
    let error = client.describe("Lead").await.unwrap_err();
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

#[tokio::test]
async fn an_object_that_is_not_there_is_named() {
    let world = world(1).await;
    let client = world.client().await;
    let error = client.describe("Nothing__c").await.unwrap_err().to_string();
    assert!(
        error.contains("Nothing__c") && error.contains("404"),
        "{error}"
    );
    let error = client
        .query("SELECT Nope__c FROM Lead", false, &mut |_| Ok(()))
        .await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("INVALID_FIELD") && error.contains("Nope__c"),
        "{error}"
    );
}
