//! What Emscripten's libc has otherwise than wasi-libc, as headers that go before wasi-libc's.
//!
//! Both are made of musl; wasi-libc has it in small pieces, of which these are replaced. What is
//! not there at all (`setjmp.h`, `signal.h`, `pthread.h`) is not added: such code needs
//! Emscripten's own headers, or zig's.

use crate::musl;

/// The headers: their paths and texts.
pub(crate) fn headers() -> Vec<(&'static str, String)> {
    vec![
        // Both hold on wasm32-emscripten too: what it declares is not called, the numbers are
        // Emscripten's.
        (
            "wasi/api.h",
            "#define __wasi__ 1\n#include_next <wasi/api.h>\n#undef __wasi__\n".to_owned(),
        ),
        // It speaks of `intptr_t` without saying what that is.
        (
            "__header_unistd.h",
            "#ifndef __mochi_unistd\n#define __mochi_unistd\n#include <stdint.h>\n\
             #include_next <__header_unistd.h>\n#endif\n"
                .to_owned(),
        ),
        (
            "__errno.h",
            "#ifndef __mochi_errno\n#define __mochi_errno\n#ifdef __cplusplus\nextern \"C\"\n\
             #endif\nint *__errno_location(void);\n#define errno (*__errno_location())\n#endif\n"
                .to_owned(),
        ),
        (
            "__seek.h",
            "#ifndef __mochi_seek\n#define __mochi_seek\n#define SEEK_SET 0\n#define SEEK_CUR 1\n\
             #define SEEK_END 2\n#endif\n"
                .to_owned(),
        ),
        ("__typedef_clockid_t.h", one_type("clockid_t", "int")),
        ("__typedef_clock_t.h", one_type("clock_t", "int")),
        ("__typedef_dev_t.h", one_type("dev_t", "unsigned")),
        ("__typedef_nlink_t.h", one_type("nlink_t", "unsigned long")),
        ("__typedef_blksize_t.h", one_type("blksize_t", "int")),
        ("__typedef_blkcnt_t.h", one_type("blkcnt_t", "int")),
        ("__typedef_suseconds_t.h", one_type("suseconds_t", "int")),
        (
            "__header_time.h",
            "#ifndef __mochi_time\n#define __mochi_time\n#define __need_size_t\n\
             #define __need_NULL\n#include <stddef.h>\n#include <__typedef_time_t.h>\n\
             #include <__struct_timespec.h>\n#include <__struct_tm.h>\n\
             #include <__typedef_clockid_t.h>\n#include <__typedef_clock_t.h>\n\
             #define TIMER_ABSTIME 1\n#define CLOCK_REALTIME 0\n#define CLOCK_MONOTONIC 1\n\
             #define CLOCK_PROCESS_CPUTIME_ID 2\n#define CLOCK_THREAD_CPUTIME_ID 3\n\
             #define TIME_UTC 1\n#define CLOCKS_PER_SEC 1000000L\n#endif\n"
                .to_owned(),
        ),
        (
            "__struct_stat.h",
            format!(
                "#ifndef __mochi_stat\n#define __mochi_stat\n#include <__struct_timespec.h>\n{}\
                 #define st_atime st_atim.tv_sec\n#define st_mtime st_mtim.tv_sec\n\
                 #define st_ctime st_ctim.tv_sec\n#endif\n",
                musl::STAT
            ),
        ),
        (
            "__struct_dirent.h",
            "#ifndef __mochi_dirent\n#define __mochi_dirent\n#define _DIRENT_HAVE_D_TYPE\n\
             struct dirent {\n\tunsigned long long d_ino;\n\tlong long d_off;\n\
             \tunsigned short d_reclen;\n\tunsigned char d_type;\n\tchar d_name[256];\n};\n#endif\n"
                .to_owned(),
        ),
        ("__header_dirent.h", DIRENT.to_owned()),
        ("__header_fcntl.h", fcntl()),
        (
            "__errno_values.h",
            format!(
                "#ifndef __mochi_errno_values\n#define __mochi_errno_values\n{}#endif\n",
                musl::errno()
            ),
        ),
    ]
}

const DIRENT: &str = "#ifndef __mochi_header_dirent
#define __mochi_header_dirent
#include <__struct_dirent.h>
#include <__typedef_DIR.h>
#define DT_UNKNOWN 0
#define DT_FIFO 1
#define DT_CHR 2
#define DT_DIR 4
#define DT_BLK 6
#define DT_REG 8
#define DT_LNK 10
#define DT_SOCK 12
#ifdef __cplusplus
extern \"C\" {
#endif
int closedir(DIR *);
DIR *opendir(const char *);
DIR *fdopendir(int);
struct dirent *readdir(DIR *);
void rewinddir(DIR *);
void seekdir(DIR *, long);
long telldir(DIR *);
#ifdef __cplusplus
}
#endif
#endif
";

fn one_type(name: &str, is: &str) -> String {
    format!("#ifndef __mochi_{name}\n#define __mochi_{name}\ntypedef {is} {name};\n#endif\n")
}

fn fcntl() -> String {
    let mut text = "#ifndef __mochi_fcntl\n#define __mochi_fcntl\n".to_owned();
    for (name, value) in [
        ("O_RDONLY", "0"),
        ("O_WRONLY", "1"),
        ("O_RDWR", "2"),
        ("O_ACCMODE", "010000003"),
        ("O_CREAT", "0100"),
        ("O_EXCL", "0200"),
        ("O_NOCTTY", "0400"),
        ("O_TRUNC", "01000"),
        ("O_APPEND", "02000"),
        ("O_NONBLOCK", "04000"),
        ("O_DSYNC", "010000"),
        ("O_SYNC", "04010000"),
        ("O_RSYNC", "04010000"),
        ("O_DIRECTORY", "0200000"),
        ("O_NOFOLLOW", "0400000"),
        ("O_CLOEXEC", "02000000"),
        ("O_TTY_INIT", "0"),
        ("O_EXEC", "010000000"),
        ("O_SEARCH", "010000000"),
        ("F_DUPFD", "0"),
        ("F_GETFD", "1"),
        ("F_SETFD", "2"),
        ("F_GETFL", "3"),
        ("F_SETFL", "4"),
        ("FD_CLOEXEC", "1"),
        ("AT_FDCWD", "(-100)"),
        ("AT_SYMLINK_NOFOLLOW", "0x100"),
        ("AT_REMOVEDIR", "0x200"),
        ("AT_SYMLINK_FOLLOW", "0x400"),
        ("AT_EACCESS", "0x200"),
    ] {
        text.push_str(&format!("#define {name} {value}\n"));
    }
    text.push_str("#endif\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_header_can_be_read_twice() {
        for (path, text) in headers() {
            if path != "wasi/api.h" {
                assert!(text.starts_with("#ifndef __mochi_"), "{path}");
                assert_eq!(
                    text.matches("#if").count(),
                    text.matches("#endif").count(),
                    "{path}"
                );
            }
        }
    }
}
