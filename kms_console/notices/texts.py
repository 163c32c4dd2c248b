"""What notices say, in the languages that they speak."""

from collections.abc import Mapping
from dataclasses import dataclass

from kms_console.notices.kinds import Kind
from kms_console.notices.letters import Letter


@dataclass(frozen=True, slots=True)
class Section:
    """A letter in one language: its title and a sentence. `lang` is the tag of BCP 47."""

    lang: str
    title: str
    sentence: str
    columns: tuple[str, str, str]


_TITLES: Mapping[str, Mapping[Kind, str]] = {
    "en": {
        Kind.ROTATION_UPCOMING: "Rotation due within {span} (keys: {count})",
        Kind.ROTATION_LATE: "Rotation is late (keys: {count})",
        Kind.ROTATION_FAILED: "Rotation failed (keys: {count})",
        Kind.DELETION_UPCOMING: "Keys to be deleted within {span}: {count}",
        Kind.DELETION_LATE: "Deletion is late (keys: {count})",
        Kind.DELETION_FAILED: "Deletion failed (keys: {count})",
        Kind.EXPIRY_UPCOMING: "Imported material expires within {span} (keys: {count})",
        Kind.EXPIRY_LATE: "Removal of expired material is late (keys: {count})",
        Kind.EXPIRY_FAILED: "Removal of expired material failed (keys: {count})",
        Kind.CLOCK_HELD: "A clock is in doubt: nothing is destroyed",
        Kind.TEST: "Test of a notice channel",
    },
    "zh_Hans": {
        Kind.ROTATION_UPCOMING: "{count} 个密钥将在 {span}内轮转",
        Kind.ROTATION_LATE: "{count} 个密钥的轮转已延迟",
        Kind.ROTATION_FAILED: "{count} 个密钥轮转失败",
        Kind.DELETION_UPCOMING: "{count} 个密钥将在 {span}内被删除",
        Kind.DELETION_LATE: "{count} 个密钥的删除已延迟",
        Kind.DELETION_FAILED: "{count} 个密钥删除失败",
        Kind.EXPIRY_UPCOMING: "{count} 个密钥的导入材料将在 {span}内过期",
        Kind.EXPIRY_LATE: "{count} 个密钥的过期材料延迟清除",
        Kind.EXPIRY_FAILED: "{count} 个密钥的过期材料清除失败",
        Kind.CLOCK_HELD: "主机时钟存疑：销毁已暂停",
        Kind.TEST: "通知渠道测试",
    },
}

_SENTENCES: Mapping[str, Mapping[Kind, str]] = {
    "en": {
        Kind.ROTATION_UPCOMING: "They get their next versions by themselves; there is nothing "
        "to do. Older versions go on decrypting.",
        Kind.ROTATION_LATE: "Their next versions were due and are not there yet. The operators "
        "should look at the timers.",
        Kind.ROTATION_FAILED: "Their next versions could not be made; it is tried again. The "
        "server's log names the reason.",
        Kind.DELETION_UPCOMING: "What they encrypted is lost for good afterwards. "
        "CancelKeyDeletion keeps them.",
        Kind.DELETION_LATE: "Their date has come, they cannot be used any more, and their "
        "material is still there. The operators should look at the timers.",
        Kind.DELETION_FAILED: "Their date has come and they could not be destroyed; it is tried "
        "again. The server's log names the reason.",
        Kind.EXPIRY_UPCOMING: "They cannot be used afterwards, until the same material is "
        "imported again. Importing it before renews it.",
        Kind.EXPIRY_LATE: "It cannot be used any more and is still there. The operators should "
        "look at the timers.",
        Kind.EXPIRY_FAILED: "It cannot be used any more and could not be destroyed; it is tried "
        "again. The server's log names the reason.",
        Kind.CLOCK_HELD: "Look at the clocks of the hosts, then run `manage.py clock confirm`. "
        "Until then no key is destroyed.",
        Kind.TEST: "Notices arrive here. The key does not exist.",
    },
    "zh_Hans": {
        Kind.ROTATION_UPCOMING: "新版本会自动生成，无需操作；旧版本仍可解密。",
        Kind.ROTATION_LATE: "新版本已到期但尚未生成，请运维人员检查定时任务。",
        Kind.ROTATION_FAILED: "新版本未能生成，系统会重试；原因见服务器日志。",
        Kind.DELETION_UPCOMING: "删除后，由其加密的数据将永远无法恢复。"
        "如需保留，请调用 CancelKeyDeletion。",
        Kind.DELETION_LATE: "删除时间已到，密钥不能再使用，但材料尚未销毁，"
        "请运维人员检查定时任务。",
        Kind.DELETION_FAILED: "删除时间已到，但密钥未能销毁，系统会重试；原因见服务器日志。",
        Kind.EXPIRY_UPCOMING: "过期后密钥不能使用，直至重新导入同一材料；提前导入可延长有效期。",
        Kind.EXPIRY_LATE: "材料已不能使用，但尚未销毁，请运维人员检查定时任务。",
        Kind.EXPIRY_FAILED: "材料已不能使用，但未能销毁，系统会重试；原因见服务器日志。",
        Kind.CLOCK_HELD: "请检查各主机时钟，然后执行 `manage.py clock confirm`；"
        "在此之前不会销毁任何密钥。",
        Kind.TEST: "通知可以送达此处。所示密钥并不存在。",
    },
}

_LANGS = {"en": "en", "zh_Hans": "zh-Hans"}
_COLUMNS = {"en": ("Key", "Region", "Time (UTC)"), "zh_Hans": ("密钥", "地域", "时间 (UTC)")}
_SPANS = {"en": ("{days} day", "{days} days"), "zh_Hans": ("{days} 天", "{days} 天")}
_ACCOUNTS = {"en": "Account {account_id}. ", "zh_Hans": "账号 {account_id}。"}


def sections(letter: Letter, languages: tuple[str, ...]) -> list[Section]:
    """The letter's words, language by language."""
    return [_section(letter, language) for language in languages]


def title(letter: Letter, languages: tuple[str, ...]) -> str:
    """All titles on one line, for a subject."""
    return " / ".join(section.title for section in sections(letter, languages))


def _section(letter: Letter, language: str) -> Section:
    span = _SPANS[language][letter.days > 1].format(days=letter.days)
    words = _TITLES[language][letter.kind].format(span=span, count=len(letter.items))
    account = _ACCOUNTS[language].format(account_id=letter.account_id) if letter.account_id else ""
    return Section(
        lang=_LANGS[language],
        title=words,
        sentence=account + _SENTENCES[language][letter.kind],
        columns=_COLUMNS[language],
    )
