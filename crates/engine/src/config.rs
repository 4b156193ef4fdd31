//! `leadrank.toml`: typed, validated, every key known.
//!
//! Three layers, later ones win: built-in defaults, the project's file, and the
//! environment (`LEADRANK__TIERS__DIALS_PER_DAY=50` sets `tiers.dials_per_day`).

mod experiment;
mod salesforce;
mod tiers;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::error::{Error, Result};
pub use experiment::Experiment;
pub use salesforce::Salesforce;
use tiers::ROSTER;
pub use tiers::{Order, Tiers};

/// Everything a project may set. Field docs are the reference of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Id of the project: the catalog name in SQL.
    pub project: String,
    /// Analysis date `YYYY-MM-DD`; empty: the last day seen in the lead file.
    #[serde(with = "optional_date")]
    pub as_of: Option<NaiveDate>,
    /// Seed of everything random.
    pub seed: u64,
    /// The label rule.
    pub label: Label,
    /// How features are made.
    pub features: Features,
    /// How raw files are read.
    pub sources: Sources,
    /// Who gets how many calls.
    pub tiers: Tiers,
    /// How fresh vendor data has to be.
    pub freshness: Freshness,
    /// How rows are divided between training, calibration and test.
    pub split: leadrank_learn::split::SplitConfig,
    /// How the rows before the test are cut into folds.
    pub folds: leadrank_learn::split::FoldConfig,
    /// Which features the model gets.
    pub selection: leadrank_learn::selection::SelectionOptions,
    /// What is done about positives being rare.
    pub imbalance: leadrank_learn::develop::ImbalanceOptions,
    /// How training parameters are tuned.
    pub tuning: leadrank_learn::tuning::TuningOptions,
    /// Training parameters.
    pub model: leadrank_learn::recipe::Recipe,
    /// How scores become probabilities.
    pub calibration: leadrank_learn::calibrate::CalibrationOptions,
    /// Which Salesforce org scores go to, and how carefully.
    pub salesforce: Salesforce,
    /// How experiments are planned.
    pub experiment: Experiment,
    /// Limits of the gates.
    pub gates: crate::gates::Thresholds,
}

/// The label rule: a call scheduled within the window after contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// Days after contact that count, both ends included.
    pub window_days: i64,
}

/// How features are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// `at_contact`: years at firm and the like are moved forward to the contact
    /// date; `as_delivered`: they stay as the vendor gave them.
    pub calculable: String,
    /// What serves where the vendor's history does not reach back to a contact. `as_of`:
    /// nothing, vendor features are missing; `strict`: such leads are not learned from
    /// either, nor those with data older than `freshness.max_age_days`; `hybrid`: from the
    /// first month after the contact, what neither drifts nor moves with the adviser.
    pub history: String,
    /// Whether weekday of contact may enter the model: the salesperson chooses
    /// it, so it is off for ranking.
    pub temporal_in_model: bool,
    /// Features that are kept out of the model, by name.
    pub exclude: Vec<String>,
}

/// How raw files are read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    /// Keep columns that no contract declares, as text.
    pub keep_unknown_columns: bool,
    /// Columns that files carry under another name, each `SOURCE=TARGET` with
    /// `*FACTOR` behind it where the unit differs; `ingest --map` adds to these.
    pub map: Vec<String>,
}

/// How fresh vendor data has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Freshness {
    /// A score built on vendor data older than this many days is `stale`.
    pub max_age_days: i64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            project: "savvy-gtm-analytics".into(),
            as_of: None,
            seed: 42,
            label: Label { window_days: 30 },
            features: Features {
                calculable: "at_contact".into(),
                history: "as_of".into(),
                temporal_in_model: false,
                exclude: Vec::new(),
            },
            sources: Sources {
                keep_unknown_columns: true,
                map: Vec::new(),
            },
            tiers: Tiers::default(),
            freshness: Freshness { max_age_days: 120 },
            split: leadrank_learn::split::SplitConfig::default(),
            folds: leadrank_learn::split::FoldConfig::default(),
            selection: leadrank_learn::selection::SelectionOptions {
                keep: KEEP.map(str::to_owned).to_vec(),
                ..leadrank_learn::selection::SelectionOptions::default()
            },
            imbalance: leadrank_learn::develop::ImbalanceOptions::default(),
            tuning: leadrank_learn::tuning::TuningOptions::default(),
            model: leadrank_learn::recipe::Recipe::default(),
            calibration: leadrank_learn::calibrate::CalibrationOptions {
                // Assets of the firm, in millions: the tiers of domain.md, "Calibration".
                segment_by: "TotalAssetsInMillions".into(),
                bounds: vec![100.0, 500.0],
                ..Default::default()
            },
            salesforce: Salesforce::default(),
            experiment: Experiment::default(),
            gates: crate::gates::Thresholds::default(),
        }
    }
}

/// Features that the brief keeps whatever else is found (domain.md, "Validation gates and
/// thresholds": assets, growth and the share of wealthy clients).
const KEEP: [&str; 4] = [
    "TotalAssetsInMillions",
    "AUMGrowthRate_1Year",
    "AUMGrowthRate_5Year",
    "HNW_Client_Ratio",
];

/// Where a value comes from, for `config show --origin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Built in.
    Default,
    /// The project's `leadrank.toml`.
    File,
    /// An environment variable.
    Environment,
}

/// A configuration and where each of its values comes from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The typed configuration.
    pub config: Config,
    /// Dotted key → origin.
    pub origins: BTreeMap<String, Origin>,
}

const FILE: &str = "leadrank.toml";

/// Values of the inner parts that follow from a setting of the whole, so that no
/// key is accepted and then ignored: (section, key, the setting to use).
const DERIVED: [(&str, &str, &str); 2] = [
    ("model", "seed", "seed"),
    ("split", "label_horizon_days", "label.window_days"),
];

/// First day of the test part, in section `split`.
const TEST_FROM: &str = "test_from";

/// Most days, dials or salespeople that a setting may hold: far above any use, far
/// below what a calendar or a counter can carry.
const MOST: i64 = 100_000;

impl Config {
    /// Reads the layers: defaults, `file` (the text of `leadrank.toml`) and
    /// environment pairs.
    ///
    /// # Errors
    /// An unknown key (with the nearest known one), a value of the wrong type or
    /// out of range.
    pub fn load(
        file: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Loaded> {
        let mut merged = Config::default().to_table();
        let mut origins = BTreeMap::new();
        for key in leaves(&merged, "") {
            origins.insert(key, Origin::Default);
        }
        let mut from_file: Table = file
            .parse()
            .map_err(|error: toml::de::Error| problem(FILE, error))?;
        let derived = take_derived(&mut from_file);
        overlay(
            &mut merged,
            from_file,
            "",
            FILE,
            &Origin::File,
            &mut origins,
        )?;
        for (name, text) in environment {
            let Some(path) = name.strip_prefix("LEADRANK__") else {
                continue;
            };
            let path = path.to_lowercase().replace("__", ".");
            let place = format!("environment variable {name}");
            overlay(
                &mut merged,
                nested(&path, &text),
                "",
                &place,
                &Origin::Environment,
                &mut origins,
            )?;
        }
        unset_test_from(&mut merged)?;
        let mut config: Config = Value::Table(merged)
            .try_into()
            .map_err(|error: toml::de::Error| problem(FILE, error))?;
        config.check()?;
        config.settle();
        agree(&config, &derived)?;
        Ok(Loaded { config, origins })
    }

    /// Carries the seed and the label window to the parts that have their own;
    /// to be called when either was changed.
    pub fn settle(&mut self) {
        // The trainer takes 32 bits; the low ones of any seed are as good as all.
        self.model.seed = (self.seed & 0x7fff_ffff) as u32;
        self.split.label_horizon_days = u32::try_from(self.label.window_days).unwrap_or(u32::MAX);
    }

    /// The configuration as TOML text, as `leadrank init` writes it.
    pub fn to_toml(&self) -> String {
        self.to_table().to_string()
    }

    fn to_table(&self) -> Table {
        // A plain struct of numbers, texts and lists always has a TOML form.
        let mut table = Table::try_from(self).unwrap_or_default();
        for (section, key, _) in DERIVED {
            if let Some(Value::Table(inner)) = table.get_mut(section) {
                inner.remove(key);
            }
        }
        if let Some(Value::Table(split)) = table.get_mut("split") {
            // As with `as_of`: an empty text, so that the key is visible.
            let unset = Value::String(String::new());
            split.entry(TEST_FROM).or_insert(unset);
        }
        table
    }

    fn check(&self) -> Result<()> {
        let demand = |holds: bool, text: &str| {
            if holds {
                Ok(())
            } else {
                Err(problem(FILE, text))
            }
        };
        demand(!self.project.is_empty(), "project must not be empty")?;
        demand(
            self.project
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'),
            "project may hold letters, digits, - and _ only, since it names the catalog in SQL",
        )?;
        demand(
            (1..=MOST).contains(&self.label.window_days),
            "label.window_days must lie between 1 and 100000",
        )?;
        demand(
            ["at_contact", "as_delivered"].contains(&self.features.calculable.as_str()),
            "features.calculable must be \"at_contact\" or \"as_delivered\"",
        )?;
        demand(
            ["as_of", "strict", "hybrid"].contains(&self.features.history.as_str()),
            "features.history must be \"as_of\", \"strict\" or \"hybrid\"",
        )?;
        demand(
            self.tiers.dials_per_day > 0.0 && self.tiers.dials_per_day <= MOST as f64,
            "tiers.dials_per_day must be above 0 and at most 100000",
        )?;
        demand(
            (1.0..=100.0).contains(&self.tiers.overbook),
            "tiers.overbook must be at least 1 and at most 100",
        )?;
        demand(
            (0.0..100.0).contains(&self.tiers.do_not_call_percent),
            "tiers.do_not_call_percent must lie between 0 and 100",
        )?;
        self.tiers.check().map_err(|text| problem(FILE, text))?;
        self.experiment
            .check()
            .map_err(|text| problem(FILE, text))?;
        let salesforce = self.salesforce.check();
        salesforce.map_err(|text| problem(FILE, text))?;
        demand(
            self.freshness.max_age_days >= 1,
            "freshness.max_age_days must be at least 1",
        )?;
        let by = &self.calibration.segment_by;
        demand(
            by.is_empty() || leadrank_features::feature(by).is_some(),
            "calibration.segment_by must be a feature (`leadrank features --list`) or empty",
        )?;
        if let Some(text) = self.gates.problem() {
            return Err(problem(FILE, text));
        }
        let learning = [
            ("folds", self.folds.check()),
            ("selection", self.selection.check()),
            ("imbalance", self.imbalance.strategy.check()),
            ("tuning", self.tuning.check()),
            ("calibration", self.calibration.check()),
        ];
        for (section, checked) in learning {
            checked.map_err(|error| problem(FILE, format!("[{section}] {error}")))?;
        }
        let model = leadrank_learn::recipe::Recipe {
            // Follows from `seed`, which may be any number.
            seed: 0,
            ..self.model.clone()
        };
        model
            .check()
            .map_err(|error| problem(FILE, format!("[model] {error}")))
    }
}

/// Takes the derived values out of a file's table, each with its place in [`DERIVED`].
fn take_derived(table: &mut Table) -> Vec<(usize, Value)> {
    let mut taken = Vec::new();
    for (place, (section, key, _)) in DERIVED.iter().enumerate() {
        if let Some(Value::Table(inner)) = table.get_mut(*section)
            && let Some(value) = inner.remove(*key)
        {
            taken.push((place, value));
        }
    }
    taken
}

/// A derived value may stand in a file as long as it says nothing else.
fn agree(config: &Config, derived: &[(usize, Value)]) -> Result<()> {
    let follows = [
        i64::from(config.model.seed),
        i64::from(config.split.label_horizon_days),
    ];
    for (place, value) in derived {
        let (section, key, setting) = DERIVED[*place];
        if value.as_integer() != Some(follows[*place]) {
            return Err(problem(
                FILE,
                format!("`{section}.{key}` follows from `{setting}`: set that one and delete this"),
            ));
        }
    }
    Ok(())
}

/// An empty first test day is none; another text must be a date.
fn unset_test_from(table: &mut Table) -> Result<()> {
    let Some(Value::Table(split)) = table.get_mut("split") else {
        return Ok(());
    };
    let Some(Value::String(text)) = split.get(TEST_FROM) else {
        return Ok(());
    };
    if text.is_empty() {
        split.remove(TEST_FROM);
    } else if text.parse::<NaiveDate>().is_err() {
        return Err(problem(
            FILE,
            format!("split.test_from `{text}` is no date; write it as \"2025-07-01\""),
        ));
    }
    Ok(())
}

fn problem(file: &str, text: impl std::fmt::Display) -> Error {
    Error::Config {
        file: file.to_string(),
        problem: text.to_string().trim_end().to_string(),
    }
}

/// Dotted names of all values of a table.
fn leaves(table: &Table, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => names.extend(leaves(inner, &format!("{prefix}{key}."))),
            _ => names.push(format!("{prefix}{key}")),
        }
    }
    names
}

/// `a.b` and a text become `{a: {b: value}}`; the text is read as a TOML value
/// where it is one, and as plain text otherwise.
fn nested(path: &str, text: &str) -> Table {
    let value = format!("v = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut table| table.remove("v"))
        .unwrap_or_else(|| Value::String(text.to_string()));
    let mut parts = path.rsplit('.');
    let last = parts.next().unwrap_or_default().to_string();
    let mut table = Table::from_iter([(last, value)]);
    for part in parts {
        table = Table::from_iter([(part.to_string(), Value::Table(table))]);
    }
    table
}

fn overlay(
    base: &mut Table,
    top: Table,
    prefix: &str,
    place: &str,
    origin: &Origin,
    origins: &mut BTreeMap<String, Origin>,
) -> Result<()> {
    for (key, value) in top {
        let name = format!("{prefix}{key}");
        match (base.get_mut(&key), value) {
            (Some(Value::Table(roster)), Value::Table(people)) if name == ROSTER => {
                if *origin == Origin::Environment {
                    return Err(problem(
                        place,
                        format!(
                            "`{ROSTER}` can be set in {FILE} only: ids of people need their capital letters"
                        ),
                    ));
                }
                let names = people.keys().map(|id| format!("{name}.{id}"));
                origins.extend(names.map(|name| (name, origin.clone())));
                *roster = people;
            }
            (Some(Value::Table(inner)), Value::Table(top_inner)) => {
                overlay(
                    inner,
                    top_inner,
                    &format!("{name}."),
                    place,
                    origin,
                    origins,
                )?;
            }
            (Some(Value::Table(_)), _) => {
                return Err(problem(
                    place,
                    format!("`{name}` is a section, not a value"),
                ));
            }
            (Some(slot), value) => {
                // `tiers.overbook = 1` is as good as 1.0.
                *slot = match (&*slot, value) {
                    (Value::Float(_), Value::Integer(whole)) => Value::Float(whole as f64),
                    // A date without quotes, as an environment variable has it.
                    (Value::String(_), Value::Datetime(day)) => Value::String(day.to_string()),
                    (_, value) => value,
                };
                origins.insert(name, origin.clone());
            }
            (None, _) => return Err(problem(place, unknown_key(base, &name, &key))),
        }
    }
    Ok(())
}

fn unknown_key(base: &Table, name: &str, key: &str) -> String {
    let nearest = base
        .keys()
        .map(|known| (strsim::damerau_levenshtein(known, key), known))
        .min()
        .filter(|(distance, _)| *distance <= key.len().max(3) / 2);
    match nearest {
        Some((_, known)) => format!("unknown key `{name}`; did you mean `{known}`?"),
        None => {
            let known: Vec<&str> = base.keys().map(String::as_str).collect();
            format!("unknown key `{name}`; known here: {}", known.join(", "))
        }
    }
}

/// An empty text stands for "not set", so that every key is visible in the file.
mod optional_date {
    use chrono::NaiveDate;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        date: &Option<NaiveDate>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&date.map(|day| day.to_string()).unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<NaiveDate>, D::Error> {
        // TOML's own date type arrives as a map; ask for the quoted form.
        let text = String::deserialize(deserializer)
            .map_err(|_| D::Error::custom("as_of wants a quoted date such as \"2025-12-31\""))?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            D::Error::custom(format!(
                "as_of `{text}` is no date; write it as \"2025-12-31\""
            ))
        })
    }
}

#[cfg(test)]
mod tests;
