//! Attestations of PEP 740.
