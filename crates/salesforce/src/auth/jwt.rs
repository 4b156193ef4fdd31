//! The signed statement of the JWT bearer flow (RFC 7523).

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// Seconds a statement holds; Salesforce takes up to five minutes.
const HOLDS: i64 = 180;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
}

pub(super) fn assertion(
    client_id: &str,
    username: &str,
    audience: &str,
    private_key: &Secret,
    now: i64,
) -> Result<String> {
    let key = EncodingKey::from_rsa_pem(private_key.reveal().as_bytes()).map_err(|_| {
        Error::Settings(
            "the private key is no RSA key in PEM form (-----BEGIN PRIVATE KEY-----)".into(),
        )
    })?;
    let claims = Claims {
        iss: client_id,
        sub: username,
        aud: audience,
        exp: now + HOLDS,
    };
    encode(&Header::new(Algorithm::RS256), &claims, &key).map_err(|_| {
        Error::Settings("the private key can't sign: is it at least 2048 bits long?".into())
    })
}
