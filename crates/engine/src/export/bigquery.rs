//! Statements for BigQuery ML, which imports XGBoost files of up to version 3.1, takes
//! numbers only and gives one number back (the CREATE MODEL statement for importing XGBoost
//! models, Google Cloud documentation).

use leadrank_stats::calibrators::{Curve, Segmented};

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

/// What the model reads, and what decides the segment where the model does not read it.
fn columns(bundle: &Bundle) -> String {
    let line = |name: &str| format!("CAST(`{name}` AS FLOAT64) AS `{name}`");
    let mut columns = lines(bundle, "      ", line);
    if let Some(rule) = &bundle.manifest.segments
        && !bundle.manifest.features.contains(&rule.feature)
    {
        columns.push_str(&format!(",\n      {}", line(&rule.feature)));
    }
    columns
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
    let carried = match &bundle.manifest.segments {
        Some(rule) => format!(", `{}` AS segment_value", rule.feature),
        None => String::new(),
    };
    format!(
        "-- Scores the contacted leads with model {id}, imported by create_model.sql. {ANSWER} is\n\
         -- the trees' own probability; its log-odds are the margin, which ranks leads and from\n\
         -- which the calibrated probability follows.\n\
         SELECT\n  \
           lead_id,\n  \
           margin,\n  \
           {probability} AS probability\n\
         FROM (\n  \
           SELECT lead_id{carried}, LN({ANSWER} / (1 - {ANSWER})) AS margin\n  \
           FROM ML.PREDICT(MODEL {model}, (\n    \
             SELECT\n      \
               lead_id,\n{columns}\n    \
             FROM `{catalog}.LeadScoring.training_dataset`\n  \
           ))\n\
         )\n\
         ORDER BY margin DESC, lead_id;\n",
        id = bundle.id,
        model = model(catalog, bundle),
        probability = probability(bundle),
        columns = columns(bundle),
    )
}

/// The calibrated probability of `margin`, for each segment by `segment_value`.
fn probability(bundle: &Bundle) -> String {
    let calibration = &bundle.manifest.calibration;
    let of = |segment| match calibration.as_logistic(segment) {
        Some((slope, intercept)) => {
            let (slope, intercept) = (literal(slope), literal(intercept));
            format!("1 / (1 + EXP(-({slope} * margin + {intercept})))")
        }
        None => format!("1 / (1 + EXP(-({})))", mixed(calibration, segment)),
    };
    let Some(rule) = &bundle.manifest.segments else {
        return of(None);
    };
    let bounds = rule.cuts.bounds();
    let last = bounds.len() - 1;
    let mut text = format!(
        "CASE\n    WHEN segment_value IS NULL OR segment_value <= 0 THEN {}\n",
        of(Some(last + 2))
    );
    for (segment, bound) in bounds.iter().enumerate() {
        // The last of several borders belongs to the segment below it.
        let below = if segment == last && last > 0 {
            "<="
        } else {
            "<"
        };
        let (bound, value) = (literal(*bound), of(Some(segment)));
        text.push_str(&format!(
            "    WHEN segment_value {below} {bound} THEN {value}\n"
        ));
    }
    text.push_str(&format!("    ELSE {}\n  END", of(Some(last + 1))));
    text
}

/// Log-odds of a segment: its own curve and that of all leads by their weights.
fn mixed(calibration: &Segmented, segment: Option<usize>) -> String {
    let own = segment.and_then(|segment| calibration.segments.get(segment));
    let pooled = log_odds(&calibration.pooled);
    match own.and_then(|own| Some((own.weight, own.curve.as_ref()?))) {
        Some((weight, curve)) => format!(
            "{} * ({}) + {} * ({pooled})",
            literal(weight),
            log_odds(curve),
            literal(1.0 - weight)
        ),
        None => pooled,
    }
}

fn log_odds(curve: &Curve) -> String {
    if let Some((slope, intercept)) = curve.as_logistic() {
        return format!("{} * margin + {}", literal(slope), literal(intercept));
    }
    match curve {
        Curve::Beta(beta) => format!(
            "{} * -LN(1 + EXP(-margin)) + {} * LN(1 + EXP(margin)) + {}",
            literal(beta.low),
            literal(beta.high),
            literal(beta.intercept)
        ),
        Curve::Isotonic(steps) => {
            let knots: Vec<(f64, f64)> = steps.knots().collect();
            let mut text = String::from("CASE");
            if let Some(&(margin, probability)) = knots.first() {
                let value = literal(probability);
                text.push_str(&format!(" WHEN margin <= {} THEN {value}", literal(margin)));
            }
            for pair in knots.windows(2) {
                let ((left, low), (right, high)) = (pair[0], pair[1]);
                text.push_str(&format!(
                    " WHEN margin <= {} THEN {} + {} * (margin - {})",
                    literal(right),
                    literal(low),
                    literal((high - low) / (right - left)),
                    literal(left)
                ));
            }
            let last = knots.last().map_or(0.5, |&(_, probability)| probability);
            text.push_str(&format!(" ELSE {} END", literal(last)));
            format!("LN(({text}) / (1 - ({text})))")
        }
        Curve::None | Curve::Level { .. } | Curve::Platt(_) => String::new(),
    }
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
