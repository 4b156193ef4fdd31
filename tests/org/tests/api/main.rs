//! The API as it is documented, asked by a plain HTTP client.

mod caller;
mod faults;
mod jobs;
mod login;
mod records;
