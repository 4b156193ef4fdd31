//! Names of tables.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// A table's name: dataset and table, both case-sensitive as in BigQuery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The dataset, for example `LeadScoring`.
    pub dataset: String,
    /// The table in it, for example `training_dataset`.
    pub table: String,
}

impl TableName {
    /// The name `dataset.table`; both parts of letters, digits and `_`.
    pub fn new(dataset: &str, table: &str) -> Result<Self> {
        format!("{dataset}.{table}").parse()
    }
}

impl FromStr for TableName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::TableName(text.to_owned());
        let (dataset, table) = text.split_once('.').ok_or_else(bad)?;
        // the parts become folders, so nothing that could leave the root may pass
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        if !plain(dataset) || !plain(table) {
            return Err(bad());
        }
        Ok(TableName {
            dataset: dataset.to_owned(),
            table: table.to_owned(),
        })
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.dataset, self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_prints_the_same() {
        let name: TableName = "LeadScoring.training_dataset".parse().unwrap();
        assert_eq!(name.dataset, "LeadScoring");
        assert_eq!(name.to_string(), "LeadScoring.training_dataset");
    }

    #[test]
    fn refuses_what_could_leave_the_root() {
        for bad in ["a", "a.", ".b", "a.b.c", "../a.b", "a.b/c", "a.b c", ""] {
            assert!(bad.parse::<TableName>().is_err(), "{bad}");
        }
    }
}
