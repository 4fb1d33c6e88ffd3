// What a newcomer sees after one command: the three addresses that the demo prints.
import { DESKTOP, PHONE, expect, test } from "../support/fixtures.js";
import { Owner, SENT, TalkPage, Visitor } from "../support/people.js";
import { Relay, until } from "../support/relay.js";

test("the three printed addresses lead to one conversation", async ({ browser }) => {
  const relay = await Relay.start({ demo: true });
  const printed = await until("three addresses", () => {
    const lines = relay.printed().trim().split("\n").map((line) => line.split(/: (.*)/));
    return lines.length >= 3 && Object.fromEntries(lines);
  });
  const [desktop, phone, plain] = [
    await browser.newContext(DESKTOP),
    await browser.newContext(PHONE),
    await browser.newContext({ javaScriptEnabled: false }),
  ];
  const visitor = await Visitor.at(await desktop.newPage(), printed.shop);
  await expect(visitor.page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  expect(new URL(printed.shop).origin, "the shop is another origin").not.toBe(new URL(printed.talk).origin);
  const owner = await Owner.at(await phone.newPage(), printed.inbox);
  await visitor.open();
  await visitor.write("Is this real?");
  await owner.open("Is this real?");
  await owner.write("As real as I am.");
  await visitor.sees("As real as I am.");
  await visitor.sees("Is this real?", "Opened");
  const talk = new TalkPage(await plain.newPage());
  await talk.page.goto(printed.talk);
  await talk.write("And without scripts?");
  await talk.sees("And without scripts?", SENT);
  await owner.back.click();
  await expect(owner.line("And without scripts?")).toBeVisible();
  for (const context of [desktop, phone, plain]) await context.close();
  await relay.stop();
});
