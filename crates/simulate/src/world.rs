//! Everything a run shares between its files.

use crate::adviser::Adviser;
use crate::firm::Firms;
use crate::hazard::Hazard;
use crate::options::Options;
use crate::population::Population;
use crate::rng::Streams;

/// Streams, firms and population of one run.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scale: f64,
    options: Options,
    pub(crate) streams: Streams,
    pub(crate) population: Population,
    pub(crate) firms: Firms,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        let streams = Streams::new(options.seed);
        Self {
            scale: options.scale,
            options: options.clone(),
            population: Population::new(options.scale),
            firms: Firms::new(&streams, options.scale),
            streams,
        }
    }

    pub(crate) fn has(&self, hazard: Hazard) -> bool {
        self.options.has(hazard)
    }

    pub(crate) fn adviser(&self, index: i64) -> Adviser {
        Adviser::draw(&self.streams, &self.population, &self.firms, index)
    }
}
