//! The random walk behind a group-sequential test, integrated look by look (P. Armitage,
//! C. K. McPherson and B. C. Rowe, "Repeated Significance Tests on Accumulating Data", JRSS A 132
//! (1969); Jennison and Turnbull (2000), chapter 19).

use crate::normal;

/// Standard deviations beyond which nothing is integrated: what lies outside is below 1e-15.
const REACH: f64 = 8.0;
/// Nodes and weights of the Gauss–Legendre rule of eight points on -1..1, the upper half (NIST DLMF,
/// section 3.5(v)). What is integrated is smooth up to the bounds, where it does not vanish: there
/// the rule keeps some 12 digits, on panels of one standard deviation of the finer increment.
const RULE: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];
/// Most panels of a look.
const MOST_PANELS: f64 = 1024.0;

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
        let panels = ((high - low) / finest).ceil().clamp(1.0, MOST_PANELS);
        let half = 0.5 * (high - low) / panels;
        let scale = half / (deviation * (2.0 * std::f64::consts::PI).sqrt());
        let nodes = (0..panels as usize).flat_map(|panel| {
            let middle = low + half * (2 * panel + 1) as f64;
            RULE.into_iter().flat_map(move |(node, weight)| {
                [
                    (middle - half * node, weight),
                    (middle + half * node, weight),
                ]
            })
        });
        let mass = nodes.map(|(place, weight)| {
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
