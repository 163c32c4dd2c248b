"""The regions: names, cities, kinds, and where the cloud runs managed HSMs (seed chapter 5.1).

`cloud_hsm` repeats what the cloud's guide states about *its* devices in that region. It says
nothing about this server, which claims no certification.
"""

from dataclasses import dataclass
from enum import StrEnum


class RegionKind(StrEnum):
    """For whom the cloud runs the region."""

    PUBLIC = "public"
    GOVERNMENT = "government"
    FINANCE = "finance"


class CloudHsm(StrEnum):
    """What the cloud states of its HSMs in a region."""

    NONE = ""
    GUOMI = "国密局商用密码检测认证"
    FIPS = "FIPS 140-2 第三级"


@dataclass(frozen=True, slots=True)
class Region:
    """One region: its id as the API spells it, its names and its city's, and its kind.

    `name_zh` and `city_zh` are spelled as the guide's tables do.
    """

    id: str
    name_zh: str
    name_en: str
    city_zh: str
    city_en: str
    kind: RegionKind = RegionKind.PUBLIC
    cloud_hsm: CloudHsm = CloudHsm.NONE


_GUOMI, _FIPS = CloudHsm.GUOMI, CloudHsm.FIPS
_GOVERNMENT, _FINANCE = RegionKind.GOVERNMENT, RegionKind.FINANCE

_TABLE = (
    Region("cn-qingdao", "华北1", "China (Qingdao)", "青岛", "Qingdao"),
    Region("cn-beijing", "华北2", "China (Beijing)", "北京", "Beijing", cloud_hsm=_GUOMI),
    Region(
        "cn-zhangjiakou", "华北3", "China (Zhangjiakou)", "张家口", "Zhangjiakou", cloud_hsm=_GUOMI
    ),
    Region("cn-huhehaote", "华北5", "China (Hohhot)", "呼和浩特", "Hohhot"),
    Region("cn-wulanchabu", "华北6", "China (Ulanqab)", "乌兰察布", "Ulanqab"),
    Region("cn-hangzhou", "华东1", "China (Hangzhou)", "杭州", "Hangzhou", cloud_hsm=_GUOMI),
    Region("cn-shanghai", "华东2", "China (Shanghai)", "上海", "Shanghai", cloud_hsm=_GUOMI),
    Region("cn-shenzhen", "华南1", "China (Shenzhen)", "深圳", "Shenzhen", cloud_hsm=_GUOMI),
    Region("cn-heyuan", "华南2", "China (Heyuan)", "河源", "Heyuan"),
    Region("cn-guangzhou", "华南3", "China (Guangzhou)", "广州", "Guangzhou"),
    Region("cn-chengdu", "西南1", "China (Chengdu)", "成都", "Chengdu"),
    Region("cn-hongkong", "中国香港", "China (Hong Kong)", "香港", "Hong Kong", cloud_hsm=_FIPS),
    Region("ap-southeast-1", "亚太东南1", "Singapore", "新加坡", "Singapore", cloud_hsm=_FIPS),
    Region("ap-southeast-2", "亚太东南2", "Australia (Sydney)", "悉尼", "Sydney", cloud_hsm=_FIPS),
    Region(
        "ap-southeast-3",
        "亚太东南3",
        "Malaysia (Kuala Lumpur)",
        "吉隆坡",
        "Kuala Lumpur",
        cloud_hsm=_FIPS,
    ),
    Region(
        "ap-southeast-5", "亚太东南5", "Indonesia (Jakarta)", "雅加达", "Jakarta", cloud_hsm=_FIPS
    ),
    Region("ap-south-1", "亚太南部1", "India (Mumbai)", "孟买", "Mumbai"),
    Region("ap-northeast-1", "亚太东北1", "Japan (Tokyo)", "东京", "Tokyo"),
    Region("us-west-1", "美国西部1", "US (Silicon Valley)", "硅谷", "Silicon Valley"),
    Region("us-east-1", "美国东部1", "US (Virginia)", "弗吉尼亚", "Virginia", cloud_hsm=_FIPS),
    Region("eu-central-1", "欧洲中部1", "Germany (Frankfurt)", "法兰克福", "Frankfurt"),
    Region("eu-west-1", "英国", "UK (London)", "伦敦", "London"),
    Region("me-east-1", "中东东部1", "UAE (Dubai)", "迪拜", "Dubai"),
    Region(
        "cn-north-2-gov-1",
        "华北2阿里政务云",
        "China North 2 Ali Gov",
        "北京",
        "Beijing",
        _GOVERNMENT,
        _GUOMI,
    ),
    Region(
        "cn-hangzhou-finance",
        "华东1（杭州金融云）",
        "China East 1 Finance",
        "杭州",
        "Hangzhou",
        _FINANCE,
        _GUOMI,
    ),
    Region(
        "cn-shanghai-finance-1",
        "华东2（上海金融云）",
        "China East 2 Finance",
        "上海",
        "Shanghai",
        _FINANCE,
        _GUOMI,
    ),
    Region(
        "cn-shenzhen-finance-1",
        "华南1（深圳金融云）",
        "China South 1 Finance",
        "深圳",
        "Shenzhen",
        _FINANCE,
        _GUOMI,
    ),
)

REGIONS: dict[str, Region] = {region.id: region for region in _TABLE}
