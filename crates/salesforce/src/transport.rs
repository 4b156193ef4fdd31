//! The one place that sends. It logs in, waits, tries again, and watches limits and hosts.

use std::time::Duration;

use bytes::Bytes;
use rand::Rng as _;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Host, Url};

use crate::auth::{self, Session};
use crate::client::{Client, Usage, lock};
use crate::error::{Error, Result};
use crate::settings::OrgSettings;

/// Largest answer that is taken, in bytes.
const LARGEST: usize = 256 * 1024 * 1024;
/// Hosts of Salesforce: these and what ends in them behind a dot.
const HOSTS: [&str; 3] = ["salesforce.com", "force.com", "salesforce.mil"];
/// Code of requests that are used up.
const USED_UP: &str = "REQUEST_LIMIT_EXCEEDED";
/// Codes that mean "not now".
const LATER: [&str; 3] = [
    "SERVER_UNAVAILABLE",
    "UNABLE_TO_LOCK_ROW",
    "REQUEST_RUNNING_TOO_LONG",
];

/// One request.
pub(crate) struct Call<'a> {
    /// What it is, for messages.
    pub(crate) what: &'a str,
    pub(crate) method: Method,
    /// From the root of the org, with its query.
    pub(crate) path: String,
    pub(crate) body: Body,
    /// Whether it may be sent again although an earlier one may have worked.
    pub(crate) repeatable: bool,
}

/// What is sent along.
pub(crate) enum Body {
    Nothing,
    Json(serde_json::Value),
    Csv(Bytes),
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| Error::answer(what, error.to_string()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// How one attempt ended.
enum Attempt {
    Done(Answer),
    /// Try again, after this long if it was said.
    Again(String, Option<Duration>),
    /// The token holds no longer.
    LogIn,
    /// It may have worked, but no answer came.
    Silence(String),
}

impl Client {
    /// The path of a resource of the REST API.
    pub(crate) fn data(&self, rest: &str) -> String {
        format!("/services/data/v{}/{rest}", self.settings.api_version)
    }

    /// Sends a request, as often as it takes and is allowed.
    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Answer> {
        let mut logged_in_again = false;
        let mut problem = String::new();
        let mut attempt = 0;
        while attempt < self.settings.patience.attempts {
            self.watch_limit(call.what)?;
            let session = self.session().await?;
            match self.attempt(&call, &session).await? {
                Attempt::Done(answer) => return Ok(answer),
                Attempt::LogIn if !logged_in_again => {
                    logged_in_again = true;
                    self.forget(&session);
                    continue;
                }
                Attempt::LogIn => {
                    return Err(Error::Login {
                        code: "INVALID_SESSION_ID".into(),
                        message: format!("{}: a fresh token is not taken either", call.what),
                    });
                }
                Attempt::Silence(why) if !call.repeatable => {
                    return Err(Error::OutcomeUnknown {
                        what: call.what.to_owned(),
                        problem: why,
                    });
                }
                Attempt::Silence(why) => {
                    problem = why;
                    self.pause(attempt, None).await;
                }
                // Coming back earlier than asked would only be turned away again.
                Attempt::Again(_, Some(after)) if after > self.settings.patience.longest => {
                    return Err(Error::Later {
                        what: call.what.to_owned(),
                        seconds: after.as_secs(),
                    });
                }
                Attempt::Again(why, after) => {
                    problem = why;
                    self.pause(attempt, after).await;
                }
            }
            attempt += 1;
        }
        Err(Error::Unreachable {
            what: call.what.to_owned(),
            attempts: attempt,
            problem,
        })
    }

    async fn attempt(&self, call: &Call<'_>, session: &Session) -> Result<Attempt> {
        let address = session
            .instance
            .join(&call.path)
            .map_err(|error| Error::answer(call.what, format!("`{}`: {error}", call.path)))?;
        // A path that an answer gave, such as the next page's, may be a whole address.
        if address.origin() != session.instance.origin() {
            return Err(refused(&address, "it is not the org's own"));
        }
        let request = self
            .http
            .request(call.method.clone(), address)
            .header(AUTHORIZATION, format!("Bearer {}", session.token.reveal()));
        let request = match &call.body {
            Body::Nothing => request,
            Body::Json(value) => request.json(value),
            Body::Csv(bytes) => request
                .header(CONTENT_TYPE, "text/csv; charset=UTF-8")
                .body(bytes.clone()),
        };
        let (status, headers, body) = match receive(request).await {
            Received::Whole(status, headers, body) => (status, headers, body),
            Received::NotSent(why) => return Ok(Attempt::Again(why, None)),
            Received::Lost(why) => return Ok(Attempt::Silence(why)),
            Received::TooLarge => {
                let problem = format!("it has more than {LARGEST} bytes");
                return Err(Error::answer(call.what, problem));
            }
        };
        self.note_usage(&headers);
        self.judge(call, status, headers, body)
    }

    fn judge(
        &self,
        call: &Call<'_>,
        status: StatusCode,
        headers: HeaderMap,
        body: Vec<u8>,
    ) -> Result<Attempt> {
        if status.is_success() {
            return Ok(Attempt::Done(Answer { headers, body }));
        }
        if status.is_redirection() {
            return Err(redirected(call.what, &headers));
        }
        let (code, message) = fault(&body);
        if status == StatusCode::UNAUTHORIZED {
            return Ok(Attempt::LogIn);
        }
        // The same code is given for too many at once, which passes.
        let is_crowded = code == USED_UP && message.contains("Concurrent");
        if code == USED_UP && !is_crowded {
            let usage = self.usage();
            return Err(Error::Limit {
                what: call.what.to_owned(),
                used: usage.map_or(0, |usage| usage.used),
                allowed: usage.map_or(0, |usage| usage.allowed),
                why: String::new(),
            });
        }
        let after = retry_after(&headers, now());
        let why = format!("{} {code}", status.as_u16());
        // Declined before anything was done.
        let declined =
            matches!(status.as_u16(), 429 | 503) || LATER.contains(&code.as_str()) || is_crowded;
        if declined {
            return Ok(Attempt::Again(why, after));
        }
        // Something in between gave up; what is behind it may have gone on.
        if matches!(status.as_u16(), 502 | 504) {
            return Ok(Attempt::Silence(why));
        }
        Err(Error::Api {
            what: call.what.to_owned(),
            status: status.as_u16(),
            code,
            message,
        })
    }

    /// The session, made when there is none.
    async fn session(&self) -> Result<Session> {
        let known = lock(&self.session).clone();
        match known {
            Some(session) => Ok(session),
            None => self.log_in().await,
        }
    }

    /// Forgets a session that is refused, unless somebody has replaced it already.
    fn forget(&self, refused: &Session) {
        let mut known = lock(&self.session);
        if known
            .as_ref()
            .is_some_and(|known| known.token.reveal() == refused.token.reveal())
        {
            *known = None;
        }
    }

    /// Asks for a token.
    pub(crate) async fn log_in(&self) -> Result<Session> {
        let mut address = self.settings.login_url.clone();
        address.set_path("/services/oauth2/token");
        check_host(&address, &self.settings)?;
        let mut problem = String::new();
        for attempt in 0..self.settings.patience.attempts {
            let form = auth::form(&self.settings.auth, now())?;
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.extend_pairs(&form);
            let request = self
                .http
                .post(address.clone())
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.finish());
            let after = match receive(request).await {
                Received::Whole(status, headers, _)
                    if matches!(status.as_u16(), 429 | 502..=504) =>
                {
                    problem = format!("status {}", status.as_u16());
                    retry_after(&headers, now())
                }
                Received::Whole(status, headers, _) if status.is_redirection() => {
                    return Err(redirected("the login", &headers));
                }
                Received::Whole(status, _, body) => {
                    let session = auth::session(status.as_u16(), &body)?;
                    check_host(&session.instance, &self.settings)?;
                    *lock(&self.session) = Some(session.clone());
                    return Ok(session);
                }
                Received::NotSent(why) | Received::Lost(why) => {
                    problem = why;
                    None
                }
                Received::TooLarge => return Err(Error::answer("the login", "it is far too long")),
            };
            self.pause(attempt, after).await;
        }
        Err(Error::Unreachable {
            what: "the login".into(),
            attempts: self.settings.patience.attempts,
            problem,
        })
    }

    /// Waits: as long as was said, else for a time drawn evenly up to a bound that doubles
    /// ("full jitter", so that many who were turned away do not come back together).
    async fn pause(&self, attempt: u32, after: Option<Duration>) {
        let patience = &self.settings.patience;
        if attempt + 1 >= patience.attempts {
            return;
        }
        let bound = patience
            .first
            .saturating_mul(2_u32.saturating_pow(attempt))
            .min(patience.longest);
        let share: f64 = lock(&self.draws).random();
        let wait = after.map_or_else(|| bound.mul_f64(share), |after| after.min(patience.longest));
        tokio::time::sleep(wait).await;
    }

    fn note_usage(&self, headers: &HeaderMap) {
        let header = headers
            .get("Sforce-Limit-Info")
            .and_then(|value| value.to_str().ok());
        if let Some(usage) = header.and_then(usage) {
            *lock(&self.usage) = Some(usage);
        }
    }

    /// Stops before the requests of others are used up.
    fn watch_limit(&self, what: &str) -> Result<()> {
        let Some(usage) = self.usage() else {
            return Ok(());
        };
        let left_to_others = (self.settings.reserve * usage.allowed as f64).ceil() as u64;
        if usage.used + left_to_others < usage.allowed {
            return Ok(());
        }
        Err(Error::Limit {
            what: what.to_owned(),
            used: usage.used,
            allowed: usage.allowed,
            why: format!(", and {left_to_others} of them are left to others"),
        })
    }
}

enum Received {
    Whole(StatusCode, HeaderMap, Vec<u8>),
    /// The request did not get there.
    NotSent(String),
    /// It may have got there, but no whole answer came.
    Lost(String),
    TooLarge,
}

async fn receive(request: reqwest::RequestBuilder) -> Received {
    let mut response = match request.send().await {
        Ok(response) => response,
        // Addresses may carry a query; what failed is enough.
        Err(error) if error.is_connect() => {
            return Received::NotSent(in_words(&error.without_url()));
        }
        Err(error) => return Received::Lost(in_words(&error.without_url())),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > LARGEST => return Received::TooLarge,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Received::Whole(status, headers, body),
            Err(error) => return Received::Lost(in_words(&error.without_url())),
        }
    }
}

/// An error with its causes, since reqwest's own words leave out the one that matters.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        words = format!("{words}: {next}");
        cause = next.source();
    }
    words
}

/// The clock, for what another machine compares with its own: a login's end, a time to come back.
/// Seconds since 1970.
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// How long the org asks to wait: so many seconds, or until a moment (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse() {
        Ok(seconds) => seconds,
        Err(_) => {
            let until = chrono::DateTime::parse_from_rfc2822(text).ok()?;
            u64::try_from(until.timestamp() - now).unwrap_or(0)
        }
    };
    Some(Duration::from_secs(seconds))
}

/// An address that nothing is sent to; its query may hold what was to be sent.
fn refused(address: &Url, why: &str) -> Error {
    let mut address = address.clone();
    address.set_query(None);
    Error::Refused {
        address: address.to_string(),
        why: why.to_owned(),
    }
}

/// A redirect, which is never followed: it would carry the token along.
fn redirected(what: &str, headers: &HeaderMap) -> Error {
    let to = headers.get(LOCATION).and_then(|to| to.to_str().ok());
    let to = to.map(|to| to.split('?').next().unwrap_or_default());
    Error::Refused {
        address: to.unwrap_or("another address").to_owned(),
        why: format!("{what} was redirected there, and redirects are not followed"),
    }
}

/// Code and words of a refusal: `[{"errorCode": …, "message": …}]`.
fn fault(body: &[u8]) -> (String, String) {
    #[derive(Deserialize)]
    struct Fault {
        #[serde(rename = "errorCode", default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let faults: Vec<Fault> = serde_json::from_slice(body).unwrap_or_default();
    let first = faults.into_iter().next();
    first.map_or_else(Default::default, |fault| (fault.code, fault.message))
}

/// Reads `api-usage=18/5000`.
fn usage(header: &str) -> Option<Usage> {
    let parts = header.split([';', ',']).map(str::trim);
    let (used, allowed) = parts
        .filter_map(|part| part.strip_prefix("api-usage="))
        .next()?
        .split_once('/')?;
    Some(Usage {
        used: used.parse().ok()?,
        allowed: allowed.parse().ok()?,
    })
}

/// Whether something may be sent there.
fn check_host(address: &Url, settings: &OrgSettings) -> Result<()> {
    let refused = |why: &str| Err(refused(address, why));
    let is_loopback = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if settings.allow_loopback && is_loopback {
        return Ok(());
    }
    if address.scheme() != "https" {
        return refused("only https is used");
    }
    let Some(Host::Domain(host)) = address.host() else {
        return refused("a name of a host is needed, no number");
    };
    let is_under = |allowed: &str| {
        let before = host.strip_suffix(allowed);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let extra = settings.allow_hosts.iter().map(String::as_str);
    match HOSTS.into_iter().chain(extra).any(is_under) {
        true => Ok(()),
        false => refused("its host is none of Salesforce's"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::settings::{Auth, Patience};

    fn settings() -> OrgSettings {
        OrgSettings {
            name: "test".into(),
            login_url: "https://a.my.salesforce.com".parse().unwrap(),
            api_version: "62.0".into(),
            auth: Auth::ClientCredentials {
                client_id: "id".into(),
                client_secret: Secret::new("secret"),
            },
            allow_hosts: vec!["proxy.example.com".into()],
            allow_loopback: false,
            reserve: 0.1,
            patience: Patience::default(),
            seed: 1,
        }
    }

    #[test]
    fn only_salesforce_over_https_is_called() {
        let allowed = |address: &str| check_host(&address.parse().unwrap(), &settings()).is_ok();
        assert!(allowed("https://acme.my.salesforce.com/services"));
        assert!(allowed("https://login.salesforce.com"));
        assert!(allowed("https://proxy.example.com"));
        assert!(!allowed("http://acme.my.salesforce.com"));
        assert!(!allowed("https://evilsalesforce.com"));
        assert!(!allowed("https://salesforce.com.evil.org"));
        assert!(!allowed("https://10.0.0.1"));
        assert!(!allowed("http://127.0.0.1:8080"));
        let local = OrgSettings {
            allow_loopback: true,
            ..settings()
        };
        assert!(check_host(&"http://127.0.0.1:8080".parse().unwrap(), &local).is_ok());
        assert!(check_host(&"http://169.254.169.254".parse().unwrap(), &local).is_err());
    }

    #[test]
    fn usage_is_read_from_its_header() {
        let found = usage("api-usage=25/5000; per-app-api-usage=17/250(appName=x)").unwrap();
        assert_eq!((found.used, found.allowed), (25, 5000));
        assert_eq!(usage("nothing"), None);
    }

    #[test]
    fn a_time_to_come_back_is_told_in_seconds_or_as_a_moment() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, 1_445_412_420).map(|after| after.as_secs())
        };
        assert_eq!(after("30"), Some(30));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(60));
        assert_eq!(after("Wed, 21 Oct 2015 07:26:00 GMT"), Some(0));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn a_refusal_has_code_and_words() {
        let body = br#"[{"message":"No such column","errorCode":"INVALID_FIELD","fields":[]}]"#;
        assert_eq!(
            fault(body),
            ("INVALID_FIELD".into(), "No such column".into())
        );
        assert_eq!(fault(b"<html>"), (String::new(), String::new()));
    }
}
