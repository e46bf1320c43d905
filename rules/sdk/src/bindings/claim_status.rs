//! The contract's world of claim-status components as Rust.

// What a component imports is the same in every world: the types of the two must be one, and an import that a
// component does not use is left out of it.
wit_bindgen::generate!({
    path: "wit",
    world: "claim-status-component",
    pub_export_macro: true,
    export_macro_name: "export_claim_status_component",
    default_bindings_module: "reprise_rules::bindings::claim_status",
    additional_derives: [PartialEq, Eq],
    with: {
        "reprise:rules/types@0.1.0": crate::bindings::reprise::rules::types,
        "reprise:rules/reference-data@0.1.0": crate::bindings::reprise::rules::reference_data,
        "reprise:rules/diagnostics@0.1.0": crate::bindings::reprise::rules::diagnostics,
    },
});
