//! Who is not called whatever the score, and why.

use super::facts::Facts;
use crate::config::Tiers;

/// Texts to look for in others: whole words in a row, whatever their case and what stands
/// between them. `smith` is in `Smith, Jones & Co.`, not in `Smithson`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(Vec<(String, Vec<String>)>);

impl Patterns {
    /// The patterns as they were written.
    pub fn new(texts: &[String]) -> Self {
        let pattern = |text: &String| (text.clone(), words(text));
        Patterns(texts.iter().map(pattern).collect())
    }

    /// The first pattern that is in the text.
    pub fn found_in(&self, text: &str) -> Option<&str> {
        let text = words(text);
        let is_in = |pattern: &Vec<String>| {
            !pattern.is_empty() && text.windows(pattern.len()).any(|part| part == pattern)
        };
        let found = self.0.iter().find(|(_, pattern)| is_in(pattern));
        found.map(|(written, _)| written.as_str())
    }
}

/// The words of a text in small letters.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Why each lead must not be called; none where it may. The first reason counts.
pub fn exclusions(facts: &[Facts], tiers: &Tiers) -> Vec<Option<String>> {
    let firms = Patterns::new(&tiers.exclude_firms);
    let dispositions = Patterns::new(&tiers.exclude_dispositions);
    let reason = |lead: &Facts| {
        if lead.do_not_call {
            return Some("Marked do-not-call in Salesforce".to_string());
        }
        if lead.known_non_advisor {
            return Some("Known not to be an advisor".to_string());
        }
        let in_text = |patterns: &Patterns, text: &Option<String>| -> Option<String> {
            let found = patterns.found_in(text.as_deref()?)?;
            Some(found.to_string())
        };
        if let Some(found) = in_text(&dispositions, &lead.disposition) {
            return Some(format!("Disposition in Salesforce: {found}"));
        }
        let found = in_text(&firms, &lead.firm_name)?;
        Some(format!("Firm not to be called: {found}"))
    };
    facts.iter().map(reason).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn whole_words_in_a_row_are_found_whatever_their_case() {
        let patterns = Patterns::new(&["smith".into(), "Big  Bank".into(), "A.G.".into()]);
        for (text, found) in [
            ("Smith, Jones & Co.", Some("smith")),
            ("Smithson LLC", None),
            ("THE BIG-BANK Advisors", Some("Big  Bank")),
            ("Big Old Bank", None),
            ("Edwards A.G. Inc", Some("A.G.")),
            ("", None),
        ] {
            assert_eq!(patterns.found_in(text), found, "{text}");
        }
        assert_eq!(Patterns::new(&["&".into()]).found_in("a & b"), None);
    }

    #[test]
    fn each_reason_is_told_and_the_first_counts() {
        let mut tiers = Config::default().tiers;
        tiers.exclude_firms = vec!["Big Bank".into()];
        let lead = |change: &dyn Fn(&mut Facts)| {
            let mut facts = Facts::default();
            change(&mut facts);
            facts
        };
        let facts = [
            Facts::default(),
            lead(&|f| f.do_not_call = true),
            lead(&|f| {
                f.known_non_advisor = true;
                f.firm_name = Some("big bank".into());
            }),
            lead(&|f| f.disposition = Some("Book Not Transferable".into())),
            lead(&|f| f.disposition = Some("No Book".into())),
            lead(&|f| f.disposition = Some("Not a Fit".into())),
            lead(&|f| f.disposition = Some("No Response".into())),
            lead(&|f| f.firm_name = Some("Big Bank Advisors".into())),
        ];
        let reasons = exclusions(&facts, &tiers);
        let told: Vec<&str> = reasons.iter().map(|r| r.as_deref().unwrap_or("")).collect();
        assert_eq!(
            told,
            [
                "",
                "Marked do-not-call in Salesforce",
                "Known not to be an advisor",
                "Disposition in Salesforce: not transferable",
                "Disposition in Salesforce: no book",
                "Disposition in Salesforce: not a fit",
                "",
                "Firm not to be called: Big Bank",
            ]
        );
    }
}
