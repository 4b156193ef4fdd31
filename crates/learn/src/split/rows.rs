//! Row lists that only the splitter can make.
//!
//! A function that fits something takes one of these types, never a plain list
//! of indices; so "no test row reached a fit" is checked by the compiler.

mod sealed {
    /// Keeps [`super::Rows`] closed to other crates and modules.
    pub trait Sealed {}
}

/// Row numbers of one part of a split, ascending.
pub trait Rows: sealed::Sealed {
    /// The row numbers, ascending, without repeats.
    fn indices(&self) -> &[usize];
}

/// Rows from which encoders, constants and trees may be fitted: all lists but the
/// stop, calibration and test parts and the blocks that folds are judged on.
pub trait TrainingRows: Rows {}

macro_rules! row_list {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(Vec<usize>);

        impl $name {
            pub(super) fn new(rows: Vec<usize>) -> Self {
                Self(rows)
            }
        }

        impl sealed::Sealed for $name {}

        impl Rows for $name {
            fn indices(&self) -> &[usize] {
                &self.0
            }
        }
    };
}

row_list! {
    /// The oldest part: trees are grown on it.
    FitRows
}
row_list! {
    /// The part that decides when to stop adding trees.
    StopRows
}
row_list! {
    /// Everything before calibration: the fit and stop parts and what was purged
    /// between them. Once the number of trees is known, that border has no
    /// purpose and the newest rows count.
    RefitRows
}
row_list! {
    /// Everything before the test: the three older parts and what was purged
    /// between them. Once the calibration is known too, the trees that will be
    /// used are grown on these.
    DevelopmentRows
}
row_list! {
    /// The part on which margins are turned into probabilities.
    CalibrationRows
}
row_list! {
    /// The newest part: measured, never fitted.
    TestRows
}

row_list! {
    /// The rows of one fold of cross-validation that are fitted on: known before its block.
    PastRows
}
row_list! {
    /// The block of one fold, newer than what is fitted on: measured, never fitted.
    JudgeRows
}

impl TrainingRows for PastRows {}
impl TrainingRows for FitRows {}
impl TrainingRows for RefitRows {}
impl TrainingRows for DevelopmentRows {}
