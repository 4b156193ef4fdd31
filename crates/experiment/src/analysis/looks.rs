//! Which looks came before one, and which may still be taken.

use chrono::NaiveDate;

use super::Taken;
use crate::Plan;
use crate::error::{Error, Result};

/// Where a look stands among those that were taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Interim looks before it that did not reach their bound. What comes in after a bound was reached
    /// is analysed as if that look had not been taken: the deletion method for overrunning (J.
    /// Whitehead, Controlled Clinical Trials 13 (1992)).
    pub before: Vec<Taken>,
    /// The interim look before it that reached its bound as planned: it decided.
    pub ended: Option<Taken>,
    /// This very look, where it was taken already.
    pub same: Option<Taken>,
    /// The final analysis that counts, where it was made: the first one by the plan.
    pub decisive: Option<Taken>,
    /// Final analyses before it that count for nothing, since they were early or forced.
    pub discarded: Vec<NaiveDate>,
    /// Whether the plan has a look on this day.
    pub is_planned: bool,
}

/// Finds out where a look on a day stands. `taken` are the looks so far, in the order in which they
/// were taken; the same look is one of the same kind on the same day, by the plan or not.
///
/// # Errors
/// [`Error::Look`] for one that may not be taken: before another, an interim one when the end has
/// come, or after the test was decided.
pub fn standing(
    plan: &Plan,
    taken: &[Taken],
    on: NaiveDate,
    is_final: bool,
    by_plan: bool,
) -> Result<Standing> {
    let no = |problem: String| Err(Error::Look(problem));
    if let Some(later) = taken.iter().find(|look| look.on > on) {
        return no(format!(
            "a look was taken on {} already; one can't be put in before it (as of {on})",
            later.on
        ));
    }
    let is_same = |look: &Taken| (look.on, look.is_final, look.by_plan) == (on, is_final, by_plan);
    let place = taken.iter().position(is_same);
    let earlier = &taken[..place.unwrap_or(taken.len())];
    let interim = || earlier.iter().filter(|look| !look.is_final);
    let found = Standing {
        before: interim().filter(|look| !look.crosses()).copied().collect(),
        ended: interim().find(|look| look.ends_early()).copied(),
        same: place.map(|at| taken[at]),
        decisive: taken
            .iter()
            .find(|look| look.is_final && look.by_plan)
            .copied(),
        discarded: earlier
            .iter()
            .filter(|look| look.is_final && !look.by_plan)
            .map(|look| look.on)
            .collect(),
        is_planned: plan
            .looks
            .iter()
            .any(|look| look.on == on && look.is_final() == is_final),
    };
    if is_final || found.same.is_some() {
        return Ok(found);
    }
    if let Some(ended) = found.ended {
        return no(format!(
            "the look of {} reached its bound and decided ({}); no other follows it but the final analysis on {}, which tells the size with what came in since",
            ended.on,
            ended.decision.words(),
            plan.final_on()
        ));
    }
    if let Some(finished) = earlier.iter().find(|look| look.is_final) {
        return no(format!(
            "a final analysis was made on {} already, and left nothing for a look after it; the next is the planned final analysis on {}",
            finished.on,
            plan.final_on()
        ));
    }
    if on >= plan.final_on() {
        return no(format!(
            "from {} on the last outcome is known: run `leadrank experiment final`; an interim look now would take from it what it needs",
            plan.final_on()
        ));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Decision;
    use crate::plan::tests::{day, plan};

    fn look(on: &str, z: f64, is_final: bool) -> Taken {
        Taken {
            on: day(on),
            time: 0.5,
            information: 10.0,
            spent: 0.01,
            bound: 2.5,
            z,
            is_final,
            decision: Decision::GoOn,
            by_plan: true,
        }
    }

    fn forced(on: &str, z: f64, is_final: bool) -> Taken {
        Taken {
            by_plan: false,
            ..look(on, z, is_final)
        }
    }

    fn stands(taken: &[Taken], on: &str, is_final: bool) -> Standing {
        standing(&plan(), taken, day(on), is_final, true).unwrap()
    }

    fn refused(taken: &[Taken], on: &str, is_final: bool) -> String {
        let found = standing(&plan(), taken, day(on), is_final, true);
        found.unwrap_err().to_string()
    }

    #[test]
    fn only_the_planned_days_are_planned_and_the_end_has_no_interim_look() {
        let is_planned = |on: &str, is_final| stands(&[], on, is_final).is_planned;
        assert!(is_planned("2025-12-15", false) && is_planned("2025-12-31", true));
        assert!(!is_planned("2025-12-16", false) && !is_planned("2025-12-15", true));
        assert!(refused(&[], "2025-12-31", false).contains("`leadrank experiment final`"));
        let taken = [look("2025-12-15", 1.0, false)];
        assert!(refused(&taken, "2025-12-14", false).contains("can't be put in before it"));
    }

    #[test]
    fn a_look_of_another_kind_on_the_same_day_is_another_look() {
        let taken = [look("2025-12-15", 1.0, false)];
        let last = stands(&taken, "2025-12-15", true);
        assert_eq!((last.before.as_slice(), last.same), (&taken[..], None));
        let again = stands(&taken, "2025-12-15", false);
        assert_eq!((again.before.len(), again.same), (0, Some(taken[0])));
    }

    #[test]
    fn a_look_that_reached_its_bound_is_the_last_but_the_final_one() {
        let taken = [
            look("2025-12-10", 1.0, false),
            look("2025-12-15", -3.0, false),
        ];
        let said = refused(&taken, "2025-12-20", false);
        assert!(said.contains("2025-12-15 reached its bound"), "{said}");
        let last = stands(&taken, "2025-12-31", true);
        assert_eq!(
            (last.before.as_slice(), last.ended),
            (&taken[..1], Some(taken[1]))
        );
        // Read again, it is what it was.
        let again = stands(&taken, "2025-12-15", false);
        assert_eq!((again.ended, again.same), (None, Some(taken[1])));
    }

    #[test]
    fn a_look_that_was_forced_ends_nothing() {
        let taken = [forced("2025-12-15", 3.0, false)];
        let later = stands(&taken, "2025-12-20", false);
        assert_eq!((later.ended, later.before.len()), (None, 0));
        // What was spent without reaching the bound is spent.
        let taken = [forced("2025-12-15", 1.0, false)];
        assert_eq!(stands(&taken, "2025-12-20", false).before, taken);
    }

    #[test]
    fn the_first_final_analysis_by_the_plan_counts() {
        let early = forced("2025-12-20", 3.0, true);
        let said = refused(&[early], "2025-12-22", false);
        assert!(
            said.contains("final analysis was made on 2025-12-20"),
            "{said}"
        );
        let last = stands(&[early], "2025-12-31", true);
        assert_eq!((last.decisive, last.same), (None, None));
        assert_eq!(last.discarded, [early.on]);
        // One that was forced on the very day is another one.
        let taken = [early, forced("2025-12-31", 3.0, true)];
        assert_eq!(stands(&taken, "2025-12-31", true).same, None);
        let by_plan = look("2025-12-31", 1.0, true);
        let taken = [early, by_plan, look("2026-01-05", 3.0, true)];
        let later = stands(&taken, "2026-01-07", true);
        assert_eq!((later.decisive, later.same), (Some(by_plan), None));
        let again = stands(&taken[..2], "2025-12-31", true);
        assert_eq!((again.decisive, again.same), (Some(by_plan), Some(by_plan)));
    }
}
