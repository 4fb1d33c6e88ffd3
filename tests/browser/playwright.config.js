// Runs the specs in Debian's Chromium against the real relay.
import { defineConfig } from "@playwright/test";
import { chromium } from "./support/chromium.js";

export default defineConfig({
  testDir: "specs",
  // A busy machine may be slow, and nothing here waits longer than it must.
  timeout: 90_000,
  expect: { timeout: 20_000 },
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  retries: 0,
  reporter: "list",
  snapshotPathTemplate: "{testDir}/snapshots/{testFileName}/{arg}{ext}",
  use: { ...chromium, locale: "en-GB", timezoneId: "Europe/London", trace: "retain-on-failure" },
});
