"""A reader's way through the pages, in a real browser before a real server."""

import urllib.request
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.conftest import ROOT
from tests.web.conftest import waiting


def until(driver: webdriver.Chrome, text: str) -> None:
    waiting(driver).until(lambda d: text in d.find_element(By.TAG_NAME, "main").text)


def marks(driver: webdriver.Chrome) -> list[str]:
    return [mark.text for mark in driver.find_elements(By.TAG_NAME, "mark")]


def type_question(driver: webdriver.Chrome, service: str, q: str) -> None:
    driver.get(service)
    box = driver.find_element(By.ID, "q")
    box.send_keys(q, Keys.ENTER)
    until(driver, "Найден")


def test_from_a_question_to_an_article_and_back(driver: webdriver.Chrome, service: str) -> None:
    type_question(driver, service, "жалгасбаеву")
    assert "Жалгасбаев" in marks(driver)
    heading = driver.find_element(By.CSS_SELECTOR, ".hit h2 a")
    title = heading.text
    heading.click()
    until(driver, title)
    assert driver.find_element(By.TAG_NAME, "h1").text == title
    assert any(mark.startswith("Жалгасбаев") for mark in marks(driver))
    driver.find_element(By.CSS_SELECTOR, "a.back").click()
    until(driver, "Найден")
    driver.back()
    driver.back()
    until(driver, "Найден")
    assert driver.find_element(By.ID, "q").get_attribute("value") == "жалгасбаеву"


def test_walk_from_place_to_place(driver: webdriver.Chrome, service: str) -> None:
    """Words side by side are one place, and so many places are promised as there are to walk."""
    driver.get(service + "/articles/vestnik-most-otkryt?q=мост через улькен-су")
    count = driver.find_element(By.CSS_SELECTOR, ".matches .count")
    assert count.text == "Отмечено мест: 2"
    for place, words in enumerate(("Мост через Улькен-Су", "мосту через Улькен-Су"), start=1):
        driver.find_element(By.CSS_SELECTOR, "[data-step='1']").click()
        assert count.text == f"{place} из 2"
        here = driver.find_elements(By.CSS_SELECTOR, "mark.here")
        assert " ".join(mark.text for mark in here) == words


def test_suggestions_by_keyboard(driver: webdriver.Chrome, service: str) -> None:
    driver.get(service)
    box = driver.find_element(By.ID, "q")
    box.send_keys("ремонт мос")
    waiting(driver).until(lambda d: d.find_elements(By.CSS_SELECTOR, "[role=option]"))
    assert box.get_attribute("aria-expanded") == "true"
    box.send_keys(Keys.ARROW_DOWN)
    option = driver.find_element(By.CSS_SELECTOR, "[aria-selected=true]")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert box.get_attribute("value") == option.text != "ремонт мос"
    box.send_keys(Keys.ESCAPE)
    assert box.get_attribute("value") == "ремонт мос"
    assert box.get_attribute("aria-expanded") == "false"
    box.send_keys(Keys.ENTER)
    until(driver, "Найден")


def test_what_was_just_typed_outlives_escape_and_arrows(driver: webdriver.Chrome, service: str) -> None:
    driver.get(service)
    box = driver.find_element(By.ID, "q")
    box.send_keys("ремонт мо")
    waiting(driver).until(lambda d: d.find_elements(By.CSS_SELECTOR, "[role=option]"))
    box.send_keys("с", Keys.ARROW_DOWN, Keys.ARROW_UP)  # before anything is suggested for it
    assert box.get_attribute("value") == "ремонт мос"
    waiting(driver).until(lambda d: d.find_elements(By.CSS_SELECTOR, "[role=option]"))
    box.send_keys("т", Keys.ESCAPE)
    assert box.get_attribute("value") == "ремонт мост"


@pytest.mark.parametrize("no_scripts", [False, True])
def test_emptied_box_has_the_focus_and_the_filters_stay(
    driver: webdriver.Chrome, service: str, no_scripts: bool
) -> None:
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": no_scripts})
    try:
        driver.get(f"{service}/?q=мост&sort=newest")
        driver.find_element(By.CSS_SELECTOR, "a.clear").click()
        waiting(driver).until(lambda d: "q=" not in d.current_url)
        assert "sort=newest" in driver.current_url
        focused = driver.switch_to.active_element
        assert (focused.get_attribute("id"), focused.get_attribute("value")) == ("q", "")
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_printed_list_says_what_was_asked(driver: webdriver.Chrome, service: str) -> None:
    driver.get(f"{service}/?q=мост&sort=newest&from=2020-06-01")
    asked = driver.find_element(By.CLASS_NAME, "on-paper")
    assert not asked.is_displayed()
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert asked.text == "Спрошено: «мост»; С: 1 июня 2020; сначала новые"
        assert not any(b.is_displayed() for b in driver.find_elements(By.TAG_NAME, "button"))
    finally:
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_text_of_an_outlet_does_not_turn_what_stands_beside_it(
    driver: webdriver.Chrome, service: str
) -> None:
    driver.get(f"{service}/?q=мост")
    for selector in (".byline > span", ".facet a > span"):
        shown = driver.find_element(By.CSS_SELECTOR, selector)
        assert shown.value_of_css_property("unicode-bidi") == "isolate"


def test_next_page(driver: webdriver.Chrome, service: str) -> None:
    type_question(driver, service, "Сарытас")
    first = driver.find_element(By.CSS_SELECTOR, ".hit h2").text
    driver.find_element(By.CSS_SELECTOR, "a[rel=next]").click()
    waiting(driver).until(lambda d: d.find_element(By.CSS_SELECTOR, "[aria-current=page]").text == "2")
    assert "page=2" in driver.current_url
    assert driver.find_element(By.CSS_SELECTOR, ".hit h2").text != first


def test_wrong_layout_is_mended_in_sight(driver: webdriver.Chrome, service: str) -> None:
    type_question(driver, service, "gfdjljr")
    assert "Показаны результаты для «паводок»" in driver.find_element(By.CSS_SELECTOR, "[role=status]").text
    driver.find_element(By.PARTIAL_LINK_TEXT, "как набрано").click()
    until(driver, "Ничего не нашлось")


def test_everything_works_without_scripts(driver: webdriver.Chrome, service: str) -> None:
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        type_question(driver, service, "мосту")
        assert driver.find_element(By.ID, "q").get_dom_attribute("role") is None  # the script did not run
        assert "мост" in [mark.lower() for mark in marks(driver)]
        driver.find_element(By.CSS_SELECTOR, ".hit h2 a").click()
        until(driver, "К результатам")
        driver.find_element(By.CSS_SELECTOR, "a.back").click()
        until(driver, "Найден")
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize(
    "path", ["/", "/?q=мост&source=Вестник+Степи", "/articles/vestnik-most-otkryt?q=мост", "/help"]
)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_at_any_width(
    driver: webdriver.Chrome, service: str, path: str, width: int
) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.get(service + path)
    wide = driver.execute_script("return document.documentElement.scrollWidth")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide <= width


def test_the_browser_has_nothing_to_complain_of(driver: webdriver.Chrome, service: str) -> None:
    driver.get_log("browser")  # type: ignore[no-untyped-call] # what earlier pages left
    for path in ("/", "/?q=мост", "/help", "/articles/vestnik-most-otkryt"):
        driver.get(service + path)
    assert driver.get_log("browser") == []  # type: ignore[no-untyped-call]


def test_static_files_are_served(service: str) -> None:
    assert Path(ROOT / "web/static/style.css").stat().st_size < 12_000
    with urllib.request.urlopen(f"{service}/static/style.css", timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
