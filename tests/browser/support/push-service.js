// The push service of the Rust tests (RFC 8030, RFC 8292, and Mozilla's protocol for its
// browsers), as a process of its own.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { executable } from "./relay.js";

export class PushService {
  async open() {
    const file = join(dirname(executable()), "push-service");
    if (!existsSync(file)) throw new Error("There is no push service: build it with `cargo build --package shopbell-tests`.");
    this.child = spawn(file, { stdio: ["pipe", "pipe", "inherit"] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.origin = (await this.lines.next()).value;
    return this;
  }

  /** The settings of a relay that may send its pushes here. */
  get env() {
    return { SHOPBELL_OUTBOUND__ALLOW_NETWORKS: '["127.0.0.0/8"]', SHOPBELL_PUSH__CONTACT: "mailto:maya@oak.example" };
  }

  /** What it has to complain of, and how browsers fared with what it passed on to them. */
  async seen() {
    this.child.stdin.write("\n");
    return JSON.parse((await this.lines.next()).value);
  }

  close() {
    this.child.stdin.end();
  }
}
