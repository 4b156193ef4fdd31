//! Logging in by client credentials or by a signed statement.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::json;

use crate::org::State;
use crate::reply::{self, Reply};
use crate::server::Asked;

/// Tokens that were given out, with their ends.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    given: u64,
    known: BTreeMap<String, DateTime<Utc>>,
}

impl Tokens {
    pub(crate) fn expire_all(&mut self) {
        self.known.clear();
    }

    pub(crate) fn holds(&self, asked: &Asked, now: DateTime<Utc>) -> bool {
        let header = asked.header("Authorization");
        // Clients of old say OAuth instead of Bearer.
        let token = header
            .and_then(|value| value.split_once(' '))
            .filter(|(kind, _)| matches!(*kind, "Bearer" | "OAuth"))
            .map(|(_, token)| token);
        token
            .and_then(|token| self.known.get(token))
            .is_some_and(|end| now < *end)
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
}

/// Id and secret of a header `Authorization: Basic`.
fn basic(asked: &Asked) -> Option<(String, String)> {
    let encoded = asked.header("Authorization")?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

pub(crate) fn grant(state: &mut State, asked: &Asked) -> Reply {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&asked.body)
        .into_owned()
        .collect();
    let value = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let denied = |code: &str, words: &str| {
        reply::json(400, &json!({ "error": code, "error_description": words }))
    };
    let options = &state.options;
    // Who the client is stands in the form or in the header.
    let (id, secret) = basic(asked).unwrap_or_else(|| {
        let own = |name: &str| value(name).to_owned();
        (own("client_id"), own("client_secret"))
    });
    match value("grant_type") {
        "client_credentials" => {
            if id != options.client_id {
                return denied("invalid_client_id", "client identifier invalid");
            }
            if secret != options.client_secret {
                return denied("invalid_client", "invalid client credentials");
            }
        }
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
            let Some(key) = &options.public_key else {
                return denied("invalid_grant", "no certificate is registered");
            };
            let Ok(key) = DecodingKey::from_rsa_pem(key.as_bytes()) else {
                return denied("server_error", "the registered certificate is none");
            };
            let mut rules = Validation::new(Algorithm::RS256);
            rules.set_audience(&[
                "https://login.salesforce.com",
                "https://test.salesforce.com",
                &state.address,
            ]);
            rules.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
            match decode::<Claims>(value("assertion"), &key, &rules) {
                Err(error) => {
                    let words = match error.kind() {
                        ErrorKind::InvalidAudience => "audience is invalid",
                        ErrorKind::ExpiredSignature => "assertion has expired",
                        _ => "invalid assertion",
                    };
                    return denied("invalid_grant", words);
                }
                Ok(found) if found.claims.iss != options.client_id => {
                    return denied("invalid_client_id", "client identifier invalid");
                }
                Ok(found) if found.claims.sub != options.username => {
                    return denied("invalid_grant", "user hasn't approved this consumer");
                }
                Ok(_) => {}
            }
        }
        _ => return denied("unsupported_grant_type", "grant type not supported"),
    }
    let holds = TimeDelta::from_std(options.token_holds).unwrap_or_default();
    let end = state.now() + holds;
    state.tokens.given += 1;
    let token = format!("00Dxx0000000001!stand-in-{}", state.tokens.given);
    state.tokens.known.insert(token.clone(), end);
    reply::json(
        200,
        &json!({
            "access_token": token,
            "instance_url": state.address,
            "id": format!("{}/id/00Dxx0000000001EAA/005xx0000000001AAA", state.address),
            "token_type": "Bearer",
            "scope": "api",
            "issued_at": state.now().timestamp_millis().to_string(),
        }),
    )
}
