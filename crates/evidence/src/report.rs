//! All that one check, or one step of a model's development, has to say.

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, Severity};
use crate::gate::{Gate, Verdict};
use crate::picture::Picture;
use crate::table::Table;

/// A part of a report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Paragraphs.
    pub text: Vec<String>,
    /// Pictures.
    pub pictures: Vec<Picture>,
    /// Tables.
    pub tables: Vec<Table>,
}

impl Section {
    /// A section without content yet.
    pub fn new(title: impl Into<String>) -> Self {
        Section {
            title: title.into(),
            ..Section::default()
        }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn say(mut self, text: impl Into<String>) -> Self {
        self.text.push(text.into());
        self
    }

    /// Adds a picture.
    #[must_use]
    pub fn draw(mut self, picture: Picture) -> Self {
        self.pictures.push(picture);
        self
    }

    /// Adds a table.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }
}

/// The report of one check, or of one step of development.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its short name, as typed: `leakage`.
    pub name: String,
    /// The question it answers: `Does the model see the future?`
    pub question: String,
    /// What the question means, for those who do not know the word; empty where it is plain.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// The answer in a sentence or two.
    pub answer: String,
    /// Analysis date and what else tells which state of the data was looked at.
    pub scope: String,
    /// The gates it judged, or that were judged of what it is about.
    pub gates: Vec<Gate>,
    /// What it found, worst first.
    pub findings: Vec<Finding>,
    /// Everything behind it.
    pub sections: Vec<Section>,
}

impl Report {
    /// A report without content yet.
    pub fn new(name: impl Into<String>, question: impl Into<String>) -> Self {
        Report {
            name: name.into(),
            question: question.into(),
            about: String::new(),
            answer: String::new(),
            scope: String::new(),
            gates: Vec::new(),
            findings: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// Adds a finding.
    pub fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Puts the findings in order: worst first, then the strongest, then by id.
    pub fn settle(&mut self) {
        self.findings.sort_by(|a, b| {
            (a.severity.cmp(&b.severity))
                .then(b.strength.total_cmp(&a.strength))
                .then_with(|| a.id.cmp(&b.id))
        });
    }

    /// The worst of findings and gates; a forced gate counts as a warning.
    pub fn severity(&self) -> Severity {
        let of_gate = |gate: &Gate| match gate.verdict {
            Verdict::Fail if gate.forced.is_none() => Severity::Fail,
            Verdict::Fail | Verdict::Warn => Severity::Warn,
            Verdict::NotEnoughData => Severity::Note,
            Verdict::Pass => Severity::Pass,
        };
        let findings = self.findings.iter().map(|finding| finding.severity);
        let gates = self.gates.iter().map(of_gate);
        findings.chain(gates).min().unwrap_or(Severity::Pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_worst_and_strongest_first() {
        let mut report = Report::new("leakage", "?");
        report.find(Finding::new("b", Severity::Warn, "").strength(1.0));
        report.find(Finding::new("a", Severity::Note, "").strength(9.0));
        report.find(Finding::new("d", Severity::Warn, "").strength(1.0));
        report.find(Finding::new("c", Severity::Warn, "").strength(2.0));
        report.settle();
        let order: Vec<&str> = report.findings.iter().map(|f| f.id.as_str()).collect();
        assert_eq!(order, ["c", "b", "d", "a"]);
        assert_eq!(report.severity(), Severity::Warn);
    }
}
