"""The regions: names, kinds, and where the cloud runs managed HSMs (seed chapter 5.1).

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
    """One region: its id as the API spells it, its Chinese and English names, and its kind."""

    id: str
    name_zh: str
    name_en: str
    kind: RegionKind = RegionKind.PUBLIC
    cloud_hsm: CloudHsm = CloudHsm.NONE


_TABLE = (
    Region("cn-qingdao", "华北1（青岛）", "China (Qingdao)"),
    Region("cn-beijing", "华北2（北京）", "China (Beijing)", cloud_hsm=CloudHsm.GUOMI),
    Region("cn-zhangjiakou", "华北3（张家口）", "China (Zhangjiakou)", cloud_hsm=CloudHsm.GUOMI),
    Region("cn-huhehaote", "华北5（呼和浩特）", "China (Hohhot)"),
    Region("cn-wulanchabu", "华北6（乌兰察布）", "China (Ulanqab)"),
    Region("cn-hangzhou", "华东1（杭州）", "China (Hangzhou)", cloud_hsm=CloudHsm.GUOMI),
    Region("cn-shanghai", "华东2（上海）", "China (Shanghai)", cloud_hsm=CloudHsm.GUOMI),
    Region("cn-shenzhen", "华南1（深圳）", "China (Shenzhen)", cloud_hsm=CloudHsm.GUOMI),
    Region("cn-heyuan", "华南2（河源）", "China (Heyuan)"),
    Region("cn-guangzhou", "华南3（广州）", "China (Guangzhou)"),
    Region("cn-chengdu", "西南1（成都）", "China (Chengdu)"),
    Region("cn-hongkong", "中国香港", "China (Hong Kong)", cloud_hsm=CloudHsm.FIPS),
    Region("ap-southeast-1", "亚太东南1（新加坡）", "Singapore", cloud_hsm=CloudHsm.FIPS),
    Region("ap-southeast-2", "亚太东南2（悉尼）", "Australia (Sydney)", cloud_hsm=CloudHsm.FIPS),
    Region(
        "ap-southeast-3", "亚太东南3（吉隆坡）", "Malaysia (Kuala Lumpur)", cloud_hsm=CloudHsm.FIPS
    ),
    Region("ap-southeast-5", "亚太东南5（雅加达）", "Indonesia (Jakarta)", cloud_hsm=CloudHsm.FIPS),
    Region("ap-south-1", "亚太南部1（孟买）", "India (Mumbai)"),
    Region("ap-northeast-1", "亚太东北1（东京）", "Japan (Tokyo)"),
    Region("us-west-1", "美国西部1（硅谷）", "US (Silicon Valley)"),
    Region("us-east-1", "美国东部1（弗吉尼亚）", "US (Virginia)", cloud_hsm=CloudHsm.FIPS),
    Region("eu-central-1", "欧洲中部1（法兰克福）", "Germany (Frankfurt)"),
    Region("eu-west-1", "英国1（伦敦）", "UK (London)"),
    Region("me-east-1", "中东东部1（迪拜）", "UAE (Dubai)"),
    Region(
        "cn-north-2-gov-1",
        "华北2阿里政务云",
        "China North 2 Ali Gov",
        RegionKind.GOVERNMENT,
        CloudHsm.GUOMI,
    ),
    Region(
        "cn-hangzhou-finance",
        "华东1（杭州金融云）",
        "China East 1 Finance",
        RegionKind.FINANCE,
        CloudHsm.GUOMI,
    ),
    Region(
        "cn-shanghai-finance-1",
        "华东2（上海金融云）",
        "China East 2 Finance",
        RegionKind.FINANCE,
        CloudHsm.GUOMI,
    ),
    Region(
        "cn-shenzhen-finance-1",
        "华南1（深圳金融云）",
        "China South 1 Finance",
        RegionKind.FINANCE,
        CloudHsm.GUOMI,
    ),
)

REGIONS: dict[str, Region] = {region.id: region for region in _TABLE}
