"""Probabilities of group-sequential tests as rectangles of one multivariate normal distribution.

The score `S = Z sqrt(I)` has independent normal increments, `theta (I_k - I_j)` on average with
variance `I_k - I_j`. The library integrates look by look over densities. Here nothing is handed
from look to look: given the score at a look in the middle, what lies before and what lies after
are independent and of at most two dimensions each, and Owen's T function has those in closed form;
one Gauss-Legendre sum over the middle is left. So up to five looks have about 14 digits.
`checked` compares it with SciPy's multivariate normal, which is another algorithm still, with
fewer digits.
"""

import numpy as np
from scipy.special import ndtr, owens_t
from scipy.stats import multivariate_normal

NODES, WEIGHTS = np.polynomial.legendre.leggauss(480)
FAR = 40.0
REACH = 9.0


def below_two(h, k, rho):
    """P(X <= h, Y <= k) of a standard bivariate normal: D. B. Owen (1956)."""
    h, k = (np.clip(np.where(x == 0.0, 1e-300, x), -FAR, FAR) for x in np.broadcast_arrays(h, k))
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    apart = np.where(np.sign(h) == np.sign(k), 0.0, 0.5)
    with np.errstate(over="ignore"):
        of_h, of_k = (k / h - rho) / root, (h / k - rho) / root
    return 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, of_h) - owens_t(k, of_k) - apart


def within(lower, upper, mean, variance, covariance=None):
    """P(lower < X < upper) in no, one or two dimensions; means may be columns of many cases."""
    if not len(lower):
        return 1.0
    deviation = np.sqrt(variance)
    low = [(a - m) / s for a, m, s in zip(lower, mean, deviation)]
    high = [(b - m) / s for b, m, s in zip(upper, mean, deviation)]
    if len(lower) == 1:
        # On the side where both are small, so that no digits are lost.
        flip = low[0] > 0
        return np.where(flip, ndtr(-low[0]) - ndtr(-high[0]), ndtr(high[0]) - ndtr(low[0]))
    rho = covariance / (deviation[0] * deviation[1])
    # Mirrored where that is the smaller side.
    for at in (0, 1):
        flip = np.asarray(low[at]) > 0
        if flip.all():
            low[at], high[at], rho = -high[at], -low[at], -rho
    return (below_two(high[0], high[1], rho) - below_two(low[0], high[1], rho)
            - below_two(high[0], low[1], rho) + below_two(low[0], low[1], rho))


def rectangle(lower, upper, information, theta):
    """P(lower_k < Z_k < upper_k for all k), up to five looks; ends may be infinite."""
    information = np.asarray(information, float)
    root = np.sqrt(information)
    lower = np.clip(lower, -FAR, FAR) * root
    upper = np.clip(upper, -FAR, FAR) * root
    looks = len(information)
    if looks == 1:
        return float(within(lower, upper, theta * information, information))
    if looks == 2:
        return float(within(lower, upper, theta * information, information, information[0]))
    middle = (looks - 1) // 2
    at = information[middle]
    mean, reach = theta * at, REACH * np.sqrt(at)
    low, high = max(lower[middle], mean - reach), min(upper[middle], mean + reach)
    if low >= high:
        return 0.0
    score = 0.5 * (low + high) + 0.5 * (high - low) * NODES
    weight = 0.5 * (high - low) * WEIGHTS / np.sqrt(2 * np.pi * at)
    density = weight * np.exp(-0.5 * (score - mean) ** 2 / at)
    before, after = information[:middle], information[middle + 1:] - at
    bridge = [score * share for share in before / at]
    first = within(lower[:middle], upper[:middle], bridge, before * (at - before) / at,
                   before[0] * (at - before[-1]) / at)
    walk = [score + theta * step for step in after]
    last = within(lower[middle + 1:], upper[middle + 1:], walk, after, after[0])
    return float(np.sum(density * first * last))


def checked(lower, upper, information, theta, tolerance=5e-5):
    """`rectangle`, refused where SciPy's multivariate normal says something else."""
    found = rectangle(lower, upper, information, theta)
    information = np.asarray(information, float)
    covariance = np.sqrt(np.minimum.outer(information, information)
                         / np.maximum.outer(information, information))
    other = multivariate_normal.cdf(
        np.clip(upper, -FAR, FAR), theta * np.sqrt(information), covariance,
        lower_limit=np.clip(lower, -FAR, FAR), abseps=1e-7, releps=1e-7, maxpts=1_000_000,
        rng=np.random.default_rng(1))
    assert abs(found - other) < tolerance, (found, other, lower, upper, information, theta)
    return found


def survives_and_exceeds(bounds, information, z, theta=0.0, measure=rectangle):
    """P(|Z_j| < bounds_j at all looks but the last, where Z > z)."""
    lower = [-b for b in bounds] + [z]
    upper = list(bounds) + [np.inf]
    return measure(lower, upper, information, theta)
