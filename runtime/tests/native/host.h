// What both runtimes of the tests answer. `out` has room for the arguments and 200 bytes more.
//
//   who()     the name of the runtime
//   first(x)  its argument, as it came
//   fail()    an error with a payload and a cause

#define IS(name, length, known) ((length) == sizeof(known) - 1 && same(name, known, length))

static int same(const char *one, const char *other, unsigned long length) {
    while (length > 0 && *one == *other) one++, other++, length--;
    return length == 0;
}

static char *put(char *out, const char *text, unsigned long length) {
    while (length-- > 0) *out++ = *text++;
    return out;
}

#define PUT(text) end = put(end, text, sizeof(text) - 1)

// `args` is a list of JSON. The length of the answer.
static unsigned long answer(const char *who, unsigned long who_length, const char *name,
                            unsigned long name_length, const char *args,
                            unsigned long args_length, char *out) {
    char *end = out;
    if (IS(name, name_length, "who")) {
        PUT("{\"result\":\"");
        end = put(end, who, who_length);
        PUT("\"}");
    } else if (IS(name, name_length, "first")) {
        PUT("{\"result\":");
        end = put(end, args + 1, args_length - 2);
        PUT("}");
    } else if (IS(name, name_length, "fail")) {
        PUT("{\"error\":{\"kind\":\"Teapot\",\"message\":\"tea\",\"payload\":[1.0],"
            "\"cause\":{\"kind\":\"Water\",\"message\":\"no water\"}}}");
    } else {
        PUT("{\"error\":{\"kind\":\"NoFunction\",\"message\":\"nothing of this name\"}}");
    }
    return (unsigned long)(end - out);
}
