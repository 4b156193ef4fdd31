use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// `per_day` rows on each of `days` days; every third row is positive.
fn calendar(days: i32, per_day: usize) -> SplitInput {
    let times: Vec<Option<i32>> = (0..days)
        .flat_map(|day| std::iter::repeat_n(Some(day), per_day))
        .collect();
    let labels = (0..times.len()).map(|row| Some(row % 3 == 0)).collect();
    SplitInput {
        times: Times::Days(times),
        groups: None,
        labels,
        assignment: None,
    }
}

fn days(input: &SplitInput) -> Vec<Option<i64>> {
    match &input.times {
        Times::Days(days) => days.iter().map(|day| day.map(i64::from)).collect(),
        Times::Order(order) => order.clone(),
    }
}

#[test]
fn cuts_a_year_by_hand() {
    // 365 days of 2 rows. Test: 146 rows are 73 days, from day 292. Known before
    // it: days 0..=261, 524 rows; calibration 15/80 of them, 98.25 rows, 49 days
    // from day 213. Known before it: days 0..=182, 366 rows; stop 10/65 of them,
    // 56.3 rows, 28 days from day 155. Fit: days 0..=124.
    let split = split(&calendar(365, 2), &SplitConfig::default()).unwrap();
    let seen: Vec<(u64, u64, &str, &str)> = split
        .audit
        .parts
        .iter()
        .map(|part| {
            (
                part.rows,
                part.purged,
                part.first.as_deref().unwrap(),
                part.last.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (250, 60, "1970-01-01", "1970-05-05"),
            (56, 60, "1970-06-05", "1970-07-02"),
            (98, 60, "1970-08-02", "1970-09-19"),
            (146, 0, "1970-10-20", "1970-12-31"),
        ]
    );
    // the rows purged between fit and stop come back for the refit
    assert_eq!(split.refit.indices().len(), 250 + 60 + 56);
    // and those before calibration for the final trees, but none before the test
    assert_eq!(split.development.indices().len(), 250 + 60 + 56 + 60 + 98);
    assert!(split.audit.inner_borders_purged);
}

#[test]
fn a_short_history_is_purged_before_the_test_only() {
    // 150 days: purging all three borders would cost 60 of the 90 days before
    // the test's own 30
    let split = split(&calendar(150, 10), &SplitConfig::default()).unwrap();
    assert!(!split.audit.inner_borders_purged);
    let purged: Vec<u64> = split.audit.parts.iter().map(|part| part.purged).collect();
    assert_eq!(purged, [0, 0, 300, 0]);
    let rows: Vec<u64> = split.audit.parts.iter().map(|part| part.rows).collect();
    assert_eq!(rows, [620, 110, 170, 300]);
    assert_eq!(split.development.indices().len(), 900);
}

#[test]
fn order_numbers_have_no_horizon() {
    let rows = 1_000;
    let input = SplitInput {
        times: Times::Order((0..rows).map(Some).collect()),
        groups: None,
        labels: (0..rows).map(|row| Some(row % 4 == 0)).collect(),
        assignment: None,
    };
    let split = split(&input, &SplitConfig::default()).unwrap();
    let counts: Vec<u64> = split.audit.parts.iter().map(|part| part.rows).collect();
    assert_eq!(counts, [550, 100, 150, 200]);
    assert_eq!(split.audit.horizon_days, 0);
}

#[test]
fn a_first_test_day_is_obeyed() {
    let config = SplitConfig {
        test_from: NaiveDate::from_ymd_opt(1970, 12, 1),
        ..SplitConfig::default()
    };
    let split = split(&calendar(365, 2), &config).unwrap();
    let test = split.audit.part(Part::Test).unwrap();
    assert_eq!(test.first.as_deref(), Some("1970-12-01"));
    assert_eq!(test.rows, 62);
}

#[test]
fn given_test_rows_stay_and_train_is_purged_before_them() {
    let mut input = calendar(365, 2);
    let assignment = days(&input)
        .iter()
        .map(|day| match day {
            Some(0) => Assignment::LeftOut,
            Some(300..) => Assignment::Test,
            _ => Assignment::Train,
        })
        .collect();
    input.assignment = Some(assignment);
    let split = split(&input, &SplitConfig::default()).unwrap();
    assert_eq!(split.audit.part(Part::Test).unwrap().rows, 130);
    assert_eq!(split.audit.part(Part::Calibration).unwrap().purged, 60);
    assert_eq!(split.audit.left_out, 2);
    assert!(split.audit.test_is_newest);
}

#[test]
fn a_given_test_that_is_not_newest_is_told_and_not_purged() {
    let mut input = calendar(365, 4);
    input.assignment = Some(
        (0..input.labels.len())
            .map(|row| {
                if row % 5 == 0 {
                    Assignment::Test
                } else {
                    Assignment::Train
                }
            })
            .collect(),
    );
    let split = split(&input, &SplitConfig::default()).unwrap();
    assert!(!split.audit.test_is_newest);
    assert_eq!(split.audit.part(Part::Test).unwrap().rows, 292);
    assert_eq!(split.audit.part(Part::Calibration).unwrap().purged, 0);
}

#[test]
fn a_group_stays_in_its_newest_part() {
    let mut input = calendar(365, 2);
    let mut groups = vec![None; input.labels.len()];
    // rows 0 (fit), 320 (stop) and 700 (test) are one adviser; 2 (fit) and 322 (stop) another
    for (row, name) in [(0, "a"), (320, "a"), (700, "a"), (2, "b"), (322, "b")] {
        groups[row] = Some(String::from(name));
    }
    input.groups = Some(groups);
    let split = split(&input, &SplitConfig::default()).unwrap();
    assert_eq!(split.fates[0], Fate::Isolated(Part::Train));
    assert_eq!(split.fates[320], Fate::Isolated(Part::Stop));
    assert_eq!(split.fates[700], Fate::Part(Part::Test));
    assert_eq!(split.fates[2], Fate::Isolated(Part::Train));
    assert_eq!(split.fates[322], Fate::Part(Part::Stop));
    // the border between fit and stop does not matter for the refit
    assert!(split.refit.indices().contains(&2));
    assert!(!split.refit.indices().contains(&0));
    assert_eq!(split.audit.part(Part::Train).unwrap().isolated, 2);
}

#[test]
fn a_split_that_breaks_its_promises_is_named() {
    let mut input = calendar(365, 2);
    input.groups = Some(vec![None; input.labels.len()]);
    let split = split(&input, &SplitConfig::default()).unwrap();
    let broken = |times: &[Option<i64>], groups: &[Option<String>]| {
        let kept = split.keeps_its_promises(times, Some(groups));
        kept.unwrap_err().promise
    };
    let (times, groups) = (days(&input), input.groups.unwrap());
    let last_fit = split.fit.indices().last().copied().unwrap();
    let first_test = split.test.indices()[0];

    let mut late = times.clone();
    late[last_fit] = late[first_test].map(|day| day - 30);
    assert_eq!(broken(&late, &groups), Promise::NoFutureInFit);

    let mut shared = groups.clone();
    for row in [last_fit, first_test] {
        shared[row] = Some("a".into());
    }
    assert_eq!(broken(&times, &shared), Promise::AdvisersApart);
}

#[test]
fn says_what_is_missing_and_what_to_do() {
    let fails =
        |input: &SplitInput, config: &SplitConfig| split(input, config).unwrap_err().to_string();
    let config = SplitConfig::default();
    let mut one_class = calendar(365, 2);
    one_class.labels = vec![Some(false); one_class.labels.len()];
    let text = fails(&one_class, &config);
    assert!(
        text.contains("the train part has 250 rows, 0 of them positive"),
        "{text}"
    );
    assert!(text.contains("give more history"), "{text}");

    let text = fails(&calendar(1, 500), &config);
    assert!(text.contains("have the same time, 1970-01-01"), "{text}");
    let text = fails(&calendar(33, 50), &config);
    assert!(text.contains("label horizon"), "{text}");
    let text = fails(&calendar(0, 0), &config);
    assert!(text.contains("no labelled row"), "{text}");

    let mut short = calendar(365, 2);
    short.labels.pop();
    let text = fails(&short, &config);
    assert!(text.contains("times: expected 729, found 730"), "{text}");

    let order = SplitInput {
        times: Times::Order(vec![Some(1); 50]),
        labels: vec![Some(true); 50],
        groups: None,
        assignment: None,
    };
    let dated = SplitConfig {
        test_from: NaiveDate::from_ymd_opt(2025, 1, 1),
        ..config
    };
    assert!(fails(&order, &dated).contains("name a date column"));
    let whole = SplitConfig {
        test_fraction: 0.8,
        ..SplitConfig::default()
    };
    assert!(fails(&calendar(365, 2), &whole).contains("their sum below 1"));
}

/// Rows with repeated days, missing days and labels, and few groups.
fn table() -> impl Strategy<Value = SplitInput> {
    let row = (
        prop::option::weighted(0.97, 0..400_i32),
        prop::option::weighted(0.9, 0..150_u32),
        prop::option::weighted(0.95, prop::bool::weighted(0.3)),
    );
    prop::collection::vec(row, 400..900).prop_map(|rows| SplitInput {
        times: Times::Days(rows.iter().map(|row| row.0).collect()),
        groups: Some(
            rows.iter()
                .map(|row| row.1.map(|group| group.to_string()))
                .collect(),
        ),
        labels: rows.iter().map(|row| row.2).collect(),
        assignment: None,
    })
}

fn lenient(horizon: u32) -> SplitConfig {
    SplitConfig {
        label_horizon_days: horizon,
        minimum_rows: 1,
        minimum_of_class: 0,
        inner_purge_limit: 0.4,
        ..SplitConfig::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_leaks(input in table(), horizon in 0..45_u32) {
        let split = split(&input, &lenient(horizon)).unwrap();
        let times = days(&input);
        let groups = input.groups.as_ref().unwrap();
        // The predicates that also run in the program, on lists put together here anew.
        prop_assert_eq!(split.keeps_its_promises(&times, Some(groups)), Ok(()));
        let horizon = i64::from(horizon);
        let inner = if split.audit.inner_borders_purged { horizon } else { 0 };
        let parts: [&[usize]; 4] = [
            split.fit.indices(),
            split.stop.indices(),
            split.calibration.indices(),
            split.test.indices(),
        ];
        let (refit, development) = (split.refit.indices(), split.development.indices());
        let day = |&row: &usize| times[row].unwrap();
        for (fitted, judged, free) in [
            (parts[0], parts[1], inner),
            (parts[0], parts[2], inner),
            (parts[1], parts[2], inner),
            (refit, parts[2], inner),
            (parts[0], parts[3], horizon),
            (parts[1], parts[3], horizon),
            (parts[2], parts[3], horizon),
            (development, parts[3], horizon),
        ] {
            let cut = judged.iter().map(day).min().unwrap();
            prop_assert!(known_before(fitted.iter().map(day), free, cut));
        }
        let sides = |lists: &[&[usize]]| -> Vec<(usize, usize)> {
            let of_list = |(side, rows): (usize, &&[usize])| -> Vec<(usize, usize)> {
                rows.iter().map(|&row| (row, side)).collect()
            };
            lists.iter().enumerate().flat_map(of_list).collect()
        };
        for lists in [&parts[..], &[refit, parts[2], parts[3]], &[development, parts[3]]] {
            let rows = sides(lists);
            prop_assert!(rows.iter().all(|&(row, _)| input.labels[row].is_some()));
            prop_assert!(apart(rows.iter().map(|&(row, side)| (groups[row].as_deref(), side))));
            let once: BTreeSet<usize> = rows.iter().map(|&(row, _)| row).collect();
            prop_assert_eq!(once.len(), rows.len(), "a row stands on two sides");
        }
        let audit = &split.audit;
        let counted: u64 = audit.parts.iter().map(|p| p.rows + p.purged + p.isolated).sum();
        prop_assert_eq!(
            counted + audit.unlabelled + audit.undated + audit.left_out,
            input.labels.len() as u64
        );
    }

    #[test]
    fn the_order_of_rows_does_not_matter(input in table(), seed in 0..1_000_usize) {
        let rows = input.labels.len();
        // a permutation: multiply by a number that shares no factor with the length
        let step = (1..).map(|k| 2 * seed + 2 * k + 1).find(|&s| gcd(s, rows) == 1).unwrap();
        let order: Vec<usize> = (0..rows).map(|row| row * step % rows).collect();
        let Times::Days(days) = &input.times else { unreachable!() };
        let groups = input.groups.as_ref().unwrap();
        let shuffled = SplitInput {
            times: Times::Days(order.iter().map(|&row| days[row]).collect()),
            groups: Some(order.iter().map(|&row| groups[row].clone()).collect()),
            labels: order.iter().map(|&row| input.labels[row]).collect(),
            assignment: None,
        };
        match (split(&input, &lenient(30)), split(&shuffled, &lenient(30))) {
            (Ok(plain), Ok(moved)) => {
                let back: Vec<Fate> = order.iter().map(|&row| plain.fates[row]).collect();
                prop_assert_eq!(back, moved.fates);
                prop_assert_eq!(plain.audit, moved.audit);
                let refit: BTreeSet<usize> =
                    moved.refit.indices().iter().map(|&row| order[row]).collect();
                prop_assert_eq!(refit, plain.refit.indices().iter().copied().collect());
                let development: BTreeSet<usize> =
                    moved.development.indices().iter().map(|&row| order[row]).collect();
                prop_assert_eq!(
                    development,
                    plain.development.indices().iter().copied().collect()
                );
            }
            (plain, moved) => {
                prop_assert_eq!(plain.unwrap_err().to_string(), moved.unwrap_err().to_string());
            }
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
