//! Who signed, as the certificate says, and whether that is the publisher an index names.

use sigstore_crypto::CertificateInfo;
use wheel::provenance::Publisher;

use crate::refusal::Refusal;

/// The identity provider of GitHub Actions.
const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";
const GITHUB: &str = "https://github.com";
/// GitLab, which is its own identity provider.
const GITLAB: &str = "https://gitlab.com";
/// Google, likewise.
const GOOGLE: &str = "https://accounts.google.com";

/// Who signed: what a trusted certificate says of the CI job or account that asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The address or URI that the certificate is for.
    pub identity: Option<String>,
    /// The identity provider.
    pub issuer: Option<String>,
    /// The repository's URI (`1.3.6.1.4.1.57264.1.12`).
    pub repository: Option<String>,
    /// The commit (`…1.13`).
    pub commit: Option<String>,
    /// The ref (`…1.14`).
    pub reference: Option<String>,
    /// The file that says how to build, with the ref it was read at (`…1.18`).
    pub build_config: Option<String>,
    /// The deployment environment, if the certificate has it (`…1.23`).
    pub environment: Option<String>,
}

impl Signer {
    pub(crate) fn of(certificate: &CertificateInfo) -> Self {
        let claims = &certificate.ci_claims;
        Self {
            identity: certificate
                .identity
                .as_ref()
                .map(|name| name.as_str().to_owned()),
            issuer: certificate.issuer.clone(),
            repository: claims.source_repository_uri.clone(),
            commit: claims.source_repository_digest.clone(),
            reference: claims.source_repository_ref.clone(),
            build_config: claims.build_config_uri.clone(),
            environment: claims.deployment_environment.clone(),
        }
    }

    /// Holds the signer to a publisher, by the rules that the public index and `pypi-attestations`
    /// follow. The environment is not held to: jobs of one workflow have several, and a file may be
    /// attested in another than the one that publishes.
    ///
    /// # Errors
    /// [`Refusal`], by the first part that differs.
    pub fn check(&self, publisher: &Publisher) -> Result<(), Refusal> {
        match publisher {
            Publisher::GitHub {
                repository,
                workflow,
                environment: _,
            } => {
                let repository = format!("{GITHUB}/{repository}");
                let file = format!("{repository}/.github/workflows/{workflow}");
                self.issued_by(GITHUB_ISSUER)?;
                self.built_by(&repository, &file)
            }
            Publisher::GitLab {
                repository,
                workflow_filepath,
                environment: _,
            } => {
                let repository = format!("{GITLAB}/{repository}");
                let file = format!("{repository}//{workflow_filepath}");
                self.issued_by(GITLAB)?;
                self.built_by(&repository, &file)
            }
            Publisher::Google { email } => {
                self.issued_by(GOOGLE)?;
                let found = self.identity.as_deref().unwrap_or(NOBODY);
                if found == email {
                    return Ok(());
                }
                Err(Refusal::Account {
                    expected: email.clone(),
                    found: found.to_owned(),
                })
            }
            other => Err(Refusal::PublisherKind {
                kind: other.kind().to_owned(),
            }),
        }
    }

    fn issued_by(&self, expected: &str) -> Result<(), Refusal> {
        let found = self.issuer.as_deref().unwrap_or(NOBODY);
        if found == expected {
            return Ok(());
        }
        Err(Refusal::Issuer {
            expected: expected.to_owned(),
            found: found.to_owned(),
        })
    }

    fn built_by(&self, repository: &str, file: &str) -> Result<(), Refusal> {
        let found = self.repository.as_deref().unwrap_or(NOBODY);
        // Owners and repositories are the same in any case.
        if !found.eq_ignore_ascii_case(repository) {
            return Err(Refusal::Repository {
                expected: repository.to_owned(),
                found: found.to_owned(),
            });
        }
        let found = self.build_config.as_deref().unwrap_or(NOBODY);
        let at = |reference: &Option<String>| {
            let tail = reference.as_deref().map(|it| format!("@{it}"));
            tail.is_some_and(|tail| {
                found
                    .strip_suffix(&tail)
                    .is_some_and(|head| same_file(head, file, repository.len()))
            })
        };
        if at(&self.commit) || at(&self.reference) {
            return Ok(());
        }
        Err(Refusal::Workflow {
            expected: file.to_owned(),
            found: found.to_owned(),
        })
    }
}

const NOBODY: &str = "nobody";

/// Whether two addresses of a file are one: the repository in any case, the file in its own.
fn same_file(one: &str, other: &str, repository: usize) -> bool {
    match (
        one.split_at_checked(repository),
        other.split_at_checked(repository),
    ) {
        (Some(one), Some(other)) => one.0.eq_ignore_ascii_case(other.0) && one.1 == other.1,
        _ => false,
    }
}
