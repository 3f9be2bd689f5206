"""Every screening rule, one file each, in the order in which questions are shown."""

from cunwu.oversight.rule import Rule
from cunwu.oversight.rules import (
    area_mismatch,
    early_renewal,
    expired_in_use,
    incomplete,
    let_twice,
    long_term,
    low_rent,
    many_contracts,
    no_decision,
    not_traded,
    officer_is_party,
    oral_contract,
    other_use,
    over_long_term,
    pays_at_end,
    prepaid_beyond_term,
    split_amount,
    unpaid,
)

RULES: tuple[Rule, ...] = (
    oral_contract.RULE,
    over_long_term.RULE,
    long_term.RULE,
    low_rent.RULE,
    unpaid.RULE,
    no_decision.RULE,
    not_traded.RULE,
    pays_at_end.RULE,
    incomplete.RULE,
    officer_is_party.RULE,
    many_contracts.RULE,
    other_use.RULE,
    area_mismatch.RULE,
    let_twice.RULE,
    expired_in_use.RULE,
    prepaid_beyond_term.RULE,
    early_renewal.RULE,
    split_amount.RULE,
)
BY_NAME = {rule.name: rule for rule in RULES}
