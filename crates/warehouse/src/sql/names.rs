//! Names in a query: columns and aliases in lower case, tables resolved.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::sql::sqlparser::ast::{
    Expr, Ident, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, Select, SelectItem,
    SelectItemQualifiedWildcardKind, SetExpr, TableAlias, TableAliasColumnDef, TableFactor,
    TableWithJoins, WildcardAdditionalOptions,
};

use crate::casing::{Catalog, SESSION_DATASET};
use crate::{Error, Result};

/// How the names of an answer's columns are spelled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spelling {
    by_lower: BTreeMap<String, String>,
}

impl Spelling {
    /// The spelling of a column in lower case.
    pub(crate) fn of(&self, lower: &str) -> String {
        self.by_lower
            .get(lower)
            .cloned()
            .unwrap_or_else(|| lower.to_owned())
    }

    /// Remembers a spelling unless the column has one.
    fn offer(&mut self, name: &str) {
        self.by_lower
            .entry(name.to_lowercase())
            .or_insert_with(|| name.to_owned());
    }
}

/// What a query's names mean.
pub(super) struct Names<'a> {
    project: &'a str,
    catalog: &'a Catalog,
    /// names of common table expressions, lower case
    with: BTreeSet<String>,
    /// as written in the outermost select
    outermost: Spelling,
    /// aliases given anywhere
    aliases: Spelling,
    /// columns of the tables that are read
    columns: Spelling,
}

impl<'a> Names<'a> {
    pub(super) fn new(project: &'a str, catalog: &'a Catalog) -> Self {
        Names {
            project,
            catalog,
            with: BTreeSet::new(),
            outermost: Spelling::default(),
            aliases: Spelling::default(),
            columns: Spelling::default(),
        }
    }

    /// The spelling of the answer: as in the outermost select, else as in the alias
    /// it was given deeper inside, else as in its table.
    pub(super) fn into_spelling(self) -> Spelling {
        let mut all = self.columns.by_lower;
        all.extend(self.aliases.by_lower);
        all.extend(self.outermost.by_lower);
        Spelling { by_lower: all }
    }

    /// Reads the spelling of the outermost select's columns.
    pub(super) fn read_outermost(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => {
                for item in &select.projection {
                    match item {
                        SelectItem::ExprWithAlias { alias, .. } => {
                            self.outermost.offer(&alias.value);
                        }
                        SelectItem::UnnamedExpr(expr) => {
                            if let Some(last) = column_name(expr) {
                                self.outermost.offer(last);
                            }
                        }
                        _ => {}
                    }
                }
            }
            // a union's columns are named by its first part
            SetExpr::SetOperation { left, .. } => self.read_outermost(left),
            SetExpr::Query(query) => self.read_outermost(&query.body),
            _ => {}
        }
    }

    /// Notes a common table expression and lowers its names.
    pub(super) fn enter_with(&mut self, alias: &mut TableAlias) {
        self.with.insert(alias.name.value.to_lowercase());
        self.lower_table_alias(alias);
    }

    /// Lowers everything in a select that is no expression, and names its nameless
    /// columns `f0_`, `f1_`, … as BigQuery does.
    pub(super) fn enter_select(&mut self, select: &mut Select) -> Result<()> {
        let mut nameless = 0;
        let mut given = BTreeSet::new();
        for item in &mut select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) if column_name(expr).is_none() => {
                    let alias = Ident::new(format!("f{nameless}_"));
                    nameless += 1;
                    let expr = std::mem::replace(expr, Expr::Identifier(alias.clone()));
                    *item = SelectItem::ExprWithAlias { expr, alias };
                }
                SelectItem::ExprWithAlias { alias, .. } => {
                    self.aliases.offer(&alias.value);
                    lower(alias);
                    if !given.insert(alias.value.clone()) {
                        return Err(Error::Sql(format!(
                            "two columns are named {}; give one of them another name with AS",
                            alias.value
                        )));
                    }
                }
                SelectItem::Wildcard(options) => lower_wildcard(options),
                SelectItem::QualifiedWildcard(kind, options) => {
                    if let SelectItemQualifiedWildcardKind::ObjectName(name) = kind {
                        keep_last(name);
                    }
                    lower_wildcard(options);
                }
                _ => {}
            }
        }
        for from in &mut select.from {
            lower_joins(from);
        }
        for window in &mut select.named_window {
            lower(&mut window.0);
        }
        Ok(())
    }

    /// Resolves a table, gives it the alias it has in BigQuery, lowers names.
    pub(super) fn enter_table(&mut self, factor: &mut TableFactor) -> Result<()> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                version,
                sample,
                ..
            } => {
                if args.is_some() {
                    return Err(Error::Sql(format!(
                        "table function {name} is not supported"
                    )));
                }
                if version.is_some() {
                    return Err(Error::Sql(
                        "FOR SYSTEM_TIME AS OF is not supported; a session reads the newest version"
                            .to_owned(),
                    ));
                }
                if sample.is_some() {
                    return Err(Error::Sql(
                        "TABLESAMPLE is not supported: its answer could not be repeated".to_owned(),
                    ));
                }
                let last = self.resolve(name)?;
                match alias {
                    Some(alias) => self.lower_table_alias(alias),
                    None => {
                        *alias = Some(TableAlias {
                            explicit: true,
                            name: Ident::new(last.to_lowercase()),
                            columns: Vec::new(),
                            at: None,
                        });
                    }
                }
            }
            TableFactor::Derived { alias, .. } => {
                if let Some(alias) = alias {
                    self.lower_table_alias(alias);
                }
            }
            TableFactor::UNNEST {
                alias,
                with_offset,
                with_ordinality,
                ..
            } => {
                if *with_offset || *with_ordinality {
                    return Err(Error::Sql("UNNEST WITH OFFSET is not supported".to_owned()));
                }
                if let Some(alias) = alias {
                    self.lower_table_alias(alias);
                    if alias.columns.is_empty() {
                        // FROM UNNEST(a) AS x makes x a column
                        alias.columns.push(TableAliasColumnDef {
                            name: alias.name.clone(),
                            data_type: None,
                        });
                    }
                }
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                if let Some(alias) = alias {
                    self.lower_table_alias(alias);
                }
                lower_joins(table_with_joins);
            }
            other => {
                let text = other.to_string();
                let start: String = text.chars().take(60).collect();
                return Err(Error::Sql(format!(
                    "this kind of table is not supported: {start}"
                )));
            }
        }
        Ok(())
    }

    /// Brings a table's name into the form `dataset.table`; gives its last part.
    fn resolve(&mut self, name: &mut ObjectName) -> Result<String> {
        let mut parts = Vec::new();
        for part in &name.0 {
            match part {
                ObjectNamePart::Identifier(ident) => {
                    parts.extend(ident.value.split('.').map(str::to_owned));
                }
                ObjectNamePart::Function(_) => {
                    return Err(Error::Sql(format!("{name} is not a table name")));
                }
            }
        }
        let (dataset, table) = match parts.as_slice() {
            [table] => {
                let lower = table.to_lowercase();
                if self.with.contains(&lower) {
                    *name = ObjectName::from(vec![Ident::new(lower.clone())]);
                    return Ok(lower);
                }
                (SESSION_DATASET.to_owned(), table.clone())
            }
            [dataset, table] => (dataset.clone(), table.clone()),
            [project, dataset, table] if project == self.project => {
                (dataset.clone(), table.clone())
            }
            [project, _, _] => {
                return Err(Error::Sql(format!(
                    "table {name} is in project `{project}`, this project is `{}`",
                    self.project
                )));
            }
            _ => return Err(Error::Sql(format!("{name} is not a table name"))),
        };
        for column in self.catalog.columns(&dataset, &table)? {
            self.columns.offer(column);
        }
        let ident = |part: &str| Ident::with_quote('`', part);
        *name = ObjectName::from(vec![ident(&dataset), ident(&table)]);
        Ok(table)
    }

    fn lower_table_alias(&mut self, alias: &mut TableAlias) {
        lower(&mut alias.name);
        for column in &mut alias.columns {
            self.aliases.offer(&column.name.value);
            lower(&mut column.name);
        }
    }
}

/// Lowers a column, with or without its table; anything else stays.
pub(super) fn lower_column(expr: &mut Expr) {
    match expr {
        Expr::Identifier(ident) => lower(ident),
        Expr::CompoundIdentifier(parts) => {
            // `project.dataset.table`.column: only the table's last name is its alias
            let mut flat: Vec<String> = parts
                .iter()
                .flat_map(|part| part.value.split('.'))
                .map(str::to_lowercase)
                .collect();
            let from = flat.len().saturating_sub(2);
            *parts = flat.drain(from..).map(Ident::new).collect();
        }
        _ => {}
    }
}

/// The name a select item has by itself: its column's.
fn column_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Identifier(ident) if !ident.value.starts_with('@') => Some(&ident.value),
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.as_str()),
        Expr::Nested(inner) => column_name(inner),
        _ => None,
    }
}

pub(super) fn lower(ident: &mut Ident) {
    ident.value = ident.value.to_lowercase();
}

fn keep_last(name: &mut ObjectName) {
    let last = name.0.last().and_then(|part| part.as_ident()).map(|ident| {
        let last = ident.value.rsplit('.').next().unwrap_or(&ident.value);
        last.to_lowercase()
    });
    if let Some(last) = last {
        *name = ObjectName::from(vec![Ident::new(last)]);
    }
}

fn lower_wildcard(options: &mut WildcardAdditionalOptions) {
    if let Some(except) = &mut options.opt_except {
        lower(&mut except.first_element);
        except.additional_elements.iter_mut().for_each(lower);
    }
    if let Some(replace) = &mut options.opt_replace {
        for item in &mut replace.items {
            lower(&mut item.column_name);
        }
    }
}

fn lower_joins(from: &mut TableWithJoins) {
    for join in &mut from.joins {
        let constraint = match &mut join.join_operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint) => constraint,
            _ => continue,
        };
        if let JoinConstraint::Using(columns) = constraint {
            columns.iter_mut().for_each(keep_last);
        }
    }
}
