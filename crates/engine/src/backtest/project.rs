//! A project's backtest: datasets made again as of each past day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};
use leadrank_learn::develop::{Encoded, ImbalanceOptions};
use leadrank_learn::explain::{ExplainOptions, explain};
use leadrank_learn::segments::Segments;
use leadrank_learn::split::Rows as _;
use leadrank_learn::tuning::Search;
use leadrank_stats::Estimate;
use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
use leadrank_stats::ranking::slice_size;
use leadrank_stats::ratio::{Ratio, ratio};
use leadrank_warehouse::{Params, Session};

use super::measure::{self, CALLED};
use super::{Every, Material, Period, Scores, Shares, Span, periods};
use crate::bundle::Bundle;
use crate::checks::classes::{AUM_TIERS, aum_tier};
use crate::error::{Error, Result};
use crate::outcomes;
use crate::progress::{Progress, Sink};
use crate::project::Project;
use crate::rivals;
use crate::stages::dataset::{self, Made, SplitRows};
use crate::stages::rows::Rows;
use crate::stages::train::{matrix, model_features, segment_rule, settings};
use crate::stages::{as_of, open, score};
use crate::training::{Options, Task, Trained, cut_folds, train};

/// Shares of the history, newest first, that the last model is also trained on.
const SHARES: [f64; 3] = [0.25, 0.5, 0.75];
/// Lead sources that stand for themselves.
const SOURCES: [&str; 2] = ["Provided Lead List", "LinkedIn (Self Sourced)"];

/// What to test.
pub struct OfProject<'a> {
    /// Length of a period.
    pub every: Every,
    /// First day of the first period.
    pub from: Option<NaiveDate>,
    /// Last day of the last period.
    pub to: Option<NaiveDate>,
    /// Select, compare and tune at each past day, too; else what `leadrank.toml` says is taken.
    pub develop: bool,
    /// A model that is there, instead of training one at each past day.
    pub model: Option<&'a Bundle>,
    /// Threads to use.
    pub threads: usize,
}

/// Tests a project, period by period.
///
/// # Errors
/// When no period can be tested, a model that is there has seen a period, or a table can't be
/// read.
pub async fn on_project(
    project: &Project,
    request: &OfProject<'_>,
    progress: &Sink<'_>,
) -> Result<Material> {
    let warehouse = project.warehouse().await?;
    let last = as_of(project, &warehouse).await?;
    let data = open(project, &warehouse, last, request.threads).await?;
    let first = first_contact(&data.session).await?;
    let window = project.config().label.window_days;
    let bounds = (request.from, request.to);
    let spans = periods(request.every, (first, last), bounds, window)?;
    if let Some(bundle) = request.model {
        refuse_seen(bundle, &spans)?;
    }
    let mut material = Material {
        divisions: divisions(),
        shares: shares(project),
        ..Material::default()
    };
    let count = spans.len();
    for (number, span) in spans.iter().enumerate() {
        progress(Progress::Step {
            what: format!("testing {}", span.name),
            done: number as u64,
            total: count as u64,
        });
        match period(project, request, span, number + 1 == count, &mut material).await {
            Ok(found) => material.periods.push(found),
            // Too few rows at one past day say nothing against the others.
            Err(error @ Error::Learn(_)) => {
                material.skipped.push(format!("{}: {error}", span.name));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(material)
}

async fn first_contact(session: &Session) -> Result<NaiveDate> {
    let query = "SELECT MIN(DATE(Stage_Entered_Contacting__c)) AS first FROM SavvyGTMData.Lead \
                 WHERE Stage_Entered_Contacting__c IS NOT NULL";
    let rows = Rows::new(session.collect(query, &Params::default()).await?);
    rows.dates("first")?
        .first()
        .copied()
        .flatten()
        .ok_or_else(|| Error::Data("no lead was contacted yet: there is nothing to test".into()))
}

/// A model must not be judged by rows it has learnt from (failure of earlier attempts: figures
/// on training rows).
fn refuse_seen(bundle: &Bundle, spans: &[Span]) -> Result<()> {
    let Some(newest) = newest_learnt(bundle) else {
        return Ok(());
    };
    match spans.iter().find(|span| span.from <= newest) {
        None => Ok(()),
        Some(span) => Err(Error::Data(format!(
            "model {} has learnt from contacts up to {newest}, so that {}, which begins on {}, would be judged by rows it has seen; begin later (--from {} or after), or leave out --model: then a model is trained for each period on what was known before it",
            bundle.id,
            span.name,
            span.from,
            newest + TimeDelta::days(1)
        ))),
    }
}

/// The newest day whose contacts a model has learnt from.
fn newest_learnt(bundle: &Bundle) -> Option<NaiveDate> {
    let parts = bundle.manifest.split.parts.iter();
    let learnt = parts
        .filter(|part| part.part.name() != "test")
        .filter_map(|part| part.last.as_deref()?.parse().ok());
    learnt.max()
}

/// The shares of the tiers on the current call list.
fn shares(project: &Project) -> Option<Shares> {
    let scored = score::last_report(project)?;
    let all: u64 = scored.tiers.iter().map(|tier| tier.leads).sum();
    let share = |letter: &str| {
        let tier = scored.tiers.iter().find(|tier| tier.tier == letter)?;
        (all > 0).then(|| tier.leads as f64 / all as f64)
    };
    Some(Shares {
        a: share("A")?,
        b: share("B")?,
    })
}

/// One period: dataset as of its end, model as of its beginning.
async fn period(
    project: &Project,
    request: &OfProject<'_>,
    span: &Span,
    is_last: bool,
    material: &mut Material,
) -> Result<(Period, Scores)> {
    let mut then = project.clone();
    let config = &mut then.loaded.config;
    config.split.test_from = Some(span.from);
    if !request.develop {
        config.tuning.search = Search::Off;
        config.imbalance = ImbalanceOptions {
            contest: false,
            ..config.imbalance.clone()
        };
    }
    // Whoever was contacted later has no outcome yet on this day, and is left out by that.
    let day = span.until + TimeDelta::days(config.label.window_days - 1);
    let warehouse = project.warehouse().await?;
    let data = open(&then, &warehouse, day, request.threads).await?;
    let made = dataset::make(&then, &data, day, &|_| {}).await?;
    let world = World::of(&then, &data.session, made).await?;
    match request.model {
        Some(bundle) => world.scored_by(bundle, span),
        None => {
            world
                .trained(&then, request, span, is_last.then_some(material))
                .await
        }
    }
}

/// The rows of a past day.
struct World<'a> {
    session: &'a Session,
    rows: Rows,
    split: SplitRows,
    labels: Vec<Option<bool>>,
    groups: Vec<Vec<usize>>,
    dials: Option<BTreeMap<String, u64>>,
    amounts: Option<BTreeMap<String, f64>>,
}

impl<'a> World<'a> {
    async fn of(project: &Project, session: &'a Session, made: Made) -> Result<Self> {
        let rows = Rows::new(made.batches);
        let split = dataset::split_rows(project, &rows)?;
        let labels = rows.flags("label")?;
        let groups = groups(session, &rows, &split.ids).await?;
        let window = project.config().label.window_days;
        Ok(Self {
            dials: outcomes::dials(session, "lead_base", window).await?,
            amounts: outcomes::amounts(session).await?,
            session,
            rows,
            split,
            labels,
            groups,
        })
    }

    /// Trains as of the period's beginning and scores the period.
    async fn trained(
        &self,
        project: &Project,
        request: &OfProject<'_>,
        span: &Span,
        last: Option<&mut Material>,
    ) -> Result<(Period, Scores)> {
        let names = model_features(project)?;
        let matrix = matrix(&self.rows, &names)?;
        let externals = rivals::externals(self.session, &self.split.ids, &matrix).await?;
        let train_on = |labels: &[Option<bool>]| -> Result<(Trained, dataset::SplitRows)> {
            let mut input = self.split.input.clone();
            input.labels = labels.to_vec();
            let split = leadrank_learn::split::split(&input, &project.config().split)?;
            let config = project.config();
            let folds = cut_folds(&split, &input, &config.folds)?;
            let whole = Encoded {
                matrix: &matrix,
                sources: None,
            };
            let segments = segments(&self.rows, project)?;
            let task = Task {
                whole,
                labels,
                split: &split,
                segments: &segments,
                folds: folds
                    .as_ref()
                    .map(|folds| (folds, vec![whole; folds.folds.len()]))
                    .map_err(String::clone),
            };
            let options = Options {
                settings: settings(project, &names),
                calibration: &config.calibration,
                seed: config.seed,
                threads: request.threads,
                trials: None,
                externals: &externals,
                thresholds: &config.gates,
            };
            let trained = train(&task, &options, &|_| {})?;
            let ids = self.split.ids.clone();
            Ok((trained, SplitRows { split, input, ids }))
        };
        let (trained, of) = train_on(&self.labels)?;
        let test = of.split.test.indices();
        let scores = self.scores(test, |row| {
            let margin = f64::from(trained.fitted.model.margin(trained.matrix.row(row)));
            (margin, trained.fitted.probability(row, margin))
        });
        if let Some(material) = last {
            let learnt = of.split.development.indices();
            let (model, matrix) = (&trained.fitted.model, &trained.matrix);
            material.gaps = measure::gaps(model, matrix, &self.labels, learnt, test);
            for share in SHARES {
                let labels = self.newest(share, learnt);
                // A shorter history may not suffice; the curve then begins later.
                if let Ok((less, of)) = train_on(&labels) {
                    let n = of.split.development.indices().len() as u64;
                    material
                        .learning
                        .push((n, less.report.metrics["test"].clone()));
                }
            }
            let n = learnt.len() as u64;
            material
                .learning
                .push((n, trained.report.metrics["test"].clone()));
        }
        let report = trained.report;
        let part = |name: &str| report.metrics.get(name).cloned().unwrap_or_default();
        let learnt = of.split.development.indices();
        let positives = learnt
            .iter()
            .filter(|&&row| self.labels[row] == Some(true))
            .count();
        let period = Period {
            learnt_from: (learnt.len() as u64, positives as u64),
            train: part("train"),
            metrics: part("test"),
            comparison: report.comparison.clone(),
            importance: report.explanation.features.clone(),
            ..self.described(span, &scores)
        };
        Ok((period, scores))
    }

    /// Labels with those of all but the newest share of the rows learnt from forgotten.
    fn newest(&self, share: f64, learnt: &[usize]) -> Vec<Option<bool>> {
        let days = match &self.split.input.times {
            leadrank_learn::split::Times::Days(days) => days,
            leadrank_learn::split::Times::Order(_) => return self.labels.clone(),
        };
        let mut known: Vec<i32> = learnt.iter().filter_map(|&row| days[row]).collect();
        known.sort_unstable();
        let from = known
            .get(((1.0 - share) * known.len() as f64) as usize)
            .copied()
            .unwrap_or(i32::MIN);
        let labels = self.labels.iter().zip(days);
        labels
            .map(|(label, day)| label.filter(|_| day.is_some_and(|day| day >= from)))
            .collect()
    }

    /// Scores the period by a model that is there and has not seen it.
    fn scored_by(&self, bundle: &Bundle, span: &Span) -> Result<(Period, Scores)> {
        let matrix = matrix(&self.rows, &bundle.manifest.features)?;
        let segments = bundle.segments(|name| self.rows.values(name))?;
        let all = self.split.split.test.indices();
        let test = &self.not_met_by(bundle, all)?[..];
        let scores = self.scores(test, |row| {
            let margin = f64::from(bundle.model.margin(matrix.row(row)));
            (margin, bundle.probability(segments.of(row), margin))
        });
        let options = EvaluationOptions {
            seed: bundle.manifest.seed,
            ..EvaluationOptions::default()
        };
        let measured = evaluate(
            &scores.labels,
            &scores.margins,
            &scores.probabilities,
            &options,
        )
        .map_err(|error| Error::Data(format!("{}: {error}", span.name)))?;
        let explanation = explain(
            &bundle.model,
            &matrix,
            test,
            None,
            &ExplainOptions::default(),
        )?;
        let learnt = bundle.manifest.split.parts.iter();
        let learnt = learnt.filter(|part| part.part.name() != "test");
        let period = Period {
            learnt_from: learnt.fold((0, 0), |(rows, positives), part| {
                (rows + part.rows, positives + part.positives)
            }),
            train: bundle
                .report()?
                .metrics
                .get("train")
                .cloned()
                .unwrap_or_default(),
            metrics: measured.metrics,
            importance: explanation.features,
            met_before: (all.len() - test.len()) as u64,
            ..self.described(span, &scores)
        };
        Ok((period, scores))
    }

    /// The rows of advisers whom the model has not met in an earlier contact.
    fn not_met_by(&self, bundle: &Bundle, test: &[usize]) -> Result<Vec<usize>> {
        let advisers = self.rows.texts("adviser_id")?;
        let days = self.rows.dates("contact_date")?;
        let newest = newest_learnt(bundle);
        let met: BTreeSet<&str> = advisers
            .iter()
            .zip(&days)
            .filter(|(_, day)| day.is_some_and(|day| newest.is_some_and(|last| day <= last)))
            .filter_map(|(adviser, _)| adviser.as_deref())
            .collect();
        let is_new = |row: &usize| {
            let adviser = advisers[*row].as_deref();
            adviser.is_none_or(|adviser| !met.contains(adviser))
        };
        Ok(test.iter().copied().filter(is_new).collect())
    }

    fn scores(&self, test: &[usize], score: impl Fn(usize) -> (f64, f64)) -> Scores {
        let mut scores = Scores {
            groups: vec![Vec::new(); self.groups.len()],
            worth: self.amounts.is_some().then(Vec::new),
            ..Scores::default()
        };
        for &row in test {
            let Some(label) = self.labels[row] else {
                continue;
            };
            let (margin, probability) = score(row);
            scores.ids.push(self.split.ids[row].clone());
            scores.labels.push(label);
            scores.margins.push(margin);
            scores.probabilities.push(probability);
            for (of, groups) in scores.groups.iter_mut().zip(&self.groups) {
                of.push(groups[row]);
            }
            if let (Some(worth), Some(amounts)) = (&mut scores.worth, &self.amounts) {
                let own = amounts.get(&self.split.ids[row]);
                worth.push(own.copied().unwrap_or(0.0));
            }
        }
        scores
    }

    /// What is told of a period whatever scored it.
    fn described(&self, span: &Span, scores: &Scores) -> Period {
        let order = measure::places(scores);
        let n = order.len() as u64;
        let size = slice_size(n, CALLED) as usize;
        let per_dial = |places: &[usize]| -> Option<Estimate> {
            let dials = self.dials.as_ref()?;
            let calls: Vec<f64> = places
                .iter()
                .map(|&at| f64::from(u8::from(scores.labels[at])))
                .collect();
            let dialled: Vec<f64> = places
                .iter()
                .map(|&at| dials.get(&scores.ids[at]).copied().unwrap_or(0) as f64)
                .collect();
            let positives = places.iter().filter(|&&at| scores.labels[at]).count() as u64;
            ratio(&calls, &dialled).map(|found| hundred(found, positives))
        };
        let both = per_dial(&order[..size.min(order.len())]).zip(per_dial(&order));
        Period {
            name: span.name.clone(),
            from: span.from.to_string(),
            to: (span.until - TimeDelta::days(1)).to_string(),
            per_100_dials: both,
            ..Period::default()
        }
    }
}

fn hundred(found: Ratio, positives: u64) -> Estimate {
    Estimate {
        value: 100.0 * found.value,
        lo: 100.0 * found.interval.lo,
        hi: 100.0 * found.interval.hi,
        n: found.n,
        positives,
        chance: None,
    }
}

fn segments(rows: &Rows, project: &Project) -> Result<Segments> {
    match segment_rule(&project.config().calibration)? {
        Some(rule) => Ok(Segments::by_value(rows.values(&rule.feature)?, &rule.cuts)),
        None => Ok(Segments::none()),
    }
}

fn divisions() -> Vec<(String, Vec<String>)> {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    vec![
        ("assets of the firm".into(), owned(&AUM_TIERS)),
        (
            "home metro".into(),
            owned(&["one of the five metros", "elsewhere", "not known"]),
        ),
        (
            "lead source".into(),
            owned(&[SOURCES[0], SOURCES[1], "others"]),
        ),
    ]
}

/// Each row's group by each division.
async fn groups(session: &Session, rows: &Rows, ids: &[String]) -> Result<Vec<Vec<usize>>> {
    let assets = rows.values("TotalAssetsInMillions")?;
    let months = rows.dates("snapshot_as_of")?;
    let mut metros = vec![false; rows.len()];
    let catalog = leadrank_features::catalog().iter();
    for metro in catalog.filter(|feature| feature.group == leadrank_features::Group::Metro) {
        for (known, flag) in metros.iter_mut().zip(rows.numbers(metro.name)?) {
            *known |= flag == Some(1.0);
        }
    }
    let query = "SELECT Id, LeadSource FROM SavvyGTMData.Lead";
    let leads = Rows::new(session.collect(query, &Params::default()).await?);
    let pairs = leads
        .texts("Id")?
        .into_iter()
        .zip(leads.texts("LeadSource")?);
    let sources: BTreeMap<String, String> = pairs
        .filter_map(|(id, source)| Some((id?, source?)))
        .collect();
    let source = |id: &String| {
        let own = sources.get(id).map(String::as_str);
        let known = SOURCES.iter().position(|&source| own == Some(source));
        known.unwrap_or(SOURCES.len())
    };
    Ok(vec![
        assets.iter().map(|&millions| aum_tier(millions)).collect(),
        metros
            .iter()
            .zip(&months)
            .map(|(&metro, month)| match (metro, month) {
                (true, _) => 0,
                (false, Some(_)) => 1,
                (false, None) => 2,
            })
            .collect(),
        ids.iter().map(source).collect(),
    ])
}
