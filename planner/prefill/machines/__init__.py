"""Machines: accelerators that can be bought, and the rates at which they serve.

accelerators    a row per machine of `machines`: the figures of the accelerator it is, and what a buyer adds (server,
                network, lead, life). Price and power that nobody has announced are those of another times a factor.
                Nameplate = watts with the server / (1 − NETWORK_SHARE). A machine some years on is the described one
                with its arithmetic, memory and price grown by the trends of `price_paths`: arithmetic per W at the same
                power, (1 + efficiency)^years; price, that over (1 + price-performance)^years; memory,
                2^(years / doubling).
throughput      measured saturated rate of the model's planning class on the accelerator that `throughput_factors`
                names, times its factors. No row where the class was measured on neither: the planner computes it.
not modelled    prices below a vendor's list for large buyers
"""

from __future__ import annotations

from collections.abc import Iterator

from compute_lp.columns import amount, key, month, months, named, per_year, share
from compute_lp.schema import Column, Inputs, Problem, Row, Table
from planner.prefill.case import CONFIDENCE, Case, atlas_table, judged, number
from planner.prefill.machines import chips
from planner.prefill.mix import served_classes
from planner.prefill.sheet import Cell, Judged, Sheet

NETWORK_SHARE = 0.12
"""Share of IT power that is network and storage (rates.md's default)."""
UNRANGED_PRICE = (0.8, 1.3)
"""Low and high of a price quoted without a range, as factors (judgement): discounts of volume, scarcity."""
FIT_ERROR = 0.05
"""Fits of serving rates through two points differ by so much without meaning anything."""
TREND_ERROR = 0.005
TRENDS = {
    "efficiency": ("energy_efficiency", "FLOP/s per W of leading accelerators"),
    "price_performance": ("price_performance", "FLOP/s per USD at fixed precision"),
    "doubling_years": ("performance", "memory capacity and bandwidth doubling time (older fit)"),
}
GROWN = {
    "bf16_tflops": "arithmetic_factor",
    "fp8_tflops": "arithmetic_factor",
    "fp4_tflops": "arithmetic_factor",
    "int8_tops": "arithmetic_factor",
    "memory_gb": "memory_factor",
    "bandwidth_tb_s": "bandwidth_factor",
    "interconnect_gb_s": None,
}


def _factor(name: str, meaning: str) -> Column:
    return amount(name, meaning, "ratio", None)


TABLES: tuple[Table, ...] = (
    chips.TABLE,
    atlas_table(
        "machines",
        "an accelerator that workbooks offer, and what a buyer adds",
        key("accelerator", "short name, as workbooks have it"),
        named("described", "the accelerator it is", "accelerators.accelerator"),
        named("like", "accelerator whose price and power stand for its own", "accelerators.accelerator", default=""),
        amount("years_on", "years of the trends since the described one", "years", 0.0),
        _factor("price_factor", "price, times that of `like`"),
        _factor("power_factor", "power, times that of `like`"),
        _factor("arithmetic_factor", "peaks, times those of the described one"),
        _factor("memory_factor", "memory, times that of the described one"),
        _factor("bandwidth_factor", "memory bandwidth, times that of the described one"),
        _factor("bf16_per_fp8", "BF16 peak over FP8 peak, where BF16 is not announced"),
        amount("tdp_w", "thermal design power, where it is not announced", "W", None),
        month("release", "first date of order; blank: quarter of release", ""),
        month("last_order", "last date of order; blank: no end", ""),
        month("price_date", "date of the price"),
        per_year("price_decline_per_year", "yearly fall of the price", -5, 0.999),
        amount("system_adder", "server, network and storage, as a share of the price", "share", high=5),
        per_year("maintenance_share", "yearly maintenance as a share of all that was paid", 0, 1),
        months("lead_months", "from order to service", high=120),
        amount("life_years", "life", "years"),
        share("availability", "share of hours it can be used"),
        share("idle_share", "draw of an idle unit, as a share of nameplate"),
        share("average_share", "draw of a working unit, as a share of nameplate"),
        per_year("resale_loss_per_year", "yearly loss of value on top of age", 0, 1),
        share("resale_max_share", "largest share of a cohort that finds a buyer"),
        required=True,
    ),
    atlas_table(
        "serving_rates",
        "measured saturated serving of a planning class on an accelerator",
        key("model_class", "planning class of models", "model_classes.model_class"),
        key("accelerator", "accelerator", "accelerators.accelerator"),
        named("precision", "number format of the weights"),
        amount("input_s_per_mtoken", "accelerator-seconds for a million input tokens", "s/Mtoken"),
        amount("output_s_per_mtoken", "accelerator-seconds for a million output tokens", "s/Mtoken"),
        amount("input_tokens_per_s", "input tokens a second, reading alone", "token/s"),
        amount("output_tokens_per_s", "output tokens a second, writing alone", "token/s"),
        required=True,
    ),
    atlas_table(
        "throughput_factors",
        "how much faster a machine serves than a measured accelerator",
        key("accelerator", "machine", "machines.accelerator"),
        named("measured", "the measured one", "accelerators.accelerator"),
        named("else_measured", "measured one for classes the first lacks", "accelerators.accelerator", default=""),
        amount("input_factor", "times its input rate", "ratio"),
        amount("output_factor", "times its output rate", "ratio"),
        required=True,
    ),
)


def check(atlas: Inputs) -> Iterator[Problem]:
    """Figures that don't follow from others: TPP, density, class, equivalents, prices, powers, rates, trends."""
    yield from chips.check(atlas)
    yield from _machines(atlas)
    yield from _serving(atlas)
    for table in TABLES:
        yield from chips.unordered(atlas, table.name)


def _machines(atlas: Inputs) -> Iterator[Problem]:
    known = {row.accelerator: row for row in atlas.rows("accelerators")}
    for row in atlas.rows("machines"):
        chip = known[row.described]
        if bool(row.like) != (row.price_factor == row.price_factor and row.power_factor == row.power_factor):
            yield row.problem("like", "goes with both factors, of price and of power", "all three or none")
        for column, instead in (
            ("price_usd", "price_factor"),
            ("server_w", "power_factor"),
            ("tdp_w", "tdp_w"),
            ("bf16_tflops", "bf16_per_fp8"),
        ):
            if number(chip, column) is None and number(row, instead) is None:
                yield row.problem(instead, f"{row.described} has no {column}", "needed here")
        release = row.release or chips.month_of(chip.release_quarter)
        if row.last_order and row.last_order < release:
            yield row.problem("last_order", f"before its release in {release}", "a later date")
        if row.years_on:
            for column, right in _grown(atlas, row.years_on).items():
                if not abs(getattr(row, column) - right) <= TREND_ERROR * right:
                    yield row.problem(column, "not what the trends of price_paths give", f"{right:.6g}")


def _grown(atlas: Inputs, years: float) -> dict[str, float]:
    paths = {(row.series, row.item): row.value for row in atlas.rows("price_paths")}
    trend = {name: paths[path] for name, path in TRENDS.items()}
    faster = (1 + trend["efficiency"]) ** years
    memory = 2 ** (years / trend["doubling_years"])
    dearer = faster / (1 + trend["price_performance"]) ** years
    return {"arithmetic_factor": faster, "price_factor": dearer, "memory_factor": memory, "bandwidth_factor": memory}


def _serving(atlas: Inputs) -> Iterator[Problem]:
    known = {row.accelerator: row for row in atlas.rows("accelerators")}
    rows = atlas.rows("serving_rates")
    for row in rows:
        for way in ("input", "output"):
            seconds, rate = getattr(row, f"{way}_s_per_mtoken"), getattr(row, f"{way}_tokens_per_s")
            if not abs(seconds * rate - 1e6) <= 1e-3 * 1e6:
                yield row.problem(f"{way}_tokens_per_s", "not the inverse of its seconds", f"{1e6 / seconds:.6g}")
        for other in rows:
            if (other.model_class, other.precision) != (row.model_class, row.precision):
                continue
            ours, theirs = known[row.accelerator], known[other.accelerator]
            if ours.architecture != theirs.architecture or ours.bandwidth_tb_s <= theirs.bandwidth_tb_s:
                continue
            if row.output_tokens_per_s < (1 - FIT_ERROR) * other.output_tokens_per_s:
                message = f"slower than {other.accelerator}, which has less memory bandwidth"
                yield row.problem("output_tokens_per_s", message, f"at least {other.output_tokens_per_s:.6g}")


def nameplate_kw(atlas: Inputs) -> dict[str, Judged | float | None]:
    """Nameplate of each machine, kW: watts with the server, over what is left beside network and storage."""
    known = {row.accelerator: row for row in atlas.rows("accelerators")}
    to_kw = 1 / 1000 / (1 - NETWORK_SHARE)
    return {
        row.accelerator: judged(row, "power_factor", known[row.like].server_w * to_kw)
        if row.like
        else judged(known[row.described], "server_w", to_kw)
        for row in atlas.rows("machines")
    }


def _price(machine: Row, chip: Row, like: Row | None) -> Judged | float | None:
    if like is not None:
        return judged(machine, "price_factor", like.price_usd)
    price = judged(chip, "price_usd")
    low, high = UNRANGED_PRICE
    return Judged(price, low * price, high * price) if isinstance(price, float) else price


def product(first: Judged | float | None, second: Judged | float | None) -> Judged:
    """Two figures multiplied, low with low and high with high. Raises ValueError where one is missing."""
    if first is None or second is None:
        raise ValueError("a product of a figure that is missing")
    one, other = (each if isinstance(each, Judged) else Judged(each, each, each) for each in (first, second))
    return Judged(one.value * other.value, one.low * other.low, one.high * other.high)


def sheets(case: Case) -> list[Sheet]:
    """accelerators, throughput."""
    return [_accelerators(case), _throughput(case)]


def _accelerators(case: Case) -> Sheet:
    sheet = Sheet("accelerators")
    nameplates = nameplate_kw(case.atlas)
    for machine in case.atlas.rows("machines"):
        chip = case.row("accelerators", accelerator=machine.described)
        like = case.row("accelerators", accelerator=machine.like) if machine.like else None
        grown = number(machine, "arithmetic_factor") is not None
        peaks: dict[str, Cell] = {
            column: judged(machine, factor, getattr(chip, column))
            if factor and number(machine, factor) is not None and number(chip, column) is not None
            else judged(chip, column)
            for column, factor in GROWN.items()
        }
        if number(machine, "bf16_per_fp8") is not None:
            peaks["bf16_tflops"] = judged(machine, "bf16_per_fp8", chip.fp8_tflops)
        sheet.add(
            accelerator=machine.accelerator,
            vendor=chip.vendor,
            vendor_country=chip.vendor_country,
            release=machine.release or chips.month_of(chip.release_quarter),
            last_order=machine.last_order,
            price_usd=_price(machine, chip, like),
            price_date=machine.price_date,
            system_adder=judged(machine, "system_adder"),
            lead_months=judged(machine, "lead_months"),
            nameplate_kw=nameplates[machine.accelerator],
            price_decline_per_year=judged(machine, "price_decline_per_year"),
            maintenance_share=judged(machine, "maintenance_share"),
            life_years=judged(machine, "life_years"),
            availability=judged(machine, "availability"),
            idle_share=judged(machine, "idle_share"),
            average_share=judged(machine, "average_share"),
            market=chip.market,
            resale_loss_per_year=judged(machine, "resale_loss_per_year"),
            resale_max_share=judged(machine, "resale_max_share"),
            **peaks,
            tdp_w=judged(machine, "tdp_w") or judged(chip, "tdp_w"),
            die_mm2=None if grown else judged(chip, "die_mm2"),
            tpp=None if grown else number(chip, "tpp"),
            source="atlas-accelerators; atlas-machines" + ("; atlas-price_paths" if machine.years_on else ""),
            confidence=max(chip.confidence, machine.confidence, key=CONFIDENCE.index),
            note=_remark(machine, chip, like),
        )
    return sheet


def _remark(machine: Row, chip: Row, like: Row | None) -> str:
    if machine.years_on:
        return f"{machine.note}. Grown from {chip.accelerator}: {machine.years_on:g} years of the trends"
    parts = [
        f"{chip.source}",
        f"Estimated there: {chip.estimated or 'nothing'}",
        f"Price and power: from {like.accelerator}" if like is not None else f"Price: {chip.price_basis}",
        f"System: {machine.note}",
        "" if like is not None else f"Nameplate: {chip.server_w_basis}, network and storage {NETWORK_SHARE:.0%} of all",
        chip.note,
    ]
    return ". ".join(part for part in parts if part)


def _throughput(case: Case) -> Sheet:
    sheet = Sheet("throughput")
    measured = {(row.model_class, row.accelerator): row for row in case.atlas.rows("serving_rates")}
    factors = case.atlas.rows("throughput_factors")
    for model, kind in served_classes(case).items():
        for factor in factors:
            rate = measured.get((kind, factor.measured)) or measured.get((kind, factor.else_measured))
            if rate is None:
                continue
            scaled = (factor.input_factor, factor.output_factor) != (1, 1)
            sheet.add(
                model=model,
                accelerator=factor.accelerator,
                input_tokens_per_s=product(judged(rate, "input_tokens_per_s"), judged(factor, "input_factor")),
                output_tokens_per_s=product(judged(rate, "output_tokens_per_s"), judged(factor, "output_factor")),
                source="atlas-serving_rates; atlas-throughput_factors",
                confidence=max(rate.confidence, factor.confidence, key=CONFIDENCE.index),
                note=f"{rate.note}, on {rate.accelerator} in {rate.precision}"
                + (f"; input times {factor.input_factor:g}, output times {factor.output_factor:g}" if scaled else "")
                + f": {factor.note}",
            )
    return sheet
