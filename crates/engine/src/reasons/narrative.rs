//! A lead in one or two plain sentences.

use serde::{Deserialize, Serialize};

use super::Reason;
use super::templates::{LONGEST, Templates};

/// Reasons for the lead, at most.
const POSITIVES: usize = 3;
/// Most characters of the long form.
const LONG: usize = 1_000;

/// The lead in words.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Narrative {
    /// At most 255 characters: facts alone.
    pub short: String,
    /// At most 1,000 characters: facts with what the peers say. Without the age of the vendor's
    /// data: where there is room for this, its date stands beside it.
    pub long: String,
}

impl Narrative {
    /// Of what may be told, strongest first, and the days since the vendor's facts were true.
    pub(super) fn new(
        templates: &Templates,
        drivers: &[Reason],
        cautions: &[Reason],
        vendor_age_days: i64,
    ) -> Self {
        let told = |reason: &&Reason| reason.told;
        let drivers: Vec<&Reason> = drivers.iter().filter(told).take(POSITIVES).collect();
        let caution = cautions.iter().find(told);
        let form = |words: &dyn Fn(&Reason) -> String, age: Option<i64>, most: usize| {
            // What doesn't fit is left out, the weakest first; nothing is cut off.
            let fitting = (0..=drivers.len()).rev().map(|count| {
                let caution = caution.filter(|_| count > 0 || drivers.is_empty());
                text(templates, &drivers[..count], caution, age, words)
            });
            let mut fitting = fitting.filter(|text| text.chars().count() <= most);
            fitting.next().unwrap_or_default()
        };
        Narrative {
            short: form(
                &|reason| inner(&reason.fact),
                Some(vendor_age_days),
                LONGEST,
            ),
            long: form(&|reason| inner(&reason.text), None, LONG),
        }
    }

    /// Where no vendor record matches the lead.
    pub(super) fn without_record(templates: &Templates) -> Self {
        let text = templates.filled("narrative.no_record", &[]);
        Narrative {
            short: text.clone(),
            long: text,
        }
    }
}

fn text(
    templates: &Templates,
    drivers: &[&Reason],
    caution: Option<&Reason>,
    vendor_age_days: Option<i64>,
    words: &dyn Fn(&Reason) -> String,
) -> String {
    let mut sentences = Vec::new();
    if !drivers.is_empty() {
        let reasons: Vec<String> = drivers.iter().map(|reason| words(reason)).collect();
        sentences.push(templates.filled("narrative.for", &[("reasons", &joined(&reasons))]));
    }
    if let Some(caution) = caution {
        sentences.push(templates.filled("narrative.against", &[("reason", &words(caution))]));
    }
    if sentences.is_empty() {
        sentences.push(templates.filled("narrative.nothing", &[]));
    }
    if let Some(days) = vendor_age_days {
        let days = days.to_string();
        sentences.push(templates.filled("narrative.age", &[("days", &days)]));
    }
    sentences.join(" ")
}

/// Reasons in a row: by commas where none holds one, by semicolons otherwise.
fn joined(reasons: &[String]) -> String {
    let nested = reasons.iter().any(|reason| reason.contains([',', ';']));
    reasons.join(if nested { "; " } else { ", " })
}

/// A sentence within another one: small first letter, unless a name or short form begins it.
fn inner(sentence: &str) -> String {
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().collect::<String>() + letters.as_str()
        }
        _ => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use leadrank_features::catalog::Idea;

    use super::*;

    fn reason(fact: &str, told: bool) -> Reason {
        Reason {
            idea: Idea::Tenure,
            signal: Idea::Tenure.signal(),
            feature: "DateOfHireAtCurrentFirm_NumberOfYears".into(),
            value: Some(1.0),
            points: 0.01,
            margin: 0.2,
            text: format!("{fact}; and so it goes"),
            fact: fact.into(),
            told,
        }
    }

    fn narrative(drivers: &[Reason], cautions: &[Reason]) -> Narrative {
        Narrative::new(&Templates::embedded().unwrap(), drivers, cautions, 31)
    }

    #[test]
    fn three_for_one_against_and_the_age_of_the_data() {
        let drivers =
            ["One", "Unsure", "Two", "Three", "Four"].map(|fact| reason(fact, fact != "Unsure"));
        let made = narrative(&drivers, &[reason("RIA only", true), reason("Six", true)]);
        assert_eq!(
            made.short,
            "Speaks for a call: one, two, three. Speaks against: RIA only. Vendor data is 31 days old."
        );
        assert!(made.long.starts_with(
            "Speaks for a call: one; and so it goes; two; and so it goes; three; and so it goes."
        ));
        assert!(!made.long.contains("days old"));
        assert_eq!(
            narrative(&[], &[]).short,
            "Nothing known stands out for or against this lead. Vendor data is 31 days old."
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        let long = reason(&"x".repeat(90), true);
        let made = narrative(&[long.clone(), long.clone(), long], &[]);
        assert!(made.short.chars().count() <= LONGEST);
        assert_eq!(made.short.matches("xxx, xxx").count(), 1);
        assert_eq!(made.long.matches("and so it goes").count(), 3);
    }
}
