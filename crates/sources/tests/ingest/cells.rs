//! What becomes of cells on the way into the tables.

use crate::project::{Project, table};
use leadrank_sources::FileStatus;

#[tokio::test]
async fn the_osseo_case_a_place_name_in_a_numeric_column_is_null_and_a_reject_and_no_row_is_lost() {
    let project = Project::new().await;
    project.put(
        "discovery_t2_2025_10.csv",
        "RepCRD,RIAFirmCRD,TotalAssetsInMillions,MilesToWork,Branch_GeoLocationURL\n\
         1001,9001,\"$1,295.31\",Osseo,https://maps/Osseo\n\
         1002,9001,55.5,12.5,\n\
         1003,9002,Osseo,3,NULL\n",
    );
    let report = project.load().await.expect("loads");
    assert_eq!((report.rows(), report.rejected_cells()), (3, 2));
    let miles = &report.files[0].rejected["MilesToWork"];
    assert_eq!(
        (miles.example_line, miles.example_text.as_str()),
        (2, "Osseo")
    );

    let rows = project
        .rows(
            "SELECT RepCRD, TotalAssetsInMillions, MilesToWork, unknown_columns, source_line \
             FROM LeadScoring.discovery_reps_current ORDER BY RepCRD",
        )
        .await;
    let url = "{\"Branch_GeoLocationURL\":\"https://maps/Osseo\"}";
    assert_eq!(
        rows,
        table(&[
            &["1001", "1295.31", "∅", url, "2"],
            &["1002", "55.5", "12.5", "∅", "3"],
            &["1003", "∅", "3.0", "∅", "4"],
        ])
    );
    let rejects = project
        .rows(
            "SELECT file, line, `column`, `text`, reason, snapshot_as_of \
             FROM LeadScoring.rejected_cells ORDER BY line",
        )
        .await;
    let file = "discovery_t2_2025_10.csv";
    let reason = "not a number";
    assert_eq!(
        rejects,
        table(&[
            &[file, "2", "MilesToWork", "Osseo", reason, "2025-10-01"],
            &[
                file,
                "4",
                "TotalAssetsInMillions",
                "Osseo",
                reason,
                "2025-10-01"
            ],
        ])
    );
}

#[tokio::test]
async fn null_in_a_filtered_column_keeps_its_row() {
    let project = Project::new().await;
    project.put(
        "discovery_t1_2025_10.csv",
        "RepCRD,FirmWebsite\n1,https://osseo.example\n2,NULL\n3,\n4,https://b.example\n",
    );
    project.load().await.expect("loads");
    // The rows without an address are there, and a filter that means them finds them.
    let all = project
        .rows("SELECT COUNT(*) FROM LeadScoring.discovery_reps_current")
        .await;
    assert_eq!(all, table(&[&["4"]]));
    let kept = project
        .rows(
            "SELECT RepCRD FROM LeadScoring.discovery_reps_current \
             WHERE FirmWebsite IS NULL OR FirmWebsite NOT LIKE '%osseo%' ORDER BY RepCRD",
        )
        .await;
    assert_eq!(kept, table(&[&["2"], &["3"], &["4"]]));
}

#[tokio::test]
async fn type_drift_between_territories_ends_in_one_type() {
    let project = Project::new().await;
    let header = "RepCRD,Branch_ZipCode,NumberClients_Individuals,RIAFirmCRD\n";
    project.put(
        "discovery_t1_2025_10.csv",
        format!("{header}1.0,2138.0,12.0,77.0\n"),
    );
    project.put(
        "discovery_t2_2025_10.csv",
        format!("{header}2,02139,< 5,77\n"),
    );
    project.put(
        "discovery_t3_2025_10.csv",
        format!("{header}\"3\",\"501\",\"1,200\",CRD 77\n"),
    );
    let report = project.load().await.expect("loads");
    assert_eq!(report.rejected_cells(), 0);
    let rows = project
        .rows(
            "SELECT RepCRD, Branch_ZipCode, NumberClients_Individuals, \
             NumberClients_Individuals_censored, RIAFirmCRD, territory_source \
             FROM LeadScoring.discovery_reps_current ORDER BY RepCRD",
        )
        .await;
    assert_eq!(
        rows,
        table(&[
            &["1", "02138", "12", "false", "77", "T1"],
            &["2", "02139", "2", "true", "77", "T2"],
            &["3", "00501", "1200", "false", "77", "T3"],
        ])
    );
}

#[tokio::test]
async fn declared_nulls_count_declared_columns_only() {
    let project = Project::new().await;
    project.put(
        "discovery_t1_2025_10.csv",
        "RepCRD,MilesToWork,Number_Employees,Extra\n1,5,,\n2,x,3,y\n",
    );
    project.load().await.expect("loads");
    let rows = project
        .rows(
            "SELECT RepCRD, declared_nulls, Number_Employees \
             FROM LeadScoring.discovery_reps_current ORDER BY RepCRD",
        )
        .await;
    assert_eq!(rows, table(&[&["1", "73", "∅"], &["2", "74", "3.0"]]));
}

#[tokio::test]
async fn line_numbers_are_physical_with_quoted_newlines_blank_lines_and_crlf() {
    let project = Project::new().await;
    project.put(
        "discovery_t1_2025_10.csv",
        "\u{feff}RepCRD,Notes,MilesToWork\r\n\
         1,\"one\r\ntwo\r\nthree\",5\r\n\
         \r\n\
         2,plain,near\r\n\
         3,\"a \"\"quoted\"\"\nword\",far\r\n",
    );
    project.load().await.expect("loads");
    let rows = project
        .rows("SELECT RepCRD, source_line, Notes FROM LeadScoring.discovery_reps_current ORDER BY RepCRD")
        .await;
    assert_eq!(
        rows,
        table(&[
            &["1", "2", "one\r\ntwo\r\nthree"],
            &["2", "6", "plain"],
            &["3", "7", "a \"quoted\"\nword"],
        ])
    );
    let rejects = project
        .rows("SELECT line, `text` FROM LeadScoring.rejected_cells ORDER BY line")
        .await;
    assert_eq!(rejects, table(&[&["6", "near"], &["7", "far"]]));
}

#[tokio::test]
async fn ragged_rows_are_kept_and_named_and_rows_without_a_key_are_left_out_and_named() {
    let project = Project::new().await;
    project.put(
        "discovery_t1_2025_10.csv",
        "RepCRD,MilesToWork,Branch_State\n1,5\n2,6,MN,surplus\n,7,MN\nOsseo,8,MN\n3,9,MN\n",
    );
    let report = project.load().await.expect("loads");
    assert_eq!((report.rows(), report.files[0].rows_left_out), (3, 2));
    let rows = project
        .rows("SELECT RepCRD, Branch_State FROM LeadScoring.discovery_reps_current ORDER BY RepCRD")
        .await;
    assert_eq!(rows, table(&[&["1", "∅"], &["2", "MN"], &["3", "MN"]]));
    let rejects = project
        .rows("SELECT line, `column`, `text`, reason FROM LeadScoring.rejected_cells ORDER BY line")
        .await;
    let no_key = "row left out: no usable key";
    assert_eq!(
        rejects,
        table(&[
            &[
                "2",
                "(row)",
                "2 of 3 cells",
                "row has fewer cells than the header"
            ],
            &[
                "3",
                "(row)",
                "4 of 3 cells",
                "row has more cells than the header"
            ],
            &["4", "RepCRD", "", no_key],
            &["5", "RepCRD", "Osseo", no_key],
        ])
    );
}

#[tokio::test]
async fn cells_that_are_not_utf8_or_out_of_range_or_infinite_are_rejected() {
    let project = Project::new().await;
    let mut file = b"RepCRD,FirstName,NumberClients_Individuals,PercentAssets_Individuals,\
        AUMGrowthRate_1Year,MilesToWork\n1,Ren\xe9,1900000000,101,-100.5,inf\n"
        .to_vec();
    file.extend_from_slice(b"2,Ren\xc3\xa9,3197890,100%,26799,1e999\n");
    project.put("discovery_t1_2025_10.csv", file);
    project.load().await.expect("loads");
    let rows = project
        .rows(
            "SELECT FirstName, NumberClients_Individuals, PercentAssets_Individuals, \
             AUMGrowthRate_1Year, MilesToWork \
             FROM LeadScoring.discovery_reps_current ORDER BY RepCRD",
        )
        .await;
    assert_eq!(
        rows,
        table(&[
            &["∅", "∅", "∅", "∅", "∅"],
            &["René", "3197890", "100.0", "26799.0", "∅"]
        ])
    );
    let rejects = project
        .rows(
            "SELECT line, `column`, `text`, reason FROM LeadScoring.rejected_cells \
             ORDER BY line, `column`",
        )
        .await;
    let range = "outside the plausible range";
    assert_eq!(
        rejects,
        table(&[
            &[
                "2",
                "AUMGrowthRate_1Year",
                "-100.5",
                &format!("{range} -100 to 1000000")
            ],
            &["2", "FirstName", "Ren\u{fffd}", "not UTF-8"],
            &["2", "MilesToWork", "inf", "not a finite number"],
            &[
                "2",
                "NumberClients_Individuals",
                "1900000000",
                &format!("{range} 0 to 100000000")
            ],
            &[
                "2",
                "PercentAssets_Individuals",
                "101",
                &format!("{range} 0 to 100")
            ],
            &["3", "MilesToWork", "1e999", "not a finite number"],
        ])
    );
}

#[tokio::test]
async fn salesforce_files_are_typed_and_personal_columns_never_arrive() {
    let project = Project::new().await;
    project.put(
        "salesforce_lead.csv",
        "Id,Name,Email,FA_CRD__c,CreatedDate,Stage_Entered_Contacting__c,IsConverted,\
         LastActivityDate,DoNotCall,Owner.Name,Custom__c\n\
         00Q1,A Person,a@example.com,CRD# 1234567,2025-03-01T00:00:00.000+0000,\
         2025-03-01 14:05:00 UTC,true,2025-03-04,0,B Person,x\n\
         00Q2,,,1234567.0,2025-03-01,,FALSE,yesterday,,,\n\
         00Q2,,,1,2025-03-01,,FALSE,,,,\n",
    );
    project.put(
        "salesforce_user.csv",
        "Id,Name,IsActive,IsSGA__c\n005,Dialer One,true,TRUE\n005,Dialer Two,true,TRUE\n",
    );
    project.put(
        "salesforce_task.csv",
        "Id,WhoId,CreatedDate,CallDurationInSeconds\n",
    );
    let report = project.load().await.expect("loads");
    let lead = &report.files[0];
    assert_eq!(lead.left_out_columns, ["Name", "Email", "Owner.Name"]);
    assert_eq!(lead.unknown_columns, ["Custom__c"]);
    assert!(report.files.iter().all(|f| f.status == FileStatus::Loaded));
    let rows = project
        .rows(
            "SELECT Id, FA_CRD__c, CreatedDate, Stage_Entered_Contacting__c, IsConverted, \
             LastActivityDate, DoNotCall FROM SavvyGTMData.Lead ORDER BY Id, FA_CRD__c DESC",
        )
        .await;
    assert_eq!(
        rows,
        table(&[
            &[
                "00Q1",
                "1234567",
                "2025-03-01T00:00:00Z",
                "2025-03-01T14:05:00Z",
                "true",
                "2025-03-04",
                "false",
            ],
            &[
                "00Q2",
                "1234567",
                "2025-03-01T00:00:00Z",
                "∅",
                "false",
                "∅",
                "∅"
            ],
            // The same lead in another state: the label rule decides between them.
            &["00Q2", "1", "2025-03-01T00:00:00Z", "∅", "false", "∅", "∅"],
        ])
    );
    let rejects = project
        .rows(
            "SELECT line, `column`, reason FROM LeadScoring.rejected_cells ORDER BY line, `column`",
        )
        .await;
    assert_eq!(
        rejects,
        table(&[
            &["3", "Id", "row left out: key occurs before"],
            &["3", "LastActivityDate", "not a date"],
        ])
    );
    // No rows of tasks is no error: not everyone logs dials.
    assert_eq!(
        project.rows("SELECT COUNT(*) FROM SavvyGTMData.Task").await,
        table(&[&["0"]])
    );
}
