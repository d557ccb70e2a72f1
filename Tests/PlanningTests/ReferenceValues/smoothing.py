#!/usr/bin/env python3
"""Writes smoothing.json: exponential smoothing by statsmodels that the planner's own is compared with.

    python3 -m pip install statsmodels
    python3 smoothing.py > smoothing.json
"""
import json
import warnings

import numpy
import statsmodels
from statsmodels.tsa.api import ExponentialSmoothing, SimpleExpSmoothing

warnings.simplefilter("ignore")
random = numpy.random.default_rng(20261130)
week = numpy.array([5, 4, 4, 4, 3]) / 4


def series(weeks, mean, drift=0.0):
    """Whole weeks of five days: negative binomial with variance twice the mean, a weekly season, a drifting level."""
    days = numpy.arange(5 * weeks)
    means = numpy.maximum(0.5, (mean + drift * days) * week[days % 5])
    return [int(x) for x in random.negative_binomial(means, 0.5)]


def steady(values, alpha, gamma, level, season):
    """The recursion alone: constants and first state given."""
    model = ExponentialSmoothing(
        values, trend=None, seasonal="add", seasonal_periods=5, initialization_method="known",
        initial_level=level, initial_seasonal=season)
    fit = model.fit(smoothing_level=alpha, smoothing_seasonal=gamma, optimized=False)
    return {"values": values, "alpha": alpha, "gamma": gamma, "level": level, "season": season,
            "fitted": [float(x) for x in fit.fittedvalues], "forecast": [float(x) for x in fit.forecast(7)]}


def simple_fit(values):
    fit = SimpleExpSmoothing(values, initialization_method="estimated").fit()
    return {"values": values, "sse": float(fit.sse), "forecast": float(fit.forecast(1)[0])}


def seasonal_fit(values):
    fit = ExponentialSmoothing(
        values, trend=None, seasonal="add", seasonal_periods=5, initialization_method="estimated").fit()
    return {"values": values, "sse": float(fit.sse), "forecast": [float(x) for x in fit.forecast(5)]}


print(json.dumps({
    "made_by": f"smoothing.py, statsmodels {statsmodels.__version__}",
    "holt_winters": [
        steady(series(4, 20), 0.3, 0.2, 20.0, [5.0, 0.0, 0.0, 0.0, -5.0]),
        steady(series(8, 6), 0.05, 0.4, 5.0, [1.5, 0.5, 0.0, -0.5, -1.5]),
        steady(series(3, 100), 0.9, 0.05, 80.0, [20.0, 0.0, 5.0, -5.0, -20.0]),
        steady(series(5, 20), 0.4, 0.0, 18.0, [0.0, 0.0, 0.0, 0.0, 0.0]),
    ],
    "simple_fits": [simple_fit(series(weeks, mean, drift)) for weeks, mean, drift in
                    [(4, 20, 0), (12, 6, 0.1), (12, 20, 1.0), (24, 4, 0), (20, 60, -0.4)]],
    "seasonal_fits": [seasonal_fit(series(weeks, mean, drift)) for weeks, mean, drift in
                      [(6, 20, 0), (12, 20, 0.3), (24, 40, 0), (24, 100, -0.5)]],
}, indent=1))
