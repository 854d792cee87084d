// Wheels in real Pyodide, in Node:
//
//   node node.mjs PYODIDE-FOLDER WHEELS-JSON TOOL.whl...
//
// The wheels are served on loopback. Prints what `prove` found, as JSON.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { prove } from "./prove.mjs";

const [folder, listed, ...tools] = process.argv.slice(2);
const wheels = JSON.parse(listed);
const files = new Map(Object.values(wheels).map((path) => [basename(path), path]));
const server = createServer((request, response) => {
  const path = files.get(decodeURIComponent(request.url.slice(1)));
  response.writeHead(path ? 200 : 404).end(path && readFileSync(path));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}/`;
const scratch = mkdtempSync(join(tmpdir(), "mochi-wheels-"));
let number = 0;
try {
  const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
  const found = await prove(await loadPyodide({ indexURL: `${folder}/` }), {
    tools: tools.map((tool) => new Uint8Array(readFileSync(tool))),
    wheels: Object.fromEntries(
      Object.entries(wheels).map(([name, path]) => [name, base + encodeURIComponent(basename(path))]),
    ),
    load: (text) => {
      const file = join(scratch, `${number++}.mjs`);
      writeFileSync(file, text);
      return import(pathToFileURL(file));
    },
  });
  process.stdout.write(`\n${JSON.stringify(found)}\n`);
  process.exitCode = 0;
} catch (error) {
  // The runtime's own source would fill pages.
  process.stderr.write(String(error.message ?? error).slice(-3000));
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true });
  server.close();
  server.closeAllConnections();
}
process.exit();
