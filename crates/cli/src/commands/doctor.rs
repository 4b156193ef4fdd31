//! `leadrank doctor`: is everything here, and if not, what to do.

use leadrank_engine::{Project, registry};
use leadrank_learn::xgboost::Library;
use serde::Serialize;

use crate::context::Context;

/// One line of the checklist.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    /// What to do where the state is not `ok`.
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    Note,
    Missing,
}

pub(crate) fn run(context: &Context) -> anyhow::Result<u8> {
    let mut checks = vec![trainer(), threads(context)];
    match context.project() {
        Ok(project) => checks.extend(of_project(&project)),
        Err(error) => checks.push(Check {
            name: "project",
            state: State::Note,
            found: error.to_string(),
            fix: Some("`leadrank init my-project` makes one; `leadrank demo` shows one".into()),
        }),
    }
    let mut lines = Vec::new();
    for check in &checks {
        let mark = match check.state {
            State::Ok => "ok     ",
            State::Note => "note   ",
            State::Missing => "MISSING",
        };
        lines.push(format!("{mark}  {:<12} {}", check.name, check.found));
        if let Some(fix) = &check.fix {
            lines.push(format!("{:22}→ {fix}", ""));
        }
    }
    context.printer.result(&checks, &lines.join("\n"))?;
    Ok(
        if checks.iter().any(|check| check.state == State::Missing) {
            1
        } else {
            0
        },
    )
}

fn trainer() -> Check {
    match Library::open(None) {
        Ok(library) => Check {
            name: "trainer",
            state: State::Ok,
            found: format!("libxgboost {} ({})", library.version(), library.path().display()),
            fix: None,
        },
        Err(error) => Check {
            name: "trainer",
            state: State::Missing,
            found: error.to_string(),
            fix: Some(
                "run `make setup`, or set LEADRANK_XGBOOST to a libxgboost of version 1.7 to 3.x; scoring works without it"
                    .into(),
            ),
        },
    }
}

fn threads(context: &Context) -> Check {
    let threads = context.threads();
    Check {
        name: "threads",
        state: State::Ok,
        found: threads.to_string(),
        fix: None,
    }
}

fn of_project(project: &Project) -> Vec<Check> {
    let mut checks = vec![Check {
        name: "project",
        state: State::Ok,
        found: project.root.display().to_string(),
        fix: None,
    }];
    let lead = project.raw().join("salesforce_lead.csv");
    checks.push(if lead.is_file() {
        Check {
            name: "lead file",
            state: State::Ok,
            found: "raw/salesforce_lead.csv".into(),
            fix: None,
        }
    } else {
        Check {
            name: "lead file",
            state: State::Missing,
            found: "raw/salesforce_lead.csv is not there".into(),
            fix: Some(
                "export the Lead object from Salesforce as CSV, or run `leadrank simulate`".into(),
            ),
        }
    });
    let writable =
        leadrank_engine::project::write_atomically(&project.records().join("doctor"), b"");
    checks.push(match writable {
        Ok(()) => Check {
            name: "writing",
            state: State::Ok,
            found: "the project folder can be written".into(),
            fix: None,
        },
        Err(error) => Check {
            name: "writing",
            state: State::Missing,
            found: error.to_string(),
            fix: Some("free space or mend the folder's permissions".into()),
        },
    });
    checks.push(match registry::current(project) {
        Ok(bundle) => Check {
            name: "model",
            state: State::Ok,
            found: format!("{} serves", bundle.id),
            fix: None,
        },
        Err(error) => Check {
            name: "model",
            state: State::Note,
            found: error.to_string(),
            fix: Some("`leadrank run` trains one".into()),
        },
    });
    checks
}
