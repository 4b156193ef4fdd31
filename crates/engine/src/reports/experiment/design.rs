//! What is planned, and what a test of that size can and can't show.

use leadrank_evidence::{
    BandLine, BandPoint, Cell, Finding, Lane, Mark, Measured, Picture, Report, Section, Severity,
    Span, Table, Unit,
};
use leadrank_experiment::plan::{Kpi, Method, Plan};
use leadrank_experiment::size::Sight;
use leadrank_stats::sequential::Spending;

use super::signed;
use crate::experiment::Design;
use crate::words;

/// The report on a plan.
pub fn design(of: &Design) -> Report {
    let plan = &of.plan;
    let mut report = Report::new("experiment design", "What can this test show, and when?");
    report.scope = format!(
        "Experiment {}, planned as of {}; plan {}{}",
        plan.name,
        of.as_of,
        &of.sha256[..12],
        of.frozen_at.map_or_else(
            || ", not frozen yet".to_owned(),
            |at| format!(", frozen on {}", at.date_naive())
        )
    );
    report.answer = answer(of);
    if of.sight.power < plan.power {
        report.find(
            Finding::new(
                "experiment.size",
                Severity::Warn,
                format!(
                    "This test sees the assumed lift with {:.0} % only",
                    100.0 * of.sight.power
                ),
            )
            .because(format!(
                "{} leads are expected, {} are needed for {:.0} %. Without an effect shown in the end, little will be known; with one, it will look larger than it is.",
                words::count(of.sight.leads),
                words::count(of.leads_needed),
                100.0 * plan.power
            ))
            .remedy("Enrol longer (--weeks), or more widely (experiment.contacted_within_days), or see to it that scores are followed; freeze a plan that can answer the question."),
        );
    }
    report.sections = vec![
        registered(plan),
        calendar(of),
        size(of),
        past(of),
        looks(of),
        assignment(plan),
    ];
    report
}

fn answer(of: &Design) -> String {
    let plan = &of.plan;
    let sight = &of.sight;
    let thinned = plan.assumed.lift * plan.assumed.adoption;
    let can = sight.detectable.map_or_else(
        || "not even a tenfold rate".to_owned(),
        |lift| format!("a lift of {} or more over all leads", signed(lift)),
    );
    let mut text = format!(
        "Enrolling from {} to {} brings about {} leads and {:.0} scheduled calls. That sees {can} with a probability of {:.0} %, and the assumed lift ({}, of which {:.0} % is followed: {}) with {:.0} %. The last outcome is known on {}.",
        plan.start,
        plan.enrol_until,
        words::count(sight.leads),
        sight.calls,
        100.0 * plan.power,
        signed(plan.assumed.lift),
        100.0 * plan.assumed.adoption,
        signed(thinned),
        100.0 * sight.power,
        plan.final_on()
    );
    if sight.power < plan.power {
        text.push_str(&format!(
            " That is less than the {:.0} % asked for: {} leads, {:.1} weeks of enrolment at the present pace, would do.",
            100.0 * plan.power,
            words::count(of.leads_needed),
            of.weeks_needed
        ));
    }
    text
}

fn registered(plan: &Plan) -> Section {
    let mut table = Table::new(
        "What is written down before anybody is assigned",
        &["what", "value"],
    );
    let mut put = |what: &str, value: String| table.row(vec![what.into(), value.into()]);
    put("hypothesis", plan.hypothesis.clone());
    put(
        "what decides",
        format!(
            "{} within {} days after enrolment, as the ratio of both arms' ratios",
            plan.kpi.words(),
            plan.horizon_days
        ),
    );
    put(
        "who is enrolled",
        match plan.contacted_within_days {
            0 => "all open leads, and new ones daily".into(),
            days => format!("open leads contacted at most {days} days before, daily"),
        },
    );
    put(
        "what counts",
        "dials and scheduled calls from the day after enrolment on: a score is seen the morning after".into(),
    );
    put(
        "false alarms",
        format!(
            "{:.0} % in all, two-sided, over all looks",
            100.0 * plan.alpha
        ),
    );
    put(
        "minimum worth having",
        format!("{} or more", signed(plan.minimum_lift)),
    );
    put(
        "the experiment works if",
        format!(
            "the test is significant by its bounds, the whole interval lies above 0, and the lift seen is at least {}",
            signed(plan.minimum_lift)
        ),
    );
    put("when it stops", "at an interim look only if its bound is reached, in either direction; else at the final one. Any other look changes nothing".into());
    put(
        "segments",
        match plan.segments.as_slice() {
            [] => "none".into(),
            names => format!(
                "{}; corrected for their number, and drawn to their mean",
                words::list(names)
            ),
        },
    );
    put(
        "others, corrected for their number",
        "calls per lead, dials per lead, answered dials, days to the first dial, large firms' leads dialled".into(),
    );
    let mut section = Section::new("The plan").table(table);
    if plan.kpi == Kpi::CallsPer100Leads {
        section = section.say(
            "There is no salesforce_task.csv, so dials are not known: the plan counts scheduled calls per 100 leads instead. An arm that is dialled more often then looks better for that reason alone.",
        );
    }
    section
}

fn span(from: String, to: String, kind: &str, text: &str) -> Span {
    Span {
        from,
        to,
        kind: kind.into(),
        text: text.into(),
    }
}

fn calendar(of: &Design) -> Section {
    let plan = &of.plan;
    let mut lanes = vec![
        Lane {
            label: "enrolment".into(),
            spans: vec![span(
                plan.start.to_string(),
                plan.enrol_until.to_string(),
                "enrolment",
                "enrol",
            )],
        },
        Lane {
            label: "outcomes come in".into(),
            spans: vec![span(
                plan.matured_on(plan.start).to_string(),
                plan.final_on().to_string(),
                "outcomes",
                "outcomes known",
            )],
        },
    ];
    for (at, look) in plan.looks.iter().enumerate() {
        let is_final = at + 1 == plan.looks.len();
        let end = look.on + chrono::Days::new(1);
        lanes.push(Lane {
            label: if is_final {
                "final analysis".into()
            } else {
                "interim look".into()
            },
            spans: vec![span(
                look.on.to_string(),
                end.to_string(),
                if is_final { "final" } else { "look" },
                &look.on.to_string(),
            )],
        });
    }
    Section::new("The calendar")
        .say(format!(
            "A lead's outcome is known {} days after its enrolment, so {} weeks of enrolment need {:.0} weeks in all. Two weeks after the start nothing is known yet: that look (`leadrank experiment monitor`) is about safety and fairness alone.",
            plan.horizon_days,
            ((plan.enrol_until - plan.start).num_days() + 1) / 7,
            ((plan.final_on() - plan.start).num_days() as f64 / 7.0).ceil()
        ))
        .draw(Picture::Calendar {
            title: "From the first enrolment to the last outcome".into(),
            lanes,
        })
}

fn size(of: &Design) -> Section {
    let plan = &of.plan;
    let mut table = Table::new(
        "By weeks of enrolment",
        &["#weeks", "#leads", "#scheduled calls", "#smallest lift seen", "#the same where followed", "#power for the assumed lift"],
    )
    .note(format!(
        "Smallest lift seen: over all leads, with a probability of {:.0} %. Where followed: what it takes among those who follow, at {:.0} % adoption. The assumed lift over all leads is {}.",
        100.0 * plan.power,
        100.0 * plan.assumed.adoption,
        signed(plan.assumed.lift * plan.assumed.adoption)
    ));
    let share = |value: Option<f64>| value.map_or(Cell::Nothing, |share| Cell::Share { share });
    for one in &of.curve {
        table.row(vec![
            Cell::Number(one.weeks),
            one.leads.into(),
            Cell::Count(one.calls.round() as u64),
            share(one.detectable),
            share(one.detectable_if_followed),
            share(Some(one.power)),
        ]);
    }
    let planned = f64::from(((plan.enrol_until - plan.start).num_days() + 1) as u32) / 7.0;
    let line = |name: &str, of_sight: &dyn Fn(&Sight) -> Option<f64>| BandLine {
        name: name.into(),
        points: of
            .curve
            .iter()
            .filter_map(|one| {
                let value = of_sight(one)?;
                Some(BandPoint {
                    at: one.weeks,
                    value: Measured::counted(100.0 * value, one.leads),
                })
            })
            .collect(),
    };
    let per_arm = of.proportion_per_arm.map_or_else(String::new, |n| {
        format!(
            " Two plain proportions of leads would need {} an arm.",
            words::count(n.ceil() as u64)
        )
    });
    Section::new("What tests of other lengths see")
        .say(format!(
            "To see the assumed lift with {:.0} % takes {} leads in both arms together: {:.1} weeks of enrolment.{per_arm}",
            100.0 * plan.power,
            words::count(of.leads_needed),
            of.weeks_needed
        ))
        .say(format!(
            "The brief's gate asks for a lift above {0}. If that is the true lift, half of all tests, whatever their size, see less. So the decision rests on the whole interval and is not read off one number.",
            signed(plan.minimum_lift)
        ))
        .draw(Picture::Band {
            title: "The smallest lift that is seen, in percent".into(),
            across: "weeks of enrolment".into(),
            of: "lift, percent".into(),
            lines: vec![
                line("over all leads", &|one| one.detectable),
                line("where scores are followed", &|one| one.detectable_if_followed),
            ],
            base: Vec::new(),
            marks: vec![Mark {
                at: planned,
                text: "planned".into(),
            }],
        })
        .table(table)
}

fn past(of: &Design) -> Section {
    let past = &of.past;
    let mut table = Table::new("What the past says of such leads", &["what", "#value"]);
    let mut put = |what: &str, cell: Cell| table.row(vec![what.into(), cell]);
    put("leads that would have been enrolled", past.leads.into());
    put("of them on the first day", past.at_once.into());
    put("a week after that", Cell::Number(past.leads_a_week));
    put(
        "dials to them within the horizon",
        Cell::Count(past.dials as u64),
    );
    put("dials a lead", Cell::Number(past.dials / past.leads as f64));
    put(
        "leads with a call scheduled",
        Cell::rate(past.calls as u64, past.leads),
    );
    let error = (past.variance / past.leads as f64).sqrt();
    put(
        of.plan.kpi.words(),
        Cell::measured(
            Measured {
                value: 100.0 * past.rate,
                lo: Some(100.0 * past.rate * (-1.96 * error).exp()),
                hi: Some(100.0 * past.rate * (1.96 * error).exp()),
                n: past.leads,
                chance: None,
            },
            Unit::Score,
        ),
    );
    put(
        "leads saved by strata",
        Cell::Share {
            share: 1.0 - past.variance / past.without_strata,
        },
    );
    put(
        "leads it costs to keep advisers together",
        Cell::Share {
            share: past.without_strata / past.by_lead - 1.0,
        },
    );
    Section::new("What the size rests on").say(format!(
        "Enrolment was rehearsed on {} to {}: on the first day who was eligible then, after that everybody on the day of contact, with what was known on that day; and the outcomes that came of it were counted. Seasons change rates: this interval is about chance alone.",
        of.rehearsed.0, of.rehearsed.1
    ))
    .table(table)
}

fn looks(of: &Design) -> Section {
    let plan = &of.plan;
    let spending = match plan.spending {
        Spending::ObrienFleming => "O'Brien and Fleming's kind of spending",
        Spending::Pocock => "Pocock's kind of spending",
    };
    let mut table = Table::new(
        "Looks",
        &[
            "when",
            "#share of outcomes",
            "#bound on |Z|",
            "#p to stop",
            "#spent so far",
        ],
    );
    for (look, &bound) in plan.looks.iter().zip(&of.bounds) {
        table.row(vec![
            look.on.to_string().into(),
            Cell::Share { share: look.time },
            Cell::Number(bound),
            Cell::Number(2.0 * leadrank_stats::normal::cdf(-bound)),
            Cell::Number(plan.spending.spent(plan.alpha, look.time)),
        ]);
    }
    Section::new("Looks at the results")
        .say(format!(
            "Bounds by {spending} (Lan and DeMets): they are computed anew from the outcomes that are really there at each look. Tested as if each were the only one, these looks would raise {:.1} % false alarms instead of {:.0} %.",
            100.0 * of.naive_alarm,
            100.0 * plan.alpha
        ))
        .table(table)
}

fn assignment(plan: &Plan) -> Section {
    let method = match plan.method {
        Method::Blocks => format!(
            "in shuffled blocks of {} units within each stratum",
            plan.block_size
        ),
        Method::Hash => "each unit by a salted hash".to_owned(),
    };
    let again = plan.rerandomise.map_or_else(
        || "The first draw is taken as it falls.".to_owned(),
        |again| format!(
            "The first day's arms are drawn up to {} times, until no standardised difference is above {}; the tests stay valid and become a little cautious.",
            again.draws, again.limit
        ),
    );
    Section::new("How arms are drawn")
        .say(format!(
            "{:.0} % of units are shown their score, drawn {method}; strata are {}. A unit is an adviser with all of their leads, or the leadership of a firm. {again}",
            100.0 * plan.treatment_share,
            words::list(&plan.strata)
        ))
        .say(
            "Everything follows from the plan's salt and the order of enrolment, so anybody can draw it again; monitoring does, every time. What salespeople of both arms have in common stays in common: attention that moves from leads without scores to leads with them looks like an effect per lead, less so per dial. Compare all scheduled calls with the weeks before, too.",
        )
}
