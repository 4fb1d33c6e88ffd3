// Pictures that come by mail: in the visitor's panel, in the inbox, and without scripts.
import { createTransport } from "nodemailer";
import { PHONE, expect, test as base } from "../support/fixtures.js";
import { MailServer } from "../support/mail.js";
import { TalkPage } from "../support/people.js";
import { Relay, freePort } from "../support/relay.js";

const test = base.extend({
  mail: async ({}, use) => {
    const mail = await new MailServer().open();
    await use(mail);
    await mail.close();
  },
  // Where the relay listens for mail.
  door: async ({}, use) => use(await freePort()),
  relay: async ({ mail, door }, use) => {
    const listen = {
      SHOPBELL_EMAIL__LISTEN: `127.0.0.1:${door}`,
      SHOPBELL_EMAIL__LISTEN_PROTOCOL: "lmtp",
      SHOPBELL_EMAIL__TRUST_AUTHENTICATION_RESULTS: '["mx.oak.example"]',
    };
    const relay = await Relay.start({ env: { ...mail.env, ...listen } });
    await use(relay);
    await relay.stop();
  },
  // Answers a letter from the owner's mail program, by the server that has checked it.
  answer: async ({ door }, use) => {
    const program = createTransport({ host: "127.0.0.1", port: door, lmtp: true, secure: false, ignoreTLS: true });
    await use((letter, text, ...pictures) =>
      program.sendMail({
        from: "Maya <maya@oak.example>",
        to: letter.replyTo.value[0].address,
        subject: `Re: ${letter.subject}`,
        inReplyTo: letter.messageId,
        text,
        attachments: pictures.map((content, number) => ({ filename: `IMG_${number}.jpg`, content })),
        headers: { "Authentication-Results": "mx.oak.example; dkim=pass header.d=oak.example" },
      }),
    );
    program.close();
  },
});

/** What visitors write comes to the owner's mail at once. */
async function addMail(page) {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "Add: E-mail" }).click();
  await page.getByLabel("Your e-mail address").fill("maya@oak.example");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const channel = page.getByRole("listitem", { name: "E-mail maya@oak.example" });
  await channel.getByText("Used after 2 minutes unanswered").click();
  await channel.getByLabel("Use it").selectOption("at once");
  await channel.getByLabel("Not while I am at the inbox").uncheck();
  await expect(channel.getByLabel("Not while I am at the inbox")).not.toBeChecked();
}

const isShown = (picture) => expect.poll(() => picture.evaluate((image) => image.naturalWidth)).toBe(1280);
const size = async (picture) => {
  const { width, height } = await picture.boundingBox();
  return [Math.round(width), Math.round(height)];
};

test("a picture from the owner's mail is seen by both, in its place before it has come", async ({
  browser,
  owner,
  visitor,
  mail,
  answer,
}) => {
  await addMail(owner.page);

  await visitor.open();
  const photograph = await visitor.page.screenshot({ type: "jpeg" });
  await visitor.write("What does it look like?");
  const letter = await mail.letter("What does it look like?");

  let letIn;
  const held = new Promise((resolve) => (letIn = resolve));
  await visitor.page.route("**/picture/**", async (route) => (await held, route.continue()));
  await answer(letter, "Like this.", photograph);
  await visitor.sees("Like this.");
  const picture = visitor.log.getByRole("img", { name: "Picture from Maya" });
  expect(await size(picture)).toEqual([240, 150]);
  letIn();
  await isShown(picture);
  expect(await size(picture)).toEqual([240, 150]);
  const larger = visitor.page.context().waitForEvent("page");
  await picture.click();
  await isShown((await larger).getByRole("img"));

  await owner.page.getByRole("button", { name: "Back to the list" }).click();
  await answer(letter, "", photograph, photograph);
  await expect(owner.line("You: 2 pictures")).toBeVisible();
  await owner.open("2 pictures");
  const own = owner.log.getByRole("img", { name: "Picture from you" });
  await expect(own).toHaveCount(3);
  for (const each of await own.all()) {
    await each.scrollIntoViewIfNeeded();
    await isShown(each);
  }
  await expect(visitor.log.getByRole("img", { name: "Picture from Maya" })).toHaveCount(3);
  await expect(visitor.rows.last().locator(".body")).toBeHidden();

  // The same conversation where there are no scripts and no cookies.
  const key = await visitor.frame().evaluate(() => Object.entries(localStorage).find(([name]) => name.endsWith(":key"))[1]);
  const plain = await browser.newContext({ ...PHONE, javaScriptEnabled: false });
  const talk = new TalkPage(await plain.newPage());
  await talk.page.goto(`${new URL(visitor.frame().url()).origin}${new URL(visitor.frame().url()).pathname}?with=${key}`);
  await talk.sees("Like this.");
  const first = talk.log.getByRole("img", { name: "Picture from Maya" }).first();
  await first.scrollIntoViewIfNeeded();
  await isShown(first);
  expect(await size(first)).toEqual([240, 150]);
  await plain.close();
});

test("what is no picture is not sent, and the owner is told why", async ({ owner, visitor, mail, answer }) => {
  await addMail(owner.page);
  await visitor.open();
  await visitor.write("What does it look like?");
  const letter = await mail.letter("What does it look like?");
  const photograph = await visitor.page.screenshot({ type: "jpeg" });
  await answer(letter, "Like this.", photograph, Buffer.from("<script>alert(1)</script>"));
  const waits = owner.page.getByRole("listitem").filter({ hasText: "JPEG, PNG, GIF and WebP can be" });
  await expect(waits).toBeVisible();
  await isShown(waits.getByRole("img", { name: "Picture from you" }));
  await waits.getByRole("button", { name: "It is right, send it" }).click();
  await visitor.sees("Like this.");
  await isShown(visitor.log.getByRole("img", { name: "Picture from Maya" }));
});
