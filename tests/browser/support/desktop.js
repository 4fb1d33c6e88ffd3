// A desktop that shows notifications (the Desktop Notifications Specification, on a D-Bus of
// its own), so that a browser's notifications are real ones and can be pressed.
import { spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import dbus from "@homebridge/dbus-native";
import { until } from "./relay.js";

const NAME = "org.freedesktop.Notifications";
const PATH = "/org/freedesktop/Notifications";
// With "inline-reply" a notification can have a box to type in.
const CAPABILITIES = ["actions", "body", "inline-reply", "persistence"];
const CLOSED_BY_CALL = 3;

const INTERFACE = {
  name: NAME,
  methods: {
    GetCapabilities: ["", "as", [], ["capabilities"]],
    GetServerInformation: ["", "ssss", [], ["name", "vendor", "version", "spec"]],
    Notify: ["susssasa{sv}i", "u", [], ["id"]],
    CloseNotification: ["u", "", [], []],
  },
  signals: {
    NotificationClosed: ["uu", "id", "reason"],
    ActionInvoked: ["us", "id", "action"],
    NotificationReplied: ["us", "id", "text"],
  },
};

/** The system's session bus, without what a whole desktop would start on it. */
const configuration = (folder) => `<busconfig><type>session</type><listen>unix:path=${folder}/bus</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`;

export class Desktop extends EventEmitter {
  /** What stands on the screen, by id: `summary`, `body`, `actions` with their names, `silent`. */
  shown = new Map();
  last = 0;

  async open() {
    this.folder = mkdtempSync(join(tmpdir(), "shopbell-"));
    const file = join(this.folder, "bus.conf");
    writeFileSync(file, configuration(this.folder));
    this.daemon = spawn("dbus-daemon", [`--config-file=${file}`, "--nofork", "--print-address"], { stdio: ["ignore", "pipe", "ignore"] });
    const missing = new Promise((_, reject) => {
      const words = "There is no dbus-daemon here. On Debian: `apt-get install dbus-daemon`.";
      this.daemon.once("error", (cause) => reject(new Error(words, { cause })));
    });
    const said = createInterface({ input: this.daemon.stdout })[Symbol.asyncIterator]();
    this.address = (await Promise.race([said.next(), missing])).value;
    this.bus = dbus.sessionBus({ busAddress: this.address });
    this.bus.exportInterface(this, PATH, INTERFACE);
    await new Promise((resolve, reject) => this.bus.requestName(NAME, 0, (error) => (error ? reject(error) : resolve())));
    return this;
  }

  close() {
    this.bus.connection.end();
    this.daemon.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  GetCapabilities() {
    return CAPABILITIES;
  }

  GetServerInformation() {
    return ["Test", "Shopbell", "1", "1.2"];
  }

  Notify(app, replaces, icon, summary, body, actions, hints) {
    const id = replaces || ++this.last;
    const names = Object.fromEntries(actions.flatMap((key, place) => (place % 2 ? [] : [[key, actions[place + 1]]])));
    const silent = hints.some(([name]) => name === "suppress-sound");
    this.shown.set(id, { summary, body, actions: names, silent });
    return id;
  }

  CloseNotification(id) {
    this.shown.delete(id);
    this.emit("NotificationClosed", id, CLOSED_BY_CALL);
  }

  /** Waits for a notification with these words in it; gives its id. */
  sees(words) {
    return until(`a notification with “${words}”`, async () => {
      const found = [...this.shown].find(([, { summary, body }]) => `${summary}\n${body}`.includes(words));
      return found?.[0];
    });
  }

  /** Waits until nothing with these words is on the screen. */
  losesSight(words) {
    return until(`“${words}” to go`, async () =>
      [...this.shown.values()].every(({ summary, body }) => !`${summary}\n${body}`.includes(words)),
    );
  }

  /** Presses it, or the button of this name. */
  press(id, name) {
    const { actions } = this.shown.get(id);
    const key = name ? Object.keys(actions).find((key) => actions[key] === name) : "default";
    this.emit("ActionInvoked", id, key);
  }

  /** Types into its box. */
  reply(id, text) {
    if (!this.shown.get(id).actions["inline-reply"]) throw new Error("there is no box to type in");
    this.emit("NotificationReplied", id, text);
  }
}
