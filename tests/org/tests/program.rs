//! The org as a program of its own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// It ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadrank-test-org"));
    command.args(arguments);
    command
}

#[tokio::test]
async fn its_faults_and_limits_are_arguments() {
    let arguments = [
        "--fault",
        "token:nth=2:refuse=503/SERVER_UNAVAILABLE/7",
        "--daily-requests",
        "5",
    ];
    let mut child = command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    let _running = Running(child);
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line).unwrap();
    let hello: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| hello[name].as_str().unwrap();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        text("client_id"),
        text("client_secret")
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let grant = async || {
        let request = http.post(format!("{}/services/oauth2/token", text("url")));
        request.body(form.clone()).send().await.unwrap()
    };
    let granted: Value = serde_json::from_str(&grant().await.text().await.unwrap()).unwrap();
    let refused = grant().await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["Retry-After"], "7");
    let limits = http
        .get(format!("{}/services/data/v62.0/limits", text("url")))
        .bearer_auth(granted["access_token"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(limits.headers()["Sforce-Limit-Info"], "api-usage=1/5");
}

#[test]
fn a_fault_that_is_none_is_named() {
    let output = command(&["--fault", "job-upload:nth=2:explode"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        said.contains("`explode` is no fault that is known"),
        "{said}"
    );
}
