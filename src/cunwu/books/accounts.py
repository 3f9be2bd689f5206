"""The accounts of one organization: found by name, made below their parent where a file brings new sub-accounts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from cunwu.books import charts
from cunwu.books.models import Account
from cunwu.errors import Invalid
from cunwu.org.models import Organization
from cunwu.org.rows import select

LONGEST_CODE, LONGEST_NAME = 20, 80
_COLUMNS = [field.attname for field in Account._meta.concrete_fields]
_ACCOUNTS = f"SELECT {', '.join(_COLUMNS)} FROM cunwu_account WHERE organization_id = %s ORDER BY code"  # noqa: S608


def create_first_level(organization: Organization) -> None:
    """The 42 accounts of 2023 in the books of `organization`."""
    Account.objects.bulk_create(
        Account(organization=organization, code=a.code, name=a.name_zh, debit_side=a.debit_side)
        for a in charts.chart().values()
    )


def accounts_of(organization: Organization) -> dict[int, Account]:
    """Every account of the organization by key, in the order of the codes, each with its parent at hand."""
    accounts = {row[0]: Account.from_db(None, _COLUMNS, row) for row in select(_ACCOUNTS, organization.pk)}
    for account in accounts.values():
        if account.parent_id is not None:
            account.parent = accounts[account.parent_id]
    return accounts


def resolve_account(organization: Organization, code: str, name: str) -> Account:
    """The account meant by a code and a name (either may be ""); a sub-account is created below a clear parent.

    Raises `Invalid`: see `AccountBook.resolve`.
    """
    book = AccountBook(organization)
    account = book.resolve(code, name)
    book.save_new()
    return account


class AccountBook:
    """All accounts of an organization in memory, for resolving many names with one query.

    New sub-accounts stay unsaved until `save_new`. `written_in` says which chart the file at hand follows, where its
    codes stand beside names that tell (`charts.chart_followed`); only codes without a name depend on it.
    """

    def __init__(self, organization: Organization, written_in: charts.Chart | None = None) -> None:
        self.organization = organization
        self.written_in = written_in
        self.new: list[Account] = []
        self._by_code: dict[str, Account] = {}
        self._by_name: dict[str, list[Account]] = {}
        self._known: dict[tuple[str, str, str], Account] = {}
        self._written: dict[str, Account] = {}
        for account in accounts_of(organization).values():
            self._keep(account)

    def resolve(self, code: str, name: str, sub: str = "") -> Account:
        """The account that a row means by the texts of its code, name and sub-account cells.

        By name: the chart of 2023, then the organization's sub-accounts, then names of 2004. The code confirms it.
        Raises `Invalid`: `account.code_contradicts`, `account.undecided` (an old name that splits),
        `account.code_ambiguous` (a code alone that means two things), `account.unknown`, `account.blank`.
        """
        key = (code, name, sub)
        if key not in self._known:
            written, path = _read(code, name, sub)
            self._known[key] = self._resolve(written, path)
            if len(written) > 3:
                self._written.setdefault(written, self._known[key])
        return self._known[key]

    def save_new(self) -> None:
        """Write the sub-accounts that were made, parents first."""
        for account in self.new:
            account.save(force_insert=True)
        self.new.clear()

    def add(self, parent: Account, name: str, code: str = "") -> Account:
        """A sub-account below `parent`, unsaved; the next free code where none is given.

        Raises `Invalid` `account.name` (blank, too long or there already), `account.code_contradicts` (taken),
        `account.too_deep` or `account.too_many`.
        """
        plain = charts.normalised(name)
        taken = self._by_code.get(code)
        if taken is not None:
            raise _contradiction(code, plain, f"{code}是“{taken.name}”", f"{code} is {taken.name}")
        if not plain or len(plain) > LONGEST_NAME or self._child(parent, plain) is not None:
            raise Invalid(
                "account.name",
                f"“{parent.name}”下不能设明细科目“{plain[:20]}”：名称为空、超过{LONGEST_NAME}字或者已有；请另起名称。",
                f"{parent.name} cannot have a sub-account “{plain[:20]}”: the name is blank, over {LONGEST_NAME} "
                "characters or in use; choose another.",
            )
        account = Account(
            organization=self.organization,
            code=code or self._free_code(parent),
            name=plain,
            parent=parent,
            debit_side=parent.debit_side,
        )
        self.new.append(account)
        self._keep(account)
        return account

    def _keep(self, account: Account) -> None:
        self._by_code[account.code] = account
        self._by_name.setdefault(charts.normalised(account.name), []).append(account)

    def _child(self, parent: Account, name: str) -> Account | None:
        named = self._by_name.get(name, ())
        return next((a for a in named if a.parent is not None and a.parent.code == parent.code), None)

    def _free_code(self, parent: Account) -> str:
        if len(parent.code) + 3 > LONGEST_CODE:
            raise Invalid(
                "account.too_deep",
                f"“{parent.name}”（{parent.code}）下不能再设明细科目，编码最多{LONGEST_CODE}位。",
                f"No further level below {parent.name} ({parent.code}); codes have {LONGEST_CODE} digits at most.",
            )
        # From 901 on: files number their own sub-accounts from 001, and the two must not meet.
        candidates = (f"{parent.code}{n:03d}" for n in (*range(901, 1000), *range(1, 901)))
        found = next((code for code in candidates if code not in self._by_code), None)
        if found is None:
            raise Invalid(
                "account.too_many",
                f"“{parent.name}”（{parent.code}）下的999个明细科目编码已经用完；请先设上一层，如按村民小组分设，再往下设。",
                f"All 999 codes below {parent.name} ({parent.code}) are taken; make a level between, by villagers' group "
                "for instance, and put the rest below it.",
            )
        return found

    def _resolve(self, code: str, path: tuple[str, ...]) -> Account:
        if not code and not any(path):
            raise Invalid("account.blank", "没有写会计科目，请补上。", "The account is missing; add it.")
        if not path and code in self._written:
            return self._written[code]
        if not path or not path[0]:
            root = self._root_of_code(code)
            return self._below(root, path[1:] or self._named_by(root, code), code)
        root, rest = self._root_of_name(code, path)
        return self._below(root, rest, code)

    def _root_of_name(self, code: str, path: tuple[str, ...]) -> tuple[Account, tuple[str, ...]]:
        target = charts.codes_by_name().get(path[0])
        if target is not None:
            if charts.meanings(code[:3]) and not charts.confirms(code[:3], target):
                raise _contradiction(code, path[0], *_meant_by(code[:3]), target=target)
            return self._by_code[target], path[1:]
        own = [a for a in self._by_name.get(path[0], ()) if a.parent is not None]
        if path[0] in charts.undecided_names():
            return self._decided(charts.undecided_names()[path[0]]), path[1:]
        if len(code) > 3 and charts.meanings(code[:3]):
            return self._root_of_code(code), path
        if len(own) == 1:
            return own[0], path[1:]
        raise self._unknown(code, path[0])

    def _decided(self, old: charts.OldAccount) -> Account:
        own = [a for a in self._by_name.get(charts.normalised(old.name), ()) if a.parent is not None]
        if len(own) == 1:
            return own[0]
        names = [f"{c} {charts.chart()[c].name_zh}" for c in old.candidates]
        raise Invalid(
            "account.undecided",
            f"“{old.name}”是2004年制度的科目，须由人决定归入哪个科目：{old.why_zh}；请改写为{'或'.join(names)}，"
            f"或者先在其中一个科目下设明细科目“{old.name}”再导入。",
            f"“{old.name}” is an account of the 2004 chart and a person must decide where it goes: {old.why_en}; write "
            f"{' or '.join(names)}, or first make a sub-account “{old.name}” below one of them.",
            candidates=list(old.candidates),
        )

    def _root_of_code(self, code: str) -> Account:
        """The account under which a code lies: the first-level one, or the sub-account decided for an old one."""
        old = charts.old_chart().get(code[:3])
        if self.written_in == "2004" and old is not None and not old.code_2023:
            return self._decided(old)
        target = charts.code_alone(code[:3], self.written_in)
        if target:
            return self._by_code[target]
        if not charts.meanings(code[:3]):
            raise self._unknown(code, "")
        zh, en = _meant_by(code[:3])
        raise Invalid(
            "account.code_ambiguous",
            f"只有科目代码{code}看不出是哪个科目：{zh}；请补写科目名称。",
            f"The code {code} alone does not say which account is meant: {en}; add the name.",
        )

    def _named_by(self, root: Account, code: str) -> tuple[str, ...]:
        """A code without a name: the first-level account itself, one that exists, or a child named by the code."""
        if len(code) <= 3 or root.code + code[3:] in self._by_code:
            return ()
        return (code,)

    def _below(self, root: Account, rest: Sequence[str], code: str) -> Account:
        own_code = root.code + code[3:] if len(code) > 3 and charts.meanings(code[:3]) else ""
        if not rest:
            return self._by_code.get(own_code, root) if own_code else root
        account = self._parent_by_prefix(root, own_code, code) if len(rest) == 1 else root
        for name in rest[:-1]:
            account = self._child(account, name) or self.add(account, name)
        leaf = self._child(account, rest[-1])
        held = self._holder(own_code, code)
        if held is not None and held is not leaf and len(held.code) > len(account.code):
            zh, en = f"本账{held.code}是“{held.name}”", f"{held.code} is {held.name} here"
            raise _contradiction(code, rest[-1], zh, en)
        fits = own_code.startswith(account.code) and len(account.code) < len(own_code) <= LONGEST_CODE
        return leaf or self.add(account, rest[-1], own_code if fits and own_code not in self._by_code else "")

    def _holder(self, own_code: str, code: str) -> Account | None:
        """Whose code it is. One that had to be moved to another first level may be taken there by chance."""
        moved = own_code[:3] != code[:3]
        return self._written.get(code) if moved and own_code else self._by_code.get(own_code)

    def _parent_by_prefix(self, root: Account, own_code: str, code: str) -> Account:
        for length in range(len(code) - 1, 3, -1):
            written, own = code[:length], root.code + code[3:length]
            parent = self._written.get(written) or self._by_code.get(own)
            if own_code and parent is not None and parent.code.startswith(root.code):
                return parent
        return root

    def _unknown(self, code: str, name: str) -> Invalid:
        near = difflib.get_close_matches(name, list(self._by_name), n=3, cutoff=0.5)
        zh = f"，是不是“{'”“'.join(near)}”" if near else ""
        en = f" (did you mean {', '.join(near)}?)" if near else ""
        return Invalid(
            "account.unknown",
            f"没有会计科目“{(code + ' ' + name).strip()}”{zh}；请写一级科目名称，或写成“一级科目/明细科目”。",
            f"There is no account “{(code + ' ' + name).strip()}”{en}; write a first-level account, or "
            "“first-level/sub-account”.",
        )


def _read(code: str, name: str, sub: str) -> tuple[str, tuple[str, ...]]:
    """The longest code among the three cells, and the path of names, an account named twice once."""
    name_code, path = charts.split_name(name)
    sub_code, below = charts.split_name(sub)
    below = tuple(part for part in below if part)
    if below[:1] == path[-1:]:
        below = below[1:]
    if not path and below:
        path = ("",) if code or name_code else ()
    written = re.sub(r"\D", "", charts.normalised(code))
    if re.search(r"[^\W\d_]", code):
        written, in_code = charts.split_name(code)
        path = in_code + tuple(part for part in path if part and part not in in_code)
    return max((written, name_code, sub_code), key=len), path + below


def _meant_by(code: str) -> tuple[str, str]:
    meant = charts.meanings(code)
    zh = "，".join(f"{code}在{year}年制度中是“{name}”" for year, name in meant.items())
    en = ", ".join(f"{code} is {name} in the chart of {year}" for year, name in meant.items())
    return zh, en


def _contradiction(code: str, name: str, zh: str, en: str, target: str = "") -> Invalid:
    own_zh = f"，“{name}”的代码是{target}" if target else ""
    own_en = f", the code of “{name}” is {target}" if target else ""
    return Invalid(
        "account.code_contradicts",
        f"科目代码{code}与科目名称“{name}”不一致：{zh}{own_zh}；请核对后改正其中一个。",
        f"The account code {code} contradicts the name “{name}”: {en}{own_en}; correct one of them.",
    )
