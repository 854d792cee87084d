// A list in real Pyodide, in Node:
//
//   node node.mjs FOLDER ENVIRONMENT QUESTION-JSON
//
// FOLDER is laid out as a mirror; nothing can be fetched. Prints what `prove` found, as JSON.
//
// Node takes packages by path alone: of a base or name with `://` Pyodide makes a path there.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { prove } from "./prove.mjs";

const [folder, environment, question] = process.argv.slice(2);
const complaints = [];
globalThis.fetch = (what) => {
  complaints.push(`asked for ${what?.url ?? what}`);
  throw new TypeError("nothing is within reach");
};
try {
  const own = join(folder, "pyodide", environment);
  const { loadPyodide } = await import(pathToFileURL(join(own, "pyodide.mjs")));
  const pyodide = await loadPyodide({ lockFileURL: join(own, "pyodide-lock.json") });
  const relative = await prove(pyodide, JSON.parse(question));
  process.stdout.write(`\n${JSON.stringify({ relative, complaints })}\n`);
  process.exitCode = 0;
} catch (error) {
  // The runtime's own source would fill pages.
  process.stderr.write(String(error.message ?? error).slice(-3000));
  process.exitCode = 1;
}
process.exit();
