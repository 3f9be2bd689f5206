"""Law and local policy as data: packs by date, working days, deadlines, periods. No Django here.

A pack is a folder of small YAML files, one entry a file, each value with its days and its clause.
`packs.load(["cn", "cn-shandong"], root)` reads a chain of them, from the nation to the county, and answers
"what holds on this day, by which clause, and who has read it":

    packs = load(["cn", "cn-shandong"], Path("packs"))
    packs.value("board_days", date(2026, 2, 1)).value          # 15
    packs.value("board_days", date(2026, 2, 1)).cite.zh        # 《村民委员会组织法》第三十五条第四款
    packs.explain("board_days", date(2026, 2, 1))              # each level's, which won, why

A pack holds no expressions and no code: behaviour is Python, in the rooms above.
"""
