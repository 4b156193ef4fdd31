//! The random walk behind a group-sequential test, integrated look by look (P. Armitage,
//! C. K. McPherson and B. C. Rowe, "Repeated Significance Tests on Accumulating Data", JRSS A 132
//! (1969); Jennison and Turnbull (2000), chapter 19).

use crate::normal;

/// Standard deviations beyond which nothing is integrated: what lies outside is below 1e-15.
const REACH: f64 = 8.0;
/// Steps to a standard deviation of the next increment; with Simpson's rule the error is then
/// below 1e-9.
const STEPS: f64 = 16.0;
/// Fewest and most steps of a look's grid.
const LIMITS: (f64, f64) = (128.0, 8192.0);

/// Walks that have crossed no bound so far, as a density over the score `S = Z √I`.
pub(super) struct Walk {
    /// Mean of the score for each unit of information.
    drift: f64,
    information: f64,
    /// Places of the score, each with the probability that stands there.
    mass: Vec<(f64, f64)>,
}

impl Walk {
    /// At the start: no information, the score 0.
    pub(super) fn new(drift: f64) -> Self {
        Walk {
            drift,
            information: 0.0,
            mass: vec![(0.0, 1.0)],
        }
    }

    /// The probability to be here still and to have `Z` of at least `z` at this information.
    pub(super) fn above(&self, information: f64, z: f64) -> f64 {
        self.beyond(information, z, 1.0)
    }

    /// The probability to be here still and to have `Z` of at most `z` at this information.
    pub(super) fn below(&self, information: f64, z: f64) -> f64 {
        self.beyond(information, z, -1.0)
    }

    fn beyond(&self, information: f64, z: f64, side: f64) -> f64 {
        let step = information - self.information;
        let (deviation, mean) = (step.sqrt(), self.drift * step);
        let bound = z * information.sqrt();
        self.mass
            .iter()
            .map(|&(place, mass)| mass * normal::cdf(side * (place + mean - bound) / deviation))
            .sum()
    }

    /// Goes on to the next look with those that stay within the bound.
    pub(super) fn advance(&mut self, information: f64, bound: f64, next: Option<f64>) {
        let step = information - self.information;
        let (deviation, mean) = (step.sqrt(), self.drift * step);
        // No walk is further from its mean than this.
        let (centre, reach) = (self.drift * information, REACH * information.sqrt());
        let edge = bound * information.sqrt();
        let (low, high) = ((centre - reach).max(-edge), (centre + reach).min(edge));
        if low >= high {
            self.mass.clear();
            self.information = information;
            return;
        }
        // Fine enough for the density that arrives and for the increment that comes next.
        let finest = next.map_or(deviation, |next| (next - information).sqrt().min(deviation));
        let steps = (STEPS * (high - low) / finest).clamp(LIMITS.0, LIMITS.1);
        let steps = 2 * (steps / 2.0).ceil() as usize;
        let width = (high - low) / steps as f64;
        let scale = width / 3.0 / (deviation * (2.0 * std::f64::consts::PI).sqrt());
        let mass = (0..=steps).map(|at| {
            let place = low + width * at as f64;
            let weight = match at {
                _ if at == 0 || at == steps => 1.0,
                _ if at % 2 == 1 => 4.0,
                _ => 2.0,
            };
            let arriving: f64 = self
                .mass
                .iter()
                .map(|&(from, mass)| {
                    let distance = (place - from - mean) / deviation;
                    mass * (-0.5 * distance * distance).exp()
                })
                .sum();
            (place, weight * scale * arriving)
        });
        self.mass = mass.collect();
        self.information = information;
    }
}
