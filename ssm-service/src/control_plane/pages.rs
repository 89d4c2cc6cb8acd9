//! Tokens of listings: opaque to callers, and good only for the listing that gave them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ssm_core::api::{ApiError, ErrorCode};
use ssm_core::message::hex_sha256;
use ssm_core::ports::CallerContext;

/// What a listing is: its operation, its caller's account, and its filters.
pub(super) struct Listing(String);

#[derive(Serialize, Deserialize)]
struct Token<C> {
    of: String,
    cursor: C,
}

impl Listing {
    /// Most characters of a token that are looked at.
    const MOST: usize = 4096;

    pub(super) fn new(operation: &str, account: &impl ToString, filters: &impl Serialize) -> Self {
        let filters = serde_json::to_string(filters).unwrap_or_default();
        let text = format!("{operation}\n{}\n{filters}", account.to_string());
        Self(hex_sha256(text.as_bytes())[..16].to_owned())
    }

    /// As [`new`](Self::new), for this caller alone.
    pub(super) fn of_caller(operation: &str, context: &CallerContext, filters: &impl Serialize) -> Self {
        Self::new(operation, &format!("{} {}", context.account, context.principal), filters)
    }

    /// The token of the next page: hexadecimal, so that it survives any shell.
    pub(super) fn token(&self, cursor: impl Serialize) -> String {
        let text = serde_json::to_vec(&Token { of: self.0.clone(), cursor }).unwrap_or_default();
        text.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where the page after this token begins; `None` for the first page.
    ///
    /// # Errors
    /// `InvalidNextToken` for what is not a token of this listing.
    pub(super) fn cursor<C: DeserializeOwned>(&self, token: Option<&str>) -> Result<Option<C>, ApiError> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        let read: Option<Token<C>> = unhex(token).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.filter(|read| read.of == self.0)
            .map(|read| Some(read.cursor))
            .ok_or_else(|| ApiError::new(ErrorCode::InvalidNextToken, "The token is not one of this listing."))
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if text.len() > Listing::MOST || !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_listing_only() {
        let listing = |filter: &str| Listing::new("ListCommands", &"123456789012", &filter);
        let token = listing("a").token(7u64);
        assert_eq!(listing("a").cursor::<u64>(Some(&token)).unwrap(), Some(7));
        assert!(listing("b").cursor::<u64>(Some(&token)).is_err());
        assert_eq!(listing("a").cursor::<u64>(None).unwrap(), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_tokens_panic(text in "\\PC{0,80}|[0-9a-f]{0,80}") {
            let error = Listing::new("X", &"y", &0).cursor::<u64>(Some(&text));
            prop_assert!(text.is_empty() || error.is_err());
        }
    }
}
