//! Which org, who logs in, and how patiently.

use std::time::Duration;

use url::Url;

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The API version spoken unless another is set.
const API_VERSION: &str = "62.0";
/// What environment variables of an org begin with.
const PREFIX: &str = "LEADRANK_SALESFORCE_";

/// How somebody logs in.
#[derive(Debug, Clone)]
pub enum Auth {
    /// OAuth 2.0 client credentials: a connected app with a user to run as.
    ClientCredentials {
        /// Consumer key.
        client_id: String,
        /// Consumer secret.
        client_secret: Secret,
    },
    /// OAuth 2.0 JWT bearer (RFC 7523): a connected app with a certificate.
    JwtBearer {
        /// Consumer key.
        client_id: String,
        /// The user to run as.
        username: String,
        /// `https://login.salesforce.com`, `https://test.salesforce.com`, ….
        audience: String,
        /// Private RSA key as PEM.
        private_key: Secret,
    },
}

/// How long to wait, and how often to try again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Attempts for one request, the first included.
    pub attempts: u32,
    /// Longest wait before the second attempt; doubled for each further one, drawn evenly
    /// between nothing and that.
    pub first: Duration,
    /// Longest wait between attempts.
    pub longest: Duration,
    /// Time for one answer.
    pub answer: Duration,
    /// First wait for a job.
    pub poll: Duration,
    /// Longest time for a job.
    pub job: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            attempts: 6,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(60),
            answer: Duration::from_secs(120),
            poll: Duration::from_millis(250),
            job: Duration::from_secs(3600),
        }
    }
}

/// An org and how to talk to it.
#[derive(Debug, Clone)]
pub struct OrgSettings {
    /// What it is called here: a folder of the ledger.
    pub name: String,
    /// Where tokens come from: `https://<my domain>.my.salesforce.com`.
    pub login_url: Url,
    /// Version of the API, such as `62.0`.
    pub api_version: String,
    /// Who logs in.
    pub auth: Auth,
    /// Hosts that may be called beside Salesforce's own.
    pub allow_hosts: Vec<String>,
    /// Whether `http://` to this very machine is let through: for stand-ins.
    pub allow_loopback: bool,
    /// Share of the org's daily requests that is left to others, 0 to 1.
    pub reserve: f64,
    /// How patiently.
    pub patience: Patience,
    /// Seed of the waits between attempts.
    pub seed: u64,
}

impl OrgSettings {
    /// Reads `LEADRANK_SALESFORCE_<NAME>_…` through `look_up` (for instance
    /// `|name| std::env::var(name).ok()`): `LOGIN_URL`, `CLIENT_ID`, and `CLIENT_SECRET` or
    /// `CLIENT_SECRET_FILE`, or `USERNAME` and `PRIVATE_KEY_FILE` (and `AUDIENCE`).
    ///
    /// # Errors
    /// What is missing, by name, or a file that can't be read.
    pub fn from_environment(name: &str, look_up: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        check_name(name)?;
        let variable = |part: &str| {
            format!(
                "{PREFIX}{}_{part}",
                name.to_ascii_uppercase().replace('-', "_")
            )
        };
        let known = |part: &str| look_up(&variable(part)).filter(|value| !value.is_empty());
        let mut missing = Vec::new();
        let mut wanted = |part: &str| {
            known(part).unwrap_or_else(|| {
                missing.push(variable(part));
                String::new()
            })
        };
        let login_url = wanted("LOGIN_URL");
        let client_id = wanted("CLIENT_ID");
        let by_key = known("PRIVATE_KEY_FILE").is_some() || known("USERNAME").is_some();
        let auth = if by_key {
            let username = wanted("USERNAME");
            let file = wanted("PRIVATE_KEY_FILE");
            Auth::JwtBearer {
                client_id,
                username,
                audience: known("AUDIENCE").unwrap_or_else(|| audience(&login_url)),
                private_key: if file.is_empty() {
                    Secret::new("")
                } else {
                    secret_file(&file)?
                },
            }
        } else {
            let client_secret = match (known("CLIENT_SECRET"), known("CLIENT_SECRET_FILE")) {
                (Some(secret), _) => Secret::new(secret),
                (None, Some(file)) => secret_file(&file)?,
                (None, None) => Secret::new(wanted("CLIENT_SECRET")),
            };
            Auth::ClientCredentials {
                client_id,
                client_secret,
            }
        };
        if !missing.is_empty() {
            return Err(Error::Settings(format!(
                "org `{name}` is not known yet: set {} in the environment (a secret may lie in a file: {} or {})",
                missing.join(", "),
                variable("CLIENT_SECRET_FILE"),
                variable("PRIVATE_KEY_FILE"),
            )));
        }
        let login_url = login_url.parse().map_err(|error| {
            Error::Settings(format!(
                "{}: `{login_url}` is no address: {error}",
                variable("LOGIN_URL")
            ))
        })?;
        Ok(OrgSettings {
            name: name.to_owned(),
            login_url,
            api_version: known("API_VERSION").unwrap_or_else(|| API_VERSION.to_owned()),
            auth,
            allow_hosts: Vec::new(),
            allow_loopback: false,
            reserve: 0.1,
            patience: Patience::default(),
            seed: 42,
        })
    }
}

/// Whether an org may be called so here: the name is part of variables and of paths.
///
/// # Errors
/// When it has other letters than those of both.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let well_formed =
        |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    match !name.is_empty() && name.chars().all(well_formed) {
        true => Ok(()),
        false => Err(Error::Settings(format!(
            "`{name}` is no name of an org: letters, digits, - and _ only"
        ))),
    }
}

/// Whom a token is for, if nobody says.
fn audience(login_url: &str) -> String {
    let host = login_url
        .parse::<Url>()
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    let is_test = host.is_some_and(|host| host.contains(".sandbox.") || host.starts_with("test."));
    let place = if is_test { "test" } else { "login" };
    format!("https://{place}.salesforce.com")
}

fn secret_file(file: &str) -> Result<Secret> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Error::Settings(format!("the secret in {file} can't be read: {error}")))?;
    Ok(Secret::new(text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(&str, &str)]) -> Result<OrgSettings> {
        let look_up = |name: &str| {
            let part = name.strip_prefix("LEADRANK_SALESFORCE_MY_BOX_")?;
            let found = values.iter().find(|(known, _)| *known == part);
            found.map(|(_, value)| (*value).to_owned())
        };
        OrgSettings::from_environment("my-box", &look_up)
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = of(&[]).unwrap_err().to_string();
        for part in ["LOGIN_URL", "CLIENT_ID", "CLIENT_SECRET"] {
            assert!(
                message.contains(&format!("LEADRANK_SALESFORCE_MY_BOX_{part}")),
                "{message}"
            );
        }
        let message = of(&[
            ("USERNAME", "someone"),
            ("LOGIN_URL", "https://x.my.salesforce.com"),
        ])
        .unwrap_err()
        .to_string();
        assert!(
            message.contains("PRIVATE_KEY_FILE") && !message.contains("CLIENT_SECRET in"),
            "{message}"
        );
    }

    #[test]
    fn secrets_come_from_a_file_and_are_not_printed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "s3cret\n").unwrap();
        let found = of(&[
            ("LOGIN_URL", "https://x.my.salesforce.com"),
            ("CLIENT_ID", "id"),
            ("CLIENT_SECRET_FILE", file.to_str().unwrap()),
        ])
        .unwrap();
        let Auth::ClientCredentials { client_secret, .. } = &found.auth else {
            panic!("{found:?}");
        };
        assert_eq!(client_secret.reveal(), "s3cret");
        assert!(!format!("{found:?}").contains("s3cret"));
    }

    #[test]
    fn sandboxes_log_in_elsewhere() {
        assert_eq!(
            audience("https://x--y.sandbox.my.salesforce.com"),
            "https://test.salesforce.com"
        );
        assert_eq!(
            audience("https://x.my.salesforce.com"),
            "https://login.salesforce.com"
        );
    }
}
