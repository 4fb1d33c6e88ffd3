// A shop's web server: on another origin than the relay, with whatever page a test needs.
import { createServer } from "node:http";

const FURNITURE = `
  <header><h1>Oak &amp; Ash</h1><nav><a href="#tables">Tables</a> <a href="#chairs">Chairs</a></nav></header>
  <main><h2>Round table</h2><p>Solid oak, made in our workshop.</p><button type="button">Add to basket</button>
  <p style="height:1500px">It is a long page.</p></main>`;

export class Shop {
  pages = new Map();

  async open() {
    this.server = createServer((request, response) => {
      const page = this.pages.get(new URL(request.url, "http://shop").pathname);
      response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8", ...page?.headers });
      response.end(page?.html ?? "nothing here");
    });
    await new Promise((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    // Another site than the relay's: there a private window gives frames no storage.
    this.elsewhere = `http://localhost:${this.server.address().port}`;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Puts a page up and gives its address. */
  put(path, { tag, head = "", body = FURNITURE, headers = {}, title = "Round table" }) {
    const html = `<!doctype html><html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>
      <link rel="icon" href="data:,">${head}</head><body>${body}${tag}</body></html>`;
    this.pages.set(path, { html, headers });
    return this.origin + path;
  }
}

/** The tag as a customer pastes it. */
export function tag(relay, shop, attributes = "") {
  return `<script async src="${relay.origin}/shopbell.js" data-shop="${shop}" ${attributes}></script>`;
}
