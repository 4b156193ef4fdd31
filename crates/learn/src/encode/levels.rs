//! Which text levels get a column of their own.

use std::collections::BTreeMap;

use super::{EncoderOptions, Rule};

/// Label of the column for all rare and unknown levels.
const OTHER: &str = "(other)";
/// Label of the column for nulls.
const NULL: &str = "(null)";

/// What training rows say about a text column.
pub(super) struct Levels<'a> {
    counts: BTreeMap<&'a str, usize>,
    nulls: usize,
    rows: usize,
}

impl<'a> Levels<'a> {
    pub(super) fn count(texts: &'a [Option<String>], rows: &[usize]) -> Self {
        let mut counts = BTreeMap::new();
        let mut nulls = 0;
        for &row in rows {
            match texts[row].as_deref() {
                Some(text) => *counts.entry(text).or_insert(0) += 1,
                None => nulls += 1,
            }
        }
        Self {
            counts,
            nulls,
            rows: rows.len(),
        }
    }

    /// Different texts, and rows that have one.
    pub(super) fn distinct_and_present(&self) -> (usize, usize) {
        (self.counts.len(), self.rows - self.nulls)
    }

    /// Labels and rules of the encoded columns, most frequent level first.
    pub(super) fn rules(&self, options: &EncoderOptions) -> Vec<(String, Rule)> {
        let share = (options.minimum_level_share * self.rows as f64)
            .ceil()
            .max(1.0) as usize;
        let enough = share.min(options.minimum_level_rows);
        let mut frequent: Vec<(&str, usize)> = self
            .counts
            .iter()
            .map(|(&level, &count)| (level, count))
            // a level that reads like one of our own labels joins the others
            .filter(|&(level, count)| count >= enough && level != OTHER && level != NULL)
            .collect();
        frequent.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        frequent.truncate(options.maximum_levels);
        let kept: usize = frequent.iter().map(|(_, count)| count).sum();
        let others = self.rows - self.nulls - kept;

        let names: Vec<String> = frequent
            .iter()
            .map(|(level, _)| (*level).to_owned())
            .collect();
        if others == 0 && self.nulls == 0 && names.len() == 2 {
            // of two levels one says it all
            return vec![(names[1].clone(), Rule::Level(names[1].clone()))];
        }
        let mut rules: Vec<(String, Rule)> = names
            .iter()
            .map(|name| (name.clone(), Rule::Level(name.clone())))
            .collect();
        if others > 0 {
            rules.push((OTHER.to_owned(), Rule::Other(names)));
        }
        if self.nulls > 0 {
            rules.push((NULL.to_owned(), Rule::Null));
        }
        rules
    }
}
