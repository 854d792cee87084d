// Wheels in real Pyodide, in headless Chromium:
//
//   node browser.mjs PYODIDE-FOLDER WHEELS-JSON TOOL.whl...
//
// Prints what `prove` found, as JSON; what the page's console calls an error is one. What has to be
// set: see ../../js/browser.mjs.
import { readFileSync } from "node:fs";
import { basename, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { serve, visit } from "../../js/browser.mjs";

const [folder, listed, ...tools] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const wheels = JSON.parse(listed);
const files = new Map([...Object.values(wheels), ...tools].map((path) => [basename(path), path]));
const question = JSON.stringify({
  wheels: Object.fromEntries(Object.entries(wheels).map(([name, path]) => [name, basename(path)])),
  tools: tools.map((tool) => basename(tool)),
  version: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version,
});

const server = await serve((path) => {
  const [, place, ...rest] = normalize(path).split("/");
  if (path === "/question.json") return question;
  if (place === "files") return readFileSync(files.get(decodeURIComponent(rest.join("/"))));
  return readFileSync(join(place === "pyodide" ? folder : here, ...rest));
});
try {
  process.stdout.write(`\n${JSON.stringify(await visit(`${server.base}page/page.html`))}\n`);
} finally {
  server.close();
}
