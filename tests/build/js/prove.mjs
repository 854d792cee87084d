// What a wheel for Pyodide has to do, in Node and in a page alike: it is installed by micropip from
// its URL, imported, called through the glue that it carries, calls JavaScript and gets an answer,
// and runs native code where it has some.

const SITE = "import sysconfig; sysconfig.get_path('purelib')";

/** The host functions that the packages call. */
const HOST = {
  shout: (text) => text.toUpperCase(),
  numbers: (name) => (name === "small" ? [1, 2, 39] : [2 ** 40, -1]),
};

/**
 * `tools` are wheels of micropip and what it needs, as bytes; `wheels` the URLs of ours by the
 * names of their packages; `load` imports the text of an ES module.
 */
export async function prove(pyodide, { tools, wheels, load }) {
  for (const tool of tools) pyodide.unpackArchive(tool, "wheel");
  const site = pyodide.runPython(SITE);
  const found = {};
  for (const [name, url] of Object.entries(wheels)) {
    const micropip = pyodide.pyimport("micropip");
    await micropip.install(url);
    micropip.destroy();
    const vendored = `${name}/_vendor/mochi_runtime`;
    const text = pyodide.FS.readFile(`${site}/${vendored}/mochi-runtime.mjs`, { encoding: "utf8" });
    const { attach } = await load(text);
    const bridge = await attach(pyodide, HOST, { package: vendored.replaceAll("/", ".") });
    found[name] =
      name === "greet"
        ? [await bridge.call(name, "hello", ["Ada"]), await bridge.call(name, "shouted", ["Ada"])]
        : [
            await bridge.call(name, "compiled"),
            await bridge.call(name, "total_of_host", ["small"]),
            await bridge.call(name, "total_of_host", ["large"]),
          ];
    bridge.close?.();
  }
  found.global = pyodide.runPython("import sys; 'mochi_runtime' in sys.modules");
  if ("fastsum" in wheels) found.calls = pyodide.runPython("import fastsum; fastsum.calls()");
  if ("rustsum" in wheels) {
    found.panic = pyodide.runPython(`
import rustsum
try:
    rustsum.total([2**63 - 1, 1])
except BaseException as error:
    told = type(error).__name__ + ": " + str(error)
[told, rustsum.sums([("a", 1), ("b", 2), ("a", 3)])["a"]]`).toJs();
  }
  const frozen = pyodide.runPython("import micropip; micropip.freeze()");
  found.imports = Object.fromEntries(
    Object.keys(wheels).map((name) => [name, JSON.parse(frozen).packages[name].imports]),
  );
  return found;
}
