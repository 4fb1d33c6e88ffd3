// The panel by itself: what is shown, how it is used, and what it must never do.
import { DESKTOP, PHONE, expect, tag, test } from "../support/fixtures.js";
import { SENT, TalkPage } from "../support/people.js";
import { messages } from "../support/load.js";

test("markup, links, long words and emoji are shown as what they are", async ({ visitor, owner }) => {
  const markup = `<script>window.hacked = 1</script><img src=x onerror="window.hacked = 1">`;
  const link = "See https://oak.example/a?b=1&c=2. Or javascript:alert(1)";
  const long = "x".repeat(500);
  await visitor.open();
  for (const text of [markup, link, long, "🌳🪵", "two\nlines", "\u202Eturned"]) await visitor.write(text);
  await expect(visitor.rows).toHaveCount(6);
  await visitor.sees(markup, SENT);
  await owner.open("turned");
  for (const side of [visitor.root, owner.page]) {
    await expect(side.getByText(markup, { exact: true })).toBeVisible();
    const anchor = side.getByRole("link", { name: "https://oak.example/a?b=1&c=2" });
    await expect(anchor).toHaveAttribute("href", "https://oak.example/a?b=1&c=2");
    await expect(anchor).toHaveAttribute("target", "_blank");
    await expect(anchor).toHaveAttribute("rel", /noopener/);
    await expect(side.getByRole("link", { name: /javascript/ })).toHaveCount(0);
  }
  expect(await visitor.frame().evaluate(() => window.hacked)).toBeUndefined();
  expect(await owner.page.evaluate(() => window.hacked)).toBeUndefined();
  for (const root of [visitor.frame(), owner.page.mainFrame()]) {
    const overflow = await root.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    expect(overflow, "a long word breaks, the page does not grow").toBeLessThanOrEqual(0);
  }
});

test("Enter sends, Shift+Enter makes a new line, and nothing is sent empty", async ({ visitor }) => {
  await visitor.open();
  await visitor.box.press("Enter");
  await visitor.box.pressSequentially("   ");
  await visitor.box.press("Enter");
  await visitor.box.fill("");
  await visitor.box.pressSequentially("first");
  await visitor.box.press("Shift+Enter");
  await visitor.box.pressSequentially("second");
  await visitor.box.press("Enter");
  await expect(visitor.rows).toHaveCount(1);
  await expect(visitor.rows.locator(".body")).toHaveText("first\nsecond", { useInnerText: true });
  await expect(visitor.box).toHaveValue("");
  await expect(visitor.box).toBeFocused();
});

test("what is too long is told before it is sent", async ({ visitor }) => {
  await visitor.open();
  await visitor.box.evaluate((box) => {
    box.removeAttribute("maxlength");
    box.value = "y".repeat(4_001);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await visitor.send.click();
  await expect(visitor.root.getByText("1 character too many")).toBeVisible();
  await expect(visitor.rows).toHaveCount(0);
  await visitor.box.fill("z".repeat(4_000));
  await visitor.send.click();
  await visitor.sees("z".repeat(4_000), SENT);
});

test("an unread answer shows on the bell and in the title", async ({ visitor, owner }) => {
  await visitor.open();
  await visitor.write("I'll be back");
  await owner.open("I'll be back");
  await visitor.panel.getByRole("button", { name: "Close" }).click();
  await expect(visitor.panel).toBeHidden();
  await owner.write("one");
  await owner.write("two");
  await expect(visitor.page).toHaveTitle("(2) Round table");
  await expect(visitor.bell).toContainText("2");
  await expect(visitor.page.getByRole("status").filter({ hasText: "2 new messages" })).toBeAttached();
  await owner.sees("two", "Handed over");
  await visitor.bell.click();
  await visitor.sees("two");
  await expect(visitor.page).toHaveTitle("Round table");
  await owner.sees("two", "Opened");
});

test("older messages come on scrolling up, and what is read stays where it is", async ({ browser, relay, shop }) => {
  const credential = await messages(relay, shop, 120, (number) => `message ${number + 1}`);
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  await page.goto(`${relay.origin}/talk/${shop}/link/${credential.conversation}.${credential.secret}`);
  const talk = new TalkPage(page);
  await expect(page.locator("html.live")).toBeAttached();
  await talk.sees("message 120");
  await expect(talk.row("message 71")).toBeAttached();
  await expect(talk.row("message 70")).toHaveCount(0);
  await talk.log.evaluate((log) => (log.scrollTop = 0));
  await expect(talk.row("message 21")).toBeAttached();
  await expect(talk.row("message 71"), "it has not jumped away").toBeInViewport();
  await talk.log.evaluate((log) => (log.scrollTop = 0));
  await expect(talk.row("message 1")).toBeAttached();
  await expect(talk.rows).toHaveCount(120);
  await context.close();
});

test("everything can be done with the keyboard alone", async ({ visitor, owner }) => {
  const { page } = visitor;
  await page.keyboard.press("Tab");
  for (let presses = 0; presses < 20; presses++) {
    if (await visitor.bell.evaluate((bell) => bell.getRootNode().activeElement === bell)) break;
    await page.keyboard.press("Tab");
  }
  await expect(visitor.bell).toBeFocused();
  await page.keyboard.press("Enter");
  await visitor.isLive();
  await expect(visitor.box).toBeFocused();
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Tab");
  await expect(visitor.send).toBeFocused();
  await page.keyboard.press("Enter");
  await visitor.sees("By keyboard", SENT);
  await page.keyboard.press("Escape");
  await expect(visitor.panel).toBeHidden();
  await expect(visitor.bell).toBeFocused();
  await owner.open("By keyboard");
});

test("who asks for less motion gets none", async ({ newVisitor }) => {
  const visitor = await newVisitor({ ...DESKTOP, reducedMotion: "reduce" });
  await visitor.open();
  await visitor.write("Calm");
  await visitor.sees("Calm", SENT);
  expect(await visitor.page.evaluate(() => document.querySelector("shop-bell").shadowRoot.getAnimations().length)).toBe(0);
  expect(await visitor.frame().evaluate(() => document.getAnimations().length)).toBe(0);
});

test("the page that the panel stands on is told to the owner", async ({ newVisitor, owner, site, relay, shop }) => {
  const address = site.put("/products/chair", { tag: tag(relay, shop), title: "Windsor <b>chair</b>" });
  const visitor = await newVisitor(DESKTOP, `${address}?secret=1#frag`);
  await visitor.open();
  await visitor.write("About this chair");
  await owner.open("About this chair");
  await owner.page.getByRole("button", { name: "Details" }).click();
  const sheet = owner.page.getByRole("dialog", { name: "About this visitor" });
  const link = sheet.getByRole("link", { name: /Windsor/ }).first();
  await expect(link).toHaveAttribute("href", address);
  await expect(sheet.getByText("Europe/London")).toBeVisible();
  await expect(sheet.getByText(/English/)).toBeVisible();
});

test("what was half written is still there on the next page, once a conversation has begun", async ({ visitor }) => {
  await visitor.open();
  await visitor.box.fill("Nothing is stored yet");
  await visitor.page.reload();
  await visitor.open();
  await expect(visitor.box).toHaveValue("");
  await visitor.write("A beginning");
  await visitor.sees("A beginning", SENT);
  await visitor.box.pressSequentially("half a tho");
  await visitor.page.reload();
  await visitor.open();
  await expect(visitor.box).toHaveValue("half a tho");
  await visitor.box.pressSequentially("ught");
  await visitor.box.press("Enter");
  await visitor.sees("half a thought", SENT);
  await visitor.page.reload();
  await visitor.open();
  await expect(visitor.box).toHaveValue("");
});
