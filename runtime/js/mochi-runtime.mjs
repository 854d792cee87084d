// The bridge between JavaScript and Python in Pyodide (0.27 to 314), in browsers (windows and
// workers) and Node.
//
//   const bridge = await attach(pyodide, { add: (a, b) => a + b }, { glue });
//   await bridge.call("package.module", "function", [1, "two"], { kwargs: { key: 3 } });
//
// What crosses, unchanged, in both directions:
//
//   | Python         | JavaScript                                                               |
//   | -------------- | ------------------------------------------------------------------------ |
//   | None           | null; a function that returns undefined has returned null                |
//   | bool, str      | boolean, string; a lone surrogate is refused                             |
//   | int            | number where it is a safe integer, else BigInt; both go back as int      |
//   | float          | number; a whole one that is a safe integer is a `Float`, as 1 is an int  |
//   | bytes          | Uint8Array                                                               |
//   | list (a tuple arrives as one) | Array                                                     |
//   | dict           | object with these properties; a Map with texts as keys goes as a dict    |
//
// JavaScript itself puts properties that look like small integers first. What cannot cross is a
// `MochiError` of the kind "ValueError" that says what and where.

/** Values nested deeper than this do not cross. */
export const MAX_DEPTH = 1000;

/** A whole number that is a float in Python: `new Float(1)` is `1.0` there. */
export class Float extends Number {}

/** A call or a value that cannot cross, or a bridge that is closed. */
export class MochiError extends Error {
  constructor(message, kind = "MochiError", options = undefined) {
    super(message, options);
    this.name = "MochiError";
    this.kind = kind;
  }
}

/** An exception of Python: its `type` with its module, its `message` and its `traceback`. */
export class PythonError extends Error {
  constructor({ type, message, traceback }) {
    super(message);
    this.name = "PythonError";
    this.type = type;
    this.traceback = traceback;
  }
}

// Values as JSON text, as `_codec.py` has them.

const SURROGATE = /\p{Surrogate}/u;
const isWellFormed = String.prototype.isWellFormed
  ? (text) => text.isWellFormed()
  : (text) => !SURROGATE.test(text);

function shown(path) {
  const parts = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`));
  return wellFormed("$" + parts.join(""));
}

function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function refuse(why, path) {
  throw new MochiError(`${why}, at ${shown(path)}`, "ValueError");
}

function refuseSurrogate(text, path) {
  const code = text.match(SURROGATE)[0].charCodeAt(0).toString(16).toUpperCase();
  refuse(`a text with the lone surrogate U+${code} cannot cross`, path);
}

function textOf(text, path) {
  if (!isWellFormed(text)) refuseSurrogate(text, path);
  return JSON.stringify(text);
}

function floatOf(number) {
  if (Number.isNaN(number)) return '{"$float":"nan"}';
  if (!Number.isFinite(number)) return `{"$float":"${number < 0 ? "-" : ""}inf"}`;
  if (Object.is(number, -0)) return "-0.0";
  const text = String(number);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function integerOf(integer) {
  const text = String(integer);
  const is64 = BigInt.asIntN(64, integer) === integer;
  return is64 ? text : `{"$int":"${text}"}`;
}

function numberOf(number) {
  return Number.isSafeInteger(number) && !Object.is(number, -0) ? String(number) : floatOf(number);
}

function nameOf(value) {
  const name = value.constructor?.name;
  return typeof name === "string" && name !== ""
    ? name
    : Object.prototype.toString.call(value).slice(8, -1);
}

function isBytes(value) {
  return (
    ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]"
  );
}

function isPlain(value) {
  const prototype = Object.getPrototypeOf(value);
  // Of another realm, such as a frame, too.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The text of a value that holds no others; undefined for one that does. */
function scalarOf(value, path) {
  switch (typeof value) {
    case "string":
      return textOf(value, path);
    case "number":
      return numberOf(value);
    case "boolean":
      return value ? "true" : "false";
    case "bigint":
      return integerOf(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value) || value instanceof Map) return undefined;
      if (value instanceof Float) return floatOf(value.valueOf());
      if (isBytes(value)) return `{"$bytes":"${base64Of(value)}"}`;
      if (isPlain(value)) return undefined;
      return refuse(`a ${nameOf(value)} cannot cross`, path);
    default:
      return refuse(
        typeof value === "undefined" ? "undefined cannot cross" : `a ${typeof value} cannot cross`,
        path,
      );
  }
}

function entriesOf(value, path) {
  if (!(value instanceof Map)) {
    const [symbol] = Object.getOwnPropertySymbols(value);
    if (symbol !== undefined)
      refuse(`a map with the key ${String(symbol)}, which is no text, cannot cross`, path);
    return Object.entries(value);
  }
  for (const key of value.keys()) {
    if (typeof key !== "string") {
      refuse(
        `a map with the key ${String(key).slice(0, 60)}, which is no text, cannot cross`,
        path,
      );
    }
  }
  return [...value];
}

/** The text of a value. A loop, so that depth costs memory and no stack. */
function dumps(root, path = []) {
  const scalar = scalarOf(root, path);
  if (scalar !== undefined) return scalar;
  const out = [];
  // Each open list or map: its items or entries, the next one, and the text that closes it.
  const open = [];
  const enter = (value) => {
    if (open.length >= MAX_DEPTH) {
      refuse(`values nested deeper than ${MAX_DEPTH} cannot cross`, path.slice(0, 8));
    }
    if (Array.isArray(value)) {
      out.push("[");
      open.push({ items: value, next: 0, close: "]", keyed: false, tagged: false });
      return;
    }
    const items = entriesOf(value, path);
    const tagged = items.some(([key]) => key.startsWith("$"));
    out.push(tagged ? '{"$map":[' : "{");
    open.push({ items, next: 0, close: tagged ? "]}" : "}", keyed: true, tagged });
  };
  enter(root);
  while (open.length > 0) {
    const top = open[open.length - 1];
    if (top.next > 0) path.pop();
    if (top.next > 0 && top.tagged) out.push("]");
    if (top.next >= top.items.length) {
      out.push(top.close);
      open.pop();
      continue;
    }
    if (top.next > 0) out.push(",");
    let item = top.items[top.next];
    if (top.keyed) {
      const [key, value] = item;
      path.push(key);
      out.push(top.tagged ? "[" : "", textOf(key, path), top.tagged ? "," : ":");
      item = value;
    } else path.push(top.next);
    top.next += 1;
    const text = scalarOf(item, path);
    if (text === undefined) enter(item);
    else out.push(text);
  }
  return out.join("");
}

// Where JSON's own reader would not be exact: tags, whole floats, exponents, long integers. That
// such text stands within a string only makes it slower.
const NEEDS_CARE = /"\$|\d\.0(?!\d)|\d[eE]|\d{16}/;
const NUMBER = /-?\d+(\.\d+)?([eE][-+]?\d+)?/y;

/** The value of a text. */
function loads(text) {
  if (!NEEDS_CARE.test(text)) return JSON.parse(text);
  // Each open list or map, and the key that waits for its value.
  const open = [];
  let at = 0;
  for (;;) {
    let value;
    const char = text[at];
    if (char === "," || char === ":" || char === " ") {
      at += 1;
      continue;
    } else if (char === "[" || char === "{") {
      open.push({ value: char === "[" ? [] : {}, key: undefined });
      at += 1;
      continue;
    } else if (char === "]" || char === "}") {
      value = open.pop().value;
      if (char === "}") value = untagged(value);
      at += 1;
    } else if (char === '"') {
      const end = endOf(text, at);
      value = JSON.parse(text.slice(at, end));
      at = end;
    } else if (char === "n" || char === "t" || char === "f") {
      value = char === "n" ? null : char === "t";
      at += char === "f" ? 5 : 4;
    } else {
      NUMBER.lastIndex = at;
      const found = NUMBER.exec(text);
      if (found === null) throw new MochiError("the text of a value is broken", "ValueError");
      value = numberFrom(found[0], found[1] !== undefined || found[2] !== undefined);
      at = NUMBER.lastIndex;
    }
    if (open.length === 0) return value;
    put(open[open.length - 1], value);
  }
}

function put(top, value) {
  if (Array.isArray(top.value)) top.value.push(value);
  else if (top.key === undefined) top.key = value;
  else {
    set(top.value, top.key, value);
    top.key = undefined;
  }
}

function set(object, key, value) {
  if (key !== "__proto__") object[key] = value;
  else
    Object.defineProperty(object, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
}

function endOf(text, start) {
  for (let at = start + 1; ; at = text.indexOf('"', at) + 1) {
    const quote = text.indexOf('"', at);
    let slashes = 0;
    while (text[quote - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    at = quote;
  }
}

function numberFrom(text, isFloat) {
  const number = Number(text);
  if (!isFloat) return Number.isSafeInteger(number) ? number : BigInt(text);
  return Number.isSafeInteger(number) && !Object.is(number, -0) ? new Float(number) : number;
}

function untagged(value) {
  const keys = Object.keys(value);
  if (keys.length !== 1 || !keys[0].startsWith("$")) return value;
  const inner = value[keys[0]];
  switch (keys[0]) {
    case "$bytes":
      return bytesFrom(inner);
    case "$float":
      return inner === "nan" ? NaN : inner === "inf" ? Infinity : -Infinity;
    case "$int":
      return BigInt(inner);
    case "$map": {
      const map = {};
      for (const [key, item] of inner) set(map, key, item);
      return map;
    }
    default:
      throw new MochiError(`${keys[0]} stands for nothing`, "ValueError");
  }
}

function base64Of(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  if (globalThis.Buffer)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  const parts = [];
  // A multiple of three, and no more arguments than an engine takes.
  for (let at = 0; at < bytes.length; at += 0x6000) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + 0x6000))));
  }
  return parts.join("");
}

function bytesFrom(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  if (globalThis.Buffer) return new Uint8Array(Buffer.from(text, "base64"));
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

// What crosses: scalars that every Pyodide converts exactly, bytes, and texts with a letter in
// front, or as bytes that have the letter for a property, as `_pyodide.py` has them.

// Pyodide takes texts character by character; longer ones are faster as UTF-8.
const LONG = 1 << 9;
const LETTER = "$mochi";
const encoder = new TextEncoder();
// What looks like a byte order mark is a character.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function lettered(letter, text) {
  if (text.length < LONG) return letter + text;
  const bytes = encoder.encode(text);
  bytes[LETTER] = letter;
  return bytes;
}

function crossing(value, path) {
  switch (typeof value) {
    case "string":
      if (!isWellFormed(value)) refuseSurrogate(value, path);
      return lettered("s", value);
    case "number":
      // Pyodide would make an integer of a negative zero, and of whole floats beyond the safe ones.
      if (!Number.isInteger(value) || (Number.isSafeInteger(value) && !Object.is(value, -0)))
        return value;
      break;
    case "boolean":
      return value;
    case "object":
      // Python's None is undefined in every release, null in some.
      if (value === null) return undefined;
      // Of a subclass, such as Node's Buffer, Pyodide makes nothing.
      if (isBytes(value)) {
        const isOwn = Object.getPrototypeOf(value) === Uint8Array.prototype;
        return isOwn ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      }
  }
  return lettered("w", dumps(value, path));
}

function crossed(value) {
  switch (typeof value) {
    case "undefined":
      return null;
    case "string":
      return meant(value[0], value.slice(1));
    case "object": {
      const letter = value[LETTER];
      return letter === undefined ? value : meant(letter, decoder.decode(value));
    }
    default:
      return value;
  }
}

function meant(letter, text) {
  if (letter === "s") return text;
  const content = loads(text);
  if (letter === "e") throw pythonError(content);
  return content;
}

const CANCELLED = 2;

function pythonError({ code, message, data }) {
  if (code === CANCELLED) return new MochiError(message, "Cancelled");
  return new PythonError({ message, ...data });
}

// A chain of causes that is longer, or closed, is cut.
const MOST_CAUSES = 32;

/** What Python's `MochiError` is made of. */
function described(error, causes = MOST_CAUSES) {
  const isError =
    error instanceof Error ||
    Object.prototype.toString.call(error) === "[object Error]" ||
    error?.message !== undefined;
  const found = {
    kind: "Error",
    message: wellFormed(isError ? String(error.message) : String(error)),
  };
  if (!isError) return found;
  if (error instanceof PythonError) {
    found.kind = error.type;
    found.payload = error.traceback;
  } else
    found.kind =
      error instanceof MochiError ? error.kind : wellFormed(String(error.name ?? "Error"));
  if (error.payload !== undefined) {
    try {
      dumps(error.payload);
      found.payload = error.payload;
    } catch {
      // What cannot cross is left out: the error itself says more.
    }
  }
  if (error.cause !== undefined && error.cause !== null && causes > 0) {
    found.cause = described(error.cause, causes - 1);
  }
  return found;
}

// The functions of the host.

class Hosts {
  constructor(object) {
    this.object = object ?? {};
    this.added = new Map();
  }

  names() {
    const names = new Set(this.added.keys());
    for (
      let at = this.object;
      at !== null && at !== Object.prototype;
      at = Object.getPrototypeOf(at)
    ) {
      for (const name of Object.getOwnPropertyNames(at)) {
        if (name !== "constructor" && typeof this.object[name] === "function") names.add(name);
      }
    }
    return [...names].sort();
  }

  call(name, args) {
    const added = this.added.get(name);
    if (added !== undefined) return added(...args);
    if (name in Object.prototype || typeof this.object[name] !== "function") {
      const known = this.names().join(", ");
      throw new MochiError(
        `the host has no function ${JSON.stringify(name)}; it has ${known}`,
        "NoFunction",
      );
    }
    return this.object[name](...args);
  }
}

function isPromise(value) {
  return typeof value === "object" && value !== null && typeof value.then === "function";
}

/**
 * An object to be registered as `mochi_host`, where nothing attaches:
 *
 *   pyodide.registerJsModule("mochi_host", hostModule({ add: (a, b) => a + b }));
 */
export function hostModule(host) {
  const hosts = new Hosts(host);
  const answer = (value) => `{"result":${dumps(value === undefined ? null : value)}}`;
  const refusal = (error) => `{"error":${dumps(described(error))}}`;
  return {
    call(name, payload) {
      try {
        const result = hosts.call(name, loads(payload));
        if (!isPromise(result)) return answer(result);
        return Promise.resolve(result).then(answer).catch(refusal);
      } catch (error) {
        return refusal(error);
      }
    },
  };
}

// Attaching.

/** Puts the files of the glue, or a zip with them, where Python finds them. */
async function place(pyodide, glue) {
  const folder = "/lib/mochi_glue";
  if (typeof glue === "string" || glue instanceof URL) {
    const response = await fetch(glue);
    if (!response.ok)
      throw new MochiError(`${glue}: ${response.status} ${response.statusText}`, "NoGlue");
    glue = await response.arrayBuffer();
  }
  if (glue instanceof ArrayBuffer || isBytes(glue)) {
    pyodide.unpackArchive(glue, "zip", { extractDir: folder });
  } else {
    pyodide.FS.mkdirTree(`${folder}/mochi_runtime`);
    for (const [name, text] of Object.entries(glue)) {
      pyodide.FS.writeFile(`${folder}/mochi_runtime/${name}`, text);
    }
  }
  const sys = pyodide.pyimport("sys");
  const path = sys.path;
  if (!path.includes(folder)) path.append(folder);
  path.destroy();
  sys.destroy();
  const importlib = pyodide.pyimport("importlib");
  importlib.invalidate_caches();
  importlib.destroy();
}

/**
 * Attaches a host to a Pyodide. `host` is an object of functions, asynchronous or not, which Python
 * calls by `mochi_runtime.call_host(name, ...)`.
 *
 * Options: `glue` is Python's side, as a map of file names to texts, as the bytes of a zip that
 * holds the folder `mochi_runtime`, or as the URL of one; or `package` is the name of a copy that an
 * installed wheel has vendored, `"package._vendor.mochi_runtime"`.
 */
export async function attach(pyodide, host = {}, { glue, package: name = "mochi_runtime" } = {}) {
  if (glue !== undefined) await place(pyodide, glue);
  const hosts = pyodide.pyimport(`${name}._pyodide_hosts`);
  try {
    await hosts.prepare();
  } finally {
    hosts.destroy();
  }
  return new Bridge(pyodide.pyimport(`${name}._pyodide`), new Hosts(host));
}

/** Python, attached. Made by `attach`. */
class Bridge {
  #hosts;
  #page;
  // Its functions, each a proxy that is held until the end.
  #call;
  #cancel;
  #next = 1;
  #waiting = new Map();

  constructor(module, hosts) {
    this.#hosts = hosts;
    this.#page = module.Page(
      (name, ...args) => this.#invoke(name, args),
      (number, result) => this.#settle(number, result),
    );
    module.destroy();
    this.#call = this.#page.call;
    this.#cancel = this.#page.cancel;
  }

  /** Adds a function of the host, or replaces the one of its name. */
  register(name, fn) {
    this.#hosts.added.set(name, fn);
  }

  /**
   * Calls a function of a module (a path of attributes is one, too), or one that Python has exposed
   * where the module is "". Gives a promise of its result, awaited if it is asynchronous.
   *
   * Options: `kwargs`; `timeout` in milliseconds; `signal`, an AbortSignal. Both cancel what is
   * asynchronous in Python; what is not has ended before this returns.
   */
  async call(module, name, args = [], { kwargs, timeout, signal } = {}) {
    this.#check();
    signal?.throwIfAborted();
    const number = this.#next++;
    const result = this.#call(number, module, name, kwargsOf(kwargs), ...argsOf(args));
    if (result !== "p") return crossed(result);
    return new Promise((resolve, reject) => {
      const stop = (reason) => {
        this.#waiting.delete(number);
        end();
        reject(reason);
        this.#cancel?.(number);
      };
      const abort = () => stop(signal.reason);
      const late = () =>
        stop(
          new DOMException(`the call of ${name} took longer than ${timeout} ms`, "TimeoutError"),
        );
      const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      signal?.addEventListener("abort", abort);
      this.#waiting.set(number, { resolve, reject, end });
    });
  }

  /** Calls a function that is not asynchronous, and returns its result. */
  callSync(module, name, args = [], { kwargs } = {}) {
    this.#check();
    return crossed(this.#call(undefined, module, name, kwargsOf(kwargs), ...argsOf(args)));
  }

  /** Cancels what goes on, and lets go of Python. */
  close() {
    if (this.#page === undefined) return;
    this.#page.close();
    for (const proxy of [this.#call, this.#cancel, this.#page]) proxy.destroy();
    this.#page = this.#call = this.#cancel = undefined;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, end } of waiting) {
      end();
      reject(new MochiError("the bridge was closed", "Closed"));
    }
  }

  #check() {
    if (this.#page === undefined) throw new MochiError("the bridge is closed", "Closed");
  }

  #settle(number, result) {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    waiting.end();
    try {
      waiting.resolve(crossed(result));
    } catch (error) {
      waiting.reject(error);
    }
  }

  /** Never throws, and no promise of it is rejected: an error crosses as one. */
  #invoke(name, args) {
    try {
      const result = this.#hosts.call(name, args.map(crossed));
      if (!isPromise(result)) return resultOf(result);
      return Promise.resolve(result).then(resultOf).catch(failed);
    } catch (error) {
      return failed(error);
    }
  }
}

function resultOf(value) {
  return value === undefined ? undefined : crossing(value, []);
}

function failed(error) {
  return lettered("e", dumps(described(error)));
}

function argsOf(args) {
  return args.map((value, position) => crossing(value, ["args", position]));
}

function kwargsOf(kwargs) {
  return kwargs === undefined ? undefined : lettered("w", dumps(kwargs, ["kwargs"]));
}
