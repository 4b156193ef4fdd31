//! A rule that decides whether work may go on.

use leadrank_stats::Estimate;
use leadrank_stats::paired::Difference;
use serde::{Deserialize, Serialize};

/// What a gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The rule is broken: later stages stop unless forced.
    Fail,
    /// Close to broken, or broken where that is not decisive.
    Warn,
    /// Too few rows to tell.
    NotEnoughData,
    /// The rule holds.
    Pass,
}

impl Verdict {
    /// Its place among verdicts of one gate on several things, the worst first: one that could
    /// not be reached hides none that was.
    pub fn weight(self) -> u8 {
        match self {
            Verdict::Fail => 0,
            Verdict::Warn => 1,
            Verdict::Pass => 2,
            Verdict::NotEnoughData => 3,
        }
    }

    /// The words shown to people.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Fail => "fail",
            Verdict::Warn => "warn",
            Verdict::NotEnoughData => "not enough data",
            Verdict::Pass => "pass",
        }
    }
}

/// What a number counts, and so how it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A plain number: an area, an index, a correlation.
    #[default]
    Score,
    /// A fraction of 1, shown in percent.
    Share,
    /// A multiple.
    Times,
    /// A whole number of things.
    Count,
    /// Days.
    Days,
    /// How much one score is above another, shown with its sign.
    Difference,
}

/// A value with the rows it rests on and, where sampling matters, its interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The value.
    pub value: f64,
    /// Lower end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lo: Option<f64>,
    /// Upper end of the 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hi: Option<f64>,
    /// Rows.
    pub n: u64,
    /// What chance alone would give, where that is defined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
}

impl Measured {
    /// A number that was counted, not estimated.
    pub fn counted(value: f64, n: u64) -> Self {
        Measured {
            value,
            n,
            ..Measured::default()
        }
    }
}

impl From<Estimate> for Measured {
    fn from(estimate: Estimate) -> Self {
        Measured {
            value: estimate.value,
            lo: Some(estimate.lo),
            hi: Some(estimate.hi),
            n: estimate.n,
            chance: estimate.chance,
        }
    }
}

impl From<&Difference> for Measured {
    fn from(found: &Difference) -> Self {
        Measured {
            value: found.difference,
            lo: Some(found.lo),
            hi: Some(found.hi),
            n: found.n,
            chance: None,
        }
    }
}

/// The brief's own threshold, shown beside ours, met or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Brief {
    /// The rule as the brief states it.
    pub rule: String,
    /// Whether it is met; none where it can't be judged.
    pub met: Option<bool>,
}

/// One gate with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Its lasting id, such as `leakage.as_of`.
    pub id: String,
    /// The rule in words, with its threshold.
    pub rule: String,
    /// What was measured; none where nothing could be.
    pub value: Option<Measured>,
    /// How the value is written.
    pub unit: Unit,
    /// The verdict.
    pub verdict: Verdict,
    /// What to do where it is not passed.
    pub action: String,
    /// The brief's own threshold, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<Brief>,
    /// The reason with which a failed gate was passed all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forced: Option<String>,
}

impl Gate {
    /// Whether it stops what comes after it.
    pub fn stops(&self) -> bool {
        self.verdict == Verdict::Fail && self.forced.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forced_gate_stops_nothing_and_keeps_its_verdict() {
        let mut gate = Gate {
            id: "leakage.as_of".into(),
            rule: "no fact from after the contact".into(),
            value: Some(Measured::counted(3.0, 100)),
            unit: Unit::Count,
            verdict: Verdict::Fail,
            action: "load older months".into(),
            brief: None,
            forced: None,
        };
        assert!(gate.stops());
        gate.forced = Some("a trial".into());
        assert!(!gate.stops());
        let text = serde_json::to_string(&gate).unwrap();
        assert!(text.contains("\"verdict\":\"fail\"") && text.contains("a trial"));
        assert_eq!(serde_json::from_str::<Gate>(&text).unwrap(), gate);
    }
}
