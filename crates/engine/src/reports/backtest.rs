//! The backtest for people.

mod groups;

use std::collections::BTreeMap;

use leadrank_evidence::{
    BandLine, BandPoint, Cell, DifferenceRow, Finding, Measured, Picture, RateRow, Report, Section,
    Series, Severity, Table, Unit,
};
use leadrank_learn::baselines::Kind;
use leadrank_stats::Estimate;
use leadrank_stats::paired::Metric;

use super::Context;
use super::numbers::score;
use crate::backtest::{Backtest, Period};
use crate::words;

/// Probability by chance, up to which something is told as beyond chance.
const CHANCE: f64 = 0.05;
/// Rate over the base that the brief asks of the called.
const LIFT: f64 = 1.3;

/// The report on a backtest.
pub fn backtest(found: &Backtest, context: &Context<'_>) -> Report {
    let mut report = Report::new("backtest", "Would it have worked?");
    report.scope.clone_from(&context.scope);
    report.answer = answer(found, context);
    report.findings.extend(findings(found));
    report.sections.push(periods(found, context));
    report.sections.push(simpler(found));
    report.sections.push(overfitting(found));
    report.sections.push(consistency(found));
    report.sections.push(tenths(found, context));
    report.sections.extend(groups::sections(found, context));
    report.sections.push(reasons(found));
    report.settle();
    report
}

fn pooled<'a>(found: &'a Backtest, name: &str) -> Option<&'a Estimate> {
    found.metrics.get("pooled")?.get(name)
}

fn answer(found: &Backtest, context: &Context<'_>) -> String {
    let (Some(lift), Some(area)) = (pooled(found, "lift_at_10"), pooled(found, "auc_roc")) else {
        return "The tested periods hold too few of a class to say.".into();
    };
    let verdict = match (lift.lo > 1.0, lift.hi < 1.0) {
        (true, _) => "Yes",
        (_, true) => "No",
        _ => "That can't be told from chance",
    };
    let better = found
        .periods
        .iter()
        .filter(|period| {
            period
                .metrics
                .get("lift_at_10")
                .is_some_and(|of| of.value > 1.0)
        })
        .count();
    format!(
        "{verdict}: over {} periods the best tenth held {:.2} times as many {} as the average (95 % \
         interval {:.2} to {:.2}; 1 by chance), more than the average in {better} of them; AUC-ROC \
         {:.3} ({:.3} to {:.3}; 0.5 by chance), {} {} with {} {}. No {} was scored by a model that had \
         seen it.",
        found.periods.len(),
        lift.value,
        context.events,
        lift.lo,
        lift.hi,
        area.value,
        area.lo,
        area.hi,
        words::count(area.n),
        context.rows,
        words::count(area.positives),
        context.events,
        context.rows.trim_end_matches('s')
    )
}

fn findings(found: &Backtest) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in &found.consistency {
        if let Some(p) = one.p.filter(|&p| p < CHANCE)
            && one.metric == "auc_roc"
        {
            findings.push(
                Finding::new(
                    "backtest.consistency",
                    Severity::Warn,
                    "The ranking is better in some periods than in others, beyond chance",
                )
                .because(format!(
                    "AUC-ROC varies by {} of its mean, by chance {} would be expected ({}, Cochran's Q, \
                     {} periods).",
                    words::percent(one.variation),
                    words::percent(one.by_chance),
                    words::chance(p),
                    one.n
                ))
                .remedy("Look at what changed between the periods: sources of leads, the vendor's data, the market."),
            );
        }
    }
    if let Some((last, before)) = drop_of_last(found) {
        findings.push(
            Finding::new(
                "backtest.last",
                Severity::Warn,
                "The newest period is ranked worse than those before it",
            )
            .because(format!(
                "Its AUC-ROC is {:.3} (95 % interval {:.3} to {:.3}), the mean of the others {before:.3}.",
                last.value, last.lo, last.hi
            ))
            .remedy("Train on newer rows, and watch the next period before you rely on the ranking."),
        );
    }
    let beyond = found.inversions.iter().filter(|one| one.p < CHANCE).count();
    findings.push(if beyond == 0 {
        Finding::new(
            "backtest.order",
            Severity::Pass,
            "Better tenths do better, as far as chance lets see",
        )
    } else {
        Finding::new(
            "backtest.order",
            Severity::Warn,
            "Some better tenth did worse than the next, beyond chance",
        )
        .because(format!(
            "{beyond} of 9 neighbouring pairs, corrected by Holm's method."
        ))
        .remedy("No calibration mends an order; see which features the misplaced tenth shares.")
    });
    if let Some(lift) = pooled(found, "lift_at_10") {
        let (severity, words) = match (lift.lo > LIFT, lift.value > LIFT) {
            (true, _) => (Severity::Pass, "surely"),
            (_, true) => (Severity::Note, "perhaps"),
            _ => (Severity::Warn, "not"),
        };
        findings.push(
            Finding::new(
                "backtest.lift",
                severity,
                format!("The best tenth is {words} 30 % above the average"),
            )
            .because(format!(
                "Lift {:.2} (95 % interval {:.2} to {:.2}; 1 by chance) on {} rows.",
                lift.value,
                lift.lo,
                lift.hi,
                words::count(lift.n)
            )),
        );
    }
    let met: u64 = found.periods.iter().map(|period| period.met_before).sum();
    if met > 0 {
        findings.push(
            Finding::new(
                "backtest.met_before",
                Severity::Note,
                format!(
                    "{} contacts were left out: the model knows their advisers",
                    words::count(met)
                ),
            )
            .because("It has learnt from an earlier contact of the same adviser.".to_owned()),
        );
    }
    if !found.skipped.is_empty() {
        let skipped = Finding::new(
            "backtest.skipped",
            Severity::Note,
            format!("{} periods could not be tested", found.skipped.len()),
        );
        let because = found.skipped.iter().cloned();
        findings.push(because.fold(skipped, Finding::because));
    }
    findings
}

/// The newest period's AUC-ROC, where its interval lies below the mean of the others.
fn drop_of_last(found: &Backtest) -> Option<(Estimate, f64)> {
    let areas: Vec<&Estimate> = found
        .periods
        .iter()
        .filter_map(|period| period.metrics.get("auc_roc"))
        .collect();
    let (last, others) = areas.split_last()?;
    if others.is_empty() {
        return None;
    }
    let mean = leadrank_stats::sample::mean(others.iter().map(|one| one.value));
    (last.hi < mean).then_some((**last, mean))
}

/// A metric of each period as a line.
fn series(found: &Backtest, name: &str, words: &str) -> Series {
    Series {
        name: words.to_owned(),
        values: found
            .periods
            .iter()
            .map(|period| period.metrics.get(name).copied())
            .collect(),
    }
}

fn periods(found: &Backtest, context: &Context<'_>) -> Section {
    let cell = |metrics: &BTreeMap<String, Estimate>, name: &str, unit| {
        let found = metrics.get(name);
        found.map_or(Cell::Nothing, |found| Cell::measured(*found, unit))
    };
    let mut table = Table::new(
        "Period by period",
        &[
            "period", "#learnt from", &format!("#{}", context.rows), &format!("#{}", context.events),
            "#AUC-ROC", "#AUC-PR", "#by chance", "#lift of the best tenth", "#rate of the best tenth",
            "#predicted over observed", "#calibration error",
        ],
    )
    .note("Learnt from: rows known before the period began. By chance: of AUC-PR, the share of positives.");
    let mut line = |name: &str, learnt: Option<u64>, metrics: &BTreeMap<String, Estimate>| {
        let area = metrics.get("auc_pr");
        table.row(vec![
            name.into(),
            learnt.map_or(Cell::Nothing, Cell::Count),
            area.map_or(Cell::Nothing, |of| Cell::Count(of.n)),
            area.map_or(Cell::Nothing, |of| Cell::Count(of.positives)),
            cell(metrics, "auc_roc", Unit::Score),
            cell(metrics, "auc_pr", Unit::Score),
            area.and_then(|of| of.chance).map_or(Cell::Nothing, score),
            cell(metrics, "lift_at_10", Unit::Times),
            cell(metrics, "precision_at_10", Unit::Share),
            cell(metrics, "predicted_over_observed", Unit::Times),
            cell(metrics, "ece_mass", Unit::Share),
        ]);
    };
    for period in &found.periods {
        line(&period.name, Some(period.learnt_from.0), &period.metrics);
    }
    if let Some(all) = found.metrics.get("pooled") {
        line("all together", None, all);
    }
    let places: Vec<String> = found
        .periods
        .iter()
        .map(|period| period.name.clone())
        .collect();
    let mut section = Section::new("Period by period")
        .say(
            "At the beginning of each period a model was trained on what was known by then; it scored \
             the contacts of the period, whose outcomes came later. All together: by places within \
             their period, since models of different days have scales of their own.",
        )
        .draw(Picture::Trend {
            title: "How well each period was ranked".into(),
            of: "AUC-ROC".into(),
            places: places.clone(),
            series: vec![series(found, "auc_roc", "AUC-ROC")],
            base: Some(0.5),
        })
        .draw(Picture::Trend {
            title: "How much more the best tenth held".into(),
            of: "lift of the best tenth".into(),
            places,
            series: vec![series(found, "lift_at_10", "lift")],
            base: Some(1.0),
        })
        .table(table);
    if let Some(table) = dials(&found.periods, context) {
        section = section.table(table);
    }
    if let Some(table) = pipeline(found, context) {
        section = section.table(table);
    }
    section
}

fn dials(periods: &[Period], context: &Context<'_>) -> Option<Table> {
    let mut table = Table::new(
        format!("{} per 100 dials", words::capitalised(context.events)),
        &["period", "#best tenth", "#all"],
    )
    .note(
        "Dials from the task file within the label window, intervals by the delta method over leads. \
         Who was dialled how often was not drawn at random.",
    );
    for period in periods {
        if let Some((best, all)) = &period.per_100_dials {
            table.row(vec![
                period.name.as_str().into(),
                Cell::measured(*best, Unit::Score),
                Cell::measured(*all, Unit::Score),
            ]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

fn pipeline(found: &Backtest, context: &Context<'_>) -> Option<Table> {
    let shares = found.shares.filter(|_| !found.worth.is_empty())?;
    let mut table = Table::new(
        "Pipeline by tier",
        &[
            "tier",
            &format!("#{}", context.rows),
            "#with an opportunity",
            "#value, $M",
            &format!("#$M for 100 {}", context.rows),
        ],
    )
    .note(format!(
        "Each period's {} shared out as today's call list is: the best {} are tier A, the next {} \
         tier B. Value of the opportunities they led to, over all periods; a few large ones decide \
         it, as the intervals show.",
        context.rows,
        words::percent(shares.a),
        words::percent(shares.b)
    ));
    for one in &found.worth {
        let millions = |of: Estimate| Estimate {
            value: of.value / 1e6,
            lo: of.lo / 1e6,
            hi: of.hi / 1e6,
            ..of
        };
        table.row(vec![
            one.tier.as_str().into(),
            Cell::Count(one.n),
            Cell::Count(one.opportunities),
            Cell::number(one.total / 1e6),
            one.per_100.map_or(Cell::Nothing, |of| {
                Cell::measured(millions(of), Unit::Score)
            }),
        ]);
    }
    Some(table)
}

/// The model beside what is simpler, over the periods.
fn simpler(found: &Backtest) -> Section {
    let mut names: Vec<(Kind, String)> = Vec::new();
    for standing in found
        .periods
        .iter()
        .filter_map(|p| p.comparison.as_ref())
        .flat_map(|c| &c.rows)
    {
        let known = names.iter().any(|(_, name)| *name == standing.name);
        if standing.kind != Kind::Model && !known {
            names.push((standing.kind, standing.name.clone()));
        }
    }
    let mut table = Table::new(
        "Simpler ways, less the model",
        &["way", "#periods", "#mean AUC-PR less the model's", "#worse beyond chance", "#better beyond chance"],
    )
    .note("Mean of the paired differences over the periods, with its t-interval; in how many periods the paired 95 % interval lies below or above 0.");
    let mut rows = Vec::new();
    for (_, name) in &names {
        let differences: Vec<_> = found
            .periods
            .iter()
            .filter_map(|period| {
                let rows = &period.comparison.as_ref()?.rows;
                rows.iter()
                    .find(|row| row.name == *name)?
                    .difference(Metric::AucPr)
            })
            .collect();
        if differences.is_empty() {
            continue;
        }
        let values: Vec<f64> = differences.iter().map(|one| one.difference).collect();
        let measured = super::numbers::over_folds(&values);
        let count = |wanted: bool| {
            differences
                .iter()
                .filter(|one| one.better() == Some(wanted))
                .count() as u64
        };
        table.row(vec![
            name.as_str().into(),
            Cell::Count(values.len() as u64),
            super::numbers::difference(measured),
            Cell::Count(count(false)),
            Cell::Count(count(true)),
        ]);
        rows.push(DifferenceRow {
            label: name.clone(),
            difference: Some(measured),
        });
    }
    let section = Section::new("Is it better than what is simpler?");
    match rows.is_empty() {
        true => {
            section.say("A model that was there was tested: nothing simpler was trained beside it.")
        }
        false => section
            .say("On the same rows, each trained on what was known before the period.")
            .draw(Picture::Differences {
                title: "Simpler ways, less the model".into(),
                of: "AUC-PR, less the model's".into(),
                rows,
            })
            .table(table),
    }
}

fn overfitting(found: &Backtest) -> Section {
    let mut table = Table::new(
        "Learnt from and new",
        &[
            "period",
            "#AUC-ROC learnt from",
            "#new",
            "#gap",
            "#relative",
            "#AUC-PR learnt from",
            "#new AUC-PR",
            "#gap in AUC-PR",
        ],
    );
    for period in &found.periods {
        let value =
            |metrics: &BTreeMap<String, Estimate>, name: &str| metrics.get(name).map(|of| of.value);
        let pair = |name| value(&period.train, name).zip(value(&period.metrics, name));
        let (Some(area), Some(precision)) = (pair("auc_roc"), pair("auc_pr")) else {
            continue;
        };
        let gap = |(train, test): (f64, f64)| {
            Cell::measured(Measured::counted(train - test, 0), Unit::Difference)
        };
        table.row(vec![
            period.name.as_str().into(),
            score(area.0),
            score(area.1),
            gap(area),
            Cell::Share {
                share: (area.0 - area.1) / area.0,
            },
            score(precision.0),
            score(precision.1),
            gap(precision),
        ]);
    }
    let mut section = Section::new("Learnt by heart?")
        .say("A model that is far better on the rows it learnt from has learnt some of them by heart.")
        .table(table);
    if found.learning.len() > 1 {
        let points: Vec<BandPoint> = found
            .learning
            .iter()
            .filter_map(|(rows, metrics)| {
                Some(BandPoint {
                    at: *rows as f64,
                    value: (*metrics.get("auc_roc")?).into(),
                })
            })
            .collect();
        let ends = points.first().zip(points.last());
        let chance = ends.map_or_else(Vec::new, |(from, to)| vec![(from.at, 0.5), (to.at, 0.5)]);
        section = section
            .say("The last period's model on the newest part of its history: whether more history would help.")
            .draw(Picture::Band {
                title: "Learning curve".into(),
                across: "rows learnt from".into(),
                of: "AUC-ROC on the last period".into(),
                lines: vec![BandLine { name: "the last period".into(), points }],
                base: chance,
                marks: Vec::new(),
            });
    }
    if !found.gaps.is_empty() {
        let mut table = Table::new(
            "Features that carry the gap",
            &["feature", "#AUC-ROC of its contributions, learnt from", "#new", "#gap"],
        )
        .note("How well the contributions of one feature alone rank; far better on rows learnt from means learnt by heart. 0.5 by chance.");
        for gap in &found.gaps {
            table.row(vec![
                gap.feature.as_str().into(),
                score(gap.train),
                score(gap.test),
                Cell::measured(
                    Measured::counted(gap.train - gap.test, gap.n),
                    Unit::Difference,
                ),
            ]);
        }
        section = section.table(table);
    }
    section
}

fn consistency(found: &Backtest) -> Section {
    let mut table = Table::new(
        "Variation over the periods",
        &["measure", "#mean", "#variation", "#by chance", "#p", "#periods", "below 15 %"],
    )
    .note(
        "Variation: standard deviation over mean. By chance: what sampling alone would show, from the \
         periods' own intervals. p: probability of so much by chance (Cochran's Q). The brief asks for \
         below 15 %; AUC-PR and rates follow the share of positives of each period.",
    );
    for one in &found.consistency {
        table.row(vec![
            one.metric.replace('_', " ").into(),
            score(one.mean),
            Cell::Share {
                share: one.variation,
            },
            Cell::Share {
                share: one.by_chance,
            },
            one.p.map_or(Cell::Nothing, |p| words::chance(p).into()),
            Cell::Count(one.n),
            if one.variation < 0.15 { "yes" } else { "no" }.into(),
        ]);
    }
    Section::new("Does it repeat?").table(table)
}

fn tenths(found: &Backtest, context: &Context<'_>) -> Section {
    let base = pooled(found, "auc_pr").and_then(|of| of.chance);
    let mut section = Section::new("Is the order right?")
        .say(
            "All periods together, by tenths of their period, best first. Isotonic or any other \
             calibration can't mend an order that is wrong.",
        )
        .draw(Picture::Rates {
            title: "Rate by tenth".into(),
            of: context.events.to_owned(),
            base,
            rows: found
                .tenths
                .iter()
                .map(|tenth| RateRow {
                    label: tenth.name.clone(),
                    rate: tenth.rate,
                })
                .collect(),
        });
    let words: Vec<String> = found
        .inversions
        .iter()
        .map(|one| {
            format!(
                "tenth {} before tenth {} ({:+.2} points, {})",
                one.tenth,
                one.tenth + 1,
                100.0 * one.difference,
                words::chance(one.p)
            )
        })
        .collect();
    if !words.is_empty() {
        section = section.say(format!(
            "In the wrong order: {}. Neighbouring tenths are alike, so some are expected to change places.",
            words::list(&words)
        ));
    }
    section
}

fn reasons(found: &Backtest) -> Section {
    let mut table = Table::new("From one period to the next", &["period", "#importance, rank correlation", "#distance of scores"])
        .note("Rank correlation of how much features move scores, with the period before (Spearman, 0 by chance). Distance: largest between the distributions of probabilities (Kolmogorov-Smirnov); models of different days have levels of their own.");
    for period in found.periods.iter().skip(1) {
        let of = |list: &[(String, f64)]| {
            let known = list.iter().find(|(name, _)| *name == period.name);
            known.map_or(Cell::Nothing, |(_, value)| score(*value))
        };
        table.row(vec![
            period.name.as_str().into(),
            of(&found.reason_stability),
            of(&found.shifts),
        ]);
    }
    Section::new("Are the reasons the same?").table(table)
}
