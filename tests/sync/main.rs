//! `sync` through the binary: wheels from a loopback index into places of a real CPython.
//!
//! `python3` on the PATH is that Python, whatever its minor. What is installed is judged by that Python itself
//! (`inspect.py`), and by pip and uv: `MOCHI_REFEREE_PYTHON` names a Python that has pip, `MOCHI_REFEREE_UV` a uv.
//! Nothing is left out where one of them is missing: the tests fail and say so.

mod checks;
mod exports;
mod faults;
mod hostile;
mod kill;
mod links;
mod places;
mod python;
mod referees;
mod scripts;
mod steps;
mod together;
mod world;
