//! GoogleSQL: parsing, and rewriting into what the query engine understands.
//!
//! The parser knows the dialect; one walk over the syntax tree then lowers names,
//! fills in parameters and replaces every function by one with GoogleSQL's meaning.
//! A function that is not in [`table`] is refused, so that no function of the engine
//! with the same name and another meaning is ever called.

mod aggregate;
mod build;
mod call;
mod names;
mod rewrite;
mod scalar;
mod statement;
mod table;
mod temporal;
mod types;

pub(crate) use names::Spelling;
pub(crate) use statement::translate;
pub(crate) use types::Types;
