//! What salespeople learn the scores by: the training guide and the playbook, from the leads that
//! a model learnt from, so that a new model brings new ones.

mod guide;
mod patterns;
mod playbook;

pub use guide::training_guide;
pub use playbook::playbook;
