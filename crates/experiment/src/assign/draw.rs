//! The draws themselves, from a hash of the plan's salt: no state, no clock, no order.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use crate::{Arm, Plan};

/// The hash that decides, of the salt, the draw and some words. Lengths keep words apart.
pub(super) fn digest(plan: &Plan, draw: u32, words: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for word in [plan.salt.as_str(), plan.name.as_str()].iter().chain(words) {
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word.as_bytes());
    }
    hash.update(draw.to_le_bytes());
    hash.finalize().into()
}

/// A number in 0..1 from a hash.
pub(super) fn fraction(digest: &[u8; 32]) -> f64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The arms of a stratum's block, shuffled as a whole.
pub(crate) fn block(plan: &Plan, draw: u32, stratum: &str, number: u64) -> Vec<Arm> {
    let size = plan.block_size.max(1) as usize;
    let treated = (plan.treatment_share * size as f64).round() as usize;
    let mut arms: Vec<Arm> = (0..size)
        .map(|at| match at < treated {
            true => Arm::Treatment,
            false => Arm::Control,
        })
        .collect();
    let seed = digest(plan, draw, &["block", stratum, &number.to_string()]);
    arms.shuffle(&mut ChaCha8Rng::from_seed(seed));
    arms
}

/// The arm of the unit at this place of a stratum.
pub(super) fn in_block(plan: &Plan, draw: u32, stratum: &str, place: u64) -> Arm {
    let size = u64::from(plan.block_size.max(1));
    block(plan, draw, stratum, place / size)[(place % size) as usize]
}

/// The arm of a unit by its name alone.
pub(crate) fn by_hash(plan: &Plan, draw: u32, name: &str) -> Arm {
    let place = fraction(&digest(plan, draw, &["arm", name]));
    if place < plan.treatment_share {
        Arm::Treatment
    } else {
        Arm::Control
    }
}
