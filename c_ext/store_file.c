#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_TMPFILE, mkostemp, pread, pwrite */
#endif
#define _FILE_OFFSET_BITS 64
#include "store_file.h"

#include <stdio.h>
#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#endif

#define STORE_FILE_NAME "cfhunt-spill-"

#ifdef _WIN32
typedef HANDLE file_handle;
typedef DWORD reason;
#define NO_FILE INVALID_HANDLE_VALUE
#define NO_FOLDER ERROR_PATH_NOT_FOUND
#else
typedef int file_handle;
typedef int reason;
#define NO_FILE (-1)
#define NO_FOLDER ENOENT
#endif

struct store_file {
    struct memory memory;
    struct buffer folders; /* each with a NUL behind it */
    size_t folder;         /* the chosen one's place in folders, or the last one tried */
    file_handle handle;
    uint64_t length;
};

/* ---- the system's calls: each gives 0, or the system's reason ---- */

#ifdef _WIN32

enum { PATH_MAX_UNITS = 1024, NAME_TRIES = 100, NAME_UNITS = 48 };

/* A name that nobody has; the handle's flag deletes the file when the process ends. */
static reason file_open(const char *folder, file_handle *handle)
{
    wchar_t path[PATH_MAX_UNITS + NAME_UNITS];
    int units = MultiByteToWideChar(CP_UTF8, 0, folder, -1, path, PATH_MAX_UNITS);
    if (units <= 0) return GetLastError();
    for (unsigned number = 0; number < NAME_TRIES; number++) {
        swprintf(path + units - 1, NAME_UNITS, L"\\" STORE_FILE_NAME L"%lu-%lu-%u",
                 (unsigned long)GetCurrentProcessId(), (unsigned long)GetTickCount(), number);
        *handle = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_NEW,
                              FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
        if (*handle != INVALID_HANDLE_VALUE) return 0;
        if (GetLastError() != ERROR_FILE_EXISTS) break;
    }
    return GetLastError();
}

static void file_close(file_handle handle)
{
    CloseHandle(handle);
}

static OVERLAPPED place_of(uint64_t offset)
{
    OVERLAPPED place = {0};
    place.Offset = (DWORD)(offset & 0xffffffffu);
    place.OffsetHigh = (DWORD)(offset >> 32);
    return place;
}

static DWORD part_of(size_t length)
{
    const size_t most = 1u << 30;
    return (DWORD)(length < most ? length : most);
}

static reason file_write(file_handle handle, uint64_t offset, struct slice bytes)
{
    while (bytes.length > 0) {
        OVERLAPPED place = place_of(offset);
        DWORD written = 0;
        if (!WriteFile(handle, bytes.bytes, part_of(bytes.length), &written, &place))
            return GetLastError();
        if (written == 0) return ERROR_DISK_FULL;
        offset += written;
        bytes = (struct slice){bytes.bytes + written, bytes.length - written};
    }
    return 0;
}

static reason file_read(file_handle handle, uint64_t offset, char *bytes, size_t length)
{
    while (length > 0) {
        OVERLAPPED place = place_of(offset);
        DWORD taken = 0;
        if (!ReadFile(handle, bytes, part_of(length), &taken, &place)) return GetLastError();
        if (taken == 0) return ERROR_HANDLE_EOF;
        offset += taken;
        bytes += taken;
        length -= taken;
    }
    return 0;
}

static void reason_text(reason why, char *text, size_t size)
{
    snprintf(text, size, "error %lu", (unsigned long)why);
}

#else

/* Without a name where the system can do that, so that there is none at any moment. */
static int open_nameless(const char *folder)
{
#ifdef O_TMPFILE
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
#else
    (void)folder;
    return NO_FILE;
#endif
}

/* mkostemp makes it for this user only, and never opens a file or a link that is there. */
static int open_and_unlink(const char *folder)
{
    char path[FILENAME_MAX];
    int length = snprintf(path, sizeof(path), "%s/" STORE_FILE_NAME "XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return NO_FILE;
    }
    int handle = mkostemp(path, O_CLOEXEC);
    if (handle != NO_FILE) unlink(path);
    return handle;
}

static reason file_open(const char *folder, file_handle *handle)
{
    *handle = open_nameless(folder);
    if (*handle == NO_FILE) *handle = open_and_unlink(folder);
    return *handle == NO_FILE ? errno : 0;
}

static void file_close(file_handle handle)
{
    close(handle);
}

static reason file_write(file_handle handle, uint64_t offset, struct slice bytes)
{
    while (bytes.length > 0) {
        ssize_t written = pwrite(handle, bytes.bytes, bytes.length, (off_t)offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : ENOSPC;
        offset += (uint64_t)written;
        bytes = (struct slice){bytes.bytes + written, bytes.length - (size_t)written};
    }
    return 0;
}

static reason file_read(file_handle handle, uint64_t offset, char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t taken = pread(handle, bytes, length, (off_t)offset);
        if (taken < 0 && errno == EINTR) continue;
        if (taken <= 0) return taken < 0 ? errno : EIO;
        offset += (uint64_t)taken;
        bytes += taken;
        length -= (size_t)taken;
    }
    return 0;
}

static void reason_text(reason why, char *text, size_t size)
{
    snprintf(text, size, "%s", strerror(why));
}

#endif

/* ---- folders ---- */

struct store_file *store_file_new(const struct memory_source *source)
{
    struct memory memory;
    memory_init(&memory, source, 0);
    struct store_file *file = memory_resize(&memory, NULL, 0, sizeof(*file));
    if (file == NULL) return NULL;
    *file = (struct store_file){.memory = memory, .handle = NO_FILE};
    buffer_init(&file->folders, &file->memory);
    return file;
}

static void drop(void *context)
{
    struct store_file *file = context;
    if (file->handle != NO_FILE) file_close(file->handle);
    file->handle = NO_FILE;
    file->length = 0;
}

void store_file_free(struct store_file *file)
{
    if (file == NULL) return;
    drop(file);
    buffer_release(&file->folders);
    struct memory memory = file->memory;
    memory_resize(&memory, file, sizeof(*file), 0);
}

bool store_file_add_folder(struct store_file *file, struct slice folder)
{
    if (folder.length == 0 || memchr(folder.bytes, '\0', folder.length) != NULL) return true;
    if (!buffer_reserve(&file->folders, folder.length + 1)) return false;
    return buffer_append(&file->folders, folder) &&
           buffer_append(&file->folders, (struct slice){"", 1});
}

/* ---- the store ---- */

enum { REASON_SIZE = 256 };

static enum cfh_status fail(const struct store_file *file, const char *what, reason why,
                            struct cfh_error *error)
{
    char text[REASON_SIZE];
    reason_text(why, text, sizeof(text));
    *error = (struct cfh_error){.code = CFH_STORE};
    snprintf(error->sentence, CFH_SENTENCE_SIZE,
             "cfhunt's groups passed its memory bound, and it could not %s a temporary file in "
             "%.500s: %s. Make room there, narrow the search, group by fewer fields, or raise the "
             "bound with maxmem=MB.",
             what, file->folders.length > 0 ? file->folders.bytes + file->folder : "any folder",
             text);
    return CFH_STORE;
}

/* In the first folder that takes a file. The sentence of a failure is about the first: that is
 * where it belongs. */
static enum cfh_status open_file(struct store_file *file, struct cfh_error *error)
{
    reason first = NO_FOLDER;
    if (file->handle != NO_FILE) return CFH_OK;
    for (size_t at = 0; at < file->folders.length;) {
        const char *folder = file->folders.bytes + at;
        reason why = file_open(folder, &file->handle);
        file->folder = why == 0 ? at : 0;
        if (why == 0) return CFH_OK;
        if (at == 0) first = why;
        at += strlen(folder) + 1;
    }
    return fail(file, "make", first, error);
}

static enum cfh_status append(void *context, struct slice bytes, struct cfh_error *error)
{
    struct store_file *file = context;
    enum cfh_status status = open_file(file, error);
    if (status != CFH_OK) return status;
    reason why = file_write(file->handle, file->length, bytes);
    if (why != 0) return fail(file, "write", why, error);
    file->length += bytes.length;
    return CFH_OK;
}

static enum cfh_status read_back(void *context, uint64_t offset, char *bytes, size_t length,
                                 struct cfh_error *error)
{
    struct store_file *file = context;
    reason why = file_read(file->handle, offset, bytes, length);
    return why == 0 ? CFH_OK : fail(file, "read", why, error);
}

const struct store_functions store_file_functions = {append, read_back, drop};
