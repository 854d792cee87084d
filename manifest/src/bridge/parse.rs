//! The tables of the bridge, read.

use super::check::{Names, refuse_cycles};
use super::name::is_identifier;
use super::package::semantic;
use super::{
    Bridge, Field, HostFunction, Name, PythonFunction, Record, Signature, Type, WitPackage,
};
use toml_doc::{Invalid, Node, Table};

const KEYS: [&str; 5] = ["module", "wit-package", "records", "host", "python"];
const HOST_KEYS: [&str; 5] = ["name", "params", "result", "async", "doc"];
const PYTHON_KEYS: [&str; 5] = ["name", "function", "params", "result", "doc"];

/// Reads `[python.bridge]`; `package` is the project's `[package]`.
pub(crate) fn parse(node: &Node, package: Option<&Table>) -> Result<Bridge, Invalid> {
    let table = node.table()?;
    table.only(&KEYS)?;
    let project = package.and_then(|package| package.get("name"));
    let project = project.filter(Node::is_str).map(|name| name.str());
    let project = project.transpose()?;
    let module = module(&table, project)?;
    let wit_package = wit_package(&table, project, package)?;
    let mut names = Names::of_module();
    let records = match table.get("records") {
        Some(node) => records(&node.table()?, &mut names)?,
        None => Vec::new(),
    };
    let known: Vec<Name> = records.iter().map(|record| record.name.clone()).collect();
    let mut reader = Reader {
        known,
        names,
        module: &module,
    };
    let host = functions(&table, "host", |table| reader.host(table))?;
    let python = functions(&table, "python", |table| reader.python(table))?;
    if host.is_empty() && python.is_empty() {
        return Err(table
            .error("lists no function")
            .with_hint("add one as `[[python.bridge.host]]` or `[[python.bridge.python]]`"));
    }
    Ok(Bridge {
        module,
        wit_package,
        records,
        host,
        python,
    })
}

fn module(table: &Table, project: Option<&str>) -> Result<String, Invalid> {
    let written = table.get("module");
    let text = match (&written, project) {
        (Some(node), _) => node.str()?.to_owned(),
        (None, Some(project)) => format!("{}.bridge", project.replace(['-', '.'], "_")),
        (None, None) => {
            return Err(table
                .error("`module` is missing, and there is no `[package] name` to take it from")
                .with_hint("for example `module = \"demo.bridge\"`"));
        }
    };
    let error = |message: String| match &written {
        Some(node) => node.error(message),
        None => table.error(message).with_hint("set `module`"),
    };
    if !text.split('.').all(is_identifier) {
        return Err(error(format!("\"{text}\" is no name of a Python module")));
    }
    // The glue itself; a wheel's copy lies within the wheel's package.
    if text.split('.').next() == Some("mochi_runtime") {
        return Err(error(
            "`mochi_runtime` is the bridge's own package".to_owned(),
        ));
    }
    Ok(text)
}

fn wit_package(
    table: &Table,
    project: Option<&str>,
    package: Option<&Table>,
) -> Result<WitPackage, Invalid> {
    let mut found: WitPackage = match table.get("wit-package") {
        Some(node) => node.parse()?,
        None => project.and_then(WitPackage::of_project).ok_or_else(|| {
            table
                .error("`wit-package` is missing, and `[package] name` gives none")
                .with_hint("for example `wit-package = \"demo:bridge\"`")
        })?,
    };
    let version = package.and_then(|package| package.get("version"));
    if let Some(node) = version.filter(Node::is_str) {
        let text = node.str()?;
        let version = semantic(text).ok_or_else(|| {
            node.error(format!(
                "\"{text}\" has no equal in semantic versioning, which the WIT package needs"
            ))
            .with_hint("give three numbers at most, without an epoch and a local version")
        })?;
        found.version = Some(version);
    }
    Ok(found)
}

fn records(table: &Table, names: &mut Names) -> Result<Vec<Record>, Invalid> {
    let entries = table.entries();
    let mut known: Vec<Name> = Vec::new();
    for (key, node) in &entries {
        let name: Name = key.parse().map_err(|error: String| node.error(error))?;
        names.add(&name, "record", node)?;
        refuse(node, name.refused_for_record())?;
        known.push(name);
    }
    let mut records = Vec::new();
    for (name, (_, node)) in known.iter().zip(&entries) {
        let table = node.table()?;
        let mut fields = Vec::new();
        let mut names = Names::within(format!("the record `{name}`"));
        for (key, node) in table.entries() {
            let name: Name = key.parse().map_err(|error: String| node.error(error))?;
            names.add(&name, "field", &node)?;
            refuse(&node, name.refused_for_field())?;
            let kind = kind(&node, node.str()?, &known)?;
            fields.push(Field { name, kind });
        }
        if fields.is_empty() {
            return Err(node.error("a record needs a field: WIT has no empty ones"));
        }
        records.push(Record {
            name: name.clone(),
            fields,
        });
    }
    refuse_cycles(&records, &entries)?;
    Ok(records)
}

fn functions<T>(
    table: &Table,
    key: &str,
    mut read: impl FnMut(&Table) -> Result<T, Invalid>,
) -> Result<Vec<T>, Invalid> {
    let Some(node) = table.get(key) else {
        return Ok(Vec::new());
    };
    let elements = node.elements()?;
    elements.iter().map(|node| read(&node.table()?)).collect()
}

/// What the functions are read with.
struct Reader<'a> {
    known: Vec<Name>,
    names: Names,
    module: &'a str,
}

impl Reader<'_> {
    fn host(&mut self, table: &Table) -> Result<HostFunction, Invalid> {
        table.only(&HOST_KEYS)?;
        Ok(HostFunction {
            signature: self.signature(table)?,
            is_async: match table.get("async") {
                Some(node) => node.bool()?,
                None => false,
            },
        })
    }

    fn python(&mut self, table: &Table) -> Result<PythonFunction, Invalid> {
        table.only(&PYTHON_KEYS)?;
        let signature = self.signature(table)?;
        let (module, attribute) = match table.get("function") {
            Some(node) => self.function(&node)?,
            None => match self.module.rsplit_once('.') {
                Some((package, _)) => (package.to_owned(), signature.name.snake()),
                None => {
                    return Err(table
                        .error(format!(
                            "`function` is missing, and the module `{}` is in no package to take \
                             it from",
                            self.module
                        ))
                        .with_hint("for example `function = \"demo.geometry:area\"`"));
                }
            },
        };
        Ok(PythonFunction {
            signature,
            module,
            attribute,
        })
    }

    fn function(&self, node: &Node) -> Result<(String, String), Invalid> {
        let text = node.str()?;
        let is_path = |text: &str| text.split('.').all(is_identifier);
        match text.split_once(':') {
            Some((module, _)) if module == self.module => Err(node
                .error(format!("`{module}` is the module that is written"))
                .with_hint("name the function that it is to call, in a module of your own")),
            Some((module, attribute)) if is_path(module) && is_path(attribute) => {
                Ok((module.to_owned(), attribute.to_owned()))
            }
            _ => Err(node.error(format!(
                "\"{text}\" names no function as \"demo.geometry:area\" does"
            ))),
        }
    }

    fn signature(&mut self, table: &Table) -> Result<Signature, Invalid> {
        let node = table.require("name")?;
        let name: Name = node.parse()?;
        self.names.add(&name, "function", &node)?;
        refuse(&node, name.refused_for_function())?;
        let mut params = Vec::new();
        let mut names = Names::within(format!("the function `{name}`"));
        if let Some(node) = table.get("params") {
            for node in node.elements()? {
                params.push(self.param(&node, &mut names)?);
            }
        }
        Ok(Signature {
            name,
            params,
            result: match table.get("result") {
                Some(node) => Some(kind(&node, node.str()?, &self.known)?),
                None => None,
            },
            doc: match table.get("doc") {
                Some(node) => doc(&node)?,
                None => Vec::new(),
            },
        })
    }

    fn param(&self, node: &Node, names: &mut Names) -> Result<Field, Invalid> {
        let text = node.str()?;
        let Some((name, of)) = text.split_once(':') else {
            return Err(node
                .error(format!("\"{text}\" has no type"))
                .with_hint(format!("write it as \"{}: string\"", text.trim())));
        };
        let name: Name = name
            .trim()
            .parse()
            .map_err(|error: String| node.error(error))?;
        names.add(&name, "parameter", node)?;
        refuse(node, name.refused_for_param())?;
        let kind = kind(node, of, &self.known)?;
        Ok(Field { name, kind })
    }
}

fn kind(node: &Node, text: &str, known: &[Name]) -> Result<Type, Invalid> {
    Type::parse(text, known).map_err(|refused| {
        let error = node.error(refused.message);
        match refused.hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    })
}

fn refuse(node: &Node, why: Option<String>) -> Result<(), Invalid> {
    match why {
        Some(why) => Err(node.error(why).with_hint("choose another name")),
        None => Ok(()),
    }
}

/// The lines of a text that stands in comments: what WIT refuses there is refused here.
fn doc(node: &Node) -> Result<Vec<String>, Invalid> {
    let lines: Vec<&str> = node.str()?.trim().lines().map(str::trim_end).collect();
    let is_refused = |c: &char| {
        let turns_text_around = matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let deprecated = matches!(
            *c,
            '\u{149}'
                | '\u{673}'
                | '\u{f77}'
                | '\u{f79}'
                | '\u{17a3}'
                | '\u{17a4}'
                | '\u{17b4}'
                | '\u{17b5}'
        );
        (c.is_control() && *c != '\t') || turns_text_around || deprecated
    };
    if let Some(found) = lines.iter().flat_map(|line| line.chars()).find(is_refused) {
        let code = u32::from(found);
        return Err(node.error(format!(
            "WIT cannot have the character U+{code:04X} in a comment"
        )));
    }
    Ok(lines.into_iter().map(str::to_owned).collect())
}
