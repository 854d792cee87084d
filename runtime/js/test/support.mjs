// What the tests of JavaScript share.
//
//   MOCHI_PYODIDE_FOLDER    the folder of one release of the npm package `pyodide`
//   MOCHI_REFEREE_PYTHON    a CPython with `ziglang`, for the two native runtimes

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";

const runtime = fileURLToPath(new URL("../../", import.meta.url));

/** A setting, which has to be there. */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run scripts/test, which sets it`);
  return value;
}

/** A Pyodide of its own. */
export async function pyodide() {
  const folder = resolve(setting("MOCHI_PYODIDE_FOLDER"));
  const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
  return loadPyodide({ indexURL: `${folder}/` });
}

/** The Python side, as `attach` takes it. */
export function glue() {
  const folder = join(runtime, "python/mochi_runtime");
  const names = readdirSync(folder).filter((name) => name.endsWith(".py"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** Writes modules of Python, by their paths. */
export function write(pyodide, files) {
  const root = "/lib/mochi_tests";
  for (const [path, content] of Object.entries(files)) {
    pyodide.FS.mkdirTree(`${root}/${path}`.replace(/\/[^/]*$/, ""));
    pyodide.FS.writeFile(`${root}/${path}`, content);
  }
  pyodide.runPython(`
import importlib, sys
if "${root}" not in sys.path:
    sys.path.append("${root}")
importlib.invalidate_caches()
`);
}

const LINK = {
  "mochi_native.c": [
    ["-target", "wasm32-emscripten", "-fPIC"],
    // The last: without it static constructors never run.
    "-shared --experimental-pic --no-entry --unresolved-symbols=import-dynamic --no-export-dynamic " +
      "--strip-all --export=PyInit__mochi_native --export-if-defined=__wasm_call_ctors",
  ],
  "mochi_runtime.c": [["-target", "wasm32-freestanding"], "--no-entry --strip-all"],
};

/** Builds one of the runtimes in `tests/native`; its bytes. */
export function build(source) {
  const [target, link] = LINK[source];
  const folder = mkdtempSync(join(tmpdir(), "mochi-native-"));
  const zig = (...args) => {
    const done = spawnSync(setting("MOCHI_REFEREE_PYTHON"), ["-m", "ziglang", ...args], {
      encoding: "utf8",
    });
    if (done.status !== 0) throw new Error(`ziglang: ${done.error ?? done.stderr}`);
  };
  try {
    const object = join(folder, "object.o");
    const output = join(folder, "output.wasm");
    const flags = ["-mcpu=generic", "-fno-sanitize=all", "-Os", "-Wall", "-Wextra", "-Werror"];
    zig("cc", ...target, ...flags, "-c", join(runtime, "tests/native", source), "-o", object);
    zig("wasm-ld", ...link.split(" "), object, "-o", output);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
