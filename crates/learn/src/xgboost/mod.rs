//! The official XGBoost library, opened at run time through its C interface.
//!
//! Nothing is compiled or linked: [`Library::open`] finds a `libxgboost` of
//! version 1.7 to 3.x and takes the functions it needs by name, so the build has
//! no C++ in it and scoring needs no library at all. [`Data`] and [`Booster`]
//! own their C handles and free them.

mod booster;
mod data;
mod find;
mod functions;
mod library;

#[cfg(test)]
mod tests;

pub use booster::{Booster, ModelFormat};
pub use data::Data;
pub use library::{Library, Version};
