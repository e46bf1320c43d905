//! `reprise principal`, `role` and `token` beside a running server, and the token that a first start prints.

use serde_json::Value;

use super::command::token;
use super::reprise;
use super::serving::Server;
use crate::support::{Place, SAMPLE};

const CLAIM: &str = "/api/claims/C001";
const PRINCIPALS: &str = "/api/principals";

/// The status of an answer to whoever sends this token.
fn status(server: &Server, token: &str, path: &str) -> u16 {
    server.ask_with(token, "GET", path, "", b"").0
}

#[test]
fn a_running_server_sees_at_once_what_commands_change() {
    let place = Place::with(SAMPLE);
    let server = Server::on(&place, &[]);
    let run = |arguments: &[&str]| {
        let arguments: Vec<_> = arguments.iter().chain(&["--payer", "ACME"]).collect();
        reprise(&place, &arguments).well()
    };
    let created = run(&["principal", "create", "jane", "--role", "operator"]);
    assert!(created.said.contains("it has no token yet"), "{}", created.said);
    let database = place.database();
    let of_jane = || token(&database, &["--principal", "jane", "--payer", "ACME"]);
    let (one, other) = (of_jane(), of_jane());
    assert_eq!(
        [status(&server, &one, CLAIM), status(&server, &one, PRINCIPALS)],
        [200, 403]
    );

    run(&["role", "write", "guard", "--restriction", "access.manage IP"]);
    run(&["principal", "change", "jane", "--role", "guard"]);
    assert_eq!(
        [status(&server, &one, CLAIM), status(&server, &one, PRINCIPALS)],
        [403, 200]
    );
    run(&[
        "role",
        "write",
        "guard",
        "--restriction",
        "claims.read IP",
        "--restriction",
        "MEDICAL",
    ]);
    assert_eq!(
        [status(&server, &one, CLAIM), status(&server, &one, PRINCIPALS)],
        [200, 403]
    );

    let id = one.split('_').nth(1).expect("an id");
    run(&["token", "revoke", id]);
    assert_eq!(
        [status(&server, &one, CLAIM), status(&server, &other, CLAIM)],
        [401, 200]
    );
    run(&["principal", "disable", "jane"]);
    assert_eq!(status(&server, &other, CLAIM), 401);
    run(&["principal", "enable", "jane"]);
    assert_eq!(
        [status(&server, &one, CLAIM), status(&server, &other, CLAIM)],
        [401, 200]
    );

    let roles = run(&["role", "list"]).output;
    for line in [
        "administrator\tbuilt in\tall\n",
        "guard\tmade\tMEDICAL, claims.read IP\n",
    ] {
        assert!(roles.contains(line), "{roles}");
    }
    let principals = run(&["principal", "list"]).output;
    assert!(principals.contains("\tjane\tenabled\tguard\n"), "{principals}");
    let tokens = run(&["token", "list", "--principal", "jane"]).output;
    assert!(tokens.lines().count() == 2 && tokens.contains(", revoked "), "{tokens}");

    // What was refused is said with the name of who asked, and no token is said at all.
    let (code, said) = server.end("-TERM");
    assert_eq!(code, Some(0), "{said:?}");
    let refused: Vec<_> = said.iter().filter(|line| line.contains("refused")).collect();
    assert!(refused.iter().any(|line| line.contains("jane")), "{said:?}");
    assert!(!said.iter().any(|line| line.contains("reprise_")), "{said:?}");
    // When it was used last is kept by then.
    let tokens = run(&["token", "list", "--principal", "jane"]).output;
    assert!(!tokens.contains("never used"), "{tokens}");
}

#[test]
fn a_first_start_prints_one_token_once() {
    let place = Place::with(SAMPLE);
    let printed = || std::fs::read_to_string(place.path("printed")).expect("what is printed");
    let server = Server::start(&place, &[], String::new());
    let first = printed();
    let token = first.trim_end();
    assert_eq!(first, format!("{token}\n"), "it stands alone");
    assert_eq!(
        [status(&server, token, "/api/payers"), status(&server, token, CLAIM)],
        [200, 403]
    );
    let (_, _, own) = server.ask_with(token, "GET", "/api/principals/self", "", b"");
    let own: Value = serde_json::from_str(&own).expect("JSON");
    assert_eq!(own["roles"][0], "platform-administrator");
    let (_, said) = server.end("-TERM");
    assert!(!said.iter().any(|line| line.contains(token)), "{said:?}");

    let server = Server::start(&place, &[], String::new());
    assert_eq!(printed(), "");
    assert_eq!(status(&server, token, "/api/payers"), 200);
    drop(server);
    // Nor does one start with a token of its own where somebody is known.
    let place = Place::with(SAMPLE);
    drop(Server::on(&place, &[]));
    assert_eq!(
        std::fs::read_to_string(place.path("printed")).expect("what is printed"),
        ""
    );
}

#[test]
fn what_commands_cannot_do_they_say() {
    let place = Place::with(SAMPLE);
    for (arguments, words) in [
        (
            &["principal", "create", "jane", "--role", "king", "--payer", "ACME"][..],
            "`king` is no role for a principal of payer ACME; those are administrator, operator, integrator, rule-author",
        ),
        (
            &["principal", "create", "jane", "--role", "operator"],
            "no role for a principal of the platform; those are platform-administrator, monitor",
        ),
        (
            &["principal", "disable", "jane", "--payer", "ACME"],
            "payer ACME has no principal `jane`",
        ),
        (
            &["principal", "disable", "jane"],
            "the platform has no principal `jane`",
        ),
        (
            &["principal", "create", "a\u{7}", "--payer", "ACME"],
            "control character",
        ),
        (
            &["role", "write", "reader", "--restriction", "claims.read IP"],
            "name a payer with --payer",
        ),
        (
            &[
                "role",
                "write",
                "operator",
                "--restriction",
                "MEDICAL",
                "--payer",
                "ACME",
            ],
            "role operator is built in and stays as it is",
        ),
        (
            &[
                "role",
                "write",
                "reader",
                "--restriction",
                "claims.reed IP",
                "--payer",
                "ACME",
            ],
            "`claims.reed IP` is of no integration point",
        ),
        (&["role", "delete", "reader", "--payer", "ACME"], "role reader"),
        (
            &["token", "revoke", "0123456789abcdef", "--payer", "ACME"],
            "token 0123456789abcdef",
        ),
    ] {
        reprise(&place, arguments).failed(1, &["error: ", words]);
    }
    let create = ["principal", "create", "jane", "--payer", "ACME"];
    reprise(&place, &create).well();
    reprise(&place, &create).failed(1, &["Principal jane is there already"]);
}
