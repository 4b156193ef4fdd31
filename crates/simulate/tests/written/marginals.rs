//! Shares, fill rates and conversion rates against domain.md, sections "Class distribution
//! and statistics for the synthetic generator" and "Calibration targets".

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use leadrank_simulate::Summary;

use crate::common::{Row, digits, filled, number, rep_file, reps, rows, shared, simulate};

const SCALE: f64 = 0.1;

static PROJECT: LazyLock<(PathBuf, Summary)> = LazyLock::new(|| shared("project", SCALE, &[]));
static REPS: LazyLock<Vec<Row>> = LazyLock::new(|| reps(&PROJECT.0, "2025_10", &[]));
/// Leads of a bigger project: rates need numbers.
static LEADS: LazyLock<(PathBuf, Summary)> = LazyLock::new(|| {
    let (folder, summary) = shared("leads", 1.0, &["2022_01"]);
    // Files of reps are by far the largest, and of this project nobody reads them.
    for territory in ["t1", "t2", "t3"] {
        fs::remove_file(folder.join(rep_file(territory, "2022_01"))).unwrap();
    }
    (folder, summary)
});

fn share(rows: &[Row], test: impl Fn(&Row) -> bool) -> f64 {
    rows.iter().filter(|row| test(row)).count() as f64 / rows.len() as f64
}

#[track_caller]
fn close(what: &str, value: f64, wanted: f64, tolerance: f64) {
    assert!(
        (value - wanted).abs() <= tolerance,
        "{what}: {value} instead of {wanted}"
    );
}

/// Four standard errors of a proportion.
fn binomial(p: f64, n: usize) -> f64 {
    4.0 * (p * (1.0 - p) / n as f64).sqrt()
}

fn date(row: &Row, column: &str) -> Option<NaiveDate> {
    filled(row, column).and_then(|text| text.get(..10)?.parse().ok())
}

fn contacted(project: &Path) -> Vec<Row> {
    let mut leads = rows(project, "raw/salesforce_lead.csv");
    leads.retain(|l| date(l, "Stage_Entered_Contacting_c").is_some());
    leads
}

/// Days from contact to call.
fn days(lead: &Row) -> Option<i64> {
    let call = date(lead, "Stage_Entered_Call_Scheduled_c")?;
    Some((call - date(lead, "Stage_Entered_Contacting_c")?).num_days())
}

#[test]
fn rows_territories_and_repeats() {
    let n = REPS.len();
    close(
        "rows",
        n as f64,
        477_901.0 * SCALE,
        0.003 * 477_901.0 * SCALE,
    );
    for (territory, wanted) in [("t1", 0.4144), ("t2", 0.3633), ("t3", 0.2222)] {
        let count = rows(&PROJECT.0, &rep_file(territory, "2025_10")).len();
        close(territory, count as f64 / n as f64, wanted, 0.005);
    }
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for row in REPS.iter() {
        *seen.entry(digits(&row["RepCRD"])).or_default() += 1;
    }
    close("distinct advisers", seen.len() as f64, 46_283.0, 3.0);
    let mut most: Vec<u32> = seen.into_values().collect();
    most.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(most[..5], [51, 16, 13, 13, 12]);
    let several = share(&REPS, |r| {
        number(r, "NumberRIAFirmAssociations") > Some(1.0)
    });
    close("several adviser firms", several, 0.0576, 0.004);
    let firms: BTreeSet<&String> = REPS.iter().map(|r| &r["RIAFirmCRD"]).collect();
    assert!(firms.len() > 3600, "{}", firms.len());
    close(
        "primary",
        share(&REPS, |r| r["IsPrimaryRIAFirm"] == "Yes"),
        0.968,
        0.006,
    );
}

#[test]
fn earlier_months_are_a_bit_smaller() {
    let count = |month| reps(&PROJECT.0, month, &["RepCRD"]).len() as f64 / REPS.len() as f64;
    close("January 2024", count("2024_01"), 0.9505, 0.003);
    close("April 2025", count("2025_04"), 0.9781, 0.003);
}

#[test]
fn fill_rates() {
    let wanted = [
        ("RepCRD", 1.0, 0.0),
        ("TotalAssetsInMillions", 0.933, 0.015),
        ("AUMGrowthRate_1Year", 0.903, 0.015),
        ("NumberClients_Individuals", 0.9978, 0.002),
        ("DateBecameRep_NumberOfYears", 0.977, 0.005),
        ("DateOfHireAtCurrentFirm_NumberOfYears", 0.958, 0.005),
        ("Number_YearsPriorFirm1", 0.77, 0.04),
        ("Branch_State", 0.976, 0.005),
        ("Home_State", 0.529, 0.012),
        ("MilesToWork", 0.387, 0.012),
        ("Licenses", 0.977, 0.005),
    ];
    for (column, rate, tolerance) in wanted {
        close(
            column,
            share(&REPS, |r| filled(r, column).is_some()),
            rate,
            tolerance,
        );
    }
}

#[test]
fn credentials_and_places() {
    let holds = |name: &'static str| {
        share(&REPS, |r| {
            r["Licenses"].split(", ").any(|licence| licence == name)
        })
    };
    close("Series 7", holds("Series 7"), 0.691, 0.012);
    close("CFP", holds("CFP"), 0.174, 0.01);
    let is = |column: &'static str, value: &'static str| share(&REPS, |r| r[column] == value);
    close("dual", is("DuallyRegisteredBDRIARep", "Yes"), 0.69, 0.01);
    close("non-adviser", is("KnownNonAdvisor", "Yes"), 0.196, 0.01);
    close("unknown", is("KnownNonAdvisor", "Unknown"), 0.25, 0.01);
    let metros = [
        ("New York-Newark-Jersey City NY-NJ", 0.038),
        ("Dallas-Fort Worth-Arlington TX", 0.020),
        ("Chicago-Naperville-Elgin IL-IN", 0.016),
        ("Los Angeles-Long Beach-Anaheim CA", 0.015),
        ("Miami-Fort Lauderdale-West Palm Beach FL", 0.014),
    ];
    for (metro, wanted) in metros {
        close(metro, is("Home_MetropolitanArea", metro), wanted, 0.003);
    }
}

#[test]
fn cells_are_as_messy_as_the_vendors() {
    let cell = |row: &Row, column: &str| row[column].clone();
    let any = |column: &str, test: fn(&str) -> bool| REPS.iter().any(|r| test(&cell(r, column)));
    assert!(any("TotalAssetsInMillions", |t| t.starts_with('$')
        && t.contains(',')));
    assert!(any("NumberClients_RetirementPlans", |t| t == "< 5"));
    assert!(any("PercentClients_Individuals", |t| t.ends_with('%')));
    assert!(any("Home_ZipCode", |t| t.starts_with('0')));
    assert!(any("Home_ZipCode", |t| t.ends_with(".0") && t.len() == 6));
    assert!(any("Notes", |t| t.contains('\n') && t.contains('"')));
    for token in ["NA", "N/A", "null", "NULL", "None", "NaN", ""] {
        assert!(REPS.iter().any(|r| r["MilesToWork"] == token), "{token}");
    }
    let misplaced = |territory: &str, column: &str| {
        let rows = rows(&PROJECT.0, &rep_file(territory, "2025_10"));
        rows.iter().filter(|r| r[column] == "Osseo").count()
    };
    assert_eq!(misplaced("t1", "Home_Latitude"), 2);
    assert_eq!(misplaced("t2", "Branch_Latitude"), 13);
    assert_eq!(misplaced("t3", "Branch_Latitude"), 0);
    let bytes = |name| fs::read(PROJECT.0.join(name)).unwrap();
    assert!(bytes("raw/discovery_t2_2025_10.csv").starts_with(b"\xef\xbb\xbf"));
    assert!(bytes("raw/discovery_t3_2025_10.csv").ends_with(b"\r\n"));
    let with_staff = |month: &str| {
        let name = format!("raw/discovery_firms_{month}.csv");
        rows(&PROJECT.0, &name)[0].contains_key("Number_Employees")
    };
    assert!(with_staff("2025_10") && !with_staff("2025_01"));
}

#[test]
fn a_firms_figures_are_the_same_on_all_its_reps() {
    let columns = [
        "TotalAssetsInMillions",
        "NumberClients_Individuals",
        "AUMGrowthRate_1Year",
    ];
    let mut firms: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for row in REPS.iter() {
        let cells: Vec<&str> = columns.iter().map(|c| row[*c].as_str()).collect();
        let known = firms
            .entry(digits(&row["RIAFirmCRD"]))
            .or_insert_with(|| cells.clone());
        assert_eq!(*known, cells);
    }
    let biggest = REPS
        .iter()
        .filter(|r| digits(&r["RIAFirmCRD"]) == "100000")
        .count();
    close(
        "share of the biggest firm",
        biggest as f64 / REPS.len() as f64,
        0.054,
        0.01,
    );
}

#[test]
fn advisers_age_and_move() {
    let state = |month: &str| -> BTreeMap<String, (String, Option<f64>)> {
        let columns = [
            "RepCRD",
            "RIAFirmCRD",
            "IsPrimaryRIAFirm",
            "DateBecameRep_NumberOfYears",
        ];
        let main = reps(&PROJECT.0, month, &columns).into_iter();
        main.filter(|r| r["IsPrimaryRIAFirm"] == "Yes")
            .map(|r| {
                let years = number(&r, "DateBecameRep_NumberOfYears");
                (digits(&r["RepCRD"]), (digits(&r["RIAFirmCRD"]), years))
            })
            .collect()
    };
    let (then, now) = (state("2024_10"), state("2025_10"));
    let (mut both, mut moved) = (0.0, 0.0);
    for (key, (firm, years)) in &now {
        let Some((old_firm, old_years)) = then.get(key) else {
            continue;
        };
        both += 1.0;
        moved += f64::from(u8::from(firm != old_firm));
        if let (Some(new), Some(old)) = (years, old_years) {
            assert!((new - old - 1.0).abs() < 0.03, "{key}: {old} then {new}");
        }
    }
    close("moves a year", moved / both, 0.08, 0.015);
    assert!(both < 0.985 * now.len() as f64 && both > 0.9 * then.len() as f64);
}

#[test]
fn lead_counts_ids_and_matches() {
    let project = PROJECT.0.as_path();
    let leads = rows(project, "raw/salesforce_lead.csv");
    close("leads", leads.len() as f64, 7900.0, 1.0);
    let ids: BTreeSet<&String> = leads.iter().map(|l| &l["Id"]).collect();
    assert_eq!(ids.len(), leads.len());
    let contacted = contacted(project);
    close("contacted", contacted.len() as f64, 4940.0, 2.0);
    let mut numbers: Vec<String> = contacted
        .iter()
        .filter_map(|l| filled(l, "FA_CRD_c"))
        .map(digits)
        .collect();
    close("with number", numbers.len() as f64 / 4940.0, 0.95, 0.015);
    let months = PROJECT.1.months.iter().map(ToString::to_string);
    let known: BTreeSet<String> = months
        .flat_map(|m| reps(project, &m, &["RepCRD"]))
        .map(|r| digits(&r["RepCRD"]))
        .collect();
    let matched = numbers.iter().filter(|n| known.contains(*n)).count();
    close(
        "matched",
        matched as f64 / numbers.len() as f64,
        0.95,
        0.015,
    );
    let all = numbers.len() as f64;
    numbers.sort_unstable();
    numbers.dedup();
    close(
        "numbers with two leads",
        1.0 - numbers.len() as f64 / all,
        0.022,
        0.01,
    );
}

#[test]
fn conversion_rates_and_timing() {
    let contacted = contacted(&LEADS.0);
    let n = contacted.len();
    let timings: Vec<i64> = contacted.iter().filter_map(days).collect();
    let count = |test: &dyn Fn(i64) -> bool| timings.iter().filter(|d| test(**d)).count() as f64;
    let rate = |hits: f64| hits / n as f64;
    close(
        "including negative",
        rate(count(&|d| d <= 30)),
        0.0389,
        binomial(0.0389, n),
    );
    close(
        "valid",
        rate(count(&|d| (0..=30).contains(&d))),
        0.0342,
        binomial(0.0342, n),
    );
    let negative = count(&|d| d < 0) / timings.len() as f64;
    close("negative", negative, 0.12, binomial(0.12, timings.len()));
    // the true timings, before the export day hides the latest
    let truth = &LEADS.1.truth;
    let late = truth.late as f64 / (truth.late + truth.within_30_days) as f64;
    close("late", late, 0.12, binomial(0.12, 1900));
    let timely = count(&|d| (0..=30).contains(&d));
    for (day, wanted) in [(0, 0.356), (1, 0.543), (7, 0.758), (14, 0.820), (21, 0.853)] {
        let within = count(&|d| (0..=day).contains(&d)) / timely;
        close(
            "within days",
            within,
            wanted / 0.880,
            binomial(0.5, timely as usize),
        );
    }
    let mut before: Vec<i64> = timings.iter().copied().filter(|d| *d < 0).collect();
    before.sort_unstable();
    close(
        "median negative",
        before[before.len() / 2] as f64,
        -217.0,
        45.0,
    );
}

#[test]
fn months_weekdays_and_sources() {
    let contacted = contacted(&LEADS.0);
    let n = contacted.len() as f64;
    let dates: Vec<NaiveDate> = contacted
        .iter()
        .filter_map(|l| date(l, "Stage_Entered_Contacting_c"))
        .collect();
    let weekdays = [6208.0, 12314.0, 12758.0, 11612.0, 5534.0, 195.0, 247.0];
    for (weekday, contacts) in weekdays.iter().enumerate() {
        let p = contacts / 48_868.0;
        let hits = dates
            .iter()
            .filter(|d| d.weekday().num_days_from_monday() as usize == weekday);
        close(
            "weekday",
            hits.count() as f64 / n,
            p,
            binomial(p, dates.len()) + 0.002,
        );
    }
    let month = |y, m| {
        dates
            .iter()
            .filter(|d| (d.year(), d.month()) == (y, m))
            .count() as f64
    };
    close("June 2024", month(2024, 6) / n, 1120.0 / 57_524.0, 0.0005);
    close(
        "December 2025",
        month(2025, 12) / n,
        5564.0 / 57_524.0,
        0.0005,
    );
    let listed = |from: &str, until: &str| {
        let rows: Vec<&Row> = contacted
            .iter()
            .filter(|l| {
                let day = l["Stage_Entered_Contacting_c"].as_str();
                from <= day && day < until
            })
            .collect();
        let hits = rows
            .iter()
            .filter(|l| l["LeadSource"] == "Provided Lead List")
            .count();
        hits as f64 / rows.len() as f64
    };
    close(
        "list share, early",
        listed("2024-01", "2024-04"),
        0.94,
        0.08,
    );
    close("list share, late", listed("2025-10", "2026-01"), 0.41, 0.03);
    let midnight = contacted
        .iter()
        .filter(|l| l["Stage_Entered_Contacting_c"].contains("T00:00:00"));
    assert!(midnight.count() as f64 > 0.9 * n);
}

#[test]
fn the_truth_is_hard_but_not_hopeless_to_find() {
    let truth = &LEADS.1.truth;
    let all = truth.auc_of_truth.unwrap();
    let visible = truth.auc_of_visible_truth.unwrap();
    assert!((0.62..0.68).contains(&all), "{all}");
    assert!((0.60..0.66).contains(&visible), "{visible}");
    assert!(visible < all);
    let rows = rows(&LEADS.0, "truth/leads.csv");
    assert_eq!(rows.len() as u64, truth.leads);
    let groups: BTreeSet<&String> = rows.iter().map(|r| &r["latent_group"]).collect();
    assert_eq!(groups.len(), 3);
    let rate = |group: &str| {
        let members: Vec<&Row> = rows.iter().filter(|r| r["latent_group"] == group).collect();
        members.iter().filter(|r| r["label_30d"] == "1").count() as f64 / members.len() as f64
    };
    assert!(rate("restless") > 1.3 * rate("settled"));
}

#[test]
fn firm_size_and_place_change_the_rate_as_observed() {
    // the mean true probability by segment needs no luck with outcomes
    let (folder, _) = simulate(0.6, &["2025_07"], &[], 2);
    let columns = [
        "RepCRD",
        "IsPrimaryRIAFirm",
        "TotalAssetsInMillions",
        "Home_MetropolitanArea",
    ];
    let vendor: BTreeMap<String, Row> = reps(folder.path(), "2025_07", &columns)
        .into_iter()
        .filter(|r| r["IsPrimaryRIAFirm"] == "Yes")
        .map(|r| (digits(&r["RepCRD"]), r))
        .collect();
    let truth: BTreeMap<String, f64> = rows(folder.path(), "truth/leads.csv")
        .iter()
        .filter_map(|r| Some((r["lead_id"].clone(), number(r, "probability_30d")?)))
        .collect();
    let mut segments: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for lead in contacted(folder.path()) {
        let probability = truth[&lead["Id"]];
        let Some(row) = vendor.get(&digits(&lead["FA_CRD_c"])) else {
            continue;
        };
        let tier = match number(row, "TotalAssetsInMillions") {
            None => "unknown",
            Some(assets) if assets < 100.0 => "below 100",
            Some(assets) if assets <= 500.0 => "100 to 500",
            Some(_) => "above 500",
        };
        let metro = row["Home_MetropolitanArea"].clone();
        for segment in ["all".to_owned(), tier.to_owned(), metro] {
            let (sum, count) = segments.entry(segment).or_default();
            *sum += probability;
            *count += 1.0;
        }
    }
    let mean = |segment: &str| segments[segment].0 / segments[segment].1;
    let ratio = |segment: &str| mean(segment) / mean("all");
    close("below 100", ratio("below 100"), 1.6, 0.2);
    close("100 to 500", ratio("100 to 500"), 1.4, 0.2);
    close("above 500", ratio("above 500"), 0.92, 0.06);
    close("unknown", ratio("unknown"), 1.1, 0.2);
    let metros = [
        ("Chicago-Naperville-Elgin IL-IN", 1.0),
        ("Dallas-Fort Worth-Arlington TX", 0.85),
        ("New York-Newark-Jersey City NY-NJ", 0.70),
        ("Los Angeles-Long Beach-Anaheim CA", 0.66),
        ("Miami-Fort Lauderdale-West Palm Beach FL", 0.57),
    ];
    for (metro, wanted) in metros {
        close(metro, ratio(metro), wanted, 0.12);
    }
}

#[test]
fn statuses_agree_with_stages() {
    let project = PROJECT.0.as_path();
    let opportunities: BTreeSet<String> = rows(project, "raw/salesforce_opportunity.csv")
        .iter()
        .map(|o| o["Id"].clone())
        .collect();
    let mut converted = 0;
    for lead in rows(project, "raw/salesforce_lead.csv") {
        let status = lead["Status"].as_str();
        let call = filled(&lead, "Stage_Entered_Call_Scheduled_c").is_some();
        let closed = filled(&lead, "Stage_Entered_Closed_c").is_some();
        let contact = filled(&lead, "Stage_Entered_Contacting_c").is_some();
        assert_eq!(status == "New", !contact);
        assert_eq!(status == "Closed", closed);
        assert_eq!(closed, filled(&lead, "Disposition_c").is_some());
        assert!(status != "Call Scheduled" || call);
        assert_eq!(lead["IsConverted"] == "true", status == "Qualified");
        if let Some(id) = filled(&lead, "ConvertedOpportunityId") {
            assert!(call && opportunities.contains(id));
            converted += 1;
        }
        let created = date(&lead, "CreatedDate").unwrap();
        assert!(date(&lead, "Stage_Entered_Contacting_c").is_none_or(|c| created <= c));
        assert!(date(&lead, "LastModifiedDate").unwrap() <= PROJECT.1.exported_on);
    }
    assert_eq!(converted, opportunities.len());
    assert!(converted > 30);
}

#[test]
fn leaking_assets_are_rare_and_mostly_converted() {
    let contacted = contacted(&LEADS.0);
    let typed: Vec<&Row> = contacted
        .iter()
        .filter(|l| filled(l, "Total_Firm_AUM_c").is_some())
        .collect();
    close(
        "typed in",
        typed.len() as f64 / contacted.len() as f64,
        0.006,
        0.0015,
    );
    let hits = typed.iter().filter(|l| days(l).is_some()).count();
    let rate = hits as f64 / typed.len() as f64;
    assert!((0.3..0.9).contains(&rate), "{rate}");
    let refused = contacted
        .iter()
        .filter(|l| l["DoNotCall"] == "true")
        .count();
    close(
        "do not call",
        refused as f64 / contacted.len() as f64,
        0.01,
        0.002,
    );
}

#[test]
fn dials_follow_contacts() {
    let project = PROJECT.0.as_path();
    let contacts: BTreeMap<String, NaiveDate> = contacted(project)
        .iter()
        .filter_map(|l| Some((l["Id"].clone(), date(l, "Stage_Entered_Contacting_c")?)))
        .collect();
    let users: BTreeMap<String, Row> = rows(project, "raw/salesforce_user.csv")
        .into_iter()
        .map(|u| (u["Id"].clone(), u))
        .collect();
    let tasks = rows(project, "raw/salesforce_task.csv");
    close(
        "tasks a contact",
        tasks.len() as f64 / contacts.len() as f64,
        5.0,
        1.5,
    );
    let mut ids = BTreeSet::new();
    for task in &tasks {
        assert!(ids.insert(&task["Id"]));
        assert!(date(task, "CreatedDate").unwrap() >= contacts[&task["WhoId"]]);
        assert_eq!(users[&task["OwnerId"]]["IsSGA_c"], "true");
    }
    let active = |u: &&Row| u["IsActive"] == "true" && u["IsSGA_c"] == "true";
    assert_eq!(users.values().filter(active).count(), 14);
}
