// The real relay as a process of its own, behind a line that can be cut.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const PATIENCE_MS = 30_000;
const NO_LIMITS = [
  "CONNECTIONS",
  "CONNECTIONS_PER_ADDRESS",
  "HELLOS_PER_SECOND",
  "VISITOR_SENDS_PER_MINUTE",
  "OWNER_SENDS_PER_MINUTE",
  "SHOP_SENDS_PER_MINUTE",
  "ADDRESS_SENDS_PER_MINUTE",
  "ADDRESS_BEGINS_PER_MINUTE",
  "ADDRESS_CONNECTS_PER_MINUTE",
  "ADDRESS_SIGN_INS_PER_MINUTE",
  "ADDRESS_REQUESTS_PER_MINUTE",
  "CONNECTION_FRAMES_PER_MINUTE",
];

/** The executable under test. */
export function executable() {
  if (process.env.SHOPBELL_BIN) return process.env.SHOPBELL_BIN;
  const built = ["debug", "release"].map((profile) => join(import.meta.dirname, "../../../target", profile, "shopbell"));
  const there = built.filter((path) => existsSync(path)).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (!there.length) throw new Error("There is no relay to test: build it with `cargo xtask build --fast`.");
  return there[0];
}

/** Looks until there is something to see. */
export async function until(what, look) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await pause(20);
  }
}

// Below the ports that the system gives to clients, so that a relay that is down keeps its own.
let nextPort = 12_000 + ((process.pid * 37) % 7_000);

export async function freePort() {
  for (;;) {
    const port = nextPort++;
    const taken = await new Promise((resolve) => {
      const probe = createServer().once("error", () => resolve(true));
      probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(false)));
    });
    if (!taken) return port;
  }
}

/** A line to the relay. What is cut is gone at once; what is blocked does not come in. */
class Line {
  sockets = new Set();
  blocked = false;

  async open(port) {
    this.server = createServer((near) => {
      if (this.blocked) return near.destroy();
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [[near, far], [far, near]]) {
        this.sockets.add(one);
        one.setNoDelay(true);
        one.on("data", (bytes) => other.write(bytes) || one.pause());
        other.on("drain", () => one.resume());
        one.on("end", () => other.end());
        one.on("error", () => other.destroy());
        one.on("close", () => (this.sockets.delete(one), other.destroy()));
      }
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this.server.address().port;
  }

  cut() {
    for (const socket of this.sockets) socket.destroy();
  }

  close() {
    this.cut();
    this.server.close();
  }
}

export class Relay {
  line = new Line();
  shops = 0;

  static async start({ demo = false, env = {} } = {}) {
    const relay = new Relay();
    relay.folder = mkdtempSync(join(tmpdir(), "shopbell-"));
    relay.demo = demo;
    const limits = NO_LIMITS.map((name) => [`SHOPBELL_LIMITS__${name}`, "0"]);
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("SHOPBELL_"));
    relay.env = { ...Object.fromEntries(inherited), ...Object.fromEntries(limits), ...env };
    relay.port = await freePort();
    relay.origin = `http://127.0.0.1:${await relay.line.open(relay.port)}`;
    await relay.up();
    return relay;
  }

  get data() {
    return join(this.folder, "data");
  }

  async up() {
    const log = openSync(join(this.folder, "log"), "a");
    const out = openSync(join(this.folder, "out"), "w");
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--data", this.data];
    if (this.demo) args.push("--demo");
    this.child = spawn(executable(), args, { env: this.env, stdio: ["ignore", out, log] });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    await until("the relay to be ready", async () => {
      if (this.child.exitCode !== null) throw new Error(`the relay ended:\n${this.log()}`);
      const answer = await fetch(`http://127.0.0.1:${this.port}/readyz`).catch(() => null);
      return answer?.ok;
    });
  }

  /** Ends it at once, as a power cut would. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.kill();
    this.line.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  log() {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  printed() {
    return readFileSync(join(this.folder, "out"), "utf8");
  }

  async run(...args) {
    const done = await promisify(execFile)(executable(), [...args, "--data", this.data], { env: this.env });
    return done.stdout;
  }

  /** A new shop, whose pages are on this site. */
  async shop(site) {
    this.shops += 1;
    const id = `shop-${this.shops}`;
    await this.run("shop", "add", id, "--name", "Oak & Ash", "--owner", "Maya", "--site", site);
    return id;
  }

  /** A one-time sign-in link to the inbox. */
  async signInLink(shop) {
    const link = await this.run("owner", "link", shop);
    return `${this.origin}/inbox#code=${link.trim().split("#code=")[1]}`;
  }
}
