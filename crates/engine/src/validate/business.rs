//! What the ranking is worth, as far as records tell.

use std::collections::BTreeMap;

use leadrank_evidence::{Measured, Unit};
use leadrank_experiment::analysis::FIRST_DIAL;
use leadrank_experiment::monitor::Lift;
use leadrank_stats::Estimate;
use leadrank_stats::ranking::slice_size;
use leadrank_stats::ratio::{Ratio, ratio};
use leadrank_warehouse::Params;

use super::{Criterion, Target, found, missing};
use crate::bundle::Bundle;
use crate::error::Result;
use crate::experiment::{self, Kept};
use crate::model_rows::{ModelRows, Scored};
use crate::outcomes;
use crate::project::Project;
use crate::stages::rows::Rows;

const PART: &str = "business";
/// The best share that is compared with all.
const BEST: f64 = 0.10;
const NO_EXPERIMENT: &str =
    "only an experiment with leads drawn at random can show it, and none has ended yet";

pub(super) async fn criteria(
    project: &Project,
    bundle: &Bundle,
    of: &ModelRows,
) -> Result<Vec<Criterion>> {
    let test = of.test(bundle);
    let window = bundle.manifest.window_days;
    let leads = "LeadScoring.training_dataset";
    let dials = outcomes::dials(&of.session, leads, window).await?;
    let experiment = experiment::newest_result(project)?;
    let mut rows = vec![lift(experiment.as_ref())];
    rows.extend(per_dial(&test, of, dials.as_ref()));
    rows.push(pipeline(&test, of).await?);
    rows.push(adoption(of).await?);
    rows.push(first_touch(experiment.as_ref()));
    Ok(rows)
}

/// What the newest experiment that came to its end says of the lift.
fn lift(kept: Option<&Kept>) -> Criterion {
    let name = "lift in scheduled calls per 100 dials, treated against control";
    match kept.and_then(|kept| Some((kept, kept.analysis.primary?))) {
        Some((kept, lift)) => found(
            PART,
            name,
            Target::Above(0.5),
            Unit::Share,
            of_lift(kept, &lift),
            &format!(
                "The experiment that ended on {}: {}{}",
                kept.analysis.on,
                kept.decision.words(),
                if kept.departures.is_empty() {
                    "."
                } else {
                    "; it departed from its plan."
                }
            ),
        ),
        None => missing(PART, name, "above 50 %", NO_EXPERIMENT),
    }
}

/// Its guardrail on the time to the first dial.
fn first_touch(kept: Option<&Kept>) -> Criterion {
    let name = "longer time to first touch";
    let found_in = kept.and_then(|kept| {
        let touch = kept
            .analysis
            .secondary
            .iter()
            .find(|one| one.name == FIRST_DIAL)?;
        Some((kept, touch.lift?))
    });
    match found_in {
        Some((kept, lift)) => found(
            PART,
            name,
            Target::Below(0.1),
            Unit::Share,
            of_lift(kept, &lift),
            "Days from enrolment to the first dial, with scores against without.",
        ),
        None => missing(
            PART,
            name,
            "below 10 %",
            "needs an experiment that came to its end; none has",
        ),
    }
}

fn of_lift(kept: &Kept, lift: &Lift) -> Measured {
    Measured {
        value: lift.value,
        lo: Some(lift.interval.lo),
        hi: Some(lift.interval.hi),
        n: kept.analysis.leads.treatment + kept.analysis.leads.control,
        chance: Some(0.0),
    }
}

/// Scheduled calls per 100 dials in the best tenth of the test and in all of it.
fn per_dial(
    test: &Scored,
    of: &ModelRows,
    dials: Option<&BTreeMap<String, u64>>,
) -> Vec<Criterion> {
    let name = "scheduled calls per 100 dials, best tenth of the test";
    let Some(dials) = dials else {
        return vec![missing(
            PART,
            name,
            "above that of all",
            "no salesforce_task.csv: dials are not known; per 100 contacts stands above as the rate in the best 10 %",
        )];
    };
    let of_rows = |places: &[usize]| -> Option<Ratio> {
        let calls: Vec<f64> = places
            .iter()
            .map(|&at| f64::from(u8::from(test.labels[at])))
            .collect();
        let dialled: Vec<f64> = places
            .iter()
            .map(|&at| dials.get(&of.ids[test.rows[at]]).copied().unwrap_or(0) as f64)
            .collect();
        ratio(&calls, &dialled)
    };
    let mut order: Vec<usize> = (0..test.rows.len()).collect();
    order.sort_by(|&a, &b| {
        let by_margin = test.margins[b].total_cmp(&test.margins[a]);
        by_margin.then_with(|| of.ids[test.rows[a]].cmp(&of.ids[test.rows[b]]))
    });
    let size = slice_size(order.len() as u64, BEST) as usize;
    let (Some(all), Some(best)) = (of_rows(&order), of_rows(&order[..size])) else {
        return vec![missing(
            PART,
            name,
            "above that of all",
            "no dials to the test leads are on record",
        )];
    };
    let hundred = |found: Ratio, chance| Measured {
        value: 100.0 * found.value,
        lo: Some(100.0 * found.interval.lo),
        hi: Some(100.0 * found.interval.hi),
        n: found.n,
        chance,
    };
    vec![found(
        PART,
        name,
        Target::Above(100.0 * all.value),
        Unit::Score,
        hundred(best, Some(100.0 * all.value)),
        "Target: what all test leads gave. From records: who was dialled how often was not drawn at random, and dialling ends with a scheduled call.",
    )]
}

/// Value of the opportunities that the best tenth of the test led to.
async fn pipeline(test: &Scored, of: &ModelRows) -> Result<Criterion> {
    let name = "pipeline that the ranking added";
    let target = "above $2M";
    let Some(amounts) = outcomes::amounts(&of.session).await? else {
        let why = format!("no salesforce_opportunity.csv; and {NO_EXPERIMENT}");
        return Ok(missing(PART, name, target, why));
    };
    let mut order: Vec<usize> = (0..test.rows.len()).collect();
    order.sort_by(|&a, &b| test.margins[b].total_cmp(&test.margins[a]).then(a.cmp(&b)));
    let size = slice_size(order.len() as u64, BEST) as usize;
    let sum = |places: &[usize]| -> (f64, usize) {
        let found: Vec<f64> = places
            .iter()
            .filter_map(|&at| amounts.get(&of.ids[test.rows[at]]).copied())
            .collect();
        (found.iter().sum(), found.len())
    };
    let ((best, won), (all, of_all)) = (sum(&order[..size]), sum(&order));
    Ok(missing(
        PART,
        name,
        target,
        format!(
            "{NO_EXPERIMENT}. On record: the best tenth of the test led to {won} opportunities worth \
             ${:.2}M, of {of_all} worth ${:.2}M in all",
            best / 1e6,
            all / 1e6
        ),
    ))
}

/// Share of dials that went to leads of tier A or B on the day they were dialled.
async fn adoption(of: &ModelRows) -> Result<Criterion> {
    let name = "dials that follow the tiers";
    let target = Target::Above(0.75);
    let words = target.words(Unit::Share);
    let why = "no dials after the first scoring are on record: the team has not worked with the list yet, or salesforce_task.csv is older than it";
    let tables = ["SavvyGTMData.Task", "LeadScoring.lead_scores"];
    if !tables.iter().all(|table| of.session.has_table(table)) {
        return Ok(missing(PART, name, &words, why));
    }
    let query = "SELECT COUNT(*) AS n, SUM(CASE WHEN s.tier IN ('A', 'B') THEN 1 ELSE 0 END) AS own \
                 FROM SavvyGTMData.Task t JOIN LeadScoring.lead_scores s ON s.lead_id = t.WhoId \
                 AND DATE(t.CreatedDate) = DATE_ADD(s.as_of, INTERVAL 1 DAY) \
                 WHERE t.Type = 'Call' OR t.TaskSubtype = 'Call'";
    let rows = Rows::new(of.session.collect(query, &Params::default()).await?);
    let count = |column: &str| -> Result<u64> {
        let found = rows.integers(column)?.first().copied().flatten();
        Ok(found.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    };
    let (n, own) = (count("n")?, count("own")?);
    let rate: Option<Estimate> = leadrank_stats::proportion::estimate(own, n, 0.95);
    Ok(match rate {
        Some(rate) => found(
            PART,
            name,
            target,
            Unit::Share,
            rate,
            "Share of the dials of the day after a scoring that went to leads of tier A or B.",
        ),
        None => missing(PART, name, &words, why),
    })
}
