// How Chromium is started here: the system's own, and without calls to its maker.
import { existsSync } from "node:fs";

const places = [process.env.SHOPBELL_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => place && existsSync(place));
if (!executablePath) throw new Error("There is no Chromium here: install the package chromium, or set SHOPBELL_CHROMIUM.");

export const chromium = {
  browserName: "chromium",
  launchOptions: {
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  },
};
