//! Promise 2 over random calendars: what is decided in a fold does not depend on any outcome
//! that was not known when the fold's block began.
//!
//! Every label that was not known then is turned round. The fold must select the same
//! features and grow the same trees, whatever is done about rare positives and whatever
//! parameters are tried; and what the folds before it decide together (the set of features,
//! the treatment, the tuned parameters) must be the same as well.

use leadrank_learn::cross_validate::{Arena, Job, Outcome};
use leadrank_learn::develop::{
    Development, Encoded, ImbalanceOptions, Material, Settings, develop,
};
use leadrank_learn::imbalance::Strategy as Treatment;
use leadrank_learn::selection::{Candidates, Selection, SelectionOptions, select};
use leadrank_learn::split::{
    FoldConfig, Folds, FoldsAudit, Rows as _, Split, SplitConfig, SplitInput, Times, Window, split,
};
use leadrank_learn::tuning::{Grid, Keeper, Search, Standing, Trial, TuningOptions};
use leadrank_learn::xgboost::Library;
use leadrank_learn::{LearnError, Matrix, Recipe};
use proptest::prelude::*;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A calendar and how to cut it.
#[derive(Debug, Clone)]
struct Case {
    seed: u64,
    rows: usize,
    days: i32,
    advisers: u32,
    /// Share of rows that repeat another row, day, features, outcome and all.
    repeated: f64,
    horizon: u32,
    gap: u32,
    rolling: Option<u32>,
    /// Which of the folds is looked at.
    place: usize,
}

fn cases() -> impl Strategy<Value = Case> {
    let calendar = (any::<u64>(), 450..700_usize, 300..700_i32, 60..600_u32);
    let cutting = (
        0.0..0.2_f64,
        0..45_u32,
        0..45_u32,
        prop::option::of(100..300_u32),
        any::<prop::sample::Index>(),
    );
    (calendar, cutting).prop_map(
        |((seed, rows, days, advisers), (repeated, horizon, gap, rolling, place))| Case {
            seed,
            rows,
            days,
            advisers,
            repeated,
            horizon,
            gap,
            rolling,
            place: place.index(1_000),
        },
    )
}

struct Table {
    matrix: Matrix,
    days: Vec<i32>,
    input: SplitInput,
    split: Split,
    folds: Folds,
}

impl Table {
    /// A table of about a quarter positives; none where it gives too few folds.
    fn of(case: &Case) -> Option<Self> {
        let mut random = ChaCha8Rng::seed_from_u64(case.seed);
        let names = ["strong", "weak", "echo", "sparse", "noise"].map(String::from);
        let mut data: Vec<f32> = Vec::new();
        let (mut days, mut labels, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..case.rows {
            if row > 0 && random.random_bool(case.repeated) {
                let other = random.random_range(0..row);
                data.extend_from_within(other * names.len()..(other + 1) * names.len());
                days.push(days[other]);
                labels.push(labels[other]);
                groups.push(Option::clone(&groups[other]));
                continue;
            }
            let [strong, weak, noise] = [0; 3].map(|_| random.random::<f32>());
            let echo = strong + 0.1 * random.random::<f32>();
            let sparse = if random.random_bool(0.2) {
                weak
            } else {
                f32::NAN
            };
            data.extend([strong, weak, echo, sparse, noise]);
            let chance = 0.05 + 0.35 * f64::from(strong) + 0.1 * f64::from(weak);
            labels.push(Some(random.random_bool(chance)));
            days.push(random.random_range(0..case.days));
            let adviser = random.random_range(0..case.advisers);
            groups.push((adviser % 9 > 0).then(|| adviser.to_string()));
        }
        let input = SplitInput {
            times: Times::Days(days.iter().copied().map(Some).collect()),
            groups: Some(groups),
            labels,
            assignment: None,
        };
        let config = SplitConfig {
            label_horizon_days: case.horizon,
            ..SplitConfig::default()
        };
        let split = enough(split(&input, &config))?;
        let config = FoldConfig {
            gap_days: case.gap,
            minimum_span_days: 60,
            window: match case.rolling {
                Some(_) => Window::Rolling,
                None => Window::Expanding,
            },
            rolling_days: case.rolling.unwrap_or(1),
            minimum_of_class: 8,
            ..FoldConfig::default()
        };
        let folds = enough(Folds::cut(&split, &input, &config))?;
        (folds.folds.len() > 2).then_some(Self {
            matrix: Matrix::new(names.to_vec(), data).unwrap(),
            days,
            input,
            split,
            folds,
        })
    }

    /// First day of a fold's block.
    fn cut(&self, fold: usize) -> i32 {
        let block = self.folds.folds[fold].judge.indices().iter();
        block.map(|&row| self.days[row]).min().unwrap()
    }

    /// The labels, those of the rows that `is_later` picks by their day turned round.
    fn turned(&self, is_later: impl Fn(i32) -> bool) -> Vec<Option<bool>> {
        let rows = self.input.labels.iter().zip(&self.days);
        rows.map(|(label, &day)| label.map(|label| label != is_later(day)))
            .collect()
    }

    /// The oldest folds alone.
    fn oldest(&self, count: usize) -> Folds {
        Folds {
            folds: self.folds.folds[..count].to_vec(),
            audit: FoldsAudit {
                folds: self.folds.audit.folds[..count].to_vec(),
                ..self.folds.audit.clone()
            },
        }
    }

    fn selected(&self, fold: usize, labels: &[Option<bool>]) -> Selection {
        let candidates = Candidates {
            matrix: &self.matrix,
            labels,
            sources: None,
        };
        let past = &self.folds.folds[fold].past;
        let settings = settings();
        let (recipe, options) = (&settings.recipe, &settings.selection);
        select(library(), &candidates, past, recipe, options, 2).unwrap()
    }

    /// What trees of each treatment and of some candidates say of a fold's block. Rounds are
    /// fixed: when to stop growing is what the block itself decides.
    fn grown(&self, fold: usize, labels: &[Option<bool>]) -> Vec<Outcome> {
        let recipe = Recipe {
            min_rounds: 12,
            rounds: 12,
            ..settings().recipe
        };
        let folds = self.oldest(fold + 1);
        let matrices = vec![&self.matrix; folds.folds.len()];
        let arena = Arena::new(library(), matrices, labels, &folds, 2).unwrap();
        let job = |recipe: Recipe, strategy| Job {
            recipe,
            strategy,
            newest_folds: 1,
        };
        let treatments = Treatment::all();
        let mut jobs: Vec<Job> = treatments
            .iter()
            .map(|&treatment| job(recipe.clone(), treatment))
            .collect();
        for number in [0, 500, 1_500] {
            let point = Grid::Both.point(number);
            jobs.push(job(point.applied_to(&recipe), Treatment::None));
        }
        let outcomes = arena.run(&jobs, &mut |_, _| true).unwrap();
        outcomes.into_iter().flatten().collect()
    }

    /// What the oldest folds decide together.
    fn developed(&self, count: usize, labels: &[Option<bool>]) -> Development {
        let whole = Encoded {
            matrix: &self.matrix,
            sources: None,
        };
        let folds = self.oldest(count);
        let material = Material {
            whole,
            by_fold: vec![whole; count],
            labels,
            split: &self.split,
            folds: &folds,
        };
        let settings = settings();
        develop(
            library(),
            &material,
            &settings,
            2,
            &mut Nothing,
            &mut |_| {},
        )
        .unwrap()
    }
}

/// Too few rows are no fault here; a broken promise is.
fn enough<T>(made: leadrank_learn::Result<T>) -> Option<T> {
    match made {
        Err(LearnError::Split { .. }) => None,
        made => Some(made.unwrap()),
    }
}

fn library() -> Library {
    Library::open(None).expect("run `make setup` first: it brings libxgboost")
}

fn settings() -> Settings {
    Settings {
        recipe: Recipe {
            eta: 0.2,
            rounds: 20,
            min_rounds: 3,
            min_child_weight: 1.0,
            ..Recipe::table()
        },
        selection: SelectionOptions {
            top: 3,
            small: 1,
            ..SelectionOptions::default()
        },
        imbalance: ImbalanceOptions::default(),
        tuning: TuningOptions {
            search: Search::Halving,
            candidates: 10,
            ..TuningOptions::default()
        },
    }
}

struct Nothing;

impl Keeper for Nothing {
    fn known(&self) -> Vec<Trial> {
        Vec::new()
    }

    fn keep(&mut self, _: &Trial) -> leadrank_learn::Result<()> {
        Ok(())
    }

    fn go_on(&mut self, _: Standing) -> bool {
        true
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn nothing_a_fold_decides_depends_on_what_was_not_known_when_its_block_began(
        case in cases()
    ) {
        let Some(table) = Table::of(&case) else {
            return Err(TestCaseError::reject("too few rows for three folds"));
        };
        let fold = case.place % table.folds.folds.len();
        let cut = i64::from(table.cut(fold));
        let gap = i64::from(table.folds.audit.gap_days);
        prop_assert!(gap >= i64::from(case.horizon.max(case.gap)));
        let turned = table.turned(|day| i64::from(day) + gap >= cut);
        let labels = &table.input.labels;
        prop_assert_eq!(table.selected(fold, labels), table.selected(fold, &turned));
        let (one, other) = (table.grown(fold, labels), table.grown(fold, &turned));
        prop_assert_eq!(one.len(), 13);
        for (one, other) in one.iter().zip(&other) {
            prop_assert_eq!(&one.margins, &other.margins);
            prop_assert_eq!(&one.smote, &other.smote);
        }
    }

    #[test]
    fn what_the_older_folds_decide_together_depends_on_no_outcome_after_them(
        case in cases()
    ) {
        let Some(table) = Table::of(&case) else {
            return Err(TestCaseError::reject("too few rows for three folds"));
        };
        let count = 2 + case.place % (table.folds.folds.len() - 2);
        let cut = table.cut(count);
        let turned = table.turned(|day| day >= cut);
        let one = table.developed(count, &table.input.labels);
        let mut other = table.developed(count, &turned);
        // The final model's own features come from all rows before calibration.
        other.selection.clone_from(&one.selection);
        other.features.clone_from(&one.features);
        prop_assert_eq!(one, other);
    }
}
