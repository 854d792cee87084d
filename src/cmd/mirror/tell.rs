//! What `mirror` says.

use super::{Args, Job, Plan, Pruned, Published, Transferred, count, duration, size};
use crate::ctx::Ctx;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Instant;

/// What is told of a run.
pub(super) struct Told {
    /// File names and sizes of what was transferred.
    new: Vec<(String, u64)>,
    downloaded: u64,
    present: (usize, u64),
}

impl Told {
    pub(super) fn new(plan: &Plan, brought: &Transferred) -> Self {
        let mut new: Vec<(String, u64)> = Vec::new();
        let mut present = (
            plan.present.len(),
            plan.present.iter().map(|(_, s)| s).sum(),
        );
        let mut downloaded = 0;
        for (wanted, arrival) in &brought.arrived {
            if arrival.is_new {
                new.push((wanted.filename.clone(), arrival.size));
            } else {
                present.0 += 1;
                present.1 += arrival.size;
            }
            downloaded += arrival.downloaded;
        }
        new.sort();
        Self {
            new,
            downloaded,
            present,
        }
    }

    fn bytes(&self) -> u64 {
        self.new.iter().map(|(_, size)| size).sum()
    }

    pub(super) fn tell(
        &self,
        ctx: &Ctx,
        args: &Args,
        job: &Job,
        (published, pruned, started): (&Published, Pruned, Instant),
    ) {
        for one in &published.disagreements {
            let what = match &one.package {
                Some(package) => format!("another {package}"),
                None => "another Pyodide release".to_owned(),
            };
            ctx.ui.warn(&format!(
                "{} wants {what} in `pyodide-lock.json` than a project before it, which is there",
                one.project
            ));
        }
        for environment in &published.lost {
            ctx.ui.warn(&format!(
                "the runtime of Pyodide for {environment} was cut off by an interrupted run, and \
                 is gone: give --with-pyodide again"
            ));
        }
        if ctx.ui.json {
            ctx.ui.out_json(&json!({
                "mirror": args.dest,
                "project": job.name,
                "environments": names(job),
                "files": self.new.len() + self.present.0,
                "transferred": { "files": self.new.len(), "bytes": self.bytes(), "downloaded-bytes": self.downloaded },
                "present": { "files": self.present.0, "bytes": self.present.1 },
                "pages-written": published.pages,
                "pruned": { "files": pruned.files, "bytes": pruned.bytes },
            }));
        } else if !ctx.ui.quiet {
            for (name, bytes) in &self.new {
                ctx.ui.out(&format!("+ {name} ({})", size(*bytes)));
            }
        }
        if args.prune {
            ctx.ui.status(
                "Pruned",
                &format!("{} ({})", count(pruned.files, "file"), size(pruned.bytes)),
            );
        } else {
            let files = published.record.files.values();
            let unused = files.filter(|file| file.origins.iter().all(|o| o.locks.is_empty()));
            match unused.count() {
                0 => {}
                number => ctx.ui.note(&format!(
                    "{} no lock needs any more; --prune removes what is not needed",
                    count(number, "file")
                )),
            }
        }
        let there = format!(
            "{} ({})",
            count(self.present.0, "file"),
            size(self.present.1)
        );
        let place = args.dest.display();
        let text = match self.new.len() {
            0 => format!("{} into `{place}`: {there} there already", job.name),
            number => format!(
                "{} into `{place}`: {} ({}) transferred in {}, {there} there already",
                job.name,
                count(number, "file"),
                size(self.bytes()),
                duration(started.elapsed()),
            ),
        };
        ctx.ui.status("Mirrored", &text);
    }
}

fn names(job: &Job) -> Vec<&str> {
    let all = job.environments.iter();
    all.map(tag_matrix::Environment::name).collect()
}

/// What a run would do.
pub(super) fn dry_run(ctx: &Ctx, args: &Args, job: &Job, plan: &Plan) {
    let known: u64 = plan.missing.iter().filter_map(|wanted| wanted.size).sum();
    let unknown = plan.missing.iter().filter(|w| w.size.is_none()).count();
    let present: u64 = plan.present.iter().map(|(_, size)| size).sum();
    let unused = match args.prune {
        true => unused(job, plan),
        false => Vec::new(),
    };
    let unused_bytes: u64 = unused.iter().map(|(_, size)| size).sum();
    if ctx.ui.json {
        let missing = plan.missing.iter();
        let missing: Vec<_> = missing
            .map(|one| json!({ "filename": one.filename, "size": one.size, "sha256": one.sha256, "url": one.url }))
            .collect();
        let doomed: Vec<_> = unused.iter().map(|(name, _)| name).collect();
        ctx.ui.out_json(&json!({
            "mirror": args.dest,
            "project": job.name,
            "environments": names(job),
            "dry-run": true,
            "transfer": { "files": plan.missing.len(), "bytes": known, "of-unknown-size": unknown, "list": missing },
            "present": { "files": plan.present.len(), "bytes": present },
            "prune": { "files": unused.len(), "bytes": unused_bytes, "list": doomed },
        }));
    } else {
        for wanted in &plan.missing {
            let bytes = wanted.size.map_or_else(|| "size unknown".to_owned(), size);
            ctx.ui.out(&format!("+ {} ({bytes})", wanted.filename));
        }
        for (name, bytes) in &unused {
            ctx.ui.out(&format!("- {name} ({})", size(*bytes)));
        }
    }
    let more = match unknown {
        0 => String::new(),
        number => format!(" and {number} of unknown size"),
    };
    let files = count(plan.missing.len(), "file");
    let text = format!("transfer {files} ({}{more})", size(known));
    let there = count(plan.present.len(), "file");
    let text = format!("{text}; {there} ({}) there already", size(present));
    ctx.ui.status("Would", &text);
}

/// What no lock would need, as far as the record tells.
fn unused(job: &Job, plan: &Plan) -> Vec<(String, u64)> {
    let Some(record) = &plan.record else {
        return Vec::new();
    };
    let others = record
        .locks
        .iter()
        .filter(|(name, lock)| **name != job.name || lock.lock_sha256 == job.lock_sha256);
    let mut needed: BTreeSet<&str> = others
        .flat_map(|(_, lock)| lock.files.iter().map(String::as_str))
        .collect();
    needed.extend(job.wanted.iter().map(|wanted| wanted.sha256.as_str()));
    let files = record.files.iter();
    files
        .filter(|(sha256, _)| !needed.contains(sha256.as_str()))
        .map(|(_, file)| (file.filename.clone(), file.size))
        .collect()
}
