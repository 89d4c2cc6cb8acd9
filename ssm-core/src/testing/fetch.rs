//! The suite of [`Fetch`].

use bytes::Bytes;

use crate::ports::{Fetch, FetchError};

/// What an implementation was made to find.
#[derive(Debug, Clone, Default)]
pub struct FetchCase {
    /// Addresses, and the bytes that are there while the suite runs.
    pub there: Vec<(String, Bytes)>,
    /// Addresses of a kind that is served, where nothing is.
    pub missing: Vec<String>,
    /// Addresses of a kind that is not served.
    pub unsupported: Vec<String>,
}

/// Checks the contract on fresh implementations.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<I: Fetch, F: Future<Output = I>>(make: impl Fn() -> F, case: &FetchCase) {
    let fetch = make().await;
    for (address, bytes) in &case.there {
        for room in [0, 1, 1000] {
            let found = fetch.fetch(address, bytes.len() + room).await;
            assert_eq!(found.as_ref(), Ok(bytes), "what fits the bound is fetched whole, from {address}");
        }
        for most_bytes in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            if most_bytes < bytes.len() {
                let answer = fetch.fetch(address, most_bytes).await;
                let wanted = Err(FetchError::TooLarge { most_bytes });
                assert_eq!(answer, wanted, "more than the bound is refused, and the bound is told, from {address}");
            }
        }
    }
    for address in &case.missing {
        let answer = fetch.fetch(address, 1000).await;
        assert_eq!(answer, Err(FetchError::NotFound), "nothing is at {address}");
    }
    for address in case.unsupported.iter().map(String::as_str).chain((!case.unsupported.is_empty()).then_some("")) {
        let answer = fetch.fetch(address, 1000).await;
        assert_eq!(answer, Err(FetchError::Unsupported), "an address of another kind is not served: {address:?}");
    }
}
