"""The closed list of what an office may do. A pack names capabilities; it cannot make one."""

from __future__ import annotations

from types import MappingProxyType

from cunwu.law.texts import Text

CAPABILITIES: MappingProxyType[str, Text] = MappingProxyType(
    {
        "books.keep": Text(
            zh="记账：导入、录入、结账、重开、结转、对账",
            en="Keep the books: import, enter, close, re-open, carry forward, reconcile",
        ),
        "books.read": Text(zh="查看尚未公开的账目", en="Read books that are not yet published"),
        "assets.keep": Text(
            zh="登记资产资源、合同、项目、应收款和收款",
            en="Register assets, contracts, projects, receivables and receipts",
        ),
        "assets.read": Text(
            zh="查看资产、合同和欠款台账", en="Read the ledgers of assets, contracts and what is owed"
        ),
        "findings.read": Text(zh="查看疑点和整改台账", en="Read findings and clean-up ledgers"),
        "findings.answer": Text(
            zh="答复疑点、转为整改事项", en="Answer a finding or make it a clean-up matter"
        ),
        "findings.review": Text(
            zh="运行筛查，复核疑点的答复和排除",
            en="Run the screening; review answers and dismissals of findings",
        ),
        "programmes.run": Text(
            zh="部署专项行动、安排试点和批次、检查验收",
            en="Run a programme: pilots, phases, inspection, acceptance",
        ),
        "programmes.work": Text(
            zh="办理专项行动的台账事项", en="Work on the matters of a programme's ledgers"
        ),
        "disclosure.prepare": Text(zh="拟订公开内容", en="Prepare a disclosure"),
        "disclosure.sign": Text(
            zh="代表村务监督委员会审查并签名", en="Review and sign for the supervisory committee"
        ),
        "disclosure.record": Text(
            zh="登记联席会议记录和纸质签名",
            en="Record the joint meeting and signatures given on paper",
        ),
        "disclosure.confirm": Text(
            zh="核对他人依纸质材料登记的内容", en="Confirm what somebody else entered from paper"
        ),
        "disclosure.publish": Text(zh="公布、更正公布", en="Publish and supersede"),
        "disclosure.post": Text(zh="登记上墙和撤下", en="Record what goes up on and comes off the board"),
        "disclosure.take_down": Text(
            zh="撤回并清除已公布的内容（留存痕迹）",
            en="Take down and erase what was published, leaving a trace",
        ),
        "redaction.overrule": Text(
            zh="说明理由后放行脱敏检查的提示", en="Overrule a hit of the redaction gate, with a reason"
        ),
        "duties.read": Text(zh="查看应办事项和期限", en="Read duties and their deadlines"),
        "meetings.hold": Text(
            zh="召集会议，登记到会、表决和记录", en="Call meetings; record attendance, votes and minutes"
        ),
        "matters.open": Text(zh="发起权力事项", en="Start a matter under one of the powers"),
        "matters.act": Text(
            zh="办理事项中由本职务承担的步骤", en="Take the steps of a matter that fall to the office"
        ),
        "requests.register": Text(
            zh="登记村民联名请求和签名", en="Register joint requests of residents and their signatures"
        ),
        "requests.answer": Text(
            zh="答复村民联名请求", en="Answer joint requests of residents for the body that receives them"
        ),
        "relations.declare": Text(
            zh="申报本人的近亲属和利害关系", en="Declare one's own near relatives and interests"
        ),
        "relations.read": Text(
            zh="查看干部申报的关系（每次查看都留痕）",
            en="Read declared relations (every look is recorded)",
        ),
        "org.appoint": Text(zh="登记任职和离任", en="Record appointments and their end"),
        "people.read": Text(
            zh="查看个人信息（每次查看都留痕）", en="Read personal data (every look is recorded)"
        ),
        "audit.read": Text(
            zh="查看个人信息查阅记录：谁、何时、看了什么、为什么",
            en="Read the record of every look at personal data: who, when, at what, why",
        ),
        "installation.operate": Text(zh="维护系统运行", en="Operate the installation"),
    }
)
