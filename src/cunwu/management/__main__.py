"""`python -m cunwu.management`: the same as `cunwu`, for the processes that `cunwu serve` starts."""

from cunwu.management import main

main()
