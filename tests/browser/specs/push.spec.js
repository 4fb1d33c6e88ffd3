// What the inbox's service worker does with a push: the real one in the real browser, which
// hears of pushes by the developer tools' own way of delivering one.
import { expect, test as base } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { until } from "../support/relay.js";

const WORKER = join(import.meta.dirname, "../../../inbox/static/sw.js");
const OAK = "01890000-0000-7000-8000-0000000000a1";
const ASH = "01890000-0000-7000-8000-0000000000a2";

/** The relay, as far as the service worker knows it; with the headers that the relay sends. */
class House {
  /** What was posted. */
  posted = [];
  /** What is asked for; 0 cuts the line. */
  status = 204;

  async open() {
    const page = "<!doctype html><title>Inbox</title><script src='/inbox/page.js'></script>";
    const files = {
      "/inbox": ["text/html", page],
      "/inbox/page.js": ["text/javascript", "navigator.serviceWorker.onmessage = ({ data }) => (window.heard ??= []).push(data);"],
      "/inbox/sw.js": ["text/javascript", readFileSync(WORKER, "utf8")],
    };
    this.server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://house");
      if (request.method === "POST") {
        const parts = await request.toArray();
        this.posted.push({ path: pathname, ...JSON.parse(Buffer.concat(parts).toString()) });
        if (!this.status) return request.socket.destroy();
        return response.writeHead(this.status).end();
      }
      const [type, body] = files[pathname] ?? [];
      response.writeHead(type ? 200 : 404, {
        "content-type": type ?? "text/plain",
        "service-worker-allowed": "/inbox",
        "content-security-policy": "default-src 'none'; connect-src 'self'; script-src 'self'",
      });
      response.end(body);
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** A device with the inbox's service worker on it. */
class Device {
  static async at(page, origin) {
    const device = new Device();
    device.page = page;
    device.origin = origin;
    await page.context().grantPermissions(["notifications"], { origin });
    await page.goto(`${origin}/inbox`);
    const tools = await page.context().newCDPSession(page);
    const registrations = [];
    tools.on("ServiceWorker.workerRegistrationUpdated", (update) => registrations.push(...update.registrations));
    await tools.send("ServiceWorker.enable");
    await page.evaluate(async () => {
      await navigator.serviceWorker.register("/inbox/sw.js", { scope: "/inbox" });
      await navigator.serviceWorker.ready;
    });
    const found = () => registrations.find((one) => one.scopeURL === `${origin}/inbox` && !one.isDeleted);
    device.registration = (await until("the service worker", async () => found())).registrationId;
    device.tools = tools;
    return device;
  }

  /** A push comes, with this in it. */
  async push(said) {
    const data = typeof said === "string" ? said : JSON.stringify(said);
    await this.tools.send("ServiceWorker.deliverPushMessage", { origin: this.origin, registrationId: this.registration, data });
  }

  /** What is shown, as the browser knows it. */
  shown() {
    return this.page.evaluate(async () => {
      const { active, ...registration } = await navigator.serviceWorker.ready;
      const shown = await (await navigator.serviceWorker.ready).getNotifications();
      return shown.map(({ title, body, tag, data, silent, renotify }) => ({ title, body, tag, data, silent, renotify }));
    });
  }

  /** Waits until exactly this is shown: a body for each tag. */
  async shows(bodies) {
    await expect.poll(async () => Object.fromEntries((await this.shown()).map(({ tag, body }) => [tag, body]))).toEqual(bodies);
  }
}

const test = base.extend({
  house: async ({}, use) => {
    const house = await new House().open();
    await use(house);
    house.close();
  },
  device: async ({ page, house }, use) => {
    await use(await Device.at(page, house.origin));
  },
});

const words = (conversation, first, body, more = {}) => ({
  kind: "words",
  title: "Elm",
  body,
  tag: conversation,
  url: `https://relay.example/inbox#with=${conversation}`,
  at: 1_700_000_000_000,
  conversation,
  first,
  upto: first,
  count: 1,
  hidden: false,
  gone: [],
  ...more,
});

test("a push shows who wrote and what, and each conversation stands once", async ({ device }) => {
  await device.push(words(OAK, 1, "Is it <b>oak</b>?"));
  await device.push(words(ASH, 1, "A chair, please"));
  await device.shows({ [OAK]: "Is it <b>oak</b>?", [ASH]: "A chair, please" });
  await device.push(words(OAK, 2, "The round one"));
  await device.shows({ [OAK]: "Is it <b>oak</b>?\nThe round one", [ASH]: "A chair, please" });
  const [oak] = (await device.shown()).filter(({ tag }) => tag === OAK);
  expect(oak.title).toBe("Elm");
  expect(oak.data.url).toBe(`https://relay.example/inbox#with=${OAK}`);
});
