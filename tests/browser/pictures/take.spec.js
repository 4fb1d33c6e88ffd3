// The pictures: the bell on the demo shop, the open panel, the inbox on a phone and on a desktop.
import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Owner, Visitor } from "../support/people.js";
import { Relay, until } from "../support/relay.js";

const FOLDER = join(import.meta.dirname, "../../../examples/screenshots");
const MOST_BYTES = 200 * 1024;
const DESKTOP = { viewport: { width: 1120, height: 700 } };
const PHONE = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };
const OTHERS = [
  ["Tom", "Could you engrave two letters on the long board?"],
  ["", "Do the cups survive the dishwasher?"],
  ["Mrs Lindqvist", "The stool arrived today. It is even nicer than in the picture!"],
  ["", "Hello! When does the workshop open on Saturday?"],
];

async function take(page, name) {
  const path = join(FOLDER, `${name}.png`);
  // Nothing blinks in a picture.
  await page.screenshot({ path, animations: "disabled", caret: "hide" });
  expect(statSync(path).size, `${name} is small enough for a README`).toBeLessThan(MOST_BYTES);
}

async function rename(owner, name) {
  await owner.page.getByRole("button", { name: "Rename" }).click();
  const field = owner.page.getByRole("textbox", { name: "What you call this visitor" });
  await field.fill(name);
  await field.press("Enter");
  await expect(owner.page.getByRole("heading", { name })).toBeVisible();
}

test("pictures", async ({ browser }) => {
  const relay = await Relay.start({ demo: true });
  const printed = await until("three addresses", () => {
    const lines = relay.printed().trim().split("\n").map((line) => line.split(/: (.*)/));
    return lines.length >= 3 && Object.fromEntries(lines);
  });
  const contexts = [];
  const open = async (options) => {
    const context = await browser.newContext(options);
    contexts.push(context);
    return context.newPage();
  };
  const desk = await Owner.at(await open({ ...DESKTOP, colorScheme: "light" }), printed.inbox);
  for (const [name, text] of OTHERS) {
    const visitor = await Visitor.at(await open(DESKTOP), printed.shop);
    await visitor.open();
    await visitor.write(text);
    await desk.open(text);
    if (name) await rename(desk, name);
    if (name === "Mrs Lindqvist") {
      await desk.write("That makes my day. Thank you!");
      await visitor.sees("That makes my day. Thank you!");
    }
  }
  const visitor = await Visitor.at(await open({ ...DESKTOP, colorScheme: "light" }), printed.shop);
  await expect(visitor.bell).toBeVisible();
  await take(visitor.page, "bell");
  await visitor.open();
  await visitor.write("Is the round table also there in oak?");
  await desk.open("Is the round table also there in oak?");
  await rename(desk, "Ana");
  await desk.write("Yes! Two are left, and I have just oiled one of them.");
  await visitor.sees("Yes! Two are left, and I have just oiled one of them.");
  await visitor.write("Lovely 🌳 Could I pick it up on Friday?");
  await desk.sees("Lovely 🌳 Could I pick it up on Friday?");
  await visitor.sees("Lovely 🌳 Could I pick it up on Friday?", "Opened");

  for (const colorScheme of ["light", "dark"]) {
    await visitor.page.emulateMedia({ colorScheme });
    await take(visitor.page, `panel-${colorScheme}`);
    await desk.page.emulateMedia({ colorScheme });
    await take(desk.page, `inbox-desktop-${colorScheme}`);
    const phone = await Owner.at(await open({ ...PHONE, colorScheme }), await relay.signInLink("demo"));
    await expect(phone.lines).toHaveCount(OTHERS.length + 1);
    await take(phone.page, `inbox-phone-list-${colorScheme}`);
    await phone.open("Could I pick it up on Friday?");
    await phone.sees("Lovely 🌳 Could I pick it up on Friday?");
    await take(phone.page, `inbox-phone-${colorScheme}`);
  }
  for (const context of contexts) await context.close();
  await relay.stop();
});
