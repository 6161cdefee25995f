/* A store in a file: bytes come back, the file has no name at any time, and what the disk refuses
 * is a sentence. */
#define _GNU_SOURCE /* mkdtemp */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_file.h"
#include "test_hunts.h"

static char folder[64];
static struct store_file *file;
static struct store store;

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/check_store_file.XXXXXX");
    if (mkdtemp(folder) == NULL) ck_abort_msg("no folder for the test");
}

static void open_store(const struct slice *folders, size_t count)
{
    file = store_file_new(NULL);
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < count; i++)
        ck_assert(store_file_add_folder(file, folders[i]));
    store_init(&store, &store_file_functions, file);
}

static size_t names_in(const char *path)
{
    size_t count = 0;
    DIR *listing = opendir(path);
    ck_assert_ptr_nonnull(listing);
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing))
        count += entry->d_name[0] != '.';
    closedir(listing);
    return count;
}

/* What this process has open that lies in the folder, by /proc; its mode in *mode. */
static size_t files_open(mode_t *mode)
{
    char link[64], target[256];
    struct stat about;
    size_t count = 0;
    for (int handle = 3; handle < 64; handle++) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", handle);
        ssize_t length = readlink(link, target, sizeof(target) - 1);
        if (length < 0) continue;
        target[length] = '\0';
        if (strncmp(target, folder, strlen(folder)) != 0) continue;
        ck_assert_int_eq(fstat(handle, &about), 0);
        ck_assert_int_ne(fcntl(handle, F_GETFD) & FD_CLOEXEC, 0);
        *mode = about.st_mode & 0777;
        ck_assert_uint_eq(about.st_nlink, 0);
        count++;
    }
    return count;
}

START_TEST(bytes_come_back_from_a_file_without_a_name)
{
    enum { PIECES = 300, PIECE = 5000 };
    static char piece[PIECE], back[PIECE];
    mode_t mode = 0;
    make_folder();
    struct slice place = slice_of(folder);
    open_store(&place, 1);
    ck_assert_uint_eq(files_open(&mode), 0); /* not before it is needed */
    for (size_t i = 0; i < PIECES; i++) {
        memset(piece, (int)(i % 251), PIECE);
        ck_assert_int_eq(store_append(&store, (struct slice){piece, PIECE}), CFH_OK);
        ck_assert_uint_eq(names_in(folder), 0);
    }
    ck_assert_uint_eq(files_open(&mode), 1);
    ck_assert_uint_eq(mode, 0600);
    for (size_t i = PIECES; i > 0; i--) {
        ck_assert_int_eq(store_read(&store, (i - 1) * PIECE, back, PIECE), CFH_OK);
        ck_assert_int_eq((unsigned char)back[0], (int)((i - 1) % 251));
        ck_assert_int_eq((unsigned char)back[PIECE - 1], (int)((i - 1) % 251));
    }
    store_drop(&store);
    ck_assert_uint_eq(files_open(&mode), 0);
    ck_assert_int_eq(store_append(&store, SLICE("again")), CFH_OK);
    ck_assert_int_eq(store_read(&store, 0, back, 5), CFH_OK);
    ck_assert_int_eq(memcmp(back, "again", 5), 0);
    store_file_free(file);
    ck_assert_uint_eq(files_open(&mode), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(the_first_folder_that_takes_a_file)
{
    mode_t mode;
    make_folder();
    struct slice places[] = {SLICE(""), SLICE("/absent/folder"), SLICE("/tmp\0x"),
                             SLICE("/dev/null"), slice_of(folder)};
    open_store(places, COUNT_OF(places));
    ck_assert_int_eq(store_append(&store, SLICE("x")), CFH_OK);
    ck_assert_uint_eq(files_open(&mode), 1);
    store_file_free(file);
    rmdir(folder);
}
END_TEST

static void expect_failure(const char *begins, const char *holds)
{
    struct cfh_error *error = &store.failure;
    ck_assert_int_eq(error->code, CFH_STORE);
    ck_assert_msg(strncmp(error->sentence, begins, strlen(begins)) == 0, "%s", error->sentence);
    ck_assert_msg(contains(slice_of(error->sentence), holds), "%s", error->sentence);
}

START_TEST(no_folder_takes_one)
{
    struct slice places[] = {SLICE("/absent/folder"), SLICE("/dev/null")};
    open_store(places, COUNT_OF(places));
    ck_assert_int_eq(store_append(&store, SLICE("x")), CFH_STORE);
    expect_failure("cfhunt's groups passed its memory bound, and it could not make a temporary "
                   "file in /absent/folder: No such file or directory. ",
                   "maxmem=MB");
    store_file_free(file);
    open_store(NULL, 0);
    ck_assert_int_eq(store_append(&store, SLICE("x")), CFH_STORE);
    expect_failure("cfhunt's groups passed its memory bound, and it could not make a temporary "
                   "file in any folder: ",
                   "No such file");
    store_file_free(file);
}
END_TEST

START_TEST(a_long_folder_name_is_cut_in_the_sentence)
{
    char name[5000];
    memset(name, 'x', sizeof(name));
    name[0] = '/';
    struct slice place = {name, sizeof(name)};
    open_store(&place, 1);
    ck_assert_int_eq(store_append(&store, SLICE("x")), CFH_STORE);
    expect_failure("cfhunt's groups passed", "maxmem=MB.");
    store_file_free(file);
}
END_TEST

/* A file may grow to so many bytes only: the write fails as on a full disk. */
START_TEST(a_full_disk_is_a_sentence)
{
    char bytes[1000] = "";
    struct rlimit before, limit;
    struct slice place = SLICE("/tmp");
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){2500, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    open_store(&place, 1);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum cfh_status statuses[3];
    for (size_t i = 0; i < 3; i++)
        statuses[i] = store_append(&store, (struct slice){bytes, sizeof(bytes)});
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(statuses[0], CFH_OK);
    ck_assert_int_eq(statuses[1], CFH_OK);
    ck_assert_int_eq(statuses[2], CFH_STORE);
    expect_failure("cfhunt's groups passed its memory bound, and it could not write a temporary "
                   "file in /tmp: File too large. Make room there, ",
                   "maxmem=MB.");
    store_file_free(file);
}
END_TEST

START_TEST(every_refusal)
{
    store_file_free(NULL);
    for (size_t n = 0;; n++) {
        struct failing_source failing = {.fail_at = n};
        struct memory_source source = {failing_resize, &failing};
        file = store_file_new(&source);
        bool added =
            file != NULL && store_file_add_folder(file, SLICE("/tmp")) &&
            store_file_add_folder(file, SLICE("/a/longer/folder/than/fits/in/a/buffer's/"
                                              "first/capacity/so/that/it/has/to/grow/once/"
                                              "more/and/on/and/on/and/on/and/on/and/on/and/"
                                              "on/and/on/and/on/and/on/and/on/and/on/and/on/"
                                              "and/on/and/on/and/on/and/on/and/on/and/on"));
        store_file_free(file);
        ck_assert(added || failing.refused); /* a buffer may do with less */
        if (!failing.refused) break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_file");
    TCase *cases = tcase_create("store_file");
    tcase_add_test(cases, bytes_come_back_from_a_file_without_a_name);
    tcase_add_test(cases, the_first_folder_that_takes_a_file);
    tcase_add_test(cases, no_folder_takes_one);
    tcase_add_test(cases, a_long_folder_name_is_cut_in_the_sentence);
    tcase_add_test(cases, a_full_disk_is_a_sentence);
    tcase_add_test(cases, every_refusal);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
