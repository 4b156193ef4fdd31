//! A client that asks and looks at what comes.

use leadrank_test_org::{Field, Options, Org, Type};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// An org with a few fields of its own, and somebody who is logged in.
pub(crate) struct Caller {
    pub(crate) org: Org,
    http: reqwest::Client,
    token: String,
}

/// Status, headers and body of an answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    /// The code of a refusal.
    pub(crate) fn code(&self) -> String {
        let body = self.json();
        body[0]["errorCode"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default()
    }

    /// The lines of a CSV, each as its cells; the header is the first.
    pub(crate) fn lines(&self) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(self.text.as_bytes());
        let records = reader.records().map(Result::unwrap);
        records
            .map(|line| line.iter().map(str::to_owned).collect())
            .collect()
    }
}

pub(crate) fn options() -> Options {
    let tiers = ["A", "B"].map(str::to_owned).to_vec();
    let own = [
        Field::new("Lead_Score__c", Type::Number(1, 4)),
        Field::new("Lead_Tier__c", Type::Picklist(tiers)),
        Field::new("Score_Key__c", Type::UniqueText(20)),
        Field::new("Scored_At__c", Type::DateTime),
    ];
    Options {
        fields: own.map(|field| ("Lead".to_owned(), field)).to_vec(),
        ..Options::default()
    }
}

impl Caller {
    pub(crate) async fn new() -> Self {
        Self::with(options()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let org = Org::start(options).await.unwrap();
        let mut caller = Caller {
            org,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            token: String::new(),
        };
        caller.log_in().await;
        caller
    }

    pub(crate) async fn log_in(&mut self) {
        let granted = self.grant(CREDENTIALS, None).await;
        assert_eq!(granted.status, 200, "{}", granted.text);
        self.token = granted.json()["access_token"].as_str().unwrap().to_owned();
    }

    /// Asks for a token.
    pub(crate) async fn grant(&self, form: &str, basic: Option<(&str, &str)>) -> Answer {
        let url = format!("{}/services/oauth2/token", self.org.url);
        let mut request = self
            .http
            .post(url)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        if let Some((id, secret)) = basic {
            request = request.basic_auth(id, Some(secret));
        }
        read(request).await.unwrap()
    }

    /// Asks below the version.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.try_ask(method, path, body).await.unwrap()
    }

    pub(crate) async fn try_ask(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.request(method, &format!("/services/data/v62.0/{path}"));
        if !body.is_null() {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        read(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &Value::Null).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.org.url);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn query(&self, soql: &str) -> Answer {
        let query = url::form_urlencoded::byte_serialize(soql.as_bytes()).collect::<String>();
        self.get(&format!("query?q={query}")).await
    }

    /// Puts so many leads in.
    pub(crate) fn leads(&self, count: usize) -> Vec<String> {
        let leads = (0..count).map(|number| {
            let lead = json!({ "LastName": format!("Sample {number}"), "Company": "Firm" });
            let lead = lead.as_object().unwrap().clone();
            self.org.put("Lead", lead).unwrap()
        });
        leads.collect()
    }

    /// Makes a job, gives it data, closes it, and waits for its end.
    pub(crate) async fn job(&self, settings: &Value, data: &str) -> Value {
        let made = self.ask(Method::POST, "jobs/ingest", settings).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let id = made.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(self.upload(&id, data).await.status, 201);
        self.close(&id).await;
        self.wait(&format!("jobs/ingest/{id}")).await
    }

    pub(crate) async fn upload(&self, id: &str, data: &str) -> Answer {
        let path = format!("/services/data/v62.0/jobs/ingest/{id}/batches");
        let request = self
            .request(Method::PUT, &path)
            .header("Content-Type", "text/csv")
            .body(data.to_owned());
        read(request).await.unwrap()
    }

    pub(crate) async fn close(&self, id: &str) -> Answer {
        let state = json!({ "state": "UploadComplete" });
        self.ask(Method::PATCH, &format!("jobs/ingest/{id}"), &state)
            .await
    }

    /// Moves the org's clock on until a job is at its end.
    pub(crate) async fn wait(&self, path: &str) -> Value {
        loop {
            let job = self.get(path).await.json();
            if matches!(
                job["state"].as_str(),
                Some("JobComplete" | "Failed" | "Aborted")
            ) {
                return job;
            }
            self.org.advance(chrono::TimeDelta::seconds(1));
        }
    }

    /// The results of a job, without the header, in a fixed order.
    pub(crate) async fn results(&self, job: &Value, which: &str) -> Vec<Vec<String>> {
        let id = job["id"].as_str().unwrap();
        let answer = self.get(&format!("jobs/ingest/{id}/{which}/")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let mut lines = answer.lines();
        lines.remove(0);
        lines.sort();
        lines
    }
}

pub(crate) const CREDENTIALS: &str =
    "grant_type=client_credentials&client_id=stand-in-app&client_secret=stand-in-secret";

pub(crate) async fn read(request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
    let answer = request.send().await?;
    Ok(Answer {
        status: StatusCode::as_u16(&answer.status()),
        headers: answer.headers().clone(),
        text: answer.text().await?,
    })
}
