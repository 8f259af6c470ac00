"""Models, training and serving: who answers what, on what, and with what."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from compute_lp.schema import Floats
from planner.audit.checks import Checks
from planner.audit.known import MONTHS_PER_YEAR, SAME_DATE_YEARS, Flags, Known, summed
from planner.audit.machines import K, Machines

TRAINED = ("pretrain", "continue", "distil", "finetune")
MH = 1e6
"""accelerator-hours in a programme unit"""
MH_PER_K_YEAR = 8.76


class Tokens:
    """Arrays over workloads, models, accelerators, places and periods."""

    def __init__(self, known: Known, machines: Machines):
        k = self.known = known
        self.machines = machines
        self.route = k.text("models", "route")
        self.is_api: Flags = np.array([route == "api" for route in self.route], dtype=bool)
        self.cost = k.numbers("models", "cost_musd")
        self.is_trained: Flags = np.array([route in TRAINED for route in self.route], dtype=bool)
        self.is_adopted_by_run = np.array([route == "adopt" for route in self.route], dtype=bool) & (self.cost > 0)
        self.run = k.array("models", "run", {"model": k.M, "period": k.T})
        self.by_run: Flags = self.is_trained | self.is_adopted_by_run
        self.released = k.not_before(k.dates("models", "available_from", -np.inf))
        self.available = k.array("models", "available", {"model": k.M, "period": k.T})
        keys = {"model": k.M, "site": [*k.P, ""], "period": k.T}
        self.hosted = k.array("training", "runs", keys)
        self.zflop = k.array("training", "zflop", keys)
        self.train_mh = k.array("training", "accelerator_hours", keys) / MH
        self.served = k.array("serving", "served_t", {"workload": k.W, "model": k.M, "period": k.T})
        self.unserved = k.array("unserved", "unserved_t", {"workload": k.W, "period": k.T})
        self.out_of_reach = k.array("unserved", "out_of_reach_t", {"workload": k.W, "period": k.T})
        self.adopt = k.array("adoption", "adopt_musd", {"workload": k.W, "period": k.T})
        rows = k.tables["serving_hours"]
        axes = {"workload": k.W, "model": k.M, "accelerator": k.G, "site": k.P, "period": k.T}
        self.at = k.positions("serving_hours", rows, axes)
        self.serve_mh = rows["accelerator_hours"].to_numpy(np.float64) / MH
        self.tokens_t = rows["tokens_t"].to_numpy(np.float64)

    def over(self, values: Floats, *keys: int) -> Floats:
        """Values by serving row added up but for the keys given, of workload, model, accelerator, place, period."""
        sizes = tuple(len(labels) for labels in (self.known.W, self.known.M, self.known.G, self.known.P, self.known.T))
        return summed(values, tuple(self.at[key] for key in keys), tuple(sizes[key] for key in keys))

    @cached_property
    def demand(self) -> Floats:
        """(W, T) output tokens of the period."""
        k = self.known
        at = (k.codes("demand", "workload", k.W), k.codes("demand", "period", k.T))
        return summed(k.numbers("demand", "output_t_per_year"), at, (len(k.W), len(k.T))) * k.years

    @cached_property
    def sufficiency(self) -> Floats:
        """(W, M, T) share of requests answered acceptably."""
        k = self.known
        share = np.zeros((len(k.W), len(k.M), len(k.T)))
        rows = [
            k.codes("sufficiency", key, labels) for key, labels in (("workload", k.W), ("model", k.M), ("period", k.T))
        ]
        values = k.numbers("sufficiency", "share")
        always = rows[2] < 0
        share[rows[0][always], rows[1][always]] = values[always, None]
        share[rows[0][~always], rows[1][~always], rows[2][~always]] = values[~always]
        return share

    def check(self, checks: Checks) -> None:
        self._check_models(checks)
        self._check_runs(checks)
        self._check_hours(checks)
        self._check_tokens(checks)
        self._check_residency(checks)

    @cached_property
    def finished(self) -> Floats:
        """(M, T) runs that can serve: finished before the period and within the shelf life; an adopted one at once, its
        shelf life from then."""
        k = self.known
        lasts = k.numbers("models", "shelf_months", np.inf)[:, None] / MONTHS_PER_YEAR
        ends = k.until_now(np.where(self.is_adopted_by_run[:, None], k.start[None, :], k.end[None, :]) + lasts)
        done = np.asarray(k.end[:, None] <= k.start[None, :] + SAME_DATE_YEARS)
        begun = np.arange(len(k.T))[None, :] >= np.arange(len(k.T))[:, None]
        serves = np.where(self.is_adopted_by_run[:, None, None], begun, done) & ends
        return np.asarray(np.einsum("mv,mvt->mt", self.run, serves))

    def _check_models(self, checks: Checks) -> None:
        k = self.known
        axes = {"model": k.M, "period": k.T}
        by_run = self.by_run[:, None]
        limit = np.where(by_run, np.minimum(self.finished, 1.0), self.released)
        checks.equal("available models", self.available, limit, axes, unit="of a model")
        begins = np.where(by_run & self.released, np.inf, 0.0)
        checks.at_most("runs from their release", self.run, begins, axes, unit="runs")
        most = k.numbers("models", "max_runs", np.inf)
        checks.at_most("runs in the horizon", self.run.sum(axis=1), most, {"model": k.M}, unit="runs")
        self._check_bases(checks)
        if "runs" in k.whole:
            part = np.abs(self.run - np.round(self.run))
            checks.at_most("whole runs", part, 0.0, axes, unit="runs")
            part = np.abs(self.hosted - np.round(self.hosted))
            checks.at_most(
                "whole hosts", part, 0.0, {"model": k.M, "place": [*k.P, "no site"], "period": k.T}, unit="runs"
            )

    def _check_bases(self, checks: Checks) -> None:
        k = self.known
        base = k.codes("models", "base", k.M)
        done = np.asarray(k.end[:, None] <= k.start[None, :] + SAME_DATE_YEARS)
        begun = np.arange(len(k.T))[None, :] >= np.arange(len(k.T))[:, None]
        ever = np.where(self.is_adopted_by_run[:, None], self.run @ begun, self.run @ done)
        ever = np.where(self.by_run[:, None], ever, np.where(self.released, np.inf, 0.0))
        most = k.numbers("models", "max_runs", np.inf)[:, None]
        some = (ever[base] > 0) & (most > 0)  # any number of none is none
        limit = np.multiply(most, ever[base], out=np.zeros(some.shape), where=some)
        limit = np.where((base >= 0)[:, None] & self.is_trained[:, None], limit, np.inf)
        checks.at_most(
            "runs on finished bases", np.cumsum(self.run, axis=1), limit, {"model": k.M, "period": k.T}, unit="runs"
        )

    def _check_runs(self, checks: Checks) -> None:
        """The final run at its hosts, in its period; experiments anywhere, in periods that start within the twelve
        months before its end."""
        k = self.known
        axes = {"model": k.M, "period": k.T}
        placed = np.where(self.is_trained[:, None], self.run, 0.0)
        checks.between("hosted runs", self.hosted.sum(axis=1), placed, self.run, axes, unit="runs")
        work = k.rates("work", "work_zflop", {"model": k.M}) * self.is_trained
        all_work = k.rates("work", "programme_zflop", {"model": k.M}) * self.is_trained
        final = work[:, None, None] * self.hosted
        places = {"model": k.M, "place": [*k.P, "no site"], "period": k.T}
        checks.at_most("work of final runs", final, self.zflop, places, unit="ZFLOP")
        done = np.cumsum((self.zflop - final).sum(axis=1), axis=1)
        owed = np.cumsum((all_work - work)[:, None] * self.run, axis=1)
        first = np.array([int(np.argmax(k.start >= end - 1 - SAME_DATE_YEARS)) for end in k.end])
        first = np.minimum(first, np.arange(len(k.T)))
        in_window = first[None, :] <= np.arange(len(k.T))[:, None]
        could = np.einsum("mu,tu->mt", (all_work - work)[:, None] * self.run, in_window)
        size = np.cumsum(self.zflop.sum(axis=1), axis=1)
        checks.between("work of experiments", done, owed, could, axes, unit="ZFLOP", size=size)
        self._check_training_hours(checks)
        self._check_clusters(checks, work)

    def _rates(self) -> tuple[Floats, Flags]:
        """(M, G) ZFLOP per million hours, and whether the accelerator carries the model."""
        k = self.known
        rate = k.rates("training_rates", "zflop_per_mh", {"model": k.M, "accelerator": k.G})
        can = k.rates("training_rates", "can_train", {"model": k.M, "accelerator": k.G}) > 0
        return rate, np.asarray(can & (rate > 0))

    def _fastest(self) -> Floats:
        """(M, P, T) ZFLOP per million hours of the fastest accelerator held; 0 where none carries the model."""
        rate, can = self._rates()
        there = can[:, :, None, None] & (self.machines.held > 0)[None]
        return np.asarray(np.max(np.where(there, rate[:, :, None, None], 0.0), axis=1, initial=0.0))

    def _least_final_mh(self) -> Floats:
        """(M, P, T) hours of final runs if all of them ran on the fastest accelerator held."""
        fastest = self._fastest()
        work = self.known.rates("work", "work_zflop", {"model": self.known.M}) * self.is_trained
        final = work[:, None, None] * self.hosted[:, :-1]
        return np.where(fastest > 0, final / np.where(fastest > 0, fastest, 1.0), 0.0)

    def _check_training_hours(self, checks: Checks) -> None:
        """Hours aren't reported by accelerator: they lie between those of the fastest and of the slowest held."""
        k = self.known
        rate, can = self._rates()
        there = can[:, :, None, None] & (self.machines.held > 0)[None]
        slowest = np.min(np.where(there, rate[:, :, None, None], np.inf), axis=1, initial=np.inf)
        slowest = np.where(np.isfinite(slowest), slowest, 0.0)
        zflop, hours = self.zflop[:, :-1], self.train_mh[:, :-1]
        places = {"model": k.M, "place": k.P, "period": k.T}
        checks.between(
            "work by accelerator-hours", zflop, slowest * hours, self._fastest() * hours, places, unit="ZFLOP"
        )

    def _check_clusters(self, checks: Checks, work: Floats) -> None:
        k = self.known
        rate, can = self._rates()
        cluster = np.einsum("mg,gpt->mpt", rate * can, self.machines.capacity_mh)
        trains = np.array([*(True for _ in k.S), *(value == "yes" for value in k.text("clouds", "trains"))])
        cluster = cluster * trains[:, None]
        months = k.numbers("models", "max_run_months")[:, None] / MONTHS_PER_YEAR
        needed = work[:, None, None] * self.hosted[:, :-1] / np.minimum(months, k.years)[:, None, :]
        places = {"model": k.M, "place": k.P, "period": k.T}
        checks.at_most("runs finished in time at one site", needed, cluster, places, unit="ZFLOP/year")

    def _check_hours(self, checks: Checks) -> None:
        """By accelerator for serving; with training, which isn't reported by accelerator, for a place as a whole."""
        k, machines = self.known, self.machines
        capacity = machines.capacity_mh * k.years
        serving = self.over(self.serve_mh, 2, 3, 4)
        axes = {"accelerator": k.G, "place": k.P, "period": k.T}
        checks.at_most("accelerator-hours served", serving, capacity, axes, unit="million hours")
        used = serving.sum(axis=0) + self.train_mh[:, :-1].sum(axis=0)
        places = {"place": k.P, "period": k.T}
        checks.at_most("accelerator-hours", used, capacity.sum(axis=0), places, unit="million hours")
        waits = k.numbers("workloads", "deferrable_share")
        peak = (k.numbers("workloads", "peak_to_average") * (1 - waits))[self.at[0]]
        at_peak = self.over(self.serve_mh * peak, 2, 3, 4)
        checks.at_most("peak of serving", at_peak, capacity, axes, unit="million hours")
        firm = 1 - float(k.inputs.settings["flexible_share"])
        at_peak = at_peak.sum(axis=0) + firm * self._least_final_mh().sum(axis=0)
        checks.at_most("peak of serving and training", at_peak, capacity.sum(axis=0), places, unit="million hours")

    def _check_tokens(self, checks: Checks) -> None:
        k = self.known
        by_workload = {"workload": k.W, "period": k.T}
        all_axes = {"workload": k.W, "model": k.M, "period": k.T}
        asked = k.array("unserved", "demand_t", by_workload)
        checks.equal("demand", asked, self.demand, by_workload, unit="T tokens")
        found = self.served.sum(axis=1) + self.unserved + self.out_of_reach
        checks.equal("tokens served and unserved", found, self.demand, by_workload, unit="T tokens")
        best = self.sufficiency.max(axis=(1, 2), initial=0.0)
        beyond = self.demand * (1 - best)[:, None]
        checks.equal("tokens out of reach", self.out_of_reach, beyond, by_workload, unit="T tokens", size=self.demand)
        covered = self.demand[:, None] * self.sufficiency
        limit = covered * self.available
        checks.at_most("tokens of available models", self.served, limit, all_axes, unit="T tokens", size=covered)
        weaker = self.sufficiency[:, :, None] <= self.sufficiency[:, None] + 1e-12
        so_far = np.einsum("wnt,wnmt->wmt", self.served, weaker)
        checks.at_most("tokens of nested segments", so_far, covered, all_axes, unit="T tokens")
        rate = k.rates("serving_rates", "t_per_mh", {"workload": k.W, "model": k.M, "accelerator": k.G, "period": k.T})
        w, m, g, _, t = self.at
        rows = {"row of serving_hours": [str(row) for row in range(len(w))]}
        checks.equal(
            "tokens by accelerator-hours", self.tokens_t, self.serve_mh * rate[w, m, g, t], rows, unit="T tokens"
        )
        hosted = np.where(self.is_api[:, None], self.served, self.over(self.tokens_t, 0, 1, 4))
        checks.equal("tokens served somewhere", self.served, hosted, all_axes, unit="T tokens")
        most = k.numbers("models", "max_t_per_year", np.inf)[:, None] * k.years
        checks.at_most(
            "tokens of a model", self.served.sum(axis=0), most, {"model": k.M, "period": k.T}, unit="T tokens"
        )
        self._check_adoption(checks)

    def _check_adoption(self, checks: Checks) -> None:
        k = self.known
        row = k.codes("adoption", "workload", k.W)
        axes = {"workload": [k.W[w] for w in row], "period": k.T}
        adopt = self.adopt[row]
        so_far = np.cumsum(adopt, axis=1) - adopt
        yearly = k.numbers("adoption", "start_t_per_year")[:, None]
        limit = (yearly + k.numbers("adoption", "uptake_t_per_year_per_musd")[:, None] * so_far) * k.years
        stated = k.array("adoption", "limit_t", {"workload": k.W, "period": k.T})[row]
        checks.equal("uptake of applications", stated, limit, axes, unit="T tokens")
        checks.at_most("tokens within uptake", self.served.sum(axis=1)[row], limit, axes, unit="T tokens")
        most = k.numbers("adoption", "max_musd_per_year", np.inf)[:, None] * k.years
        checks.at_most("spending on applications", adopt, most, axes, unit="MUSD")

    def _check_residency(self, checks: Checks) -> None:
        k = self.known
        views = {"place": k.groups(k.place_country), "operator": k.groups(k.place_operator)}
        vendor = k.groups(k.text("accelerators", "vendor_country"))
        api = k.groups(k.text("models", "origin"))
        served = self.served.sum(axis=1)
        axes = {"workload": k.W, "period": k.T}
        near = {"foreign": ("home",), "non_allied": ("home", "allied")}
        for share, groups in near.items():
            bought = (self.served * (self.is_api & ~np.isin(api, groups))[:, None]).sum(axis=1)
            limit = k.numbers("workloads", f"{share}_share_max")[:, None] * served
            for view, group in views.items():
                tokens = self.over(self.tokens_t * ~np.isin(group, groups)[self.at[3]], 0, 4) + bought
                name = f"{share.replace('_', '-')} share of tokens by {view}"
                checks.at_most(name, tokens, limit, axes, unit="T tokens", size=served)
            chips = self.over(self.tokens_t * ~np.isin(vendor, groups)[self.at[2]], 0, 4)
            limit = k.numbers("workloads", f"{share}_vendor_share_max")[:, None] * served
            checks.at_most(
                f"{share.replace('_', '-')} vendor share of tokens", chips, limit, axes, unit="T tokens", size=served
            )

    def dynamic_mw(self) -> tuple[Floats, Floats]:
        """(P, T) least and most mean draw on top of idle, training on the least and on the most hungry machine held."""
        k = self.known
        kw = k.numbers("accelerators", "nameplate_kw") * (
            k.numbers("accelerators", "average_share") - k.numbers("accelerators", "idle_share")
        )
        serving = self.over(self.serve_mh * kw[self.at[2]], 3, 4)
        held = (self.machines.held > 0) & (kw >= 0)[:, None, None]
        training = self.train_mh[:, :-1].sum(axis=0)
        most = np.max(np.where(held, kw[:, None, None], -np.inf), axis=0, initial=-np.inf)
        least = np.min(np.where(held, kw[:, None, None], np.inf), axis=0, initial=np.inf)
        ends = (np.where(np.isfinite(end), end, 0.0) for end in (least, most))
        low, high = ((serving + training * end) / MH_PER_K_YEAR / k.years for end in ends)
        return low, high


def check_draw(known: Known, machines: Machines, tokens: Tokens, checks: Checks) -> Floats:
    """Draw of machines at sites; returns that of clouds, (U, T) mean MW of their IT, which is known exactly."""
    k = known
    axes = {"site": k.S, "period": k.T}
    idle_kw = k.numbers("accelerators", "nameplate_kw") * k.numbers("accelerators", "idle_share")
    idle = np.einsum("g,gpt->pt", idle_kw, machines.held) / K
    stated = k.array("load", "idle_mw", axes)
    mean = k.array("load", "average_it_mw", axes)
    sites = len(k.S)
    checks.equal("idle draw", stated, idle[:sites], axes, unit="MW")
    low, high = tokens.dynamic_mw()
    checks.between("mean draw", mean, idle[:sites] + low[:sites], idle[:sites] + high[:sites], axes, unit="MW")
    return np.asarray(idle[sites:] + low[sites:])
