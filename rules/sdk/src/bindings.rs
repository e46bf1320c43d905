//! The contract as Rust, generated from `wit/rules.wit`. Authors use the plain names that the crate gives its types.
//!
//! Here is the world of criteria components with all that components import; each other world has a file of its own.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated; the contract itself documents every item"
)]

pub mod claim_status;

wit_bindgen::generate!({
    path: "wit",
    world: "criteria-component",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "reprise_rules::bindings",
    generate_all,
});
