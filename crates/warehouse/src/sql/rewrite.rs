//! The walk over a query's syntax tree.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, CeilFloorKind, DataType, Expr, Function, Query, Select,
    Subscript, TableFactor, Value, ValueWithSpan, VisitorMut, WindowType,
};

use super::build::{array, boolean, call, cast, number, text};
use super::names::{Names, lower, lower_column};
use super::{aggregate, call::Call, scalar, statement, table, temporal};
use crate::{Error, ParamValue, Params, Result};

/// Rewrites a statement in place; children before their parents, so that what is
/// put in is not rewritten again.
pub(super) struct Rewriter<'a> {
    names: Names<'a>,
    params: &'a Params,
    as_of: NaiveDate,
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(names: Names<'a>, params: &'a Params, as_of: NaiveDate) -> Self {
        Rewriter {
            names,
            params,
            as_of,
        }
    }

    pub(super) fn into_names(self) -> Names<'a> {
        self.names
    }

    fn expression(&self, expr: &mut Expr) -> Result<()> {
        let taken = std::mem::replace(expr, Expr::Value(Value::Null.into()));
        *expr = self.rewritten(taken)?;
        Ok(())
    }

    fn rewritten(&self, expr: Expr) -> Result<Expr> {
        Ok(match expr {
            Expr::Identifier(ident)
                if ident.value.starts_with('@') && ident.quote_style.is_none() =>
            {
                self.parameter(&ident.value)?
            }
            Expr::Value(ValueWithSpan {
                value: Value::Placeholder(name),
                ..
            }) => self.parameter(&name)?,
            mut column @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => {
                lower_column(&mut column);
                column
            }
            Expr::BinaryOp { left, op, right } => operator(*left, op, *right)?,
            Expr::Function(function) => self.function(function)?,
            Expr::Cast {
                kind,
                expr,
                data_type,
                format,
                ..
            } => {
                let safe = match kind {
                    CastKind::Cast => false,
                    CastKind::SafeCast => true,
                    CastKind::TryCast | CastKind::DoubleColon => {
                        return Err(Error::Sql(
                            "write CAST(x AS type) or SAFE_CAST(x AS type)".to_owned(),
                        ));
                    }
                };
                if format.is_some() {
                    return Err(Error::Sql(
                        "CAST with FORMAT is not supported; use PARSE_DATE or FORMAT_DATE"
                            .to_owned(),
                    ));
                }
                scalar::cast_to(*expr, data_type, safe)
            }
            Expr::Extract { field, expr, .. } => temporal::extract(&field, *expr)?,
            Expr::Ceil { expr, field } => rounding("ceil", *expr, &field)?,
            Expr::Floor { expr, field } => rounding("floor", *expr, &field)?,
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => {
                let Some(from) = substring_from else {
                    return Err(Error::Sql("SUBSTR needs a position".to_owned()));
                };
                let mut args = vec![*expr, *from];
                args.extend(substring_for.map(|length| *length));
                call("bq_substr", args)
            }
            Expr::CompoundFieldAccess { root, access_chain } => access(*root, access_chain)?,
            Expr::InUnnest {
                expr,
                array_expr,
                negated,
            } => in_unnest(expr, *array_expr, negated),
            Expr::ILike { .. } | Expr::RLike { .. } | Expr::SimilarTo { .. } => {
                return Err(Error::Sql(
                    "use LIKE or REGEXP_CONTAINS; other pattern operators are not GoogleSQL"
                        .to_owned(),
                ));
            }
            other => other,
        })
    }

    fn parameter(&self, name: &str) -> Result<Expr> {
        let Some(value) = self.params.get(name) else {
            return Err(Error::UnknownParameter {
                name: name.trim_start_matches('@').to_owned(),
                known: self.params.names().map(str::to_owned).collect(),
            });
        };
        Ok(match value {
            ParamValue::Date(day) => cast(text(&day.to_string()), DataType::Date),
            ParamValue::Int64(value) => number(*value),
            ParamValue::Float64(value) => cast(text(&value.to_string()), DataType::Float64),
            ParamValue::String(value) => text(value),
            ParamValue::Bool(value) => boolean(*value),
            ParamValue::StringArray(items) => array(items.iter().map(|item| text(item)).collect()),
        })
    }

    fn function(&self, mut function: Function) -> Result<Expr> {
        if let Some(WindowType::NamedWindow(window)) = &mut function.over {
            lower(window);
        }
        let call = Call::new(function, self.as_of)?;
        table::rewrite(call)
    }
}

/// Operators whose meaning differs from the engine's.
fn operator(left: Expr, op: BinaryOperator, right: Expr) -> Result<Expr> {
    Ok(match (left, op, right) {
        (left, BinaryOperator::Divide, right) => call("bq_divide", vec![left, right]),
        (left, BinaryOperator::Plus, Expr::Interval(interval)) => {
            temporal::plus_interval(left, interval, 1)?
        }
        (Expr::Interval(interval), BinaryOperator::Plus, right) => {
            temporal::plus_interval(right, interval, 1)?
        }
        (left, BinaryOperator::Minus, Expr::Interval(interval)) => {
            temporal::plus_interval(left, interval, -1)?
        }
        (_, op @ (BinaryOperator::Modulo | BinaryOperator::DuckIntegerDivide), _) => {
            return Err(Error::Sql(format!(
                "operator {op} is not GoogleSQL; use MOD or DIV"
            )));
        }
        (left, op, right) => Expr::BinaryOp {
            left: Box::new(left),
            op,
            right: Box::new(right),
        },
    })
}

fn rounding(name: &str, expr: Expr, field: &CeilFloorKind) -> Result<Expr> {
    match field {
        CeilFloorKind::DateTimeField(
            datafusion::sql::sqlparser::ast::DateTimeField::NoDateTime,
        ) => Ok(call(name, vec![cast(expr, DataType::Float64)])),
        _ => Err(Error::Sql(format!(
            "{} takes one argument",
            name.to_uppercase()
        ))),
    }
}

/// `array[OFFSET(n)]` and its kin; `APPROX_QUANTILES(x, n)[OFFSET(k)]` is one value.
fn access(root: Expr, chain: Vec<AccessExpr>) -> Result<Expr> {
    let mut value = root;
    for step in chain {
        value = match step {
            AccessExpr::Subscript(Subscript::Index { index }) => {
                let (mode, index) = position(index)?;
                if matches!(mode, "OFFSET" | "SAFE_OFFSET") {
                    value = match aggregate::first_of_ordered(value, &index) {
                        Ok(first) => {
                            value = first;
                            continue;
                        }
                        Err(unchanged) => unchanged,
                    };
                }
                call("bq_element", vec![value, index, text(mode)])
            }
            AccessExpr::Dot(Expr::Identifier(field)) => {
                call("get_field", vec![value, text(&field.value)])
            }
            AccessExpr::Dot(_) | AccessExpr::Subscript(_) => {
                return Err(Error::Sql(
                    "only array[OFFSET(n)], [ORDINAL(n)], [SAFE_OFFSET(n)], [SAFE_ORDINAL(n)] and struct.field are supported"
                        .to_owned(),
                ));
            }
        };
    }
    Ok(value)
}

fn position(index: Expr) -> Result<(&'static str, Expr)> {
    if let Expr::Function(function) = &index {
        for mode in ["OFFSET", "SAFE_OFFSET", "ORDINAL", "SAFE_ORDINAL"] {
            if function.name.to_string().eq_ignore_ascii_case(mode) {
                return match Call::arguments(function).as_slice() {
                    [one] => Ok((mode, (*one).clone())),
                    _ => Err(Error::Sql(format!("{mode} takes one argument"))),
                };
            }
        }
    }
    // a bare index counts from 0
    Ok(("OFFSET", index))
}

fn in_unnest(expr: Box<Expr>, items: Expr, negated: bool) -> Expr {
    match items {
        Expr::Array(list) if list.elem.is_empty() => boolean(negated),
        Expr::Array(list) => Expr::InList {
            expr,
            list: list.elem,
            negated,
        },
        other => {
            let has = call("array_has", vec![other, *expr]);
            match negated {
                true => Expr::UnaryOp {
                    op: datafusion::sql::sqlparser::ast::UnaryOperator::Not,
                    expr: Box::new(has),
                },
                false => has,
            }
        }
    }
}

impl VisitorMut for Rewriter<'_> {
    type Break = Error;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Error> {
        if let Err(error) = statement::check_query(query) {
            return ControlFlow::Break(error);
        }
        if let Some(with) = &mut query.with {
            for table in &mut with.cte_tables {
                self.names.enter_with(&mut table.alias);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<Error> {
        match self.names.enter_select(select) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        match self.names.enter_table(factor) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Error> {
        match self.expression(expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<Error> {
        let plain = match &mut value.value {
            Value::DoubleQuotedString(text)
            | Value::TripleSingleQuotedString(text)
            | Value::TripleDoubleQuotedString(text)
            | Value::SingleQuotedRawStringLiteral(text)
            | Value::DoubleQuotedRawStringLiteral(text)
            | Value::TripleSingleQuotedRawStringLiteral(text)
            | Value::TripleDoubleQuotedRawStringLiteral(text) => std::mem::take(text),
            _ => return ControlFlow::Continue(()),
        };
        value.value = Value::SingleQuotedString(plain);
        ControlFlow::Continue(())
    }
}
