//! Values of SciPy, made by `reference/make_student_fixture.py`.

mod common;

use common::{close, fixture};
use leadrank_stats::student;
use serde::Deserialize;

#[derive(Deserialize)]
struct Values {
    cdf: Vec<(u64, f64, f64)>,
    quantile: Vec<(u64, f64, f64)>,
}

#[test]
fn equals_scipy() {
    let values: Values = fixture("student");
    // Near 1 the argument of the beta function holds few digits of its distance from 1.
    let tolerance = |freedom| if freedom > 1000 { 1e-10 } else { 1e-12 };
    for (freedom, t, expected) in values.cdf {
        let found = student::cdf(t, freedom).unwrap();
        // Some are below the smallest number there is.
        if expected > 0.0 {
            close(found / expected, 1.0, tolerance(freedom));
        } else {
            assert_eq!(found, 0.0);
        }
    }
    for (freedom, p, expected) in values.quantile {
        let found = student::quantile(p, freedom).unwrap();
        close(found / expected, 1.0, tolerance(freedom));
    }
}
