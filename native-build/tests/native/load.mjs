// Puts a side module into a Pyodide's file system, runs code that uses it, and prints its value.
//
//   node load.mjs PYODIDE_FOLDER SIDE_MODULE NAME_IN_THE_FILE_SYSTEM CODE

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [given, file, name, code] = process.argv.slice(2);
const folder = resolve(given);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
const pyodide = await loadPyodide({ indexURL: `${folder}/` });
pyodide.FS.mkdirTree("/lib/mochi_tests");
pyodide.FS.writeFile(`/lib/mochi_tests/${name}`, readFileSync(file));
pyodide.runPython('import sys\nsys.path.append("/lib/mochi_tests")');
console.log(`value: ${pyodide.runPython(code)}`);
