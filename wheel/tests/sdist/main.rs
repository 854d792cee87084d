//! Hostile source distributions: each is made from a sound one by one lie, and must be refused for
//! that lie. What only looks odd, and real builders do, must pass.

mod benign;
mod forge;
mod framing;
mod headers;
mod mutate;
mod names;
