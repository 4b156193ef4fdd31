//! The rules of thumb that a team had before the model (domain.md, "Rules V3 and where the
//! team ended"), as far as the vendor's columns tell them.

use leadrank_stats::sample;

/// A rule tier. First match wins, in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Rule {
    /// In the move window, at a firm of up to 10.
    WindowSmall,
    /// In the move window.
    Window,
    /// 1 to 3 years at a firm of up to 10.
    SmallAndNew,
    /// Three prior firms and 5 years of experience.
    ProvenMover,
    /// None of these.
    #[default]
    Other,
}

impl Rule {
    /// The rules' first tier, which the model may veto.
    pub const FIRST: Rule = Rule::WindowSmall;

    /// What the rule was expected to convert at.
    pub fn expected_rate(self) -> f64 {
        match self {
            Rule::WindowSmall => 0.055,
            Rule::Window => 0.0507,
            Rule::SmallAndNew => 0.0476,
            Rule::ProvenMover => 0.052,
            Rule::Other => 0.033,
        }
    }

    /// The first rule that matches: years at the firm, years of experience, advisors of the
    /// firm, years at each known prior firm. A comparison with a missing value is false, so
    /// no rule matches on what is not known.
    pub fn of(tenure: f64, experience: f64, staff: f64, past: &[f64]) -> Rule {
        let small = staff <= 10.0;
        let due = is_in_window(tenure, past);
        if due && small {
            Rule::WindowSmall
        } else if due {
            Rule::Window
        } else if (1.0..=3.0).contains(&tenure) && small {
            Rule::SmallAndNew
        } else if past.len() >= 3 && experience >= 5.0 {
            Rule::ProvenMover
        } else {
            Rule::Other
        }
    }

    /// The rule of each of `n` rows, from the columns of the features; none where one of them
    /// is not there.
    pub fn of_columns(n: usize, column: &dyn Fn(&str) -> Option<Vec<f64>>) -> Option<Vec<Rule>> {
        let tenure = column("DateOfHireAtCurrentFirm_NumberOfYears")?;
        let experience = column("DateBecameRep_NumberOfYears")?;
        let staff = column("Number_IAReps")?;
        let prior = (1..=4)
            .map(|firm| column(&format!("Number_YearsPriorFirm{firm}")))
            .collect::<Option<Vec<_>>>()?;
        let of_row = |row: usize| {
            let past: Vec<f64> = prior
                .iter()
                .map(|years| years[row])
                .filter(|years| !years.is_nan())
                .collect();
            Rule::of(tenure[row], experience[row], staff[row], &past)
        };
        Some((0..n).map(of_row).collect())
    }
}

/// The career clock: past tenures that vary little tell when the next move is due, from 70 to
/// 130 % of their mean.
fn is_in_window(tenure: f64, past: &[f64]) -> bool {
    if past.len() < 2 {
        return false;
    }
    let mean = sample::mean(past.iter().copied());
    let is_regular = mean > 0.0 && sample::deviation(past) / mean < 0.5;
    is_regular && (0.7 * mean..=1.3 * mean).contains(&tenure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_counts() {
        // Past tenures of 4, 5 and 6 years: due from 3.5 to 6.5 years.
        let regular = [4.0, 5.0, 6.0];
        assert_eq!(Rule::of(5.0, 20.0, 8.0, &regular), Rule::WindowSmall);
        assert_eq!(Rule::of(5.0, 20.0, 80.0, &regular), Rule::Window);
        assert_eq!(Rule::of(3.5, 20.0, 80.0, &regular), Rule::Window);
        assert_eq!(Rule::of(6.6, 20.0, 80.0, &regular), Rule::ProvenMover);
        assert_eq!(Rule::of(2.0, 20.0, 10.0, &[1.0]), Rule::SmallAndNew);
        assert_eq!(Rule::of(2.0, 4.0, 11.0, &[1.0, 1.0, 9.0]), Rule::Other);
        // Tenures that vary say nothing of the next one.
        assert_eq!(Rule::of(3.0, 4.0, 50.0, &[1.0, 9.0]), Rule::Other);
    }

    #[test]
    fn nothing_matches_on_what_is_not_known() {
        let null = f64::NAN;
        assert_eq!(Rule::of(null, null, null, &[4.0, 5.0, 6.0]), Rule::Other);
        assert_eq!(Rule::of(2.0, 9.0, null, &[]), Rule::Other);
    }

    #[test]
    fn the_first_tier_is_the_one_with_the_highest_rate() {
        for rule in [
            Rule::Window,
            Rule::SmallAndNew,
            Rule::ProvenMover,
            Rule::Other,
        ] {
            assert!(rule.expected_rate() < Rule::FIRST.expected_rate());
        }
    }
}
