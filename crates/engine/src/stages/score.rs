//! Stage 4: serving bundle + open leads → scores, tiers, call list.

mod tables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use leadrank_sources::FileKind;
use serde::{Deserialize, Serialize};

use super::changes::Before;
use super::dataset::feature_options;
use super::rows::Rows;
use super::{Data, as_of, deliveries, open, train, warn_of_future};
use crate::bundle::{Bundle, to_json};
use crate::call_list::{self, ScoredLead, Status};
use crate::crm;
use crate::error::{Error, Result};
use crate::experiment::Visibility;
use crate::ledger;
use crate::progress::{Progress, Sink};
use crate::project::{Project, write_atomically};
use crate::reasons::{self, Agreement, Explained, Reason, Reasons, Templates};
use crate::registry;
use crate::tiers::assign::Assignment;
use crate::tiers::exclude::exclusions;
use crate::tiers::facts::{self, Facts};
use crate::tiers::frontier::{Frontier, frontier};
use crate::tiers::{Candidate, Capacity, Plan, Tier, plan, roster};
pub(super) use tables::SCORES;

/// One tier, counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TierCount {
    /// A, B, C.
    pub tier: String,
    /// Leads in it.
    pub leads: u64,
    /// Sum of their probabilities: scheduled calls to expect if all are called.
    pub expected_calls: f64,
}

/// What the stage made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReport {
    /// The bundle that scored.
    pub model_id: String,
    /// The day of the scores.
    pub as_of: NaiveDate,
    /// Open leads scored.
    pub leads: u64,
    /// Of them on the call list.
    pub ranked: u64,
    /// Left out, by reason.
    pub excluded: BTreeMap<String, u64>,
    /// Marked do-not-call: the bottom share.
    pub do_not_call: u64,
    /// Scheduled calls to expect among those.
    pub do_not_call_expected: f64,
    /// Scores by status.
    pub status: BTreeMap<String, u64>,
    /// The team's capacity.
    pub capacity: Capacity,
    /// The tiers.
    pub tiers: Vec<TierCount>,
    /// How the calls of tiers A and B were shared out; none where only the number of
    /// salespeople is known.
    #[serde(default)]
    pub assignment: Option<Assignment>,
    /// Leads moved down since their firm has enough in tiers A and B.
    #[serde(default)]
    pub over_firm_limit: u64,
    /// Leads of the rules' first tier that the model moved down.
    #[serde(default)]
    pub demoted: u64,
    /// Leads that the boost applies to.
    #[serde(default)]
    pub boosted: u64,
    /// What calls are worth and what skipping costs.
    #[serde(default)]
    pub frontier: Frontier,
    /// Leads that are not on the call list since an experiment does not show their score.
    #[serde(default)]
    pub withheld: u64,
    /// Where the call list is.
    pub call_list: PathBuf,
    /// Its first rows.
    pub top: Vec<ScoredLead>,
}

/// Raised with the columns of the scores, so that a newer leadrank scores anew.
const LAYOUT: u32 = 2;
/// Contributions of a lead that are kept.
const AUDITED: usize = 10;
/// Rows of the call list that reports repeat.
const TOP: usize = 20;

/// Scores the open leads as of the analysis date and writes the call list.
///
/// # Errors
/// When there is no model, or a table can't be read or written.
pub async fn run(
    project: &Project,
    now: DateTime<Utc>,
    threads: usize,
    progress: &Sink<'_>,
) -> Result<ScoreReport> {
    let warehouse = project.warehouse().await?;
    let day = as_of(project, &warehouse).await?;
    warn_of_future(day, now, progress);
    let bundle = registry::current(project)?;
    let data = open(project, &warehouse, day, threads).await?;
    let templates = Templates::of_project(&project.root)?;
    let assigned = Visibility::fingerprint(project, &warehouse, day).await?;
    let fingerprint = fingerprint(project, &data, &bundle, &templates, &assigned, day);
    let record = project.records().join("score.json");
    if ledger::is_current(project, "score", &fingerprint)
        && let Some(report) = read_report(&record)
        && tables::are_there(&warehouse).await?
    {
        return Ok(report);
    }
    ledger::begun(project, "score");
    progress(Progress::Stage("scoring the open leads".into()));
    if bundle.manifest.as_of > day {
        progress(Progress::Warning(format!(
            "model {} knows outcomes up to {}, after the day of these scores ({day}): they look better than they could have been; `leadrank run --as-of {day}` trains one that knows no more",
            bundle.id, bundle.manifest.as_of
        )));
    }
    let session = &data.session;
    let mut options = feature_options(project, &data, day)?;
    // As the model learned them, whatever the settings say by now.
    options.calculable = bundle.manifest.calculable.parse()?;
    let frame =
        leadrank_features::scoring_dataset(session, &options, &bundle.manifest.constants, day)
            .await?;
    // In the order of lead ids already.
    let rows = Rows::new(frame.collect().await?);
    if rows.is_empty() {
        progress(Progress::Warning(format!(
            "no lead is open as of {day} (contacted, no call scheduled, not closed), so the call list is empty"
        )));
    }
    let facts = facts::read(session, &rows, day).await?;
    let capacity = roster::capacity(&project.config().tiers, session, progress).await?;
    let before = Before::of(project, &warehouse, session, &bundle, day, threads).await?;
    let words = Words {
        templates: &templates,
        before: before.as_ref(),
    };
    let Scored { leads, plan } = score(project, &bundle, &rows, &facts, &capacity, &words, day)?;

    let ids: Vec<&str> = leads.iter().map(|lead| lead.lead_id.as_str()).collect();
    // Where nobody can tell who may see a score, none is written.
    let hidden = Visibility::of(project, session, &ids, day).await?;
    tables::write(&warehouse, &bundle, &leads, day, now).await?;
    let call_list = project.out().join("call_list.csv");
    let is_shown = |lead: &&ScoredLead| !hidden.hides(&lead.lead_id);
    let ranked = call_list::ranked(leads.iter().filter(is_shown));
    call_list::write(&call_list, &ranked, day)?;
    let withheld = leads.len() - leads.iter().filter(is_shown).count();
    if withheld > 0 {
        progress(Progress::Warning(format!(
            "{withheld} leads are not on the call list: an experiment does not show their score"
        )));
    }
    let top = ranked.iter().take(TOP).map(|(_, lead)| (*lead).clone());
    let report = ScoreReport {
        call_list,
        withheld: withheld as u64,
        top: top.collect(),
        ..summarise(project, &bundle, day, &leads, plan, capacity)?
    };
    write_atomically(&record, &to_json("score.json", &report)?)?;
    let outcome = format!("{} leads on the call list", ranked.len());
    ledger::finished(project, now, "score", &fingerprint, outcome)?;
    Ok(report)
}

/// What was scored last; none without a call list.
pub(crate) fn last_report(project: &Project) -> Option<ScoreReport> {
    read_report(&project.records().join("score.json"))
}

fn read_report(file: &std::path::Path) -> Option<ScoreReport> {
    let report: ScoreReport = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    report.call_list.is_file().then_some(report)
}

fn fingerprint(
    project: &Project,
    data: &Data,
    bundle: &Bundle,
    templates: &Templates,
    assigned: &str,
    day: NaiveDate,
) -> String {
    let config = project.config();
    let mut text = format!(
        "{} {LAYOUT} {} {day} {} {:?} {:?} {} {} {assigned}\n",
        env!("CARGO_PKG_VERSION"),
        bundle.id,
        ledger::sha256(templates.source().as_bytes()),
        config.tiers,
        config.freshness,
        config.features.history,
        leadrank_features::models_sha256(&project.root)
    );
    let kinds = [
        FileKind::Lead,
        FileKind::User,
        FileKind::Reps,
        FileKind::Firms,
    ];
    text.push_str(&deliveries(&data.in_use, &kinds));
    ledger::sha256(text.as_bytes())
}

/// The scored leads, and the plan that ordered those that may be called.
struct Scored {
    leads: Vec<ScoredLead>,
    plan: Plan,
}

/// What scores are told with.
struct Words<'a> {
    templates: &'a Templates,
    /// When leads were last scored.
    before: Option<&'a Before<'a>>,
}

fn score(
    project: &Project,
    bundle: &Bundle,
    rows: &Rows,
    facts: &[Facts],
    capacity: &Capacity,
    words: &Words<'_>,
    day: NaiveDate,
) -> Result<Scored> {
    let config = project.config();
    let manifest = &bundle.manifest;
    let matrix = train::matrix(rows, &manifest.features)?;
    if bundle.model.feature_names() != manifest.features {
        return Err(Error::Bundle {
            id: bundle.id.clone(),
            problem: "its model names other features than its manifest; train again".into(),
        });
    }
    let ids: Vec<String> = rows.texts("lead_id")?.into_iter().flatten().collect();
    let excluded = exclusions(facts, &config.tiers);
    let months = rows.dates("snapshot_as_of")?;
    let margins: Vec<f64> = bundle
        .model
        .margins(matrix.data())
        .into_iter()
        .map(f64::from)
        .collect();

    let segments = bundle.segments(|name| rows.values(name))?;
    let callable: Vec<usize> = (0..ids.len())
        .filter(|&row| excluded[row].is_none())
        .collect();
    let candidates: Vec<Candidate> = callable
        .iter()
        .map(|&row| Candidate {
            id: ids[row].clone(),
            margin: margins[row],
            probability: bundle.probability(segments.of(row), margins[row]),
            firm: facts[row].firm.clone(),
            leads_firm: facts[row].leads_firm,
            owner: facts[row].owner.clone(),
            rule: facts[row].rule,
            boosted: facts[row].boosted,
        })
        .collect();
    let plan = plan(&candidates, capacity, &config.tiers);
    let planned: BTreeMap<usize, _> = callable.into_iter().zip(&plan.leads).collect();

    let peers = bundle.peers()?;
    let teller = Reasons::new(&manifest.features, words.templates, &peers)?;
    let agreement = Agreement::of(bundle, &matrix)?;
    let shown = crm::facts(rows)?;
    let peer_rates = crm::peer_rates(bundle, &segments, ids.len())?;
    let mut shap = Vec::new();
    let mut leads = Vec::with_capacity(ids.len());
    for (row, lead_id) in ids.into_iter().enumerate() {
        let planned = planned.get(&row);
        let place = planned.map(|planned| planned.place);
        let age = months[row].map(|month| (day - month).num_days());
        let status = match age {
            None => Status::Fallback,
            Some(age) if age > config.freshness.max_age_days => Status::Stale,
            Some(_) => Status::Fresh,
        };
        let probability = |margin| bundle.probability(segments.of(row), margin);
        bundle.model.shap(matrix.row(row), &mut shap);
        let explained = teller.explain(&reasons::Facts {
            row: matrix.row(row),
            shap: &shap,
            base_margin: shap[manifest.features.len()],
            margin: margins[row],
            probability: &probability,
            vendor_age_days: age,
            agreement: &|idea| agreement.on(row, idea),
        });
        let told = |reasons: &[Reason]| -> Vec<String> {
            let told = reasons.iter().filter(|reason| reason.told);
            told.map(|reason| reason.text.clone()).collect()
        };
        let change = words
            .before
            .and_then(|before| before.of_lead(&lead_id, words.templates, &teller));
        leads.push(ScoredLead {
            lead_id,
            margin: margins[row],
            probability: probability(margins[row]),
            rank: place.map(|place| place.rank),
            percentile: place.map(|place| place.percentile),
            tier: planned.map(|planned| planned.tier),
            do_not_call: place.is_none_or(|place| place.do_not_call),
            excluded: excluded[row].clone(),
            drivers: told(&explained.drivers),
            caution: match &excluded[row] {
                Some(reason) => Some(reason.clone()),
                None => caution(told(&explained.cautions).into_iter().next(), status, age),
            },
            snapshot_as_of: months[row],
            status,
            assigned_to: planned.and_then(|planned| planned.assigned_to.clone()),
            rank_unboosted: planned.map(|planned| planned.rank_unboosted),
            tier_reason: match &excluded[row] {
                Some(reason) => Some(reason.clone()),
                None => planned.and_then(|planned| planned.reason.clone()),
            },
            signals: explained
                .drivers
                .iter()
                .filter(|reason| reason.told)
                .map(|reason| words.templates.signal(reason.signal).to_owned())
                .collect(),
            why: explained.narrative.short.clone(),
            narrative: explained.narrative.long.clone(),
            contributions: contributions(&explained)?,
            change,
            peer_rate: peer_rates[row],
            facts: shown.iter().map(|column| column[row]).collect(),
        });
    }
    Ok(Scored { leads, plan })
}

/// The strongest contributions as JSON, for audit: `[{"idea", "margin", "points"}]`.
fn contributions(explained: &Explained) -> Result<String> {
    let mut all = explained.contributions.clone();
    all.sort_by(|a, b| b.margin.abs().total_cmp(&a.margin.abs()));
    all.truncate(AUDITED);
    serde_json::to_string(&all).map_err(|source| Error::Json {
        what: "the contributions of a lead".into(),
        source,
    })
}

/// What a salesperson must know before anything else comes first.
fn caution(from_model: Option<String>, status: Status, age: Option<i64>) -> Option<String> {
    match (status, age) {
        (Status::Fallback, _) => {
            Some("No vendor record matched this lead: scored without advisor data".into())
        }
        (Status::Stale, Some(age)) => Some(format!("Vendor data is {age} days old")),
        _ => from_model,
    }
}

/// The report but for the call list.
fn summarise(
    project: &Project,
    bundle: &Bundle,
    day: NaiveDate,
    leads: &[ScoredLead],
    plan: Plan,
    capacity: Capacity,
) -> Result<ScoreReport> {
    let count = |letters: &mut BTreeMap<String, u64>, key: &str| {
        *letters.entry(key.to_string()).or_insert(0) += 1;
    };
    let (mut excluded, mut status) = (BTreeMap::new(), BTreeMap::new());
    for lead in leads {
        count(&mut status, lead.status.word());
        if let Some(reason) = &lead.excluded {
            count(&mut excluded, reason);
        }
    }
    let sum = |wanted: &dyn Fn(&&ScoredLead) -> bool| -> (u64, f64) {
        let chosen: Vec<&ScoredLead> = leads.iter().filter(wanted).collect();
        (
            chosen.len() as u64,
            chosen.iter().map(|lead| lead.probability).sum(),
        )
    };
    let tiers = [Tier::A, Tier::B, Tier::C]
        .map(|tier| {
            let (leads, expected_calls) = sum(&|lead| lead.tier == Some(tier));
            TierCount {
                tier: tier.letter().into(),
                leads,
                expected_calls,
            }
        })
        .to_vec();
    let (do_not_call, do_not_call_expected) = sum(&|lead| lead.rank.is_some() && lead.do_not_call);
    let ranked = call_list::ranked(leads.iter());
    let probabilities: Vec<f64> = ranked.iter().map(|(_, lead)| lead.probability).collect();
    let skipped = project.config().tiers.do_not_call_percent;
    Ok(ScoreReport {
        model_id: bundle.id.clone(),
        as_of: day,
        leads: leads.len() as u64,
        ranked: ranked.len() as u64,
        excluded,
        do_not_call,
        do_not_call_expected,
        status,
        frontier: frontier(bundle, &probabilities, capacity.daily, skipped)?,
        capacity,
        tiers,
        assignment: plan.assignment,
        over_firm_limit: plan.over_firm_limit,
        demoted: plan.demoted,
        boosted: plan.boosted,
        withheld: 0,
        call_list: PathBuf::new(),
        top: Vec::new(),
    })
}
