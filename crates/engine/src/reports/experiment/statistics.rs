//! How every number of a result is made, for whoever checks it.

use leadrank_evidence::{Cell, Report, Section, Table};
use leadrank_experiment::plan::Method;

use crate::experiment::LookResult;
use crate::words;

/// The statistical report: estimands, estimators, errors, looks, and what could make them wrong.
pub fn statistics(of: &LookResult) -> Report {
    let plan = &of.plan;
    let mut report = Report::new("experiment statistics", "How were these numbers made?");
    report.scope = format!(
        "Experiment {}, as of {}; plan {}",
        plan.name, of.analysis.on, of.sha256
    );
    report.answer = format!(
        "The ratio of both arms' {} is estimated on its logarithm, with errors by the delta method over drawn units within strata, and judged at {} look(s) by bounds that hold the false alarms at {:.0} %.",
        plan.kpi.words(),
        of.analysis.looks.len(),
        100.0 * plan.alpha
    );
    report.sections = vec![estimand(of), estimators(), looks(of), assumptions(of)];
    report
}

fn estimand(of: &LookResult) -> Section {
    let plan = &of.plan;
    Section::new("What is estimated")
        .say(format!(
            "Intention to treat: for all leads enrolled from {} to {}, the sum of calls scheduled over the sum of dials, both from the day after enrolment to day {}, in the arm drawn; with scores over without, less 1. Leads without a dial count with 0 dials.",
            plan.start, plan.enrol_until, plan.horizon_days
        ))
        .say("Leads whose horizon is not over, and those that are gone from the lead file, are left out; the sizes of what is left are tested against what was drawn before anything is compared.")
}

fn estimators() -> Section {
    let mut table = Table::new("Formulas", &["what", "how", "source"]);
    for (what, how, source) in [
        (
            "primary",
            "logarithm of the ratio of two ratios of sums; variance g'Vg, V the covariance of the units' sums within stratum and arm, n/(n−1); units alone in their cell are taken together",
            "Deng, Knoblich and Lu (2018)",
        ),
        (
            "bounds",
            "spending by information time (share of planned leads with a known outcome), information 1/SE² of the looks taken, numerical integration of the joint normal",
            "Lan and DeMets (1983); Jennison and Turnbull (2000), chapters 3, 7 and 19",
        ),
        (
            "final interval, p-value and estimate",
            "stage-wise ordering; the estimate is the median-unbiased one",
            "Tsiatis, Rosner and Mehta (1984)",
        ),
        (
            "interim interval",
            "estimate ± bound × standard error (repeated interval)",
            "Jennison and Turnbull (1989)",
        ),
        (
            "daily interval",
            "asymptotic confidence sequence, normal mixture tightest at the planned information",
            "Waudby-Smith et al. (2024); Robbins (1970)",
        ),
        (
            "post-stratified",
            "sums weighted to the strata's shares in both arms",
            "Miratrix, Sekhon and Yu (2013)",
        ),
        (
            "adjusted",
            "less θ times the arms' difference in mean score at enrolment, θ of least variance",
            "Deng, Xu, Kohavi and Walker (2013)",
        ),
        (
            "where followed",
            "difference per dial over difference in dials with a score in view, delta method for both",
            "Imbens and Angrist (1994)",
        ),
        (
            "per lead",
            "Wilson's interval; Newcombe's method 10 for the difference; Cochran, Mantel and Haenszel over strata, Greenland and Robins' errors",
            "Wilson (1927); Newcombe (1998); Greenland and Robins (1985)",
        ),
        (
            "by salesperson",
            "whole salespeople as what was drawn, Student's t",
            "cluster-robust variance, G/(G−1)",
        ),
        (
            "segments",
            "Benjamini and Hochberg; shrinkage by DerSimonian and Laird; Cochran's Q",
            "(1995); (1986)",
        ),
        ("others", "Holm", "(1979)"),
        (
            "sizes of arms",
            "chi-square, exact binomial up to 1,000 units; Holm over parts; alarm below 0.001",
            "Fabijan et al. (2019)",
        ),
    ] {
        table.row(vec![what.into(), how.into(), source.into()]);
    }
    Section::new("How").table(table)
}

fn looks(of: &LookResult) -> Section {
    let mut table = Table::new(
        "Looks",
        &[
            "when",
            "#share of outcomes",
            "#information",
            "#standard error",
            "#Z",
            "#bound",
            "#spent",
        ],
    );
    for look in &of.analysis.looks {
        table.row(vec![
            look.on.to_string().into(),
            Cell::Number(look.time),
            Cell::Number(look.information),
            Cell::Number(1.0 / look.information.sqrt()),
            Cell::Number(look.z),
            Cell::Number(look.bound),
            Cell::Number(look.spent),
        ]);
    }
    Section::new("The looks, in the units of the logarithm of the ratio").table(table)
}

fn assumptions(of: &LookResult) -> Section {
    let plan = &of.plan;
    let drawn = match plan.method {
        Method::Blocks => "shuffled blocks within strata",
        Method::Hash => "a salted hash of each unit",
    };
    Section::new("What could make it wrong")
        .say(format!(
            "Arms were drawn by {drawn}; all {} assignments were drawn again from the frozen plan for this report, and {} differ.",
            words::count(of.watch.enrolled.treatment + of.watch.enrolled.control),
            of.watch.changed.len()
        ))
        .say("Interference: salespeople share their day between the arms. The experiment estimates showing scores for half of the leads against not showing them to the other half, not a world in which everybody has them.")
        .say("Normal approximation: with a few dozen scheduled calls an arm it is good on the logarithm; `leadrank experiment simulate` shows the error rates of this very plan.")
        .say("Novelty: four weeks of a new tool are not a year of it. A hold-out after the roll-out tells.")
}
