/* store_file: a store in a file, and the only room that touches the disk.
 *
 * The file has no name: it is made without one (O_TMPFILE) or loses its name at once; Windows
 * deletes it when the last handle is closed. So no other process can open it, and the system
 * frees it on every way out of this process, also where that is killed: no private folder would
 * serve that better. It is made at the first append; before it nothing is on the disk.
 */
#ifndef CFHUNT_STORE_FILE_H
#define CFHUNT_STORE_FILE_H

#include "memory.h"
#include "store.h"

struct store_file;

/* source NULL: the C library's. NULL when refused. Makes no file yet. */
struct store_file *store_file_new(const struct memory_source *source);
/* Where the file may lie: the first folder that takes one is taken. Copied; one that is empty or
 * holds a NUL is passed over. False when refused. */
bool store_file_add_folder(struct store_file *file, struct slice folder);
/* The file is gone. NULL is fine. */
void store_file_free(struct store_file *file);

/* The functions of a store whose context is a store_file. */
extern const struct store_functions store_file_functions;

#endif
