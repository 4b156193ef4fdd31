//! How long work tells the outside where it stands.

/// One step of a stage; the receiver decides whether and how to show it.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A stage begins, in words a user understands.
    Stage(String),
    /// `done` of `total` units of the present stage are finished.
    Step {
        /// What is being worked on, such as a file name.
        what: String,
        /// Units finished.
        done: u64,
        /// Units in all; 0 where it is not known.
        total: u64,
    },
    /// Something the user should read, though the work goes on.
    Warning(String),
}

/// Receives [`Progress`] from any thread.
pub type Sink<'a> = dyn Fn(Progress) + Sync + 'a;
