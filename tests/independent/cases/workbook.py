"""The base workbook of the cases, ways to change it, and rows of its sheets.

One existing hall at alpha with 100 MW and a connection of 200 MW, both free; energy for nothing. One accelerator,
chip: 1,000 of them (1 k) cost 10 MUSD, draw 1 MW at most, 0.75 in use and 0.25 idle, at a PUE of 1.25, and give
1,000 tokens a second each, so 31.536 T (`T_OF_K`) a year. One workload, chat, that asks for the work of 1 k in each
year; one open model that answers all of it. No discounting, no residual values, nothing flexible, no whole numbers.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

Row = dict[str, Any]

T_OF_K = 31.536
"""T of output tokens a year of 1 k at 1,000 tokens/s: 3.6 T/Mh · 8.76 Mh."""
ZFLOP_OF_K = 3153.6
"""ZFLOP a year of 1 k of chip: 1,000 TFLOP/s · MFU 0.1, 360 ZFLOP/Mh · 8.76 Mh."""
GWH_OF_MW = 8.76
"""GWh a year of a MW; also Mh a year of 1 k."""
USE_MW = 0.75 * 1.25
"""Facility MW of 1 k of chip in use."""
RATE = 0.08
"""Discount rate of the cases that discount."""


def at(date: float) -> float:
    """Weight of a payment at a date, in years since plan start."""
    return (1 + RATE) ** -date


def flow(start: float, end: float) -> float:
    """Weight of a flow of 1 a year from start to end."""
    return (at(start) - at(end)) / math.log(1 + RATE)


class Workbook(dict[str, list[Row]]):
    """Rows by sheet; the programme sheet has one row, whose columns are its settings."""

    def programme(self, **settings: Any) -> None:
        self["programme"][0].update(settings)

    def change(self, sheet: str, row: int = 0, **columns: Any) -> None:
        """Changes a row, the first unless told."""
        self[sheet][row].update(columns)

    def add(self, sheet: str, **columns: Any) -> None:
        self.setdefault(sheet, []).append(columns)

    def ask(self, *output_t_per_year: float, workload: str = "chat", input_t_per_year: float = 0) -> None:
        """Demand of a workload, period by period, in place of what it asked for."""
        self["demand"] = [row for row in self["demand"] if row["workload"] != workload]
        for period, output in zip(self["periods"], output_t_per_year, strict=True):
            self.add(
                "demand",
                workload=workload,
                period=period["period"],
                input_t_per_year=input_t_per_year,
                output_t_per_year=output,
            )

    def serve(
        self, model: str, *, chip: str = "chip", rate: float = 1000, share: float = 1, workload: str = "chat"
    ) -> None:
        """The model answers a share of the workload's requests, at a rate on the chip."""
        self["throughput"].append(speed(model, chip, rate))
        self.add("sufficiency", workload=workload, model=model, period=None, share=share)

    def serve_only(self, model: str, **how: Any) -> None:
        """As `serve`, and no other model answers anything."""
        self["throughput"], self["sufficiency"] = [], []
        self.serve(model, **how)

    def write(self, folder: Path) -> Path:
        """One CSV file per sheet that has rows."""
        folder.mkdir(parents=True)
        for sheet, rows in self.items():
            if sheet == "programme":
                rows = [{"key": key, "value": value} for key, value in rows[0].items()]
            if rows:
                columns = list(dict.fromkeys(column for row in rows for column in row))
                with (folder / f"{sheet}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, columns, restval="")
                    writer.writeheader()
                    writer.writerows(rows)
        return folder


def base(years: int) -> Workbook:
    """The base workbook, for so many years from 2027."""
    names = [str(2027 + i) for i in range(years)]
    return Workbook(
        programme=[
            {
                "name": "case", "home": "IN", "base_year": 2027, "plan_start": "2027-01", "discount_rate": 0,
                "objective": "least_cost", "grid_delay": "central", "flexible_share": 0, "integers": "none",
                "residual_values": "no",
            }
        ],
        periods=[{"period": name, "start": f"{name}-01", "years": 1} for name in names],
        countries=[
            {"country": "IN", "group": "home", "grid_co2_kg_per_mwh": 700},
            {"country": "US", "group": "allied", "grid_co2_kg_per_mwh": 300},
            {"country": "NO", "group": "haven", "grid_co2_kg_per_mwh": 20},
        ],
        sites=[site("alpha")],
        grid_offers=[{"site": "alpha", "stage": 1, "mw": 50, "lead_months": 24, "usd_per_kw": 100}],
        energy_prices=[{"zone": "west", "period": None, "usd_per_mwh": 0}],
        accelerators=[chip("chip")],
        models=[model("open")],
        workloads=[{"workload": "chat", "latency": "batch", "peak_to_average": 1, "unserved_usd_per_mtoken": 1000}],
        demand=[
            {"workload": "chat", "period": name, "input_t_per_year": 0, "output_t_per_year": T_OF_K} for name in names
        ],
        sufficiency=[{"workload": "chat", "model": "open", "period": None, "share": 1}],
        throughput=[speed("open", "chip")],
    )  # fmt: skip


def site(name: str, **columns: Any) -> Row:
    return {
        "site": name, "country": "IN", "zone": "west", "max_it_mw": 100, "existing_it_mw": 100, "build_months": 12,
        "fitout_usd_per_w": 5, "pue": 1.25, "existing_mw": 200,
    } | columns  # fmt: skip


def unbuilt(name: str, **columns: Any) -> Row:
    """A site with its connection of 200 MW and no hall, which can be had at once."""
    return site(name) | {"existing_it_mw": None, "build_months": 0} | columns


def chip(name: str, **columns: Any) -> Row:
    return {
        "accelerator": name, "vendor": "V", "vendor_country": "US", "release": "2024-01", "price_usd": 10000,
        "price_date": "2027-01", "lead_months": 0, "life_years": 10, "availability": 1, "bf16_tflops": 1000,
        "fp8_tflops": 2000, "memory_gb": 100, "bandwidth_tb_s": 4, "interconnect_gb_s": 900, "tdp_w": 700,
        "nameplate_kw": 1, "idle_share": 0.25, "average_share": 0.75, "die_mm2": 800,
    } | columns  # fmt: skip


def model(name: str, route: str = "adopt", **columns: Any) -> Row:
    return {
        "model": name, "class": "small", "route": route, "total_params_b": 8, "active_params_b": 8, "origin": "US",
        "licence": "open",
    } | columns  # fmt: skip


def api(name: str = "api", **columns: Any) -> Row:
    return model(name, "api", licence="closed", **columns)


def trained(name: str, route: str = "pretrain", **columns: Any) -> Row:
    """Its run is half a year of 1 k of chip, or faster on more, and may last a year; nothing is explored."""
    return model(name, route) | {
        "mfu": 0.1, "work_zflop": ZFLOP_OF_K / 2, "overhead": 1, "max_run_months": 12, "max_runs": 1,
        "shelf_months": 120, "origin": "IN",
    } | columns  # fmt: skip


def speed(
    model: str, chip: str, rate: float = 1000, *, latency: str | None = "batch", input_rate: float | None = None
) -> Row:
    """A measured rate, in tokens a second of one unit; with the latency of chat unless told, so that no derate
    applies."""
    return {
        "model": model, "accelerator": chip, "latency": latency, "input_tokens_per_s": input_rate,
        "output_tokens_per_s": rate,
    }  # fmt: skip


def fleet(units: float, installed: str = "2026-01") -> list[Row]:
    """Chips that stand at alpha already."""
    return [{"site": "alpha", "accelerator": "chip", "installed": installed, "units": units}]


def asset(name: str, kind: str, **columns: Any) -> Row:
    """Of alpha, at once unless told."""
    return {"site": "alpha", "asset": name, "kind": kind, "lead_months": 0} | columns


def contract(name: str, kind: str, **columns: Any) -> Row:
    return asset(name, kind, life_years=15) | columns


def cloud(name: str, usd_per_hour: float, **columns: Any) -> Row:
    """Of chips, at home; with twice what chat asks for."""
    return {
        "cloud": name, "country": "IN", "operator_country": "IN", "accelerator": "chip", "usd_per_hour": usd_per_hour,
        "max_units": 2000,
    } | columns  # fmt: skip


def day(**hourly: Any) -> list[Row]:
    """A profile of 24 hours of the zone west; each column a function of the hour, from 1."""
    return [{"zone": "west", "hour": h} | {column: value(h) for column, value in hourly.items()} for h in range(1, 25)]
