"""An invented county: places on a code that nobody has, people who do not exist, two years of books made by the real
actions with their own dates. For demonstration, tests and benchmarks; it runs only in an installation that says so.

    build("test", now=now, progress=print)     # one town, three villages, three months: some seconds
    build("full", now=now, progress=print)     # three towns, thirty villages, twenty-five months
"""
