//! Aggregates that need more than another name.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArgumentClause, FunctionArguments, OrderByExpr, Value, ValueWithSpan,
};

use super::build::{self, array, number, text, when};
use super::call::Call;
use crate::Result;

/// The name `APPROX_QUANTILES` has between its own rewriting and its subscript's.
const NEAREST_RANK: &str = "bq_nearest_rank";

pub(super) fn count(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    if call.star == args.is_empty() {
        return call.to("count", args);
    }
    Err(call.wrong("takes * or one argument"))
}

pub(super) fn countif(mut call: Call) -> Result<Expr> {
    if call.distinct() {
        return Err(call.wrong("DISTINCT is not supported"));
    }
    let condition = std::mem::take(&mut call.args).swap_remove(0);
    call.to("count", vec![when(condition, number(1), None)])
}

/// Exact: it costs little at this size and does not depend on the number of threads.
pub(super) fn count_distinct(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    let mut function = call.renamed("count", args)?;
    if let FunctionArguments::List(list) = &mut function.args {
        list.duplicate_treatment =
            Some(datafusion::sql::sqlparser::ast::DuplicateTreatment::Distinct);
    }
    Ok(Expr::Function(function))
}

/// In the order asked for, else in the order of the values, so that the answer does
/// not depend on threads.
pub(super) fn string_agg(mut call: Call) -> Result<Expr> {
    if call.limit().is_some() {
        return Err(call.wrong("LIMIT is not supported"));
    }
    let mut args = std::mem::take(&mut call.args);
    if args.len() == 1 {
        args.push(text(","));
    }
    if call.windowed() {
        return call.to("string_agg", args);
    }
    let order = match sorted_by(&mut call, &args[0])? {
        Some(order) => order,
        None => return call.to("string_agg", args),
    };
    let separator = args.swap_remove(1);
    let values = call.to("array_agg", args)?;
    let sorted = build::call(
        "bq_sorted",
        vec![values, text(order), text("without nulls")],
    );
    Ok(build::call("array_to_string", vec![sorted, separator]))
}

/// Without `LIMIT`, an array; `ARRAY_AGG(x ORDER BY y LIMIT 1)[OFFSET(0)]` is handled
/// by the subscript.
pub(super) fn array_agg(mut call: Call) -> Result<Expr> {
    let args = std::mem::take(&mut call.args);
    if call.limit().is_some() {
        return array_of_first(call, args);
    }
    if call.windowed() {
        return call.to("array_agg", args);
    }
    match sorted_by(&mut call, &args[0])? {
        Some(order) => {
            let values = call.to("array_agg", args)?;
            Ok(build::call(
                "bq_sorted",
                vec![values, text(order), text("with nulls")],
            ))
        }
        None => call.to("array_agg", args),
    }
}

/// Whether the collected values are to be sorted by themselves, and how; none if the
/// call has an order of its own. The engine's `DISTINCT` does not keep an order.
fn sorted_by(call: &mut Call, value: &Expr) -> Result<Option<&'static str>> {
    if !call.distinct() {
        return Ok(call.order_by().is_none().then_some("ascending"));
    }
    match call.take_order().as_deref() {
        None => Ok(Some("ascending")),
        Some([OrderByExpr { expr, options, .. }]) if expr == value => {
            Ok(Some(if options.asc == Some(false) {
                "descending"
            } else {
                "ascending"
            }))
        }
        Some(_) => Err(call.wrong("with DISTINCT, the order can only be by the value itself")),
    }
}

/// `ARRAY_AGG(x ORDER BY y LIMIT 1)`, in a form that the subscript recognises.
fn array_of_first(mut call: Call, args: Vec<Expr>) -> Result<Expr> {
    let only_first = call.limit().is_some_and(|limit| literal(limit) == Some(1));
    let Some(order) = call.take_order() else {
        return Err(call.wrong("LIMIT needs an ORDER BY"));
    };
    if !only_first || call.windowed() || call.distinct() {
        return Err(call.wrong("only LIMIT 1 is supported"));
    }
    let nulls =
        |c: &FunctionArgumentClause| matches!(c, FunctionArgumentClause::IgnoreOrRespectNulls(_));
    if call.clauses().iter().any(nulls) {
        return Err(call.wrong("IGNORE NULLS with LIMIT is not supported; filter with WHERE"));
    }
    let mut first = build::function("first_value", args);
    if let FunctionArguments::List(list) = &mut first.args {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    Ok(array(vec![Expr::Function(first)]))
}

/// `APPROX_QUANTILES(x, n)`: the n + 1 values at ranks ceil(k/n · count). Exact.
pub(super) fn quantiles(mut call: Call) -> Result<Expr> {
    if call.windowed() || !call.clauses().is_empty() {
        return Err(call.wrong("takes neither a window nor an order"));
    }
    let args = std::mem::take(&mut call.args);
    let n = literal(&args[1])
        .filter(|n| (1..=1000).contains(n))
        .ok_or_else(|| call.wrong("the second argument is a whole number from 1 to 1000"))?;
    let values = call.to("array_agg", vec![args[0].clone()])?;
    let ranks = (0..=n).map(number).collect();
    Ok(build::call(
        NEAREST_RANK,
        vec![values, array(ranks), number(n)],
    ))
}

/// `[expr][OFFSET(0)]` is `expr`; other expressions come back as they were.
#[expect(
    clippy::result_large_err,
    reason = "the expression is handed back, not an error"
)]
pub(super) fn first_of_ordered(value: Expr, index: &Expr) -> Result<Expr, Expr> {
    match value {
        Expr::Array(mut list)
            if list.elem.len() == 1
                && literal(index) == Some(0)
                && is_call(&list.elem[0], "first_value") =>
        {
            Ok(list.elem.swap_remove(0))
        }
        other => Err(other),
    }
}

fn is_call(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Function(Function { name: called, .. }) if called.to_string() == name)
}

fn literal(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::Value(ValueWithSpan {
            value: Value::Number(digits, _),
            ..
        }) => digits.parse().ok(),
        _ => None,
    }
}
