"""India programme: sources that rows name."""

from __future__ import annotations

from india_settings import WHEN
from sheets import SourceSheet

ATLAS = (
    ("atlas-sites", "sites.csv", "candidate sites: prices, waits, carbon, PUE, construction"),
    ("atlas-queues", "grid_queue_evidence.csv", "facts about connection queues"),
    ("atlas-energy", "energy_options.csv", "ways to supply a site"),
    ("atlas-accelerators", "accelerators.csv", "accelerators"),
    ("atlas-prices", "price_trends.csv", "prices and declines"),
    ("atlas-supply", "supply.csv", "shipments by vendor and year"),
    ("atlas-export", "export_regimes.csv", "export control by country, regime and owner"),
    ("atlas-models", "model_classes.csv", "planning classes of models"),
    ("atlas-runs", "training_runs.csv", "published training runs"),
    ("atlas-serving", "serving_linear_coeffs.csv", "linear fits of measured serving rates"),
    ("atlas-workloads", "workloads.csv", "public-sector workloads per million people"),
    ("atlas-sufficiency", "sufficiency_evidence.csv", "what small and large models were measured to do"),
    ("atlas-programmes", "programmes.csv", "announced national programmes"),
)
PRESS = (
    (
        "trak-14000",
        "IndiaAI Mission to be powered by 14,000 GPUs from Indian tech firms",
        "trak.in",
        "2025-02",
        "trak.in/stories/indiaai-mission-to-be-powered-by-14000-gpus-from-indian-tech-firms",
    ),
    (
        "efy-17300",
        "India installs 17,300 GPUs",
        "electronicsforyou.biz",
        "2025-06",
        "electronicsforyou.biz/industry-buzz/india-installs-17300-gpus-to-build-countrys-ai-infrastructure/",
    ),
    (
        "dailydigest-gpu",
        "IndiaAI empanelment: price reduction in the second round",
        "dailydigest360.com",
        "2025-06",
        "dailydigest360.com/feed/6326059/",
    ),
    (
        "cw-hyderabad-2024",
        "Hyderabad has second highest planned data centre capacity (Cushman and Wakefield)",
        "Deccan Chronicle",
        "2024",
        "deccanchronicle.com/amp/business/hyderabad-has-second-highest-planned-data-centre-capacity-900999",
    ),
    (
        "pv-magazine-rtc-2025",
        "India awards 420 MW in renewables tender with storage",
        "pv magazine",
        "2025-05",
        "pv-magazine.com/2025/05/28/india-awards-420-mw-in-renewables-render-with-storage/",
    ),
    (
        "saur-bess-2025",
        "Andhra Pradesh posts lowest tariff for storage backed by VGF",
        "Saur Energy",
        "2025-08",
        "saurenergy.com/solar-energy-news/ap-witnessed-lowest-tariff-for-bess-projects-backed-by-vgf-data-9672109",
    ),
    (
        "constructionworld-bess-2025",
        "Battery storage cost drops to Rs 2.1 a unit (Ministry of Power)",
        "Construction World",
        "2025-12",
        "constructionworld.in/energy-infrastructure/power-and-renewable-energy/battery-storage-cost-drops-to-rs-2.1-unit--boosting-grid-scale-adoption/83257",
    ),
    (
        "survey-2021",
        "Economic Survey 2020-21, volume 1, p. 268: 253 researchers per million",
        "Government of India",
        "2021-01",
        "indiabudget.gov.in/economicsurvey",
    ),
    (
        "udise-2022",
        "UDISE+ 2021-22: 265 million pupils",
        "Ministry of Education, via educationforallinindia.com",
        "2023",
        "educationforallinindia.com/education-landscape-india-udiseplus-2021-22/",
    ),
    (
        "embo-india",
        "39 million students in higher education, 2019-20",
        "EMBO",
        "2022",
        "embo.org/the-embo-communities/embo-communities-by-country/focus-on-india/",
    ),
    (
        "techmarge-2026",
        "India has 100 million weekly users of ChatGPT",
        "techmarge.com, after Times of India",
        "2026-02",
        "techmarge.com/2026/02/16/sam-altman-says-india-has-100m-weekly-active-chatgpt-users",
    ),
    (
        "nasscom-2025",
        "5.8 million people in the IT industry",
        "techgeekwire.com, after Nasscom",
        "2025",
        "techgeekwire.com/nasscom-president-india-poised-as-preferred-partner-in-global-tech-ecosystem",
    ),
    (
        "octoverse-2024",
        "17 million developers in India on one platform, +28 % a year",
        "IANS, after GitHub",
        "2024-10",
        "thecommunemag.com/?p=94215",
    ),
    (
        "hourly-prices-2024",
        "Hourly day-ahead prices 2024, Indian exchange",
        "HewlettPackard/sustain-cluster @ 293fbd152dae (MIT)",
        "2024",
        "github.com/HewlettPackard/sustain-cluster",
    ),
    (
        "hourly-weather-2024",
        "Hourly weather 2024, Mumbai (Open-Meteo archive), and PV output derived from it",
        "HewlettPackard/sustain-cluster @ 293fbd152dae (MIT)",
        "2024",
        "github.com/HewlettPackard/sustain-cluster",
    ),
    (
        "hourly-prices-se",
        "Hourly day-ahead prices 2022 and 2023, Swedish zones (ENTSO-E)",
        "punnoose-1620/machine-learning-project @ 8aee07950d4d (MIT)",
        "2023",
        "github.com/punnoose-1620/machine-learning-project",
    ),
    (
        "hourly-output-2017",
        "Hourly output of solar and wind 2017, Norway (EnergyScope)",
        "energyscope/EnergyScope_multi_cells @ 2140590df052 (Apache-2.0)",
        "2017",
        "github.com/energyscope/EnergyScope_multi_cells",
    ),
)


PRIMARY = ("survey-2021", "udise-2022", "hourly-prices-2024", "hourly-prices-se", "pv-magazine-rtc-2025")
"""Official figures, data series, and press that quotes an official award; the rest is press."""


def sources() -> SourceSheet:
    """Sources that rows name."""
    sheet = SourceSheet("sources")
    sheet.cite(
        "programme",
        title="Judgement of the builder of this workbook, reasons in the note",
        publisher="this project",
        date=WHEN,
        where="inputs/build",
        confidence="low",
    )
    for key, file, title in ATLAS:
        sheet.cite(
            key,
            title=f"Reference figures: {title}",
            publisher="this project, sources by row in the file",
            date="2026",
            where=f"reference/{file}",
            confidence="medium",
        )
    for key, title, publisher, when, where in PRESS:
        confidence = "high" if key in PRIMARY else "medium"
        sheet.cite(key, title=title, publisher=publisher, date=when, where=where, confidence=confidence)
    return sheet
