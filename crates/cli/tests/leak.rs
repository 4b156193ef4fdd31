//! A model that knows the future is not let into service, unless somebody says why.

mod common;

use std::path::Path;

use common::{fails, leadrank, succeeds};
use serde_json::Value;

struct Fixture {
    folder: tempfile::TempDir,
    honest: String,
}

impl Fixture {
    /// A project with an honest model that serves.
    fn new() -> Self {
        let mut made = Self {
            folder: tempfile::tempdir().unwrap(),
            honest: String::new(),
        };
        let months = "2024_07,2025_04";
        made.json(&[
            "simulate", "--scale", "0.1", "--seed", "5", "--months", months,
        ]);
        succeeds(&["init", made.path()]);
        let settings = made.folder.path().join("leadrank.toml");
        let text = std::fs::read_to_string(&settings).unwrap();
        let quick = text
            .replace("search = \"halving\"", "search = \"off\"")
            .replace("contest = true", "contest = false");
        std::fs::write(&settings, quick).unwrap();
        let run = made.json(&["run"]);
        made.honest = run["model_id"].as_str().unwrap().to_owned();
        made
    }

    fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    /// Sets a limit of the gates.
    fn set(&self, limit: &str, to: &str) {
        let file = self.folder.path().join("leadrank.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().map(|line| {
            match line
                .trim_start_matches(['#', ' '])
                .starts_with(&format!("{limit} ="))
            {
                true => format!("{limit} = {to}\n"),
                false => format!("{line}\n"),
            }
        });
        std::fs::write(&file, lines.collect::<String>()).unwrap();
    }

    fn arguments<'a>(&'a self, arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--project", self.path()]].concat()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&succeeds(&self.arguments(&arguments))).unwrap()
    }

    fn serving(&self) -> String {
        self.json(&["status"])["model"].as_str().unwrap().to_owned()
    }

    /// Lines of the run ledger about gates passed by force.
    fn forced(&self) -> Vec<String> {
        let status = self.json(&["status"]);
        let lines = status["ledger"].as_array().unwrap();
        let forced = lines.iter().filter(|line| line["stage"] == "force");
        forced
            .map(|line| line["outcome"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// What somebody might write into the project's own SQL by mistake: the miles to work of
/// everybody whose call is scheduled come from the call's arrangement.
fn plant(project: &Path) {
    let file = project.join("sql/features/05_lead_facts.sql");
    let shipped = std::fs::read_to_string(&file).unwrap();
    let facts = "f.* EXCEPT (snapshot_as_of)";
    assert!(shipped.contains(facts));
    let leaking = "f.* EXCEPT (snapshot_as_of, MilesToWork),
    IF(l.Stage_Entered_Call_Scheduled__c IS NOT NULL, 2.0, f.MilesToWork) AS MilesToWork";
    let changed = format!(
        "{}\nLEFT JOIN SavvyGTMData.Lead l ON l.Id = t.lead_id\n",
        shipped.trim_end().replace(facts, leaking)
    );
    std::fs::write(file, changed).unwrap();
}

#[test]
fn a_leaking_feature_is_refused_by_name_and_serves_only_by_force_with_a_reason() {
    let fixture = Fixture::new();
    assert_eq!(fixture.serving(), fixture.honest);
    plant(fixture.folder.path());

    // The audit before training names it, and no model is made.
    let message = fails(&fixture.arguments(&["train"]), 1);
    for part in ["leakage.too_good", "MilesToWork", "--force"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(
        fixture.json(&["model", "list"]).as_array().unwrap().len(),
        1
    );

    // Somebody who sets its limits so that it sees nothing meets those of the trained model.
    fixture.set("too_good_iv", "100.0");
    fixture.set("too_good_auc", "1.0");
    let message = fails(&fixture.arguments(&["train"]), 1);
    for part in ["performance.plausible", "--force"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(fixture.serving(), fixture.honest);
    let history = fixture.json(&["model", "history"]);
    assert_eq!(history.as_array().unwrap().len(), 1, "{history}");
    assert!(fixture.forced().is_empty());

    // The refused one is kept to be looked at, and can't be slipped in another way.
    let cards = fixture.json(&["model", "list"]);
    let cards = cards.as_array().unwrap();
    let ids = cards.iter().map(|card| card["id"].as_str().unwrap());
    let refused: Vec<&str> = ids.filter(|id| *id != fixture.honest).collect();
    assert_eq!(refused.len(), 1);
    let promote = ["model", "promote", refused[0], "--why", "looks good"];
    let message = fails(&fixture.arguments(&promote), 1);
    assert!(message.contains("performance.plausible"), "{message}");
    assert_eq!(fixture.serving(), fixture.honest);
    assert_eq!(fixture.json(&["score"])["model_id"], *fixture.honest);
    let again = leadrank(&fixture.arguments(&["train"]));
    assert_eq!(again.status.code(), Some(1), "a second try is let through");

    let reason = "a rehearsal with a known leak";
    let trained = fixture.json(&["train", "--force", reason]);
    assert_eq!(trained["model_id"], *refused[0]);
    assert_eq!(fixture.serving(), refused[0]);
    let forced = fixture.forced();
    let said = |line: &&String| line.contains("performance.plausible") && line.contains(reason);
    assert_eq!(forced.iter().filter(said).count(), 1, "{forced:?}");
}
