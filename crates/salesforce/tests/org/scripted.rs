//! What no org would answer: a server that says what it is told to.

use std::sync::{Arc, Mutex};

use leadrank_salesforce::{Client, Error, OrgSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::world::settings;

/// Answers by the beginning of `METHOD path`; the first that fits is given, and used up if it is
/// not the last of its kind.
type Answers = Vec<(&'static str, String)>;

struct Scripted {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Starts a server whose login gives `instance`, or its own address.
    async fn start(instance: Option<&str>, answers: &[(&'static str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let granted = format!(
            r#"{{"access_token":"t0ken","instance_url":"{}"}}"#,
            instance.unwrap_or(&url)
        );
        let mut known: Answers = answers
            .iter()
            .map(|(asked, answer)| (*asked, (*answer).to_owned()))
            .collect();
        known.push(("POST /services/oauth2/token", ok("", &granted)));
        let known = Arc::new(Mutex::new(known));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, known.clone(), heard.clone()));
            }
        });
        Scripted { url, asked }
    }

    async fn client(&self) -> Result<Client, Error> {
        let settings = OrgSettings {
            allow_hosts: vec!["example.com".into()],
            ..settings(&self.url)
        };
        Client::connect(settings).await
    }

    fn times(&self, beginning: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|line| line.starts_with(beginning))
            .count()
    }
}

/// Reads one request whole, answers it and closes.
async fn answer(mut stream: TcpStream, known: Arc<Mutex<Answers>>, heard: Arc<Mutex<Vec<String>>>) {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    let head = loop {
        let read = stream.read(&mut part).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&part[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let whole = head + length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
    while bytes.len() < whole {
        let read = stream.read(&mut part).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&part[..read]);
    }
    let first = String::from_utf8_lossy(&bytes[..head]);
    let first = first.lines().next().unwrap().to_owned();
    let said = {
        let mut known = known.lock().unwrap();
        let fits: Vec<usize> = (0..known.len())
            .filter(|&at| first.starts_with(known[at].0))
            .collect();
        match fits[..] {
            [] => refusal(404, "", "NOT_FOUND", "nothing of this is told"),
            [only] => known[only].1.clone(),
            [next, ..] => known.remove(next).1,
        }
    };
    heard.lock().unwrap().push(first);
    let _ = stream.write_all(said.as_bytes()).await;
}

fn said(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} as told\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn ok(headers: &str, body: &str) -> String {
    said(200, headers, body)
}

fn refusal(status: u16, headers: &str, code: &str, words: &str) -> String {
    let body = format!(r#"[{{"errorCode":"{code}","message":"{words}"}}]"#);
    said(status, headers, &body)
}

const QUERY: &str = "GET /services/data/v62.0/query?";
const DESCRIBE: &str = "GET /services/data/v62.0/sobjects/Lead/describe";
const JOB: &str = r#"{"id":"750x","state":"JobComplete"}"#;

async fn query(server: &Scripted) -> Result<u64, Error> {
    let client = server.client().await?;
    client
        .query("SELECT Id FROM Lead", false, &mut |_| Ok(()))
        .await
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Scripted::start(None, &[(DESCRIBE, &ok("", r#"{"fields":[]}"#))]).await;
    let to = format!("Location: {}/services?code=s3cret\r\n", elsewhere.url);
    let server = Scripted::start(None, &[(DESCRIBE, &said(302, &to, ""))]).await;
    let error = server
        .client()
        .await
        .unwrap()
        .describe("Lead")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert_eq!(elsewhere.times(""), 0);
    // The page of the web interface instead of the API's: a login that is sent elsewhere.
    let login = ("POST /services/oauth2/token", &*said(302, &to, ""));
    let server = Scripted::start(None, &[login, login]).await;
    let error = server.client().await.unwrap_err();
    assert!(
        error.to_string().contains("the login was redirected"),
        "{error}"
    );
    assert_eq!(elsewhere.times(""), 0);
}

#[tokio::test]
async fn a_login_can_not_send_the_token_to_strangers() {
    for instance in [
        "https://evil.test",
        "http://acme.my.salesforce.com",
        "https://10.0.0.1",
    ] {
        let server = Scripted::start(Some(instance), &[]).await;
        let error = server.client().await.unwrap_err();
        assert!(
            matches!(error, Error::Refused { .. }),
            "{instance}: {error}"
        );
    }
}

#[tokio::test]
async fn pages_lie_on_the_orgs_own_host() {
    // Allowed as a host, and yet not the org that the token is of.
    for next in [
        "https://example.com/next",
        "//example.com/next",
        "https://evil.test/next",
    ] {
        let page = format!(r#"{{"done":false,"nextRecordsUrl":"{next}","records":[]}}"#);
        let server = Scripted::start(None, &[(QUERY, &ok("", &page))]).await;
        let error = query(&server).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{next}: {error}");
    }
}

#[tokio::test]
async fn pages_in_a_circle_come_to_an_end() {
    let next = "/services/data/v62.0/query/01g-2000";
    let page = format!(r#"{{"done":false,"nextRecordsUrl":"{next}","records":[{{"Id":"1"}}]}}"#);
    let server = Scripted::start(None, &[(QUERY, &ok("", &page)), ("GET ", &ok("", &page))]).await;
    let error = query(&server).await.unwrap_err();
    assert!(error.to_string().contains("names itself"), "{error}");

    let results = ok(
        "Sforce-Locator: MjAw+=\r\nSforce-NumberOfRecords: 1\r\n",
        "Id\n1\n",
    );
    let server = Scripted::start(
        None,
        &[
            ("POST /services/data/v62.0/jobs/query", &ok("", JOB)),
            ("GET /services/data/v62.0/jobs/query/750x/results", &results),
            ("GET /services/data/v62.0/jobs/query/750x ", &ok("", JOB)),
            (
                "DELETE /services/data/v62.0/jobs/query/750x",
                &said(204, "", ""),
            ),
        ],
    )
    .await;
    let client = server.client().await.unwrap();
    let done = client
        .bulk_query("SELECT Id FROM Lead", false, &mut |_, _| Ok(()))
        .await;
    let error = done.unwrap_err();
    assert!(error.to_string().contains("names itself"), "{error}");
    let at =
        "GET /services/data/v62.0/jobs/query/750x/results?maxRecords=20000&locator=MjAw%2B%3D ";
    assert_eq!(server.times(at), 1);
    assert_eq!(server.times("DELETE "), 1, "the job is tidied up");
}

#[tokio::test]
async fn what_was_read_counts_even_if_the_job_can_not_be_tidied_up() {
    let results = ok(
        "Sforce-Locator: null\r\nSforce-NumberOfRecords: 1\r\n",
        "Id\n1\n",
    );
    let busy = refusal(500, "", "UNKNOWN_EXCEPTION", "sorry");
    let server = Scripted::start(
        None,
        &[
            ("POST /services/data/v62.0/jobs/query", &ok("", JOB)),
            ("GET /services/data/v62.0/jobs/query/750x/results", &results),
            ("GET /services/data/v62.0/jobs/query/750x ", &ok("", JOB)),
            ("DELETE ", &busy),
        ],
    )
    .await;
    let client = server.client().await.unwrap();
    let done = client
        .bulk_query("SELECT Id FROM Lead", false, &mut |_, _| Ok(()))
        .await;
    assert_eq!(done.unwrap(), 1);
    // A page with fewer records than it says is none.
    let short = results.replace("Records: 1", "Records: 2");
    let server = Scripted::start(
        None,
        &[
            ("POST /services/data/v62.0/jobs/query", &ok("", JOB)),
            ("GET /services/data/v62.0/jobs/query/750x/results", &short),
            ("GET /services/data/v62.0/jobs/query/750x ", &ok("", JOB)),
        ],
    )
    .await;
    let client = server.client().await.unwrap();
    let done = client
        .bulk_query("SELECT Id FROM Lead", false, &mut |_, _| Ok(()))
        .await;
    assert!(matches!(done, Err(Error::Answer { .. })));
}

#[tokio::test]
async fn one_who_asks_for_more_time_than_there_is_gets_it_elsewhere() {
    let later = refusal(503, "Retry-After: 900\r\n", "SERVER_UNAVAILABLE", "busy");
    let server = Scripted::start(None, &[(DESCRIBE, &later)]).await;
    let error = server
        .client()
        .await
        .unwrap()
        .describe("Lead")
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Later { seconds: 900, .. }),
        "{error}"
    );
    assert_eq!(server.times(DESCRIBE), 1, "it is not asked before its time");
}

#[tokio::test]
async fn too_many_at_once_passes_and_too_many_a_day_does_not() {
    let fields = ok("", r#"{"fields":[]}"#);
    let of = |words| refusal(403, "", "REQUEST_LIMIT_EXCEEDED", words);
    let crowded = of("ConcurrentRequests (Concurrent API Requests) Limit exceeded.");
    let server = Scripted::start(None, &[(DESCRIBE, &crowded), (DESCRIBE, &fields)]).await;
    server
        .client()
        .await
        .unwrap()
        .describe("Lead")
        .await
        .unwrap();
    let used_up = of("TotalRequests Limit exceeded.");
    let server = Scripted::start(None, &[(DESCRIBE, &used_up), (DESCRIBE, &fields)]).await;
    let error = server
        .client()
        .await
        .unwrap()
        .describe("Lead")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("used all of its API requests"),
        "{error}"
    );
    assert_eq!(server.times(DESCRIBE), 1);
}

#[tokio::test]
async fn a_job_that_never_ends_is_not_waited_for_without_end() {
    let open = r#"{"id":"750x","state":"InProgress"}"#;
    let server = Scripted::start(None, &[("GET ", &ok("", open))]).await;
    let mut hasty = settings(&server.url);
    hasty.patience.job = std::time::Duration::ZERO;
    let client = Client::connect(hasty).await.unwrap();
    let error = client.wait_for_job("750x", &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, Error::OutcomeUnknown { .. }), "{error}");
}
