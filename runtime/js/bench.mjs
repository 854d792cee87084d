// What a call by the bridge costs, next to a function of Python that is called by its bare proxy.
//
//   MOCHI_PYODIDE_FOLDER=... node bench.mjs        prints JSON: ns per call, and ratios
//
// The bare function does the same work: bytes are copied into Python and out of it, texts are made
// texts of Python and of JavaScript again.

import { attach } from "./mochi-runtime.mjs";
import { glue, pyodide as load, write } from "./test/support.mjs";

const PYTHON = `
from pyodide.ffi import to_js
from mochi_runtime import call_host
from mochi_bench_js import echo as js_echo

def echo(value): return value
def echo_bytes(value): return to_js(value.to_bytes())
def host(value): return call_host("echo", value)
def host_bare(value): return js_echo(value)
async def echo_async(value): return value
`;

const pyodide = await load();
pyodide.registerJsModule("mochi_bench_js", { echo: (value) => value });
write(pyodide, { "mochi_bench.py": PYTHON });
const bridge = await attach(pyodide, { echo: (value) => value }, { glue: glue() });
const module = pyodide.pyimport("mochi_bench");
const { echo, echo_bytes: echoBytes, echo_async: echoAsync, host_bare: hostBare } = module;

/** The fastest of five rounds, in ns per call. */
async function ns(count, call) {
  let best = Infinity;
  for (let round = 0; round < 6; round++) {
    const begun = performance.now();
    for (let at = 0; at < count; at++) await call();
    best = Math.min(best, ((performance.now() - begun) * 1e6) / count);
  }
  return best;
}

function nsSync(count, call) {
  let best = Infinity;
  for (let round = 0; round < 6; round++) {
    const begun = performance.now();
    for (let at = 0; at < count; at++) call();
    best = Math.min(best, ((performance.now() - begun) * 1e6) / count);
  }
  return best;
}

const sync = (name, value) => bridge.callSync("mochi_bench", name, [value]);
const bytes = new Uint8Array(1 << 20).map((_, at) => at);
const ascii = "x".repeat(1 << 20);
const wide = "é".repeat(1 << 20);

const results = {};
const compare = (name, count, bare, ours) => {
  const [baseline, found] = [nsSync(count, bare), nsSync(count, ours)];
  results[name] = {
    bare: Math.round(baseline),
    bridge: Math.round(found),
    ratio: +(found / baseline).toFixed(2),
  };
};

compare(
  "callSync echo(1)",
  20_000,
  () => echo(1),
  () => sync("echo", 1),
);
compare(
  "callSync echo('text')",
  20_000,
  () => echo("text"),
  () => sync("echo", "text"),
);
compare(
  "callSync echo(1 MB bytes)",
  50,
  () => echoBytes(bytes),
  () => sync("echo", bytes),
);
compare(
  "callSync echo(1 MB text)",
  10,
  () => echo(ascii),
  () => sync("echo", ascii),
);
compare(
  "callSync echo(1 M characters beyond ASCII)",
  10,
  () => echo(wide),
  () => sync("echo", wide),
);
compare(
  "callSync, and Python calls the host",
  10_000,
  () => hostBare(1),
  () => sync("host", 1),
);
for (const [name, bare, ours] of [
  ["call echo(1)", () => echo(1), () => bridge.call("mochi_bench", "echo", [1])],
  [
    "call of an async function",
    () => echoAsync(1),
    () => bridge.call("mochi_bench", "echo_async", [1]),
  ],
]) {
  const [baseline, found] = [await ns(2_000, bare), await ns(2_000, ours)];
  results[name] = {
    bare: Math.round(baseline),
    bridge: Math.round(found),
    ratio: +(found / baseline).toFixed(2),
  };
}

console.log(JSON.stringify({ pyodide: pyodide.version, node: process.version, results }, null, 2));
for (const proxy of [echo, echoBytes, echoAsync, hostBare, module]) proxy.destroy();
bridge.close();
