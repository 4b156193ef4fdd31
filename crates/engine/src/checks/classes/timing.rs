//! Days from contact to the scheduled call: before it, in time, late.

use leadrank_evidence::{
    Cell, Finding, Gate, Measured, Picture, Section, Severity, Table, Unit, Verdict,
};
use leadrank_stats::{Estimate, proportion, quantile};

use super::outcomes::Outcomes;
use crate::checks::Input;
use crate::checks::part::{Part, severity_of};
use crate::words;

/// The brief's share of calls before contact: 254 of 2,186 (domain.md, "Days to MQL").
const USUAL_NEGATIVE: f64 = 0.116;
/// The brief's share of calls from the contact on that come within so many days (domain.md,
/// "Days to MQL"); between two of them the share is taken as linear.
const USUAL_WITHIN: [(i64, f64); 6] = [
    (30, 0.880),
    (43, 0.902),
    (60, 0.920),
    (90, 0.939),
    (180, 0.962),
    (573, 1.0),
];
/// A share is worth a word where the lower end of a 90 % interval, so that one in twenty errs
/// above, exceeds the usual share by this factor.
const NOTABLE: f64 = 1.15;
/// The same for late calls: how many of them are known depends on how long leads were followed.
const NOTABLE_LATE: f64 = 1.25;
const NOTABLE_CONFIDENCE: f64 = 0.90;
/// Fewest calls to judge by.
const FEWEST: u64 = 20;
/// Days within which shares are given.
const WITHIN: [i64; 12] = [0, 1, 2, 3, 7, 14, 21, 30, 43, 60, 90, 180];
const PERCENTILES: [u32; 9] = [25, 50, 75, 80, 85, 90, 95, 99, 100];
/// Bands of the picture, first and last day.
const BANDS: [(i64, i64, &str); 14] = [
    (0, 0, "0"),
    (1, 1, "1"),
    (2, 2, "2"),
    (3, 3, "3"),
    (4, 4, "4"),
    (5, 5, "5"),
    (6, 6, "6"),
    (7, 7, "7"),
    (8, 14, "8-14"),
    (15, 21, "15-21"),
    (22, 30, "22-30"),
    (31, 60, "31-60"),
    (61, 90, "61-90"),
    (91, i64::MAX, "over 90"),
];
/// Days of follow-up after which hardly a call is still to come.
const MOST_DAYS: i64 = 60;
const FOLLOWED: i64 = 180;

/// Days to the call of all leads that have one by the analysis date.
pub(super) struct Timing {
    /// Days, ascending, negative when before the contact.
    days: Vec<i64>,
    /// The same for leads contacted at least [`FOLLOWED`] days before the analysis date.
    followed: Vec<i64>,
    /// Calls of leads whose window was over: before the contact, in time, late.
    invalid: u64,
    positive: u64,
    late: u64,
    /// The share of late calls that the brief's distribution gives with these days of follow-up.
    usual_late: f64,
    window: i64,
}

impl Timing {
    pub(super) fn of(input: &Input<'_>, outcomes: &Outcomes) -> Self {
        let old = |row: &usize| {
            let age = input.day.signed_duration_since(input.leads.contacts[*row]);
            age.num_days() >= FOLLOWED
        };
        let all = outcomes.rows.iter().copied();
        let mut days: Vec<i64> = all.filter_map(|row| outcomes.days[row]).collect();
        days.sort_unstable();
        let mut followed: Vec<i64> = outcomes
            .rows
            .iter()
            .copied()
            .filter(old)
            .filter_map(|row| outcomes.days[row])
            .collect();
        followed.sort_unstable();
        let count = |status: &str| {
            let statuses = outcomes.rows.iter().map(|&row| &input.leads.statuses[row]);
            statuses.filter(|found| *found == status).count() as u64
        };
        let window = input.project.config().label.window_days;
        let positive = count("positive");
        let in_time = outcomes.rows.iter().copied();
        let expected: f64 = in_time
            .filter(|&row| input.leads.labels[row] == Some(true))
            .map(|row| {
                let age = input.day.signed_duration_since(input.leads.contacts[row]);
                late_per_call_in_time(window, age.num_days())
            })
            .sum();
        Timing {
            days,
            followed,
            invalid: count("invalid_timing"),
            positive,
            late: count("late"),
            usual_late: expected / (positive as f64 + expected).max(1.0),
            window,
        }
    }

    /// Calls on or after the contact, ascending.
    fn valid(&self) -> &[i64] {
        from_contact(&self.days)
    }

    /// Calls before the contact.
    pub(super) fn negative(&self) -> u64 {
        (self.days.len() - self.valid().len()) as u64
    }

    /// Calls with a known day.
    pub(super) fn known(&self) -> u64 {
        self.days.len() as u64
    }

    /// Share of the calls from the contact on that come within so many days.
    pub(super) fn within(&self, days: i64) -> Option<Estimate> {
        share_within(self.valid(), days)
    }

    /// Share of calls of leads with a closed window that came before the contact.
    fn negative_share(&self) -> Option<Estimate> {
        let calls = self.invalid + self.positive + self.late;
        proportion::estimate(self.invalid, calls, 0.95)
    }

    /// Share of late calls among those from the contact on, of leads with a closed window.
    fn late_share(&self) -> Option<Estimate> {
        proportion::estimate(self.late, self.positive + self.late, 0.95)
    }

    pub(super) fn judge(&self, input: &Input<'_>) -> Part {
        let mut part = Part::default();
        self.before_contact(input.project.config().gates.negative_timing, &mut part);
        self.after_window(&mut part);
        part.sections.push(self.section());
        part
    }

    fn before_contact(&self, limit: f64, part: &mut Part) {
        let share = self.negative_share();
        let verdict = match &share {
            Some(share) if share.n >= FEWEST => {
                if share.lo > limit {
                    Verdict::Fail
                } else if share.value > limit || is_notable(share, NOTABLE * USUAL_NEGATIVE) {
                    Verdict::Warn
                } else {
                    Verdict::Pass
                }
            }
            _ => Verdict::NotEnoughData,
        };
        let action = "compare the stamps of contact and call of such leads in Salesforce: imports and merged leads get a contact date that is too late";
        part.gates.push(Gate {
            id: "classes.timing".into(),
            rule: format!(
                "at most {} of scheduled calls lie before the contact, by the lower end of the interval; {} are usual",
                words::percent(limit),
                words::percent(USUAL_NEGATIVE)
            ),
            value: share.map(Measured::from),
            unit: Unit::Share,
            verdict,
            action: action.into(),
            brief: None,
            forced: None,
        });
        let headline = match (&share, verdict) {
            (Some(share), Verdict::NotEnoughData) => {
                format!(
                    "only {} leads have a scheduled call to judge the timing by",
                    share.n
                )
            }
            (Some(share), Verdict::Pass) => format!(
                "{} of scheduled calls lie before the contact, about as usual; they are left out",
                words::percent(share.value)
            ),
            (Some(share), _) => format!(
                "{} of scheduled calls lie before the contact; {} are usual",
                words::percent(share.value),
                words::percent(USUAL_NEGATIVE)
            ),
            (None, _) => "no lead has a scheduled call".into(),
        };
        let mut finding = Finding::new("classes.timing", severity_of(verdict), headline)
            .rows(self.invalid, self.invalid + self.positive + self.late)
            .things("calls");
        if let Some(share) = share {
            finding = finding
                .because(format!("{}.", words::rate(&share)))
                .because("A call that was scheduled before the contact can't be its success: such leads get no label.")
                .strength(share.value / USUAL_NEGATIVE);
            let long_before = self.days.partition_point(|&days| days < -90);
            finding = finding.because(format!(
                "{long_before} of all {} lie more than 90 days before: most are leads contacted a second time.",
                self.negative()
            ));
        }
        if matches!(verdict, Verdict::Fail | Verdict::Warn) {
            finding = finding.remedy(action);
        }
        part.findings.push(finding);
    }

    fn after_window(&self, part: &mut Part) {
        let Some(share) = self.late_share() else {
            return;
        };
        let notable = share.n >= FEWEST && is_notable(&share, NOTABLE_LATE * self.usual_late);
        let (severity, headline) = if notable {
            (
                Severity::Warn,
                format!(
                    "{} of calls come after day {}; {} are usual",
                    words::percent(share.value),
                    self.window,
                    words::percent(self.usual_late)
                ),
            )
        } else {
            (
                Severity::Pass,
                format!(
                    "{} of calls come after day {}, about as usual; they count as negative",
                    words::percent(share.value),
                    self.window
                ),
            )
        };
        let mut finding = Finding::new("classes.late", severity, headline)
            .because(format!("{}, calls from the contact on.", words::rate(&share)))
            .because(format!(
                "A label without a window would count {} more of them as positive: {} instead of {}.",
                words::count(self.late),
                words::count(self.positive + self.late),
                words::count(self.positive)
            ))
            .because(format!(
                "Usual is what the brief's calls would show if followed as long as these leads: {}.",
                words::percent(self.usual_late)
            ))
            .rows(self.late, share.n).things("calls")
            .strength(share.value / self.usual_late.max(0.01));
        if notable {
            finding = finding.remedy(
                "ask the team why calls are scheduled so late; where that is how it works now, a longer label.window_days says so, and needs older leads",
            );
        }
        part.findings.push(finding);
    }

    fn section(&self) -> Section {
        let valid = self.valid();
        let mut counts = Table::new(
            "Scheduled calls by day",
            &["days after contact", "#calls", "#share"],
        )
        .note("Share of the calls with a known day.");
        let upto = |day: i64| valid.partition_point(|&days| days <= day) as u64;
        let mut bands = vec![("before".to_owned(), self.negative())];
        for (first, last, name) in BANDS {
            bands.push((name.to_owned(), upto(last) - upto(first - 1)));
        }
        // a bar a day: bars of a day and of a week beside each other make a hump of nothing
        let daily = (0..=self.window.min(MOST_DAYS))
            .map(|day| (day.to_string(), upto(day) - upto(day - 1)));
        for (name, count) in &bands {
            counts.row(vec![
                name.as_str().into(),
                (*count).into(),
                Cell::share(*count, self.known()),
            ]);
        }
        let mut within = Table::new(
            "How soon calls come",
            &["within", "#calls", "#share of calls from the contact on", "#of leads followed long"],
        )
        .note(format!(
            "The last column has only leads contacted at least {FOLLOWED} days before the analysis date: of younger ones, late calls are still to come, which makes the others look early."
        ));
        for days in WITHIN {
            let calls = valid.partition_point(|&found| found <= days) as u64;
            let long = share_within(from_contact(&self.followed), days);
            within.row(vec![
                format!("{days} days").into(),
                calls.into(),
                Cell::rate(calls, valid.len() as u64),
                long.map_or(Cell::Nothing, Cell::Rate),
            ]);
        }
        let numbers: Vec<f64> = valid.iter().map(|&days| days as f64).collect();
        let mut percentiles =
            Table::new("Percentiles of days to the call", &["percentile", "#days"])
                .note("Calls from the contact on.");
        for percentile in PERCENTILES {
            percentiles.row(vec![
                if percentile == 100 {
                    "longest".into()
                } else {
                    format!("{percentile} %").into()
                },
                Cell::number(quantile::linear_sorted(
                    &numbers,
                    f64::from(percentile) / 100.0,
                )),
            ]);
        }
        let mut section = Section::new("Days to the scheduled call");
        if let Some(share) = self.within(self.window) {
            section = section.say(format!(
                "Of {} calls from the contact on, {} come within {} days. {} calls lie before the contact, {} after the window.",
                words::count(valid.len() as u64),
                words::percent(share.value),
                self.window,
                self.negative(),
                self.late
            ));
        }
        section
            .draw(Picture::Columns {
                title: "Scheduled calls by day after contact".into(),
                across: "days after contact".into(),
                of: "calls".into(),
                bars: daily.collect(),
            })
            .table(counts)
            .table(within)
            .table(percentiles)
    }
}

/// Whether a share lies above this one by more than luck.
fn is_notable(share: &Estimate, level: f64) -> bool {
    proportion::wilson(share.positives, share.n, NOTABLE_CONFIDENCE).lo > level
}

/// Late calls that are known for each call in time after so many days of follow-up, by the
/// brief's distribution. A window other than 30 days is taken as what it gives by then.
fn late_per_call_in_time(window: i64, followed: i64) -> f64 {
    let in_time = usual_within(window);
    (usual_within(followed) - in_time).max(0.0) / in_time
}

fn usual_within(days: i64) -> f64 {
    let [first, .., last] = USUAL_WITHIN;
    if days <= first.0 {
        return first.1;
    }
    let step = USUAL_WITHIN
        .windows(2)
        .find(|pair| days <= pair[1].0)
        .map(|pair| {
            let part = (days - pair[0].0) as f64 / (pair[1].0 - pair[0].0) as f64;
            pair[0].1 + part * (pair[1].1 - pair[0].1)
        });
    step.unwrap_or(last.1)
}

/// The part of ascending days that is not negative.
fn from_contact(days: &[i64]) -> &[i64] {
    &days[days.partition_point(|&days| days < 0)..]
}

fn share_within(ascending: &[i64], days: i64) -> Option<Estimate> {
    let calls = ascending.partition_point(|&found| found <= days);
    proportion::estimate(calls as u64, ascending.len() as u64, 0.95)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(invalid: u64, positive: u64, late: u64) -> Part {
        let timing = Timing {
            days: vec![-200, -3, 0, 0, 1, 30, 31, 400],
            followed: vec![-3, 0, 31],
            invalid,
            positive,
            late,
            usual_late: 0.10,
            window: 30,
        };
        let mut part = Part::default();
        timing.before_contact(0.18, &mut part);
        timing.after_window(&mut part);
        part.sections.push(timing.section());
        part
    }

    #[test]
    fn usual_shares_pass_and_doubled_ones_are_named() {
        let usual = timing(240, 1700, 200);
        assert_eq!(usual.gates[0].verdict, Verdict::Pass);
        assert!(usual.findings.iter().all(|f| f.severity == Severity::Pass));
        let doubled = timing(480, 1700, 200);
        assert_eq!(doubled.gates[0].verdict, Verdict::Fail);
        let small = timing(27, 85, 10);
        assert_eq!(small.gates[0].verdict, Verdict::Warn);
        let late = timing(240, 1700, 600);
        assert_eq!(late.findings[1].severity, Severity::Warn);
        assert!(late.findings[1].evidence[1].contains("600 more"));
        assert_eq!(timing(3, 5, 0).gates[0].verdict, Verdict::NotEnoughData);
    }

    #[test]
    fn late_calls_are_to_be_expected_as_long_as_leads_are_followed() {
        assert_eq!(late_per_call_in_time(30, 30), 0.0);
        assert!((late_per_call_in_time(30, 573) - 0.12 / 0.88).abs() < 1e-12);
        assert!((late_per_call_in_time(30, 75) - (0.9295 - 0.88) / 0.88).abs() < 1e-12);
        assert_eq!(
            late_per_call_in_time(30, 900),
            late_per_call_in_time(30, 573)
        );
    }

    #[test]
    fn every_call_is_in_one_band_and_bars_are_days() {
        let part = timing(2, 5, 1);
        let bands = &part.sections[0].tables[0].rows;
        let calls = |row: &Vec<Cell>| match row[1] {
            Cell::Count(calls) => calls,
            _ => panic!("no count"),
        };
        assert_eq!(bands.iter().map(calls).sum::<u64>(), 8);
        assert_eq!((calls(&bands[0]), calls(&bands[1])), (2, 2));
        let Some(Picture::Columns { bars, .. }) = part.sections[0].pictures.first() else {
            panic!("no picture");
        };
        assert_eq!(bars.len(), 31);
        assert_eq!(bars[..2], [("0".to_owned(), 2), ("1".to_owned(), 1)]);
        assert_eq!(bars[30], ("30".to_owned(), 1));
        let within = &part.sections[0].tables[1].rows;
        assert_eq!(within[0][1], Cell::Count(2));
        assert_eq!(within[7][1], Cell::Count(4));
    }
}
