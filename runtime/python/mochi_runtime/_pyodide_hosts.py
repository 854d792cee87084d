"""Where the host functions come from in Pyodide.

In this order, and by function: what one does not have, the next is asked for.

1. A side module of the wheel, ``_mochi_native``: a CPython extension in Pyodide's own wasm
   instance. It has one function, ``call(name: str, payload: str) -> str``.
2. What the page has connected (``attach`` of ``mochi-runtime.mjs``, or the driver in Node).
3. An object that the page has registered, ``pyodide.registerJsModule("mochi_host", host)``. It has
   one function, ``call(name, payload)``, which returns a text, or a promise of one.
4. A runtime that the wheel carries as data, ``mochi_runtime.wasm``, and that is instantiated here.
   It imports nothing and exports ``memory``, ``mochi_alloc(length: i32) -> i32``, which gives room
   for a request, and ``mochi_call(pointer: i32, length: i32) -> i64``, which takes the request
   (UTF-8; the room is the module's again) and gives the answer's pointer in the upper 32 bits and
   its length in the lower ones. The answer stays where it is until the next ``mochi_call``.

The side module and the ``.wasm`` stand beside these files, or in the package that vendors them
(at the top level where nothing does).

A payload is the list of arguments as ``_codec`` writes it; the request of the ``.wasm`` is
``{"name": ..., "args": [...]}``. An answer is ``{"result": ...}`` or ``{"error": {"kind": ...,
"message": ..., "payload": ..., "cause": ...}}``, the last two if there are such. A function that is
not there is an error of the kind ``NoFunction``.
"""

import importlib
import os

from . import _bridge, _codec
from ._errors import MochiError, of_host

_WASM = "mochi_runtime.wasm"
_owner = __package__.rpartition("._vendor.")[0]

# Looked for once: a wheel does not change while it is imported.
_native = _wasm = None
_looked = False


def result_of(text):
    """What an answer says."""
    answer = _codec.loads(text)
    if "error" in answer:
        raise of_host(answer["error"])
    return answer["result"]


class Sources:
    """All that host functions come from, as one host; ``connected(name, args)`` may be among it."""

    def __init__(self, connected=None):
        self._connected = connected

    def call(self, name, args):
        """Calls a function of the first that has it."""
        refusal = None
        for source in self._found():
            try:
                return source(name, args)
            except MochiError as error:
                if error.kind != "NoFunction":
                    raise
                if refusal is None or source is self._connected:
                    refusal = error
        if refusal is None:
            raise MochiError(f"no host is there to call {name!r}", kind="NoHost")
        raise refusal

    def _found(self):
        _look()
        if _native is not None:
            yield _call_native
        if self._connected is not None:
            yield self._connected
        page = _page()
        if page is not None:
            yield page
        if _wasm is not None:
            yield _wasm.call


def connect():
    """Makes a host of what is there without a page that connects; it is the last resort."""
    host = _bridge.Host(Sources().call)
    _bridge.connect(host)
    return host


def _look():
    global _looked, _native, _wasm
    if _looked:
        return
    _looked = True
    prefix = _owner and f"{_owner}."
    for name in (f"{__package__}._mochi_native", f"{prefix}_mochi_native"):
        try:
            _native = importlib.import_module(name)
            break
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    data = _data()
    if _wasm is None and data is not None:
        import js
        from pyodide.ffi import to_js

        _wasm = Wasm(js.WebAssembly.Module.new(to_js(data)))


async def prepare():
    """Compiles the runtime that the wheel carries, as the main thread of a browser wants it."""
    global _wasm
    data = _data()
    if _wasm is None and data is not None:
        import js
        from pyodide.ffi import to_js

        _wasm = Wasm(await js.WebAssembly.compile(to_js(data)))


def _data():
    """The runtime that the wheel carries."""
    folders = [os.path.dirname(os.path.abspath(__file__))]
    if _owner:
        folders.extend(importlib.import_module(_owner).__path__)
    for folder in folders:
        try:
            with open(os.path.join(folder, _WASM), "rb") as file:
                return file.read()
        except OSError:
            pass
    return None


def _call_native(name, args):
    return result_of(_native.call(name, _codec.dumps(args)))


def _page():
    try:
        call = importlib.import_module("mochi_host").call
    except (ModuleNotFoundError, AttributeError):
        return None

    def ask(name, args):
        answer = call(name, _codec.dumps(args))
        return result_of(answer) if isinstance(answer, str) else _later(answer)

    return ask


async def _later(answer):
    return result_of(await answer)


class Wasm:
    """An instance of the runtime that the wheel carries."""

    def __init__(self, module):
        import js

        self._exports = js.WebAssembly.Instance.new(module).exports
        self._view = js.Uint8Array

    def call(self, name, args):
        """Calls a function of it."""
        request = _codec.dumps({"name": name, "args": args}).encode("utf-8")
        pointer = self._exports.mochi_alloc(len(request))
        if not pointer:
            raise MochiError(f"{_WASM} has no room for {len(request)} bytes", kind="MemoryError")
        self._bytes(pointer, len(request)).assign(request)
        packed = int(self._exports.mochi_call(pointer, len(request)))
        answer = self._bytes(packed >> 32, packed)
        return result_of(answer.to_bytes().decode("utf-8"))

    def _bytes(self, pointer, length):
        # The memory grows, and its buffer is another one then.
        buffer = self._exports.memory.buffer
        return self._view.new(buffer, pointer & 0xFFFF_FFFF, length & 0xFFFF_FFFF)
