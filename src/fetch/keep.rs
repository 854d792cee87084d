//! Wheels that are to be read, not installed: into the cache, where `sync` finds them too.

use super::{Arrived, Fetcher};
use crate::error::{Failure, Kind};
use crate::io::files::{self, FileError};
use crate::io::install::Hashed;
use crate::locking::runtime;
use resolver::lock::LockedWheel;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::task::JoinSet;

impl Fetcher<'_> {
    /// Gets wheels, all at once, and says where each is, by SHA-256. Their hashes are right.
    ///
    /// # Errors
    /// The first failure; what is still under way is given up.
    pub fn keep(&self, wheels: &[&LockedWheel]) -> Result<BTreeMap<String, PathBuf>, Failure> {
        if wheels.is_empty() {
            return Ok(BTreeMap::new());
        }
        for wheel in wheels {
            self.forget_if_damaged(wheel);
        }
        let total = wheels.iter().filter_map(|wheel| wheel.size).sum();
        let bar = self.ctx.ui.bytes("Downloading", total);
        let mut jobs = Vec::new();
        for wheel in wheels {
            jobs.push(self.job(wheel, &bar)?);
        }
        let arrived = runtime()?.block_on(async {
            let mut tasks = JoinSet::new();
            for job in jobs {
                tasks.spawn(async move { (job.wheel.clone(), job.run().await) });
            }
            let (mut all, mut missing) = (Vec::new(), Vec::new());
            while let Some(finished) = tasks.join_next().await {
                let failed = |error| Failure::new(Kind::Outside, format!("{error}"));
                match finished.map_err(failed)? {
                    (wheel, Ok(arrived)) => all.push((wheel, arrived)),
                    (wheel, Err(failure))
                        if self.ctx.global.offline && failure.kind == Kind::Outside =>
                    {
                        missing.push(wheel.filename);
                    }
                    (_, Err(failure)) => return Err(failure),
                }
            }
            if missing.is_empty() {
                return Ok(all);
            }
            Err(out_of_reach(missing))
        });
        bar.finish_and_clear();
        let kept = arrived?.into_iter().map(|(wheel, arrived)| {
            let path = self.kept(&wheel, arrived)?;
            Ok((wheel.sha256, path))
        });
        kept.collect()
    }

    /// A file of the cache that is not what its name says is fetched anew.
    fn forget_if_damaged(&self, wheel: &LockedWheel) {
        let cached = self.ctx.cache.wheel_path(&wheel.sha256);
        let found = cached.is_file().then(|| files::hash(&cached));
        if found.is_some_and(|found| !found.is_ok_and(|(found, _)| found == wheel.sha256)) {
            let _ = std::fs::remove_file(&cached);
        }
    }

    fn kept(&self, wheel: &LockedWheel, arrived: Arrived) -> Result<PathBuf, Failure> {
        let Some(temporary) = arrived.temporary else {
            if arrived.hashed == Hashed::No {
                let (found, _) = files::hash(&arrived.path)?;
                if found != wheel.sha256 {
                    return Err(Failure::unmet(format!(
                        "{} has SHA-256 {found}, the lock has {}",
                        arrived.path.display(),
                        wheel.sha256
                    )));
                }
            }
            return Ok(arrived.path);
        };
        let path = self.ctx.cache.wheel_path(&wheel.sha256);
        let disk = |error| FileError::new("write", &path, error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(disk)?;
        }
        temporary
            .persist(&path)
            .map_err(|error| disk(error.error))?;
        Ok(path)
    }
}

/// Without a network, all that is missing is named at once.
fn out_of_reach(mut missing: Vec<String>) -> Failure {
    missing.sort();
    let message = "wheels have to be read that are not on this machine, and the network is off";
    Failure::new(Kind::Outside, message)
        .details(missing)
        .hint("run it once without --offline: what was read is remembered")
}
