//! Tokens, limits, versions.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use leadrank_test_org::{Kind, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::caller::{CREDENTIALS, Caller, options, read};

#[tokio::test]
async fn credentials_come_in_the_form_or_in_the_header() {
    let caller = Caller::new().await;
    let granted = caller
        .grant(
            "grant_type=client_credentials",
            Some(("stand-in-app", "stand-in-secret")),
        )
        .await;
    let body = granted.json();
    assert_eq!(
        (granted.status, &body["token_type"]),
        (200, &json!("Bearer"))
    );
    assert_eq!(body["instance_url"], caller.org.url);
    assert!(body["id"].as_str().unwrap().contains("/id/00D"));
    let refusals = [
        (CREDENTIALS.replace("-secret", "-wrong"), "invalid_client"),
        (CREDENTIALS.replace("-app", "-other"), "invalid_client_id"),
        ("grant_type=password".into(), "unsupported_grant_type"),
        (
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=x".into(),
            "invalid_grant",
        ),
    ];
    for (form, code) in refusals {
        let refused = caller.grant(&form, None).await;
        let body = refused.json();
        assert_eq!(
            (refused.status, &body["error"]),
            (400, &json!(code)),
            "{form}"
        );
        assert!(body["error_description"].is_string());
    }
    assert_eq!(caller.org.requests()[&Kind::Token], 6);
}

#[tokio::test]
async fn a_signed_statement_has_to_be_true() {
    let options = Options {
        public_key: Some(
            include_str!("../../../../crates/salesforce/tests/org/test_only_key.pub.pem").into(),
        ),
        ..options()
    };
    let caller = Caller::with(options).await;
    let now = chrono::Utc::now().timestamp();
    let right = json!({
        "iss": "stand-in-app",
        "sub": "integration@example.com",
        "aud": "https://login.salesforce.com",
        "exp": now + 180,
    });
    let changed = |name: &str, value: Value| {
        let mut claims = right.clone();
        claims[name] = value;
        claims
    };
    let cases = [
        (right.clone(), None),
        (changed("aud", caller.org.url.as_str().into()), None),
        (
            changed("aud", "https://example.com".into()),
            Some("audience is invalid"),
        ),
        (
            changed("exp", (now - 600).into()),
            Some("assertion has expired"),
        ),
        (
            changed("iss", "another-app".into()),
            Some("client identifier invalid"),
        ),
        (
            changed("sub", "somebody@example.com".into()),
            Some("user hasn't approved this consumer"),
        ),
        (changed("sub", Value::Null), Some("invalid assertion")),
    ];
    for (claims, refusal) in cases {
        let answer = caller.grant(&assertion(&claims), None).await;
        let body = answer.json();
        assert_eq!(body["error_description"].as_str(), refusal, "{claims}");
        assert_eq!(body["access_token"].is_string(), refusal.is_none());
    }
    // What was signed and then changed is not what was signed.
    let signed = assertion(&right);
    let (rest, signature) = signed.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let answer = caller.grant(&format!("{rest}.{turned}"), None).await;
    assert_eq!(answer.json()["error_description"], "invalid assertion");
}

fn assertion(claims: &Value) -> String {
    let key = include_bytes!("../../../../crates/salesforce/tests/org/test_only_key.pem");
    let key = EncodingKey::from_rsa_pem(key).unwrap();
    let signed = encode(&Header::new(Algorithm::RS256), claims, &key).unwrap();
    format!("grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion={signed}")
}

#[tokio::test]
async fn a_token_holds_by_the_clock_of_the_org() {
    let options = Options {
        token_holds: Duration::from_secs(600),
        ..options()
    };
    let mut caller = Caller::with(options).await;
    assert_eq!(caller.get("limits").await.status, 200);
    caller.org.advance(chrono::TimeDelta::seconds(601));
    let expired = caller.get("limits").await;
    assert_eq!(
        (expired.status, expired.code().as_str()),
        (401, "INVALID_SESSION_ID")
    );
    caller.log_in().await;
    assert_eq!(caller.get("limits").await.status, 200);
}

#[tokio::test]
async fn requests_are_counted_and_end() {
    let options = Options {
        daily_requests: 3,
        ..options()
    };
    let caller = Caller::with(options).await;
    for used in 1..=3 {
        let answer = caller.get("limits").await;
        assert_eq!(
            answer.header("Sforce-Limit-Info"),
            format!("api-usage={used}/3")
        );
        let limit = &answer.json()["DailyApiRequests"];
        assert_eq!(
            (&limit["Max"], &limit["Remaining"]),
            (&json!(3), &json!(3 - used))
        );
    }
    let refused = caller.get("limits").await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "REQUEST_LIMIT_EXCEEDED")
    );
    assert_eq!(refused.header("Sforce-Limit-Info"), "api-usage=3/3");
}

#[tokio::test]
async fn the_version_that_is_asked_for_is_the_one_that_answers() {
    let caller = Caller::new().await;
    let of = async |path: &str| read(caller.request(Method::GET, path)).await.unwrap();
    let newest = of("/services/data").await.json();
    let newest = newest.as_array().unwrap().last().unwrap().clone();
    let there = of(&format!("{}/limits", newest["url"].as_str().unwrap())).await;
    assert_eq!(there.status, 200);
    assert_eq!(of("/services/data/v9.0/limits").await.code(), "NOT_FOUND");
    assert_eq!(of("/services/data/vx/limits").await.code(), "NOT_FOUND");
    let resources = of("/services/data/v58.0/").await.json();
    assert_eq!(resources["query"], "/services/data/v58.0/query");
    let objects = of("/services/data/v58.0/sobjects").await.json();
    let names: Vec<&Value> = objects["sobjects"].as_array().unwrap().iter().collect();
    assert!(
        names
            .iter()
            .any(|object| object["name"] == "Lead" && object["keyPrefix"] == "00Q")
    );
}
