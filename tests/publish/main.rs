//! `mochi py publish`, from the outside, against a strict index on loopback.

mod credentials;
mod dry_run;
mod faults;
mod hostile;
mod redirects;
mod referees;
mod statuses;
mod terminal;
mod tokens;
mod trusted;
mod uploads;
mod world;
