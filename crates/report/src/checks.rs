//! Words that pages and terminals share about checks and gates.

use leadrank_evidence::{Finding, Gate, Report, Severity, Unit, Verdict};

use crate::format::{NOTHING, Written as _, count, percent, sentence};

/// The findings of one severity.
pub(crate) fn findings_of(check: &Report, severity: Severity) -> impl Iterator<Item = &Finding> {
    check
        .findings
        .iter()
        .filter(move |finding| finding.severity == severity)
}

/// The verdict on a whole check, as severity and word. Notes leave it in order where gates were
/// judged and all are passed: a word of doubt must not stand beside an answer that has none.
pub(crate) fn verdict(check: &Report) -> (Severity, &'static str) {
    let passed = |gate: &Gate| gate_severity(gate) == Severity::Pass;
    let severity = match check.severity() {
        Severity::Note if !check.gates.is_empty() && check.gates.iter().all(passed) => {
            Severity::Pass
        }
        severity => severity,
    };
    (severity, severity.word())
}

/// What a check came to in a sentence; where it gives none, the worst that it found.
pub(crate) fn outcome(check: &Report) -> Option<String> {
    if !check.answer.is_empty() {
        return Some(check.answer.clone());
    }
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

/// What a finding concerns of what was looked at: `Concerns 3 of 69 features (4.3 %).`
pub(crate) fn concerned(finding: &Finding) -> Option<String> {
    let (rows, of_rows, things) = (finding.rows, finding.of_rows, &finding.things);
    match (rows, of_rows) {
        (0, 0) => None,
        (0, _) => Some(format!("Looked at {} {things}.", count(of_rows))),
        (_, 0) => Some(format!("Concerns {} {things}.", count(rows))),
        _ => Some(format!(
            "Concerns {} of {} {things} ({}).",
            count(rows),
            count(of_rows),
            percent(rows as f64 / of_rows as f64)
        )),
    }
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

/// What the value rests on: of how many things it counts some, or the rows it was measured on.
pub(crate) fn gate_n(gate: &Gate) -> Option<String> {
    let measured = gate.value.as_ref()?;
    let is_part = gate.unit == Unit::Count
        && measured.lo.is_none()
        && (0.0..=measured.n as f64).contains(&measured.value);
    Some(match is_part {
        true => format!("of {} looked at", count(measured.n)),
        false => format!("n\u{a0}=\u{a0}{}", count(measured.n)),
    })
}

/// How to read a table of gates: only what stands in it.
pub(crate) fn gates_note(gates: &[Gate]) -> String {
    let measured = || gates.iter().filter_map(|gate| gate.value.as_ref());
    let mut notes = Vec::new();
    if gates.iter().any(|gate| gate.brief.is_some()) {
        notes.push("The brief is the plan that this project was ordered with; what it asks for stands beside our own rule.");
    }
    if measured().any(|value| value.lo.is_some()) {
        notes.push("In brackets: the range in which the true value lies with 95 % certainty.");
    }
    if measured().any(|value| value.chance.is_some()) {
        notes.push("By chance: what luck alone would give.");
    }
    if gates.iter().filter_map(gate_n).any(|n| n.starts_with('n')) {
        notes.push("n: on how many of what the rule speaks of the number was measured.");
    }
    notes.join(" ")
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
    fn a_check_comes_to_its_answer_or_else_to_its_worst() {
        let mut check = Report::new("leakage", "?");
        assert_eq!(outcome(&check), None);
        check.find(Finding::new("a", Severity::Warn, "headline"));
        check.gates.push(gate(Verdict::Fail, None));
        assert_eq!(
            outcome(&check).as_deref(),
            Some("fail: no fact from after the contact (3)")
        );
        check.gates[0].forced = Some("a trial".into());
        assert_eq!(outcome(&check).as_deref(), Some("Headline"));
        assert_eq!(gate_word(&check.gates[0]), "fail, forced");
        assert_eq!(verdict(&check).0, Severity::Warn);
        check.answer = "No.".into();
        assert_eq!(outcome(&check).as_deref(), Some("No."));
    }

    #[test]
    fn what_was_counted_is_named() {
        let finding = Finding::new("a", Severity::Warn, "")
            .rows(3, 69)
            .things("features");
        assert_eq!(
            concerned(&finding).as_deref(),
            Some("Concerns 3 of 69 features (4.3\u{a0}%).")
        );
        let mut some = gate(Verdict::Fail, None);
        assert_eq!(gate_n(&some).as_deref(), Some("of 100 looked at"));
        assert_eq!(gates_note(std::slice::from_ref(&some)), "");
        // a number that is no part of the rows it rests on
        some.value = Some(Measured::counted(300.0, 100));
        assert_eq!(gate_n(&some).as_deref(), Some("n\u{a0}=\u{a0}100"));
        assert!(gates_note(&[some]).contains("n: on how many"));
    }

    #[test]
    fn notes_do_not_cast_doubt_on_gates_that_are_passed() {
        let mut check = Report::new("leakage", "?");
        check.find(Finding::new("a", Severity::Note, "a note"));
        assert_eq!(verdict(&check).1, "note");
        check.gates.push(gate(Verdict::Pass, None));
        assert_eq!(verdict(&check).1, "ok");
        check.gates.push(gate(Verdict::NotEnoughData, None));
        assert_eq!(verdict(&check).1, "note");
    }
}
