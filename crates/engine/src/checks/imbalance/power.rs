//! How large a difference between strategies must be to be more than noise.

use leadrank_evidence::{Cell, Finding, Section, Severity, Table};
use leadrank_stats::power::detectable_mean_difference;

use super::parts::Stretch;
use super::spread::Spread;
use crate::checks::part::Part;
use crate::words;

/// The area under the ROC curve that honest models reach: the middle of .58 to .67
/// (domain.md, "Validation gates and thresholds").
const ROC: f64 = 0.63;
/// Correlation of the scores of two models trained on the same leads with another strategy:
/// assumed, from loosely to closely alike.
const CORRELATIONS: [f64; 3] = [0.80, 0.90, 0.95];
/// The one that sentences use.
const USUAL: usize = 1;
/// The brief's threshold for a difference between strategies.
const BRIEF: f64 = 0.02;
const ALPHA: f64 = 0.05;
const POWER: f64 = 0.8;

/// What can be told apart in one place.
struct Place {
    name: String,
    leads: u64,
    positives: u64,
    area: f64,
    /// Standard deviation of the area.
    deviation: f64,
    /// Smallest difference that is seen, for each of [`CORRELATIONS`].
    seen: Vec<Option<f64>>,
    /// The difference below which luck is as good an explanation, at the usual correlation.
    noise: f64,
}

impl Place {
    /// The mean over stretches that have no lead in common; none without positives.
    fn of(name: String, stretches: &[&Stretch]) -> Option<Self> {
        let count = stretches.len() as f64;
        let (mut area, mut variance) = (0.0, 0.0);
        let mut of_gaps = [0.0; CORRELATIONS.len()];
        for stretch in stretches {
            let rate = stretch.positives as f64 / stretch.leads.max(1) as f64;
            let spread = Spread::new(rate, ROC)?;
            area += spread.area / count;
            variance += (spread.deviation(stretch.leads) / count).powi(2);
            for (sum, correlation) in of_gaps.iter_mut().zip(CORRELATIONS) {
                let gap = spread.deviation_of_difference(stretch.leads, correlation);
                *sum += (gap / count).powi(2);
            }
        }
        let half = leadrank_stats::normal::quantile(1.0 - ALPHA / 2.0)?;
        Some(Place {
            name,
            leads: stretches.iter().map(|stretch| stretch.leads).sum(),
            positives: stretches.iter().map(|stretch| stretch.positives).sum(),
            area,
            deviation: variance.sqrt(),
            seen: of_gaps
                .iter()
                .map(|gap| detectable_mean_difference(gap.sqrt(), 1, ALPHA, POWER))
                .collect(),
            noise: half * of_gaps[USUAL].sqrt(),
        })
    }

    fn usual(&self) -> Option<f64> {
        self.seen[USUAL]
    }
}

/// Says what the parts and folds can tell apart.
pub(super) fn judge(parts: &[Stretch], blocks: &[Stretch]) -> Part {
    let mut places = Vec::new();
    if let Some(test) = parts.last() {
        places.extend(Place::of(test.name.clone(), &[test]));
    }
    for block in blocks {
        places.extend(Place::of(block.name.clone(), &[block]));
    }
    let all: Vec<&Stretch> = blocks.iter().collect();
    let folds = (!all.is_empty())
        .then(|| Place::of(format!("mean of {} blocks", all.len()), &all))
        .flatten();
    let mut part = Part::default();
    part.findings.push(finding(places.first(), folds.as_ref()));
    places.extend(folds);
    part.sections.push(section(&places));
    part
}

fn finding(test: Option<&Place>, folds: Option<&Place>) -> Finding {
    let said = |place: &Place| Some((place.usual()?, place.noise));
    let Some((best, (seen, noise))) = folds.or(test).and_then(|best| Some((best, said(best)?)))
    else {
        return Finding::new(
            "imbalance.power",
            Severity::Note,
            "too few positives to say how far strategies could be told apart",
        );
    };
    let verdict = if seen <= BRIEF {
        "would be seen"
    } else if noise < BRIEF {
        "may be missed"
    } else {
        "is noise here"
    };
    let mut finding = Finding::new(
        "imbalance.power",
        Severity::Note,
        format!(
            "differences in AUC-PR below {noise:.4} between strategies are noise here, on the {}; the brief's {BRIEF} {verdict}",
            best.name
        ),
    )
    .because(format!(
        "Seen with a probability of {:.0} %: differences from {seen:.4} on, where an honest AUC-PR is about {:.3} (chance level {:.3}); {} positives among {} leads.",
        100.0 * POWER,
        best.area,
        best.positives as f64 / best.leads.max(1) as f64,
        words::count(best.positives),
        words::count(best.leads)
    ));
    if let (Some(test), Some(_)) = (test, folds)
        && let Some((seen, noise)) = said(test)
    {
        finding = finding.because(format!(
            "On the {} alone ({} positives) differences below {noise:.4} are noise, and from {seen:.4} on they are seen.",
            test.name, test.positives
        ));
    }
    finding
        .because(format!(
            "Assumed: the scores of two strategies correlate by {:.2} among positives and among negatives, and AUC is {ROC}.",
            CORRELATIONS[USUAL]
        ))
        .because(format!(
            "The brief's {BRIEF} is {:.0} % of such an AUC-PR: strategies that only change weights rarely differ by as much.",
            100.0 * BRIEF / best.area
        ))
        .rows(best.positives, best.leads).things("leads")
}

fn section(places: &[Place]) -> Section {
    let heads: Vec<String> = CORRELATIONS
        .iter()
        .map(|correlation| format!("#seen at correlation {correlation:.2}"))
        .collect();
    let mut columns = vec![
        "measured on",
        "#leads",
        "#positives",
        "#honest AUC-PR",
        "#its standard deviation",
        "#noise below",
    ];
    columns.extend(heads.iter().map(String::as_str));
    columns.push("the brief's 0.02");
    let mut table = Table::new("Smallest difference in AUC-PR that is more than noise", &columns)
        .note(format!(
            "Two-sided test at {ALPHA}, seen with a probability of {POWER}; noise below: 1.96 standard deviations of the difference at correlation {:.2}.",
            CORRELATIONS[USUAL]
        ));
    let rounded = |value: f64| Cell::number((value * 1e4).round() / 1e4);
    for place in places {
        let mut row = vec![
            place.name.as_str().into(),
            place.leads.into(),
            place.positives.into(),
            rounded(place.area),
            rounded(place.deviation),
            rounded(place.noise),
        ];
        row.extend(
            place
                .seen
                .iter()
                .map(|seen| seen.map_or(Cell::Nothing, rounded)),
        );
        row.push(match place.usual() {
            Some(seen) if seen <= BRIEF => "is seen".into(),
            Some(_) if place.noise < BRIEF => "may be missed".into(),
            Some(_) => "is noise".into(),
            None => Cell::Nothing,
        });
        table.row(row);
    }
    Section::new("How far strategies can be told apart")
        .say(format!(
            "Before strategies are compared: how large must a difference be? Computed without a model, from the influence of single leads on AUC-PR at the observed share of positives and with what few positives add, with normal scores and an AUC of {ROC}, the middle of what honest models reach. Two strategies are judged on the same leads and rank them alike; how alike is assumed, so three correlations of their scores are shown."
        ))
        .table(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(leads: u64, positives: u64) -> Stretch {
        Stretch::counted("test part", leads, positives)
    }

    #[test]
    fn more_leads_and_closer_scores_tell_smaller_differences() {
        let few = Place::of("few".into(), &[&stretch(2000, 70)]).unwrap();
        let many = Place::of("many".into(), &[&stretch(8000, 280)]).unwrap();
        assert!((few.deviation / many.deviation - 2.0).abs() < 0.2);
        let seen: Vec<f64> = many.seen.iter().flatten().copied().collect();
        assert!(seen[0] > seen[1] && seen[1] > seen[2]);
        let quarter = stretch(2000, 70);
        let four = [&quarter; 4];
        let mean = Place::of("mean".into(), &four).unwrap();
        // Each of four small parts has the noise of its few positives.
        assert!(mean.noise > many.noise && mean.noise < few.noise);
        assert!(Place::of("none".into(), &[&stretch(100, 0)]).is_none());
    }

    #[test]
    fn nothing_to_judge_by_is_said() {
        let part = judge(&[stretch(50, 0)], &[]);
        assert!(part.findings[0].headline.contains("too few positives"));
        assert!(part.sections[0].tables[0].rows.is_empty());
    }
}
