//! The part of SOQL that exports need: fields (also over a relation), one object, conditions,
//! order, limit and offset.

mod parse;
mod run;
mod tokens;

use serde_json::Value;

pub(crate) use parse::parse;
pub(crate) use run::run;

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Query {
    pub(crate) fields: Vec<String>,
    pub(crate) is_count: bool,
    pub(crate) object: String,
    condition: Option<Condition>,
    order: Vec<Order>,
    limit: Option<usize>,
    pub(crate) offset: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
struct Order {
    field: String,
    is_down: bool,
    nulls_last: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare(String, Operator, Vec<Literal>),
}

/// What a field is compared with: a value, and how it was written.
#[derive(Debug, Clone, PartialEq)]
struct Literal {
    value: Value,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Null,
    Bool,
    Number,
    Text,
    Date,
    DateTime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Differs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Like,
}

/// Code and words of a refusal.
pub(crate) type Refused = (&'static str, String);

fn malformed(words: impl Into<String>) -> Refused {
    ("MALFORMED_QUERY", words.into())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::store::Store;

    fn store() -> Store {
        let mut store = Store::new(&[]);
        let now = DateTime::UNIX_EPOCH;
        let mut put = |object: &str, value: Value| {
            let values = value.as_object().unwrap().clone();
            store.put(object, values, now).unwrap()
        };
        let owner = put("User", json!({"Name": "Sample User"}));
        put(
            "Lead",
            json!({"LastName": "Ash", "Status": "Open", "OwnerId": owner,
                "Stage_Entered_Contacting__c": "2025-03-01T00:00:00.000+0000"}),
        );
        put(
            "Lead",
            json!({"LastName": "Birch", "Status": "Contacting", "Savvy_Lead_Score__c": 12.5, "DoNotCall": true}),
        );
        put(
            "Lead",
            json!({"LastName": "Cedar", "Status": "closed", "IsDeleted": true}),
        );
        store
    }

    fn names(condition: &str) -> Vec<String> {
        let query = parse(&format!("SELECT LastName FROM Lead {condition}")).unwrap();
        let found = run(&store(), &query, false).unwrap();
        found
            .iter()
            .map(|record| record["LastName"].as_str().unwrap().to_owned())
            .collect()
    }

    fn code(soql: &str) -> &'static str {
        let query = match parse(soql) {
            Ok(query) => query,
            Err((code, _)) => return code,
        };
        run(&store(), &query, false)
            .err()
            .map_or("", |(code, _)| code)
    }

    #[test]
    fn conditions_choose() {
        let cases: [(&str, &[&str]); 21] = [
            ("ORDER BY LastName DESC", &["Birch", "Ash"]),
            ("where Status = 'open'", &["Ash"]),
            ("WHERE Status != 'open'", &["Birch"]),
            ("WHERE Savvy_Lead_Score__c > 12", &["Birch"]),
            // Nothing is not less than anything, but it differs from everything.
            ("WHERE Savvy_Lead_Score__c < 99", &["Birch"]),
            ("WHERE Savvy_Lead_Score__c != 1", &["Ash", "Birch"]),
            ("WHERE Stage_Entered_Contacting__c != null", &["Ash"]),
            ("WHERE Stage_Entered_Contacting__c = NULL", &["Birch"]),
            (
                "WHERE NOT (Status IN ('Open', 'x') OR LastName LIKE 'q%')",
                &["Birch"],
            ),
            ("WHERE Status NOT IN ('Open')", &["Birch"]),
            (
                "WHERE (NOT Status = 'Open') AND LastName LIKE '_irc%'",
                &["Birch"],
            ),
            ("WHERE LastName LIKE '%s%'", &["Ash"]),
            (
                "WHERE Stage_Entered_Contacting__c >= 2025-03-01T00:00:00Z LIMIT 5",
                &["Ash"],
            ),
            (
                "WHERE Stage_Entered_Contacting__c < 2025-03-01T00:00:00+01:00",
                &[],
            ),
            ("WHERE DoNotCall = TRUE", &["Birch"]),
            // A checkbox that nobody ticked is not ticked.
            ("WHERE DoNotCall = false", &["Ash"]),
            ("WHERE Owner.Name = 'sample user'", &["Ash"]),
            ("WHERE Owner.Name = null", &["Birch"]),
            ("ORDER BY Savvy_Lead_Score__c DESC", &["Ash", "Birch"]),
            (
                "ORDER BY Savvy_Lead_Score__c DESC NULLS LAST",
                &["Birch", "Ash"],
            ),
            ("ORDER BY LastName ASC LIMIT 1 OFFSET 1", &["Birch"]),
        ];
        for (condition, wanted) in cases {
            assert_eq!(names(condition), wanted, "{condition}");
        }
    }

    #[test]
    fn ids_of_15_characters_are_those_of_18() {
        let id = "00Q000000000001";
        assert_eq!(names(&format!("WHERE Id = '{id}'")), ["Ash"]);
        assert_eq!(names(&format!("WHERE Id IN ('{id}EAA')")), ["Ash"]);
        assert_eq!(names("WHERE OwnerId = '005000000000001'"), ["Ash"]);
    }

    #[test]
    fn values_come_with_quotes_and_escapes() {
        let mut store = store();
        let name = json!({"LastName": "O'Hara 5%"})
            .as_object()
            .unwrap()
            .clone();
        store.put("Lead", name, DateTime::UNIX_EPOCH);
        for condition in ["= 'O\\'Hara 5%'", "LIKE 'o\\'h%'", "LIKE '%5\\%'"] {
            let query = parse(&format!("SELECT Id FROM Lead WHERE LastName {condition}")).unwrap();
            assert_eq!(run(&store, &query, false).unwrap().len(), 1, "{condition}");
        }
    }

    #[test]
    fn relations_lead_to_other_records() {
        let query = parse("SELECT Owner.Name, owner.id FROM Lead ORDER BY LastName").unwrap();
        let found = run(&store(), &query, false).unwrap();
        assert_eq!(found[0]["Owner.Name"], "Sample User");
        assert_eq!(found[0]["Owner.Id"], "005000000000001AAA");
        assert_eq!(found[1]["Owner.Name"], Value::Null);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let cases = [
            ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
            ("SELECT Id FROM Lead GROUP BY Id", "MALFORMED_QUERY"),
            ("SELECT Id FROM Lead WHERE Status = 'x", "MALFORMED_QUERY"),
            ("SELECT Id, id FROM Lead", "INVALID_FIELD"),
            // Without parentheses nobody knows what is meant.
            (
                "SELECT Id FROM Lead WHERE Status = 'a' OR Status = 'b' AND Title = 'c'",
                "MALFORMED_QUERY",
            ),
            ("SELECT Nothing__c FROM Lead", "INVALID_FIELD"),
            ("SELECT Id FROM Lead ORDER BY Nothing__c", "INVALID_FIELD"),
            ("SELECT Owner.Nothing__c FROM Lead", "INVALID_FIELD"),
            ("SELECT Nobody.Name FROM Lead", "INVALID_FIELD"),
            ("SELECT Id FROM Leads", "INVALID_TYPE"),
            ("SELECT Id FROM Lead WHERE Status = 5", "INVALID_FIELD"),
            (
                "SELECT Id FROM Lead WHERE Savvy_Lead_Score__c = '5'",
                "INVALID_FIELD",
            ),
            (
                "SELECT Id FROM Lead WHERE CreatedDate > '2025-01-01'",
                "INVALID_FIELD",
            ),
            (
                "SELECT Id FROM Lead WHERE CreatedDate > 2025-01-01",
                "INVALID_FIELD",
            ),
            (
                "SELECT Id FROM Lead WHERE Savvy_Lead_Score__c LIKE '5%'",
                "INVALID_FIELD",
            ),
            (
                "SELECT Id FROM Lead WHERE Id = 'x'",
                "INVALID_QUERY_FILTER_OPERATOR",
            ),
            (
                "SELECT Id FROM Lead OFFSET 3000",
                "NUMBER_OUTSIDE_VALID_RANGE",
            ),
            ("SELECT Id FROM Lead WHERE ConvertedDate = 2025-01-01", ""),
        ];
        for (soql, wanted) in cases {
            assert_eq!(code(soql), wanted, "{soql}");
        }
    }
}
