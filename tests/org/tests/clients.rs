//! Clients that others wrote do the same with the stand-in as with a real org. `make setup` brings
//! them.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

const LEADS: usize = 4500;

/// The stand-in as a program of its own; it ends with the test.
struct Running {
    child: Child,
    hello: Value,
    _folder: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(name: &str) -> Running {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let mut leads = String::from("Id,LastName,Status,OwnerId,Stage_Entered_Contacting__c\n");
    for number in 0..LEADS {
        leads.push_str(&format!(
            "00QSM{number:010}AAA,Sample {number},Contacting,005SM0000000001AAA,2025-11-01\n"
        ));
    }
    std::fs::write(folder.join("leads.csv"), leads).unwrap();
    std::fs::write(
        folder.join("users.csv"),
        "Id,Name\n005SM0000000001AAA,Sample User\n",
    )
    .unwrap();
    // The fields that the product writes, among them a key that no two leads share.
    let fields = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../salesforce/force-app/main/default/objects/Lead/fields");
    let load = |object: &str, file: &str| format!("{object}={}", folder.join(file).display());
    let mut child = Command::new(env!("CARGO_BIN_EXE_leadrank-test-org"))
        .args([
            "--fields",
            &format!("Lead={}", fields.display()),
            "--load",
            &load("Lead", "leads.csv"),
            "--load",
            &load("User", "users.csv"),
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = child.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let hello: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(hello["loaded"]["Lead"], LEADS);
    Running {
        child,
        hello,
        _folder: folder,
    }
}

/// Where `make setup` puts the modules of a language.
fn tools(folder: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/clients");
    let folder = tools.join(folder);
    assert!(
        folder.is_dir(),
        "{} is missing: run `make setup`",
        folder.display()
    );
    folder
}

fn answer(running: &Running, mut command: Command) -> Value {
    let text = |name: &str| running.hello[name].as_str().unwrap().to_owned();
    let output = command
        .args([text("url"), text("client_id"), text("client_secret")])
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; run `make setup` first"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{said}\n(run `make setup` if a module is missing)"
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn jsforce_reads_and_writes() {
    let running = run("jsforce");
    let mut command = Command::new("node");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/with_jsforce.cjs"))
        .env("NODE_PATH", tools("node_modules"));
    let found = answer(&running, command);
    assert_eq!(
        found,
        json!({
            "total": LEADS,
            "firstPage": 2000,
            "owner": "Sample User",
            "allPages": LEADS,
            "count": LEADS,
            "queryError": "INVALID_FIELD",
            "scoreType": "double",
            "hasLimits": true,
            "usage": true,
            "one": "by one",
            "saved": ["ok", "STRING_TOO_LONG"],
            "bulkRows": LEADS,
            "bulkSuccessful": [[true, "false"]],
            "bulkFailed": ["STRING_TOO_LONG"],
            "bulkUnprocessed": 0,
            "bulkWritten": "by bulk",
            "allOrNone": ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"],
            "made": ["ok", "REQUIRED_FIELD_MISSING"],
            "retrieved": ["By jsforce", null],
            "destroyed": ["ok", "DUPLICATE_VALUE"],
            "inBin": [0, true],
            "gone": "ENTITY_IS_DELETED",
            "upserted": [true, false],
            "bulkInserted": [["A", "true"]],
            "bulkNotInserted": [
                "REQUIRED_FIELD_MISSING:Required fields are missing: [Company]:Company --"
            ],
            "bulkUpserted": [["Again", "false"], ["New", "true"]],
            "bulkDeleted": 2,
            "bulkUnknownField":
                "Ingest job failed to complete due to: InvalidBatch : Field name not found : Nope__c",
        })
    );
}

#[test]
fn simple_salesforce_reads_and_writes() {
    let running = run("simple_salesforce");
    let mut command = Command::new("python3");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/with_simple_salesforce.py"))
        .env("PYTHONPATH", tools("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let found = answer(&running, command);
    assert_eq!(
        found,
        json!({
            "total": LEADS,
            "first_page": 2000,
            "all_pages": LEADS,
            "query_error": "MALFORMED_QUERY",
            "stage_type": "datetime",
            "has_limits": true,
            "usage": true,
            "one": "by one",
            "too_long": "STRING_TOO_LONG",
            "bulk_pages": [1000, 1000, 1000, 1000, 500],
            "bulk_counts": [2, 1],
            "bulk_failed": true,
            "bulk_successful": true,
            "bulk_unprocessed": 0,
            "bulk_written": "by bulk",
            "not_made": ["REQUIRED_FIELD_MISSING", ["Company"]],
            "deleted": 204,
            "in_bin": [0, 1],
            "gone": "ENTITY_IS_DELETED",
            "upserted": [201, 200],
            "bulk_made": [1, 1],
            "bulk_deleted": 2,
            "bulk_in_bin": 3,
        })
    );
}
