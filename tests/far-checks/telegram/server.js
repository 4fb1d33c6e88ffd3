// Runs a Telegram that somebody else wrote for tests, until its input ends.

import TelegramServer from "telegram-test-api";

const server = new TelegramServer({ host: "127.0.0.1", port: Number(process.argv[2]) });
await server.start();
console.log("started");
process.stdin.resume();
process.stdin.on("end", () => server.stop().then(() => process.exit(0)));
