//! Which values are surely in the org: the key of each record's last ones.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::plan::Planned;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    id: String,
    key: String,
    /// The day of the values.
    stamped_on: NaiveDate,
}

/// Keys of records' last values that are surely in the org.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirmed(BTreeMap<String, (String, NaiveDate)>);

impl Confirmed {
    /// Reads the file; none where it is not there or not whole.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let lines = text.lines().map(serde_json::from_str::<Line>);
        let pairs = lines.map(|line| line.map(|line| (line.id, (line.key, line.stamped_on))));
        pairs.collect::<Result<_, _>>().ok().map(Confirmed)
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        let pairs = self.0.iter();
        pairs
            .map(|(id, (key, day))| Line {
                id: id.clone(),
                key: key.clone(),
                stamped_on: *day,
            })
            .collect()
    }

    /// Notes that a row is in the org, with values of a day.
    pub fn note(&mut self, row: &Planned, day: NaiveDate) {
        match &row.key {
            Some(key) => self.0.insert(row.id.clone(), (key.clone(), day)),
            None => self.0.remove(&row.id),
        };
    }

    /// Forgets a record whose values are not sure any more.
    pub(crate) fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// The key of a record's values.
    pub fn key(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(|(key, _)| key.as_str())
    }

    /// Whether a record has these values, stamped later than `days` before `today`.
    pub(crate) fn holds(&self, id: &str, key: &str, today: NaiveDate, days: i64) -> bool {
        let known = self.0.get(id);
        known.is_some_and(|(own, day)| own == key && (today - *day).num_days() < days)
    }
}
