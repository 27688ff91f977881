"""Pictures of every page, phone and desktop, light and dark.

    python -m benchmarks.screenshots FOLDER ADDRESS

ADDRESS is a running service, http://127.0.0.1:8000 if not given.
"""

import shutil
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
PAGES = {
    "home": "/",
    "results": "/?q=мост",
    "filtered": "/?q=мост&source=Вестник+Степи&sort=newest",
    "nothing": "/?q=мост+ремонт&source=Вестник+Степи&section=Наука",
    "mended": "/?q=gfdjljr",
    "article": "/articles/vestnik-most-otkryt?q=мост",
    "help": "/help",
    "draft": "/desk",
    "error": "/?q=мост&sort=newst",
    "english": "/?q=мост&lang=en",
    "kazakh": "/?q=мост&lang=kk",
    "api": "/api/",
}


def browser() -> webdriver.Chrome:
    """Debian's Chromium without a window."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument("--hide-scrollbars")
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


def main(folder: Path, address: str) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    driver = browser()
    try:
        for size, (width, height) in SIZES.items():
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == "phone"}
            driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            for scheme in ("light", "dark"):
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
                for name, path in PAGES.items():
                    driver.get(address + path)
                    driver.save_screenshot(str(folder / f"{name}-{size}-{scheme}.png"))
    finally:
        driver.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000")
