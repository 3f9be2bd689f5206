"""Every sentence of the residents' pages, in Chinese and in English. A test checks that both say it with the same values.

Chinese as people in a village say it; English in official terms. Values stand in braces.
"""

from __future__ import annotations

from cunwu.portal.wording_of_affairs import AFFAIRS

WORDS: dict[str, tuple[str, str]] = AFFAIRS | {
    # every page
    "skip": ("跳到正文", "Skip to content"),
    "large": ("大字", "Large type"),
    "other_language": ("English", "中文"),
    "demo": (
        "演示数据，人名、地名和账目均为虚构",
        "Demonstration data: people, places and accounts are invented",
    ),
    "foot": (
        "这里的每一份公开都可以核验：扫墙上那张纸的二维码，或者下载证明自己验。",
        "Every disclosure here can be verified: scan the code on the notice board, or download the proof "
        "and check it yourself.",
    ),
    "how_link": ("怎样核验", "How to verify"),
    "open_data": ("公开日志", "Public log"),
    "chain": ("所在位置", "Where this is"),
    # find a village
    "front_title": ("{county}村务公开", "Village affairs of {county}"),
    "find": ("找自己的村", "Find your village"),
    "find_label": ("村名或拼音", "Name of the village, or its pinyin"),
    "find_none": (
        "没有找到。可以少写一个字，或者从下面的乡镇里找。",
        "Nothing found. Try fewer characters, or look under the towns below.",
    ),
    "towns": ("乡镇和村", "Towns and villages"),
    "no_places": ("还没有录入乡镇和村。", "No towns or villages have been entered yet."),
    "county_numbers": ("全县公开情况", "Disclosures in the county"),
    "number_published": ("现有公开件", "Disclosures in effect"),
    "number_running": ("还没到期", "Not yet due"),
    "number_late": ("到期未公开", "Due and not published"),
    "number_villages": ("村", "Villages"),
    "as_of": ("截至{moment}的情况。", "As of {moment}."),
    # town and county
    "town_title": ("{town}各村公开情况", "Disclosures of the villages of {town}"),
    "towns_of": ("{county}各乡镇公开情况", "Disclosures by town in {county}"),
    "village": ("村", "Village"),
    "town": ("乡镇", "Town"),
    "newest_month": ("最近公开的月份", "Newest month published"),
    "still_missing": ("到期未公开", "Due and not published"),
    "next_due": ("下一次应公开", "Next due"),
    "missing_since": ("最早一项应于{day}前公开", "the earliest was due by {day}"),
    "missing_count": ("{count}项", "{count}"),
    "none_missing": ("无", "None"),
    "nothing_yet": ("还没有", "None yet"),
    "no_villages": ("这里还没有录入村。", "No villages have been entered here yet."),
    # village
    "village_title": ("{village} · 村务公开", "{village} · village affairs"),
    "money_of": ("集体的钱 · {period}", "The collective's money · {period}"),
    "no_money": (
        "还没有公开过财务收支。下面写着应当什么时候公开。",
        "No financial statement has been published yet. The list below says when one is due.",
    ),
    "income": ("收入", "Income"),
    "expense": ("支出", "Expenditure"),
    "closing": ("月末结余", "Balance at month end"),
    "opening": ("月初结余", "Balance at month start"),
    "yuan": ("金额单位：元", "Amounts in yuan (CNY)"),
    "chart": (
        "{first}至{last}每月收入与支出的柱状图，数字见下表",
        "Bar chart of monthly income and expenditure from {first} to {last}; the table below has the figures",
    ),
    "chart_table": ("看每月的数字", "See the monthly figures"),
    "chart_caption": ("各月收入、支出和月末结余（元）", "Income, expenditure and balance by month (yuan)"),
    "month": ("月份", "Month"),
    "nil_month": (
        "本月没有发生收支，已明示零收支公开。",
        "No income or expenditure this month; published expressly as nil.",
    ),
    "more_in_than_last_month": (
        "收入比上月多{income}元，支出比上月{expense}。",
        "Income was {income} yuan more than in the month before; expenditure was {expense}.",
    ),
    "less_in_than_last_month": (
        "收入比上月少{income}元，支出比上月{expense}。",
        "Income was {income} yuan less than in the month before; expenditure was {expense}.",
    ),
    "same_in_as_last_month": (
        "收入与上月相同，支出比上月{expense}。",
        "Income was the same as in the month before; expenditure was {expense}.",
    ),
    "more_in_than_last_year": (
        "与去年同月比，收入多{income}元，支出{expense}。",
        "Against the same month last year, income was {income} yuan more and expenditure was {expense}.",
    ),
    "less_in_than_last_year": (
        "与去年同月比，收入少{income}元，支出{expense}。",
        "Against the same month last year, income was {income} yuan less and expenditure was {expense}.",
    ),
    "same_in_as_last_year": (
        "与去年同月比，收入相同，支出{expense}。",
        "Against the same month last year, income was the same and expenditure was {expense}.",
    ),
    "more": ("多{amount}元", "{amount} yuan more"),
    "less": ("少{amount}元", "{amount} yuan less"),
    "same": ("相同", "the same"),
    "read_lines": ("逐笔查看", "Read it line by line"),
    "there_and_missing": ("公开了什么，还缺什么", "What is published, and what is missing"),
    "nothing_owed": ("目前没有到期或即将到期的公开事项。", "Nothing is due or about to fall due at present."),
    "earlier": ("更早的公开", "Earlier disclosures"),
    "year_title": ("{village}{year}年公开", "{village}: disclosures of {year}"),
    "tag_published": ("已公开", "Published"),
    "tag_running": ("未到期", "Not yet due"),
    "tag_late": ("到期未公开", "Due, not published"),
    "tag_late_unread": ("未公开", "Not published"),
    "tag_superseded": ("已更正", "Superseded"),
    "tag_taken_down": ("已撤下", "Taken down"),
    "tag_expired": ("明细已到期", "Details expired"),
    "published_on": ("{day}公开", "Published on {day}"),
    "log_number": ("公开日志第{index}号", "No. {index} in the public log"),
    "being_logged": ("正在写入公开日志", "being entered in the public log"),
    "published_late": (
        "应于{day}前公开，晚了",
        "was due by {day}; published late",
    ),
    "due_until": ("应在{day}前（含当日）公开", "Due by the end of {day}"),
    "due_provisional": (
        "该年放假安排尚未公布，日期为暂定",
        "provisional: the year's public holidays are not announced yet",
    ),
    "late_since": ("应在{day}前公开，至今没有公开", "Was due by the end of {day} and has not been published"),
    "basis": ("依据：{basis}", "Basis: {basis}"),
    "told": ("已告知{level}", "{level} has been told"),
    "not_read": (
        "条文未经核对，不作为到期未公开的依据",
        "the clause has not been compared with its source and is no ground for calling this overdue",
    ),
    "silence_logged": (
        "到期未公开一事已记入公开日志第{index}号",
        "that it was not published when due is itself No. {index} in the public log",
    ),
    "counter_logged": (
        "补公开已记入公开日志第{index}号",
        "the later publication is No. {index} in the public log",
    ),
    "superseded_note": ("{day}更正：{reason}", "Superseded on {day}: {reason}"),
    "taken_down_note": ("{day}由{level}撤下：{reason}", "Taken down on {day} by {level}: {reason}"),
    "erased_note": (
        "内容已删除；撤下的记录在公开日志较新的部分，本站由更早的备份恢复",
        "The content is erased; the record of that is in a newer part of the public log than this restored site has",
    ),
    "expired_note": (
        "{day}明细公开期满，只保留合计",
        "The details expired on {day}; only totals remain",
    ),
    "boards": ("上墙情况", "On the notice boards"),
    "boards_none": ("还没有登记上墙。", "No posting on a notice board has been recorded yet."),
    "board_of": ("{period}：{words}", "{period}: {words}"),
    "board_up": (
        "{board}：{from_day}张贴，应保留至{until_day}",
        "{board}: posted on {from_day}, to stay until {until_day}",
    ),
    "board_down": (
        "{board}：{from_day}张贴，{down_day}取下",
        "{board}: posted on {from_day}, taken down on {down_day}",
    ),
    "board_short": (
        "{board}：{from_day}张贴，{down_day}取下，未满应保留的期限（至{until_day}），应当重新张贴",
        "{board}: posted on {from_day} and taken down on {down_day}, before its term ended on "
        "{until_day}; it must be posted again",
    ),
    "catalogue": ("这个村应当公开什么", "What this village must disclose"),
    "catalogue_intro": (
        "按现行规定列出。“本系统暂未办理”的，村里仍应照规定公开。",
        "As the rules in force require. What this system does not handle yet must still be disclosed by "
        "the village.",
    ),
    "handled": ("本系统办理", "Handled here"),
    "not_handled": ("本系统暂未办理", "Not handled by this system yet"),
    "frequency_monthly": ("每月", "Monthly"),
    "frequency_quarterly": ("每季度", "Quarterly"),
    "frequency_half_yearly": ("每半年", "Half-yearly"),
    "frequency_yearly": ("每年", "Yearly"),
    "frequency_event": ("发生时", "When it happens"),
    "unread_clause": ("条文未经核对", "clause not compared with its source"),
    # the sheet
    "sheet_title": ("{period}{title}", "{title}, {period}"),
    "line_by_line": ("逐笔", "Line by line"),
    "lines_caption": (
        "{period}逐笔收支，共{count}笔，金额单位：元",
        "Income and expenditure of {period}, lines: {count}, in yuan; purposes as published, in Chinese",
    ),
    "date": ("日期", "Date"),
    "what": ("事由", "Purpose"),
    "balance": ("结余", "Balance"),
    "total": ("合计", "Total"),
    "no_lines": ("本月没有现金和银行存款收支。", "No cash or bank movements this month."),
    "corrected_line": (
        "这一笔已在{period}以{ref}号凭证用红字冲正：{summary}",
        "Corrected in {period} by red-letter voucher {ref}: {summary}",
    ),
    "red_line": ("红字", "Red-letter entry"),
    "beside": ("与上月、去年同月比", "Beside last month and the same month last year"),
    "beside_caption": (
        "本月、上月和去年同月的收支（元）",
        "This month, the month before, and a year before (yuan)",
    ),
    "position": ("资产、负债和权益", "Assets, liabilities and equity"),
    "position_caption": (
        "一级科目余额（元），按财会〔2023〕14号科目",
        "Balances of first-level accounts (yuan), chart of accounts Cai Kuai [2023] No. 14",
    ),
    "account": ("科目", "Account"),
    "other_entries": ("不涉及现金和存款的记账", "Entries that move no money"),
    "other_caption": ("转账凭证（元）", "Transfer entries (yuan)"),
    "debit": ("借方", "Debit"),
    "credit": ("贷方", "Credit"),
    "reconciliation": ("银行对账", "Bank reconciliation"),
    "reconciled": (
        "月末银行对账单余额{bank}元，账面银行存款{books}元，",
        "Bank statement at month end {bank} yuan, bank account in the books {books} yuan; ",
    ),
    "reconciled_equal": ("两者一致。", "they agree."),
    "reconciled_items": ("差额逐项说明如下。", "the difference is explained item by item below."),
    "reconciliation_caption": ("未达账项（元）", "Reconciling items (yuan)"),
    "not_reconciled": ("本月没有附银行对账情况。", "No bank reconciliation accompanies this month."),
    "known_to_bank": ("银行已记、账上未记", "In the bank statement only"),
    "known_to_books": ("账上已记、银行未记", "In the books only"),
    "side": ("哪一边", "Which side"),
    "amount": ("金额", "Amount"),
    "who": ("谁公开、谁审核", "Who published, who reviewed"),
    "publisher": ("公开单位", "Published by"),
    "published_at": ("公开时间", "Published at"),
    "reviewed_by": ("审核", "Reviewed by"),
    "joint_meeting": ("联席会议", "Joint meeting"),
    "joint_meeting_was": (
        "{day}，{chair}主持，应到{expected}人，实到{present}人，同意{favour}人",
        "{day}, chaired by {chair}; {present} of {expected} present, {favour} in favour",
    ),
    "on_paper": ("纸上签字，已由另一人核对", "signed on paper, confirmed by a second person"),
    "legal_basis": ("依据", "Basis"),
    "objection": ("提出异议", "Objections"),
    "objection_until": (
        "对公布的内容有疑问，可在{day}前（含当日）向村务监督委员会提出，或者直接向村民委员会提出；张贴在公开栏的，自张贴之日起算。",
        "Residents may object until {day}, through the supervisory committee or to the villagers' "
        "committee directly; for the paper on the board the days run from its posting.",
    ),
    "log_place": ("存证", "Log entry"),
    "downloads": ("下载", "Downloads"),
    "download_a4": ("公告 A4（PDF）", "Notice, A4 (PDF)"),
    "download_a3": ("公告 A3（PDF）", "Notice, A3 (PDF)"),
    "download_xlsx": ("Excel 表格", "Excel workbook"),
    "download_csv": ("CSV 表格", "CSV"),
    "download_ocds": ("合同数据（OCDS 1.1）", "Contracts (OCDS 1.1)"),
    "download_json": ("原文（JSON）", "Published bytes (JSON)"),
    "download_bundle": ("证明（离线核验用）", "Proof bundle (for offline verification)"),
    "verify_this": ("核验这一份", "Verify this one"),
    "superseded_title": ("这一份已经更正", "This one has been superseded"),
    "superseded_by": (
        "{day}发布了更正，理由：{reason}",
        "A correction was published on {day}. Reason: {reason}",
    ),
    "to_the_new": ("看更正后的", "Read the correction"),
    "supersedes_note": (
        "这一份更正了较早的公开，理由：{reason}",
        "This one corrects an earlier disclosure. Reason: {reason}",
    ),
    "to_the_old": ("看被更正的", "Read what was corrected"),
    "recovered": (
        "恢复备份后，从公开日志和镜像补回；谁审查、谁公布没有随之补回",
        "Brought back from the public log and a mirror after a restore; who reviewed and published it did not come along",
    ),
    "level_unknown": ("有权的上级", "a higher level"),
    "lost_note": ("{day}恢复备份时，内容已丢失", "Its content was lost when a backup was restored on {day}"),
    "lost_title": ("这一份的内容已丢失", "The content of this one was lost"),
    "lost_text": (
        "{day}恢复数据时，备份和镜像里都没有这份内容。它曾经公布，存证仍在公开日志里；下载过证明文件的人，可以照常核验。",
        "When data were restored on {day}, neither the backup nor any mirror held this content. It was published and its "
        "entry is in the public log; whoever downloaded its proof can verify it as before.",
    ),
    "taken_down_title": ("这一份已经撤下", "This one has been taken down"),
    "taken_down_text": (
        "{day}由{level}撤下。理由：{reason}。内容已删除，撤下一事已记入公开日志。",
        "Taken down on {day} by {level}. Ground: {reason}. The content is erased; the takedown is entered "
        "in the public log.",
    ),
    "erased_text": (
        "内容已依法删除。何时、由谁、为何撤下，记在公开日志较新的部分；本站的数据是从更早的备份恢复的，还没有这条记录。",
        "The content is erased. When, by whom and on which ground it was taken down stands in a newer part of the public "
        "log; this site was restored from an older backup, which does not hold that record.",
    ),
    "expired_title": ("明细的公开期限已满", "The details have expired"),
    "expired_text": (
        "涉及个人的明细到{day}为止，此后只保留合计。",
        "Details concerning persons were public until {day}; only totals remain.",
    ),
    "totals_caption": ("合计", "Totals"),
    # verify
    "verify_title": ("核验 · {title}", "Verify · {title}"),
    "is_it_real": ("墙上这张纸，是真的吗", "Is the paper on the wall genuine?"),
    "not_checked_yet": ("这一页还没有核验任何东西", "Nothing has been checked on this page yet"),
    "server_says": (
        "以下只是服务器的说法：这一份由{organization}于{moment}公开，是公开日志第{index}号（从0起数）。"
        "打开网页脚本，手机会自己重新计算；也可以下载证明，离线核验。",
        "What follows is only what the server says: published by {organization} at {moment} as No. "
        "{index} (from 0) in the public log. "
        "With scripts enabled your device recomputes it; or download the proof and check it offline.",
    ),
    "key_fingerprint": ("日志公钥指纹", "Fingerprint of the log's public key"),
    "compare_fingerprint": (
        "请与纸上印的指纹逐组对照。",
        "Compare it with the one printed on the paper, group by group.",
    ),
    "entry_hash": ("存证编号（与二维码相同）", "Entry hash (the same as in the QR code)"),
    "offline_link": ("下载离线核验工具", "Get the offline verifier"),
    "whole_sheet": ("看完整的公开件", "Read the whole disclosure"),
    "verify_gone": (
        "纸上的这一份已经撤下，内容已删除，不能再核对文字；如果墙上仍贴着，应当取下。",
        "What is on the paper has been taken down and its content erased, so the text can no longer be "
        "checked; if it still hangs, it should come down.",
    ),
    # the paper
    "notice_village": ("{village}村务公开", "Village affairs of {village}"),
    "notice_foot": ("{village} · {title}", "{village} · {title}"),
    "notice_pages": ("第{page}页，共{pages}页", "Page {page} of {pages}"),
    "notice_voucher": ("凭证", "Voucher"),
    "notice_scan": ("扫码核对这张纸是不是公布的原文", "Scan to check that this paper is what was published"),
    "notice_address": ("网址（空格不用输）", "Address (without the spaces)"),
    "notice_bytes": ("按公布的原文印制", "Printed from the published bytes"),
    "notice_board": ("张贴期限", "On the board"),
    "notice_hangs": (
        "自张贴之日起不少于{days}日（{cite}）；提前揭下的应当重新张贴",
        "not less than {days} days from posting ({cite}); if removed earlier it must be posted again",
    ),
    "notice_objection": (
        "村民有疑问的，自公布之日起{days}日内向村务监督委员会提出，或者直接向村民委员会提出（{cite}）；"
        "对答复不满意的，可以向乡镇或者县级有关部门反映",
        "Residents may object within {days} days of publication, through the supervisory committee or "
        "directly to the "
        "villagers' committee ({cite}); if unsatisfied, to the township or county",
    ),
    # how
    "how_title": ("怎样核验", "How to verify"),
    "how_scan_title": ("扫墙上的二维码", "Scan the code on the wall"),
    "how_scan": (
        "用手机相机或微信扫一扫。打开的网页会下载这份公开件和它的证明，在手机上重新计算：文字和数字是不是当时公开的那一份、"
        "在不在公开日志里、日志的签名对不对。每一项都写明“查过”还是“没查”。全部查过并且对得上，才会出现红色的印。",
        "Use the camera or WeChat. The page fetches the disclosure and its proof and recomputes on your "
        "phone: whether words and figures are those published then, "
        "whether they are in the public log, whether the log's signature is right. Each item says whether "
        "it was checked. The red seal appears only when all of them were checked and hold.",
    ),
    "how_paper_title": ("把纸和网页对一遍", "Compare paper and page"),
    "how_paper": (
        "看三处：合计是不是一样；纸上的存证编号和网页上的是不是一样；纸上印的公钥指纹和网页上的是不是一样。"
        "纸上和网页上不一样的，请告诉村务监督委员会或者乡镇。",
        "Look at three things: the totals, the entry hash, and the key fingerprint must be the same on "
        "both. If they differ, tell the supervisory committee or the township.",
    ),
    "how_offline_title": ("谁都不信，自己离线验", "Trust nobody: check offline"),
    "how_offline": (
        "先存一份离线核验工具（一个网页文件，断网也能用），再从公开件页面下载“证明”，在工具里选这个文件。"
        "工具可以长期保存、互相传，不必每次从这里下载。懂技术的人可以用任何支持 C2SP 格式的程序核对整个日志。",
        "Keep the offline verifier (one web page that works without a network), download the proof bundle "
        "from a disclosure's page, and choose it in the tool. "
        "The tool can be kept and passed on. Whoever knows how can check the whole log with any C2SP "
        "program.",
    ),
    "how_proves_title": ("能证明什么，不能证明什么", "What this proves, and what it does not"),
    "how_proves": (
        "能证明：这一份确实在那个时间由那个单位公开，公开以后没有被悄悄改过、换过或者拿掉。",
        "It proves that this was published by that office at that time, and has not been altered, "
        "exchanged or withdrawn unseen.",
    ),
    "how_not_truth": (
        "不能证明：账上的数字本身是真的。那要靠村务监督委员会审核、村民提问和上级检查。",
        "It does not prove that the figures are true. That is what the supervisory committee, residents' "
        "questions and inspections are for.",
    ),
    "how_not_witness": (
        "没有独立见证时，还不能排除日志给不同的人看不同的版本。页面会写明有没有独立见证、是谁。",
        "Without an independent witness the log could still show different people different versions. The "
        "page says whether one has signed, and who.",
    ),
    "how_not_server": (
        "网页上的核验程序也是这台服务器给的。不放心，请用早先存下的离线工具，并对照纸上的公钥指纹。",
        "The program that checks in the page comes from this very server. If in doubt, use an offline "
        "tool that you kept earlier, and compare the fingerprint on the paper.",
    ),
    "witnesses": ("日志的见证", "Witnesses of the log"),
    "witness_independent": ("{name}（独立）", "{name} (independent)"),
    "witness_not_independent": ("{name}（本县自己的，不独立）", "{name} (the county's own, not independent)"),
    "no_independent_witness": ("目前没有独立见证。", "There is no independent witness yet."),
}


def say(language: str, key: str, **values: object) -> str:
    """The words for `key` in `language` ("zh" or "en") with `values` put in; KeyError, our fault, if there are none."""
    return WORDS[key][0 if language == "zh" else 1].format(**values)
