"""What was done, in words, for the audit page. Codes stay in the record; people read these."""

from __future__ import annotations

import json

from cunwu.desk.wording import language
from cunwu.org.audit import REFUSED
from cunwu.org.models import AuditEntry

ACTS: dict[str, tuple[str, str]] = {
    "assets.correct": ("更正资产登记", "corrected an asset"),
    "assets.give_up": ("登记资产退出", "recorded that an asset went"),
    "assets.register": ("登记资产资源", "registered assets"),
    "books.add_account": ("增设科目", "added an account"),
    "books.amend_public_summary": ("修改公开摘要", "changed a public summary"),
    "books.carry_forward": ("年终结转", "carried the year forward"),
    "books.close_month": ("结账", "closed the month"),
    "books.enter_voucher": ("填制凭证", "entered a voucher"),
    "books.import_vouchers": ("导入凭证", "imported vouchers"),
    "books.open": ("建账", "opened the books"),
    "books.reconcile": ("银行对账", "reconciled with the bank"),
    "books.reopen_month": ("重新打开月份", "opened the month again"),
    "books.reverse_voucher": ("红字冲销", "reversed a voucher"),
    "books.undo_import": ("撤销导入", "undid an import"),
    "cards.issue": ("登记红牌", "issued a red card"),
    "cards.reply": ("说明红牌情况", "replied to a red card"),
    "cards.review": ("复核红牌", "reviewed a red card"),
    "cases.advise": ("附法律意见", "attached a lawyer's opinion"),
    "cases.decide_by": ("提交清理事项决定", "let a matter decide an item of the clean-up"),
    "cases.plan": ("登记处置方案", "recorded a plan for an item of the clean-up"),
    "cases.reopen": ("退回重新办理", "opened an item of the clean-up again"),
    "cases.settle": ("清理事项办结", "settled an item of the clean-up"),
    "cases.stock": ("清查建档", "took stock for the clean-up"),
    "cases.write_down": ("登记环境、矛盾", "wrote down what no ledger holds"),
    "contracts.add_paper": ("收存合同材料", "kept a paper of a contract"),
    "contracts.end": ("终止合同", "ended a contract"),
    "contracts.inspect": ("登记现场核查", "entered what was found on the spot"),
    "contracts.link_decision": ("关联合同依据的决议", "linked a contract to its decision"),
    "contracts.register": ("登记合同", "registered contracts"),
    "disclosure.answer_objection": ("答复异议", "answered an objection"),
    "disclosure.confirm_signature": ("核对纸质签名", "confirmed a paper signature"),
    "disclosure.expire": ("名单到期，只留合计", "reduced an expired list to totals"),
    "disclosure.object": ("提出异议", "objected"),
    "disclosure.overrule": ("放行脱敏提示", "overruled the redaction gate"),
    "disclosure.post_notice": ("登记上墙", "recorded a notice as put up"),
    "disclosure.prepare": ("拟订公开内容", "prepared a disclosure"),
    "disclosure.publish": ("公布", "published"),
    "disclosure.record_joint_meeting": ("登记联席会议", "recorded the joint meeting"),
    "disclosure.record_paper_signature": ("登记纸质签名", "entered a paper signature"),
    "disclosure.sign": ("审查签名", "reviewed and signed"),
    "disclosure.silence": ("记录到期未公开", "recorded that nothing was published"),
    "disclosure.take_down": ("撤下并清除", "took down and erased"),
    "disclosure.take_down_notice": ("登记撤下公示", "recorded a notice as taken off the board"),
    "duties.late": ("发现过期", "found a duty late"),
    "entrance.slow": ("尝试过多，已放慢", "was slowed down after too many attempts"),
    "findings.answer": ("答复疑点", "answered a question of the screening"),
    "findings.review": ("复核疑点", "reviewed a question of the screening"),
    "findings.screen": ("筛查合同", "screened the contracts"),
    "findings.take_up": ("疑点转为整改", "let a matter put a fault right"),
    "ledgers.import": ("导入台账", "imported a ledger"),
    "ledgers.remind": ("提醒到期合同、租金和时效", "opened reminders of contracts, rents and claims"),
    "ledgers.undo_import": ("撤销台账导入", "undid the import of a ledger"),
    "matters.answer_objection": ("答复村民异议", "answered a resident's objection"),
    "matters.attach": ("收存材料", "kept a paper"),
    "matters.issue_proof": ("出具办事凭证包", "issued a proof pack"),
    "matters.open": ("发起事项", "started a matter"),
    "matters.quote": ("登记报价", "entered a quote"),
    "matters.receive_objection": ("登记村民异议", "recorded a resident's objection"),
    "matters.step": ("办理步骤", "took a step"),
    "matters.withdraw": ("撤回事项", "withdrew a matter"),
    "meetings.call": ("召集会议", "called a meeting"),
    "meetings.cancel": ("取消会议", "cancelled a meeting"),
    "meetings.close": ("登记会议结果", "recorded a meeting"),
    "meetings.fail": ("登记流会", "recorded a failed meeting"),
    "org.appoint": ("登记任职", "recorded an appointment"),
    "org.create_organization": ("设立单位", "set up the organization"),
    "org.end_appointment": ("登记离任", "recorded the end of a term"),
    "org.declare_relation": ("申报关系", "declared a relation"),
    "org.end_by_law": ("依法终止职务", "ended an office by law"),
    "org.leave_roll": ("登记离册", "took somebody off the roll"),
    "org.read_identity": ("查看身份证号", "read an identity number"),
    "org.read_relations": ("查看关系申报", "read declared relations"),
    "org.withdraw_relation": ("撤回关系申报", "took a declaration back"),
    "receivables.acknowledge": ("登记催收或承诺", "recorded a demand or promise"),
    "receivables.make": ("按合同生成应收款", "made receivables from a contract"),
    "receivables.price_in_kind": ("实物租金折价", "priced rent in kind"),
    "receivables.receive": ("登记收款", "recorded a receipt"),
    "receivables.register": ("登记应收款", "entered a receivable"),
    "receivables.take_back": ("冲回收款", "took a receipt back"),
    "receivables.write_off": ("核销应收款", "wrote off a receivable"),
    "programmes.charge": ("登记责任人", "recorded who answers"),
    "programmes.end": ("结束专项行动", "ended a programme"),
    "programmes.join": ("安排参加专项行动", "let villages take part in a programme"),
    "programmes.start": ("部署专项行动", "started a programme"),
    "projects.accept": ("登记项目验收", "recorded a project's acceptance"),
    "projects.become_asset": ("项目形成集体资产", "entered what a project left as an asset"),
    "projects.progress": ("登记项目进度", "recorded a project's progress"),
    "projects.register": ("登记项目", "registered a project"),
    "requests.answer": ("答复联名请求", "answered a joint request"),
    "requests.register": ("登记联名请求", "registered a joint request"),
    "requests.sign": ("登记联名签名", "entered a signature"),
    "org.enrol": ("登记名册", "put somebody on the roll"),
    REFUSED: ("办理被拒绝", "was refused"),
    "ventures.dividend": ("登记分红", "recorded a dividend"),
    "ventures.end": ("登记注销退出", "recorded that a venture ended"),
    "ventures.register": ("登记合作社、公司", "registered a co-operative or company"),
}

REASONS: dict[int, tuple[str, str]] = {
    403: ("没有这项职权", "no right to it"),
    404: ("没有这个对象", "no such thing"),
    409: ("条件没有满足，或者时间没有到", "a condition was not met, or it was not the time"),
    429: ("办得太快或试错太多", "it was tried too often"),
    422: ("填写的内容不对", "what was given was wrong"),
}
"""Why somebody was refused, by the status of the refusal."""


def act(action: str) -> str:
    """The action in the reader's words; its code where there are none."""
    zh, en = ACTS.get(action, (action, action))
    return zh if language() == "zh" else en


def told(entry: AuditEntry) -> str:
    """The entry's action in words; of what was refused also why, the refusal's code and the clause."""
    if entry.action != REFUSED:
        return act(entry.action)
    zh = language() == "zh"
    details = json.loads(entry.leaf)["details"]
    reason = REASONS[details["status"]][0 if zh else 1]
    clause = details["basis"]
    if zh:
        return f"{act(REFUSED)}：{reason}（{details['code']}{f'，依据：{clause}' if clause else ''}）"
    return f"{act(REFUSED)}: {reason} ({details['code']}{f', basis: {clause}' if clause else ''})"
