//! Group-sequential tests: some looks at the data while they come in, with one false-alarm
//! probability for all of them together.
//!
//! At look `k` the statistic is `Z_k = estimate / standard error`, and the information is
//! `I_k = 1 / standard error²`. For all usual estimates, ratios by the delta method among them,
//! `Z_k` is close to normal with mean `θ √I_k`, and two looks correlate by `√(I_j / I_k)`: the
//! canonical joint distribution of C. Jennison and B. W. Turnbull, "Group Sequential Methods with
//! Applications to Clinical Trials" (2000), chapter 3. Tests are two-sided and symmetric.
//!
//! ```
//! use leadrank_stats::sequential::{Spending, boundaries};
//!
//! let spent = [0.5, 1.0].map(|time| Spending::ObrienFleming.spent(0.05, time));
//! let bounds = boundaries(&spent, &[0.5, 1.0]).unwrap();
//! assert!((bounds[0] - 2.9626).abs() < 5e-5 && (bounds[1] - 1.9686).abs() < 5e-5);
//! ```

mod boundaries;
mod inference;
mod root;
mod walk;

use serde::{Deserialize, Serialize};

use crate::normal;

pub use boundaries::{Look, boundaries, information_for_power, power};
pub use inference::{Inference, covers, inference, naive_alarm};

/// How the false-alarm probability is spent over the looks (K. K. G. Lan and D. L. DeMets,
/// "Discrete Sequential Boundaries for Clinical Trials", Biometrika 70 (1983)), so that neither
/// their number nor their times have to be known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spending {
    /// Like P. C. O'Brien and T. R. Fleming (1979): hardly anything early, so that the last look
    /// is nearly as if it were the only one.
    ObrienFleming,
    /// Like S. J. Pocock (1977): about the same bound at each look.
    Pocock,
}

impl Spending {
    /// What is spent up to `time`, the share of the planned information, of a two-sided `alpha`:
    /// half of it on each side. From 0 at time 0 to `alpha` at time 1 and after.
    pub fn spent(self, alpha: f64, time: f64) -> f64 {
        if time.is_nan() || time <= 0.0 {
            return 0.0;
        }
        if time >= 1.0 {
            return alpha;
        }
        match self {
            Spending::ObrienFleming => {
                // For a side with alpha / 2: 2 - 2 Φ(z / √t), z being the quantile of alpha / 4.
                let quantile = normal::quantile(alpha / 4.0).unwrap_or(f64::NEG_INFINITY);
                4.0 * normal::cdf(quantile / time.sqrt())
            }
            Spending::Pocock => alpha * (1.0 + (std::f64::consts::E - 1.0) * time).ln(),
        }
    }
}
