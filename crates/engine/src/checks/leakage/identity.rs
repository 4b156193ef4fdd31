//! Which columns identify a person, and can any of them reach a feature?

use std::collections::BTreeSet;
use std::ops::Range;

use datafusion::arrow::datatypes::DataType;
use leadrank_evidence::{Cell, Finding, Gate, Measured, Section, Severity, Table, Unit, Verdict};
use leadrank_features::{catalog, is_denied};
use leadrank_sources::FileKind;

use super::trial::{named, percent};
use crate::checks::data::Input;
use crate::checks::part::Part;
use crate::error::Result;

/// Protected attributes: never features, whatever they would add.
const PROTECTED: [&str; 2] = ["Gender", "Education"];
/// Share of the filled rows that hold the row's own key, from which a column is a key.
const SAME_AS_KEY: f64 = 0.5;
/// Distinct values for each filled row, from which whole numbers and texts tell rows apart.
const NEARLY_UNIQUE: f64 = 0.95;
/// Fewest filled rows for which that is judged.
const FEWEST: u64 = 200;
/// Columns of one query.
const AT_ONCE: usize = 16;
/// Mean length and distinct share from which a text is written by hand.
const FREE_TEXT: (f64, f64) = (12.0, 0.2);
/// Share of its cells that have a blank: ids and links are long, too, but have no words.
const WRITTEN: f64 = 0.5;

/// One column of one table.
struct Column {
    file: FileKind,
    name: &'static str,
    kind: &'static str,
    personal: bool,
    rows: u64,
    filled: u64,
    distinct: u64,
    /// Filled rows that hold the row's own key, and which key.
    as_key: (u64, &'static str),
    /// Mean length of a text.
    length: Option<f64>,
    /// Texts with a blank in them.
    with_blank: u64,
    whole_number: bool,
}

impl Column {
    fn distinct_share(&self) -> f64 {
        // The estimate of distinct values may lie a little high.
        (self.distinct as f64 / self.filled.max(1) as f64).min(1.0)
    }

    fn is_key(&self) -> bool {
        self.filled > 0 && self.as_key.0 as f64 >= SAME_AS_KEY * self.filled as f64
    }

    fn is_nearly_unique(&self) -> bool {
        let tells_apart = self.whole_number || self.length.is_some();
        tells_apart && self.filled >= FEWEST && self.distinct_share() >= NEARLY_UNIQUE
    }

    fn is_free_text(&self) -> bool {
        let written = self.with_blank as f64 >= WRITTEN * self.filled as f64;
        self.filled >= FEWEST
            && written
            && self.length.is_some_and(|length| length >= FREE_TEXT.0)
            && self.distinct_share() >= FREE_TEXT.1
    }

    /// What it is, by its values and then by its name.
    fn nature(&self) -> Option<String> {
        let mut words = Vec::new();
        if self.is_key() {
            words.push(format!(
                "holds {} in {} of the filled rows",
                self.as_key.1,
                percent(self.as_key.0, self.filled)
            ));
        } else if self.is_nearly_unique() {
            words.push("nearly a different value in each row".to_owned());
        }
        if PROTECTED.contains(&self.name) {
            words.push("protected attribute".to_owned());
        } else if self.personal {
            words.push("personal by its name".to_owned());
        } else if is_denied(self.name) && words.is_empty() {
            words.push("denied by its name".to_owned());
        }
        if self.is_free_text() {
            words.push("free text".to_owned());
        }
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// Features that are computed from it.
    fn features(&self) -> Vec<&'static str> {
        if self.file == FileKind::Lead {
            return catalog()
                .iter()
                .filter(|feature| feature.is_temporal() && feature.sources.contains(&self.name))
                .map(|feature| feature.name)
                .collect();
        }
        let mut from = BTreeSet::from([self.name]);
        let mut found = Vec::new();
        // Base features stand before those computed from them.
        for feature in catalog() {
            if feature.sources.iter().any(|source| from.contains(source)) {
                from.insert(feature.name);
                found.push(feature.name);
            }
        }
        found
    }
}

/// See the module's own text.
pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let mut columns = Vec::new();
    for (file, table) in tables(input) {
        columns.extend(of_table(input, file, &table).await?);
    }
    let mut part = Part::default();
    let mut bad = 0;
    for column in &columns {
        let features = column.features();
        if features.is_empty() || !(column.is_key() || column.is_nearly_unique()) {
            continue;
        }
        // The stamp of the contact gives its weekday, and nothing else of it.
        if column.file == FileKind::Lead && !column.is_key() {
            continue;
        }
        bad += 1;
        part.findings.push(of_identity(column, &features));
    }
    for (name, same, filled) in features_as_key(input)? {
        if same as f64 >= SAME_AS_KEY * filled as f64 && bad == 0 {
            bad += 1;
            part.findings.push(of_feature(name, same, filled));
        }
    }
    if bad == 0 {
        let sources = columns
            .iter()
            .filter(|column| !column.features().is_empty());
        part.findings.push(Finding::new(
            "leakage.identity",
            Severity::Pass,
            format!(
                "no column identifies a person: {} behind the features looked at",
                sources.count()
            ),
        ));
    }
    part.findings.push(kept_out(&columns));
    part.gates.push(Gate {
        id: "leakage.identity".into(),
        rule: format!(
            "no column behind a feature holds the row's own number in half of the rows, or a different value in {:.0} % of them",
            100.0 * NEARLY_UNIQUE
        ),
        value: Some(Measured::counted(f64::from(bad), columns.len() as u64)),
        unit: Unit::Count,
        verdict: if bad > 0 { Verdict::Fail } else { Verdict::Pass },
        action: "map the right column with sources.map, or keep the features out with features.exclude".into(),
        brief: None,
        forced: None,
    });
    part.sections.push(section(input, &columns));
    Ok(part)
}

/// The tables to look at: the newest month of reps and firms, and the leads.
fn tables(input: &Input<'_>) -> Vec<(FileKind, String)> {
    let newest = |kind: FileKind, table: &str| {
        let day = input.data.in_use.months(kind).last().copied()?;
        Some((kind, format!("{table} WHERE snapshot_as_of = DATE '{day}'")))
    };
    [
        newest(FileKind::Reps, "LeadScoring.discovery_reps_current"),
        newest(FileKind::Firms, "LeadScoring.discovery_firms_current"),
        Some((FileKind::Lead, "SavvyGTMData.Lead".into())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Keys of a file with the words for them.
fn keys(file: FileKind) -> Vec<(&'static str, &'static str)> {
    match file {
        FileKind::Reps => vec![
            ("RepCRD", "the adviser's own number"),
            ("RIAFirmCRD", "the firm's number"),
        ],
        FileKind::Firms => vec![("RIAFirmCRD", "the firm's own number")],
        _ => vec![
            ("FA_CRD__c", "the adviser's own number"),
            ("Id", "the lead's own id"),
        ],
    }
}

/// All declared columns of a table, some at a time: planning a query takes longer than
/// each of its columns adds.
async fn of_table(input: &Input<'_>, file: FileKind, table: &str) -> Result<Vec<Column>> {
    let all = file.contract().columns.len();
    let mut columns = Vec::new();
    for first in (0..all).step_by(AT_ONCE) {
        let some = first..all.min(first + AT_ONCE);
        columns.extend(of_columns(input, file, table, some).await?);
    }
    Ok(columns)
}

/// Some declared columns of a table in one scan; distinct values are estimated in bounded
/// memory.
async fn of_columns(
    input: &Input<'_>,
    file: FileKind,
    table: &str,
    some: Range<usize>,
) -> Result<Vec<Column>> {
    let keys = keys(file);
    let declared = &file.contract().columns[some];
    let mut wanted = vec!["COUNT(*) AS n".to_owned()];
    for (at, column) in declared.iter().enumerate() {
        let name = column.name;
        wanted.push(format!("COUNT(`{name}`) AS filled_{at}"));
        wanted.push(format!("APPROX_COUNT_DISTINCT(`{name}`) AS distinct_{at}"));
        let is_text = column.kind.data_type() == DataType::Utf8;
        if is_text {
            wanted.push(format!("AVG(LENGTH(`{name}`)) AS length_{at}"));
            wanted.push(format!("COUNTIF(`{name}` LIKE '% %') AS blanks_{at}"));
        }
        for (key_at, (key, _)) in keys.iter().enumerate() {
            let same = match (is_text, column.kind.is_number()) {
                (true, _) if name != *key => format!("`{name}` = `{key}`"),
                (_, true) => format!("CAST(`{name}` AS FLOAT64) = SAFE_CAST(`{key}` AS FLOAT64)"),
                _ => continue,
            };
            wanted.push(format!("COUNTIF({same}) AS same_{key_at}_{at}"));
        }
    }
    let sql = format!("SELECT {} FROM {table}", wanted.join(", "));
    let rows = input.rows(&sql).await?;
    let number = |name: String| -> Result<u64> {
        let value = rows.integers(&name)?.first().copied().flatten();
        Ok(value
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(0))
    };
    let all = number("n".into())?;
    let mut columns = Vec::new();
    for (at, column) in declared.iter().enumerate() {
        let stored = column.kind.data_type();
        let is_text = stored == DataType::Utf8;
        let mut as_key = (0, "");
        for (key_at, (key, words)) in keys.iter().enumerate() {
            if (is_text && column.name != *key) || column.kind.is_number() {
                let same = number(format!("same_{key_at}_{at}"))?;
                if same > as_key.0 {
                    as_key = (same, words);
                }
            }
        }
        columns.push(Column {
            file,
            name: column.name,
            kind: kind_word(&stored),
            personal: column.personal || column.key,
            rows: all,
            filled: number(format!("filled_{at}"))?,
            distinct: number(format!("distinct_{at}"))?,
            as_key,
            length: match is_text {
                true => rows
                    .numbers(&format!("length_{at}"))?
                    .first()
                    .copied()
                    .flatten(),
                false => None,
            },
            with_blank: match is_text {
                true => number(format!("blanks_{at}"))?,
                false => 0,
            },
            whole_number: stored == DataType::Int64,
        });
    }
    Ok(columns)
}

fn kind_word(stored: &DataType) -> &'static str {
    match stored {
        DataType::Int64 => "whole number",
        DataType::Float64 => "number",
        DataType::Boolean => "yes or no",
        DataType::Timestamp(..) => "moment",
        DataType::Date32 => "day",
        _ => "text",
    }
}

/// Features that hold the adviser's number on contacted leads, whatever month they are of:
/// name, rows where they do, rows filled.
fn features_as_key(input: &Input<'_>) -> Result<Vec<(&'static str, u64, u64)>> {
    let leads = &input.leads;
    let numbers: Vec<Option<f32>> = leads
        .advisers
        .iter()
        .map(|adviser| adviser.as_deref()?.parse().ok())
        .collect();
    let mut found = Vec::new();
    for feature in catalog() {
        let column = leads.matrix.column(feature.name)?;
        let filled = column.iter().filter(|value| !value.is_nan()).count() as u64;
        let same = column
            .iter()
            .zip(&numbers)
            .filter(|(value, number)| Some(**value) == **number);
        let same = same.count() as u64;
        if filled >= FEWEST {
            found.push((feature.name, same, filled));
        }
    }
    Ok(found)
}

fn place(file: FileKind) -> &'static str {
    match file {
        FileKind::Reps => "rep file",
        FileKind::Firms => "firm file",
        _ => "lead file",
    }
}

fn of_identity(column: &Column, features: &[&'static str]) -> Finding {
    let holds = match column.is_key() {
        true => format!(
            "holds {} in {} of the rows",
            column.as_key.1,
            percent(column.as_key.0, column.filled)
        ),
        false => "has a different value in nearly each row".into(),
    };
    Finding::new(
        "leakage.identity",
        Severity::Fail,
        format!("{} of the {} {holds}: it names people instead of describing them", column.name, place(column.file)),
    )
    .because(format!(
        "{} of {} rows are filled, about {} different values; {} filled rows equal the key.",
        column.filled, column.rows, column.distinct, column.as_key.0
    ))
    .because(format!(
        "Features computed from it: {}. A model can learn single advisers by heart with such a column, and what it learned holds for nobody else.",
        named(features, 8)
    ))
    .rows(column.as_key.0.max(column.distinct.min(column.filled)), column.filled)
    .remedy("map the column that was meant with sources.map, or keep these features out with features.exclude")
    .strength(20.0)
}

fn of_feature(name: &str, same: u64, filled: u64) -> Finding {
    Finding::new(
        "leakage.identity",
        Severity::Fail,
        format!(
            "{name} holds the adviser's own number on {} of the contacted leads",
            percent(same, filled)
        ),
    )
    .because("The newest vendor month does not show it: an older one does.")
    .rows(same, filled)
    .remedy(
        "load the month again with the right column, or keep the feature out with features.exclude",
    )
    .strength(20.0)
}

/// What is there and stays out.
fn kept_out(columns: &[Column]) -> Finding {
    let names = |wanted: &dyn Fn(&Column) -> bool| -> Vec<&'static str> {
        let chosen: BTreeSet<&str> = columns
            .iter()
            .filter(|column| column.filled > 0 && wanted(column))
            .map(|column| column.name)
            .collect();
        chosen.into_iter().collect()
    };
    let protected = names(&|column| PROTECTED.contains(&column.name));
    let personal = names(&|column| column.personal && !PROTECTED.contains(&column.name));
    let free = names(&|column| column.is_free_text() && !column.personal);
    let unused = |names: &[&str]| {
        names
            .iter()
            .filter(|name| !catalog().iter().any(|feature| feature.name == **name))
            .count()
    };
    Finding::new(
        "leakage.kept_out",
        Severity::Note,
        format!(
            "columns that are stored and kept out of the model: personal {}, protected attributes {}, free text {}",
            unused(&personal), unused(&protected), unused(&free)
        ),
    )
    .because(format!("Protected: {}.", named(&protected, 6)))
    .because(format!("Personal: {}.", named(&personal, 12)))
    .because(format!("Free text: {}.", named(&free, 8)))
    .strength(0.1)
}

fn section(input: &Input<'_>, columns: &[Column]) -> Section {
    let mut table = Table::new(
        "Columns that identify, protect or are written by hand",
        &["file", "column", "kind", "#filled", "#different values a filled row", "what it is", "features from it"],
    )
    .note("Newest vendor month and the leads in use. Different values are an estimate within about two percent. A metropolitan area and the stamp of the contact are denied as they are and used only as one of five names and as a weekday.");
    for column in columns {
        let Some(nature) = column.nature() else {
            continue;
        };
        let features = column.features();
        table.row(vec![
            place(column.file).into(),
            column.name.into(),
            column.kind.into(),
            Cell::share(column.filled, column.rows),
            Cell::number((column.filled > 0).then(|| column.distinct_share())),
            nature.into(),
            if features.is_empty() {
                Cell::from("none")
            } else {
                (features.len() as u64).into()
            },
        ]);
    }
    let mut section = Section::new("Identities, protected attributes, free text")
        .say("A column that names the row lets a model learn people by heart. Identities are looked for by name (deny-list and file contract) and by value (the row's own number, or nearly as many values as rows).")
        .table(table);
    for (kind, _) in tables(input) {
        let undeclared: BTreeSet<&str> = input
            .data
            .in_use
            .kind(kind)
            .flat_map(|load| load.unknown_columns.iter().map(String::as_str))
            .collect();
        let undeclared: Vec<&str> = undeclared.into_iter().collect();
        let suspicious: Vec<&str> = undeclared
            .iter()
            .copied()
            .filter(|name| sounds_personal(name))
            .collect();
        if !undeclared.is_empty() {
            section = section.say(format!(
                "Columns of the {} that no contract declares can't become features: {}; by their names {} of them may be personal ({}).",
                place(kind), named(&undeclared, 8), suspicious.len(), named(&suspicious, 8)
            ));
        }
        let skipped = kind.contract().left_out;
        if !skipped.is_empty() {
            section = section.say(format!(
                "Personal columns of the {} that are never stored if they come: {}.",
                place(kind),
                named(skipped, 30)
            ));
        }
    }
    section
}

/// Whether a name that no contract knows sounds like that of a person's attribute.
fn sounds_personal(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = [
        "name", "mail", "phone", "address", "street", "birth", "age", "gender", "race", "ssn",
        "zip", "linkedin", "crd", "note",
    ];
    is_denied(&name) || words.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &'static str, filled: u64, distinct: u64, same: u64) -> Column {
        Column {
            file: FileKind::Reps,
            name,
            kind: "whole number",
            personal: false,
            rows: 1_000,
            filled,
            distinct,
            as_key: (same, "the adviser's own number"),
            length: None,
            with_blank: 0,
            whole_number: true,
        }
    }

    #[test]
    fn keys_are_told_by_value_and_features_by_their_sources() {
        assert!(column("Number_IAReps", 1_000, 990, 999).is_key());
        assert!(column("Number_IAReps", 1_000, 990, 2).is_nearly_unique());
        let plain = column("Number_IAReps", 1_000, 400, 2);
        assert_eq!(plain.nature(), None);
        assert!(plain.features().contains(&"AUM_per_IARep"));
        assert!(
            column("Gender", 10, 2, 0)
                .nature()
                .unwrap()
                .contains("protected")
        );
    }

    #[test]
    fn text_is_written_by_hand_where_it_has_words() {
        let text = |with_blank| Column {
            length: Some(18.0),
            with_blank,
            whole_number: false,
            ..column("ConvertedOpportunityId", 1_000, 1_000, 0)
        };
        assert!(text(900).is_free_text());
        assert!(!text(0).is_free_text(), "an id has no words");
    }

    #[test]
    fn undeclared_names_are_judged_by_their_sound() {
        assert!(sounds_personal("Spouse_Name") && sounds_personal("Date_of_Birth"));
        assert!(!sounds_personal("Number_Widgets"));
    }
}
