//! Whether the probabilities come true: for all, segment by segment, over time, with complete
//! and with partial vendor data, and what other curves would say.

mod curves;

use chrono::{Datelike as _, NaiveDate};
use leadrank_evidence::{
    Cell, Finding, Measured, Picture, ReliabilityBin, ReliabilityLine, Report, Section, Series,
    Severity, Table, Unit,
};
use leadrank_stats::Estimate;
use leadrank_stats::calibration::{CalibrationLine, Coefficient, calibration_line};
use leadrank_stats::curves::{ReliabilityBin as Bin, reliability, reliability_by_width};
use leadrank_stats::evaluation::{Evaluation, EvaluationOptions, evaluate};

use super::Context;
use crate::bundle::Bundle;
use crate::error::{Error, Result};
use crate::model_rows::{ModelRows, Scored};
use crate::words;

/// Bins of the reliability of all rows, and of a group.
const BINS: usize = 10;
const GROUP_BINS: usize = 5;
/// Fewest positives for a group's own bins and slope.
const FEW: u64 = 10;
/// Share of the model's features that a complete lead may lack.
const LACKING: f64 = 0.1;

/// A group of test rows and how its probabilities did.
struct Judged {
    what: &'static str,
    name: String,
    rows: Scored,
    measured: Evaluation,
    line: Option<CalibrationLine>,
}

/// The report on a bundle's calibration, on its test rows.
///
/// # Errors
/// When a column is missing or the rows can't be measured.
pub fn calibration(bundle: &Bundle, of: &ModelRows, context: &Context<'_>) -> Result<Report> {
    let test = of.test(bundle);
    let options = EvaluationOptions {
        seed: bundle.manifest.seed,
        ..EvaluationOptions::default()
    };
    let judge = |what, name: &str, rows: Scored| judged(what, name, rows, &options);
    let mut groups: Vec<Judged> = judge("all", "all", test.clone())?.into_iter().collect();
    let fitted = &bundle.manifest.calibration;
    for (number, segment) in fitted.segments.iter().enumerate() {
        let rows = test.only(|row| of.segments.of(row) == Some(number));
        groups.extend(judge("segment", &segment.name, rows)?);
    }
    for (name, wanted) in COMPLETENESS {
        let rows = test.only(|row| completeness(of, row) == wanted);
        groups.extend(judge("vendor data", name, rows)?);
    }
    let months = of.rows.dates("contact_date")?;
    let quarters = by_quarter(&test, &months, &options)?;

    let mut report = Report::new("calibration", "Do the probabilities come true?");
    report.scope.clone_from(&context.scope);
    report.answer = answer(&groups, context);
    report.findings.extend(groups.iter().filter_map(finding));
    report.sections.push(curves_section(bundle));
    report.sections.push(groups_section(&groups, context));
    report.sections.push(time_section(&quarters, context));
    if let Some(held_out) = bundle.held_out()? {
        report
            .sections
            .push(curves::section(bundle, of, &test, &held_out, &options)?);
    }
    report.sections.push(bins_section(&test));
    report.settle();
    Ok(report)
}

/// How much of what the model reads is known of a lead.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    Nearly,
    Partly,
    Nothing,
}

const COMPLETENESS: [(&str, Known); 3] = [
    ("nearly complete", Known::Nearly),
    ("partial", Known::Partly),
    ("no vendor record", Known::Nothing),
];

fn completeness(of: &ModelRows, row: usize) -> Known {
    if of.matched(row) {
        let values = of.matrix.row(row);
        let lacking = values.iter().filter(|value| value.is_nan()).count();
        match lacking as f64 <= LACKING * values.len() as f64 {
            true => Known::Nearly,
            false => Known::Partly,
        }
    } else {
        Known::Nothing
    }
}

/// Measures a group; none without rows.
fn judged(
    what: &'static str,
    name: &str,
    rows: Scored,
    options: &EvaluationOptions,
) -> Result<Option<Judged>> {
    if rows.rows.is_empty() {
        return Ok(None);
    }
    let measured = evaluate(&rows.labels, &rows.margins, &rows.probabilities, options)
        .map_err(|error| Error::Data(format!("calibration of {what} {name}: {error}")))?;
    let few = rows.positives() < FEW;
    Ok(Some(Judged {
        what,
        name: name.to_owned(),
        line: match few {
            true => None,
            false => calibration_line(&rows.labels, &rows.probabilities),
        },
        rows,
        measured,
    }))
}

impl Judged {
    fn metric(&self, name: &str) -> Option<&Estimate> {
        self.measured.metrics.get(name)
    }

    fn cell(&self, name: &str, unit: Unit) -> Cell {
        self.metric(name)
            .map_or(Cell::Nothing, |found| Cell::measured(*found, unit))
    }

    fn mean_probability(&self) -> f64 {
        self.rows.probabilities.iter().sum::<f64>() / self.rows.rows.len() as f64
    }

    fn coefficient(&self, of: impl Fn(&CalibrationLine) -> Coefficient) -> Cell {
        let Some(found) = self.line.as_ref().map(of) else {
            return Cell::Nothing;
        };
        Cell::measured(
            Measured {
                value: found.value,
                lo: Some(found.interval.lo),
                hi: Some(found.interval.hi),
                n: self.measured.n,
                chance: None,
            },
            Unit::Score,
        )
    }
}

fn answer(groups: &[Judged], context: &Context<'_>) -> String {
    let Some(all) = groups.first() else {
        return "There are no test rows to judge by.".into();
    };
    let Some(ratio) = all.metric("predicted_over_observed") else {
        return format!(
            "None of the {} test {} is positive, so nothing can be said.",
            words::count(all.measured.n),
            context.rows
        );
    };
    let verdict = match (ratio.lo <= 1.0 && 1.0 <= ratio.hi, ratio.value > 1.0) {
        (true, _) => "On the whole they do",
        (false, true) => "On the whole they are too high",
        (false, false) => "On the whole they are too low",
    };
    let mut text = format!(
        "{verdict}: {:.2} {} were foreseen for each that came (95 % interval {:.2} to {:.2}; {} \
         {}, {} {}).",
        ratio.value,
        context.events,
        ratio.lo,
        ratio.hi,
        words::count(all.measured.n),
        context.rows,
        words::count(all.measured.positives),
        context.events
    );
    if let Some(line) = &all.line {
        let slope = line.slope.interval;
        text.push_str(match (slope.lo > 1.0, slope.hi < 1.0) {
            (true, _) => " Differences between leads are larger than the probabilities say.",
            (_, true) => " Differences between leads are smaller than the probabilities say.",
            _ => " Differences between leads are about what the probabilities say.",
        });
    }
    text
}

/// Where the level of a group is beyond chance.
fn finding(group: &Judged) -> Option<Finding> {
    let ratio = group.metric("predicted_over_observed")?;
    if group.measured.positives < FEW || (ratio.lo <= 1.0 && 1.0 <= ratio.hi) {
        return None;
    }
    let (word, remedy) = match ratio.value > 1.0 {
        true => ("high", "Expect fewer; ranks are not affected."),
        false => ("low", "Expect more; ranks are not affected."),
    };
    let who = match group.what {
        "all" => "all leads".to_owned(),
        what => format!("{what} {}", group.name),
    };
    Some(
        Finding::new(
            format!("calibration.{}", group.what.replace(' ', "_")),
            match group.what {
                "all" => Severity::Warn,
                _ => Severity::Note,
            },
            format!("Probabilities of {who} were too {word}"),
        )
        .because(format!(
            "Predicted over observed is {:.2} (95 % interval {:.2} to {:.2}) on {} rows with {} \
             positives. One group in twenty lies outside by chance alone.",
            ratio.value,
            ratio.lo,
            ratio.hi,
            words::count(group.measured.n),
            group.measured.positives
        ))
        .rows(group.measured.n, group.measured.n)
        .remedy(remedy)
        .strength((ratio.value - 1.0).abs()),
    )
}

fn curves_section(bundle: &Bundle) -> Section {
    let fitted = &bundle.manifest.calibration;
    let mut table = Table::new(
        "Curves",
        &["segment", "#rows", "#positives", "own curve", "#counts"],
    )
    .note(
        "Counts: how much a segment's own curve counts on the log-odds, the rest being the curve \
         of all rows. It is positives over positives and a prior, so that few positives are drawn \
         towards what all rows say.",
    );
    table.row(vec![
        "all".into(),
        fitted.n.into(),
        fitted.positives.into(),
        fitted.pooled.words().into(),
        Cell::Nothing,
    ]);
    for segment in &fitted.segments {
        table.row(vec![
            segment.name.as_str().into(),
            segment.n.into(),
            segment.positives.into(),
            match &segment.curve {
                Some(curve) => curve.words().into(),
                None => segment.reason.as_deref().unwrap_or("none").into(),
            },
            Cell::Share {
                share: segment.weight,
            },
        ]);
    }
    let by = match &bundle.manifest.segments {
        Some(rule) => format!(
            " Segments are those of `{}`; what is not known is one, too.",
            rule.feature
        ),
        None => String::new(),
    };
    Section::new("How scores become probabilities")
        .say(format!(
            "Fitted on rows that the trees had not seen. Every curve rises with the score, so ranks \
             never change within a segment; leads are ranked by the score itself.{by}"
        ))
        .table(table)
}

fn groups_section(groups: &[Judged], context: &Context<'_>) -> Section {
    let mut table = Table::new(
        "Test rows, group by group",
        &[
            "group",
            &format!("#{}", context.rows),
            &format!("#{}", context.events),
            "#predicted",
            "#observed",
            "#predicted over observed",
            "#slope",
            "#level",
            "#Brier skill",
            "#gap, equal mass",
            "#by chance",
            "#gap, equal width",
        ],
    )
    .note(
        "Slope: 1 where differences between leads are right, below 1 where they are told too \
         boldly. Level: 0 where right, above 0 where probabilities are too low, in log-odds. Brier \
         skill: share of the squared error of always saying the base rate that is saved. Gaps are \
         expected calibration errors over ten bins; by chance: what perfect probabilities would \
         show on so few rows. At rates of some percent nearly all rows share one bin of equal \
         width, so that gap says little.",
    );
    for group in groups {
        let name = match group.what {
            "all" => "all".to_owned(),
            what => format!("{what}: {}", group.name),
        };
        let chance = group.metric("ece_mass").and_then(|gap| gap.chance);
        table.row(vec![
            name.into(),
            group.measured.n.into(),
            group.measured.positives.into(),
            Cell::Share {
                share: group.mean_probability(),
            },
            Cell::rate(group.measured.positives, group.measured.n),
            group.cell("predicted_over_observed", Unit::Times),
            group.coefficient(|line| line.slope),
            group.coefficient(|line| line.level),
            group.cell("brier_skill", Unit::Share),
            group.cell("ece_mass", Unit::Share),
            chance.map_or(Cell::Nothing, |share| Cell::Share { share }),
            group.cell("ece_width", Unit::Share),
        ]);
    }
    let lines = groups
        .iter()
        .filter(|group| group.measured.positives >= FEW)
        .map(|group| ReliabilityLine {
            name: match group.what {
                "all" => "all".to_owned(),
                _ => group.name.clone(),
            },
            bins: bins(
                &group.rows,
                if group.what == "all" {
                    BINS
                } else {
                    GROUP_BINS
                },
            ),
        })
        .collect();
    Section::new("Do they come true?")
        .say(format!(
            "Judged on the test {}, which neither the trees nor the curves had seen. Groups with \
             fewer than {FEW} {} have no picture and no slope.",
            context.rows, context.events
        ))
        .draw(Picture::Reliability {
            title: "Predicted and observed".into(),
            lines,
        })
        .table(table)
}

fn bins(rows: &Scored, bins: usize) -> Vec<ReliabilityBin> {
    reliability(&rows.labels, &rows.probabilities, bins)
        .into_iter()
        .map(|bin| ReliabilityBin {
            predicted: bin.mean_probability,
            observed: bin.observed,
        })
        .collect()
}

/// The test rows of each quarter of contact.
fn by_quarter(
    test: &Scored,
    days: &[Option<NaiveDate>],
    options: &EvaluationOptions,
) -> Result<Vec<Judged>> {
    let quarter = |row: usize| days[row].map(|day| (day.year(), day.month0() / 3));
    let mut quarters: Vec<(i32, u32)> = test.rows.iter().filter_map(|&row| quarter(row)).collect();
    quarters.sort_unstable();
    quarters.dedup();
    let mut judged_quarters = Vec::new();
    for (year, number) in quarters {
        let rows = test.only(|row| quarter(row) == Some((year, number)));
        let name = format!("{year} Q{}", number + 1);
        judged_quarters.extend(judged("quarter", &name, rows, options)?);
    }
    Ok(judged_quarters)
}

fn time_section(quarters: &[Judged], context: &Context<'_>) -> Section {
    let mut table = Table::new(
        "Over time",
        &[
            "quarter of contact",
            &format!("#{}", context.rows),
            &format!("#{}", context.events),
            "#predicted",
            "#observed",
            "#predicted over observed",
        ],
    );
    for quarter in quarters {
        table.row(vec![
            quarter.name.as_str().into(),
            quarter.measured.n.into(),
            quarter.measured.positives.into(),
            Cell::Share {
                share: quarter.mean_probability(),
            },
            Cell::rate(quarter.measured.positives, quarter.measured.n),
            quarter.cell("predicted_over_observed", Unit::Times),
        ]);
    }
    let predicted = quarters.iter().map(|quarter| {
        let share = quarter.mean_probability();
        Some(Estimate {
            value: share,
            lo: share,
            hi: share,
            n: quarter.measured.n,
            positives: quarter.measured.positives,
            chance: None,
        })
    });
    let observed = quarters.iter().map(|quarter| {
        leadrank_stats::proportion::estimate(quarter.measured.positives, quarter.measured.n, 0.95)
    });
    Section::new("Does it last?")
        .say(
            "A curve is fitted on one stretch of time. Where the share of positives moves, \
             probabilities lag behind, while ranks need not.",
        )
        .draw(Picture::Trend {
            title: "Predicted and observed over time".into(),
            of: format!("{} per lead", context.events),
            places: quarters
                .iter()
                .map(|quarter| quarter.name.clone())
                .collect(),
            series: vec![
                Series {
                    name: "observed".into(),
                    values: observed.collect(),
                },
                Series {
                    name: "predicted".into(),
                    values: predicted.collect(),
                },
            ],
            base: None,
        })
        .table(table)
}

fn bins_section(test: &Scored) -> Section {
    let of = |title: &str, bins: Vec<Bin>| {
        let mut table = Table::new(title, &["#rows", "#predicted", "#observed"]);
        for bin in bins {
            table.row(vec![
                bin.n.into(),
                Cell::Share {
                    share: bin.mean_probability,
                },
                Cell::Rate(bin.observed),
            ]);
        }
        table
    };
    let (labels, probabilities) = (&test.labels, &test.probabilities);
    Section::new("Bin by bin")
        .table(of(
            "Ten bins of equal mass",
            reliability(labels, probabilities, BINS),
        ))
        .table(of(
            "Ten bins of equal width",
            reliability_by_width(labels, probabilities, BINS),
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize, every: usize, probability: f64) -> Scored {
        Scored {
            rows: (0..n).collect(),
            labels: (0..n).map(|row| row % every == 0).collect(),
            margins: (0..n).map(|row| row as f64 / n as f64).collect(),
            probabilities: (0..n)
                .map(|row| probability * (0.5 + row as f64 / n as f64))
                .collect(),
        }
    }

    fn options() -> EvaluationOptions {
        EvaluationOptions {
            replicates: 100,
            ..EvaluationOptions::default()
        }
    }

    #[test]
    fn a_level_beyond_chance_is_found_and_chance_is_not() {
        let right = judged("all", "all", rows(5_000, 20, 0.05), &options()).unwrap();
        let right = right.unwrap();
        assert!(finding(&right).is_none());
        let high = judged("segment", "above 500", rows(5_000, 20, 0.1), &options()).unwrap();
        let found = finding(&high.unwrap()).unwrap();
        assert!(found.headline.contains("segment above 500 were too high"));
        assert_eq!(found.severity, Severity::Note);
        let few = judged("segment", "not known", rows(40, 20, 0.5), &options()).unwrap();
        assert!(finding(&few.unwrap()).is_none());
        let none = judged("segment", "none", Scored::default(), &options()).unwrap();
        assert!(none.is_none());
    }

    #[test]
    fn the_answer_has_its_numbers() {
        let context = Context::of_table("Model");
        let all = judged("all", "all", rows(5_000, 20, 0.05), &options()).unwrap();
        let text = answer(&[all.unwrap()], &context);
        assert!(text.starts_with("On the whole they do: 1.00"), "{text}");
        assert!(text.contains("5,000 rows, 250 positives"), "{text}");
        assert!(answer(&[], &context).contains("no test rows"));
    }
}
