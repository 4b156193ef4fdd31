//! Reading a user's own table file, CSV or Parquet.
