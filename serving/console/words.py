"""The words of the pages, in Chinese and English."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = ("zh", "en")

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("订单智能", "Order Intelligence"),
    "queue": ("审核队列", "Review queue"),
    "open": ("待审核", "open"),
    "snoozed": ("已搁置", "snoozed"),
    "closed": ("已处理", "closed"),
    "by_priority": ("按优先级", "by priority"),
    "by_age": ("按等待时间", "by age"),
    "decided": ("今日决策", "Decisions"),
    "released": ("放行", "released"),
    "reviewed": ("转人工", "to review"),
    "held": ("拦截", "held"),
    "minutes_used": ("审核分钟 / 每日", "Review minutes / a day"),
    "minutes_help": (
        "近一日送审订单所需分钟；此刻每分钟值 {price}",
        "minutes that the last day's reviews take; a minute is worth {price} just now",
    ),
    "frozen": ("包裹已发出，决策不再改变。", "The parcel has left; nothing changes any more."),
    "trial_as_intended": (
        "可参与试验（概率 {share}），未抽中：照常{intended}。",
        "Could have been tried out (probability {share}) and was not: {intended} as usual.",
    ),
    "trial_release": (
        "试验：本应{intended}，按 {share} 的概率抽中放行，以检验拦截是否准确。",
        "On trial: to {intended}, but drawn with probability {share} to be released, "
        "to see how right holding is.",
    ),
    "trial_review": (
        "试验：本应{intended}，按 {share} 的概率抽中审核，以检验放行是否遗漏。",
        "On trial: to {intended}, but drawn with probability {share} to be looked at, "
        "to see what releasing misses.",
    ),
    "waiting": ("待审核订单", "Waiting for review"),
    "empty": ("队列已清空，干得漂亮。", "The queue is empty. Well done."),
    "band": ("风险", "Risk"),
    "action": ("建议", "Action"),
    "order": ("订单", "Order"),
    "reasons": ("主要原因", "Why"),
    "amount": ("金额", "Amount"),
    "channel": ("渠道", "Channel"),
    "age": ("等待", "Age"),
    "route": ("路线", "Route"),
    "address": ("地址", "Address"),
    "loss": ("预期损失", "Expected loss"),
    "linked": ("关联订单", "Linked orders"),
    "low": ("低", "low"),
    "medium": ("中", "medium"),
    "high": ("高", "high"),
    "critical": ("极高", "critical"),
    "release": ("放行", "release"),
    "review": ("人工审核", "review"),
    "hold": ("拦截", "hold"),
    "cancel": ("取消", "cancel"),
    "raises": ("推高风险", "raises"),
    "lowers": ("降低风险", "lowers"),
    "models": ("模型", "Models"),
    "probability": ("概率", "probability"),
    "of_100": ("每 100 单类似订单约 {n} 单", "of 100 orders like this, about {n}"),
    "above": ("高于 {n}% 的近期订单", "above {n}% of recent orders"),
    "fraud": ("欺诈", "fraud"),
    "refund": ("退款", "refund"),
    "return": ("退货", "return"),
    "refusal": ("拒收", "refusal at the door"),
    "late": ("延误", "late"),
    "rules": ("命中规则", "Rules hit"),
    "shadow_hits": ("试运行规则命中", "Rules on trial that would have hit"),
    "tags": ("标签", "Tags"),
    "duplicate": ("重复订单", "Duplicate of"),
    "degraded": ("缺失部件", "Made without"),
    "timeline": ("时间线", "Timeline"),
    "features": ("特征", "Features"),
    "document": ("订单内容", "Order as received"),
    "versions": ("版本", "Versions"),
    "no_review": ("该订单已放行，无需审核。", "This order was released; nobody needs to look."),
    "key_release": ("放行 (1)", "Release (1)"),
    "key_hold": ("拦截 (2)", "Hold (2)"),
    "undo": ("撤销 (z)", "Undo (z)"),
    "back": ("返回队列 (Esc)", "Back to the queue (Esc)"),
    "decided_as": ("已处理：{verdict}（{by}）", "Closed: {verdict} ({by})"),
    "log_in": ("登录", "Log in"),
    "log_out": ("退出", "Log out"),
    "key": ("API 密钥", "API key"),
    "key_hint": (
        "粘贴具有 review 或 admin 角色的密钥；`orderintel serve` 首次启动时会打印一个。",
        "Paste a key with the role review or admin; the first `orderintel serve` prints one.",
    ),
    "user_name": ("用户名", "Name"),
    "password": ("密码", "Password"),
    "with_key": ("使用 API 密钥登录", "Log in with an API key"),
    "bad_password": ("用户名或密码不正确。", "The name or the password is wrong."),
    "too_often": (
        "登录尝试过于频繁，请稍后再试。",
        "Log-ins came too often. Wait a little, then try again.",
    ),
    "role_reviewer": ("审核员", "reviewer"),
    "role_lead": ("组长", "lead"),
    "role_planner": ("计划员", "planner"),
    "role_admin": ("管理员", "admin"),
    "role_auditor": ("审计员", "auditor"),
    "audit": ("审计日志", "Audit log"),
    "audit_at": ("时间（UTC）", "When (UTC)"),
    "audit_actor": ("操作人", "Who"),
    "audit_act": ("操作", "What"),
    "audit_subject": ("对象", "To what"),
    "audit_note": ("说明", "Note"),
    "audit_all": ("全部", "everything"),
    "audit_show": ("查看", "Show"),
    "audit_older": ("更早的记录 →", "Older lines →"),
    "audit_empty": ("还没有记录。", "Nothing has been noted yet."),
    "audit_stands": (
        "日志完整：每一行都与前一行相扣，未被改动。",
        "The log stands: every line fits the one before, and none was changed.",
    ),
    "audit_broken": (
        "日志自第 {n} 行起与密钥不符：该行被改动或缺失。",
        "From line {n} on the log does not fit its key: the line was changed or is missing.",
    ),
    "personal": ("个人信息", "Personal data"),
    "personal_phone": ("电话", "Phone"),
    "personal_email": ("邮箱", "E-mail"),
    "personal_name": ("姓名", "Name"),
    "personal_address_line": ("详细地址", "Address line"),
    "personal_ip": ("IP 地址", "IP address"),
    "reveal": ("查看明文", "Show in clear"),
    "reveal_why": ("查看原因（记入审计日志）", "Why (kept in the audit log)"),
    "revealed": (
        "此次查看及其原因已记入审计日志。",
        "That you looked, and why, is kept in the audit log.",
    ),
    "bad_key": ("密钥无效，或没有审核权限。", "The key is not valid, or may not review."),
    "retraining": ("每周再训练", "Weekly retraining"),
    "retraining_help": (
        "每项检查的理由、数字与上限都在报告里",
        "each report gives every check with its reason, figure and limit",
    ),
    "week_of": ("周", "Week"),
    "state": ("状态", "State"),
    "drift": ("漂移", "Drift"),
    "run_running": ("进行中", "running"),
    "run_done": ("完成", "done"),
    "run_failed": ("失败", "failed"),
    "outcome_promoted": ("已上线", "promoted"),
    "outcome_kept": ("维持现状", "kept"),
    "no_runs": ("还没有再训练过。", "Nothing was retrained yet."),
    "other_language": ("English", "中文"),
    "catalogue": ("特征目录", "Feature catalogue"),
    "n_features": ("{n} 个特征", "{n} features"),
    "search": ("搜索名称、含义、来源…", "search name, meaning, source…"),
    "every_purpose": ("全部", "all"),
    "risk": ("风险", "risk"),
    "abnormal": ("异常检测", "detectors"),
    "delivery": ("配送", "delivery"),
    "feature": ("特征", "Feature"),
    "meaning": ("含义", "Meaning"),
    "feature_unit": ("单位", "Unit"),
    "window": ("窗口", "Window"),
    "feature_cost": ("计算代价", "Cost"),
    "n_windows": ("{n} 个窗口", "{n} windows"),
    "sources": ("来源", "Sources"),
    "no_history": (
        "尚无历史数据：先运行 `orderintel import` 或 `orderintel demo`。",
        "There is no history yet: run `orderintel import` or `orderintel demo`.",
    ),
    "nothing_found": ("没有符合的特征。", "No feature matches."),
    "catalogue_help": (
        "/ 搜索 · Esc 清空 · j / k 上下移动 · Enter 展开来源",
        "/ search · Esc clear · j / k move · Enter show sources",
    ),
    "coverage_help": (
        "各渠道中带有所需字段的订单占比",
        "share of each channel's orders that carry what the feature needs",
    ),
    "help": (
        "j / k 上下移动 · Enter 打开 · 1 放行 · 2 拦截 · z 撤销 · r 刷新",
        "j / k move · Enter open · 1 release · 2 hold · z undo · r refresh",
    ),
    "more": ("下一页", "Next page"),
    "just_now": ("刚刚", "just now"),
    "minutes": ("{n} 分钟", "{n} min"),
    "hours": ("{n} 小时", "{n} h"),
    "days": ("{n} 天", "{n} d"),
    "conflict": (
        "该订单刚被他人处理，已刷新。",
        "Somebody else was faster; the page is up to date now.",
    ),
    "rule_page": ("规则", "Rules"),
    "rule": ("规则", "Rule"),
    "mode": ("状态", "Mode"),
    "mode_live": ("生效", "live"),
    "mode_shadow": ("试运行", "on trial"),
    "mode_off": ("停用", "off"),
    "does": ("结果", "Does"),
    "hits_30d": ("近 30 天命中", "Hits, 30 days"),
    "decided_in_the_end": ("最终决策", "Decided in the end"),
    "when_all": ("条件", "When"),
    "owner": ("负责人", "Owner"),
    "latest_hits": ("最近命中的订单", "Newest orders it fired on"),
    "rule_version": ("第 {n} 版 · {by} · {at}", "version {n} · {by} · {at}"),
    "no_rules": (
        "还没有规则。按 e 打开编辑器，从现成的规则包开始。",
        "There are no rules yet. Press e for the editor and start from a ready-made pack.",
    ),
    "rules_help": (
        "j / k 上下移动 · Enter 展开 · e 编辑",
        "j / k move · Enter show more · e edit",
    ),
    "edit_rules": ("编辑规则 (e)", "Edit rules (e)"),
    "edit_this": ("编辑这条规则", "Edit this rule"),
    "to_list": ("返回列表 (Esc)", "Back to the list (Esc)"),
    "save_rules": ("保存并生效 (Ctrl+S)", "Save and put into force (Ctrl+S)"),
    "save_note": ("改动说明（可不填）", "why it is changed (optional)"),
    "only_admin": ("只有 admin 角色的密钥可以保存。", "Only a key of the role admin may save."),
    "saved_as": ("已生效，第 {n} 版", "in force as version {n}"),
    "findings": ("检查", "Check"),
    "no_faults": ("没有问题。", "Nothing is wrong."),
    "n_errors": ("错误：{n} 处", "errors: {n}"),
    "n_warnings": ("提示：{n} 条", "warnings: {n}"),
    "would_have": ("回测", "Backtest"),
    "try_it": ("过去会怎样？(Ctrl+Enter)", "What would it have done? (Ctrl+Enter)"),
    "days_back": ("已成熟天数", "matured days"),
    "fired": ("命中", "fired"),
    "caught": ("命中坏单", "caught"),
    "missed": ("漏掉坏单", "missed"),
    "wrongly_held": ("误伤", "wrongly"),
    "precision_of": ("准确率（95% 区间）", "precision (95 %)"),
    "saved_money": ("挽回", "saved"),
    "lost_money": ("代价", "lost"),
    "stopped_anyway": ("模型也会拦", "stopped anyway"),
    "immature": ("未成熟", "immature"),
    "overlaps": ("重叠", "overlaps"),
    "blind_fields": ("历史数据没有：{fields}", "the history lacks {fields}"),
    "trial_period": (
        "{orders} 笔订单（{first} 至 {last}），坏单 {bad}；另有 {immature} 笔标签未成熟，不计入。",
        "{orders} orders from {first} to {last}, {bad} of them bad; {immature} newer ones are not "
        "judged: their labels have not matured.",
    ),
    "working": ("正在回看历史…", "looking back on the history …"),
    "versions_saved": ("历史版本", "Versions"),
    "compare": ("对比", "compare"),
    "take_over": ("取用这一版的文本", "Take this version's text"),
    "same_text": ("与当前文本相同。", "The same as the text under edit."),
    "versus": ("第 {n} 版 → 当前文本", "version {n} → the text under edit"),
    "fields": ("可用字段", "Fields"),
    "find_field": ("按名称或含义查找…", "find by name or meaning …"),
    "not_given_here": ("本店数据没有", "not in the history here"),
    "ready_made": ("现成规则包", "Ready-made"),
    "add_pack": ("加入", "add"),
    "n_rules": ("{n} 条", "{n} rules"),
    "unsaved": ("有未保存的改动，确定离开？", "There are unsaved changes. Leave?"),
    "api": ("接口文档", "API"),
    "unknown": ("未知", "unknown"),
    "share": ("占比", "share"),
    "live": ("实时", "live"),
    "country": ("国家", "country"),
    "province": ("省", "province"),
    "city": ("市", "city"),
    "district": ("区县", "district"),
    "street": ("道路", "street"),
    "house": ("门牌", "house"),
    "building": ("楼栋", "building"),
    "unit": ("单元房号", "unit"),
    "precision": ("精度", "precision"),
    "confidence": ("置信度", "confidence"),
    "warehouse": ("仓库", "warehouse"),
    "carrier": ("快递", "carrier"),
    "outlet": ("网点", "outlet"),
    "service": ("服务", "service"),
    "promised_by": ("承诺送达", "promised by"),
    "p_first_attempt": ("首次派送成功率", "first attempt succeeds"),
    "p_late": ("延误概率", "late"),
    "eta_days": ("预计天数（80% 区间）", "days (80 % interval)"),
    "cost": ("预期成本", "expected cost"),
    "address_page": ("地址确认", "Addresses"),
    "addresses_open": ("待确认", "open"),
    "addresses_settled": ("已确认", "settled"),
    "addresses_help": (
        "1 / 2 / 3 选定 · 0 都不对 · j / k 上下移动 · z 撤销",
        "1 / 2 / 3 choose · 0 none of them · j / k move · z undo",
    ),
    "addresses_empty": (
        "没有待确认的地址。",
        "No address is waiting.",
    ),
    "addresses_none": ("还没有确认过的地址。", "No address has been settled yet."),
    "typed": ("买家填写", "As typed"),
    "n_equal": ("{n} 单相同", "{n} equal"),
    "settles_equal": ("一键同时确认 {n} 单相同地址", "one key settles {n} equal addresses"),
    "providers_asked": ("正在询问地图服务", "map services are being asked"),
    "said_by": ("来源：", "from "),
    "by_offline": ("离线解析", "offline resolver"),
    "by_points": ("历史地点", "own history"),
    "by_amap": ("高德", "AMap"),
    "by_baidu": ("百度", "Baidu"),
    "by_tencent": ("腾讯", "Tencent"),
    "by_google": ("谷歌", "Google"),
    "by_nominatim": ("Nominatim", "Nominatim"),
    "by_review": ("人工确认", "a reviewer"),
    "no_point": ("无坐标", "no coordinates"),
    "no_sure_place": ("无法确定区县", "no division is sure"),
    "no_choice": ("没有可信的候选地点。", "Nothing credible is known of this address."),
    "none_of_them": ("都不对", "None of them"),
    "then_ask_buyer": ("联系买家补全地址", "ask the buyer for the address"),
    "places_shown": ("候选地点的相对位置", "Where the choices lie, to each other"),
    "added_text": ("补全", "added"),
    "left_text": ("未采用", "left out"),
    "settled_by": ("确认人：{by}", "settled by {by}"),
    "precision_unknown": ("未知", "unknown"),
    "precision_country": ("到国家", "to the country"),
    "precision_province": ("到省", "to the province"),
    "precision_city": ("到市", "to the city"),
    "precision_district": ("到区县", "to the district"),
    "precision_township": ("到乡镇", "to the township"),
    "precision_street": ("到道路", "to the street"),
    "precision_house": ("到门牌", "to the number"),
    "precision_building": ("到楼栋", "to the building"),
    "precision_unit": ("到单元房号", "to the unit"),
}
"""Word to its Chinese and English form; a template asks for every word by name."""


def language_of(asked: str | None, accepted: str | None) -> str:
    """Choose the language of a page.

    Parameters
    ----------
    asked
        What ``?lang`` or the cookie says, if anything.
    accepted
        The ``Accept-Language`` header, if any.

    Returns
    -------
    str
        ``zh`` or ``en``.

    Examples
    --------
    >>> language_of(None, "fr, zh-CN;q=0.8, en;q=0.5"), language_of("en", "zh")
    ('zh', 'en')
    >>> language_of(None, None)
    'en'
    """
    if asked in LANGUAGES:
        return asked
    for part in (accepted or "").lower().split(","):
        language = part.strip()[:2]
        if language in LANGUAGES:
            return language
    return "en"


def word(name: str, language: str, **values: object) -> str:
    """Give a word in a language, with values filled in.

    Examples
    --------
    >>> word("minutes", "zh", n=3)
    '3 分钟'
    """
    text = WORDS[name][LANGUAGES.index(language)]
    return text.format(**values) if values else text
