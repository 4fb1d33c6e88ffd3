// A visitor on a shop's page, for tests that stand elsewhere: takes orders on its input,
// one JSON line each, and says on its output what it sees.
import { createInterface } from "node:readline";
import { chromium as browsers } from "@playwright/test";
import { chromium } from "./chromium.js";
import { BELL, Visitor } from "./people.js";
import { Shop, tag } from "./shop.js";

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
const site = await new Shop().open();
const browser = await browsers.launch(chromium.launchOptions);
say({ site: site.origin });
for await (const line of createInterface({ input: process.stdin })) {
  const { relay, shop, write, wait, shot } = JSON.parse(line);
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  const visitor = await Visitor.at(page, site.put("/table", { tag: tag({ origin: relay }, shop, `data-label="${BELL}"`) }));
  await visitor.open();
  await visitor.write(write);
  await visitor.sees(write, "Handed over");
  say({ written: write });
  const answer = visitor.rows.filter({ hasText: wait });
  await answer.waitFor();
  if (shot) await page.screenshot({ path: shot });
  say({ seen: await answer.locator(".body").textContent() });
}
await browser.close();
site.close();
