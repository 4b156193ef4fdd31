//! What decides how features are made.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use chrono::NaiveDate;

use crate::error::Error;
use crate::models::Models;

/// Whether tenures are moved to the day at which a lead is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculable {
    /// Forward by the elapsed days / 365.25.
    AtContact,
    /// As the vendor gave them.
    AsDelivered,
}

impl FromStr for Calculable {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "at_contact" => Ok(Calculable::AtContact),
            "as_delivered" => Ok(Calculable::AsDelivered),
            other => Err(Error::Calculable(other.to_string())),
        }
    }
}

/// What a lead is told of where the vendor's history does not reach back to its contact
/// (domain.md, "Mutability").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Nothing: its vendor features are missing.
    AsOf,
    /// Nothing, and it is not learned from either.
    Strict,
    /// From the first month after the contact, what neither drifts nor is changed by a move
    /// after it; the rest stays missing.
    Hybrid,
}

impl FromStr for History {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "as_of" => Ok(History::AsOf),
            "strict" => Ok(History::Strict),
            "hybrid" => Ok(History::Hybrid),
            other => Err(Error::History(other.to_string())),
        }
    }
}

/// One of the five metros and the names that count as it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metro {
    /// The feature.
    pub feature: String,
    /// Names without commas and double blanks; whole names, never parts of them
    /// (domain.md, "Metro 5").
    pub names: Vec<String>,
}

/// Options of every feature query.
#[derive(Debug, Clone)]
pub struct FeatureOptions {
    /// The last day on which anything is known.
    pub as_of: NaiveDate,
    /// Days after contact that count as success, both ends included.
    pub window_days: i64,
    /// Whether tenures are moved forward.
    pub calculable: Calculable,
    /// What serves where history does not reach back.
    pub history: History,
    /// The metros.
    pub metros: Vec<Metro>,
    /// Vendor months, and the columns that each month's firm file lacks.
    pub absent_firm_columns: BTreeMap<NaiveDate, BTreeSet<String>>,
    /// The SQL.
    pub models: Models,
}

impl FeatureOptions {
    /// The default options at a day, without any vendor month yet.
    pub fn new(as_of: NaiveDate, window_days: i64) -> Self {
        FeatureOptions {
            as_of,
            window_days,
            calculable: Calculable::AtContact,
            history: History::AsOf,
            metros: default_metros(),
            absent_firm_columns: BTreeMap::new(),
            models: Models::embedded(),
        }
    }
}

/// The five metros with the spellings that sources use: with the states, with
/// more states than the feature's name has, and without any.
fn default_metros() -> Vec<Metro> {
    let metro = |feature: &str, stem: &str, states: &[&str]| Metro {
        feature: format!("Home_MetropolitanArea_{feature}"),
        names: std::iter::once(stem.to_string())
            .chain(states.iter().map(|states| format!("{stem} {states}")))
            .collect(),
    };
    vec![
        metro(
            "Chicago_Naperville_Elgin_IL_IN",
            "Chicago-Naperville-Elgin",
            &["IL-IN", "IL-IN-WI"],
        ),
        metro(
            "Dallas_Fort_Worth_Arlington_TX",
            "Dallas-Fort Worth-Arlington",
            &["TX"],
        ),
        metro(
            "Los_Angeles_Long_Beach_Anaheim_CA",
            "Los Angeles-Long Beach-Anaheim",
            &["CA"],
        ),
        metro(
            "Miami_Fort_Lauderdale_West_Palm_Beach_FL",
            "Miami-Fort Lauderdale-West Palm Beach",
            &["FL"],
        ),
        metro(
            "New_York_Newark_Jersey_City_NY_NJ",
            "New York-Newark-Jersey City",
            &["NY-NJ", "NY-NJ-PA"],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metros_are_the_features_of_the_catalog() {
        let names: Vec<&str> = crate::catalog()[31..36]
            .iter()
            .map(|feature| feature.name)
            .collect();
        let metros = default_metros();
        assert_eq!(
            metros
                .iter()
                .map(|metro| metro.feature.as_str())
                .collect::<Vec<_>>(),
            names
        );
    }

    #[test]
    fn other_words_for_calculable_are_refused() {
        assert!(
            "now"
                .parse::<Calculable>()
                .unwrap_err()
                .to_string()
                .contains("at_contact")
        );
    }
}
