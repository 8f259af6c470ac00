"""Atlas: planning classes of models and their capability by year, from `model_classes.csv`.

What follows from other figures is recomputed: work of a final run 6 · active parameters · tokens; of a run that
distils, (6 · active parameters + 2 · the teacher's) · tokens. Where the file says otherwise the recomputed figure
stands and the note says so. Tokens of the low and high continued or distilled run are what its work stands for. The
capability index of a class moves by its lag behind the frontier: the index at a shorter (longer) lag is the class's
index so much later (earlier), by the line through its years.
"""

from __future__ import annotations

from planner.prefill.sheet import Cell, Judged, Sheet
from reference import TOLERANCE, Reference, Row

DATE = "2026-09"
"""Of when the classes are: their evidence ends with the models of summer 2026."""
TRAIN_FLOP, INFER_FLOP = 6.0, 2.0
"""FLOP per parameter and token, forwards and backwards, and forwards only."""
ZFLOP_PER_B_T = 1.0
"""1e9 parameters · 1e12 tokens are 1e21 FLOP."""
FLOP_PER_ZFLOP = 1e21
ENDS = ("base", "low", "high")
YEARS = (2024, 2025, 2026, 2027, 2028, 2030)
MIDDLE = 0.5
MONTHS_PER_YEAR = 12


def tables(reference: Reference) -> list[Sheet]:
    """The tables `model_classes` and `capability`."""
    classes, capability = Sheet("model_classes"), Sheet("capability")
    for row in reference.rows("model_classes"):
        _add_class(classes, row)
        _add_capability(capability, row)
    return [classes, capability]


def _add_class(sheet: Sheet, row: Row) -> None:
    work, wrong = _work(row)
    overhead, mfu = _judged(row, "programme_overhead"), _judged(row, "mfu")
    sheet.add(
        model_class=row["class_id"],
        name=row["name"],
        total_params_b=row.maybe("total_params_b"),
        active_params_b=row.maybe("active_params_b"),
        tokens_t=_judged(row, "tokens_t"),
        **work,
        distil_teacher_active_b=row.maybe("distil_teacher_active_b"),
        overhead=overhead,
        mfu=mfu,
        weights_gb_fp8=row.maybe("weights_gb_fp8"),
        weights_gb_fp4=row.maybe("weights_gb_fp4"),
        refresh_months=row.maybe("refresh_months"),
        lag_months=_judged(row, "eci_lag_months"),
        lang_factor_foreign=row.number("lang_factor_lowresource_no_cpt"),
        lang_factor_continued=row.number("lang_factor_lowresource_with_cpt"),
        open_bases="" if row["open_base_available"] == "N" else row["open_base_examples"],
        open_licence=row["open_base_licence"],
        date=DATE,
        source="model_classes.csv: see the evidence in the note",
        confidence=row["confidence"],
        note=" ".join([row["evidence"].rstrip(".") + ".", *wrong]),
    )


def _judged(row: Row, stem: str) -> Judged | None:
    found = [row.maybe(f"{stem}_{end}") for end in ENDS]
    known = [each for each in found if each is not None]
    return Judged(*known) if len(known) == len(ENDS) else None


def _work(row: Row) -> tuple[dict[str, Cell], list[str]]:
    """Tokens and work of each route, the work recomputed, and what was corrected."""
    active, teacher = row.maybe("active_params_b"), row.maybe("distil_teacher_active_b")
    if active is None or teacher is None:
        flop = _judged(row, "pretrain_flop")
        return {"pretrain_zflop": flop and _scaled(flop, 1 / FLOP_PER_ZFLOP)}, []
    per_token = {
        "pretrain": TRAIN_FLOP * active,
        "cpt": TRAIN_FLOP * active,
        "distil": TRAIN_FLOP * active + INFER_FLOP * teacher,
    }
    wrong = []
    cells: dict[str, Cell] = {}
    for route, zflop_per_t in per_token.items():
        base = row.number("tokens_t_base" if route == "pretrain" else f"{route}_tokens_t_base")
        found = [row.number(f"{route}_flop_{end}") / FLOP_PER_ZFLOP for end in ENDS]
        tokens = [base, *(each / zflop_per_t for each in found[1:])]
        if route == "pretrain":
            tokens = [row.number(f"tokens_t_{end}") for end in ENDS]
        right = [zflop_per_t * ZFLOP_PER_B_T * each for each in tokens]
        for end, was, now in zip(ENDS, found, right, strict=True):
            if abs(was - now) > TOLERANCE * now:
                wrong.append(f"Corrected: {route} work, {end}, was {was:g} ZFLOP, parameters and tokens give {now:g}.")
        if route != "pretrain":
            cells[f"{route}_tokens_t"] = Judged(*tokens)
        cells[f"{route}_zflop"] = Judged(*right)
    return cells, wrong


def _scaled(value: Judged, factor: float) -> Judged:
    return Judged(value.value * factor, value.low * factor, value.high * factor)


def _add_capability(sheet: Sheet, row: Row) -> None:
    index = [row.number(f"eci_{year}") for year in YEARS]
    lag = _judged(row, "eci_lag_months")
    if lag is None:
        raise ValueError(f"{row.file} line {row.line} has no lag")
    for position, year in enumerate(YEARS):
        before = max(position - 1, 0)
        rise = (index[before + 1] - index[before]) / (YEARS[before + 1] - YEARS[before]) / MONTHS_PER_YEAR
        value = index[position]
        basis = row.cells.get(f"eci_{year}_basis", "")
        sheet.add(
            model_class=row["class_id"],
            year=year + MIDDLE,
            eci=Judged(value, value - rise * (lag.high - lag.value), value + rise * (lag.value - lag.low)),
            basis=basis or ("lag model" if lag.value else "extrapolated"),
            date=DATE,
            source="model_classes.csv; quality_index_eci.csv",
            confidence="medium" if basis.startswith("observed") else "low",
            note="taken as that of the middle of the year",
        )
