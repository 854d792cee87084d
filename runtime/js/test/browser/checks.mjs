// What is asked of a bridge in a browser, in a window and in a worker alike.

import { loadPyodide } from "/pyodide/pyodide.mjs";
import { attach, Float, MochiError, PythonError } from "/js/mochi-runtime.mjs";

const PYTHON = `
import asyncio
from mochi_runtime import MochiError, call_host, call_host_async
def echo(value): return value
def host(name, *args): return call_host(name, *args)
def fail(message): raise ValueError(message)
def failure(name):
    try:
        call_host(name)
    except MochiError as error:
        return [error.kind, str(error), str(error.__cause__)]
async def later(value, seconds):
    await asyncio.sleep(seconds)
    return value
async def awaits(name, value): return [await call_host(name, value), await call_host_async(name, value)]
def thread():
    import threading
    threading.Thread(target=int).start()
`;

const shown = (value) =>
  JSON.stringify(value, (_, item) => {
    if (item instanceof Float) return `float ${item}`;
    if (item instanceof Uint8Array) return `bytes ${item}`;
    if (typeof item === "bigint") return `${item}n`;
    return typeof item === "number" && !Number.isFinite(item) ? String(item) : item;
  });

function same(found, due) {
  if (shown(found) !== shown(due)) throw new Error(`${shown(found)} is not ${shown(due)}`);
}

async function fails(call, like) {
  try {
    await call();
  } catch (error) {
    return like(error) || Promise.reject(error);
  }
  throw new Error("it did not fail");
}

/** Runs all; what was checked, and how long the start took. */
export async function checks() {
  const begun = performance.now();
  const pyodide = await loadPyodide({ indexURL: "/pyodide/" });
  pyodide.FS.mkdirTree("/lib/tests");
  pyodide.FS.writeFile("/lib/tests/mochi_page.py", PYTHON);
  pyodide.runPython('import sys; sys.path.append("/lib/tests")');
  const host = {
    echo: (value) => value,
    later: async (value) => {
      await new Promise((done) => setTimeout(done, 5));
      return value;
    },
    fails() {
      throw new RangeError("no", { cause: new Error("why") });
    },
    where: () => typeof document,
  };
  const bridge = await attach(pyodide, host, { glue: new URL("/glue.zip", location.href) });
  const milliseconds = performance.now() - begun;
  const of = (name, ...args) => bridge.callSync("mochi_page", name, args);
  const off = (name, ...args) => bridge.call("mochi_page", name, args);
  const bytes = new Uint8Array(1 << 20).map((_, at) => at);
  for (const value of [
    null,
    true,
    1,
    new Float(1),
    -0,
    NaN,
    2n ** 70n,
    0.1,
    "é😀",
    "x".repeat(100_000),
    bytes,
    [bytes.subarray(0, 9), { a: [new Float(2)], $b: "c" }],
  ]) {
    same(of("echo", value), value);
    same(of("host", "echo", value), value);
    same(await off("awaits", "later", value), [value, value]);
  }
  await fails(
    () => of("fail", "no"),
    (error) => error instanceof PythonError && error.type === "ValueError",
  );
  await fails(
    () => of("echo", [(document) => 1]),
    (error) => error instanceof MochiError,
  );
  await fails(
    () => of("thread"),
    (error) => error.message.includes("wasm32-emscripten"),
  );
  same(of("failure", "fails"), ["RangeError", "no", "why"]);
  same(await Promise.all([off("later", 1, 0.02), off("later", 2, 0.01)]), [1, 2]);
  const late = () => bridge.call("mochi_page", "later", [1, 30], { timeout: 20 });
  await fails(late, (error) => error.name === "TimeoutError");
  const signal = AbortSignal.timeout(20);
  await fails(
    () => bridge.call("mochi_page", "later", [1, 30], { signal }),
    () => signal.aborted,
  );
  const where = of("host", "where") === "object" ? "window" : "worker";
  bridge.close();
  return { python: pyodide.runPython("import sys; sys.version.split()[0]"), where, milliseconds };
}
