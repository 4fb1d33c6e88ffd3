// The inbox on a phone held in one hand, and on a desktop.
import { DESKTOP, PHONE, expect, tag, test } from "../support/fixtures.js";
import { Owner, SENT, Visitor } from "../support/people.js";
import { conversations, messages } from "../support/load.js";

test("an empty inbox tells how to hang the bell up, and sees it hang", async ({ owner, newVisitor, relay, shop, site }) => {
  const { page } = owner;
  await expect(page.getByRole("heading", { name: "Hang up your bell" })).toBeVisible();
  const line = page.getByRole("group", { name: "The line to paste" });
  await expect(line).toHaveText(`<script async src="${relay.origin}/shopbell.js" data-shop="${shop}"></script>`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await expect(page.getByText(`Not seen yet on ${site.origin}`)).toBeVisible();
  const visitor = await newVisitor(DESKTOP, site.put("/pasted", { tag: copied }));
  await expect(visitor.bell).toBeVisible();
  await expect(page.getByText(`Seen on ${site.origin}`)).toBeVisible();
  await visitor.open();
  await visitor.write("The bell works");
  await expect(owner.line("The bell works")).toBeVisible();
});

test("a sign-in link works once", async ({ browser, relay, shop }) => {
  const link = await relay.signInLink(shop);
  const first = await browser.newContext(PHONE);
  await Owner.at(await first.newPage(), link);
  const second = await browser.newContext(PHONE);
  const page = await second.newPage();
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
  expect(new URL(page.url()).hash, "the code does not stay in the address").not.toContain("code");
  const stranger = await second.newPage();
  await stranger.goto(`${relay.origin}/inbox`);
  await expect(stranger.getByRole("heading", { name: "You are signed out" })).toBeVisible();
  await first.close();
  await second.close();
});

test("a device that is ended is out within a second", async ({ owner, newOwner }) => {
  const lost = await newOwner(DESKTOP);
  const { page } = owner;
  await page.getByRole("button", { name: "Settings" }).click();
  const devices = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: /End|Sign out/ }) });
  await expect(devices).toHaveCount(2);
  await expect(devices.first()).toContainText("This device");
  const begun = Date.now();
  await page.getByRole("button", { name: /^End the session of/ }).click();
  await page.getByRole("button", { name: "Yes, sign it out" }).click();
  await expect(lost.page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
  expect(Date.now() - begun).toBeLessThan(2_000);
  await expect(devices).toHaveCount(1);
  await lost.page.reload();
  await expect(lost.page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("alert")).toContainText("will need a new sign-in link");
  await page.getByRole("button", { name: "Yes, sign it out" }).click();
  await expect(page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
});

test("search, names, closing and reopening", async ({ newVisitor, owner }) => {
  const [oak, ash] = [await newVisitor(), await newVisitor()];
  await oak.open();
  await oak.write("Is the round table oak?");
  await ash.open();
  await ash.write("A chair, please");
  await expect(owner.lines).toHaveCount(2);
  await expect(owner.lines.first()).toContainText("Is the round table oak?");

  const { page } = owner;
  await owner.open("A chair, please");
  await page.getByRole("button", { name: "Rename" }).click();
  const name = page.getByRole("textbox", { name: "What you call this visitor" });
  await name.fill("Jürgen <b>Ash</b>");
  await name.press("Enter");
  await expect(page.getByRole("heading", { name: "Jürgen <b>Ash</b>" })).toBeVisible();
  await owner.back.click();
  await expect(owner.line("Jürgen <b>Ash</b>")).toBeVisible();

  const search = page.getByRole("textbox", { name: "Search names and messages" });
  await search.fill("jürgen");
  await expect(owner.lines).toHaveCount(1);
  await expect(owner.lines).toContainText("A chair, please");
  await search.fill("round TABLE");
  await expect(owner.lines).toHaveCount(1);
  await expect(owner.lines).toContainText("round table oak");
  await search.fill("nobody said this");
  await expect(page.getByText("Nothing was found for “nobody said this”.")).toBeVisible();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(owner.lines).toHaveCount(2);

  await owner.open("A chair, please");
  await page.getByRole("button", { name: "Close conversation" }).click();
  await expect(page.getByText("This conversation is closed.")).toBeVisible();
  await owner.back.click();
  await expect(owner.lines).toHaveCount(1);
  await page.getByRole("button", { name: "Closed", exact: true }).click();
  await expect(owner.lines).toContainText("A chair, please");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await ash.write("Still there?");
  await expect(owner.line("Still there?"), "it opens again by itself").toBeVisible();
});

test("an unread message counts in the list and in the title, and rings", async ({ visitor, owner }) => {
  await visitor.open();
  await visitor.write("one");
  await expect(owner.page).toHaveTitle(/^\(1\) /);
  await visitor.write("two");
  await expect(owner.page).toHaveTitle(/^\(2\) /);
  await expect(owner.line("two")).toContainText("2 unread messages");
  await expect(owner.line("two")).toContainText("Waiting");
  await owner.open("two");
  await expect(owner.page).not.toHaveTitle(/^\(/);
  await owner.write("Answered");
  await owner.back.click();
  await expect(owner.line("You: Answered")).toBeVisible();
  await expect(owner.line("You: Answered")).not.toContainText("Waiting");
});

test("on a desktop the list and the conversation stand side by side, and keys do", async ({ newOwner, newVisitor }) => {
  const owner = await newOwner(DESKTOP);
  for (const text of ["first", "second", "third"]) {
    const visitor = await newVisitor();
    await visitor.open();
    await visitor.write(text);
    await expect(owner.line(text)).toBeVisible();
  }
  const { page } = owner;
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(owner.box).toBeFocused();
  await owner.sees("second");
  await expect(owner.lines.first()).toBeVisible();
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await owner.sees("By keyboard", "Opened");
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(page.getByRole("textbox", { name: "Search names and messages" })).toBeFocused();
});

test("a reply that was not sent survives a reload, and another conversation", async ({ owner, newVisitor }) => {
  const [one, other] = [await newVisitor(), await newVisitor()];
  await one.open();
  await one.write("to the one");
  await other.open();
  await other.write("to the other");
  await owner.open("to the one");
  await owner.box.fill("half a sentence");
  await owner.back.click();
  await owner.open("to the other");
  await expect(owner.box).toHaveValue("");
  await owner.back.click();
  await owner.page.reload();
  await owner.open("to the one");
  await expect(owner.box).toHaveValue("half a sentence");
});

test("it can be installed, and opens without a network", async ({ newOwner, relay }) => {
  const owner = await newOwner();
  const { page } = owner;
  const manifest = await page.locator("link[rel=manifest]").getAttribute("href");
  const answer = await page.request.get(new URL(manifest, relay.origin).href);
  const told = await answer.json();
  expect(told).toMatchObject({ display: "standalone", start_url: expect.any(String), name: expect.any(String) });
  expect(told.icons.map((icon) => icon.sizes)).toEqual(expect.arrayContaining(["192x192", "512x512"]));
  for (const icon of told.icons) {
    const picture = await page.request.get(new URL(icon.src, new URL(manifest, relay.origin)).href);
    expect(picture.ok(), icon.src).toBe(true);
  }
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.context().setOffline(true);
  await page.reload();
  await expect(page.getByText("You are offline.")).toBeVisible();
  await page.context().setOffline(false);
  await expect(page.getByText("You are offline.")).toHaveCount(0);
});

test.describe("with very much in it", () => {
  test.use({ ownRelay: true });
  test.setTimeout(240_000);

  test("10,000 conversations: open, scroll, search and answer are quick", async ({ relay, shop, newOwner, newVisitor }) => {
    await conversations(relay, shop, 10_000, (number) => `request number ${number}`);
    const owner = await newOwner();
    const { page } = owner;
    await expect(owner.lines.first()).toBeVisible();
    await expect(page, "no more is said than is known").toHaveTitle(/^\(\d+\+\) /);
    expect(await page.evaluate(() => document.querySelectorAll("*").length), "only what is in sight is drawn").toBeLessThan(2_500);
    const timed = async (what, action) => {
      const begun = Date.now();
      await action();
      expect.soft(Date.now() - begun, what).toBeLessThan(10_000);
    };
    await timed("scrolling", async () => {
      for (let page_ = 0; page_ < 4; page_++) {
        await owner.lines.last().scrollIntoViewIfNeeded();
        await expect(owner.lines.first()).toBeAttached();
      }
    });
    const search = page.getByRole("textbox", { name: "Search names and messages" });
    await timed("searching", async () => {
      await search.fill("number 7654");
      await expect(owner.line("request number 7654")).toBeVisible();
      await expect(owner.lines).toHaveCount(1);
    });
    await timed("opening", () => owner.open("request number 7654"));
    await timed("answering", async () => {
      await owner.write("Quick as that");
      await owner.sees("Quick as that", "Kept");
    });
    const visitor = await newVisitor();
    await visitor.open();
    await timed("a newcomer", async () => {
      await visitor.write("Am I the last one?");
      await visitor.sees("Am I the last one?", "Handed over");
    });
  });

  test("a conversation of 10,000 messages opens at its end and scrolls back", async ({ relay, shop, newOwner }) => {
    await messages(relay, shop, 10_000, (number) => `message ${number + 1}`);
    const owner = await newOwner();
    const begun = Date.now();
    await owner.open("message 10000");
    await owner.sees("message 10000");
    expect(Date.now() - begun).toBeLessThan(10_000);
    await owner.log.evaluate((log) => log.scrollTo(0, -log.scrollHeight));
    await expect(owner.message("message 9940")).toBeAttached();
    await owner.write("Still quick");
    await owner.sees("Still quick", "Kept");
  });
});

test("without a network the inbox says so at once, and goes on when it is back", async ({ visitor, owner }) => {
  await visitor.open();
  await visitor.write("Before the tunnel");
  await owner.open("Before the tunnel");
  const context = owner.page.context();
  await context.setOffline(true);
  await expect(owner.page.getByText(/^You are offline/)).toBeVisible({ timeout: 10_000 });
  await owner.write("Written in the tunnel");
  await owner.sees("Written in the tunnel", "On your device");
  await context.setOffline(false);
  await owner.sees("Written in the tunnel", SENT);
  await visitor.sees("Written in the tunnel");
});

test("a link of another shop's asks first, and a used one leads on to the inbox", async ({ relay, site, shop, owner }) => {
  const { page } = owner;
  const other = await relay.shop(site.origin);
  const link = await relay.signInLink(other);
  await page.goto("about:blank");
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "This link is another shop's" })).toBeVisible();
  await page.getByRole("button", { name: "Stay signed in" }).click();
  await expect(page.getByRole("navigation", { name: "Conversations" })).toBeVisible();
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("button", { name: "Sign in to the other shop" }).click();
  await expect(page.getByRole("group", { name: "The line to paste" })).toContainText(`data-shop="${other}"`);
  await page.goto("about:blank");
  await page.goto(link);
  await page.getByRole("button", { name: "Open the inbox" }).click();
  await expect(page.getByRole("group", { name: "The line to paste" })).toContainText(`data-shop="${other}"`);
  expect(shop).not.toBe(other);
});
