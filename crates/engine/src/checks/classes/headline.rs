//! How many leads schedule a call, under each of the labels in use, and whether that is plausible.

use leadrank_evidence::{
    Brief, Cell, Finding, Gate, Measured, Picture, RateRow, Section, Table, Unit, Verdict,
};
use leadrank_stats::{Estimate, proportion};

use super::outcomes::{BRIEF_WINDOW, Outcomes, Tally, ratio, ratio_cell};
use crate::checks::Input;
use crate::checks::part::{Part, severity_of};
use crate::gates::Thresholds;
use crate::words;

/// The brief's rate.
const BRIEF_RATE: f64 = 0.0397;
/// Fewest leads with an outcome to judge a rate by.
const FEWEST: u64 = 100;
/// Part of the limit on censored leads from which it is worth a word.
const NEAR: f64 = 0.75;

/// One label on one set of leads.
pub(super) struct Labelling {
    name: String,
    meaning: String,
    pub(super) positives: u64,
    pub(super) of: u64,
}

impl Labelling {
    pub(super) fn rate(&self) -> Option<Estimate> {
        proportion::estimate(self.positives, self.of, 0.95)
    }
}

/// The labels side by side.
pub(super) struct Headline {
    pub(super) all: Tally,
    pub(super) matched: Tally,
    /// All-time label, contacted leads.
    pub(super) ever: Labelling,
    /// 30-day label without a lower bound, contacted leads.
    pub(super) early: Labelling,
    /// The same with the query's own cut of contacts younger than 30 days.
    pub(super) early_of_matured: Labelling,
    /// All-time label, leads with vendor data.
    pub(super) ever_of_matched: Labelling,
    /// This project's label.
    pub(super) ours: Labelling,
    /// The same, leads with vendor data.
    pub(super) ours_of_matched: Labelling,
}

impl Headline {
    pub(super) fn of(input: &Input<'_>, outcomes: &Outcomes) -> Self {
        let window = input.project.config().label.window_days;
        let all = outcomes.tally(input, outcomes.rows.iter().copied());
        let with_vendor = outcomes.rows.iter().copied();
        let matched = outcomes.tally(
            input,
            with_vendor.filter(|&row| input.leads.months[row].is_some()),
        );
        let label = |name: &str, meaning: String, positives, of| Labelling {
            name: name.into(),
            meaning,
            positives,
            of,
        };
        let ours = format!(
            "call on day 0 to {window} after contact; calls before it and leads younger than {window} days left out"
        );
        Headline {
            ever: label(
                "all-time label",
                "call on any day, before the contact too".into(),
                all.ever,
                all.leads,
            ),
            early: label(
                "the brief's 30-day label",
                format!(
                    "call up to day {BRIEF_WINDOW}, before the contact too; young leads count as negative"
                ),
                all.early,
                all.leads,
            ),
            early_of_matured: label(
                "the brief's 30-day query",
                format!("the same, leads contacted in the last {window} days left out"),
                all.early_of_matured,
                all.leads - all.censored,
            ),
            ever_of_matched: label(
                "all-time label, with vendor data",
                "call on any day; leads with a vendor record from before the contact".into(),
                matched.ever,
                matched.leads,
            ),
            ours: label("our label", ours.clone(), all.positives, all.labelled),
            ours_of_matched: label(
                "our label, with vendor data",
                ours,
                matched.positives,
                matched.labelled,
            ),
            all,
            matched,
        }
    }

    fn labels(&self) -> [&Labelling; 6] {
        [
            &self.ever,
            &self.early,
            &self.early_of_matured,
            &self.ever_of_matched,
            &self.ours,
            &self.ours_of_matched,
        ]
    }

    pub(super) fn judge(&self, input: &Input<'_>) -> Part {
        let thresholds = &input.project.config().gates;
        let mut part = Part::default();
        self.base_rate(thresholds, &mut part);
        self.censoring(input, thresholds, &mut part);
        part.sections.push(self.section());
        part
    }

    fn base_rate(&self, thresholds: &Thresholds, part: &mut Part) {
        let (lowest, highest) = thresholds.base_rate;
        let rate = self.ours.rate();
        let verdict = match &rate {
            Some(rate) if rate.n >= FEWEST => {
                if rate.hi < lowest || rate.lo > highest {
                    Verdict::Fail
                } else if (lowest..=highest).contains(&rate.value) {
                    Verdict::Pass
                } else {
                    Verdict::Warn
                }
            }
            _ => Verdict::NotEnoughData,
        };
        let rule = format!(
            "{} to {} of leads with a known outcome schedule a call in time",
            words::percent(lowest),
            words::percent(highest)
        );
        let brief = self.ever_of_matched.rate();
        part.gates.push(Gate {
            id: "classes.rate".into(),
            rule,
            value: rate.map(Measured::from),
            unit: Unit::Share,
            verdict,
            action: "look whether calls of the lead file are complete, and how leads came into it"
                .into(),
            brief: Some(Brief {
                rule: "3.97 % (24.18 negatives for a positive; all-time label, leads with vendor data)"
                    .into(),
                met: brief.map(|rate| rate.interval().contains(BRIEF_RATE)),
            }),
            forced: None,
        });
        let Some(rate) = rate else {
            part.findings.push(Finding::new(
                "classes.rate",
                severity_of(verdict),
                "no lead has a known outcome yet",
            ));
            return;
        };
        let headline = match verdict {
            Verdict::Pass => format!(
                "{} of leads schedule a call in time, as contacted leads do",
                words::percent(rate.value)
            ),
            Verdict::NotEnoughData => format!("only {} leads have a known outcome", rate.n),
            _ => format!(
                "{} of leads schedule a call in time; {} to {} are usual",
                words::percent(rate.value),
                words::percent(lowest),
                words::percent(highest)
            ),
        };
        let mut finding = Finding::new("classes.rate", severity_of(verdict), headline)
            .because(format!("{}.", words::rate(&rate)))
            .rows(rate.positives, rate.n)
            .things("leads")
            .strength(
                (rate.value / lowest.max(1e-9))
                    .max(highest / rate.value.max(1e-9))
                    .log2(),
            );
        if let Some(ratio) = ratio(&rate) {
            finding = finding.because(format!(
                "That is {:.1} negatives for each positive ({:.1} to {:.1}).",
                ratio.value, ratio.lo, ratio.hi
            ));
        }
        if let (Some(ever), Some(early)) = (self.ever.rate(), self.early_of_matured.rate()) {
            finding = finding.because(format!(
                "Other labels give other rates of the same leads: {} with a call on any day, {} by the brief's query.",
                words::percent(ever.value),
                words::percent(early.value)
            ));
        }
        if verdict != Verdict::Pass {
            finding = finding.remedy(
                "look whether the lead file has all scheduled calls and all contacted leads; a rate far above comes from a file of successes",
            );
        }
        part.findings.push(finding);
    }

    fn censoring(&self, input: &Input<'_>, thresholds: &Thresholds, part: &mut Part) {
        let (censored, leads) = (self.all.censored, self.all.leads);
        let share = censored as f64 / leads.max(1) as f64;
        let verdict = if leads == 0 {
            Verdict::NotEnoughData
        } else if share > thresholds.censored {
            Verdict::Fail
        } else if share > NEAR * thresholds.censored {
            Verdict::Warn
        } else {
            Verdict::Pass
        };
        let window = input.project.config().label.window_days;
        part.gates.push(Gate {
            id: "classes.censored".into(),
            rule: format!(
                "at most {} of contacted leads are too young for an outcome",
                words::percent(thresholds.censored)
            ),
            value: Some(Measured::counted(share, leads)),
            unit: Unit::Share,
            verdict,
            action: "wait until more outcomes are known, or export older leads too".into(),
            brief: None,
            forced: None,
        });
        let headline = format!(
            "{} of contacted leads are younger than {window} days: their outcome is not known yet",
            words::percent(share)
        );
        let mut finding = Finding::new("classes.censored", severity_of(verdict), headline)
            .because("They are scored, but neither trained on nor counted as negative.")
            .rows(censored, leads)
            .things("leads")
            .strength(share / thresholds.censored.max(1e-9));
        if verdict != Verdict::Pass {
            finding = finding.remedy("wait until more outcomes are known, or export older leads");
        }
        let after = input.leads.len() as u64 - leads;
        if after > 0 {
            finding = finding.because(format!(
                "{after} more leads were contacted after {}; they are left out here.",
                input.day
            ));
        }
        part.findings.push(finding);
    }

    fn section(&self) -> Section {
        let mut table = Table::new(
            "Scheduled calls by label",
            &[
                "label",
                "what counts",
                "#leads",
                "#calls",
                "#rate",
                "#negatives for a positive",
            ],
        )
        .note("Rates with 95 % Wilson intervals; those of the ratio follow from them.");
        let mut rows = Vec::new();
        for label in self.labels() {
            table.row(vec![
                label.name.as_str().into(),
                label.meaning.as_str().into(),
                label.of.into(),
                label.positives.into(),
                Cell::rate(label.positives, label.of),
                ratio_cell(label.positives, label.of),
            ]);
            rows.push(RateRow {
                label: label.name.clone(),
                rate: label.rate(),
            });
        }
        Section::new("How many leads schedule a call")
            .say("One question, several labels: a rate means nothing without its label. Only ours is learned from: a call before the contact is no success of the contact, and a lead contacted last week has not failed yet.")
            .draw(Picture::Rates {
                title: "Scheduled calls by label".into(),
                of: "scheduled calls".into(),
                base: self.ours.rate().map(|rate| rate.value),
                rows,
            })
            .table(table)
    }
}
