//! First screen: what a feature says about the outcome by itself.

use leadrank_stats::binning::{Binning, MonotoneOptions, information_value};

use super::{Bins, Dropped, Features, Screen, SelectionOptions};
use crate::{LearnError, Result};

/// A feature's information value and the level of chance with the same bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Information {
    pub(super) iv: f64,
    pub(super) chance: f64,
}

/// The information value of every feature, nulls being a bin of their own. The levels of a
/// text column are its bins; of other features with several columns the strongest column
/// counts.
pub(super) fn information(
    features: &Features,
    options: &SelectionOptions,
) -> Result<Vec<Information>> {
    (0..features.len())
        .map(|feature| {
            let columns = features.values(feature);
            let labels = features.labels();
            if columns.len() > 1 && columns.iter().all(|column| column.iter().all(is_flag)) {
                return levels(&columns, labels);
            }
            let mut strongest = Information {
                iv: 0.0,
                chance: 0.0,
            };
            for column in columns {
                let found = column_value(column, labels, options)?;
                if found.iv >= strongest.iv {
                    strongest = found;
                }
            }
            Ok(strongest)
        })
        .collect()
}

/// Drops what says too little.
pub(super) fn screen(
    features: &Features,
    information: &[Information],
    options: &SelectionOptions,
    candidates: Vec<usize>,
    dropped: &mut Vec<Dropped>,
) -> Vec<usize> {
    let (left, gone): (Vec<usize>, Vec<usize>) = candidates.into_iter().partition(|&feature| {
        features.is_kept(feature) || information[feature].iv >= options.minimum_iv
    });
    for feature in gone {
        let Information { iv, chance } = information[feature];
        dropped.push(Dropped {
            feature: features.name(feature).to_owned(),
            screen: Screen::Information,
            value: Some(iv),
            limit: options.minimum_iv,
            reason: format!(
                "information value {iv:.4} is below {}; chance alone would give {chance:.4}",
                options.minimum_iv
            ),
        });
    }
    left
}

fn is_flag(value: &f64) -> bool {
    *value == 0.0 || *value == 1.0
}

fn column_value(
    column: &[f64],
    labels: &[bool],
    options: &SelectionOptions,
) -> Result<Information> {
    let most = options.bin_count as usize;
    let binning = match options.bins {
        Bins::Quantile => Binning::fit(column, labels, most),
        Bins::Monotone => {
            let options = MonotoneOptions {
                bins: most,
                ..MonotoneOptions::default()
            };
            Binning::fit_monotone(column, labels, &options)
        }
    };
    let binning = binning.map_err(|error| LearnError::downstream("binning a feature", error))?;
    Ok(Information {
        iv: binning.iv,
        chance: binning.chance,
    })
}

/// Rows grouped by the first column that is 1; those without any are a group, too.
fn levels(columns: &[&[f64]], labels: &[bool]) -> Result<Information> {
    let mut groups = vec![(0u64, 0u64); columns.len() + 1];
    for (row, &label) in labels.iter().enumerate() {
        let level = columns.iter().position(|column| column[row] == 1.0);
        let group = &mut groups[level.unwrap_or(columns.len())];
        group.0 += 1;
        group.1 += u64::from(label);
    }
    let found = information_value(&groups)
        .map_err(|error| LearnError::downstream("the information value of a feature", error))?;
    Ok(Information {
        iv: found.iv,
        chance: found.chance,
    })
}
