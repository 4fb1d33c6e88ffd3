// A message that the relay refuses for good stays with its sender, with the reason and two ways out.
import { DESKTOP, PHONE, expect, test } from "../support/fixtures.js";
import { SENT } from "../support/people.js";

const PROBLEM = { code: "over_limit", sentence: "The message is longer than 4,000 characters." };

/** Between the page and the relay: refuses the first sends, and passes on all else. */
async function refuseSends(page, times) {
  await page.routeWebSocket(/\/ws/, (socket) => {
    const relay = socket.connectToServer();
    let conversation;
    socket.onMessage((text) => {
      const { hello, send } = JSON.parse(text);
      conversation = hello?.credential?.conversation ?? send?.conversation ?? conversation;
      if (!send || times === 0) return relay.send(text);
      times -= 1;
      socket.send(JSON.stringify({ refused: { conversation, id: send.id, problem: PROBLEM } }));
    });
  });
}

test("a visitor's message that is stuck can be tried again or removed", async ({ visitor, owner }) => {
  await refuseSends(visitor.page, 3);
  await visitor.open();
  await visitor.write("Too much of it");
  await visitor.sees("Too much of it", `Stuck: ${PROBLEM.sentence}`);
  const row = visitor.row("Too much of it");
  const again = row.getByRole("button", { name: "Try again" });
  await again.click();
  await expect(row, "it was refused again").toContainText("Stuck");
  await visitor.write("Not this one");
  await visitor.sees("Not this one", "Stuck");
  await again.click();
  await visitor.sees("Too much of it", SENT);
  await expect(again).toHaveCount(0);

  await visitor.row("Not this one").getByRole("button", { name: "Remove" }).click();
  await visitor.seesAll(["Too much of it"]);
  await expect(visitor.root.getByRole("log"), "the focus is not lost with the button").toBeFocused();
  await visitor.page.reload();
  await visitor.open();
  await visitor.seesAll(["Too much of it"]);
  await expect(owner.lines).toHaveCount(1);
});

test("a stuck message is still there, and still stuck with its reason, when the page comes back", async ({ newVisitor }) => {
  const visitor = await newVisitor(PHONE);
  await refuseSends(visitor.page, 99);
  await visitor.open();
  await visitor.write("Nothing is deleted");
  await visitor.sees("Nothing is deleted", "Stuck");
  await visitor.page.reload();
  await visitor.open();
  await visitor.sees("Nothing is deleted", "Stuck");
});

test("an owner's answer that is stuck can be tried again or removed", async ({ visitor, newOwner }) => {
  await visitor.open();
  await visitor.write("Are you there?");
  const owner = await newOwner(DESKTOP);
  await refuseSends(owner.page, 2);
  await owner.page.reload();
  await owner.open("Are you there?");
  await owner.write("Yes, I am");
  await owner.sees("Yes, I am", `Stuck: ${PROBLEM.sentence}`);
  await owner.write("And here");
  await owner.sees("And here", "Stuck");
  await owner.message("And here").getByRole("button", { name: "Remove" }).click();
  await expect(owner.log, "the focus is not lost with the button").toBeFocused();
  await owner.message("Yes, I am").getByRole("button", { name: "Try again" }).click();
  await owner.sees("Yes, I am", SENT);
  await owner.seesAll(["Are you there?", "Yes, I am"]);
  await visitor.seesAll(["Are you there?", "Yes, I am"]);
});
