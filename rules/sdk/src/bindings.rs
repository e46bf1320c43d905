//! The contract as Rust, generated from `wit/rules.wit`. Authors use the plain names that the crate gives its types.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated; the contract itself documents every item"
)]

wit_bindgen::generate!({
    path: "wit",
    world: "criteria-component",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "reprise_rules::bindings",
    generate_all,
});
