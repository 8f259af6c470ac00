"""Power: three figures for a number of accelerators, and which is for what.

IT nameplate  = units · TDP · server multiplier / (1 - network share)   sizes halls
facility peak = nameplate · peak PUE                                   sizes connections; the peak PUE is never below
the PUE
average       = nameplate · average share · PUE                        pays the bill

Network share is a share of the total, network and storage together. Blank: TDP and server multiplier are the atlas's,
network share 0.12, PUE 1.25, average share 0.75, peak PUE the PUE.

Source: server nameplates of the vendors (H100: 10.2 kW / 8 = 1.275 kW, 1.82 times its TDP), shares of Epoch AI's
data-centre method. Known error (`docs/evidence.md`): 0.84 to 1.17 of nine published clusters, median 0.99; for H100
operators report 1.65 kW (PUE 1.12), one analyst's peak is 1.81 (PUE 1.23), another's average 1.38.
Not modelled: redundancy, cooling by season, ramps.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from compute_rates.atlas import Accelerators, joined
from compute_rates.reading import Floats, Reader, answered

NETWORK_SHARE = 0.12
"""Network and storage as a share of IT power; 1.08-1.30 over server power (Epoch AI data-centre method)."""
PUE = 1.25
AVERAGE_SHARE = 0.75
"""Average over nameplate of a working server (Barroso et al., The Datacenter as a Computer, 2018)."""
MW_PER_W = 1e-6


def nameplate_mw(units: Floats, tdp_w: Floats, server_multiplier: Floats, network_share: Floats) -> Floats:
    """IT nameplate [MW] with network and storage."""
    return units * tdp_w * server_multiplier / (1 - network_share) * MW_PER_W


def answer(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds it_nameplate_mw, facility_peak_mw, average_mw [MW] and the basis of all three.

    Columns in: accelerator, units; blank or left out: pue, pue_peak, server_multiplier, network_share, average_share,
    tdp_w. Formula, source and known error: the module's docstring. Raises RatesError.
    """
    reader = Reader(frame)
    chips = Accelerators(reader)
    units = reader.numbers("units", low=0)
    reader.require(np.ones(reader.size, bool), "units")
    tdp = chips.numbers("tdp_w", needed=True)
    multiplier = chips.numbers("server_multiplier", needed=True)
    own_average = chips.numbers("average_share")
    own_network, own_pue, own_peak = (
        reader.numbers("network_share", low=0),
        reader.numbers("pue", low=1),
        reader.numbers("pue_peak", low=1),
    )
    reader.flag(own_network >= 1, "network_share", "less than 1 would be right")
    reader.flag(own_average > 1, "average_share", "at most 1 would be right")
    reader.flag(multiplier < 1, "server_multiplier", "at least 1 would be right: a server draws its chips' power too")
    reader.close()

    network = np.where(np.isnan(own_network), NETWORK_SHARE, own_network)
    pue = np.where(np.isnan(own_pue), PUE, own_pue)
    average_share = np.where(np.isnan(own_average), AVERAGE_SHARE, own_average)
    peak = np.fmax(own_peak, pue)
    nameplate = nameplate_mw(units, tdp, multiplier, network)
    server = [f"{w:.0f} W · {m:.3g}" for w, m in zip(tdp, multiplier, strict=True)]
    rest = [
        f"network {n:.3g}, PUE {p:.3g} (peak {q:.3g}), average {s:.3g}"
        for n, p, q, s in zip(network, pue, peak, average_share, strict=True)
    ]
    basis = joined(
        (np.array(server, object), np.array(rest, object), np.where(own_peak < pue, "peak PUE raised to the PUE", "")),
        reader.size,
    )
    answers = {
        "it_nameplate_mw": nameplate,
        "facility_peak_mw": nameplate * peak,
        "average_mw": nameplate * average_share * pue,
        "basis": basis,
    }
    return answered(frame, answers)
