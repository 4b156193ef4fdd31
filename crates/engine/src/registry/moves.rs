//! Letting another bundle serve.

use chrono::{DateTime, Utc};
use leadrank_evidence::Gate;
use serde::Serialize;

use super::history::{Action, Entry, History};
use super::{Moved, Pointer, Standing, no_model, standing, user};
use crate::bundle::{self, Bundle, Verification};
use crate::error::{Error, Result};
use crate::gates;
use crate::ledger;
use crate::project::Project;

/// What letting a bundle serve would come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The bundle that serves now.
    pub from: Option<String>,
    /// The bundle that would.
    pub to: String,
    /// Whether it is whole.
    pub verification: Verification,
    /// Gates it did not pass when it was trained: they need `--force REASON`.
    pub failed_gates: Vec<Gate>,
}

/// Looks at what letting bundle `to` serve would come to; changes nothing.
///
/// # Errors
/// When the ledger can't be read. A bundle that is damaged is told in the plan.
pub fn plan(project: &Project, to: &str) -> Result<Plan> {
    let folder = project.bundles().join(to);
    let verification = bundle::verify(&folder);
    let failed_gates = match verification.holds() {
        true => Bundle::read(&folder)?.failed_gates()?,
        false => Vec::new(),
    };
    let history = History::read(project)?;
    let from = standing(&history, Pointer::read(project).as_ref()).serving();
    Ok(Plan {
        from,
        to: to.to_owned(),
        verification,
        failed_gates,
    })
}

/// The same for taking the current bundle back: the one that served before it would serve.
///
/// # Errors
/// When none served before, or the one that did is gone.
pub fn plan_rollback(project: &Project) -> Result<Plan> {
    let history = History::read(project)?;
    if standing(&history, Pointer::read(project).as_ref()) == Standing::Empty {
        return Err(no_model());
    }
    let to = history.before_current().ok_or_else(|| {
        Error::Data(
            "no model served before the current one, so there is nothing to go back to; `leadrank model history` shows what served"
                .into(),
        )
    })?;
    if !project.bundles().join(to).is_dir() {
        return Err(Error::Bundle {
            id: to.to_owned(),
            problem: "it served before the current one, but its folder is gone; restore it, or choose another with `leadrank model promote`".into(),
        });
    }
    plan(project, to)
}

/// Lets bundle `id` serve because somebody says so. The bundle is verified first; one that
/// did not pass its gates needs the project's reason to force. Nothing is recorded when it
/// serves already. A crash leaves the old one serving or the new one, and the ledger says which.
///
/// # Errors
/// A damaged bundle, a failed gate, records that were changed by hand or can't be written.
pub fn promote(
    project: &Project,
    id: &str,
    who: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<Moved> {
    carry_out(project, Action::Promote, plan(project, id)?, who, why, now)
}

/// Lets the bundle that was just trained serve; otherwise as [`promote`].
///
/// # Errors
/// As [`promote`].
pub fn trained(project: &Project, id: &str, now: DateTime<Utc>) -> Result<Moved> {
    let plan = plan(project, id)?;
    carry_out(project, Action::Train, plan, &user(), "newly trained", now)
}

/// Lets the bundle serve that served before the current one; said again, the one before
/// that. Otherwise as [`promote`].
///
/// # Errors
/// When none served before, and as [`promote`].
pub fn rollback(project: &Project, who: &str, why: &str, now: DateTime<Utc>) -> Result<Moved> {
    let plan = plan_rollback(project)?;
    carry_out(project, Action::Rollback, plan, who, why, now)
}

fn carry_out(
    project: &Project,
    action: Action,
    plan: Plan,
    who: &str,
    why: &str,
    now: DateTime<Utc>,
) -> Result<Moved> {
    plan.verification.require()?;
    if !plan.failed_gates.is_empty() {
        // The command that was called.
        let stage = match action {
            Action::Train => action.word().to_owned(),
            Action::Promote | Action::Rollback => format!("model {}", action.word()),
        };
        gates::require(project, now, &stage, plan.failed_gates.clone())?;
    }
    let history = History::read(project)?;
    settle(project, &history, now)?;
    let entry = Entry {
        at: now,
        action,
        who: who.to_owned(),
        why: why.to_owned(),
        from: plan.from,
        to: plan.to,
        previous: None,
    };
    let moved = entry.from.as_ref() != Some(&entry.to);
    if moved {
        let line = history.append(project, entry.clone())?;
        point(project, &entry.to, line)?;
    }
    Ok(Moved {
        at: entry.at,
        action,
        who: entry.who,
        why: entry.why,
        from: entry.from,
        to: entry.to,
        moved,
        forced: plan.failed_gates,
    })
}

/// Finishes a move that a crash cut short, and refuses to record on top of a changed record.
fn settle(project: &Project, history: &History, now: DateTime<Utc>) -> Result<()> {
    match standing(history, Pointer::read(project).as_ref()) {
        Standing::Empty | Standing::Settled(_) => Ok(()),
        Standing::Unfinished(pointer) => pointer.write(project),
        Standing::Foreign { problem, .. } => match &project.force {
            None => Err(Error::Data(format!(
                "{problem}, or go on with --force REASON, which is kept in the run ledger"
            ))),
            Some(reason) => ledger::append_entry(
                project,
                &ledger::Entry {
                    at: now,
                    stage: "force".into(),
                    fingerprint: String::new(),
                    outcome: format!("{problem}; went on by force: {reason}"),
                },
            ),
        },
    }
}

fn point(project: &Project, id: &str, line: String) -> Result<()> {
    let pointer = Pointer {
        id: id.to_owned(),
        line: Some(line),
    };
    pointer.write(project)
}

#[cfg(test)]
mod tests {
    use super::super::{current_id, fault, list, resolve};
    use super::*;
    use crate::bundle::{Files, samples, write};

    struct Fixture {
        _folder: tempfile::TempDir,
        project: Project,
        ids: Vec<String>,
    }

    fn fixture() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::init(folder.path()).unwrap();
        let ids = (1..=3)
            .map(|seed| write(&project.bundles(), &samples::files(seed)).unwrap())
            .collect();
        Fixture {
            _folder: folder,
            project,
            ids,
        }
    }

    fn serve(fixture: &Fixture, place: usize) -> Moved {
        let id = &fixture.ids[place];
        promote(&fixture.project, id, "ann", "why", DateTime::UNIX_EPOCH).unwrap()
    }

    fn back(project: &Project) -> Result<Moved> {
        rollback(project, "bob", "worse", DateTime::UNIX_EPOCH)
    }

    #[test]
    fn promoting_moves_the_pointer_and_keeps_the_history() {
        let fixture = fixture();
        let (project, ids) = (&fixture.project, &fixture.ids);
        assert!(
            back(project)
                .unwrap_err()
                .to_string()
                .contains("leadrank train")
        );
        trained(project, &ids[0], DateTime::UNIX_EPOCH).unwrap();
        let error = back(project).unwrap_err().to_string();
        assert!(error.contains("nothing to go back to"), "{error}");
        assert!(serve(&fixture, 1).moved);
        assert!(!serve(&fixture, 1).moved);
        assert_eq!(current_id(project).as_ref(), Some(&ids[1]));
        let history = History::read(project).unwrap();
        let last = history.last().unwrap();
        assert_eq!(history.entries.len(), 2);
        assert_eq!(
            (last.who.as_str(), last.from.as_ref()),
            ("ann", Some(&ids[0]))
        );
        assert_eq!(history.entries[0].action, Action::Train);

        serve(&fixture, 2);
        assert_eq!(back(project).unwrap().to, ids[1]);
        assert_eq!(back(project).unwrap().to, ids[0]);
        assert!(back(project).is_err());
        assert_eq!(current_id(project).as_ref(), Some(&ids[0]));
        assert_eq!(fault(project).unwrap(), None);
    }

    #[test]
    fn ids_may_be_shortened_and_unknown_ones_get_the_nearest() {
        let fixture = fixture();
        let (project, id) = (&fixture.project, &fixture.ids[0]);
        assert_eq!(resolve(project, id).unwrap(), *id);
        assert_eq!(resolve(project, &id[..11]).unwrap(), *id);
        let wrong = format!("{}z", &id[..11]);
        let error = resolve(project, &wrong).unwrap_err().to_string();
        assert!(error.contains(&format!("nearest is `{id}`")), "{error}");
        let error = resolve(project, "").unwrap_err().to_string();
        assert!(error.contains("several"), "{error}");
    }

    /// Every state of the files that a crash can leave during the move from the first bundle
    /// to the second: the ledger cut at every byte of the new line with the pointer unmoved,
    /// and the pointer's new file written beside it but not yet in its place.
    #[test]
    fn after_a_crash_at_any_point_ledger_and_pointer_agree_again() {
        let fixture = fixture();
        let (project, ids) = (&fixture.project, &fixture.ids);
        let ledger = project.bundles().join("history.jsonl");
        let pointer = project.bundles().join("current");
        serve(&fixture, 0);
        let before = std::fs::read(&ledger).unwrap();
        let pointed = std::fs::read(&pointer).unwrap();
        serve(&fixture, 1);
        let after = std::fs::read(&ledger).unwrap();
        let moved = std::fs::read(&pointer).unwrap();

        for length in before.len()..=after.len() {
            std::fs::write(&ledger, &after[..length]).unwrap();
            std::fs::write(&pointer, &pointed).unwrap();
            std::fs::write(project.bundles().join(".current.1.new"), "ab").unwrap();
            // The line counts once it can be read, with or without its end.
            let done = length + 1 >= after.len();
            assert_eq!(current_id(project).as_ref(), Some(&ids[usize::from(done)]));
            assert_eq!(fault(project).unwrap(), None);
            assert_eq!(list(project).len(), 3);

            // The same command again, or another one, finds and leaves all in order.
            assert_eq!(serve(&fixture, 1).moved, !done);
            let history = History::read(project).unwrap();
            assert_eq!(history.entries.len(), 2, "cut at {length}");
            assert_eq!(Pointer::read(project).unwrap().line, Some(history.head));
            serve(&fixture, 2);
            assert_eq!(back(project).unwrap().to, ids[1]);
            assert_eq!(fault(project).unwrap(), None);
        }
        // The first move of all has no pointer before it.
        std::fs::write(&ledger, &before).unwrap();
        std::fs::remove_file(&pointer).unwrap();
        assert_eq!(current_id(project).as_ref(), Some(&ids[0]));
        serve(&fixture, 0);
        assert_eq!(std::fs::read(&pointer).unwrap(), pointed);
        assert_ne!(pointed, moved);
    }

    #[test]
    fn a_pointer_of_the_first_form_is_taken_over() {
        let fixture = fixture();
        let (project, ids) = (&fixture.project, &fixture.ids);
        let pointer = project.bundles().join("current");
        std::fs::write(&pointer, format!("{}\n", ids[0])).unwrap();
        assert_eq!(current_id(project).as_ref(), Some(&ids[0]));
        let old = format!(
            "{{\"at\":\"2025-01-01T00:00:00Z\",\"id\":\"{}\",\"before\":null}}\n",
            ids[0]
        );
        std::fs::write(project.bundles().join("history.jsonl"), old).unwrap();
        serve(&fixture, 1);
        assert_eq!(fault(project).unwrap(), None);
        // As after a crash in between.
        std::fs::write(&pointer, format!("{}\n", ids[0])).unwrap();
        assert_eq!(current_id(project).as_ref(), Some(&ids[1]));
        serve(&fixture, 2);
        assert_eq!(back(project).unwrap().to, ids[1]);
    }

    #[test]
    fn on_records_changed_by_hand_nothing_is_built_without_a_reason() {
        let fixture = fixture();
        let ids = &fixture.ids;
        let mut project = fixture.project.clone();
        let ledger = project.bundles().join("history.jsonl");
        serve(&fixture, 0);
        serve(&fixture, 1);
        let text = std::fs::read_to_string(&ledger).unwrap();
        let cut = text.lines().next().unwrap().to_owned() + "\n";
        for changed in [cut, text.replace("\"who\":\"ann\"", "\"who\":\"eve\"")] {
            std::fs::write(&ledger, changed).unwrap();
            assert_eq!(current_id(&project).as_ref(), Some(&ids[1]));
            assert!(fault(&project).unwrap().is_some());
            let error = promote(&project, &ids[2], "ann", "why", DateTime::UNIX_EPOCH);
            let error = error.unwrap_err().to_string();
            assert!(
                error.contains("by hand") && error.contains("--force"),
                "{error}"
            );
        }
        project.force = Some("backup is lost".into());
        promote(&project, &ids[2], "ann", "why", DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(current_id(&project).as_ref(), Some(&ids[2]));
        let last = crate::ledger::read(&project).pop().unwrap();
        assert!(last.outcome.contains("backup is lost"), "{}", last.outcome);
    }

    #[test]
    fn a_damaged_bundle_and_one_with_failed_gates_do_not_serve() {
        let fixture = fixture();
        let mut project = fixture.project.clone();
        serve(&fixture, 0);
        let card = project
            .bundles()
            .join(&fixture.ids[1])
            .join("MODEL_CARD.md");
        std::fs::write(card, "x").unwrap();
        let at = DateTime::UNIX_EPOCH;
        let error = promote(&project, &fixture.ids[1], "ann", "why", at).unwrap_err();
        assert!(
            error.to_string().contains("changed after training"),
            "{error}"
        );

        let mut metrics = samples::metrics();
        metrics["gates"] = serde_json::json!([
            { "id": "model.lift", "rule": "lift at least 1.2", "unit": "times", "verdict": "fail",
              "action": "gather more rows", "forced": "in a hurry" },
            { "id": "model.auc", "rule": "AUC above .5", "unit": "score", "verdict": "pass",
              "action": "" },
        ]);
        let mut files: Files = samples::files(4);
        files.insert("metrics.json".into(), metrics.to_string().into_bytes());
        let id = write(&project.bundles(), &files).unwrap();
        let error = promote(&project, &id, "ann", "why", at).unwrap_err();
        assert!(
            matches!(&error, Error::Gates { gates, .. } if gates.len() == 1),
            "{error}"
        );
        assert_eq!(current_id(&project).as_ref(), Some(&fixture.ids[0]));
        project.force = Some("a rehearsal".into());
        let moved = promote(&project, &id, "ann", "why", at).unwrap();
        assert_eq!(moved.forced.len(), 1);
        assert_eq!(current_id(&project), Some(id));
    }
}
