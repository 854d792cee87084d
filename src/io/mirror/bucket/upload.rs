//! Sending files: small ones at once, large ones in parts.

use super::Objects;
use super::kinds;
use bytes::Bytes;
use object_store::{PutMode, PutMultipartOptions, WriteMultipart};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Larger files are sent in parts of this size.
const PART: u64 = 8 << 20;
/// The most parts that a file may have, with room to spare.
const PARTS: u64 = 9_000;
/// Parts of one file on their way at once.
const IN_FLIGHT: usize = 4;

/// Sends a file; whoever asks for it sees nothing until it is whole.
pub(super) async fn send(objects: &Objects, file: &Path, path: &str) -> io::Result<()> {
    let size = std::fs::metadata(file)?.len();
    if size <= PART {
        let bytes = Bytes::from(std::fs::read(file)?);
        objects.write(path, bytes, PutMode::Overwrite).await?;
        return Ok(());
    }
    let options = PutMultipartOptions {
        attributes: kinds::attributes(path),
        ..PutMultipartOptions::default()
    };
    let explain = |error: object_store::Error| objects.explain(&error);
    let key = objects.key(path);
    let begun = objects.store.put_multipart_opts(&key, options).await;
    let upload = begun.map_err(explain)?;
    let size = PART.max(size.div_ceil(PARTS));
    let mut parts = WriteMultipart::new_with_chunk_size(upload, usize::try_from(size).unwrap_or(0));
    match fill(&mut parts, file, size).await {
        // What cannot be completed is aborted, here and by `finish`.
        Ok(()) => parts.finish().await.map(|_| ()).map_err(explain),
        Err(error) => {
            let _ = parts.abort().await;
            Err(match error {
                Fill::File(error) => error,
                Fill::Store(error) => objects.explain(&error),
            })
        }
    }
}

enum Fill {
    File(io::Error),
    Store(object_store::Error),
}

async fn fill(parts: &mut WriteMultipart, file: &Path, size: u64) -> Result<(), Fill> {
    let mut file = File::open(file).map_err(Fill::File)?;
    loop {
        parts
            .wait_for_capacity(IN_FLIGHT)
            .await
            .map_err(Fill::Store)?;
        let mut part = Vec::new();
        let mut rest = (&mut file).take(size);
        if rest.read_to_end(&mut part).map_err(Fill::File)? == 0 {
            return Ok(());
        }
        parts.put(Bytes::from(part));
    }
}
