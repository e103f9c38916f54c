# ruff: noqa: E501 a table reads best with one case a line
"""Addresses over the families that resolvers stumble on, with the truth written by hand.

A case is the text and what must come out: province, city, district, street, house, building, unit,
each with ``-`` for "must be unknown" and an empty text for "not judged". The truth of divisions is
the list of September 2026; that of roads and numbers is what the text says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Case:
    family: str
    raw: str
    truth: tuple[str, ...]
    country: str | None = None


FIELDS: Final = ("province", "city", "district", "street", "house", "building", "unit")

_TABLE: Final = """
# complete
浙江省杭州市西湖区文三路398号东信大厦12楼 | 浙江省 杭州市 西湖区 文三路 398号 - 12楼
上海市浦东新区张江路288弄12号502室 | 上海市 上海市 浦东新区 张江路 288弄12号 - 502室
北京市海淀区中关村南大街5号院3号楼2单元601室 | 北京市 北京市 海淀区 中关村南大街 5号院 3号楼 2单元601室
河南省郑州市金水区花园路1号院3号楼2单元5层501 | 河南省 郑州市 金水区 花园路 1号院 3号楼 2单元5层501
广东省广州市天河区体育西路103号维多利广场A座2801室 | 广东省 广州市 天河区 体育西路 103号 A座 2801室
四川省成都市武侯区人民南路四段27号 | 四川省 成都市 武侯区 人民南路四段 27号 - -
天津市和平区南京路189号津汇广场 | 天津市 天津市 和平区 南京路 189号 - -
重庆市沙坪坝区沙坪坝正街174号 | 重庆市 重庆市 沙坪坝区 沙坪坝正街 174号 - -
新疆维吾尔自治区乌鲁木齐市天山区人民路10号 | 新疆维吾尔自治区 乌鲁木齐市 天山区 人民路 10号 - -
西藏自治区拉萨市城关区北京中路8号 | 西藏自治区 拉萨市 城关区 北京中路 8号 - -
# short forms
上海浦东张江路288弄X栋 | 上海市 上海市 浦东新区 张江路 288弄 X栋 -
北京朝阳建国路88号 | 北京市 北京市 朝阳区 建国路 88号 - -
内蒙古呼和浩特新城区新华东街45号 | 内蒙古自治区 呼和浩特市 新城区 新华东街 45号 - -
广西南宁青秀区民族大道100号 | 广西壮族自治区 南宁市 青秀区 民族大道 100号 - -
湖南湘西吉首市人民北路1号 | 湖南省 湘西土家族苗族自治州 吉首市 人民北路 1号 - -
云南红河州蒙自市天马路1号 | 云南省 红河哈尼族彝族自治州 蒙自市 天马路 1号 - -
吉林延边延吉市参花街12号 | 吉林省 延边朝鲜族自治州 延吉市 参花街 12号 - -
# missing levels
杭州西湖区文三路398号 | 浙江省 杭州市 西湖区 文三路 398号 - -
昆山市前进东路100号 | 江苏省 苏州市 昆山市 前进东路 100号 - -
义乌市稠州北路699号 | 浙江省 金华市 义乌市 稠州北路 699号 - -
浦东新区世纪大道100号 | 上海市 上海市 浦东新区 世纪大道 100号 - -
广东省南山区科兴路11号 | 广东省 深圳市 南山区 科兴路 11号 - -
浙江省余杭区文一西路969号 | 浙江省 杭州市 余杭区 文一西路 969号 - -
青岛市延安三路105号 | 山东省 青岛市 - 延安三路 105号 - -
渝中区民权路28号 | 重庆市 重庆市 渝中区 民权路 28号 - -
# renamed
杭州市下城区延安路1号 | 浙江省 杭州市 拱墅区 延安路 1号 - -
杭州市江干区秋涛路12号 | 浙江省 杭州市 上城区 秋涛路 12号 - -
襄樊市樊城区长虹路9号 | 湖北省 襄阳市 樊城区 长虹路 9号 - -
上海市闸北区共和新路1000号 | 上海市 上海市 静安区 共和新路 1000号 - -
上海市南汇区惠南镇人民路5号 | 上海市 上海市 浦东新区 人民路 5号 - -
北京市宣武区骡马市大街8号 | 北京市 北京市 西城区 骡马市大街 8号 - -
成都市郫县望丛中路1号 | 四川省 成都市 郫都区 望丛中路 1号 - -
山东省莱芜市凤城西大街1号 | 山东省 济南市 莱芜区 凤城西大街 1号 - -
重庆市渝北区红金街8号 | 重庆市 重庆市 两江新区 红金街 8号 - -
天津市静海县胜利大街3号 | 天津市 天津市 静海区 胜利大街 3号 - -
湖南省祁阳县浯溪路2号 | 湖南省 永州市 祁阳市 浯溪路 2号 - -
安徽省巢湖市居巢区人民路1号 | 安徽省 合肥市 巢湖市 人民路 1号 - -
# no county level
广东省东莞市长安镇振安路88号 | 广东省 东莞市 - 振安路 88号 - -
中山市石岐街道民生路16号 | 广东省 中山市 - 民生路 16号 - -
嘉峪关市新华中路1号 | 甘肃省 嘉峪关市 - 新华中路 1号 - -
海南儋州市那大镇中兴大道5号 | 海南省 儋州市 - 中兴大道 5号 - -
# county right under its province
湖北省仙桃市干河街道仙桃大道18号 | 湖北省 仙桃市 仙桃市 仙桃大道 18号 - -
河南济源市沁园路1号 | 河南省 济源市 济源市 沁园路 1号 - -
石河子市北四路221号 | 新疆维吾尔自治区 石河子市 石河子市 北四路 221号 - -
# ambiguous: the levels that the readings do not share stay unknown
朝阳区建国路88号 | - - - 建国路 88号 - -
鼓楼区中山北路30号 | - - - 中山北路 30号 - -
大同区人民路1号 | - - - 人民路 1号 - -
和平区南京街5号 | - - - 南京街 5号 - -
中山路1号 | - - - 中山路 1号 - -
城关镇人民街3号 | - - - 人民街 3号 - -
# cities as roads, buildings and schools
上海市南京东路300号 | 上海市 上海市 - 南京东路 300号 - -
南京市北京西路12号 | 江苏省 南京市 - 北京西路 12号 - -
天津市和平区上海道5号 | 天津市 天津市 和平区 上海道 5号 - -
武汉市江汉区北京大厦3楼 | 湖北省 武汉市 江汉区 - - - 3楼
广州市越秀区中山五路219号 | 广东省 广州市 越秀区 中山五路 219号 - -
大连市中山区上海路42号 | 辽宁省 大连市 中山区 上海路 42号 - -
石家庄市长安区中山东路11号 | 河北省 石家庄市 长安区 中山东路 11号 - -
青岛市市南区香港中路40号 | 山东省 青岛市 市南区 香港中路 40号 - -
# same name on two levels
吉林长春市朝阳区人民大街1号 | 吉林省 长春市 朝阳区 人民大街 1号 - -
吉林市船营区解放大路5号 | 吉林省 吉林市 船营区 解放大路 5号 - -
海南省海口市龙华区国贸路2号 | 海南省 海口市 龙华区 国贸路 2号 - -
朝阳市双塔区新华路2号 | 辽宁省 朝阳市 双塔区 新华路 2号 - -
黑龙江五大连池市青山街道 | 黑龙江省 黑河市 五大连池市 - - - -
# contradicting
江苏省南京市朝阳区滨江路1号 | 江苏省 南京市 - 滨江路 1号 - -
浙江省南京市玄武大道1号 | - - - 玄武大道 1号 - -
# township or estate alone
上海张江镇孙桥路100号 | 上海市 上海市 浦东新区 孙桥路 100号 - -
昆山花桥镇绿地大道255号 | 江苏省 苏州市 昆山市 绿地大道 255号 - -
东莞长安镇霄边社区3栋402 | 广东省 东莞市 - - - 3栋 402
# traditional script
臺北市中正區重慶南路一段122號 | 台湾省 台北市 中正区 重庆南路一段 122号 - -
廣東省深圳市福田區深南大道1006號 | 广东省 深圳市 福田区 深南大道 1006号 - -
香港九龍油尖旺區彌敦道100號5樓 | 香港特别行政区 香港特别行政区 油尖旺区 弥敦道 100号 - 5楼
# with names, phones and wishes
收货人:李海南 13912345678 四川省成都市武侯区人民南路四段27号 周末送货 | 四川省 成都市 武侯区 人民南路四段 27号 - -
王海南 13812345678 浙江杭州余杭区文一西路969号阿里巴巴西溪园区(请放前台) | 浙江省 杭州市 余杭区 文一西路 969号 - -
杭州市滨江区网商路699号，张三，139-1234-5678，送货前打电话 | 浙江省 杭州市 滨江区 网商路 699号 - -
+86 13700001111 深圳市福田区华强北路1002号 | 广东省 深圳市 福田区 华强北路 1002号 - -
地址：南京市鼓楼区汉口路22号；电话：025-83593186 | 江苏省 南京市 鼓楼区 汉口路 22号 - -
苏州市姑苏区平江路8号😊谢谢！ | 江苏省 苏州市 姑苏区 平江路 8号 - -
# reversed
文三路398号西湖区杭州市浙江省 | 浙江省 杭州市 西湖区 文三路 398号 - -
88号建国路朝阳区北京市 | 北京市 北京市 朝阳区 建国路 88号 - -
# untidy
　浙江省　杭州市　西湖区　文三路　３９８号 | 浙江省 杭州市 西湖区 文三路 398号 - -
浙江省,杭州市,西湖区,文三路398号 | 浙江省 杭州市 西湖区 文三路 398号 - -
浙江省杭州市西湖区浙江省杭州市西湖区文三路398号 | 浙江省 杭州市 西湖区 文三路 398号 - -
中国浙江省杭州市西湖区文三路398号 | 浙江省 杭州市 西湖区 文三路 398号 - -
广州市海珠区新港中路397号B座-1203 | 广东省 广州市 海珠区 新港中路 397号 B座 1203
西安市雁塔区科技路48号3-2-501 | 陕西省 西安市 雁塔区 科技路 48号 3栋 2单元501室
长沙市岳麓区麓谷街道尖山路39号中电软件园12栋 | 湖南省 长沙市 岳麓区 尖山路 39号 12栋 -
武汉市洪山区珞喻路1037号华中科技大学 | 湖北省 武汉市 洪山区 珞喻路 1037号 - -
深圳市南山区科技园南区高新南一道8号创维大厦A座18层 | 广东省 深圳市 南山区 高新南一道 8号 A座 18层
河南省周口市沈丘县老城镇张庄村3组12号 | 河南省 周口市 沈丘县 张庄村 12号 - -
哈尔滨市南岗区西大直街92号 | 黑龙江省 哈尔滨市 南岗区 西大直街 92号 - -
"""

_ABROAD: Final = """
US | 350 Fifth Avenue, Apt 21, New York, NY 10118 | New York; New York; -; Fifth Avenue; 350; -; Apt 21
US | 1600 Pennsylvania Ave NW Washington DC 20500 | District of Columbia; Washington; -; Pennsylvania Ave NW; 1600; -; -
US | 1 Infinite Loop, Cupertino, California 95014, USA | California; Cupertino; -; Infinite Loop; 1; -; -
GB | Flat 2, 221B Baker Street, London NW1 6XE | ; London; -; Baker Street; 221B; -; Flat 2
GB | 10 Downing Street, London, SW1A 2AA, UK | ; London; -; Downing Street; 10; -; -
DE | Friedrichstraße 43-45, 10117 Berlin | ; Berlin; -; Friedrichstraße; 43-45; -; -
DE | Marienplatz 8, D-80331 München, Deutschland | ; München; -; Marienplatz; 8; -; -
BR | Rua Augusta, 1500 - Apto 42 - Consolação, São Paulo - SP, 01304-001 | São Paulo; São Paulo; -; Rua Augusta; 1500; -; Apto 42
BR | Av. Paulista, 1578, Bela Vista, São Paulo/SP, CEP 01310-200, Brasil | São Paulo; São Paulo; -; Av. Paulista; 1578; -; -
JP | 〒150-0002 東京都渋谷区渋谷2-21-1 渋谷ヒカリエ 8階 | 東京都; 渋谷区; -; 渋谷; 2-21-1; 渋谷ヒカリエ; 8階
JP | 大阪府大阪市北区梅田3丁目1番3号 | 大阪府; 大阪市北区; -; 梅田; 3丁目1番3号; -; -
"""


def _read() -> tuple[Case, ...]:
    cases, family = [], ""
    for line in filter(None, _TABLE.splitlines()):
        if line.startswith("# "):
            family = line.removeprefix("# ")
            continue
        raw, _, truth = line.rpartition(" | ")
        cases.append(Case(family, raw, tuple(truth.split())))
    for line in filter(None, _ABROAD.splitlines()):
        country, raw, truth = line.split(" | ")
        cases.append(Case("abroad", raw, tuple(truth.split("; ")), country))
    return tuple(cases)


CASES: Final = _read()
