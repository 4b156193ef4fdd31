//! A backtest as files for spreadsheets.

use leadrank_stats::Estimate;

use super::{Backtest, Material};
use crate::error::{Error, Result};

/// One line a scored row: `period,id,margin,probability,label`. No row was seen by the model
/// that scored it.
///
/// # Errors
/// When a line can't be written.
pub fn scores_csv(material: &Material) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |source: csv::Error| Error::Data(format!("scores of the backtest: {source}"));
    writer
        .write_record(["period", "id", "margin", "probability", "label"])
        .map_err(failed)?;
    for (period, scores) in &material.periods {
        for (row, id) in scores.ids.iter().enumerate() {
            let line = [
                period.name.clone(),
                id.clone(),
                scores.margins[row].to_string(),
                scores.probabilities[row].to_string(),
                u8::from(scores.labels[row]).to_string(),
            ];
            writer.write_record(line).map_err(failed)?;
        }
    }
    done(writer)
}

/// One line a metric of a period or group: `period,division,group,metric,value,lo,hi,n,positives`.
///
/// # Errors
/// When a line can't be written.
pub fn periods_csv(found: &Backtest) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |source: csv::Error| Error::Data(format!("periods of the backtest: {source}"));
    writer
        .write_record([
            "period",
            "division",
            "group",
            "metric",
            "value",
            "lo",
            "hi",
            "n",
            "positives",
        ])
        .map_err(failed)?;
    let mut line = |place: [&str; 4], of: &Estimate| {
        let numbers = [of.value, of.lo, of.hi].map(|number| number.to_string());
        let counts = [of.n, of.positives].map(|count| count.to_string());
        let fields = place
            .map(str::to_owned)
            .into_iter()
            .chain(numbers)
            .chain(counts);
        writer.write_record(fields).map_err(failed)
    };
    for (period, metrics) in &found.metrics {
        for (metric, of) in metrics {
            line([period, "", "", metric], of)?;
        }
    }
    for (division, groups) in &found.divisions {
        for group in groups {
            let of = [
                ("rate", &group.rate),
                ("called", &group.called),
                ("precision_of_called", &group.precision),
                ("precision_less_others", &group.difference),
            ];
            for (metric, value) in of {
                if let Some(value) = value {
                    line(["pooled", division, &group.name, metric], value)?;
                }
            }
        }
    }
    for of in &found.groups {
        for (metric, value) in &of.metrics {
            line([&of.period, &of.division, &of.group, metric], value)?;
        }
    }
    done(writer)
}

fn done(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>> {
    let bytes = writer.into_inner();
    bytes.map_err(|error| Error::Data(format!("files of the backtest: {error}")))
}
