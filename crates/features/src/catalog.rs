//! The 69 features: one entry each, the only place that says what a feature is.
//!
//! Names are those of the incumbent model, the metros in the warehouse spelling
//! (domain.md, "The 67 features + 2 temporal"). 31 base + 5 metro + 31 engineered
//! + 2 temporal.

mod base;
mod engineered;
mod ideas;
mod meanings;
mod metro;

use std::sync::LazyLock;

use serde::Serialize;

pub use ideas::{Idea, Signal, Tell};
use meanings::MEANINGS;

/// Where a feature belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Mapped from a vendor column.
    Base,
    /// One of the five metros.
    Metro,
    /// Computed from base features.
    Engineered,
    /// From the contact date.
    Temporal,
}

/// How a feature is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whole number.
    Integer,
    /// Number.
    Float,
    /// 0 or 1, never null.
    Flag,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A count of things.
    Count,
    /// Years.
    Years,
    /// Millions of US dollars.
    MillionDollars,
    /// US dollars.
    Dollars,
    /// Percent, 12.5 meaning 12.5 %.
    Percent,
    /// Miles.
    Miles,
    /// A share, 0.125 meaning 12.5 %; may exceed 1 where numerator and denominator
    /// are filed apart.
    Share,
    /// Things per thing.
    Ratio,
    /// Millions of US dollars a year.
    MillionDollarsPerYear,
    /// Squared percent points.
    SquaredPercent,
    /// No unit.
    Score,
    /// Yes or no.
    YesNo,
    /// ISO weekday, 1 = Monday.
    Weekday,
}

/// How a value behaves in time (domain.md, "Mutability").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Hardly changes.
    Stable,
    /// Can be moved to another day by arithmetic.
    Calculable,
    /// Drifts; must come from a snapshot of its time.
    Mutable,
}

/// What a salesperson reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Wording {
    /// Short name.
    pub label: &'static str,
    /// What it means, in one sentence without a formula.
    pub meaning: &'static str,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Number 1 to 69.
    pub ordinal: u32,
    /// Exact name.
    pub name: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// How it is stored.
    pub kind: Kind,
    /// What its values count.
    pub unit: Unit,
    /// The formula in words.
    pub formula: &'static str,
    /// How it behaves in time.
    pub class: Class,
    /// What it is computed from: vendor columns for base features, base features
    /// for engineered ones.
    pub sources: &'static [&'static str],
    /// Which of the four fitted constants it needs.
    pub constants: &'static [&'static str],
    /// What a salesperson reads.
    pub wording: Wording,
    /// What it is about.
    pub idea: Idea,
    /// Whether it may become a reason.
    pub tell: Tell,
    /// Whether its formula takes an unknown source for 0, so that it has a value even
    /// where nothing is known.
    pub fills_gaps: bool,
    /// Whether the vendor writes `< 5` for a few, read as [`FEW`].
    pub censored: bool,
}

/// What stands for the vendor's `< 5`.
pub const FEW: f64 = 2.0;

impl Feature {
    /// Whether it comes from the contact date, which the salesperson chooses.
    pub fn is_temporal(&self) -> bool {
        self.group == Group::Temporal
    }
}

macro_rules! words {
    ($type:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word shown to people.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words!(Group { Base => "base", Metro => "metro", Engineered => "engineered", Temporal => "temporal" });
words!(Class { Stable => "stable", Calculable => "calculable", Mutable => "mutable" });
words!(Unit {
    Count => "count", Years => "years", MillionDollars => "$M", Dollars => "$", Percent => "%",
    Miles => "miles", Share => "share", Ratio => "ratio", MillionDollarsPerYear => "$M/year",
    SquaredPercent => "%²", Score => "score", YesNo => "yes/no", Weekday => "weekday",
});

/// A feature without its number; the tables below are lists of these.
struct Entry(
    &'static str,
    Kind,
    Unit,
    Class,
    &'static str,
    &'static [&'static str],
    &'static str,
    Idea,
    Tell,
);

/// Engineered features that need fitted constants.
const CONSTANTS: [(&str, &[&str]); 4] = [
    ("Is_Boutique_Firm", &["average_account_size_p75"]),
    ("Premium_Positioning", &["average_account_size_p75"]),
    ("Mass_Market_Focus", &["average_account_size_median"]),
    (
        "Quality_Score",
        &["firm_stability_score_median", "aum_per_client_median"],
    ),
];

/// Numbers whose formula takes an unknown source for 0.
const FILLS_GAPS: [&str; 3] = [
    "Growth_Momentum",
    "Growth_Acceleration",
    "Alternative_Investment_Focus",
];

/// Counts that the vendor does not give below 5.
const CENSORED: [&str; 2] = ["NumberClients_HNWIndividuals", "NumberClients_Individuals"];

const TEMPORAL: [Entry; 2] = [
    Entry(
        "Day_of_Contact",
        Kind::Integer,
        Unit::Weekday,
        Class::Calculable,
        "ISO weekday of the contact date, 1 = Monday … 7 = Sunday",
        &["Stage_Entered_Contacting__c"],
        "Day of contact",
        Idea::ContactDay,
        Tell::No,
    ),
    Entry(
        "Is_Weekend_Contact",
        Kind::Flag,
        Unit::YesNo,
        Class::Calculable,
        "Day_of_Contact is 6 or 7",
        &["Stage_Entered_Contacting__c"],
        "Weekend contact",
        Idea::ContactDay,
        Tell::No,
    ),
];

/// All features in order.
pub fn catalog() -> &'static [Feature] {
    static CATALOG: LazyLock<Vec<Feature>> = LazyLock::new(build);
    &CATALOG
}

/// The feature of this name.
pub fn feature(name: &str) -> Option<&'static Feature> {
    catalog().iter().find(|feature| feature.name == name)
}

fn build() -> Vec<Feature> {
    let groups: [(Group, &[Entry]); 4] = [
        (Group::Base, &base::ENTRIES),
        (Group::Metro, &metro::ENTRIES),
        (Group::Engineered, &engineered::ENTRIES),
        (Group::Temporal, &TEMPORAL),
    ];
    let entries = groups
        .into_iter()
        .flat_map(|(group, entries)| entries.iter().map(move |entry| (group, entry)));
    entries
        .zip(1..)
        .map(|((group, entry), ordinal)| {
            let Entry(name, kind, unit, class, formula, sources, label, idea, tell) = *entry;
            let constants = CONSTANTS
                .iter()
                .find(|(known, _)| *known == name)
                .map_or(&[][..], |(_, list)| *list);
            let meaning = MEANINGS.iter().find(|(known, _)| *known == name);
            let wording = Wording {
                label,
                meaning: meaning.map_or("", |(_, meaning)| *meaning),
            };
            Feature {
                ordinal,
                name,
                group,
                kind,
                unit,
                formula,
                class,
                sources,
                constants,
                wording,
                idea,
                tell,
                fills_gaps: FILLS_GAPS.contains(&name),
                censored: CENSORED.contains(&name),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_31_5_31_and_2() {
        let count = |group| {
            catalog()
                .iter()
                .filter(|feature| feature.group == group)
                .count()
        };
        let counts = [
            Group::Base,
            Group::Metro,
            Group::Engineered,
            Group::Temporal,
        ]
        .map(count);
        assert_eq!(counts, [31, 5, 31, 2]);
        let names: BTreeSet<&str> = catalog().iter().map(|feature| feature.name).collect();
        assert_eq!(names.len(), 69);
        assert_eq!(catalog()[68].ordinal, 69);
    }

    #[test]
    fn known_places_of_the_list_hold() {
        for (ordinal, name) in [
            (1, "NumberFirmAssociations"),
            (10, "KnownNonAdvisor"),
            (31, "NumberOfPriorFirms"),
            (
                36,
                "Home_MetropolitanArea_New_York_Newark_Jersey_City_NY_NJ",
            ),
            (42, "Firm_Stability_Score"),
            (53, "High_Turnover_Flag"),
            (67, "Accelerating_Growth"),
            (69, "Is_Weekend_Contact"),
        ] {
            assert_eq!(catalog()[ordinal - 1].name, name);
        }
    }

    #[test]
    fn engineered_features_come_from_base_features_alone() {
        let base: BTreeSet<&str> = catalog()[..31].iter().map(|feature| feature.name).collect();
        for feature in catalog()
            .iter()
            .filter(|feature| feature.group == Group::Engineered)
        {
            for source in feature.sources {
                assert!(base.contains(source), "{}: {source}", feature.name);
            }
        }
    }

    #[test]
    fn every_feature_says_what_it_is_and_what_it_is_made_of() {
        for feature in catalog() {
            let Wording { label, meaning } = feature.wording;
            let texts = [feature.formula, label, meaning];
            assert!(
                texts.iter().all(|text| !text.is_empty()),
                "{}",
                feature.name
            );
            assert!(!feature.sources.is_empty(), "{}", feature.name);
        }
        let special = FILLS_GAPS.iter().chain(&CENSORED);
        for name in special.chain(CONSTANTS.iter().map(|(name, _)| name)) {
            assert!(feature(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_idea_has_features_and_every_signal_ideas() {
        for idea in Idea::ALL {
            assert!(catalog().iter().any(|feature| feature.idea == *idea));
            assert_eq!(serde_json::to_value(idea).unwrap(), idea.key());
        }
        for signal in Signal::ALL {
            assert!(Idea::ALL.iter().any(|idea| idea.signal() == signal));
        }
    }

    #[test]
    fn what_means_nothing_to_a_salesperson_is_never_told() {
        for feature in catalog() {
            let meaningless = matches!(
                feature.unit,
                Unit::SquaredPercent | Unit::Score | Unit::Weekday | Unit::MillionDollarsPerYear
            );
            let silent = meaningless || feature.is_temporal() || feature.idea == Idea::Role;
            assert!(!silent || feature.tell == Tell::No, "{}", feature.name);
        }
    }
}
