//! What the checks of classes and imbalance say of a project, asked once for all tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock};

use leadrank_engine::checks::{self, Request};
use leadrank_evidence::Report;
use leadrank_simulate::Hazard;

use crate::project::{Key, ask, request};

/// What two checks said of one project.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) classes: Report,
    pub(crate) imbalance: Report,
}

/// The reports on a project of this size, in thousandths, with this seed and fault.
pub(crate) fn looked(scale: u64, seed: u64, hazard: Option<Hazard>) -> &'static Looked {
    static ALL: Mutex<BTreeMap<Key, &'static OnceLock<Looked>>> = Mutex::new(BTreeMap::new());
    let slot = *ALL
        .lock()
        .unwrap()
        .entry((scale, seed, hazard))
        .or_insert_with(|| Box::leak(Box::new(OnceLock::new())));
    slot.get_or_init(|| look(scale, seed, hazard, 2))
}

/// As [`looked`], asked anew on so many threads.
pub(crate) fn look(scale: u64, seed: u64, hazard: Option<Hazard>, threads: usize) -> Looked {
    let request = Request {
        threads,
        ..request()
    };
    let key = (scale, seed, hazard);
    Looked {
        classes: ask(key, request, |_| {}, checks::classes::check).unwrap(),
        imbalance: ask(key, request, |_| {}, checks::imbalance::check).unwrap(),
    }
}
