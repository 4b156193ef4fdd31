"""Writes SciPy's values of Student's t distribution:

    python3 crates/stats/tests/reference/make_student_fixture.py
"""

import json
import pathlib

from scipy.stats import t

OUT = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "student.json"
FREEDOM = [1, 2, 3, 4, 5, 9, 30, 100, 1000, 1_000_000]
VALUES = [-1000.0, -40.0, -8.5, -3.0, -1.96, -1.0, -0.3, 0.0, 0.5, 2.776445105197793, 6.0]
SHARES = [1e-12, 1e-5, 0.001, 0.025, 0.1, 0.3, 0.45, 0.6, 0.95, 0.975, 0.995, 0.9999]

OUT.write_text(json.dumps({
    "cdf": [[v, x, float(t.cdf(x, v))] for v in FREEDOM for x in VALUES],
    "quantile": [[v, p, float(t.ppf(p, v))] for v in FREEDOM for p in SHARES],
}) + "\n")
