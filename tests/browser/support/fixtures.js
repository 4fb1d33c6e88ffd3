// What each spec starts from: a relay for its worker, a shop of its own, and people.
import { test as base, expect } from "@playwright/test";
import { Owner, Visitor } from "./people.js";
import { Relay } from "./relay.js";
import { Shop, tag } from "./shop.js";

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

export const test = base.extend({
  // One relay for all tests of a worker; each test has a shop of its own on it.
  sharedRelay: [
    async ({}, use) => {
      const relay = await Relay.start();
      await use(relay);
      await relay.stop();
    },
    { scope: "worker" },
  ],

  // Tests that do the relay harm say `test.use({ ownRelay: true })`.
  ownRelay: [false, { option: true }],
  relay: async ({ sharedRelay, ownRelay }, use) => {
    if (!ownRelay) return use(sharedRelay);
    const relay = await Relay.start();
    await use(relay);
    await relay.stop();
  },

  site: async ({}, use) => {
    const site = await new Shop().open();
    await use(site);
    site.close();
  },

  shop: async ({ relay, site }, use) => {
    await use(await relay.shop(site.origin));
  },

  // A page with the tag on it, as a customer would paste it.
  address: async ({ relay, site, shop }, use) => {
    await use(site.put("/table", { tag: tag(relay, shop) }));
  },

  // A visitor in a browser of their own.
  newVisitor: async ({ browser, address }, use) => {
    const contexts = [];
    await use(async (options = DESKTOP, to = address) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      return Visitor.at(await context.newPage(), to);
    });
    for (const context of contexts) await context.close();
  },

  visitor: async ({ newVisitor }, use) => {
    await use(await newVisitor());
  },

  // The owner, signed in on a device of their own.
  newOwner: async ({ browser, relay, shop }, use) => {
    const contexts = [];
    await use(async (options = PHONE) => {
      const context = await browser.newContext(options);
      contexts.push(context);
      return Owner.at(await context.newPage(), await relay.signInLink(shop));
    });
    for (const context of contexts) await context.close();
  },

  owner: async ({ newOwner }, use) => {
    await use(await newOwner());
  },
});

export { expect, tag };
