//! The one plain sentence that opens each section: what to read from the numbers below it.

use leadrank_evidence::Unit;
use leadrank_stats::{Estimate, proportion};

use crate::chart::{self, GainMark};
use crate::format::{Written as _, count, expected, fixed, percent, range, score, share};
use crate::run_page::RunPage;

/// Parts of the list that are called first and that the gain curve is read at.
const CALLED: [(f64, &str); 3] = [
    (0.1, "recall_at_10"),
    (0.2, "recall_at_20"),
    (0.5, "recall_at_50"),
];
/// The end of the list that is a candidate for not being called.
const SKIPPED: f64 = 0.2;
/// The budget that the sentence reads.
const HALF: &str = "best 50 %";
/// Confidence of intervals that the evaluation did not bring.
const CONFIDENCE: f64 = 0.95;

impl RunPage {
    /// A measure on the judged part; on the last part where none has that name.
    pub(crate) fn judged(&self, name: &str) -> Option<&Estimate> {
        let row = self.metrics.iter().find(|row| row.name == name)?;
        let judged = row.by_part.iter().find(|part| part.0 == self.judged_part);
        judged.or(row.by_part.last()).map(|part| &part.1)
    }

    /// The places of the gain curve that are named, with the evaluation's interval, or where it
    /// has none the Wilson interval over the positives.
    pub(crate) fn gain_marks(&self) -> Vec<GainMark> {
        let mark = |&(fraction, name): &(f64, &str)| {
            let captured = match self.judged(name) {
                Some(estimate) => *estimate,
                None => self.captured(chart::captured_at(&self.gain, fraction)?, fraction)?,
            };
            Some(GainMark { fraction, captured })
        };
        CALLED.iter().filter_map(mark).collect()
    }

    /// The end of the gain curve: its size and what lies in it.
    pub(crate) fn gain_skipped(&self) -> Option<GainMark> {
        let kept = (100.0 * (1.0 - SKIPPED)).round() as u32;
        if let Some(point) = self.captured.iter().find(|point| point.percent == kept) {
            return Some(GainMark {
                fraction: SKIPPED,
                captured: point.lost(),
            });
        }
        let reached = chart::captured_at(&self.gain, 1.0 - SKIPPED)?;
        let captured = self.captured(1.0 - reached, SKIPPED)?;
        Some(GainMark {
            fraction: SKIPPED,
            captured,
        })
    }

    /// A share of the judged part's positives with its Wilson interval.
    fn captured(&self, share: f64, chance: f64) -> Option<Estimate> {
        let (n, positives) = self.judged_size()?;
        let among = (share * positives as f64).round() as u64;
        let interval = proportion::wilson(among.min(positives), positives, CONFIDENCE);
        let (lo, hi) = (interval.lo.min(share), interval.hi.max(share));
        Some(Estimate {
            value: share,
            lo,
            hi,
            n,
            positives,
            chance: Some(chance),
        })
    }

    /// Rows and positives of the judged part.
    pub(crate) fn judged_size(&self) -> Option<(u64, u64)> {
        if let Some(estimate) = self.judged("auc_pr").or(self.judged("auc_roc")) {
            return Some((estimate.n, estimate.positives));
        }
        let part = self.split.iter().find(|row| row.part == self.judged_part);
        if let Some(row) = part {
            return Some((row.rows, row.positives));
        }
        let n: u64 = self.deciles.iter().map(|decile| decile.n).sum();
        let positives = self.deciles.iter().map(|decile| decile.positives).sum();
        (n > 0).then_some((n, positives))
    }

    /// `n = 9,861 leads, 378 scheduled calls`.
    pub(crate) fn size_words(&self) -> Option<String> {
        let (n, positives) = self.judged_size()?;
        let (rows, events) = (&self.words.rows, &self.words.events);
        Some(format!(
            "n\u{a0}=\u{a0}{} {rows}, {} {events}",
            count(n),
            count(positives)
        ))
    }
}

pub(crate) fn calls(page: &RunPage) -> Option<String> {
    let first = page.call_list.first()?;
    Some(format!(
        "These are the first {} of the list, best first. The percentage is the calibrated chance \
         of {}: {} for the first. Reasons say what the model saw; they are no proof of cause.",
        page.call_list.len(),
        page.words.event,
        percent(first.probability),
    ))
}

pub(crate) fn rivals(page: &RunPage) -> Option<String> {
    let with = |word: &str| -> Vec<&str> {
        let rows = page.rivals.iter().filter(|row| row.verdict == word);
        rows.map(crate::RivalRow::short_name).collect()
    };
    let mut parts = Vec::new();
    for (word, begins) in [
        ("better", "beaten by"),
        ("not to be told apart", "not to be told apart from"),
        ("worse", "better than"),
    ] {
        let names = with(word);
        if !names.is_empty() {
            parts.push(format!("{begins} {}", names.join(", ")));
        }
    }
    (!parts.is_empty()).then(|| format!("In AUC-PR the model is {}.", parts.join("; ")))
}

pub(crate) fn tiers(page: &RunPage) -> Option<String> {
    let first = page.tiers.as_ref()?.rows.first()?;
    Some(format!(
        "Tier {} holds {} {}, with {} {} to expect if all are called.",
        first.tier,
        count(first.leads),
        page.words.rows,
        expected(first.expected_calls),
        page.words.events,
    ))
}

pub(crate) fn budgets(page: &RunPage) -> Option<String> {
    let rows = &page.tiers.as_ref()?.budgets;
    let half = rows.iter().find(|row| row.label == HALF)?;
    let all = rows.last()?;
    Some(format!(
        "The better half of the list brings {} of the {} {} to expect from all of it.",
        expected(half.expected),
        expected(all.expected),
        page.words.events,
    ))
}

pub(crate) fn gain(page: &RunPage) -> Option<String> {
    let marks = page.gain_marks();
    let at_20 = marks.iter().find(|mark| mark.fraction == 0.2)?;
    let mut text = format!(
        "Calling the best {} first reaches {} of the {}; by chance {}.",
        percent(at_20.fraction),
        share(&at_20.captured),
        page.words.events,
        percent(at_20.fraction),
    );
    if let Some(last) = page.gain_skipped() {
        text.push_str(&format!(
            " The last {} hold {} of them.",
            percent(last.fraction),
            share(&last.captured)
        ));
    }
    Some(text)
}

pub(crate) fn deciles(page: &RunPage) -> Option<String> {
    let (best, worst) = (page.deciles.first()?, page.deciles.last()?);
    let base = best.rate.chance.map_or(String::new(), |base| {
        format!(", on average {}", percent(base))
    });
    Some(format!(
        "In the best tenth {} have {}{base}, in the worst tenth {}.",
        share(&best.rate),
        page.words.event,
        share(&worst.rate)
    ))
}

pub(crate) fn precision_recall(page: &RunPage) -> Option<String> {
    let estimate = page.judged("auc_pr")?;
    let against = match estimate.chance {
        Some(chance) if chance > 0.0 => format!(
            "; chance gives {}, so this is {} chance",
            score(chance),
            Unit::Times.format(estimate.value / chance)
        ),
        _ => String::new(),
    };
    Some(format!(
        "The area under the curve (AUC-PR) is {}{against}.",
        Unit::Score.with_interval(estimate)
    ))
}

pub(crate) fn metrics(page: &RunPage) -> Option<String> {
    let estimate = page.judged("auc_roc")?;
    Some(format!(
        "Given two of the {}, one with {} and one without, the model ranks the right one higher \
         in {} of cases; by chance in {}.",
        page.words.rows,
        page.words.event,
        share(estimate),
        percent(estimate.chance.unwrap_or(0.5))
    ))
}

pub(crate) fn criteria(page: &RunPage) -> Option<String> {
    let all = page.criteria.len();
    if all == 0 {
        return None;
    }
    let met = page
        .criteria
        .iter()
        .filter(|row| row.met == Some(true))
        .count();
    let open = page.criteria.iter().filter(|row| row.met.is_none()).count();
    let open = if open > 0 {
        format!("; {open} can't be judged on this data")
    } else {
        String::new()
    };
    Some(format!("{met} of {all} criteria are met{open}."))
}

pub(crate) fn reliability(page: &RunPage) -> Option<String> {
    if page.reliability.is_empty() {
        return None;
    }
    let agreeing = page
        .reliability
        .iter()
        .filter(|bin| chart::agrees(bin))
        .count();
    let mut text = format!(
        "In {agreeing} of {} groups the predicted rate lies within the interval of what happened",
        page.reliability.len()
    );
    if let Some(ratio) = page.judged("predicted_over_observed") {
        text.push_str(&format!(
            "; in total {} times as many {} were predicted as happened ({})",
            fixed(ratio.value, 2),
            page.words.events,
            range(ratio.lo, ratio.hi, 2),
        ));
    }
    text.push('.');
    Some(text)
}

pub(crate) fn drivers(page: &RunPage) -> Option<String> {
    let first = page.importance.first()?;
    Some(format!(
        "“{}” moves the score most: {} of all movement. What moves a score need not cause the \
         outcome.",
        first.label,
        percent(first.share)
    ))
}

pub(crate) fn beeswarm(page: &RunPage) -> Option<String> {
    page.beeswarm.first()?;
    Some(
        "Each point is one row: right of the line the feature raises its score, left it lowers it."
            .into(),
    )
}

pub(crate) fn intake(page: &RunPage) -> Option<String> {
    let intake = page.intake.as_ref()?;
    let rejected = match intake.rejected_cells {
        0 => "every cell could be read".to_string(),
        1 => "1 cell could not be read and counts as missing".to_string(),
        cells => format!(
            "{} cells could not be read and count as missing",
            count(cells)
        ),
    };
    let files = if intake.files == 1 { "file" } else { "files" };
    Some(format!(
        "{} {files} with {} rows were read; {rejected}.",
        count(intake.files),
        count(intake.rows)
    ))
}

pub(crate) fn labels(page: &RunPage) -> Option<String> {
    let rows = page.label_audit.as_ref().filter(|rows| !rows.is_empty())?;
    let total: u64 = rows
        .iter()
        .map(|row| row.count)
        .fold(0, u64::saturating_add);
    let positive = rows.iter().find(|row| row.name == "positive")?;
    Some(format!(
        "Of {} contacted {}, {} ({}) count as {}; every one is in exactly one group.",
        count(total),
        page.words.rows,
        count(positive.count),
        percent(positive.share),
        page.words.events
    ))
}

pub(crate) fn coverage(page: &RunPage) -> Option<String> {
    let coverage = page.coverage.as_ref()?;
    let matched = proportion::wilson(
        coverage.matched.min(coverage.leads),
        coverage.leads,
        CONFIDENCE,
    );
    let value = coverage.matched as f64 / coverage.leads as f64;
    Some(format!(
        "{} of {} {} ({}; 95 % interval {} %) found vendor data from before their contact.",
        count(coverage.matched),
        count(coverage.leads),
        page.words.rows,
        percent(value),
        range(100.0 * matched.lo, 100.0 * matched.hi, 1),
    ))
}

pub(crate) fn split(page: &RunPage) -> Option<String> {
    let judged = page
        .split
        .iter()
        .find(|row| row.part == page.judged_part)
        .or(page.split.last())?;
    let when = if judged.from.is_empty() || judged.to.is_empty() {
        String::new()
    } else {
        format!(" from {} to {}", judged.from, judged.to)
    };
    Some(format!(
        "The model is judged on {} {}{when} that took no part in training.",
        count(judged.rows),
        page.words.rows
    ))
}
