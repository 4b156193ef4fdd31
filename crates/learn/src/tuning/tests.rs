use leadrank_stats::sample::mean;

use super::*;
use crate::made_up::{MadeUp, made_up};
use crate::xgboost::Library;

/// Keeps trials in memory and stops after so many.
#[derive(Default)]
struct Memory {
    kept: Vec<Trial>,
    stop_after: Option<usize>,
    ran: usize,
}

impl Keeper for Memory {
    fn known(&self) -> Vec<Trial> {
        self.kept.clone()
    }

    fn keep(&mut self, trial: &Trial) -> Result<()> {
        self.ran += 1;
        self.kept.push(trial.clone());
        Ok(())
    }

    fn go_on(&mut self, standing: Standing) -> bool {
        assert!(standing.done <= standing.total);
        self.stop_after.is_none_or(|most| self.ran < most)
    }
}

fn recipe() -> Recipe {
    Recipe {
        eta: 0.1,
        rounds: 80,
        min_rounds: 5,
        ..Recipe::leads()
    }
}

fn tuned(rows: &MadeUp, options: &TuningOptions, memory: &mut Memory) -> Tuned {
    tuned_from(rows, &recipe(), options, memory)
}

fn tuned_from(
    rows: &MadeUp,
    recipe: &Recipe,
    options: &TuningOptions,
    memory: &mut Memory,
) -> Tuned {
    let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
    let matrices = vec![&rows.matrix; rows.folds.folds.len()];
    let arena = Arena::new(library, matrices, &rows.input.labels, &rows.folds, 2).unwrap();
    tune(&arena, recipe, &Strategy::None, options, memory).unwrap()
}

fn halving(candidates: u32) -> TuningOptions {
    TuningOptions {
        candidates,
        grid: Grid::Shallow,
        ..TuningOptions::default()
    }
}

#[test]
fn a_run_that_was_cut_off_ends_like_one_that_was_not() {
    let rows = made_up(1_500, 700, 11);
    let whole = tuned(&rows, &halving(20), &mut Memory::default());
    assert_eq!(
        whole.trials.iter().filter(|trial| trial.rung == 0).count(),
        20
    );
    assert_eq!(
        whole.trials.iter().filter(|trial| trial.rung == 2).count(),
        8
    );
    let mut memory = Memory::default();
    let mut runs = 0;
    loop {
        memory.ran = 0;
        memory.stop_after = Some(7);
        let found = tuned(&rows, &halving(20), &mut memory);
        runs += 1;
        if !found.cut_short {
            assert_eq!(found, whole);
            break;
        }
        assert!(found.chosen.reason.contains("time ran out"));
        // What was kept in any order, or twice, or is of no use, does no harm.
        memory.kept.reverse();
        let again = memory.kept[0].clone();
        memory.kept.push(again);
        let mut foreign = memory.kept[0].clone();
        foreign.point.max_depth = 99;
        memory.kept.push(foreign);
    }
    assert!(runs > 2, "{runs}");
}

#[test]
fn the_given_recipe_reaches_the_end() {
    let rows = made_up(1_500, 700, 12);
    let found = tuned(&rows, &halving(20), &mut Memory::default());
    let last = found.trials.iter().filter(|trial| trial.rung == 2);
    assert!(last.clone().any(|trial| trial.candidate == 0));
    assert!(last.clone().all(|trial| trial.folds.len() == 5));
    assert!(found.chosen.ahead_of_given.is_some());
    assert!(found.chosen.behind_best >= 0.0);
}

/// Halving finds what trying everything finds, within the noise of the folds.
#[test]
fn halving_finds_what_the_whole_grid_finds() {
    let rows = made_up(2_500, 700, 13);
    let everything = TuningOptions {
        search: Search::Random,
        ..halving(24)
    };
    let patient = Recipe {
        rounds: 400,
        patience: 60,
        ..recipe()
    };
    let try_all =
        |options: &TuningOptions| tuned_from(&rows, &patient, options, &mut Memory::default());
    let exhaustive = try_all(&everything);
    assert_eq!(exhaustive.trials.len(), 24);
    let halved = try_all(&halving(24));
    // Both judge the winners on all folds: hold the halved run's against the other's best,
    // fold by fold, with the 95 % t-interval of four degrees of freedom.
    let best = exhaustive
        .trials
        .iter()
        .find(|trial| trial.candidate == exhaustive.chosen.best);
    let best = best.unwrap().values(Criterion::AucPr);
    let own = halved
        .trials
        .iter()
        .rfind(|trial| trial.candidate == halved.chosen.best)
        .unwrap();
    let own = own.values(Criterion::AucPr);
    let gaps: Vec<f64> = best.iter().zip(&own).map(|(a, b)| a - b).collect();
    let middle = mean(gaps.iter().copied());
    let spread = gaps.iter().map(|gap| (gap - middle).powi(2)).sum::<f64>() / 4.0;
    let half = 2.776 * (spread / 5.0).sqrt();
    assert!(middle - half <= 0.0, "{middle} {half}");
    // And it saved work: rounds times folds.
    let work = |tuned: &Tuned| -> u64 {
        let trials = tuned.trials.iter();
        trials
            .map(|trial| u64::from(trial.rounds) * trial.folds.len() as u64)
            .sum()
    };
    assert!(2 * work(&halved) < work(&exhaustive) * 3 / 2);
}

#[test]
fn what_is_given_stays_unless_another_is_better_beyond_chance() {
    let trial = |candidate: u32, max_depth: u32, values: [f64; 4]| Trial {
        candidate,
        point: Point {
            max_depth,
            ..Point::of(&recipe())
        },
        rung: 0,
        most_rounds: 10,
        rounds: 10,
        folds: values
            .map(|auc_pr| FoldScore {
                n: 100,
                positives: 10,
                auc_roc: 0.5,
                auc_pr,
                precision_at_10: 0.1,
                log_loss: 0.3,
                train_auc_pr: 0.2,
            })
            .to_vec(),
    };
    let trials = [
        trial(0, 2, [0.20, 0.20, 0.20, 0.20]),
        trial(1, 6, [0.30, 0.32, 0.34, 0.36]),
        // Behind by 0.005 on average, by more in some folds and less in others.
        trial(2, 4, [0.31, 0.30, 0.35, 0.34]),
        // Behind by 0.01 in every fold.
        trial(3, 3, [0.29, 0.31, 0.33, 0.35]),
    ];
    let found = choose(&trials, Criterion::AucPr, false).unwrap();
    assert_eq!((found.candidate, found.best), (2, 1));
    assert!((found.behind_best - 0.005).abs() < 1e-12);
    assert!((found.ahead_of_given.unwrap() - 0.125).abs() < 1e-12);
    assert!(found.reason.contains("of the 2 that"), "{}", found.reason);
    // What was given stays where the folds can't tell it from the best.
    let mut close = trials.clone();
    close[0] = trial(0, 8, [0.33, 0.29, 0.36, 0.33]);
    let found = choose(&close, Criterion::AucPr, false).unwrap();
    assert_eq!((found.candidate, found.best), (0, 1));
    assert!(
        found.reason.contains("can't tell the parameters given"),
        "{}",
        found.reason
    );
    let alone = choose(&trials[..1], Criterion::AucPr, false).unwrap();
    assert!(alone.reason.contains("only candidate"), "{}", alone.reason);
    assert!(choose(&[], Criterion::AucPr, true).is_err());
}

#[test]
fn the_effect_of_a_parameter_is_held_against_its_rung() {
    let rows = made_up(1_500, 700, 14);
    let found = tuned(&rows, &halving(20), &mut Memory::default());
    let effects = sensitivity(&found.trials, Criterion::AucPr);
    let of_depth: Vec<&Effect> = effects
        .iter()
        .filter(|e| e.parameter == "max_depth")
        .collect();
    assert!(
        of_depth
            .windows(2)
            .all(|pair| pair[0].value < pair[1].value)
    );
    assert_eq!(
        of_depth.iter().map(|e| e.trials).sum::<u64>(),
        found.trials.len() as u64
    );
    let sum: f64 = of_depth.iter().map(|e| e.mean * e.trials as f64).sum();
    assert!(sum.abs() < 1e-9, "{sum}");
}

#[test]
fn options_out_of_range_are_refused() {
    let wrong = TuningOptions {
        candidates: 0,
        ..TuningOptions::default()
    };
    assert!(
        wrong
            .check()
            .unwrap_err()
            .to_string()
            .contains("`candidates` is 0")
    );
    let wrong = TuningOptions {
        budget_minutes: f64::NAN,
        ..TuningOptions::default()
    };
    assert!(wrong.check().is_err());
}
