//! One part of a check.

use leadrank_evidence::{Finding, Gate, Report, Section, Severity, Unit, Verdict};

use crate::gates::{GateInfo, catalog};

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

/// The answer of a check that can't be made on rows too few to be divided.
pub(super) const UNDIVIDED: &str = "Not enough data: there are too few leads with an outcome to be divided into parts to learn from and to test on.";

/// Gates that can't be judged, and why.
pub(super) fn undivided(gates: &[&str], reason: &str) -> Part {
    Part {
        gates: not_judged(gates, "load more history"),
        findings: vec![
            Finding::new(
                "split.undivided",
                Severity::Note,
                "the leads are too few to be divided into parts to learn from and to test on",
            )
            .because(format!("In the words of the split: {reason}."))
            .remedy(
                "load more history; see the shares and minimums under [split] in leadrank.toml",
            ),
        ],
        sections: Vec::new(),
    }
}

/// These gates without a verdict.
pub(super) fn not_judged(gates: &[&str], action: &str) -> Vec<Gate> {
    let known =
        |id: &&str| -> Option<&'static GateInfo> { catalog().iter().find(|info| info.id == *id) };
    let infos = gates.iter().filter_map(known);
    infos
        .map(|info| Gate {
            id: info.id.into(),
            rule: info.asks.into(),
            value: None,
            unit: Unit::Count,
            verdict: Verdict::NotEnoughData,
            action: action.into(),
            brief: None,
            forced: None,
        })
        .collect()
}
