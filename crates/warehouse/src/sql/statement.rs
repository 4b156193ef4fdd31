//! From a query's text to a statement the engine can plan.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement, VisitMut};
use datafusion::sql::sqlparser::dialect::BigQueryDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::names::{Names, Spelling};
use super::rewrite::Rewriter;
use crate::casing::Catalog;
use crate::{Error, Params, Result};

/// A query, ready to be planned.
pub(crate) struct Translated {
    pub(crate) statement: EngineStatement,
    pub(crate) spelling: Spelling,
    /// the answer is a plan, not rows
    pub(crate) explain: bool,
}

/// How deep expressions may nest.
const DEPTH: usize = 128;

/// Parses GoogleSQL and rewrites it for the engine.
pub(crate) fn translate(
    sql: &str,
    project: &str,
    catalog: &Catalog,
    params: &Params,
    as_of: NaiveDate,
) -> Result<Translated> {
    let dialect = BigQueryDialect {};
    let mut statements = Parser::new(&dialect)
        .with_recursion_limit(DEPTH)
        .try_with_sql(sql)
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| syntax(sql, &error.to_string()))?;
    let mut statement = match statements.len() {
        1 => statements.remove(0),
        0 => return Err(Error::Sql("the query is empty".to_owned())),
        n => {
            return Err(Error::Sql(format!(
                "one query at a time, please; these are {n}, parted by semicolons"
            )));
        }
    };
    let mut names = Names::new(project, catalog);
    let explain = match &statement {
        Statement::Query(query) => {
            names.read_outermost(&query.body);
            false
        }
        Statement::Explain { statement, .. } if matches!(**statement, Statement::Query(_)) => true,
        other => return Err(Error::NotAQuery(kind(&other.to_string()))),
    };
    let mut rewriter = Rewriter::new(names, params, as_of);
    if let ControlFlow::Break(error) = VisitMut::visit(&mut statement, &mut rewriter) {
        return Err(error);
    }
    Ok(Translated {
        statement: EngineStatement::Statement(Box::new(statement)),
        spelling: rewriter.into_names().into_spelling(),
        explain,
    })
}

/// Refuses what is no pure query, wherever it stands.
pub(super) fn check_query(query: &Query) -> Result<()> {
    if !query.pipe_operators.is_empty() {
        return Err(Error::Sql("pipe syntax (|>) is not supported".to_owned()));
    }
    if !query.locks.is_empty() {
        return Err(Error::NotAQuery("a locking query".to_owned()));
    }
    check_body(&query.body)
}

fn check_body(body: &SetExpr) -> Result<()> {
    match body {
        SetExpr::Select(select) => match &select.into {
            Some(_) => Err(Error::NotAQuery("SELECT INTO".to_owned())),
            None => Ok(()),
        },
        SetExpr::SetOperation { left, right, .. } => {
            check_body(left)?;
            check_body(right)
        }
        SetExpr::Query(_) | SetExpr::Values(_) => Ok(()),
        other => Err(Error::NotAQuery(kind(&other.to_string()))),
    }
}

/// The first word of a statement.
fn kind(text: &str) -> String {
    text.split_whitespace()
        .next()
        .unwrap_or("this")
        .to_uppercase()
}

fn syntax(sql: &str, message: &str) -> Error {
    if sql.to_uppercase().contains("SAFE.") {
        return Error::Sql(
            "the SAFE. prefix of functions is not supported; use SAFE_CAST, SAFE_DIVIDE or NULLIF"
                .to_owned(),
        );
    }
    let plain = message
        .trim_start_matches("sql parser error: ")
        .trim_start_matches("Expected: ");
    Error::Sql(match message.contains("Expected: ") {
        true => format!("syntax error: expected {plain}"),
        false => format!("syntax error: {plain}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(sql: &str) -> Result<String> {
        let as_of = NaiveDate::from_ymd_opt(2025, 10, 27).unwrap_or_default();
        translate(sql, "p", &Catalog::default(), &Params::new(), as_of)
            .map(|translated| translated.statement.to_string())
    }

    #[test]
    fn what_the_engine_would_misread_is_gone() {
        let text = run("SELECT 1 / 2 AS a, CURRENT_DATE() AS b, CONCAT('x', 'y') AS c").unwrap();
        assert!(text.contains("bq_divide(1, 2)"), "{text}");
        assert!(text.contains("CAST('2025-10-27' AS DATE)"), "{text}");
        assert!(text.contains("'x' || 'y'"), "{text}");
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        let deep = format!("SELECT {}1{}", "(".repeat(5_000), ")".repeat(5_000));
        assert!(run(&deep).is_err());
        let long = format!("SELECT 1{}", " + 1".repeat(500));
        assert!(run(&long).is_ok());
    }

    const WORDS: &[&str] = &[
        "SELECT",
        "FROM",
        "WHERE",
        "WITH",
        "AS",
        "(",
        ")",
        "[",
        "]",
        ",",
        ".",
        "*",
        "a",
        "`b.c`",
        "1",
        "'x'",
        "@p",
        "DATE_ADD",
        "INTERVAL",
        "DAY",
        "UNNEST",
        "OFFSET",
        "COUNT",
        "OVER",
        "APPROX_QUANTILES",
        "ARRAY_AGG",
        "ORDER BY",
        "LIMIT",
        "EXCEPT",
        "REPLACE",
        "CASE",
        "WHEN",
        "END",
        "EXTRACT",
        "WEEK",
        "IF",
        "CAST",
        "INT64",
        "/",
        "+",
        "-",
        "SAFE.",
        "DATE",
        "QUALIFY",
        "JOIN",
        "USING",
        "UNION ALL",
        ";",
        "NULL",
        "IN",
        "BETWEEN",
        "STRUCT",
        "LAST_DAY",
        "SPLIT",
    ];

    proptest! {
        #[test]
        fn no_text_makes_it_panic(words in prop::collection::vec(prop::sample::select(WORDS), 0..25)) {
            let sql = words.join(" ");
            let _ = run(&sql);
            let _ = run(&format!("SELECT {sql}"));
        }

        #[test]
        fn no_bytes_make_it_panic(sql in "\\PC{0,60}") {
            let _ = run(&sql);
        }
    }
}
