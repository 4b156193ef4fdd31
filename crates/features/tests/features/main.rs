//! Features, labels and the as-of join on small tables with values computed by hand.

mod as_of;
mod common;
mod labels;
mod rows;
mod thresholds;
mod values;
