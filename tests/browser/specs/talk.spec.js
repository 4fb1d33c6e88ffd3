// A visitor on a shop's page and the owner on a phone talk with each other, whatever happens on the way.
import { DESKTOP, PHONE, expect, test } from "../support/fixtures.js";
import { Visitor } from "../support/people.js";

test("they talk both ways, and each sees how far the words have come", async ({ visitor, owner }) => {
  await visitor.open();
  await visitor.write("Do you have it in oak?");
  await visitor.sees("Do you have it in oak?", "Handed over");
  await owner.open("Do you have it in oak?");
  await owner.sees("Do you have it in oak?");
  await visitor.sees("Do you have it in oak?", "Opened");
  await expect(visitor.root.getByText("Here now")).toBeVisible();

  await visitor.box.pressSequentially("And");
  await expect(owner.page.getByText("The visitor is writing")).toBeAttached();
  await visitor.box.fill("");
  await owner.write("Yes, two are left.");
  await visitor.sees("Yes, two are left.");
  await owner.sees("Yes, two are left.", "Opened");
  await visitor.seesAll(["Do you have it in oak?", "Yes, two are left."]);
  await owner.seesAll(["Do you have it in oak?", "Yes, two are left."]);
});

test("on a phone the panel fills the screen and works the same", async ({ newVisitor, owner }) => {
  const visitor = await newVisitor(PHONE);
  await visitor.bell.tap();
  await visitor.isLive();
  const box = await visitor.panel.boundingBox();
  expect(box).toEqual({ x: 0, y: 0, width: 390, height: 844 });
  const size = await visitor.box.evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
  expect(size, "smaller text would make a phone zoom in").toBeGreaterThanOrEqual(16);
  await visitor.write("From my phone");
  await owner.open("From my phone");
  await owner.write("To your phone");
  await visitor.sees("To your phone");
});

test("after a reload the conversation is there again", async ({ visitor, owner }) => {
  await visitor.open();
  await visitor.write("Before the reload");
  await visitor.sees("Before the reload", "Handed over");
  await owner.open("Before the reload");
  await visitor.page.reload();
  await owner.write("Meanwhile");
  await visitor.open();
  await visitor.seesAll(["Before the reload", "Meanwhile"]);
  await owner.page.reload();
  await owner.seesAll(["Before the reload", "Meanwhile"]);
});

test("two tabs are one visitor", async ({ visitor, owner, address }) => {
  await visitor.open();
  const second = await Visitor.at(await visitor.page.context().newPage(), address);
  await second.open();
  await visitor.write("From the first tab");
  await second.sees("From the first tab");
  await second.write("From the second tab");
  await visitor.seesAll(["From the first tab", "From the second tab"]);
  await owner.open("From the second tab");
  await owner.seesAll(["From the first tab", "From the second tab"]);
  await owner.back.click();
  await expect(owner.lines).toHaveCount(1);
  await owner.open("From the second tab");
  await owner.write("To both");
  await visitor.sees("To both");
  await second.sees("To both");
});

test.describe("when the line is cut", () => {
  test.use({ ownRelay: true });

  test("what is written without a network waits on the device and goes by itself", async ({ visitor, owner, relay }) => {
    await visitor.open();
    await visitor.write("Into the tunnel");
    await visitor.sees("Into the tunnel", "Handed over");
    await owner.open("Into the tunnel");
    await visitor.page.context().setOffline(true);
    relay.line.cut();
    await visitor.write("In the tunnel");
    await visitor.sees("In the tunnel", "On your device");
    await expect(visitor.status).toContainText("You are offline");
    await owner.write("Are you there?");
    await owner.sees("Are you there?", "Kept");
    await visitor.page.context().setOffline(false);
    await visitor.sees("In the tunnel", "Opened");
    await visitor.seesAll(["Into the tunnel", "Are you there?", "In the tunnel"]);
    await owner.seesAll(["Into the tunnel", "Are you there?", "In the tunnel"]);
  });

  test("a waiting message survives the closed tab", async ({ visitor, owner, relay, address }) => {
    await visitor.open();
    await visitor.write("Kept before");
    await visitor.sees("Kept before", "Handed over");
    relay.line.blocked = true;
    relay.line.cut();
    await visitor.write("Still on the device");
    await visitor.sees("Still on the device", "On your device");
    const context = visitor.page.context();
    await visitor.page.close();
    relay.line.blocked = false;
    const again = await Visitor.at(await context.newPage(), address);
    await again.open();
    await again.sees("Still on the device", "Handed over");
    await owner.open("Still on the device");
    await owner.seesAll(["Kept before", "Still on the device"]);
  });

  test("the relay is killed in mid-conversation and nothing is lost", async ({ visitor, owner, relay }) => {
    await visitor.open();
    await visitor.write("one");
    await owner.open("one");
    await owner.write("two");
    await visitor.sees("two");
    for (const round of [1, 2]) {
      await relay.kill();
      await visitor.write(`visitor, without a relay ${round}`);
      await visitor.sees(`visitor, without a relay ${round}`, "On your device");
      await owner.write(`owner, without a relay ${round}`);
      await owner.sees(`owner, without a relay ${round}`, "On your device");
      await relay.up();
      await visitor.sees(`visitor, without a relay ${round}`, "Opened");
      await owner.sees(`owner, without a relay ${round}`, "Opened");
    }
    const shown = await visitor.rows.locator(".body").allTextContents();
    expect(shown.slice(0, 2)).toEqual(["one", "two"]);
    expect(new Set(shown).size).toBe(6);
    expect(shown).toHaveLength(6);
    await owner.seesAll(shown);
  });
});

test("the visitor's words go to one shop only", async ({ visitor, owner, relay, site, browser }) => {
  const other = await relay.shop(site.origin);
  const context = await browser.newContext(DESKTOP);
  const page = await context.newPage();
  await page.goto(await relay.signInLink(other));
  await expect(page.getByRole("navigation", { name: "Conversations" })).toBeVisible();
  await visitor.open();
  await visitor.write("For Maya only");
  await owner.open("For Maya only");
  await expect(page.getByText("For Maya only")).toHaveCount(0);
  await context.close();
});
