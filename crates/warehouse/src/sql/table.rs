//! The functions of this dialect: all there are.

use datafusion::sql::sqlparser::ast::Expr;

use super::call::Call;
use super::{aggregate, scalar, temporal};
use crate::error::nearest;
use crate::{Error, Result};

/// What becomes of a call.
pub(super) enum Rule {
    /// The engine's function of this name means the same.
    Same(&'static str),
    /// The same, but the engine's answer is not INT64.
    Count(&'static str),
    /// The same, over FLOAT64.
    Float(&'static str),
    /// Rewritten by hand.
    By(fn(Call) -> Result<Expr>),
    /// Part of another construct, which looks into it.
    Keep,
}

/// Which adornments a function may have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// None.
    Scalar,
    /// `DISTINCT`, an order, a window.
    Aggregate,
    /// A window, which it must have.
    Window,
}

/// One function: its name, kind, fewest and most arguments, and what becomes of it.
struct Entry(&'static str, Kind, usize, usize, Rule);

const MANY: usize = usize::MAX;

use Kind::{Aggregate, Scalar, Window};
use Rule::{By, Count, Float, Keep, Same};

const TABLE: &[Entry] = &[
    // conditions
    Entry("IF", Scalar, 3, 3, By(scalar::if_)),
    Entry("COALESCE", Scalar, 1, MANY, Same("coalesce")),
    Entry("IFNULL", Scalar, 2, 2, Same("coalesce")),
    Entry("NULLIF", Scalar, 2, 2, Same("nullif")),
    Entry("GREATEST", Scalar, 1, MANY, By(scalar::null_if_any_null)),
    Entry("LEAST", Scalar, 1, MANY, By(scalar::null_if_any_null)),
    // numbers
    Entry("ABS", Scalar, 1, 1, Same("abs")),
    Entry("SIGN", Scalar, 1, 1, Float("signum")),
    Entry("SQRT", Scalar, 1, 1, Float("bq_sqrt")),
    Entry("EXP", Scalar, 1, 1, Float("exp")),
    Entry("LN", Scalar, 1, 1, Float("bq_ln")),
    Entry("LOG", Scalar, 1, 2, Float("bq_log")),
    Entry("LOG10", Scalar, 1, 1, Float("bq_log10")),
    Entry("POW", Scalar, 2, 2, Float("power")),
    Entry("POWER", Scalar, 2, 2, Float("power")),
    Entry("ROUND", Scalar, 1, 2, By(scalar::round)),
    Entry("TRUNC", Scalar, 1, 2, By(scalar::round)),
    Entry("CEILING", Scalar, 1, 1, Float("ceil")),
    Entry("SIN", Scalar, 1, 1, Float("sin")),
    Entry("COS", Scalar, 1, 1, Float("cos")),
    Entry("TAN", Scalar, 1, 1, Float("tan")),
    Entry("IS_NAN", Scalar, 1, 1, Float("isnan")),
    Entry("DIV", Scalar, 2, 2, Same("bq_div")),
    Entry("MOD", Scalar, 2, 2, Same("bq_mod")),
    Entry("SAFE_DIVIDE", Scalar, 2, 2, Same("bq_safe_divide")),
    Entry("IEEE_DIVIDE", Scalar, 2, 2, By(scalar::ieee_divide)),
    // text
    Entry("LOWER", Scalar, 1, 1, Same("lower")),
    Entry("UPPER", Scalar, 1, 1, Same("upper")),
    Entry("INITCAP", Scalar, 1, 1, Same("initcap")),
    Entry("REVERSE", Scalar, 1, 1, Same("reverse")),
    Entry("LENGTH", Scalar, 1, 1, Count("character_length")),
    Entry("CHAR_LENGTH", Scalar, 1, 1, Count("character_length")),
    Entry("STRPOS", Scalar, 2, 2, Count("strpos")),
    Entry("CONCAT", Scalar, 1, MANY, By(scalar::concat)),
    Entry("REPLACE", Scalar, 3, 3, Same("replace")),
    Entry("REPEAT", Scalar, 2, 2, Same("repeat")),
    Entry("LPAD", Scalar, 2, 3, Same("lpad")),
    Entry("RPAD", Scalar, 2, 3, Same("rpad")),
    Entry("LTRIM", Scalar, 1, 2, Same("ltrim")),
    Entry("RTRIM", Scalar, 1, 2, Same("rtrim")),
    Entry("TRIM", Scalar, 1, 2, Same("btrim")),
    Entry("LEFT", Scalar, 2, 2, Same("left")),
    Entry("RIGHT", Scalar, 2, 2, Same("right")),
    Entry("SUBSTR", Scalar, 2, 3, Same("bq_substr")),
    Entry("SUBSTRING", Scalar, 2, 3, Same("bq_substr")),
    Entry("STARTS_WITH", Scalar, 2, 2, Same("starts_with")),
    Entry("ENDS_WITH", Scalar, 2, 2, Same("ends_with")),
    Entry("REGEXP_CONTAINS", Scalar, 2, 2, Same("regexp_like")),
    Entry("REGEXP_REPLACE", Scalar, 3, 3, By(scalar::regexp_replace)),
    Entry("REGEXP_EXTRACT", Scalar, 2, 2, By(scalar::regexp_extract)),
    Entry("SPLIT", Scalar, 1, 2, By(scalar::split)),
    // arrays
    Entry("ARRAY_LENGTH", Scalar, 1, 1, Same("bq_array_length")),
    Entry("ARRAY_TO_STRING", Scalar, 2, 3, Same("array_to_string")),
    Entry("OFFSET", Scalar, 1, 1, Keep),
    Entry("SAFE_OFFSET", Scalar, 1, 1, Keep),
    Entry("ORDINAL", Scalar, 1, 1, Keep),
    Entry("SAFE_ORDINAL", Scalar, 1, 1, Keep),
    // dates and times
    Entry("CURRENT_DATE", Scalar, 0, 1, By(temporal::current_date)),
    Entry(
        "CURRENT_TIMESTAMP",
        Scalar,
        0,
        0,
        By(temporal::current_timestamp),
    ),
    Entry("DATE", Scalar, 1, 3, By(temporal::date)),
    Entry("TIMESTAMP", Scalar, 1, 1, By(temporal::timestamp)),
    Entry("DATETIME", Scalar, 1, 1, By(temporal::datetime)),
    Entry("DATE_ADD", Scalar, 2, 2, By(temporal::add)),
    Entry("DATE_SUB", Scalar, 2, 2, By(temporal::add)),
    Entry("TIMESTAMP_ADD", Scalar, 2, 2, By(temporal::add)),
    Entry("TIMESTAMP_SUB", Scalar, 2, 2, By(temporal::add)),
    Entry("DATE_DIFF", Scalar, 3, 3, By(temporal::with_unit)),
    Entry("TIMESTAMP_DIFF", Scalar, 3, 3, By(temporal::with_unit)),
    Entry("DATE_TRUNC", Scalar, 2, 2, By(temporal::with_unit)),
    Entry("TIMESTAMP_TRUNC", Scalar, 2, 2, By(temporal::with_unit)),
    Entry("LAST_DAY", Scalar, 1, 2, By(temporal::last_day)),
    Entry("WEEK", Scalar, 1, 1, Keep),
    Entry("FORMAT_DATE", Scalar, 2, 2, Same("bq_format_date")),
    Entry(
        "FORMAT_TIMESTAMP",
        Scalar,
        2,
        2,
        Same("bq_format_timestamp"),
    ),
    Entry("PARSE_DATE", Scalar, 2, 2, Same("bq_parse_date")),
    Entry("PARSE_TIMESTAMP", Scalar, 2, 2, Same("bq_parse_timestamp")),
    Entry("UNIX_DATE", Scalar, 1, 1, Same("bq_unix_date")),
    Entry("UNIX_SECONDS", Scalar, 1, 1, Same("bq_unix_seconds")),
    Entry("UNIX_MICROS", Scalar, 1, 1, Same("bq_unix_micros")),
    // aggregates
    Entry("COUNT", Aggregate, 0, 1, By(aggregate::count)),
    Entry("SUM", Aggregate, 1, 1, Same("sum")),
    Entry("AVG", Aggregate, 1, 1, Same("avg")),
    Entry("MIN", Aggregate, 1, 1, Same("min")),
    Entry("MAX", Aggregate, 1, 1, Same("max")),
    Entry("COUNTIF", Aggregate, 1, 1, By(aggregate::countif)),
    Entry("LOGICAL_OR", Aggregate, 1, 1, Same("bool_or")),
    Entry("LOGICAL_AND", Aggregate, 1, 1, Same("bool_and")),
    Entry("ANY_VALUE", Aggregate, 1, 1, Same("min")),
    Entry("STRING_AGG", Aggregate, 1, 2, By(aggregate::string_agg)),
    Entry("ARRAY_AGG", Aggregate, 1, 1, By(aggregate::array_agg)),
    Entry("STDDEV", Aggregate, 1, 1, Same("stddev")),
    Entry("STDDEV_SAMP", Aggregate, 1, 1, Same("stddev")),
    Entry("STDDEV_POP", Aggregate, 1, 1, Same("stddev_pop")),
    Entry("VARIANCE", Aggregate, 1, 1, Same("var_samp")),
    Entry("VAR_SAMP", Aggregate, 1, 1, Same("var_samp")),
    Entry("VAR_POP", Aggregate, 1, 1, Same("var_pop")),
    Entry("CORR", Aggregate, 2, 2, Same("corr")),
    Entry("COVAR_POP", Aggregate, 2, 2, Same("covar_pop")),
    Entry("COVAR_SAMP", Aggregate, 2, 2, Same("covar_samp")),
    Entry(
        "APPROX_COUNT_DISTINCT",
        Aggregate,
        1,
        1,
        By(aggregate::count_distinct),
    ),
    Entry(
        "APPROX_QUANTILES",
        Aggregate,
        2,
        2,
        By(aggregate::quantiles),
    ),
    // windows
    Entry("ROW_NUMBER", Window, 0, 0, Count("row_number")),
    Entry("RANK", Window, 0, 0, Count("rank")),
    Entry("DENSE_RANK", Window, 0, 0, Count("dense_rank")),
    Entry("NTILE", Window, 1, 1, Count("ntile")),
    Entry("PERCENT_RANK", Window, 0, 0, Same("percent_rank")),
    Entry("CUME_DIST", Window, 0, 0, Same("cume_dist")),
    Entry("LAG", Window, 1, 3, Same("lag")),
    Entry("LEAD", Window, 1, 3, Same("lead")),
    Entry("FIRST_VALUE", Window, 1, 1, Same("first_value")),
    Entry("LAST_VALUE", Window, 1, 1, Same("last_value")),
    Entry("NTH_VALUE", Window, 2, 2, Same("nth_value")),
    Entry("PERCENTILE_CONT", Window, 2, 2, Same("percentile_cont")),
];

/// Replaces a call by one with GoogleSQL's meaning, or refuses it.
pub(super) fn rewrite(mut call: Call) -> Result<Expr> {
    let Some(Entry(name, kind, fewest, most, rule)) =
        TABLE.iter().find(|entry| entry.0 == call.name)
    else {
        return Err(unknown(&call.name));
    };
    let given = call.args.len();
    if given < *fewest || given > *most {
        return Err(call.wrong(&match (fewest, most) {
            (a, b) if a == b => format!("takes {a} arguments, not {given}"),
            (a, &MANY) => format!("takes at least {a} arguments, not {given}"),
            (a, b) => format!("takes {a} to {b} arguments, not {given}"),
        }));
    }
    match kind {
        Scalar if call.adorned() => {
            return Err(call.wrong("takes plain arguments only, no *, DISTINCT, ORDER BY or OVER"));
        }
        Window if !call.windowed() => {
            return Err(call.wrong("needs a window: add OVER (…)"));
        }
        _ => {}
    }
    if call.star && *name != "COUNT" {
        return Err(call.wrong("does not take *"));
    }
    let args = |call: &mut Call| std::mem::take(&mut call.args);
    match rule {
        Same(to) => {
            let args = args(&mut call);
            call.to(to, args)
        }
        Count(to) => {
            let args = args(&mut call);
            call.into_integer(to, args)
        }
        Float(to) => {
            let args = args(&mut call).into_iter().map(scalar::float).collect();
            call.to(to, args)
        }
        By(rewrite) => rewrite(call),
        Keep => {
            let name = call.name.to_lowercase();
            let args = args(&mut call);
            call.to(&name, args)
        }
    }
}

fn unknown(name: &str) -> Error {
    if let Some(inner) = name.strip_prefix("SAFE.") {
        return Error::Sql(format!(
            "the SAFE. prefix (SAFE.{inner}) is not supported; use SAFE_CAST, SAFE_DIVIDE or NULLIF"
        ));
    }
    Error::UnknownFunction {
        name: name.to_owned(),
        near: nearest(name, TABLE.iter().map(|entry| entry.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_stands_once_and_its_numbers_make_sense() {
        let mut names: Vec<&str> = TABLE.iter().map(|entry| entry.0).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        for entry in TABLE {
            assert!(entry.2 <= entry.3, "{}", entry.0);
            assert_eq!(entry.0, entry.0.to_uppercase());
        }
    }
}
