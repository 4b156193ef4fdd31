//! A function call of a query, checked and taken apart.

use chrono::NaiveDate;
use datafusion::sql::sqlparser::ast::{
    DataType, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, OrderByExpr,
};

use super::build::{self, cast};
use crate::{Error, Result};

/// One call: its name, its arguments, and the rest (window, order, distinct).
pub(super) struct Call {
    /// in upper case
    pub(super) name: String,
    pub(super) args: Vec<Expr>,
    pub(super) star: bool,
    pub(super) as_of: NaiveDate,
    function: Function,
}

impl Call {
    pub(super) fn new(mut function: Function, as_of: NaiveDate) -> Result<Self> {
        let name = function.name.to_string().to_uppercase();
        if !matches!(function.parameters, FunctionArguments::None) || function.filter.is_some() {
            return Err(Error::Sql(format!(
                "{name}: this form of call is not GoogleSQL"
            )));
        }
        let mut args = Vec::new();
        let mut star = false;
        match &mut function.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(_) => {
                return Err(Error::Sql(format!(
                    "{name}: put the subquery in parentheses"
                )));
            }
            FunctionArguments::List(list) => {
                for arg in list.args.drain(..) {
                    match arg {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => args.push(expr),
                        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => star = true,
                        other => {
                            return Err(Error::Sql(format!(
                                "{name}: argument `{other}` is not supported"
                            )));
                        }
                    }
                }
            }
        }
        Ok(Call {
            name,
            args,
            star,
            as_of,
            function,
        })
    }

    /// The arguments of a call that was not taken apart.
    pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
        match &function.args {
            FunctionArguments::List(list) => list
                .args
                .iter()
                .filter_map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The only argument.
    pub(super) fn only(mut self) -> Result<Expr> {
        match (self.args.pop(), self.args.is_empty()) {
            (Some(one), true) => Ok(one),
            _ => Err(self.wrong("takes one argument")),
        }
    }

    /// An error about this call.
    pub(super) fn wrong(&self, what: &str) -> Error {
        Error::Sql(format!("{}: {what}", self.name))
    }

    pub(super) fn windowed(&self) -> bool {
        self.function.over.is_some()
    }

    pub(super) fn distinct(&self) -> bool {
        match &self.function.args {
            FunctionArguments::List(list) => {
                list.duplicate_treatment == Some(DuplicateTreatment::Distinct)
            }
            _ => false,
        }
    }

    /// Whether the call has anything but plain arguments.
    pub(super) fn adorned(&self) -> bool {
        self.windowed()
            || self.star
            || self.distinct()
            || !self.clauses().is_empty()
            || self.function.null_treatment.is_some()
    }

    pub(super) fn clauses(&self) -> &[FunctionArgumentClause] {
        match &self.function.args {
            FunctionArguments::List(list) => &list.clauses,
            _ => &[],
        }
    }

    /// The `ORDER BY` inside the parentheses.
    pub(super) fn order_by(&self) -> Option<&[OrderByExpr]> {
        self.clauses().iter().find_map(|clause| match clause {
            FunctionArgumentClause::OrderBy(order) => Some(order.as_slice()),
            _ => None,
        })
    }

    /// The `LIMIT` inside the parentheses.
    pub(super) fn limit(&self) -> Option<&Expr> {
        self.clauses().iter().find_map(|clause| match clause {
            FunctionArgumentClause::Limit(limit) => Some(limit),
            _ => None,
        })
    }

    /// This call to the engine's `name` with other arguments, everything else kept.
    pub(super) fn renamed(mut self, name: &str, args: Vec<Expr>) -> Result<Function> {
        let mut fresh = build::function(name, args);
        if let (FunctionArguments::List(old), FunctionArguments::List(new)) =
            (&mut self.function.args, &mut fresh.args)
        {
            new.duplicate_treatment = old.duplicate_treatment;
            for clause in old.clauses.drain(..) {
                match clause {
                    FunctionArgumentClause::OrderBy(_) => new.clauses.push(clause),
                    // the engine reads it after the parentheses
                    FunctionArgumentClause::IgnoreOrRespectNulls(nulls) => {
                        fresh.null_treatment = Some(nulls);
                    }
                    other => {
                        return Err(Error::Sql(format!(
                            "{}: `{other}` is not supported",
                            self.name
                        )));
                    }
                }
            }
            if self.star {
                new.args
                    .push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
            }
        }
        fresh.over = self.function.over;
        fresh.null_treatment = fresh.null_treatment.or(self.function.null_treatment);
        Ok(fresh)
    }

    /// The same, as an expression.
    pub(super) fn to(self, name: &str, args: Vec<Expr>) -> Result<Expr> {
        Ok(Expr::Function(self.renamed(name, args)?))
    }

    /// The same, cast to INT64: the engine counts in other types.
    pub(super) fn into_integer(self, name: &str, args: Vec<Expr>) -> Result<Expr> {
        Ok(cast(self.to(name, args)?, DataType::Int64))
    }

    /// Drops the order inside the parentheses and gives it back.
    pub(super) fn take_order(&mut self) -> Option<Vec<OrderByExpr>> {
        let FunctionArguments::List(list) = &mut self.function.args else {
            return None;
        };
        let index = list
            .clauses
            .iter()
            .position(|clause| matches!(clause, FunctionArgumentClause::OrderBy(_)))?;
        match list.clauses.remove(index) {
            FunctionArgumentClause::OrderBy(order) => Some(order),
            _ => None,
        }
    }
}
