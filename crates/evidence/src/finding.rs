//! One thing that a check found.

use serde::{Deserialize, Serialize};

use crate::table::Table;

/// How much a finding matters, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// What follows from this data cannot be trusted.
    Fail,
    /// Something a person should look at before relying on it.
    Warn,
    /// Good to know; nothing has to be done.
    Note,
    /// Looked at and in order.
    Pass,
}

impl Severity {
    /// The word shown to people.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Fail => "fail",
            Severity::Warn => "warn",
            Severity::Note => "note",
            Severity::Pass => "ok",
        }
    }
}

/// One finding: what, how sure, how many rows, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Check and rule, such as `leakage.backfill`.
    pub id: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence that a newcomer understands.
    pub headline: String,
    /// Sentences with the numbers behind it, each with its n, interval and chance level.
    pub evidence: Vec<String>,
    /// Rows concerned, or other [`things`](Finding::things).
    pub rows: u64,
    /// Rows looked at.
    pub of_rows: u64,
    /// What was counted, plural: `rows`, `leads`, `features`, `files`.
    #[serde(default = "rows")]
    pub things: String,
    /// What to do about it; empty where nothing has to be done.
    pub remedy: String,
    /// A few cases to look at, without personal data.
    pub examples: Option<Table>,
    /// Orders findings of one severity, largest first.
    pub strength: f64,
}

impl Finding {
    /// A finding without evidence yet.
    pub fn new(id: impl Into<String>, severity: Severity, headline: impl Into<String>) -> Self {
        Finding {
            id: id.into(),
            severity,
            headline: headline.into(),
            evidence: Vec::new(),
            rows: 0,
            of_rows: 0,
            things: rows(),
            remedy: String::new(),
            examples: None,
            strength: 0.0,
        }
    }

    /// Adds a sentence of evidence.
    #[must_use]
    pub fn because(mut self, sentence: impl Into<String>) -> Self {
        self.evidence.push(sentence.into());
        self
    }

    /// Says how many of how many rows it concerns.
    #[must_use]
    pub fn rows(mut self, rows: u64, of_rows: u64) -> Self {
        self.rows = rows;
        self.of_rows = of_rows;
        self
    }

    /// Says what was counted where it is not rows.
    #[must_use]
    pub fn things(mut self, plural: impl Into<String>) -> Self {
        self.things = plural.into();
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Shows cases.
    #[must_use]
    pub fn examples(mut self, table: Table) -> Self {
        self.examples = (!table.rows.is_empty()).then_some(table);
        self
    }

    /// Sets its weight among findings of the same severity.
    #[must_use]
    pub fn strength(mut self, strength: f64) -> Self {
        self.strength = if strength.is_finite() { strength } else { 0.0 };
        self
    }
}

/// What is counted unless something else is said.
fn rows() -> String {
    "rows".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_counts_rows_unless_it_says_otherwise() {
        let finding = Finding::new("a", Severity::Note, "").rows(1, 4);
        assert_eq!(finding.things, "rows");
        let mut json = serde_json::to_value(&finding).unwrap();
        json.as_object_mut().unwrap().remove("things");
        assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), finding);
        assert_eq!(finding.things("files").things, "files");
    }
}
