// Takes the README's pictures: `npm run screenshots`. They are looked at, not tested.
import { defineConfig } from "@playwright/test";
import { chromium } from "./support/chromium.js";

export default defineConfig({
  testDir: "pictures",
  timeout: 120_000,
  expect: { timeout: 30_000 },
  workers: 1,
  reporter: "list",
  use: { ...chromium, locale: "en-GB", timezoneId: "Europe/London" },
});
