//! Faults planted together.

use std::fs;

use leadrank_simulate::{Hazard, Options, Summary, write};

use super::*;

fn plant(hazards: &[Hazard], seed: u64) -> (tempfile::TempDir, Summary) {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        scale: 0.002,
        seed,
        months: ["2025_07", "2025_10"].map(|m| m.parse().unwrap()).to_vec(),
        hazards: hazards.iter().copied().collect(),
        threads: Some(2),
    };
    let summary = write(folder.path(), &options, &|_| ()).unwrap();
    (folder, summary)
}

/// Every file has the rows it is said to have, each with the header's number of cells.
fn assert_readable(project: &Path, summary: &Summary) {
    for file in &summary.files {
        let path = project.join(&file.file);
        assert_eq!(fs::metadata(&path).unwrap().len(), file.bytes);
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let cells = reader.byte_headers().unwrap().len();
        let records: Vec<csv::ByteRecord> =
            reader.byte_records().collect::<Result<_, _>>().unwrap();
        let what = format!("{:?} {}", summary.hazards, path.display());
        assert_eq!(records.len() as u64, file.rows, "{what}");
        assert!(records.iter().all(|r| r.len() == cells), "{what}");
    }
}

#[test]
fn any_two_hazards_can_be_planted_together() {
    for (rank, first) in Hazard::ALL.into_iter().enumerate() {
        for second in Hazard::ALL.into_iter().skip(rank + 1) {
            let pair = [first, second];
            let (folder, summary) = plant(&pair, 1);
            assert!(summary.hazards.iter().eq(&pair));
            if !pair.contains(&Hazard::TruncatedFile) {
                assert_readable(folder.path(), &summary);
            }
        }
    }
}

#[test]
fn all_hazards_can_be_planted_together_with_any_seed() {
    let mut hazards = Hazard::ALL.to_vec();
    hazards.retain(|h| *h != Hazard::TruncatedFile);
    for seed in 0..8 {
        let (folder, summary) = plant(&hazards, seed);
        assert_readable(folder.path(), &summary);
        hazards.retain(|h| *h != Hazard::LateSnapshot);
    }
}
