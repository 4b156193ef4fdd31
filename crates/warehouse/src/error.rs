//! What can go wrong in the warehouse.

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;

/// Result of a warehouse operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in the warehouse; every message says what to do next where
/// there is something to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table name that is not `dataset.table`.
    #[error("`{0}` is not a table name; write `Dataset.table`, letters, digits and _ only")]
    TableName(String),
    /// A root that is neither a path nor a known kind of URL.
    #[error("cannot use `{root}` as the tables' root: {reason}")]
    Root {
        /// The root as given.
        root: String,
        /// Why it does not work.
        reason: String,
    },
    /// A query names a table that is not there.
    #[error("table `{name}` does not exist{}", hint(.near))]
    UnknownTable {
        /// The name as written in the query.
        name: String,
        /// Existing tables with a similar name.
        near: Vec<String>,
    },
    /// A query calls a function this dialect does not have.
    #[error("function {name} is not supported{}", hint(.near))]
    UnknownFunction {
        /// The function as written in the query.
        name: String,
        /// Supported functions with a similar name.
        near: Vec<String>,
    },
    /// A query uses a parameter that was not given.
    #[error("query parameter @{name} has no value; given: {}", given(.known))]
    UnknownParameter {
        /// The parameter, without the @.
        name: String,
        /// The parameters that were given.
        known: Vec<String>,
    },
    /// The text is no GoogleSQL, or uses a part of it that is not supported.
    #[error("{0}")]
    Sql(String),
    /// The statement is not a query.
    #[error("only queries are allowed (SELECT, WITH, EXPLAIN), not {0}")]
    NotAQuery(String),
    /// A file that cannot be read as a table.
    #[error("cannot read `{path}`: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The table layer failed.
    #[error("table `{table}`: {source}")]
    Table {
        /// The table.
        table: String,
        /// The cause.
        source: Box<DeltaTableError>,
    },
    /// Somebody else wrote to a table that was to be extended from a known state.
    #[error(
        "table `{0}` was changed by another writer in the meantime; nothing was written, run the command again"
    )]
    Changed(String),
    /// The query engine failed.
    #[error("{}", plain(.0))]
    Query(Box<DataFusionError>),
    /// A batch cannot be rendered.
    #[error("cannot write the result as {format}: {reason}")]
    Format {
        /// The output format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        Error::Query(Box::new(error))
    }
}

impl Error {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "names come as texts, numbers and errors alike"
    )]
    pub(crate) fn table(table: impl ToString, source: DeltaTableError) -> Self {
        Error::Table {
            table: table.to_string(),
            source: Box::new(source),
        }
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "reasons come as texts and errors alike"
    )]
    pub(crate) fn file(path: impl AsRef<std::path::Path>, reason: impl ToString) -> Self {
        Error::File {
            path: path.as_ref().display().to_string(),
            reason: reason.to_string(),
        }
    }
}

fn hint(near: &[String]) -> String {
    if near.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", near.join(", "))
}

fn given(known: &[String]) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = known.iter().map(|name| format!("@{name}")).collect();
    names.join(", ")
}

/// The engine wraps its errors in layers that say nothing to a reader of SQL.
fn plain(error: &DataFusionError) -> String {
    match error {
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => plain(inner),
        DataFusionError::Shared(inner) => plain(inner),
        DataFusionError::Collection(errors) => {
            errors.first().map_or_else(|| error.to_string(), plain)
        }
        DataFusionError::Plan(text) | DataFusionError::Execution(text) => text.clone(),
        DataFusionError::External(inner) => inner.to_string(),
        other => other.strip_backtrace(),
    }
}

/// Up to three of `known` that look like `name`, best first, then alphabetical.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_ascii_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&wanted, &candidate.to_ascii_lowercase()),
                candidate,
            )
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored
        .into_iter()
        .take(3)
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names_come_best_first_and_none_when_far() {
        let known = ["DATE_ADD", "DATE_SUB", "ROUND"];
        assert_eq!(nearest("DATE_AD", known), vec!["DATE_ADD", "DATE_SUB"]);
        assert!(nearest("ZZZ", known).is_empty());
    }

    #[test]
    fn messages_name_the_missing_thing_and_the_way_out() {
        let error = Error::UnknownParameter {
            name: "a".into(),
            known: vec!["b".into()],
        };
        assert_eq!(
            error.to_string(),
            "query parameter @a has no value; given: @b"
        );
        let error = Error::UnknownTable {
            name: "X.y".into(),
            near: vec!["X.z".into()],
        };
        assert_eq!(
            error.to_string(),
            "table `X.y` does not exist; did you mean X.z?"
        );
    }
}
