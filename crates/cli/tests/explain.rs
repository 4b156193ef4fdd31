//! `leadrank explain --check-templates` through the binary.

use std::path::Path;
use std::process::{Command, Output};

fn leadrank(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadrank"));
    command
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn every_sentence_is_shown_and_faults_are_named_with_their_line() {
    let folder = tempfile::tempdir().unwrap();
    // The shipped words can be read without a project.
    let shipped = leadrank(folder.path(), &["explain", "--check-templates"]);
    assert!(shipped.status.success());
    assert!(leadrank(folder.path(), &["init"]).status.success());

    let words = folder.path().join("reasons.toml");
    let text = std::fs::read_to_string(&words).unwrap();
    let own = text.replace("{value} at the current firm", "{value} where they are now");
    std::fs::write(&words, &own).unwrap();
    let shown = leadrank(folder.path(), &["explain", "--check-templates", "--json"]);
    assert_eq!(shown.status.code(), Some(0));
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let sentences = shown["sentences"].as_array().unwrap();
    assert!(sentences.iter().any(|sentence| {
        sentence["text"]
            .as_str()
            .unwrap()
            .starts_with("6 months where they are now")
    }));

    std::fs::write(&words, own.replace("{value} where", "{years} where")).unwrap();
    let refused = leadrank(folder.path(), &["explain", "--check-templates"]);
    assert_eq!(refused.status.code(), Some(2));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("reasons.toml: line "), "{message}");
    assert!(message.contains("the unknown place {years}"), "{message}");
    // Both sentences of the feature, not the first fault alone.
    assert_eq!(message.matches("{years}").count(), 2, "{message}");
}
