//! The two pages about features that a salesperson can pin to the wall.

use leadrank_evidence::{Picture, RateRow};
use leadrank_learn::explain::{ExplainOptions, explain};
use leadrank_learn::split::Rows as _;
use leadrank_stats::Estimate;

use super::values::{Group, grade, groups, learnt, rate};
use crate::bundle::Bundle;
use crate::error::Result;
use crate::model_rows::ModelRows;
use crate::reasons::shown;
use crate::words;

/// Features with a card of their own.
const FEATURES: usize = 7;

/// A card: one thing to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// What it is about.
    pub heading: String,
    /// The one sentence.
    pub lead: String,
    /// More, line by line.
    pub lines: Vec<String>,
    /// To look at.
    pub picture: Option<Picture>,
    /// How sure it is, by the number of leads behind it.
    pub grade: Option<String>,
}

/// The sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct CheatSheet {
    /// What it is.
    pub title: String,
    /// Which model of what, as of when.
    pub subtitle: String,
    /// The cards.
    pub cards: Vec<Card>,
    /// What to know of all of it.
    pub footer: String,
}

/// Makes the sheet from a bundle: rates are those of the leads it learnt from, by groups of each
/// feature's values.
///
/// # Errors
/// When a column is missing.
pub fn cheat_sheet(bundle: &Bundle, of: &ModelRows, scope: &str) -> Result<CheatSheet> {
    let options = ExplainOptions {
        sample_rows: 1,
        sample_features: 1,
        seed: bundle.manifest.seed,
    };
    let test = of.split.test.indices();
    let found = explain(&bundle.model, &of.matrix, test, None, &options)?;
    let told = found.features.iter().filter_map(|importance| {
        let feature = leadrank_features::feature(&importance.feature)?;
        (!feature.is_temporal() && importance.mean_abs_shap > 0.0).then_some((importance, feature))
    });
    let labelled = learnt(of);
    let base = rate(&labelled);
    let mut cards = vec![first(&base)];
    for (importance, feature) in told.take(FEATURES) {
        let column = of.matrix.column(&importance.feature)?;
        let values: Vec<(f64, bool)> = labelled
            .iter()
            .map(|&(row, label)| (f64::from(column[row]), label))
            .collect();
        let groups = groups(&values, |value| shown(value, feature));
        cards.push(card(
            feature.wording.label,
            importance.share,
            &groups,
            &base,
        ));
    }
    Ok(CheatSheet {
        title: "What the scores look at".into(),
        subtitle: scope.to_owned(),
        cards,
        footer: "Shares are of leads contacted in the past. What goes together with a scheduled \
                 call need not cause it; the score weighs everything at once, a card one thing."
            .into(),
    })
}

fn first(base: &Option<Estimate>) -> Card {
    Card {
        heading: "How to read a score".into(),
        lead: match base {
            Some(base) => format!(
                "About {} of 100 contacted leads schedule a call.",
                (100.0 * base.value).round()
            ),
            None => "The score is the chance that a lead schedules a call.".into(),
        },
        lines: vec![
            "A: call today. B: next day's worth. C: when there is time. Marked: leave out.".into(),
            "The reasons name what sets this lead apart; a caution names what speaks against it."
                .into(),
            "\"Not known\" means just that: nobody has told us, and nothing is assumed.".into(),
        ],
        picture: None,
        grade: None,
    }
}

fn card(label: &str, share: f64, groups: &[Group], base: &Option<Estimate>) -> Card {
    let best = groups
        .iter()
        .filter(|group| group.words != "not known")
        .max_by(|a, b| a.rate.value.total_cmp(&b.rate.value));
    let base_rate = base.map(|base| base.value);
    let lead = match (best, base_rate) {
        (Some(best), Some(base)) if best.rate.lo > base => format!(
            "Leads with {} schedule a call most often: {} of 100.",
            best.words,
            (100.0 * best.rate.value).round()
        ),
        _ => {
            "No group of values stands out beyond chance by itself; it counts together with others."
                .into()
        }
    };
    let fewest = groups.iter().map(|group| group.rate.n).min().unwrap_or(0);
    Card {
        heading: label.to_owned(),
        lead,
        lines: vec![format!(
            "Carries {} of what moves scores.",
            words::percent(share)
        )],
        picture: Some(Picture::Rates {
            title: label.to_owned(),
            of: "scheduled calls".into(),
            base: base_rate,
            rows: groups
                .iter()
                .map(|group| RateRow {
                    label: group.words.clone(),
                    rate: Some(group.rate),
                })
                .collect(),
        }),
        grade: Some(format!("evidence: {}", grade(fewest))),
    }
}

#[cfg(test)]
mod tests {
    use leadrank_stats::proportion;

    use super::*;

    #[test]
    fn groups_are_about_equal_and_the_unknown_stand_apart() {
        let mut values: Vec<(f64, bool)> = (0..400).map(|row| (f64::from(row), row < 40)).collect();
        values.extend([(f64::NAN, false); 10]);
        let found = groups(&values, |value| format!("{value:.0}"));
        let words: Vec<&str> = found.iter().map(|group| group.words.as_str()).collect();
        assert_eq!(
            words,
            [
                "0 to 99",
                "100 to 199",
                "200 to 299",
                "300 to 399",
                "not known"
            ]
        );
        let base = proportion::estimate(40, 410, 0.95);
        let made = card("Years", 0.2, &found, &base);
        assert!(
            made.lead
                .contains("with 0 to 99 schedule a call most often: 40 of 100"),
            "{}",
            made.lead
        );
        assert_eq!(made.grade.as_deref(), Some("evidence: insufficient"));
        // A flag has two groups; nothing beyond chance is said to stand out.
        let flags: Vec<(f64, bool)> = (0..300)
            .map(|row| (f64::from(row % 2), row % 15 == 0))
            .collect();
        let found = groups(&flags, |value| format!("{value:.0}"));
        assert_eq!(found.len(), 2);
        let base = proportion::estimate(20, 300, 0.95);
        assert!(
            card("Flag", 0.2, &found, &base)
                .lead
                .starts_with("No group")
        );
    }
}
