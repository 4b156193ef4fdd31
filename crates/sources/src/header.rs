//! Column names: cleaning, and which cell of a row goes where.

use std::collections::BTreeMap;

use crate::contract::{Contract, FileKind};
use crate::error::{Error, Result};
use crate::mapping::Mapping;

/// Cleans a column name: `/`, space, `-` and `.` become `_`, brackets go, and double
/// underscores become one, in a single pass and in that order (domain.md, "Header and
/// cell cleaning").
pub fn normalise(name: &str) -> String {
    let replaced: String = name
        .chars()
        .filter_map(|c| match c {
            '/' | ' ' | '-' | '.' => Some('_'),
            '(' | ')' | '[' | ']' | '{' | '}' => None,
            other => Some(other),
        })
        .collect();
    replaced.replace("__", "_")
}

/// The form in which names are compared: cleaned, without outer blanks, in lower case.
pub fn matching_key(name: &str) -> String {
    normalise(name.trim()).to_lowercase()
}

/// Where one cell of a row goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// To a declared column of the contract, by index; numbers are multiplied first.
    Declared { column: usize, factor: f64 },
    /// To the text of undeclared columns, by index into `Layout::unknown`.
    Unknown(usize),
    /// Nowhere: personal data nothing needs.
    LeftOut,
}

/// A file's header, matched with its contract.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// For each cell of a row, in file order.
    pub(crate) places: Vec<Place>,
    /// Declared columns the file does not have.
    pub(crate) missing: Vec<String>,
    /// Undeclared columns: cleaned in vendor files, as written in Salesforce exports.
    pub(crate) unknown: Vec<String>,
    /// Personal columns that are read past.
    pub(crate) left_out: Vec<String>,
    /// Mappings that found their source column, by index.
    pub(crate) used: Vec<usize>,
}

/// Matches a header with a contract. Mappings win over names, names over aliases.
pub(crate) fn layout(
    file: &str,
    header: &[String],
    contract: &Contract,
    mappings: &[Mapping],
) -> Result<Layout> {
    reject_wrong_delimiter(file, header)?;
    let mut position = BTreeMap::new();
    for (index, name) in header.iter().enumerate() {
        let key = matching_key(name);
        if key.is_empty() {
            continue;
        }
        if let Some(first) = position.insert(key, index) {
            return Err(Error::DuplicateColumn {
                file: file.into(),
                first: first + 1,
                first_name: header[first].clone(),
                second: index + 1,
                second_name: name.clone(),
            });
        }
    }

    let mut places: Vec<Option<Place>> = vec![None; header.len()];
    let mut filled = vec![false; contract.columns.len()];
    let mut used = Vec::new();
    for (order, mapping) in mappings.iter().enumerate() {
        let column = contract
            .columns
            .iter()
            .position(|c| matching_key(c.name) == matching_key(&mapping.target));
        let source = position.get(&matching_key(&mapping.source));
        if let (Some(column), Some(&source)) = (column, source) {
            if filled[column] || places[source].is_some() {
                return Err(Error::MappingTwice {
                    mapping: mapping.to_string(),
                    file: file.into(),
                });
            }
            places[source] = Some(Place::Declared {
                column,
                factor: mapping.factor,
            });
            filled[column] = true;
            used.push(order);
        }
    }
    for (column, declared) in contract.columns.iter().enumerate() {
        if filled[column] {
            continue;
        }
        let names = std::iter::once(declared.name).chain(declared.aliases.iter().copied());
        let found = names
            .filter_map(|name| position.get(&matching_key(name)).copied())
            .find(|&index| places[index].is_none());
        if let Some(index) = found {
            places[index] = Some(Place::Declared {
                column,
                factor: 1.0,
            });
            filled[column] = true;
        }
    }
    let key = contract.columns.iter().position(|c| c.key).unwrap_or(0);
    if !filled[key] {
        return Err(missing_key(file, header, contract));
    }

    let mut unknown = Vec::new();
    let mut left_out = Vec::new();
    let places = places
        .into_iter()
        .enumerate()
        .map(|(index, place)| {
            if let Some(place) = place {
                return place;
            }
            let name = header[index].trim();
            let personal = contract
                .left_out
                .iter()
                .any(|left| matching_key(left) == matching_key(name));
            if personal {
                left_out.push(name.to_owned());
                return Place::LeftOut;
            }
            unknown.push(match (name.is_empty(), contract.kind) {
                (true, _) => format!("column_{}", index + 1),
                (false, FileKind::Reps | FileKind::Firms) => normalise(name),
                (false, _) => name.to_owned(),
            });
            Place::Unknown(unknown.len() - 1)
        })
        .collect();
    let missing = contract
        .columns
        .iter()
        .zip(&filled)
        .filter(|(column, filled)| !**filled && !column.optional)
        .map(|(column, _)| column.name.to_owned())
        .collect();
    Ok(Layout {
        places,
        missing,
        unknown,
        left_out,
        used,
    })
}

fn reject_wrong_delimiter(file: &str, header: &[String]) -> Result<()> {
    let [only] = header else { return Ok(()) };
    let found = [(';', "semicolon"), ('\t', "tab"), ('|', "pipe")]
        .into_iter()
        .find(|(delimiter, _)| only.contains(*delimiter));
    match found {
        Some((_, name)) => Err(Error::WrongDelimiter {
            file: file.into(),
            found: name,
        }),
        None => Ok(()),
    }
}

fn missing_key(file: &str, header: &[String], contract: &Contract) -> Error {
    let key = contract.key().name;
    let near = nearest(key, header.iter().map(|name| normalise(name.trim())));
    let shown: Vec<&str> = header.iter().take(12).map(|name| name.trim()).collect();
    let mut found = shown.join(", ");
    if header.len() > shown.len() {
        found.push_str(&format!(", … ({} columns)", header.len()));
    }
    Error::MissingKey {
        file: file.into(),
        key,
        kind: contract.kind,
        found,
        near: match near.as_slice() {
            [] => String::new(),
            near => format!("; near names: {}", near.join(", ")),
        },
    }
}

/// Up to three names that look like the wanted one, the nearest first.
pub(crate) fn nearest(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(f64, String)> = names
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(score, _)| *score >= 0.75)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_cleaned_in_the_stated_order() {
        assert_eq!(
            normalise("Dually Registered/BD-RIA.Rep"),
            "Dually_Registered_BD_RIA_Rep"
        );
        assert_eq!(normalise("Percent (Clients) [US]"), "Percent_Clients_US");
        // Two underscores from a blank and a dash meet and merge.
        assert_eq!(normalise("A (B"), "A_B");
        assert_eq!(normalise("A -(B"), "A_B");
        // One pass only: four become two.
        assert_eq!(normalise("a----b"), "a__b");
        assert_eq!(normalise("% Change YTD"), "%_Change_YTD");
    }

    #[test]
    fn salesforce_names_survive_the_double_underscore() {
        let header = names(&[
            "ID",
            "fa_crd__C",
            "Stage_Entered_Contacting__c",
            "Owner.Name",
        ]);
        let layout = layout("f.csv", &header, FileKind::Lead.contract(), &[]).expect("fits");
        assert_eq!(
            layout.places[1],
            Place::Declared {
                column: 1,
                factor: 1.0
            }
        );
        assert_eq!(layout.left_out, ["Owner.Name"]);
        assert!(layout.missing.contains(&"CreatedDate".to_owned()));
        assert!(layout.unknown.is_empty());
    }

    #[test]
    fn two_names_that_clean_to_one_are_an_error() {
        let header = names(&["RepCRD", "Home State", "home-state"]);
        let error = layout("f.csv", &header, FileKind::Reps.contract(), &[]).expect_err("twice");
        assert_eq!(
            error.to_string(),
            "f.csv: columns 2 (`Home State`) and 3 (`home-state`) have the same name after \
             cleaning; rename or remove one"
        );
    }

    #[test]
    fn a_missing_key_names_what_was_found_and_what_is_near() {
        let header = names(&["Rep_CRDs", "City"]);
        let error = layout("f.csv", &header, FileKind::Reps.contract(), &[]).expect_err("no key");
        let text = error.to_string();
        assert!(text.contains("no column RepCRD"), "{text}");
        assert!(
            text.contains("found Rep_CRDs, City; near names: Rep_CRDs"),
            "{text}"
        );
    }

    #[test]
    fn wrong_delimiters_are_named() {
        for (header, word) in [("a;b", "semicolon"), ("a\tb", "tab"), ("a|b", "pipe")] {
            let error = layout("f.csv", &names(&[header]), FileKind::Reps.contract(), &[])
                .expect_err("one column");
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn mappings_win_over_names_and_names_over_aliases() {
        let mapping: Mapping = "other=TotalAssetsInMillions*1e-6".parse().expect("valid");
        let header = names(&["RepCRD", "other", "TotalAssetsInMillions", "Office_State"]);
        let layout = layout("f.csv", &header, FileKind::Reps.contract(), &[mapping]).expect("fits");
        assert_eq!(
            layout.places[1],
            Place::Declared {
                column: 2,
                factor: 1e-6
            }
        );
        assert_eq!(layout.places[2], Place::Unknown(0));
        let column = FileKind::Reps
            .contract()
            .columns
            .iter()
            .position(|c| c.name == "Branch_State");
        assert_eq!(
            layout.places[3],
            Place::Declared {
                column: column.expect("declared"),
                factor: 1.0
            }
        );
        assert_eq!(layout.used, [0]);
    }
}
