//! Rendering answers: aligned text, CSV, JSON, Parquet.
