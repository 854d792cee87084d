//! `lock`, `sync`, `add`, `explain` and `export` from a mirror, with the network cut and an empty cache.
//!
//! The mirrors here are made by the test itself ([`tree`]), from the lock and the loopback server, so that what is
//! read is held to the format and not to what `mochi py mirror` happens to write.

mod faults;
mod served;
mod several;
mod tree;
mod unchanged;
mod world;
