//! A fact as a sentence: what is, and what the peers say about it.

use leadrank_features::Feature;
use leadrank_features::catalog::Idea;

use super::peers::{Peer, Standing};
use super::templates::Templates;
use super::value::{change, is_plural, range, shown};
use crate::words::capitalised;

/// Whether a reason speaks for the lead or against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

impl Direction {
    pub(super) fn word(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }
}

/// The sentence of a known value, with `peers` as its second half.
pub(super) fn sentence(
    templates: &Templates,
    feature: &Feature,
    direction: Direction,
    value: f64,
    peers: &str,
) -> String {
    let key = format!("features.{}.{}", feature.name, direction.word());
    let shown = shown(value, feature);
    let text = templates.filled(
        &key,
        &[
            ("value", &shown),
            ("s", if is_plural(&shown) { "s" } else { "" }),
            ("change", &change(value)),
            ("peers", peers),
        ],
    );
    capitalised(&text)
}

/// What the peers say about a value, or nothing. What would contradict the direction is not
/// said: a reason for the lead is not followed by values that do better.
pub(super) fn peer_half(
    templates: &Templates,
    feature: &Feature,
    peer: Option<&Peer>,
    direction: Direction,
    value: f64,
) -> String {
    let Some(peer) = peer else {
        return String::new();
    };
    if let Some(best) = &peer.best {
        let key = match (direction, best.range.holds(value)) {
            (Direction::Up, true) => Some("peers.inside"),
            (Direction::Down, false) => Some("peers.outside"),
            _ => None,
        };
        if let Some(key) = key {
            let range = range(&best.range, feature.unit);
            return templates.filled(key, &[("range", &range)]);
        }
    }
    peer.standing(value).map_or(String::new(), |standing| {
        commonness(templates, feature, standing)
    })
}

/// How common a value is, in words.
pub(super) fn commonness(templates: &Templates, feature: &Feature, standing: Standing) -> String {
    let growth = feature.idea == Idea::Growth;
    let (key, tenths) = match standing {
        Standing::High(tenths) if growth => ("peers.high_growth", tenths),
        Standing::High(tenths) => ("peers.high", tenths),
        Standing::Low(tenths) if growth => ("peers.low_growth", tenths),
        Standing::Low(tenths) => ("peers.low", tenths),
    };
    templates.filled(key, &[("share", &format!("{tenths}0 %"))])
}
