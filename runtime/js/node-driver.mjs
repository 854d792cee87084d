// Python in Pyodide in Node, for a Mochi host in another process.
//
//   node node-driver.mjs PYODIDE-FOLDER GLUE-FOLDER [FOLDER-OR-WHEEL...]
//
// The folder is that of the npm package `pyodide`. The others go onto Python's path: folders are
// mounted as they are, wheels unpacked. On stdio it speaks the JSON-RPC of
// `mochi_runtime.subprocess_server`, one message a line; what Python or JavaScript prints goes to
// stderr, and Python's stdin is empty.
//
// A worker reads stdin. So Python, on the main thread, can wait for the host's next line in the
// midst of a call, which JavaScript's own loop could not give it; and a line that cancels
// interrupts it. The lines themselves are Python's to read.

import { Console } from "node:console";
import { readFileSync, statSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { resolve } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import {
  isMainThread,
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  workerData,
} from "node:worker_threads";

// Lines longer than this are left as bytes: Python takes them faster.
const LONG = 1 << 12;
const SIGINT = 2;

// What both threads count: the lines that the worker has handed on, those that were taken, and
// whether there will be more.
const LINES = 0;
const TAKEN = 1;
const ENDED = 2;
// Pyodide reads an interrupt and clears it in two steps: one that comes in between is lost, and has
// to be raised anew. In milliseconds.
const AGAIN = 5;

if (isMainThread) await serve(...process.argv.slice(2));
else read(workerData);

/** The worker: hands on what comes from stdin, line by line. */
function read({ port, shared, interrupt }) {
  const state = new Int32Array(shared);
  let parts = [];
  // The last line that cancels.
  let cancels = 0;
  const raise = () => {
    if (Atomics.load(state, TAKEN) >= cancels) return;
    Atomics.store(interrupt, 0, SIGINT);
    setTimeout(raise, AGAIN);
  };
  const hand = () => {
    const line = Buffer.concat(parts);
    parts = [];
    if (line.length === 0) return;
    const text = line.length < LONG ? line.toString("utf8") : undefined;
    if (text !== undefined) port.postMessage(text);
    else {
      const bytes = new Uint8Array(line);
      port.postMessage(bytes, [bytes.buffer]);
    }
    const lines = Atomics.add(state, LINES, 1) + 1;
    Atomics.notify(state, LINES);
    // What it cancels may run, with no line taken from here until it ends.
    if (text?.slice(0, 200).includes('"method":"cancel"')) {
      cancels = lines;
      raise();
    }
  };
  // A worker's own `process.stdin` is not the process's. This one is a pipe.
  const stdin = new Socket({ fd: 0, readable: true, writable: false });
  stdin.on("data", (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      hand();
      from = end + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  });
  stdin.on("end", () => {
    Atomics.store(state, ENDED, 1);
    Atomics.add(state, LINES, 1);
    Atomics.notify(state, LINES);
    port.close();
  });
}

/** Writes all of it: a pipe may take a part only. */
function write(descriptor, bytes) {
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (error) {
      if (error.code === "EAGAIN") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
      else if (error.code === "EPIPE") process.exit(0);
      else throw error;
    }
  }
}

/** What JavaScript prints is kept from the protocol. */
function redirect() {
  const stream = new Writable({
    decodeStrings: true,
    write: (chunk, _encoding, done) => {
      write(2, chunk);
      done();
    },
  });
  globalThis.console = new Console({ stdout: stream, stderr: stream });
  process.stdout.write = (chunk, encoding, done) => stream.write(chunk, encoding, done);
}

async function start(folder) {
  const { loadPyodide } = await import(pathToFileURL(resolve(folder, "pyodide.mjs")));
  const pyodide = await loadPyodide({ indexURL: resolve(folder) + "/" });
  const toStderr = { write: (bytes) => (write(2, bytes), bytes.length), isatty: false };
  pyodide.setStdout(toStderr);
  pyodide.setStderr(toStderr);
  pyodide.setStdin({ stdin: () => null, isatty: false });
  return pyodide;
}

/** Puts the folders and wheels onto Python's path, the first first. */
function place(pyodide, paths) {
  const places = paths.map((path, position) => {
    const inside = `/mochi/${position}`;
    if (statSync(path).isDirectory()) pyodide.mountNodeFS(inside, resolve(path));
    else {
      const archive = new Uint8Array(readFileSync(path));
      pyodide.unpackArchive(archive, "wheel", { extractDir: inside });
    }
    return inside;
  });
  const sys = pyodide.pyimport("sys");
  for (const inside of places.reverse()) sys.path.insert(0, inside);
  sys.destroy();
}

async function serve(folder, ...paths) {
  redirect();
  const shared = new SharedArrayBuffer(12);
  const interrupt = new Uint8Array(new SharedArrayBuffer(1));
  const { port1: port, port2 } = new MessageChannel();
  // It reads from now on, so that no time is lost.
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { port: port2, shared, interrupt },
    transferList: [port2],
    stdin: false,
  });
  worker.on("error", fail);
  try {
    const pyodide = await start(folder);
    place(pyodide, paths);
    const module = pyodide.pyimport("mochi_runtime.pyodide_server");
    run(module, port, new Int32Array(shared));
    // Only now does Python know what an interrupt means.
    pyodide.setInterruptBuffer(interrupt);
  } catch (error) {
    fail(error);
  }
}

function run(module, port, state) {
  let timer;
  let server;
  const turn = (...line) => {
    try {
      const on = line.length > 0 ? server.take(line[0]) : server.turn();
      if (!on) process.exit(0);
    } catch (error) {
      fail(error);
    }
  };
  server = module.NodeServer({
    send: (text) => write(1, Buffer.from(text + "\n")),
    sendBytes: (bytes) => {
      write(1, bytes);
      write(1, Buffer.from("\n"));
    },
    // The next line, waited for so many seconds, or for ever.
    receive: (seconds) => receive(port, state, seconds),
    arm: (seconds) => {
      clearTimeout(timer);
      clearImmediate(timer);
      const due = () => turn();
      timer =
        seconds > 0 ? setTimeout(due, Math.min(seconds * 1000, 2 ** 31 - 1)) : setImmediate(due);
    },
    leave: () => process.exit(0),
  });
  port.on("message", (line) => {
    Atomics.add(state, TAKEN, 1);
    turn(line);
  });
  port.on("close", () => process.exit(0));
}

function receive(port, state, seconds) {
  const end = seconds === undefined ? Infinity : performance.now() + seconds * 1000;
  for (;;) {
    const seen = Atomics.load(state, LINES);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) {
      Atomics.add(state, TAKEN, 1);
      return received.message;
    }
    const left = end - performance.now();
    if (left <= 0) return undefined;
    // The host is gone, and nobody waits for what would come next.
    if (Atomics.load(state, ENDED)) process.exit(0);
    Atomics.wait(state, LINES, seen, left);
  }
}

/** Says why it ends. */
function fail(error) {
  // Python has ended itself, as by `os._exit`.
  const status = error?.status ?? error?.exitCode;
  if (Number.isInteger(status)) process.exit(status);
  // The runtime's own source, which Node would show, would fill pages.
  write(2, Buffer.from(`${String(error?.stack ?? error).slice(-4000)}\n`));
  process.exit(70);
}
