//! Where the limits lie; the defaults are those of domain.md, "Validation gates and
//! thresholds", with its realistic ladder.

use serde::{Deserialize, Serialize};

/// Limits of the gates; section `[gates]` of `leadrank.toml`. Shares are fractions of 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// A file may differ from the one before by this share of its rows.
    pub rows_change: f64,
    /// A column that features need may lose this much of its fill rate, in points of 1.
    pub fill_loss: f64,
    /// Share of a column's cells in one file that may be unreadable.
    pub reject_rate: f64,
    /// Share of distinct advisers of contacted leads that must be found; warned of.
    pub match_warn: f64,
    /// The same; below it the gate fails.
    pub match_fail: f64,
    /// Fill rate that the critical columns must have.
    pub critical_fill: f64,
    /// A feature that is missing on more than this share of matched leads is noted.
    pub null_share: f64,
    /// The same; above it the gate warns.
    pub null_warn: f64,
    /// Stability index from which a feature is warned of.
    pub psi_warn: f64,
    /// Stability index from which the gate fails.
    pub psi_fail: f64,
    /// Fewest labelled leads with vendor facts from before their contact.
    pub cohort_leads: u64,
    /// Fewest positives among them.
    pub cohort_positives: u64,
    /// Plausible shares of scheduled calls: lowest and highest.
    pub base_rate: (f64, f64),
    /// Share of scheduled calls that may lie before the contact.
    pub negative_timing: f64,
    /// Share of contacted leads that may be too new for an outcome.
    pub censored: f64,
    /// Information value from which a feature is too good to be true.
    pub too_good_iv: f64,
    /// Area under the curve of a single feature from which it is too good to be true.
    pub too_good_auc: f64,
    /// Negatives for each positive: lowest and highest usual ratio.
    pub class_ratio: (f64, f64),
    /// Fewest positives a fold or segment must have to be judged.
    pub fold_positives: u64,
    /// Correlation from which two features say the same.
    pub correlation: f64,
    /// Variance inflation from which a feature follows from the others.
    pub vif: f64,
    /// Area under the curve on the test that no honest model of contacted leads exceeds.
    pub plausible_auc: f64,
    /// Area under the curve that a model should reach on the test.
    pub auc: f64,
    /// Lift of the best tenth that a model should reach on the test.
    pub lift: f64,
    /// Area under the curve on training rows may be this much above that of the test.
    pub auc_gap: f64,
    /// Coefficient of variation over the folds.
    pub fold_variation: f64,
    /// Calibration error on the test.
    pub calibration_error: f64,
    /// Share of features that the folds' selections should have in common.
    pub selection_overlap: f64,
    /// Rate of the lowest fifth of the test, as a multiple of the base rate.
    pub bottom_rate: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Thresholds {
            rows_change: 0.20,
            fill_loss: 0.20,
            reject_rate: 0.20,
            match_warn: 0.90,
            match_fail: 0.75,
            critical_fill: 0.95,
            null_share: 0.50,
            null_warn: 0.80,
            psi_warn: 0.20,
            psi_fail: 0.25,
            cohort_leads: 300,
            cohort_positives: 20,
            base_rate: (0.02, 0.08),
            negative_timing: 0.18,
            censored: 0.40,
            too_good_iv: 0.5,
            too_good_auc: 0.70,
            class_ratio: (15.0, 30.0),
            fold_positives: 30,
            correlation: 0.95,
            vif: 10.0,
            plausible_auc: 0.75,
            auc: 0.58,
            lift: 1.4,
            auc_gap: 0.15,
            fold_variation: 0.15,
            calibration_error: 0.05,
            selection_overlap: 0.5,
            bottom_rate: 0.6,
        }
    }
}

impl Thresholds {
    /// What is wrong with the settings, if anything.
    pub(crate) fn problem(&self) -> Option<String> {
        let shares = [
            ("rows_change", self.rows_change),
            ("fill_loss", self.fill_loss),
            ("reject_rate", self.reject_rate),
            ("match_warn", self.match_warn),
            ("match_fail", self.match_fail),
            ("critical_fill", self.critical_fill),
            ("null_share", self.null_share),
            ("null_warn", self.null_warn),
            ("negative_timing", self.negative_timing),
            ("censored", self.censored),
            ("too_good_auc", self.too_good_auc),
            ("correlation", self.correlation),
            ("plausible_auc", self.plausible_auc),
            ("auc", self.auc),
            ("auc_gap", self.auc_gap),
            ("calibration_error", self.calibration_error),
            ("selection_overlap", self.selection_overlap),
        ];
        if let Some((name, value)) = shares.iter().find(|(_, v)| !(0.0..=1.0).contains(v)) {
            return Some(format!(
                "gates.{name} is {value}; it is a share between 0 and 1"
            ));
        }
        let positive = [
            ("psi_warn", self.psi_warn),
            ("psi_fail", self.psi_fail),
            ("too_good_iv", self.too_good_iv),
            ("vif", self.vif),
            ("lift", self.lift),
            ("fold_variation", self.fold_variation),
            ("bottom_rate", self.bottom_rate),
        ];
        if let Some((name, value)) = positive.iter().find(|(_, v)| !v.is_finite() || *v <= 0.0) {
            return Some(format!("gates.{name} is {value}; it must be above 0"));
        }
        let ranges = [
            ("base_rate", self.base_rate),
            ("class_ratio", self.class_ratio),
        ];
        let wrong = ranges
            .iter()
            .find(|(_, (lo, hi))| lo.is_nan() || hi.is_nan() || lo > hi);
        wrong.map(|(name, _)| format!("gates.{name} must be [lowest, highest]"))
    }
}
