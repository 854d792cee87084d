// `attach` in headless Chromium, in the window and in a module worker. All is served on loopback.
//
//   MOCHI_CHROMIUM                 the browser
//   MOCHI_REFEREE_NODE_MODULES     a folder with `playwright-core`
//   MOCHI_SCREENSHOT               where the picture goes

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { visit } from "./chromium.mjs";
import { setting } from "./support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const FOLDERS = {
  pyodide: resolve(setting("MOCHI_PYODIDE_FOLDER")),
  js: join(here, ".."),
  test: join(here, "browser"),
};
const TYPES = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
  ".json": "application/json",
};

/** The Python side as a zip. */
function zip() {
  const folder = mkdtempSync(join(tmpdir(), "mochi-glue-"));
  try {
    const file = join(folder, "glue.zip");
    const done = spawnSync(
      setting("MOCHI_REFEREE_PYTHON"),
      ["-m", "zipfile", "-c", file, join(here, "../../python/mochi_runtime")],
      { encoding: "utf8" },
    );
    assert.equal(done.status, 0, done.stderr);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function serve() {
  const glue = zip();
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    const [, folder, ...rest] = path.split("/");
    let body;
    try {
      if (path === "/favicon.ico") body = "";
      else body = path === "/glue.zip" ? glue : readFileSync(join(FOLDERS[folder], ...rest));
    } catch {
      response.writeHead(404).end();
      return;
    }
    response
      .writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" })
      .end(body);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

test("the bridge in a window and in a worker", { timeout: 180_000 }, async () => {
  const server = await serve();
  try {
    const url = `http://127.0.0.1:${server.address().port}/test/index.html`;
    const { found, complaints } = await visit(url, "globalThis.finished", setting("MOCHI_SCREENSHOT"));
    console.log(JSON.stringify(found));
    assert.deepStrictEqual(
      found.map(({ where }) => where),
      ["window", "worker"],
    );
    assert.deepStrictEqual(complaints, []);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
