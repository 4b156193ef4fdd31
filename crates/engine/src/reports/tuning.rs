//! Which parameters were searched, what was chosen, and what each of them does.

use leadrank_evidence::{
    Cell, Finding, Mark, Measured, Parameter, Picture, Section, Setting, Severity, Table, Unit,
};
use leadrank_learn::develop::Development;
use leadrank_learn::recipe::StopMetric;
use leadrank_learn::tuning::{Criterion, Effect, Grid, Search, Trial, Tuned, sensitivity};

use super::numbers::{area_over_folds, counted, difference, difference_words, over_folds};
use crate::words;

/// Trials of the last round that are shown.
const SHOWN: usize = 8;

fn criterion(tuned: &Tuned) -> &'static str {
    match tuned.options.criterion {
        Criterion::AucPr => "AUC-PR",
        Criterion::AucRoc => "AUC-ROC",
    }
}

/// What tuning found, in a line.
pub(super) fn in_short(made: &Development) -> String {
    let tuned = &made.tuned;
    if tuned.options.search == Search::Off {
        return format!("not tuned; {} trees, set by the folds", made.rounds);
    }
    let candidates = candidates(tuned);
    match (tuned.chosen.candidate, against_given(tuned)) {
        (0, _) => format!(
            "the given recipe stays, out of {}; {} trees",
            counted(candidates, "candidate"),
            made.rounds
        ),
        (number, Some(ahead)) => format!(
            "number {number} of {candidates}: depth {}, {} trees, {} in {} against the given recipe",
            tuned.chosen.point.max_depth,
            made.rounds,
            difference_words(&ahead),
            criterion(tuned)
        ),
        (number, None) => format!(
            "number {number} of {candidates}: depth {}, {} trees",
            tuned.chosen.point.max_depth, made.rounds
        ),
    }
}

/// What tuning found, in a sentence.
pub(super) fn in_words(made: &Development) -> String {
    let tuned = &made.tuned;
    let chosen = &tuned.chosen;
    if tuned.options.search == Search::Off {
        return format!(
            "Nothing was tuned; the folds only set the number of trees: {}.",
            made.rounds
        );
    }
    let candidates = candidates(tuned);
    if chosen.candidate == 0 {
        return format!(
            "Of {} the recipe that was given stays, with {} trees: {}.",
            counted(candidates, "candidate"),
            made.rounds,
            chosen.reason
        );
    }
    let ahead = against_given(tuned).map_or_else(
        || "; the given recipe was not judged on all folds".to_owned(),
        |ahead| {
            format!(
                ", {} in {} against the given recipe within folds",
                difference_words(&ahead),
                criterion(tuned)
            )
        },
    );
    format!(
        "Of {} number {} is taken: depth {}, {} trees{ahead}; {}.",
        counted(candidates, "candidate"),
        chosen.candidate,
        chosen.point.max_depth,
        made.rounds,
        chosen.reason
    )
}

fn candidates(tuned: &Tuned) -> usize {
    tuned.trials.iter().filter(|trial| trial.rung == 0).count()
}

/// Trials of the last rung that was reached.
fn finalists(tuned: &Tuned) -> Vec<&Trial> {
    let last = tuned.trials.iter().map(|trial| trial.rung).max();
    let trials = tuned.trials.iter();
    trials.filter(|trial| Some(trial.rung) == last).collect()
}

/// The chosen candidate less the given recipe, within the folds of the last rung.
fn against_given(tuned: &Tuned) -> Option<Measured> {
    let last = finalists(tuned);
    let of = |candidate: u32| last.iter().find(|trial| trial.candidate == candidate);
    Some(less(of(tuned.chosen.candidate)?, of(0)?, tuned))
}

/// One trial's criterion less another's, within folds.
fn less(one: &Trial, other: &Trial, tuned: &Tuned) -> Measured {
    let values = |trial: &Trial| trial.values(tuned.options.criterion);
    let pairs = values(one).into_iter().zip(values(other));
    let gaps: Vec<f64> = pairs.map(|(one, other)| one - other).collect();
    over_folds(&gaps)
}

pub(super) fn findings(made: &Development) -> Vec<Finding> {
    let tuned = &made.tuned;
    let headline = match (tuned.options.search, tuned.chosen.candidate) {
        (Search::Off, _) => "Parameters were not tuned",
        (_, 0) => "Tuning found nothing better than the given recipe",
        _ => "Tuning chose other parameters than were given",
    };
    let mut found =
        vec![Finding::new("training.tuning", Severity::Note, headline).because(in_words(made))];
    if tuned.cut_short {
        found.push(
            Finding::new(
                "training.cut_short",
                Severity::Warn,
                "Tuning ended when its time was over",
            )
            .because("What was chosen depends on the speed of the machine: another run may choose otherwise.")
            .remedy("Give it more time (`tuning.budget_minutes`) or fewer candidates; kept trials are not run again."),
        );
    }
    found
}

pub(super) fn section(made: &Development) -> Section {
    let tuned = &made.tuned;
    let mut section = Section::new("Tuning")
        .say(searched(tuned))
        .say(in_words(made));
    let effects = sensitivity(&tuned.trials, tuned.options.criterion);
    if !effects.is_empty() {
        section = section
            .say(
                "The small plots show each parameter's values: the dot is the mean of all trials \
                 with that value, the tick above it the best of them, each less the mean of its \
                 round; the filled dot is what was chosen. What lies flat does not matter.",
            )
            .draw(Picture::Settings {
                title: "What each parameter does".into(),
                of: format!("{}, less the mean of the round", criterion(tuned)),
                parameters: parameters(tuned, &effects),
            });
    }
    section = section.draw(curve(made)).table(points(made));
    if tuned.options.search != Search::Off {
        section = section.table(rounds(tuned)).table(best(tuned));
    }
    section
}

fn searched(tuned: &Tuned) -> String {
    let grid = match tuned.options.grid {
        Grid::Brief => "the brief's grid",
        Grid::Shallow => "a grid of shallow trees with heavy leaves and strong penalties",
        Grid::Both => {
            "the brief's grid and a grid of shallow trees with heavy leaves and strong penalties"
        }
    };
    let from = format!(
        "{grid} ({} points)",
        words::count(tuned.options.grid.len() as u64)
    );
    let trials = counted(tuned.trials.len(), "trial");
    match tuned.options.search {
        Search::Off => "The recipe is used as it was given.".into(),
        Search::Grid => format!("Every point of {from} was tried on all folds: {trials}."),
        Search::Random => format!(
            "{} were drawn from {from}, the given recipe among them, each tried on all folds.",
            counted(candidates(tuned), "candidate")
        ),
        Search::Halving => format!(
            "{} were drawn from {from}, the given recipe among them: all on few folds and with \
             few trees, the better third on more, until few are left on all folds: {trials}.",
            counted(candidates(tuned), "candidate")
        ),
    }
}

fn parameters(tuned: &Tuned, effects: &[Effect]) -> Vec<Parameter> {
    let named = tuned.chosen.point.named();
    named
        .iter()
        .map(|&(name, chosen)| Parameter {
            name: name.into(),
            settings: effects
                .iter()
                .filter(|effect| effect.parameter == name)
                .map(|effect| Setting {
                    value: effect.value,
                    mean: effect.mean,
                    best: effect.best,
                    n: effect.trials,
                })
                .collect(),
            chosen,
        })
        .filter(|parameter| !parameter.settings.is_empty())
        .collect()
}

fn curve(made: &Development) -> Picture {
    let of = match made.recipe.stop_metric {
        StopMetric::AucPr => "AUC-PR, mean over folds",
        StopMetric::LogLoss => "log loss, mean over folds",
    };
    Picture::Curve {
        title: "How many trees".into(),
        across: "number of trees".into(),
        of: of.into(),
        points: (1u32..)
            .zip(&made.curve)
            .map(|(round, &value)| (f64::from(round), value))
            .collect(),
        mark: Some(Mark {
            at: made.rounds.into(),
            text: format!("{} trees", made.rounds),
        }),
    }
}

/// What a parameter does, in words.
fn meaning(parameter: &str) -> &'static str {
    match parameter {
        "max_depth" => "deepest tree",
        "eta" => "each tree's share that is added",
        "min_child_weight" => "least weight of a leaf",
        "subsample" => "share of rows a tree sees",
        "colsample_bytree" => "share of columns a tree sees",
        "alpha" => "L1 penalty on leaves",
        "lambda" => "L2 penalty on leaves",
        "gamma" => "least gain that pays for a split",
        _ => "",
    }
}

fn points(made: &Development) -> Table {
    let tuned = &made.tuned;
    let given = tuned.trials.iter().find(|trial| trial.candidate == 0);
    let mut table = Table::new(
        "Chosen and given",
        &["parameter", "what it is", "#given", "#chosen"],
    );
    for (place, (name, value)) in tuned.chosen.point.named().into_iter().enumerate() {
        let given = given.map(|given| given.point.named()[place].1);
        table.row(vec![
            name.into(),
            meaning(name).into(),
            given.map_or(Cell::Nothing, |given| given.to_string().into()),
            value.to_string().into(),
        ]);
    }
    table.row(vec![
        "rounds".into(),
        "trees, set by the folds".into(),
        Cell::Nothing,
        Cell::Count(made.rounds.into()),
    ]);
    table
}

/// The mean criterion of a trial with its interval over folds.
fn value(trial: &Trial, tuned: &Tuned) -> Cell {
    Cell::measured(
        area_over_folds(&trial.values(tuned.options.criterion)),
        Unit::Score,
    )
}

fn best_of<'a>(trials: &[&'a Trial], tuned: &Tuned) -> Option<&'a Trial> {
    let score = |trial: &Trial| trial.score(tuned.options.criterion);
    let better = |best: &'a Trial, other: &'a Trial| {
        if score(other) > score(best) {
            other
        } else {
            best
        }
    };
    trials.iter().copied().reduce(better)
}

fn rounds(tuned: &Tuned) -> Table {
    let mut table = Table::new(
        "Rounds of the search",
        &[
            "#round",
            "#candidates",
            "#newest folds",
            "#most trees",
            "#best",
        ],
    )
    .note(format!(
        "Best: the highest mean {} with its interval over folds. Rounds differ in folds and \
         trees, so that only numbers of one round compare.",
        criterion(tuned)
    ));
    let last = tuned.trials.iter().map(|trial| trial.rung).max();
    for rung in 0..last.map_or(0, |last| last + 1) {
        let trials = tuned.trials.iter().filter(|trial| trial.rung == rung);
        let trials: Vec<&Trial> = trials.collect();
        let Some(best) = best_of(&trials, tuned) else {
            continue;
        };
        table.row(vec![
            Cell::Count(u64::from(rung) + 1),
            Cell::Count(trials.len() as u64),
            Cell::Count(best.folds.len() as u64),
            Cell::Count(best.most_rounds.into()),
            value(best, tuned),
        ]);
    }
    table
}

fn best(tuned: &Tuned) -> Table {
    let mut trials = finalists(tuned);
    let score = |trial: &Trial| trial.score(tuned.options.criterion);
    trials.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let best = trials.first().copied();
    let kept = trials.len();
    let mut shown: Vec<&Trial> = trials.iter().take(SHOWN).copied().collect();
    for number in [tuned.chosen.candidate, 0] {
        let of = trials.iter().find(|trial| trial.candidate == number);
        if let Some(trial) = of.filter(|_| shown.iter().all(|one| one.candidate != number)) {
            shown.push(trial);
        }
    }
    let mut table = Table::new(
        "The last round, best first",
        &[
            "candidate",
            "parameters",
            "#trees",
            "#mean over folds",
            "#less the best",
        ],
    )
    .note(format!(
        "{} of {kept}; `tuning_trials.csv` has every trial. Among many candidates the best mean \
         is partly luck, so the simplest that the folds can't tell from it is taken.",
        shown.len()
    ));
    for trial in shown {
        let mut name = trial.candidate.to_string();
        if trial.candidate == 0 {
            name.push_str(", given");
        }
        if trial.candidate == tuned.chosen.candidate {
            name.push_str(", chosen");
        }
        let named = trial.point.named();
        let parameters: Vec<String> = named
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let behind = best.filter(|best| best.candidate != trial.candidate);
        table.row(vec![
            name.into(),
            parameters.join(", ").into(),
            Cell::Count(trial.rounds.into()),
            value(trial, tuned),
            behind.map_or(Cell::Nothing, |best| difference(less(trial, best, tuned))),
        ]);
    }
    table
}
