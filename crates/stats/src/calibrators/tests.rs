use proptest::prelude::*;

use super::*;

fn rows() -> impl Strategy<Value = (Vec<f64>, Vec<bool>, Vec<usize>)> {
    prop::collection::vec((-6.0_f64..3.0, any::<bool>(), 0_usize..3), 20..200).prop_map(|rows| {
        let mut margins = Vec::new();
        let mut labels = Vec::new();
        let mut segments = Vec::new();
        for (margin, label, segment) in rows {
            // Margins on a grid, so that some are tied.
            margins.push((margin * 8.0).round() / 8.0);
            labels.push(label);
            segments.push(segment);
        }
        labels[0] = true;
        labels[1] = false;
        (margins, labels, segments)
    })
}

fn names() -> Vec<String> {
    ["one", "two", "three", "empty"].map(String::from).to_vec()
}

proptest! {
    #[test]
    fn every_curve_rises_and_stays_inside((margins, labels, _) in rows()) {
        for method in Method::ALL {
            let curve = Curve::fit(method, &margins, &labels).unwrap();
            let mut last = 0.0;
            for step in -400..=400 {
                let probability = curve.probability(f64::from(step) / 40.0);
                prop_assert!(probability >= last && probability <= 1.0, "{method:?} {curve:?}");
                last = probability;
            }
            let text = serde_json::to_string(&curve).unwrap();
            prop_assert_eq!(serde_json::from_str::<Curve>(&text).unwrap(), curve);
        }
    }

    #[test]
    fn segments_rise_and_the_order_of_rows_does_not_matter((margins, labels, segments) in rows()) {
        for method in [Method::Platt, Method::Isotonic] {
            let options = SegmentOptions { method, isotonic_from: 0, ..SegmentOptions::default() };
            let fitted = Segmented::fit(&margins, &labels, &segments, &names(), &options).unwrap();
            for segment in [None, Some(0), Some(1), Some(2), Some(3), Some(9)] {
                let mut last = 0.0;
                for step in -100..=100 {
                    let probability = fitted.probability(segment, f64::from(step) / 10.0);
                    // Up to the rounding of a logarithm.
                    prop_assert!(probability >= last - 1e-12 && probability <= 1.0);
                    last = probability;
                }
            }
            prop_assert_eq!(fitted.segments[3].weight, 0.0);
            prop_assert_eq!(fitted.probability(Some(3), 0.5), fitted.pooled.probability(0.5));
            if method == Method::Platt {
                // Where the slope is nearly 0, rounding decides between a slope and a level.
                continue;
            }
            let back: Vec<usize> = (0..margins.len()).rev().collect();
            let turned = Segmented::fit(
                &back.iter().map(|&row| margins[row]).collect::<Vec<f64>>(),
                &back.iter().map(|&row| labels[row]).collect::<Vec<bool>>(),
                &back.iter().map(|&row| segments[row]).collect::<Vec<usize>>(),
                &names(),
                &options,
            ).unwrap();
            for segment in [None, Some(0), Some(1), Some(2)] {
                let (a, b) = (fitted.probability(segment, 0.3), turned.probability(segment, 0.3));
                prop_assert!((a - b).abs() < 1e-9, "{a} {b}");
            }
        }
    }

    #[test]
    fn isotonic_keeps_the_share_of_positives((margins, labels, _) in rows()) {
        let curve = Curve::fit(Method::Isotonic, &margins, &labels).unwrap();
        let predicted: f64 = margins.iter().map(|&margin| curve.probability(margin)).sum();
        let positives = labels.iter().filter(|&&label| label).count() as f64;
        // Only what is held off 0 and 1 moves the sum: at most half a row in all.
        prop_assert!((predicted - positives).abs() <= 0.5 + 1e-9);
    }
}

#[test]
fn margins_that_rank_wrongly_keep_their_order_and_get_the_level() {
    let margins: Vec<f64> = (0..200).map(|row| f64::from(row) / 100.0 - 1.0).collect();
    let labels: Vec<bool> = (0..200).map(|row| row % 4 == 0 && row < 120).collect();
    for method in [Method::Platt, Method::Beta] {
        let curve = Curve::fit(method, &margins, &labels).unwrap();
        assert!(matches!(curve, Curve::Level { .. }), "{curve:?}");
        let predicted: f64 = margins
            .iter()
            .map(|&margin| curve.probability(margin))
            .sum();
        assert!((predicted - 30.0).abs() < 1e-6, "{predicted}");
    }
}

#[test]
fn beta_without_an_optimum_is_platts() {
    let labels: Vec<bool> = (0..40).map(|row| row >= 20).collect();
    let apart: Vec<f64> = (0..40).map(|row| f64::from(row) / 10.0 - 2.0).collect();
    for margins in [apart, vec![-1.0; 40]] {
        let beta = Curve::fit(Method::Beta, &margins, &labels).unwrap();
        assert_eq!(beta, Curve::fit(Method::Platt, &margins, &labels).unwrap());
        assert_eq!(beta.method(), Method::Platt);
    }
}

#[test]
fn a_segment_is_drawn_towards_all_rows_by_its_positives() {
    // The same margins everywhere; segment 1 converts three times as often.
    let (mut margins, mut labels, mut segments) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..4_000_usize {
        let segment = usize::from(row % 10 == 0);
        margins.push((row * 7_919 % 1_000) as f64 / 500.0 - 1.0);
        labels.push(match segment {
            0 => row % 50 < 2,
            _ => row / 10 % 8 == 0,
        });
        segments.push(segment);
    }
    let options = SegmentOptions::default();
    let two = &names()[..2];
    let fitted = Segmented::fit(&margins, &labels, &segments, two, &options).unwrap();
    let own = &fitted.segments[1];
    assert_eq!((own.n, own.positives), (400, 50));
    assert!((own.weight - 50.0 / 150.0).abs() < 1e-12);
    let at = |segment| fitted.probability(segment, 0.0);
    let alone = own.curve.as_ref().unwrap().probability(0.0);
    assert!(at(None) < at(Some(1)) && at(Some(1)) < alone);
    // All curves are straight lines of the log-odds, so their mixture is one.
    let (slope, intercept) = fitted.as_logistic(Some(1)).unwrap();
    assert!((logistic(slope * 0.7 + intercept) - fitted.probability(Some(1), 0.7)).abs() < 1e-12);
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Segmented>(&text).unwrap(), fitted);
}

#[test]
fn few_positives_get_platt_instead_of_steps() {
    let margins: Vec<f64> = (0..300).map(|row| f64::from(row) / 100.0).collect();
    let labels: Vec<bool> = (0..300).map(|row| row % 3 == 0).collect();
    let options = SegmentOptions {
        method: Method::Isotonic,
        ..SegmentOptions::default()
    };
    let fitted = Segmented::fit(&margins, &labels, &[0; 300], &[], &options).unwrap();
    assert!(matches!(
        fitted.pooled,
        Curve::Platt(_) | Curve::Level { .. }
    ));
}

#[test]
fn the_file_of_an_older_version_is_one_curve() {
    let old = r#"{"slope": 0.9, "intercept": -3.0}"#;
    let read: Segmented = serde_json::from_str(old).unwrap();
    assert_eq!(read.as_logistic(Some(2)), Some((0.9, -3.0)));
    assert!(read.segments.is_empty());
}

#[test]
fn one_curve_alone_is_that_of_all_rows() {
    let margins: Vec<f64> = (0..90).map(|row| f64::from(row) / 30.0 - 1.1).collect();
    let labels: Vec<bool> = (0..90).map(|row| row % 3 == 0 || row > 80).collect();
    for curve in Method::ALL
        .map(|method| Curve::fit(method, &margins, &labels).unwrap())
        .into_iter()
        .chain([Curve::level(&margins, &labels).unwrap()])
    {
        let text = serde_json::to_string(&curve).unwrap();
        let read: Segmented = serde_json::from_str(&text).unwrap();
        assert_eq!(read, Segmented::pooled(curve, 0, 0), "{text}");
    }
}

#[test]
fn a_segment_without_a_curve_says_why() {
    let margins: Vec<f64> = (0..100).map(|row| f64::from(row) / 50.0).collect();
    let labels: Vec<bool> = (0..100).map(|row| row % 4 == 0).collect();
    let segments: Vec<usize> = (0..100).map(|row| usize::from(row < 8)).collect();
    let (two, options) = (&names()[..2], SegmentOptions::default());
    let fitted = Segmented::fit(&margins, &labels, &segments, two, &options).unwrap();
    assert_eq!(fitted.segments[0].reason, None);
    let small = &fitted.segments[1];
    assert_eq!((small.weight, &small.curve), (0.0, &None));
    assert_eq!(
        small.reason.as_deref(),
        Some("2 positives and 6 negatives, and 10 of each are needed")
    );
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Segmented>(&text).unwrap(), fitted);
    // A file written before reasons were kept.
    let old = text.replace(
        r#","reason":"2 positives and 6 negatives, and 10 of each are needed""#,
        "",
    );
    assert!(old.len() < text.len());
    assert!(serde_json::from_str::<Segmented>(&old).is_ok());
}

#[test]
fn what_can_not_be_fitted_is_refused() {
    assert!(Curve::fit(Method::Platt, &[], &[]).is_err());
    assert!(Curve::fit(Method::None, &[0.0, 1.0], &[true, true]).is_err());
    assert!(Curve::fit(Method::Isotonic, &[0.0, f64::NAN], &[true, false]).is_err());
    let two = [0.0, 1.0];
    let unnamed = Segmented::fit(
        &two,
        &[true, false],
        &[0, 7],
        &names(),
        &SegmentOptions::default(),
    );
    assert!(unnamed.unwrap_err().to_string().contains("needs a name"));
    for bounds in [vec![], vec![2.0, 1.0], vec![0.0], vec![f64::NAN]] {
        assert!(Cuts::new(bounds.clone()).is_err(), "{bounds:?}");
    }
    let one = Cuts::new(vec![10.0]).unwrap();
    assert_eq!([9.9, 10.0, -1.0].map(|value| one.segment(value)), [0, 1, 2]);
    assert_eq!(one.names(), ["below 10", "from 10", "not known"]);
}
