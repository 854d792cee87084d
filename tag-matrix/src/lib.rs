//! Which wheel fits where: the table of targets, and matching of wheel tags against it.
//!
//! The table is data (`data/*.toml`): a row per [`Target`], per CPython minor ([`PythonRow`]) and
//! per Pyodide release ([`PyodideRelease`]). A target at one minor, with its [`Floors`], is an
//! [`Environment`]: it has PEP 508 [`Markers`] and an ordered list of [`Tag`]s, equal element by
//! element to what `packaging` 26.3 gives there. [`Environment::rank`] says where a wheel's
//! [`TagSet`] stands in that list, without building it; [`nearest`] says what is missing where
//! nothing fits, and a [`SkipReason`] carries that to the lock and to the user.
//!
//! ```
//! use tag_matrix::{Environment, Floors, TagSet, nearest};
//!
//! let (target, python) = Environment::parse_name("linux-x64-cp313")?;
//! let environment = Environment::new(target, python, &Floors::default())?;
//! let old: TagSet = "cp313-cp313-manylinux_2_17_x86_64".parse()?;
//! let pure: TagSet = "py3-none-any".parse()?;
//! let new: TagSet = "cp313-cp313-manylinux_2_34_x86_64".parse()?;
//! assert!(environment.rank(&old) < environment.rank(&pure));
//! assert_eq!(environment.rank(&new), None);
//!
//! let miss = nearest(&environment, [("x-1.0.whl", &new)]).expect("it does not fit");
//! assert_eq!(miss.to_string(), "x-1.0.whl needs glibc 2.34, the environment has 2.28");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing here touches the machine: the same question has the same answer everywhere.
//!
//! | file | term |
//! | --- | --- |
//! | `target` | a place where Python runs, and what works there |
//! | `python` | a CPython minor, perhaps with patch, perhaps free-threaded |
//! | `pyodide` | a Pyodide release |
//! | `floors` | how new a system an environment assumes |
//! | `environment` | target + python + floors: what a resolution is for |
//! | `platforms` | the platform tags of an environment |
//! | `platform_tag` | reading a platform tag, to say what it is for |
//! | `levels` | interpreter and ABI: the order of the tag list |
//! | `tag` | a tag, and the compressed tag set of a file name |
//! | `markers` | the marker values of an environment |
//! | `implementation` | which Pythons there are besides CPython, and why they are refused |
//! | `runtime_mode` | how a program and Python meet, and which targets can have that |
//! | `skip`, `nearest`, `miss`, `words` | why nothing fits, in words |
//! | `settle`, `assess`, `natural`, `suggest` | the workings of `environment`, `nearest` and of hints |
//! | `table` | the data, parsed once |

mod assess;
mod environment;
mod error;
mod floors;
mod implementation;
mod levels;
mod markers;
mod miss;
mod natural;
mod nearest;
mod platform_tag;
mod platforms;
mod pyodide;
mod python;
mod runtime_mode;
mod settle;
mod skip;
mod suggest;
mod table;
mod tag;
mod target;
mod words;

pub use environment::Environment;
pub use error::EnvironmentError;
pub use floors::{FloorKind, FloorVersion, Floors};
pub use implementation::{Implementation, UnknownImplementation};
pub use markers::Markers;
pub use miss::{Miss, TagPart};
pub use nearest::{NearestMiss, nearest};
pub use pyodide::PyodideRelease;
pub use python::{PythonRow, PythonVersion};
pub use runtime_mode::{AsyncMode, ModeRefused, NoMode, RuntimeMode, UnknownMode};
pub use skip::SkipReason;
pub use tag::{Tag, TagError, TagSet};
pub use target::{Columns, Support, Target, TargetKind};
