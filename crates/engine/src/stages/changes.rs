//! Why each lead's probability is another one than when leads were last scored.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use leadrank_features::catalog::Idea;
use leadrank_learn::Matrix;
use leadrank_learn::segments::Segments;
use leadrank_warehouse::{Params, Session, Warehouse};

use super::dataset::feature_options;
use super::rows::Rows;
use super::score::SCORES;
use super::{open, train};
use crate::bundle::Bundle;
use crate::error::Result;
use crate::project::Project;
use crate::reasons::{Change, Reasons, Renewed, Templates};

/// The leads as one day's data shows them to one model.
struct Seen {
    matrix: Matrix,
    /// Segments by the old and by the new calibration.
    segments: [Segments; 2],
    place_of: BTreeMap<String, usize>,
}

/// What there was before, and what is now, in every combination.
pub(super) struct Before {
    bundles: [Bundle; 2],
    /// By day, old and new, then by model.
    seen: [[Seen; 2]; 2],
}

impl Before {
    /// The newest scoring that was of another day or by another model; none where there is none,
    /// where its model is gone, or where its day's data can't be made again.
    pub(super) async fn of(
        project: &Project,
        warehouse: &Warehouse,
        session: &Session,
        bundle: &Bundle,
        day: NaiveDate,
        threads: usize,
    ) -> Result<Option<Self>> {
        let Some((old_day, model)) = last(session, bundle, day).await? else {
            return Ok(None);
        };
        let Ok(old) = Bundle::read(&project.bundles().join(&model)) else {
            return Ok(None);
        };
        let new = Bundle::read(&project.bundles().join(&bundle.id))?;
        let bundles = [old, new];
        let mut seen = Vec::new();
        for day in [old_day, day] {
            let mut of_day = Vec::new();
            for model in &bundles {
                of_day.push(see(project, warehouse, model, &bundles, day, threads).await?);
            }
            seen.push(of_day);
        }
        let mut days = seen
            .into_iter()
            .filter_map(|of_day| <[Seen; 2]>::try_from(of_day).ok());
        let (Some(then), Some(now)) = (days.next(), days.next()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            bundles,
            seen: [then, now],
        }))
    }

    /// The change of one lead; none where it was not scored then.
    pub(super) fn of_lead(
        &self,
        lead: &str,
        templates: &Templates,
        reasons: &Reasons<'_>,
    ) -> Option<Change> {
        let mut places = [[0; 2]; 2];
        for (seen, places) in self.seen.iter().zip(&mut places) {
            for (seen, place) in seen.iter().zip(places) {
                *place = *seen.place_of.get(lead)?;
            }
        }
        let probability = |renewed: Renewed| {
            let [data, model, calibration] =
                [renewed.data, renewed.model, renewed.calibration].map(usize::from);
            let seen = &self.seen[data][model];
            let row = places[data][model];
            let margin = f64::from(self.bundles[model].model.margin(seen.matrix.row(row)));
            self.bundles[calibration].probability(seen.segments[calibration].of(row), margin)
        };
        let contributions = |data: usize| -> Vec<(Idea, f64)> {
            let mut shap = Vec::new();
            let seen = &self.seen[data][1];
            self.bundles[1]
                .model
                .shap(seen.matrix.row(places[data][1]), &mut shap);
            let found = reasons.contributions(&shap, 1.0).into_iter();
            found.map(|one| (one.idea, one.margin)).collect()
        };
        let (then, now) = (contributions(0), contributions(1));
        let grown: Vec<(Idea, f64)> = then
            .iter()
            .zip(&now)
            .map(|((idea, before), (_, after))| (*idea, after - before))
            .collect();
        Some(Change::new(templates, &probability, &grown))
    }
}

/// Day and model of the newest scoring that is not this one.
async fn last(
    session: &Session,
    bundle: &Bundle,
    day: NaiveDate,
) -> Result<Option<(NaiveDate, String)>> {
    if !session.has_table(SCORES) {
        return Ok(None);
    }
    let query = format!(
        "SELECT as_of, model_id, MAX(scored_at) AS scored_at FROM {SCORES} \
         WHERE NOT (as_of = DATE '{day}' AND model_id = '{}') AND as_of <= DATE '{day}' \
         GROUP BY as_of, model_id ORDER BY scored_at DESC, as_of DESC, model_id LIMIT 1",
        bundle.id
    );
    let rows = Rows::new(session.collect(&query, &Params::default()).await?);
    let day = rows.dates("as_of")?.first().copied().flatten();
    let model = rows.texts("model_id")?.into_iter().next().flatten();
    Ok(day.zip(model))
}

/// The open leads of a day, with the features that a model would have been given.
async fn see(
    project: &Project,
    warehouse: &Warehouse,
    model: &Bundle,
    bundles: &[Bundle; 2],
    day: NaiveDate,
    threads: usize,
) -> Result<Seen> {
    let data = open(project, warehouse, day, threads).await?;
    let mut options = feature_options(project, &data, day)?;
    options.calculable = model.manifest.calculable.parse()?;
    let constants = &model.manifest.constants;
    let frame = leadrank_features::scoring_dataset(&data.session, &options, constants, day).await?;
    let rows = Rows::new(frame.collect().await?);
    let ids = rows.texts("lead_id")?.into_iter().flatten();
    let segments = |bundle: &Bundle| bundle.segments(|name| rows.values(name));
    Ok(Seen {
        matrix: train::matrix(&rows, &model.manifest.features)?,
        segments: [segments(&bundles[0])?, segments(&bundles[1])?],
        place_of: ids.zip(0..).collect(),
    })
}
