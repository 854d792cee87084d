//! Unpacking one entry: exactly the bytes it claims, with the sum it claims.

use std::cell::Cell;
use std::io::Write;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::entry::Entry;
use super::error::ArchiveError;
use super::read_at::ReadAt;

const INPUT_BYTES: usize = 64 * 1024;
const OUTPUT_BYTES: usize = 128 * 1024;

/// The inflate state and buffers of a thread. Wheels have thousands of small files; making these
/// anew for each costs more than inflating it.
struct Machine {
    inflate: Decompress,
    input: Box<[u8]>,
    output: Box<[u8]>,
}

thread_local! {
    // Taken out while in use, so that a sink which itself reads an archive gets another one.
    static MACHINE: Cell<Option<Box<Machine>>> = const { Cell::new(None) };
}

impl Machine {
    fn take() -> Box<Self> {
        MACHINE.take().unwrap_or_else(|| {
            Box::new(Self {
                inflate: Decompress::new(false),
                input: vec![0; INPUT_BYTES].into(),
                output: vec![0; OUTPUT_BYTES].into(),
            })
        })
    }
}

/// Writes the unpacked bytes of `entry` to `sink`.
pub(crate) fn copy<R: ReadAt + ?Sized>(
    reader: &R,
    entry: &Entry,
    sink: &mut dyn Write,
) -> Result<(), ArchiveError> {
    let mut machine = Machine::take();
    let mut input = Input {
        reader,
        entry,
        at: entry.data,
        left: entry.compressed,
    };
    let mut sink = Sink {
        entry,
        inner: sink,
        left: entry.size,
        crc: Crc::new(),
    };
    let copied = if entry.deflated() {
        inflate(&mut machine, &mut input, &mut sink)
    } else {
        copy_stored(&mut machine, &mut input, &mut sink)
    };
    MACHINE.set(Some(machine));
    copied?;
    sink.finish()
}

fn copy_stored<R: ReadAt + ?Sized>(
    machine: &mut Machine,
    input: &mut Input<'_, R>,
    sink: &mut Sink<'_>,
) -> Result<(), ArchiveError> {
    while input.left > 0 {
        let chunk = input.chunk(&mut machine.input)?;
        let len = chunk.len();
        sink.write(chunk)?;
        input.advance(len);
    }
    Ok(())
}

fn inflate<R: ReadAt + ?Sized>(
    machine: &mut Machine,
    input: &mut Input<'_, R>,
    sink: &mut Sink<'_>,
) -> Result<(), ArchiveError> {
    let Machine {
        inflate,
        input: buffer,
        output,
    } = machine;
    inflate.reset(false);
    let broken = |entry: &Entry, reason| ArchiveError::Deflate {
        entry: entry.shown(),
        reason,
    };
    let entry = input.entry;
    loop {
        let chunk = input.chunk(buffer)?;
        let last = chunk.len() as u64 == input.left;
        let mut used = 0;
        loop {
            let (in_before, out_before) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(&chunk[used..], output, FlushDecompress::None)
                .map_err(|_| broken(entry, "its deflate data is broken"))?;
            // Both are at most the lengths of the buffers.
            let taken = usize::try_from(inflate.total_in() - in_before).unwrap_or(usize::MAX);
            let given = usize::try_from(inflate.total_out() - out_before).unwrap_or(usize::MAX);
            used += taken;
            sink.write(&output[..given])?;
            if status == Status::StreamEnd {
                return if last && used == chunk.len() {
                    Ok(())
                } else {
                    Err(broken(entry, "bytes after the end of its deflate data"))
                };
            }
            if taken == 0 && given == 0 {
                break;
            }
        }
        // Inflate takes all it is given unless the output is full, and here it was not.
        if last || used == 0 {
            return Err(broken(entry, "its deflate data is cut off"));
        }
        input.advance(used);
    }
}

/// The packed bytes of an entry, by chunks.
struct Input<'a, R: ?Sized> {
    reader: &'a R,
    entry: &'a Entry,
    at: u64,
    left: u64,
}

impl<'a, R: ReadAt + ?Sized> Input<'a, R> {
    /// The next bytes: all that are left where the source is in memory, else a buffer full.
    fn chunk<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], ArchiveError>
    where
        'a: 'b,
    {
        let io = |source| ArchiveError::Io {
            entry: self.entry.shown(),
            source,
        };
        if let Some(bytes) = self.reader.as_slice() {
            let place = usize::try_from(self.at)
                .ok()
                .zip(usize::try_from(self.left).ok());
            return place
                .and_then(|(at, left)| bytes.get(at..at.checked_add(left)?))
                .ok_or_else(|| io(std::io::ErrorKind::UnexpectedEof.into()));
        }
        let len = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let chunk = &mut buffer[..len];
        self.reader.read_exact_at(chunk, self.at).map_err(io)?;
        Ok(chunk)
    }

    fn advance(&mut self, count: usize) {
        self.at += count as u64;
        self.left -= count as u64;
    }
}

/// The unpacked bytes of an entry: counted and summed up on their way.
struct Sink<'a> {
    entry: &'a Entry,
    inner: &'a mut dyn Write,
    left: u64,
    crc: Crc,
}

impl Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        let entry = self.entry;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            let reason = "it unpacks to more bytes than it claims";
            ArchiveError::Size {
                entry: entry.shown(),
                reason,
            }
        })?;
        self.crc.update(bytes);
        self.inner
            .write_all(bytes)
            .map_err(|source| ArchiveError::Io {
                entry: entry.shown(),
                source,
            })
    }

    fn finish(self) -> Result<(), ArchiveError> {
        let entry = self.entry;
        if self.left > 0 {
            let reason = "it unpacks to fewer bytes than it claims";
            return Err(ArchiveError::Size {
                entry: entry.shown(),
                reason,
            });
        }
        if self.crc.sum() != entry.crc {
            let (expected, found) = (entry.crc, self.crc.sum());
            return Err(ArchiveError::Crc {
                entry: entry.shown(),
                expected,
                found,
            });
        }
        Ok(())
    }
}
