/* The limited API, and what depends on the numbers and structs of the libc. */

#include <Python.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static PyObject *add(PyObject *self, PyObject *arguments) {
    long long a, b;
    if (!PyArg_ParseTuple(arguments, "LL", &a, &b)) return NULL;
    return PyLong_FromLongLong(a + b);
}

static PyObject *format(PyObject *self, PyObject *arguments) {
    double number;
    if (!PyArg_ParseTuple(arguments, "d", &number)) return NULL;
    char text[80];
    snprintf(text, sizeof text, "%.3f %.3Lf %zu", number, (long double)number, sizeof(size_t));
    return PyUnicode_FromString(text);
}

static PyObject *now(PyObject *self, PyObject *arguments) {
    struct timespec clock;
    if (clock_gettime(CLOCK_REALTIME, &clock) != 0) return PyErr_SetFromErrno(PyExc_OSError);
    return Py_BuildValue("LL", (long long)time(NULL), (long long)clock.tv_sec);
}

static PyObject *errors(PyObject *self, PyObject *arguments) {
    errno = 0;
    FILE *file = fopen("/is/not/there", "r");
    int first = errno;
    errno = 0;
    strtol("99999999999999999999", NULL, 10);
    if (file) fclose(file);
    return Py_BuildValue("OO", first == ENOENT ? Py_True : Py_False,
                         errno == ERANGE ? Py_True : Py_False);
}

static PyObject *create(PyObject *self, PyObject *arguments) {
    const char *path;
    if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0640);
    if (file < 0) return PyErr_SetFromErrno(PyExc_OSError);
    long written = (long)write(file, "content", 7);
    close(file);
    return PyLong_FromLong(written);
}

static PyObject *status(PyObject *self, PyObject *arguments) {
    const char *path;
    struct stat found;
    if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
    if (stat(path, &found) != 0) return PyErr_SetFromErrno(PyExc_OSError);
    return Py_BuildValue("LLLLO", (long long)found.st_size, (long long)found.st_mode,
                         (long long)found.st_mtime, (long long)found.st_ino,
                         S_ISREG(found.st_mode) ? Py_True : Py_False);
}

static PyObject *names(PyObject *self, PyObject *arguments) {
    const char *path;
    if (!PyArg_ParseTuple(arguments, "s", &path)) return NULL;
    DIR *folder = opendir(path);
    if (!folder) return PyErr_SetFromErrno(PyExc_OSError);
    PyObject *list = PyList_New(0);
    for (struct dirent *entry; (entry = readdir(folder));) {
        PyObject *item =
            Py_BuildValue("sO", entry->d_name, entry->d_type == DT_REG ? Py_True : Py_False);
        PyList_Append(list, item);
        Py_DECREF(item);
    }
    closedir(folder);
    return list;
}

static PyObject *file(PyObject *self, PyObject *arguments) {
    return PyUnicode_FromString(__FILE__);
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, NULL},       {"format", format, METH_VARARGS, NULL},
    {"now", now, METH_NOARGS, NULL},        {"errors", errors, METH_NOARGS, NULL},
    {"create", create, METH_VARARGS, NULL}, {"status", status, METH_VARARGS, NULL},
    {"names", names, METH_VARARGS, NULL},   {"file", file, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "limited", NULL, -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__limited(void) { return PyModule_Create(&definition); }
