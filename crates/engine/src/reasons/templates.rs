//! The words of the reasons: shipped inside the program; a project's own `reasons.toml`
//! wins. A sales manager edits it, so every fault is told with its line, all at once.

use std::collections::BTreeMap;
use std::path::Path;

use leadrank_features::catalog::{Idea, Kind, Signal, Tell, Unit};
use leadrank_features::{Feature, catalog};
use toml::de::{DeTable, DeValue};

use super::rendered::{Rendered, rendered};
use crate::error::{Error, Result};
use crate::project::write_atomically;

/// Name of the file in a project.
pub const FILE: &str = "reasons.toml";

/// Most characters of a sentence: what a text field of Salesforce holds.
pub const LONGEST: usize = 255;

const EMBEDDED: &str = include_str!("reasons.toml");

/// Texts that belong to no feature, each with the places that it may hold.
const TEXTS: [(&str, &[&str]); 17] = [
    ("peers.inside", &["range"]),
    ("peers.outside", &["range"]),
    ("peers.high", &["share"]),
    ("peers.low", &["share"]),
    ("peers.high_growth", &["share"]),
    ("peers.low_growth", &["share"]),
    ("gaps.not_known", &["idea"]),
    ("narrative.for", &["reasons"]),
    ("narrative.against", &["reason"]),
    ("narrative.nothing", &[]),
    ("narrative.age", &["days"]),
    ("narrative.no_record", &[]),
    ("change.same", &["after"]),
    ("change.data", &["before", "after", "idea"]),
    ("change.data_alone", &["before", "after"]),
    ("change.model", &["before", "after"]),
    ("change.calibration", &["before", "after"]),
];

/// The words, checked: every text is there, holds known places alone, and stays within
/// [`LONGEST`] with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Templates {
    texts: BTreeMap<String, String>,
    source: String,
}

impl Templates {
    /// The shipped words.
    ///
    /// # Errors
    /// None while the tests pass.
    pub fn embedded() -> Result<Self> {
        Templates::parse(EMBEDDED)
    }

    /// The words of the project in `root`: its own file, or the shipped ones.
    ///
    /// # Errors
    /// When the file can't be read or has faults.
    pub fn of_project(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        if !path.is_file() {
            return Templates::embedded();
        }
        let text = std::fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        Templates::parse(&text)
    }

    /// Writes the shipped words into the project in `root` unless it has its own; gives
    /// back whether it wrote.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn copy_missing(root: &Path) -> Result<bool> {
        let path = root.join(FILE);
        let missing = !path.is_file();
        if missing {
            write_atomically(&path, EMBEDDED.as_bytes())?;
        }
        Ok(missing)
    }

    /// Reads the words.
    ///
    /// # Errors
    /// Every fault with its line: text that is no TOML, an unknown or missing name, an empty
    /// text, an unknown place, a sentence that can become too long.
    pub fn parse(source: &str) -> Result<Self> {
        let table = DeTable::parse(source).map_err(|error| {
            let place = error.span().map_or(0, |span| span.start);
            faulty(&[format!("line {}: {}", line(source, place), error.message())])
        })?;
        let mut found = BTreeMap::new();
        let mut faults = Vec::new();
        collect(table.get_ref(), "", source, &mut found, &mut faults);
        let expected = expected();
        for (key, (line, text)) in &found {
            let problem = match expected.get(key) {
                None => Some(unknown(key, &expected)),
                Some(_) if text.trim().is_empty() => Some("is empty; write a text".to_owned()),
                Some(places) => place_problem(text, places),
            };
            faults.extend(problem.map(|problem| (*line, format!("{key} {problem}"))));
        }
        for key in expected.keys().filter(|key| !found.contains_key(*key)) {
            let problem = format!("{key} is missing; the shipped file has it");
            faults.push((usize::MAX, problem));
        }
        if faults.is_empty() {
            let texts = found
                .iter()
                .map(|(key, (_, text))| (key.clone(), text.clone()))
                .collect();
            let templates = Templates {
                texts,
                source: source.to_owned(),
            };
            faults = templates.too_long(&found);
            if faults.is_empty() {
                return Ok(templates);
            }
        }
        faults.sort();
        let told = |(line, problem): &(usize, String)| match *line {
            usize::MAX => problem.clone(),
            line => format!("line {line}: {problem}"),
        };
        Err(faulty(&faults.iter().map(told).collect::<Vec<_>>()))
    }

    /// The file as it is.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The word for a kind of signal.
    pub fn signal(&self, signal: Signal) -> &str {
        self.text(signal_key(signal))
    }

    /// The words for what a feature is about.
    pub fn idea(&self, idea: Idea) -> &str {
        self.text(&format!("ideas.{}", idea.key()))
    }

    /// Every sentence, with values from low to high.
    pub fn rendered(&self) -> Vec<Rendered> {
        rendered(self)
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.texts.get(key).map_or("", String::as_str)
    }

    /// The text of this key, its places filled.
    pub(super) fn filled(&self, key: &str, places: &[(&str, &str)]) -> String {
        let mut text = self.text(key).to_owned();
        for (place, value) in places {
            text = text.replace(&format!("{{{place}}}"), value);
        }
        text
    }

    /// Sentences that become too long with everything filled in, each once.
    fn too_long(&self, found: &BTreeMap<String, (usize, String)>) -> Vec<(usize, String)> {
        let mut longest: BTreeMap<String, usize> = BTreeMap::new();
        for sentence in self.rendered() {
            let length = longest.entry(sentence.key).or_default();
            *length = sentence.text.chars().count().max(*length);
        }
        longest
            .into_iter()
            .filter(|(_, length)| *length > LONGEST)
            .map(|(key, length)| {
                let problem = format!(
                    "becomes {length} characters with everything filled in; at most {LONGEST} fit into Salesforce"
                );
                let line = found.get(&key).map_or(usize::MAX, |(line, _)| *line);
                (line, format!("{key} {problem}"))
            })
            .collect()
    }
}

/// The texts that there must be, with the places of each.
fn expected() -> BTreeMap<String, Vec<&'static str>> {
    let mut expected: BTreeMap<String, Vec<&'static str>> = TEXTS
        .iter()
        .map(|(key, places)| ((*key).to_owned(), places.to_vec()))
        .collect();
    for signal in Signal::ALL {
        expected.insert(signal_key(signal).to_owned(), Vec::new());
    }
    for idea in Idea::ALL {
        expected.insert(format!("ideas.{}", idea.key()), Vec::new());
    }
    for feature in catalog().iter().filter(|feature| feature.tell == Tell::Yes) {
        for direction in ["up", "down"] {
            expected.insert(
                format!("features.{}.{direction}", feature.name),
                places(feature),
            );
        }
    }
    expected
}

/// What may be filled into a feature's sentences.
fn places(feature: &Feature) -> Vec<&'static str> {
    if feature.kind == Kind::Flag {
        return Vec::new();
    }
    let mut places = vec!["value", "peers"];
    if matches!(feature.unit, Unit::Count | Unit::Ratio) {
        places.push("s");
    }
    if feature.idea == Idea::Growth {
        places.push("change");
    }
    places
}

fn signal_key(signal: Signal) -> &'static str {
    match signal {
        Signal::Growth => "signals.growth",
        Signal::Size => "signals.size",
        Signal::Timing => "signals.timing",
        Signal::Fit => "signals.fit",
    }
}

/// Every text below `table` with its line, by its dotted key.
fn collect(
    table: &DeTable<'_>,
    above: &str,
    source: &str,
    found: &mut BTreeMap<String, (usize, String)>,
    faults: &mut Vec<(usize, String)>,
) {
    for (name, value) in table {
        let key = format!("{above}{}", name.get_ref());
        let line = line(source, name.span().start);
        match value.get_ref() {
            DeValue::Table(inner) => collect(inner, &format!("{key}."), source, found, faults),
            DeValue::String(text) => {
                found.insert(key, (line, text.to_string()));
            }
            _ => faults.push((line, format!("{key} is no text; put it in quotes"))),
        }
    }
}

fn line(source: &str, place: usize) -> usize {
    let before = source.as_bytes().iter().take(place);
    1 + before.filter(|&&byte| byte == b'\n').count()
}

fn unknown(key: &str, expected: &BTreeMap<String, Vec<&'static str>>) -> String {
    let feature = key
        .strip_prefix("features.")
        .and_then(|rest| leadrank_features::feature(rest.split('.').next().unwrap_or(rest)));
    if feature.is_some_and(|feature| feature.tell == Tell::No) {
        return "names a feature that is never told; remove it".into();
    }
    let distance = |known: &&String| strsim::levenshtein(key, known);
    let nearest = expected.keys().min_by_key(distance);
    let nearest = nearest.map_or("", String::as_str);
    format!("is no name of this file; the nearest is {nearest}")
}

/// What is wrong with the places of a text.
fn place_problem(text: &str, places: &[&str]) -> Option<String> {
    let known = match places {
        [] => "it has none".to_owned(),
        _ => format!("it has {{{}}}", places.join("}, {")),
    };
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let inner = &rest[at + 1..];
        let end = inner.find(['{', '}']);
        match end {
            Some(end) if rest[at..].starts_with('{') && inner[end..].starts_with('}') => {
                let place = &inner[..end];
                if !places.contains(&place) {
                    return Some(format!("has the unknown place {{{place}}}; {known}"));
                }
                rest = &inner[end + 1..];
            }
            _ => return Some(format!("has a brace without its other half; {known}")),
        }
    }
    None
}

fn faulty(faults: &[String]) -> Error {
    Error::Config {
        file: FILE.into(),
        problem: faults.join("\n  "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(from: &str, to: &str) -> String {
        let changed = EMBEDDED.replacen(from, to, 1);
        assert!(changed != EMBEDDED, "`{from}` is nowhere in the file");
        Templates::parse(&changed).unwrap_err().to_string()
    }

    #[test]
    fn the_shipped_words_have_no_fault() {
        let templates = Templates::embedded().unwrap();
        assert_eq!(templates.signal(Signal::Timing), "Timing");
        assert_eq!(templates.idea(Idea::Tenure), "time at the current firm");
    }

    #[test]
    fn faults_are_told_with_line_and_key() {
        let message = with("{value} at the current firm", "{years} at the current firm");
        let place = EMBEDDED.find("{value} at the current firm").unwrap();
        let line = line(EMBEDDED, place);
        let told = format!(
            "line {line}: features.DateOfHireAtCurrentFirm_NumberOfYears.up has the unknown place {{years}}; it has {{value}}, {{peers}}"
        );
        assert!(message.contains(&told), "{message}");
        let message = with("size = \"Size\"", "size = \"Size");
        let line = super::line(EMBEDDED, EMBEDDED.find("size = \"Size\"").unwrap());
        assert!(
            message.contains(&format!("line {line}: invalid")),
            "{message}"
        );
        for (from, to, told) in [
            (
                "growth = \"Growth\"",
                "growth = \"\"",
                "signals.growth is empty",
            ),
            (
                "growth = \"Growth\"",
                "growth = 3",
                "signals.growth is no text",
            ),
            (
                "growth = \"Growth\"",
                "grow = \"Growth\"",
                "the nearest is signals.growth",
            ),
            (
                "growth = \"Growth\"",
                "grow = \"Growth\"",
                "signals.growth is missing",
            ),
            ("{range})\"", "{range)\"", "without its other half"),
            ("{range})\"", "range})\"", "without its other half"),
            (
                "the firm is independent",
                "the firm is {value}",
                "IsIndependent.up has the unknown place {value}; it has none",
            ),
            (
                "[features.IsIndependent]",
                "[features.KnownNonAdvisor]",
                "never told",
            ),
        ] {
            let message = with(from, to);
            assert!(message.contains(told), "{message}");
        }
    }

    #[test]
    fn all_faults_are_told_at_once_in_the_order_of_the_file() {
        let changed = EMBEDDED
            .replacen("growth = \"Growth\"", "growth = \" \"", 1)
            .replacen("lives in the Miami area", "", 1);
        let message = Templates::parse(&changed).unwrap_err().to_string();
        let first = message.find("signals.growth").unwrap();
        assert!(first < message.find("Miami").unwrap(), "{message}");
        assert!(message.starts_with("reasons.toml: line "), "{message}");
    }

    #[test]
    fn a_sentence_must_fit_with_everything_filled_in() {
        let long = format!("the firm's assets are {{value}}{}", "x".repeat(200));
        let message = with("the firm's assets are {value}", &long);
        assert!(
            message.contains("features.TotalAssetsInMillions.up becomes"),
            "{message}"
        );
    }

    #[test]
    fn a_projects_own_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Templates::copy_missing(folder.path()).unwrap());
        let path = folder.path().join(FILE);
        let own = EMBEDDED.replace("timing = \"Timing\"", "timing = \"When\"");
        std::fs::write(&path, own).unwrap();
        assert!(!Templates::copy_missing(folder.path()).unwrap());
        let templates = Templates::of_project(folder.path()).unwrap();
        assert_eq!(templates.signal(Signal::Timing), "When");
    }
}
