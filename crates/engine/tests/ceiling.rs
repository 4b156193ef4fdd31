//! On clean made-up data the default procedure comes near the best that the features allow.
//!
//! Realised labels of some hundred positives are far too noisy to show that, so scores are
//! judged by the true probabilities that the simulator keeps apart: a row counts as a
//! positive with its probability and as a negative with the rest. The best scores that the
//! features allow are those of trees grown on the true probabilities themselves.

use std::collections::BTreeMap;

use chrono::DateTime;
use leadrank_engine::bundle::Bundle;
use leadrank_engine::reasons::{Agreement, Facts, Reasons, Templates};
use leadrank_engine::stages::rows::Rows;
use leadrank_engine::stages::train::{TrainReport, matrix};
use leadrank_engine::stages::{self, dataset, ingest, train};
use leadrank_engine::{Project, registry};
use leadrank_features::catalog::Idea;
use leadrank_learn::Matrix;
use leadrank_learn::split::Rows as _;
use leadrank_learn::xgboost::{Booster, Data, Library};
use leadrank_simulate::Options;

/// How far below the ceiling the model's expected AUC may lie.
const WITHIN: f64 = 0.02;
const THREADS: usize = 2;

/// A trained project and what is known of its rows.
struct Fixture {
    project: Project,
    trained: TrainReport,
    /// All contacted leads in the order of their ids.
    rows: Rows,
    /// The true probability of each of them.
    truth: Vec<f64>,
}

fn made(folder: &std::path::Path) -> Fixture {
    let project = Project::init(folder).unwrap();
    let options = Options {
        scale: 1.0,
        seed: 17,
        months: ["2024_07", "2025_04"]
            .map(|month| month.parse().unwrap())
            .into(),
        ..Options::default()
    };
    leadrank_simulate::write(folder, &options, &|_| {}).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .build()
        .unwrap();
    let now = DateTime::UNIX_EPOCH;
    let raw = ingest::Request::raw_folder(now);
    runtime
        .block_on(ingest::run(&project, &raw, &|_| {}))
        .unwrap();
    std::fs::remove_dir_all(project.raw()).unwrap();
    let trained = runtime
        .block_on(train::run(&project, now, THREADS, &|_| {}))
        .unwrap();
    let query = "SELECT * FROM LeadScoring.training_dataset ORDER BY lead_id";
    let batches = runtime
        .block_on(stages::query(&project, query, THREADS))
        .unwrap();
    let rows = Rows::new(batches);
    let known = true_probabilities(folder);
    let ids = rows.texts("lead_id").unwrap();
    let truth = ids.iter().flatten().map(|id| known[id]).collect();
    Fixture {
        project,
        trained,
        rows,
        truth,
    }
}

fn true_probabilities(folder: &std::path::Path) -> BTreeMap<String, f64> {
    let mut reader = csv::Reader::from_path(folder.join("truth/leads.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|known| known == name).unwrap();
    let (id, probability) = (at("lead_id"), at("probability_30d"));
    reader
        .records()
        .map(Result::unwrap)
        .filter(|line| !line[probability].is_empty())
        .map(|line| (line[id].to_owned(), line[probability].parse().unwrap()))
        .collect()
}

/// The area under the ROC curve in which a row is a positive with weight `p` and a negative
/// with weight `1 - p`: the share of weighted pairs that `scores` put in order, ties one half.
fn expected_auc(p: &[f64], scores: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let (mut below, mut in_order, mut positives) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let positive: f64 = tied.iter().map(|&row| p[row]).sum();
        let negative = tied.len() as f64 - positive;
        in_order += positive * (below + 0.5 * negative);
        below += negative;
        positives += positive;
    }
    in_order / (positives * below)
}

/// The highest expected AUC on `test` of trees grown on the true probabilities of `train`,
/// over some depths and numbers of rounds; taking the highest makes the ceiling rather too
/// high than too low.
fn ceiling(all: &Matrix, truth: &[f64], train: &[usize], test: &[usize]) -> f64 {
    let library = Library::open(None).expect("run `make setup` first: it brings libxgboost");
    // Each row twice: as a positive and as a negative.
    let twice = [train, train].concat();
    let labels: Vec<bool> = (0..twice.len()).map(|place| place < train.len()).collect();
    let weights: Vec<f32> = twice
        .iter()
        .zip(&labels)
        .map(|(&row, &label)| if label { truth[row] } else { 1.0 - truth[row] } as f32)
        .collect();
    let data =
        |rows: &[usize]| Data::new(library, all.names(), &all.gather(rows), THREADS).unwrap();
    let (mut grown_on, judged) = (data(&twice), data(test));
    grown_on.set_labels(&labels).unwrap();
    grown_on.set_weights(&weights).unwrap();
    let judged_truth: Vec<f64> = test.iter().map(|&row| truth[row]).collect();
    let mut best = 0.0_f64;
    for depth in ["3", "5"] {
        let parameters = [
            ("objective", "binary:logistic"),
            ("tree_method", "hist"),
            ("max_depth", depth),
            ("eta", "0.05"),
            ("min_child_weight", "1"),
            ("subsample", "0.8"),
            ("colsample_bytree", "0.6"),
            ("seed", "1"),
        ];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut booster = Booster::new(library, &grown_on, &parameters).unwrap();
        for round in 0..500 {
            booster.update(round, &grown_on).unwrap();
            if (round + 1) % 100 == 0 {
                let margins = booster.margins(&judged).unwrap();
                let scores: Vec<f64> = margins.into_iter().map(f64::from).collect();
                let found = expected_auc(&judged_truth, &scores);
                println!("depth {depth}, {} rounds: {found:.4}", round + 1);
                best = best.max(found);
            }
        }
    }
    best
}

#[test]
fn an_expected_auc_of_certain_rows_is_the_auc() {
    let scores = [0.1, 0.4, 0.4, 0.3, 0.9, 0.4];
    let labels = [false, true, false, false, true, true];
    let p = labels.map(|label| f64::from(u8::from(label)));
    let plain = leadrank_stats::ranking::auc_roc(&labels, &scores).unwrap();
    assert!((expected_auc(&p, &scores) - plain).abs() < 1e-12);
    assert!((expected_auc(&[0.3; 6], &scores) - 0.5).abs() < 1e-12);
}

#[test]
fn the_default_procedure_comes_within_two_hundredths_of_what_the_features_can_know() {
    let folder = tempfile::tempdir().unwrap();
    let Fixture {
        project,
        trained,
        rows,
        truth,
    } = made(folder.path());
    let split = dataset::split_rows(&project, &rows).unwrap().split;
    let test = split.test.indices();
    let test_truth: Vec<f64> = test.iter().map(|&row| truth[row]).collect();

    let bundle = Bundle::read(&project.bundles().join(&trained.model_id)).unwrap();
    assert_eq!(
        registry::current_id(&project),
        Some(trained.model_id.clone())
    );
    let own = matrix(&rows, &bundle.manifest.features).unwrap();
    let margins = bundle.model.margins(&own.gather(test));
    let scores: Vec<f64> = margins.into_iter().map(f64::from).collect();
    let found = expected_auc(&test_truth, &scores);

    let names: Vec<String> = leadrank_features::catalog()
        .iter()
        .filter(|feature| !feature.is_temporal())
        .map(|feature| feature.name.to_string())
        .collect();
    assert_eq!(names.len(), 67);
    let all = matrix(&rows, &names).unwrap();
    let best = ceiling(&all, &truth, split.development.indices(), test);
    let realised = &trained.model.metrics["test"]["auc_roc"];
    println!(
        "expected AUC {found:.4}, ceiling {best:.4}, {:.4} short; realised {:.4} ({:.4} to {:.4}), n = {}",
        best - found,
        realised.value,
        realised.lo,
        realised.hi,
        realised.n
    );
    // Knowing the truth must be worth something, or nothing is shown.
    assert!(best > 0.58, "{best}");
    assert!(
        best - found <= WITHIN,
        "the model ranks {:.4} below what the features allow",
        best - found
    );
    assert!(realised.lo <= found && found <= realised.hi);
    probabilities_are_true_in_every_segment(&bundle, &rows, test, &scores, &test_truth);
    reasons_name_what_drives_the_truth(&bundle, &own, &rows, test, &test_truth);
}

/// What the simulator's true chance is made of (`leadrank_simulate`, `truth.rs`): the career, the
/// size of the firm, registration, independence and place. What else an idea is about adds at
/// most five hundredths of log-odds.
const DRIVING: [Idea; 7] = [
    Idea::Tenure,
    Idea::Mobility,
    Idea::Experience,
    Idea::FirmSize,
    Idea::Registration,
    Idea::Independence,
    Idea::Place,
];

/// Least leads an idea is told of before it is judged.
const TOLD: usize = 300;

/// The strongest ideas are those that drive the truth, so are most first reasons, and where an
/// idea is told, what it adds brings the score nearer to the true log-odds.
fn reasons_name_what_drives_the_truth(
    bundle: &Bundle,
    matrix: &Matrix,
    rows: &Rows,
    test: &[usize],
    truth: &[f64],
) {
    let templates = Templates::of_project(std::path::Path::new(".")).unwrap();
    let peers = bundle.peers().unwrap();
    let teller = Reasons::new(&bundle.manifest.features, &templates, &peers).unwrap();
    let agreement = Agreement::of(bundle, matrix).unwrap();
    let segments = bundle.segments(|name| rows.values(name)).unwrap();
    let months = rows.dates("snapshot_as_of").unwrap();
    let days = rows.dates("contact_date").unwrap();
    let margin = |row: usize| f64::from(bundle.model.margin(matrix.row(row)));
    let missed = |row: usize, chance: f64| (chance / (1.0 - chance)).ln() - margin(row);
    let pairs = || test.iter().copied().zip(truth.iter().copied());
    // Levels apart: the level is calibration's business.
    let level = pairs().map(|(row, p)| missed(row, p)).sum::<f64>() / test.len() as f64;

    let mut strength: BTreeMap<&str, f64> = BTreeMap::new();
    // For each idea, leads it is told of, and by how much it lowers the squared distance.
    let mut nearer: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let (mut first, mut driving_first) = (0_u32, 0_u32);
    let mut shap = Vec::new();
    for (row, chance) in pairs() {
        bundle.model.shap(matrix.row(row), &mut shap);
        let age = days[row].zip(months[row]);
        let explained = teller.explain(&Facts {
            row: matrix.row(row),
            shap: &shap,
            base_margin: shap[bundle.manifest.features.len()],
            margin: margin(row),
            probability: &|margin| bundle.probability(segments.of(row), margin),
            vendor_age_days: age.map(|(day, month)| (day - month).num_days()),
            agreement: &|idea| agreement.on(row, idea),
        });
        for one in &explained.contributions {
            *strength.entry(one.idea.key()).or_default() += one.margin.abs();
        }
        let with = missed(row, chance) - level;
        let told = explained.drivers.iter().chain(&explained.cautions);
        for reason in told.filter(|reason| reason.told) {
            let without = with + reason.margin;
            let gain = without * without - with * with;
            nearer.entry(reason.idea.key()).or_default().push(gain);
        }
        if let Some(reason) = explained.drivers.iter().find(|reason| reason.told) {
            first += 1;
            driving_first += u32::from(DRIVING.contains(&reason.idea));
        }
    }
    let driving = |idea: &str| DRIVING.iter().any(|one| one.key() == idea);
    let total: f64 = strength.values().sum();
    let mut order: Vec<(&str, f64)> = strength.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (idea, of) in &order {
        println!("{idea}: {:.3} of all", of / total);
    }
    println!("driving ideas among first reasons: {driving_first} of {first}");
    assert!(
        order[..3].iter().all(|(idea, _)| driving(idea)),
        "{order:?}"
    );
    assert!(f64::from(driving_first) > 0.7 * f64::from(first));
    let (mut judged, mut all) = (0, Vec::new());
    for (idea, gains) in &nearer {
        let (mean, error) = mean_and_error(gains);
        println!(
            "{idea}: told {} times, nearer by {mean:.5} ± {error:.5}",
            gains.len()
        );
        all.extend_from_slice(gains);
        if gains.len() >= TOLD && driving(idea) {
            judged += 1;
            // Ideas that go together share what they drive, so each alone need not be certain.
            assert!(mean > 0.0, "{idea} leads away from the truth");
        }
    }
    let (mean, error) = mean_and_error(&all);
    println!(
        "all: told {} times, nearer by {mean:.5} ± {error:.5}",
        all.len()
    );
    assert!(
        mean > 4.0 * error,
        "what is told does not lead to the truth"
    );
    assert!(judged >= 4, "too few ideas are told to judge them");
}
fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let mean = leadrank_stats::sample::mean(values.iter().copied());
    let error = leadrank_stats::sample::deviation(values) / (values.len() as f64).sqrt();
    (mean, error)
}

/// Mean calibrated against mean true probability, for all test rows and segment by segment. What a
/// level that rests on so many positives may be off by is known: their number's relative error.
fn probabilities_are_true_in_every_segment(
    bundle: &Bundle,
    rows: &Rows,
    test: &[usize],
    margins: &[f64],
    truth: &[f64],
) {
    let segments = bundle.segments(|name| rows.values(name)).unwrap();
    let held_out = bundle.held_out().unwrap().unwrap();
    let newest = held_out.blocks.last().unwrap();
    let positives = |wanted: &dyn Fn(usize) -> bool| {
        let rows = (0..held_out.outcomes.len()).filter(|&row| wanted(row));
        rows.filter(|&row| held_out.outcomes[row]).count() as f64
    };
    let off = |wanted: Option<usize>| {
        let own: Vec<usize> = (0..test.len())
            .filter(|&at| wanted.is_none() || segments.of(test[at]) == wanted)
            .collect();
        let told: f64 = own
            .iter()
            .map(|&at| bundle.probability(segments.of(test[at]), margins[at]))
            .sum();
        let known: f64 = own.iter().map(|&at| truth[at]).sum();
        (told / known).ln()
    };
    // The level is that of the newest block alone.
    let level = off(None);
    let known_by = positives(&|row| held_out.blocks[row] == *newest);
    println!("all: off {level:+.3}, {known_by} positives");
    assert!(level.abs() <= 2.6 / known_by.sqrt(), "{level}");
    // What sets a segment apart from it rests on all blocks.
    for (number, segment) in bundle.manifest.calibration.segments.iter().enumerate() {
        let apart = off(Some(number)) - level;
        let known_by = positives(&|row| held_out.segments[row] == number);
        println!("{}: apart {apart:+.3}, {known_by} positives", segment.name);
        assert!(
            apart.abs() <= 2.6 / known_by.sqrt(),
            "{}: {apart}",
            segment.name
        );
    }
}
