// A visitor on a shop's page, and an owner at the inbox: what each sees and does.
import { expect } from "@playwright/test";

/** As the tag calls it, or as the loader does without a label. */
export const BELL = "Write to Maya";
/** Any state of a message that has reached the relay. */
export const SENT = /Kept|Handed over|Opened/;

/** The panel's inside, which is also the talk page on its own. */
class Talk {
  constructor(root) {
    this.root = root;
    this.box = root.getByRole("textbox", { name: "Your message" });
    this.send = root.getByRole("button", { name: "Send" });
    this.log = root.getByRole("log");
    this.rows = this.log.locator(".row");
    this.status = root.getByRole("status");
  }

  row(text) {
    return this.rows.filter({ has: this.root.locator(".body").getByText(text, { exact: true }) });
  }

  async write(text) {
    await this.box.fill(text);
    await this.send.click();
  }

  /** A message of the visitor's own, in this state. */
  async sees(text, state) {
    await expect(this.row(text)).toBeVisible();
    if (state) await expect(this.row(text)).toContainText(state);
  }

  /** These messages and no others, in this order. */
  async seesAll(texts) {
    await expect(this.rows.locator(".body")).toHaveText(texts);
  }
}

export class Visitor extends Talk {
  constructor(page) {
    super(page.frameLocator("shop-bell iframe"));
    this.page = page;
    this.bell = page.getByRole("button", { name: BELL });
    this.panel = page.getByRole("dialog");
  }

  static async at(page, address) {
    await page.goto(address);
    return new Visitor(page);
  }

  /** Clicks the bell and waits until WebAssembly has taken the panel over. */
  async open() {
    await this.bell.click();
    await this.isLive();
  }

  async isLive() {
    await expect(this.root.locator("html.live")).toBeAttached();
  }

  frame() {
    return this.page.frames().find((frame) => frame.url().includes("/talk/"));
  }
}

/** The talk page by its own address. */
export class TalkPage extends Talk {
  constructor(page) {
    super(page);
    this.page = page;
  }
}

export class Owner {
  constructor(page) {
    this.page = page;
    this.list = page.getByRole("list", { name: "Conversations" });
    this.lines = this.list.getByRole("listitem");
    this.box = page.getByRole("textbox", { name: "Your reply" });
    this.send = page.getByRole("button", { name: "Send" });
    this.log = page.getByRole("log");
    this.back = page.getByRole("button", { name: "Back to the list" });
  }

  static async at(page, link) {
    await page.goto(link);
    const owner = new Owner(page);
    await expect(page.getByRole("navigation", { name: "Conversations" })).toBeVisible();
    return owner;
  }

  line(text) {
    return this.lines.filter({ hasText: text });
  }

  async open(text) {
    await this.line(text).getByRole("link").click();
    await expect(this.box).toBeVisible();
  }

  async write(text) {
    await this.box.fill(text);
    await this.send.click();
  }

  async sees(text, state) {
    await expect(this.message(text)).toBeVisible();
    if (state) await expect(this.message(text)).toContainText(state);
  }

  /** The whole of a message, with its time and state. */
  message(text) {
    return this.log.getByRole("listitem").filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** These messages and no others, in this order. */
  async seesAll(texts) {
    await expect(this.log.locator(".words")).toHaveText(texts);
  }
}
