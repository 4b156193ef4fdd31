//! What a model file says, between its document and the served model.

use crate::error::{Error, Result};
use crate::json::float_text;
use crate::tree::Tree;
use crate::value::{At, Value};

/// Features accepted: far above any real model, and low enough that one row of
/// contributions always fits in memory.
const MAX_FEATURES: i64 = 1 << 20;

/// What the margins mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// `binary:logistic`: margins are log-odds of the positive class.
    BinaryLogistic,
    /// `reg:squarederror`: margins are the prediction itself.
    SquaredError,
}

impl Objective {
    /// XGBoost's name of the objective.
    pub fn name(self) -> &'static str {
        match self {
            Objective::BinaryLogistic => "binary:logistic",
            Objective::SquaredError => "reg:squarederror",
        }
    }
}

/// The parts of a model file that matter for serving it or writing it again.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ModelFile {
    pub(crate) version: [u32; 3],
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) feature_names: Vec<String>,
    pub(crate) feature_types: Vec<String>,
    pub(crate) objective: Objective,
    pub(crate) scale_pos_weight: String,
    pub(crate) base_score: f32,
    pub(crate) boost_from_average: i64,
    pub(crate) n_features: usize,
    pub(crate) num_parallel_tree: i64,
    /// First tree of each boosting round, then the number of trees.
    pub(crate) rounds: Vec<i64>,
    pub(crate) trees: Vec<Tree>,
}

impl ModelFile {
    pub(crate) fn decode(document: &Value) -> Result<ModelFile> {
        let root = At::root(document);
        let learner = root.get("learner")?;
        let booster = learner.get("gradient_booster")?;
        let kind = booster.get("name")?.as_text()?;
        if kind != "gbtree" {
            return Err(Error::Unsupported {
                what: format!("the booster `{kind}`"),
                instead: "train with booster=gbtree",
            });
        }
        let objective = learner.get("objective")?;
        let parameters = learner.get("learner_model_param")?;
        single_output(&parameters)?;
        let feature = parameters.get("num_feature")?;
        let n_features = feature.as_int()?;
        if !(0..=MAX_FEATURES).contains(&n_features) {
            return Err(feature.error(format!("is {n_features}, not within 0..={MAX_FEATURES}")));
        }
        let n_features = n_features as usize;
        let names = |key: &str| -> Result<Vec<String>> {
            let Some(at) = learner.find(key) else {
                return Ok(Vec::new());
            };
            let texts = at.texts()?;
            if texts.is_empty() || texts.len() == n_features {
                return Ok(texts);
            }
            Err(at.error(format!(
                "has {} entries for {n_features} features",
                texts.len()
            )))
        };
        let model = booster.get("model")?;
        let counts = model.get("gbtree_model_param")?;
        let trees = model
            .get("trees")?
            .items()?
            .iter()
            .map(|tree| Tree::decode(tree, n_features))
            .collect::<Result<Vec<_>>>()?;
        let declared = counts.get("num_trees")?;
        if declared.as_int()? != trees.len() as i64 {
            return Err(declared.error(format!("does not count the {} trees", trees.len())));
        }
        let parallel = counts
            .find("num_parallel_tree")
            .map_or(Ok(1), |v| v.as_int())?
            .max(1);
        Ok(ModelFile {
            version: version(&root)?,
            attributes: attributes(&learner)?,
            feature_names: names("feature_names")?,
            feature_types: names("feature_types")?,
            objective: decode_objective(&objective)?,
            scale_pos_weight: scale_pos_weight(&objective)?,
            base_score: base_score(&parameters.get("base_score")?)?,
            boost_from_average: parameters
                .find("boost_from_average")
                .map_or(Ok(1), |v| v.as_int())?,
            n_features,
            num_parallel_tree: parallel,
            rounds: rounds(&model, trees.len() as i64, parallel)?,
            trees,
        })
    }

    /// The document XGBoost 3.0 would save, members sorted by name as it does. It is the
    /// newest form that all versions from 1.7 on read alike: those before 3.1 take the
    /// `base_score` in brackets of later files for another number without a word.
    pub(crate) fn encode(&self) -> Value {
        let texts = |list: &[String]| Value::List(list.iter().map(Value::text).collect());
        // counted lists, not typed arrays: the library accepts nothing else here
        let ints = |list: &[i64]| Value::List(list.iter().map(|&i| Value::Int(i)).collect());
        let loss = Value::object([("scale_pos_weight", Value::text(&self.scale_pos_weight))]);
        let attributes = self
            .attributes
            .iter()
            .map(|(k, v)| (k.clone(), Value::text(v)))
            .collect();
        let trees = self.trees.iter().enumerate();
        let model = Value::object([
            (
                "gbtree_model_param",
                Value::object([
                    (
                        "num_parallel_tree",
                        Value::text(self.num_parallel_tree.to_string()),
                    ),
                    ("num_trees", Value::text(self.trees.len().to_string())),
                ]),
            ),
            ("iteration_indptr", ints(&self.rounds)),
            ("tree_info", ints(&vec![0; self.trees.len()])),
            (
                "trees",
                Value::List(trees.map(|(id, t)| t.encode(id, self.n_features)).collect()),
            ),
        ]);
        let learner = Value::object([
            ("attributes", Value::Object(attributes)),
            ("feature_names", texts(&self.feature_names)),
            ("feature_types", texts(&self.feature_types)),
            (
                "gradient_booster",
                Value::object([("model", model), ("name", Value::text("gbtree"))]),
            ),
            (
                "learner_model_param",
                Value::object([
                    ("base_score", Value::text(float_text(self.base_score))),
                    (
                        "boost_from_average",
                        Value::text(self.boost_from_average.to_string()),
                    ),
                    ("num_class", Value::text("0")),
                    ("num_feature", Value::text(self.n_features.to_string())),
                    ("num_target", Value::text("1")),
                ]),
            ),
            (
                "objective",
                Value::object([
                    ("name", Value::text(self.objective.name())),
                    ("reg_loss_param", loss),
                ]),
            ),
        ]);
        let version = Value::List(vec![Value::Int(3), Value::Int(0), Value::Int(0)]);
        Value::object([("learner", learner), ("version", version)])
    }
}

fn single_output(parameters: &At<'_>) -> Result<()> {
    for (key, limit, what) in [
        ("num_class", 1, "several classes"),
        ("num_target", 1, "several targets"),
    ] {
        let count = parameters.find(key).map_or(Ok(0), |value| value.as_int())?;
        if count > limit {
            return Err(Error::Unsupported {
                what: format!("{what} ({key} = {count})"),
                instead: "train one model for each output",
            });
        }
    }
    Ok(())
}

fn decode_objective(at: &At<'_>) -> Result<Objective> {
    match at.get("name")?.as_text()? {
        "binary:logistic" => Ok(Objective::BinaryLogistic),
        // `reg:linear` is the old name of the same objective
        "reg:squarederror" | "reg:linear" => Ok(Objective::SquaredError),
        other => Err(Error::Unsupported {
            what: format!("the objective `{other}`"),
            instead: "train with objective=binary:logistic or reg:squarederror",
        }),
    }
}

fn scale_pos_weight(objective: &At<'_>) -> Result<String> {
    let found = objective
        .find("reg_loss_param")
        .and_then(|at| at.find("scale_pos_weight"));
    let text = found.map_or(Ok("1"), |at| at.as_text())?;
    Ok(text.to_owned())
}

/// `"5E-1"` up to 3.0, `"[5E-1]"` since 3.1.
fn base_score(at: &At<'_>) -> Result<f32> {
    let text = match at.value {
        Value::Float(float) => return Ok(*float),
        _ => at.as_text()?.trim(),
    };
    let inner = text
        .strip_prefix('[')
        .and_then(|t| t.strip_suffix(']'))
        .unwrap_or(text);
    let score: f32 = inner
        .trim()
        .parse()
        .map_err(|_| at.error(format!("is `{text}`, not one number")))?;
    if score.is_finite() {
        Ok(score)
    } else {
        Err(at.error("is not finite"))
    }
}

fn version(root: &At<'_>) -> Result<[u32; 3]> {
    let at = root.get("version")?;
    let parts = at.ints()?;
    let parts: Option<Vec<u32>> = parts.iter().map(|&part| u32::try_from(part).ok()).collect();
    let parts: [u32; 3] = parts
        .and_then(|parts| parts.try_into().ok())
        .ok_or_else(|| at.error("is not three numbers"))?;
    if parts[0] == 0 || parts[0] > 3 {
        return Err(Error::Unsupported {
            what: format!("the format of version {}", parts[0]),
            instead: "save the model with XGBoost 1.7 to 3.x",
        });
    }
    Ok(parts)
}

fn attributes(learner: &At<'_>) -> Result<Vec<(String, String)>> {
    let Some(at) = learner.find("attributes") else {
        return Ok(Vec::new());
    };
    let mut attributes = Vec::new();
    for (key, value) in at.entries()? {
        let Value::Text(text) = value else {
            return Err(at.error(format!("has `{key}`, which is not a text")));
        };
        attributes.push((key.clone(), text.clone()));
    }
    attributes.sort();
    attributes.dedup_by(|later, earlier| later.0 == earlier.0);
    Ok(attributes)
}

fn rounds(model: &At<'_>, trees: i64, parallel: i64) -> Result<Vec<i64>> {
    let classes = model
        .find("tree_info")
        .map_or(Ok(Vec::new()), |at| at.ints())?;
    if classes.iter().any(|&class| class != 0) {
        return Err(Error::Unsupported {
            what: "several classes (tree_info)".to_owned(),
            instead: "train one model for each output",
        });
    }
    let Some(at) = model.find("iteration_indptr") else {
        // files before 2.0 leave the rounds to be counted
        let mut rounds: Vec<i64> = (0..trees).step_by(parallel as usize).collect();
        rounds.push(trees);
        return Ok(rounds);
    };
    let rounds = at.ints()?;
    let whole = rounds.first() == Some(&0) && rounds.last() == Some(&trees);
    if whole && rounds.is_sorted() {
        return Ok(rounds);
    }
    Err(at.error(format!("does not lead from 0 to the {trees} trees")))
}
