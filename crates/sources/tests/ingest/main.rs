//! Raw files in, tables out: what is loaded, what is refused, what loading again does.
//! One program, because each links the whole query engine.

mod cells;
mod files;
mod project;
mod reload;
mod renamed;
mod vintages;
