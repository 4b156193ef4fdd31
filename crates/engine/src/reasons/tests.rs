use leadrank_trees::Model;

use super::*;

/// Numbers in 0..1 for property tests: Knuth's MMIX generator.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn logistic(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What is told of a row with these contributions.
fn explain(columns: &[(&str, f32, f64)], agreement: &dyn Fn(Idea) -> f64) -> Explained {
    let templates = Templates::embedded().unwrap();
    let peers = Peers::default();
    let names: Vec<String> = columns
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    let row: Vec<f32> = columns.iter().map(|(_, value, _)| *value).collect();
    let shap: Vec<f64> = columns.iter().map(|(.., shap)| *shap).collect();
    let reasons = Reasons::new(&names, &templates, &peers).unwrap();
    reasons.explain(&Facts {
        row: &row,
        shap: &shap,
        base_margin: -3.3,
        margin: -3.3 + shap.iter().sum::<f64>(),
        probability: &logistic,
        vendor_age_days: Some(31),
        agreement,
    })
}

fn sure(_: Idea) -> f64 {
    1.0
}

fn texts(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.text.as_str()).collect()
}

const YEARS: &str = "DateOfHireAtCurrentFirm_NumberOfYears";
const NAN: f32 = f32::NAN;

#[test]
fn features_of_one_idea_are_one_reason() {
    let explained = explain(
        &[
            (YEARS, 1.25, 0.2),
            ("Is_New_To_Firm", 1.0, 0.3),
            ("Firm_Stability_Score", 0.4, 0.9),
            ("Number_Employees", 23.0, -0.4),
        ],
        &sure,
    );
    // The score weighs most, but is never told; the flag is the strongest that is.
    assert_eq!(
        texts(&explained.drivers),
        ["Joined the current firm less than two years ago"]
    );
    assert!((explained.drivers[0].margin - 1.4).abs() < 1e-12);
    assert_eq!(texts(&explained.cautions), ["The firm has 23 employees"]);
    assert_eq!(explained.drivers[0].signal, Signal::Timing);
}

#[test]
fn the_teller_has_the_sign_of_the_sum() {
    let explained = explain(&[(YEARS, 1.25, -0.3), ("Is_New_To_Firm", 1.0, 0.2)], &sure);
    assert!(explained.drivers.is_empty());
    assert_eq!(
        texts(&explained.cautions),
        ["1.2 years at the current firm"]
    );
}

#[test]
fn points_add_up_to_the_difference_of_probability() {
    let explained = explain(
        &[
            (YEARS, 1.25, 0.2),
            ("Number_Employees", 23.0, 0.45),
            ("Quality_Score", 0.3, -0.1),
            ("Day_of_Contact", 2.0, 0.05),
        ],
        &sure,
    );
    let sum: f64 = explained.contributions.iter().map(|part| part.points).sum();
    assert!((sum - (logistic(-2.7) - logistic(-3.3))).abs() < 1e-15);
    // Neither the weekday nor a score is a reason.
    assert_eq!(explained.drivers.len(), 2);
    assert!(explained.cautions.is_empty());
}

#[test]
fn the_unknown_is_a_gap_and_never_a_fact() {
    let gaps = explain(
        &[
            (YEARS, NAN, -0.5),
            ("Is_New_To_Firm", 0.0, -0.1),
            ("AUMGrowthRate_1Year", NAN, 0.4),
            ("Is_Large_Firm", 0.0, 0.3),
        ],
        &sure,
    );
    assert!(gaps.drivers.is_empty());
    assert_eq!(
        texts(&gaps.cautions),
        ["Not known: time at the current firm"]
    );
    assert_eq!(gaps.cautions[0].value, None);
    assert_eq!(gaps.not_known, [Idea::Tenure, Idea::Growth]);
    // Of the size something is known: it is no gap, but there is nothing to tell either.
    let partly = explain(
        &[
            ("TotalAssetsInMillions", NAN, -0.5),
            ("Number_Employees", 23.0, 0.1),
        ],
        &sure,
    );
    assert_eq!((partly.cautions.len(), partly.not_known.len()), (0, 0));
}

#[test]
fn no_earlier_firm_on_record_is_a_fact() {
    let explained = explain(
        &[
            ("Number_YearsPriorFirm1", NAN, -0.3),
            ("NumberOfPriorFirms", 0.0, -0.1),
        ],
        &sure,
    );
    assert_eq!(texts(&explained.cautions), ["No earlier firms on record"]);
    assert!(explained.not_known.is_empty());
}

#[test]
fn what_models_disagree_on_is_kept_but_not_told() {
    let unsure = |idea| if idea == Idea::Tenure { 0.79 } else { 0.8 };
    let explained = explain(
        &[
            (YEARS, 1.25, 0.5),
            ("Number_Employees", 23.0, 0.4),
            ("IsIndependent", 1.0, -0.3),
        ],
        &unsure,
    );
    let told: Vec<bool> = explained.drivers.iter().map(|reason| reason.told).collect();
    assert_eq!(told, [false, true]);
    assert_eq!(
        explained.narrative.short,
        "Speaks for a call: the firm has 23 employees. Speaks against: the firm is independent. Vendor data is 31 days old."
    );
}

#[test]
fn the_told_find_a_place_before_the_unsure() {
    let reason = |margin: f64, told: bool| Reason {
        margin,
        told,
        ..explain(&[(YEARS, 1.25, 0.5)], &sure).drivers[0].clone()
    };
    let strengths = |reasons: Vec<Reason>| -> Vec<f64> {
        strongest(reasons, 3)
            .iter()
            .map(|reason| reason.margin)
            .collect()
    };
    let mixed = vec![
        reason(9.0, false),
        reason(8.0, true),
        reason(7.0, false),
        reason(6.0, true),
        reason(5.0, false),
    ];
    assert_eq!(strengths(mixed), [9.0, 8.0, 6.0]);
    let all = (1..=5).map(|at| reason(f64::from(10 - at), true)).collect();
    assert_eq!(strengths(all), [9.0, 8.0, 7.0]);
}

#[test]
fn what_hardly_moves_the_score_is_not_worth_a_word() {
    let explained = explain(
        &[(YEARS, 1.25, 0.019), ("Number_Employees", 23.0, -0.019)],
        &sure,
    );
    assert!(explained.drivers.is_empty() && explained.cautions.is_empty());
    assert!(
        explained
            .narrative
            .short
            .starts_with("Nothing known stands out")
    );
}

#[test]
fn without_a_vendor_record_nothing_is_told() {
    let templates = Templates::embedded().unwrap();
    let peers = Peers::default();
    let reasons = Reasons::new(&names(&[YEARS]), &templates, &peers).unwrap();
    let explained = reasons.explain(&Facts {
        row: &[1.0],
        shap: &[0.5],
        base_margin: -3.0,
        margin: -2.5,
        probability: &logistic,
        vendor_age_days: None,
        agreement: &sure,
    });
    assert!(explained.drivers.is_empty() && explained.cautions.is_empty());
    assert!(explained.narrative.short.starts_with("No vendor record"));
}

#[test]
fn peers_are_named_where_they_do_not_contradict() {
    let templates = Templates::embedded().unwrap();
    let rate = leadrank_stats::proportion::estimate(20, 200, 0.99).unwrap();
    let peer = Peer {
        base: rate,
        deciles: (1..=9).map(|tenth| f64::from(3 * tenth)).collect(),
        best: Some(Best {
            range: Range {
                lo: Some(2.0),
                hi: Some(5.0),
            },
            rate,
        }),
    };
    let peers = Peers {
        confidence: 0.99,
        features: [(YEARS.to_owned(), peer)].into(),
    };
    let reasons = Reasons::new(&names(&[YEARS]), &templates, &peers).unwrap();
    let text = |years: f32, shap: f64| {
        let explained = reasons.explain(&Facts {
            row: &[years],
            shap: &[shap],
            base_margin: -3.0,
            margin: -3.0 + shap,
            probability: &logistic,
            vendor_age_days: Some(1),
            agreement: &sure,
        });
        let mut all = [explained.drivers, explained.cautions].concat();
        all.remove(0).text
    };
    for (years, shap, expected) in [
        (
            3.2,
            0.3,
            "3.2 years at the current firm (leads most often agree to a call where it is 2 to 5 years)",
        ),
        (
            12.0,
            -0.3,
            "12 years at the current firm (leads more often agree to a call where it is 2 to 5 years)",
        ),
        // What would contradict the direction is left out.
        (
            3.2,
            -0.3,
            "3.2 years at the current firm (among the lowest 20 % of leads)",
        ),
        (12.0, 0.3, "12 years at the current firm"),
        (
            31.0,
            0.3,
            "31 years at the current firm (among the highest 10 % of leads)",
        ),
    ] {
        assert_eq!(text(years, shap), expected);
    }
}

#[test]
fn any_row_keeps_the_rules() {
    let told = leadrank_features::catalog();
    let names: Vec<String> = told.iter().map(|feature| feature.name.to_owned()).collect();
    let templates = Templates::embedded().unwrap();
    let peers = Peers::default();
    let reasons = Reasons::new(&names, &templates, &peers).unwrap();
    let mut numbers = Numbers(11);
    for _ in 0..500 {
        let row: Vec<f32> = (0..names.len())
            .map(|_| match numbers.next() {
                n if n < 0.4 => f32::NAN,
                n if n < 0.6 => 1.0,
                n => (n * 40.0) as f32,
            })
            .collect();
        let shap: Vec<f64> = names.iter().map(|_| numbers.next() - 0.5).collect();
        let margin = -3.0 + shap.iter().sum::<f64>();
        let agreement = numbers.next();
        let explained = reasons.explain(&Facts {
            row: &row,
            shap: &shap,
            base_margin: -3.0,
            margin,
            probability: &logistic,
            vendor_age_days: Some(9),
            agreement: &|idea| if idea < Idea::Wealth { agreement } else { 1.0 },
        });
        let sum: f64 = explained.contributions.iter().map(|part| part.points).sum();
        assert!((sum - (logistic(margin) - logistic(-3.0))).abs() < 1e-12);
        assert!(explained.drivers.len() <= DRIVERS && explained.cautions.len() <= CAUTIONS);
        let all = [explained.drivers.clone(), explained.cautions.clone()].concat();
        let mut ideas: Vec<Idea> = all.iter().map(|reason| reason.idea).collect();
        ideas.sort();
        ideas.dedup();
        assert_eq!(ideas.len(), all.len());
        for reason in &all {
            let column = names
                .iter()
                .position(|name| *name == reason.feature)
                .unwrap();
            assert_eq!(
                reason.value.is_none(),
                reason.text.starts_with("Not known: ")
            );
            assert!(reason.value.is_none() || !row[column].is_nan());
            assert!(reason.text.chars().count() <= LONGEST);
            assert!(reason.idea != Idea::ContactDay && !reason.text.contains('{'));
        }
        assert!(
            explained
                .drivers
                .iter()
                .all(|reason| reason.value.is_some())
        );
        assert!(explained.narrative.short.chars().count() <= LONGEST);
        assert!(explained.narrative.long.chars().count() <= 1_000);
    }
}

/// Margin = .5 − 1.2 · [years at firm ≥ 2 or unknown] + .8 · [new to firm].
#[test]
fn exact_shap_of_a_model_is_told() {
    let model = Model::from_bytes(include_bytes!("../../tests/fixtures/two_stumps.json")).unwrap();
    let templates = Templates::embedded().unwrap();
    let peers = Peers::default();
    let reasons = Reasons::new(&names(&[YEARS, "Is_New_To_Firm"]), &templates, &peers).unwrap();
    let row = [1.25, 1.0];
    let mut shap = vec![0.0; 3];
    model.shap(&row, &mut shap);
    let explained = reasons.explain(&Facts {
        row: &row,
        shap: &shap,
        base_margin: shap[2],
        margin: f64::from(model.margin(&row)),
        probability: &|margin| logistic(margin - 3.0),
        vendor_age_days: Some(31),
        agreement: &sure,
    });
    // + .6 · 1.2 = .72 and + .4 · .8 = .32, by the shares of the leaves' rows.
    assert_eq!(texts(&explained.drivers), ["1.2 years at the current firm"]);
    assert!((explained.drivers[0].margin - 1.04).abs() < 1e-6);
}

/// Every sentence as it is read. After a change of the words: read them, then write the file
/// anew with `UPDATE_SENTENCES=1 cargo test`.
#[test]
fn every_sentence_reads_as_it_did() {
    let sentences = Templates::embedded().unwrap().rendered();
    let lines = sentences
        .iter()
        .map(|s| format!("{} | {}\n", s.key, s.text));
    let found: String = lines.collect();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sentences.txt");
    if std::env::var_os("UPDATE_SENTENCES").is_some() {
        std::fs::write(file, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(file).unwrap());
}
