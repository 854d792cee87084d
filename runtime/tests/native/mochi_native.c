// A side module, as a wheel may carry one: `call(name, payload)` in Pyodide's own wasm instance.
//
// What it needs of CPython's stable ABI (3.10 and newer, 32 bits) is declared here, so that it is
// built without the headers of a CPython for wasm.

#include "host.h"

typedef long Py_ssize_t;
typedef struct _object {
    Py_ssize_t ob_refcnt;
    void *ob_type;
} PyObject;
typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);
typedef struct {
    const char *ml_name;
    PyCFunction ml_meth;
    int ml_flags;
    const char *ml_doc;
} PyMethodDef;
typedef struct {
    PyObject ob_base;
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
    const char *m_name;
    const char *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    void *m_slots, *m_traverse, *m_clear, *m_free;
} PyModuleDef;

#define METH_VARARGS 1
#define PYTHON_ABI_VERSION 3

extern PyObject *PyModule_Create2(PyModuleDef *, int);
extern int PyArg_ParseTuple(PyObject *, const char *, ...);
extern const char *PyUnicode_AsUTF8AndSize(PyObject *, Py_ssize_t *);
extern PyObject *PyUnicode_FromStringAndSize(const char *, Py_ssize_t);
extern PyObject *PyErr_NoMemory(void);
extern void *PyMem_Malloc(unsigned long);
extern void PyMem_Free(void *);

static PyObject *call(PyObject *self, PyObject *args) {
    PyObject *name, *payload;
    Py_ssize_t name_length, payload_length;
    (void)self;
    if (!PyArg_ParseTuple(args, "UU:call", &name, &payload)) return 0;
    const char *name_text = PyUnicode_AsUTF8AndSize(name, &name_length);
    const char *payload_text = PyUnicode_AsUTF8AndSize(payload, &payload_length);
    if (!name_text || !payload_text) return 0;
    char *out = PyMem_Malloc((unsigned long)payload_length + 200);
    if (!out) return PyErr_NoMemory();
    unsigned long length = answer("native", 6, name_text, (unsigned long)name_length, payload_text,
                                  (unsigned long)payload_length, out);
    PyObject *result = PyUnicode_FromStringAndSize(out, (Py_ssize_t)length);
    PyMem_Free(out);
    return result;
}

static PyMethodDef methods[] = {
    {"call", call, METH_VARARGS, "call(name, payload): the answer of a function of the host"},
    {0, 0, 0, 0},
};

static PyModuleDef module = {
    {1, 0}, 0, 0, 0, "_mochi_native", "A host in the same wasm instance", 0, methods, 0, 0, 0, 0,
};

PyObject *PyInit__mochi_native(void) { return PyModule_Create2(&module, PYTHON_ABI_VERSION); }
