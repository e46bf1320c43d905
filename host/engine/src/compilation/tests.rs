//! Components compiled in a process of its own: what comes back, and what becomes of those that take too much.
//!
//! The process is this test binary, started anew with one ignored test. Such a binary talks on its standard output, so
//! that a shell gives the test another way out, and then becomes it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::Duration;

use super::{COULD_NOT_COPE, Compiler};
use crate::admission::AdmissionStep;
use crate::{AdmissionLimits, CallLimits, RuleEngine, compile_as_child};

const CRITERIA: &[u8] = include_bytes!("../../../../tests/contract/0.1.0/criteria.wasm");
const CLAIM_STATUS: &[u8] = include_bytes!("../../../../tests/contract/0.1.0/claim-status.wasm");

/// The test that is the process.
const CHILD: &str = "compilation::tests::compiles_what_it_is_handed";

fn shell(script: &str, arguments: &[&str]) -> Compiler {
    let arguments = ["-c", script].iter().chain(arguments).map(OsString::from).collect();
    Compiler::Process {
        program: PathBuf::from("/bin/sh"),
        arguments,
    }
}

/// Components are compiled as a host's own process compiles them.
fn own_process() -> Compiler {
    let this = std::env::current_exe().expect("the path of this binary");
    let this = this.to_str().expect("a path that is text");
    let script = r#"exec "$0" --exact "$1" --ignored --nocapture --test-threads=1 3>&1 1>/dev/null"#;
    shell(script, &[this, CHILD])
}

/// A component of one function that multiplies a number by itself so often. Compiling it takes a kilobyte or so for each
/// time.
fn large_component(multiplications: usize) -> Vec<u8> {
    let section = |id: u8, content: &[u8]| [&[id], &length(content)[..], content].concat();
    let body = [
        // No locals; the argument; times the argument, so often; the end.
        &[0x00, 0x20, 0x00][..],
        &[0x20, 0x00, 0x6c].repeat(multiplications),
        &[0x0b],
    ]
    .concat();
    let module = [
        &b"\0asm\x01\0\0\0"[..],
        // A type from an i32 to an i32, a function of that type, and its code.
        &section(1, &[1, 0x60, 1, 0x7f, 1, 0x7f]),
        &section(3, &[1, 0]),
        &section(10, &[&[1][..], &length(&body), &body].concat()),
    ]
    .concat();
    [&b"\0asm\x0d\0\x01\0"[..], &section(1, &module)].concat()
}

/// A length as WebAssembly writes it: seven bits a byte, the lowest first.
fn length(content: &[u8]) -> Vec<u8> {
    let (mut left, mut bytes) = (content.len(), Vec::new());
    loop {
        let low = u8::try_from(left & 0x7f).expect("seven bits");
        left >>= 7;
        bytes.push(if left == 0 { low } else { low | 0x80 });
        if left == 0 {
            return bytes;
        }
    }
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn compiles_what_it_is_handed() {
    let output = File::options().write(true).open("/proc/self/fd/3").expect("a way out");
    compile_as_child(std::io::stdin(), output).expect("a process that listens");
}

fn engine(limits: AdmissionLimits, compiler: Compiler) -> RuleEngine {
    RuleEngine::new(limits, CallLimits::default())
        .expect("an engine")
        .with_compiler(compiler)
}

/// Whether a component is compiled, or why not.
#[track_caller]
fn check(limits: AdmissionLimits, compiler: Compiler, component: &[u8], refused: Option<&str>) {
    let compiled = engine(limits, compiler).compile(component);
    match (compiled, refused) {
        (Ok(_), None) => {}
        (Err(refusal), Some(words)) => {
            assert_eq!(refusal.step, AdmissionStep::Compilation);
            assert!(refusal.reason.contains(words), "{refusal}\nis not: {words}");
        }
        (compiled, refused) => assert!(
            compiled.is_ok() == refused.is_none(),
            "{:?}, but {refused:?}",
            compiled.err()
        ),
    }
}

#[test]
fn what_another_process_compiles_decides_as_what_this_one_does() {
    let here = engine(AdmissionLimits::default(), Compiler::Threads);
    let there = engine(AdmissionLimits::default(), own_process());
    for component in [CRITERIA, CLAIM_STATUS] {
        let [here, there] = [&here, &there].map(|engine| engine.load_any(component).expect("a component"));
        assert_eq!(here.name(), there.name());
        assert_eq!(here.machine_code_bytes(), there.machine_code_bytes());
        assert!(there.machine_code_bytes() > component.len() / 2);
    }
}

#[test]
fn a_component_that_takes_too_much_to_compile_is_refused_by_what_it_takes_too_much_of() {
    let defaults = AdmissionLimits::default();
    let own = own_process;
    let tight = AdmissionLimits {
        compile_memory_bytes_max: 256 << 20,
        ..defaults
    };
    let large = large_component(400_000);
    check(
        tight,
        own(),
        &large,
        Some("compiling it takes more than 256 MiB of memory"),
    );
    let impatient = AdmissionLimits {
        compile_time_max: Duration::from_millis(1),
        ..defaults
    };
    check(impatient, own(), CRITERIA, Some("compiling it takes longer than 1 ms"));
    let narrow = AdmissionLimits {
        machine_code_bytes_max: 1 << 10,
        ..defaults
    };
    check(narrow, own(), CRITERIA, Some("its machine code is longer than 1 KiB"));
    check(defaults, own(), b"\0asm\x0d\0\x01\0\xff", Some("malformed section id"));
    check(tight, own(), CLAIM_STATUS, None);
}

#[test]
fn a_process_that_gives_no_answer_costs_a_refusal() {
    let defaults = AdmissionLimits::default();
    let waits = AdmissionLimits {
        compile_time_max: Duration::from_millis(200),
        ..defaults
    };
    for (limits, script, words) in [
        (defaults, "exit 0", COULD_NOT_COPE),
        (
            defaults,
            "cat >/dev/null; echo no machine code >&2; exit 1",
            COULD_NOT_COPE,
        ),
        (defaults, r"printf '\000\001'; exit 0", COULD_NOT_COPE),
        (
            defaults,
            r"printf '\000\005\000\000\000\000\000\000\000abc'",
            COULD_NOT_COPE,
        ),
        (
            defaults,
            r"printf '\007\001\000\000\000\000\000\000\000a'",
            COULD_NOT_COPE,
        ),
        (
            defaults,
            r"printf '\000\003\000\000\000\000\000\000\000abc'",
            "Invalid ELF header",
        ),
        (
            defaults,
            r"printf '\001\005\000\000\000\000\000\000\000it\nis'",
            "it is",
        ),
        (
            defaults,
            "echo memory allocation of 9 bytes failed >&2; kill -ABRT $$",
            "takes more than 2 GiB of memory",
        ),
        (defaults, "kill -ABRT $$", COULD_NOT_COPE),
        (defaults, "kill -XCPU $$", "compiling it takes longer than 90000 ms"),
        (
            defaults,
            "kill -KILL $$",
            "the machine ended its compilation, as when memory is short",
        ),
        (waits, "exec sleep 600", "compiling it takes longer than 200 ms"),
        // A process that talks without end is not listened to for longer, and what it says is not kept.
        (
            waits,
            "while :; do echo words >&2; done",
            "compiling it takes longer than 200 ms",
        ),
    ] {
        check(limits, shell(script, &[]), CRITERIA, Some(words));
    }
    let nowhere = Compiler::Process {
        program: PathBuf::from("/no/such/program"),
        arguments: Vec::new(),
    };
    check(
        defaults,
        nowhere,
        CRITERIA,
        Some("the process to compile it in could not be started: "),
    );
}

#[test]
fn no_process_outlives_its_compilation() {
    let pid_file = tempfile::NamedTempFile::new().expect("a file");
    let path = pid_file.path().to_str().expect("a path that is text");
    let limits = AdmissionLimits {
        compile_time_max: Duration::from_millis(500),
        ..AdmissionLimits::default()
    };
    let compiler = shell(r#"echo $$ >"$0"; exec sleep 600"#, &[path]);
    check(limits, compiler, CRITERIA, Some("takes longer"));
    let pid = fs::read_to_string(path).expect("the process' number");
    let process = PathBuf::from("/proc").join(pid.trim());
    assert!(
        !pid.trim().is_empty() && !process.exists(),
        "it is neither running nor unburied: {pid}"
    );
}

#[test]
fn whoever_finds_all_processes_busy_waits_for_one_and_no_longer_than_it_may() {
    let limits = AdmissionLimits {
        compilations_max: 1,
        compile_time_max: Duration::from_millis(300),
        ..AdmissionLimits::default()
    };
    let busy = engine(limits, shell("exec sleep 600", &[]));
    let refusals: Vec<_> = std::thread::scope(|scope| {
        let compile = || {
            busy.compile(CRITERIA)
                .map(|_| ())
                .expect_err("nothing is compiled")
                .reason
        };
        let waiting: Vec<_> = (0..2).map(|_| scope.spawn(compile)).collect();
        waiting
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    let slow = refusals
        .iter()
        .filter(|reason| reason.contains("takes longer than 300 ms"));
    assert!(slow.count() >= 1, "{refusals:?}");
    assert!(
        busy.compilations.enter(std::time::Instant::now()).is_some(),
        "the place is free again"
    );
}

/// What the child must not see is not there for it.
#[test]
fn the_process_has_nothing_of_the_hosts_environment() {
    let script = r#"cat >/dev/null; words=$(env | grep -v '^\(MALLOC_ARENA_MAX\|PWD\|SHLVL\|_\|OLDPWD\)=' | head -c 200)
        printf '\001\310\000\000\000\000\000\000\000'; printf '%-200s' "environment:[$words]""#;
    check(
        AdmissionLimits::default(),
        shell(script, &[]),
        CRITERIA,
        Some("environment:[]"),
    );
}
