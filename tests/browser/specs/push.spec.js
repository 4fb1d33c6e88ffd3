// What the inbox's service worker does with a push: the real one in the real browser, which
// hears of pushes by the developer tools' own way of delivering one, and whose notifications
// stand on a desktop where they can be pressed.
import { chromium as browsers, expect, test as base } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "../support/chromium.js";
import { Desktop } from "../support/desktop.js";
import { until } from "../support/relay.js";

const WORKER = ["shown.js", "sw.js"].map((name) => join(import.meta.dirname, "../../../inbox/static", name));
const OAK = "01890000-0000-7000-8000-0000000000a1";
const ASH = "01890000-0000-7000-8000-0000000000a2";
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// The app, as far as the service worker knows it: it asks for what it is to show, and takes it.
const PAGE = `
  window.heard = [];
  navigator.serviceWorker.addEventListener("message", ({ data, source }) => {
    heard.push(data);
    if (data.reply) source.postMessage({ drafted: data.reply });
  });
  navigator.serviceWorker.startMessages();
  navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ ready: true }));`;

/** The relay, as far as the service worker knows it; with the headers that the relay sends. */
class House {
  /** What was posted. */
  posted = [];
  /** What was asked for. */
  asked = new Set();
  /** What posts are answered with; 0 cuts the line. */
  status = 204;

  async open() {
    const files = {
      "/inbox": ["text/html", "<!doctype html><title>Inbox</title><script src='/inbox/page.js'></script>"],
      "/inbox/page.js": ["text/javascript", PAGE],
      "/inbox/sw.js": ["text/javascript", WORKER.map((path) => readFileSync(path, "utf8")).join("")],
    };
    this.server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://house");
      if (request.method === "POST") {
        const parts = await request.toArray();
        this.posted.push({ path: pathname, ...JSON.parse(Buffer.concat(parts).toString()) });
        if (!this.status) return request.socket.destroy();
        return response.writeHead(this.status).end();
      }
      this.asked.add(pathname);
      const [type, body] = files[pathname] ?? [];
      response.writeHead(type ? 200 : 404, {
        "content-type": type ?? "text/plain",
        "service-worker-allowed": "/inbox",
        "content-security-policy": "default-src 'none'; connect-src 'self'; img-src 'self'; script-src 'self'",
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
  static async at(context, desktop, origin) {
    const device = Object.assign(new Device(), { context, desktop, origin });
    await context.grantPermissions(["notifications"], { origin });
    device.page = context.pages()[0];
    await device.page.goto(`${origin}/inbox`);
    device.tools = await context.newCDPSession(device.page);
    const found = new Promise((resolve) => {
      device.tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL === `${origin}/inbox` && !isDeleted);
        if (own) resolve(own.registrationId);
      });
    });
    await device.tools.send("ServiceWorker.enable");
    await device.page.evaluate(async () => {
      await navigator.serviceWorker.register("/inbox/sw.js", { scope: "/inbox" });
      await navigator.serviceWorker.ready;
    });
    device.registrationId = await found;
    return device;
  }

  /** A push comes, with this in it. */
  async push(said) {
    const { origin, registrationId } = this;
    const data = typeof said === "string" ? said : JSON.stringify(said);
    await this.tools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  }

  /** What is shown, as the browser knows it. */
  shown() {
    return this.page.evaluate(async () => {
      const shown = await (await navigator.serviceWorker.ready).getNotifications();
      return shown.map(({ title, body, tag, data, silent, renotify }) => ({ title, body, tag, data, silent, renotify }));
    });
  }

  /** Waits until exactly this is shown: a body for each tag. */
  async shows(bodies) {
    // First by the desktop: Chromium forgets what it is asked for before that has it.
    for (const body of Object.values(bodies)) await this.desktop.sees(body);
    await expect.poll(async () => Object.fromEntries((await this.shown()).map(({ tag, body }) => [tag, body]))).toEqual(bodies);
  }

  /** The owner is elsewhere: no page of the inbox is open. */
  async leave() {
    await this.page.goto("about:blank");
  }

  /** What the app was told. */
  heard(page = this.page) {
    return page.evaluate(() => window.heard);
  }

  /** The page that was opened by a press. */
  opened() {
    return until("a window of the inbox", async () => this.context.pages().find((page) => page.url().startsWith(`${this.origin}/inbox`)));
  }
}

const test = base.extend({
  house: async ({}, use) => {
    const house = await new House().open();
    await use(house);
    house.close();
  },

  desktop: async ({}, use) => {
    const desktop = await new Desktop().open();
    await use(desktop);
    desktop.close();
  },

  // A profile that stays, for a private window hears of no press.
  device: async ({ house, desktop }, use) => {
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: desktop.address };
    const context = await browsers.launchPersistentContext("", { ...chromium.launchOptions, env });
    await use(await Device.at(context, desktop, house.origin));
    await context.close();
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

test("a push shows who wrote and what, and each conversation stands once", async ({ device, desktop, house }) => {
  await device.push(words(OAK, 1, "Is it <b>oak</b>?"));
  await device.shows({ [OAK]: "Is it <b>oak</b>?" });
  await device.push(words(ASH, 1, "A chair, please"));
  await device.shows({ [OAK]: "Is it <b>oak</b>?", [ASH]: "A chair, please" });
  await device.push(words(OAK, 2, "The round one"));
  await device.shows({ [OAK]: "Is it <b>oak</b>?\nThe round one", [ASH]: "A chair, please" });
  await desktop.sees("The round one");
  expect([...desktop.shown.values()].map(({ summary }) => summary)).toEqual(["Elm", "Elm"]);
  expect(house.asked, "the worker's own policy lets icons in").toContain("/inbox/icons/bell-192.png");
});

test("a push that comes twice is told once and does not ring again", async ({ device, desktop }) => {
  await device.leave();
  await device.push(words(OAK, 1, "one", { upto: 2, count: 2 }));
  const id = await desktop.sees("one");
  expect(desktop.shown.get(id).silent).toBe(false);
  await device.push(words(OAK, 1, "one", { upto: 2, count: 2 }));
  await until("the second", async () => desktop.shown.get(id).silent);
  await device.push(words(OAK, 3, "three"));
  await desktop.sees("one\nthree");
  await until("the third to ring", async () => !desktop.shown.get(id).silent);
  await device.page.goto(`${device.origin}/inbox`);
  await device.shows({ [OAK]: "one\nthree" });
});

test("words that overtook each other on the way stand as they were said, and none is taken for another", async ({ device }) => {
  await device.push(words(OAK, 3, "three", { upto: 4, count: 2 }));
  await device.push(words(OAK, 1, "one"));
  await device.shows({ [OAK]: "one\nthree" });
  await device.push(words(OAK, 3, "three, four and five", { upto: 5, count: 3 }));
  await device.shows({ [OAK]: "one\nthree, four and five" });
  await device.push(words(OAK, 6, "3 new messages", { upto: 8, count: 3, hidden: true }));
  await device.shows({ [OAK]: "7 new messages" });
});

test("of a long absence the newest words are shown, and hidden ones are counted", async ({ device, desktop }) => {
  for (let seq = 1; seq <= 8; seq += 1) {
    await device.push(words(OAK, seq, `word ${seq}`));
    await desktop.sees(`word ${seq}`);
  }
  await device.shows({ [OAK]: "word 4\nword 5\nword 6\nword 7\nword 8" });
  await device.push(words(OAK, 9, "2 new messages", { upto: 10, count: 2, hidden: true }));
  await device.shows({ [OAK]: "10 new messages" });
});

test("whatever a push says, something is shown", async ({ device, desktop }) => {
  let before;
  for (const garbage of ["", "not JSON", "null", "[1]", '{"title":7,"body":{},"tag":[],"conversation":5,"count":-1,"gone":"x","at":"now"}']) {
    await device.push(garbage);
    const showing = () => desktop.shown.values().next().value;
    await until(`something for ${garbage}`, async () => showing() && showing() !== before);
    before = showing();
    expect(before.summary).toBe("New message");
  }
  await device.push({ kind: "test", title: "Oak & Ash", body: "This is how.", tag: "test", url: "https://relay.example/inbox", gone: [] });
  await device.shows({ unknown: "", test: "This is how." });
});

test("what was opened elsewhere goes with the next push, what is opened here at once", async ({ device }) => {
  await device.push(words(OAK, 1, "one"));
  await device.push(words(ASH, 1, "two", { gone: [OAK] }));
  await device.shows({ [ASH]: "two" });
  await device.page.evaluate(async (opened) => (await navigator.serviceWorker.ready).active.postMessage({ opened }), ASH);
  await device.shows({});
});

test("a press leads to the conversation in the window that is there", async ({ device, desktop }) => {
  await device.push(words(OAK, 1, "Is it oak?"));
  desktop.press(await desktop.sees("Is it oak?"));
  await expect.poll(() => device.heard()).toEqual([{ open: OAK }]);
  await device.shows({});
});

test("a press opens the inbox where it is closed, by the address it has here", async ({ device, desktop }) => {
  await device.leave();
  await device.push(words(OAK, 1, "Is it oak?"));
  desktop.press(await desktop.sees("Is it oak?"));
  const page = await device.opened();
  expect(page.url()).toBe(`${device.origin}/inbox#with=${OAK}`);
  await desktop.losesSight("Is it oak?");
});

test("a reply typed into the notification is sent as the owner's, and the notification goes", async ({ device, desktop, house }) => {
  await device.leave();
  await device.push(words(OAK, 1, "Is it oak?"));
  desktop.reply(await desktop.sees("Is it oak?"), "  It is <oak>.  ");
  await desktop.losesSight("Is it oak?");
  expect(house.posted).toEqual([{ path: "/inbox/reply", conversation: OAK, id: expect.stringMatching(UUID7), body: "It is <oak>." }]);
  const age = Date.now() - parseInt(house.posted[0].id.replace("-", "").slice(0, 12), 16);
  expect(Math.abs(age)).toBeLessThan(60_000);
});

test("a reply that can't be sent stays on the screen, and is sent again as the same", async ({ device, desktop, house }) => {
  await device.leave();
  for (const status of [0, 503]) {
    house.status = status;
    await device.push(words(OAK, 1, "Is it oak?"));
    desktop.reply(await desktop.sees("Is it oak?"), "It is.");
    const unsent = await desktop.sees("It is.");
    expect(desktop.shown.get(unsent).summary).toBe("Your reply is not sent yet");
    await desktop.losesSight("Is it oak?");
    const first = desktop.shown.get(unsent);
    desktop.press(unsent, "Send again");
    await until("the second try to fail", async () => desktop.shown.get(unsent) !== first);
    house.status = 204;
    desktop.press(await desktop.sees("It is."), "Send again");
    await desktop.losesSight("It is.");
    const posted = house.posted.splice(0);
    expect(posted.length).toBeGreaterThanOrEqual(3);
    expect(new Set(posted.map(({ id }) => id)).size, "it can be kept only once").toBe(1);
  }
});

test("the words of a reply that was not sent come into the app", async ({ device, desktop, house }) => {
  house.status = 401;
  await device.leave();
  await device.push(words(OAK, 1, "Is it oak?"));
  desktop.reply(await desktop.sees("Is it oak?"), "It is.");
  const unsent = await desktop.sees("It is.");
  expect(desktop.shown.get(unsent).summary).toBe("Your reply is not sent: you are signed out here");
  desktop.press(unsent);
  const page = await device.opened();
  await expect.poll(() => device.heard(page)).toEqual([{ open: OAK, draft: "It is.", reply: house.posted[0].id }]);
  await desktop.losesSight("It is.");
});
