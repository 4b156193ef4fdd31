//! leadrank-warehouse
