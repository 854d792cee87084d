// A constructor that runs before everything, and exceptions.

#include <Python.h>

#include "number.h"

namespace {

struct Counter {
    int value;
    Counter() : value(NUMBER) {}
    virtual ~Counter() {}
    virtual int next() { return ++value; }
};

Counter counter;

struct Fault {
    int code;
};

int risky(int code) {
    if (code) throw Fault{code};
    return 0;
}

PyObject *count(PyObject *, PyObject *) { return PyLong_FromLong(counter.next()); }

PyObject *caught(PyObject *, PyObject *arguments) {
    int code;
    if (!PyArg_ParseTuple(arguments, "i", &code)) return nullptr;
    try {
        return PyLong_FromLong(risky(code));
    } catch (const Fault &fault) {
        return PyLong_FromLong(fault.code * 100);
    }
}

PyMethodDef methods[] = {
    {"count", count, METH_NOARGS, nullptr},
    {"caught", caught, METH_VARARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "thrower", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit_thrower() { return PyModule_Create(&definition); }
