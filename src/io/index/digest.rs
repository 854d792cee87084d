//! Hashes and sizes that an index does not give.

use super::{IndexClient, IndexError};
use crate::io::cache::hex_sha256;
use crate::io::files;
use crate::io::net::Get;
use resolver::WheelFile;
use url::Url;

/// The largest wheel that is read into memory.
const MAX_WHEEL: u64 = 4 << 30;

impl IndexClient {
    /// The SHA-256 and the size of a wheel, where its index leaves one of them out. A wheel
    /// without a hash is fetched whole: a lock without hashes would be none.
    ///
    /// # Errors
    /// It cannot be fetched.
    pub async fn digest(&self, wheel: &WheelFile) -> Result<(String, Option<u64>), IndexError> {
        let Ok(url) = Url::parse(&wheel.url) else {
            let (sha256, size) = files::hash(&self.inner.project.join(&wheel.url))?;
            return Ok((sha256, Some(size)));
        };
        if let Some(sha256) = &wheel.sha256 {
            let stored = std::fs::metadata(self.inner.cache.wheel_path(sha256));
            let size = match stored {
                Ok(metadata) => Some(metadata.len()),
                // A size is good to know; a server that does not tell it is no failure.
                Err(_) => match self.inner.net.head(&url).await {
                    Err(error) if error.status().is_some() => None,
                    answer => answer?.content_length,
                },
            };
            return Ok((sha256.clone(), size));
        }
        let response = self
            .inner
            .net
            .get(&Get::new(url.clone(), MAX_WHEEL))
            .await?;
        if response.status != 200 {
            return Err(IndexError::Status {
                url: url.to_string(),
                status: response.status,
            });
        }
        let sha256 = hex_sha256(&response.body);
        self.inner.cache.store_wheel(&sha256, &response.body);
        Ok((sha256, Some(response.body.len() as u64)))
    }
}
