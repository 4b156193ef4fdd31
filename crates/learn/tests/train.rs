//! From rows to a measured, explained model, with the official library.

use leadrank_learn::encode::{Column, Encoder, EncoderOptions};
use leadrank_learn::evaluate::evaluate;
use leadrank_learn::explain::{
    Contributions, ExplainOptions, agreement, cohorts, dependence, explain, stability,
    strongest_pairs,
};
use leadrank_learn::fit::{Fitted, Plan, Round, Sample, fit_model};
use leadrank_learn::imbalance::{Columns, Strategy};
use leadrank_learn::recipe::StopMetric;
use leadrank_learn::segments::Segments;
use leadrank_learn::split::{FoldConfig, Folds, Part, Rows, SplitConfig, SplitInput, Times, split};
use leadrank_learn::xgboost::{Booster, Data, Library};
use leadrank_learn::{Matrix, Recipe, Result, Split};
use leadrank_stats::calibrators::{Curve, Cuts};
use leadrank_stats::evaluation::EvaluationOptions;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROWS: usize = 4_000;

/// Rows over 400 days whose outcome leans on `signal` and on `place`.
struct Table {
    columns: Vec<(String, Column)>,
    matrix: Matrix,
    labels: Vec<Option<bool>>,
    split: Split,
    encoder: Encoder,
}

fn table(seed: u64) -> Table {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut numbers = vec![Vec::new(); 4];
    let (mut places, mut labels, mut days) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..ROWS {
        let mut draw: Vec<f64> = (0..4).map(|_| random.random()).collect();
        let place = ["north", "south", "east", "west"][random.random_range(0..4)];
        let margin = -3.0 + 3.0 * draw[0] + if place == "north" { 1.5 } else { 0.0 };
        labels.push(Some(random.random::<f64>() < 1.0 / (1.0 + (-margin).exp())));
        if row % 9 == 0 {
            draw[1] = f64::NAN;
        }
        for (column, value) in numbers.iter_mut().zip(draw) {
            column.push(value);
        }
        places.push(Some(place.to_owned()));
        days.push(Some(i32::try_from(row / 10).unwrap()));
    }
    let mut columns = vec![("place".to_owned(), Column::Text(places))];
    for (name, values) in ["signal", "noise_a", "noise_b", "noise_c"]
        .iter()
        .zip(numbers)
    {
        columns.push(((*name).to_owned(), Column::Number(values)));
    }
    let input = SplitInput {
        times: Times::Days(days),
        groups: None,
        labels: labels.clone(),
        assignment: None,
    };
    let split = split(&input, &SplitConfig::default()).unwrap();
    let encoder = Encoder::fit(
        &columns,
        &input.times,
        &split.refit,
        &EncoderOptions::default(),
    )
    .unwrap();
    let matrix = encoder.transform(&columns).unwrap();
    Table {
        columns,
        matrix,
        labels,
        split,
        encoder,
    }
}

fn quick() -> Recipe {
    Recipe {
        eta: 0.2,
        rounds: 60,
        min_rounds: 5,
        min_child_weight: 5.0,
        ..Recipe::leads()
    }
}

fn library() -> Library {
    Library::open(None).expect("run `make setup` first: it brings libxgboost")
}

fn fit(table: &Table, plan: &Plan, threads: usize, told: &mut dyn FnMut(Round)) -> Result<Fitted> {
    let sample = Sample {
        matrix: &table.matrix,
        labels: &table.labels,
        split: &table.split,
        segments: &Segments::none(),
        folds: None,
    };
    fit_model(library(), &sample, plan, threads, told)
}

fn train(table: &Table, recipe: &Recipe, threads: usize) -> Result<Fitted> {
    fit(table, &Plan::of(recipe), threads, &mut |_| {})
}

fn options() -> EvaluationOptions {
    EvaluationOptions {
        replicates: 50,
        confidence: 0.95,
        seed: 1,
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    let table = table(1);
    for recipe in [
        quick(),
        Recipe {
            refit: false,
            ..quick()
        },
    ] {
        let one = train(&table, &recipe, 1).unwrap();
        let two = train(&table, &recipe, 2).unwrap();
        assert_eq!(one.model_json, two.model_json);
        assert_eq!(one.model_ubj, two.model_ubj);
        assert_eq!(one.history, two.history);
        assert_eq!(one.calibration, two.calibration);
    }
}

/// Trees grown on filled cells must send a missing one where its filling would have gone.
#[test]
fn trees_grown_with_made_up_rows_need_no_filling_to_score() {
    let table = table(4);
    let plan = Plan {
        strategy: Strategy::Smote {
            ratio: 1.0,
            neighbours: 5,
        },
        rounds: Some(40),
        ..Plan::of(&quick())
    };
    let fit = |threads| fit(&table, &plan, threads, &mut |_| {}).unwrap();
    let fitted = fit(1);
    assert_eq!(fitted.model_json, fit(2).model_json);
    assert_eq!(fitted.best_rounds, 40);
    // The same filling, fitted again on the rows that the trees were grown on.
    let width = table.matrix.n_columns();
    let grown_on = table.matrix.gather(table.split.development.indices());
    let columns = Columns::fit(&grown_on, width).unwrap();
    let mut filled = table.matrix.data().to_vec();
    columns.impute(&mut filled).unwrap();
    assert_ne!(
        filled.iter().filter(|value| value.is_nan()).count(),
        table
            .matrix
            .data()
            .iter()
            .filter(|value| value.is_nan())
            .count()
    );
    assert_eq!(
        fitted.model.margins(&filled),
        fitted.model.margins(table.matrix.data())
    );
    // The binary form says the same.
    let binary = leadrank_trees::Model::from_bytes(&fitted.model_ubj).unwrap();
    assert_eq!(binary.margins(&filled), fitted.model.margins(&filled));
}

#[test]
fn our_reader_scores_as_the_library_does() {
    let table = table(1);
    let fitted = train(&table, &Recipe::table(), 2).unwrap();
    for bytes in [&fitted.model_json, &fitted.model_ubj] {
        let booster = Booster::from_bytes(library(), bytes).unwrap();
        let names = table.matrix.names();
        let data = Data::new(library(), names, table.matrix.data(), 2).unwrap();
        let theirs = booster.margins(&data).unwrap();
        let ours = fitted.model.margins(table.matrix.data());
        assert_eq!(ours.len(), ROWS);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!(
                (ours - theirs).abs() <= 1e-6 * theirs.abs().max(1.0),
                "{ours} {theirs}"
            );
        }
    }
}

#[test]
fn what_lies_after_the_cut_changes_nothing_before_it() {
    let plain = table(1);
    let expected = train(&plain, &quick(), 2).unwrap();

    // other outcomes and other values in the test part: the same model
    let mut other = table(1);
    let names = other.matrix.names().to_vec();
    let mut data = other.matrix.data().to_vec();
    for &row in plain.split.test.indices() {
        other.labels[row] = other.labels[row].map(|label| !label);
        data[row * names.len()..(row + 1) * names.len()].fill(-5.0);
    }
    other.matrix = Matrix::new(names, data).unwrap();
    let seen = train(&other, &quick(), 2).unwrap();
    assert_eq!(seen.model_json, expected.model_json);
    assert_eq!(seen.calibration, expected.calibration);

    // other outcomes in the calibration part: the same trees before it, other
    // probabilities
    let mut other = table(1);
    for &row in plain.split.calibration.indices() {
        other.labels[row] = other.labels[row].map(|label| !label);
    }
    let seen = train(&other, &quick(), 2).unwrap();
    assert_eq!(seen.calibration_margins, expected.calibration_margins);
    assert_eq!(seen.history, expected.history);
    assert!(matches!(seen.calibration.pooled, Curve::Level { .. }));
    assert!(matches!(expected.calibration.pooled, Curve::Platt(_)));

    // other outcomes where the label was not yet known: the same model
    let mut other = table(1);
    let used: Vec<usize> = [
        plain.split.development.indices(),
        plain.split.test.indices(),
    ]
    .concat();
    let mut purged = 0;
    for row in (0..ROWS).filter(|row| !used.contains(row)) {
        other.labels[row] = other.labels[row].map(|label| !label);
        purged += 1;
    }
    assert_eq!(purged, 300);
    assert_eq!(
        train(&other, &quick(), 2).unwrap().model_json,
        expected.model_json
    );
}

/// A model of the panel is the one that would have been trained then: nothing newer changes it.
#[test]
fn no_model_of_the_panel_knows_its_block_or_what_came_after() {
    let table = table(1);
    let input = SplitInput {
        times: Times::Days((0..ROWS as i32).map(|row| Some(row / 10)).collect()),
        groups: None,
        labels: table.labels.clone(),
        assignment: None,
    };
    let config = FoldConfig {
        folds: 3,
        ..FoldConfig::default()
    };
    let folds = Folds::cut(&table.split, &input, &config).unwrap();
    let plan = Plan {
        rounds: Some(20),
        ..Plan::of(&quick())
    };
    let grow = |labels: &[Option<bool>], threads| {
        let sample = Sample {
            matrix: &table.matrix,
            labels,
            split: &table.split,
            segments: &Segments::none(),
            folds: Some(&folds),
        };
        let fitted = fit_model(library(), &sample, &plan, threads, &mut |_| {}).unwrap();
        let panel = fitted.panel.iter();
        panel.map(|model| model.to_json()).collect::<Vec<_>>()
    };
    let panel = grow(&table.labels, 1);
    assert_eq!(panel.len(), 3);
    assert_eq!(panel, grow(&table.labels, 2));
    for (number, fold) in folds.folds.iter().enumerate() {
        let newest = fold.past.indices().iter().max().unwrap();
        let mut labels = table.labels.clone();
        for label in &mut labels[newest + 1..] {
            *label = label.map(|label| !label);
        }
        assert_eq!(panel[number], grow(&labels, 2)[number]);
    }
    assert_ne!(panel[0], panel[2]);
}

#[test]
fn segments_have_their_own_probabilities_and_the_same_ranks() {
    let table = table(3);
    let signal = table.matrix.column("signal").unwrap();
    let cuts = Cuts::new(vec![0.5]).unwrap();
    let values = signal.iter().map(|&value| f64::from(value));
    let segments = Segments::by_value(values, &cuts);
    let sample = Sample {
        matrix: &table.matrix,
        labels: &table.labels,
        split: &table.split,
        segments: &segments,
        folds: None,
    };
    let fitted = fit_model(library(), &sample, &Plan::of(&quick()), 1, &mut |_| {}).unwrap();
    let rows = fitted.calibration.segments.iter().map(|segment| segment.n);
    assert_eq!(
        rows.sum::<u64>(),
        table.split.calibration.indices().len() as u64
    );
    let of = |segment| fitted.calibration.probability(Some(segment), 0.0);
    assert_ne!(of(0), of(1));
    let row = (0..ROWS).find(|&row| segments.of(row) == Some(1)).unwrap();
    assert_eq!(fitted.probability(row, 0.0), of(1));
    let plain = train(&table, &quick(), 1).unwrap();
    assert_eq!(plain.model_json, fitted.model_json);
}

#[test]
fn the_best_round_is_the_best_of_the_history() {
    let table = table(2);
    let recipe = Recipe {
        rounds: 500,
        ..quick()
    };
    let mut told = Vec::new();
    let plan = Plan::of(&recipe);
    let fitted = fit(&table, &plan, 1, &mut |round| told.push(round)).unwrap();
    assert_eq!(told, fitted.history);
    let counted = &fitted.history[recipe.min_rounds as usize - 1..];
    let best = counted
        .iter()
        .map(|round| round.stop_metric)
        .fold(f64::MIN, f64::max);
    let first = counted
        .iter()
        .find(|round| round.stop_metric == best)
        .unwrap();
    assert_eq!(first.round, fitted.best_rounds);
    assert_eq!(
        fitted.history.len() as u32,
        fitted.best_rounds + recipe.patience
    );
    assert_eq!(fitted.model.n_trees() as u32, fitted.best_rounds);
    assert_eq!(fitted.model.feature_names(), table.matrix.names());
}

#[test]
fn logloss_stops_at_its_minimum() {
    let table = table(2);
    let recipe = Recipe {
        stop_metric: StopMetric::LogLoss,
        rounds: 500,
        ..quick()
    };
    let fitted = train(&table, &recipe, 1).unwrap();
    let counted = &fitted.history[recipe.min_rounds as usize - 1..];
    let best = counted
        .iter()
        .map(|round| round.stop_metric)
        .fold(f64::MAX, f64::min);
    let at = fitted.history[fitted.best_rounds as usize - 1].stop_metric;
    assert_eq!(at, best);
}

#[test]
fn without_a_refit_the_trees_have_seen_the_fit_part_only() {
    let plain = table(3);
    let recipe = Recipe {
        refit: false,
        ..quick()
    };
    let fitted = train(&plain, &recipe, 1).unwrap();
    let values = plain.matrix.gather(plain.split.stop.indices());
    let margins: Vec<f64> = fitted
        .model
        .margins(&values)
        .into_iter()
        .map(f64::from)
        .collect();
    assert_eq!(margins, fitted.stop_margins);
    let refitted = train(&plain, &quick(), 1).unwrap();
    assert_eq!(refitted.stop_margins, fitted.stop_margins);
    assert_ne!(refitted.model_json, fitted.model_json);
}

#[test]
fn a_model_with_signal_measures_above_chance_and_calibrated() {
    let table = table(4);
    let fitted = train(&table, &Recipe::table(), 2).unwrap();
    let measured = evaluate(
        &fitted,
        &table.matrix,
        &table.labels,
        &table.split,
        &options(),
    )
    .unwrap();
    let parts: Vec<&str> = measured.parts.keys().map(String::as_str).collect();
    assert_eq!(parts, ["calibration", "stop", "test", "train"]);
    let test = &measured.parts["test"];
    assert_eq!(test.n, table.split.test.indices().len() as u64);
    assert_eq!(
        measured.parts["train"].n,
        table.split.development.indices().len() as u64
    );
    // the margin itself has an AUC near 0.74
    let auc = &test.metrics["auc_roc"];
    assert!(auc.lo > 0.65 && auc.hi < 0.85, "{auc:?}");
    let ratio = test.metrics["predicted_over_observed"].value;
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
    assert_eq!(measured.curves.deciles.len(), 10);
    assert!(!measured.curves.precision_recall.is_empty());
    assert!(!measured.curves.cumulative_gain.is_empty());
    assert!(!measured.curves.reliability.is_empty());
    let repeated = evaluate(
        &fitted,
        &table.matrix,
        &table.labels,
        &table.split,
        &options(),
    )
    .unwrap();
    assert_eq!(
        serde_json::to_string(&measured).unwrap(),
        serde_json::to_string(&repeated).unwrap()
    );
}

#[test]
fn the_columns_with_signal_explain_the_scores() {
    let table = table(5);
    let fitted = train(&table, &quick(), 2).unwrap();
    let rows = table.split.test.indices();
    let sources = table.encoder.sources();
    let told = explain(
        &fitted.model,
        &table.matrix,
        rows,
        Some(&sources),
        &ExplainOptions::default(),
    )
    .unwrap();
    assert_eq!(told.sources.len(), 5);
    assert_eq!(told.features.len(), table.matrix.n_columns());
    let mut strongest: Vec<&str> = told.sources[..2]
        .iter()
        .map(|source| source.feature.as_str())
        .collect();
    strongest.sort_unstable();
    assert_eq!(strongest, ["place", "signal"]);
    assert_eq!(told.sources[0].n, rows.len() as u64);
    let whole: f64 = told.sources.iter().map(|source| source.share).sum();
    assert!((whole - 1.0).abs() < 1e-9);

    // by hand: the place's contribution in a row is the sum over its levels
    let width = table.matrix.n_columns();
    let shap = fitted.model.shap_values(&table.matrix.gather(rows));
    let mean = shap
        .chunks(width + 1)
        .map(|row| {
            (0..width)
                .filter(|&at| sources[at] == "place")
                .map(|at| row[at])
                .sum::<f64>()
                .abs()
        })
        .sum::<f64>()
        / rows.len() as f64;
    let place = told
        .sources
        .iter()
        .find(|source| source.feature == "place")
        .unwrap();
    assert!((place.mean_abs_shap - mean).abs() < 1e-12);

    let used = told
        .features
        .iter()
        .filter(|feature| feature.mean_abs_shap > 0.0)
        .count();
    assert_eq!(told.swarm.len(), 400 * used.min(30));
    assert_eq!(told.swarm[0].feature, told.features[0].feature);
}

#[test]
fn an_explanation_needs_rows_and_matching_columns() {
    let table = table(5);
    let fitted = train(&table, &quick(), 1).unwrap();
    let fails = |matrix: &Matrix, rows: &[usize]| {
        explain(
            &fitted.model,
            matrix,
            rows,
            None,
            &ExplainOptions::default(),
        )
        .unwrap_err()
        .to_string()
    };
    assert!(fails(&table.matrix, &[]).contains("there are no rows to explain"));
    assert!(fails(&table.matrix, &[ROWS]).contains("rows to explain"));
    let narrow = table.matrix.select_columns(&["signal"]).unwrap();
    assert!(fails(&narrow, &[0]).contains("matrix columns"));
}

#[test]
fn columns_without_a_word_about_the_label_are_told() {
    let mut table = table(6);
    let names = vec!["constant".to_owned()];
    table.matrix = Matrix::new(names, vec![1.0; ROWS]).unwrap();
    let text = train(&table, &quick(), 1).err().unwrap().to_string();
    assert!(
        text.contains("every row of the calibration part gets the same score"),
        "{text}"
    );
    assert!(text.contains("lower min_child_weight"), "{text}");
}

#[test]
fn labels_must_be_those_of_the_split() {
    let mut table = table(6);
    let row = table.split.fit.indices()[0];
    table.labels[row] = None;
    let text = train(&table, &quick(), 1).err().unwrap().to_string();
    assert!(text.contains("has no label but is in the split"), "{text}");
    table.labels.pop();
    let text = train(&table, &quick(), 1).err().unwrap().to_string();
    assert!(text.contains("labels: expected 4000, found 3999"), "{text}");
}

#[test]
fn the_audit_agrees_with_the_row_lists() {
    let table = table(7);
    let audit = &table.split.audit;
    assert_eq!(
        audit.part(Part::Train).unwrap().rows,
        table.split.fit.indices().len() as u64
    );
    assert_eq!(audit.part(Part::Test).unwrap().rows, 800);
    assert_eq!(table.columns.len(), 5);
}

/// What explanation reports are made of, on rows whose outcome leans on `signal`.
#[test]
fn explanations_name_what_drives_the_outcome() {
    let table = table(7);
    let fitted = train(&table, &quick(), 2).unwrap();
    let other = train(&table, &Recipe { seed: 9, ..quick() }, 2).unwrap();
    let (matrix, rows) = (&table.matrix, table.split.test.indices());
    let panel = [fitted.model.clone(), other.model];
    let found = stability(&panel, matrix, rows).unwrap();
    assert_eq!(found.features[0].feature, "signal");
    assert_eq!(found.features[0].agreement, Some(1.0));
    assert!(found.features[0].variation.unwrap() < 0.3);
    assert_eq!(found.rank_correlations.len(), 1);
    assert!(stability(&panel[..1], matrix, rows).is_err());

    let contributions = Contributions::of(&fitted.model, matrix, rows);
    let options = ExplainOptions::default();
    let shown = dependence(&contributions, matrix, rows, "signal", &options).unwrap();
    let known: u64 = shown.means.iter().map(|mean| mean.n).sum();
    let unknown = shown.unknown.map_or(0, |mean| mean.n);
    assert_eq!(known + unknown, rows.len() as u64);
    assert!(shown.means.last().unwrap().mean > shown.means[0].mean + 0.2);
    assert!(dependence(&contributions, matrix, rows, "none", &options).is_err());

    // Rows with a high signal have more positives, and it is the signal that says so.
    let column = matrix.column("signal").unwrap();
    let high: Vec<usize> = rows
        .iter()
        .map(|&row| usize::from(column[row] > 0.5))
        .collect();
    let labels: Vec<bool> = rows
        .iter()
        .map(|&row| table.labels[row] == Some(true))
        .collect();
    let probabilities: Vec<f64> = rows
        .iter()
        .map(|&row| fitted.probability(row, f64::from(fitted.model.margin(matrix.row(row)))))
        .collect();
    let names = ["low", "high", "none"].map(String::from);
    let names = &names[..];
    let groups = cohorts(
        &contributions,
        matrix.names(),
        &labels,
        &probabilities,
        &high,
        names,
    );
    let groups = groups.unwrap();
    assert_eq!(groups.len(), 2);
    assert_eq!(groups[1].shifts[0].feature, "signal");
    assert!(groups[1].shifts[0].interval.lo > 0.0);
    assert!(groups[1].mean_probability > groups[0].mean_probability);

    // Everything in one group: the model agrees with itself wherever it says anything.
    let one = vec![0; matrix.n_columns()];
    let same = agreement(&fitted.model, &panel[..1], matrix, &one, 1);
    assert_eq!(same.len(), matrix.n_rows());
    assert!(same.iter().all(|&share| share == 1.0));
    let pairs = strongest_pairs(&fitted.model, matrix, rows);
    assert!(
        pairs
            .windows(2)
            .all(|pair| pair[0].strength >= pair[1].strength)
    );
    let both = pairs[0].one == "signal" || pairs[0].other == "signal";
    assert!(both, "{:?}", pairs[0]);
}
