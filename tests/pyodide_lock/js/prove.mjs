// What a page does with a list, in Node and in a page alike: packages are loaded by name, by what a
// program imports, and by micropip, and imported.

/** `pyodide` has the list; `question` says what to load, and what to import then. */
export async function prove(pyodide, { names, program, installed, modules }) {
  const failed = [];
  const options = { errorCallback: (text) => failed.push(text), messageCallback: () => {} };
  const loaded = (packages) => packages.map(({ name }) => name).sort();
  const found = {
    byName: loaded(await pyodide.loadPackage(names, options)),
    byImports: loaded(await pyodide.loadPackagesFromImports(program, options)),
  };
  await pyodide.loadPackage("micropip", options);
  if (failed.length) throw new Error(failed.join("\n"));
  const micropip = pyodide.pyimport("micropip");
  for (const name of installed) await micropip.install(name);
  micropip.destroy();
  found.modules = pyodide.runPython(
    `
import importlib
def text(name):
    try:
        return getattr(importlib.import_module(name), "__version__", "there")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
{name: text(name) for name in modules}`,
    { globals: pyodide.toPy({ modules }) },
  ).toJs({ dict_converter: Object.fromEntries });
  found.versions = pyodide.runPython(`
import importlib.metadata
{one.name: one.version for one in importlib.metadata.distributions()}`)
    .toJs({ dict_converter: Object.fromEntries });
  found.library = pyodide.FS.analyzePath("/usr/lib/library.txt").exists;
  return { ...found, failed };
}
