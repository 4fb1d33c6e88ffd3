// A visitor asks to be notified of the answer: what the panel offers, and the talk page by itself.
import { DESKTOP, PHONE, expect, test } from "../support/fixtures.js";

const NOTIFY = "Get a notification on this device";

/** What a page keeps of notifications before anybody has asked for them. */
const kept = (page) =>
  page.evaluate(async () => ({
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    marks: Object.keys(localStorage).filter((name) => name.endsWith(":notify")),
    permission: Notification.permission,
  }));

for (const [device, options] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  test(`on a ${device} the panel leads to the conversation's own page, where a button asks`, async ({ newVisitor }) => {
    const visitor = await newVisitor(options);
    await visitor.open();
    const link = visitor.root.getByRole("link", { name: NOTIFY });
    await expect(link, "not before anything was sent").toBeHidden();
    await visitor.write("Do you deliver to Porto?");
    await expect(visitor.root.getByRole("button", { name: NOTIFY }), "a frame may not ask").toBeHidden();
    const opening = visitor.page.context().waitForEvent("page");
    await link.click();
    const page = await opening;
    await expect(page.getByText("Do you deliver to Porto?")).toBeVisible();
    await expect(page.getByRole("link", { name: NOTIFY })).toBeHidden();
    const button = page.getByRole("button", { name: NOTIFY });
    await expect(button).toBeVisible();
    expect(await kept(page)).toEqual({ workers: 0, marks: [], permission: expect.not.stringMatching("granted") });
    // In a private window the browser says no without asking anybody.
    await button.click();
    await expect(page.getByText("This browser does not let this page notify you.")).toBeVisible();
    expect(await kept(page)).toMatchObject({ workers: 0, marks: [] });
  });
}

test("a browser that cannot subscribe says so, and nothing is on", async ({ relay, shop, page, context }) => {
  await context.grantPermissions(["notifications"], { origin: relay.origin });
  await page.goto(`${relay.origin}/talk/${shop}`);
  await expect(page.locator("html.live")).toBeAttached();
  await page.getByRole("textbox", { name: "Your message" }).fill("Is it oak?");
  await page.getByRole("button", { name: "Send" }).click();
  // It has no push service here, for its maker's can't be reached.
  await page.getByRole("button", { name: NOTIFY }).click();
  await expect(page.getByText("That did not work. Please try again in a moment.")).toBeVisible();
  await expect(page.getByRole("button", { name: NOTIFY })).toBeVisible();
  expect((await kept(page)).marks).toEqual([]);
});

test("where a browser knows no pushes nothing is offered, and on an iPhone it is said why", async ({ browser, relay, shop }) => {
  for (const apple of [false, true]) {
    const context = await browser.newContext(PHONE);
    await context.addInitScript((apple) => {
      delete window.PushManager;
      if (apple) navigator.standalone = false;
    }, apple);
    const page = await context.newPage();
    await page.goto(`${relay.origin}/talk/${shop}`);
    await page.getByRole("textbox", { name: "Your message" }).fill("Is it oak?");
    await page.getByRole("button", { name: "Send" }).click();
    await expect(page.getByText("Handed over").or(page.getByText("Kept"))).toBeVisible();
    await page.reload();
    await expect(page.locator("html.live")).toBeAttached();
    const why = page.getByText("On an iPhone or iPad only apps on the home screen may notify you");
    await expect(why).toBeVisible({ visible: apple });
    await expect(page.getByRole("button", { name: NOTIFY })).toBeHidden();
    await expect(page.getByRole("link", { name: NOTIFY })).toBeHidden();
    await context.close();
  }
});
