//! Hostile wheels: each is made from a sound one by one lie, and must be refused for that lie.
//! What only looks odd, and real builders do, must pass.

mod benign;
mod content;
mod demo;
mod forge;
mod framing;
mod headers;
mod metadata;
mod mutate;
mod names;
mod ranges;
mod record;
