//! What each of the brief's strategies against imbalance does to the training rows.

use leadrank_evidence::{Cell, Finding, Picture, Section, Severity, Table};

use crate::checks::part::Part;
use crate::words;

/// Synthetic rows above which the brief calls a set over-sampled, and below which
/// under-sampled (domain.md, "Validation gates and thresholds").
const OVER: f64 = 10_000.0;
const UNDER: f64 = 1_000.0;
/// Weight above which the brief calls it extreme.
const EXTREME: f64 = 8.0;

/// One way of treating the rarer class.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Treatment {
    Nothing,
    /// Synthetic positives until there are this many for each negative, each between a
    /// positive and one of its nearest positives.
    Smote {
        ratio: f64,
        neighbours: u64,
    },
    /// Each positive counts as the ratio of classes does, at most as much as this.
    Weight {
        most: f64,
    },
}

/// The eight strategies of the brief, with the weights' uncapped ratio, and nothing beside them.
const STRATEGIES: [(&str, Treatment); 10] = [
    ("none", Treatment::Nothing),
    (
        "SMOTE 1 : 1, k = 5",
        Treatment::Smote {
            ratio: 1.0,
            neighbours: 5,
        },
    ),
    (
        "SMOTE 0.1, k = 5",
        Treatment::Smote {
            ratio: 0.1,
            neighbours: 5,
        },
    ),
    (
        "SMOTE 0.05, k = 5",
        Treatment::Smote {
            ratio: 0.05,
            neighbours: 5,
        },
    ),
    (
        "SMOTE 1 : 1, k = 3",
        Treatment::Smote {
            ratio: 1.0,
            neighbours: 3,
        },
    ),
    (
        "weight: ratio, at most 10",
        Treatment::Weight { most: 10.0 },
    ),
    ("weight 3", Treatment::Weight { most: 3.0 }),
    ("weight 5", Treatment::Weight { most: 5.0 }),
    ("weight 8", Treatment::Weight { most: 8.0 }),
    (
        "weight: whole ratio",
        Treatment::Weight {
            most: f64::INFINITY,
        },
    ),
];

/// What a treatment comes to.
#[derive(Debug, Clone, PartialEq)]
struct Effect {
    name: &'static str,
    synthetic: u64,
    /// How much a true positive counts, with its synthetic ones.
    weight: f64,
    status: &'static str,
}

impl Effect {
    fn of(name: &'static str, treatment: Treatment, positives: u64, negatives: u64) -> Self {
        let (p, n) = (positives as f64, negatives as f64);
        let mut effect = Effect {
            name,
            synthetic: 0,
            weight: 1.0,
            status: "as it is",
        };
        match treatment {
            Treatment::Nothing => {}
            Treatment::Smote { neighbours, .. } if positives <= neighbours => {
                effect.status = "too few positives for that many neighbours";
            }
            Treatment::Smote { ratio, .. } if p >= ratio * n => {
                effect.status = "no effect: there are more positives already";
            }
            Treatment::Smote { ratio, .. } => {
                let synthetic = (ratio * n - p).floor();
                effect.synthetic = synthetic as u64;
                effect.weight = (p + synthetic) / p;
                effect.status = if synthetic > OVER {
                    "over-sampled"
                } else if synthetic < UNDER {
                    "under-sampled"
                } else {
                    "within limits"
                };
            }
            Treatment::Weight { .. } if positives == 0 => {
                effect.status = "no positives to weigh";
            }
            Treatment::Weight { most } => {
                effect.weight = most.min(n / p);
                effect.status = if effect.weight > EXTREME {
                    "extreme"
                } else {
                    "within limits"
                };
            }
        }
        effect
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
    let effects: Vec<Effect> = STRATEGIES
        .iter()
        .map(|(name, treatment)| Effect::of(name, *treatment, positives, negatives))
        .collect();
    let rows = positives + negatives;
    let base = positives as f64 / rows.max(1) as f64;
    let mut table = Table::new(
        format!("Strategies on {rows} training leads, {positives} of them positive"),
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
            effect.name.into(),
            effect.synthetic.into(),
            Cell::Share { share },
            Cell::number((effect.weight * 1000.0).round() / 1000.0),
            (effect.effective_rows(positives, negatives).round() as u64).into(),
            effect.status.into(),
        ]);
        bars.push((effect.name.to_owned(), share, words::percent(share)));
    }
    let mut part = Part::default();
    part.sections.push(
        Section::new("What each strategy does to the training leads")
            .say("None of them adds knowledge: the number of true positives stays. They make positives count more, and probabilities read too high by as much, until calibration repairs it.")
            .say("A synthetic row counts as weight on the true ones it is made from; so SMOTE and weights stand side by side.")
            .draw(Picture::Bars {
                title: "Positives among the training rows after each strategy".into(),
                bars,
            })
            .table(table),
    );
    let named = |status: &str| -> Vec<&str> {
        let with = effects.iter().filter(|effect| effect.status == status);
        with.map(|effect| effect.name).collect()
    };
    let mut finding = Finding::new(
        "imbalance.strategies",
        Severity::Note,
        format!(
            "{} of the brief's 8 strategies stay within its own limits on these {rows} training leads",
            // The last one is not of the brief.
            effects[..effects.len() - 1].iter().filter(|effect| effect.status == "within limits").count()
        ),
    )
    .rows(positives, rows);
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
        .map(|effect| effect.name)
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

    fn effect(treatment: Treatment) -> Effect {
        Effect::of("", treatment, 1000, 25_000)
    }

    #[test]
    fn counts_of_smote_are_those_of_the_ratio_asked_for() {
        let even = effect(Treatment::Smote {
            ratio: 1.0,
            neighbours: 5,
        });
        assert_eq!((even.synthetic, even.status), (24_000, "over-sampled"));
        assert_eq!(even.weight, 25.0);
        assert_eq!(even.share(1000, 25_000), 0.5);
        let tenth = effect(Treatment::Smote {
            ratio: 0.1,
            neighbours: 5,
        });
        assert_eq!((tenth.synthetic, tenth.status), (1500, "within limits"));
        let twentieth = effect(Treatment::Smote {
            ratio: 0.05,
            neighbours: 5,
        });
        assert_eq!(
            (twentieth.synthetic, twentieth.status),
            (250, "under-sampled")
        );
        let none = effect(Treatment::Smote {
            ratio: 0.03,
            neighbours: 5,
        });
        assert_eq!((none.synthetic, none.weight), (0, 1.0));
        let few = Effect::of(
            "",
            Treatment::Smote {
                ratio: 1.0,
                neighbours: 5,
            },
            5,
            100,
        );
        assert_eq!(
            (few.synthetic, few.status),
            (0, "too few positives for that many neighbours")
        );
    }

    #[test]
    fn weights_are_capped_and_cost_effective_rows() {
        let capped = effect(Treatment::Weight { most: 10.0 });
        assert_eq!((capped.weight, capped.status), (10.0, "extreme"));
        let whole = effect(Treatment::Weight {
            most: f64::INFINITY,
        });
        assert_eq!(whole.weight, 25.0);
        assert_eq!(
            effect(Treatment::Weight { most: 8.0 }).status,
            "within limits"
        );
        let none = effect(Treatment::Nothing);
        assert_eq!(none.effective_rows(1000, 25_000), 26_000.0);
        // (25 + 25)^2 / (625 + 25) thousands.
        assert!((whole.effective_rows(1000, 25_000) - 2_500_000.0 / 650.0).abs() < 1e-9);
        assert_eq!(
            Effect::of("", Treatment::Weight { most: 3.0 }, 0, 9).weight,
            1.0
        );
    }

    #[test]
    fn the_brief_has_eight_strategies_and_each_is_said() {
        let part = judge(850, 23_000);
        assert_eq!(part.sections[0].tables[0].rows.len(), STRATEGIES.len());
        let said = part.findings[0].evidence.join(" ");
        assert!(
            said.contains("over-sampled: SMOTE 1 : 1, k = 5 and SMOTE 1 : 1, k = 3"),
            "{said}"
        );
        assert!(part.findings[0].headline.starts_with("4 of the brief's 8"));
    }
}
