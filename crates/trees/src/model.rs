use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::explain::{Explainer, Interactions};
use crate::file::{ModelFile, Objective};
use crate::forest::Forest;
use crate::tree::Tree;
use crate::{json, ubj};

/// A gradient-boosted tree model, ready to score and to explain.
///
/// Two models are equal when they would be written as the same file, whatever
/// version and encoding they were read from.
#[derive(Debug, Clone)]
pub struct Model {
    file: ModelFile,
    forest: Forest,
    // built at the first explanation: scoring alone does not need it
    explainer: OnceLock<Explainer>,
    interactions: OnceLock<Interactions>,
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        let version = self.file.version;
        self.file
            == ModelFile {
                version,
                ..other.file.clone()
            }
    }
}

impl Model {
    /// Reads a model, as JSON or UBJ by what the bytes look like.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model> {
        if bytes.starts_with(b"binf") || bytes.starts_with(b"CONFIG-offset:") {
            return Err(Error::Unsupported {
                what: "the old binary format or a snapshot of the training state".to_owned(),
                instead: "save the model to a file ending in .json or .ubj",
            });
        }
        // after the brace UBJ has the type of a length or a count, JSON a quote or space
        match bytes {
            [
                b'{',
                b'i' | b'U' | b'I' | b'l' | b'L' | b'#' | b'$' | b'N',
                ..,
            ] => Model::from_ubj(bytes),
            _ => Model::from_json(bytes),
        }
    }

    /// Reads a model saved as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Model> {
        Model::from_file(ModelFile::decode(&json::read(bytes)?)?)
    }

    /// Reads a model saved as UBJ (universal binary JSON).
    pub fn from_ubj(bytes: &[u8]) -> Result<Model> {
        Model::from_file(ModelFile::decode(&ubj::read(bytes)?)?)
    }

    fn from_file(file: ModelFile) -> Result<Model> {
        let base = base_margin(file.objective, file.base_score)?;
        let forest = Forest::new(&file.trees, file.n_features, base);
        Ok(Model {
            file,
            forest,
            explainer: OnceLock::new(),
            interactions: OnceLock::new(),
        })
    }

    /// The model as JSON in the form of XGBoost 3.0: a file that every version from 1.7
    /// to 3.x loads, with equal predictions, and that BigQuery ML imports.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(&self.file.encode())
    }

    /// The model as UBJ in the form of XGBoost 3.0; see [`Model::to_json`].
    pub fn to_ubj(&self) -> Vec<u8> {
        ubj::write(&self.file.encode())
    }

    /// Names of the features in the order of a row; empty if the file has none.
    pub fn feature_names(&self) -> &[String] {
        &self.file.feature_names
    }

    /// XGBoost's types of the features (`float`, `int`, `i`, …); empty if the file has none.
    pub fn feature_types(&self) -> &[String] {
        &self.file.feature_types
    }

    /// Names and types the features, one of each for every feature, or none at all.
    /// BigQuery ML maps inputs by name only in a file that has both.
    pub fn set_features(&mut self, names: Vec<String>, types: Vec<String>) -> Result<()> {
        for (field, list) in [("feature_names", &names), ("feature_types", &types)] {
            if !list.is_empty() && list.len() != self.n_features() {
                let reason = format!(
                    "has {} entries for {} features",
                    list.len(),
                    self.n_features()
                );
                return Err(Error::invalid(format!("learner.{field}"), reason));
            }
        }
        self.file.feature_names = names;
        self.file.feature_types = types;
        Ok(())
    }

    /// Values in a row.
    pub fn n_features(&self) -> usize {
        self.file.n_features
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.file.trees.len()
    }

    /// Number of boosting rounds; with `num_parallel_tree` above 1 a round has several trees.
    pub fn n_rounds(&self) -> usize {
        self.file.rounds.len() - 1
    }

    /// The trees in the order they are summed.
    pub fn trees(&self) -> &[Tree] {
        &self.file.trees
    }

    /// What the margins mean.
    pub fn objective(&self) -> Objective {
        self.file.objective
    }

    /// Version of XGBoost that saved the file the model was read from.
    pub fn version(&self) -> [u32; 3] {
        self.file.version
    }

    /// A text that was stored with the model, such as `best_iteration`.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.file.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The margin before any tree: the logit of `base_score` for
    /// `binary:logistic`, `base_score` itself for `reg:squarederror`.
    pub fn base_margin(&self) -> f64 {
        f64::from(self.forest.base_margin())
    }

    /// The margin of one row. Values missing at the end count as missing, values
    /// beyond the last feature are not looked at.
    pub fn margin(&self, row: &[f32]) -> f32 {
        self.forest.margin(row)
    }

    /// The margins of all rows of a row-major matrix of `n_features` columns,
    /// the same on any number of threads. A last row that is cut short is filled
    /// up with missing values.
    pub fn margins(&self, data: &[f32]) -> Vec<f32> {
        self.forest.margins(data)
    }

    /// The prediction a margin stands for: `1 / (1 + exp(-margin))` for
    /// `binary:logistic`, the margin itself for `reg:squarederror`.
    pub fn probability(&self, margin: f64) -> f64 {
        match self.file.objective {
            Objective::BinaryLogistic => 1.0 / (1.0 + (-margin).exp()),
            Objective::SquaredError => margin,
        }
    }

    /// The contributions of one row: `out` becomes `n_features + 1` numbers in
    /// margin units, one for each feature and last the bias (the expected margin).
    /// Their sum is the margin.
    pub fn shap(&self, row: &[f32], out: &mut Vec<f64>) {
        let width = self.n_features();
        out.clear();
        out.resize(width + 1, 0.0);
        if row.len() >= width {
            self.explainer().explain(&row[..width], out);
        } else {
            self.explainer().explain(&self.full(row), out);
        }
    }

    /// The contributions of all rows of a row-major matrix, as rows of
    /// `n_features + 1` numbers (see [`Model::shap`]), the same on any number of
    /// threads.
    pub fn shap_values(&self, data: &[f32]) -> Vec<f64> {
        self.explainer().explain_all(data)
    }

    /// The interaction values of one row (Lundberg et al. 2018, equations 4 to 6): `out` becomes a
    /// row-major matrix of `n_features + 1` rows and columns in margin units. Off the diagonal
    /// stands half of what two features make together, on it what a feature makes alone; a row's
    /// sum is the feature's contribution ([`Model::shap`]), all together the margin. Last comes
    /// the bias.
    pub fn shap_interactions(&self, row: &[f32], out: &mut Vec<f64>) {
        let mut shap = Vec::new();
        self.shap(row, &mut shap);
        self.interactions().fill(row, &shap, out);
    }

    /// What two different features make together in each row of a row-major matrix, in margin
    /// units: both halves, the same on any number of threads. Zero where a feature does not exist.
    /// A last row that is cut short is filled up with missing values.
    pub fn pair_interactions(&self, data: &[f32], a: usize, b: usize) -> Vec<f64> {
        let width = self.n_features().max(1);
        let only = self.interactions().only(a, b);
        data.par_chunks(width)
            .map(|row| {
                let mut half = [0.0];
                only.halves(row, &mut half);
                2.0 * half[0]
            })
            .collect()
    }

    /// Sums over the rows of |what two features make together|, for each pair that meets in a
    /// tree, by the pair's numbers.
    pub fn interaction_strengths(&self, data: &[f32]) -> BTreeMap<(usize, usize), f64> {
        let width = self.n_features().max(1);
        let interactions = self.interactions();
        let pairs = interactions.pairs();
        let of_chunk = |rows: &[f32]| {
            let mut sums = vec![0.0; pairs.len()];
            let mut halves = vec![0.0; pairs.len()];
            for row in rows.chunks(width) {
                interactions.halves(row, &mut halves);
                for (sum, half) in sums.iter_mut().zip(&halves) {
                    *sum += 2.0 * half.abs();
                }
            }
            sums
        };
        // Sums of sums in this order are the same on any number of threads.
        let chunks: Vec<Vec<f64>> = data.par_chunks(64 * width).map(of_chunk).collect();
        let mut total = vec![0.0; pairs.len()];
        for chunk in chunks {
            for (total, sum) in total.iter_mut().zip(chunk) {
                *total += sum;
            }
        }
        pairs.iter().copied().zip(total).collect()
    }

    fn interactions(&self) -> &Interactions {
        self.interactions
            .get_or_init(|| Interactions::new(&self.file.trees))
    }

    /// A row with a value for each feature, missing ones at the end.
    fn full(&self, row: &[f32]) -> Vec<f32> {
        let mut full = row.to_vec();
        full.resize(self.n_features(), f32::NAN);
        full
    }

    fn explainer(&self) -> &Explainer {
        self.explainer
            .get_or_init(|| Explainer::new(&self.file.trees, self.n_features(), self.base_margin()))
    }
}

/// Margin of a base score, in `f32` steps as the library computes it.
fn base_margin(objective: Objective, score: f32) -> Result<f32> {
    match objective {
        Objective::SquaredError => Ok(score),
        Objective::BinaryLogistic if score > 0.0 && score < 1.0 => Ok(-(1.0 / score - 1.0).ln()),
        Objective::BinaryLogistic => Err(Error::invalid(
            "learner.learner_model_param.base_score",
            format!("is {score}, not a probability between 0 and 1"),
        )),
    }
}
