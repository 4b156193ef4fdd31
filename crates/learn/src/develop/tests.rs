use super::*;
use crate::made_up::{MadeUp, made_up};
use crate::selection::Size;
use crate::split::Rows as _;
use crate::tuning::{Search, Standing, Trial};

struct Nothing;

impl Keeper for Nothing {
    fn known(&self) -> Vec<Trial> {
        Vec::new()
    }

    fn keep(&mut self, _: &Trial) -> Result<()> {
        Ok(())
    }

    fn go_on(&mut self, _: Standing) -> bool {
        true
    }
}

fn settings() -> Settings {
    Settings {
        recipe: Recipe {
            eta: 0.1,
            rounds: 40,
            min_rounds: 5,
            ..Recipe::leads()
        },
        selection: SelectionOptions {
            top: 5,
            small: 2,
            ..SelectionOptions::default()
        },
        imbalance: ImbalanceOptions {
            contest: false,
            ..ImbalanceOptions::default()
        },
        tuning: TuningOptions {
            search: Search::Random,
            candidates: 4,
            ..TuningOptions::default()
        },
    }
}

fn developed(rows: &MadeUp, settings: &Settings, threads: usize) -> Development {
    let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
    let whole = Encoded {
        matrix: &rows.matrix,
        sources: None,
    };
    let material = Material {
        whole,
        by_fold: vec![whole; rows.folds.folds.len()],
        labels: &rows.input.labels,
        split: &rows.split,
        folds: &rows.folds,
    };
    develop(
        library,
        &material,
        settings,
        threads,
        &mut Nothing,
        &mut |_| {},
    )
    .unwrap()
}

#[test]
fn every_step_leaves_its_record_and_threads_change_nothing() {
    let rows = made_up(2_500, 700, 31);
    let found = developed(&rows, &settings(), 1);
    assert_eq!(found, developed(&rows, &settings(), 2));
    assert_eq!(found.stability.sets, 5);
    let sets: Vec<SetName> = found.sets.iter().map(|set| set.set).collect();
    assert_eq!(sets, [SetName::All, SetName::Large, SetName::Small]);
    assert_eq!(found.sets[0].features, [9; 5]);
    assert_eq!(found.sets[1].ahead_of_large, 0.0);
    let interval = found.sets[2].interval.unwrap();
    assert!(
        interval.lo <= found.sets[2].ahead_of_large && found.sets[2].ahead_of_large <= interval.hi
    );
    assert_eq!(found.tuned.trials.len(), 4);
    assert_eq!(found.scores.len(), 5);
    assert_eq!(
        found.curve.len() as u32,
        found.rounds + found.recipe.patience.min(40 - found.rounds)
    );
    assert!(found.contest.is_none());
    let text = serde_json::to_string(&found).unwrap();
    serde_json::from_str::<Development>(&text).unwrap();
}

#[test]
fn less_is_taken_only_where_it_is_better_beyond_chance() {
    let rows = made_up(2_500, 700, 33);
    let with = |size| {
        let mut settings = settings();
        settings.selection.size = size;
        developed(&rows, &settings, 2)
    };
    // What is left out says something: all of it ranks better.
    let auto = with(Size::Auto);
    assert_eq!((auto.set, auto.features.len()), (SetName::All, 9));
    let small = with(Size::Small);
    assert_eq!((small.set, small.features.len()), (SetName::Small, 2));
    assert_eq!(with(Size::All).features.len(), 9);
}

#[test]
fn the_folds_decide_on_the_set() {
    let rows = made_up(2_500, 700, 34);
    let mut sets = developed(&rows, &settings(), 2).sets;
    for (lo, hi, expected) in [
        (-0.2, -0.1, SetName::Large),
        (-0.2, 0.1, SetName::All),
        (0.1, 0.2, SetName::All),
    ] {
        sets[0].interval = Some(leadrank_stats::Interval { lo, hi });
        assert_eq!(super::sets::decide(Size::Auto, &sets), expected);
    }
}

#[test]
fn nothing_that_is_decided_depends_on_the_test() {
    let rows = made_up(2_500, 700, 32);
    let mut other = made_up(2_500, 700, 32);
    for &row in rows.split.test.indices() {
        other.input.labels[row] = other.input.labels[row].map(|label| !label);
    }
    let settings = Settings {
        imbalance: ImbalanceOptions::default(),
        ..settings()
    };
    assert_eq!(
        developed(&rows, &settings, 2),
        developed(&other, &settings, 2)
    );
}

#[test]
fn an_interval_over_folds_is_students() {
    // Mean 3, standard deviation 1.5811, standard error 0.7071, t of four degrees 2.7764.
    let (middle, interval) = crate::cross_validate::over_folds(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    let interval = interval.unwrap();
    assert_eq!(middle, 3.0);
    assert!((interval.hi - (3.0 + 2.776_445_1 * 0.5_f64.sqrt())).abs() < 1e-6);
    assert_eq!(crate::cross_validate::over_folds(&[1.0]), (1.0, None));
}
