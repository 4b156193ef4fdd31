//! The one place that decides what is printed, where, and whether bars move.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use leadrank_engine::progress::Progress;
use serde::Serialize;

/// How a run talks to its user.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
    bar: ProgressBar,
    warnings: Mutex<Vec<String>>,
}

impl Printer {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        let moving = std::io::stderr().is_terminal() && !quiet && std::env::var_os("CI").is_none();
        let target = if moving {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        Printer {
            json,
            quiet,
            bar,
            warnings: Mutex::new(Vec::new()),
        }
    }

    /// Prints a result: JSON where asked for, the text otherwise.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: &str) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        let mut out = std::io::stdout().lock();
        if self.json {
            // As a whole, so that a closed pipe is seen as what it is, not as a fault of JSON.
            writeln!(out, "{}", serde_json::to_string_pretty(value)?)?;
        } else {
            writeln!(out, "{}", text.trim_end())?;
        }
        out.flush()?;
        Ok(())
    }

    /// Prints raw bytes, such as a query's answer.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> anyhow::Result<()> {
        self.bar.finish_and_clear();
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()?;
        Ok(())
    }

    /// A line for the person at the terminal, on standard error.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| to_stderr(text));
        }
    }

    /// Shows where work stands; warnings stay on screen.
    pub(crate) fn progress(&self, progress: Progress) {
        match progress {
            Progress::Stage(name) => {
                self.bar.set_style(spinner());
                self.bar.set_length(0);
                self.bar.set_message(name.clone());
                self.bar
                    .enable_steady_tick(std::time::Duration::from_millis(120));
                if self.bar.is_hidden() && !self.quiet {
                    to_stderr(&format!("· {name}"));
                }
            }
            Progress::Step { what, done, total } => {
                if total > 0 && self.bar.length() != Some(total) {
                    self.bar.set_style(counter());
                    self.bar.set_length(total);
                }
                self.bar.set_position(done);
                self.bar.set_message(what);
            }
            Progress::Warning(text) => {
                // The same remark about many rows is worth reading once.
                let mut seen = self
                    .warnings
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                if !seen.contains(&text) {
                    self.note(&format!("warning: {text}"));
                    seen.push(text);
                }
            }
        }
    }
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} ({elapsed})")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn counter() -> ProgressStyle {
    ProgressStyle::with_template("{bar:24} {percent:>3} % {msg} ({elapsed}, {eta} left)")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Prints an error with its causes, each once.
pub(crate) fn error(error: &anyhow::Error) {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
    }
    to_stderr(&text);
}

fn to_stderr(text: &str) {
    // Nobody is there to tell when standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
