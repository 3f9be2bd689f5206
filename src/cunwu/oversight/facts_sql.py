"""The flat table of facts: one row a contract, in standard SQL over five plain tables that hold no names.

Days and thresholds stand in as `:name`; `oversight.engine` binds them and says it in the engine's own dialect.
"""

from __future__ import annotations

TABLES: dict[str, dict[str, str]] = {
    "contracts": {
        "contract": "BIGINT",
        "organization": "BIGINT",
        "village": "TEXT",
        "town": "TEXT",
        "county": "TEXT",
        "kind": "TEXT",
        "direction": "TEXT",
        "signed_day": "DATE",
        "from_day": "DATE",
        "until_day": "DATE",
        "ended_day": "DATE",
        "open_ended": "BOOLEAN",
        "written": "BOOLEAN",
        "uses_differ": "BOOLEAN",
        "handed_on": "BOOLEAN",
        "increase_terms": "BOOLEAN",
        "pays_at_end": "BOOLEAN",
        "prepaid_months": "BIGINT",
        "yearly_rent": "BIGINT",
        "valuation": "BIGINT",
        "worth": "BIGINT",
        "decided": "BOOLEAN",
        "in_favour": "BIGINT",
        "entitled": "BIGINT",
        "approved": "BOOLEAN",
        "traded": "BOOLEAN",
        "in_use_after": "BOOLEAN",
        "renewed": "BOOLEAN",
        "replaced_until": "DATE",
        "missing": "BIGINT",
    },
    "lets": {"contract": "BIGINT", "asset": "BIGINT", "area": "BIGINT", "measured": "BIGINT", "kind": "TEXT"},
    "parties": {
        "contract": "BIGINT",
        "village": "TEXT",
        "name_index": "BIGINT",
        "holder": "BIGINT",
        "member": "BOOLEAN",
        "identified": "BOOLEAN",
    },
    "officers": {"village": "TEXT", "name_index": "BIGINT"},
    "receivables": {"contract": "BIGINT", "owed": "BIGINT", "due_day": "DATE", "limitation_day": "DATE"},
}
"""The plain tables under the facts, their columns and types in SQL."""

FACTS = """
WITH running AS (
    SELECT c.*,
        COALESCE(from_day <= :today, TRUE) AND COALESCE(until_day > :today, TRUE) AND COALESCE(ended_day > :today, TRUE) AS runs,
        DATEDIFF('day', from_day, until_day) AS term_days,
        (EXTRACT(YEAR FROM until_day) - EXTRACT(YEAR FROM from_day)) * 10000
            + (EXTRACT(MONTH FROM until_day) - EXTRACT(MONTH FROM from_day)) * 100
            + EXTRACT(DAY FROM until_day) - EXTRACT(DAY FROM from_day) AS term
    FROM contracts AS c
),
twice AS (
    SELECT l.asset FROM lets AS l JOIN running AS r ON r.contract = l.contract WHERE r.runs OR r.in_use_after
    GROUP BY l.asset HAVING COUNT(*) > 1
),
held AS (
    SELECT l.contract, CAST(SUM(l.area) AS BIGINT) AS area, CAST(SUM(l.measured) AS BIGINT) AS measured, MIN(l.kind) AS land,
        BOOL_OR(t.asset IS NOT NULL) AS let_twice
    FROM lets AS l LEFT JOIN twice AS t ON t.asset = l.asset
    GROUP BY l.contract
),
owing AS (
    SELECT contract, SUM(owed) AS arrears, MIN(due_day) AS oldest, MIN(limitation_day) AS limitation_day
    FROM receivables WHERE owed > 0 AND due_day < :today GROUP BY contract
),
sides AS (
    SELECT p.contract, MIN(p.holder) AS holder, COUNT(*) AS others, BOOL_OR(p.member = FALSE) AS outsider,
        BOOL_AND(COALESCE(p.identified, FALSE)) AS identified, BOOL_OR(o.name_index IS NOT NULL) AS officer
    FROM parties AS p LEFT JOIN officers AS o ON o.name_index = p.name_index AND o.village = p.village
    GROUP BY p.contract
),
priced AS (
    SELECT r.town, h.land, r.yearly_rent / NULLIF(h.area, 0) * 1000000.0 AS rent_per_mu
    FROM running AS r JOIN held AS h ON h.contract = r.contract
    WHERE r.runs AND h.land NOT IN ('building', 'equipment', 'photovoltaic', 'other')
),
neighbours AS (
    SELECT town, land, MEDIAN(rent_per_mu) AS neighbour_rent, COUNT(rent_per_mu) AS neighbours
    FROM priced WHERE rent_per_mu > 0 GROUP BY town, land
),
holders AS (
    SELECT r.organization, s.holder, COUNT(*) AS holder_contracts
    FROM running AS r JOIN sides AS s ON s.contract = r.contract
    WHERE r.runs AND s.holder IS NOT NULL GROUP BY r.organization, s.holder
),
small AS (
    SELECT c.contract, c.organization, s.holder, c.signed_day, c.worth
    FROM contracts AS c JOIN sides AS s ON s.contract = c.contract
    WHERE c.worth <= :split_line AND s.holder IS NOT NULL
),
splits AS (
    SELECT one.contract, COUNT(*) AS split_contracts, SUM(two.worth) AS split_sum
    FROM small AS one JOIN small AS two
        ON two.organization = one.organization AND two.holder = one.holder
        AND ABS(DATEDIFF('day', one.signed_day, two.signed_day)) <= :split_days
    GROUP BY one.contract
)
SELECT r.contract, r.organization, r.village, r.town, r.county, r.kind, r.runs, r.direction, r.signed_day, r.from_day,
    r.until_day, r.ended_day, r.term_days, r.term, r.open_ended, r.written, r.uses_differ, r.handed_on, r.increase_terms,
    r.pays_at_end, r.prepaid_months, r.yearly_rent, r.valuation, r.worth, r.decided, r.in_favour, r.entitled, r.approved,
    r.traded, r.in_use_after, r.renewed, r.missing + CASE WHEN s.identified THEN 0 ELSE 1 END AS missing,
    DATEDIFF('day', r.signed_day, r.replaced_until) AS renewed_early,
    h.land, h.area, h.measured, COALESCE(h.let_twice, FALSE) AS let_twice,
    COALESCE(o.arrears, 0) AS arrears, DATEDIFF('day', o.oldest, :today) AS overdue,
    DATEDIFF('day', :today, o.limitation_day) AS limitation_left,
    COALESCE(s.outsider, FALSE) AS outsider, COALESCE(s.officer, FALSE) AS officer,
    r.yearly_rent / NULLIF(h.area, 0) * 1000000.0 AS rent_per_mu, n.neighbour_rent, COALESCE(n.neighbours, 0) AS neighbours,
    COALESCE(k.holder_contracts, 0) AS holder_contracts,
    COALESCE(t.split_contracts, 0) AS split_contracts, COALESCE(t.split_sum, 0) AS split_sum
FROM running AS r
LEFT JOIN held AS h ON h.contract = r.contract
LEFT JOIN owing AS o ON o.contract = r.contract
LEFT JOIN sides AS s ON s.contract = r.contract
LEFT JOIN neighbours AS n ON n.town = r.town AND n.land = h.land
LEFT JOIN holders AS k ON k.organization = r.organization AND k.holder = s.holder
LEFT JOIN splits AS t ON t.contract = r.contract
"""
