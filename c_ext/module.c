/* module: the glue between Python and the engine, and the only file that knows Python.
 *
 * Bytes in, bytes out; an object holds one engine and the file that may take its groups. Built for
 * the stable ABI of Python 3.9: so no buffer protocol, no '#' formats (their lengths are wrong on
 * some versions), no module state that a method would need.
 *
 * A wrong search, broken input and the memory bound raise ValueError with a sentence for the user;
 * a machine without memory raises MemoryError.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "engine.h"
#include "explain.h"
#include "index_terms.h"
#include "store_file.h"

struct engine_object {
    PyObject_HEAD struct engine *engine;
    struct store_file *file; /* NULL: no spill_to */
};

static struct engine *engine_of(PyObject *self)
{
    return ((struct engine_object *)self)->engine;
}

/* ---- results ---- */

static PyObject *raise_error(const struct cfh_error *error)
{
    if (error->code == CFH_NO_MEMORY) return PyErr_NoMemory();
    size_t length = strlen(error->sentence);
    PyObject *sentence = PyUnicode_DecodeUTF8(error->sentence, (Py_ssize_t)length, "replace");
    if (sentence == NULL) return NULL;
    PyErr_SetObject(PyExc_ValueError, sentence);
    Py_DECREF(sentence);
    return NULL;
}

static PyObject *none_or_raise(enum cfh_status status, const struct cfh_error *error)
{
    if (status != CFH_OK) return raise_error(error);
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *bytes_of(struct slice text)
{
    return PyBytes_FromStringAndSize(text.bytes, (Py_ssize_t)text.length);
}

static bool bytes_slice(PyObject *bytes, struct slice *text)
{
    char *start;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize(bytes, &start, &length) < 0) return false;
    *text = (struct slice){start, (size_t)length};
    return true;
}

/* The hunt number that a method was given; false with an exception set when there is none. */
static bool hunt_number(PyObject *self, Py_ssize_t number, size_t *hunt)
{
    *hunt = (size_t)number;
    if (number >= 0 && *hunt < engine_hunt_count(engine_of(self))) return true;
    PyErr_SetString(PyExc_IndexError, "there is no hunt of that number");
    return false;
}

/* ---- hunts ---- */

static PyObject *add_hunt(PyObject *self, PyObject *arguments)
{
    struct slice text;
    struct cfh_error error;
    enum plan_phase phase;
    if (!bytes_slice(arguments, &text)) return NULL;
    if (engine_add_hunt(engine_of(self), text, &phase, &error) != CFH_OK)
        return raise_error(&error);
    return PyBool_FromLong(phase == PLAN_PHASE_MAP);
}

static PyObject *hunt_name(PyObject *self, PyObject *arguments)
{
    struct slice text;
    struct buffer name;
    struct cfh_error error;
    if (!bytes_slice(arguments, &text)) return NULL;
    enum cfh_status status = engine_hunt_name(engine_of(self), text, &name, &error);
    PyObject *found = Py_None;
    if (status != CFH_OK)
        found = raise_error(&error);
    else if (name.length > 0)
        found = bytes_of(buffer_slice(&name));
    else
        Py_INCREF(found);
    buffer_release(&name);
    return found;
}

static PyObject *add_macros(PyObject *self, PyObject *arguments)
{
    PyObject *name, *text;
    struct hunt_file file;
    struct cfh_error error;
    if (!PyArg_ParseTuple(arguments, "SS", &name, &text) || !bytes_slice(name, &file.name) ||
        !bytes_slice(text, &file.text))
        return NULL;
    return none_or_raise(engine_add_macros(engine_of(self), &file, &error), &error);
}

static PyObject *add_detection(PyObject *self, PyObject *arguments)
{
    PyObject *options, *name, *text;
    struct slice search;
    struct hunt_file file;
    struct cfh_error error;
    if (!PyArg_ParseTuple(arguments, "SSS", &options, &name, &text) ||
        !bytes_slice(options, &search) || !bytes_slice(name, &file.name) ||
        !bytes_slice(text, &file.text))
        return NULL;
    return none_or_raise(engine_add_detection(engine_of(self), search, &file, &error), &error);
}

static PyObject *plan_text(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    return bytes_of(engine_plan(engine_of(self), hunt)->text);
}

/* What follows tstats in the hunt's file and is not done here. */
static PyObject *tail(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    return bytes_of(engine_plan(engine_of(self), hunt)->tail);
}

/* The rows of explain=true, or None for a plan that is to be run. */
static PyObject *explanation(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    struct buffer body;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    const struct plan *plan = engine_plan(engine_of(self), hunt);
    if (!plan->options.explain) Py_RETURN_NONE;
    buffer_init(&body, plan->memory);
    PyObject *bytes = explain_plan(plan, &body) ? bytes_of(buffer_slice(&body)) : PyErr_NoMemory();
    buffer_release(&body);
    return bytes;
}

static PyObject *token(PyObject *self, PyObject *arguments, enum plan_phase phase)
{
    Py_ssize_t number;
    size_t hunt;
    struct buffer text;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    const struct plan *plan = engine_plan(engine_of(self), hunt);
    buffer_init(&text, plan->memory);
    PyObject *bytes =
        plan_token(plan, phase, &text) ? bytes_of(buffer_slice(&text)) : PyErr_NoMemory();
    buffer_release(&text);
    return bytes;
}

static PyObject *map_token(PyObject *self, PyObject *arguments)
{
    return token(self, arguments, PLAN_PHASE_MAP);
}

static PyObject *whole_token(PyObject *self, PyObject *arguments)
{
    return token(self, arguments, PLAN_PHASE_WHOLE);
}

static bool append_name(void *context, struct slice name)
{
    PyObject *bytes = bytes_of(name);
    if (bytes == NULL) return false;
    int appended = PyList_Append(context, bytes);
    Py_DECREF(bytes);
    return appended == 0;
}

static PyObject *required_fields(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    PyObject *names = PyList_New(0);
    if (names == NULL) return NULL;
    if (view_columns_read(engine_plan(engine_of(self), hunt), append_name, names) &&
        append_name(names, SLICE(PARTIAL_MARKER)) && append_name(names, SLICE(PARTIAL_STATE)))
        return names;
    Py_DECREF(names);
    return PyErr_Occurred() != NULL ? NULL : PyErr_NoMemory();
}

/* The words that Splunk's index can search for first, or None for a model whose events cannot be
 * searched for: one without a profile. */
static PyObject *index_words(PyObject *self, PyObject *arguments)
{
    enum { BLOCK = 1024 };
    Py_ssize_t number;
    size_t hunt;
    struct arena arena;
    struct values words;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    const struct plan *plan = engine_plan(engine_of(self), hunt);
    const struct model_dataset *dataset = model_find(plan->model, plan->dataset);
    if (dataset == NULL || dataset->profile_count == 0) Py_RETURN_NONE;
    PyObject *list = PyList_New(0);
    arena_init(&arena, plan->memory, BLOCK);
    bool done = list != NULL && index_terms(plan, &arena, &words);
    for (size_t i = 0; done && i < words.count; i++)
        done = append_name(list, words.items[i]);
    arena_release(&arena);
    if (done) return list;
    Py_XDECREF(list);
    return PyErr_Occurred() != NULL ? NULL : PyErr_NoMemory();
}

/* How the search was asked for: (is it the default hunt, events=...). */
static PyObject *asked(PyObject *self, PyObject *arguments)
{
    static const char *const events[] = {"", "search", "pipe"};
    Py_ssize_t number;
    size_t hunt;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    const struct plan *plan = engine_plan(engine_of(self), hunt);
    return Py_BuildValue("(Os)", plan->is_default ? Py_True : Py_False,
                         events[plan->options.events]);
}

static PyObject *refuse_partials(PyObject *self, PyObject *unused)
{
    (void)unused;
    engine_refuse_partials(engine_of(self));
    Py_INCREF(Py_None);
    return Py_None;
}

static bool add_folders(struct store_file *file, PyObject *folders)
{
    Py_ssize_t count = PyList_Size(folders);
    for (Py_ssize_t i = 0; i < count; i++) {
        struct slice folder;
        if (!bytes_slice(PyList_GetItem(folders, i), &folder)) return false;
        if (store_file_add_folder(file, folder)) continue;
        PyErr_NoMemory();
        return false;
    }
    return count >= 0;
}

static PyObject *spill_to(PyObject *self, PyObject *arguments)
{
    struct engine_object *object = (struct engine_object *)self;
    PyObject *folders;
    Py_ssize_t groups_max = 0;
    if (!PyArg_ParseTuple(arguments, "O|n", &folders, &groups_max)) return NULL;
    if (object->file != NULL || groups_max < 0) {
        PyErr_SetString(PyExc_ValueError,
                        "spill_to: once, with a number of groups that is not negative");
        return NULL;
    }
    object->file = store_file_new(NULL);
    if (object->file == NULL) return PyErr_NoMemory();
    if (!add_folders(object->file, folders)) return NULL;
    engine_use_store(object->engine, &store_file_functions, object->file, (size_t)groups_max);
    Py_RETURN_NONE;
}

/* ---- events in ---- */

static PyObject *begin_body(PyObject *self, PyObject *unused)
{
    (void)unused;
    engine_begin_body(engine_of(self));
    Py_INCREF(Py_None);
    return Py_None;
}

/* A bytearray's bytes last as long as nobody changes its length: for the call. */
static bool window_slice(PyObject *window, struct slice *bytes)
{
    if (!PyByteArray_Check(window)) return bytes_slice(window, bytes);
    *bytes = (struct slice){PyByteArray_AsString(window), (size_t)PyByteArray_Size(window)};
    return true;
}

static PyObject *feed(PyObject *self, PyObject *arguments)
{
    PyObject *whole;
    Py_ssize_t start, stop;
    struct slice window;
    struct cfh_error error;
    if (!PyArg_ParseTuple(arguments, "Onn", &whole, &start, &stop) || !window_slice(whole, &window))
        return NULL;
    if (start < 0 || start > stop || (size_t)stop > window.length) {
        PyErr_SetString(PyExc_IndexError, "feed: start and stop lie outside the window");
        return NULL;
    }
    window = (struct slice){window.bytes + start, (size_t)(stop - start)};
    return none_or_raise(engine_feed(engine_of(self), window, &error), &error);
}

static PyObject *end_body(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct cfh_error error;
    return none_or_raise(engine_end_body(engine_of(self), &error), &error);
}

static PyObject *memory_use(PyObject *self, PyObject *unused)
{
    (void)unused;
    const struct memory *memory = engine_memory(engine_of(self));
    return Py_BuildValue("(KKK)", (unsigned long long)memory->used,
                         (unsigned long long)memory->peak, (unsigned long long)memory->limit);
}

static PyObject *figures(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    struct engine_figures found = engine_figures(engine_of(self), hunt);
    return Py_BuildValue("(KKKKKKK)", (unsigned long long)found.rows,
                         (unsigned long long)found.checked, (unsigned long long)found.usable,
                         (unsigned long long)found.matched, (unsigned long long)found.groups,
                         (unsigned long long)found.spilled,
                         (unsigned long long)found.spilled_bytes);
}

/* ---- rows out ---- */

static PyObject *begin_table(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    uint64_t length;
    struct cfh_error error;
    if (!PyArg_ParseTuple(arguments, "n", &number) || !hunt_number(self, number, &hunt))
        return NULL;
    if (engine_begin_table(engine_of(self), hunt, &length, &error) != CFH_OK)
        return raise_error(&error);
    return PyLong_FromUnsignedLongLong(length);
}

static PyObject *begin_partials(PyObject *self, PyObject *unused)
{
    (void)unused;
    uint64_t length;
    struct cfh_error error;
    if (engine_begin_partials(engine_of(self), &length, &error) != CFH_OK)
        return raise_error(&error);
    return PyLong_FromUnsignedLongLong(length);
}

static PyObject *reply_window(PyObject *self, PyObject *unused)
{
    (void)unused;
    struct slice window;
    struct cfh_error error;
    if (engine_reply_next(engine_of(self), &window, &error) != CFH_OK) return raise_error(&error);
    return bytes_of(window);
}

/* ---- messages ---- */

static bool append_line(PyObject *list, const struct message_line *line)
{
    PyObject *text =
        PyUnicode_DecodeUTF8(line->text.bytes, (Py_ssize_t)line->text.length, "replace");
    if (text == NULL) return false;
    PyObject *pair = Py_BuildValue("(sN)", line->level == MESSAGE_WARN ? "WARN" : "INFO", text);
    if (pair == NULL) return false;
    int appended = PyList_Append(list, pair);
    Py_DECREF(pair);
    return appended == 0;
}

static PyObject *list_of(const struct messages *messages)
{
    if (messages == NULL) return PyErr_NoMemory();
    PyObject *list = PyList_New(0);
    if (list == NULL) return NULL;
    for (size_t i = 0; i < messages->count; i++) {
        if (append_line(list, &messages->lines[i])) continue;
        Py_DECREF(list);
        return NULL;
    }
    return list;
}

static PyObject *table_messages(PyObject *self, PyObject *arguments)
{
    Py_ssize_t number;
    size_t hunt;
    int scheduled;
    if (!PyArg_ParseTuple(arguments, "np", &number, &scheduled)) return NULL;
    if (!hunt_number(self, number, &hunt)) return NULL;
    return list_of(engine_table_messages(engine_of(self), hunt, scheduled != 0));
}

static PyObject *map_messages(PyObject *self, PyObject *unused)
{
    (void)unused;
    return list_of(engine_map_messages(engine_of(self)));
}

/* ---- the type ---- */

static PyObject *engine_object_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords)
{
    PyObject *bytes;
    struct slice secret;
    struct hash_key key;
    static char *names[] = {"secret", NULL};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "S", names, &bytes) ||
        !bytes_slice(bytes, &secret))
        return NULL;
    if (secret.length != sizeof(key.secret)) {
        PyErr_Format(PyExc_ValueError, "the secret must be %d random bytes", HASH_SECRET_SIZE);
        return NULL;
    }
    memcpy(key.secret, secret.bytes, sizeof(key.secret));
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    struct engine_object *self = (struct engine_object *)allocate(type, 0);
    if (self == NULL) return NULL;
    self->file = NULL;
    self->engine = engine_new(NULL, &key);
    if (self->engine != NULL) return (PyObject *)self;
    Py_DECREF(self);
    return PyErr_NoMemory();
}

static void engine_object_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    engine_free(engine_of(self));
    store_file_free(((struct engine_object *)self)->file);
    release(self);
    Py_DECREF(type);
}

static PyMethodDef engine_methods[] = {
    {"add_hunt", add_hunt, METH_O,
     "add_hunt(arguments: bytes) -> bool\n\nCompiles a command's arguments or a plan's token. True "
     "where a token says that this is the map."},
    {"hunt_name", hunt_name, METH_O,
     "hunt_name(arguments: bytes) -> bytes | None\n\nThe hunt whose file the arguments ask for; "
     "None where they are a whole search, or a token: these are for add_hunt."},
    {"add_macros", add_macros, METH_VARARGS,
     "add_macros(file_name: bytes, text: bytes) -> None\n\nThe macros of a file, for detections "
     "added later. Of two macros of one name the first counts."},
    {"add_detection", add_detection, METH_VARARGS,
     "add_detection(arguments: bytes, file_name: bytes, text: bytes) -> None\n\nThe hunt of a "
     "file, with the options that the arguments hold."},
    {"plan_text", plan_text, METH_VARARGS,
     "plan_text(hunt: int) -> bytes\n\nThe plan's canonical text."},
    {"tail", tail, METH_VARARGS,
     "tail(hunt: int) -> bytes\n\nThe SPL that follows tstats in the hunt's file and is not done "
     "here, from its first pipe on; empty: none."},
    {"explanation", explanation, METH_VARARGS,
     "explanation(hunt: int) -> bytes | None\n\nThe rows of explain=true as a CSV body; None for a "
     "plan that is to be run."},
    {"map_token", map_token, METH_VARARGS,
     "map_token(hunt: int) -> bytes\n\nThe token that a map compiles the same plan from."},
    {"whole_token", whole_token, METH_VARARGS,
     "whole_token(hunt: int) -> bytes\n\nThe token that a whole hunt compiles the same plan from."},
    {"index_words", index_words, METH_VARARGS,
     "index_words(hunt: int) -> list[bytes] | None\n\nThe words that every raw event of the answer "
     "holds; None where the model has no raw events."},
    {"asked", asked, METH_VARARGS,
     "asked(hunt: int) -> tuple[bool, str]\n\nIs it the default hunt, and what events=... said "
     "(empty: nothing)."},
    {"required_fields", required_fields, METH_VARARGS,
     "required_fields(hunt: int) -> list[bytes]\n\nEvery column that the reduce side may read."},
    {"refuse_partials", refuse_partials, METH_NOARGS,
     "refuse_partials() -> None\n\nEvery row is an event: for maps."},
    {"spill_to", spill_to, METH_VARARGS,
     "spill_to(folders: list[bytes], groups_max: int = 0) -> None\n\nBefore the first body: groups "
     "that do not fit in memory go into a file without a name, in the first folder that takes one. "
     "groups_max: as soon as a hunt holds so many, they go too; 0: only for memory."},
    {"begin_body", begin_body, METH_NOARGS,
     "begin_body() -> None\n\nA CSV body with its header "
     "begins."},
    {"feed", feed, METH_VARARGS,
     "feed(window: bytes | bytearray, start: int, stop: int) -> None\n\nThe body goes on with "
     "window[start:stop]."},
    {"end_body", end_body, METH_NOARGS, "end_body() -> None\n\nThe body has ended."},
    {"memory_use", memory_use, METH_NOARGS,
     "memory_use() -> tuple[int, int, int]\n\nBytes held now, the most ever held, the bound."},
    {"figures", figures, METH_VARARGS,
     "figures(hunt: int) -> tuple[int, int, int, int, int, int, int]\n\nEvents read, of them "
     "checked, of these usable; events that matched; groups held; groups that went out of memory, "
     "their bytes."},
    {"begin_table", begin_table, METH_VARARGS,
     "begin_table(hunt: int) -> int\n\nEnds the hunt; the length of its table in bytes."},
    {"begin_partials", begin_partials, METH_NOARGS,
     "begin_partials() -> int\n\nThe length in bytes of the partial rows so far."},
    {"reply_window", reply_window, METH_NOARGS,
     "reply_window() -> bytes\n\nThe next part of what was begun; empty at its end."},
    {"table_messages", table_messages, METH_VARARGS,
     "table_messages(hunt: int, scheduled: bool) -> list[tuple[str, str]]\n\nLevel and sentence of "
     "what is to be said beside the table."},
    {"map_messages", map_messages, METH_NOARGS,
     "map_messages() -> list[tuple[str, str]]\n\nThe same of a map, after its first body."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot engine_slots[] = {
    {Py_tp_doc, "Engine(secret: bytes)\n\nOne hunt or several over one stream of events. secret: "
                "192 random bytes."},
    {Py_tp_new, engine_object_new},
    {Py_tp_dealloc, engine_object_dealloc},
    {Py_tp_methods, engine_methods},
    {0, NULL},
};

static PyType_Spec engine_spec = {
    .name = "_cfhunt.Engine",
    .basicsize = sizeof(struct engine_object),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = engine_slots,
};

/* ---- the module ---- */

static int module_exec(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&engine_spec);
    if (type == NULL) return -1;
    if (PyModule_AddObject(module, "Engine", type) < 0) {
        Py_DECREF(type);
        return -1;
    }
    if (PyModule_AddIntConstant(module, "PLAN_VERSION", PLAN_VERSION) < 0) return -1;
    if (PyModule_AddIntConstant(module, "SECRET_SIZE", HASH_SECRET_SIZE) < 0) return -1;
    if (PyModule_AddIntConstant(module, "FILE_SIZE_MAX", HUNT_FILE_SIZE_MAX) < 0) return -1;
    return PyModule_AddStringConstant(module, "DEFAULT_HUNT", TSTATS_DEFAULT_HUNT);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_cfhunt",
    .m_doc = "cfhunt's engine: tstats over events.",
    .m_slots = module_slots,
};

PyMODINIT_FUNC PyInit__cfhunt(void);

PyMODINIT_FUNC PyInit__cfhunt(void)
{
    return PyModuleDef_Init(&module_definition);
}
