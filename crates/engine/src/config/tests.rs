use super::*;

fn load(text: &str) -> Result<Loaded> {
    Config::load(text, [])
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(load("").unwrap().config, Config::default());
}

#[test]
fn what_init_writes_reads_back_unchanged() {
    let text = Config::default().to_toml();
    assert_eq!(load(&text).unwrap().config, Config::default());
}

#[test]
fn file_then_environment_win_and_say_so() {
    let loaded = Config::load(
        "seed = 7\n[tiers]\ndials_per_day = 50",
        [(
            "LEADRANK__TIERS__DIALS_PER_DAY".to_string(),
            "60".to_string(),
        )],
    )
    .unwrap();
    assert_eq!(loaded.config.seed, 7);
    assert_eq!(loaded.config.tiers.dials_per_day, 60.0);
    assert_eq!(loaded.origins["seed"], Origin::File);
    assert_eq!(loaded.origins["tiers.dials_per_day"], Origin::Environment);
    assert_eq!(loaded.origins["tiers.overbook"], Origin::Default);
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let message = load("[tiers]\ndials_per_dya = 3").unwrap_err().to_string();
    assert_eq!(
        message,
        "leadrank.toml: unknown key `tiers.dials_per_dya`; did you mean `dials_per_day`?"
    );
}

#[test]
fn bad_values_are_refused_with_the_rule() {
    for (text, part) in [
        ("as_of = \"yesterday\"", "no date"),
        ("[tiers]\noverbook = 0.5", "at least 1"),
        ("[tiers]\nboost = 0.3", "between 0 and 0.2"),
        ("[tiers]\nboost = nan", "between 0 and 0.2"),
        ("[tiers]\norder = \"rules\"", "rules_then_model"),
        ("[tiers]\nmax_per_firm = -1", "max_per_firm"),
        ("[tiers]\nexclude_firms = [\"&\"]", "no word to look for"),
        ("[tiers.roster]\n005A = -1", "dials a day"),
        ("[tiers.roster]\n005A = \"many\"", "roster"),
        ("[tiers]\nroster = 3", "is a section"),
        (
            "[tiers]\nsalespeople = 2\n[tiers.roster]\n005A = 40",
            "both say who dials",
        ),
        ("[features]\ncalculable = \"now\"", "at_contact"),
        ("tiers = 3", "is a section"),
        ("project = \"a b\"", "letters, digits"),
        ("seed = \"x\"", "seed"),
        ("[tiers]\ndials_per_day = inf", "at most 100000"),
        ("[model]\neta = 3.0", "eta"),
        ("[model]\nseed = 7", "follows from `seed`"),
        (
            "[split]\nlabel_horizon_days = 60",
            "follows from `label.window_days`",
        ),
        ("[split]\ntest_from = \"spring\"", "no date"),
    ] {
        let message = load(text).unwrap_err().to_string();
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn a_roster_has_keys_of_its_own() {
    let loaded = load("[tiers.roster]\n005A = 40\n\"005 b\" = 12.5").unwrap();
    let roster: Vec<(&str, f64)> = loaded
        .config
        .tiers
        .roster
        .iter()
        .map(|(id, dials)| (id.as_str(), *dials))
        .collect();
    assert_eq!(roster, [("005 b", 12.5), ("005A", 40.0)]);
    assert_eq!(loaded.origins["tiers.roster.005A"], Origin::File);
    let again = load(&loaded.config.to_toml()).unwrap();
    assert_eq!(again.config, loaded.config);
    let pair = ("LEADRANK__TIERS__ROSTER__005A".into(), "40".into());
    let message = Config::load("", [pair]).unwrap_err().to_string();
    assert!(message.contains("capital letters"), "{message}");
}

#[test]
fn a_set_date_is_read() {
    let wanted = NaiveDate::from_ymd_opt(2025, 12, 31);
    for text in ["as_of = \"2025-12-31\"", "as_of = 2025-12-31"] {
        assert_eq!(load(text).unwrap().config.as_of, wanted);
    }
    let split = load("[split]\ntest_from = \"2025-12-31\"")
        .unwrap()
        .config
        .split;
    assert_eq!(split.test_from, wanted);
    let pair = ("LEADRANK__AS_OF".to_string(), "2025-12-31".to_string());
    assert_eq!(Config::load("", [pair]).unwrap().config.as_of, wanted);
}

#[test]
fn seed_and_window_reach_the_parts_that_have_their_own() {
    let config = load("seed = 7\n[label]\nwindow_days = 60\n[model]\nseed = 7")
        .unwrap()
        .config;
    assert_eq!(config.model.seed, 7);
    assert_eq!(config.split.label_horizon_days, 60);
    assert!(!config.to_toml().contains("label_horizon_days"));
}
