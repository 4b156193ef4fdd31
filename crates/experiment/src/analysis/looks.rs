//! Which looks came before one, and which may still be taken.

use chrono::NaiveDate;

use super::Taken;
use crate::Plan;
use crate::error::{Error, Result};

/// Where a look stands among those that were taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Interim looks before it that did not end the test. What comes in after a bound was reached is
    /// analysed as if that look had not been taken: the deletion method for overrunning (J. Whitehead,
    /// Controlled Clinical Trials 13 (1992)).
    pub before: Vec<Taken>,
    /// The interim look before it whose bound was reached: it decided.
    pub ended: Option<Taken>,
    /// This very look, where it was taken already.
    pub same: Option<Taken>,
    /// A final analysis that was taken before, on another day.
    pub finished: Option<Taken>,
    /// Whether the plan has a look on this day.
    pub is_planned: bool,
}

/// Finds out where a look on a day stands. `taken` are the looks so far, in the order in which they
/// were taken; the same look is one of the same kind on the same day.
///
/// # Errors
/// [`Error::Look`] for one that may not be taken: before another, an interim one when the end has
/// come, or after the test was decided.
pub fn standing(plan: &Plan, taken: &[Taken], on: NaiveDate, is_final: bool) -> Result<Standing> {
    let no = |problem: String| Err(Error::Look(problem));
    if let Some(later) = taken.iter().find(|look| look.on > on) {
        return no(format!(
            "a look was taken on {} already; one can't be put in before it (as of {on})",
            later.on
        ));
    }
    let is_same = |look: &&Taken| look.on == on && look.is_final == is_final;
    let place = taken.iter().position(|look| is_same(&look));
    let earlier = &taken[..place.unwrap_or(taken.len())];
    let mut found = Standing {
        same: place.map(|at| taken[at]),
        ended: earlier.iter().find(|look| look.ends_early()).copied(),
        finished: earlier.iter().find(|look| look.is_final).copied(),
        is_planned: plan
            .looks
            .iter()
            .any(|look| look.on == on && (look.time == 1.0) == is_final),
        before: Vec::new(),
    };
    let counts = |look: &&Taken| !look.is_final && !look.crosses();
    found.before = earlier.iter().filter(counts).copied().collect();
    if !is_final && found.same.is_none() {
        if let Some(ended) = found.ended {
            return no(format!(
                "the look of {} reached its bound and decided ({}); no other follows it but the final analysis on {}, which tells the size with what came in since",
                ended.on,
                ended.decision.words(),
                plan.final_on()
            ));
        }
        if let Some(finished) = found.finished {
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
        }
    }

    fn refused(taken: &[Taken], on: &str, is_final: bool) -> String {
        standing(&plan(), taken, day(on), is_final)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn only_the_planned_days_are_planned_and_the_end_has_no_interim_look() {
        let plan = plan();
        let of = |on: &str, is_final| standing(&plan, &[], day(on), is_final).unwrap();
        assert!(of("2025-12-15", false).is_planned && of("2025-12-31", true).is_planned);
        assert!(!of("2025-12-16", false).is_planned && !of("2025-12-15", true).is_planned);
        assert!(refused(&[], "2025-12-31", false).contains("`leadrank experiment final`"));
        let taken = [look("2025-12-15", 1.0, false)];
        assert!(refused(&taken, "2025-12-14", false).contains("can't be put in before it"));
    }

    #[test]
    fn a_look_of_another_kind_on_the_same_day_is_another_look() {
        let plan = plan();
        let taken = [look("2025-12-15", 1.0, false)];
        let last = standing(&plan, &taken, day("2025-12-15"), true).unwrap();
        assert_eq!((last.before.as_slice(), last.same), (&taken[..], None));
        let again = standing(&plan, &taken, day("2025-12-15"), false).unwrap();
        assert_eq!((again.before.len(), again.same), (0, Some(taken[0])));
    }

    #[test]
    fn a_look_that_reached_its_bound_is_the_last_but_the_final_one() {
        let plan = plan();
        let taken = [
            look("2025-12-10", 1.0, false),
            look("2025-12-15", -3.0, false),
        ];
        let said = refused(&taken, "2025-12-20", false);
        assert!(said.contains("2025-12-15 reached its bound"), "{said}");
        let last = standing(&plan, &taken, day("2025-12-31"), true).unwrap();
        assert_eq!(
            (last.before.as_slice(), last.ended),
            (&taken[..1], Some(taken[1]))
        );
        // Read again, it is what it was.
        let again = standing(&plan, &taken, day("2025-12-15"), false).unwrap();
        assert_eq!((again.ended, again.same), (None, Some(taken[1])));
    }

    #[test]
    fn what_comes_after_a_final_analysis_knows_of_it() {
        let plan = plan();
        let taken = [look("2025-12-20", 3.0, true)];
        assert!(
            refused(&taken, "2025-12-22", false).contains("final analysis was made on 2025-12-20")
        );
        let later = standing(&plan, &taken, day("2025-12-31"), true).unwrap();
        assert_eq!((later.finished, later.same), (Some(taken[0]), None));
        assert!(later.before.is_empty() && later.ended.is_none());
        let again = standing(&plan, &taken, day("2025-12-20"), true).unwrap();
        assert_eq!((again.finished, again.same), (None, Some(taken[0])));
    }
}
