//! Loading again: what is the same stays untouched, what changed replaces its own.

use std::sync::Mutex;

use crate::project::{Project, day, table};
use leadrank_evidence::Promise;
use leadrank_sources::{
    FileKind, FileStatus, Known, ProgressEvent, Silent, discover, ingest, register_in_use,
};
use leadrank_warehouse::SessionOptions;

const COUNT: &str = "SELECT snapshot_as_of, territory_source, COUNT(*), SUM(MilesToWork) \
    FROM LeadScoring.discovery_reps_current GROUP BY snapshot_as_of, territory_source \
    ORDER BY snapshot_as_of, territory_source";

async fn two_months() -> Project {
    let project = Project::new().await;
    project.put(
        "discovery_t1_2025_09.csv",
        "RepCRD,MilesToWork\n1,1\n2,Osseo\n",
    );
    project.put("discovery_t1_2025_10.csv", "RepCRD,MilesToWork\n1,2\n");
    project.put(
        "discovery_t2_2025_10.csv",
        "RepCRD,MilesToWork\n3,4\n4,Anoka\n",
    );
    project.put(
        "discovery_firms_2025_10.csv",
        "RIAFirmCRD,OwnershipType\n77,Independent\n",
    );
    project.put("salesforce_lead.csv", "Id,FA_CRD__c\n00Q1,1\n");
    project.load().await.expect("loads");
    project
}

#[tokio::test]
async fn loading_the_same_files_again_writes_nothing() {
    let project = two_months().await;
    let before = project.versions().await;
    let report = project.load().await.expect("loads");
    let held = Promise::LoadedTwiceIsOnce.hold(project.versions().await == before, String::new);
    assert_eq!(held, Ok(()));
    assert!(
        report
            .files
            .iter()
            .all(|f| f.status == FileStatus::Unchanged)
    );
    assert_eq!(report.files_read(), 0);
    assert_eq!((report.rows(), report.rejected_cells()), (7, 2));
}

#[tokio::test]
async fn a_changed_territory_replaces_its_own_rows_and_rejects() {
    let project = two_months().await;
    project.put(
        "discovery_t2_2025_10.csv",
        "RepCRD,MilesToWork\n3,8\n5,16\n6,32\n",
    );
    let report = project.load().await.expect("loads");
    let status: Vec<FileStatus> = report.files.iter().map(|f| f.status).collect();
    use FileStatus::{Loaded, Unchanged};
    assert_eq!(status, [Unchanged, Unchanged, Loaded, Unchanged, Unchanged]);
    assert_eq!(
        project.rows(COUNT).await,
        table(&[
            &["2025-09-01", "T1", "2", "1.0"],
            &["2025-10-01", "T1", "1", "2.0"],
            &["2025-10-01", "T2", "3", "56.0"],
        ])
    );
    // The ledger and the rejected cells keep both revisions.
    let rejects = project
        .rows("SELECT file, `text` FROM LeadScoring.rejected_cells ORDER BY file")
        .await;
    assert_eq!(
        rejects,
        table(&[
            &["discovery_t1_2025_09.csv", "Osseo"],
            &["discovery_t2_2025_10.csv", "Anoka"],
        ])
    );
    let log = project
        .rows(
            "SELECT delivery, kind, territory, status, `rows`, rejected_cells, contract_version \
             FROM LeadScoring.load_log ORDER BY entry",
        )
        .await;
    assert_eq!(
        log,
        table(&[
            &["2025_09-r1", "reps", "T1", "accepted", "2", "1", "1"],
            &["2025_10-r1", "reps", "T1", "accepted", "1", "0", "1"],
            &["2025_10-r1", "reps", "T2", "accepted", "2", "1", "1"],
            &["2025_10-r1", "firms", "∅", "accepted", "1", "0", "1"],
            &["salesforce-r1", "lead", "∅", "accepted", "1", "0", "1"],
            &["2025_10-r2", "reps", "T2", "accepted", "3", "0", "1"],
        ])
    );
    let used = project
        .rows("SELECT delivery FROM LeadScoring.loads_in_use ORDER BY file")
        .await;
    assert_eq!(used.len(), 5);
    assert_eq!(used[3], ["2025_10-r2"]);
}

#[tokio::test]
async fn rows_without_a_line_in_the_ledger_count_for_nothing_and_are_tidied_away() {
    let project = two_months().await;
    let before = project.rows(COUNT).await;
    let log = project.raw().join("../tables/LeadScoring/load_log");
    std::fs::remove_dir_all(log).expect("there");
    let stored = "SELECT COUNT(*) FROM LeadScoring.discovery_reps_current_deliveries";
    assert_eq!(project.rows(stored).await, table(&[&["5"]]));
    let report = project.load().await.expect("loads");
    assert_eq!(report.files_read(), 5);
    assert_eq!(project.rows(COUNT).await, before);
    let rejects = "SELECT COUNT(*) FROM LeadScoring.rejected_cells";
    assert_eq!(project.rows(rejects).await, table(&[&["2"]]));
    // What the ledger does not know lies there still, until a load may tidy up.
    assert_eq!(project.rows(stored).await, table(&[&["10"]]));
    let tidied = project.load_with(|options| options.tidy = true).await;
    assert_eq!(tidied.expect("loads").files_read(), 0);
    assert_eq!(project.rows(stored).await, table(&[&["5"]]));
    assert_eq!(project.rows(COUNT).await, before);
}

#[tokio::test]
async fn a_dry_run_reads_and_reports_and_writes_nothing() {
    let project = Project::new().await;
    project.put(
        "discovery_t1_2025_10.csv",
        "RepCRD,MilesToWork\n1,Osseo\n2,3\n",
    );
    let mut options = project.options();
    options.dry_run = true;
    let report = ingest(&project.warehouse, &options, &Silent)
        .await
        .expect("reads");
    assert_eq!(report.files[0].status, FileStatus::ReadOnly);
    assert_eq!((report.rows(), report.rejected_cells()), (2, 1));
    assert_eq!(
        report.files[0].rejected["MilesToWork"].reasons["not a number"],
        1
    );
    assert_eq!(project.versions().await, []);
}

#[tokio::test]
async fn progress_ends_at_the_size_of_each_file() {
    let project = Project::new().await;
    let content = "RepCRD,MilesToWork\n1,2\n";
    project.put("discovery_t1_2025_10.csv", content);
    let last = Mutex::new(None);
    let progress =
        |event: &ProgressEvent| *last.lock().expect("not poisoned") = Some(event.clone());
    ingest(&project.warehouse, &project.options(), &progress)
        .await
        .expect("loads");
    let size = content.len() as u64;
    assert_eq!(
        last.into_inner().expect("not poisoned"),
        Some(ProgressEvent {
            file: "discovery_t1_2025_10.csv".into(),
            bytes_done: size,
            bytes_total: size,
        })
    );
}

#[tokio::test]
async fn absent_firm_columns_are_known_by_month() {
    let project = two_months().await;
    let session = project
        .warehouse
        .session(&SessionOptions::at(day()))
        .await
        .expect("opens");
    let in_use = register_in_use(&session, Known::NOW)
        .await
        .expect("log is there");
    let absent = in_use.absent_firm_columns();
    let months: Vec<String> = absent.keys().map(ToString::to_string).collect();
    assert_eq!(months, ["2025-09-01", "2025-10-01"]);
    let september = &absent.values().next().expect("first");
    assert_eq!(september.len(), 7);
    let october = absent.values().nth(1).expect("second");
    assert!(!october.contains("OwnershipType") && october.contains("Number_Employees"));
    assert_eq!(october.len(), 6);
}

#[tokio::test]
async fn a_firm_roster_of_another_maker_is_read_by_mapping_and_every_cell_is_accounted_for() {
    let project = Project::new().await;
    let roster = project.put(
        "roster.csv",
        "firm,state,employees_5a,clients_no_raum_5c1,raum_total\n\
         1,TX,97.0,0.0,10287841622.0\n\
         2,,14.0,,374825972.0\n\
         3,WA,,1900000000.0,\n\
         4,CA,-3,12.0,1e30\n\
         4,CA,3,12.0,5\n\
         ,CA,3,1,5\n",
    );
    let mut options = project.options();
    options.files =
        vec![discover::explicit(roster, FileKind::Firms, None, Some("2025-10")).expect("complete")];
    options.mapping = [
        ("firm", "RIAFirmCRD"),
        ("employees_5a", "Number_Employees"),
        ("clients_no_raum_5c1", "Number_InvestmentAdvisoryClients"),
        ("raum_total", "TotalAssetsInMillions*1e-6"),
    ]
    .map(|(source, target)| (source.to_owned(), target.to_owned()))
    .to_vec();
    let report = ingest(&project.warehouse, &options, &Silent)
        .await
        .expect("loads");
    let file = &report.files[0];
    assert_eq!(
        (file.rows, file.rows_left_out, file.rejected_cells),
        (4, 2, 5)
    );
    assert_eq!(file.unknown_columns, ["state"]);
    assert_eq!(
        file.missing_columns,
        [
            "RIAFirmName",
            "Percent_ClientsUS",
            "AverageAccountSize",
            "OwnershipType"
        ]
    );
    let counts: Vec<(&str, u64)> = file
        .rejected
        .iter()
        .map(|(name, rejects)| (name.as_str(), rejects.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("Number_Employees", 1),
            ("Number_InvestmentAdvisoryClients", 1),
            ("RIAFirmCRD", 2),
            ("TotalAssetsInMillions", 1),
        ]
    );
    let rows = project
        .rows(
            "SELECT RIAFirmCRD, Number_Employees, Number_InvestmentAdvisoryClients, \
             ROUND(TotalAssetsInMillions, 3), unknown_columns \
             FROM LeadScoring.discovery_firms_current ORDER BY RIAFirmCRD",
        )
        .await;
    assert_eq!(
        rows,
        table(&[
            &["1", "97.0", "0", "10287.842", "{\"state\":\"TX\"}"],
            &["2", "14.0", "∅", "374.826", "∅"],
            &["3", "∅", "∅", "∅", "{\"state\":\"WA\"}"],
            &["4", "∅", "12", "∅", "{\"state\":\"CA\"}"],
        ])
    );
    // The same file read in another way is another load; in the same way it is none.
    let again = ingest(&project.warehouse, &options, &Silent)
        .await
        .expect("loads");
    assert_eq!(again.files_read(), 0);
    options.keep_unknown = false;
    let without = ingest(&project.warehouse, &options, &Silent)
        .await
        .expect("loads");
    assert_eq!(without.files_read(), 1);
    options.mapping[1].0 = "employees".into();
    let error = ingest(&project.warehouse, &options, &Silent)
        .await
        .expect_err("no such column");
    assert!(
        error.to_string().contains("`employees=Number_Employees`"),
        "{error}"
    );
}
