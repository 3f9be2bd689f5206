"""Assets, contracts and what comes of them. Money is integer fen; areas are integer millionths of a mu.

A millionth of a mu holds both ways of writing exactly: six decimals of a mu, and one square metre as 1,500 of them.
What a ledger leaves blank stays null: "not stated" and "no" are different answers.
"""

from cunwu.assets.models.contracts import Contract, ContractPaper, ContractParty, Let, RentStep, Trade
from cunwu.assets.models.holdings import MU, SQUARE_METRE, Asset, LedgerImport
from cunwu.assets.models.receivables import Receipt, Receivable, WriteOff
from cunwu.assets.models.undertakings import (
    Dividend,
    Holding,
    Project,
    ProjectFund,
    ProjectProgress,
    Venture,
)

__all__ = [
    "MU",
    "SQUARE_METRE",
    "Asset",
    "Contract",
    "ContractPaper",
    "ContractParty",
    "Dividend",
    "Holding",
    "LedgerImport",
    "Let",
    "Project",
    "ProjectFund",
    "ProjectProgress",
    "Receipt",
    "Receivable",
    "RentStep",
    "Trade",
    "Venture",
    "WriteOff",
]
