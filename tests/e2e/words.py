"""The guide's wording, which the Chinese pages repeat to the letter, beside the English."""

from collections.abc import Mapping

from tests.e2e.browsing import Language

GUIDE: Mapping[str, str] = {
    "Customer master keys": "用户主密钥",
    "Key list": "密钥列表",
    "Create key": "创建密钥",
    "Disable": "禁用",
    "Enable": "启用",
    "More": "更多",
    "Actions": "操作",
    "Aliases": "别名",
    "Alias": "别名",
    "Create alias": "创建别名",
    "Delete alias": "删除别名",
    "Protection level": "保护级别",
    "Key ID": "密钥ID",
    "State": "密钥状态",
    "Enabled": "启用中",
    "Disabled": "已禁用",
    "Pending deletion": "待删除",
    "Pending import": "待导入",
    "Danger": "危险",
    "Key spec": "密钥类型",
    "Key usage": "密钥用途",
    "Description": "描述",
    "Rotation period": "轮转周期",
    "Advanced options": "高级选项",
    "Key material origin": "密钥材料来源",
    "KMS": "阿里云KMS",
    "External": "外部",
    "KMS generates the key material.": "密钥材料将由KMS生成。",
    "I understand the implications of using the external key materials": (
        "我了解使用外部密钥材料的方法和意义"
    ),
    "Confirm": "确认",
    "OK": "确认",
    "Cancel": "取消",
    "Aliyun_SM4 and EC_SM2 are available only in Chinese mainland regions with Managed HSM.": (
        "Aliyun_SM4或EC_SM2的密钥类型，仅在中国内地使用托管密码机的地域支持。"
    ),
    "Only symmetric keys of the spec Aliyun_AES_256 or Aliyun_SM4 can have a rotation period.": (
        "仅密钥类型为Aliyun_AES_256和Aliyun_SM4的对称密钥支持设置轮转周期。"
    ),
    "Disable key": "禁用密钥",
    "Key material": "密钥材料",
    "Get import parameters": "获取导入密钥材料参数",
    "Import key material": "导入密钥材料",
    "Delete key material": "删除密钥材料",
    "Wrapping algorithm": "加密算法",
    "Next step": "下一步",
    "Close": "关闭",
    "Wrapping public key": "加密公钥",
    "Import token": "导入令牌",
    "Download wrapping public key": "下载加密公钥",
    "Download import token": "下载导入令牌",
    "Encrypted key material": "加密密钥材料",
    "Key material expiration": "密钥材料过期时间",
    "Update alias": "更新别名",
    "Rotate a master key manually": "人工轮转主密钥",
    "Schedule key deletion": "计划删除密钥",
    "Cancel key deletion": "取消删除密钥",
    "Pending window": "预删除周期",
    "Rotation policy": "轮转策略",
    "Primary": "主版本",
    "Not primary": "非主版本",
    "Off": "不开启",
    "30 days": "30天",
    "90 days": "90天",
    "180 days": "180天",
    "365 days": "365天",
    "Custom (7–730 days)": "自定义（7~730天）",
    "Not supported": "不支持",
}


def said(language: Language, english: str) -> str:
    """The words of the page in `language`."""
    return english if language == "en" else GUIDE[english]
