// The library of C++: containers, strings, streams, exceptions.

#include <Python.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

static PyObject *all(PyObject *, PyObject *) {
    std::vector<int> numbers{3, 1, 2};
    std::sort(numbers.begin(), numbers.end());
    std::unordered_map<std::string, std::string> words{{"1", "one"}, {"2", "two"}};
    std::map<int, std::unique_ptr<int>> boxes;
    boxes.emplace(1, std::make_unique<int>(4));
    std::function<std::string()> fails = [&]() -> std::string {
        try {
            numbers.at(5);
        } catch (const std::out_of_range &) {
            return "out of range";
        }
        return "in range";
    };
    std::ostringstream text;
    text << "[" << numbers[0];
    for (size_t i = 1; i < numbers.size(); i++) text << ", " << numbers[i];
    text << "] " << words["2"] << " " << std::to_string(*boxes[1]) << " " << fails() << " stream "
         << 2.5;
    return PyUnicode_FromString(text.str().c_str());
}

static PyMethodDef methods[] = {{"all", all, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "library", nullptr, -1, methods, nullptr, nullptr, nullptr, nullptr,
};

PyMODINIT_FUNC PyInit_library() { return PyModule_Create(&definition); }
