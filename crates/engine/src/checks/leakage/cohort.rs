//! How many leads can be learned from without looking into the future.

use leadrank_evidence::{Brief, Gate, Measured, Unit, Verdict};

use crate::gates::Thresholds;
use crate::project::Project;
use crate::stages::dataset::DatasetReport;

/// The gate that training asks before it begins: enough clean rows.
pub fn before_training(project: &Project, made: &DatasetReport) -> Vec<Gate> {
    vec![cohort(made, &project.config().gates)]
}

/// Labelled leads with vendor facts from before their contact, against the floor.
pub(super) fn cohort(made: &DatasetReport, thresholds: &Thresholds) -> Gate {
    let clean = &made.coverage.clean;
    let enough =
        clean.labelled >= thresholds.cohort_leads && clean.positives >= thresholds.cohort_positives;
    let half = 2 * clean.labelled >= made.labels.labelled();
    Gate {
        id: "leakage.cohort".into(),
        rule: format!(
            "at least {} labelled leads, {} of them positive, have vendor facts from before their contact",
            thresholds.cohort_leads, thresholds.cohort_positives
        ),
        value: Some(Measured::counted(
            clean.labelled as f64,
            made.labels.labelled(),
        )),
        unit: Unit::Count,
        verdict: match (enough, half) {
            (false, _) => Verdict::Fail,
            (true, false) => Verdict::Warn,
            (true, true) => Verdict::Pass,
        },
        action: format!(
            "{} positives among them; load older vendor months (the features of a lead may only come from months before its contact), or check FA_CRD__c in the lead file",
            clean.positives
        ),
        brief: Some(Brief {
            rule: "no row whose vendor data was loaded after the contact (query of step 3.2)"
                .into(),
            met: None,
        }),
        forced: None,
    }
}
