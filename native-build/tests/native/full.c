/* The full API: macros that look into objects, and a static type. */

#include <Python.h>

typedef struct {
    PyObject_HEAD
    Py_ssize_t count;
} Box;

static PyObject *box_count(PyObject *self, PyObject *unused) {
    return PyLong_FromSsize_t(++((Box *)self)->count);
}

static PyMethodDef box_methods[] = {{"count", box_count, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static PyTypeObject BoxType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "full.Box",
    .tp_basicsize = sizeof(Box),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = box_methods,
    .tp_new = PyType_GenericNew,
};

static PyObject *widest(PyObject *self, PyObject *text) {
    if (!PyUnicode_Check(text)) return PyErr_Format(PyExc_TypeError, "no text");
    Py_UCS4 most = 0;
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); i++) {
        Py_UCS4 character = PyUnicode_READ_CHAR(text, i);
        if (character > most) most = character;
    }
    return PyLong_FromUnsignedLong(most);
}

static PyObject *second(PyObject *self, PyObject *pair) {
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2)
        return PyErr_Format(PyExc_TypeError, "no pair");
    return Py_NewRef(PyTuple_GET_ITEM(pair, 1));
}

static PyMethodDef methods[] = {
    {"widest", widest, METH_O, NULL}, {"second", second, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "full", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_full(void) {
    PyObject *module = PyModule_Create(&definition);
    if (module && PyModule_AddType(module, &BoxType) < 0) Py_CLEAR(module);
    return module;
}
