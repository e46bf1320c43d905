//! Makes a component of a core module, and refuses one that offers nothing.

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, DecodedWasm};

/// A component and what it asks for and offers.
#[derive(Debug)]
pub(crate) struct Component {
    pub(crate) bytes: Vec<u8>,
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
}

/// Makes a component of a module that carries its contract in a custom section, as the export macro leaves it.
pub(crate) fn encode(module: &[u8]) -> Result<Component> {
    let bytes = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .context("its contract cannot be read")?
        .encode()
        .context(
            "its imports or exports are not those of its contract; a crate that expects an operating system (clock, \
             files, randomness) cannot be a rule",
        )?;
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).context("it cannot be read back")?
    else {
        bail!("it is a package of interfaces, not a component");
    };
    let world = &resolve.worlds[world];
    let exports: Vec<String> = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    if exports.is_empty() {
        bail!("it exports nothing; a rule crate calls the export macro once, with the type that implements the rules");
    }
    let imports = world.imports.keys().map(|key| resolve.name_world_key(key)).collect();
    Ok(Component {
        bytes,
        imports,
        exports,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_contract_is_refused() {
        let empty_module = b"\0asm\x01\0\0\0";
        let error = encode(empty_module).expect_err("an empty module is no rule");
        assert!(error.to_string().contains("exports nothing"), "{error:#}");
    }

    #[test]
    fn what_is_not_webassembly_is_refused() {
        encode(b"#!/bin/sh").expect_err("a script is no rule");
    }
}
