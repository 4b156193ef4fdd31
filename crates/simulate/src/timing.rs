//! Days between contact and scheduled call (domain.md, "Days to MQL").

use crate::rng::Draw;

/// Calls per day 0 to 7, then the shares up to days 14, 21 and 30, as counts of 1,932.
const ON_TIME: [(i32, i32, f64); 11] = [
    (0, 0, 687.0),
    (1, 1, 362.0),
    (2, 2, 124.0),
    (3, 3, 76.0),
    (4, 4, 51.0),
    (5, 5, 51.0),
    (6, 6, 65.0),
    (7, 7, 49.0),
    (8, 14, 119.0),
    (15, 21, 64.0),
    (22, 30, 52.0),
];
/// The same for calls after day 30: up to days 43, 60, 90, 180 and the maximum 573.
const LATE: [(i32, i32, f64); 5] = [
    (31, 43, 42.0),
    (44, 60, 35.0),
    (61, 90, 37.0),
    (91, 180, 44.0),
    (181, 573, 74.0),
];

/// Days 0 to 30.
pub(crate) fn on_time(draw: &mut Draw) -> i32 {
    band(draw, &ON_TIME)
}

/// Days 31 to 573.
pub(crate) fn late(draw: &mut Draw) -> i32 {
    band(draw, &LATE)
}

/// Negative days: 30 % in the last 90 days before contact, median about -217.
pub(crate) fn before_contact(draw: &mut Draw) -> i32 {
    if draw.chance(0.303) {
        -draw.whole(1, 90)
    } else {
        -((draw.spread(290.0, 0.45) as i32).clamp(91, 900))
    }
}

fn band(draw: &mut Draw, bands: &[(i32, i32, f64)]) -> i32 {
    let (from, to, _) = bands[draw.weighted_by_key(bands, |b| b.2)];
    draw.whole(from, to)
}
