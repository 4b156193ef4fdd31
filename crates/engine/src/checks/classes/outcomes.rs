//! What became of each contacted lead, counted under each of the labels in use.

use leadrank_evidence::Cell;
use leadrank_stats::{Estimate, proportion};

use crate::checks::Input;

/// The days after contact that the brief's label counts.
pub(in crate::checks) const BRIEF_WINDOW: i64 = 30;

/// Leads contacted by the analysis date, with the days to their scheduled calls.
pub(in crate::checks) struct Outcomes {
    /// Rows of these leads, ascending.
    pub(in crate::checks) rows: Vec<usize>,
    /// For every lead: days from contact to the scheduled call, negative when before; none
    /// where no call was scheduled by the analysis date.
    pub(in crate::checks) days: Vec<Option<i64>>,
}

impl Outcomes {
    pub(in crate::checks) fn of(input: &Input<'_>) -> Self {
        let (leads, day) = (&input.leads, input.day);
        let rows = (0..leads.len())
            .filter(|&row| leads.contacts[row] <= day)
            .collect();
        let days = leads
            .calls
            .iter()
            .zip(&leads.contacts)
            .map(|(call, contact)| {
                let call = call.filter(|call| *call <= day)?;
                Some(call.signed_duration_since(*contact).num_days())
            })
            .collect();
        Outcomes { rows, days }
    }

    /// The counts of some of the leads.
    pub(in crate::checks) fn tally(
        &self,
        input: &Input<'_>,
        rows: impl IntoIterator<Item = usize>,
    ) -> Tally {
        let mut tally = Tally::default();
        for row in rows {
            tally.add(input, self, row);
        }
        tally
    }
}

/// Counts of leads by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::checks) struct Tally {
    /// Contacted leads.
    pub(in crate::checks) leads: u64,
    /// Those with a known and valid outcome.
    pub(in crate::checks) labelled: u64,
    /// Those of them with a call in the window.
    pub(in crate::checks) positives: u64,
    /// Leads whose window was not over on the analysis date.
    pub(in crate::checks) censored: u64,
    /// Leads with a call on any day.
    pub(in crate::checks) ever: u64,
    /// Leads with a call up to day 30, also before the contact: the brief's label.
    pub(in crate::checks) early: u64,
    /// The same among leads whose window was over.
    pub(in crate::checks) early_of_matured: u64,
}

impl Tally {
    fn add(&mut self, input: &Input<'_>, outcomes: &Outcomes, row: usize) {
        let censored = input.leads.statuses[row] == "censored";
        let label = input.leads.labels[row];
        let days = outcomes.days[row];
        let early = days.is_some_and(|days| days <= BRIEF_WINDOW);
        self.leads += 1;
        self.labelled += u64::from(label.is_some());
        self.positives += u64::from(label == Some(true));
        self.censored += u64::from(censored);
        self.ever += u64::from(days.is_some());
        self.early += u64::from(early);
        self.early_of_matured += u64::from(early && !censored);
    }

    /// Both counts together.
    pub(in crate::checks) fn plus(self, other: Tally) -> Tally {
        Tally {
            leads: self.leads + other.leads,
            labelled: self.labelled + other.labelled,
            positives: self.positives + other.positives,
            censored: self.censored + other.censored,
            ever: self.ever + other.ever,
            early: self.early + other.early,
            early_of_matured: self.early_of_matured + other.early_of_matured,
        }
    }

    /// Share of positives among labelled leads.
    pub(in crate::checks) fn rate(&self) -> Option<Estimate> {
        proportion::estimate(self.positives, self.labelled, 0.95)
    }

    /// Share of leads with a call on any day.
    pub(in crate::checks) fn ever_rate(&self) -> Option<Estimate> {
        proportion::estimate(self.ever, self.leads, 0.95)
    }
}

/// Negatives for each positive, with the interval that follows from that of the rate;
/// none without positives, and an endless upper end where the rate may be 0.
pub(in crate::checks) fn ratio(rate: &Estimate) -> Option<Estimate> {
    let odds = |share: f64| (1.0 - share) / share;
    (rate.value > 0.0 && rate.lo > 0.0).then(|| Estimate {
        value: odds(rate.value),
        lo: odds(rate.hi),
        hi: odds(rate.lo),
        n: rate.n,
        positives: rate.positives,
        chance: None,
    })
}

/// A ratio as text: `27.6 (26.1 to 29.1)`.
pub(in crate::checks) fn ratio_cell(positives: u64, of: u64) -> Cell {
    proportion::estimate(positives, of, 0.95)
        .and_then(|rate| ratio(&rate))
        .map_or(Cell::Nothing, |ratio| {
            format!("{:.1} ({:.1} to {:.1})", ratio.value, ratio.lo, ratio.hi).into()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_turns_the_interval_round() {
        let rate = proportion::estimate(40, 1000, 0.95).unwrap();
        let ratio = ratio(&rate).unwrap();
        assert!((ratio.value - 24.0).abs() < 1e-12);
        assert!(ratio.lo < 24.0 && ratio.hi > 24.0);
        assert!((1.0 / (1.0 + ratio.lo) - rate.hi).abs() < 1e-12);
        assert_eq!(
            super::ratio(&proportion::estimate(0, 9, 0.95).unwrap()),
            None
        );
        assert_eq!(ratio_cell(0, 9), Cell::Nothing);
    }
}
