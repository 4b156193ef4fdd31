//! What decides on calling a lead beside its score: marks, firm, owner, rules.
//!
//! Titles and names are read here and nowhere become features; titles are not shown.

use chrono::NaiveDate;
use leadrank_warehouse::{Params, Session};

use super::exclude::Patterns;
use super::rules::Rule;
use crate::error::{Error, Result};
use crate::stages::rows::Rows;

/// What is known of one open lead.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Marked so in Salesforce.
    pub do_not_call: bool,
    /// Of whom the vendor knows that they are no advisor.
    pub known_non_advisor: bool,
    /// What the lead file says came of it, as known on the day.
    pub disposition: Option<String>,
    /// Salesforce id of who owns the lead.
    pub owner: Option<String>,
    /// The firm's number.
    pub firm: Option<String>,
    /// The firm's name.
    pub firm_name: Option<String>,
    /// Whether the title is one of those who lead or own a firm.
    pub leads_firm: bool,
    /// The first rule of thumb that it meets.
    pub rule: Rule,
    /// Whether the conditions of the boost hold.
    pub boosted: bool,
}

/// Titles of those who lead or own a firm, as whole words.
const LEADERS: [&str; 9] = [
    "owner",
    "founder",
    "cofounder",
    "partner",
    "principal",
    "managing member",
    "chief executive",
    "ceo",
    "proprietor",
];

/// The facts of the leads of [`leadrank_features::scoring_dataset`], in its order, in the
/// session that made it.
///
/// # Errors
/// When a table can't be read.
pub async fn read(session: &Session, rows: &Rows, day: NaiveDate) -> Result<Vec<Facts>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut months: Vec<NaiveDate> = rows
        .dates("snapshot_as_of")?
        .into_iter()
        .flatten()
        .collect();
    months.sort_unstable();
    months.dedup();
    let months: Vec<String> = months
        .iter()
        .map(|month| format!("DATE '{month}'"))
        .collect();
    let months = match months.is_empty() {
        true => "NULL".to_string(),
        false => months.join(", "),
    };
    let code = |line: &&str| !line.starts_with("--");
    let query: Vec<&str> = include_str!("facts.sql").lines().filter(code).collect();
    let query = query.join("\n").replace("{months}", &months);
    let params = Params::new().with("as_of", day);
    let beside = Rows::new(session.collect(&query, &params).await?);
    if beside.texts("lead_id")? != rows.texts("lead_id")? {
        return Err(Error::Data(
            "the open leads and what is known of them differ: a lead has several rows; look into sql/features/02_open_leads.sql of this project".into(),
        ));
    }
    let flags = |name: &str| -> Result<Vec<bool>> {
        let flags = rows.flags(name)?.into_iter();
        Ok(flags.map(|flag| flag == Some(true)).collect())
    };
    let (do_not_call, non_advisor) = (flags("do_not_call")?, flags("known_non_advisor")?);
    let (owners, firms) = (rows.texts("owner_id")?, rows.texts("firm_id")?);
    let names = beside.texts("firm_name")?;
    let (titles, dispositions) = (beside.texts("title")?, beside.texts("disposition")?);
    let column = |name: &str| -> Option<Vec<f64>> {
        let numbers = rows.numbers(name).ok()?.into_iter();
        Some(numbers.map(|number| number.unwrap_or(f64::NAN)).collect())
    };
    let rules = Rule::of_columns(rows.len(), &column).unwrap_or_default();
    let boosted = boosted(rows)?;
    let leaders = Patterns::new(&LEADERS.map(str::to_string));
    let facts = (0..rows.len()).map(|row| Facts {
        do_not_call: do_not_call[row],
        known_non_advisor: non_advisor[row],
        disposition: dispositions[row].clone(),
        owner: owners[row].clone(),
        firm: firms[row].clone(),
        firm_name: names[row].clone(),
        leads_firm: titles[row]
            .as_deref()
            .is_some_and(|title| leaders.found_in(title).is_some()),
        rule: rules.get(row).copied().unwrap_or_default(),
        boosted: boosted[row],
    });
    Ok(facts.collect())
}

/// The conditions of the brief's boost, any of them, once (domain.md, "Tiers, capacity,
/// boost"): a firm above $500M that grew within a year; more than half of the clients
/// wealthy; a veteran in a new firm. What is not known does not hold.
fn boosted(rows: &Rows) -> Result<Vec<bool>> {
    let above = |name: &str, limit: f64| -> Result<Vec<bool>> {
        let numbers = rows.numbers(name)?.into_iter();
        Ok(numbers
            .map(|number| number.is_some_and(|number| number > limit))
            .collect())
    };
    let large = above("TotalAssetsInMillions", 500.0)?;
    let grew = above("AUMGrowthRate_1Year", 0.0)?;
    let wealthy = above("HNW_Client_Ratio", 0.5)?;
    let veteran = above("Is_Veteran_Advisor", 0.5)?;
    let new = above("Is_New_To_Firm", 0.5)?;
    let holds =
        |row: usize| (large[row] && grew[row]) || wealthy[row] || (veteran[row] && new[row]);
    Ok((0..rows.len()).map(holds).collect())
}

#[cfg(test)]
mod tests {
    use leadrank_warehouse::SessionOptions;

    use super::*;

    /// Two leads matched to October, one to nothing.
    const OPEN: &str = "
        SELECT lead_id, adviser_id, 'owner' AS owner_id, FALSE AS do_not_call,
            lead_id = 'a' AS known_non_advisor, firm_id,
            IF(firm_id IS NULL, NULL, DATE '2025-10-01') AS snapshot_as_of,
            600.0 AS TotalAssetsInMillions, growth AS AUMGrowthRate_1Year,
            CAST(NULL AS FLOAT64) AS HNW_Client_Ratio, veteran AS Is_Veteran_Advisor,
            1 AS Is_New_To_Firm, 5.0 AS DateOfHireAtCurrentFirm_NumberOfYears,
            20.0 AS DateBecameRep_NumberOfYears, 8.0 AS Number_IAReps,
            4.0 AS Number_YearsPriorFirm1, 6.0 AS Number_YearsPriorFirm2,
            CAST(NULL AS FLOAT64) AS Number_YearsPriorFirm3,
            CAST(NULL AS FLOAT64) AS Number_YearsPriorFirm4
        FROM (
            SELECT 'a' AS lead_id, '1' AS adviser_id, '7' AS firm_id, 3.0 AS growth, 0 AS veteran
            UNION ALL SELECT 'b', '2', '7', -3.0, 0
            UNION ALL SELECT 'c', NULL, NULL, NULL, 1
        ) leads";
    /// The owner stands in two territories; a later month says otherwise.
    const REPS: &str = "
        SELECT '1' AS RepCRD, '7' AS RIAFirmCRD, DATE '2025-10-01' AS snapshot_as_of,
            'Big Firm' AS RIAFirmName, 'Vice President' AS Title,
            'Owner; Financial Advisor' AS TitleCategories
        UNION ALL SELECT '1', '7', DATE '2025-10-01', 'Big Firm', 'Vice President',
            'Owner; Financial Advisor'
        UNION ALL SELECT '2', '7', DATE '2025-10-01', 'Big Firm', 'Ownership Consultant', NULL
        UNION ALL SELECT '2', '7', DATE '2025-11-01', 'Other Name', 'Founder', NULL";
    const LEADS: &str = "
        SELECT Id, Disposition__c, TIMESTAMP(modified) AS LastModifiedDate,
            TIMESTAMP('2025-09-01') AS Stage_Entered_Contacting__c,
            CAST(NULL AS TIMESTAMP) AS Stage_Entered_Call_Scheduled__c, '1' AS FA_CRD__c
        FROM (
            SELECT 'a' AS Id, 'No Book' AS Disposition__c, '2025-10-20' AS modified
            UNION ALL SELECT 'a', 'Timing', '2025-10-01'
            UNION ALL SELECT 'b', 'No Book', '2025-11-02'
            UNION ALL SELECT 'c', NULL, '2025-10-01'
        ) leads";

    #[tokio::test]
    async fn what_decides_is_read_as_known_on_the_day() {
        let day = NaiveDate::from_ymd_opt(2025, 11, 1).unwrap();
        let session = Session::empty("test-project", &SessionOptions::at(day)).unwrap();
        let tables = [
            ("open_lead_base", OPEN),
            ("LeadScoring.discovery_reps_current", REPS),
            ("SavvyGTMData.Lead", LEADS),
        ];
        for (name, query) in tables {
            let batches = session.collect(query, &Params::new()).await.unwrap();
            session
                .register_batches(name, batches[0].schema(), batches)
                .unwrap();
        }
        let query = "SELECT * FROM open_lead_base ORDER BY lead_id";
        let rows = Rows::new(session.collect(query, &Params::new()).await.unwrap());
        let facts = read(&session, &rows, day).await.unwrap();
        assert_eq!(facts.len(), 3);
        let told = |of: &dyn Fn(&Facts) -> bool| facts.iter().map(of).collect::<Vec<bool>>();
        // b was disposed of a day later.
        let disposition: Vec<_> = facts.iter().map(|f| f.disposition.as_deref()).collect();
        assert_eq!(disposition, [Some("No Book"), None, None]);
        let names: Vec<_> = facts.iter().map(|f| f.firm_name.as_deref()).collect();
        assert_eq!(names, [Some("Big Firm"), Some("Big Firm"), None]);
        assert_eq!(told(&|f| f.leads_firm), [true, false, false]);
        assert_eq!(told(&|f| f.known_non_advisor), [true, false, false]);
        // A firm above $500M that grew, one that shrank, a veteran who is new.
        assert_eq!(told(&|f| f.boosted), [true, false, true]);
        assert!(facts.iter().all(|f| f.rule == Rule::WindowSmall));
        assert!(facts.iter().all(|f| f.owner.as_deref() == Some("owner")));
    }
}
