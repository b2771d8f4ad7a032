/* Record what a process does to the files of one directory, so that any state of a disk after a power cut can be made.

   Loaded with LD_PRELOAD. RECORDED_DIRECTORY: the directory, as an absolute path without links. RECORD: the file to
   which each operation is appended once it is done, with one write: whoever appends goes on after its own record.

   A record is a head, then a path (or two, for a rename), then data. Memory that is mapped is not recorded: SQLite maps
   only its index of the log, which it makes anew after a cut. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FILES 65536
#define EXPORT __attribute__((visibility("default")))

struct head {
    char kind; /* c: created, w: written, t: truncated, s: synced, r: renamed, u: removed, d: directory made */
    char padding[7];
    uint64_t file; /* inode */
    int64_t offset; /* w: where; t: new length; s: position of the record when the sync began */
    uint64_t path_length, other_length, data_length;
};

static const char *directory;
static size_t directory_length;
static int record = -1;
static uint64_t inodes[MAX_FILES]; /* by descriptor; 0: not recorded */

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__); \
    if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
    REAL(int, open, const char *, int, ...);
    const char *path = getenv("RECORD");
    directory = getenv("RECORDED_DIRECTORY");
    if (!path || !directory) return;
    directory_length = strlen(directory);
    record = real_open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static int is_inside(const char *path) {
    return record >= 0 && !strncmp(path, directory, directory_length) &&
           (path[directory_length] == '/' || !path[directory_length]);
}

/* Write the absolute path of a name in a directory of this descriptor. Links within it are not followed: the app makes
   none there. */
static const char *absolute(int at, const char *name, char *path) {
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
    } else {
        char link[64];
        if (at == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, path, PATH_MAX - 1);
        if (length < 0) length = 0;
        snprintf(path + length, PATH_MAX - length, "/%s", name);
    }
    return path;
}

static void note(char kind, uint64_t file, int64_t offset, const char *path, const char *other, const void *data,
                 size_t length) {
    int error = errno;
    struct head head = {.kind = kind, .file = file, .offset = offset, .data_length = length};
    head.path_length = path ? strlen(path) : 0;
    head.other_length = other ? strlen(other) : 0;
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_length}, {(void *)other, head.other_length},
                            {(void *)data, length}};
    REAL(ssize_t, writev, int, const struct iovec *, int);
    if (real_writev(record, parts, 4) != (ssize_t)(sizeof head + head.path_length + head.other_length + length)) abort();
    errno = error;
}

static int is_recorded(int file) { return record >= 0 && file >= 0 && file < MAX_FILES && inodes[file]; }

static int opened(int file, int at, const char *name, int flags, int existed) {
    char path[PATH_MAX];
    struct stat stat;
    int error = errno;
    if (file < 0 || file >= MAX_FILES || record < 0) return file;
    inodes[file] = 0;
    if ((flags & O_TMPFILE) != O_TMPFILE && is_inside(absolute(at, name, path)) && !fstat(file, &stat) &&
        (S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode))) {
        inodes[file] = stat.st_ino;
        if (!existed && (flags & O_CREAT)) note('c', stat.st_ino, 0, path, NULL, NULL, 0);
        else if (flags & O_TRUNC) note('t', stat.st_ino, 0, NULL, NULL, NULL, 0);
    }
    errno = error;
    return file;
}

static int exists(int at, const char *name) {
    struct stat stat;
    return !fstatat(at, name, &stat, AT_SYMLINK_NOFOLLOW);
}

static mode_t mode_of(int flags, va_list arguments) {
    return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(name) \
    EXPORT int name(const char *path, int flags, ...) { \
        REAL(int, name, const char *, int, ...); \
        va_list arguments; \
        va_start(arguments, flags); \
        mode_t mode = mode_of(flags, arguments); \
        va_end(arguments); \
        int existed = exists(AT_FDCWD, path); \
        return opened(real_##name(path, flags, mode), AT_FDCWD, path, flags, existed); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    EXPORT int name(int at, const char *path, int flags, ...) { \
        REAL(int, name, int, const char *, int, ...); \
        va_list arguments; \
        va_start(arguments, flags); \
        mode_t mode = mode_of(flags, arguments); \
        va_end(arguments); \
        int existed = exists(at, path); \
        return opened(real_##name(at, path, flags, mode), at, path, flags, existed); \
    }
OPENAT(openat)
OPENAT(openat64)

EXPORT int close(int file) {
    REAL(int, close, int);
    if (record >= 0 && file == record) return 0; /* subprocess closes all that it did not open */
    if (file >= 0 && file < MAX_FILES) inodes[file] = 0;
    return real_close(file);
}

EXPORT ssize_t write(int file, const void *data, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    ssize_t written = real_write(file, data, length);
    if (written > 0 && is_recorded(file))
        note('w', inodes[file], lseek(file, 0, SEEK_CUR) - written, NULL, NULL, data, written);
    return written;
}

EXPORT ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    ssize_t written = real_pwrite(file, data, length, offset);
    if (written > 0 && is_recorded(file)) note('w', inodes[file], offset, NULL, NULL, data, written);
    return written;
}

EXPORT ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    return pwrite(file, data, length, offset);
}

EXPORT int ftruncate(int file, off_t length) {
    REAL(int, ftruncate, int, off_t);
    int result = real_ftruncate(file, length);
    if (!result && is_recorded(file)) note('t', inodes[file], length, NULL, NULL, NULL, 0);
    return result;
}

EXPORT int ftruncate64(int file, off64_t length) { return ftruncate(file, length); }

#define SYNC(name) \
    EXPORT int name(int file) { \
        REAL(int, name, int); \
        int64_t began = is_recorded(file) ? lseek(record, 0, SEEK_END) : 0; \
        int result = real_##name(file); \
        if (!result && is_recorded(file)) note('s', inodes[file], began, NULL, NULL, NULL, 0); \
        return result; \
    }
SYNC(fsync)
SYNC(fdatasync)

static int renamed(int result, int from_at, const char *from, int to_at, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    if (!result && record >= 0) {
        absolute(from_at, from, old);
        absolute(to_at, to, new);
        if (is_inside(old) || is_inside(new)) note('r', 0, 0, old, new, NULL, 0);
    }
    return result;
}

EXPORT int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return renamed(real_rename(from, to), AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int renameat(int from_at, const char *from, int to_at, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    return renamed(real_renameat(from_at, from, to_at, to), from_at, from, to_at, to);
}

static int removed(int result, int at, const char *name) {
    char path[PATH_MAX];
    if (!result && record >= 0 && is_inside(absolute(at, name, path))) note('u', 0, 0, path, NULL, NULL, 0);
    return result;
}

EXPORT int unlink(const char *path) {
    REAL(int, unlink, const char *);
    return removed(real_unlink(path), AT_FDCWD, path);
}

EXPORT int unlinkat(int at, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    return removed(real_unlinkat(at, path, flags), at, path);
}

EXPORT int rmdir(const char *path) {
    REAL(int, rmdir, const char *);
    return removed(real_rmdir(path), AT_FDCWD, path);
}

static int made(int result, int at, const char *name) {
    char path[PATH_MAX];
    struct stat stat;
    if (!result && record >= 0 && is_inside(absolute(at, name, path)) && !fstatat(at, name, &stat, 0))
        note('d', stat.st_ino, 0, path, NULL, NULL, 0);
    return result;
}

EXPORT int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    return made(real_mkdir(path, mode), AT_FDCWD, path);
}

EXPORT int mkdirat(int at, const char *path, mode_t mode) {
    REAL(int, mkdirat, int, const char *, mode_t);
    return made(real_mkdirat(at, path, mode), at, path);
}

/* What is not recorded must not happen unseen. */
#define REFUSE(result, name, ...) \
    EXPORT result name(__VA_ARGS__) { \
        if (is_recorded(file)) { \
            errno = ENOSYS; \
            return -1; \
        } \
        REAL(result, name, __VA_ARGS__);
REFUSE(ssize_t, writev, int file, const struct iovec *parts, int count)
    return real_writev(file, parts, count);
}
REFUSE(ssize_t, sendfile, int file, int from, off_t *offset, size_t length)
    return real_sendfile(file, from, offset, length);
}
REFUSE(ssize_t, sendfile64, int file, int from, off64_t *offset, size_t length)
    return real_sendfile64(file, from, offset, length);
}
EXPORT ssize_t copy_file_range(int from, off64_t *from_offset, int file, off64_t *offset, size_t length, unsigned flags) {
    REAL(ssize_t, copy_file_range, int, off64_t *, int, off64_t *, size_t, unsigned);
    if (is_recorded(file)) {
        errno = ENOSYS;
        return -1;
    }
    return real_copy_file_range(from, from_offset, file, offset, length, flags);
}
