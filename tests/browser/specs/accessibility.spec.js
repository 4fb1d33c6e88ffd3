// For those who hear the page or use it without a mouse: names, roles, contrast.
import AxeBuilder from "@axe-core/playwright";
import { DESKTOP, PHONE, expect, test } from "../support/fixtures.js";
import { SENT, TalkPage } from "../support/people.js";

/** Nothing is found by axe on the page, in the frame and in the shadow. */
async function finds(page) {
  // What is still fading in has not the contrast that people read it with.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map(({ finished }) => finished));
  });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.target.join(" "))])).toEqual([]);
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing wrong with the visitor's side, ${colorScheme}`, async ({ newVisitor, owner, browser, relay, shop }) => {
    const visitor = await newVisitor({ ...DESKTOP, colorScheme });
    await expect(visitor.bell).toBeVisible();
    await finds(visitor.page);
    await visitor.open();
    await visitor.write("Is it dark in here?");
    await owner.open("Is it dark in here?");
    await owner.write("See https://oak.example/light");
    await visitor.sees("Is it dark in here?", "Opened");
    await expect(visitor.root.getByRole("link", { name: "https://oak.example/light" })).toBeVisible();
    await finds(visitor.page);
    const context = await browser.newContext({ ...PHONE, colorScheme, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${relay.origin}/talk/${shop}`);
    const talk = new TalkPage(page);
    await talk.write("Without scripts");
    await talk.sees("Without scripts", SENT);
    await context.close();
    const alone = await browser.newContext({ ...PHONE, colorScheme });
    const own = await alone.newPage();
    await own.goto(`${relay.origin}/talk/${shop}`);
    await expect(own.locator("html.live")).toBeAttached();
    await finds(own);
    await alone.close();
  });

  test(`axe finds nothing wrong with the inbox, ${colorScheme}`, async ({ newOwner, newVisitor, browser, relay }) => {
    for (const device of [PHONE, DESKTOP]) {
      const owner = await newOwner({ ...device, colorScheme });
      const { page } = owner;
      await expect(page.getByRole("heading", { name: /Hang up your bell|Nobody is waiting|Choose a conversation/ }).first()).toBeVisible();
      await finds(page);
      const visitor = await newVisitor();
      await visitor.open();
      await visitor.write(`On a screen of ${device.viewport.width}`);
      await expect(owner.line(`On a screen of ${device.viewport.width}`)).toBeVisible();
      await finds(page);
      await owner.open(`On a screen of ${device.viewport.width}`);
      await owner.write("Good to hear");
      await owner.sees("Good to hear", SENT);
      await finds(page);
      await page.getByRole("button", { name: "Details" }).click();
      await expect(page.getByRole("dialog", { name: "About this visitor" })).toBeVisible();
      await finds(page);
      await page.keyboard.press("Escape");
      if (device === PHONE) await owner.back.click();
      await page.getByRole("button", { name: "Settings" }).click();
      await expect(page.getByRole("heading", { name: "Signed-in devices" })).toBeVisible();
      await finds(page);
    }
    const context = await browser.newContext({ ...PHONE, colorScheme });
    const page = await context.newPage();
    await page.goto(`${relay.origin}/inbox`);
    await expect(page.getByRole("heading", { name: "You are signed out" })).toBeVisible();
    await finds(page);
    await context.close();
  });
}

test("the bell and the panel, as they are heard", async ({ visitor, owner }) => {
  await expect(visitor.page.locator("body")).toMatchAriaSnapshot({ name: "bell.aria.yml" });
  await visitor.open();
  await visitor.write("What do you hear?");
  await owner.open("What do you hear?");
  await owner.write("A conversation.");
  await visitor.sees("What do you hear?", "Opened");
  await visitor.sees("A conversation.");
  await expect(visitor.page.getByRole("dialog", { name: "Conversation with Maya" })).toBeVisible();
  await expect(visitor.root.locator("body")).toMatchAriaSnapshot({ name: "panel.aria.yml" });
});

test("the inbox, as it is heard", async ({ visitor, owner }) => {
  await visitor.open();
  await visitor.write("What do you hear?");
  await expect(owner.line("What do you hear?")).toBeVisible();
  await expect(owner.page.locator("body")).toMatchAriaSnapshot({ name: "inbox-list.aria.yml" });
  await owner.open("What do you hear?");
  await owner.write("A conversation.");
  await owner.sees("A conversation.", "Opened");
  await expect(owner.page.locator("body")).toMatchAriaSnapshot({ name: "inbox-conversation.aria.yml" });
});
