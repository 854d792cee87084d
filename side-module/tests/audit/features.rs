//! What of WebAssembly the oldest engine lacks.

use crate::{Case, NEW, judge, module};

const FEATURES: &[Case] = &[
    (
        "what there is: tail calls, vectors, sign extension, filling, references",
        r#"(import "env" "memory" (memory 0))
        (func $f (param i32) (result i32) (return_call $f (i32.extend8_s (local.get 0))))
        (func (result v128) (i32x4.splat (i32.trunc_sat_f32_s (f32.const 1))))
        (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))
        (func (result i32 externref) (i32.const 0) (ref.null extern))"#,
        NEW,
        &[],
    ),
    (
        "what there is: the older exceptions",
        r#"(import "env" "__cpp_exception" (tag (param i32)))
        (func try i32.const 0 throw 0 catch 0 drop catch_all rethrow 0 end)"#,
        NEW,
        &[],
    ),
    (
        "the newer exceptions",
        r#"(import "env" "__cpp_exception" (tag $e (param i32)))
        (func (result i32) (block (result i32)
          (try_table (catch $e 0) (throw $e (i32.const 0))) (i32.const 1)))"#,
        NEW,
        &[
            "it uses exnref exceptions, which Node 20 lacks: build with `-mllvm -wasm-use-legacy-eh`",
        ],
    ),
    (
        "their type",
        "(func (param exnref))",
        NEW,
        &["it uses exnref exceptions"],
    ),
    (
        "arithmetic for a place of data",
        r#"(import "env" "__memory_base" (global $base i32)) (import "env" "memory" (memory 0))
        (data (i32.add (global.get $base) (i32.const 8)) "a")"#,
        NEW,
        &[
            "it uses extended-const, which Node 20 lacks: it was compiled for a CPU with extended-const; build \
           with `-mno-extended-const`, with zig with `-mcpu=generic`",
        ],
    ),
    (
        "a shared memory",
        r#"(import "env" "memory" (memory 1 32768 shared))"#,
        NEW,
        &[
            "its memory `memory` is shared between threads, so that it never loads: build without `-pthread`",
        ],
    ),
    (
        "atomic instructions",
        r#"(import "env" "memory" (memory 0))
        (func (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))"#,
        NEW,
        &["it uses threads, which Pyodide lacks: build without `-pthread`"],
    ),
    (
        "relaxed vectors",
        "(func (param v128) (result v128) (i8x16.relaxed_swizzle (local.get 0) (local.get 0)))",
        NEW,
        &["it uses relaxed-simd"],
    ),
    (
        "a wide memory",
        "(memory i64 1)",
        NEW,
        &["it uses memory64"],
    ),
    (
        "two memories",
        "(memory 1) (memory 1)",
        NEW,
        &["it uses multi-memory"],
    ),
    (
        "typed references",
        "(type $t (func)) (func (param (ref null $t)))",
        NEW,
        &["it uses function-references"],
    ),
    (
        "structures",
        "(type $t (struct (field i32))) (func (drop (struct.new_default $t)))",
        NEW,
        &["it uses gc"],
    ),
    (
        "wide arithmetic",
        "(func (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1)))",
        NEW,
        &["it uses wide-arithmetic"],
    ),
    (
        "several",
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))
        (func (param exnref) (param v128) (result v128)
          (i8x16.relaxed_swizzle (local.get 1) (local.get 1)))",
        NEW,
        &[
            "it uses exnref exceptions",
            "it uses relaxed-simd",
            "it uses extended-const",
        ],
    ),
];

#[test]
fn what_the_oldest_engine_lacks() {
    for (what, body, platforms, expected) in FEATURES {
        judge(what, &module(body), platforms, expected);
    }
}
