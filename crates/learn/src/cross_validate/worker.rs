//! Jobs on threads: each worker owns what it has loaded, since the library's handles stay on
//! their thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::grow::{FoldData, grow_in_step};
use super::{Arena, Job, Outcome};
use crate::Result;
use crate::imbalance::Strategy;
use crate::training_set::Table;

/// See [`Arena::run`].
pub(super) fn run_all(
    arena: &Arena<'_>,
    jobs: &[Job],
    finished: &mut dyn FnMut(usize, &Outcome) -> bool,
) -> Result<Vec<Option<Outcome>>> {
    let workers = arena.threads.min(jobs.len()).max(1);
    // What threads are left over speed up the library itself.
    let inner = (arena.threads / workers).max(1);
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let (send, receive) = mpsc::channel();
    let mut results: Vec<Option<Result<Outcome>>> = jobs.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let send = send.clone();
            let (next, stopped) = (&next, &stopped);
            scope.spawn(move || {
                let mut worker = Worker::new(arena, inner);
                while !stopped.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { break };
                    let outcome = worker.run(job);
                    if send.send((place, outcome)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        for (place, outcome) in receive {
            let go_on = match &outcome {
                Ok(outcome) => finished(place, outcome),
                Err(_) => false,
            };
            if !go_on {
                stopped.store(true, Ordering::Relaxed);
            }
            results[place] = Some(outcome);
        }
    });
    results.into_iter().map(Option::transpose).collect()
}

struct Worker<'a> {
    arena: &'a Arena<'a>,
    threads: usize,
    /// Folds as they are, by number: weights are a parameter of the fit, so all strategies
    /// but those that make rows share them.
    loaded: BTreeMap<usize, FoldData>,
}

impl<'a> Worker<'a> {
    fn new(arena: &'a Arena<'a>, threads: usize) -> Self {
        Self {
            arena,
            threads,
            loaded: BTreeMap::new(),
        }
    }

    fn run(&mut self, job: &Job) -> Result<Outcome> {
        let all = self.arena.folds.folds.len();
        let wanted: Vec<usize> = (all - job.newest_folds..all).collect();
        let made: Vec<FoldData>;
        let mut folds = Vec::new();
        if let Strategy::Smote { .. } = job.strategy {
            let load = |&fold: &usize| self.load(fold, job);
            made = wanted.iter().map(load).collect::<Result<_>>()?;
            for (&fold, data) in wanted.iter().zip(&made) {
                folds.push((self.table(fold), data));
            }
        } else {
            for &fold in &wanted {
                if !self.loaded.contains_key(&fold) {
                    let data = self.load(fold, job)?;
                    self.loaded.insert(fold, data);
                }
            }
            for (&fold, data) in self.loaded.range(wanted[0]..) {
                folds.push((self.table(fold), data));
            }
        }
        grow_in_step(&folds, job)
    }

    fn load(&self, fold: usize, job: &Job) -> Result<FoldData> {
        FoldData::load(&self.table(fold), &self.arena.folds.folds[fold], job)
    }

    fn table(&self, fold: usize) -> Table<'a> {
        Table {
            library: self.arena.library,
            matrix: self.arena.matrices[fold],
            labels: self.arena.labels,
            threads: self.threads,
        }
    }
}
