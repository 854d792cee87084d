//! What requests take from the surroundings, as a value.

use std::ffi::OsString;
use std::path::PathBuf;

use super::error::NetError;

/// The part of the environment that requests depend on. The default is an empty environment.
///
/// Proxies are the exception: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` and the
/// system's settings are read by the HTTP library, if [`NetEnv::system_proxy`] lets it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetEnv {
    /// `SSL_CERT_FILE`: trusted roots in PEM, instead of the system's.
    pub ssl_cert_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: folders of PEM files with trusted roots, instead of the system's.
    pub ssl_cert_dirs: Vec<PathBuf>,
    /// The `.netrc` to read; it need not exist.
    pub netrc: Option<PathBuf>,
    /// The `keyring` program to ask for passwords that are found nowhere else, if any.
    pub keyring: Option<PathBuf>,
    /// Use the proxies of the environment and the system.
    pub system_proxy: bool,
}

impl NetEnv {
    /// Reads the environment through a function that gives a variable's value.
    ///
    /// An empty variable counts as unset. Looked at: `SSL_CERT_FILE`, `SSL_CERT_DIR`, `NETRC`,
    /// `HOME` (or `USERPROFILE`), `MOCHI_KEYRING_PROVIDER` (`subprocess` or `disabled`).
    ///
    /// # Errors
    /// [`NetError::Setting`] for a keyring provider of another name.
    pub fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, NetError> {
        let var = |name: &str| var(name).filter(|value| !value.is_empty());
        let home = || {
            var("HOME")
                .or_else(|| var("USERPROFILE"))
                .map(PathBuf::from)
        };
        let dirs = var("SSL_CERT_DIR").unwrap_or_default();
        Ok(Self {
            ssl_cert_file: var("SSL_CERT_FILE").map(PathBuf::from),
            ssl_cert_dirs: std::env::split_paths(&dirs)
                .filter(|dir| !dir.as_os_str().is_empty())
                .collect(),
            netrc: var("NETRC")
                .map(PathBuf::from)
                .or_else(|| Some(home()?.join(".netrc"))),
            keyring: keyring(var("MOCHI_KEYRING_PROVIDER"))?,
            system_proxy: true,
        })
    }
}

/// The program that a provider's name stands for.
fn keyring(provider: Option<OsString>) -> Result<Option<PathBuf>, NetError> {
    let Some(provider) = provider else {
        return Ok(None);
    };
    match provider.to_str() {
        Some("subprocess") => Ok(Some(PathBuf::from("keyring"))),
        Some("disabled") => Ok(None),
        _ => Err(NetError::Setting {
            name: "MOCHI_KEYRING_PROVIDER",
            value: provider.to_string_lossy().into_owned(),
            allowed: "`subprocess` or `disabled`",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(vars: &[(&str, &str)]) -> Result<NetEnv, NetError> {
        NetEnv::from_vars(|name| {
            vars.iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn reads_the_variables() {
        let dirs = std::env::join_paths(["certs", "more"]).unwrap();
        let env = env(&[
            ("SSL_CERT_FILE", "roots.pem"),
            ("SSL_CERT_DIR", dirs.to_str().unwrap()),
            ("HOME", "home"),
            ("MOCHI_KEYRING_PROVIDER", "subprocess"),
        ])
        .unwrap();
        assert_eq!(env.ssl_cert_file, Some(PathBuf::from("roots.pem")));
        assert_eq!(
            env.ssl_cert_dirs,
            [PathBuf::from("certs"), PathBuf::from("more")]
        );
        assert_eq!(env.netrc, Some(PathBuf::from("home").join(".netrc")));
        assert_eq!(env.keyring, Some(PathBuf::from("keyring")));
        assert!(env.system_proxy);
    }

    #[test]
    fn empty_is_unset_and_netrc_can_be_named() {
        let env = env(&[("SSL_CERT_FILE", ""), ("NETRC", "mine"), ("HOME", "home")]).unwrap();
        assert_eq!(env.ssl_cert_file, None);
        assert!(env.ssl_cert_dirs.is_empty());
        assert_eq!(env.netrc, Some(PathBuf::from("mine")));
        assert_eq!(env.keyring, None);
    }

    #[test]
    fn an_unknown_keyring_provider_is_refused() {
        let error = env(&[("MOCHI_KEYRING_PROVIDER", "import")]).unwrap_err();
        assert!(error.to_string().contains("MOCHI_KEYRING_PROVIDER"));
        assert!(error.to_string().contains("import"));
    }
}
