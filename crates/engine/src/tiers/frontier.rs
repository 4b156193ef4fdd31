//! What calls are worth and what skipping costs: ahead on the open leads, and looking back on
//! the model's test rows.

use leadrank_stats::Estimate;
pub use leadrank_stats::frontier::Budget;
use leadrank_stats::frontier::{Captured, budgets};
use serde::{Deserialize, Serialize};

use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::words::{count, percent};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// The capacity frontier.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Frontier {
    /// Scheduled calls to expect from the first leads of the call list: each 5 % of it.
    pub open: Vec<Ahead>,
    /// The same for one day's dials of the team; none where nobody dials.
    pub today: Option<Budget>,
    /// On what these rest, in words.
    pub note: String,
    /// The share of recorded scheduled calls among the best test rows of the model; empty
    /// for a bundle that does not hold it.
    pub recorded: Vec<Captured>,
    /// What skipping the worst calls would have cost on the test rows.
    pub skipping: Option<Skipping>,
}

/// A part of the call list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ahead {
    /// The first so many percent of the list.
    pub percent: u32,
    /// What is to be expected of them.
    #[serde(flatten)]
    pub budget: Budget,
}

/// What skipping the worst calls would have cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Skipping {
    /// The worst calls by score, in percent of all.
    pub percent: u32,
    /// Share of scheduled calls lost with them; by chance as many percent.
    pub lost: Estimate,
    /// The same as a sentence.
    pub sentence: String,
}

/// The frontier of a call list, given as the probabilities of its leads in its order, for a
/// team of `daily` dials; `skip_percent` is the share that is not called.
///
/// # Errors
/// When the bundle's figures can't be read, or a probability is none.
pub fn frontier(
    bundle: &Bundle,
    probabilities: &[f64],
    daily: u64,
    skip_percent: f64,
) -> Result<Frontier> {
    let n = probabilities.len() as u64;
    let percents: Vec<u32> = match n {
        0 => Vec::new(),
        _ => (1..=20).map(|step| 5 * step).collect(),
    };
    let mut sizes: Vec<u64> = percents
        .iter()
        .map(|&percent| (u64::from(percent) * n + 50) / 100)
        .collect();
    sizes.push(daily);
    let mut found = budgets(probabilities, &sizes, CONFIDENCE)
        .map_err(|error| Error::Data(format!("the calls to expect: {error}")))?;
    let today = found.pop().filter(|_| daily > 0 && n > 0);
    let open = percents.into_iter().zip(found);
    let recorded = bundle.report()?.curves.captured;
    Ok(Frontier {
        open: open
            .map(|(percent, budget)| Ahead { percent, budget })
            .collect(),
        today,
        note: "The counts to expect hold if the calibrated probabilities do and leads answer \
               independently; 95 of 100 such lists end within the interval."
            .into(),
        skipping: skipping(&recorded, skip_percent),
        recorded,
    })
}

/// The cost of skipping the worst calls, at the multiple of five percent nearest to the wish.
fn skipping(recorded: &[Captured], skip_percent: f64) -> Option<Skipping> {
    let percent_skipped = 5 * (skip_percent / 5.0).round().clamp(1.0, 19.0) as u32;
    let kept = 100 - percent_skipped;
    let lost = recorded.iter().find(|point| point.percent == kept)?.lost();
    Some(Skipping {
        percent: percent_skipped,
        sentence: format!(
            "Skipping the worst {percent_skipped} % of calls would have lost {} of the scheduled \
             calls (95 % interval {} to {}; at random {percent_skipped} %), on {} test leads with \
             {} scheduled calls.",
            percent(lost.value),
            percent(lost.lo),
            percent(lost.hi),
            count(lost.n),
            count(lost.positives)
        ),
        lost,
    })
}

#[cfg(test)]
mod tests {
    use leadrank_stats::evaluation::EvaluationOptions;
    use leadrank_stats::frontier::captured;

    use super::*;

    #[test]
    fn skipping_is_told_in_one_sentence() {
        let labels: Vec<bool> = (0..200).map(|row| row % 8 == 0 && row < 160).collect();
        let scores: Vec<f64> = (0..200).map(|row| -f64::from(row)).collect();
        let recorded = captured(&labels, &scores, &EvaluationOptions::default()).unwrap();
        let told = skipping(&recorded, 20.0).unwrap();
        assert_eq!(
            told.sentence,
            "Skipping the worst 20 % of calls would have lost 0.00 % of the scheduled calls (95 % \
             interval 0.00 % to 16.1 %; at random 20 %), on 200 test leads with 20 scheduled calls."
        );
        for (wish, percent) in [(0.0, 5), (17.0, 15), (99.0, 95)] {
            assert_eq!(skipping(&recorded, wish).unwrap().percent, percent);
        }
        assert_eq!(skipping(&[], 20.0), None);
    }
}
