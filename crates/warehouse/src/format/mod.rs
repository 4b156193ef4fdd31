//! Rendering answers: aligned text, CSV, JSON, Parquet.

mod cell;
mod csv;
mod json;
mod parquet;
mod table;

pub use csv::to_csv;
pub use json::to_json;
pub use parquet::to_parquet;
pub use table::to_table;
