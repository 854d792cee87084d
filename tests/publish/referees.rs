//! The form that twine makes of the same files.

use crate::world::World;
use loopback_warehouse::Config;
use serde_json::Value;
use std::process::Command;

/// Prints the fields of each file as lists of texts, by the file's name.
const TWINE: &str = r"
import json, sys
from twine.package import PackageFile
from twine.repository import Repository
forms = {}
for path in sys.argv[1:]:
    package = PackageFile.from_filename(path, None)
    form = {}
    fields = Repository._convert_metadata_to_list_of_tuples(package.metadata_dictionary())
    for key, value in fields:
        if value:
            form.setdefault(key, []).append(value)
    forms[package.basefilename] = form
print(json.dumps(forms))
";

#[test]
fn the_form_is_the_one_that_twine_makes() {
    let python = std::env::var_os("MOCHI_REFEREE_PYTHON").expect("scripts/test sets it");
    for sample in ["greet", "weather"] {
        let world = World::sample(sample, Config::default());
        if sample == "greet" {
            world.edit("    \"cp313-cp313-pyodide_2025_0_wasm32\",\n", "");
        }
        world.publish(&[]).assert(0, &["Published"]);
        let uploads = world.index.uploads();
        let mut command = Command::new(&python);
        command.args(["-X", "utf8", "-c", TWINE]);
        for upload in &uploads {
            let file = upload.file.as_ref().expect("a file");
            command.arg(world.dist(&file.filename));
        }
        let output = command.output().expect("twine runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let forms: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        for upload in uploads {
            let filename = upload.file.expect("a file").filename;
            let form = forms[&filename].as_object().expect("a form");
            assert!(form.len() > 12, "{form:?}");
            for (name, values) in form {
                // The same list, with spaces.
                let mut values = values.clone();
                if name == "keywords" {
                    let plain = values[0].as_str().expect("text").replace(", ", ",");
                    values = serde_json::json!([plain]);
                }
                // It sends no MD5 either where the index does not ask for one.
                if matches!(name.as_str(), "md5_digest" | "comment") {
                    continue;
                }
                let ours = serde_json::json!(upload.fields.get(name));
                assert_eq!(ours, values, "{name} of {filename}");
            }
            // What it does not know of yet, and what must be there even if it is empty.
            let known = [
                ":action",
                "protocol_version",
                "import_name",
                "import_namespace",
                "requires_python",
            ];
            for name in upload.fields.keys() {
                assert!(
                    form.contains_key(name) || known.contains(&name.as_str()),
                    "{name} of {filename}"
                );
            }
        }
    }
}
