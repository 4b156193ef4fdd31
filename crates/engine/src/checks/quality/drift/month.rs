//! The features of one vendor month, read so that memory holds a bounded part of it.

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use futures::StreamExt;
use leadrank_features::Feature;
use leadrank_stats::profile::Profile;
use leadrank_warehouse::Session;

use crate::error::{Error, Result};
use crate::stages::rows::Rows;

/// The table of all advisers' features.
pub(super) const TABLE: &str = "LeadScoring.discovery_reps_with_features";
/// About as many advisers at most are held to find edges and medians.
const SAMPLE: u64 = 60_000;

/// How many rows a month has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) day: NaiveDate,
    pub(super) reps: u64,
    /// As many advisers in firms of one size would tell as much about firms: the square of
    /// the sum of firm sizes over the sum of their squares (L. Kish, "Survey Sampling" (1965),
    /// section 11.7).
    pub(super) effective: u64,
}

/// The months in the table, ascending.
pub(super) async fn sizes(session: &Session) -> Result<Vec<Size>> {
    let sql = format!(
        "SELECT snapshot_as_of AS month, SUM(n) AS reps, SUM(n * n) AS squares FROM (\
         SELECT snapshot_as_of, RIAFirmCRD, COUNT(*) AS n FROM {TABLE} \
         GROUP BY snapshot_as_of, RIAFirmCRD) GROUP BY snapshot_as_of ORDER BY snapshot_as_of"
    );
    let rows = Rows::new(session.collect(&sql, &Default::default()).await?);
    let (months, reps) = (rows.dates("month")?, rows.numbers("reps")?);
    let found = months.into_iter().zip(reps).zip(rows.numbers("squares")?);
    let size = |((day, reps), squares): ((Option<NaiveDate>, Option<f64>), Option<f64>)| {
        let (reps, squares) = (reps?, squares?);
        Some(Size {
            day: day?,
            reps: reps as u64,
            effective: (reps * reps / squares) as u64,
        })
    };
    Ok(found.filter_map(size).collect())
}

/// Features of each firm of a month, one row a firm by ascending number.
#[derive(Debug, Clone, Default)]
pub(super) struct Firms {
    ids: Vec<String>,
    /// A list for each feature asked for; NaN is missing.
    pub(super) values: Vec<Vec<f64>>,
}

impl Firms {
    pub(super) async fn read(
        session: &Session,
        features: &[&Feature],
        month: NaiveDate,
    ) -> Result<Firms> {
        // All rows of a firm have the same value, so that the least is the value.
        let values: Vec<String> = features
            .iter()
            .map(|feature| format!("MIN({0}) AS {0}", feature.name))
            .collect();
        let sql = format!(
            "SELECT RIAFirmCRD AS firm, {} FROM {TABLE} WHERE snapshot_as_of = DATE '{month}' \
             AND RIAFirmCRD IS NOT NULL GROUP BY RIAFirmCRD ORDER BY RIAFirmCRD",
            values.join(", ")
        );
        let rows = Rows::new(session.collect(&sql, &Default::default()).await?);
        let read = |feature: &&Feature| -> Result<Vec<f64>> {
            let values = rows.numbers(feature.name)?;
            Ok(values.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect())
        };
        Ok(Firms {
            ids: rows.texts("firm")?.into_iter().flatten().collect(),
            values: features.iter().map(read).collect::<Result<_>>()?,
        })
    }

    /// Of the firms in both months with a value above 0 in both, those whose value of this
    /// feature is at least twice or at most half of what it was: (such firms, all).
    pub(super) fn jumped(&self, before: &Firms, feature: usize) -> (u64, u64) {
        let (mut jumped, mut all) = (0, 0);
        for (id, &now) in self.ids.iter().zip(&self.values[feature]) {
            let Ok(row) = before.ids.binary_search(id) else {
                continue;
            };
            let ratio = now / before.values[feature][row];
            if now > 0.0 && ratio > 0.0 && ratio.is_finite() {
                all += 1;
                jumped += u64::from(ratio >= 2.0 || ratio <= 0.5);
            }
        }
        (jumped, all)
    }
}

/// Counts all advisers of a month into empty profiles with frozen edges.
pub(super) async fn count(
    session: &Session,
    features: &[&Feature],
    month: NaiveDate,
    frozen: &[Profile],
) -> Result<Vec<Profile>> {
    let mut profiles: Vec<Profile> = frozen.iter().map(|profile| profile.count(&[])).collect();
    stream(session, features, month, |batch| {
        for (profile, feature) in profiles.iter_mut().zip(features) {
            let counted = profile.count(&numbers(batch, feature.name)?);
            for (sum, count) in profile.counts.iter_mut().zip(counted.counts) {
                *sum += count;
            }
        }
        Ok(())
    })
    .await?;
    Ok(profiles)
}

/// The values of about [`SAMPLE`] advisers at most, always the same ones: chosen by a hash
/// of their number, since rows come in no fixed order.
pub(super) async fn sample(
    session: &Session,
    features: &[&Feature],
    month: Size,
) -> Result<Vec<Vec<f64>>> {
    let step = month.reps.div_ceil(SAMPLE).max(1);
    let mut sample = vec![Vec::new(); features.len()];
    stream(session, features, month.day, |batch| {
        let ids = cast(column(batch, "RepCRD")?, &DataType::Utf8)?;
        let chosen: Vec<usize> = (ids.as_string::<i32>().iter().enumerate())
            .filter(|(_, id)| hash(id.unwrap_or_default()).is_multiple_of(step))
            .map(|(row, _)| row)
            .collect();
        for (values, feature) in sample.iter_mut().zip(features) {
            let all = numbers(batch, feature.name)?;
            values.extend(chosen.iter().map(|&row| all[row]));
        }
        Ok(())
    })
    .await?;
    Ok(sample)
}

async fn stream(
    session: &Session,
    features: &[&Feature],
    month: NaiveDate,
    mut each: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let names: Vec<&str> = features.iter().map(|feature| feature.name).collect();
    let sql = format!(
        "SELECT RepCRD, {} FROM {TABLE} WHERE snapshot_as_of = DATE '{month}'",
        names.join(", ")
    );
    let mut batches = session.query(&sql).await?.execute_stream().await?;
    while let Some(batch) = batches.next().await {
        each(&batch?)?;
    }
    Ok(())
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    let found = batch.column_by_name(name);
    let found = found.ok_or_else(|| Error::Data(format!("{TABLE} has no column `{name}`")))?;
    Ok(found.as_ref())
}

fn numbers(batch: &RecordBatch, name: &str) -> Result<Vec<f64>> {
    let typed = cast(column(batch, name)?, &DataType::Float64)?;
    let values = typed.as_primitive::<Float64Type>().iter();
    Ok(values.map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// FNV-1a of 64 bits (G. Fowler, L. C. Noll, K.-P. Vo), its halves folded.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_picks_an_even_share_of_running_numbers() {
        let picked = (0..70_000).filter(|id| hash(&id.to_string()).is_multiple_of(7));
        let share = picked.count() as f64 / 70_000.0;
        assert!((share - 1.0 / 7.0).abs() < 0.005, "{share}");
    }

    #[test]
    fn jumps_are_counted_where_both_months_have_a_value() {
        let firms = |values: [(&str, f64); 5]| Firms {
            ids: values.iter().map(|(id, _)| (*id).into()).collect(),
            values: vec![values.iter().map(|(_, value)| *value).collect()],
        };
        let before = firms([("a", 1.0), ("b", 4.0), ("c", 1.0), ("d", 0.0), ("e", 1.0)]);
        let now = firms([("a", 3.0), ("b", 2.0), ("c", 1.9), ("d", 5.0), ("f", 9.0)]);
        assert_eq!(now.jumped(&before, 0), (2, 3));
    }
}
