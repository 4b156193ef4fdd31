//! Gates on a trained model: the brief's checkpoint "Model Performance Validation", with the
//! realistic ladder of domain.md ("Validation gates and thresholds") that decides and the
//! brief's own thresholds beside it.

use leadrank_evidence::{Brief, Gate, Measured, Unit, Verdict};
use leadrank_learn::baselines::Kind;
use leadrank_stats::Estimate;
use leadrank_stats::paired::Metric;
use leadrank_stats::sample;

use super::Thresholds;
use crate::training::ModelReport;

/// Positives of the test below which nothing is judged: an interval of the lift then spans
/// everything.
const FEWEST_POSITIVES: u64 = 50;

/// Base rate above which rows are not contacted leads, so that what is plausible for those
/// says nothing.
const LEADS_BASE_RATE: f64 = 0.08;

/// The brief's threshold for AUC-PR.
const BRIEF_AUC_PR: f64 = 0.35;

/// The brief's threshold for the rate in the best tenth.
const BRIEF_PRECISION: f64 = 0.15;

/// The brief's limit of the gap between training and test, as a share.
const BRIEF_GAP: f64 = 0.10;

/// All gates of a model. A failed one keeps the bundle from serving.
pub fn judge(model: &ModelReport, thresholds: &Thresholds) -> Vec<Gate> {
    let judged = Judged {
        model,
        thresholds,
        enough: model
            .metrics
            .get("test")
            .and_then(|test| test.get("auc_pr"))
            .is_some_and(|found| found.positives >= FEWEST_POSITIVES),
    };
    let mut gates = vec![
        judged.plausible(),
        judged.too_good(),
        judged.auc(),
        judged.auc_pr(),
        judged.lift(),
        judged.gap(),
        judged.variation(),
        judged.calibration(),
        judged.features(),
        judged.bottom(),
        judged.simpler(),
    ];
    if !judged.enough {
        for gate in &mut gates {
            // What looks like a leak is one however few rows show it.
            if gate.id != PLAUSIBLE && gate.id != TOO_GOOD && gate.value.is_some() {
                gate.verdict = Verdict::NotEnoughData;
            }
        }
    }
    gates
}

const PLAUSIBLE: &str = "performance.plausible";
const TOO_GOOD: &str = "performance.too_good";

struct Judged<'a> {
    model: &'a ModelReport,
    thresholds: &'a Thresholds,
    enough: bool,
}

/// A gate without a value yet.
fn gate(id: &str, rule: String, unit: Unit, action: &str) -> Gate {
    Gate {
        id: id.into(),
        rule,
        value: None,
        unit,
        verdict: Verdict::NotEnoughData,
        action: action.into(),
        brief: None,
        forced: None,
    }
}

/// Pass from the limit up, fail where even the interval's upper end is below, else warn.
fn at_least(found: &Estimate, limit: f64) -> Verdict {
    if found.value >= limit {
        Verdict::Pass
    } else if found.hi < limit {
        Verdict::Fail
    } else {
        Verdict::Warn
    }
}

impl Judged<'_> {
    fn metric(&self, part: &str, name: &str) -> Option<&Estimate> {
        self.model.metrics.get(part)?.get(name)
    }

    fn test(&self, name: &str) -> Option<&Estimate> {
        self.metric("test", name)
    }

    /// The whole is better than anything honest ever was.
    fn plausible(&self) -> Gate {
        let limit = self.thresholds.plausible_auc;
        let mut gate = gate(
            PLAUSIBLE,
            format!(
                "the test AUC-ROC is not surely above {limit}, which no honest model of contacted leads reached"
            ),
            Unit::Score,
            "look for facts from after the contact: `leadrank check leakage`",
        );
        let (Some(found), Some(rate)) = (self.test("auc_roc"), self.base_rate()) else {
            return gate;
        };
        gate.value = Some((*found).into());
        gate.verdict = if rate > LEADS_BASE_RATE || found.lo <= limit {
            Verdict::Pass
        } else {
            Verdict::Fail
        };
        gate
    }

    /// One feature alone says more than any honest one.
    fn too_good(&self) -> Gate {
        let limit = self.thresholds.too_good_iv;
        let mut gate = gate(
            TOO_GOOD,
            format!("no feature has an information value above {limit} beyond chance"),
            Unit::Score,
            "look when the feature is filled: `leadrank check leakage`; exclude it under [features] if it is known only after the contact",
        );
        let Some(developed) = &self.model.development else {
            return gate;
        };
        let selection = &developed.selection;
        // Twice the level of chance: with few positives chance alone comes high.
        let suspects: Vec<&str> = selection
            .features
            .iter()
            .filter(|one| one.iv > limit && one.iv > 2.0 * one.iv_chance)
            .map(|one| one.feature.as_str())
            .collect();
        let highest = selection
            .features
            .iter()
            .map(|one| one.iv)
            .fold(0.0, f64::max);
        gate.value = Some(Measured::counted(highest, selection.rows));
        gate.verdict = match (suspects.is_empty(), self.base_rate()) {
            (false, Some(rate)) if rate <= LEADS_BASE_RATE => Verdict::Fail,
            (false, _) => Verdict::Warn,
            (true, _) => Verdict::Pass,
        };
        if !suspects.is_empty() {
            gate.action = format!("{}: {}", suspects.join(", "), gate.action);
        }
        gate
    }

    fn base_rate(&self) -> Option<f64> {
        let found = self.test("auc_pr")?;
        (found.n > 0).then(|| found.positives as f64 / found.n as f64)
    }

    fn auc(&self) -> Gate {
        let limit = self.thresholds.auc;
        let mut gate = gate(
            "performance.auc",
            format!("the test AUC-ROC is {limit} or more, what honest models reached at least"),
            Unit::Score,
            "load older vendor months, or look at which features carry the model",
        );
        if let Some(found) = self.test("auc_roc") {
            gate.value = Some((*found).into());
            gate.verdict = at_least(found, limit);
        }
        gate
    }

    fn auc_pr(&self) -> Gate {
        let mut gate = gate(
            "performance.auc_pr",
            "the test AUC-PR is above its level of chance, interval and all".into(),
            Unit::Score,
            "more outcomes, or features that say more: the model ranks no better than chance",
        );
        let Some(found) = self.test("auc_pr") else {
            return gate;
        };
        gate.value = Some((*found).into());
        let chance = found.chance.unwrap_or(0.0);
        gate.verdict = if found.lo > chance {
            Verdict::Pass
        } else if found.hi < chance {
            Verdict::Fail
        } else {
            Verdict::Warn
        };
        gate.brief = Some(Brief {
            rule: format!(
                "AUC-PR above {BRIEF_AUC_PR}; at 4 % positives that needs an AUC-ROC of about 0.88"
            ),
            met: Some(found.value > BRIEF_AUC_PR),
        });
        gate
    }

    fn lift(&self) -> Gate {
        let limit = self.thresholds.lift;
        let mut gate = gate(
            "performance.lift",
            format!("the best tenth converts at {limit} times the base rate or more"),
            Unit::Times,
            "call by this list only as far as its interval allows; more history narrows it",
        );
        if let Some(found) = self.test("lift_at_10") {
            gate.value = Some((*found).into());
            gate.verdict = at_least(found, limit);
        }
        if let Some(found) = self.test("precision_at_10") {
            gate.brief = Some(Brief {
                rule: "more than 15 % of the best tenth schedule a call".into(),
                met: Some(found.value > BRIEF_PRECISION),
            });
        }
        gate
    }

    fn gap(&self) -> Gate {
        let limit = self.thresholds.auc_gap;
        let mut gate = gate(
            "performance.gap",
            format!("the AUC-ROC on the rows trained on is at most {limit} above that of the test"),
            Unit::Difference,
            "shallower trees, heavier leaves, fewer features",
        );
        let (Some(train), Some(test)) = (self.metric("train", "auc_roc"), self.test("auc_roc"))
        else {
            return gate;
        };
        let gap = train.value - test.value;
        gate.value = Some(Measured {
            value: gap,
            lo: Some(train.value - test.hi),
            hi: Some(train.value - test.lo),
            n: test.n,
            chance: None,
        });
        gate.verdict = if gap <= limit {
            Verdict::Pass
        } else {
            Verdict::Warn
        };
        if let (Some(train), Some(test)) = (self.metric("train", "auc_pr"), self.test("auc_pr")) {
            let absolute = train.value - test.value;
            let relative = absolute / train.value;
            gate.brief = Some(Brief {
                rule: format!(
                    "AUC-PR falls by less than 10 % from training to test: it falls by {absolute:.4}, {:.0} % of the training value",
                    100.0 * relative
                ),
                met: Some(relative < BRIEF_GAP),
            });
        }
        gate
    }

    fn variation(&self) -> Gate {
        let limit = self.thresholds.fold_variation;
        let mut gate = gate(
            "performance.variation",
            format!(
                "AUC-PR as a multiple of chance varies over the folds by less than {:.0} %",
                100.0 * limit
            ),
            Unit::Share,
            "compare the folds in the training report: a fold that differs has another base rate, source or vendor month",
        );
        let Some(developed) = &self.model.development else {
            return gate;
        };
        // Blocks differ in their base rates, and AUC-PR with them.
        let multiples: Vec<f64> = developed
            .scores
            .iter()
            .map(|fold| fold.auc_pr * fold.n as f64 / fold.positives as f64)
            .collect();
        let middle = sample::mean(multiples.iter().copied());
        let spread = sample::deviation(&multiples);
        let n = developed.scores.iter().map(|fold| fold.n).sum();
        gate.value = Some(Measured::counted(spread / middle, n));
        gate.verdict = if spread / middle < limit {
            Verdict::Pass
        } else {
            Verdict::Warn
        };
        gate.brief = Some(Brief {
            rule: "AUC-PR varies by less than 15 % over the folds; with few positives in a block sampling alone gives 8 to 12 %".into(),
            met: Some(spread / middle < 0.15),
        });
        gate
    }

    fn calibration(&self) -> Gate {
        let limit = self.thresholds.calibration_error;
        let mut gate = gate(
            "performance.calibration",
            format!(
                "probabilities are off by less than {limit} on average, or by no more than chance gives"
            ),
            Unit::Score,
            "the level of the newest months differs: retrain when their outcomes are known",
        );
        if let Some(found) = self.test("ece_mass") {
            gate.value = Some((*found).into());
            gate.verdict = if found.value < limit || found.chance.is_some_and(|c| found.value <= c)
            {
                Verdict::Pass
            } else {
                Verdict::Warn
            };
            gate.brief = Some(Brief {
                rule: "calibration error below 0.05; at 4 % positives a model that knows nothing meets that".into(),
                met: Some(found.value < 0.05),
            });
        }
        gate
    }

    fn features(&self) -> Gate {
        let limit = self.thresholds.selection_overlap;
        let mut gate = gate(
            "performance.features",
            format!(
                "the folds' own selections share {:.0} % of their features or more",
                100.0 * limit
            ),
            Unit::Share,
            "which features are chosen is partly luck: look at the selection report before telling anybody what matters",
        );
        if let Some(developed) = &self.model.development {
            let stability = &developed.stability;
            gate.value = Some(Measured::counted(stability.jaccard, stability.sets));
            gate.verdict = if stability.jaccard >= limit {
                Verdict::Pass
            } else {
                Verdict::Warn
            };
        }
        gate
    }

    /// The part of scoring that held up best in practice: whom not to call.
    fn bottom(&self) -> Gate {
        let limit = self.thresholds.bottom_rate;
        let mut gate = gate(
            "performance.bottom",
            format!("the lowest fifth converts at less than {limit} times the base rate"),
            Unit::Times,
            "do not skip calls by this model",
        );
        let tenths = &self.model.curves.deciles;
        let Some(rate) = self
            .base_rate()
            .filter(|&rate| rate > 0.0 && tenths.len() == 10)
        else {
            return gate;
        };
        let (n, positives) = tenths[8..].iter().fold((0, 0), |(n, positives), tenth| {
            (n + tenth.n, positives + tenth.positives)
        });
        if let Some(found) = leadrank_stats::proportion::estimate(positives, n, 0.95) {
            gate.value = Some(Measured {
                value: found.value / rate,
                lo: Some(found.lo / rate),
                hi: Some(found.hi / rate),
                n,
                chance: Some(1.0),
            });
            gate.verdict = if found.value < limit * rate {
                Verdict::Pass
            } else {
                Verdict::Warn
            };
        }
        gate
    }

    /// What is simpler must not be better.
    fn simpler(&self) -> Gate {
        let mut gate = gate(
            "performance.simpler",
            "no scorecard, regression, rule or earlier score has a higher AUC-PR beyond chance"
                .into(),
            Unit::Difference,
            "use what is simpler, or find out what the model misses",
        );
        let Some(comparison) = &self.model.comparison else {
            return gate;
        };
        let rivals = comparison.rows.iter().filter(|row| {
            !matches!(
                row.kind,
                Kind::Model | Kind::BaseRate | Kind::RankAverage | Kind::Stacking
            )
        });
        let best = rivals
            .filter_map(|row| Some((row, row.difference(Metric::AucPr)?)))
            .max_by(|a, b| a.1.difference.total_cmp(&b.1.difference));
        let Some((rival, difference)) = best else {
            return gate;
        };
        gate.value = Some(Measured {
            value: difference.difference,
            lo: Some(difference.lo),
            hi: Some(difference.hi),
            n: difference.n,
            chance: Some(0.0),
        });
        gate.verdict = if difference.better() == Some(true) {
            gate.action = format!("{} is better: {}", rival.name, gate.action);
            Verdict::Warn
        } else {
            Verdict::Pass
        };
        gate
    }
}

#[cfg(test)]
mod tests;
