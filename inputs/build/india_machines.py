"""India programme: accelerators, what can be had of them, where they stand, what can be rented, serving rates."""

from __future__ import annotations

from dataclasses import dataclass

from reference import Reference, Row
from sheets import Judged, Sheet

NETWORK_SHARE = 0.12
"""Share of IT power that is network and storage (rates.md's default)."""
QUARTER_MONTH = {"Q1": "01", "Q2": "04", "Q3": "07", "Q4": "10"}


@dataclass(frozen=True)
class Machine:
    """An accelerator: its row in the reference file, and what a buyer must add to the chip's price.

    `adder`: server, network, storage as a share of the chip's price; `price_date`: of the reference price.
    """

    name: str
    row: str
    price_date: str
    adder: Judged
    lead_months: Judged
    last_order: str
    why: str


MACHINES = (
    Machine(
        "h100",
        "H100 SXM5 80GB",
        "2025-07",
        Judged(0.5, 0.38, 0.7),
        Judged(5, 4, 6),
        "2027-06",
        "8-way server at 1.38 times its chips (as H200), and network",
    ),
    Machine(
        "h200",
        "H200 SXM 141GB",
        "2026-06",
        Judged(0.45, 0.38, 0.6),
        Judged(5, 4, 6),
        "2028-06",
        "8-way server 326,000 USD, 40,750 a chip, and network; retail price, so a high start",
    ),
    Machine(
        "gb300",
        "GB300 (per GPU, NVL72)",
        "2025-12",
        Judged(0.75, 0.51, 0.9),
        Judged(10, 8, 12),
        "2029-12",
        "rack 4.0 MUSD is 55,556 a chip, and network; an analyst's 33 bn USD/GW all-in would be 0.8",
    ),
    Machine(
        "mi355x",
        "Instinct MI355X",
        "2025-12",
        Judged(0.5, 0.38, 0.7),
        Judged(8, 6, 12),
        "2028-12",
        "as the vendor's earlier 8-way server (246,000 USD for chips of 15,000), less in proportion, and network",
    ),
    Machine(
        "vr200",
        "VR200 / Rubin (per GPU package, NVL72)",
        "2026-05",
        Judged(1.3, 0.97, 1.67),
        Judged(12, 10, 16),
        "2031-12",
        "rack 7.8 MUSD is 108,333 a chip, and network; an analyst's 41 bn USD/GW all-in would be 1.67",
    ),
)

NEXT_YEARS = 2.5
"""From VR200's volume (late 2026) to the generation after it (first half of 2029)."""
FLOP_PER_W_GROWTH, FLOP_PER_USD_GROWTH, MEMORY_DOUBLING_YEARS = 0.40, 0.30, 4.0
"""price_trends.csv: efficiency +40 % and price-performance +30 % a year, memory doubling in 4 years."""


def accelerators(reference: Reference) -> Sheet:
    """Accelerators that can be bought, and one generation beyond what is announced, extrapolated by the trends of the
    field."""
    sheet = Sheet("accelerators")
    for machine in MACHINES:
        row = reference.row("accelerators", name=machine.row)
        sheet.add(
            accelerator=machine.name,
            vendor=row["vendor"],
            vendor_country=row["vendor_country"],
            release=_month(row["release"]),
            last_order=machine.last_order,
            price_usd=_price(row),
            price_date=machine.price_date,
            system_adder=machine.adder,
            lead_months=machine.lead_months,
            nameplate_kw=row.number("server_allin_w_per_gpu") / 1000 / (1 - NETWORK_SHARE),
            **_common(),
            bf16_tflops=row.number("bf16_dense_tflops"),
            fp8_tflops=row.maybe("fp8_dense_tflops"),
            fp4_tflops=row.maybe("fp4_dense_tflops"),
            int8_tops=row.maybe("int8_dense_tops"),
            memory_gb=row.number("memory_gb"),
            bandwidth_tb_s=row.number("memory_bandwidth_tb_s"),
            interconnect_gb_s=row.number("interconnect_gb_s"),
            tdp_w=row.number("tdp_w"),
            die_mm2=row.number("die_area_mm2"),
            tpp=row.number("tpp"),
            source="atlas-accelerators; atlas-prices",
            confidence=row["confidence"],
            note=f"{row['source']}. Estimated there: {row['estimated_fields'] or 'nothing'}. Price: "
            f"{row['price_basis']}. "
            f"System: {machine.why}. Nameplate: {row['server_w_basis']}, network and storage {NETWORK_SHARE:.0%} of "
            "the total. "
            f"{row['notes']}".strip(),
        )
    _add_second_vendor(sheet, reference)
    _add_next(sheet, reference)
    return sheet


def _common() -> dict[str, str | float | Judged]:
    """What the reference files say of all: decline of H100's volume price 2022 to 2025 was 14 % a year, GB200's 7 %,
    and rents rose in 2026; resale guides lose 38, 15, 13 % a year in years 1 to 3 on top of nothing, so 15 % on top of
    straight age."""
    return {
        "price_decline_per_year": Judged(0.10, -0.05, 0.15),
        "maintenance_share": Judged(0.04, 0.02, 0.08),
        "life_years": Judged(5, 4, 6),
        "availability": Judged(0.9, 0.85, 0.95),
        "idle_share": Judged(0.3, 0.2, 0.4),
        "average_share": Judged(0.75, 0.65, 0.85),
        "market": "datacentre",
        "resale_loss_per_year": Judged(0.15, 0.05, 0.25),
        "resale_max_share": Judged(0.3, 0.1, 0.5),
    }


def _add_second_vendor(sheet: Sheet, reference: Reference) -> None:
    row = reference.row("accelerators", name="Instinct MI455X (MI400 family, Helios)")
    like = reference.row("accelerators", name="VR200 / Rubin (per GPU package, NVL72)")
    price = like.number("est_unit_price_usd")
    sheet.add(
        accelerator="mi455x",
        vendor=row["vendor"],
        vendor_country=row["vendor_country"],
        release=_month(row["release"]),
        last_order="2034-12",
        price_usd=Judged(0.8 * price, 0.6 * price, 1.1 * price),
        price_date="2026-10",
        system_adder=Judged(1.1, 0.7, 1.5),
        lead_months=Judged(14, 10, 20),
        nameplate_kw=Judged(
            *(f * like.number("server_allin_w_per_gpu") / 1000 / (1 - NETWORK_SHARE) for f in (1.0, 0.85, 1.2))
        ),
        **_common(),
        bf16_tflops=Judged(*(f * row.number("fp8_dense_tflops") for f in (0.5, 0.2, 0.5))),
        fp8_tflops=row.number("fp8_dense_tflops"),
        fp4_tflops=row.number("fp4_dense_tflops"),
        memory_gb=row.number("memory_gb"),
        bandwidth_tb_s=row.number("memory_bandwidth_tb_s"),
        interconnect_gb_s=row.number("interconnect_gb_s"),
        tdp_w=Judged(1800, 1500, 2300),
        tpp=row.number("tpp"),
        source="atlas-accelerators",
        confidence="low",
        note=f"{row['source']}. Announced; power, price and BF16 rate aren't known: power and price from VR200 (price "
        "less a fifth), BF16 "
        "as half of FP8. It also stands for what the second vendor sells after it, to the end of the plan",
    )


def _add_next(sheet: Sheet, reference: Reference) -> None:
    before = reference.row("accelerators", name="VR200 / Rubin (per GPU package, NVL72)")
    faster = (1 + FLOP_PER_W_GROWTH) ** NEXT_YEARS
    dearer = faster / (1 + FLOP_PER_USD_GROWTH) ** NEXT_YEARS
    memory = 2 ** (NEXT_YEARS / MEMORY_DOUBLING_YEARS)

    def grown(column: str, factor: float, low: float, high: float) -> Judged:
        value = before.number(column)
        return Judged(value * factor, value * low, value * high)

    sheet.add(
        accelerator="next_2029",
        vendor="NVIDIA",
        vendor_country="US",
        release="2029-01",
        price_usd=grown("est_unit_price_usd", dearer, 1.0, 1.8),
        price_date="2029-01",
        system_adder=Judged(1.3, 0.97, 1.67),
        lead_months=Judged(12, 10, 16),
        nameplate_kw=before.number("server_allin_w_per_gpu") / 1000 / (1 - NETWORK_SHARE),
        **_common(),
        bf16_tflops=grown("bf16_dense_tflops", faster, 1.4, 3.0),
        fp8_tflops=grown("fp8_dense_tflops", faster, 1.4, 3.0),
        fp4_tflops=grown("fp4_dense_tflops", faster, 1.4, 3.0),
        memory_gb=grown("memory_gb", memory, 1.0, 2.0),
        bandwidth_tb_s=grown("memory_bandwidth_tb_s", memory, 1.2, 2.3),
        interconnect_gb_s=before.number("interconnect_gb_s"),
        tdp_w=before.number("tdp_w"),
        source="atlas-prices",
        confidence="low",
        note=f"a placeholder for the generation after VR200, {NEXT_YEARS:g} years on, at the same power: operations "
        "per W +"
        f"{FLOP_PER_W_GROWTH:.0%} and per USD +{FLOP_PER_USD_GROWTH:.0%} a year, memory doubling in "
        f"{MEMORY_DOUBLING_YEARS:g} years",
    )


def _month(quarter: str) -> str:
    year, _, which = quarter.partition("-")
    return f"{year}-{QUARTER_MONTH[which]}"


def _price(row: Row) -> Judged:
    price = row.number("est_unit_price_usd")
    return Judged(price, row.maybe("price_low_usd") or 0.8 * price, row.maybe("price_high_usd") or 1.3 * price)
