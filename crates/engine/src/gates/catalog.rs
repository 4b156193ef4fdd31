//! Every gate there is, so that those never judged can be named too.

use serde::Serialize;

/// What a gate is about, before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GateInfo {
    /// Its lasting id: the check, a dot, the rule.
    pub id: &'static str,
    /// What it asks, in words.
    pub asks: &'static str,
}

impl GateInfo {
    /// The check that judges it.
    pub fn check(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }
}

macro_rules! gates {
    ($($id:literal => $asks:literal),+ $(,)?) => {
        &[$(GateInfo { id: $id, asks: $asks }),+]
    };
}

/// All gates, in the order in which data meets them.
pub fn catalog() -> &'static [GateInfo] {
    gates! {
        "quality.complete" => "a month has every file that the month before had",
        "quality.rows" => "each file has about as many rows as the one before",
        "quality.schema" => "no column that features need is gone",
        "quality.fill" => "no column that features need is emptier than before",
        "quality.rejects" => "no column that features need has many cells that can't be read",
        "quality.units" => "no column comes in another unit than before",
        "quality.freshness" => "the newest vendor month is not too old",
        "quality.match" => "advisers of contacted leads are found in the vendor's data",
        "quality.critical" => "the columns without which nothing works are filled",
        "quality.nulls" => "no feature is empty for most leads",
        "quality.drift" => "no feature has moved far since the month before",
        "classes.rate" => "the share of scheduled calls is one that contacted leads have",
        "classes.timing" => "few calls are scheduled before the contact",
        "classes.censored" => "most contacts are old enough to have an outcome",
        "classes.weekday" => "contacts keep their pattern over the week",
        "leakage.as_of" => "every vendor fact is of a day not after the contact",
        "leakage.cohort" => "enough leads have vendor facts from before their contact",
        "leakage.replay" => "past rows can be made again from what was known then",
        "leakage.backfill" => "past facts are not rewritten between deliveries",
        "leakage.too_good" => "no single feature predicts better than is plausible",
        "leakage.missingness" => "missing values do not stand for the outcome",
        "leakage.engagement" => "no field is filled after the outcome",
        "leakage.identity" => "no feature identifies a person",
        "leakage.control" => "with shuffled labels nothing can be learned",
        "leakage.duplicates" => "nobody stands on both sides of the split",
        "imbalance.ratio" => "negatives and positives are in the usual ratio",
        "imbalance.positives" => "every part has enough positives to judge by",
        "statistics.correlation" => "no two features say the same",
        "statistics.vif" => "no feature follows from the others",
        "statistics.split" => "the split is purged, isolated and large enough",
        "performance.plausible" => "the model is not better than any honest one was",
        "performance.too_good" => "no feature of the model says more than an honest one can",
        "performance.auc" => "the model ranks as well as honest models did",
        "performance.auc_pr" => "the model ranks better than chance",
        "performance.lift" => "the best tenth converts well above the base rate",
        "performance.gap" => "the model does about as well on new rows as on old ones",
        "performance.variation" => "the model does about as well in every fold",
        "performance.calibration" => "probabilities are what they say",
        "performance.features" => "the folds choose about the same features",
        "performance.bottom" => "the lowest fifth converts well below the base rate",
        "performance.simpler" => "nothing simpler is better",
        "experiment.enrolment" => "leads are drawn before what becomes of them is known",
        "experiment.data" => "lead file and dials reach the day of the look",
        "experiment.ended" => "an experiment is closed after its final analysis",
        "experiment.ledger" => "the ledger of arms is what the frozen plan draws and what was written",
        "experiment.mismatch" => "the arms have the sizes that were drawn",
        "experiment.balance" => "the arms are alike in what was known before",
        "experiment.leak" => "control's leads are dialled without a score in view",
        "experiment.exposed" => "treatment's leads are dialled with their score in view",
        "experiment.first_touch" => "with scores the first dial does not take much longer",
        "experiment.large_firms" => "large firms' leads are dialled as often",
        "experiment.workload" => "leads of both arms get as many dials",
        "experiment.order" => "with scores, better leads are dialled first",
        "experiment.works" => "the final analysis, made as planned, showed that scores work",
        "experiment.due" => "a look at the results is taken when it is due",
    }
}
