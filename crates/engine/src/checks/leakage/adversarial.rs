//! Can a model tell today's open leads from those it was trained on, and by what?

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_evidence::{Cell, Finding, Picture, Section, Severity, Table};
use leadrank_features::catalog;
use leadrank_features::catalog::Class;
use leadrank_learn::explain::{ExplainOptions, Importance, explain};
use leadrank_learn::split::{Assignment, Rows as _, Split, SplitConfig, SplitInput, Times, split};
use leadrank_learn::xgboost::Library;
use leadrank_learn::{LearnError, Matrix, Recipe};
use leadrank_stats::{Estimate, auc};

use super::trial::{self, NO_TRAINER, Trial, named, spot, with_interval};
use crate::checks::data::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::stages::rows::Rows;
use crate::stages::train;
use crate::words;

/// Areas from which the difference is worth a word, and a warning.
const TELLS: (f64, f64) = (0.65, 0.80);
/// Share of the model's reasons from which features of the calendar dominate.
const DOMINATE: f64 = 0.5;
/// Rows explained.
const EXPLAINED: usize = 2_000;
/// Features named.
const NAMED: usize = 5;
/// Fewest open leads.
const FEWEST: usize = 100;

/// One model that tells the two apart.
struct Told {
    area: Estimate,
    features: Vec<Importance>,
}

/// See the module's own text.
pub(super) async fn part(input: &Input<'_>) -> Result<Part> {
    let section = Section::new("Training rows against today's open leads")
        .say("A model is trained to tell rows of the training part from today's open leads. The better it can, the further the model has to reach beyond what it learned from. The mix of lead sources drifts by nature, and with it the firms that leads come from: a difference is a reason to look, not a fault.");
    let mut part = Part::default();
    let Some(library) = trial::trainer()? else {
        part.sections.push(section.say(NO_TRAINER));
        return Ok(part);
    };
    let open = open_leads(input).await?;
    let Some(both) = Both::new(input, &open)? else {
        part.sections.push(section.say(format!(
            "Not tried: only {} leads are open as of {} (at least {FEWEST} are needed on each side).",
            open.ids.len(),
            input.day
        )));
        return Ok(part);
    };
    // The salesperson chooses the weekday, and today has only one.
    let without_days: Vec<&str> = catalog()
        .iter()
        .filter(|feature| !feature.is_temporal())
        .map(|feature| feature.name)
        .collect();
    let Some(told) = both.tell(input, library, &without_days)? else {
        part.sections.push(section.say("Not tried: too few rows."));
        return Ok(part);
    };
    let calendar = |name: &str| {
        catalog()
            .iter()
            .any(|feature| feature.name == name && feature.class == Class::Calculable)
    };
    let share: f64 = told
        .features
        .iter()
        .filter(|feature| calendar(&feature.feature))
        .map(|feature| feature.share)
        .sum();
    let lasting: Vec<&str> = without_days
        .iter()
        .copied()
        .filter(|name| !calendar(name))
        .collect();
    let again = match told.area.value >= TELLS.0 && share > DOMINATE {
        true => both.tell(input, library, &lasting)?,
        false => None,
    };
    let judged = again.as_ref().unwrap_or(&told);
    part.findings.push(finding(judged, again.is_some()));
    part.sections
        .push(tables(section, &told, again.as_ref(), input, &open)?);
    Ok(part)
}

/// Open leads with their features as of the analysis date.
struct Open {
    ids: Vec<String>,
    sources: Vec<Option<String>>,
    months: Vec<Option<NaiveDate>>,
    matrix: Matrix,
}

async fn open_leads(input: &Input<'_>) -> Result<Open> {
    let session = &input.data.session;
    let frame =
        leadrank_features::scoring_dataset(session, &input.options, input.constants(), input.day)
            .await?;
    let rows = Rows::new(frame.collect().await?);
    let names: Vec<String> = catalog()
        .iter()
        .map(|feature| feature.name.to_owned())
        .collect();
    Ok(Open {
        ids: rows.texts("lead_id")?.into_iter().flatten().collect(),
        sources: rows.texts("lead_source")?,
        months: rows.dates("snapshot_as_of")?,
        matrix: train::matrix(&rows, &names)?,
    })
}

/// Matched training rows and matched open leads in one matrix; the label says which is
/// which. A lead that is in both stands on one side of the split.
struct Both {
    matrix: Matrix,
    labels: Vec<Option<bool>>,
    split: Split,
}

impl Both {
    fn new(input: &Input<'_>, open: &Open) -> Result<Option<Both>> {
        let leads = &input.leads;
        let trained = leads.parts()?.development.indices().iter().copied();
        let trained: Vec<usize> = trained.filter(|&row| leads.months[row].is_some()).collect();
        let scored: Vec<usize> = (0..open.ids.len())
            .filter(|&row| open.months[row].is_some())
            .collect();
        if trained.len().min(scored.len()) < FEWEST {
            return Ok(None);
        }
        let mut data = leads.matrix.gather(&trained);
        data.extend(open.matrix.gather(&scored));
        let matrix = Matrix::new(leads.matrix.names().to_vec(), data)?;
        let seed = input.project.config().seed;
        let ids = trained.iter().map(|&row| &leads.ids[row]);
        let spots: Vec<u64> = ids
            .chain(scored.iter().map(|&row| &open.ids[row]))
            .map(|id| spot(seed, id))
            .collect();
        let labels: Vec<Option<bool>> = (0..spots.len())
            .map(|row| Some(row >= trained.len()))
            .collect();
        let hashed = SplitInput {
            times: Times::Order(
                spots
                    .iter()
                    .map(|spot| i64::try_from(spot >> 2).ok())
                    .collect(),
            ),
            groups: None,
            labels: labels.clone(),
            assignment: Some(
                spots
                    .iter()
                    .map(|spot| {
                        if spot % 10 < 3 {
                            Assignment::Test
                        } else {
                            Assignment::Train
                        }
                    })
                    .collect(),
            ),
        };
        match split(&hashed, &SplitConfig::default()) {
            Ok(split) => Ok(Some(Both {
                matrix,
                labels,
                split,
            })),
            Err(LearnError::Split { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn tell(&self, input: &Input<'_>, library: Library, names: &[&str]) -> Result<Option<Told>> {
        let matrix = self.matrix.select_columns(names)?;
        let trial = Trial {
            library,
            matrix: &matrix,
            labels: &self.labels,
            split: &self.split,
            threads: input.request.threads,
        };
        let recipe = Recipe {
            rounds: 60,
            min_rounds: 60,
            ..trial::eager(input.project.config().seed)
        };
        let Some(fitted) = trial.fit(&recipe)? else {
            return Ok(None);
        };
        let test = trial.score(&fitted, &self.split.test);
        let Some(area) = auc::delong(&test.labels, &test.margins, 0.95) else {
            return Ok(None);
        };
        let step = test.rows.len().div_ceil(EXPLAINED).max(1);
        let sample: Vec<usize> = test.rows.iter().copied().step_by(step).collect();
        let options = ExplainOptions {
            sample_rows: 0,
            ..ExplainOptions::default()
        };
        let explained = explain(&fitted.model, &matrix, &sample, None, &options)?;
        Ok(Some(Told {
            area,
            features: explained.features,
        }))
    }
}

fn finding(told: &Told, without_calendar: bool) -> Finding {
    let area = &told.area;
    let tells = if area.lo > TELLS.1 {
        Severity::Warn
    } else if area.lo > TELLS.0 {
        Severity::Note
    } else {
        Severity::Pass
    };
    let names: Vec<&str> = told
        .features
        .iter()
        .take(NAMED)
        .map(|f| f.feature.as_str())
        .collect();
    let headline = match tells {
        Severity::Pass => format!(
            "Today's open leads look like those the model learned from: told apart {} times of 100, where 50 is guessing",
            hundredths(area.value)
        ),
        _ => format!(
            "Today's open leads are not like those the model learned from, most in {}: its experience may not carry over",
            named(&names[..names.len().min(3)], 3)
        ),
    };
    let shares: Vec<String> = told
        .features
        .iter()
        .take(NAMED)
        .map(|feature| format!("{} ({:.0} %)", feature.feature, 100.0 * feature.share))
        .collect();
    let mut finding = Finding::new("leakage.adversarial", tells, headline)
        .because(format!(
            "A second model was asked which of two leads is an open one of today and which one it learned from: it was right {} times of 100, where 50 is guessing (AUC {} on {} leads it had not seen, {} of them open). {:.0} is worth a word, {:.0} a warning.",
            hundredths(area.value),
            with_interval(area),
            words::count(area.n),
            words::count(area.positives),
            100.0 * TELLS.0,
            100.0 * TELLS.1
        ))
        .because(format!("How much each feature helped it: {}.", named(&shares, NAMED)))
        .because("This is no leak: lead sources change over time, and the firms with them. But what was measured on older leads may be worth less on these.")
        .rows(area.positives, area.n)
        .things("leads")
        .strength(area.value - 0.5);
    if without_calendar {
        finding = finding.because("Career lengths grow with the calendar by construction and dominated at first; they were left out.");
    }
    if tells < Severity::Pass {
        finding = finding.remedy("look at the drift of these features; train again on newer leads, and judge scores by lead source");
    }
    finding
}

/// How many pairs of 100 an area puts in the right order.
fn hundredths(area: f64) -> String {
    format!("{:.0}", 100.0 * area)
}

fn tables(
    mut section: Section,
    told: &Told,
    again: Option<&Told>,
    input: &Input<'_>,
    open: &Open,
) -> Result<Section> {
    for (told, title) in [
        (Some(told), "What tells open leads from training rows"),
        (again, "The same without what grows with the calendar"),
    ] {
        let Some(told) = told else { continue };
        let bars = told.features.iter().take(10).map(|feature| {
            let share = format!("{:.0} %", 100.0 * feature.share);
            (feature.feature.clone(), feature.share, share)
        });
        section = section
            .say(format!(
                "{title}: AUC {} (n = {}).",
                with_interval(&told.area),
                told.area.n
            ))
            .draw(Picture::Bars {
                title: title.into(),
                bars: bars.collect(),
                scale: None,
            });
    }
    let leads = &input.leads;
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let name = |source: &'_ Option<String>| -> String {
        source.clone().unwrap_or_else(|| "(none)".into())
    };
    let trained: Vec<String> = leads
        .parts()?
        .development
        .indices()
        .iter()
        .map(|&row| name(&leads.sources[row]))
        .collect();
    let scored: Vec<String> = open.sources.iter().map(name).collect();
    for source in &trained {
        counts.entry(source).or_default().0 += 1;
    }
    for source in &scored {
        counts.entry(source).or_default().1 += 1;
    }
    let mut table = Table::new(
        "Lead sources",
        &[
            "lead source",
            "#training rows",
            "#share",
            "#open leads",
            "#share",
        ],
    )
    .note("Weekday features are left out from the start: today has only one weekday.");
    for (source, (before, now)) in &counts {
        table.row(vec![
            (*source).into(),
            (*before).into(),
            Cell::share(*before, trained.len() as u64),
            (*now).into(),
            Cell::share(*now, scored.len() as u64),
        ]);
    }
    Ok(section.table(table))
}
