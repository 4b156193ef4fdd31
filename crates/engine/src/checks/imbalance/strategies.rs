//! What each of the brief's strategies against imbalance does to the training rows.

use leadrank_evidence::{BarScale, Cell, Finding, Mark, Picture, Section, Severity, Table};
use leadrank_learn::imbalance::Strategy;

use crate::checks::part::Part;
use crate::words;

/// Synthetic rows above which the brief calls a set over-sampled, and below which
/// under-sampled (domain.md, "Validation gates and thresholds").
const OVER: f64 = 10_000.0;
const UNDER: f64 = 1_000.0;
/// Weight above which the brief calls it extreme.
const EXTREME: f64 = 8.0;

/// What a strategy comes to.
#[derive(Debug, Clone, PartialEq)]
struct Effect {
    name: String,
    synthetic: u64,
    /// How much a true positive counts, with its synthetic ones.
    weight: f64,
    status: &'static str,
}

impl Effect {
    fn of(strategy: &Strategy, positives: u64, negatives: u64) -> Self {
        let found = strategy.effect(positives, negatives);
        let status = match strategy {
            Strategy::None => "as it is",
            Strategy::Smote { neighbours, .. } if positives <= u64::from(*neighbours) => {
                "too few positives for that many neighbours"
            }
            Strategy::Smote { .. } if found.synthetic == 0 => {
                "no effect: there are more positives already"
            }
            Strategy::Smote { .. } if found.synthetic as f64 > OVER => "over-sampled",
            Strategy::Smote { .. } if (found.synthetic as f64) < UNDER => "under-sampled",
            Strategy::Weight { .. } | Strategy::RatioWeight { .. } if positives == 0 => {
                "no positives to weigh"
            }
            Strategy::Weight { .. } | Strategy::RatioWeight { .. }
                if found.effective_weight > EXTREME =>
            {
                "extreme"
            }
            _ => "within limits",
        };
        Effect {
            name: strategy.name(),
            synthetic: found.synthetic,
            weight: found.effective_weight,
            status,
        }
    }

    /// Share of positives, by weight.
    fn share(&self, positives: u64, negatives: u64) -> f64 {
        let weighed = self.weight * positives as f64;
        weighed / (weighed + negatives as f64)
    }

    /// Rows of equal weight that would say as much (L. Kish, "Survey Sampling" (1965), 11.7).
    /// Synthetic rows are no new ones: they add weight to the true ones they lie between.
    fn effective_rows(&self, positives: u64, negatives: u64) -> f64 {
        let (p, n) = (positives as f64, negatives as f64);
        let sum = self.weight * p + n;
        sum * sum / (self.weight * self.weight * p + n)
    }
}

/// Table, picture and findings for training rows of these counts.
pub(super) fn judge(positives: u64, negatives: u64) -> Part {
    let effects: Vec<Effect> = Strategy::all()
        .iter()
        .map(|strategy| Effect::of(strategy, positives, negatives))
        .collect();
    let rows = positives + negatives;
    let base = positives as f64 / rows.max(1) as f64;
    let mut table = Table::new(
        format!(
            "Strategies on {} training leads, {} of them positive",
            words::count(rows),
            words::count(positives)
        ),
        &[
            "strategy",
            "#synthetic rows",
            "#positives after",
            "#weight of a true positive",
            "#rows that say as much",
            "status",
        ],
    )
    .note(format!(
        "Status by the brief: more than {OVER:.0} synthetic rows over-sampled, fewer than {UNDER:.0} under-sampled, a weight above {EXTREME:.0} extreme. SMOTE with k neighbours; its rows come from training rows only. It is never combined with a weight, which would count positives twice. Rows that say as much: Kish's effective sample size."
    ));
    let mut bars = Vec::new();
    for effect in &effects {
        let share = effect.share(positives, negatives);
        table.row(vec![
            effect.name.clone().into(),
            effect.synthetic.into(),
            Cell::Share { share },
            Cell::number((effect.weight * 1000.0).round() / 1000.0),
            (effect.effective_rows(positives, negatives).round() as u64).into(),
            effect.status.into(),
        ]);
        bars.push((effect.name.clone(), share, words::percent(share)));
    }
    let mut part = Part::default();
    part.sections.push(
        Section::new("What each strategy does to the training leads")
            .say("None of them adds knowledge: the number of true positives stays. They make positives count more, and probabilities read too high by as much, until calibration repairs it.")
            .say("A synthetic row counts as weight on the true ones it is made from; so SMOTE and weights stand side by side.")
            .draw(Picture::Bars {
                title: "Positives among the training rows after each strategy".into(),
                bars,
                scale: Some(BarScale {
                    from: 0.0,
                    to: 1.0,
                    marks: vec![Mark {
                        at: 0.5,
                        text: "as many as negatives".into(),
                    }],
                }),
            })
            .table(table),
    );
    let named = |status: &str| -> Vec<&str> {
        let with = effects.iter().filter(|effect| effect.status == status);
        with.map(|effect| effect.name.as_str()).collect()
    };
    let mut finding = Finding::new(
        "imbalance.strategies",
        Severity::Note,
        format!(
            "{} of the brief's 8 strategies stay within its own limits on these {} training leads",
            // The last one is not of the brief.
            effects[..effects.len() - 1]
                .iter()
                .filter(|effect| effect.status == "within limits")
                .count(),
            words::count(rows)
        ),
    )
    .rows(positives, rows)
    .things("leads");
    for status in ["over-sampled", "under-sampled", "extreme"] {
        let names = named(status);
        if !names.is_empty() {
            finding = finding.because(format!(
                "By the brief's limits {status}: {}.",
                words::list(&names)
            ));
        }
    }
    let idle: Vec<&str> = effects
        .iter()
        .filter(|effect| {
            effect.status.starts_with("no effect") || effect.status.starts_with("too few")
        })
        .map(|effect| effect.name.as_str())
        .collect();
    if !idle.is_empty() {
        finding = finding.because(format!("Without effect here: {}.", words::list(&idle)));
    }
    part.findings.push(finding.because(format!(
        "The share of positives is {} before any of them.",
        words::percent(base)
    )));
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(strategy: Strategy) -> Effect {
        Effect::of(&strategy, 1000, 25_000)
    }

    fn smote(ratio: f64) -> Strategy {
        Strategy::Smote {
            ratio,
            neighbours: 5,
        }
    }

    #[test]
    fn synthetic_rows_are_held_against_the_briefs_limits() {
        let even = effect(smote(1.0));
        assert_eq!((even.synthetic, even.status), (24_000, "over-sampled"));
        assert_eq!(even.weight, 25.0);
        assert_eq!(even.share(1000, 25_000), 0.5);
        assert_eq!(effect(smote(0.1)).status, "within limits");
        assert_eq!(effect(smote(0.05)).status, "under-sampled");
        let none = effect(smote(0.03));
        assert_eq!((none.synthetic, none.weight), (0, 1.0));
        assert!(none.status.starts_with("no effect"));
        let few = Effect::of(&smote(1.0), 5, 100);
        assert_eq!(few.status, "too few positives for that many neighbours");
    }

    #[test]
    fn weights_cost_effective_rows() {
        let capped = effect(Strategy::RatioWeight {
            at_most: Some(10.0),
        });
        assert_eq!((capped.weight, capped.status), (10.0, "extreme"));
        let whole = effect(Strategy::RatioWeight { at_most: None });
        assert_eq!(whole.weight, 25.0);
        assert_eq!(
            effect(Strategy::Weight { times: 8.0 }).status,
            "within limits"
        );
        let none = effect(Strategy::None);
        assert_eq!(none.effective_rows(1000, 25_000), 26_000.0);
        // (25 + 25)^2 / (625 + 25) thousands.
        assert!((whole.effective_rows(1000, 25_000) - 2_500_000.0 / 650.0).abs() < 1e-9);
        assert_eq!(
            Effect::of(&Strategy::Weight { times: 3.0 }, 0, 9).weight,
            1.0
        );
    }

    #[test]
    fn the_brief_has_eight_strategies_and_each_is_said() {
        let part = judge(850, 23_000);
        assert_eq!(part.sections[0].tables[0].rows.len(), Strategy::all().len());
        let said = part.findings[0].evidence.join(" ");
        assert!(
            said.contains("over-sampled: SMOTE 1 : 1, k = 5 and SMOTE 1 : 1, k = 3"),
            "{said}"
        );
        assert!(part.findings[0].headline.starts_with("4 of the brief's 8"));
    }
}
