// The owner's mail, and a visitor's who has left.
import { PHONE, expect, test as base } from "../support/fixtures.js";
import { MailServer } from "../support/mail.js";
import { TalkPage } from "../support/people.js";
import { Relay } from "../support/relay.js";

const test = base.extend({
  mail: async ({}, use) => {
    const mail = await new MailServer().open();
    await use(mail);
    await mail.close();
  },
  relay: async ({ mail }, use) => {
    const relay = await Relay.start({ env: { ...mail.env, SHOPBELL_CHANNELS__VISITOR_MAIL_AFTER_MINUTES: "0" } });
    await use(relay);
    await relay.stop();
  },
});

async function addMail(page, address) {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Add: E-mail" }).click();
  await page.getByLabel("Your e-mail address").fill(address);
  await page.getByRole("button", { name: "Add", exact: true }).click();
}

test("the owner adds their mail, tries it and is told there", async ({ owner, visitor, mail }) => {
  const { page } = owner;
  await addMail(page, "nonsense");
  await expect(page.getByText("This is no e-mail address")).toBeVisible();
  await page.getByLabel("Your e-mail address").fill("maya@oak.example");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const channel = page.getByRole("listitem", { name: "E-mail maya@oak.example" });
  await expect(channel.getByText("Not used yet")).toBeVisible();
  await channel.getByRole("button", { name: "Test" }).click();
  await expect(channel.getByText("Sent. Look whether it has arrived.")).toBeVisible();
  await expect(channel.getByText("Works")).toBeVisible();
  expect(mail.letters).toHaveLength(1);
  await channel.getByText("Used after 2 minutes unanswered").click();
  await channel.getByLabel("Use it").selectOption("at once");
  await channel.getByLabel("Not while I am at the inbox").uncheck();
  await page.reload();
  await channel.getByText("Used at once").click();
  await expect(channel.getByLabel("Use it")).toHaveValue("at-once");
  await expect(channel.getByLabel("Not while I am at the inbox")).not.toBeChecked();
  await visitor.open();
  await visitor.write("Is the oak table still there?");
  const letter = await mail.letter("Is the oak table still there?");
  expect(letter.recipients).toEqual(["maya@oak.example"]);
  expect(letter.headers.get("auto-submitted")).toBe("auto-generated");
  await visitor.sees("Is the oak table still there?", "Handed over");
});

test("a mailbox that does not exist is told to the owner, and to the visitor that nobody can be reached", async ({
  owner,
  visitor,
  mail,
}) => {
  const { page } = owner;
  await addMail(page, "maya@oak.example");
  const channel = page.getByRole("listitem", { name: "E-mail maya@oak.example" });
  await channel.getByText("Used after 2 minutes unanswered").click();
  await channel.getByLabel("Use it").selectOption("at once");
  await channel.getByLabel("Not while I am at the inbox").uncheck();
  mail.refuse(550, "5.1.1 No such mailbox");
  await visitor.open();
  await visitor.write("Hello?");
  await expect(channel.getByText("Set it up again")).toBeVisible();
  await expect(channel.getByText("1 message could not be sent this way.")).toBeVisible();
  // While the owner is at the inbox they can be reached.
  await expect(visitor.root.getByText("Here now")).toBeVisible();
  await page.context().close();
  await expect(visitor.root.getByText("Maya can’t be reached just now")).toBeVisible();
  mail.refusal = null;
});

test("a visitor who has left is written to, and the link brings them back", async ({
  browser,
  owner,
  visitor,
  mail,
}) => {
  await visitor.open();
  const invitation = visitor.root.getByText("Leaving? Get the answer by e-mail");
  await expect(invitation, "not before anything was sent").toBeHidden();
  await visitor.write("Do you deliver to Porto?");
  await invitation.click();
  const address = visitor.root.getByRole("textbox", { name: "Your e-mail address" });
  await address.fill("tom@nowhere");
  await address.fill("tom@post.example");
  await address.press("Enter");
  await expect(visitor.root.getByText("Answers you miss go to tom@post.example")).toBeVisible();
  await visitor.page.close();
  await owner.open("Do you deliver to Porto?");
  await expect(owner.page.getByText("Reached by mail too")).toBeVisible();
  await owner.write("Yes, on Thursdays.");
  const letter = await mail.letter("Yes, on Thursdays.");
  expect(letter.recipients).toEqual(["tom@post.example"]);
  expect(letter.from.text).toContain("Maya");
  const link = letter.text.match(/http:\S+\/talk\/\S+\/link\/\S+/)[0];
  const elsewhere = await browser.newContext(PHONE);
  const talk = new TalkPage(await elsewhere.newPage());
  await talk.page.goto(link);
  await talk.sees("Yes, on Thursdays.");
  await talk.write("Perfect, thank you!");
  await owner.sees("Perfect, thank you!");
  await elsewhere.close();
});
