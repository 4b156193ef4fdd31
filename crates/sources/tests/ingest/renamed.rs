//! A column under a new name is told by its values.

use leadrank_sources::{FileCard, Judge, Judgement, Scorecard};
use std::sync::{Arc, Mutex};

use crate::project::Project;

/// 60 reps with a column of this name and these values.
fn file(column: &str, value: impl Fn(u64) -> String) -> String {
    let rows: Vec<String> = (1..=60)
        .map(|rep| format!("{rep},7,{},{rep}\n", value(rep)))
        .collect();
    format!("RepCRD,RIAFirmCRD,{column},MilesToWork\n{}", rows.concat())
}

async fn second_month(first: String, second: String) -> FileCard {
    let project = Project::new().await;
    project.put("discovery_t1_2025_09.csv", first);
    project.load().await.expect("loads");
    project.put("discovery_t1_2025_10.csv", second);
    let seen: Arc<Mutex<Option<Scorecard>>> = Arc::default();
    let keep = Arc::clone(&seen);
    let judge = Judge::new(move |card| {
        *keep.lock().expect("not poisoned") = Some(card.clone());
        Judgement::Accept(None)
    });
    project
        .load_with(|options| options.judge = judge)
        .await
        .expect("loads");
    let card = seen.lock().expect("not poisoned").take().expect("judged");
    card.files[0].clone()
}

#[tokio::test]
async fn equal_values_under_a_new_name_are_a_renaming() {
    let value = |rep: u64| format!("{}.5", rep % 50);
    let old = file("AUMGrowthRate_1Year", value);
    let file = second_month(old, file("AUM Growth 1-Yr", value)).await;
    assert_eq!(file.header.gone, ["AUMGrowthRate_1Year"]);
    let renamed = &file.header.renamed[0];
    assert_eq!(
        (renamed.new.as_str(), renamed.compared, renamed.same),
        ("AUM Growth 1-Yr", 60, 60)
    );
}

#[tokio::test]
async fn values_that_moved_are_told_by_their_shape_and_others_are_none() {
    let old = |rep: u64| format!("{}", rep % 50);
    // The same spread, each adviser with another value than before.
    let moved = |rep: u64| format!("{}", (60 - rep) % 50);
    let found = second_month(file("AUMGrowthRate_1Year", old), file("Growth", moved)).await;
    let renamed = &found.header.renamed[0];
    assert!(renamed.same < 10 && renamed.distance < 0.05, "{renamed:?}");
    let other = |rep: u64| format!("{}", 1_000 + rep);
    let found = second_month(file("AUMGrowthRate_1Year", old), file("Growth", other)).await;
    assert_eq!(found.header.gone, ["AUMGrowthRate_1Year"]);
    assert_eq!(found.header.renamed, []);
}
