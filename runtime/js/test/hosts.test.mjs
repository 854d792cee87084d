// Where the host functions come from: a side module in Pyodide's own wasm instance, what the page
// has attached or registered, a runtime that the wheel carries. Each in a Pyodide of its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { attach, Float, hostModule } from "../mochi-runtime.mjs";
import { build, glue, pyodide as load, write } from "./support.mjs";

const PYTHON = `
from $GLUE import MochiError, call_host, call_host_async

def host(name, *args): return call_host(name, *args)
async def awaits(name, *args): return await call_host_async(name, *args)
def failure(name):
    try:
        call_host(name)
    except MochiError as error:
        return [error.kind, str(error), error.payload, error.__cause__ and str(error.__cause__)]
def check(name):
    values = [None, True, 1, 2**70, 1.0, -0.0, 0.5, float("inf"), "é😀" * 1000, b"\\x00\\xff" * 50000,
              [[], {}], {"$bytes": 1, "a": [1.0]}, ["quote\\" and }"]]
    for value in values:
        found = call_host(name, value)
        assert repr(found) == repr(value), f"{found!r:.60} {value!r:.60}"
    return len(values)
`;

/** The glue, as a wheel of the package `acme` vendors it, and a module that uses it. */
function wheel(extra) {
  const files = { "acme/__init__.py": "", "acme/_vendor/__init__.py": "", ...extra };
  for (const [name, text] of Object.entries(glue()))
    files[`acme/_vendor/mochi_runtime/${name}`] = text;
  files["acme/uses.py"] = PYTHON.replace("$GLUE", "acme._vendor.mochi_runtime");
  return files;
}

const uses = (pyodide, expression) =>
  pyodide.runPython(`import acme.uses\nacme.uses.${expression}`);

function judge(pyodide, who) {
  assert.equal(uses(pyodide, 'host("who")'), who);
  assert.equal(uses(pyodide, 'check("first")'), 13);
  assert.equal(uses(pyodide, 'failure("fail") == ["Teapot", "tea", [1.0], "no water"]'), true);
  assert.equal(uses(pyodide, 'failure("nobody")[0]'), "NoFunction");
}

function teapot() {
  const error = Object.assign(new Error("tea", { cause: new Error("no water") }), {
    payload: [new Float(1)],
  });
  error.name = "Teapot";
  throw error;
}

const page = {
  who: () => "page",
  first: (value) => value,
  fail: teapot,
  later: async (value) => value,
};

test("a side module in Pyodide's own wasm instance", async () => {
  const side = build("mochi_native.c");
  for (const place of ["acme/_vendor/mochi_runtime/", "acme/"]) {
    const pyodide = await load();
    write(pyodide, wheel({ [`${place}_mochi_native.abi3.so`]: side }));
    judge(pyodide, "native");
  }
});

test("an object that the page has registered", async () => {
  const pyodide = await load();
  write(pyodide, wheel({}));
  assert.equal(uses(pyodide, 'failure("who")[0]'), "NoHost");
  pyodide.registerJsModule("mochi_host", hostModule(page));
  judge(pyodide, "page");
  const awaited = await pyodide.runPythonAsync(
    'import acme.uses\nawait acme.uses.awaits("later", 1.0) == 1.0',
  );
  assert.equal(awaited, true);
});

test("a runtime that the wheel carries as data", async () => {
  const carried = build("mochi_runtime.c");
  for (const place of ["acme/_vendor/mochi_runtime/", "acme/"]) {
    const pyodide = await load();
    write(pyodide, wheel({ [`${place}mochi_runtime.wasm`]: carried }));
    judge(pyodide, "wasm");
  }
  // What vendors nothing finds it beside the glue.
  const pyodide = await load();
  write(pyodide, { "uses.py": PYTHON.replace("$GLUE", "mochi_runtime") });
  const bridge = await attach(pyodide, {}, { glue: { ...glue(), "mochi_runtime.wasm": carried } });
  assert.equal(bridge.callSync("uses", "host", ["who"]), "wasm");
  bridge.close();
});

test("their order, by function", async () => {
  const pyodide = await load();
  write(
    pyodide,
    wheel({
      "acme/_mochi_native.abi3.so": build("mochi_native.c"),
      "acme/mochi_runtime.wasm": build("mochi_runtime.c"),
    }),
  );
  pyodide.registerJsModule(
    "mochi_host",
    hostModule({ who: () => "registered", registered: () => 1, both: () => "registered" }),
  );
  const bridge = await attach(
    pyodide,
    { who: () => "attached", attached: () => 2, both: () => "attached" },
    {
      package: "acme._vendor.mochi_runtime",
    },
  );
  const host = (name) => bridge.callSync("acme.uses", "host", [name]);
  assert.deepStrictEqual(["who", "registered", "attached", "both"].map(host), [
    "native",
    1,
    2,
    "attached",
  ]);
  const [kind, message] = bridge.callSync("acme.uses", "failure", ["nobody"]);
  assert.deepStrictEqual(
    [kind, message],
    ["NoFunction", 'the host has no function "nobody"; it has attached, both, who'],
  );
  bridge.close();
});

test("two packages with copies of their own", async () => {
  const pyodide = await load();
  const files = wheel({});
  for (const [path, text] of Object.entries(wheel({}))) {
    files[path.replace("acme", "other")] = text.toString().replaceAll("acme.", "other.");
  }
  write(pyodide, files);
  const one = await attach(pyodide, { who: () => 1 }, { package: "acme._vendor.mochi_runtime" });
  const two = await attach(pyodide, { who: () => 2 }, { package: "other._vendor.mochi_runtime" });
  assert.equal(one.callSync("acme.uses", "host", ["who"]), 1);
  assert.equal(two.callSync("other.uses", "host", ["who"]), 2);
  one.close();
  assert.equal(two.callSync("other.uses", "host", ["who"]), 2);
  two.close();
});
