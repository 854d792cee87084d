//! What a public Warehouse would say of a file: its rules for uploads, from its source of August
//! 2026, beyond what the strict readers of `wheel` refuse anyway.

use crate::classifiers;
use rayon::prelude::*;
use wheel::archive::{Limits, WheelArchive};
use wheel::sdist::{SdistArchive, SdistFilename};
use wheel::{Metadata, WheelFilename};

/// The largest file, in bytes, where the project has no other limit.
const LARGEST: usize = 100 << 20;

/// Reads a distribution back by the strict reader, and says what a public index would refuse.
///
/// # Errors
/// What the strict reader refuses, or a file name that is none of a distribution: nobody should
/// install such a file.
pub fn check(filename: &str, bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut refused = Vec::new();
    if bytes.len() > LARGEST {
        refused.push(format!(
            "it has {} bytes, at most {LARGEST} are taken",
            bytes.len()
        ));
    }
    if filename.ends_with(".whl") {
        wheel(filename, bytes, &mut refused)?;
    } else {
        sdist(filename, bytes, &mut refused)?;
    }
    Ok(refused)
}

fn wheel(filename: &str, bytes: &[u8], refused: &mut Vec<String>) -> Result<(), String> {
    let named: WheelFilename = filename.parse().map_err(|error| format!("{error}"))?;
    let wheel = WheelArchive::open(bytes.to_vec(), &named, Limits::default());
    let wheel = wheel.map_err(|error| error.to_string())?;
    let verified = wheel.entries().par_iter().try_for_each(|entry| {
        let mut sink = std::io::sink();
        wheel.copy(entry, &mut sink)
    });
    verified.map_err(|error| error.to_string())?;
    if let Some(warning) = wheel.warnings().first() {
        return Err(warning.to_string());
    }
    if named.to_string() != filename {
        refused.push(format!("its name is not in normal form, {named}"));
    }
    for platform in named.tags.platforms() {
        if !takes_platform(platform) {
            let mut message = format!("no wheel for the platform `{platform}` is taken");
            if platform.starts_with("pyodide_") {
                message += &format!(", only as `pyemscripten{}`", &platform["pyodide".len()..]);
            }
            refused.push(message);
        }
    }
    let metadata = wheel.metadata();
    for path in &metadata.license_file {
        let path = format!("{}/licenses/{path}", wheel.dist_info());
        if wheel.get(&path).is_none() {
            refused.push(format!("the licence `{path}` is not in it"));
        }
    }
    described(metadata, refused);
    Ok(())
}

fn sdist(filename: &str, bytes: &[u8], refused: &mut Vec<String>) -> Result<(), String> {
    let named: SdistFilename = filename.parse().map_err(|error| format!("{error}"))?;
    let sdist = SdistArchive::read(bytes, &named, &Limits::default());
    let sdist = sdist.map_err(|error| error.to_string())?;
    if named.to_string() != filename {
        refused.push(format!("its name is not in normal form, {named}"));
    }
    let metadata = sdist.metadata();
    for path in &metadata.license_file {
        if sdist.get(path).is_none() {
            refused.push(format!("the licence `{path}` is not in it"));
        }
    }
    described(metadata, refused);
    Ok(())
}

/// The rules for metadata.
fn described(metadata: &Metadata, refused: &mut Vec<String>) {
    let version = metadata.metadata_version.to_string();
    let known = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"];
    if !known.contains(&&*version) {
        refused.push(format!("Metadata-Version {version} is not taken"));
    }
    if !metadata.version.local().is_empty() {
        refused.push(format!("no local version ({}) is taken", metadata.version));
    }
    let length = metadata
        .summary
        .iter()
        .flat_map(|text| text.chars())
        .count();
    if length > 512 {
        refused.push(format!(
            "the summary has {length} characters, at most 512 are taken"
        ));
    }
    if metadata.license.is_some() && metadata.license_expression.is_some() {
        refused.push("it has both License and License-Expression".to_owned());
    }
    for classifier in &metadata.classifier {
        if !classifiers::is_known(classifier) {
            refused.push(format!("the classifier `{classifier}` is not taken"));
        }
    }
    for required in &metadata.requires_dist {
        if required.specifiers().is_none() {
            refused.push(format!("no requirement of a URL is taken: {required}"));
        }
    }
    for (label, _) in &metadata.project_url {
        if label.chars().count() > 32 {
            refused.push(format!("the label `{label}` has more than 32 characters"));
        }
    }
    if let Some(kind) = &metadata.description_content_type {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !matches!(kind, "text/plain" | "text/x-rst" | "text/markdown") {
            refused.push(format!("a description of the type `{kind}` is not taken"));
        }
    }
}

/// The platforms that a public Warehouse takes.
fn takes_platform(platform: &str) -> bool {
    const PLAIN: [&str; 7] = [
        "any",
        "win32",
        "win_arm64",
        "win_amd64",
        "win_ia64",
        "linux_armv6l",
        "linux_armv7l",
    ];
    const MACHINES: [&str; 7] = [
        "x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64",
    ];
    if PLAIN.contains(&platform) {
        return true;
    }
    let numbers = |text: &str| -> Option<Vec<u32>> {
        text.split('_').map(|part| part.parse().ok()).collect()
    };
    if let Some(version) = platform.strip_prefix("pyemscripten_") {
        let version = version.strip_suffix("_wasm32").and_then(numbers);
        return version.is_some_and(|version| version.len() == 2);
    }
    if ["macosx_", "ios_", "android_"]
        .iter()
        .any(|os| platform.starts_with(os))
    {
        return true;
    }
    let old = ["manylinux1_", "manylinux2010_", "manylinux2014_"];
    if let Some(machine) = old.iter().find_map(|prefix| platform.strip_prefix(prefix)) {
        return MACHINES.contains(&machine) || machine == "ppc64";
    }
    let libc = ["manylinux_", "musllinux_"];
    let Some(rest) = libc.iter().find_map(|prefix| platform.strip_prefix(prefix)) else {
        return false;
    };
    let mut parts = rest.splitn(3, '_');
    let (major, minor, machine) = (parts.next(), parts.next(), parts.next());
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u32>().is_ok());
    is_number(major) && is_number(minor) && machine.is_some_and(|m| MACHINES.contains(&m))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wheel::archive::WheelWriter;

    const NAME: &str = "demo-1.0-py3-none-any.whl";

    fn judged(metadata: &str, filler: usize) -> Result<Vec<String>, String> {
        let bytes = WheelWriter::new(&NAME.parse().unwrap())
            .metadata(format!(
                "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n{metadata}"
            ))
            .file("demo/zeros.bin", vec![0; filler], false)
            .finish()
            .unwrap();
        check(NAME, &bytes)
    }

    #[test]
    fn what_metadata_may_not_say() {
        assert_eq!(judged("Summary: fine\n", 0), Ok(Vec::new()));
        let long = |length: usize| "x".repeat(length);
        for (metadata, told) in [
            (format!("Summary: {}\n", long(513)), "513 characters"),
            (
                "License: MIT\nLicense-Expression: MIT\n".to_owned(),
                "both License",
            ),
            (
                "License-File: LICENSE\n".to_owned(),
                "licenses/LICENSE` is not in it",
            ),
            (
                "Classifier: Natural Language :: Ukranian\n".to_owned(),
                "classifier",
            ),
            (
                "Requires-Dist: a @ https://example.org/a-1-py3-none-any.whl\n".to_owned(),
                "URL",
            ),
            (
                format!("Project-URL: {}, https://example.org\n", long(33)),
                "32 characters",
            ),
            (
                "Description-Content-Type: text/html\n".to_owned(),
                "`text/html`",
            ),
        ] {
            let refused = judged(&metadata, 0).unwrap();
            assert_eq!(refused.len(), 1, "{metadata}: {refused:?}");
            assert!(refused[0].contains(told), "{metadata}: {refused:?}");
        }
    }

    #[test]
    fn bombs_and_foreign_files() {
        let error = judged("", 70 << 20).unwrap_err();
        assert!(error.contains("times its own size unpacked"), "{error}");
        for (name, bytes) in [
            (NAME, &b"no archive"[..]),
            ("demo-1.0.tar.gz", b"\x1f\x8b"),
            ("demo.txt", b""),
        ] {
            check(name, bytes).unwrap_err();
        }
    }

    #[test]
    fn platforms_that_are_taken() {
        for platform in [
            "any",
            "manylinux2014_x86_64",
            "manylinux_2_28_aarch64",
            "musllinux_1_2_x86_64",
            "macosx_11_0_arm64",
            "win_amd64",
            "pyemscripten_2025_0_wasm32",
        ] {
            assert!(takes_platform(platform), "{platform}");
        }
        for platform in [
            "linux_x86_64",
            "pyodide_2025_0_wasm32",
            "emscripten_4_0_9_wasm32",
            "wasi_0_0_0_wasm32",
            "pyemscripten_2025_wasm32",
            "manylinux_2_28_pdp11",
        ] {
            assert!(!takes_platform(platform), "{platform}");
        }
    }
}
