//! One part of a check.

use leadrank_evidence::{Finding, Gate, Report, Section, Severity, Verdict};

/// What one part of a check found.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) gates: Vec<Gate>,
    pub(super) findings: Vec<Finding>,
    pub(super) sections: Vec<Section>,
}

impl Part {
    /// Adds itself to a report.
    pub(super) fn add_to(self, report: &mut Report) {
        report.gates.extend(self.gates);
        report.findings.extend(self.findings);
        report.sections.extend(self.sections);
    }
}

/// The severity of a finding that says what a gate says.
pub(super) fn severity_of(verdict: Verdict) -> Severity {
    match verdict {
        Verdict::Fail => Severity::Fail,
        Verdict::Warn => Severity::Warn,
        Verdict::NotEnoughData => Severity::Note,
        Verdict::Pass => Severity::Pass,
    }
}
