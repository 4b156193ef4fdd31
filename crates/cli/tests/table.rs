//! `leadrank train --table`: what each flag of the development does, on a small made-up
//! table.

mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use common::{fails, succeeds};
use serde_json::Value;

/// A folder with a table in it.
struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    /// 1,500 rows over 500 days, a fifth positive. `amount` and `age` move the outcome,
    /// `echo` repeats `amount`, `colour` says a little and `noise` nothing.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut text = String::from("key,day,amount,age,echo,colour,noise,won\n");
        let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        for row in 0..1500_u64 {
            let (amount, age, noise) = (drawn(row, 1), drawn(row, 2), drawn(row, 3));
            let echo = 10.0 * amount + 0.1 * drawn(row, 4);
            let place = row % 3;
            let colour = ["red", "green", "blue"][place as usize];
            let bent = if place == 0 { 0.05 } else { 0.0 };
            let chance = 0.02 + 0.5 * amount * amount + 0.1 * age + bent;
            let won = u8::from(drawn(row, 5) < chance);
            let day = first + chrono::Days::new(row / 3);
            writeln!(
                text,
                "k{row},{day},{amount:.4},{age:.4},{echo:.4},{colour},{noise:.4},{won}"
            )
            .unwrap();
        }
        std::fs::write(folder.path().join("t.csv"), text).unwrap();
        Self { folder }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn arguments(&self, flags: &[&str]) -> Vec<String> {
        let [table, page] = ["t.csv", "page.html"].map(|name| text(&self.place(name)));
        let fixed = [
            "train", "--table", &table, "--label", "won", "--date", "day", "--id", "key",
            "--report", &page,
        ];
        let all = fixed.iter().chain(flags);
        all.map(|&argument| argument.to_owned()).collect()
    }

    /// The JSON document of a run.
    fn printed(&self, flags: &[&str]) -> String {
        let arguments = self.arguments(&[flags, &["--json"]].concat());
        succeeds(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn trained(&self, flags: &[&str]) -> Value {
        serde_json::from_str(&self.printed(flags)).unwrap()
    }

    /// The message of a refusal.
    fn refused(&self, flags: &[&str]) -> String {
        let arguments = self.arguments(flags);
        fails(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 2)
    }
}

/// A number from 0 to below 1 for a row and a column, well mixed (the finaliser of
/// SplitMix64).
fn drawn(row: u64, column: u64) -> f64 {
    let mut bits = (row * 8 + column + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn trials(report: &Value) -> &Vec<Value> {
    let tuned = &report["development"]["tuned"];
    tuned["trials"].as_array().unwrap()
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter().map(|name| name.as_str().unwrap()).collect()
}

/// The quickest way through.
const QUICK: [&str; 3] = ["--no-contest", "--tune", "off"];

#[test]
fn tuning_tries_as_many_candidates_as_are_asked_for() {
    let fixture = Fixture::new();
    let counted = |flags: &[&str]| {
        let report = fixture.trained(&[flags, &["--no-contest"]].concat());
        let rungs: Vec<u64> = trials(&report)
            .iter()
            .map(|trial| trial["rung"].as_u64().unwrap())
            .collect();
        let search = &report["development"]["tuned"]["options"]["search"];
        (search.as_str().unwrap().to_owned(), rungs)
    };
    assert_eq!(counted(&["--tune", "off"]), ("off".into(), vec![0]));
    let random = ["--tune", "random", "--candidates", "4"];
    assert_eq!(counted(&random), ("random".into(), vec![0; 4]));
    // Twelve on the newest folds, the better ones on more, the eight best on all.
    let (search, rungs) = counted(&["--tune", "halving", "--candidates", "12"]);
    let reached = [0, 1, 2].map(|rung| rungs.iter().filter(|&&found| found == rung).count());
    assert_eq!((search.as_str(), reached), ("halving", [12, 8, 8]));
}

#[test]
fn a_budget_ends_the_tuning_and_the_report_says_so() {
    let fixture = Fixture::new();
    let flags = ["--no-contest", "--tune", "random", "--candidates", "30"];
    let report = fixture.trained(&[&flags[..], &["--budget", "0.0000001"]].concat());
    let tuned = &report["development"]["tuned"];
    assert_eq!(tuned["cut_short"], true);
    assert!((1..30).contains(&trials(&report).len()));
    let reason = tuned["chosen"]["reason"].as_str().unwrap();
    assert!(reason.contains("time ran out"), "{reason}");
}

#[test]
fn trials_that_are_kept_in_a_file_are_not_run_again() {
    let fixture = Fixture::new();
    let file = fixture.place("deep/trials.csv");
    let path = text(&file);
    let flags = [
        "--no-contest",
        "--tune",
        "random",
        "--candidates",
        "6",
        "--trials",
        &path,
    ];
    let first = fixture.printed(&flags);
    let kept = std::fs::read_to_string(&file).unwrap();
    let folds = 5;
    assert_eq!(kept.lines().count(), 1 + 6 * folds);

    // A trial that ran would be appended once more.
    assert_eq!(fixture.printed(&flags), first);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);

    // Cut off in the middle of the fourth trial: three are taken, the others run.
    let lines: Vec<&str> = kept.split_inclusive('\n').collect();
    let left = lines[..1 + 3 * folds + 2].concat();
    std::fs::write(&file, &left[..left.len() - 5]).unwrap();
    assert_eq!(fixture.printed(&flags), first);
    let again = std::fs::read_to_string(&file).unwrap();
    assert!(again.starts_with(&lines[..1 + 3 * folds].concat()));
    assert_eq!(again.lines().count(), 1 + 6 * folds);

    // What the file says of a trial is what is reported of it.
    let header: Vec<&str> = lines[0].trim_end().split(',').collect();
    let at = header.iter().position(|name| *name == "auc_pr").unwrap();
    let mut cells: Vec<&str> = lines[1].trim_end().split(',').collect();
    cells[at] = "0.0078125";
    let changed = format!("{}{}\n{}", lines[0], cells.join(","), lines[2..].concat());
    std::fs::write(&file, changed).unwrap();
    let report = fixture.trained(&flags);
    let candidate: u64 = cells[1].parse().unwrap();
    let trial = trials(&report)
        .iter()
        .find(|trial| trial["candidate"] == candidate);
    assert_eq!(trial.unwrap()["folds"][0]["auc_pr"], 0.0078125);
}

#[test]
fn features_are_selected_as_asked_and_kept_where_asked() {
    let fixture = Fixture::new();
    let selection = |flags: &[&str]| {
        let report = fixture.trained(&[flags, &QUICK].concat());
        report["development"]["selection"].clone()
    };
    let screens_of = |selection: &Value| -> Vec<String> {
        let dropped = selection["dropped"].as_array().unwrap();
        let name = |one: &Value| one["screen"].as_str().unwrap().to_owned();
        dropped.iter().map(name).collect()
    };
    // Two say the same: one goes, unless both are to be kept.
    let by_screens = selection(&["--select", "screens"]);
    let large = names(&by_screens["large"]);
    assert_ne!(
        large.contains(&"amount"),
        large.contains(&"echo"),
        "{by_screens}"
    );
    assert!(screens_of(&by_screens).contains(&"inflation".to_owned()));
    let kept = selection(&["--select", "screens", "--keep", "amount,echo"]);
    let large = names(&kept["large"]);
    assert!(
        large.contains(&"amount") && large.contains(&"echo"),
        "{kept}"
    );

    let all = selection(&["--select", "all"]);
    assert_eq!(all["options"]["method"], "all");
    assert_eq!(
        all["large"].as_array().unwrap().len(),
        all["features"].as_array().unwrap().len()
    );
    assert!(screens_of(&all).is_empty(), "{all}");

    let reference = selection(&["--select", "reference"]);
    assert_eq!(reference["options"]["method"], "reference");
    let allowed = ["f_score", "forest"];
    assert!(
        screens_of(&reference)
            .iter()
            .all(|screen| allowed.contains(&screen.as_str()))
    );
}

#[test]
fn treatments_of_rare_outcomes_are_compared_unless_told_not_to() {
    let fixture = Fixture::new();
    let with = fixture.trained(&["--tune", "off"]);
    let arms = with["development"]["contest"]["arms"].as_array().unwrap();
    assert_eq!(arms.len(), 10);
    let without = fixture.trained(&QUICK);
    assert!(without["development"]["contest"].is_null());
    assert_eq!(without["development"]["strategy"], "none");
}

#[test]
fn what_is_not_known_is_refused_with_what_is() {
    let fixture = Fixture::new();
    for (flags, parts) in [
        (
            ["--tune", "fast"],
            ["`fast`", "halving, random, grid or off"],
        ),
        (
            ["--select", "some"],
            ["`some`", "screens, reference or all"],
        ),
        (["--keep", "amuont"], ["amuont", "keep"]),
        (["--candidates", "0"], ["candidates", "from 1 to 10000"]),
        (["--candidates", "many"], ["candidates", "many"]),
        (["--budget", "NaN"], ["budget_minutes", "0 or more"]),
    ] {
        let message = fixture.refused(&flags);
        for part in parts {
            assert!(message.contains(part), "{flags:?}: {message}");
        }
    }
    let message = fails(&["train", "--tune", "off"], 2);
    assert!(message.contains("--table"), "{message}");
}

#[test]
fn the_json_has_metrics_with_intervals_the_development_and_the_comparison() {
    let fixture = Fixture::new();
    let report = fixture.trained(&QUICK);
    for name in ["auc_roc", "auc_pr", "brier", "ece_mass", "lift_at_10"] {
        let metric = &report["metrics"]["test"][name];
        let [value, lo, hi] = ["value", "lo", "hi"].map(|key| metric[key].as_f64().unwrap());
        assert!(lo <= value && value <= hi, "{name}: {metric}");
        assert!(metric["n"].as_u64().unwrap() > metric["positives"].as_u64().unwrap());
    }
    assert!(report["metrics"]["test"]["auc_roc"]["lo"].as_f64().unwrap() > 0.55);
    let development = &report["development"];
    for key in [
        "folds",
        "selection",
        "stability",
        "sets",
        "tuned",
        "recipe",
        "scores",
    ] {
        assert!(!development[key].is_null(), "{key}");
    }
    assert_eq!(development["folds"]["folds"].as_array().unwrap().len(), 5);
    let rows = report["comparison"]["rows"].as_array().unwrap();
    let kinds: Vec<&str> = rows
        .iter()
        .map(|row| row["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds[0], "model");
    for kind in [
        "base_rate",
        "scorecard",
        "logistic",
        "rank_average",
        "stacking",
    ] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
}

#[test]
fn a_seed_gives_the_same_bytes_on_one_and_two_threads_and_another_seed_others() {
    let fixture = Fixture::new();
    let run = |seed: &str, threads: &str| {
        let scores = fixture.place("scores.csv");
        let flags = [
            "--candidates",
            "10",
            "--seed",
            seed,
            "--threads",
            threads,
            "--scores",
            &text(&scores),
        ];
        (fixture.printed(&flags), std::fs::read(scores).unwrap())
    };
    let first = run("5", "1");
    assert!(run("5", "2") == first, "threads change what is made");
    assert_ne!(run("6", "2").1, first.1);
}
