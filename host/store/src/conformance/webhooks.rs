//! The story of webhooks: created, leased, moved on, set back, paused, and their dead letters sent again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::claims::{claim, write};
use super::{LONG, OVER, done, dropped};
use crate::webhook::{BEHIND_MAX, WEBHOOKS_MAX};
use crate::{
    ActiveWebhook, AfterFailure, ExistingClaims, FailedAttempt, NewEvent, NewWebhook, Store, Webhook, WebhookCreation,
    WebhookFilter, WebhookProgress, WebhookSecret, WebhookStanding,
};

pub(super) fn run(open: &dyn Fn() -> Arc<dyn Store>) {
    a_webhook_is_created_shown_and_deleted(open().as_ref());
    a_webhook_that_is_not_committed_is_none(open().as_ref());
    a_payer_has_so_many_webhooks(open().as_ref());
    a_webhook_is_leased_by_one_host(open().as_ref());
    a_turn_moves_a_webhook_on(open().as_ref());
    what_is_not_taken_waits_and_is_given_up_in_the_end(open().as_ref());
    a_webhook_is_paused_and_resumed(open().as_ref());
    a_webhook_is_set_back(open().as_ref());
    dead_letters_are_sent_again(open().as_ref());
    a_secret_is_replaced(open().as_ref());
    each_change_that_is_asked_for_is_counted(open().as_ref());
}

fn new(payer: &str, code: &str, after: Option<u64>) -> NewWebhook {
    NewWebhook {
        payer: payer.to_owned(),
        code: code.to_owned(),
        url: "http://127.0.0.1:9/events".to_owned(),
        filter: WebhookFilter {
            types: vec!["claim.created".to_owned()],
            members: BTreeMap::from([("it's".to_owned(), vec!["\0".to_owned(), "ä".to_owned()])]),
        },
        secret: WebhookSecret("a secret of some length".to_owned()),
        after,
    }
}

/// Creates a webhook of ACME at the beginning of the feed, and answers its id.
fn create(store: &dyn Store, code: &str) -> i64 {
    match done(store, |transaction| {
        transaction.create_webhook(&new("ACME", code, Some(0)))
    }) {
        WebhookCreation::Created(id) => id,
        other => unreachable!("{other:?}"),
    }
}

/// Gives ACME so many events, at the positions from 1 on.
fn append(store: &dyn Store, events: u64) {
    write(store, vec![claim("ACME", "C1", "")], ExistingClaims::Replace);
    let events: Vec<_> = (0..events)
        .map(|number| NewEvent {
            payer: "ACME".to_owned(),
            kind: "claim.created",
            claim: 1,
            details: json!({ "number": number }).to_string(),
        })
        .collect();
    done(store, |transaction| transaction.append_events(&events));
}

fn standing(store: &dyn Store, code: &str) -> WebhookStanding {
    store.webhook("ACME", code).expect("read").expect("there")
}

fn webhook(store: &dyn Store, code: &str) -> Webhook {
    standing(store, code).webhook
}

fn active(store: &dyn Store, host: &str) -> Vec<ActiveWebhook> {
    store.active_webhooks(host).expect("read")
}

fn lease(store: &dyn Store, webhook: i64, host: &str, lease: Duration) -> bool {
    done(store, |transaction| transaction.lease_webhook(webhook, 0, host, lease))
}

/// How far a turn of host `a` is.
fn progress(webhook: i64, position: u64) -> WebhookProgress {
    WebhookProgress {
        webhook,
        host: "a".to_owned(),
        replays: 0,
        position,
        failed: None,
        resent: Vec::new(),
        not_resent: None,
        ended: false,
    }
}

fn failed(position: u64, then: AfterFailure) -> Option<FailedAttempt> {
    let error = "nobody listens".to_owned();
    Some(FailedAttempt { position, error, then })
}

fn record(store: &dyn Store, progress: &WebhookProgress) -> bool {
    done(store, |transaction| transaction.record_webhook(progress))
}

/// A webhook of ACME that host `a` has leased, before ten events.
fn leased(store: &dyn Store) -> i64 {
    append(store, 10);
    let id = create(store, "W");
    assert!(lease(store, id, "a", LONG));
    id
}

/// As [`leased`], with dead letters at these positions.
fn with_dead_letters(store: &dyn Store, positions: &[u64]) -> i64 {
    let id = leased(store);
    for position in positions {
        let given_up = WebhookProgress {
            failed: failed(*position, AfterFailure::GiveUp),
            ..progress(id, position - 1)
        };
        assert!(record(store, &given_up));
    }
    id
}

/// Where the dead letters are, how often each was tried, and how often since it is to be sent again.
fn dead_letters(store: &dyn Store) -> Vec<(u64, u32, Option<u32>)> {
    let letters = store.dead_letters("ACME", "W", 0, 100).expect("read");
    letters
        .iter()
        .map(|letter| (letter.event.position, letter.attempts, letter.resend_attempts))
        .collect()
}

fn resend(store: &dyn Store, position: Option<u64>) -> Option<u64> {
    done(store, |transaction| {
        transaction.resend_dead_letters("ACME", "W", position)
    })
}

fn to_resend(store: &dyn Store, webhook: i64) -> Vec<u64> {
    let letters = store.dead_letters_to_resend(webhook, 100).expect("read");
    letters.iter().map(|letter| letter.event.position).collect()
}

fn a_webhook_is_created_shown_and_deleted(store: &dyn Store) {
    append(store, 3);
    let wanted = new("ACME", "W", None);
    let created = done(store, |transaction| transaction.create_webhook(&wanted));
    let shown = standing(store, "W");
    assert_eq!(created, WebhookCreation::Created(shown.webhook.id));
    assert_eq!(
        shown.webhook,
        Webhook {
            id: shown.webhook.id,
            payer: "ACME".to_owned(),
            code: "W".to_owned(),
            url: wanted.url.clone(),
            filter: wanted.filter.clone(),
            secret: wanted.secret.clone(),
            position: 3,
            replays: 0,
            attempts: 0,
            next_attempt_at_ms: shown.webhook.created_at_ms,
            last_error: None,
            paused_because: None,
            created_at_ms: shown.webhook.created_at_ms,
        }
    );
    assert!(shown.webhook.created_at_ms > 0);
    assert_eq!((shown.behind, shown.dead_letters, shown.resending), (0, 0, 0));
    assert_eq!(
        done(store, |transaction| transaction.create_webhook(&wanted)),
        WebhookCreation::CodeTaken
    );

    done(store, |transaction| {
        transaction.create_webhook(&new("ACME", "A", Some(1)))?;
        transaction.create_webhook(&new("OTHER", "W", Some(0)))
    });
    let of = |payer: Option<&str>| -> Vec<(String, String, u64)> {
        let all = store.webhooks(payer).expect("read");
        let of = |standing: WebhookStanding| (standing.webhook.payer, standing.webhook.code, standing.behind);
        all.into_iter().map(of).collect()
    };
    let row = |payer: &str, code: &str, behind| (payer.to_owned(), code.to_owned(), behind);
    assert_eq!(of(Some("ACME")), [row("ACME", "A", 2), row("ACME", "W", 0)]);
    assert_eq!(
        of(None),
        [row("ACME", "A", 2), row("ACME", "W", 0), row("OTHER", "W", 0)],
        "another payer's events are none of its"
    );
    assert_eq!(of(Some("NOBODY")), []);
    for (payer, code) in [("OTHER", "A"), ("NOBODY", "W"), ("ACME", "w"), ("ACME", "\0")] {
        assert_eq!(store.webhook(payer, code), Ok(None), "{payer} {code}");
        assert_eq!(store.dead_letters(payer, code, 0, 10), Ok(vec![]));
        done(store, |transaction| {
            assert!(!transaction.delete_webhook(payer, code)?);
            assert!(!transaction.pause_webhook(payer, code, "asked")?);
            assert!(!transaction.resume_webhook(payer, code)?);
            assert!(!transaction.replay_webhook(payer, code, 0)?);
            assert_eq!(transaction.resend_dead_letters(payer, code, None)?, None);
            Ok(())
        });
    }
    assert!(done(store, |transaction| transaction.delete_webhook("ACME", "W")));
    assert_eq!(of(None), [row("ACME", "A", 2), row("OTHER", "W", 0)]);
    let created = done(store, |transaction| transaction.create_webhook(&wanted));
    assert!(
        matches!(created, WebhookCreation::Created(id) if id > shown.webhook.id),
        "ids are not given again"
    );
}

fn a_webhook_that_is_not_committed_is_none(store: &dyn Store) {
    dropped(store, |transaction| transaction.create_webhook(&new("ACME", "W", None)));
    assert_eq!(
        (store.webhook("ACME", "W"), store.webhooks(None)),
        (Ok(None), Ok(vec![]))
    );
    assert_eq!(store.webhook_sequence(), Ok(0));
}

fn a_payer_has_so_many_webhooks(store: &dyn Store) {
    let created = done(store, |transaction| {
        for number in 0..WEBHOOKS_MAX {
            transaction.create_webhook(&new("ACME", &format!("W{number}"), None))?;
        }
        transaction.create_webhook(&new("ACME", "W", None))
    });
    assert_eq!(created, WebhookCreation::TooMany);
    let other = done(store, |transaction| {
        transaction.create_webhook(&new("OTHER", "W", None))
    });
    assert!(matches!(other, WebhookCreation::Created(_)));
}

fn a_webhook_is_leased_by_one_host(store: &dyn Store) {
    let id = create(store, "W");
    let taken: usize = thread::scope(|scope| {
        let hosts = ["a", "b", "c"].map(|host| scope.spawn(move || usize::from(lease(store, id, host, LONG))));
        hosts.into_iter().map(|host| host.join().expect("answered")).sum()
    });
    assert_eq!(taken, 1);
    done(store, |transaction| transaction.delete_webhook("ACME", "W"));

    let id = create(store, "W");
    assert!(lease(store, id, "a", OVER));
    assert!(lease(store, id, "b", LONG), "the time of `a` is over");
    assert!(!lease(store, id, "a", LONG));
    assert!(lease(store, id, "b", LONG), "it has it already");
    assert_eq!(
        (
            active(store, "a")[0].leased_elsewhere,
            active(store, "b")[0].leased_elsewhere
        ),
        (true, false)
    );
    let renew = |host: &str, lease| {
        done(store, |transaction| {
            transaction.renew_webhooks(&[id, id + 1], host, lease)
        })
    };
    assert_eq!((renew("a", LONG), renew("b", OVER)), (vec![], vec![id]));
    assert!(!active(store, "a")[0].leased_elsewhere, "it was renewed for no time");
    assert!(!record(store, &progress(id, 1)), "host `a` does not have it");
    assert!(!done(store, |transaction| transaction.lease_webhook(id, 1, "a", LONG)));
    assert!(lease(store, id, "a", LONG));
    assert!(!lease(store, id + 1, "a", LONG), "there is none");
}

fn a_turn_moves_a_webhook_on(store: &dyn Store) {
    let id = leased(store);
    assert_eq!(standing(store, "W").behind, 10);
    assert!(record(store, &progress(id, 4)));
    assert_eq!((webhook(store, "W").position, standing(store, "W").behind), (4, 6));
    assert!(active(store, "b")[0].leased_elsewhere, "the turn goes on");
    let end = WebhookProgress {
        ended: true,
        ..progress(id, 7)
    };
    assert!(record(store, &end));
    assert_eq!(webhook(store, "W").position, 7);
    assert!(!active(store, "b")[0].leased_elsewhere);
    assert!(!record(store, &progress(id, 8)), "the turn has ended");
    assert!(!record(store, &progress(id + 1, 8)), "there is none");

    append(store, BEHIND_MAX + 5);
    assert_eq!(standing(store, "W").behind, BEHIND_MAX);
}

fn what_is_not_taken_waits_and_is_given_up_in_the_end(store: &dyn Store) {
    let id = leased(store);
    let try_again = |position, after, ended| WebhookProgress {
        failed: failed(position + 1, AfterFailure::TryAgain(after)),
        ended,
        ..progress(id, position)
    };
    assert!(record(store, &try_again(2, OVER, false)));
    let of = |webhook: &Webhook| (webhook.position, webhook.attempts, webhook.last_error.clone());
    let nobody = Some("nobody listens".to_owned());
    assert_eq!(of(&webhook(store, "W")), (2, 1, nobody.clone()));
    assert_eq!(active(store, "a")[0].wait, Duration::ZERO);
    assert!(record(store, &try_again(2, LONG, true)));
    assert_eq!(of(&webhook(store, "W")), (2, 2, nobody.clone()));
    let wait = active(store, "a")[0].wait;
    assert!(wait > LONG / 2 && wait <= LONG, "{wait:?}");
    assert!(lease(store, id, "a", LONG));
    assert!(record(store, &progress(id, 2)));
    assert_eq!(of(&webhook(store, "W")), (2, 2, nobody.clone()), "nothing was tried");
    assert!(record(store, &progress(id, 3)));
    assert_eq!(of(&webhook(store, "W")), (3, 0, None), "it was taken");

    assert!(record(store, &try_again(5, OVER, false)));
    let given_up = WebhookProgress {
        failed: failed(6, AfterFailure::GiveUp),
        ..progress(id, 5)
    };
    assert!(record(store, &given_up));
    assert_eq!(of(&webhook(store, "W")), (6, 0, None));
    assert_eq!(
        (dead_letters(store), standing(store, "W").dead_letters),
        (vec![(6, 2, None)], 1)
    );
    let letters = store.dead_letters("ACME", "W", 0, 10).expect("read");
    assert_eq!(letters[0].event, store.events("ACME", 5, 1).expect("read")[0]);
    assert_eq!(letters[0].error, "nobody listens");
    assert!(letters[0].at_ms >= letters[0].event.at_ms);
    let later = WebhookProgress {
        failed: failed(9, AfterFailure::GiveUp),
        ended: true,
        ..progress(id, 8)
    };
    assert!(record(store, &later));
    let page = |after, limit| store.dead_letters("ACME", "W", after, limit).expect("read").len();
    assert_eq!(
        (page(0, 1), page(5, 10), page(6, 10), page(9, 10), page(u64::MAX, 10)),
        (1, 2, 1, 0, 0)
    );
    assert_eq!(store.dead_letters("OTHER", "W", 0, 10), Ok(vec![]));
    assert!(done(store, |transaction| transaction.delete_webhook("ACME", "W")));
    assert!(dead_letters(store).is_empty());
}

fn a_webhook_is_paused_and_resumed(store: &dyn Store) {
    let id = leased(store);
    let pause = |reason: &str| done(store, |transaction| transaction.pause_webhook("ACME", "W", reason));
    let resume = || done(store, |transaction| transaction.resume_webhook("ACME", "W"));
    assert!(pause("asked by jane"));
    assert!(pause("asked by john"));
    assert_eq!(webhook(store, "W").paused_because.as_deref(), Some("asked by jane"));
    assert!(active(store, "a").is_empty());
    assert!(record(store, &progress(id, 2)), "what was under way");
    assert!(!lease(store, id, "a", LONG));
    assert!(resume());
    assert_eq!(
        (webhook(store, "W").paused_because, webhook(store, "W").position),
        (None, 2)
    );
    assert!(lease(store, id, "a", LONG));

    let gone = WebhookProgress {
        failed: failed(4, AfterFailure::Pause),
        ended: true,
        ..progress(id, 3)
    };
    assert!(record(store, &gone));
    let paused = webhook(store, "W");
    assert_eq!(
        (
            paused.position,
            paused.attempts,
            paused.last_error.as_deref(),
            paused.paused_because.as_deref()
        ),
        (3, 1, Some("nobody listens"), Some("nobody listens"))
    );
    assert!(resume());
    let resumed = webhook(store, "W");
    assert_eq!(
        (
            resumed.position,
            resumed.attempts,
            resumed.last_error,
            resumed.paused_because
        ),
        (3, 0, None, None)
    );

    // What waits is tried at once.
    assert!(lease(store, id, "a", LONG));
    let waits = WebhookProgress {
        failed: failed(4, AfterFailure::TryAgain(LONG)),
        ..progress(id, 3)
    };
    assert!(record(store, &waits));
    assert!(resume());
    assert_eq!(active(store, "a")[0].wait, Duration::ZERO);
}

fn a_webhook_is_set_back(store: &dyn Store) {
    let id = with_dead_letters(store, &[2, 5, 7]);
    assert_eq!(resend(store, Some(5)), Some(1));
    let replay = |after| done(store, |transaction| transaction.replay_webhook("ACME", "W", after));
    assert!(replay(4));
    let set_back = webhook(store, "W");
    assert_eq!((set_back.position, set_back.replays, set_back.attempts), (4, 1, 0));
    assert_eq!(
        dead_letters(store),
        [(2, 1, None)],
        "the others are sent again with the rest"
    );
    assert_eq!(active(store, "a")[0].resend_wait, None);
    assert!(!record(store, &progress(id, 9)), "the turn began before");
    assert_eq!(webhook(store, "W").position, 4);
    assert!(!lease(store, id, "a", LONG), "what is known of it is old");
    assert!(!done(store, |transaction| transaction.lease_webhook(id, 1, "b", LONG)));
    assert!(done(store, |transaction| transaction.lease_webhook(id, 1, "a", LONG)));
    let again = WebhookProgress {
        replays: 1,
        failed: failed(5, AfterFailure::GiveUp),
        ..progress(id, 4)
    };
    assert!(record(store, &again));
    assert_eq!(dead_letters(store), [(2, 1, None), (5, 1, None)]);
}

fn dead_letters_are_sent_again(store: &dyn Store) {
    let id = with_dead_letters(store, &[2, 5, 7, 8]);
    assert_eq!(
        (to_resend(store, id), active(store, "a")[0].resend_wait),
        (vec![], None)
    );
    assert_eq!(
        (resend(store, Some(3)), resend(store, Some(u64::MAX))),
        (Some(0), Some(0))
    );
    assert_eq!(active(store, "a")[0].resend_wait, None);
    assert_eq!(resend(store, Some(7)), Some(1));
    assert_eq!(to_resend(store, id), [7]);
    assert_eq!(active(store, "a")[0].resend_wait, Some(Duration::ZERO));
    assert_eq!(resend(store, None), Some(4));
    assert_eq!(to_resend(store, id), [2, 5, 7, 8]);
    assert_eq!(store.dead_letters_to_resend(id, 2).expect("read").len(), 2);
    assert_eq!(
        (standing(store, "W").dead_letters, standing(store, "W").resending),
        (4, 4)
    );

    let not_resent = |resent: &[u64], then, position| WebhookProgress {
        resent: resent.to_vec(),
        not_resent: failed(position, then),
        ..progress(id, 8)
    };
    assert!(record(store, &not_resent(&[2], AfterFailure::TryAgain(LONG), 5)));
    assert_eq!(dead_letters(store), [(5, 2, Some(1)), (7, 1, Some(0)), (8, 1, Some(0))]);
    assert!(to_resend(store, id).is_empty(), "the others wait behind it");
    assert!(active(store, "a")[0].resend_wait > Some(LONG / 2));
    assert_eq!(webhook(store, "W").attempts, 0, "which says nothing of the feed");
    assert_eq!(resend(store, None), Some(3));
    assert!(record(store, &not_resent(&[], AfterFailure::TryAgain(OVER), 5)));
    assert_eq!(to_resend(store, id), [5, 7, 8]);
    assert!(record(store, &not_resent(&[], AfterFailure::GiveUp, 5)));
    assert_eq!(dead_letters(store), [(5, 4, None), (7, 1, Some(0)), (8, 1, Some(0))]);
    assert!(record(store, &not_resent(&[7, 8], AfterFailure::GiveUp, 5)));
    assert_eq!(dead_letters(store), [(5, 5, None)]);
    assert_eq!(
        (to_resend(store, id), active(store, "a")[0].resend_wait),
        (vec![], None)
    );

    assert_eq!(resend(store, None), Some(1));
    assert!(record(store, &not_resent(&[], AfterFailure::Pause, 5)));
    assert_eq!(webhook(store, "W").paused_because.as_deref(), Some("nobody listens"));
    done(store, |transaction| transaction.resume_webhook("ACME", "W"));
    assert_eq!(to_resend(store, id), [5]);
}

fn a_secret_is_replaced(store: &dyn Store) {
    let ids = [("ACME", "B"), ("OTHER", "A"), ("ACME", "A")].map(|(payer, code)| {
        match done(store, |transaction| transaction.create_webhook(&new(payer, code, None))) {
            WebhookCreation::Created(id) => id,
            other => unreachable!("{other:?}"),
        }
    });
    let secret = |text: &str| WebhookSecret(text.to_owned());
    let first = || secret("a secret of some length");
    assert_eq!(
        store.webhook_secrets(),
        Ok(ids.map(|id| (id, first())).to_vec()),
        "of all payers"
    );
    let sequence = store.webhook_sequence().expect("read");
    let replace = |id| {
        done(store, |transaction| {
            transaction.replace_webhook_secret(id, &secret("sealed: ä"))
        })
    };
    assert_eq!((replace(ids[1]), replace(ids[2] + 99)), (true, false));
    assert_eq!(
        store.webhook_secrets(),
        Ok(vec![
            (ids[0], first()),
            (ids[1], secret("sealed: ä")),
            (ids[2], first())
        ])
    );
    let shown = store.webhook("OTHER", "A").expect("read").expect("there").webhook;
    assert_eq!(shown.secret, secret("sealed: ä"));
    assert_eq!(
        store.webhook_sequence(),
        Ok(sequence + 1),
        "whoever sends for it looks again"
    );
}

fn each_change_that_is_asked_for_is_counted(store: &dyn Store) {
    let id = with_dead_letters(store, &[1]);
    let mut last = store.webhook_sequence().expect("read");
    assert!(last > 0);
    let mut check = |what: &str, counted: bool| {
        let now = store.webhook_sequence().expect("read");
        assert_eq!(now > last, counted, "{what}");
        last = now;
    };
    assert!(lease(store, id, "a", LONG));
    assert!(record(store, &progress(id, 2)));
    check("a turn", false);
    done(store, |transaction| transaction.pause_webhook("ACME", "W", "asked"));
    check("paused", true);
    done(store, |transaction| transaction.resume_webhook("ACME", "W"));
    check("resumed", true);
    resend(store, None);
    check("to be sent again", true);
    done(store, |transaction| transaction.replay_webhook("ACME", "W", 0));
    check("set back", true);
    done(store, |transaction| transaction.delete_webhook("ACME", "W"));
    check("deleted", true);
    done(store, |transaction| transaction.delete_webhook("ACME", "W"));
    check("nothing", false);
}
