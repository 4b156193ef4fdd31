//! leadrank-trees
