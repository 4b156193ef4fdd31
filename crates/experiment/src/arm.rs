//! The two arms.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

/// Whether a lead's score is shown to the sales team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// The score is shown.
    Treatment,
    /// It is not.
    Control,
}

impl Arm {
    /// Both, treatment first.
    pub const ALL: [Arm; 2] = [Arm::Treatment, Arm::Control];

    /// The word stored in tables and files.
    pub fn word(self) -> &'static str {
        match self {
            Arm::Treatment => "treatment",
            Arm::Control => "control",
        }
    }

    /// The arm of that word.
    pub fn of_word(word: &str) -> Option<Arm> {
        Arm::ALL.into_iter().find(|arm| arm.word() == word)
    }
}

/// Something of each arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arms<T> {
    /// Of the arm with scores.
    pub treatment: T,
    /// Of the arm without.
    pub control: T,
}

impl<T> Index<Arm> for Arms<T> {
    type Output = T;

    fn index(&self, arm: Arm) -> &T {
        match arm {
            Arm::Treatment => &self.treatment,
            Arm::Control => &self.control,
        }
    }
}

impl<T> IndexMut<Arm> for Arms<T> {
    fn index_mut(&mut self, arm: Arm) -> &mut T {
        match arm {
            Arm::Treatment => &mut self.treatment,
            Arm::Control => &mut self.control,
        }
    }
}

impl<T> Arms<T> {
    /// The same of both, made for each arm.
    pub fn of(mut make: impl FnMut(Arm) -> T) -> Self {
        Arms {
            treatment: make(Arm::Treatment),
            control: make(Arm::Control),
        }
    }
}
