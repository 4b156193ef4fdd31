//! The training guide: what a score says, what each feature means, and which values were good
//! signs among this project's own leads.

use leadrank_evidence::{Cell, Report, Section, Table};
use leadrank_features::Feature;
use leadrank_features::catalog::{Kind, Signal, Tell};
use leadrank_stats::{Estimate, quantile};

use super::super::Context;
use super::super::values::{NOT_KNOWN, grade, groups, learnt, rate};
use super::patterns::{Pattern, Told, in_words, patterns};
use crate::bundle::Bundle;
use crate::error::Result;
use crate::model_rows::ModelRows;
use crate::words;

/// Signs of each kind that are told.
const SIGNS: usize = 12;

/// The guide, from the leads that a model learnt from.
///
/// # Errors
/// When a column is missing.
pub fn training_guide(bundle: &Bundle, of: &ModelRows, context: &Context<'_>) -> Result<Report> {
    let labelled = learnt(of);
    let base = rate(&labelled);
    let told = Told::of(of)?;
    let mut report = Report::new(
        "training guide",
        "How do I read a score, and what is behind it?",
    );
    report.scope.clone_from(&context.scope);
    report.answer = answer(base);
    report.sections.push(reading(bundle, base));
    let signs = patterns(&told, &labelled)?;
    report.sections.push(signs_section(&signs, base));
    for signal in Signal::ALL {
        report.sections.push(of_signal(signal, &told, &labelled));
    }
    report.sections.push(silent());
    report.settle();
    Ok(report)
}

fn answer(base: Option<Estimate>) -> String {
    match base {
        Some(base) => format!(
            "About {} of 100 contacted leads schedule a call (95 % interval {} to {}, {} leads). A score \
             says how much more or less likely that is for one lead, and its reasons say what sets \
             the lead apart. It can't know what you will hear on the phone.",
            (100.0 * base.value).round(),
            words::percent(base.lo),
            words::percent(base.hi),
            words::count(base.n)
        ),
        None => "No outcome is known yet.".into(),
    }
}

fn reading(bundle: &Bundle, base: Option<Estimate>) -> Section {
    let mut table = Table::new(
        "What you see",
        &["on the lead", "what it says", "what to do"],
    );
    let mut line = |what: &str, says: &str, does: &str| {
        table.row(vec![what.into(), says.into(), does.into()]);
    };
    line(
        "Tier A",
        "the best leads that the team can dial in a day",
        "call today",
    );
    line("Tier B", "the next day's worth", "call when A is done");
    line(
        "Tier C",
        "everybody else worth a call",
        "when there is time",
    );
    line(
        "Do not call",
        "excluded, or among the lowest; the caution says why",
        "leave it out",
    );
    line(
        "Better than 93 of 100",
        "the lead's place among all on the list",
        "compare leads by it",
    );
    line(
        "Reasons",
        "what sets this lead apart, strongest first; each begins with its kind: Growth, Size, Timing or Fit",
        "open the talk with one of them",
    );
    line(
        "Caution",
        "what speaks against it, or what nobody knows",
        "ask about it",
    );
    line(
        "Up, Down",
        "the chance moved by a tenth of itself or more since last time",
        "read why under the trend",
    );
    line(
        "Old data, or no record",
        "the facts are old, or the vendor does not know the advisor",
        "trust the score less",
    );
    let example = base.map_or(0.03, |base| base.value);
    Section::new("How to read a score")
        .say(format!(
            "A score of {} means: of 100 such leads about {} schedule a call within the time that \
             counts. Most of the best leads will not, and some of the worst will; over a week of \
             dialling the order pays.",
            words::percent(2.0 * example),
            (200.0 * example).round()
        ))
        .say(
            "\"Not known\" means just that. A reason is a fact about the advisor or the firm that went \
             together with calls in the past; it need not be their cause.",
        )
        .say(format!(
            "If a score looks wrong, say so on the card: \"Was this helpful?\" is read. The model is {}.",
            bundle.id
        ))
        .table(table)
}

fn signs_section(signs: &[Pattern], base: Option<Estimate>) -> Section {
    let mut section = Section::new("Good signs and bad signs").say(
        "What this project's own leads show, one thing at a time; the score weighs everything at once. \
         Only what is beyond chance, after correction for looking at many things.",
    );
    if let Some(base) = base {
        section = section.say(format!(
            "Over all leads the rate is {}.",
            words::percent(base.value)
        ));
    }
    for (title, good) in [("Good signs", true), ("Bad signs", false)] {
        let chosen: Vec<&Pattern> = signs
            .iter()
            .filter(|sign| sign.is_good() == good)
            .take(SIGNS)
            .collect();
        if chosen.is_empty() {
            section = section.say(format!(
                "{title}: none that chance alone would not explain."
            ));
            continue;
        }
        let mut table = Table::new(
            title,
            &["what", "where it is", "#scheduled calls", "how sure"],
        );
        for sign in chosen {
            table.row(vec![
                sign.feature.wording.label.into(),
                sign.values.as_str().into(),
                Cell::Rate(sign.rate),
                sign.grade().into(),
            ]);
        }
        section = section.table(table);
    }
    section
}

/// What each feature of a kind means and how to read its values.
fn of_signal(signal: Signal, told: &Told, labelled: &[(usize, bool)]) -> Section {
    let mut meanings = Table::new(
        format!("{}: what it means", name(signal)),
        &["what", "what it means", "low", "usual", "high"],
    )
    .note("Low, usual, high: a tenth of the leads lie below the low value, half below the usual one, a tenth above the high one.");
    let mut rates = Table::new(
        format!("{}: how leads fared", name(signal)),
        &["what", "where it is", "#scheduled calls", "how sure"],
    );
    let own = told
        .among(labelled)
        .filter(|(feature, _)| feature.idea.signal() == signal);
    for (feature, values) in own {
        let [low, usual, high] = spread(feature, &values);
        meanings.row(vec![
            feature.wording.label.into(),
            feature.wording.meaning.into(),
            low.into(),
            usual.into(),
            high.into(),
        ]);
        for group in groups(&values, |value| in_words(value, feature)) {
            rates.row(vec![
                feature.wording.label.into(),
                group.words.as_str().into(),
                Cell::Rate(group.rate),
                grade(group.rate.n).into(),
            ]);
        }
    }
    Section::new(format!("{}: {}", name(signal), about(signal)))
        .table(meanings)
        .table(rates)
}

fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::Growth => "Growth",
        Signal::Size => "Size",
        Signal::Timing => "Timing",
        Signal::Fit => "Fit",
    }
}

fn about(signal: Signal) -> &'static str {
    match signal {
        Signal::Growth => "does the firm grow or shrink?",
        Signal::Size => "how large is the firm?",
        Signal::Timing => "is the moment right for a move?",
        Signal::Fit => "is it the kind of advisor and firm that we look for?",
    }
}

/// A low, a usual and a high value, in words.
fn spread(feature: &Feature, values: &[(f64, bool)]) -> [String; 3] {
    let mut known: Vec<f64> = values
        .iter()
        .map(|(value, _)| *value)
        .filter(|v| !v.is_nan())
        .collect();
    if known.is_empty() {
        return [NOT_KNOWN; 3].map(str::to_owned);
    }
    if feature.kind == Kind::Flag {
        let yes = known.iter().filter(|&&value| value > 0.5).count() as f64;
        let share = words::percent(yes / known.len() as f64);
        return [String::new(), format!("yes for {share}"), String::new()];
    }
    known.sort_by(f64::total_cmp);
    [0.1, 0.5, 0.9].map(|share| {
        let value = quantile::linear_sorted(&known, share);
        value.map_or_else(|| NOT_KNOWN.to_owned(), |value| in_words(value, feature))
    })
}

/// Features that enter the score and are never told, or do not even enter.
fn silent() -> Section {
    let mut table = Table::new(
        "What you will not be told",
        &["what", "what it means", "why not"],
    );
    for feature in leadrank_features::catalog() {
        let why = match (feature.is_temporal(), feature.tell) {
            (true, _) => "it is your own choice, so it does not enter the score",
            (false, Tell::No) => "it enters the score, but means little by itself",
            (false, Tell::Yes) => continue,
        };
        table.row(vec![
            feature.wording.label.into(),
            feature.wording.meaning.into(),
            why.into(),
        ]);
    }
    Section::new("What stays behind the score").table(table)
}
