//! What Emscripten's libc has otherwise than the musl it was made of, as headers that go before
//! musl's.
//!
//! The sizes and numbers are part of Emscripten's ABI: Pyodide's own code was compiled with them,
//! and its file system writes `struct stat` and `errno` by them. They are the same from Emscripten
//! 4.0 on.

use std::fmt::Write;

/// The error numbers, from 1: those of WASI, in the order of their names. 58 is `ENOTSUP`, which
/// is another number here.
const ERRORS: &str = "E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF \
    EBADMSG EBUSY ECANCELED ECHILD ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM \
    EDQUOT EEXIST EFAULT EFBIG EHOSTUNREACH EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN \
    EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENETDOWN ENETRESET ENETUNREACH \
    ENFILE ENOBUFS ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC ENOSYS \
    ENOTCONN ENOTDIR ENOTEMPTY ENOTRECOVERABLE ENOTSOCK - ENOTTY ENXIO EOVERFLOW EOWNERDEAD EPERM \
    EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESPIPE ESRCH ESTALE ETIMEDOUT ETXTBSY \
    EXDEV";

/// Those that WASI does not have, from 100.
const MORE_ERRORS: &str = "ENOSTR EBFONT EBADSLT EBADRQC ENOANO ENOTBLK ECHRNG EL3HLT EL3RST \
    ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE EADV \
    ESRMNT ECOMM EDOTDOT ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC ERESTART \
    ESTRPIPE EUSERS ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT ESHUTDOWN ETOOMANYREFS EHOSTDOWN \
    EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO ENOMEDIUM EMEDIUMTYPE ENOKEY EKEYEXPIRED EKEYREVOKED \
    EKEYREJECTED ERFKILL EHWPOISON EL2NSYNC";

/// The signals, from 1.
const SIGNALS: &str = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM \
    STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

/// The types that headers ask for by name: the declaration, with `@` for the name.
const TYPES: [(&str, &str); 70] = [
    ("va_list", "typedef __builtin_va_list @"),
    ("__isoc_va_list", "typedef __builtin_va_list @"),
    ("wint_t", "typedef __WINT_TYPE__ @"),
    ("float_t", "typedef float @"),
    ("double_t", "typedef double @"),
    (
        "max_align_t",
        "typedef struct { long long __a; long double __b; } @",
    ),
    ("size_t", "typedef __SIZE_TYPE__ @"),
    ("ssize_t", "typedef __PTRDIFF_TYPE__ @"),
    ("ptrdiff_t", "typedef __PTRDIFF_TYPE__ @"),
    ("intptr_t", "typedef __INTPTR_TYPE__ @"),
    ("uintptr_t", "typedef __UINTPTR_TYPE__ @"),
    ("regoff_t", "typedef __PTRDIFF_TYPE__ @"),
    ("register_t", "typedef __PTRDIFF_TYPE__ @"),
    ("int8_t", "typedef __INT8_TYPE__ @"),
    ("int16_t", "typedef __INT16_TYPE__ @"),
    ("int32_t", "typedef __INT32_TYPE__ @"),
    ("int64_t", "typedef __INT64_TYPE__ @"),
    ("intmax_t", "typedef __INTMAX_TYPE__ @"),
    ("uint8_t", "typedef __UINT8_TYPE__ @"),
    ("uint16_t", "typedef __UINT16_TYPE__ @"),
    ("uint32_t", "typedef __UINT32_TYPE__ @"),
    ("uint64_t", "typedef __UINT64_TYPE__ @"),
    ("u_int64_t", "typedef __UINT64_TYPE__ @"),
    ("uintmax_t", "typedef __UINTMAX_TYPE__ @"),
    ("time_t", "typedef long long @"),
    ("suseconds_t", "typedef int @"),
    ("useconds_t", "typedef unsigned @"),
    ("clock_t", "typedef int @"),
    ("clockid_t", "typedef int @"),
    ("timer_t", "typedef void *@"),
    ("mode_t", "typedef unsigned @"),
    ("nlink_t", "typedef unsigned long @"),
    ("off_t", "typedef long long @"),
    ("ino_t", "typedef unsigned long long @"),
    ("dev_t", "typedef unsigned @"),
    ("blksize_t", "typedef int @"),
    ("blkcnt_t", "typedef int @"),
    ("fsblkcnt_t", "typedef unsigned @"),
    ("fsfilcnt_t", "typedef unsigned @"),
    ("wctype_t", "typedef unsigned @"),
    ("pid_t", "typedef int @"),
    ("id_t", "typedef unsigned @"),
    ("uid_t", "typedef unsigned @"),
    ("gid_t", "typedef unsigned @"),
    ("key_t", "typedef int @"),
    (
        "struct_timeval",
        "struct timeval { long long tv_sec; int tv_usec; }",
    ),
    (
        "struct_timespec",
        "struct timespec { long long tv_sec; long tv_nsec; }",
    ),
    (
        "struct_iovec",
        "struct iovec { void *iov_base; __SIZE_TYPE__ iov_len; }",
    ),
    (
        "struct_winsize",
        "struct winsize { unsigned short ws_row, ws_col, ws_xpixel, ws_ypixel; }",
    ),
    ("struct__IO_FILE", "struct _IO_FILE { char __x; }"),
    ("FILE", "typedef struct _IO_FILE @"),
    (
        "mbstate_t",
        "typedef struct __mbstate_t { unsigned __opaque1, __opaque2; } @",
    ),
    ("locale_t", "typedef struct __locale_struct *@"),
    (
        "sigset_t",
        "typedef struct __sigset_t { unsigned long __bits[32]; } @",
    ),
    ("socklen_t", "typedef unsigned @"),
    ("sa_family_t", "typedef unsigned short @"),
    (
        "pthread_attr_t",
        "typedef struct { union { int __i[10]; volatile int __vi[10]; unsigned long __s[10]; } \
         __u; const char *__canvases; } @",
    ),
    ("pthread_mutex_t", PTHREAD_6),
    ("mtx_t", PTHREAD_6),
    ("pthread_cond_t", PTHREAD_12),
    ("cnd_t", PTHREAD_12),
    ("pthread_rwlock_t", PTHREAD_8),
    ("pthread_barrier_t", PTHREAD_5),
    ("pthread_once_t", "typedef int @"),
    ("pthread_key_t", "typedef unsigned @"),
    ("pthread_spinlock_t", "typedef int @"),
    (
        "pthread_mutexattr_t",
        "typedef struct { unsigned __attr; } @",
    ),
    (
        "pthread_condattr_t",
        "typedef struct { unsigned __attr; } @",
    ),
    (
        "pthread_barrierattr_t",
        "typedef struct { unsigned __attr; } @",
    ),
    (
        "pthread_rwlockattr_t",
        "typedef struct { unsigned __attr[2]; } @",
    ),
];

const PTHREAD_5: &str =
    "typedef struct { union { int __i[5]; volatile int __vi[5]; void *__p[5]; } __u; } @";
const PTHREAD_6: &str =
    "typedef struct { union { int __i[6]; volatile int __vi[6]; volatile void *__p[6]; } __u; } @";
const PTHREAD_8: &str =
    "typedef struct { union { int __i[8]; volatile int __vi[8]; void *__p[8]; } __u; } @";
const PTHREAD_12: &str =
    "typedef struct { union { int __i[12]; volatile int __vi[12]; void *__p[12]; } __u; } @";

/// `struct stat`, as Pyodide's file system writes it.
pub(crate) const STAT: &str = "struct stat {
\tunsigned st_dev, st_mode, st_nlink, st_uid, st_gid, st_rdev;
\tlong long st_size;
\tint st_blksize, st_blocks;
\tstruct timespec st_atim, st_mtim, st_ctim;
\tunsigned long long st_ino;
};
";

/// The headers: their paths and texts.
pub(crate) fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("bits/alltypes.h", alltypes()),
        ("bits/errno.h", errno()),
        ("bits/signal.h", signal()),
        ("bits/stat.h", STAT.to_owned()),
        (
            "bits/setjmp.h",
            "typedef unsigned long __jmp_buf[6];\n".to_owned(),
        ),
        (
            "bits/fenv.h",
            // The machine always rounds to the nearest and raises nothing.
            "#define FE_ALL_EXCEPT 0\n#define FE_TONEAREST 0\n#define FE_DOWNWARD 0x400\n\
             #define FE_UPWARD 0x800\n#define FE_TOWARDZERO 0xc00\n\
             typedef unsigned short fexcept_t;\ntypedef unsigned short fenv_t;\n\
             #define FE_DFL_ENV ((const fenv_t *) -1)\n"
                .to_owned(),
        ),
    ]
}

/// `bits/alltypes.h`: it may be read many times, and gives only what was asked for.
fn alltypes() -> String {
    let mut text = "#define __LITTLE_ENDIAN 1234\n#define __BIG_ENDIAN 4321\n\
        #define __BYTE_ORDER __LITTLE_ENDIAN\n#define __USE_TIME_BITS64 1\n\
        #define __LONG_MAX __LONG_MAX__\n"
        .to_owned();
    let mut add = |name: &str, condition: &str, declaration: &str| {
        let declaration = declaration.replace('@', name);
        let _ = write!(
            text,
            "#if defined(__NEED_{name}) && !defined(__DEFINED_{name}){condition}\n{declaration};\n\
             #define __DEFINED_{name}\n#endif\n"
        );
    };
    for (name, declaration) in TYPES {
        add(name, "", declaration);
    }
    add(
        "wchar_t",
        " && !defined(__cplusplus)",
        "typedef __WCHAR_TYPE__ @",
    );
    add(
        "pthread_t",
        " && !defined(__cplusplus)",
        "typedef struct __pthread *@",
    );
    add(
        "pthread_t",
        " && defined(__cplusplus)",
        "typedef unsigned long @",
    );
    text
}

/// `bits/errno.h`.
pub(crate) fn errno() -> String {
    let mut text = String::new();
    for (list, first) in [(ERRORS, 1), (MORE_ERRORS, 100)] {
        for (name, number) in list.split_whitespace().zip(first..) {
            if name != "-" {
                let _ = writeln!(text, "#define {name} {number}");
            }
        }
    }
    for (name, other) in [
        ("EWOULDBLOCK", "EAGAIN"),
        ("EDEADLOCK", "EDEADLK"),
        ("ENOTSUP", "EOPNOTSUPP"),
    ] {
        let _ = writeln!(text, "#define {name} {other}");
    }
    text
}

/// `bits/signal.h`.
fn signal() -> String {
    let mut text = "struct sigaltstack { void *ss_sp; int ss_flags; size_t ss_size; };\n\
        typedef struct { unsigned __space[22]; } mcontext_t;\n\
        typedef struct __ucontext { unsigned long uc_flags; struct __ucontext *uc_link; \
        stack_t uc_stack; mcontext_t uc_mcontext; sigset_t uc_sigmask; } ucontext_t;\n\
        #define MINSIGSTKSZ 2048\n#define SIGSTKSZ 8192\n\
        #define SA_NOCLDSTOP 1\n#define SA_NOCLDWAIT 2\n#define SA_SIGINFO 4\n\
        #define SA_ONSTACK 0x08000000\n#define SA_RESTORER 0x04000000\n\
        #define SA_RESTART 0x10000000\n#define SA_NODEFER 0x40000000\n\
        #define SA_RESETHAND 0x80000000\n#define SIGIOT SIGABRT\n#define SIGPOLL SIGIO\n\
        #define SIGUNUSED SIGSYS\n#define _NSIG 65\n"
        .to_owned();
    for (name, number) in SIGNALS.split_whitespace().zip(1..) {
        let _ = writeln!(text, "#define SIG{name} {number}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_pyodide() {
        let text = errno();
        for line in [
            "E2BIG 1",
            "ENOENT 44",
            "ENOTSOCK 57",
            "ENOTTY 59",
            "EPERM 63",
            "ERANGE 68",
            "EXDEV 75",
            "ENOSTR 100",
            "ENODATA 116",
            "EOPNOTSUPP 138",
            "ERFKILL 154",
            "EL2NSYNC 156",
            "ENOTSUP EOPNOTSUPP",
        ] {
            assert!(text.contains(&format!("#define {line}\n")), "{line}");
        }
        let text = signal();
        for line in ["SIGINT 2", "SIGTERM 15", "SIGCHLD 17", "SIGSYS 31"] {
            assert!(text.contains(&format!("#define {line}\n")), "{line}");
        }
    }

    #[test]
    fn a_type_is_declared_once_it_is_asked_for() {
        let text = alltypes();
        assert!(text.contains(
            "#if defined(__NEED_time_t) && !defined(__DEFINED_time_t)\ntypedef long long time_t;\n\
             #define __DEFINED_time_t\n#endif\n"
        ));
        assert!(!text.contains('@'));
        assert_eq!(text.matches("#if").count(), text.matches("#endif").count());
    }
}
