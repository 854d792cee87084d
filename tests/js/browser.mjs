// What the tests in headless Chromium share. All is served on loopback.
//
//   MOCHI_CHROMIUM                 the browser
//   MOCHI_REFEREE_NODE_MODULES     a folder with `playwright-core`
//   MOCHI_SCREENSHOT               where the picture goes
import { createServer } from "node:http";
import { extname } from "node:path";
import { visit as open } from "../../runtime/js/test/chromium.mjs";

const TYPES = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/**
 * A server whose files `body` gives by their paths, or throws. Its `base` is where they are, and
 * its `asked` the paths that it was asked for.
 */
export async function serve(body) {
  const asked = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    asked.push(path);
    try {
      const type = TYPES[extname(path)] ?? "application/octet-stream";
      const found = path === "/favicon.ico" ? "" : body(path);
      response.writeHead(200, { "content-type": type }).end(found);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    base: `http://127.0.0.1:${server.address().port}/`,
    asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * What a page's `globalThis.finished` comes to, with `complaints`: what the console calls an error,
 * and requests to other hosts than the page's.
 */
export async function visit(url) {
  const { found, complaints } = await open(url, "globalThis.finished", process.env.MOCHI_SCREENSHOT);
  return { ...found, complaints };
}
