// `attach` in Node, in one release of Pyodide.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { attach, Float, MAX_DEPTH, MochiError, PythonError } from "../mochi-runtime.mjs";
import { glue, pyodide as load, write } from "./support.mjs";

const PYTHON = `
import asyncio
from mochi_runtime import MochiError, call_host, call_host_async, expose

def echo(value): return value
def kind(value): return type(value).__name__
def shown(value): return repr(value)
def named(*args, **kwargs): return [list(args), kwargs]
def made(what):
    deep = None
    for _ in range(2000):
        deep = [deep]
    return {"set": {1}, "key": {"a": [{1: 2}]}, "lone": ["x", "\\udc80"], "alone": "\\udc80", "deep": deep,
            "object": [{"a": object()}]}[what]
def fail(message): raise ValueError(message)
def exits(): raise SystemExit(3)
def host(name, *args): return call_host(name, *args)
def host_kind(name): return type(call_host(name)).__name__
def sends(what): return call_host("echo", made(what))
def failure(name, *args):
    try:
        call_host(name, *args)
    except MochiError as error:
        found = []
        while error is not None:
            found.append([error.kind, str(error), error.payload])
            error = error.__cause__
        return found
async def later(value, seconds=0.01):
    await asyncio.sleep(seconds)
    return value
async def fails_later():
    await asyncio.sleep(0)
    raise KeyError("k")
async def awaits(name, *args):
    one = await call_host(name, *args)
    return [one, await call_host_async(name, *args)]
async def awaits_sync(name, *args): return await call_host_async(name, *args)
async def awaits_failure(name):
    try:
        await call_host(name)
    except MochiError as error:
        return [error.kind, str(error), error.__cause__ and str(error.__cause__)]
async def gathers(name): return await asyncio.gather(*(call_host(name, n) for n in range(3)))
stopped = []
async def runs_for(seconds):
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        stopped.append(True)
        raise
def stops(): return len(stopped)
def foreign(): return asyncio.BaseEventLoop().create_future()
def on_webloop():
    async def loop(): return type(asyncio.get_running_loop()).__name__
    return loop()
def thread():
    import threading
    threading.Thread(target=int).start()
def count():
    import gc
    gc.collect()
    return len(gc.get_objects())
@expose
def exposed(value): return value * 2
`;

let pyodide;
let bridge;

const host = {
  base: 40,
  echo: (value) => value,
  kind: (value) =>
    value === null ? "null" : typeof value === "object" ? value.constructor.name : typeof value,
  add(value) {
    return this.base + value;
  },
  nothing() {},
  later: async (value) => {
    await new Promise((done) => setTimeout(done, 5));
    return value;
  },
  later0: async (value) => value,
  fails() {
    const water = new Error("no water", { cause: new TypeError("no well", { cause: "dry" }) });
    const error = new RangeError("tea", { cause: water });
    error.payload = { cups: [1, 2n ** 70n] };
    throw error;
  },
  failsLater: async () => {
    throw new SyntaxError("late", { cause: new Error("early") });
  },
  throwsText() {
    throw "text";
  },
  closed() {
    const error = new Error("round");
    error.cause = error;
    throw error;
  },
  gives: (what) => GIVEN[what](),
  call: (name, ...args) => bridge.callSync("mochi_js", name, args),
  descend: (depth) => bridge.callSync("mochi_js", "host", ["down", depth]),
  down: (depth) => (depth === 0 ? 0 : 1 + host.descend(depth - 1)),
};

const deep = (depth) => {
  let value = null;
  for (let at = 0; at < depth; at++) value = [value];
  return value;
};

class Own {}

const GIVEN = {
  "a function": () => [1, { a: () => 1 }],
  undefined: () => ({ a: [undefined] }),
  "a symbol": () => [Symbol("s")],
  "a key": () => ({ a: new Map([[1, 2]]) }),
  "a symbol as a key": () => ({ [Symbol("s")]: 1 }),
  "a lone surrogate": () => ["x", "\udc80"],
  "a lone surrogate alone": () => "\ud800",
  "a lone surrogate in a key": () => ({ "\ud800": 1 }),
  "an instance": () => [new Own()],
  "a date": () => new Date(0),
  "a set": () => ({ s: new Set() }),
  "other bytes": () => new Uint16Array(1),
  "a hole": () => [1, , 2],
  "too deep": () => deep(MAX_DEPTH + 1),
  "a circle": () => {
    const circle = [];
    circle.push(circle);
    return circle;
  },
};

before(async () => {
  pyodide = await load();
  write(pyodide, { "mochi_js.py": PYTHON });
  bridge = await attach(pyodide, host, { glue: glue() });
});

after(() => bridge.close());

const of = (name, ...args) => bridge.callSync("mochi_js", name, args);
const off = (name, ...args) => bridge.call("mochi_js", name, args);

const same = (found, due) => {
  assert.deepStrictEqual(found, due);
  assert.equal(typeof found, typeof due);
};

test("values go to Python and come back unchanged", () => {
  const large = 2n ** 200n;
  for (const value of [
    null,
    true,
    false,
    0,
    1,
    -1,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 63n - 1n,
    2n ** 63n,
    -(2n ** 63n),
    large,
    -large,
    -0,
    0.1,
    -2.5,
    1e300,
    5e-324,
    2 ** 53,
    NaN,
    Infinity,
    -Infinity,
    new Float(1),
    new Float(-3),
    "",
    "s",
    "wé",
    '\0\u2028\uffff𝄞"\\\r\n',
    new Uint8Array([0, 255, 1]),
    new Uint8Array(),
    [],
    {},
    [[], {}, ""],
    { a: [1, new Float(2), 3n ** 60n, "x", null, true] },
    { $bytes: "AP9h" },
    { $x: { $map: 1 }, y: 2 },
    ["1.0", "12345678901234567890", '"$int', "1e5"],
    { "": new Uint8Array([7]) },
    [NaN, -0, 1e22, -Infinity],
    "\ufeffx",
    "\ufeff" + "é".repeat(2000),
    ["x".repeat(5000)],
    { ["k".repeat(600)]: "\ufeff" },
    { 'quote"s': "back\\slash\\", '\\"': 1.0e30 },
    JSON.parse('{"__proto__":{"a":1}}'),
    JSON.parse('{"__proto__":1e30}'),
  ]) {
    same(of("echo", value), value);
    same(of("host", "echo", value), value);
  }
});

test("values are what they are in Python", () => {
  for (const [value, kind, shown] of [
    [null, "NoneType", "None"],
    [true, "bool", "True"],
    [1, "int", "1"],
    [7n, "int", "7"],
    [2n ** 64n, "int", "18446744073709551616"],
    [new Float(1), "float", "1.0"],
    [-0, "float", "-0.0"],
    [1.5, "float", "1.5"],
    [1e300, "float", "1e+300"],
    [2 ** 53, "float", "9007199254740992.0"],
    [NaN, "float", "nan"],
    ["é", "str", "'é'"],
    [new Uint8Array([0, 97]), "bytes", "b'\\x00a'"],
    [Buffer.from("ab"), "bytes", "b'ab'"],
    [new Uint8Array([1, 2, 3]).subarray(1), "bytes", "b'\\x02\\x03'"],
    [new Map([["k", new Map([["$", 1]])]]), "dict", "{'k': {'$': 1}}"],
    [[1, new Float(2)], "list", "[1, 2.0]"],
    [Object.assign(Object.create(null), { a: 1 }), "dict", "{'a': 1}"],
  ]) {
    assert.equal(of("kind", value), kind);
    assert.equal(of("shown", value), shown);
  }
  assert.equal(of("shown", ["😀"]), "['😀']");
  assert.throws(() => of("fail", "x".repeat(3000)), {
    type: "ValueError",
    message: "x".repeat(3000),
  });
  assert.equal(
    bridge.callSync("mochi_js", "named", [], { kwargs: { k: "x".repeat(3000) } })[1].k.length,
    3000,
  );
  assert.equal(of("host_kind", "nothing"), "NoneType");
  for (const [value, kind] of [
    [new Float(2), "Float"],
    [2, "number"],
    [2n ** 60n, "bigint"],
    [new Uint8Array(1), "Uint8Array"],
    [{}, "Object"],
    [null, "null"],
  ]) {
    assert.equal(of("host", "kind", value), kind);
  }
});

test("large and deep values cross", () => {
  const bytes = new Uint8Array(10 << 20).map((_, at) => at * 7);
  assert.ok(Buffer.from(of("echo", bytes)).equals(Buffer.from(bytes)));
  assert.ok(Buffer.from(of("host", "echo", { bytes }).bytes).equals(Buffer.from(bytes)));
  const text = "é😀x".repeat(300_000);
  assert.ok(of("echo", text) === text && of("echo", [text])[0] === text);
  const many = Array.from({ length: 200_000 }, (_, at) => ({ at, half: at + 0.5 }));
  same(of("echo", many), many);
  same(of("echo", deep(MAX_DEPTH)), deep(MAX_DEPTH));
});

const refused = (call, words) =>
  assert.throws(call, (error) => {
    assert.ok(error.message.includes(words), `${error.message}, and not ${words}`);
    return true;
  });

const REFUSED = [
  ["a function", "a function cannot cross, at", "[1].a"],
  ["undefined", "undefined cannot cross, at", ".a[0]"],
  ["a symbol", "a symbol cannot cross, at", "[0]"],
  ["a key", "a map with the key 1, which is no text, cannot cross, at", ".a"],
  ["a symbol as a key", "a map with the key Symbol(s), which is no text, cannot cross, at", ""],
  ["a lone surrogate", "lone surrogate U+DC80 cannot cross, at", "[1]"],
  ["a lone surrogate alone", "lone surrogate U+D800 cannot cross, at", ""],
  ["a lone surrogate in a key", "lone surrogate U+D800 cannot cross, at", ""],
  ["an instance", "a Own cannot cross, at", "[0]"],
  ["a date", "a Date cannot cross, at", ""],
  ["a set", "a Set cannot cross, at", ".s"],
  ["other bytes", "a Uint16Array cannot cross, at", ""],
  ["a hole", "undefined cannot cross, at", "[1]"],
  ["too deep", "nested deeper than 1000 cannot cross, at", ""],
  ["a circle", "nested deeper than 1000", ""],
];

test("what cannot cross to Python is named with its path", async () => {
  for (const [what, words, path] of REFUSED) {
    const value = GIVEN[what]();
    const due = words.endsWith("at") ? `${words} $.args[1]${path}` : words;
    refused(() => of("named", 0, value), due);
    await assert.rejects(off("named", 0, value), MochiError);
    const kwargs = () => bridge.callSync("mochi_js", "named", [], { kwargs: { k: value } });
    refused(kwargs, words.endsWith("at") ? `${words} $.kwargs.k${path}` : words);
    // As the result of a host function.
    const [[kind, message]] = of("failure", "gives", what);
    assert.equal(kind, "ValueError");
    assert.ok(message.includes(words.endsWith("at") ? `${words} $${path}` : words), message);
  }
  refused(() => of("echo", undefined), "undefined cannot cross, at $.args[0]");
});

test("what cannot cross from Python is named with its path", () => {
  for (const [what, words, path] of [
    ["set", "a builtins.set cannot cross, at", ""],
    ["key", "a map with the key 1, which is no text, cannot cross, at", ".a[0]"],
    ["lone", "lone surrogate U+DC80 cannot cross, at", "[1]"],
    ["alone", "lone surrogate U+DC80 cannot cross, at", ""],
    ["object", "a builtins.object cannot cross, at", "[0].a"],
    ["deep", "nested deeper than 1000 cannot cross, at", ""],
  ]) {
    refused(() => of("made", what), `${words} $${path}`);
    refused(() => of("sends", what), `${words} $.args[0]${path}`);
  }
});

test("exceptions of Python are errors here", async () => {
  for (const call of [async () => of("fail", "no 😀"), () => off("fail", "no 😀")]) {
    await assert.rejects(call, (error) => {
      assert.ok(error instanceof PythonError && error.name === "PythonError");
      assert.equal(error.type, "ValueError");
      assert.equal(error.message, "no 😀");
      assert.match(error.traceback, /mochi_js\.py", line \d+, in fail[^]*ValueError: no 😀\n$/);
      return true;
    });
  }
  await assert.rejects(off("fails_later"), { type: "KeyError", message: "'k'" });
  assert.throws(() => of("exits"), { type: "SystemExit", message: "3" });
  assert.throws(() => of("nobody"), {
    type: "mochi_runtime.MochiError",
    message: "'mochi_js' has no 'nobody'",
  });
  assert.throws(() => bridge.callSync("mochi_none", "f"), { type: "ModuleNotFoundError" });
  assert.throws(() => of("thread"), {
    type: "mochi_runtime.ThreadsUnavailable",
    message: /wasm32-emscripten/,
  });
});

test("errors of the host are MochiErrors in Python, with their causes", async () => {
  const [first, ...causes] = of("failure", "fails");
  assert.deepStrictEqual(first, ["RangeError", "tea", { cups: [1, 2n ** 70n] }]);
  assert.deepStrictEqual(causes, [
    ["Error", "no water", null],
    ["TypeError", "no well", null],
    ["Error", "dry", null],
  ]);
  assert.deepStrictEqual(of("failure", "throwsText"), [["Error", "text", null]]);
  assert.equal(of("failure", "closed").length, 33);
  assert.deepStrictEqual(await off("awaits_failure", "failsLater"), [
    "SyntaxError",
    "late",
    "early",
  ]);
  const [kind, message, traceback] = of("failure", "call", "fail", "deep down")[0];
  assert.deepStrictEqual([kind, message], ["ValueError", "deep down"]);
  assert.match(traceback, /in fail/);
  const known = Object.keys(host)
    .filter((name) => typeof host[name] === "function")
    .sort()
    .join(", ");
  for (const name of ["nobody", "toString", "base", "__proto__", "constructor"]) {
    assert.deepStrictEqual(of("failure", name), [
      ["NoFunction", `the host has no function "${name}"; it has ${known}`, null],
    ]);
  }
});

test("functions of the host keep their object, and more may be registered", () => {
  assert.equal(of("host", "add", 2), 42);
  bridge.register("add", (value) => value - 1);
  assert.equal(of("host", "add", 2), 1);
  assert.deepStrictEqual(
    bridge.callSync("mochi_js", "named", [1], { kwargs: { key: [2.5], $: 1 } }),
    [[1], { key: [2.5], $: 1 }],
  );
  assert.equal(bridge.callSync("", "exposed", [21]), 42);
});

test("promises are awaitables and awaitables promises", async () => {
  assert.equal(await off("later", 1), 1);
  assert.equal(await off("echo", 2), 2);
  assert.deepStrictEqual(await off("awaits", "later", { a: new Float(1) }), [
    { a: new Float(1) },
    { a: new Float(1) },
  ]);
  assert.equal(await off("awaits_sync", "echo", 3), 3);
  assert.deepStrictEqual(await off("gathers", "later"), [0, 1, 2]);
  assert.equal(await off("on_webloop"), "WebLoop");
  const begun = performance.now();
  assert.deepStrictEqual(await Promise.all([1, 2, 3].map((n) => off("later", n, 0.3))), [1, 2, 3]);
  assert.ok(performance.now() - begun < 800);
  assert.throws(() => of("later", 1), { message: /asynchronous/ });
  await assert.rejects(off("foreign"), { message: /belongs to another event loop/ });
});

test("host and Python call each other to depth 100", () => {
  assert.equal(of("host", "down", 100), 100);
});

test("signals and time-outs cancel", async () => {
  const stops = of("stops");
  const controller = new AbortController();
  const call = bridge.call("mochi_js", "runs_for", [5], { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 20);
  await assert.rejects(call, { message: "enough" });
  await assert.rejects(bridge.call("mochi_js", "runs_for", [5], { timeout: 30 }), {
    name: "TimeoutError",
    message: /runs_for took longer than 30 ms/,
  });
  await new Promise((done) => setTimeout(done, 20));
  assert.equal(of("stops"), stops + 2);
  await assert.rejects(bridge.call("mochi_js", "later", [1], { signal: controller.signal }), {
    message: "enough",
  });
  assert.equal(
    await bridge.call("mochi_js", "later", [1], {
      timeout: 5000,
      signal: new AbortController().signal,
    }),
    1,
  );
});

/** Everything that a leak could be seen in. */
function held() {
  for (let at = 0; at < 3; at++) globalThis.gc();
  return {
    objects: of("count"),
    references: pyodide._module._hiwire_num_refs(),
    heap: process.memoryUsage().heapUsed,
    wasm: pyodide._module.HEAP8.length,
  };
}

const left = (from) =>
  Object.fromEntries(Object.entries(held()).map(([what, now]) => [what, now - from[what]]));

async function manyCalls(count) {
  const bytes = new Uint8Array(100);
  for (let at = 0; at < count; at += 10) {
    of("echo", at);
    of("echo", [at, { a: "x" }]);
    of("echo", bytes);
    of("host", "echo", "text");
    of("host", "echo", { a: [bytes] });
    of("host", "echo", bytes);
    of("failure", "fails");
    try {
      of("fail", "no");
    } catch {
      // As it should.
    }
    await off("later", at, 0);
    await off("awaits", "later0", at);
  }
}

test("100,000 calls leave nothing behind", { timeout: 300_000 }, async () => {
  await manyCalls(2_000);
  const start = held();
  await manyCalls(100_000);
  const after = left(start);
  const told = JSON.stringify(after);
  assert.ok(
    Math.abs(after.objects) < 200 &&
      after.references < 20 &&
      after.wasm === 0 &&
      after.heap < 3 << 20,
    told,
  );
  // The same measure sees a proxy of either side that each of a thousand calls leaves behind.
  const kept = Array.from({ length: 1000 }, (_, at) => pyodide.toPy([at]));
  assert.ok(left(start).objects > 900);
  kept.forEach((proxy) => proxy.destroy());
  pyodide.runPython("import js\nkept = [js.Object.new() for _ in range(1000)]");
  assert.ok(left(start).references > 900);
  pyodide.runPython("del kept");
});

test("Python allocates nothing that it does not free", { timeout: 300_000 }, async () => {
  pyodide.runPython("import gc, tracemalloc\ntracemalloc.start()");
  const traced = () => pyodide.runPython("gc.collect()\ntracemalloc.get_traced_memory()[0]");
  // What is kept to be used again, such as handles of asyncio, grows for a while; the smallest
  // object that each call of one of the kinds left behind would be more in each of the rounds.
  let least = Infinity;
  let start;
  for (let round = 0; round < 5 && least > 20_000; round++) {
    await manyCalls(10_000);
    const before = start;
    start = traced();
    least = Math.min(least, start - (before ?? -Infinity));
  }
  assert.ok(least <= 20_000, `${least} bytes`);
  pyodide.runPython("kept = [float(n) for n in range(10_000)]");
  assert.ok(traced() - start > 20_000);
  pyodide.runPython("del kept\ntracemalloc.stop()");
});

test("a bridge that is closed refuses, and holds nothing", async () => {
  const references = () => held().references;
  const other = await attach(pyodide, host);
  const before = references();
  for (let at = 0; at < 20; at++) (await attach(pyodide, host)).close();
  assert.ok(references() - before < 10, `${before} ${references()}`);
  const waiting = other.call("mochi_js", "runs_for", [5]);
  waiting.catch(() => {});
  other.close();
  other.close();
  await assert.rejects(waiting, { kind: "Closed" });
  assert.throws(() => other.callSync("mochi_js", "echo", [1]), { kind: "Closed" });
  await assert.rejects(other.call("mochi_js", "echo", [1]), { kind: "Closed" });
  assert.equal(of("host", "echo", 1), 1);
});
