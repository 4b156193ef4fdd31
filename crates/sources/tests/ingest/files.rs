//! Files that cannot be trusted as a whole: a clear message, and nothing loaded.

use leadrank_sources::FileStatus;

use crate::project::Project;

/// Loads one bad file beside a good one of the same month and expects the message, and
/// that no table has been made.
async fn refused(name: &str, content: impl AsRef<[u8]>, message: &str) {
    let project = Project::new().await;
    if name != "discovery_t1_2025_10.csv" {
        project.put("discovery_t1_2025_10.csv", "RepCRD,MilesToWork\n1,5\n");
    }
    project.put(name, content);
    let report = project.load().await.expect("the rest can be loaded");
    assert_eq!(report.held_back.len(), 1, "{:?}", report.held_back);
    assert_eq!(report.held_back[0].reasons, [message]);
    let of_it = report.files.iter().find(|file| file.file == name);
    assert_eq!(of_it.map(|file| file.status), Some(FileStatus::Refused));
    let counted = project
        .rows_if_loaded("SELECT file FROM LeadScoring.loads_in_use")
        .await;
    let monthly = |row: &Vec<String>| row[0].starts_with("discovery_");
    let left: Vec<Vec<String>> = match name.contains("salesforce") {
        // The vendor's month is a delivery of its own.
        true => counted.into_iter().filter(|row| !monthly(row)).collect(),
        false => counted,
    };
    assert_eq!(
        left,
        [] as [Vec<String>; 0],
        "nothing may be loaded of {name}"
    );
}

#[tokio::test]
async fn other_months_and_salesforce_are_loaded_beside_a_bad_file() {
    let project = Project::new().await;
    project.put("discovery_t1_2025_07.csv", "RepCRD,MilesToWork\n1,5\n");
    project.put(
        "discovery_t1_2025_10.csv",
        "RepCRD,MilesToWork\n1,5\n2,6\n3",
    );
    project.put("salesforce_lead.csv", "Id,FA_CRD__c\n00Q1,1\n");
    let report = project.load().await.expect("the rest can be loaded");
    let in_use = "SELECT file FROM LeadScoring.loads_in_use ORDER BY file";
    let files = [["discovery_t1_2025_07.csv"], ["salesforce_lead.csv"]];
    assert_eq!(project.rows(in_use).await, files);
    assert_eq!(report.held_back[0].delivery, "2025-10");
    assert!(report.held_back[0].reasons[0].contains("line 4: the last line is cut off"));
    // One that was in use serves on while what came in its place can't be read.
    project.put("discovery_t1_2025_07.csv", "RepCRD;MilesToWork\n1;5\n");
    let report = project.load().await.expect("nothing else is new");
    assert_eq!(report.held_back.len(), 2);
    assert_eq!(project.rows(in_use).await, files);
    // Mended, it comes in, and nothing of the first try is left.
    project.put("discovery_t1_2025_07.csv", "RepCRD,MilesToWork\n1,5\n");
    project.put(
        "discovery_t1_2025_10.csv",
        "RepCRD,MilesToWork\n1,5\n2,6\n3,7\n",
    );
    let report = project.load().await.expect("all can be read");
    assert!(report.held_back.is_empty());
    let rows = "SELECT CAST(COUNT(*) AS STRING) FROM LeadScoring.discovery_reps_current \
                WHERE snapshot_as_of = DATE '2025-10-01'";
    assert_eq!(project.rows(rows).await, [["3"]]);
}

#[tokio::test]
async fn a_file_that_was_named_is_an_error() {
    let project = Project::new().await;
    let path = project.put("discovery_t1_2025_10.csv", "");
    let kind = leadrank_sources::FileKind::Reps;
    let source = leadrank_sources::discover::explicit(path, kind, Some("T1"), None);
    let source = source.expect("named well");
    let error = project
        .load_with(|options| options.files = vec![source])
        .await;
    let error = error.expect_err("it is empty").to_string();
    assert!(error.contains("the file is empty"), "{error}");
}

const FILE: &str = "discovery_t2_2025_10.csv";

#[tokio::test]
async fn empty_files_are_refused() {
    let message = "discovery_t2_2025_10.csv: the file is empty; export it again";
    refused(FILE, "", message).await;
    refused(FILE, "\u{feff}\r\n \n", message).await;
}

#[tokio::test]
async fn files_without_a_usable_row_are_refused() {
    refused(
        FILE,
        "RepCRD,MilesToWork\n",
        "discovery_t2_2025_10.csv: no usable row (0 rows without a valid RepCRD); export it \
         again or check the RepCRD column",
    )
    .await;
    refused(
        FILE,
        "RepCRD,MilesToWork\nOsseo,1\n,2\n",
        "discovery_t2_2025_10.csv: no usable row (2 rows without a valid RepCRD); export it \
         again or check the RepCRD column",
    )
    .await;
}

#[tokio::test]
async fn wrong_delimiters_are_refused() {
    for (delimiter, word) in [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")] {
        refused(
            FILE,
            format!("RepCRD{delimiter}MilesToWork\n1{delimiter}5\n"),
            &format!(
                "discovery_t2_2025_10.csv: the header is one column with a {word} in it; export \
                 with commas between the columns"
            ),
        )
        .await;
    }
}

#[tokio::test]
async fn a_missing_key_column_is_refused_with_near_names() {
    refused(
        FILE,
        "Rep_CRDs,City\n1,Osseo\n",
        "discovery_t2_2025_10.csv: no column RepCRD, which identifies a row of a reps file; \
         found Rep_CRDs, City; near names: Rep_CRDs; rename the column or map it with \
         SOURCE=RepCRD",
    )
    .await;
    refused(
        "salesforce_lead.csv",
        "LeadId,FA_CRD__c\n1,2\n",
        "salesforce_lead.csv: no column Id, which identifies a row of a lead file; found LeadId, \
         FA_CRD__c; rename the column or map it with SOURCE=Id",
    )
    .await;
}

#[tokio::test]
async fn duplicate_headers_are_refused() {
    refused(
        FILE,
        "RepCRD,Home State,home-state\n1,a,b\n",
        "discovery_t2_2025_10.csv: columns 2 (`Home State`) and 3 (`home-state`) have the same \
         name after cleaning; rename or remove one",
    )
    .await;
}

#[tokio::test]
async fn a_cut_off_last_line_is_refused() {
    refused(
        FILE,
        "RepCRD,MilesToWork,Notes\n1,5,a\n2,6",
        "discovery_t2_2025_10.csv, line 3: the last line is cut off (2 of 3 cells and no line \
         end); the download may be incomplete, fetch the file again",
    )
    .await;
}

#[tokio::test]
async fn an_unclosed_quote_is_refused() {
    refused(
        FILE,
        "RepCRD,MilesToWork,Notes\n1,5,a\n2,6,\"so it\nwent\n",
        "discovery_t2_2025_10.csv, line 3: a quoted cell that starts in this record is never \
         closed; the download may be incomplete, or a quote is missing",
    )
    .await;
}

#[tokio::test]
async fn other_encodings_and_formats_are_refused() {
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16)
        .chain("RepCRD,MilesToWork\n1,5\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let hint = "save it as comma-separated UTF-8 text";
    refused(FILE, &utf16, &format!("{FILE}: the file is UTF-16; {hint}")).await;
    refused(
        FILE,
        &utf16[2..],
        &format!("{FILE}: the file is UTF-16 or binary; {hint}"),
    )
    .await;
    refused(
        FILE,
        b"PK\x03\x04rest",
        &format!("{FILE}: the file is an Excel workbook or a zip archive; {hint}"),
    )
    .await;
    refused(
        FILE,
        b"\x1f\x8b\x08",
        &format!("{FILE}: the file is a gzip archive; {hint}"),
    )
    .await;
    refused(
        FILE,
        b"RepCRD,Pr\xe9nom\n1,x\n",
        &format!("{FILE}: the file is not UTF-8 (its header holds other bytes); {hint}"),
    )
    .await;
}

#[tokio::test]
async fn missing_files_and_folders_are_named() {
    let project = Project::new().await;
    let mut options = project.options();
    options.raw = project.raw().join("nowhere");
    let error = leadrank_sources::ingest(&project.warehouse, &options, &leadrank_sources::Silent)
        .await
        .expect_err("no folder");
    assert!(
        error.to_string().contains("nowhere: cannot be read"),
        "{error}"
    );

    let error = project.load().await.expect_err("empty folder");
    assert!(
        error
            .to_string()
            .contains("no file to load; expected names such as"),
        "{error}"
    );

    options.files = vec![
        leadrank_sources::discover::explicit(
            project.raw().join("discovery_t1_2025_10.csv"),
            leadrank_sources::FileKind::Reps,
            None,
            None,
        )
        .expect("named fully"),
    ];
    let error = leadrank_sources::ingest(&project.warehouse, &options, &leadrank_sources::Silent)
        .await
        .expect_err("no file");
    assert!(
        error
            .to_string()
            .contains("discovery_t1_2025_10.csv: cannot be read"),
        "{error}"
    );
    assert_eq!(project.versions().await, []);
}

#[tokio::test]
async fn a_late_error_leaves_earlier_months_and_a_second_run_completes() {
    let project = Project::new().await;
    project.put("discovery_t1_2025_09.csv", "RepCRD,MilesToWork\n1,5\n");
    project.put("discovery_t1_2025_10.csv", "RepCRD,MilesToWork\n1,6\n2,7\n");
    project.put("discovery_t2_2025_10.csv", "RepCRD,MilesToWork\n3,8\n4");
    let report = project.load().await.expect("told, not an error");
    let told = &report.held_back[0].reasons[0];
    assert!(
        told.starts_with("discovery_t2_2025_10.csv, line 3"),
        "{told}"
    );
    let months = "SELECT snapshot_as_of, COUNT(*) FROM LeadScoring.discovery_reps_current \
        GROUP BY snapshot_as_of ORDER BY snapshot_as_of";
    assert_eq!(
        project.rows(months).await,
        crate::project::table(&[&["2025-09-01", "1"]])
    );

    project.put("discovery_t2_2025_10.csv", "RepCRD,MilesToWork\n3,8\n4,9\n");
    let report = project.load().await.expect("complete now");
    assert_eq!(report.files_read(), 2);
    assert_eq!(
        project.rows(months).await,
        crate::project::table(&[&["2025-09-01", "1"], &["2025-10-01", "4"]])
    );
}
