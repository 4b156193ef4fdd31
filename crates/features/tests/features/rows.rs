//! Repeated rows, fitted constants, open leads, and what the answers look like.

use leadrank_features::{
    catalog, fit_constants, prepare_leads, rep_features, scoring_dataset, training_dataset,
};

use crate::common::{Answer, Cell, MONTH, Row, constants, day, options, row, same, session};

const AS_OF: &str = "2025-06-30";

fn n(value: f64) -> Cell {
    Cell::Number(value)
}

fn t(text: &'static str) -> Cell {
    Cell::Text(text)
}

/// Adviser, firm, territory, nulls, primary; the line tells the rows apart by their AUM.
fn rep(
    id: &'static str,
    firm: &'static str,
    territory: &'static str,
    nulls: f64,
    primary: &'static str,
) -> Row {
    row([
        ("RepCRD", t(id)),
        ("RIAFirmCRD", t(firm)),
        ("territory_source", t(territory)),
        ("declared_nulls", n(nulls)),
        ("IsPrimaryRIAFirm", t(primary)),
    ])
}

#[tokio::test]
async fn repeated_rows_are_reduced_by_the_stated_order() {
    // adviser, its rows, and which of them stays
    let groups: Vec<(&str, Vec<Row>, usize)> = vec![
        // one firm in several territories: the lowest territory, however many nulls
        (
            "1",
            vec![
                rep("1", "5", "TX", 0.0, "Yes"),
                rep("1", "5", "T2", 0.0, "Yes"),
                rep("1", "5", "T1", 9.0, "Yes"),
            ],
            2,
        ),
        // one firm, one territory: fewest nulls
        (
            "2",
            vec![
                rep("2", "5", "T1", 4.0, "Yes"),
                rep("2", "5", "T1", 3.0, "Yes"),
            ],
            1,
        ),
        // then the first line
        (
            "3",
            vec![
                rep("3", "5", "T1", 3.0, "Yes"),
                rep("3", "5", "T1", 3.0, "Yes"),
            ],
            0,
        ),
        // several firms: the primary one, however many nulls
        (
            "4",
            vec![
                rep("4", "5", "T1", 0.0, "No"),
                rep("4", "6", "T3", 9.0, "Yes"),
            ],
            1,
        ),
        // none primary: fewest nulls
        (
            "5",
            vec![
                rep("5", "5", "T1", 2.0, "No"),
                rep("5", "6", "T2", 1.0, "Unknown"),
            ],
            1,
        ),
        // then the smallest firm number, as a number
        (
            "6",
            vec![
                rep("6", "1000", "T1", 1.0, "Yes"),
                rep("6", "999", "T2", 1.0, "Yes"),
            ],
            1,
        ),
        // the territory decides before the firms are compared: its T1 row says not primary
        (
            "7",
            vec![
                rep("7", "5", "T1", 0.0, "No"),
                rep("7", "5", "T2", 0.0, "Yes"),
                rep("7", "6", "T3", 9.0, "Yes"),
            ],
            2,
        ),
    ];
    let mut rows = Vec::new();
    for (_, group, _) in &groups {
        for (place, rep) in group.iter().enumerate() {
            let mut rep = rep.clone();
            rep.insert("TotalAssetsInMillions", n(place as f64));
            rows.push(rep);
        }
    }
    for reversed in [false, true] {
        let mut rows = rows.clone();
        for (line, row) in rows.iter_mut().enumerate() {
            row.insert("source_line", n(line as f64 + 2.0));
        }
        if reversed {
            rows.reverse();
        }
        let session = session(AS_OF, &rows, &[], &[]);
        let options = options(AS_OF, &[MONTH]);
        let frame = rep_features(&session, &options, &constants(), day(MONTH))
            .await
            .expect("features");
        let answer = Answer::of(frame).await;
        assert_eq!(answer.len(), groups.len(), "one row an adviser");
        for (id, _, kept) in &groups {
            let found = answer.number("RepCRD", id, "TotalAssetsInMillions");
            assert_eq!(found, Some(*kept as f64), "adviser {id}");
        }
    }
}

fn lead(id: &'static str, adviser: &'static str, contact: &'static str) -> Row {
    row([
        ("Id", t(id)),
        ("FA_CRD__c", t(adviser)),
        ("Stage_Entered_Contacting__c", t(contact)),
    ])
}

fn valued(id: &'static str, firm: &'static str, aum: f64, hired: f64) -> Row {
    let mut rep = rep(id, firm, "T1", 0.0, "Yes");
    rep.insert("TotalAssetsInMillions", n(aum));
    rep.insert("DateOfHireAtCurrentFirm_NumberOfYears", n(hired));
    rep
}

fn firm(id: &'static str, account: f64, clients: f64) -> Row {
    row([
        ("RIAFirmCRD", t(id)),
        ("AverageAccountSize", n(account)),
        ("Number_InvestmentAdvisoryClients", n(clients)),
    ])
}

#[tokio::test]
async fn constants_come_from_the_given_labelled_and_matched_rows_alone() {
    let reps = [
        valued("1", "11", 10.0, 1.0),
        valued("2", "12", 20.0, 2.0),
        valued("3", "13", 30.0, 4.0),
        valued("4", "14", 40.0, 8.0),
        valued("5", "15", 1e6, 50.0),
    ];
    let firms = [
        firm("11", 100.0, 10.0),
        firm("12", 200.0, 10.0),
        firm("13", 300.0, 10.0),
        firm("14", 400.0, 0.0),
        firm("15", 1e9, 1.0),
    ];
    let contact = MONTH;
    let mut unmatched = lead("unmatched", "99", contact);
    unmatched.insert("LeadSource", t("Event"));
    let leads = [
        lead("a", "1", contact),
        lead("b", "2", contact),
        lead("c", "3", contact),
        lead("d", "4", contact),
        lead("test", "5", contact),
        lead("censored", "5", "2025-06-20"),
        unmatched,
    ];
    let session = session(AS_OF, &reps, &firms, &leads);
    let options = options(AS_OF, &[MONTH]);
    prepare_leads(&session, &options).await.expect("labels");
    let ids = ["d", "a", "c", "b", "censored", "unmatched", "not a lead"].map(str::to_owned);
    let fitted = fit_constants(&session, &options, &ids)
        .await
        .expect("constants");
    assert_eq!(fitted.fitted_on_rows, 4);
    // 100 200 300 400: position .75 x 3 = 2.25, .5 x 3 = 1.5
    assert!(
        same(fitted.average_account_size_p75, Some(325.0)),
        "{fitted:?}"
    );
    assert!(
        same(fitted.average_account_size_median, Some(250.0)),
        "{fitted:?}"
    );
    // 1 2 4 8 years at the first firm
    assert!(
        same(fitted.firm_stability_score_median, Some(3.0)),
        "{fitted:?}"
    );
    // 1 2 3 and one without clients
    assert!(same(fitted.aum_per_client_median, Some(2.0)), "{fitted:?}");

    let none = fit_constants(&session, &options, &[])
        .await
        .expect("constants");
    assert_eq!(
        (none.fitted_on_rows, none.average_account_size_p75),
        (0, None)
    );
    // without constants no comparison with them is true
    let frame = training_dataset(&session, &options, &none)
        .await
        .expect("rows");
    let answer = Answer::of(frame).await;
    for name in [
        "Is_Boutique_Firm",
        "Premium_Positioning",
        "Mass_Market_Focus",
    ] {
        assert_eq!(answer.number("lead_id", "test", name), Some(0.0), "{name}");
    }
    // .25 scale + .15 primary + .10 no turnover: the two medians give nothing
    assert!(same(
        answer.number("lead_id", "test", "Quality_Score"),
        Some(0.5)
    ));
}

#[tokio::test]
async fn columns_come_in_the_agreed_order_with_the_catalogs_types() {
    use leadrank_features::catalog::Kind;
    use leadrank_warehouse::arrow::datatypes::DataType;

    let session = session(
        AS_OF,
        &[valued("1", "11", 1.0, 1.0)],
        &[],
        &[lead("a", "1", MONTH)],
    );
    let options = options(AS_OF, &[MONTH]);
    prepare_leads(&session, &options).await.expect("labels");
    let training = training_dataset(&session, &options, &constants())
        .await
        .expect("rows");
    let reps = rep_features(&session, &options, &constants(), day(MONTH))
        .await
        .expect("rows");
    for (frame, keys, features) in [
        (
            training,
            vec![
                "lead_id",
                "adviser_id",
                "contact_date",
                "snapshot_as_of",
                "facts_as_of",
                "label",
                "label_status",
            ],
            69,
        ),
        (
            reps,
            vec![
                "RepCRD",
                "RIAFirmCRD",
                "territory_source",
                "snapshot_as_of",
                "processed_at",
            ],
            67,
        ),
    ] {
        let expected: Vec<&str> = keys
            .iter()
            .copied()
            .chain(catalog().iter().take(features).map(|f| f.name))
            .collect();
        let schema = frame.schema().inner().clone();
        let found: Vec<&str> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(found, expected);
        for feature in catalog().iter().take(features) {
            let expected = match feature.kind {
                Kind::Float => DataType::Float64,
                Kind::Integer | Kind::Flag => DataType::Int64,
            };
            let field = schema.field_with_name(feature.name).expect("a column");
            assert_eq!(field.data_type(), &expected, "{}", feature.name);
        }
    }
}

#[tokio::test]
async fn open_leads_are_those_to_be_called_on_the_day() {
    let with = |mut lead: Row, cells: &[(&'static str, Cell)]| {
        lead.extend(cells.iter().cloned());
        lead
    };
    let open = || lead("x", "1", "2025-06-01");
    let cases: Vec<(&'static str, Row, bool)> = vec![
        ("plain", open(), true),
        (
            "contacted today",
            lead("x", "1", "2025-06-30 23:00:00"),
            true,
        ),
        ("contacted tomorrow", lead("x", "1", "2025-07-01"), false),
        (
            "not contacted",
            row([("Id", t("x")), ("FA_CRD__c", t("1"))]),
            false,
        ),
        (
            "call known",
            with(
                open(),
                &[("Stage_Entered_Call_Scheduled__c", t("2025-06-30"))],
            ),
            false,
        ),
        (
            "call not yet known",
            with(
                open(),
                &[("Stage_Entered_Call_Scheduled__c", t("2025-07-01"))],
            ),
            true,
        ),
        (
            "closed",
            with(open(), &[("Stage_Entered_Closed__c", t("2025-06-30"))]),
            false,
        ),
        (
            "closed later",
            with(open(), &[("Stage_Entered_Closed__c", t("2025-07-01"))]),
            true,
        ),
        (
            "converted",
            with(
                open(),
                &[("IsConverted", n(1.0)), ("ConvertedDate", t("2025-06-30"))],
            ),
            false,
        ),
        (
            "converted later",
            with(
                open(),
                &[("IsConverted", n(1.0)), ("ConvertedDate", t("2025-07-01"))],
            ),
            true,
        ),
        (
            "converted, no day",
            with(open(), &[("IsConverted", n(1.0))]),
            false,
        ),
        (
            "not converted",
            with(open(), &[("IsConverted", n(0.0))]),
            true,
        ),
        (
            "do not call",
            with(open(), &[("DoNotCall", n(1.0)), ("OwnerId", t("owner"))]),
            true,
        ),
        ("nobody", lead("x", "77", "2025-06-01"), true),
    ];
    let leads: Vec<Row> = cases
        .iter()
        .map(|(id, lead, _)| {
            let mut lead = lead.clone();
            lead.insert("Id", t(id));
            lead
        })
        .collect();
    let later = {
        let mut rep = valued("1", "11", 7.0, 1.0);
        rep.insert("snapshot_as_of", t("2025-07-01"));
        rep
    };
    let mut non_advisor = valued("1", "11", 5.0, 1.0);
    non_advisor.insert("KnownNonAdvisor", t("Yes"));
    let session = session(AS_OF, &[non_advisor, later], &[], &leads);
    let options = options(AS_OF, &[MONTH, "2025-07-01"]);
    let frame = scoring_dataset(&session, &options, &constants(), day(AS_OF))
        .await
        .expect("open leads");
    let answer = Answer::of(frame).await;
    assert_eq!(answer.len(), cases.iter().filter(|case| case.2).count());
    for (id, _, _) in cases.iter().filter(|case| case.2 && case.0 != "nobody") {
        assert_eq!(
            answer.text("lead_id", id, "snapshot_as_of").as_deref(),
            Some(MONTH),
            "{id}"
        );
        assert_eq!(
            answer.number("lead_id", id, "TotalAssetsInMillions"),
            Some(5.0),
            "{id}"
        );
        // 180 days from 1 January to 30 June 2025, a Monday
        let hired = answer.number("lead_id", id, "DateOfHireAtCurrentFirm_NumberOfYears");
        assert!(same(hired, Some(1.0 + 180.0 / 365.25)), "{id}: {hired:?}");
        assert_eq!(answer.number("lead_id", id, "Day_of_Contact"), Some(1.0));
        assert_eq!(
            answer.text("lead_id", id, "known_non_advisor").as_deref(),
            Some("true")
        );
        let barred = if *id == "do not call" {
            "true"
        } else {
            "false"
        };
        assert_eq!(
            answer.text("lead_id", id, "do_not_call").as_deref(),
            Some(barred),
            "{id}"
        );
    }
    assert_eq!(
        answer.text("lead_id", "do not call", "owner_id").as_deref(),
        Some("owner")
    );
    assert_eq!(answer.text("lead_id", "nobody", "snapshot_as_of"), None);
    assert_eq!(
        answer
            .text("lead_id", "nobody", "known_non_advisor")
            .as_deref(),
        Some("false")
    );
}
