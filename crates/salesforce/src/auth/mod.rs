//! Logging in: a token, and where the org lives.

mod jwt;

use serde::Deserialize;
use url::Url;

use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::settings::Auth;

/// What a login gives.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: Secret,
    pub(crate) instance: Url,
    /// The org's id, as the token's identity address names it; empty where it does not.
    pub(crate) org_id: String,
}

/// The form that is posted to `/services/oauth2/token`. `now` is in seconds since 1970.
///
/// # Errors
/// A private key that is none.
pub(crate) fn form(auth: &Auth, now: i64) -> Result<Vec<(&'static str, String)>> {
    Ok(match auth {
        Auth::ClientCredentials {
            client_id,
            client_secret,
        } => vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", client_id.clone()),
            ("client_secret", client_secret.reveal().into()),
        ],
        Auth::JwtBearer {
            client_id,
            username,
            audience,
            private_key,
        } => vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:jwt-bearer".into(),
            ),
            (
                "assertion",
                jwt::assertion(client_id, username, audience, private_key, now)?,
            ),
        ],
    })
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    instance_url: String,
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
struct Denied {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Reads the answer of the token address.
///
/// # Errors
/// A refusal, or an answer that is none.
pub(crate) fn session(status: u16, body: &[u8]) -> Result<Session> {
    let what = "the login";
    if status >= 400 {
        let denied: Denied = serde_json::from_slice(body)
            .map_err(|_| Error::answer(what, format!("status {status} without a reason")))?;
        return Err(Error::Login {
            code: denied.error,
            message: denied.error_description,
        });
    }
    // The answer holds the token, so no part of it may get into a message.
    let granted: Granted = serde_json::from_slice(body)
        .map_err(|error| Error::answer(what, format!("no token in it (line {})", error.line())))?;
    let instance = granted
        .instance_url
        .parse()
        .map_err(|error| Error::answer(what, format!("its instance address is none: {error}")))?;
    let parts: Vec<&str> = granted.id.rsplit('/').collect();
    Ok(Session {
        token: Secret::new(granted.access_token),
        instance,
        org_id: parts.get(1).copied().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_granted_login_knows_its_org_and_a_denied_one_its_reason() {
        let body = br#"{"access_token":"t0ken","instance_url":"https://a.my.salesforce.com",
            "id":"https://login.salesforce.com/id/00Dxx0000000001EAA/005xx","token_type":"Bearer"}"#;
        let found = session(200, body).unwrap();
        assert_eq!(found.org_id, "00Dxx0000000001EAA");
        assert!(!format!("{found:?}").contains("t0ken"));
        let body = br#"{"error":"invalid_grant","error_description":"user hasn't approved"}"#;
        let message = session(400, body).unwrap_err().to_string();
        assert!(message.contains("invalid_grant") && message.contains("approved"));
    }
}
