//! Components that no compiler makes: built by hand, or a good one with something appended.

use wasm_encoder::{
    BlockType, CodeSection, ComponentBuilder, ComponentExportKind, ComponentExportSection, ComponentInstanceSection,
    ComponentSection as _, ComponentSectionId, ComponentTypeRef, ComponentValType, CustomSection, ExportKind,
    ExportSection, Function, FunctionSection, HeapType, InstanceType, MemorySection, MemoryType, Module, ModuleArg,
    PrimitiveValType, RawSection, RefType, StartSection, TableSection, TableType, TypeBounds, TypeSection, ValType,
};
use wasmparser::{Parser, Payload};

/// A component that imports an interface with one function and offers nothing.
pub(crate) fn importing(interface: &str) -> Vec<u8> {
    let mut builder = ComponentBuilder::default();
    let mut instance = InstanceType::new();
    let mut function = instance.ty().function();
    function.params([] as [(&str, ComponentValType); 0]);
    function.result(Some(ComponentValType::Primitive(PrimitiveValType::U64)));
    instance.export("now", ComponentTypeRef::Func(0));
    let interface_type = builder.type_instance(None, &instance);
    builder.import(interface, ComponentTypeRef::Instance(interface_type));
    builder.finish()
}

/// A component that exports an interface with one function, `describe`, which answers a number.
pub(crate) fn exporting(interface: &str) -> Vec<u8> {
    let mut builder = ComponentBuilder::default();
    let mut module = Module::new();
    module.section(&function_type(&[ValType::I32]));
    module.section(FunctionSection::new().function(0));
    module.section(ExportSection::new().export("describe", ExportKind::Func, 0));
    let mut body = Function::new([]);
    body.instructions().i32_const(0).end();
    module.section(CodeSection::new().function(&body));
    let module = builder.core_module(None, &module);
    let instance = builder.core_instantiate(None, module, [] as [(&str, ModuleArg); 0]);
    let core_describe = builder.core_alias_export(None, instance, "describe", ExportKind::Func);
    let (function_type, mut function) = builder.type_function(None);
    function.params([] as [(&str, ComponentValType); 0]);
    function.result(Some(ComponentValType::Primitive(PrimitiveValType::U32)));
    let describe = builder.lift_func(None, core_describe, function_type, []);
    let mut component = builder.finish();
    let mut instances = ComponentInstanceSection::new();
    instances.export_items([("describe", ComponentExportKind::Func, describe)]);
    instances.append_to_component(&mut component);
    let mut exports = ComponentExportSection::new();
    exports.export(interface, ComponentExportKind::Instance, 0, None);
    exports.append_to_component(&mut component);
    component
}

/// A component in a component in a component, so deep.
pub(crate) fn nested(depth: usize) -> Vec<u8> {
    let mut component = ComponentBuilder::default().finish();
    for _ in 0..depth {
        let mut outer = ComponentBuilder::default();
        outer.component_raw(None, &component);
        component = outer.finish();
    }
    component
}

/// A component that imports an interface of the contract with a type in it that is a list of lists of lists, so deep.
pub(crate) fn deep_type(depth: u32) -> Vec<u8> {
    let mut builder = ComponentBuilder::default();
    let mut instance = InstanceType::new();
    instance.ty().defined_type().list(PrimitiveValType::U8);
    for inner in 0..depth {
        instance.ty().defined_type().list(ComponentValType::Type(inner));
    }
    instance.export("column", ComponentTypeRef::Type(TypeBounds::Eq(depth)));
    let interface_type = builder.type_instance(None, &instance);
    builder.import("reprise:rules/types@0.1.0", ComponentTypeRef::Instance(interface_type));
    builder.finish()
}

/// What is appended to a good component, to be instantiated with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// So many instances of a module that holds nothing.
    Instances(u32),
    /// So many memories of so many pages, of one module.
    Memories(u32, u64),
    /// So many modules with a memory each, none instantiated.
    MemoryModules(u32),
    /// A table of so many elements.
    Table(u64),
    /// Takes memory until it is refused.
    GrowsMemory,
    /// Makes a table larger until that is refused.
    GrowsTable,
    /// Runs for ever as soon as it is instantiated.
    LoopsAtStart,
    /// Traps as soon as it is instantiated.
    TrapsAtStart,
    /// A function of blocks in blocks in blocks, so deep.
    DeepBlocks(u32),
    /// So many functions.
    Functions(u32),
}

/// A good component with a part appended.
pub(crate) fn with_part(component: &[u8], part: Part) -> Vec<u8> {
    let (modules, copies) = match part {
        Part::Instances(copies) | Part::Memories(copies, _) => (1, copies),
        Part::MemoryModules(modules) => (modules, 0),
        _ => (1, 1),
    };
    let mut nested = ComponentBuilder::default();
    for _ in 0..modules {
        let module = nested.core_module(None, &module_of(part));
        for _ in 0..copies {
            nested.core_instantiate(None, module, [] as [(&str, ModuleArg); 0]);
        }
    }
    let mut with_part = component.to_vec();
    RawSection {
        id: ComponentSectionId::Component.into(),
        data: &nested.finish(),
    }
    .append_to_component(&mut with_part);
    let mut instances = ComponentInstanceSection::new();
    instances.instantiate(
        nested_components_of(component),
        [] as [(&str, ComponentExportKind, u32); 0],
    );
    instances.append_to_component(&mut with_part);
    with_part
}

/// A component with test vectors: JSON, or what is to be taken for it.
pub(crate) fn with_vectors(component: &[u8], vectors: &str) -> Vec<u8> {
    let mut with_vectors = component.to_vec();
    CustomSection {
        name: "reprise:vectors".into(),
        data: vectors.as_bytes().into(),
    }
    .append_to_component(&mut with_vectors);
    with_vectors
}

/// How many components a component has in it, which is the number of the next.
fn nested_components_of(component: &[u8]) -> u32 {
    let (mut depth, mut count) = (0, 0);
    for payload in Parser::new(0).parse_all(component) {
        match payload.expect("a component that can be read") {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentSection { .. } if depth == 1 => count += 1,
            _ => {}
        }
    }
    count
}

/// The type of a function without parameters.
fn function_type(results: &[ValType]) -> TypeSection {
    let mut types = TypeSection::new();
    types.ty().function([], results.iter().copied());
    types
}

fn module_of(part: Part) -> Module {
    let mut module = Module::new();
    if let Part::Functions(count) = part {
        return module_of_functions(count);
    }
    let start = start_of(part);
    if start.is_some() {
        module.section(&function_type(&[]));
        module.section(FunctionSection::new().function(0));
    }
    let elements = match part {
        Part::Table(elements) => Some(elements),
        Part::GrowsTable => Some(0),
        _ => None,
    };
    if let Some(minimum) = elements {
        let element_type = RefType::FUNCREF;
        let table = TableType {
            element_type,
            table64: false,
            minimum,
            maximum: None,
            shared: false,
        };
        module.section(TableSection::new().table(table));
    }
    let pages = match part {
        Part::Memories(_, pages) => Some(pages),
        Part::MemoryModules(_) | Part::GrowsMemory => Some(0),
        _ => None,
    };
    if let Some(minimum) = pages {
        let memory = MemoryType {
            minimum,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        module.section(MemorySection::new().memory(memory));
    }
    if let Some(body) = start {
        module.section(&StartSection { function_index: 0 });
        module.section(CodeSection::new().function(&body));
    }
    module
}

fn module_of_functions(count: u32) -> Module {
    let mut module = Module::new();
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    let mut body = Function::new([]);
    body.instructions().end();
    for _ in 0..count {
        functions.function(0);
        code.function(&body);
    }
    module.section(&function_type(&[]));
    module.section(&functions);
    module.section(&code);
    module
}

/// The function that a part runs when it is instantiated.
fn start_of(part: Part) -> Option<Function> {
    let mut body = Function::new([]);
    let mut code = body.instructions();
    match part {
        Part::Instances(_) | Part::Memories(..) | Part::MemoryModules(_) | Part::Table(_) | Part::Functions(_) => {
            return None;
        }
        Part::GrowsMemory => {
            code.loop_(BlockType::Empty)
                .i32_const(16)
                .memory_grow(0)
                .i32_const(-1)
                .i32_ne()
                .br_if(0)
                .end();
            code.unreachable();
        }
        Part::GrowsTable => {
            code.loop_(BlockType::Empty)
                .ref_null(HeapType::FUNC)
                .i32_const(1 << 16)
                .table_grow(0);
            code.i32_const(-1).i32_ne().br_if(0).end().unreachable();
        }
        Part::LoopsAtStart => {
            code.loop_(BlockType::Empty).br(0).end();
        }
        Part::TrapsAtStart => {
            code.unreachable();
        }
        Part::DeepBlocks(depth) => {
            for _ in 0..depth {
                code.block(BlockType::Empty);
            }
            for _ in 0..depth {
                code.end();
            }
        }
    }
    code.end();
    Some(body)
}
