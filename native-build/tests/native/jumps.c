/* setjmp and longjmp, in a file of its own: wasi-libc does not have them. */

#include <Python.h>
#include <setjmp.h>

static jmp_buf place;

static void deeper(int value) { longjmp(place, value); }

static PyObject *jump(PyObject *self, PyObject *arguments) {
    int value;
    if (!PyArg_ParseTuple(arguments, "i", &value)) return NULL;
    int came = setjmp(place);
    if (came == 0) deeper(value);
    return PyLong_FromLong(came);
}

static PyMethodDef methods[] = {{"jump", jump, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "jumps", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_jumps(void) { return PyModule_Create(&definition); }
