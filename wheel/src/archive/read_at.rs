//! Reading at an offset: what the archive reader needs of its source, and no more.

use std::fs::File;
use std::io;
use std::sync::Arc;

/// A source of bytes that is read by offset, from several threads at once.
///
/// There is no cursor to fight over: entries of one archive can be unpacked in parallel through
/// a shared reference.
pub trait ReadAt: Send + Sync {
    /// The length of the source in bytes.
    ///
    /// # Errors
    /// What the operating system reports.
    fn len(&self) -> io::Result<u64>;

    /// Fills `buf` with the bytes at `offset`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] where the source ends before `buf` is full, and what the
    /// operating system reports.
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()>;

    /// All bytes, where they are in memory anyway; saves a copy while inflating.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    /// Whether the source has no bytes.
    ///
    /// # Errors
    /// As [`len`](Self::len).
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> io::Result<u64> {
        Ok(<[u8]>::len(self) as u64)
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let bytes = usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(buf.len())?))
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(bytes);
        Ok(())
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// References and shared owners read as what they point to.
macro_rules! read_through {
    ($($owner:ty => $target:ty),+) => {$(
        impl ReadAt for $owner {
            fn len(&self) -> io::Result<u64> {
                <$target as ReadAt>::len(self)
            }

            fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
                <$target as ReadAt>::read_exact_at(self, buf, offset)
            }

            fn as_slice(&self) -> Option<&[u8]> {
                <$target as ReadAt>::as_slice(self)
            }
        }
    )+};
}

read_through!(&[u8] => [u8], Vec<u8> => [u8], Arc<[u8]> => [u8], Arc<File> => File);

impl ReadAt for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut buf: &mut [u8], mut offset: u64) -> io::Result<()> {
        while !buf.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, buf, offset) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    buf = &mut buf[read..];
                    offset += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::ReadAt;
    use std::io;
    use std::sync::Arc;

    #[test]
    fn memory_is_read_within_its_bounds_only() {
        let bytes: Arc<[u8]> = Arc::from(&b"0123456789"[..]);
        let mut buf = [0; 4];
        bytes.read_exact_at(&mut buf, 6).unwrap();
        assert_eq!(&buf, b"6789");
        assert_eq!(ReadAt::len(&bytes).unwrap(), 10);
        assert_eq!(bytes.as_slice(), Some(&b"0123456789"[..]));
        for offset in [7, 10, 11, u64::MAX - 1, u64::MAX] {
            let error = bytes.read_exact_at(&mut buf, offset).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{offset}");
        }
    }

    #[test]
    fn a_file_is_read_like_memory() {
        let path = std::env::current_exe().unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let len = ReadAt::len(&file).unwrap();
        assert_eq!(len, bytes.len() as u64);
        let mut tail = [0; 16];
        file.read_exact_at(&mut tail, len - 16).unwrap();
        assert_eq!(tail, bytes[bytes.len() - 16..]);
        assert_eq!(
            file.read_exact_at(&mut tail, len - 15).unwrap_err().kind(),
            io::ErrorKind::UnexpectedEof
        );
    }
}
