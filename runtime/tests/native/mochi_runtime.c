// A runtime that a wheel carries as data: `_pyodide_hosts.py` says what it exports.

#include "host.h"

#define PAGE 65536ul

extern unsigned char __heap_base;

// A request and its answer are all that is held at a time: each is put where the last was.
static char *room(unsigned long at, unsigned long length) {
    unsigned long wanted = (at + length + PAGE - 1) / PAGE;
    unsigned long there = __builtin_wasm_memory_size(0);
    if (wanted > there && __builtin_wasm_memory_grow(0, wanted - there) == (unsigned long)-1) return 0;
    return (char *)at;
}

__attribute__((export_name("mochi_alloc"))) char *mochi_alloc(unsigned long length) {
    return room((unsigned long)&__heap_base, length);
}

// {"name":"...","args":[...]}, with spaces nowhere outside of texts.
__attribute__((export_name("mochi_call"))) unsigned long long mochi_call(const char *request,
                                                                         unsigned long length) {
    const char *name = request + sizeof("{\"name\":\"") - 1;
    unsigned long name_length = 0;
    while (name[name_length] != '"') name_length++;
    const char *args = name + name_length + sizeof("\",\"args\":") - 1;
    unsigned long args_length = (unsigned long)(request + length - 1 - args);
    char *out = room((unsigned long)request + length, args_length + 200);
    if (!out) __builtin_trap();
    unsigned long size = answer("wasm", 4, name, name_length, args, args_length, out);
    return (unsigned long long)(unsigned long)out << 32 | size;
}
