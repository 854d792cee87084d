//! What a file is served as: its type, and how long it may be kept.

use object_store::{Attribute, AttributeValue, Attributes};

/// A file whose path has its hash never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Pages, locks and the record change with each run.
const SHORT: &str = "public, max-age=60, must-revalidate";

/// The type of the file at a path. Installers refuse pages of any other type than these.
fn content_type(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        _ if path.starts_with("simple/") && path.ends_with(".json") => {
            "application/vnd.pypi.simple.v1+json"
        }
        _ if path.starts_with("mochi/pages/") && path.ends_with(".json") => {
            "application/vnd.pypi.simple.v1+json"
        }
        _ if path.ends_with('/') => "text/html; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "metadata" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn cache_control(path: &str) -> &'static str {
    match path.starts_with("files/") {
        true => FOREVER,
        false if path.starts_with(".tmp/") => "no-store",
        false => SHORT,
    }
}

/// The headers that a file is stored with.
pub(super) fn attributes(path: &str) -> Attributes {
    let pairs: [(Attribute, AttributeValue); 2] = [
        (Attribute::ContentType, content_type(path).into()),
        (Attribute::CacheControl, cache_control(path).into()),
    ];
    pairs.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_its_type() {
        for (path, kind) in [
            ("simple/", "text/html; charset=utf-8"),
            ("simple/a/", "text/html; charset=utf-8"),
            ("simple/a/index.html", "text/html; charset=utf-8"),
            ("simple/a/index.json", "application/vnd.pypi.simple.v1+json"),
            (
                "mochi/pages/0/a.json",
                "application/vnd.pypi.simple.v1+json",
            ),
            ("mochi-mirror.json", "application/json"),
            ("pyodide/e/pyodide-lock.json", "application/json"),
            ("pyodide/e/pyodide.asm.wasm", "application/wasm"),
            ("pyodide/e/pyodide.mjs", "text/javascript; charset=utf-8"),
            (
                "files/00/0/a-1-py3-none-any.whl",
                "application/octet-stream",
            ),
            (
                "files/00/0/a-1-py3-none-any.whl.metadata",
                "text/plain; charset=utf-8",
            ),
            ("files/00/0/a.zip", "application/zip"),
        ] {
            assert_eq!(content_type(path), kind, "{path}");
        }
        assert_eq!(cache_control("files/00/0/a.zip"), FOREVER);
        assert_eq!(cache_control("simple/a/"), SHORT);
        assert_eq!(cache_control("mochi-mirror.json"), SHORT);
    }
}
