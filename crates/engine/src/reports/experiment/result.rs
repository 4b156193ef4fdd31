//! What came out, as one would tell a colleague who is going to act on it.

use leadrank_evidence::{
    Cell, DifferenceRow, Finding, Picture, Report, Section, Severity, Table, Unit,
};
use leadrank_experiment::Arm;
use leadrank_experiment::analysis::Decision;
use leadrank_experiment::monitor::Lift;

use super::{lift_cell, lift_words, measured, name, score, signed};
use crate::experiment::{LookResult, Watch};
use crate::words;

/// The report of an interim or the final look.
pub fn result(of: &LookResult) -> Report {
    let is_final = of.analysis.is_final;
    let mut report = match is_final {
        true => Report::new("experiment final", "Did the scores work?"),
        false => Report::new("experiment interim", "Should the experiment go on?"),
    };
    report.scope = format!(
        "Experiment {}{}, as of {}; plan {} frozen before the first assignment",
        of.plan.name,
        if of.is_made_up {
            " on made-up data"
        } else {
            ""
        },
        of.analysis.on,
        &of.sha256[..of.sha256.len().min(12)]
    );
    report.gates.clone_from(&of.watch.gates);
    report.answer = answer(of);
    for departure in &of.departures {
        report.find(
            Finding::new("experiment.departure", Severity::Warn, departure.clone())
                .remedy("Read the result as a hint, and test it in a new experiment."),
        );
    }
    if let Some(on) = of.repeats {
        report.find(Finding::new(
            "experiment.repeated",
            Severity::Note,
            format!("The look of {on} counts; this page reads it again with what is known now"),
        ));
    }
    if let Some(ended) = of.ended {
        report.find(
            Finding::new(
                "experiment.ended",
                Severity::Note,
                format!(
                    "The test had ended at the look of {}, whose bound was reached: that look decided",
                    ended.on
                ),
            )
            .because(
                "What came in afterwards is analysed here as if that look had not been taken (Whitehead's deletion method); it tells the size better and tests nothing anew.",
            ),
        );
    }
    report.settle();
    report.sections = vec![
        registered(of),
        seen(of),
        supports(of),
        beside(of),
        segments(of),
        others(of),
    ];
    report.sections.retain(|section| !section.title.is_empty());
    report
}

fn answer(of: &LookResult) -> String {
    let plan = &of.plan;
    let minimum = signed(plan.minimum_lift);
    let Some(lift) = of.analysis.primary else {
        return match (of.repeats, of.ended) {
            (None, None) => {
                "Too few scheduled calls are known in one of the arms: nothing can be said.".into()
            }
            _ => format!(
                "Decided is: {}. With the data as they are now too few scheduled calls are known to say more.",
                of.decision.words()
            ),
        };
    };
    let kpi = plan.kpi.words();
    let seen = format!(
        "{kpi}: {}, {}",
        lift_words(&lift),
        words::chance(lift.p_value)
    );
    let mut text = match of.decision {
        decision if of.repeats.is_some() || of.ended.is_some() => {
            decided(of, decision, &lift, &seen)
        }
        Decision::Effective => format!(
            "The scores worked. {}. By the rules written down before, that is an effect, and the minimum of {minimum} was seen.{}",
            words::capitalised(&seen),
            match lift.interval.lo >= plan.minimum_lift {
                true => " The whole interval lies above it.",
                false =>
                    " The interval reaches below the minimum: that there is an effect is shown, that it is as large as that is likely and not shown.",
            }
        ),
        Decision::BelowMinimum => format!(
            "The scores worked, but less than the minimum of {minimum} was seen. {}.{}",
            words::capitalised(&seen),
            match lift.interval.hi < plan.minimum_lift {
                true => " The interval excludes the minimum.",
                false => " The interval does not exclude the minimum.",
            }
        ),
        Decision::TooSmall => format!(
            "No effect was shown, and one of {minimum} or more is excluded. {}.",
            words::capitalised(&seen)
        ),
        Decision::Open => format!(
            "No effect was shown, and none was excluded: the true change may be anything from {} to {}. {}. That is not evidence that scores do nothing.",
            signed(lift.interval.lo),
            signed(lift.interval.hi),
            words::capitalised(&seen)
        ),
        Decision::Harmful => format!(
            "Scores did harm. {}. Stop showing them and find out why before anything else.",
            words::capitalised(&seen)
        ),
        Decision::GoOn => format!(
            "Go on as planned: the bound for stopping now was not reached. So far {seen} (the interval holds for this look whatever is decided; it is wide on purpose)."
        ),
        Decision::NotEnoughData => "Too few scheduled calls are known: nothing can be said.".into(),
    };
    if !of.departures.is_empty() {
        text.push_str(" This look departs from the plan (see the warnings): what it says is a hint and no proof.");
    }
    text
}

/// The answer where an earlier look has decided.
fn decided(of: &LookResult, decision: Decision, lift: &Lift, seen: &str) -> String {
    let word = decision.words();
    match (of.repeats, &of.ended) {
        (Some(on), _) => format!(
            "This look was taken with the data of {on} and decided: {word}. Read again with what is known now: {seen}."
        ),
        (None, Some(ended)) => format!(
            "The test ended at the look of {}: {word}. With all outcomes since, {seen}. {}",
            ended.on,
            overrun(decision, lift)
        ),
        (None, None) => word.to_owned(),
    }
}

/// What came in after the test had ended, beside what was decided.
fn overrun(decision: Decision, lift: &Lift) -> &'static str {
    let agrees = (lift.value < 0.0) == (decision == Decision::Harmful);
    let is_shown = lift.interval.lo > 0.0 || lift.interval.hi < 0.0;
    match (agrees, is_shown) {
        (true, true) => "They say the same.",
        (true, false) => {
            "They point the same way, and by themselves would not show it: take the size with care."
        }
        (false, _) => {
            "They point the other way. By the rules the look decided; before acting on it, test again."
        }
    }
}

fn registered(of: &LookResult) -> Section {
    let plan = &of.plan;
    Section::new("What was registered before")
        .say(plan.hypothesis.clone())
        .say(format!(
            "What decides: {} within {} days after enrolment; {} leads were expected, {:.0} % false alarms over {} {}, and a lift of {} where followed was assumed at {:.0} % adoption. Worth having: {} or more.",
            plan.kpi.words(),
            plan.horizon_days,
            words::count(plan.assumed.leads),
            100.0 * plan.alpha,
            plan.looks.len(),
            if plan.looks.len() == 1 { "look" } else { "looks" },
            signed(plan.assumed.lift),
            100.0 * plan.assumed.adoption,
            signed(plan.minimum_lift)
        ))
}

fn seen(of: &LookResult) -> Section {
    let found = &of.analysis;
    let mut table = Table::new(
        "What was seen",
        &["arm", "#leads", "#units", "#dials", "#scheduled calls", "#per 100", "#of leads"],
    )
    .note(format!(
        "Per 100: {}, with its interval by the delta method over drawn units. Of leads: the share with a call scheduled, with Wilson's interval. Every lead counts in the arm that it was drawn into, whatever was done with it.",
        of.plan.kpi.words()
    ));
    for arm in Arm::ALL {
        table.row(vec![
            name(arm).into(),
            found.leads[arm].into(),
            found.units[arm].into(),
            Cell::Count(found.dials[arm] as u64),
            Cell::Count(found.calls[arm] as u64),
            score(found.kpi[arm]),
            found.per_lead[arm].map_or(Cell::Nothing, Cell::Rate),
        ]);
    }
    let mut looks = Table::new(
        "Looks taken",
        &[
            "when",
            "#share of outcomes",
            "#Z",
            "#bound",
            "#spent so far",
            "reached",
        ],
    )
    .note("Z: the estimate over its standard error, near 0 ± 1 without an effect.");
    let mut taken = found.looks.clone();
    taken.extend(of.ended);
    taken.sort_by_key(|look| (look.on, look.is_final));
    for look in &taken {
        looks.row(vec![
            look.on.to_string().into(),
            Cell::Share { share: look.time },
            Cell::Number(look.z),
            Cell::Number(look.bound),
            Cell::Number(look.spent),
            if look.crosses() { "yes" } else { "no" }.into(),
        ]);
    }
    Section::new("What was seen")
        .say(exposure(&of.watch))
        .table(table)
        .table(looks)
}

/// Whether treatment was treated, and control was not.
fn exposure(watch: &Watch) -> String {
    let share = |arm: Arm| {
        watch.exposed[arm].map_or_else(
            || "nobody knows how many".to_owned(),
            |found| {
                format!(
                    "{} ({} to {}, n = {})",
                    words::percent(found.value),
                    words::percent(found.lo),
                    words::percent(found.hi),
                    words::count(found.n)
                )
            },
        )
    };
    let of = match watch.has_dials {
        true => "dialled leads",
        false => "leads",
    };
    let text = format!(
        "A score was in view of {} of the {of} {} and {} of those {}.",
        share(Arm::Treatment),
        name(Arm::Treatment),
        share(Arm::Control),
        name(Arm::Control)
    );
    match watch.exposure_known {
        true => text,
        false => format!("{text} No sync is on record, so that is as drawn, and not as seen."),
    }
}

fn supports(of: &LookResult) -> Section {
    let plan = &of.plan;
    let found = &of.analysis;
    let minimum = signed(plan.minimum_lift);
    let mut section = Section::new("What that supports").say(format!(
        "Decision by the registered rules: {}{}.",
        of.decision.words(),
        of.ended.map_or_else(String::new, |ended| format!(
            " (at the look of {})",
            ended.on
        ))
    ));
    if let Some(lift) = found.primary {
        let met = lift.p_value < plan.alpha && lift.value > plan.minimum_lift;
        section = section.say(format!(
            "The brief's gate (p below 0.05 and a lift above 50 %) is {}. Its second half is a coin toss where the true lift is just 50 %; the decision above asks for significance by the looks' bounds, an interval above 0, and {minimum} seen.",
            if met { "met" } else { "not met" }
        ));
    }
    if let Some(p) = found.p_above_minimum {
        section = section.say(format!(
            "Against a true lift of no more than {minimum}: {} (one-sided, as a single test would say).",
            words::chance(p)
        ));
    }
    if let Some(difference) = found.difference {
        section = section.say(format!(
            "In plain numbers: {:+.3} {} (95 % interval {:+.3} to {:+.3}, n = {}; 0 by chance).",
            difference.value,
            plan.kpi.words(),
            difference.lo,
            difference.hi,
            difference.n
        ));
    }
    if let Some((own, compliance)) = found.complier {
        section = section.say(format!(
            "Where scores were followed because of the arm ({} of the dials, interval {} to {}): {:+.3} {} (95 % interval {:+.3} to {:+.3}). This rests on the arm having no other way to an effect than the score in view.",
            words::percent(compliance.value),
            words::percent(compliance.lo),
            words::percent(compliance.hi),
            own.value,
            plan.kpi.words(),
            own.lo,
            own.hi
        ));
    }
    if let Some(pipeline) = found.pipeline {
        section = section.say(format!(
            "Value of opportunities created so far in the arm with scores, beyond what the other arm's rate per lead would have brought: {} (95 % interval {} to {}, {} leads). Few large opportunities make such sums; most are decided long after the horizon.",
            dollars(pipeline.value),
            dollars(pipeline.lo),
            dollars(pipeline.hi),
            words::count(pipeline.n)
        ));
    }
    if found.pipeline.is_none() {
        section = section.say(
            "No opportunity created since enrolment is on record for these leads, so nothing can be said of pipeline yet.",
        );
    }
    let caveats = match of.has_dials {
        true => {
            "The same salespeople worked both arms. Where attention moves to leads with scores, the other arm gets worse without any gain in all; dials per lead below tell. Compare all scheduled calls with the weeks before."
        }
        false => {
            "Dials are not on record: calls are counted per lead, and an arm that was dialled more looks better for that reason alone."
        }
    };
    section.say(caveats)
}

fn dollars(value: f64) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    match size >= 1e6 {
        true => format!("{sign}${:.2}M", size / 1e6),
        false => format!("{sign}${}", words::count(size.round() as u64)),
    }
}

fn beside(of: &LookResult) -> Section {
    let found = &of.analysis;
    let n = found.leads.treatment + found.leads.control;
    let mut table = Table::new(
        "The same effect by other ways",
        &["way", "#lift", "#p-value"],
    )
    .note("Each as a single test would read it, without regard to the looks; the result above is the one that counts. Errors by salesperson rest on few salespeople and Student's t.");
    let mut rows = Vec::new();
    for way in &found.beside {
        table.row(vec![
            way.name.as_str().into(),
            lift_cell(Some(&way.lift), n),
            Cell::Number(way.lift.p_value),
        ]);
        rows.push(DifferenceRow {
            label: way.name.clone(),
            difference: Some(measured(&way.lift, n)),
        });
    }
    let mut section = Section::new("Does it depend on how one counts?");
    if let Some(explained) = found.explained {
        section = section.say(format!(
            "The score at enrolment explains {} of the noise; adjusting for it is worth as many leads more.",
            words::percent(explained.max(0.0))
        ));
    }
    if let Some(strata) = found.mantel_haenszel {
        let ratio = strata.risk_ratio_interval(0.95).zip(strata.risk_ratio);
        section = section.say(format!(
            "Per lead, strata put together (Cochran, Mantel and Haenszel): chi-square {:.2}, {}; {}rates {:+.2} points apart (interval {:+.2} to {:+.2}).",
            strata.statistic,
            words::chance(strata.p_value),
            ratio.map_or_else(String::new, |(interval, ratio)| format!(
                "ratio of rates {ratio:.2} (95 % interval {:.2} to {:.2}), ",
                interval.lo, interval.hi
            )),
            100.0 * strata.risk_difference,
            100.0 * strata.risk_difference_interval(0.95).lo,
            100.0 * strata.risk_difference_interval(0.95).hi
        ));
    }
    if let Some(difference) = found.per_lead_difference {
        section = section.say(format!(
            "Share of leads with a call scheduled, with less without scores: {:+.2} points (Newcombe's 95 % interval {:+.2} to {:+.2}, n = {}).",
            100.0 * difference.value,
            100.0 * difference.lo,
            100.0 * difference.hi,
            difference.n
        ));
    }
    section
        .draw(Picture::Differences {
            title: "Lift by several ways of counting".into(),
            of: "lift, as a fraction".into(),
            rows,
        })
        .table(table)
}

fn segments(of: &LookResult) -> Section {
    let found = &of.analysis.segments;
    if found.is_empty() {
        return Section::default();
    }
    let mut table = Table::new(
        "Planned segments",
        &["by", "group", "#leads with scores", "#without", "#lift", "#p, for all groups", "#lift drawn to the mean"],
    )
    .note("p, for all groups: Benjamini and Hochberg's, which holds the share of false finds. Drawn to the mean: as far as the group's own figure is noise (DerSimonian and Laird); plan with this one.");
    let mut rows = Vec::new();
    for one in found {
        let n = one.leads.treatment + one.leads.control;
        table.row(vec![
            one.by.as_str().into(),
            one.group.as_str().into(),
            one.leads.treatment.into(),
            one.leads.control.into(),
            lift_cell(one.lift.as_ref(), n),
            Cell::number(one.adjusted),
            one.shrunk.map_or(Cell::Nothing, |lift| {
                Cell::measured(leadrank_evidence::Measured::counted(lift, n), Unit::Share)
            }),
        ]);
        rows.push(DifferenceRow {
            label: format!("{}: {}", one.by, one.group),
            difference: one.lift.as_ref().map(|lift| measured(lift, n)),
        });
    }
    let mut bys: Vec<&str> = found.iter().map(|one| one.by.as_str()).collect();
    bys.dedup();
    let mut section = Section::new("For whom");
    for by in bys {
        let differ = found
            .iter()
            .find(|one| one.by == by)
            .and_then(|one| one.differ);
        if let Some(p) = differ {
            section = section.say(format!(
                "Groups by {by} {} ({}).",
                if p < 0.05 {
                    "differ beyond chance"
                } else {
                    "do not differ beyond chance"
                },
                words::chance(p)
            ));
        }
    }
    section
        .draw(Picture::Differences {
            title: "Lift by segment".into(),
            of: "lift, as a fraction".into(),
            rows,
        })
        .table(table)
}

fn others(of: &LookResult) -> Section {
    let found = &of.analysis;
    let n = found.leads.treatment + found.leads.control;
    let mut table = Table::new(
        "Other things counted",
        &["what", "#with scores", "#without", "#change", "#p, for all"],
    )
    .note("p, for all: raised for their number (Holm). None of them decides.");
    for one in &found.secondary {
        table.row(vec![
            one.name.as_str().into(),
            Cell::number(one.value.treatment),
            Cell::number(one.value.control),
            lift_cell(one.lift.as_ref(), n),
            Cell::number(one.adjusted),
        ]);
    }
    Section::new("What else changed").table(table)
}
