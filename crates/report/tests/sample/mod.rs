//! A page with made-up numbers of the size that real runs have.

use std::collections::BTreeMap;

use leadrank_evidence::{Measured, Unit};
use leadrank_report::{
    AuditRow, BeeswarmFeature, BudgetRow, CallRow, Coverage, CriterionRow, DecisionRow,
    ImportanceRow, Intake, MetricRow, PersonRow, RivalRow, RunPage, SplitRow, TierRow, TierSummary,
    Tile, Words,
};
use leadrank_stats::evaluation::{EvaluationOptions, evaluate};
use leadrank_stats::{Estimate, curves};

/// Numbers between 0 and 1 that look random and are the same everywhere (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Nearly normal, with mean 0 and deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

/// Labels, margins and probabilities of a model as good as honest ones are.
pub(crate) struct Scored {
    pub(crate) labels: Vec<bool>,
    pub(crate) margins: Vec<f64>,
    pub(crate) probabilities: Vec<f64>,
}

impl Scored {
    pub(crate) fn new(rows: usize, signal: f64, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let margins: Vec<f64> = (0..rows).map(|_| -3.35 + signal * dice.normal()).collect();
        let probabilities: Vec<f64> = margins
            .iter()
            .map(|margin| 1.0 / (1.0 + (-margin).exp()))
            .collect();
        let labels = probabilities
            .iter()
            .map(|&probability| dice.uniform() < probability)
            .collect();
        Scored {
            labels,
            margins,
            probabilities,
        }
    }

    pub(crate) fn metrics(&self) -> BTreeMap<String, Estimate> {
        let options = EvaluationOptions {
            replicates: 100,
            confidence: 0.95,
            seed: 42,
        };
        evaluate(&self.labels, &self.margins, &self.probabilities, &options)
            .map(|evaluation| evaluation.metrics)
            .unwrap_or_default()
    }
}

const FEATURES: [(&str, f64); 30] = [
    ("Years at the current firm", 0.24),
    ("Number of earlier firms", 0.17),
    ("Advisers at the firm", 0.15),
    ("Years in the industry", 0.12),
    ("Assets of the firm", 0.11),
    ("Licences: Series 65 only", 0.09),
    ("Average years at earlier firms", 0.08),
    ("Clients per adviser", 0.075),
    ("Share of wealthy clients", 0.07),
    ("Assets per client", 0.062),
    ("Growth of assets, one year", 0.055),
    ("Growth of assets, five years", 0.05),
    ("Employees of the firm", 0.045),
    ("Branch advisers", 0.041),
    ("Owner of the firm", 0.038),
    ("Registered with several firms", 0.034),
    ("Share of clients in the same state", 0.031),
    (
        "Firms in the last five years, per year of experience",
        0.028,
    ),
    ("Moves per year", 0.026),
    ("Works in another state than lives", 0.024),
    ("Metropolitan area: New York", 0.021),
    ("Metropolitan area: Chicago", 0.019),
    ("Independent firm", 0.017),
    ("Licences: Series 7", 0.015),
    ("Custodian: large platform", 0.013),
    ("Accounts per adviser", 0.011),
    ("Planning designation", 0.009),
    ("Disclosures", 0.007),
    ("Assets in funds", 0.006),
    ("Month of contact", 0.004),
];

/// Points of every feature, `rows` each; a tenth of the values is missing.
pub(crate) fn beeswarm(rows: usize) -> Vec<BeeswarmFeature> {
    let mut dice = Dice::new(7);
    FEATURES
        .iter()
        .enumerate()
        .map(|(place, (label, size))| {
            let direction = if place % 3 == 1 { 1.0 } else { -1.0 };
            let pairs: Vec<(f64, Option<f64>)> = (0..rows)
                .map(|_| {
                    let value = dice.normal();
                    let known = dice.uniform() > 0.1;
                    let shap = if known {
                        direction * size * (value + 0.3 * value * value - 0.3)
                            + 0.15 * size * dice.normal()
                    } else {
                        -0.4 * size + 0.1 * size * dice.normal()
                    };
                    (shap, known.then_some(value))
                })
                .collect();
            BeeswarmFeature::from_values(*label, &pairs)
        })
        .collect()
}

fn importance() -> Vec<ImportanceRow> {
    let total: f64 = FEATURES.iter().map(|feature| feature.1).sum();
    let row = |feature: &(&str, f64)| ImportanceRow {
        label: feature.0.into(),
        mean_abs: feature.1,
        share: feature.1 / total,
    };
    FEATURES.iter().map(row).collect()
}

fn calls() -> Vec<CallRow> {
    let reasons = [
        "at the current firm for 2.1 years; movers usually leave after 1 to 4",
        "4 earlier firms in 11 years in the industry",
        "small firm: 6 advisers",
        "registered as investment adviser only (Series 65)",
        "firm assets of $84M",
        "3.4 years at each earlier firm on average",
    ];
    let cautions = [
        None,
        Some("growth of the firm is not known"),
        None,
        Some("contacted before, 14 months ago"),
    ];
    (0..20)
        .map(|place| CallRow {
            rank: place as u64 + 1,
            lead_id: format!("00Q5f00000Wq{place:02}nEAC"),
            tier: if place < 12 { "A" } else { "B" }.into(),
            probability: 0.142 - 0.0031 * place as f64,
            percentile: 99.98 - 0.02 * place as f64,
            reasons: (0..3)
                .map(|reason| reasons[(place + reason * 2) % reasons.len()].into())
                .collect(),
            caution: cautions[place % cautions.len()].map(String::from),
            data_age: "vendor data of 2025-10-01, 26 days old".into(),
        })
        .collect()
}

/// The page.
/// A list of scores with made-up intervals.
fn rival(
    name: &str,
    (auc_roc, auc_pr): (f64, f64),
    difference: Option<(f64, f64, f64)>,
    verdict: &str,
) -> RivalRow {
    let estimate = |value: f64| Estimate {
        value,
        lo: 0.95 * value,
        hi: 1.05 * value,
        n: 9_861,
        positives: 378,
        chance: None,
    };
    RivalRow {
        name: name.into(),
        note: String::new(),
        auc_roc: Some(estimate(auc_roc)),
        auc_pr: Some(estimate(auc_pr)),
        lift: Some(estimate(auc_pr / 0.038)),
        difference: difference.map(|(value, lo, hi)| Measured {
            value,
            lo: Some(lo),
            hi: Some(hi),
            n: 9_861,
            chance: None,
        }),
        verdict: verdict.into(),
    }
}

pub(crate) fn page() -> RunPage {
    let test = Scored::new(9_861, 0.55, 11);
    let train = Scored::new(22_400, 0.72, 12);
    let (test_metrics, train_metrics) = (test.metrics(), train.metrics());
    let positives = |scored: &Scored| scored.labels.iter().filter(|&&label| label).count() as u64;
    RunPage {
        title: "Lead ranking as of 27 October 2025".into(),
        subtitle: "model 3f9a1c07 · made-up data: 24 vendor months, 39,448 \
                    contacted leads · call list for 28 October"
            .into(),
        words: Words::default(),
        notes: vec![
            "The data is made up by `leadrank simulate`; it has the shape \
                    and the faults of real exports, not their truth."
                .into(),
            "AUC-PR above 0.35 at this base rate would be a sign of \
                    leakage, not of success; the plan's threshold is shown below \
                    for comparison only."
                .into(),
        ],
        headline: vec![
            Tile::measured(
                "Reached by calling the best 20 %",
                Unit::Share,
                &test_metrics["recall_at_20"],
            ),
            Tile::measured(
                "Lift of the best 10 %",
                Unit::Times,
                &test_metrics["lift_at_10"],
            ),
            Tile::measured("AUC-PR", Unit::Score, &test_metrics["auc_pr"]),
            Tile {
                label: "Leads to call today".into(),
                value: "1,008".into(),
                note: "12 salespeople × 70 dials, 20 % overbooked".into(),
            },
            Tile {
                label: "Leads not worth a call".into(),
                value: "6,204".into(),
                note: "bottom 20 %; 112 scheduled calls expected".into(),
            },
        ],
        decisions: vec![
            DecisionRow {
                what: "features".into(),
                short: "32 of 67 candidates; with what the screens leave the folds rank at least as well"
                    .into(),
                sentence: "The model gets 32 of 67 candidates: with what the screens leave the folds \
                           rank at least as well."
                    .into(),
            },
            DecisionRow {
                what: "rare positives".into(),
                short: "nothing, which has the highest score of 10 treatments itself".into(),
                sentence: "No clear winner: doing nothing has the highest weighted score itself (0.91), \
                           so nothing is done about imbalance."
                    .into(),
            },
        ],
        rivals: vec![
            rival("this model", (0.651, 0.071), None, ""),
            rival("scorecard", (0.642, 0.068), Some((-0.003, -0.009, 0.002)), "not to be told apart"),
            rival("the same chance for all", (0.5, 0.038), Some((-0.033, -0.041, -0.026)), "worse"),
        ],
        intake: Some(Intake {
            files: 100,
            rows: 1_934_221,
            rejected_cells: 4_812,
            rejected_by_column: vec![
                ("TotalAssetsInMillions".into(), 2_214),
                ("DateOfHireAtCurrentFirm_NumberOfYears".into(), 1_003),
                ("AUMGrowthRate_5Year".into(), 702),
                ("NumberClients_Individuals".into(), 402),
                ("Home_ZipCode".into(), 240),
                ("MilesToWork".into(), 131),
                ("Number_IAReps".into(), 61),
                ("PercentClients_HNWIndividuals".into(), 33),
                ("PercentAssets_MutualFunds".into(), 14),
                ("Number_BranchAdvisors".into(), 12),
            ],
            warnings: vec![
                "discovery_t2_2024_07.csv lacks the column Email_BusinessType; \
                    all its rows have it missing"
                    .into(),
            ],
        }),
        label_audit: Some(vec![
            AuditRow {
                name: "negative".into(),
                count: 33_912,
                share: 0.8597,
                meaning: "no scheduled call within 30 days".into(),
            },
            AuditRow {
                name: "positive".into(),
                count: 1_386,
                share: 0.0351,
                meaning: "a scheduled call within 30 days of the first contact".into(),
            },
            AuditRow {
                name: "censored".into(),
                count: 3_240,
                share: 0.0821,
                meaning: "contacted less than 30 days before the analysis date: left out".into(),
            },
            AuditRow {
                name: "late".into(),
                count: 871,
                share: 0.0221,
                meaning: "a scheduled call after the 30 days: counts as negative".into(),
            },
            AuditRow {
                name: "invalid_timing".into(),
                count: 39,
                share: 0.001,
                meaning: "a scheduled call before the contact: rejected".into(),
            },
        ]),
        coverage: Some(Coverage {
            leads: 39_448,
            with_crd: 38_120,
            matched: 36_214,
            vintages: (0..24)
                .map(|month| {
                    (
                        format!("{}-{:02}", 2023 + (month + 10) / 12, (month + 10) % 12 + 1),
                        900 + 37 * month as u64 + 331 * (month as u64 % 5),
                    )
                })
                .collect(),
            age: "At contact the vendor data was 17 days old (median).".into(),
        }),
        split: vec![
            SplitRow {
                part: "train".into(),
                rows: 22_400,
                positives: positives(&train),
                from: "2023-11-02".into(),
                to: "2025-02-11".into(),
                note: "fits the trees".into(),
            },
            SplitRow {
                part: "early stopping".into(),
                rows: 3_010,
                positives: 107,
                from: "2025-03-14".into(),
                to: "2025-04-20".into(),
                note: "says when to stop; 402 rows before it dropped as their label \
                    was not known yet"
                    .into(),
            },
            SplitRow {
                part: "calibration".into(),
                rows: 2_866,
                positives: 101,
                from: "2025-05-21".into(),
                to: "2025-06-24".into(),
                note: "turns scores into probabilities".into(),
            },
            SplitRow {
                part: "test".into(),
                rows: 9_861,
                positives: positives(&test),
                from: "2025-07-25".into(),
                to: "2025-09-26".into(),
                note: "judges; seen by nothing before".into(),
            },
        ],
        judged_part: "test".into(),
        metrics: MetricRow::table(&[("train", &train_metrics), ("test", &test_metrics)]),
        criteria: vec![
            CriterionRow {
                name: "Ranks better than chance".into(),
                threshold: "AUC-ROC > 0.580".into(),
                value: "0.648 (0.62–0.68)".into(),
                met: Some(true),
                comment: "a threshold that honest models reach".into(),
            },
            CriterionRow {
                name: "Lift of the best 10 %".into(),
                threshold: "≥ 1.4×".into(),
                value: "1.9× (1.6–2.3)".into(),
                met: Some(true),
                comment: "the lower end of the interval clears it too".into(),
            },
            CriterionRow {
                name: "AUC-PR of the plan".into(),
                threshold: "> 0.350".into(),
                value: "0.064 (0.056–0.075)".into(),
                met: Some(false),
                comment: "at a base rate of 3.9 % this needs an AUC-ROC of about 0.88, \
                    which nothing honest reaches"
                    .into(),
            },
            CriterionRow {
                name: "Precision in tier A".into(),
                threshold: "> 15 %".into(),
                value: "8.1 % (6.5–10.0)".into(),
                met: Some(false),
                comment: "twice the base rate".into(),
            },
            CriterionRow {
                name: "Calibration error".into(),
                threshold: "< 5 %".into(),
                value: "0.6 % (0.4–1.2)".into(),
                met: Some(true),
                comment: "easy at this base rate: a constant would meet it".into(),
            },
            CriterionRow {
                name: "Lift against a control group".into(),
                threshold: "> 50 %, p < 0.05".into(),
                value: "–".into(),
                met: None,
                comment: "needs an experiment".into(),
            },
        ],
        pr: curves::precision_recall(&test.labels, &test.margins),
        captured: Vec::new(),
        gain: curves::cumulative_gain(&test.labels, &test.margins),
        reliability: curves::reliability(&test.labels, &test.probabilities, 10),
        deciles: curves::deciles(&test.labels, &test.margins, &test.probabilities),
        beeswarm: beeswarm(400),
        importance: importance(),
        tiers: Some(TierSummary {
            rows: vec![
                TierRow {
                    tier: "A".into(),
                    leads: 1_008,
                    expected_calls: 83.4,
                    meaning: "call today".into(),
                },
                TierRow {
                    tier: "B".into(),
                    leads: 840,
                    expected_calls: 54.1,
                    meaning: "call next".into(),
                },
                TierRow {
                    tier: "C".into(),
                    leads: 22_968,
                    expected_calls: 861.0,
                    meaning: "call when A and B are done".into(),
                },
                TierRow {
                    tier: "do not call".into(),
                    leads: 6_204,
                    expected_calls: 112.3,
                    meaning: "bottom 20 %: skip unless there is another reason".into(),
                },
            ],
            explanation: "Tier A is what the team can dial in a day: 12 active \
                    salespeople × 70 dials × 1.2, as some calls fall through. B is \
                    one more day. Sizes are in leadrank.toml."
                .into(),
            notes: vec!["The leaders of 53 firms go to one salesperson each.".into()],
            budgets: vec![
                BudgetRow {
                    label: "best 50 %".into(),
                    leads: 4_026,
                    expected: 161.2,
                    lo: 137.0,
                    hi: 186.0,
                    chance: 124.9,
                },
                BudgetRow {
                    label: "best 100 %".into(),
                    leads: 8_052,
                    expected: 249.8,
                    lo: 220.0,
                    hi: 281.0,
                    chance: 249.8,
                },
            ],
            budgets_note: "The counts hold if the probabilities do.".into(),
            people: vec![PersonRow {
                id: "005SM0000000001AAA".into(),
                dials_per_day: 70.0,
                tier_a: 84,
                tier_b: 70,
                expected_calls: 11.46,
            }],
        }),
        call_list: calls(),
        provenance: vec![
            (
                "model".into(),
                "3f9a1c0782d94e6fb1a05d7c1e9f2b3444a0c8d19be7f65a2d31c07b9e8f6a54".into(),
            ),
            (
                "trained with".into(),
                "XGBoost 3.1.3, 214 trees of depth 4, seed 42".into(),
            ),
            (
                "training dataset".into(),
                "LeadScoring.training_dataset, version 3".into(),
            ),
            ("leadrank".into(), "0.1.0".into()),
            (
                "again".into(),
                "leadrank run --as-of 2025-10-27 --seed 42".into(),
            ),
        ],
    }
}
