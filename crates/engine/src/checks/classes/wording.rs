//! Where the brief's wording does not fit the data it was written from, and what this
//! project's data says (domain.md, "Contradictions and traps").

use leadrank_evidence::{Finding, Section, Severity, Table};
use leadrank_stats::{Estimate, proportion};

use super::headline::Headline;
use super::outcomes::{BRIEF_WINDOW, Tally, ratio};
use super::segments::Segments;
use super::timing::Timing;
use crate::checks::Input;
use crate::checks::part::Part;
use crate::error::Result;
use crate::words;

/// Rows and advisers of the newest vendor month.
struct Vendor {
    month: String,
    rows: i64,
    advisers: i64,
    most: i64,
}

pub(super) async fn judge(
    input: &Input<'_>,
    headline: &Headline,
    timing: &Timing,
    segments: &Segments,
) -> Result<Part> {
    let vendor = vendor(input).await?;
    let mut table = Table::new(
        "The brief's words beside this data",
        &["the brief says", "this data says", "why they differ"],
    );
    let mut put = |says: &str, data: String, why: &str| {
        table.row(vec![says.into(), data.into(), why.into()]);
    };
    put(
        "90.1 % of conversions come within 30 days",
        early_words(timing),
        "1,902 of 2,111 counts the calls before the contact as early ones; of those from the contact on, the brief's own data has 88.0 %",
    );
    put(
        "3.97 % and 24.18 : 1 are those of the 30-day label",
        rate_words(headline),
        "both belong to the label with a call on any day, of leads with vendor data (1,612 of 40,595)",
    );
    if let Some(vendor) = &vendor {
        put(
            "462,825 advisers, deduplicated from 477,901 rows",
            format!(
                "{}: {} rows, {} advisers, one of them in {} rows",
                vendor.month, vendor.rows, vendor.advisers, vendor.most
            ),
            "the table holds all rows, and an adviser of several firms or territories has several; a join on it multiplies leads, so rows are reduced to one an adviser first",
        );
    }
    let days = &segments.weekdays.groups;
    let sum = |places: std::ops::Range<usize>| {
        let some = days[places].iter().map(|(_, tally)| *tally);
        some.fold(Tally::default(), Tally::plus)
    };
    let (weekday, saturday) = (sum(0..5), sum(5..6));
    put(
        "Saturday converts 2.2 times as well as weekdays",
        premium(saturday.ever_rate(), weekday.ever_rate()),
        "by the brief's own counts 8.72 % (17 of 195, 5.5 to 13.5 %) is 2.0 times 4.30 %; few calls, other lead sources, and the day is chosen by who calls: no reason to call on Saturdays",
    );
    let tiers = &segments.aum.groups;
    let all = headline.all;
    put(
        "firms under $100M convert 71 % better",
        format!(
            "against over $500M {}; against all leads {}",
            premium(tiers[0].1.ever_rate(), tiers[2].1.ever_rate()),
            premium(tiers[0].1.ever_rate(), all.ever_rate())
        ),
        "71 % is against the largest firms; against the average it is 42 %",
    );
    put(
        "80.3 % of leads are at firms over $500M",
        share(
            tiers[2].1.leads,
            headline.matched.leads,
            "of leads with vendor data",
        ),
        "by the brief's own counts it is 82.3 % (36,722 of 44,601)",
    );
    put(
        "49.2 % of contacts are on Tuesday and Wednesday",
        share(sum(1..3).leads, all.leads, "of contacts"),
        "by the brief's own counts it is 51.3 % (25,072 of 48,868)",
    );
    let mut part = Part::default();
    let rows = table.rows.len();
    let mut section = Section::new("Where the brief's words differ from the data").say(
        "Every number on the left is from the brief; the middle is this project's data, counted the way the words mean it.",
    );
    if let Some(words) = weekend_words(segments) {
        section = section.say(words);
    }
    part.sections.push(section.table(table));
    part.findings.push(
        Finding::new(
            "classes.wording",
            Severity::Note,
            format!("{rows} statements of the brief mean something else than they say"),
        )
        .because("Calls before the contact counted as early, the all-time label taken for the 30-day one, rows taken for advisers, a weekend premium of few calls.")
        .because("Each stands beside this project's number in the report."),
    );
    Ok(part)
}

fn early_words(timing: &Timing) -> String {
    let early = timing.within(BRIEF_WINDOW);
    let with_negative = early.and_then(|early| {
        let calls = early.positives + timing.negative();
        proportion::estimate(calls, timing.known(), 0.95)
    });
    match (early, with_negative) {
        (Some(early), Some(all)) => format!(
            "{} of calls from the contact on; {} with those before it",
            words::rate(&early),
            words::percent(all.value)
        ),
        _ => "no calls".into(),
    }
}

fn rate_words(headline: &Headline) -> String {
    let said = |rate: Option<Estimate>| {
        let rate = rate?;
        let ratio = ratio(&rate)?;
        Some(format!(
            "{} and {:.2} : 1",
            words::percent(rate.value),
            ratio.value
        ))
    };
    match (
        said(headline.ever_of_matched.rate()),
        said(headline.early_of_matured.rate()),
        said(headline.ours.rate()),
    ) {
        (Some(ever), Some(query), Some(ours)) => format!(
            "{ever} for the all-time label with vendor data; {query} for the brief's 30-day query; {ours} for ours"
        ),
        _ => "no calls".into(),
    }
}

/// One rate as a multiple of another, with the interval of the first.
fn premium(one: Option<Estimate>, other: Option<Estimate>) -> String {
    match (one, other) {
        (Some(one), Some(other)) if other.value > 0.0 => format!(
            "{:.2} times: {} against {}",
            one.value / other.value,
            words::rate(&one),
            words::percent(other.value)
        ),
        _ => "too few leads".into(),
    }
}

fn share(part: u64, of: u64, what: &str) -> String {
    match proportion::estimate(part, of, 0.95) {
        Some(share) => format!("{:.1} % {what} (n = {of})", 100.0 * share.value),
        None => "no leads".into(),
    }
}

fn weekend_words(segments: &Segments) -> Option<String> {
    let weekend = segments.weekend()?;
    let odds = weekend.within_sources?;
    let verdict = if odds.lo > 1.0 || odds.hi < 1.0 {
        "a difference, and yet no advice"
    } else {
        "no difference that luck does not give"
    };
    Some(format!(
        "Weekend against weekday contacts, among leads of the same source: odds of a call {:.2} times as high (95 % interval {:.2} to {:.2}, chance 1; {}; {} weekend contacts): {verdict}. The day of contact is chosen by who calls, so the two features of the day stay out of the ranking.",
        odds.value,
        odds.lo,
        odds.hi,
        words::chance(weekend.p_value),
        weekend.contacts
    ))
}

async fn vendor(input: &Input<'_>) -> Result<Option<Vendor>> {
    let Some(month) = input.options.absent_firm_columns.keys().next_back() else {
        return Ok(None);
    };
    let rows = input
        .rows(&format!(
            "SELECT COALESCE(SUM(found), 0) AS reps, COUNT(*) AS advisers, COALESCE(MAX(found), 0) AS most FROM (\
             SELECT RepCRD, COUNT(*) AS found FROM LeadScoring.discovery_reps_current \
             WHERE snapshot_as_of = DATE '{month}' GROUP BY RepCRD)"
        ))
        .await?;
    let first = |name: &str| -> Result<i64> {
        Ok(rows
            .integers(name)?
            .into_iter()
            .flatten()
            .next()
            .unwrap_or(0))
    };
    Ok(Some(Vendor {
        month: month.format("%Y-%m").to_string(),
        rows: first("reps")?,
        advisers: first("advisers")?,
        most: first("most")?,
    }))
}
