//! The plan, written down before anybody is assigned: the pre-registration.

use chrono::{Days, NaiveDate};
use leadrank_stats::sequential::{self, Spending};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Version of the written form.
pub const VERSION: u32 = 2;

/// What is counted in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kpi {
    /// Scheduled calls per 100 dials within the horizon.
    CallsPer100Dials,
    /// Scheduled calls per 100 contacted leads, where no dials are on record.
    CallsPer100Leads,
}

impl Kpi {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Kpi::CallsPer100Dials => "scheduled calls per 100 dials",
            Kpi::CallsPer100Leads => "scheduled calls per 100 leads",
        }
    }
}

/// How arms are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Within each stratum in blocks of `block_size` units with a fixed number of each arm.
    Blocks,
    /// Each unit by a salted hash of its name, alone.
    Hash,
}

/// Drawing again until the arms are alike (K. L. Morgan and D. B. Rubin, "Rerandomization to
/// Improve Covariate Balance in Experiments", Annals of Statistics 40 (2012)), fixed in advance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rerandomise {
    /// Draws at most; the best is taken if none meets the limit.
    pub draws: u32,
    /// The largest standardised difference that is accepted.
    pub limit: f64,
}

/// A planned look at the results.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlannedLook {
    /// The day.
    pub on: NaiveDate,
    /// The share of the final information that is expected to be mature by then.
    pub time: f64,
}

impl PlannedLook {
    /// Whether it is the final analysis.
    pub fn is_final(&self) -> bool {
        self.time == 1.0
    }
}

/// What was assumed when the size was chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Assumed {
    /// The KPI's level without scores, a fraction.
    pub rate: f64,
    /// Its true relative change for who follows the scores.
    pub lift: f64,
    /// Share of the work that follows them.
    pub adoption: f64,
    /// Dials a lead within the horizon; 0 where none are on record.
    pub dials: f64,
    /// Leads of both arms together.
    pub leads: u64,
    /// Information of the logarithm of the ratio of both arms at the end.
    pub information: f64,
}

/// The pre-registration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the written form.
    pub version: u32,
    /// The experiment's name: letters, digits, `-` and `_`.
    pub name: String,
    /// What is claimed.
    pub hypothesis: String,
    /// What decides.
    pub kpi: Kpi,
    /// Days after enrolment in which dials and scheduled calls count.
    pub horizon_days: u32,
    /// Leads are enrolled whose contact lies at most so many days back; 0: all open leads.
    pub contacted_within_days: u32,
    /// First and last day of enrolment.
    pub start: NaiveDate,
    /// The last day of enrolment.
    pub enrol_until: NaiveDate,
    /// The looks in their order; the last is the final analysis.
    pub looks: Vec<PlannedLook>,
    /// How the false-alarm probability is spent over them.
    pub spending: Spending,
    /// Two-sided false-alarm probability.
    pub alpha: f64,
    /// Probability to see the assumed lift.
    pub power: f64,
    /// The smallest lift that is worth having: what the brief asks for.
    pub minimum_lift: f64,
    /// What the size rests on.
    pub assumed: Assumed,
    /// Share of units with scores.
    pub treatment_share: f64,
    /// How arms are drawn.
    pub method: Method,
    /// Units of a block.
    pub block_size: u32,
    /// What makes this experiment's draws its own.
    pub salt: String,
    /// Drawing the first day's arms again until they are alike, if chosen.
    pub rerandomise: Option<Rerandomise>,
    /// Leaders of one firm go together if it has at most so many reps.
    pub together_up_to_reps: u32,
    /// What strata are made of.
    pub strata: Vec<String>,
    /// Where the bands of completeness begin, as rising shares of features known.
    pub completeness_bands: Vec<f64>,
    /// Segments for which effects are shown, chosen before.
    pub segments: Vec<String>,
    /// Share of units that get no scores even after the experiment.
    pub hold_out: f64,
    /// The largest standardised difference between the arms that is passed without a word.
    pub balance_limit: f64,
    /// How much longer until the first dial, as a fraction, is too long.
    pub first_touch_limit: f64,
}

impl Plan {
    /// The day after which nothing more becomes mature: the final analysis.
    pub fn final_on(&self) -> NaiveDate {
        self.matured_on(self.enrol_until)
    }

    /// The first day on which the outcome of a lead enrolled on `day` is known.
    pub fn matured_on(&self, day: NaiveDate) -> NaiveDate {
        day.checked_add_days(Days::new(u64::from(self.horizon_days) + 1))
            .unwrap_or(NaiveDate::MAX)
    }

    /// The bounds on `|Z|` of the planned looks.
    ///
    /// # Errors
    /// When the looks do not follow each other.
    pub fn bounds(&self) -> Result<Vec<f64>> {
        let times: Vec<f64> = self.looks.iter().map(|look| look.time).collect();
        let spent: Vec<f64> = times
            .iter()
            .map(|&time| self.spending.spent(self.alpha, time))
            .collect();
        sequential::boundaries(&spent, &times)
            .ok_or_else(|| Error::Plan("the looks must come at rising shares up to 1".into()))
    }

    /// SHA-256 of the content, in hex: what is frozen.
    ///
    /// # Errors
    /// When the plan can't be written as JSON.
    pub fn hash(&self) -> Result<String> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Error::Plan(format!("it can't be written as JSON ({error})")))?;
        Ok(hex(&Sha256::digest(bytes)))
    }

    /// Holds the plan against what was frozen.
    ///
    /// # Errors
    /// [`Error::Changed`].
    pub fn is_as_frozen(&self, frozen: &str) -> Result<()> {
        let found = self.hash()?;
        if found == frozen {
            return Ok(());
        }
        Err(Error::Changed {
            found,
            frozen: frozen.to_owned(),
        })
    }

    /// Whether it can be carried out.
    ///
    /// # Errors
    /// [`Error::Plan`] with what can't be, and what would do.
    pub fn check(&self) -> Result<()> {
        let no = |problem: String| Err(Error::Plan(problem));
        let is_plain = |text: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        if self.version != VERSION {
            return no(format!(
                "it has version {}, this leadrank knows {VERSION}",
                self.version
            ));
        }
        if !is_plain(&self.name) {
            return no(format!(
                "the name {:?} may hold letters, digits, - and _ only",
                self.name
            ));
        }
        let shares = [
            ("alpha", self.alpha, 0.0, 0.5),
            ("power", self.power, self.alpha, 1.0),
            ("treatment_share", self.treatment_share, 0.0, 1.0),
            ("assumed.adoption", self.assumed.adoption, 0.0, 1.0 + 1e-12),
        ];
        for (name, value, above, below) in shares {
            if value.is_nan() || value <= above || value >= below {
                return no(format!(
                    "{name} = {value} must lie above {above} and below {below:.0}"
                ));
            }
        }
        if !(0.0..=0.5).contains(&self.hold_out) {
            return no(format!(
                "hold_out = {} must lie between 0 and 0.5",
                self.hold_out
            ));
        }
        if self.horizon_days == 0 || self.enrol_until < self.start {
            return no(
                "the horizon must be a day at least, and enrolment must end after it began".into(),
            );
        }
        let bands = &self.completeness_bands;
        let is_share = |band: &f64| *band > 0.0 && *band < 1.0;
        if !bands.iter().all(is_share) || bands.windows(2).any(|pair| pair[0] >= pair[1]) {
            return no(format!(
                "completeness_bands = {bands:?} must be rising shares between 0 and 1"
            ));
        }
        let treated = self.treatment_share * f64::from(self.block_size);
        if self.method == Method::Blocks
            && (!(2..=64).contains(&self.block_size) || (treated - treated.round()).abs() > 1e-9)
        {
            return no(format!(
                "blocks of {} can't hold a share of {} exactly: choose another block_size from 2 to 64",
                self.block_size, self.treatment_share
            ));
        }
        let Some(last) = self.looks.last() else {
            return no("it has no look, so it could never end".into());
        };
        if !last.is_final() || last.on < self.final_on() {
            return no(format!(
                "the last look must be the final one, with time 1 and not before {}, when the last outcome is known",
                self.final_on()
            ));
        }
        if self.looks.windows(2).any(|pair| pair[0].on >= pair[1].on) {
            return no("looks must come one after the other".into());
        }
        self.bounds().map(|_| ())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub(crate) fn plan() -> Plan {
        Plan {
            version: VERSION,
            name: "autumn".into(),
            hypothesis: "scores raise scheduled calls per dial".into(),
            kpi: Kpi::CallsPer100Dials,
            horizon_days: 30,
            contacted_within_days: 7,
            start: day("2025-11-03"),
            enrol_until: day("2025-11-30"),
            looks: vec![
                PlannedLook {
                    on: day("2025-12-15"),
                    time: 0.5,
                },
                PlannedLook {
                    on: day("2025-12-31"),
                    time: 1.0,
                },
            ],
            spending: Spending::ObrienFleming,
            alpha: 0.05,
            power: 0.8,
            minimum_lift: 0.5,
            assumed: Assumed {
                rate: 0.01,
                lift: 0.5,
                adoption: 0.75,
                dials: 5.0,
                leads: 4000,
                information: 40.0,
            },
            treatment_share: 0.5,
            method: Method::Blocks,
            block_size: 4,
            salt: "salt".into(),
            rerandomise: None,
            together_up_to_reps: 50,
            strata: vec!["assets".into()],
            completeness_bands: vec![0.5, 0.8],
            segments: vec!["assets".into()],
            hold_out: 0.0,
            balance_limit: 0.1,
            first_touch_limit: 0.1,
        }
    }

    #[test]
    fn a_sound_plan_is_accepted_and_its_hash_tells_every_change() {
        let plan = plan();
        plan.check().unwrap();
        let frozen = plan.hash().unwrap();
        plan.is_as_frozen(&frozen).unwrap();
        let mut other = plan.clone();
        other.minimum_lift = 0.3;
        let error = other.is_as_frozen(&frozen).unwrap_err().to_string();
        assert!(error.contains("after it was frozen"), "{error}");
        let text = serde_json::to_string(&plan).unwrap();
        let back: Plan = serde_json::from_str(&text).unwrap();
        assert_eq!(back.hash().unwrap(), frozen);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let refused = |change: fn(&mut Plan)| {
            let mut plan = plan();
            change(&mut plan);
            plan.check().unwrap_err().to_string()
        };
        assert!(refused(|p| p.name = "a b".into()).contains("letters"));
        assert!(refused(|p| p.alpha = 0.0).contains("alpha"));
        assert!(refused(|p| p.block_size = 3).contains("block_size"));
        assert!(refused(|p| p.looks.clear()).contains("no look"));
        assert!(refused(|p| p.looks[1].on = day("2025-12-30")).contains("2025-12-31"));
        assert!(refused(|p| p.looks[0].time = 1.0).contains("rising"));
        assert!(refused(|p| p.completeness_bands = vec![0.8, 0.5]).contains("rising shares"));
        assert!(refused(|p| p.hold_out = 0.9).contains("hold_out"));
    }
}
