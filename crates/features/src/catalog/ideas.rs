//! What a feature is about, as people say it, and what is told to a salesperson.

use serde::{Deserialize, Serialize};

/// The four kinds of signal of a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The firm grows or shrinks.
    Growth,
    /// How large the firm is.
    Size,
    /// Whether the moment is right.
    Timing,
    /// Whether advisor and firm are of the kind that is sought.
    Fit,
}

impl Signal {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Growth, Self::Size, Self::Timing, Self::Fit];
}

macro_rules! ideas {
    ($($(#[$doc:meta])* $idea:ident $key:literal $signal:ident),+ $(,)?) => {
        /// What a feature is about. Features of one idea tell one story, so that their
        /// contributions are summed before anything is told of them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Idea { $($(#[$doc])* $idea),+ }

        impl Idea {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$idea),+];

            /// Its name in files.
            pub fn key(self) -> &'static str {
                match self { $(Self::$idea => $key),+ }
            }

            /// Which kind of signal it is.
            pub fn signal(self) -> Signal {
                match self { $(Self::$idea => Signal::$signal),+ }
            }
        }
    };
}

ideas! {
    /// How the firm's assets grow.
    Growth "growth" Growth,
    /// How large the firm is.
    FirmSize "firm_size" Size,
    /// How large the branch is.
    Team "team" Size,
    /// Assets and clients for each head of the firm.
    Workload "workload" Size,
    /// How long the advisor has been at the firm.
    Tenure "tenure" Timing,
    /// Earlier firms and how long the advisor stayed there.
    Mobility "mobility" Timing,
    /// The weekday of the contact, which the salesperson chooses.
    ContactDay "contact_day" Timing,
    /// How wealthy the firm's clients are.
    Wealth "wealth" Fit,
    /// Who the firm's clients are.
    ClientMix "client_mix" Fit,
    /// What the firm's assets are in.
    Investments "investments" Fit,
    /// How long the advisor has been one.
    Experience "experience" Fit,
    /// With whom and as what the advisor is registered.
    Registration "registration" Fit,
    /// Who owns the firm.
    Independence "independence" Fit,
    /// Where the advisor lives and works.
    Place "place" Fit,
    /// Whether the person is an advisor at all.
    Role "role" Fit,
    /// Scores made of many other features.
    Profile "profile" Fit,
}

/// Whether a feature may become a reason that a salesperson reads. Never told: what
/// means nothing to one (squared percents, scores), what is no reason to call (the
/// weekday), and whatever would stand for a protected trait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tell {
    /// It may.
    Yes,
    /// It enters the sum of its idea, but is never named.
    No,
}
