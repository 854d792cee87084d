// Wheels in real Pyodide, in headless Chromium:
//
//   node browser.mjs PYODIDE-FOLDER WHEELS-JSON TOOL.whl...
//
//   MOCHI_CHROMIUM                 the browser
//   MOCHI_REFEREE_NODE_MODULES     a folder with `playwright-core`
//   MOCHI_SCREENSHOT               where the picture goes
//
// All is served on loopback. Prints what `prove` found, as JSON; what the page's console calls an
// error is one.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { visit } from "../../../runtime/js/test/chromium.mjs";

const [folder, listed, ...tools] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const wheels = JSON.parse(listed);
const files = new Map([...Object.values(wheels), ...tools].map((path) => [basename(path), path]));
const question = JSON.stringify({
  wheels: Object.fromEntries(Object.entries(wheels).map(([name, path]) => [name, basename(path)])),
  tools: tools.map((tool) => basename(tool)),
  version: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version,
});
const TYPES = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

function body(path) {
  const [, place, ...rest] = normalize(path).split("/");
  if (path === "/favicon.ico") return "";
  if (path === "/question.json") return question;
  if (place === "files") return readFileSync(files.get(decodeURIComponent(rest.join("/"))));
  return readFileSync(join(place === "pyodide" ? folder : here, ...rest));
}

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  try {
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    const found = body(path);
    response.writeHead(200, { "content-type": type }).end(found);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
try {
  const url = `http://127.0.0.1:${server.address().port}/page/page.html`;
  const { found, complaints } = await visit(url, "globalThis.finished", process.env.MOCHI_SCREENSHOT);
  process.stdout.write(`\n${JSON.stringify({ ...found, complaints })}\n`);
} finally {
  server.close();
  server.closeAllConnections();
}
