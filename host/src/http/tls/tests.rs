//! Certificates that are of use, those that are not, and another one at run time.

use std::path::Path;
use std::sync::Arc;

use super::{Tls, TlsFiles, certificates};

#[test]
fn a_certificate_and_its_key_are_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = Tls::load(certificates::write(folder.path())).expect("a certificate");
    assert!(!format!("{tls:?}").contains("PRIVATE"));
}

#[test]
fn what_is_of_no_use_is_said_without_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = certificates::write(folder.path());
    let (_, other_key) = certificates::certificate();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        file
    };
    let key = std::fs::read_to_string(&good.key).expect("a key");
    for (certificate, key_file, words) in [
        (folder.path().join("none"), good.key.clone(), "the certificate `"),
        (good.certificate.clone(), folder.path().join("none"), "the key `"),
        (good.key.clone(), good.key.clone(), "holds no certificate in PEM"),
        (write("empty", ""), good.key.clone(), "holds no certificate in PEM"),
        (
            good.certificate.clone(),
            good.certificate.clone(),
            "holds no private key in PEM",
        ),
        (
            good.certificate.clone(),
            write("other", &other_key),
            "is not the key of the certificate",
        ),
    ] {
        let files = TlsFiles {
            certificate,
            key: key_file,
        };
        let error = Tls::load(files).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
        let is_shown = key
            .lines()
            .filter(|line| !line.starts_with('-'))
            .any(|line| error.contains(line));
        assert!(!is_shown, "{error}");
    }
}

/// Whether the certificate that is in use is another one after the files were looked at.
fn is_renewed(tls: &Tls, is_asked: bool) -> bool {
    let before = tls.used.get_inner();
    tls.look(is_asked);
    !Arc::ptr_eq(&before, &tls.used.get_inner())
}

#[test]
fn another_certificate_is_taken_and_one_of_no_use_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = certificates::write(folder.path());
    let tls = Tls::load(files.clone()).expect("a certificate");
    assert!(!is_renewed(&tls, false), "nothing has changed");
    assert!(is_renewed(&tls, true), "it was asked for");
    certificates::write(folder.path());
    assert!(is_renewed(&tls, false), "there is another one");
    let spoil = |file: &Path| std::fs::write(file, "spoilt").expect("written");
    for file in [&files.key, &files.certificate] {
        spoil(file);
        assert!(!is_renewed(&tls, false), "{}", file.display());
        assert!(!is_renewed(&tls, true), "{}", file.display());
    }
    std::fs::remove_file(&files.key).expect("removed");
    assert!(!is_renewed(&tls, false), "there is none");
    certificates::write(folder.path());
    assert!(is_renewed(&tls, false), "there is one again");
}
