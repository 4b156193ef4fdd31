//! Which features the model gets, and why these.

use leadrank_evidence::{
    Cell, DifferenceRow, Finding, Measured, Picture, Report, Section, Severity, Table, Unit,
};
use leadrank_learn::develop::{Development, SetResult};
use leadrank_learn::selection::{Method, Screen, Selection, SetName, Size, Stability};

use super::Context;
use super::features;
use super::numbers::{
    area_over_folds, between, counted, difference, difference_words, score_words,
};
use crate::training::ModelReport;
use crate::words;

/// Shared features, as a share of all of two folds, below which a reader should know that
/// other rows would have given another set.
const UNSTABLE: f64 = 0.5;

/// The report on the selection of features.
pub fn selection(model: &ModelReport, context: &Context<'_>) -> Report {
    let mut report = Report::new(
        "feature selection",
        "Which features does the model get, and why these?",
    );
    report.scope.clone_from(&context.scope);
    let Some(made) = &model.development else {
        report.answer = "All that there are: nothing was selected.".into();
        report.find(
            Finding::new(
                "selection.none",
                Severity::Note,
                "No features were selected",
            )
            .because(sentence(
                model
                    .undeveloped
                    .as_deref()
                    .unwrap_or("The model has no record of it"),
            )),
        );
        return report;
    };
    report.answer = in_words(made);
    report.find(set_finding(made));
    report.find(stability_finding(made));
    report.findings.extend(doubtful(made));
    report.sections = vec![
        funnel(made, context),
        sets(made),
        features::section(made, context),
        method(&made.selection),
    ];
    report.settle();
    report
}

/// What was selected, in a line.
pub(super) fn in_short(made: &Development) -> String {
    format!(
        "{} of {} candidates; {}",
        made.features.len(),
        made.selection.features.len(),
        why(made)
    )
}

/// What was selected, in a sentence or two.
pub(super) fn in_words(made: &Development) -> String {
    let all = made.selection.features.len();
    let taken = made.features.len();
    let mut first: Vec<_> = made.selection.features.iter().collect();
    first.retain(|one| one.rank.is_some() && made.features.contains(&one.feature));
    first.sort_by_key(|one| one.rank);
    let names: Vec<&str> = first
        .iter()
        .take(3)
        .map(|one| one.feature.as_str())
        .collect();
    let most = if names.is_empty() {
        String::new()
    } else {
        format!(" What it looks at most: {}.", words::list(&names))
    };
    let which = if taken == all {
        format!("The model gets all {all} candidates: {}.", why(made))
    } else {
        format!("The model gets {taken} of {all} candidates: {}.", why(made))
    };
    format!("{which}{most}")
}

/// Why this set was taken.
fn why(made: &Development) -> String {
    let all = made.sets.iter().find(|result| result.set == SetName::All);
    let gap = all.map_or_else(String::new, |all| {
        format!(" (all less those: {})", difference_words(&ahead(all)))
    });
    match (made.selection.options.size, made.set) {
        (Size::All, _) => "the settings say so, and the screens only tell".into(),
        (Size::Large, _) => "the settings ask for the large set".into(),
        (Size::Small, _) => "the settings ask for the small set".into(),
        (Size::Auto, SetName::All) => format!(
            "with the {} that the screens leave the folds do not rank better beyond chance{gap}",
            made.selection.large.len()
        ),
        (Size::Auto, _) => {
            format!("with what the screens leave the folds rank better beyond chance{gap}")
        }
    }
}

fn ahead(result: &SetResult) -> Measured {
    between(
        result.ahead_of_large,
        result.interval,
        result.folds.len() as u64,
    )
}

fn set_finding(made: &Development) -> Finding {
    let chosen = &made.selection;
    Finding::new(
        "selection.set",
        Severity::Note,
        format!("The model gets {}", counted(made.features.len(), "feature")),
    )
    .because(format!("Why: {}.", why(made)))
    .because(format!(
        "Selected on {} rows, {} of them positive, all before calibration and test; each fold \
         selected again on its own past, so that no block was judged with features that had seen it.",
        words::count(chosen.rows),
        words::count(chosen.positives)
    ))
}

fn stability_finding(made: &Development) -> Finding {
    let Stability { sets, jaccard, .. } = &made.stability;
    let chance = chance_of_sharing(made);
    let always = made
        .stability
        .chosen
        .values()
        .filter(|&n| n == sets)
        .count();
    let (severity, headline) = if *jaccard < UNSTABLE {
        (
            Severity::Warn,
            "Other months would have chosen other features",
        )
    } else {
        (Severity::Pass, "Other months choose much the same features")
    };
    let by_chance = chance.map_or_else(String::new, |chance| {
        format!(
            "; sets of these sizes drawn blindly would share {}",
            words::percent(chance)
        )
    });
    let finding = Finding::new("selection.stability", severity, headline)
        .because(format!(
            "Two of the {sets} folds' large sets share {} of the features that either has (Jaccard index){by_chance}.",
            words::percent(*jaccard)
        ))
        .because(format!(
            "{} in the large set of every fold.",
            if always == 1 {
                "1 feature is".to_owned()
            } else {
                format!("{always} features are")
            }
        ));
    match severity {
        Severity::Warn => finding.remedy(
            "Read the single features with care: the model may do as well with others. Fewer, \
             stronger features (`selection.size = \"small\"`) are steadier.",
        ),
        _ => finding,
    }
}

/// Mean share that two sets of the folds' sizes would have in common if drawn blindly from the
/// candidates: with sizes a and b of N, they meet in ab / N on average.
fn chance_of_sharing(made: &Development) -> Option<f64> {
    let all = made.selection.features.len() as f64;
    let large = made
        .sets
        .iter()
        .find(|result| result.set == SetName::Large)?;
    let mut shares = Vec::new();
    for (place, &one) in large.features.iter().enumerate() {
        for &other in &large.features[place + 1..] {
            let (one, other) = (one as f64, other as f64);
            let shared = one * other / all;
            shares.push(shared / (one + other - shared));
        }
    }
    let share = shares.iter().sum::<f64>() / shares.len() as f64;
    share.is_finite().then_some(share)
}

/// Features in use that say no more by themselves than chance would.
fn doubtful(made: &Development) -> Option<Finding> {
    let all = &made.selection.features;
    let weak: Vec<&str> = all
        .iter()
        .filter(|one| made.features.contains(&one.feature) && one.iv <= one.iv_chance)
        .map(|one| one.feature.as_str())
        .collect();
    if weak.is_empty() {
        return None;
    }
    let headline = if weak.len() == 1 {
        "1 feature in use says no more by itself than chance".to_owned()
    } else {
        format!(
            "{} features in use say no more by themselves than chance",
            weak.len()
        )
    };
    Some(
        Finding::new("selection.weak", Severity::Note, headline)
            .because(format!("{}.", words::list(&weak)))
            .because(
                "A tree can still use them together with others; that alone is no reason to drop \
                 them, and none to read anything into them.",
            )
            .rows(0, 0),
    )
}

/// The name of a set in tables.
pub(super) fn set_name(set: SetName) -> &'static str {
    match set {
        SetName::All => "all candidates",
        SetName::Large => "large set",
        SetName::Small => "small set",
    }
}

/// A screen's name and rule in words.
fn screen_words(screen: Screen, selection: &Selection) -> (&'static str, String) {
    let options = &selection.options;
    match screen {
        Screen::Information => (
            "says too little by itself",
            format!("information value below {}", options.minimum_iv),
        ),
        Screen::Inflation => (
            "follows from the others",
            format!("variance inflation of {} or more", options.vif_limit),
        ),
        Screen::Elimination => (
            "the model looks at it least",
            format!("not among the {} with the most SHAP movement", options.top),
        ),
        Screen::FScore => (
            "low F-score",
            "not among the best by analysis of variance".into(),
        ),
        Screen::Forest => (
            "little gain in a forest",
            "least gain, dropped in turn".into(),
        ),
    }
}

fn funnel(made: &Development, context: &Context<'_>) -> Section {
    let selection = &made.selection;
    let all = selection.features.len();
    let mut table = Table::new(
        "From candidates to sets",
        &["step", "rule", "#dropped", "#left"],
    )
    .note(
        "Features on the keep-list pass every screen. The model gets the set that the next part \
         chooses.",
    );
    let mut bars = vec![("candidates".to_owned(), all as f64, all.to_string())];
    table.row(vec![
        "candidates".into(),
        "".into(),
        Cell::Nothing,
        Cell::Count(all as u64),
    ]);
    let mut left = all;
    let order: &[Screen] = match selection.options.method {
        Method::All => &[],
        Method::Screens => &[Screen::Information, Screen::Inflation, Screen::Elimination],
        Method::Reference => &[Screen::FScore, Screen::Forest],
    };
    for &screen in order {
        let gone = selection.dropped.iter().filter(|one| one.screen == screen);
        let gone = gone.count();
        left = left.saturating_sub(gone);
        let (name, rule) = screen_words(screen, selection);
        table.row(vec![
            name.into(),
            rule.into(),
            Cell::Count(gone as u64),
            Cell::Count(left as u64),
        ]);
        bars.push((format!("after: {name}"), left as f64, left.to_string()));
    }
    table.row(vec![
        "small set".into(),
        format!("the strongest {} by SHAP", selection.options.small).into(),
        Cell::Nothing,
        Cell::Count(selection.small.len() as u64),
    ]);
    let share = selection.positives as f64 / selection.rows.max(1) as f64;
    Section::new("From candidates to the model")
        .say(format!(
            "Three questions are asked in turn: does a feature say anything by itself, do the \
             others say it already, and does a model look at it? All on the {} {} before \
             calibration, {} of them ({}) with {}.",
            words::count(selection.rows),
            context.rows,
            words::count(selection.positives),
            words::percent(share),
            match context.of_leads {
                true => context.events,
                false => "a positive outcome",
            }
        ))
        .draw(Picture::Bars {
            title: "Features left after each screen".into(),
            bars,
            scale: None,
        })
        .table(table)
}

fn sets(made: &Development) -> Section {
    let mut table = Table::new(
        "What each set is worth",
        &[
            "set",
            "#features in the folds",
            "#trees",
            "#AUC-PR, mean over folds",
            "#less the large set's",
            "used",
        ],
    )
    .note(
        "AUC-PR is the area under the precision-recall curve; by chance it is the share of \
         positives. Differences are within folds, with 95 % intervals by Student's t over folds; \
         since the rows that folds learn from overlap, the truth is somewhat wider.",
    );
    let mut rows = Vec::new();
    for result in &made.sets {
        let values: Vec<f64> = result.folds.iter().map(|fold| fold.auc_pr).collect();
        let is_large = result.set == SetName::Large;
        let ahead = ahead(result);
        table.row(vec![
            set_name(result.set).into(),
            span(&result.features).into(),
            Cell::Count(result.rounds.into()),
            Cell::measured(chanced(area_over_folds(&values), result), Unit::Score),
            if is_large {
                Cell::Nothing
            } else {
                difference(ahead)
            },
            if result.set == made.set { "yes" } else { "" }.into(),
        ]);
        if !is_large {
            rows.push(DifferenceRow {
                label: set_name(result.set).into(),
                difference: Some(ahead),
            });
        }
    }
    let chosen = made.sets.iter().find(|result| result.set == made.set);
    let mut section = Section::new("What fewer features cost").say(match chosen {
        Some(chosen) => {
            let values: Vec<f64> = chosen.folds.iter().map(|fold| fold.auc_pr).collect();
            format!(
                "Each fold selects on its own past and is judged on the block after it. The {} \
                 ranks with an AUC-PR of {} over {}.",
                set_name(made.set),
                score_words(&area_over_folds(&values)),
                counted(chosen.folds.len(), "fold")
            )
        }
        None => "Each fold selects on its own past and is judged on the block after it.".into(),
    });
    if made.selection.small == made.selection.large {
        section = section.say(
            "The screens leave no more features than the small set may have, so that both sets \
             are the same.",
        );
    }
    section
        .draw(Picture::Differences {
            title: "Against the large set".into(),
            of: "AUC-PR, less the large set's".into(),
            rows,
        })
        .table(table)
}

/// With the mean share of positives, which is what chance gives.
fn chanced(measured: Measured, result: &SetResult) -> Measured {
    let shares = result.folds.iter();
    let shares: Vec<f64> = shares
        .map(|fold| fold.positives as f64 / fold.n.max(1) as f64)
        .collect();
    let chance = shares.iter().sum::<f64>() / shares.len() as f64;
    Measured {
        chance: chance.is_finite().then_some(chance),
        ..measured
    }
}

/// `17` or `17 to 20`.
fn span(counts: &[u64]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => String::new(),
    }
}

fn method(selection: &Selection) -> Section {
    let options = &selection.options;
    let mut section = Section::new("How to read this")
        .say(format!(
            "Information value (IV) measures how differently positives and negatives spread over \
             at most {} bins of a feature, missing values being a bin of their own. Its chance \
             level is what a feature without any connection would show on average with the same \
             bins and as many rows.",
            options.bin_count
        ))
        .say(
            "Variance inflation says how well the other continuous features predict one: 10 means \
             that they explain 90 % of it. Rank and share are by mean |SHAP|, the size of a \
             feature's contribution to the score, among the features that came so far.",
        );
    for note in &selection.notes {
        section = section.say(sentence(note));
    }
    section
}

/// With a capital and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    let text = format!("{}{}", first.unwrap_or_default(), letters.as_str());
    if text.ends_with(['.', '!', '?']) {
        text
    } else {
        format!("{text}.")
    }
}
