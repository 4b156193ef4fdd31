//! The page as a whole: well-formed, self-contained, small, the same every time, and proof
//! against any text.

mod sample;
mod standalone;

use leadrank_evidence::Unit;
use leadrank_report::{
    AuditRow, BeeswarmFeature, BudgetRow, CallRow, CriterionRow, DecisionRow, ImportanceRow,
    Intake, MetricRow, PersonRow, RivalRow, RunPage, SplitRow, SwarmPoint, TierRow, TierSummary,
    Tile, Words, render_run, summary_text,
};
use leadrank_stats::{Estimate, curves};
use proptest::prelude::*;
use standalone::{parse, stands_alone};

#[test]
fn a_full_page_stands_alone() {
    let page = sample::page();
    let html = render_run(&page);
    assert_eq!(html, render_run(&page));
    assert!(html.len() < 1_000_000, "{} bytes", html.len());
    stands_alone(&html, 10);
}

#[test]
fn each_section_opens_with_a_sentence() {
    let html = render_run(&sample::page());
    let document = parse(&html);
    let sections: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("section"))
        .collect();
    let titles: Vec<&str> = sections
        .iter()
        .filter_map(|section| {
            section
                .descendants()
                .find(|node| node.has_tag_name("h2"))?
                .text()
        })
        .collect();
    assert_eq!(
        titles,
        [
            "Whom to call",
            "Does it work?",
            "How it was decided",
            "What moves the score",
            "What went in",
            "How it was made"
        ]
    );
    for section in &sections[..5] {
        let says = section
            .descendants()
            .filter(|node| node.attribute("class") == Some("says"));
        let sentences: Vec<&str> = says.filter_map(|node| node.text()).collect();
        assert!(!sentences.is_empty());
        assert!(
            sentences.iter().all(|sentence| sentence.ends_with('.')),
            "{sentences:?}"
        );
    }
}

#[test]
fn a_page_without_anything_is_a_page() {
    let html = render_run(&RunPage::default());
    let document = parse(&html);
    assert!(
        !document
            .descendants()
            .any(|node| node.has_tag_name("section"))
    );
    assert_eq!(summary_text(&RunPage::default()), "\n");
}

#[test]
fn a_table_without_leads_has_no_list_and_no_files() {
    let full = sample::page();
    let page = RunPage {
        words: Words::generic(),
        intake: None,
        label_audit: None,
        coverage: None,
        tiers: None,
        call_list: Vec::new(),
        notes: Vec::new(),
        headline: Vec::new(),
        criteria: Vec::new(),
        provenance: Vec::new(),
        title: "Trained".into(),
        subtitle: String::new(),
        ..full
    };
    let html = render_run(&page);
    let document = parse(&html);
    let ids: Vec<&str> = document
        .descendants()
        .filter(|node| node.has_tag_name("section"))
        .filter_map(|node| node.attribute("id"))
        .collect();
    assert_eq!(ids, ["works", "decided", "drivers", "data"]);
    assert!(html.contains("share of positives reached"));
    assert!(!html.contains("scheduled call") && !html.contains(" leads"));
}

#[test]
fn the_gain_sentence_says_what_the_curve_shows() {
    let labels: Vec<bool> = (0..100).map(|row| row < 10 || row % 10 == 0).collect();
    let scores: Vec<f64> = (0..100).map(|row| -f64::from(row)).collect();
    let page = RunPage {
        gain: curves::cumulative_gain(&labels, &scores),
        deciles: curves::deciles(&labels, &scores, &vec![0.19; 100]),
        ..RunPage::default()
    };
    let text = summary_text(&page);
    // 19 positives: rows 0..10, then every tenth; 11 in the first 20, 2 in the last
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    assert!(
        text.contains("Calling the best 20 % first reaches 58 % (36–77) of the"),
        "{text}"
    );
    assert!(
        text.contains("The last 20 % hold 11 % (3–31) of them."),
        "{text}"
    );
}

#[test]
fn the_summary_fits_a_terminal() {
    let mut page = sample::page();
    // numbers of this test's own, so that it tells a change of words from one of statistics
    let estimate = Estimate {
        value: 0.354,
        lo: 0.306,
        hi: 0.402,
        n: 9_861,
        positives: 397,
        chance: Some(0.2),
    };
    page.metrics = vec![MetricRow::standard(
        "recall_at_20",
        vec![("test".into(), estimate)],
    )];
    page.headline[..3].fill(Tile::measured("Reached by 20 %", Unit::Share, &estimate));
    let text = summary_text(&page);
    insta::assert_snapshot!(text);
    assert!(text.lines().count() <= 56);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    assert!(!text.contains('\u{a0}') && !text.contains('\u{1b}'));
}

const NASTY: &str = "<script>alert(\"1\")</script>'&`</style>]]><!--\u{0}\u{1b}[31m";

fn nasty() -> String {
    NASTY.into()
}

/// A page whose every text is an attack.
fn nasty_page() -> RunPage {
    let estimate = Estimate {
        value: 0.1,
        lo: 0.0,
        hi: 0.2,
        n: 10,
        positives: 1,
        chance: Some(0.1),
    };
    RunPage {
        title: nasty(),
        subtitle: nasty(),
        words: Words {
            event: nasty(),
            events: nasty(),
            rows: nasty(),
        },
        notes: vec![nasty()],
        headline: vec![Tile {
            label: nasty(),
            value: nasty(),
            note: nasty(),
        }],
        intake: Some(Intake {
            rejected_cells: 1,
            rejected_by_column: vec![(nasty(), 1)],
            warnings: vec![nasty()],
            ..Intake::default()
        }),
        label_audit: Some(vec![AuditRow {
            name: nasty(),
            count: 1,
            share: 1.0,
            meaning: nasty(),
        }]),
        coverage: Some(leadrank_report::Coverage {
            leads: 2,
            with_crd: 1,
            matched: 1,
            vintages: vec![(nasty(), 1)],
            age: nasty(),
        }),
        split: vec![SplitRow {
            part: nasty(),
            from: nasty(),
            to: nasty(),
            note: nasty(),
            ..SplitRow::default()
        }],
        judged_part: nasty(),
        metrics: vec![
            MetricRow {
                name: nasty(),
                label: nasty(),
                meaning: nasty(),
                by_part: vec![(nasty(), estimate), ("test".into(), estimate)],
                ..MetricRow::default()
            },
            MetricRow::standard("auc_pr", vec![(nasty(), estimate)]),
        ],
        criteria: vec![CriterionRow {
            name: nasty(),
            threshold: nasty(),
            value: nasty(),
            met: None,
            comment: nasty(),
        }],
        decisions: vec![DecisionRow {
            what: nasty(),
            short: nasty(),
            sentence: nasty(),
        }],
        rivals: vec![RivalRow {
            name: nasty(),
            note: nasty(),
            auc_roc: Some(estimate),
            auc_pr: None,
            lift: Some(estimate),
            difference: Some(estimate.into()),
            verdict: nasty(),
        }],
        pr: vec![curves::PrPoint {
            recall: 1.0,
            precision: 0.1,
            threshold: 0.0,
        }],
        captured: Vec::new(),
        gain: curves::cumulative_gain(&[true, false], &[1.0, 0.0]),
        reliability: curves::reliability(&[true, false], &[0.5, 0.4], 2),
        deciles: curves::deciles(&[true, false], &[1.0, 0.0], &[0.5, 0.4]),
        beeswarm: vec![BeeswarmFeature {
            label: nasty(),
            points: vec![SwarmPoint {
                shap: 0.1,
                value_rank: None,
            }],
        }],
        importance: vec![ImportanceRow {
            label: nasty(),
            mean_abs: 0.1,
            share: 1.0,
        }],
        tiers: Some(TierSummary {
            rows: vec![TierRow {
                tier: nasty(),
                leads: 0,
                expected_calls: 0.0,
                meaning: nasty(),
            }],
            explanation: nasty(),
            notes: vec![nasty()],
            budgets: vec![BudgetRow {
                label: nasty(),
                ..BudgetRow::default()
            }],
            budgets_note: nasty(),
            people: vec![PersonRow {
                id: nasty(),
                ..PersonRow::default()
            }],
        }),
        call_list: vec![CallRow {
            lead_id: nasty(),
            tier: nasty(),
            reasons: vec![nasty()],
            caution: Some(nasty()),
            data_age: nasty(),
            ..CallRow::default()
        }],
        provenance: vec![(nasty(), nasty())],
    }
}

#[test]
fn no_text_becomes_markup() {
    let html = render_run(&nasty_page());
    let document = parse(&html);
    assert!(
        !document
            .descendants()
            .any(|node| node.has_tag_name("script"))
    );
    assert_eq!(
        document
            .descendants()
            .filter(|node| node.is_comment())
            .count(),
        0
    );
    assert!(!html.contains("<script") && !html.contains("NaN"));
    assert!(html.matches("&lt;script&gt;").count() > 40);
    let text = summary_text(&nasty_page());
    assert!(!text.contains('\u{1b}') && !text.contains('\u{0}'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_estimate_breaks_the_page(
        numbers in prop::collection::vec(any::<f64>(), 3),
        n in any::<u64>(),
        positives in any::<u64>(),
    ) {
        let estimate = Estimate {
            value: numbers[0],
            lo: numbers[1],
            hi: numbers[2],
            n,
            positives,
            chance: Some(numbers[0]),
        };
        let names = ["auc_roc", "auc_pr", "recall_at_20", "predicted_over_observed", "lift_at_10"];
        let row = |name| MetricRow::standard(name, vec![("test".into(), estimate)]);
        let page = RunPage { metrics: names.map(row).into(), ..nasty_page() };
        let html = render_run(&page);
        parse(&html);
        prop_assert!(!html.contains("NaN"));
        let text = summary_text(&page);
        prop_assert!(!text.contains("NaN"));
    }
}
