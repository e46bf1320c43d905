//! How many components are checked at once. It takes long and much memory, so a server does few at a time, and one payer
//! does not keep the others from theirs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many at once.
const ADMISSIONS_MAX: usize = 2;

/// The admissions that are under way, by payer; none is the platform.
#[derive(Debug, Default)]
pub(in crate::http) struct Admissions {
    under_way: Mutex<HashSet<Option<String>>>,
}

/// An admission that is under way, for as long as it is held.
#[derive(Debug)]
pub(super) struct Admission {
    among: Arc<Admissions>,
    payer: Option<String>,
}

impl Admissions {
    /// Begins one for a payer, or for the platform, or says why none can be begun now.
    pub(super) fn begin(self: &Arc<Self>, payer: Option<&str>) -> Result<Admission, &'static str> {
        let payer = payer.map(str::to_owned);
        let mut under_way = self.lock();
        if under_way.contains(&payer) {
            return Err("Another component is being checked for you; send this one when that is done");
        }
        if under_way.len() >= ADMISSIONS_MAX {
            return Err("As many components as may be are being checked; send this one in a moment");
        }
        under_way.insert(payer.clone());
        drop(under_way);
        Ok(Admission {
            among: Arc::clone(self),
            payer,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Option<String>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.among.lock().remove(&self.payer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Admissions;

    #[test]
    fn few_components_are_checked_at_once_and_one_of_a_payer() {
        let admissions = Arc::new(Admissions::default());
        let one = admissions.begin(Some("ACME")).expect("the first");
        let again = admissions.begin(Some("ACME")).expect_err("the same payer");
        assert!(again.contains("for you"), "{again}");
        let _of_platform = admissions.begin(None).expect("the second");
        let third = admissions.begin(Some("ZENITH")).expect_err("the third");
        assert!(third.contains("in a moment"), "{third}");
        drop(one);
        assert!(admissions.begin(Some("ZENITH")).is_ok());
    }
}
