use super::*;
use crate::made_up::{MadeUp, made_up};
use crate::split::Rows as _;
use crate::xgboost::Library;

fn recipe() -> Recipe {
    Recipe {
        max_depth: 3,
        eta: 0.1,
        rounds: 60,
        min_rounds: 5,
        ..Recipe::leads()
    }
}

fn arena(rows: &MadeUp, threads: usize) -> Arena<'_> {
    let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
    let matrices = vec![&rows.matrix; rows.folds.folds.len()];
    Arena::new(library, matrices, &rows.input.labels, &rows.folds, threads).unwrap()
}

fn job(strategy: Strategy) -> Job {
    Job {
        recipe: recipe(),
        strategy,
        newest_folds: 5,
    }
}

#[test]
fn strategies_differ_and_threads_do_not() {
    let rows = made_up(2_000, 700, 1);
    let smote = Strategy::Smote {
        ratio: 1.0,
        neighbours: 5,
    };
    let jobs = [
        job(Strategy::None),
        job(Strategy::Weight { times: 4.0 }),
        job(smote),
    ];
    let run = |threads| -> Vec<Outcome> {
        let outcomes = arena(&rows, threads).run(&jobs, &mut |_, _| true).unwrap();
        outcomes.into_iter().flatten().collect()
    };
    let found = run(1);
    assert_eq!(found, run(3));
    assert!(found[0].smote.is_empty());
    assert_eq!(found[2].smote.len(), 5);
    assert_ne!(found[0].margins, found[1].margins);
    assert_ne!(found[0].margins, found[2].margins);
    for outcome in &found {
        assert_eq!(outcome.folds.len(), 5);
        assert!(outcome.rounds <= 60 && outcome.curve.len() as u32 >= outcome.rounds);
        for (fold, margins) in outcome.folds.iter().zip(&outcome.margins) {
            assert!(fold.auc_roc > 0.65, "{fold:?}");
            assert_eq!(fold.n as usize, margins.len());
        }
        // The rounds kept are those of the best mean.
        let best = outcome.curve[outcome.rounds as usize - 1];
        assert!(outcome.curve.iter().skip(4).all(|&value| value <= best));
    }
}

#[test]
fn no_label_of_a_block_or_of_the_test_reaches_its_fit() {
    // What a fold learns must not change when labels of its own block, of newer ones and of
    // the test do.
    let rows = made_up(2_000, 700, 2);
    let mut other = made_up(2_000, 700, 2);
    let last = rows.folds.folds.last().unwrap();
    for &row in last.judge.indices().iter().chain(rows.split.test.indices()) {
        other.input.labels[row] = other.input.labels[row].map(|label| !label);
    }
    let fixed = Job {
        recipe: Recipe {
            rounds: 20,
            min_rounds: 20,
            ..recipe()
        },
        ..job(Strategy::None)
    };
    let one = arena(&rows, 1).run_one(fixed.clone()).unwrap();
    let two = arena(&other, 1).run_one(fixed).unwrap();
    assert_eq!(one.margins, two.margins);
    assert_ne!(one.folds[4], two.folds[4]);
}

#[test]
fn a_run_ends_when_told_to() {
    let rows = made_up(2_000, 700, 3);
    let jobs = vec![job(Strategy::None); 4];
    let found = arena(&rows, 1)
        .run(&jobs, &mut |place, _| place < 1)
        .unwrap();
    assert!(found[0].is_some() && found[1].is_some() && found[3].is_none());
}

#[test]
fn newer_folds_alone_are_those_of_all() {
    let rows = made_up(2_000, 700, 4);
    let fixed = Recipe {
        rounds: 10,
        min_rounds: 10,
        ..recipe()
    };
    let some = |newest_folds| Job {
        recipe: fixed.clone(),
        strategy: Strategy::None,
        newest_folds,
    };
    let all = arena(&rows, 1).run_one(some(5)).unwrap();
    let two = arena(&rows, 1).run_one(some(2)).unwrap();
    assert_eq!(all.margins[3..], two.margins);
    assert!(arena(&rows, 1).run_one(some(6)).is_err());
}

#[test]
fn a_strategy_without_effect_changes_nothing() {
    let rows = made_up(2_000, 700, 5);
    let idle = Strategy::Smote {
        ratio: 0.01,
        neighbours: 5,
    };
    let one = arena(&rows, 1).run_one(job(Strategy::None)).unwrap();
    let two = arena(&rows, 1).run_one(job(idle)).unwrap();
    assert!(two.smote.iter().all(|made| made.synthetic == 0));
    assert_eq!(one.margins, two.margins);
}
