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
    /// Segments by the calibration of each model.
    segments: Vec<Segments>,
    place_of: BTreeMap<String, usize>,
}

/// What there was before, and what is now, in every combination.
pub(super) struct Before<'a> {
    /// The model of then; none where it is that of now.
    old: Option<Bundle>,
    new: &'a Bundle,
    /// By day, old and new, then by model: one where both are the same.
    seen: [Vec<Seen>; 2],
}

impl<'a> Before<'a> {
    /// The newest scoring that was of another day or by another model; none where there is none,
    /// or where its model is gone.
    pub(super) async fn of(
        project: &Project,
        warehouse: &Warehouse,
        session: &Session,
        bundle: &'a Bundle,
        day: NaiveDate,
        threads: usize,
    ) -> Result<Option<Self>> {
        let Some((old_day, model)) = last(session, bundle, day).await? else {
            return Ok(None);
        };
        let old = match model == bundle.id {
            true => None,
            false => match Bundle::read(&project.bundles().join(&model)) {
                Ok(old) => Some(old),
                Err(_) => return Ok(None),
            },
        };
        let models: Vec<&Bundle> = old.iter().chain([bundle]).collect();
        let mut seen = [Vec::new(), Vec::new()];
        for (day, seen) in [old_day, day].into_iter().zip(&mut seen) {
            for model in &models {
                seen.push(see(project, warehouse, model, &models, day, threads).await?);
            }
        }
        Ok(Some(Self {
            old,
            new: bundle,
            seen,
        }))
    }

    /// The model of then or of now.
    fn model(&self, is_new: bool) -> &Bundle {
        match &self.old {
            Some(old) if !is_new => old,
            _ => self.new,
        }
    }

    /// The place of a model among those seen.
    fn place(&self, is_new: bool) -> usize {
        usize::from(is_new && self.old.is_some())
    }

    /// The change of one lead; none where it was not scored then.
    pub(super) fn of_lead(
        &self,
        lead: &str,
        templates: &Templates,
        reasons: &Reasons<'_>,
    ) -> Option<Change> {
        if self
            .seen
            .iter()
            .flatten()
            .any(|seen| !seen.place_of.contains_key(lead))
        {
            return None;
        }
        let of = |data: bool, model: bool| {
            let seen = &self.seen[usize::from(data)][self.place(model)];
            (seen, seen.place_of.get(lead).copied().unwrap_or_default())
        };
        let probability = |renewed: Renewed| {
            let (seen, row) = of(renewed.data, renewed.model);
            let margin = f64::from(self.model(renewed.model).model.margin(seen.matrix.row(row)));
            let segment = seen.segments[self.place(renewed.calibration)].of(row);
            self.model(renewed.calibration).probability(segment, margin)
        };
        let contributions = |data: bool| -> Vec<(Idea, f64)> {
            let mut shap = Vec::new();
            let (seen, row) = of(data, true);
            self.new.model.shap(seen.matrix.row(row), &mut shap);
            let found = reasons.contributions(&shap, 1.0).into_iter();
            found.map(|one| (one.idea, one.margin)).collect()
        };
        let (then, now) = (contributions(false), contributions(true));
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
    models: &[&Bundle],
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
    let segments = models.iter();
    let segments = segments.map(|model| model.segments(|name| rows.values(name)));
    Ok(Seen {
        matrix: train::matrix(&rows, &model.manifest.features)?,
        segments: segments.collect::<Result<_>>()?,
        place_of: ids.zip(0..).collect(),
    })
}
