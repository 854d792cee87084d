//! Real Pyodide.
