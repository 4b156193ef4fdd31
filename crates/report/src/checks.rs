//! Words that pages and terminals share about checks and gates.

use leadrank_evidence::{Finding, Gate, Report, Severity, Verdict};

use crate::format::{NOTHING, Written as _, count, sentence};

/// The findings of one severity.
pub(crate) fn findings_of(check: &Report, severity: Severity) -> impl Iterator<Item = &Finding> {
    check
        .findings
        .iter()
        .filter(move |finding| finding.severity == severity)
}

/// The verdict on a whole check, as severity and word.
pub(crate) fn verdict(check: &Report) -> (Severity, &'static str) {
    let severity = check.severity();
    (severity, severity.word())
}

/// The worst thing of a check in a sentence: a finding, or a gate where no finding is as bad.
pub(crate) fn worst(check: &Report) -> Option<String> {
    let finding = check.findings.iter().min_by_key(|finding| finding.severity);
    let gate = check.gates.iter().min_by_key(|gate| gate_severity(gate));
    match (finding, gate) {
        (Some(finding), Some(gate)) if finding.severity > gate_severity(gate) => {
            Some(gate_sentence(gate))
        }
        (Some(finding), _) => Some(sentence(&finding.headline)),
        (None, Some(gate)) => Some(gate_sentence(gate)),
        (None, None) => None,
    }
}

fn gate_sentence(gate: &Gate) -> String {
    format!("{}: {} ({})", gate_word(gate), gate.rule, gate_value(gate))
}

/// How much a gate matters, on the scale of findings; a forced one counts as a warning.
pub(crate) fn gate_severity(gate: &Gate) -> Severity {
    match gate.verdict {
        Verdict::Fail if gate.forced.is_none() => Severity::Fail,
        Verdict::Fail | Verdict::Warn => Severity::Warn,
        Verdict::NotEnoughData => Severity::Note,
        Verdict::Pass => Severity::Pass,
    }
}

/// The word for a gate's verdict.
pub(crate) fn gate_word(gate: &Gate) -> &'static str {
    match gate.verdict {
        Verdict::Fail if gate.forced.is_some() => "fail, forced",
        verdict => verdict.word(),
    }
}

/// The value with its interval.
pub(crate) fn gate_value(gate: &Gate) -> String {
    match &gate.value {
        Some(measured) => gate.unit.measured(measured),
        None => NOTHING.into(),
    }
}

/// The rows the value rests on.
pub(crate) fn gate_n(gate: &Gate) -> Option<String> {
    let measured = gate.value.as_ref()?;
    Some(format!("n\u{a0}=\u{a0}{}", count(measured.n)))
}

/// What chance gives, and the rows the value rests on.
pub(crate) fn gate_small(gate: &Gate) -> Option<String> {
    let measured = gate.value.as_ref()?;
    let n = gate_n(gate).unwrap_or_default();
    let chance = measured.chance.map(|chance| {
        let chance = gate.unit.format(chance);
        format!("by chance\u{a0}{chance}; ")
    });
    Some(format!("{}{n}", chance.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use leadrank_evidence::Measured;

    use super::*;

    fn gate(verdict: Verdict, forced: Option<&str>) -> Gate {
        Gate {
            id: "leakage.as_of".into(),
            rule: "no fact from after the contact".into(),
            value: Some(Measured::counted(3.0, 100)),
            unit: leadrank_evidence::Unit::Count,
            verdict,
            action: String::new(),
            brief: None,
            forced: forced.map(Into::into),
        }
    }

    #[test]
    fn the_worst_of_a_check_is_a_finding_or_a_gate() {
        let mut check = Report::new("leakage", "?");
        assert_eq!(worst(&check), None);
        check.find(Finding::new("a", Severity::Warn, "headline"));
        check.gates.push(gate(Verdict::Fail, None));
        assert_eq!(
            worst(&check).as_deref(),
            Some("fail: no fact from after the contact (3)")
        );
        check.gates[0].forced = Some("a trial".into());
        assert_eq!(worst(&check).as_deref(), Some("Headline"));
        assert_eq!(gate_word(&check.gates[0]), "fail, forced");
        assert_eq!(verdict(&check).0, Severity::Warn);
    }
}
