"""Every page and dialog that there is, each by a name: for what must hold on all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.e2e.dialogs import dialog
from tests.e2e.house import RICH, House, keys

Step = Callable[[Page], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page is, what opens the dialog on it, and the status it is answered with."""

    path: str
    step: Step | None = None
    status: int = 200
    signed_in: bool = True

    def visit(self, page: Page) -> None:
        page.goto(self.path)
        if self.step is not None:
            self.step(page)


def _press(selector: str, *, opens_dialog: bool = True) -> Step:
    def step(page: Page) -> None:
        page.locator(selector).click()
        if opens_dialog:
            dialog(page).wait_for()

    return step


def _send(selector: str) -> Step:
    def step(page: Page) -> None:
        page.locator(selector).click()
        page.locator(".err, [role=alert]").first.wait_for()

    return step


def places(house: House, rich: str = "") -> Mapping[str, Place]:
    """All places, with the keys they are about; `rich` is a key with much to show."""
    rich = rich or _rich_key(house)
    gone = house.key()
    house.api.call("ScheduleKeyDeletion", KeyId=gone, PendingWindowInDays="7")
    off, waiting = house.key(), house.key(Origin="EXTERNAL")
    house.api.call("DisableKey", KeyId=off)
    pair = house.key(KeySpec="EC_P256", KeyUsage="SIGN/VERIFY")
    menu = "[popovertarget=m-key]"
    return {
        **_of_no_key(),
        "keys": Place(path=keys()),
        "keys-nothing-fits": Place(path=keys("?q=nothing-has-this-name")),
        "keys-empty": Place(path=keys(region="cn-chengdu")),
        "region-menu": Place(
            path=keys(), step=_press("header [popovertarget=m-region]", opens_dialog=False)
        ),
        "user-menu": Place(
            path=keys(), step=_press("header [popovertarget=m-user]", opens_dialog=False)
        ),
        "create-key": Place(path=keys(), step=_press(".head .btn-primary")),
        "create-key-page": Place(path=keys("create/")),
        "create-external-key": Place(path=keys("create/"), step=_external),
        "key": Place(path=keys(f"{rich}/")),
        "key-menu": Place(path=keys(f"{rich}/"), step=_press(menu, opens_dialog=False)),
        "key-disabled": Place(path=keys(f"{off}/")),
        "key-pending-deletion": Place(path=keys(f"{gone}/")),
        "key-pending-import": Place(path=keys(f"{waiting}/")),
        "key-pair": Place(path=keys(f"{pair}/")),
        "disable": Place(path=keys(f"{rich}/"), step=_press(".head .actions > a")),
        "enable": Place(path=keys(f"{off}/"), step=_press(".head .actions > a")),
        "schedule-deletion": Place(path=keys(f"{rich}/schedule-deletion/")),
        "cancel-deletion": Place(path=keys(f"{gone}/cancel-deletion/")),
        "rotation": Place(path=keys(f"{rich}/"), step=_press(".card-h .right a[href*=rotation]")),
        "create-alias": Place(path=keys(f"{rich}/"), step=_press("#aliases .right a")),
        "create-alias-refused": Place(
            path=keys(f"{rich}/create-alias/"), step=_send(".dlg-f button[type=submit]")
        ),
        "delete-alias": Place(
            path=keys(f"{rich}/"), step=_press("#aliases a[href*=delete] >> nth=0")
        ),
        **_more_of_keys(house, rich, waiting, pair),
    }


def _of_no_key() -> Mapping[str, Place]:
    """Signing in, and addresses that lead nowhere."""
    return {
        "login": Place(path="/console/login/", signed_in=False),
        "login-refused": Place(path="/console/login/", step=_guess, signed_in=False),
        "password": Place(path="/console/password/"),
        "not-found": Place(path="/console/nowhere/", status=404),
        "bad-request": Place(path=keys("?page=x"), status=400),
        "no-such-key": Place(path=keys("00000000-0000-4000-8000-000000000000/"), status=404),
    }


def _more_of_keys(house: House, rich: str, waiting: str, pair: str) -> Mapping[str, Place]:
    """Material, key pairs, texts, tags, policies and the list of aliases."""
    listed = house.api.call("ListKeyVersions", KeyId=pair)["KeyVersions"]["KeyVersion"]
    version, csr = listed[0]["KeyVersionId"], "certificate-request/"
    submit = ".dlg-f button[type=submit]"
    return {
        "import-parameters": Place(path=keys(f"{waiting}/import-parameters/")),
        "import-parameters-ready": Place(path=keys(f"{waiting}/"), step=_parameters),
        "import-material": Place(path=keys(f"{waiting}/import-material/")),
        "import-material-refused": Place(
            path=keys(f"{waiting}/import-material/"), step=_send(submit)
        ),
        "delete-material": Place(path=keys(f"{waiting}/delete-material/")),
        "manual-rotation": Place(path=keys(f"{rich}/manual-rotation/")),
        "create-version": Place(path=keys(f"{pair}/create-version/")),
        "certificate-request": Place(path=keys(f"{pair}/versions/{version}/{csr}")),
        "certificate-request-refused": Place(
            path=keys(f"{pair}/versions/{version}/{csr}"), step=_send(submit)
        ),
        "description": Place(path=keys(f"{rich}/"), step=_press("a[href$='description/']")),
        "protection": Place(path=keys(f"{rich}/"), step=_press("a[href$='protection/']")),
        "policy": Place(path=keys(f"{rich}/"), step=_press("a[href$='policy/']")),
        "add-tag": Place(path=keys(f"{rich}/"), step=_press("a[href$='tags/add/']")),
        "aliases": Place(path="/console/cn-hangzhou/aliases/"),
        "aliases-nothing-fits": Place(path="/console/cn-hangzhou/aliases/?q=nothing-begins-so"),
        "aliases-empty": Place(path="/console/cn-chengdu/aliases/"),
        "update-alias": Place(
            path=keys(f"{rich}/"), step=_press("#aliases a[href*=update] >> nth=0")
        ),
    }


def _parameters(page: Page) -> None:
    _press("#material a[href$='import-parameters/']")(page)
    dialog(page).locator("button[type=submit]").click()
    dialog(page).locator("[download]").first.wait_for()


def _rich_key(house: House) -> str:
    words = (
        "Orders: fields of customers, encrypted by the service that takes them. 订单库字段级加密。"
    )
    rich = house.key(
        alias=RICH,
        ProtectionLevel="HSM",
        Description=words,
        EnableAutomaticRotation="true",
        RotationInterval="90d",
    )
    for name in ("alias/MyAppKey", f"alias/{'a-very-long-name/' * 8}end"):
        house.api.call("CreateAlias", KeyId=rich, AliasName=name)
    return rich


def _guess(page: Page) -> None:
    page.locator("[name=login]").fill("nobody")
    page.locator("[name=password]").fill("a password that nobody has")
    _send("main button[type=submit]")(page)


def _external(page: Page) -> None:
    page.locator("main summary").click()
    page.locator("main [name=origin][value=EXTERNAL]").check()
    page.locator(".dlg-f button[type=submit]").click()
    page.locator(".if-ext .err").wait_for()
