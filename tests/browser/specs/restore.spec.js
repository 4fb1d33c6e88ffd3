// The relay goes back to an earlier copy: what people see who were there, and who come anew.
import { renameSync } from "node:fs";
import { join } from "node:path";
import { PHONE, expect, test } from "../support/fixtures.js";
import { SENT } from "../support/people.js";

test.use({ ownRelay: true });

const MISSING = /^Messages may be missing here: the (shop|relay) /;

test("after a restore nobody is shown what is not there, and what they wrote is sent again", async ({
  relay,
  visitor,
  owner,
  shop,
  browser,
}) => {
  await visitor.open();
  await visitor.write("Is the round table oak?");
  await visitor.sees("Is the round table oak?", SENT);
  await owner.open("round table");
  await owner.box.fill("Yes, from our own wood.");
  await owner.send.click();
  await expect(visitor.log.getByText("Yes, from our own wood.")).toBeVisible();
  const copy = join(relay.folder, "copy");
  await relay.run("backup", copy);
  await owner.box.fill("It is eighty years old.");
  await owner.send.click();
  await expect(visitor.log.getByText("It is eighty years old.")).toBeVisible();
  await visitor.write("Then I take it.");
  await visitor.sees("Then I take it.", "Opened");

  // The owner's phone is off while it happens, so what they wrote is nowhere any more.
  await owner.page.close();
  await relay.kill();
  renameSync(relay.data, join(relay.folder, "lost"));
  await relay.run("restore", copy);
  await relay.up();
  await expect(visitor.log.getByText("It is eighty years old.")).toHaveCount(0);
  await visitor.sees("Then I take it.", "Kept");
  await expect(visitor.log.getByText(MISSING)).toBeVisible();
  const order = await visitor.log.locator("p.body, p.note").allInnerTexts();
  expect(order.slice(-4).map((text) => text.replace(MISSING, "…"))).toEqual([
    "Is the round table oak?",
    "Yes, from our own wood.",
    expect.stringMatching(/^…/),
    "Then I take it.",
  ]);

  // The owner, on a phone, and the page without scripts.
  const phone = await browser.newContext({ ...PHONE });
  const page = await phone.newPage();
  await page.goto(await relay.signInLink(shop));
  await page.getByRole("link", { name: /Then I take it/ }).click();
  await expect(page.getByText(MISSING)).toBeVisible();
  await phone.close();
});
