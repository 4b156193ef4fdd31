//! Whether contacts keep their pattern over the week.
//!
//! With tens of thousands of contacts every small change of habit is significant, so a change
//! is judged by its size: the share of contacts that would have to move to another weekday.
//! The day of the change is not known beforehand: every day that leaves enough contacts on
//! both sides is tried, and the p-value is multiplied by the number of days tried.

use chrono::NaiveDate;
use leadrank_evidence::{
    Cell, Finding, Gate, Measured, Picture, Section, Series, Table, Unit, Verdict,
};
use leadrank_stats::association::independence;
use leadrank_stats::{Estimate, proportion};

use super::groups::{weekday, weekday_name};
use super::outcomes::Outcomes;
use crate::checks::Input;
use crate::checks::part::{Part, severity_of};
use crate::words;

/// Fewest contacts on either side of a change, and fewest as a share of all.
const FEWEST: u64 = 100;
const FEWEST_SHARE: f64 = 0.05;
/// Share of contacts on other weekdays than before from which the pattern has changed.
const MOVED: f64 = 0.10;
/// Probability by chance below which a change is not luck, after correction.
const CHANCE: f64 = 0.001;
/// Most days by which stamps are tried to be off.
const OFFSETS: i64 = 3;
/// Saturday's place in the week.
const SATURDAY: usize = 5;

type Week = [u64; 7];

/// The clearest change of the pattern.
#[derive(Debug, Clone, PartialEq)]
struct Change {
    /// First day after it.
    since: NaiveDate,
    before: Week,
    after: Week,
    /// Share of contacts that would have to move to another weekday.
    moved: f64,
    cramers_v: f64,
    chance_v: f64,
    /// Probability by chance, times the days tried.
    p_value: f64,
    /// Days tried.
    tried: u64,
    /// Days by which all contacts seem to be moved, where that explains the change.
    offset: Option<i64>,
}

impl Change {
    fn is_found(&self) -> bool {
        self.moved >= MOVED && self.p_value < CHANCE
    }
}

/// The clearest change among ascending days; none with too few of them.
fn clearest(days: &[NaiveDate]) -> Option<Change> {
    let n = days.len() as u64;
    let least = FEWEST.max((FEWEST_SHARE * n as f64).ceil() as u64);
    let mut total: Week = [0; 7];
    for day in days {
        total[weekday(*day)] += 1;
    }
    let mut before: Week = [0; 7];
    let mut best: Option<(f64, Change)> = None;
    let mut tried = 0;
    for (place, day) in days.iter().enumerate() {
        let place = place as u64;
        let new_day = place > 0 && days[place as usize - 1] != *day;
        if new_day && place >= least && n - place >= least {
            let after: Week = std::array::from_fn(|at| total[at] - before[at]);
            if let Some(test) = independence(&[before, after]) {
                tried += 1;
                if best.as_ref().is_none_or(|(most, _)| test.statistic > *most) {
                    let change = Change {
                        since: *day,
                        before,
                        after,
                        moved: distance(&before, &after, 0),
                        cramers_v: test.cramers_v,
                        chance_v: test.chance_v,
                        p_value: test.p_value,
                        tried: 0,
                        offset: None,
                    };
                    best = Some((test.statistic, change));
                }
            }
        }
        before[weekday(*day)] += 1;
    }
    let (_, mut change) = best?;
    change.tried = tried;
    change.p_value = (change.p_value * tried as f64).min(1.0);
    change.offset = offset(&change);
    Some(change)
}

/// Half the sum of differences between the shares of weekdays, the first week moved on by
/// some days.
fn distance(before: &Week, after: &Week, days: i64) -> f64 {
    let sum = |week: &Week| week.iter().sum::<u64>().max(1) as f64;
    let (all_before, all_after) = (sum(before), sum(after));
    let moved = |place: usize| (place as i64 - days).rem_euclid(7) as usize;
    let gaps = (0..7).map(|place| {
        (before[moved(place)] as f64 / all_before - after[place] as f64 / all_after).abs()
    });
    gaps.sum::<f64>() / 2.0
}

/// The number of days by which moving all contacts explains more than half of the change.
fn offset(change: &Change) -> Option<i64> {
    let best = (-OFFSETS..=OFFSETS)
        .filter(|days| *days != 0)
        .map(|days| (distance(&change.before, &change.after, days), days))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 < MOVED && best.0 < change.moved / 2.0).then_some(best.1)
}

/// Calls that moved with the contacts: if contacts are stamped late, calls of the same day
/// come before them; if early, hardly a call is of the same day.
struct MovedCalls {
    before: Estimate,
    after: Estimate,
    late: bool,
}

impl MovedCalls {
    fn of(input: &Input<'_>, outcomes: &Outcomes, change: &Change) -> Option<Self> {
        let offset = change.offset?;
        let late = offset > 0;
        let strange = |days: i64| {
            if late {
                (-offset..0).contains(&days)
            } else {
                (0..-offset).contains(&days)
            }
        };
        let share = |after: bool| {
            let side = |row: &&usize| (input.leads.contacts[**row] >= change.since) == after;
            let calls = outcomes.rows.iter().filter(side);
            let days: Vec<i64> = calls.filter_map(|&row| outcomes.days[row]).collect();
            let found = days.iter().filter(|&&days| strange(days)).count() as u64;
            proportion::estimate(found, days.len() as u64, 0.95)
        };
        Some(MovedCalls {
            before: share(false)?,
            after: share(true)?,
            late,
        })
    }

    /// Whether calls say the same as the weekdays.
    fn agree(&self) -> bool {
        if self.late {
            self.after.lo > self.before.hi
        } else {
            self.after.hi < self.before.lo
        }
    }

    fn sentence(&self) -> String {
        let what = if self.late {
            "shortly before the contact"
        } else {
            "on the very day of contact"
        };
        format!(
            "Calls scheduled {what} are {} of all calls since then, {} before.",
            words::rate(&self.after),
            words::rate(&self.before)
        )
    }
}

/// Judges the pattern of contacts over the week.
pub(super) fn judge(input: &Input<'_>, outcomes: &Outcomes) -> Part {
    let mut days: Vec<NaiveDate> = outcomes
        .rows
        .iter()
        .map(|&row| input.leads.contacts[row])
        .collect();
    days.sort_unstable();
    let mut part = Part::default();
    let change = clearest(&days);
    let found = change.as_ref().filter(|change| change.is_found());
    let calls = found.and_then(|change| MovedCalls::of(input, outcomes, change));
    let shifted = calls.as_ref().is_some_and(MovedCalls::agree);
    let verdict = match (&change, found) {
        (None, _) => Verdict::NotEnoughData,
        (_, None) => Verdict::Pass,
        // Stamps that are off make wrong labels; a new habit of the team does not.
        (_, Some(_)) if shifted => Verdict::Fail,
        (_, Some(_)) => Verdict::Warn,
    };
    let action = "compare the contact stamps of a few leads with their call log: a shifted time zone or import moves days and with them the labels";
    part.gates.push(Gate {
        id: "classes.weekday".into(),
        rule: format!(
            "no change that is more than luck (p < {CHANCE}) moves {} of contacts or more to other weekdays, wherever it begins",
            words::percent(MOVED)
        ),
        value: change
            .as_ref()
            .map(|change| Measured::counted(change.moved, days.len() as u64)),
        unit: Unit::Share,
        verdict,
        action: action.into(),
        brief: None,
        forced: None,
    });
    part.findings.push(
        finding(change.as_ref(), calls.as_ref(), verdict, days.len() as u64).remedy(
            if matches!(verdict, Verdict::Fail | Verdict::Warn) {
                action
            } else {
                ""
            },
        ),
    );
    part.sections
        .push(section(&days, change.as_ref(), found.is_some()));
    part
}

fn finding(
    change: Option<&Change>,
    calls: Option<&MovedCalls>,
    verdict: Verdict,
    n: u64,
) -> Finding {
    let severity = severity_of(verdict);
    let Some(change) = change else {
        return Finding::new(
            "classes.weekday",
            severity,
            format!("{n} contacts are too few to compare weekdays over time"),
        );
    };
    let headline = match (verdict, change.offset) {
        (Verdict::Pass, _) => {
            "contacts are spread over the week as before, in all of the time".to_owned()
        }
        (_, Some(days)) => format!(
            "from {} on, contacts look as if stamped {} day{} {}: weekdays no longer fit",
            change.since,
            days.abs(),
            if days.abs() == 1 { "" } else { "s" },
            if days > 0 { "late" } else { "early" },
        ),
        (_, None) => format!(
            "from {} on, {} of contacts fall on other weekdays than before",
            change.since,
            words::percent(change.moved)
        ),
    };
    let mut finding = Finding::new("classes.weekday", severity, headline)
        .because(format!(
            "The clearest change of {} days tried is on {}: {} of contacts fall on other weekdays (Cramér's V {:.2}, {:.2} by chance; {} times the days tried; n = {n}).",
            change.tried,
            change.since,
            words::percent(change.moved),
            change.cramers_v,
            change.chance_v,
            words::chance(change.p_value),
        ))
        .rows(change.after.iter().sum(), n).things("contacts")
        // A shifted stamp explains whatever else looks odd in the timing.
        .strength(if verdict == Verdict::Pass { 0.0 } else { 100.0 + change.moved });
    if let (Some(before), Some(after)) = (weekend(&change.before), weekend(&change.after)) {
        finding = finding.because(format!(
            "Weekend contacts: {} since then, {} before.",
            words::rate(&after),
            words::rate(&before)
        ));
    }
    if verdict == Verdict::Pass {
        finding = finding.because(format!(
            "Below {} it is not called a change: with many contacts, any habit of the team gives a small p-value.",
            words::percent(MOVED)
        ));
    }
    match calls {
        Some(calls) => finding.because(calls.sentence()),
        None => finding,
    }
}

fn weekend(week: &Week) -> Option<Estimate> {
    let all = week.iter().sum();
    proportion::estimate(week[SATURDAY..].iter().sum(), all, 0.95)
}

fn section(days: &[NaiveDate], change: Option<&Change>, found: bool) -> Section {
    let mut months: Vec<(String, Week)> = Vec::new();
    for day in days {
        let name = day.format("%Y-%m").to_string();
        if months.last().is_none_or(|(last, _)| *last != name) {
            months.push((name, [0; 7]));
        }
        if let Some((_, week)) = months.last_mut() {
            week[weekday(*day)] += 1;
        }
    }
    let all: Week = std::array::from_fn(|place| months.iter().map(|(_, week)| week[place]).sum());
    let share = |week: &Week| weekend(week);
    let mut section = Section::new("Contacts over the week").draw(Picture::Trend {
        title: "Weekend contacts by month".into(),
        of: "weekend contacts per contact".into(),
        places: months.iter().map(|(name, _)| name.clone()).collect(),
        series: vec![Series {
            name: "Saturday and Sunday".into(),
            values: months.iter().map(|(_, week)| share(week)).collect(),
        }],
        base: share(&all).map(|share| share.value),
    });
    let Some(change) = change else {
        return section;
    };
    let mut table = Table::new(
        format!("Weekdays of contact before and since {}", change.since),
        &[
            "weekday",
            "#before",
            "#share before",
            "#since",
            "#share since",
        ],
    );
    if !found {
        table = table.note(
            "The day with the clearest difference, which is no larger than luck or habit gives.",
        );
    }
    let (before, after) = (change.before.iter().sum(), change.after.iter().sum());
    for place in 0..7 {
        table.row(vec![
            weekday_name(place).into(),
            change.before[place].into(),
            Cell::rate(change.before[place], before),
            change.after[place].into(),
            Cell::rate(change.after[place], after),
        ]);
    }
    section = section.table(table);
    section
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    /// Contacts of weeks in the usual pattern, a day late from some week on.
    fn weeks(count: u64, late_from: u64, late_days: u64) -> Vec<NaiveDate> {
        let monday = NaiveDate::from_ymd_opt(2025, 1, 6).unwrap();
        let mut days = Vec::new();
        for week in 0..count {
            for (place, contacts) in [12, 25, 26, 24, 11, 1, 1].into_iter().enumerate() {
                let late = if week >= late_from { late_days } else { 0 };
                let day = monday + Days::new(7 * week + place as u64 + late);
                days.extend(std::iter::repeat_n(day, contacts));
            }
        }
        days.sort_unstable();
        days
    }

    #[test]
    fn an_even_pattern_is_no_change() {
        let change = clearest(&weeks(40, 99, 0)).unwrap();
        assert!(!change.is_found());
        assert!(change.tried > 200);
        assert_eq!(clearest(&weeks(1, 99, 0)), None);
        assert_eq!(clearest(&[]), None);
    }

    #[test]
    fn stamps_a_day_late_are_found_with_day_and_direction() {
        for (late, offset) in [(1, 1), (2, 2), (6, -1)] {
            let change = clearest(&weeks(40, 31, late)).unwrap();
            assert!(change.is_found());
            assert_eq!(change.offset, Some(offset));
            assert!(change.moved > 0.2);
            let first = NaiveDate::from_ymd_opt(2025, 1, 6).unwrap() + Days::new(7 * 31);
            let off = change.since.signed_duration_since(first).num_days();
            // Saturday and Sunday before it hold a contact each: either day will do.
            assert!((-2..=7).contains(&off), "{off}");
        }
    }

    #[test]
    fn a_new_habit_is_a_change_without_an_offset() {
        let mut days = weeks(30, 99, 0);
        let monday = NaiveDate::from_ymd_opt(2025, 1, 6).unwrap();
        for week in 30..40 {
            for place in 0..7 {
                days.extend(std::iter::repeat_n(
                    monday + Days::new(7 * week + place),
                    14,
                ));
            }
        }
        let change = clearest(&days).unwrap();
        assert!(change.is_found());
        assert_eq!(change.offset, None);
    }
}
