//! Running the binary as a user does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The binary, away from the environment of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leadrank"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LEADRANK_")) {
        command.env_remove(name);
    }
    command.env("LEADRANK_XGBOOST", root().join(".tools/xgboost"));
    command.args(arguments);
    command
}

/// The same, run to its end.
pub(crate) fn leadrank(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The same, which must succeed; gives standard output.
pub(crate) fn succeeds(arguments: &[&str]) -> String {
    let output = leadrank(arguments);
    let (out, err) = texts(&output);
    assert!(
        output.status.success(),
        "leadrank {arguments:?}\n{out}\n{err}"
    );
    out
}

/// The same, which must end with `code`; gives standard error.
#[allow(dead_code, reason = "not every program of tests is refused something")]
pub(crate) fn fails(arguments: &[&str], code: i32) -> String {
    let output = leadrank(arguments);
    let (out, err) = texts(&output);
    assert_eq!(
        output.status.code(),
        Some(code),
        "leadrank {arguments:?}\n{out}\n{err}"
    );
    err
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}
