// The one script that a shop's page pays for: what it does before, at and after the click.
import { DESKTOP, expect, tag, test } from "../support/fixtures.js";
import { BELL, SENT, Visitor } from "../support/people.js";

/** Everything that a page asks for, from its first byte on. */
function requests(page) {
  const seen = [];
  page.on("request", (request) => request.url().startsWith("data:") || seen.push(request.url()));
  page.on("websocket", (socket) => seen.push(socket.url()));
  return seen;
}

test("before the click: one script, no storage, no connection, no layout shift", async ({ browser, address, relay }) => {
  const context = await browser.newContext(DESKTOP);
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.shifts += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  const seen = requests(page);
  const visitor = await Visitor.at(page, address);
  await expect(visitor.bell).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(seen).toEqual([address, `${relay.origin}/shopbell.js`]);
  expect(await page.evaluate(() => window.shifts)).toBe(0);
  expect(await context.cookies()).toEqual([]);
  const stored = () => [localStorage.length, sessionStorage.length, document.cookie];
  expect(await page.evaluate(stored)).toEqual([0, 0, ""]);
  expect(await page.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  await expect(page.locator("iframe")).toHaveCount(0);

  // A hand on its way to the bell makes the way shorter, and no more than that.
  await visitor.bell.hover();
  await expect(page.locator(`link[rel=preconnect][href="${relay.origin}"]`)).toBeAttached();
  expect(seen).toHaveLength(2);
  await context.close();
});

test("nothing is stored before the first message, and then only for the relay", async ({ visitor }) => {
  await visitor.open();
  await visitor.box.fill("Not sent yet");
  const stored = () => [Object.keys(localStorage).length, document.cookie];
  expect(await visitor.frame().evaluate(stored)).toEqual([0, ""]);
  expect(await visitor.page.context().cookies()).toEqual([]);
  await visitor.send.click();
  await visitor.sees("Not sent yet", SENT);
  const [entries, cookie] = await visitor.frame().evaluate(stored);
  expect(entries).toBe(1);
  expect(cookie).toContain("shopbell-visitor=");
  expect(await visitor.page.evaluate(() => localStorage.length)).toBe(0);
});

test("loaded twice it is there once", async ({ newVisitor, site, relay, shop }) => {
  const twice = tag(relay, shop) + tag(relay, shop);
  const visitor = await newVisitor(DESKTOP, site.put("/twice", { tag: twice }));
  await expect(visitor.bell).toBeVisible();
  await visitor.page.addScriptTag({ url: `${relay.origin}/shopbell.js` });
  await expect(visitor.page.locator("shop-bell")).toHaveCount(1);
  await visitor.open();
  await expect(visitor.page.locator("iframe")).toHaveCount(1);
});

test("commands wait in the queue until the script is there, and events are told", async ({ newVisitor, site, relay, shop, owner }) => {
  const head = `<script>
    window.shopbell = window.shopbell || function () { (shopbell.q = shopbell.q || []).push(arguments); };
    window.heard = [];
    for (const event of ["ready", "open", "close", "sent", "message", "unread", "status"])
      shopbell("on", event, (detail) => heard.push([event, detail]));
    shopbell("open");
  </script>`;
  const visitor = await newVisitor(DESKTOP, site.put("/queue", { head, tag: tag(relay, shop) }));
  await visitor.isLive();
  const { page } = visitor;
  const heard = (event) => page.evaluate((event) => window.heard.filter(([name]) => name === event).map(([, detail]) => detail), event);
  expect(await heard("ready")).toHaveLength(1);
  expect(await heard("open")).toHaveLength(1);
  await visitor.write("Out of the queue");
  await expect.poll(() => heard("sent")).toHaveLength(1);
  await page.evaluate(() => window.shopbell("close"));
  await expect(visitor.panel).toBeHidden();
  await owner.open("Out of the queue");
  await owner.write("Read me");
  await expect.poll(() => heard("message")).toHaveLength(1);
  await expect.poll(() => heard("unread")).toContainEqual({ count: 1 });
  expect(JSON.stringify(await page.evaluate(() => window.heard)), "what was said is not for the page").not.toContain("Read me");
  await page.evaluate(() => window.shopbell("toggle"));
  await visitor.sees("Read me");
  await expect.poll(() => heard("unread")).toContainEqual({ count: 0 });
  await page.evaluate(() => window.shopbell("hide"));
  await expect(visitor.bell).toBeHidden();
  await page.evaluate(() => window.shopbell("show"));
  await expect(visitor.bell).toBeVisible();
  await page.evaluate(() => window.shopbell("destroy"));
  await expect(page.locator("shop-bell")).toHaveCount(0);
});

test("nothing that a page does to it throws into the page", async ({ newVisitor, site, relay, shop }) => {
  const visitor = await newVisitor(DESKTOP, site.put("/rough", { tag: tag(relay, shop) }));
  const errors = [];
  visitor.page.on("pageerror", (error) => errors.push(error.message));
  await expect(visitor.bell).toBeVisible();
  await visitor.page.evaluate(() => {
    window.shopbell();
    window.shopbell("no such command");
    window.shopbell("constructor");
    window.shopbell("on", "open", () => { throw new Error("the page's own mistake"); });
    window.shopbell("on");
    window.shopbell("off", "nothing");
    window.shopbell("context", { toString() { throw new Error("hostile"); } });
    window.shopbell("open");
    window.shopbell("identify");
    window.shopbell("close");
    window.shopbell("open");
  });
  await visitor.isLive();
  await visitor.write("Still works");
  await visitor.sees("Still works", SENT);
  expect(errors).toEqual([]);
});

test("only the frame and only the relay's origin are listened to", async ({ visitor, site, relay }) => {
  await visitor.open();
  const { page } = visitor;
  await page.evaluate(() => {
    window.counts = [];
    window.shopbell("on", "unread", ({ count }) => window.counts.push(count));
  });
  site.put("/evil", { tag: "<script>parent.postMessage({ shopbell: 'unread', count: 99 }, '*'); parent.postMessage({ shopbell: 'close' }, '*')</script>" });
  await page.evaluate(() => {
    window.postMessage({ shopbell: "unread", count: 98 }, "*");
    window.postMessage({ shopbell: "close" }, "*");
    const frame = document.createElement("iframe");
    frame.src = "/evil";
    document.body.append(frame);
    return new Promise((resolve) => (frame.onload = resolve));
  });
  await visitor.write("Nobody closed it");
  await visitor.sees("Nobody closed it", SENT);
  await expect(visitor.panel).toBeVisible();
  expect(await page.evaluate(() => window.counts)).toEqual([]);

  // Nor does the frame take the page's word for anything but what a page may say.
  await page.evaluate((relay) => {
    const frame = document.querySelector("shop-bell").shadowRoot.querySelector("iframe").contentWindow;
    for (const shopbell of ["send", "write", "message", "reply", "__proto__"])
      frame.postMessage({ shopbell, body: "forged", text: "forged" }, relay);
  }, relay.origin);
  await visitor.write("Mine");
  await visitor.sees("Mine", SENT);
  await visitor.seesAll(["Nobody closed it", "Mine"]);
});

test("any link opens it, and works by itself without scripts", async ({ newVisitor, site, relay, shop, browser }) => {
  const body = `<p><a href="${relay.origin}/talk/${shop}" data-shopbell>Ask us anything</a></p>`;
  const address = site.put("/link", { body, tag: tag(relay, shop, 'data-launcher="none"') });
  const visitor = await newVisitor(DESKTOP, address);
  await expect(visitor.page.locator("shop-bell")).toBeAttached();
  await expect(visitor.bell).toBeHidden();
  await visitor.page.getByRole("link", { name: "Ask us anything" }).click();
  await visitor.isLive();
  await visitor.box.press("Escape");
  await expect(visitor.panel).toBeHidden();
  await expect(visitor.page.getByRole("link", { name: "Ask us anything" })).toBeFocused();

  const plain = await browser.newContext({ javaScriptEnabled: false });
  const page = await plain.newPage();
  await page.goto(address);
  await page.getByRole("link", { name: "Ask us anything" }).click();
  await expect(page.getByRole("textbox", { name: "Your message" })).toBeVisible();
  await plain.close();
});

test("the attributes do what they say", async ({ newVisitor, site, relay, shop }) => {
  const attributes = 'data-label="Frag uns" data-color="#0a5" data-position="left"';
  const visitor = await newVisitor(DESKTOP, site.put("/attributes", { tag: tag(relay, shop, attributes) }));
  const bell = visitor.page.getByRole("button", { name: "Frag uns" });
  await expect(bell).toBeVisible();
  expect((await bell.boundingBox()).x).toBeLessThan(100);
  await expect(bell).toHaveCSS("background-color", "rgb(0, 170, 85)");
  await expect(visitor.page.getByRole("button", { name: BELL })).toHaveCount(0);
});

test("the page's styles do not reach the bell, nor the bell's the page", async ({ newVisitor, site, relay, shop }) => {
  const head = "<style>* { color: red !important; display: block; font-size: 40px } button { width: 5px !important; position: static !important }</style>";
  const visitor = await newVisitor(DESKTOP, site.put("/loud", { head, tag: tag(relay, shop) }));
  const box = await visitor.bell.boundingBox();
  expect(box.width).toBeGreaterThanOrEqual(44);
  expect(box.height).toBeGreaterThanOrEqual(44);
  const styles = await visitor.page.evaluate(() => document.querySelectorAll("style, link[rel=stylesheet]").length);
  expect(styles, "no style goes into the page").toBe(1);
});

test("a panel that could not be loaded is asked for anew when it is opened again", async ({ visitor, owner }) => {
  const context = visitor.page.context();
  await context.setOffline(true);
  await visitor.bell.click();
  await expect(visitor.page.locator("shop-bell iframe")).toBeAttached();
  await visitor.page.getByRole("button", { name: "Close" }).click();
  await context.setOffline(false);
  await visitor.open();
  await visitor.write("Out of the tunnel");
  await visitor.sees("Out of the tunnel", SENT);
  await expect(owner.line("Out of the tunnel")).toBeVisible();
});
