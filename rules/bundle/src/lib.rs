//! The default rule components, built from source by the ordinary build: a constant for each, its bytes.

include!(concat!(env!("OUT_DIR"), "/components.rs"));
