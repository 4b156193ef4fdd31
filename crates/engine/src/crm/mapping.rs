//! `salesforce_field_mapping.csv`: each of the 69 features, whether it is in Salesforce, and what
//! it means to somebody who sells.

use leadrank_features::catalog::{Class, Feature, Group, Kind as Holds, Tell, Unit};
use leadrank_salesforce::sfdx::Kind;

use super::display::DISPLAY;
use crate::error::{Error, Result};

/// Longest API name that is made up here, `__c` included.
const LONGEST: usize = 40;

/// A feature as Salesforce has it, or would have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The feature.
    pub feature: &'static Feature,
    /// API name of its field on the lead.
    pub api_name: String,
    /// What its field holds.
    pub kind: Kind,
    /// Whether a sync writes it.
    pub is_synced: bool,
}

/// All features, in the order of the catalog.
pub fn mapped() -> Vec<Mapped> {
    leadrank_features::catalog()
        .iter()
        .map(|feature| {
            let shown = DISPLAY.iter().find(|one| one.feature == feature.name);
            Mapped {
                feature,
                api_name: shown.map_or_else(|| api_name(feature), |one| one.api_name.to_owned()),
                kind: shown.map_or_else(|| kind(feature), |one| one.field().kind),
                is_synced: shown.is_some(),
            }
        })
        .collect()
}

/// The mapping as CSV, one line a feature.
///
/// # Errors
/// When a line can't be written.
pub fn mapping_csv() -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Data(format!("the field mapping: {error}"));
    writer
        .write_record([
            "number",
            "feature",
            "api_name",
            "type",
            "length",
            "sync",
            "update_frequency",
            "visible_to",
            "source",
            "label",
            "meaning",
        ])
        .map_err(failed)?;
    for one in mapped() {
        let feature = one.feature;
        writer
            .write_record([
                feature.ordinal.to_string(),
                feature.name.to_owned(),
                one.api_name.clone(),
                one.kind.words(),
                one.kind.length().to_string(),
                if one.is_synced { "yes" } else { "no" }.to_owned(),
                frequency(&one).to_owned(),
                visible_to(&one).to_owned(),
                source(feature),
                feature.wording.label.to_owned(),
                feature.wording.meaning.to_owned(),
            ])
            .map_err(failed)?;
    }
    let bytes = writer.into_inner();
    bytes.map_err(|error| Error::Data(format!("the field mapping: {error}")))
}

fn frequency(one: &Mapped) -> &'static str {
    match (one.is_synced, one.feature.class) {
        (false, _) => "never: not in Salesforce",
        (true, Class::Calculable) => {
            "with each score: moved forward by the days since the vendor's month"
        }
        (true, Class::Stable) => "once, and when a vendor month says otherwise",
        (true, Class::Mutable) => "with each new vendor month",
    }
}

fn visible_to(one: &Mapped) -> &'static str {
    match (one.is_synced, one.feature.tell) {
        (true, _) => "salespeople, read only",
        (false, Tell::Yes) => "salespeople, in a reason's words where it decides",
        (false, Tell::No) => "analysts only",
    }
}

fn source(feature: &Feature) -> String {
    let from = match feature.group {
        Group::Temporal => "the contact date in Salesforce",
        Group::Engineered => "made from other features",
        Group::Base | Group::Metro => "the vendor's monthly file",
    };
    format!("{from}: {}", feature.sources.join(", "))
}

/// What the feature's field would hold.
fn kind(feature: &Feature) -> Kind {
    let number = |before: u8, behind: u8| Kind::Number {
        precision: before + behind,
        scale: behind,
    };
    match (feature.kind, feature.unit) {
        (Holds::Flag, _) => Kind::Checkbox,
        (Holds::Integer, _) => number(9, 0),
        (_, Unit::Count) => number(10, 0),
        (_, Unit::Years) => number(3, 1),
        (_, Unit::Share) => number(5, 4),
        (_, Unit::SquaredPercent) => number(14, 1),
        _ => number(12, 2),
    }
}

/// A name for a feature without a field: its own, shortened word by word where it is too long.
fn api_name(feature: &Feature) -> String {
    let words = feature.name.trim_start_matches("Home_MetropolitanArea_");
    let metro = if words == feature.name { "" } else { "Metro_" };
    let room = LONGEST - "LR_".len() - metro.len() - "__c".len();
    let mut short = String::new();
    for word in words.split('_').filter(|word| !word.is_empty()) {
        let longer = if short.is_empty() {
            word.to_owned()
        } else {
            format!("{short}_{word}")
        };
        if longer.len() > room {
            break;
        }
        short = longer;
    }
    if short.is_empty() {
        short = words.chars().take(room).collect();
    }
    format!("LR_{metro}{}__c", short.trim_end_matches('_'))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leadrank_salesforce::sfdx::Field;

    use super::*;

    #[test]
    fn all_69_are_mapped_and_within_the_limits_of_salesforce() {
        let all = mapped();
        assert_eq!(all.len(), 69);
        assert_eq!(
            all.iter().filter(|one| one.is_synced).count(),
            DISPLAY.len()
        );
        let names: BTreeSet<String> = all
            .iter()
            .map(|one| one.api_name.to_ascii_lowercase())
            .collect();
        assert_eq!(
            names.len(),
            69,
            "Salesforce does not tell names apart by case"
        );
        for one in &all {
            let field = Field {
                api_name: one.api_name.clone(),
                label: one.feature.wording.label.to_owned(),
                kind: one.kind.clone(),
                help: one.feature.wording.meaning.to_owned(),
                description: one.feature.formula.to_owned(),
                tracked: false,
            };
            assert_eq!(field.faults(), Vec::<String>::new());
            assert!(one.api_name.len() <= LONGEST);
        }
    }

    #[test]
    fn no_cell_of_the_mapping_is_empty() {
        let csv = mapping_csv().unwrap();
        let mut reader = csv::Reader::from_reader(&csv[..]);
        let mut lines = 0;
        for line in reader.records() {
            let line = line.unwrap();
            lines += 1;
            assert!(line.iter().all(|cell| !cell.is_empty()), "{line:?}");
        }
        assert_eq!(lines, 69);
    }
}
