// Web push as it is: a real Firefox subscribes with a push service, the relay seals what a
// visitor writes, and what Firefox opens stands on a desktop and can be pressed.
import { expect, test as base } from "../support/fixtures.js";
import { Desktop } from "../support/desktop.js";
import { Firefox } from "../support/firefox.js";
import { PushService } from "../support/push-service.js";
import { Relay, until } from "../support/relay.js";

const SCOPE = "/inbox";

// One Firefox, with all that belongs to it, for the tests of this file.
const test = base.extend({
  service: [
    async ({}, use) => {
      const service = await new PushService().open();
      await use(service);
      service.close();
    },
    { scope: "worker" },
  ],

  desktop: [
    async ({}, use) => {
      const desktop = await new Desktop().open();
      await use(desktop);
      desktop.close();
    },
    { scope: "worker" },
  ],

  sharedRelay: [
    async ({ service }, use) => {
      const relay = await Relay.start({ env: service.env });
      await use(relay);
      await relay.stop();
    },
    { scope: "worker" },
  ],

  firefox: [
    async ({ service, desktop }, use) => {
      const firefox = await Firefox.start(service, desktop);
      await use(firefox);
      await firefox.close();
    },
    { scope: "worker" },
  ],
});

test.describe.configure({ mode: "default" });

test("Firefox subscribes, opens what the relay has sealed, shows it and takes it away", async ({
  firefox,
  service,
  desktop,
  relay,
  shop,
  newVisitor,
  newOwner,
}) => {
  let inbox;
  await test.step("this device is added by the inbox's own button", async () => {
    inbox = await firefox.open(await relay.signInLink(shop));
    await firefox.press(inbox, "Settings");
    await firefox.press(inbox, "Notify me on this device");
    await inbox.locator("::-p-text(Not used yet)").wait();
    // Also when it is not yet sure that the owner has left.
    await inbox.locator("::-p-text(Used at once)").click();
    await firefox.tick(inbox, "Not while I am at the inbox");
    // The owner puts the phone away; what is shown can be asked on any page of the relay's.
    await inbox.goto(`${relay.origin}/healthz`);
  });
  const shown = () => firefox.shown(inbox, SCOPE);

  const visitor = await newVisitor();
  await test.step("it shows what a visitor writes", async () => {
    await visitor.open();
    await visitor.write("Is it <b>oak</b>? 👋");
    await visitor.sees("Is it <b>oak</b>? 👋", "Handed over");
    await desktop.sees("Is it <b>oak</b>? 👋");
    expect(await shown()).toEqual([{ title: "A visitor", body: "Is it <b>oak</b>? 👋", tag: expect.any(String) }]);
  });

  const owner = await newOwner();
  const other = await newVisitor();
  const chairs = await test.step("what is opened elsewhere goes with the next push", async () => {
    await owner.open("Is it <b>oak</b>? 👋");
    await visitor.sees("Is it <b>oak</b>? 👋", "Opened");
    await other.open();
    await other.write("Do you have chairs?");
    const chairs = await desktop.sees("Do you have chairs?");
    await desktop.losesSight("oak");
    await expect.poll(shown).toEqual([{ title: "A visitor", body: "Do you have chairs?", tag: expect.any(String) }]);
    return chairs;
  });

  await test.step("a press leads to the conversation", async () => {
    desktop.press(chairs);
    const opened = await until("a window of the inbox", async () =>
      (await firefox.browser.pages()).find((page) => page.url().includes("/inbox#with=")),
    );
    await opened.locator('::-p-aria([name="Your reply"][role="textbox"])').wait();
    await other.sees("Do you have chairs?", "Opened");
    await opened.close();
  });

  const refused = (words) => words.startsWith("410");
  await test.step("a subscription that is given up is told to the owner", async () => {
    await firefox.unsubscribe(inbox, SCOPE);
    await other.write("And stools?");
    await until("a push that nobody takes", async () => (await service.seen()).complaints.some(refused));
    await owner.page.getByRole("button", { name: "Back to the list" }).click();
    await owner.page.getByRole("button", { name: "Settings" }).click();
    const channel = owner.page.getByRole("listitem", { name: "Notifications Firefox on Linux" });
    await expect(channel.getByText("Set it up again")).toBeVisible();
  });

  const { complaints, acks, nacks } = await service.seen();
  expect(complaints.filter((words) => !refused(words))).toEqual([]);
  expect(acks.length).toBeGreaterThanOrEqual(2);
  expect(new Set(acks), "all could be decrypted").toEqual(new Set([100]));
  expect(nacks).toEqual([]);
});

test("a visitor asks to be notified, is when they have left, and not any more when they say so", async ({
  firefox,
  service,
  desktop,
  relay,
  shop,
  newOwner,
}) => {
  const NOTIFY = "Get a notification on this device";
  const talk = await firefox.open(`${relay.origin}/talk/${shop}`);
  await talk.locator("html.live #box").fill("Is it oak?");
  await firefox.press(talk, "Send");
  await firefox.press(talk, NOTIFY);
  await talk.locator("::-p-text(This device tells you when Maya answers while you are away.)").wait();
  const scope = `/talk/${shop}/`;
  await talk.goto(`${relay.origin}/healthz`);

  const owner = await newOwner();
  await owner.open("Is it oak?");
  await expect(owner.page.getByText("Reached by notification too")).toBeVisible();
  await owner.write("Yes, all of it. 🌳");
  const notification = await desktop.sees("Yes, all of it. 🌳");
  expect(await firefox.shown(talk, scope)).toEqual([{ title: "Maya", body: "Yes, all of it. 🌳", tag: expect.any(String) }]);
  await owner.sees("Yes, all of it. 🌳", "Handed over");

  // A press opens the conversation, which is this browser's own.
  desktop.press(notification);
  const page = await until("the conversation", async () =>
    (await firefox.browser.pages()).find((page) => page.url().startsWith(`${relay.origin}/talk/${shop}`)),
  );
  await page.locator("::-p-text(Yes, all of it. 🌳)").wait();
  await owner.sees("Yes, all of it. 🌳", "Opened");
  await desktop.losesSight("oak");

  await firefox.press(page, "No more notifications here");
  await page.locator(`::-p-aria([name="${NOTIFY}"][role="button"])`).wait();
  await expect(owner.page.getByText("Reached by notification too")).toBeHidden();
  await page.close();
  await owner.write("Anything else?");
  await owner.sees("Anything else?", "Kept");
  const { acks, nacks } = await service.seen();
  expect(new Set(acks)).toEqual(new Set([100]));
  expect(nacks).toEqual([]);
});
