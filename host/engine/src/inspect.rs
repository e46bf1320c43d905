//! Looks at a component's bytes before anything is compiled or run: is it one, what is it made of, what does it import.

use std::fmt;
use std::ops::Range;

use wasmparser::{Encoding, FunctionBody, Operator, Parser, Payload, Validator, WasmFeatures};

use crate::AdmissionLimits;
use crate::admission::VECTORS_SECTION;
use crate::words::grouped;

/// What a component may be made of: WebAssembly 2.0 with simd, and components without asynchronous calls. No garbage
/// collection, exceptions, threads, 64-bit memories, nor the vector operations whose results differ by machine.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2 | WasmFeatures::EXTENDED_CONST | WasmFeatures::COMPONENT_MODEL
}

/// What a component of admissible parts asks for and offers.
pub(crate) struct Inspection {
    /// Names of the interfaces that it imports.
    pub(crate) imports: Vec<String>,
    /// Names of the interfaces that it exports.
    pub(crate) exports: Vec<String>,
    /// Where its test vectors lie.
    pub(crate) vectors: Vec<Range<usize>>,
    functions: u32,
    memories: u32,
}

impl fmt::Display for Inspection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.memories == 1 { "memory" } else { "memories" };
        write!(
            formatter,
            "a valid component of {} functions and {} {noun}",
            grouped(self.functions),
            self.memories
        )
    }
}

/// The bytes are a component, valid with the features above, and within the limits.
pub(crate) fn inspect(bytes: &[u8], limits: &AdmissionLimits) -> Result<Inspection, String> {
    if bytes.starts_with(b"\x7fELF") {
        return Err("this is native code, and only WebAssembly is taken; hand in the component itself".to_owned());
    }
    if !Parser::is_component(bytes) {
        let is_module = Parser::is_core_wasm(bytes);
        return Err(if is_module {
            "this is a core module, not a component; build it with `reprise rules build`, or make it one with \
             `wasm-tools component new`"
                .to_owned()
        } else {
            "this is not a WebAssembly component: its first bytes are not those of one".to_owned()
        });
    }
    let unreadable = |error| format!("this component cannot be read: {error}");
    let (mut functions, mut memories, mut depth) = (0_u32, 0_u32, 0_u32);
    let (mut imports, mut exports, mut vectors) = (Vec::new(), Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(unreadable)? {
            Payload::Version {
                encoding: Encoding::Component | Encoding::Module,
                ..
            } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    imports.push(import.map_err(unreadable)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    exports.push(export.map_err(unreadable)?.name.name.to_owned());
                }
            }
            // At whichever depth: a compiler may have put the section into the module that it made.
            Payload::CustomSection(section) if section.name() == VECTORS_SECTION => {
                vectors.push(section.data_offset()..section.data_offset() + section.data().len());
            }
            Payload::MemorySection(section) => memories = memories.saturating_add(section.count()),
            Payload::CodeSectionStart { count, .. } => functions = functions.saturating_add(count),
            Payload::CodeSectionEntry(body) => check_function(&body, limits)?,
            _ => {}
        }
    }
    for (what, count, allowed) in [
        ("functions", functions, limits.functions_max),
        ("memories", memories, limits.memories_max),
    ] {
        if count > allowed {
            let (count, allowed) = (grouped(count), grouped(allowed));
            return Err(format!("it has {count} {what}; {allowed} are allowed"));
        }
    }
    Validator::new_with_features(features())
        .validate_all(bytes)
        .map_err(|error| format!("this component is not valid: {error}"))?;
    Ok(Inspection {
        imports,
        exports,
        vectors,
        functions,
        memories,
    })
}

/// What makes one function take long to compile, or the reason why it is not taken.
fn check_function(body: &FunctionBody<'_>, limits: &AdmissionLimits) -> Result<(), String> {
    let length = body.range().len();
    if length > limits.function_bytes_max {
        let (length, allowed) = (grouped(length), grouped(limits.function_bytes_max));
        return Err(format!(
            "one of its functions is {length} bytes long; {allowed} are allowed"
        ));
    }
    let unreadable = |error| format!("this component cannot be read: {error}");
    let mut depth = 0_u32;
    let mut operators = body.get_operators_reader().map_err(unreadable)?;
    while !operators.eof() {
        match operators.read().map_err(unreadable)? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
            Operator::End => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits.block_depth_max {
            let allowed = grouped(limits.block_depth_max);
            return Err(format!(
                "one of its functions has blocks in blocks more than {allowed} deep"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::inspect;
    use crate::AdmissionLimits;

    fn check(bytes: &[u8], expected: &str) {
        let reason = inspect(bytes, &AdmissionLimits::default()).err().expect("a refusal");
        assert!(reason.contains(expected), "{reason}");
    }

    #[test]
    fn what_is_no_component_is_refused_by_name() {
        check(b"", "not a WebAssembly component");
        check(b"#!/bin/sh", "not a WebAssembly component");
        check(b"\x7fELF\x02\x01\x01", "native code");
        check(b"\0asm\x01\0\0\0", "a core module");
        check(b"\0asm\x0d\0\x01\0\xff\xff", "cannot be read");
    }
}
