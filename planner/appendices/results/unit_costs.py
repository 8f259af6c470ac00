"""F 7, unit costs: an owned accelerator-hour against rented ones, a million tokens against what an api asks.

Both are levelised: discounted money over discounted hours or tokens of the whole plan, so that an outlay stands against
all it gives. Money of layer L1 without rent, residual values taken off, over the hours that owned machines can be used;
in H100-equivalents, since machines differ. Money by layer over the tokens served; a MUSD for a T of tokens is a USD for
a million. Fixed costs (halls, connections, training runs) are spread evenly over what is used, however little that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from compute_lp.calendar import SLACK_YEARS
from planner.appendices.material import Material
from planner.appendices.results.across import across, percent
from planner.appendices.results.readings import compute, flow_factors, places, rate_of
from planner.report.blocks import Block, Column, Heading, Note, Paragraph, Table
from planner.report.charts import lines
from planner.wording import NOTABLE, number

RENT, API = "clouds", "api"
OWNED = "owned, over the plan"
HOURS_NOTE = (
    "Discounted money of layer L1 without rent, residual values taken off, over discounted hours. Machines that stood "
    "at plan start give hours and cost nothing any more, which lowers the figure; what outlives the plan counts at its "
    "residual value."
)


@dataclass(frozen=True)
class Owned:
    """Owned compute over the plan, all discounted: money in MUSD; hours that can be used, hours used, in accelerators
    and (those that can be used) in H100-equivalents; `rented_musd` what as many H100-equivalent hours would cost in the
    same periods at the least price of a cloud, NaN where no cloud is on offer in one of them."""

    musd: float
    hours: float
    used: float
    h100e_hours: float
    rented_musd: float

    @property
    def usd_per_hour(self) -> float:
        return _over(self.musd * 1e6, self.hours)

    @property
    def usd_per_used_hour(self) -> float:
        return _over(self.musd * 1e6, self.used)

    @property
    def usd_per_h100e_hour(self) -> float:
        return _over(self.musd * 1e6, self.h100e_hours)

    @property
    def rented_usd_per_h100e_hour(self) -> float:
        return _over(self.rented_musd * 1e6, self.h100e_hours)


def unit_costs(material: Material) -> Iterator[Block]:
    """Blocks of the section."""
    yield Heading("Unit costs against rental and api prices", 2)
    own, rents = owned(material), rental(material)
    by_token, asked = token_costs(material), api_prices(material)
    served = float(material.figures["served_t"])
    yield Paragraph(f"{of_hour(own, rents)} {of_token(by_token, asked)}")
    if own.hours > 0:
        yield _owned_table(own)
    if len(rents):
        yield across(
            "Rental prices of accelerators, USD an hour of one",
            rents.assign(value=rents["usd"]),
            (
                Column("cloud", "Cloud", kind="text"),
                Column("accelerator", "Accelerator", kind="text"),
                Column("size", "H100-equivalents of one", kind="text"),
            ),
            material.periods,
            flow=False,
            total=False,
            blank=True,
            note="Of commitments signed in the period, for their term. Rented hours are paid whole, used or not.",
        )
        yield from _figure(own, rents, material.periods)
    if served > NOTABLE:
        yield _token_table(by_token)
    if len(asked):
        yield across(
            "Prices of apis, USD a million output tokens",
            asked,
            (Column("model", "Model", kind="text"),),
            material.periods,
            flow=False,
            total=False,
            blank=True,
            note="In the middle of the period.",
        )
    yield Note(
        "An average isn't what one more costs: fixed costs are spread over all that is used. One more hour or token "
        "may be nearly free where machines stand idle, and dear where a limit binds; shadow prices of limits tell that."
    )


def owned(material: Material) -> Owned:
    """Owned compute over the plan."""
    cash = material.table("money")
    own = cash[(cash["layer"] == "L1") & (cash["heading"] != RENT)]["discounted_musd"].sum()
    factor = flow_factors(material.plan)
    about = places(material)["owned"]
    held = compute(material)
    held = held[held["site"].map(about).astype(bool)] if len(held) else held
    discount = held["period"].map(factor).astype(float)
    hours = held["hours"] * discount
    h100e = hours * held["accelerator"].map(rate_of(material, "h100e_8bit")).astype(float)
    least = rental(material).groupby("period")["usd_per_h100e"].min()
    used = 0.0
    for name in ("serving_hours", "training"):
        rows = material.table(name)
        if len(rows):
            rows = rows[rows["site"].map(about).astype(bool)]
            used += float((rows["accelerator_hours"] * rows["period"].map(factor)).sum())
    rented = float((h100e * held["period"].map(least).astype(float)).sum(skipna=False)) / 1e6
    return Owned(float(own), float(hours.sum()), used, float(h100e.sum()), rented)


def rental(material: Material) -> pd.DataFrame:
    """A row a cloud and period in which one can sign: `usd` an hour of one, `usd_per_h100e`, `size` in words."""
    clouds, calendar = material.inputs["clouds"], material.plan.model.calendar
    signed = material.plan.model.clouds.SIGNED
    if not signed.size:
        return pd.DataFrame(columns=["cloud", "accelerator", "size", "period", "usd", "usd_per_h100e"])
    cloud, period = signed.codes
    usd = clouds["usd_per_hour"].to_numpy(float)[cloud]
    usd = usd * (1 + clouds["price_change_per_year"].to_numpy(float)[cloud]) ** calendar.start[period]
    chip = clouds["accelerator"].astype(str).to_numpy()[cloud]
    h100e = pd.Series(chip).map(rate_of(material, "h100e_8bit")).to_numpy(float)
    return pd.DataFrame(
        {
            "cloud": clouds["cloud"].astype(str).to_numpy()[cloud],
            "accelerator": chip,
            "size": [number(float(of_one)) for of_one in h100e],
            "period": np.asarray(material.periods, dtype=object)[period],
            "usd": usd,
            "usd_per_h100e": usd / h100e,
        }
    )


def token_costs(material: Material) -> pd.DataFrame:
    """A row a part of the cost: `part`, `musd` discounted, `tokens_t` discounted that it answers, `usd_per_mtoken`."""
    cash, factor = material.table("money"), flow_factors(material.plan)
    served = material.table("serving")
    routes = material.inputs["models"].set_index("model")["route"]
    discounted = (
        served["served_t"] * served["period"].map(factor).astype(float) if len(served) else pd.Series(dtype=float)
    )
    by_api = served["model"].map(routes) == "api" if len(served) else pd.Series(dtype=bool)
    everything, bought = float(discounted.sum()), float(discounted[by_api].sum())
    own = everything - bought
    layer, heading, musd = cash["layer"], cash["heading"], cash["discounted_musd"]
    parts = (
        ("L1 compute and L2 models, own answers", layer.isin(["L1", "L2"]) & (heading != API), own),
        ("L2 fees of apis, their answers", heading == API, bought),
        ("L3 platform, all answers", layer == "L3", everything),
        ("L4 applications, all answers", layer == "L4", everything),
    )
    rows = [(part, float(musd[which].sum()), tokens) for part, which, tokens in parts]
    rows.append(("all", float(musd.sum()), everything))
    frame = pd.DataFrame(rows, columns=["part", "musd", "tokens_t"])
    frame["usd_per_mtoken"] = frame["musd"] / frame["tokens_t"].where(frame["tokens_t"] > NOTABLE)
    return frame


def api_prices(material: Material) -> pd.DataFrame:
    """`model`, `period`, `value` in USD a million output tokens, of models with the route api."""
    models, calendar = material.inputs["models"], material.plan.model.calendar
    apis = models[models["route"] == "api"]
    if apis.empty:
        return pd.DataFrame(columns=["model", "period", "value"])
    change = 1 + apis["price_change_per_year"].fillna(0.0).to_numpy(float)
    usd = apis["usd_per_mtoken"].to_numpy(float)[:, None] * change[:, None] ** calendar.middle[None, :]
    released = calendar.since_start(list(apis["available_from"]), blank=-np.inf)
    usd = np.where(calendar.start[None, :] >= released[:, None] - SLACK_YEARS, usd, np.nan)
    grid = pd.MultiIndex.from_product([apis["model"].astype(str), material.periods], names=["model", "period"])
    return pd.Series(usd.ravel(), index=grid).dropna().rename("value").reset_index()


def of_hour(own: Owned, rents: pd.DataFrame) -> str:
    """An owned hour, and the same hours rented, in H100-equivalents."""
    if own.hours <= 0:
        return "No accelerator is owned."
    told = (
        f"An owned hour of one H100-equivalent costs {_usd(own.usd_per_h100e_hour)}, of those that can be used; "
        f"{percent(own.used / own.hours)} of owned accelerator-hours are used"
    )
    if rents.empty:
        return f"{told}."
    if np.isnan(own.rented_musd):
        return f"{told}. In some periods nothing is on offer to rent."
    times = own.rented_usd_per_h100e_hour / own.usd_per_h100e_hour
    return (
        f"{told}. As many hours in the same periods would cost {_usd(own.rented_usd_per_h100e_hour)} each from the "
        f"cheapest cloud, {number(times)} times as much, were there so many to rent."
    )


def of_token(by_token: pd.DataFrame, asked: pd.DataFrame) -> str:
    """A million own tokens against the prices of apis."""
    costs = by_token.set_index("part")["usd_per_mtoken"]
    own = float(costs.iloc[0])
    if np.isnan(own):
        return "Nothing is answered by models of its own."
    told = (
        f"A million tokens answered by own models costs {_usd(own)} in compute and models, "
        f"{_usd(float(costs['all']))} with platform and applications"
    )
    if asked.empty:
        return f"{told}; no api is on offer."
    least, most = float(asked["value"].min()), float(asked["value"].max())
    between = _usd(least) if least == most else f"{number(least)} to {_usd(most)}"
    return f"{told}; apis ask {between}."


def _owned_table(own: Owned) -> Table:
    rows = [
        ("Money of layer L1 without rent, residual values off", "M USD", own.musd),
        ("Accelerator-hours that can be used", "million", own.hours / 1e6),
        ("of which used", "million", own.used / 1e6),
        ("H100-equivalent hours that can be used", "million", own.h100e_hours / 1e6),
        ("An accelerator-hour that can be used", "USD", own.usd_per_hour),
        ("An accelerator-hour that is used", "USD", own.usd_per_used_hour),
        ("An H100-equivalent hour that can be used", "USD", own.usd_per_h100e_hour),
        ("As many, rented in the same periods from the cheapest cloud", "USD", own.rented_usd_per_h100e_hour),
    ]
    columns = (Column("what", "What", kind="text"), Column("unit", "Unit", kind="text"), Column("value", "Discounted"))
    frame = pd.DataFrame(rows, columns=["what", "unit", "value"])
    return Table("An owned accelerator-hour, over the whole plan", frame, columns, HOURS_NOTE)


def _token_table(costs: pd.DataFrame) -> Table:
    return Table(
        "A million tokens served, over the whole plan",
        costs,
        (
            Column("part", "Part of the cost", kind="text"),
            Column("musd", "Money, discounted", kind="money"),
            Column("tokens_t", "Output tokens, discounted", "T"),
            Column("usd_per_mtoken", "Cost", "USD per million tokens"),
        ),
        "Residual values are taken off. Input tokens are in the cost and not in the count, as in the prices of apis "
        "here. Models of one's own and apis don't answer the same questions equally well.",
        totals=1,
    )


def _figure(own: Owned, rents: pd.DataFrame, periods: Sequence[str]) -> Iterator[Block]:
    rows = rents[["cloud", "period", "usd_per_h100e"]].rename(columns={"cloud": "series", "usd_per_h100e": "usd"})
    if own.hours > 0:
        flat = pd.DataFrame({"series": OWNED, "period": list(periods), "usd": own.usd_per_h100e_hour})
        rows = pd.concat([flat, rows], ignore_index=True)
    yield lines(
        rows,
        title="An hour of one H100-equivalent: owned and rented",
        alt=f"USD an hour by period, a line a cloud; owned over the whole plan as a level line. {of_hour(own, rents)}",
        caution="The owned line is one figure for the whole plan, and holds hours that nobody uses; rent can be ended.",
        time=Column("period", "Period", kind="text"),
        value=Column("usd", "Price", "USD an hour"),
        series=Column("series", "Whose", kind="text"),
        first=OWNED if own.hours > 0 else "",
        sheet="Owned and rented hours",
    )


def _over(amount: float, of: float) -> float:
    return amount / of if of > 0 else float("nan")


def _usd(value: float) -> str:
    return f"{number(value)} USD"
