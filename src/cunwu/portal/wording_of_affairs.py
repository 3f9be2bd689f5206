"""The sentences of the pages about matters, powers, rights and decisions; part of `wording.WORDS`."""

from __future__ import annotations

AFFAIRS: dict[str, tuple[str, str]] = {
    "key_changes": ("以前的公钥指纹", "Fingerprints of earlier keys"),
    "key_changes_why": (
        "换钥之前印的纸上是以前的指纹。旧钥签过换钥声明的，核验工具认得；遗失或可能被他人拿到的钥不能再作数，"
        "这样的纸请到村里换新，或者对照独立见证人的签名。",
        "Papers from before a change bear the earlier fingerprint. Where the earlier key signed the handover, the verifiers "
        "follow it; a key that was lost, or that somebody else may have, counts no more: have such a paper printed anew, or "
        "look at the signatures of independent witnesses.",
    ),
    "because_rotation": ("用到{moment}，按计划更换", "in use until {moment}; replaced as planned"),
    "because_loss": ("用到{moment}，因密钥遗失更换", "in use until {moment}; replaced because it was lost"),
    "because_compromise": (
        "用到{moment}，因可能被他人拿到而作废",
        "in use until {moment}; withdrawn because somebody else may have it",
    ),
    "handover": ("换钥声明", "Handover"),
    "seal_fingerprint": (
        "办事凭证包签名证书指纹（SHA-256）",
        "Fingerprint of the certificate that signs proof packs (SHA-256)",
    ),
    "compare_seal": (
        "办事凭证包（PDF）里的证书是本单位自签的，核对时看指纹是不是这一个。",
        "The certificate in a proof pack (PDF) is self-signed; compare its fingerprint with this one.",
    ),
    "decision_title": ("事项", "Matter"),
    "decision_text": ("内容", "What it is"),
    "power": ("权力", "Power"),
    "amount_yuan": ("提出时的金额（元）", "Amount as proposed, yuan"),
    "settled_yuan": ("最后确定的金额（元）", "Amount as settled, yuan"),
    "parties": ("相对人", "Other party"),
    "step": ("步骤", "Step"),
    "what_was_done": ("办理情况", "What was done"),
    "findings": ("发现的问题和建议", "What was found and advised"),
    "count_head": ("数量", "Number"),
    # matters and powers of a village
    "matters_title": ("{village} · 办事和决定", "{village} · matters and decisions"),
    "matters_short": ("正在办的事", "Matters under way"),
    "matters_count": ("正在办{count}件，超过期限{late}件。", "Under way: {count}; overdue: {late}."),
    "matters_none": ("现在没有正在办的事项。", "Nothing is under way now."),
    "matters_all": ("看每件事办到哪一步、谁在办", "See where each one stands and who holds it"),
    "matter_holder": ("经办：{names}", "with: {names}"),
    "matter_meeting": ("待开会：{meeting}", "awaits: {meeting}"),
    "meeting_called": ("{day}开{meeting}", "{meeting} on {day}"),
    "meeting_failed": (
        "{day}的{meeting}没有开成（应到{expected}人，实到{present}人，人数不够），要另行召集",
        "failed on {day}, as too few came ({meeting}, {present} of {expected}); must be called again",
    ),
    "meeting_cancelled": ("原定{day}的{meeting}取消了", "called off: {meeting}, set for {day}"),
    "vote_carried": (
        "{day}{meeting}通过：赞成{favour}票、反对{against}票、弃权{abstained}票",
        "carried on {day} ({meeting}): {favour} in favour, {against} against, {abstained} abstained",
    ),
    "vote_lost": (
        "{day}{meeting}没有通过：赞成{favour}票、反对{against}票、弃权{abstained}票",
        "not carried on {day} ({meeting}): {favour} in favour, {against} against, {abstained} abstained",
    ),
    "matter_left": ("{day}到期", "due {day}"),
    "matter_late": ("应于{day}前办，已过期", "was due {day}, overdue"),
    "matter_since": ("{day}发起", "started {day}"),
    "matter_clock": ("上墙后听取异议", "objections are heard once it is on the boards"),
    "matter_hears": ("{day}前（含当日）可以提异议", "objections are heard until {day}, that day included"),
    "decided": ("办结的事项（{year}年）", "Ended in {year}"),
    "decided_none": ("这一年没有办结的事项。", "Nothing ended in that year."),
    "decided_on": ("{day}办结", "done {day}"),
    "tag_done": ("办结", "Done"),
    "tag_withdrawn": ("撤回", "Withdrawn"),
    "withdrawn": ("{day}撤回", "withdrawn {day}"),
    "withdrawn_on": ("{day}撤回：{reason}", "withdrawn {day}: {reason}"),
    "page_number": ("第{number}页", "Page {number}"),
    "other_years": ("其他年份", "Other years"),
    "powers_title": ("小微权力清单", "Small and micro powers"),
    "powers_intro": (
        "村里能办的事，一件一张图：先办什么、后办什么、谁来办、要什么材料。",
        "What a village can do, one picture each: what comes first and what next, who acts, what papers are needed.",
    ),
    "power_title": ("{number}. {title}", "{number}. {title}"),
    "conditions": ("条件", "Conditions"),
    "papers": ("材料", "Papers"),
    "usual_days": ("一般{days}天办完。", "Usually done in {days} days."),
    "risk_of_it": ("容易出的问题：{risk}", "What goes wrong: {risk}"),
    "flow_head": ("流程图", "The flow"),
    "steps_and_days": ("{steps}步", "{steps} steps"),
    "rights_head": (
        "村民联名可以要求什么、要多少人",
        "What residents may ask for together, and how many must sign",
    ),
    "right_way": ("须{needed}人（名册{roll}人）", "{needed} must sign ({roll} on the roll)"),
    "right_no_roll": (
        "名册还没有录入，不能算出人数",
        "The roll is not entered yet, so no number can be given",
    ),
    "right_follows": ("然后：{follows}", "What follows: {follows}"),
    "requests_running": (
        "正在联名：{title}，已有{signed}人签名。",
        "Being signed: {title}, {signed} so far.",
    ),
    "take_along": ("日历和数据", "Calendar and data"),
    "calendar_link": (
        "会议和期限的日历（可以订阅）",
        "Calendar of meetings and deadlines (can be subscribed to)",
    ),
    "register_json": ("决定登记簿 JSON", "Register of decisions, JSON"),
    "register_csv": ("决定登记簿 CSV", "Register of decisions, CSV"),
    "personal_counts": (
        "其中涉及个人的事项（救助、党务）{count}件，不公布事项名称、当事人和金额。",
        "Of these, {count} are about single persons (assistance, Party affairs): neither title nor person nor sum is "
        "published.",
    ),
    # calendar
    "cal_name": ("{village}会议和期限", "Meetings and deadlines of {village}"),
    "cal_failed": ("没有开成：{title}", "Failed: {title}"),
    "cal_hears": ("异议最后一天：{title}", "Last day for objections: {title}"),
    "cal_deadline": ("期限：{title}", "Due: {title}"),
}
