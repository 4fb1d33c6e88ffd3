// A mail server that takes letters, or does not, and shows what it took.
import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { until } from "./relay.js";

export class MailServer {
  letters = [];
  /** What it says to a recipient instead of taking the letter. */
  refusal = null;

  async open() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onRcptTo: (_address, _session, done) => done(this.refusal),
      onData: async (stream, session, done) => {
        const letter = await simpleParser(stream);
        letter.recipients = session.envelope.rcptTo.map(({ address }) => address);
        this.letters.push(letter);
        done();
      },
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  /** The settings of a relay that sends its mail here. */
  get env() {
    return {
      SHOPBELL_EMAIL__SMTP: `smtp://127.0.0.1:${this.server.server.address().port}?tls=none`,
      SHOPBELL_EMAIL__FROM: "bell@relay.example",
    };
  }

  refuse(code, text) {
    this.refusal = Object.assign(new Error(text), { responseCode: code });
  }

  /** Waits for a letter with these words. */
  letter(words) {
    return until(`a letter with ${words}`, () => this.letters.find((letter) => letter.text?.includes(words)));
  }

  close() {
    return new Promise((resolve) => this.server.close(resolve));
  }
}
