//! Rows of any kind, for properties.

use chrono::Days;
use leadrank_experiment::{Arm, Row};
use proptest::prelude::*;

use crate::common::day;

/// What one unit has in common: treated, stratum.
type Unit = (bool, u32);
/// Dials, share of them exposed and answered, called, days to the first dial.
type Work = (f64, f64, bool, Option<u8>);
/// Unit, seller, score, large, day of enrolment, mature, found, pipeline.
type Lead = (usize, Option<u32>, i16, bool, u64, bool, bool, f64);

/// Dials as they are, none at all, and more than anybody can make.
fn dials() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (1_u32..25).prop_map(f64::from),
        2 => Just(0.0),
        1 => prop_oneof![Just(1e-9), Just(0.5), Just(1e6), Just(1e12)],
    ]
}

fn work(dials: impl Strategy<Value = f64>) -> impl Strategy<Value = Work> {
    (
        dials,
        0.0..=1.0,
        prop::bool::weighted(0.3),
        prop::option::of(0_u8..14),
    )
}

fn lead(units: usize) -> impl Strategy<Value = Lead> {
    let seller = prop::option::of(0_u32..4);
    let (mature, found) = (prop::bool::weighted(0.9), prop::bool::weighted(0.95));
    let pipeline = prop_oneof![3 => Just(0.0), 1 => 0.0..1e7];
    (
        0..units,
        seller,
        -300_i16..300,
        any::<bool>(),
        0_u64..28,
        mature,
        found,
        pipeline,
    )
}

fn row(at: usize, unit: Unit, work: Work, lead: Lead) -> Row {
    let (dials, share, called, touch) = work;
    let (own, seller, score, is_large, after, is_mature, is_found, pipeline) = lead;
    Row {
        lead: format!("00Q{at:05}"),
        unit: own as u32,
        arm: Arm::ALL[usize::from(!unit.0)],
        stratum: unit.1,
        seller,
        enrolled: day("2025-03-03") + Days::new(after),
        is_mature,
        is_found,
        dials,
        answered: dials * share * 0.5,
        exposed_dials: dials * share,
        shown: share > 0.0,
        called,
        first_touch: touch.map(f64::from),
        pipeline,
        before: f64::from(score) / 100.0,
        is_large,
        segments: vec![(at % 3) as u32],
    }
}

/// Whole units with these dials.
fn rows_of(
    most: usize,
    dials: impl Strategy<Value = f64> + Clone + 'static,
) -> impl Strategy<Value = Vec<Row>> {
    let units = prop::collection::vec((any::<bool>(), 0_u32..4), 1..60);
    units.prop_flat_map(move |units| {
        let leads = prop::collection::vec((work(dials.clone()), lead(units.len())), 0..most);
        leads.prop_map(move |leads| {
            let each = leads.into_iter().enumerate();
            each.map(|(at, (work, lead))| row(at, units[lead.0], work, lead))
                .collect()
        })
    })
}

/// Rows as they may come: no, few or many; one arm or both; without calls, without dials.
pub(crate) fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    prop_oneof![
        6 => rows_of(120, dials().boxed()),
        1 => rows_of(5, dials().boxed()),
        1 => rows_of(40, dials().boxed()).prop_map(|mut rows| {
            rows.iter_mut().for_each(|row| row.called = false);
            rows
        }),
        1 => rows_of(40, Just(0.0)),
        1 => rows_of(60, Just(4.0)).prop_map(|mut rows| {
            rows.iter_mut().for_each(|row| row.called = true);
            rows
        }),
        // Units that are in both arms and several strata: a broken ledger.
        1 => rows_of(60, dials().boxed()).prop_map(|mut rows| {
            rows.iter_mut().for_each(|row| row.unit = 0);
            rows
        }),
    ]
}

/// Rows of ordinary size that all count.
pub(crate) fn usual_rows() -> impl Strategy<Value = Vec<Row>> {
    rows_of(150, (1_u32..25).prop_map(f64::from).boxed()).prop_map(|mut rows| {
        for row in &mut rows {
            (row.is_mature, row.is_found) = (true, true);
        }
        rows
    })
}
