//! Random sequences of faults, each named by its seed.

use std::time::Duration;

use leadrank_test_org::{Fault, Kind, When};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::faults::{all_is_well, sync_until_done};
use super::world::world;

/// Sequences that are tried.
const SEQUENCES: u64 = 300;

fn any_fault(draws: &mut ChaCha8Rng) -> Fault {
    let refuse = |status, code: &str| Fault::Refuse {
        status,
        code: code.into(),
        retry_after: None,
    };
    match draws.random_range(0..12) {
        0 => refuse(503, "SERVER_UNAVAILABLE"),
        1 => refuse(429, ""),
        2 => refuse(502, ""),
        3 => refuse(504, ""),
        4 => refuse(500, "UNABLE_TO_LOCK_ROW"),
        5 => Fault::DropBefore,
        6 => Fault::DropAfter,
        7 => Fault::Truncate,
        8 => Fault::Delay(Duration::from_millis(1)),
        9 => Fault::ExpireTokens,
        10 => Fault::LockRows(draws.random_range(0.1..0.9)),
        _ => Fault::FailJob(draws.random_range(0.0..1.0)),
    }
}

async fn sequence(seed: u64) {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    let world = world(draws.random_range(1..60)).await;
    for _ in 0..draws.random_range(1..8) {
        let kind = Kind::ALL
            .choose(&mut draws)
            .copied()
            .filter(|kind| *kind != Kind::Token);
        let when = match draws.random_range(0..3) {
            0 => When::Nth(draws.random_range(1..6)),
            1 => When::Next(draws.random_range(1..5)),
            _ => When::Chance(draws.random_range(0.05..0.4)),
        };
        world.org.fault(kind, when, any_fault(&mut draws));
    }
    let direct_up_to = if draws.random() { 2000 } else { 5 };
    let state = sync_until_done(&world, 1, direct_up_to).await;
    all_is_well(&world, 1, &state).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_nothing_is_lost() {
    for seed in 0..SEQUENCES {
        // Seen where it fails.
        println!("sequence {seed}");
        sequence(seed).await;
    }
}
