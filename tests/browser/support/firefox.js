// Firefox as Debian has it, whose push service is ours instead of its maker's.
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";

const ALLOW = 1;
const places = [process.env.SHOPBELL_FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"];

export class Firefox {
  /** Starts it, with a push service for its pushes and a desktop for its notifications. */
  static async start(service, desktop) {
    const executablePath = places.find((place) => place && existsSync(place));
    if (!executablePath) throw new Error("There is no Firefox here: install the package firefox-esr, or set SHOPBELL_FIREFOX.");
    const firefox = new Firefox();
    firefox.browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: desktop.address },
      extraPrefsFirefox: {
        "dom.push.enabled": true,
        "dom.push.connection.enabled": true,
        "dom.push.serverURL": service.origin.replace("http", "ws"),
        "dom.push.testing.allowInsecureServerURL": true,
        "permissions.default.desktop-notification": ALLOW,
      },
    });
    return firefox;
  }

  async open(address) {
    const page = await this.browser.newPage();
    await page.goto(address);
    return page;
  }

  /** Presses the button of this name, once it is there. */
  async press(page, name) {
    await page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
  }

  /** Ticks the box of this name, or unticks it. */
  async tick(page, name) {
    await page.locator(`::-p-aria([name="${name}"][role="checkbox"])`).click();
  }

  /** What the worker of this scope shows, as the browser knows it; asked on any page of the relay's. */
  shown(page, scope) {
    return page.evaluate(async (scope) => {
      const shown = await (await navigator.serviceWorker.getRegistration(scope)).getNotifications();
      return shown.map(({ title, body, tag }) => ({ title, body, tag }));
    }, scope);
  }

  /** The page wants no more pushes. */
  unsubscribe(page, scope) {
    return page.evaluate(async (scope) => {
      const { pushManager } = await navigator.serviceWorker.getRegistration(scope);
      return (await pushManager.getSubscription()).unsubscribe();
    }, scope);
  }

  close() {
    return this.browser.close();
  }
}
