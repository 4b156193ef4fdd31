//! Is the model, and what is built on it, what was asked for? The checkpoint "Model Performance
//! Validation" and the brief's success criteria, each with target, value, interval and verdict,
//! or what is missing to know it.

mod business;
mod model;
mod operations;

use std::collections::BTreeMap;

use leadrank_evidence::{Cell, Measured, Report, Section, Table, Unit, Verdict};
use leadrank_stats::Estimate;
use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::error::Result;
use crate::model_rows::ModelRows;
use crate::project::Project;

/// Whether a criterion is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The value and its whole interval meet the target.
    Met,
    /// The value meets it, its interval does not.
    MetNotSettled,
    /// The interval meets it, the value does not.
    NotMetNotSettled,
    /// Neither does.
    NotMet,
    /// What it takes to know is not there.
    Unknown,
}

impl Standing {
    /// The words shown to people.
    pub fn words(self) -> &'static str {
        match self {
            Standing::Met => "yes",
            Standing::MetNotSettled => "yes, not settled",
            Standing::NotMetNotSettled => "no, not settled",
            Standing::NotMet => "no",
            Standing::Unknown => "not known",
        }
    }
}

/// One criterion beside what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// What it is part of: `model`, `technical`, `business`, `operational`.
    pub part: String,
    /// What is asked.
    pub name: String,
    /// The target in words.
    pub target: String,
    /// What was found; none where it can't be known.
    pub value: Option<Measured>,
    /// How it is written.
    pub unit: Unit,
    /// Whether it is met.
    pub standing: Standing,
    /// How to read it, or what is missing.
    pub comment: String,
}

/// What `validate` says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Validation {
    /// The bundle.
    pub model_id: String,
    /// Its metrics, by part and name.
    pub metrics: BTreeMap<String, BTreeMap<String, Estimate>>,
    /// All criteria.
    pub criteria: Vec<Criterion>,
    /// The same for people.
    pub report: Report,
}

impl Validation {
    /// Whether a gate on the model has failed and was not passed by force.
    pub fn stops(&self) -> bool {
        self.report.gates.iter().any(leadrank_evidence::Gate::stops)
    }
}

/// A target that a number must be above or below.
#[derive(Clone, Copy)]
enum Target {
    Above(f64),
    Below(f64),
}

impl Target {
    fn holds(self, value: f64) -> bool {
        match self {
            Target::Above(limit) => value > limit,
            Target::Below(limit) => value < limit,
        }
    }

    fn standing(self, found: &Measured) -> Standing {
        let holds = self.holds(found.value);
        let (lo, hi) = (
            found.lo.unwrap_or(found.value),
            found.hi.unwrap_or(found.value),
        );
        let open = self.holds(lo) != self.holds(hi);
        match (holds, open) {
            (true, false) => Standing::Met,
            (true, true) => Standing::MetNotSettled,
            (false, true) => Standing::NotMetNotSettled,
            (false, false) => Standing::NotMet,
        }
    }

    fn words(self, unit: Unit) -> String {
        let (word, limit) = match self {
            Target::Above(limit) => ("above", limit),
            Target::Below(limit) => ("below", limit),
        };
        match unit {
            Unit::Share => format!("{word} {} %", 100.0 * limit),
            Unit::Times => format!("{word} {limit}×"),
            _ => format!("{word} {limit}"),
        }
    }
}

/// A criterion with what was found for it.
fn found(
    part: &str,
    name: &str,
    target: Target,
    unit: Unit,
    value: impl Into<Measured>,
    comment: &str,
) -> Criterion {
    let value = value.into();
    Criterion {
        part: part.into(),
        name: name.into(),
        target: target.words(unit),
        standing: target.standing(&value),
        value: Some(value),
        unit,
        comment: comment.into(),
    }
}

/// A criterion that can't be known yet; `comment` says what is missing.
fn missing(part: &str, name: &str, target: &str, comment: impl Into<String>) -> Criterion {
    Criterion {
        part: part.into(),
        name: name.into(),
        target: target.into(),
        value: None,
        unit: Unit::Score,
        standing: Standing::Unknown,
        comment: comment.into(),
    }
}

/// Judges a bundle and its project.
///
/// # Errors
/// When tables can't be read.
pub async fn validate(
    project: &Project,
    bundle: &Bundle,
    of: &ModelRows,
    scope: String,
) -> Result<Validation> {
    let model = bundle.report()?;
    let mut criteria = model::checkpoint(bundle, of, &model)?;
    criteria.extend(model::technical(project, bundle, of, &model)?);
    criteria.extend(business::criteria(project, bundle, of).await?);
    criteria.extend(operations::criteria(project));
    let mut report = Report::new("validate", "Is it what was asked for?");
    report.scope = scope;
    report.gates = model.gates.clone();
    report.answer = answer(&criteria, &report);
    for (part, title, text) in PARTS {
        report.sections.push(section(&criteria, part, title, text));
    }
    Ok(Validation {
        model_id: bundle.id.clone(),
        metrics: model.metrics,
        criteria,
        report,
    })
}

const PARTS: [(&str, &str, &str); 4] = [
    (
        "model",
        "The model, after each training",
        "On contacts newer than anything it learnt from. Gaps and shares as the brief puts them, \
         beside what chance gives.",
    ),
    (
        "technical",
        "Technical success",
        "Two of these targets were set before anybody had seen honest figures: an AUC-PR of 0.35 at a \
         base rate of 4 % needs an AUC-ROC of about 0.88, and no honest model of this field has come \
         near it. They are shown, and stop nothing.",
    ),
    (
        "business",
        "Business success",
        "What the ranking is worth is only shown by an experiment with leads drawn at random; what \
         stands here without one is from the records and says so.",
    ),
    (
        "operational",
        "Operational success",
        "From the project's own run ledger.",
    ),
];

fn answer(criteria: &[Criterion], report: &Report) -> String {
    let count = |wanted: &[Standing]| {
        let of = criteria.iter().filter(|one| wanted.contains(&one.standing));
        of.count()
    };
    let failed = report
        .gates
        .iter()
        .filter(|gate| gate.verdict == Verdict::Fail)
        .count();
    let gates = match failed {
        0 => "Every gate on the model is passed.".to_owned(),
        1 => "One gate on the model has failed.".to_owned(),
        count => format!("{count} gates on the model have failed."),
    };
    format!(
        "{gates} Of {} criteria {} are met, {} are met but not settled, {} are not met, and {} can't \
         be known yet.",
        criteria.len(),
        count(&[Standing::Met]),
        count(&[Standing::MetNotSettled]),
        count(&[Standing::NotMet, Standing::NotMetNotSettled]),
        count(&[Standing::Unknown])
    )
}

fn section(criteria: &[Criterion], part: &str, title: &str, text: &str) -> Section {
    let mut table = Table::new(
        title,
        &[
            "asked",
            "target",
            "#found",
            "#by chance",
            "#n",
            "met",
            "to know",
        ],
    )
    .note("Not settled: the interval reaches over the target.");
    for one in criteria.iter().filter(|one| one.part == part) {
        let chance = one.value.and_then(|value| value.chance);
        table.row(vec![
            one.name.as_str().into(),
            one.target.as_str().into(),
            one.value
                .map_or(Cell::Nothing, |value| Cell::measured(value, one.unit)),
            chance.map_or(Cell::Nothing, |chance| {
                let n = one.value.map_or(0, |value| value.n);
                Cell::measured(Measured::counted(chance, n), one.unit)
            }),
            one.value
                .map_or(Cell::Nothing, |value| Cell::Count(value.n)),
            one.standing.words().into(),
            one.comment.as_str().into(),
        ]);
    }
    Section::new(title).say(text).table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64, lo: f64, hi: f64) -> Measured {
        Measured {
            value,
            lo: Some(lo),
            hi: Some(hi),
            n: 100,
            chance: None,
        }
    }

    #[test]
    fn a_target_is_met_settled_or_not() {
        let above = Target::Above(0.35);
        for (value, expected) in [
            (measured(0.40, 0.36, 0.44), Standing::Met),
            (measured(0.40, 0.30, 0.44), Standing::MetNotSettled),
            (measured(0.34, 0.30, 0.44), Standing::NotMetNotSettled),
            (measured(0.06, 0.05, 0.07), Standing::NotMet),
        ] {
            assert_eq!(above.standing(&value), expected);
        }
        let below = Target::Below(0.05);
        assert_eq!(below.standing(&measured(0.01, 0.0, 0.04)), Standing::Met);
        assert_eq!(
            below.standing(&Measured::counted(0.05, 3)),
            Standing::NotMet
        );
        assert_eq!(above.words(Unit::Score), "above 0.35");
        assert_eq!(below.words(Unit::Share), "below 5 %");
    }

    #[test]
    fn what_is_missing_is_said() {
        let one = missing(
            "business",
            "adoption",
            "above 75 %",
            "no dials after scoring",
        );
        assert_eq!((one.standing, one.value), (Standing::Unknown, None));
        let section = section(&[one], "business", "t", "x");
        assert_eq!(section.tables[0].rows.len(), 1);
    }
}
