// Web push as it is: a real Firefox subscribes with a push service, the relay seals what a
// visitor writes, and what Firefox opens stands on a desktop and can be pressed.
import { expect, test as base } from "../support/fixtures.js";
import { Desktop } from "../support/desktop.js";
import { Firefox } from "../support/firefox.js";
import { PushService } from "../support/push-service.js";
import { Relay, until } from "../support/relay.js";

const SCOPE = "/inbox";

const test = base.extend({
  service: async ({}, use) => {
    const service = await new PushService().open();
    await use(service);
    service.close();
  },

  desktop: async ({}, use) => {
    const desktop = await new Desktop().open();
    await use(desktop);
    desktop.close();
  },

  relay: async ({ service }, use) => {
    const relay = await Relay.start({ env: service.env });
    await use(relay);
    await relay.stop();
  },

  firefox: async ({ service, desktop }, use) => {
    const firefox = await Firefox.start(service, desktop);
    await use(firefox);
    await firefox.close();
  },
});

test("Firefox subscribes, opens what the relay has sealed, shows it and takes it away", async ({
  firefox,
  service,
  desktop,
  relay,
  shop,
  newVisitor,
  newOwner,
}) => {
  // On this device, by the inbox's own button.
  const inbox = await firefox.open(await relay.signInLink(shop));
  await firefox.press(inbox, "Settings");
  await firefox.press(inbox, "Notify me on this device");
  await inbox.locator("::-p-text(Not used yet)").wait();
  // The owner puts the phone away; what is shown can be asked on any page of the relay's.
  await inbox.goto(`${relay.origin}/healthz`);
  const shown = () => firefox.shown(inbox, SCOPE);

  const visitor = await newVisitor();
  await visitor.open();
  await visitor.write("Is it <b>oak</b>? 👋");
  await visitor.sees("Is it <b>oak</b>? 👋", "Handed over");
  await desktop.sees("Is it <b>oak</b>? 👋");
  const [first] = await shown();
  expect(first).toEqual({ title: "A visitor", body: "Is it <b>oak</b>? 👋", tag: expect.any(String) });

  // It is opened elsewhere, and goes with the next push.
  const owner = await newOwner();
  await owner.open("Is it <b>oak</b>? 👋");
  await visitor.sees("Is it <b>oak</b>? 👋", "Opened");
  await owner.page.goto("about:blank");
  const other = await newVisitor();
  await other.open();
  await other.write("Do you have chairs?");
  const chairs = await desktop.sees("Do you have chairs?");
  await desktop.losesSight("oak");
  await expect.poll(shown).toEqual([{ title: "A visitor", body: "Do you have chairs?", tag: expect.any(String) }]);

  // A press leads to the conversation.
  desktop.press(chairs);
  const opened = await until("a window of the inbox", async () =>
    (await firefox.browser.pages()).find((page) => page.url().includes("/inbox#with=")),
  );
  await opened.locator('::-p-aria([name="Your reply"][role="textbox"])').wait();
  await other.sees("Do you have chairs?", "Opened");
  await opened.close();

  // Firefox gives the subscription up: the push service says so, and the owner is told.
  await firefox.unsubscribe(inbox, SCOPE);
  await other.write("And stools?");
  const refused = (words) => words.startsWith("410");
  await until("a push that nobody takes", async () => (await service.seen()).complaints.some(refused));
  await owner.page.goto(await relay.signInLink(shop));
  await owner.page.getByRole("button", { name: "Settings" }).click();
  const channel = owner.page.getByRole("listitem", { name: "Notifications Firefox on Linux" });
  await expect(channel.getByText("No longer there")).toBeVisible();

  const { complaints, acks, nacks } = await service.seen();
  expect(complaints.filter((words) => !refused(words))).toEqual([]);
  expect(acks.length).toBeGreaterThanOrEqual(2);
  expect(new Set(acks), "all could be decrypted").toEqual(new Set([100]));
  expect(nacks).toEqual([]);
});
