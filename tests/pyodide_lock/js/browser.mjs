// A list in real Pyodide, in headless Chromium:
//
//   node browser.mjs FOLDER ENVIRONMENT QUESTION-JSON
//
// FOLDER is laid out as a mirror, with the runtime in it, and served on loopback; nothing else can
// be fetched. Prints what `prove` found, as JSON. What has to be set: see ../../js/browser.mjs.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve, visit } from "../../js/browser.mjs";

const [folder, environment, question] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const server = await serve((path) => {
  if (path === "/question.json") return question;
  const page = path.match(/^\/page\/(.*)$/);
  return readFileSync(page ? join(here, page[1]) : join(folder, decodeURIComponent(path)));
});
try {
  const found = await visit(`${server.base}page/page.html?${environment}`);
  process.stdout.write(`\n${JSON.stringify(found)}\n`);
} finally {
  server.close();
}
