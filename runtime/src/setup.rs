//! What a program tells `mochi-py-host`, and the program's end of it.

#[cfg(any(feature = "embedded", feature = "wasi"))]
use crate::Runtime;
use crate::call::{CallError, Hosts};
use crate::rpc::{Launch, Process, runtime_of_process};
use crate::{AsyncMode, RuntimeMode, Value};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Where the dynamic linker looks first.
const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";

/// Which runtime is wanted, and what it needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setup {
    /// The mode.
    pub mode: Option<RuntimeMode>,
    /// The interpreter whose environment an embedded one has.
    pub python: Option<PathBuf>,
    /// Folders that go onto Python's path, before all others.
    pub paths: Vec<PathBuf>,
    /// How `async def` functions run.
    pub async_mode: AsyncMode,
    /// The cache, for the glue and for what is compiled.
    pub cache: PathBuf,
    /// The componentize-py that the component of the WASI mode is built with.
    pub componentize_py: Option<PathBuf>,
    /// Folders besides `paths` that an instance of the component may see: the host's, the guest's,
    /// and whether it may write.
    pub grants: Vec<(PathBuf, String, bool)>,
    /// The environment variables that an instance of the component sees.
    pub env: Vec<(String, String)>,
    /// Whether an instance of the component may open connections of its own.
    pub network: bool,
}

impl Setup {
    /// Reads what [`Self::write`] wrote. What is not understood is as if it were not there.
    #[must_use]
    pub fn read(params: &Value) -> Self {
        let text = |key| params.get(key).and_then(Value::as_str);
        let list = |key| match params.get(key) {
            Some(Value::List(items)) => &items[..],
            _ => &[],
        };
        Self {
            mode: text("mode").and_then(|mode| mode.parse().ok()),
            python: text("python").map(PathBuf::from),
            paths: list("paths")
                .iter()
                .filter_map(Value::as_str)
                .map(PathBuf::from)
                .collect(),
            async_mode: match text("async-mode") {
                Some("persistent") => AsyncMode::Persistent,
                _ => AsyncMode::PerCall,
            },
            cache: text("cache").map(PathBuf::from).unwrap_or_default(),
            componentize_py: text("componentize-py").map(PathBuf::from),
            grants: list("grants").iter().filter_map(grant).collect(),
            env: list("env").iter().filter_map(variable).collect(),
            network: params.get("network") == Some(&true.into()),
        }
    }

    /// As `initialize` carries it. A path that is no Unicode crosses as near as can be.
    #[must_use]
    pub fn write(&self) -> Value {
        let path = |path: &Path| Value::from(&*path.to_string_lossy());
        let mut pairs = vec![
            ("async-mode".to_owned(), self.async_mode.name().into()),
            ("cache".to_owned(), path(&self.cache)),
            (
                "paths".to_owned(),
                Value::List(self.paths.iter().map(|folder| path(folder)).collect()),
            ),
        ];
        let builder = self.componentize_py.as_deref();
        pairs.extend(builder.map(|program| ("componentize-py".to_owned(), path(program))));
        let grants = self.grants.iter().map(|(host, guest, writable)| {
            Value::List(vec![path(host), (&**guest).into(), (*writable).into()])
        });
        let env = self
            .env
            .iter()
            .map(|(name, value)| Value::List(vec![(&**name).into(), (&**value).into()]));
        pairs.push(("grants".into(), Value::List(grants.collect())));
        pairs.push(("env".into(), Value::List(env.collect())));
        pairs.push(("network".into(), self.network.into()));
        pairs.extend(
            self.mode
                .map(|mode| ("mode".to_owned(), mode.name().into())),
        );
        let python = self.python.as_deref();
        pairs.extend(python.map(|python| ("python".to_owned(), path(python))));
        Value::Map(pairs)
    }

    /// An interpreter in this process.
    ///
    /// # Errors
    /// [`CallError::Start`].
    #[cfg(feature = "embedded")]
    pub fn embedded(self, hosts: Hosts, glue: &crate::Glue) -> Result<Box<dyn Runtime>, CallError> {
        let options = crate::EmbeddedOptions {
            python: self.python,
            paths: self.paths,
            async_mode: self.async_mode,
            hosts,
            quiet: true,
        };
        Ok(Box::new(crate::Embedded::start(&options, glue)?))
    }

    /// An instance of the component, which is built if the cache does not have it.
    ///
    /// # Errors
    /// [`CallError::Start`].
    #[cfg(feature = "wasi")]
    pub fn wasi(self, hosts: Hosts, glue: &crate::Glue) -> Result<Box<dyn Runtime>, CallError> {
        let named = Path::new("componentize-py");
        let builder = self.componentize_py.as_deref().unwrap_or(named);
        let component = crate::Component::build(builder, glue, &self.cache);
        let component = component.map_err(|error| CallError::Start {
            python: "the WASI component".to_owned(),
            why: error.to_string(),
            stderr: String::new(),
        })?;
        let grants = self.grants.into_iter();
        let options = crate::WasiOptions {
            paths: self.paths,
            grants: grants
                .map(|(host, guest, writable)| crate::Grant {
                    host,
                    guest,
                    writable,
                })
                .collect(),
            env: self.env,
            network: self.network,
            async_mode: self.async_mode,
            hosts,
            drop_stderr: false,
        };
        Ok(Box::new(crate::Wasi::start(options, component)?))
    }
}

fn grant(value: &Value) -> Option<(PathBuf, String, bool)> {
    match value {
        Value::List(parts) => match &parts[..] {
            [Value::Str(host), Value::Str(guest), Value::Bool(writable)] => {
                Some((host.into(), guest.clone(), *writable))
            }
            _ => None,
        },
        _ => None,
    }
}

fn variable(value: &Value) -> Option<(String, String)> {
    match value {
        Value::List(parts) => match &parts[..] {
            [Value::Str(name), Value::Str(value)] => Some((name.clone(), value.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// A runtime that `mochi-py-host` has, in a process of its own.
pub struct HostProcess(Process);

impl HostProcess {
    /// Starts `program`, which is a `mochi-py-host`; the dynamic linker looks into `library` before
    /// it takes the libpython that the program was built with.
    ///
    /// # Errors
    /// [`CallError::Start`].
    pub fn start(
        program: &Path,
        setup: Setup,
        library: Option<&Path>,
        hosts: &Hosts,
    ) -> Result<Self, CallError> {
        let program = program.to_path_buf();
        let library = library.map(|folder| {
            let users = std::env::var_os(LIBRARY_PATH);
            let users = users.iter().flat_map(std::env::split_paths);
            // Only a path with a separator in it cannot be joined; then the folder alone has to do.
            std::env::join_paths(std::iter::once(folder.to_path_buf()).chain(users))
                .unwrap_or_else(|_| folder.as_os_str().to_owned())
        });
        let launch = move || {
            let mut command = Command::new(&program);
            command.arg("serve");
            if let Some(library) = &library {
                command.env(LIBRARY_PATH, library);
            }
            Launch {
                program: program.display().to_string(),
                command,
                params: setup.write(),
                pass_stderr: true,
                // A component is built and compiled at the first start.
                timeout: Duration::from_secs(600),
            }
        };
        Process::start(launch, hosts).map(Self)
    }
}

runtime_of_process!(HostProcess);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let setup = Setup {
            mode: Some(RuntimeMode::Wasi),
            python: Some("/venv/bin/python".into()),
            paths: vec!["/a".into(), "/b c".into()],
            async_mode: AsyncMode::Persistent,
            cache: "/cache".into(),
            componentize_py: Some("/bin/componentize-py".into()),
            grants: vec![("/data".into(), "/in".into(), true)],
            env: vec![("A".into(), "b".into())],
            network: true,
        };
        assert_eq!(Setup::read(&setup.write()), setup);
        assert_eq!(Setup::read(&Setup::default().write()), Setup::default());
    }
}
