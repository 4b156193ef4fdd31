//! The dialect, case by case: a query and the text of its answer.

use std::sync::Arc;

use chrono::NaiveDate;
use leadrank_warehouse::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use leadrank_warehouse::arrow::record_batch::RecordBatch;
use leadrank_warehouse::{Params, Session, SessionOptions, format};

fn day(text: &str) -> i32 {
    let day: NaiveDate = text.parse().unwrap();
    (day - NaiveDate::default()).num_days() as i32
}

fn moment(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_micros()
}

/// `LeadScoring.Reps`: five rows with nulls, mixed-case columns.
fn session() -> Session {
    let options = SessionOptions {
        as_of: "2025-10-27".parse().unwrap(),
        threads: Some(2),
        memory_limit: Some(256 << 20),
    };
    let session = Session::empty("savvy-gtm-analytics", &options).unwrap();
    let batch = RecordBatch::try_from_iter([
        (
            "RepCRD",
            Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5])) as ArrayRef,
        ),
        (
            "Name",
            Arc::new(StringArray::from(vec![
                Some("a"),
                Some("b"),
                None,
                Some("b"),
                Some("c"),
            ])),
        ),
        (
            "Aum",
            Arc::new(Float64Array::from(vec![
                Some(10.0),
                Some(2.5),
                None,
                Some(0.0),
                Some(-1.5),
            ])),
        ),
        (
            "Flag",
            Arc::new(BooleanArray::from(vec![
                Some(true),
                Some(false),
                None,
                Some(true),
                Some(false),
            ])),
        ),
        (
            "Day",
            Arc::new(Date32Array::from(vec![
                Some(day("2025-01-31")),
                Some(day("2024-02-29")),
                None,
                Some(day("2025-10-26")),
                Some(day("2023-01-01")),
            ])),
        ),
        (
            "At",
            Arc::new(
                TimestampMicrosecondArray::from(vec![
                    Some(moment("2025-01-31T23:30:00Z")),
                    Some(moment("2024-02-29T00:00:00Z")),
                    None,
                    Some(moment("2025-10-26T12:00:00.5Z")),
                    Some(moment("2023-01-01T01:02:03Z")),
                ])
                .with_timezone("UTC"),
            ),
        ),
    ])
    .unwrap();
    session
        .register_batches("LeadScoring.Reps", batch.schema(), vec![batch])
        .unwrap();
    session
}

/// The answer as CSV rows parted by `;`, header first, null as nothing.
async fn answer(session: &Session, sql: &str, params: &Params) -> Result<String, String> {
    let batches = session
        .collect(sql, params)
        .await
        .map_err(|e| e.to_string())?;
    let csv = String::from_utf8(format::to_csv(&batches, true).unwrap()).unwrap();
    Ok(csv.trim_end_matches('\n').replace('\n', ";"))
}

async fn all_answer(cases: &[(&str, &str)]) {
    let session = session();
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let got = answer(&session, sql, &Params::new()).await;
        if got.as_deref() != Ok(*expected) {
            wrong.push(format!(
                "{sql}\n    expected {expected}\n    got      {got:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}\n", wrong.join("\n"));
}

async fn all_refused(cases: &[(&str, &str)]) {
    let session = session();
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        match answer(&session, sql, &Params::new()).await {
            Err(message) if message.contains(expected) => {}
            got => wrong.push(format!(
                "{sql}\n    expected {expected}\n    got      {got:?}"
            )),
        }
    }
    assert!(wrong.is_empty(), "{}\n", wrong.join("\n"));
}

#[tokio::test]
async fn names() {
    all_answer(&[
        ("SELECT repcrd FROM LeadScoring.Reps WHERE REPCRD = 1", "repcrd;1"),
        ("SELECT RepCRD FROM `savvy-gtm-analytics.LeadScoring.Reps` WHERE RepCRD = 1", "RepCRD;1"),
        ("SELECT r.Repcrd FROM `savvy-gtm-analytics`.LeadScoring.Reps R WHERE R.REPCRD = 2", "Repcrd;2"),
        ("SELECT reps.RepCRD FROM LeadScoring.Reps WHERE Reps.repcrd = 2", "RepCRD;2"),
        (
            "SELECT `savvy-gtm-analytics.LeadScoring.Reps`.RepCRD FROM `savvy-gtm-analytics.LeadScoring.Reps` WHERE RepCRD = 3",
            "RepCRD;3",
        ),
        ("SELECT * FROM LeadScoring.Reps WHERE RepCRD = 2 LIMIT 1", "RepCRD,Name,Aum,Flag,Day,At;2,b,2.5,false,2024-02-29,2024-02-29T00:00:00Z"),
        ("SELECT * EXCEPT(day, AT, flag) REPLACE(repcrd + 10 AS repCRD) FROM LeadScoring.Reps WHERE RepCRD = 2", "RepCRD,Name,Aum;12,b,2.5"),
        ("SELECT R.* EXCEPT(Day, At, Flag, Aum) FROM LeadScoring.Reps r WHERE RepCRD = 2", "RepCRD,Name;2,b"),
        ("WITH Firsts AS (SELECT RepCRD AS LeadID FROM LeadScoring.Reps) SELECT leadid + 1 AS Next FROM FIRSTS WHERE LEADID = 1", "Next;2"),
        ("WITH t AS (SELECT RepCRD AS LeadID FROM LeadScoring.Reps WHERE RepCRD = 1) SELECT * FROM T", "LeadID;1"),
        ("WITH t(A, B) AS (SELECT RepCRD, Name FROM LeadScoring.Reps) SELECT a, B FROM t WHERE b = 'a'", "a,B;1,a"),
        ("SELECT a.RepCRD FROM LeadScoring.Reps A JOIN LeadScoring.Reps B USING (REPCRD) WHERE b.name = 'a'", "RepCRD;1"),
        ("SELECT COUNT(*), SUM(RepCRD) AS s, COUNT(*) FROM LeadScoring.Reps", "f0_,s,f1_;5,15,5"),
        ("SELECT name AS N, COUNT(*) AS c FROM LeadScoring.Reps GROUP BY n HAVING C > 1 ORDER BY n", "N,c;b,2"),
        ("SELECT Name, COUNT(*) c FROM LeadScoring.Reps GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2", "Name,c;b,2;,1"),
        ("SELECT MAX(x) AS m FROM (SELECT 1 AS X UNION ALL SELECT 2)", "m;2"),
        ("SELECT RepCRD, FROM LeadScoring.Reps LIMIT 0", "RepCRD"),
        ("SELECT \"text\" AS t, r'a\\d' AS r", "t,r;text,a\\d"),
    ])
    .await;
}

#[tokio::test]
async fn numbers() {
    all_answer(&[
        ("SELECT 1 / 2 AS a, 7 / 2 AS b, 1.0 / 4 AS c", "a,b,c;0.5,3.5,0.25"),
        ("SELECT ROUND(COUNT(CASE WHEN Flag THEN 1 END) / COUNT(*) * 100, 2) AS r FROM LeadScoring.Reps", "r;40.0"),
        ("SELECT SAFE_DIVIDE(1, 0) AS a, SAFE_DIVIDE(1, 4) AS b, SAFE_DIVIDE(NULL, 1) AS c", "a,b,c;,0.25,"),
        ("SELECT IEEE_DIVIDE(1, 0) AS a", "a;inf"),
        ("SELECT CASE WHEN x <> 0 THEN 1 / x ELSE 0 END AS y FROM (SELECT 0 AS x UNION ALL SELECT 2) ORDER BY y", "y;0.0;0.5"),
        ("SELECT DIV(7, 2) AS a, DIV(-7, 2) AS b, MOD(7, 3) AS c, MOD(-7, 3) AS d", "a,b,c,d;3,-3,1,-1"),
        ("SELECT DIV(9007199254740993, 1) AS exact", "exact;9007199254740993"),
        ("SELECT ROUND(2.5) AS a, ROUND(-2.5) AS b, ROUND(1.235, 1) AS c, ROUND(125, -1) AS d, TRUNC(2.79, 1) AS e", "a,b,c,d,e;3.0,-3.0,1.2,130.0,2.7"),
        ("SELECT ABS(-3) AS a, SIGN(-2.5) AS b, SQRT(9) AS c, POW(2, 10) AS d, EXP(0) AS e, CEIL(1.2) AS f, FLOOR(-1.2) AS g", "a,b,c,d,e,f,g;3,-1.0,3.0,1024.0,1.0,2.0,-2.0"),
        ("SELECT ROUND(LN(10), 4) AS a, LOG10(1000) AS b, ROUND(LOG(8, 2), 6) AS c", "a,b,c;2.3026,3.0,3.0"),
        ("SELECT GREATEST(1, 3, 2) AS a, LEAST(1, 3) AS b, GREATEST(1, NULL) AS c, LEAST(NULL, 2) AS d", "a,b,c,d;3,1,,"),
        ("SELECT NULLIF(0, 0) AS a, IFNULL(NULL, 2) AS b, COALESCE(NULL, NULL, 3) AS c, IF(1 < 2, 'y', 'n') AS d, IF(NULL, 1, 2) AS e", "a,b,c,d,e;,2,3,y,2"),
        ("SELECT IS_NAN(CAST('nan' AS FLOAT64)) AS a", "a;true"),
    ])
    .await;
}

#[tokio::test]
async fn conversions() {
    all_answer(&[
        ("SELECT SAFE_CAST('12' AS INT64) AS a, SAFE_CAST('Osseo' AS INT64) AS b, SAFE_CAST('1.5' AS FLOAT64) AS c, SAFE_CAST('x' AS FLOAT64) AS d", "a,b,c,d;12,,1.5,"),
        ("SELECT CAST(2.5 AS INT64) AS a, CAST(-2.5 AS INT64) AS b, CAST(2.4 AS INT64) AS c, CAST(TRUE AS INT64) AS d", "a,b,c,d;3,-3,2,1"),
        ("SELECT CAST(1.0 AS STRING) AS a, CAST(0.1 AS STRING) AS b, CAST(TRUE AS STRING) AS c, CAST(DATE '2025-01-31' AS STRING) AS d", "a,b,c,d;1,0.1,true,2025-01-31"),
        ("SELECT CAST(TIMESTAMP '2025-01-31 10:00:00' AS STRING) AS a, CAST(DATETIME '2025-01-31 10:00:00.5' AS STRING) AS b", "a,b;2025-01-31 10:00:00+00,2025-01-31 10:00:00.500"),
        ("SELECT SAFE_CAST('yes' AS BOOL) AS a, CAST('TRUE' AS BOOL) AS b, SAFE_CAST('2025-13-01' AS DATE) AS c, CAST('2025-02-01' AS DATE) AS d", "a,b,c,d;,true,,2025-02-01"),
        ("SELECT CAST('1.25' AS NUMERIC) AS a", "a;1.250000000"),
    ])
    .await;
}

#[tokio::test]
async fn dates() {
    all_answer(&[
        ("SELECT CURRENT_DATE() AS a, CURRENT_DATE AS b, CURRENT_TIMESTAMP() AS c", "a,b,c;2025-10-27,2025-10-27,2025-10-27T00:00:00Z"),
        ("SELECT DATE(At) AS d FROM LeadScoring.Reps WHERE RepCRD = 1", "d;2025-01-31"),
        ("SELECT DATE(2025, 2, 1) AS a, DATE(At, 'UTC') AS b FROM LeadScoring.Reps WHERE RepCRD = 2", "a,b;2025-02-01,2024-02-29"),
        ("SELECT TIMESTAMP('2025-01-02 03:04:05') AS a, TIMESTAMP(DATE '2025-01-02') AS b", "a,b;2025-01-02T03:04:05Z,2025-01-02T00:00:00Z"),
        ("SELECT DATE_ADD(DATE '2025-01-31', INTERVAL 1 MONTH) AS a, DATE_SUB(DATE '2025-03-31', INTERVAL 1 MONTH) AS b, DATE_ADD(DATE '2024-02-29', INTERVAL 1 YEAR) AS c, DATE_ADD(DATE '2024-11-30', INTERVAL 1 QUARTER) AS d, DATE_ADD(DATE '2025-01-01', INTERVAL 2 WEEK) AS e", "a,b,c,d,e;2025-02-28,2025-02-28,2025-02-28,2025-02-28,2025-01-15"),
        ("SELECT DATE_ADD(Day, INTERVAL RepCRD DAY) AS a, DATE_SUB(day, INTERVAL (RepCRD + 1) DAY) AS b FROM LeadScoring.Reps WHERE RepCRD <= 3 ORDER BY RepCRD", "a,b;2025-02-01,2025-01-29;2024-03-02,2024-02-26;,"),
        ("SELECT DATE_ADD(DATE '2025-01-01', INTERVAL -1 DAY) AS a", "a;2024-12-31"),
        ("SELECT TIMESTAMP_SUB(At, INTERVAL 30 DAY) AS a, TIMESTAMP_ADD(At, INTERVAL 45 MINUTE) AS b FROM LeadScoring.Reps WHERE RepCRD = 1", "a,b;2025-01-01T23:30:00Z,2025-02-01T00:15:00Z"),
        ("SELECT DATE '2025-01-31' + INTERVAL 1 MONTH AS a, At - INTERVAL 1 DAY AS b FROM LeadScoring.Reps WHERE RepCRD = 2", "a,b;2025-02-28T00:00:00,2024-02-28T00:00:00Z"),
        ("SELECT DATE_DIFF(DATE '2025-02-01', DATE '2025-01-31', DAY) AS d, DATE_DIFF(DATE '2025-02-01', DATE '2025-01-31', MONTH) AS m, DATE_DIFF(DATE '2025-01-01', DATE '2024-12-31', YEAR) AS y, DATE_DIFF(DATE '2025-04-01', DATE '2025-03-31', QUARTER) AS q", "d,m,y,q;1,1,1,1"),
        ("SELECT DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK) AS w, DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', ISOWEEK) AS i, DATE_DIFF(DATE '2017-10-16', DATE '2017-10-15', WEEK(MONDAY)) AS m", "w,i,m;1,0,1"),
        ("SELECT TIMESTAMP_DIFF(TIMESTAMP '2025-01-02 00:00:00', TIMESTAMP '2025-01-01 00:00:01', DAY) AS d, TIMESTAMP_DIFF(TIMESTAMP '2025-01-01 00:00:00', TIMESTAMP '2025-01-01 01:30:00', HOUR) AS h", "d,h;0,-1"),
        ("SELECT EXTRACT(DAYOFWEEK FROM Day) AS w, EXTRACT(YEAR FROM day) AS y, EXTRACT(QUARTER FROM day) AS q, EXTRACT(DAYOFYEAR FROM day) AS n, EXTRACT(ISOWEEK FROM day) AS i, EXTRACT(WEEK FROM day) AS k FROM LeadScoring.Reps WHERE RepCRD = 5", "w,y,q,n,i,k;1,2023,1,1,52,1"),
        ("SELECT EXTRACT(HOUR FROM At) AS h, EXTRACT(MILLISECOND FROM At) AS m, EXTRACT(DATE FROM At) AS d FROM LeadScoring.Reps WHERE RepCRD = 4", "h,m,d;12,500,2025-10-26"),
        ("SELECT DATE_TRUNC(Day, MONTH) AS m, DATE_TRUNC(Day, WEEK) AS w, DATE_TRUNC(Day, ISOWEEK) AS i, DATE_TRUNC(Day, QUARTER) AS q, DATE_TRUNC(Day, YEAR) AS y FROM LeadScoring.Reps WHERE RepCRD = 4", "m,w,i,q,y;2025-10-01,2025-10-26,2025-10-20,2025-10-01,2025-01-01"),
        ("SELECT TIMESTAMP_TRUNC(At, HOUR) AS h, TIMESTAMP_TRUNC(At, MONTH) AS m, LAST_DAY(Day) AS l FROM LeadScoring.Reps WHERE RepCRD = 2", "h,m,l;2024-02-29T00:00:00Z,2024-02-01T00:00:00Z,2024-02-29"),
        ("SELECT FORMAT_DATE('%Y-%m Q%Q %b', Day) AS a, FORMAT_TIMESTAMP('%H:%M', At) AS b FROM LeadScoring.Reps WHERE RepCRD = 4", "a,b;2025-10 Q4 Oct,12:00"),
        ("SELECT PARSE_DATE('%m/%d/%Y', '10/27/2025') AS a, PARSE_DATE('%Y%m', '202510') AS b, PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2025-01-02 03:04:05') AS c", "a,b,c;2025-10-27,2025-10-01,2025-01-02T03:04:05Z"),
        ("SELECT UNIX_DATE(DATE '1970-01-11') AS a, UNIX_SECONDS(TIMESTAMP '1970-01-01 00:01:00') AS b", "a,b;10,60"),
        ("SELECT COUNT(*) AS n FROM LeadScoring.Reps WHERE Day >= '2025-01-01' AND At < TIMESTAMP '2025-10-01 00:00:00'", "n;1"),
        ("SELECT COUNT(*) AS n FROM LeadScoring.Reps WHERE Day BETWEEN DATE_SUB(CURRENT_DATE(), INTERVAL 1 DAY) AND CURRENT_DATE()", "n;1"),
    ])
    .await;
}

#[tokio::test]
async fn text() {
    all_answer(&[
        ("SELECT UPPER('ab') AS a, LENGTH('äb') AS b, CONCAT('a', 'b', 'c') AS c, CONCAT('a', NULL) AS d, 'a' || 'b' AS e", "a,b,c,d,e;AB,2,abc,,ab"),
        ("SELECT TRIM('  a ') AS a, TRIM('xxaxx', 'x') AS b, LTRIM(' a') AS c, RTRIM('a ') AS d, LEFT('abc', 2) AS e, RIGHT('abc', 2) AS f", "a,b,c,d,e,f;a,a,a,a,ab,bc"),
        ("SELECT SUBSTR('abcdef', 2, 3) AS a, SUBSTR('abcdef', -2) AS b, SUBSTRING('abc', 0) AS c, SUBSTR('abc', -9, 1) AS d", "a,b,c,d;bcd,ef,abc,a"),
        ("SELECT REPLACE('a-b', '-', '+') AS a, STARTS_WITH('abc', 'ab') AS b, ENDS_WITH('abc', 'x') AS c, STRPOS('abc', 'c') AS d, LPAD('7', 3, '0') AS e, REVERSE('ab') AS f", "a,b,c,d,e,f;a+b,true,false,3,007,ba"),
        ("SELECT REGEXP_CONTAINS('CFP, CFA', r'\\bCFP\\b') AS a, REGEXP_REPLACE('a1b22', r'[0-9]+', '#') AS b, REGEXP_REPLACE('ab', '(a)(b)', r'\\2$\\1') AS c, REGEXP_EXTRACT('x=12', r'x=(\\d+)') AS d, REGEXP_EXTRACT('abc', 'z') AS e", "a,b,c,d,e;true,a#b#,b$a,12,"),
        ("SELECT SPLIT('a,b,c')[OFFSET(1)] AS a, SPLIT('a-b', '-')[ORDINAL(1)] AS b, SPLIT('a')[SAFE_OFFSET(3)] AS c, ARRAY_LENGTH(SPLIT('a,b', ',')) AS d, ARRAY_LENGTH(SPLIT('', ',')) AS e", "a,b,c,d,e;b,a,,2,1"),
        ("SELECT ARRAY_TO_STRING(['a', 'b'], '-') AS a", "a;a-b"),
        ("SELECT COUNT(*) AS n FROM LeadScoring.Reps WHERE Name LIKE 'B%'", "n;0"),
    ])
    .await;
}

#[tokio::test]
async fn aggregates_and_windows() {
    all_answer(&[
        ("SELECT COUNTIF(Flag) AS a, COUNT(Name) AS b, COUNT(DISTINCT Name) AS c, APPROX_COUNT_DISTINCT(Name) AS d, LOGICAL_OR(Flag) AS e, LOGICAL_AND(Flag) AS f, ANY_VALUE(Name) AS g FROM LeadScoring.Reps", "a,b,c,d,e,f,g;2,4,3,3,true,false,a"),
        ("SELECT Name FROM LeadScoring.Reps GROUP BY Name HAVING COUNTIF(RepCRD > 1) = 2", "Name;b"),
        ("SELECT SUM(Aum) AS a, AVG(Aum) AS b, MIN(Aum) AS c, MAX(Aum) AS d, AVG(RepCRD) AS e FROM LeadScoring.Reps", "a,b,c,d,e;11.0,2.75,-1.5,10.0,3.0"),
        ("SELECT ROUND(STDDEV(RepCRD), 6) AS a, VAR_POP(RepCRD) AS b, ROUND(CORR(RepCRD, RepCRD * 2), 9) AS c FROM LeadScoring.Reps", "a,b,c;1.581139,2.0,1.0"),
        ("SELECT STRING_AGG(Name, '|' ORDER BY Name DESC) AS a, STRING_AGG(Name) AS b, STRING_AGG(DISTINCT Name) AS c, STRING_AGG(DISTINCT Name, '' ORDER BY Name DESC) AS d FROM LeadScoring.Reps", "a,b,c,d;c|b|b|a,\"a,b,b,c\",\"a,b,c\",cba"),
        ("SELECT STRING_AGG(Name) AS a, ARRAY_TO_STRING(ARRAY_AGG(RepCRD), '') AS b FROM LeadScoring.Reps WHERE Name IS NULL", "a,b;,3"),
        ("SELECT APPROX_QUANTILES(x, 2)[OFFSET(1)] AS m, APPROX_QUANTILES(x, 100)[OFFSET(90)] AS p, APPROX_QUANTILES(x, 4)[OFFSET(0)] AS lo FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x", "m,p,lo;5,9,1"),
        ("SELECT ARRAY_TO_STRING(APPROX_QUANTILES(x, 2), ',') AS q FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x", "q;\"1,5,10\""),
        ("SELECT APPROX_QUANTILES(DISTINCT x, 2)[OFFSET(1)] AS m FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x", "m;6"),
        ("SELECT ARRAY_AGG(RepCRD ORDER BY Aum DESC LIMIT 1)[OFFSET(0)] AS top, ARRAY_AGG(RepCRD ORDER BY Aum LIMIT 1)[OFFSET(0)] AS low FROM LeadScoring.Reps", "top,low;1,3"),
        ("SELECT Name, RepCRD FROM LeadScoring.Reps WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY Name ORDER BY RepCRD DESC) = 1 ORDER BY Name", "Name,RepCRD;,3;a,1;b,4;c,5"),
        ("SELECT RepCRD, LAG(RepCRD) OVER (ORDER BY RepCRD) AS l, RANK() OVER (ORDER BY Name) AS r, ROW_NUMBER() OVER (ORDER BY RepCRD) - 3 AS n FROM LeadScoring.Reps ORDER BY RepCRD LIMIT 2", "RepCRD,l,r,n;1,,2,-2;2,1,3,-1"),
        ("SELECT DISTINCT PERCENTILE_CONT(Aum, 0.5) OVER () AS m FROM LeadScoring.Reps", "m;1.25"),
        ("SELECT RepCRD, FIRST_VALUE(Name IGNORE NULLS) OVER (ORDER BY RepCRD DESC) AS f FROM LeadScoring.Reps ORDER BY RepCRD LIMIT 1", "RepCRD,f;1,c"),
        ("SELECT SUM(RepCRD) OVER W AS s FROM LeadScoring.Reps WINDOW w AS (ORDER BY RepCRD) ORDER BY s LIMIT 2", "s;1;3"),
        ("SELECT NTILE(2) OVER (ORDER BY RepCRD) AS t FROM LeadScoring.Reps ORDER BY RepCRD", "t;1;1;1;2;2"),
        // nulls are smaller than everything
        ("SELECT Name FROM LeadScoring.Reps ORDER BY Name", "Name;\"\";a;b;b;c"),
        ("SELECT Name FROM LeadScoring.Reps ORDER BY Name DESC", "Name;c;b;b;a;\"\""),
        ("SELECT x FROM UNNEST([3, 1]) AS x ORDER BY x", "x;1;3"),
        ("SELECT RepCRD FROM LeadScoring.Reps WHERE Name IN UNNEST(['a', 'c']) ORDER BY 1", "RepCRD;1;5"),
        ("SELECT COUNT(*) AS n FROM LeadScoring.Reps r WHERE EXISTS (SELECT 1 FROM LeadScoring.Reps s WHERE s.RepCRD = r.RepCRD + 1)", "n;4"),
        ("SELECT RepCRD FROM LeadScoring.Reps EXCEPT DISTINCT SELECT 1 ORDER BY 1 LIMIT 1", "RepCRD;2"),
    ])
    .await;
}

#[tokio::test]
async fn refused() {
    all_refused(&[
        ("SELECT 1 / 0", "division by zero: use SAFE_DIVIDE"),
        ("SELECT Aum / 0 FROM LeadScoring.Reps", "division by zero"),
        ("SELECT MOD(1, 0)", "division by zero"),
        ("SELECT LN(0)", "LN is not defined for 0"),
        (
            "SELECT CAST('Osseo' AS INT64)",
            "cannot cast 'Osseo' to INT64",
        ),
        (
            "SELECT to_char(Day, 'x') FROM LeadScoring.Reps",
            "function TO_CHAR is not supported",
        ),
        (
            "SELECT DATE_AD(Day, 1) FROM LeadScoring.Reps",
            "did you mean DATE_ADD",
        ),
        ("SELECT RAND()", "function RAND is not supported"),
        (
            "SELECT median(Aum) FROM LeadScoring.Reps",
            "function MEDIAN is not supported",
        ),
        ("SELECT SAFE.SUBSTR('a', 0)", "SAFE"),
        (
            "SELECT ROW_NUMBER() FROM LeadScoring.Reps",
            "needs a window",
        ),
        (
            "SELECT UPPER(DISTINCT Name) FROM LeadScoring.Reps",
            "plain arguments",
        ),
        ("SELECT IF(TRUE, 1)", "IF: takes 3 arguments, not 2"),
        ("SELECT SPLIT('a')[OFFSET(3)]", "out of bounds"),
        (
            "SELECT DATE_DIFF(At, At, DAY) FROM LeadScoring.Reps",
            "write DATE(x)",
        ),
        (
            "SELECT DATE_ADD(Day, INTERVAL 1 HOUR) FROM LeadScoring.Reps",
            "does not take the part HOUR; use TIMESTAMP_ADD",
        ),
        (
            "SELECT TIMESTAMP_ADD(At, INTERVAL 1 MONTH) FROM LeadScoring.Reps",
            "does not take the part MONTH; use DATE_ADD",
        ),
        (
            "SELECT DATE_ADD(Day, 1) FROM LeadScoring.Reps",
            "INTERVAL n DAY",
        ),
        (
            "SELECT DATE_TRUNC(Day, FORTNIGHT) FROM LeadScoring.Reps",
            "FORTNIGHT is no date part",
        ),
        (
            "SELECT DATE(At, 'America/New_York') FROM LeadScoring.Reps",
            "time zone 'UTC'",
        ),
        (
            "SELECT FORMAT_DATE('%Ez', Day) FROM LeadScoring.Reps",
            "format element %E",
        ),
        ("SELECT x FROM LeadScoring.Reps", "x"),
        (
            "SELECT 1 FROM LeadScoring.Rep",
            "table `LeadScoring.Rep` does not exist; did you mean LeadScoring.Reps",
        ),
        ("SELECT 1 FROM Reps", "did you mean LeadScoring.Reps"),
        (
            "SELECT 1 FROM other.LeadScoring.Reps",
            "is in project `other`",
        ),
        ("SELECT @who", "query parameter @who has no value"),
        ("SELECT 1 AS a, 2 AS A", "two columns are named a"),
        (
            "SELECT a.Name, b.Name FROM LeadScoring.Reps a JOIN LeadScoring.Reps b USING (RepCRD)",
            "two columns named Name",
        ),
        ("SELECT 5 % 2", "use MOD"),
        ("SELECT 1::INT64", "CAST"),
        (
            "SELECT * FROM LeadScoring.Reps TABLESAMPLE SYSTEM (10 PERCENT)",
            "TABLESAMPLE",
        ),
        (
            "SELECT * FROM LeadScoring.Reps FOR SYSTEM_TIME AS OF TIMESTAMP '2025-01-01 00:00:00'",
            "FOR SYSTEM_TIME AS OF",
        ),
        (
            "DROP TABLE LeadScoring.Reps",
            "only queries are allowed (SELECT, WITH, EXPLAIN), not DROP",
        ),
        (
            "INSERT INTO LeadScoring.Reps SELECT * FROM LeadScoring.Reps",
            "not INSERT",
        ),
        ("CREATE TABLE x AS SELECT 1 AS a", "not CREATE"),
        ("COPY (SELECT 1) TO 'x'", "not COPY"),
        ("SET x = 1", "not SET"),
        ("SELECT 1; SELECT 2", "one query at a time"),
        ("", "empty"),
        ("SELEC 1", "syntax error"),
    ])
    .await;
}

#[tokio::test]
async fn parameters() {
    let session = session();
    let day: NaiveDate = "2025-01-31".parse().unwrap();
    let params = Params::new()
        .with("day", day)
        .with("n", -2_i64)
        .with("f", 0.1)
        .with("s", "it's")
        .with("b", true)
        .with("names", vec!["a".to_owned(), "c".to_owned()])
        .with("none", Vec::<String>::new());
    let sql =
        "SELECT @n + 1 AS n, @F * 3 AS f, @s AS s, @b AS b, DATE_ADD(@day, INTERVAL @n DAY) AS d";
    assert_eq!(
        answer(&session, sql, &params).await.unwrap(),
        "n,f,s,b,d;-1,0.30000000000000004,it's,true,2025-01-29"
    );
    let sql = "SELECT RepCRD FROM LeadScoring.Reps WHERE Day = @day OR Name IN UNNEST(@names) AND NOT Name IN UNNEST(@none) ORDER BY 1";
    assert_eq!(answer(&session, sql, &params).await.unwrap(), "RepCRD;1;5");
}

#[tokio::test]
async fn a_view_is_read_like_a_table_and_can_be_replaced() {
    let session = session();
    let params = Params::new().with("least", 4_i64);
    let sql = "SELECT RepCRD AS LeadId, Name FROM LeadScoring.Reps WHERE RepCRD >= @least";
    session.create_view("Late", sql, &params).await.unwrap();
    let got = answer(
        &session,
        "SELECT * FROM Late ORDER BY leadid",
        &Params::new(),
    )
    .await;
    assert_eq!(got.unwrap(), "LeadId,Name;4,b;5,c");
    session
        .create_view("Late", "SELECT 1 AS one", &Params::new())
        .await
        .unwrap();
    let got = answer(&session, "SELECT One FROM Late", &Params::new()).await;
    assert_eq!(got.unwrap(), "One;1");
}

#[tokio::test]
async fn answers_have_plain_types_even_without_rows() {
    let session = session();
    let sql = "SELECT RepCRD, Name, LENGTH(Name) AS l, At, ROW_NUMBER() OVER (ORDER BY RepCRD) AS r FROM LeadScoring.Reps WHERE FALSE";
    let batches = session.collect(sql, &Params::new()).await.unwrap();
    let types: Vec<String> = batches[0]
        .schema()
        .fields()
        .iter()
        .map(|f| f.data_type().to_string())
        .collect();
    assert_eq!(
        types,
        ["Int64", "Utf8", "Int64", "Timestamp(µs, \"UTC\")", "Int64"]
    );
    assert_eq!(batches[0].num_rows(), 0);
}

#[tokio::test]
async fn explain_shows_a_plan() {
    let session = session();
    let batches = session
        .collect("EXPLAIN SELECT 1 AS a", &Params::new())
        .await
        .unwrap();
    assert!(format::to_table(&batches).unwrap().contains("logical_plan"));
}

#[tokio::test]
async fn columns_that_differ_in_case_only_are_refused() {
    let session = session();
    let one = Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("Id", Arc::clone(&one)), ("ID", one)]).unwrap();
    let error = session
        .register_batches("twice", batch.schema(), vec![batch])
        .unwrap_err();
    assert!(error.to_string().contains("differ in case only: id"));
}
