//! What leadrank promises: one id and one sentence each, in one place.
//!
//! The same predicates serve property tests and the running program: a promise that is
//! broken at run time stops the stage that broke it, before anything is written.

use std::collections::BTreeMap;

/// A promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Promise {
    /// See [`Promise::statement`].
    SameBytes,
    /// See [`Promise::statement`].
    NoFutureInFit,
    /// See [`Promise::statement`].
    AdvisersApart,
    /// See [`Promise::statement`].
    NoFutureFacts,
    /// See [`Promise::statement`].
    Replay,
    /// See [`Promise::statement`].
    OneRowALead,
    /// See [`Promise::statement`].
    EveryLabelCounted,
    /// See [`Promise::statement`].
    NoRowLost,
    /// See [`Promise::statement`].
    WholeDelivery,
    /// See [`Promise::statement`].
    OldVintageReadable,
    /// See [`Promise::statement`].
    LoadedTwiceIsOnce,
    /// See [`Promise::statement`].
    CrashSafe,
    /// See [`Promise::statement`].
    BadMonthHeldBack,
    /// See [`Promise::statement`].
    SyncedTwiceIsOnce,
}

impl Promise {
    /// All of them, in the order of the catalogue.
    pub const ALL: [Promise; 14] = [
        Promise::SameBytes,
        Promise::NoFutureInFit,
        Promise::AdvisersApart,
        Promise::NoFutureFacts,
        Promise::Replay,
        Promise::OneRowALead,
        Promise::EveryLabelCounted,
        Promise::NoRowLost,
        Promise::WholeDelivery,
        Promise::OldVintageReadable,
        Promise::LoadedTwiceIsOnce,
        Promise::CrashSafe,
        Promise::BadMonthHeldBack,
        Promise::SyncedTwiceIsOnce,
    ];

    /// Its lasting id.
    pub fn id(self) -> &'static str {
        match self {
            Promise::SameBytes => "RUN-1",
            Promise::NoFutureInFit => "FIT-1",
            Promise::AdvisersApart => "FIT-2",
            Promise::NoFutureFacts => "TIME-1",
            Promise::Replay => "TIME-2",
            Promise::OneRowALead => "ROW-1",
            Promise::EveryLabelCounted => "ROW-2",
            Promise::NoRowLost => "LOAD-1",
            Promise::WholeDelivery => "LOAD-2",
            Promise::OldVintageReadable => "LOAD-3",
            Promise::LoadedTwiceIsOnce => "LOAD-4",
            Promise::CrashSafe => "LOAD-5",
            Promise::BadMonthHeldBack => "LOAD-6",
            Promise::SyncedTwiceIsOnce => "SYNC-1",
        }
    }

    /// What is promised, in one sentence.
    pub fn statement(self) -> &'static str {
        match self {
            Promise::SameBytes => {
                "the same inputs, seed and version give the same bytes on any number of threads"
            }
            Promise::NoFutureInFit => {
                "no row reaches a fit whose outcome was not known before the rows it is judged on begin"
            }
            Promise::AdvisersApart => "no adviser stands on both sides of a split",
            Promise::NoFutureFacts => {
                "every vendor fact of a lead is of a day not after its contact, save under the hybrid policy of history, which counts and names the leads with a later month"
            }
            Promise::Replay => {
                "features made again from only what was known on a past day equal those made then"
            }
            Promise::OneRowALead => "a contacted lead has exactly one row, whatever its matches",
            Promise::EveryLabelCounted => {
                "every contacted lead is counted under exactly one label status"
            }
            Promise::NoRowLost => {
                "a rejected cell never drops a row, and every row that is left out is counted"
            }
            Promise::WholeDelivery => "a delivery is in use with all of its files or not at all",
            Promise::OldVintageReadable => {
                "what was known on a past day stays readable after a newer delivery of the same month"
            }
            Promise::LoadedTwiceIsOnce => "loading the same file again changes nothing",
            Promise::CrashSafe => {
                "a load that is cut off at any instant leaves the last good state, and running it again completes it"
            }
            Promise::BadMonthHeldBack => {
                "a month that fails its quality gates never replaces a good one"
            }
            Promise::SyncedTwiceIsOnce => "a second sync of the same scores writes nothing",
        }
    }
}

/// A promise that did not hold: a fault of the program, never of the user's data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("internal: promise {} does not hold ({}): {detail}; please report this", promise.id(), promise.statement())]
pub struct Broken {
    /// Which one.
    pub promise: Promise,
    /// Where it failed.
    pub detail: String,
}

impl Promise {
    /// Fails with the detail unless the condition holds.
    ///
    /// # Errors
    /// [`Broken`] if it does not.
    pub fn hold(self, condition: bool, detail: impl FnOnce() -> String) -> Result<(), Broken> {
        if condition {
            return Ok(());
        }
        Err(Broken {
            promise: self,
            detail: detail(),
        })
    }
}

/// Whether every outcome is known before the cut: `day + horizon < cut` for all days.
///
/// ```
/// use leadrank_evidence::known_before;
/// assert!(known_before([0, 9], 30, 40));
/// assert!(!known_before([0, 10], 30, 40));
/// ```
pub fn known_before(days: impl IntoIterator<Item = i64>, horizon: i64, cut: i64) -> bool {
    days.into_iter()
        .all(|day| day.saturating_add(horizon) < cut)
}

/// Whether no group occurs under two sides; rows without a group stand alone.
///
/// ```
/// use leadrank_evidence::apart;
/// assert!(apart([(Some("a"), 1), (Some("a"), 1), (None, 1), (None, 2)]));
/// assert!(!apart([(Some("a"), 1), (Some("a"), 2)]));
/// ```
pub fn apart<'a, S: PartialEq>(rows: impl IntoIterator<Item = (Option<&'a str>, S)>) -> bool {
    let mut sides: BTreeMap<&str, S> = BTreeMap::new();
    for (group, side) in rows {
        let Some(group) = group else { continue };
        match sides.get(group) {
            Some(known) if *known != side => return false,
            Some(_) => {}
            None => {
                sides.insert(group, side);
            }
        }
    }
    true
}

/// Whether each name occurs once in an ascending list.
///
/// ```
/// use leadrank_evidence::one_each;
/// assert!(one_each(&["a", "b"]));
/// assert!(!one_each(&["a", "a"]));
/// assert!(!one_each(&["b", "a"]));
/// ```
pub fn one_each<T: PartialOrd>(ascending: &[T]) -> bool {
    ascending.windows(2).all(|pair| pair[0] < pair[1])
}

/// Whether the parts add up to the whole.
///
/// ```
/// use leadrank_evidence::none_lost;
/// assert!(none_lost([2, 3], 5));
/// assert!(!none_lost([2, 2], 5));
/// ```
pub fn none_lost(parts: impl IntoIterator<Item = u64>, whole: u64) -> bool {
    parts
        .into_iter()
        .try_fold(0u64, |sum, part| sum.checked_add(part))
        == Some(whole)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_distinct_and_statements_are_one_sentence() {
        let ids: BTreeSet<&str> = Promise::ALL.iter().map(|promise| promise.id()).collect();
        assert_eq!(ids.len(), Promise::ALL.len());
        for promise in Promise::ALL {
            let text = promise.statement();
            assert!(!text.ends_with('.') && !text.contains(". "), "{text}");
        }
    }

    #[test]
    fn a_broken_promise_says_which_and_where() {
        assert_eq!(Promise::OneRowALead.hold(true, String::new), Ok(()));
        let broken = Promise::OneRowALead.hold(false, || "lead 7 has two".into());
        let text = broken.unwrap_err().to_string();
        assert!(
            text.contains("ROW-1") && text.contains("lead 7 has two"),
            "{text}"
        );
    }
}
