"""India programme: export rules, pots of permission and caps, of three regimes.

The rules of the regime in force come last; those of the 2025 diffusion rule and of a tightened regime stand before them
with a `from` beyond the horizon, so that they sleep, and a scenario wakes them by setting that date.
"""

from __future__ import annotations

from reference import Reference
from sheets import Judged, Sheet

ASLEEP = "2090-01"
"""First date of a rule that no plan reaches."""
CONTROLLED_TPP = 4800
"""3A090.a: TPP of 4,800 and more; every accelerator of the programme is far above it, so the density tests are left
out."""
TPP_PER_MTPP = 1e6
ANY = "any (not D:5-parented)"
LOCAL = "local or other owner without VEU"


def rules(reference: Reference) -> Sheet:
    """Rules by regime and destination; the first that matches wins."""
    sheet = Sheet("export_rules")
    current = "current-2026"
    diffusion = "diffusion-rule-2025"
    rows = (
        ("diffusion_in", "IN", "India", diffusion, LOCAL, "licence", ASLEEP),
        ("diffusion_ae", "AE", "United Arab Emirates", diffusion, LOCAL, "licence", ASLEEP),
        ("diffusion_no", "NO", "Norway", diffusion, "HQ or parent in Tier 2", "licence", ASLEEP),
        ("tightened_in", "IN", "India", "tightened", ANY, "licence", ASLEEP),
        ("tightened_ae", "AE", "United Arab Emirates", "tightened", ANY, "licence", ASLEEP),
        ("tightened_no", "NO", "Norway", "tightened", ANY, "licence", ASLEEP),
        ("current_ae", "AE", "United Arab Emirates", current, "any other owner", "licence", ""),
        ("current_in", "IN", "India", current, ANY, "free", ""),
        ("current_no", "NO", "Norway", current, ANY, "free", ""),
    )
    for name, destination, country, regime, owner, outcome, start in rows:
        row = reference.row("export_regimes", country=country, regime=regime, owner_class=owner)
        sheet.add(
            rule=name,
            destination=destination,
            min_tpp=CONTROLLED_TPP,
            market="datacentre",
            class_="3A090.a",
            outcome=outcome,
            delay_months=Judged(*(row.number(f"licence_lead_months_{each}") for each in ("central", "low", "high"))),
            price_multiplier=row.number("price_multiplier"),
            from_=start,
            source="atlas-export",
            confidence=row["confidence"],
            note=f"{regime}, owner: {owner}. {row['notes']} ({row['source']})"
            + (" Asleep: a scenario sets `from`." if start == ASLEEP else ""),
        )
    return sheet


def licences(reference: Reference) -> Sheet:
    """Pots. Under the diffusion rule the country's allocation is a pot that banks within its three years and lapses
    after."""
    sheet = Sheet("export_licences")
    total = reference.row("export_regimes", country="India", regime="diffusion-rule-2025", owner_class=LOCAL).number(
        "cap_total_tpp"
    )
    allocation = total / TPP_PER_MTPP
    for first in (2027, 2030, 2033):
        sheet.add(
            licence=f"diffusion_in_{first}",
            rule="diffusion_in",
            destination="IN",
            allocated=f"{first}-01",
            mtpp=Judged(allocation, 0.5 * allocation, 2 * allocation),
            expires_after_months=36,
            source="atlas-export",
            confidence="high" if first == 2027 else "low",
            note="790 million TPP in three years (written for 2025 to 2027), twice that with a government agreement; "
            "that it would be "
            "granted again every three years, and all of it to the programme, is assumed",
        )
    yearly = reference.row("export_regimes", country="India", regime="tightened", owner_class=ANY).number(
        "annual_cap_tpp"
    )
    for name, rule, destination, allocated, mtpp, months, note in (
        (
            "diffusion_ae_2027",
            "diffusion_ae",
            "AE",
            "2027-01",
            Judged(60, 0, 200),
            108,
            "a small part of the Emirates' own allocation, assumed",
        ),
        (
            "diffusion_no_2027",
            "diffusion_no",
            "NO",
            "2027-01",
            Judged(60, 0, 200),
            108,
            "discretionary for an owner of the second tier, assumed",
        ),
        ("tightened_ae_2027", "tightened_ae", "AE", "2027-01", Judged(60, 0, 200), 108, "assumed"),
        (
            "tightened_no_2027",
            "tightened_no",
            "NO",
            "2027-01",
            Judged(200, 60, 12000),
            108,
            "ally: pre-clearance above 1,000 GB300, assumed",
        ),
        (
            "current_ae_2028",
            "current_ae",
            "AE",
            "2028-01",
            Judged(301.5, 60, 2100),
            36,
            "assumed as large as the grant of 2025-09 to one operator (301.5 million TPP); 35,000 GB300 were granted "
            "to another",
        ),
        (
            "current_ae_2031",
            "current_ae",
            "AE",
            "2031-01",
            Judged(1000, 0, 4000),
            60,
            "assumed to follow if the first is used well",
        ),
    ):
        sheet.add(
            licence=name,
            rule=rule,
            destination=destination,
            allocated=allocated,
            mtpp=mtpp,
            expires_after_months=months,
            source="atlas-export; programme",
            confidence="low",
            note=note,
        )
    for first in range(2027, 2036):
        flow = yearly / TPP_PER_MTPP
        sheet.add(
            licence=f"tightened_in_{first}",
            rule="tightened_in",
            destination="IN",
            allocated=f"{first}-01",
            mtpp=Judged(flow, flow / 3, 12000),
            expires_after_months=12,
            source="atlas-export",
            confidence="low",
            note="stress test of the reference file: the diffusion total granted every year, not banked",
        )
    return sheet


def caps(reference: Reference) -> Sheet:
    """Caps: those of sleeping regimes bind nobody until their rule wakes."""
    sheet = Sheet("export_caps")
    holder = reference.row(
        "export_regimes",
        country="India",
        regime="diffusion-rule-2025",
        owner_class="NVEU holder (one company, this country)",
    )
    share = reference.row(
        "export_regimes",
        country="United Arab Emirates",
        regime="diffusion-rule-2025",
        owner_class="UVEU holder (Tier 1 or US parent)",
    )
    gulf = reference.row("export_regimes", country="United Arab Emirates", regime="tightened", owner_class=ANY)
    sheet.add(
        cap="validated_stock_in",
        rule="diffusion_in",
        destination="IN",
        kind="stock",
        h100e=holder.number("stock_cap_h100e_2027"),
        source="atlas-export",
        confidence=holder["confidence"],
        note="installed base of one validated end user, end of 2027, held constant; counts what was bought under the "
        "rule",
    )
    sheet.add(
        cap="tier_two_share_ae",
        rule="diffusion_ae",
        destination="AE",
        kind="share",
        share=share.number("share_cap_of_owner_global_tpp"),
        source="atlas-export",
        confidence=share["confidence"],
        note="no more than 7 % of an owner's controlled compute in one country of the second tier",
    )
    flow = gulf.number("annual_cap_tpp") / TPP_PER_MTPP
    sheet.add(
        cap="planning_flow_ae",
        rule="current_ae",
        destination="AE",
        kind="flow_year",
        mtpp=Judged(flow, 60, 6000),
        source="atlas-export",
        confidence="low",
        note="a planning ceiling, not law: the tightened regime's yearly figure; the draft deal of 2025 spoke of 6,000 "
        "a year "
        "for one Emirati company",
    )
    return sheet
