// With less than the best: no scripts, no WebSocket, no WebAssembly, no storage, a strict policy.
import { DESKTOP, PHONE, expect, tag, test } from "../support/fixtures.js";
import { SENT, TalkPage, Visitor } from "../support/people.js";

test("without scripts the form and the page do", async ({ browser, relay, shop, owner }) => {
  const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${relay.origin}/talk/${shop}`);
  const talk = new TalkPage(page);
  await talk.write("Without a script");
  await talk.sees("Without a script", SENT);
  await owner.open("Without a script");
  await owner.write("Answered all the same");
  await owner.sees("Answered all the same", SENT);
  await page.getByRole("link", { name: /answers/i }).click();
  await talk.sees("Answered all the same");
  await talk.sees("Without a script", "Opened");
  await talk.write("<b>Second</b>");
  await talk.sees("<b>Second</b>");
  await owner.sees("<b>Second</b>");
  for (let number = 1; number <= 10; number++) await talk.write(`And number ${number}`);
  await expect(talk.row("And number 10"), "the end of what was said is in sight").toBeInViewport();
  await owner.write("So many");
  await owner.sees("So many", SENT);
  await page.getByRole("link", { name: /answers/i }).click();
  await expect(talk.row("So many")).toBeInViewport();
  await context.close();
});

test("without WebAssembly the frame's own form does", async ({ browser, address, owner }) => {
  const context = await browser.newContext(DESKTOP);
  const page = await context.newPage();
  await page.addInitScript(() => delete window.WebAssembly);
  const visitor = await Visitor.at(page, address);
  await visitor.bell.click();
  await visitor.write("Without WebAssembly");
  await visitor.sees("Without WebAssembly", SENT);
  await owner.open("Without WebAssembly");
  await visitor.write("And again");
  await owner.seesAll(["Without WebAssembly", "And again"]);
  await context.close();
});

for (const [how, block] of [
  ["a browser that has none", (page) => page.addInitScript(() => {
    window.WebSocket = class { constructor() { throw new DOMException("blocked", "SecurityError"); } };
  })],
  ["a proxy that closes them", (page) => page.routeWebSocket(/\/ws/, (socket) => socket.close())],
]) {
  test(`without WebSocket it goes by plain HTTP: ${how}`, async ({ browser, address, newOwner }) => {
    const context = await browser.newContext(DESKTOP);
    const page = await context.newPage();
    await block(page);
    const owner = await newOwner();
    const visitor = await Visitor.at(page, address);
    await visitor.open();
    await visitor.write("Round the blockade");
    await visitor.sees("Round the blockade", "Handed over");
    await owner.open("Round the blockade");
    await visitor.sees("Round the blockade", "Opened");
    await owner.write("It got through");
    await visitor.sees("It got through");
    await owner.sees("It got through", "Opened");
    await context.close();
  });
}

test("an owner without WebSocket answers as well", async ({ browser, relay, shop, visitor }) => {
  const { Owner } = await import("../support/people.js");
  const context = await browser.newContext(PHONE);
  const page = await context.newPage();
  await page.routeWebSocket(/\/ws/, (socket) => socket.close());
  const owner = await Owner.at(page, await relay.signInLink(shop));
  await visitor.open();
  await visitor.write("Do you hear me?");
  await owner.open("Do you hear me?");
  await owner.write("By plain HTTP");
  await visitor.sees("By plain HTTP");
  await owner.sees("By plain HTTP", "Opened");
  await context.close();
});

test("on a page with a strict policy it works, and the page's policy is not broken", async ({ newVisitor, site, relay, shop, owner }) => {
  const policy = [
    "default-src 'none'",
    `script-src ${relay.origin}/shopbell.js`,
    `frame-src ${relay.origin}`,
    "style-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  const address = site.put("/strict", { tag: tag(relay, shop), headers: { "content-security-policy": policy } });
  const visitor = await newVisitor(DESKTOP, "about:blank");
  const complaints = [];
  visitor.page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await visitor.page.goto(address);
  await visitor.open();
  expect((await visitor.panel.boundingBox()).width, "it has its styles").toBe(400);
  await visitor.write("Behind a strict policy");
  await owner.open("Behind a strict policy");
  await visitor.sees("Behind a strict policy", "Opened");
  // The page itself was written with an inline style, which its policy forbids.
  expect(complaints.filter((text) => !text.includes("inline style"))).toEqual([]);
});

test("where the browser gives no storage it says so and works while it is open", async ({ newVisitor, site, relay, owner }) => {
  const shop = await relay.shop(site.elsewhere);
  const address = site.put("/elsewhere", { tag: tag(relay, shop) }).replace(site.origin, site.elsewhere);
  const visitor = await newVisitor(DESKTOP, address);
  await visitor.open();
  await visitor.write("For this hour only");
  await visitor.sees("For this hour only", SENT);
  relay.line.blocked = true;
  try {
    relay.line.cut();
    await visitor.write("And this");
    await visitor.sees("And this", "On your device");
    await expect(visitor.status).toContainText("leave this window open");
  } finally {
    relay.line.blocked = false;
  }
  await visitor.sees("And this", SENT);
  await expect(owner.lines, "it is another shop's").toHaveCount(0);
});

test("a page that is not the shop's gets no frame and no name", async ({ newVisitor, site, relay }) => {
  const shop = await relay.shop("https://another.example");
  const visitor = await newVisitor(DESKTOP, site.put("/foreign", { tag: tag(relay, shop) }));
  await visitor.page.getByRole("button", { name: "Write to us" }).click();
  const frame = visitor.page.frameLocator("shop-bell iframe");
  await expect(frame.getByText(`shopbell shop edit ${shop} --add-site ${site.origin}`)).toBeVisible();
  await expect(visitor.box).toHaveCount(0);
});

/** Keeps WebAssembly from arriving until the function that is given back is called. */
async function holdWebAssembly(page) {
  let letIn;
  const held = new Promise((resolve) => (letIn = resolve));
  await page.route(/\.wasm$/, async (route) => {
    await held;
    await route.continue();
  });
  return letIn;
}

test("what was typed before the panel came to life is kept", async ({ newVisitor, owner }) => {
  const visitor = await newVisitor();
  const letIn = await holdWebAssembly(visitor.page);
  await visitor.bell.click();
  await visitor.box.pressSequentially("Typed early");
  await visitor.box.evaluate((box) => box.setSelectionRange(5, 5));
  letIn();
  await visitor.isLive();
  await expect(visitor.box).toHaveValue("Typed early");
  await expect(visitor.box).toBeFocused();
  expect(await visitor.box.evaluate((box) => box.selectionStart)).toBe(5);
  await visitor.box.press("Enter");
  await visitor.sees("Typed early", "Handed over");
  await owner.open("Typed early");
});

test("what was sent before the panel came to life is in the same conversation", async ({ newVisitor, owner }) => {
  const visitor = await newVisitor();
  const letIn = await holdWebAssembly(visitor.page);
  await visitor.bell.click();
  await visitor.write("Sent early");
  await visitor.sees("Sent early", SENT);
  letIn();
  await visitor.isLive();
  await visitor.write("Sent later");
  await visitor.sees("Sent later", "Handed over");
  await visitor.seesAll(["Sent early", "Sent later"]);
  await expect(owner.lines).toHaveCount(1);
  await owner.open("Sent later");
  await owner.seesAll(["Sent early", "Sent later"]);
});
