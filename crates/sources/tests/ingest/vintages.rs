//! Deliveries: added, never changed; whole or not at all; good ones in use.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use leadrank_evidence::Promise;
use leadrank_sources::{
    FileStatus, IngestOptions, Judge, Judgement, Known, Silent, ingest, withdraw,
};

use crate::project::{Project, loaded_at, table};

const MILES: &str = "SELECT snapshot_as_of, territory_source, SUM(MilesToWork) \
    FROM LeadScoring.discovery_reps_current GROUP BY 1, 2 ORDER BY 1, 2";

fn days_later(days: i64) -> DateTime<Utc> {
    loaded_at() + TimeDelta::days(days)
}

fn month(text: &str) -> NaiveDate {
    format!("{text}-01").parse().expect("a month")
}

fn reps(miles: &str) -> String {
    format!("RepCRD,MilesToWork\n1,{miles}\n")
}

/// Refuses what its rule names, as a gate would.
fn refuse(why: &'static str, bad: fn(f64) -> bool) -> Judge {
    Judge::new(move |card| {
        let columns = card.files.iter().flat_map(|file| &file.columns);
        let miles = columns
            .filter(|column| column.now.column == "MilesToWork")
            .filter_map(|column| column.now.range);
        match miles.into_iter().any(|(_, highest)| bad(highest)) {
            true => Judgement::Quarantine(vec![why.to_owned()]),
            false => Judgement::Accept(None),
        }
    })
}

fn strict(options: &mut IngestOptions) {
    options.judge = refuse("too far to work", |miles| miles > 100.0);
}

#[tokio::test]
async fn a_changed_file_is_a_new_revision_and_the_old_one_stays_readable() {
    let project = Project::new().await;
    project.put("discovery_t1_2025_09.csv", reps("1"));
    project.put("discovery_t1_2025_10.csv", reps("2"));
    project.load().await.expect("loads");
    project.put("discovery_t1_2025_09.csv", reps("7"));
    let report = project
        .load_with(|options| options.loaded_at = days_later(3))
        .await;
    let report = report.expect("loads");
    assert_eq!(report.files[0].delivery, "2025_09-r2");
    assert_eq!(report.files_read(), 1);

    let now = table(&[&["2025-09-01", "T1", "7.0"], &["2025-10-01", "T1", "2.0"]]);
    let then = table(&[&["2025-09-01", "T1", "1.0"], &["2025-10-01", "T1", "2.0"]]);
    assert_eq!(project.rows(MILES).await, now);
    let day = |days| Known::on(days_later(days).date_naive());
    assert_eq!(project.rows_known(MILES, day(3)).await, now);
    let past = project.rows_known(MILES, day(2)).await;
    let held = Promise::OldVintageReadable.hold(past == then, || format!("{past:?}"));
    assert_eq!(held, Ok(()));
    assert_eq!(project.rows_known(MILES, day(-1)).await, table(&[]));

    // The old content again is a third revision, with nothing lost on the way.
    project.put("discovery_t1_2025_09.csv", reps("1"));
    let report = project
        .load_with(|options| options.loaded_at = days_later(5))
        .await;
    assert_eq!(report.expect("loads").files[0].delivery, "2025_09-r3");
    assert_eq!(project.rows(MILES).await, then);
    assert_eq!(project.rows_known(MILES, day(4)).await, now);
}

#[tokio::test]
async fn an_incomplete_month_waits_for_the_rest_unless_partial_is_said() {
    let project = Project::new().await;
    for territory in ["t1", "t2"] {
        project.put(&format!("discovery_{territory}_2025_09.csv"), reps("1"));
    }
    project.put(
        "discovery_firms_2025_09.csv",
        "RIAFirmCRD,OwnershipType\n7,Independent\n",
    );
    project.put("discovery_t2_2025_10.csv", reps("2"));
    project.put("salesforce_lead.csv", "Id,FA_CRD__c\n00Q1,1\n");
    let report = project.load().await.expect("loads the rest");
    assert_eq!(report.held_back.len(), 1);
    let held = &report.held_back[0];
    assert_eq!(
        (held.delivery.as_str(), held.quarantined),
        ("2025-10", false)
    );
    assert_eq!(
        held.reasons,
        ["T1, firms are missing, which the month before had"]
    );
    let status: Vec<FileStatus> = report.files.iter().map(|file| file.status).collect();
    use FileStatus::{Held, Loaded};
    assert_eq!(status, [Loaded, Loaded, Loaded, Held, Loaded]);
    assert_eq!(project.rows(MILES).await.len(), 2);

    let partial = project.load_with(|options| options.partial = true).await;
    assert_eq!(partial.expect("loads").held_back, []);
    assert_eq!(project.rows(MILES).await.len(), 3);
    let words = "SELECT reason FROM LeadScoring.loads_in_use WHERE delivery = '2025_10-r1'";
    assert_eq!(
        project.rows(words).await,
        table(&[&["partial: without T1, firms"]])
    );
    // The rest of the month is one more delivery of it, and needs no word.
    project.put("discovery_t1_2025_10.csv", reps("4"));
    project.put(
        "discovery_firms_2025_10.csv",
        "RIAFirmCRD,OwnershipType\n7,Independent\n",
    );
    assert_eq!(project.load().await.expect("loads").held_back, []);
    assert_eq!(project.rows(MILES).await.len(), 4);
}

#[tokio::test]
async fn one_bad_file_keeps_its_whole_month_out() {
    let project = Project::new().await;
    project.put("discovery_t1_2025_10.csv", reps("1"));
    project.put("discovery_t2_2025_10.csv", "RepCRD,MilesToWork\n1,\"2\n");
    let report = project
        .load()
        .await
        .expect("the file is told, not an error");
    let told = &report.held_back[0].reasons[0];
    assert!(told.starts_with("discovery_t2_2025_10.csv"), "{told}");
    assert!(
        project
            .versions()
            .await
            .iter()
            .all(|(name, _)| !name.ends_with("load_log"))
    );
    project.put("discovery_t2_2025_10.csv", reps("2"));
    project
        .load_with(|options| options.tidy = true)
        .await
        .expect("loads");
    let both = table(&[&["2025-10-01", "T1", "1.0"], &["2025-10-01", "T2", "2.0"]]);
    assert_eq!(project.rows(MILES).await, both);
}

#[tokio::test]
async fn a_month_that_fails_never_replaces_a_good_one() {
    let project = Project::new().await;
    project.put("discovery_t1_2025_10.csv", reps("5"));
    project.load_with(strict).await.expect("loads");
    let good = table(&[&["2025-10-01", "T1", "5.0"]]);

    project.put("discovery_t1_2025_10.csv", reps("500"));
    for read in [1, 0] {
        // The second time nothing is read, and it is said again.
        let report = project.load_with(strict).await.expect("held back");
        assert_eq!(report.files[0].status, FileStatus::Quarantined);
        assert_eq!(report.files_read(), read);
        assert_eq!(report.held_back[0].reasons, ["too far to work"]);
        let rows = project.rows(MILES).await;
        let held = Promise::BadMonthHeldBack.hold(rows == good, || format!("{rows:?}"));
        assert_eq!(held, Ok(()));
    }
    // A reason brings it into use, without reading it again.
    let forced = |options: &mut IngestOptions| {
        strict(options);
        options.loaded_at = days_later(1);
        options.force = Some("they moved to the country".into());
    };
    let report = project.load_with(forced).await.expect("released");
    assert_eq!((report.files_read(), report.held_back.len()), (0, 0));
    assert_eq!(report.files[0].status, FileStatus::Unchanged);
    assert_eq!(
        project.rows(MILES).await,
        table(&[&["2025-10-01", "T1", "500.0"]])
    );
    let words = project
        .rows("SELECT reason FROM LeadScoring.loads_in_use")
        .await;
    assert_eq!(
        words,
        table(&[&["forced (they moved to the country): too far to work"]])
    );

    // Taken out of use, the good one is back, and the file is not loaded by itself again.
    let month = month("2025-10");
    let taken = withdraw(&project.warehouse, month, "no they did not", days_later(2)).await;
    assert_eq!(taken.expect("in use"), ["discovery_t1_2025_10.csv"]);
    assert_eq!(project.rows(MILES).await, good);
    let report = project.load_with(strict).await.expect("nothing to do");
    assert_eq!(report.files[0].status, FileStatus::Withdrawn);
    assert_eq!(project.rows(MILES).await, good);
    let error = withdraw(
        &project.warehouse,
        "2025-01-01".parse().expect("a day"),
        "",
        days_later(2),
    );
    assert!(
        error
            .await
            .expect_err("none")
            .to_string()
            .contains("2025-01")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_loads_at_once_one_wins_and_the_other_fails_cleanly_or_finds_it_done() {
    for round in 0..5 {
        let project = Project::new().await;
        for territory in ["t1", "t2", "t3"] {
            let rows: Vec<String> = (1..500).map(|rep| format!("{rep},{round}")).collect();
            let text = format!("RepCRD,MilesToWork\n{}\n", rows.join("\n"));
            project.put(&format!("discovery_{territory}_2025_10.csv"), text);
        }
        let load = || {
            let (warehouse, options) = (project.warehouse.clone(), project.options());
            tokio::spawn(async move { ingest(&warehouse, &options, &Silent).await })
        };
        let loads = [load(), load()];
        let mut won = 0;
        for load in loads {
            match load.await.expect("ends") {
                Ok(_) => won += 1,
                Err(error) => {
                    let text = error.to_string();
                    assert!(
                        text.contains("another writer") || text.contains("run the"),
                        "{text}"
                    );
                }
            }
        }
        assert!(won >= 1);
        let count = project
            .rows("SELECT COUNT(*) FROM LeadScoring.discovery_reps_current")
            .await;
        assert_eq!(count, table(&[&["1497"]]), "round {round}");
    }
}

#[tokio::test]
async fn a_mended_file_brings_its_whole_month_into_use_or_none_of_it() {
    let project = Project::new().await;
    for territory in ["t1", "t2"] {
        project.put(&format!("discovery_{territory}_2025_09.csv"), reps("1"));
    }
    project.load_with(strict).await.expect("loads");
    project.put("discovery_t1_2025_10.csv", reps("500"));
    project.put("discovery_t2_2025_10.csv", reps("2"));
    let report = project.load_with(strict).await.expect("held back");
    assert_eq!(report.held_back.len(), 1);
    let september = table(&[&["2025-09-01", "T1", "1.0"], &["2025-09-01", "T2", "1.0"]]);
    assert_eq!(project.rows(MILES).await, september);
    // A file mended badly keeps the month out; one mended well brings all of it in.
    project.put("discovery_t1_2025_10.csv", reps("600"));
    assert_eq!(
        project
            .load_with(strict)
            .await
            .expect("held back")
            .held_back
            .len(),
        1
    );
    let rows = project.rows(MILES).await;
    let held = Promise::WholeDelivery.hold(rows == september, || format!("{rows:?}"));
    assert_eq!(held, Ok(()));
    project.put("discovery_t1_2025_10.csv", reps("6"));
    let report = project.load_with(strict).await.expect("loads");
    assert_eq!((report.held_back.len(), report.files_read()), (0, 1));
    let both = table(&[
        &["2025-09-01", "T1", "1.0"],
        &["2025-09-01", "T2", "1.0"],
        &["2025-10-01", "T1", "6.0"],
        &["2025-10-01", "T2", "2.0"],
    ]);
    assert_eq!(project.rows(MILES).await, both);

    // Taken out as a whole, it comes back as a whole: named and forced, or mended.
    let month = month("2025-10");
    withdraw(&project.warehouse, month, "a doubt", days_later(1))
        .await
        .expect("in use");
    project.put("discovery_t1_2025_10.csv", reps("7"));
    project.load_with(strict).await.expect("loads");
    let miles = project.rows(MILES).await;
    assert_eq!(
        miles[2..],
        table(&[&["2025-10-01", "T1", "7.0"], &["2025-10-01", "T2", "2.0"]])
    );
}
