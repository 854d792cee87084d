// Real Pyodide in Node, as a referee. Takes a JSON document on stdin, gives one on stdout.
//
//   node referee.mjs PYODIDE-FOLDER MICROPIP.whl PACKAGING.whl
//
// { "tags": [...], "wheels": { filename: path }, "imports": [...], "modules": [...] }
//   tags      what micropip and packaging say of a wheel of each tag
//   wheels    are served on loopback, and installed by micropip
//   imports   are imported then; the answer has the error of each that fails
//   modules   are imported in the bare runtime; the answer has the error of each that fails
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, ...tools] = process.argv.slice(2);
const question = JSON.parse(readFileSync(0, "utf8"));

async function answer() {
  const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
  const pyodide = await loadPyodide({ indexURL: `${folder}/`, stdout: () => {}, stderr: () => {} });
  const python = (code, values) => {
    const globals = pyodide.toPy(values);
    return JSON.parse(pyodide.runPython(`${TRY}\n${code}`, { globals }));
  };
  const modules = python("attempt(names)", { names: question.modules });
  for (const tool of tools) {
    pyodide.unpackArchive(new Uint8Array(readFileSync(tool)), "wheel");
  }
  const tags = python(TAGS, { tags: question.tags });
  const server = createServer((request, response) => {
    const path = question.wheels[decodeURIComponent(request.url.slice(1))];
    response.writeHead(path ? 200 : 404);
    response.end(path && readFileSync(path));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const base = `http://127.0.0.1:${server.address().port}/`;
  const urls = Object.keys(question.wheels).map((name) => base + encodeURIComponent(name));
  const globals = pyodide.toPy({ urls });
  const failed = await pyodide.runPythonAsync(INSTALL, { globals });
  server.close();
  server.closeAllConnections();
  return { modules, tags, failed, imports: python("attempt(names)", { names: question.imports }) };
}

const TRY = `
import importlib, json, warnings
warnings.simplefilter("ignore")
def attempt(names):
    failed = {}
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"
    return json.dumps(failed)
`;

const TAGS = `
from micropip._utils import check_compatible
from packaging.tags import parse_tag, sys_tags
known = set(sys_tags())
def micropip_takes(tag):
    try:
        check_compatible(f"demo-1.0-{tag}.whl")
    except ValueError:
        return False
    return True
json.dumps({tag: [micropip_takes(tag), bool(known & parse_tag(tag))] for tag in tags})
`;

const INSTALL = `
import micropip
error = None
try:
    await micropip.install(urls, deps=False)
except BaseException as raised:
    error = f"{type(raised).__name__}: {raised}"
error
`;

try {
  process.stdout.write(JSON.stringify(await answer()));
  process.exit(0);
} catch (error) {
  // The runtime's own source would fill pages.
  process.stderr.write(String(error.message ?? error).slice(-2000));
  process.exit(1);
}
