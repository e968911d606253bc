//! Nothing of its own: see the manifest.
