//! Statements for BigQuery ML, which imports XGBoost files of up to version 3.1, takes
//! numbers only and gives one number back (the CREATE MODEL statement for importing XGBoost
//! models, Google Cloud documentation).

use crate::bundle::Bundle;

/// What BigQuery calls the model's answer: for a binary model its own probability.
const ANSWER: &str = "predicted_label";

pub(super) fn files(catalog: &str, bundle: &Bundle) -> Vec<(String, Vec<u8>)> {
    let statements = [
        ("create_model.sql", create(catalog, bundle)),
        ("predict.sql", predict(catalog, bundle)),
    ];
    statements
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .to_vec()
}

fn model(catalog: &str, bundle: &Bundle) -> String {
    format!("`{catalog}.LeadScoring.leadrank_{}`", bundle.id)
}

/// One line for each feature, without a comma behind the last.
fn lines(bundle: &Bundle, indent: &str, line: impl Fn(&str) -> String) -> String {
    let names = bundle.manifest.features.iter();
    let lines: Vec<String> = names
        .map(|name| format!("{indent}{}", line(name)))
        .collect();
    lines.join(",\n")
}

fn create(catalog: &str, bundle: &Bundle) -> String {
    let id = &bundle.id;
    format!(
        "-- Imports model {id} into BigQuery ML. Names are those of the model file, exactly.\n\
         -- First put the file, alone, into a bucket:\n\
         --   gcloud storage cp xgboost/model.ubj gs://YOUR_BUCKET/leadrank/{id}/\n\
         CREATE OR REPLACE MODEL {model}\n\
         INPUT(\n{input}\n)\n\
         OUTPUT({ANSWER} FLOAT64)\n\
         OPTIONS(MODEL_TYPE = 'XGBOOST', MODEL_PATH = 'gs://YOUR_BUCKET/leadrank/{id}/*');\n",
        model = model(catalog, bundle),
        input = lines(bundle, "  ", |name| format!("`{name}` FLOAT64")),
    )
}

fn predict(catalog: &str, bundle: &Bundle) -> String {
    let calibration = bundle.manifest.calibration;
    let (slope, intercept) = (literal(calibration.slope), literal(calibration.intercept));
    format!(
        "-- Scores the contacted leads with model {id}, imported by create_model.sql. {ANSWER} is\n\
         -- the trees' own probability; its log-odds are the margin, which ranks leads and from\n\
         -- which the calibrated probability follows.\n\
         SELECT\n  \
           lead_id,\n  \
           margin,\n  \
           1 / (1 + EXP(-({slope} * margin + {intercept}))) AS probability\n\
         FROM (\n  \
           SELECT lead_id, LN({ANSWER} / (1 - {ANSWER})) AS margin\n  \
           FROM ML.PREDICT(MODEL {model}, (\n    \
             SELECT\n      \
               lead_id,\n{columns}\n    \
             FROM `{catalog}.LeadScoring.training_dataset`\n  \
           ))\n\
         )\n\
         ORDER BY margin DESC, lead_id;\n",
        id = bundle.id,
        model = model(catalog, bundle),
        columns = lines(bundle, "      ", |name| format!(
            "CAST(`{name}` AS FLOAT64) AS `{name}`"
        )),
    )
}

/// A number that SQL reads as the very same `f64`; brackets keep a sign apart from an operator.
fn literal(value: f64) -> String {
    if value < 0.0 {
        format!("({value:?})")
    } else {
        format!("{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_statements_name_every_feature_once_and_apply_the_calibration() {
        let (_folder, bundle) = super::super::tests::bundle();
        let create = create("my-project", &bundle);
        let place = format!("MODEL_PATH = 'gs://YOUR_BUCKET/leadrank/{}/*'", bundle.id);
        for part in [
            "CREATE OR REPLACE MODEL `my-project.LeadScoring.leadrank_",
            "INPUT(\n  `DateOfHireAtCurrentFirm_NumberOfYears` FLOAT64,\n  `Is_New_To_Firm` FLOAT64\n)",
            "OUTPUT(predicted_label FLOAT64)",
            "MODEL_TYPE = 'XGBOOST'",
            &place,
        ] {
            assert!(create.contains(part), "{part}\n{create}");
        }
        let predict = predict("my-project", &bundle);
        assert!(
            predict.contains("EXP(-(0.9 * margin + (-3.0)))"),
            "{predict}"
        );
        assert!(predict.contains("CAST(`Is_New_To_Firm` AS FLOAT64) AS `Is_New_To_Firm`\n"));
    }
}
