//! Why an index gave no token, and what to change where.

use super::{Ci, Claims, MintError};

/// What a refusal means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The index's reasons and what the token says, line by line.
    pub details: Vec<String>,
    /// The next steps.
    pub hints: Vec<String>,
}

/// Explains why no token was given to a job of this CI, whose own token has these claims.
#[must_use]
pub fn explain(ci: Ci, index: &str, claims: Option<&Claims>, errors: &[MintError]) -> Explanation {
    let mut details: Vec<String> = errors.iter().map(reason).collect();
    let mut hints = Vec::new();
    for error in errors {
        hints.push(match &*error.code {
            "not-enabled" => format!(
                "{index} has Trusted Publishing switched off for {ci}: use a token \
                 (MOCHI_PUBLISH_TOKEN), or try again later"
            ),
            "invalid-payload" => {
                "the request is malformed in the index's eyes: use a newer mochi".to_owned()
            }
            "invalid-token" => format!(
                "{index} cannot verify the token of {ci}: its audience must be the index's, its \
                 issuer one that the index knows, and it must not have expired"
            ),
            "invalid-pending-publisher" => format!(
                "the pending publisher of a new project does not fit, or the project has been \
                 created by somebody else: compare it with the claims, in the publishing settings \
                 of your account on {index}"
            ),
            "invalid-publisher" => fitting(ci, index, claims),
            "invalid-reuse-token" => {
                "every token can be exchanged once: run one `mochi py publish` in a job, and not \
                 beside another publishing step that uses the same token"
                    .to_owned()
            }
            code if code.starts_with("status-") => format!(
                "{index} does not exchange tokens at the moment: use a token (MOCHI_PUBLISH_TOKEN)"
            ),
            _ => format!(
                "compare the publisher in the project's settings on {index} with the claims"
            ),
        });
    }
    match claims {
        Some(claims) => {
            details.push(format!("the token of {ci} says:"));
            details.extend(claims.lines().map(|line| format!("  {line}")));
            let unknown = errors.iter().any(|error| error.code.ends_with("publisher"));
            let forge = matches!(ci, Ci::GitHub | Ci::GitLab);
            if unknown && forge && claims.get("environment").is_none() {
                hints.push(
                    "the job has no `environment:`: where the publisher names one, it must be in the \
                     job too"
                        .to_owned(),
                );
            }
            hints.extend(oddities(ci, claims));
        }
        None => details.push(format!("the token of {ci} cannot be read")),
    }
    hints.dedup();
    Explanation { details, hints }
}

fn reason(error: &MintError) -> String {
    match (error.code.is_empty(), error.description.is_empty()) {
        (_, true) => error.code.clone(),
        // Not at the start of a line, where it could be a command to the CI service.
        (true, false) => format!("no code: {}", error.description),
        (false, false) => format!("{}: {}", error.code, error.description),
    }
}

/// What a publisher for these claims would have to look like.
fn fitting(ci: Ci, index: &str, claims: Option<&Claims>) -> String {
    let get = |name: &str| claims.and_then(|claims| claims.get(name)).unwrap_or("?");
    let environment = claims
        .and_then(|claims| claims.get("environment"))
        .map_or_else(
            || "no environment".to_owned(),
            |name| format!("the environment `{name}` (or any)"),
        );
    let publisher = match ci {
        Ci::GitHub => format!(
            "the repository `{}`, the workflow `{}` and {environment}",
            get("repository"),
            workflow(get("workflow_ref"))
        ),
        Ci::GitLab => format!(
            "the project `{}`, the pipeline file `{}` and {environment}",
            get("project_path"),
            pipeline(get("ci_config_ref_uri"))
        ),
        Ci::Google => format!("the e-mail `{}`", get("email")),
        Ci::Buildkite | Ci::CircleCi => format!("the subject `{}`", get("sub")),
    };
    format!(
        "no publisher of {index} fits: in the project's settings there, under publishing, add one of \
         {ci} with {publisher}"
    )
}

/// `release.yml` of `owner/name/.github/workflows/release.yml@refs/heads/main`.
fn workflow(reference: &str) -> &str {
    let path = reference.split('@').next().unwrap_or(reference);
    path.rsplit('/').next().unwrap_or(path)
}

/// `.gitlab-ci.yml` of `gitlab.example.com/group/project//.gitlab-ci.yml@refs/heads/main`.
fn pipeline(reference: &str) -> &str {
    let path = reference.split('@').next().unwrap_or(reference);
    path.split_once("//").map_or(path, |(_, file)| file)
}

/// What is known to be refused whatever the settings say.
fn oddities(ci: Ci, claims: &Claims) -> Vec<String> {
    let mut found = Vec::new();
    if ci == Ci::GitHub {
        if claims.get("event_name") == Some("pull_request_target") {
            found.push(
                "jobs of `pull_request_target` are never trusted: publish from `release`, from a push \
                 of a tag, or from `workflow_dispatch`"
                    .to_owned(),
            );
        }
        let (own, called) = (claims.get("workflow_ref"), claims.get("job_workflow_ref"));
        if let (Some(own), Some(called)) = (own, called)
            && own != called
        {
            found.push(format!(
                "the job is in a reusable workflow ({}), which cannot be a Trusted Publisher: put the \
                 publishing job into the calling workflow ({})",
                workflow(called),
                workflow(own)
            ));
        }
    }
    if ci == Ci::Google && claims.get("email_verified") == Some("false") {
        found.push("the service account's e-mail is not verified".to_owned());
    }
    found
}

/// What is missing where a CI gives no token for an audience.
#[must_use]
pub fn no_identity(ci: Ci, audience: &str) -> String {
    match ci {
        Ci::GitHub => "give the job the permission to ask for a token: `permissions:` with \
                       `id-token: write` (see `mochi py publish --print-workflow github`); jobs of \
                       pull requests from forks never have it"
            .to_owned(),
        Ci::GitLab => {
            let variable: String = audience
                .chars()
                .map(|c| match c.is_ascii_alphanumeric() {
                    true => c.to_ascii_uppercase(),
                    false => '_',
                })
                .collect();
            format!(
                "give the job the token: `id_tokens:` with `{variable}_ID_TOKEN:` and `aud: {audience}` \
                 (see `mochi py publish --print-workflow gitlab`)"
            )
        }
        Ci::Buildkite => "`buildkite-agent oidc request-token` has to work in the job".to_owned(),
        Ci::CircleCi => "`circleci run oidc get` has to work in the job".to_owned(),
        Ci::Google => "run with a service account, or name one that can be impersonated in \
                       GOOGLE_SERVICE_ACCOUNT_NAME"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trusted::claims::tests::token;
    use serde_json::json;

    fn error(code: &str) -> MintError {
        MintError {
            code: code.to_owned(),
            description: "why".to_owned(),
        }
    }

    fn github(event: &str, called: &str) -> Claims {
        let claims = json!({
            "sub": "repo:a/b:environment:release", "repository": "a/b", "environment": "release",
            "workflow_ref": "a/b/.github/workflows/release.yml@refs/tags/v1",
            "job_workflow_ref": called, "event_name": event, "ref": "refs/tags/v1",
        });
        Claims::decode(&token(&claims)).unwrap()
    }

    const OWN: &str = "a/b/.github/workflows/release.yml@refs/tags/v1";

    #[test]
    fn a_publisher_that_would_fit_is_told() {
        let told = explain(
            Ci::GitHub,
            "example",
            Some(&github("release", OWN)),
            &[error("invalid-publisher")],
        );
        let details = told.details.join("\n");
        for shown in [
            "invalid-publisher: why",
            "sub: repo:a/b:environment:release",
            "repository: a/b",
            "workflow_ref: a/b/.github",
            "environment: release",
            "ref: refs/tags/v1",
        ] {
            assert!(details.contains(shown), "{shown}: {details}");
        }
        assert_eq!(told.hints.len(), 1);
        for shown in ["`a/b`", "`release.yml`", "`release`", "example"] {
            assert!(told.hints[0].contains(shown), "{}", told.hints[0]);
        }
        let claims = json!({"project_path": "g/p", "ci_config_ref_uri": "h.example/g/p//ci/pub.yml@refs/heads/main"});
        let claims = Claims::decode(&token(&claims)).unwrap();
        let told = explain(
            Ci::GitLab,
            "example",
            Some(&claims),
            &[error("invalid-publisher")],
        );
        for shown in ["`g/p`", "`ci/pub.yml`", "no environment"] {
            assert!(told.hints[0].contains(shown), "{}", told.hints[0]);
        }
        assert!(told.hints[1].contains("`environment:`"), "{told:?}");
    }

    #[test]
    fn every_code_has_a_next_step_of_its_own() {
        let codes = [
            "not-enabled",
            "invalid-payload",
            "invalid-token",
            "invalid-pending-publisher",
            "invalid-publisher",
            "invalid-reuse-token",
            "status-403",
            "from-the-future",
        ];
        let hints: std::collections::BTreeSet<String> = codes
            .iter()
            .flat_map(|code| explain(Ci::GitHub, "example", None, &[error(code)]).hints)
            .collect();
        assert_eq!(hints.len(), codes.len());
    }

    /// GitHub takes lines that begin with `::` for commands, white space before it or not.
    #[test]
    fn no_line_begins_with_the_words_of_an_index() {
        let error = MintError {
            code: String::new(),
            description: "::stop-commands::x".to_owned(),
        };
        let told = explain(Ci::GitHub, "example", None, &[error]);
        assert!(
            told.details
                .iter()
                .all(|line| !line.trim().starts_with("::"))
        );
        assert!(told.details[0].contains("stop-commands"));
    }

    #[test]
    fn what_is_never_trusted_is_told() {
        let publisher = [error("invalid-publisher")];
        let told = explain(
            Ci::GitHub,
            "example",
            Some(&github("pull_request_target", OWN)),
            &publisher,
        );
        assert!(told.hints[1].contains("pull_request_target"));
        let called = "other/ci/.github/workflows/shared.yml@refs/heads/main";
        let told = explain(
            Ci::GitHub,
            "example",
            Some(&github("push", called)),
            &publisher,
        );
        assert!(told.hints[1].contains("shared.yml") && told.hints[1].contains("release.yml"));
    }

    #[test]
    fn a_missing_token_is_told_in_the_words_of_the_ci() {
        assert!(no_identity(Ci::GitHub, "pypi").contains("id-token: write"));
        assert!(no_identity(Ci::GitLab, "test-x").contains("TEST_X_ID_TOKEN"));
        assert!(no_identity(Ci::Google, "pypi").contains("GOOGLE_SERVICE_ACCOUNT_NAME"));
    }
}
