//! The suite of [`Authenticator`].

use crate::ports::{Authenticator, Credential, UnknownCredential};

/// A credential that an implementation was made with.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its access key.
    pub access_key: String,
    /// The session token that must come along, if one must.
    pub session_token: Option<String>,
    /// What belongs to both.
    pub credential: Credential,
}

/// Checks the contract on implementations that know exactly these credentials, of which there is at least one.
///
/// # Panics
/// When the contract is broken, or no credential is given.
pub async fn suite<A: Authenticator, F: Future<Output = A>>(make: impl Fn() -> F, known: &[Known]) {
    assert!(!known.is_empty(), "the suite needs a credential that is known");
    let authenticator = make().await;
    for Known { access_key, session_token, credential } in known {
        // Twice: to ask changes nothing.
        for _ in 0..2 {
            let found = authenticator.credential(access_key, session_token.as_deref()).await;
            let found = found.expect("a credential that is known is found");
            assert_eq!(found.account, credential.account, "a credential belongs to its account");
            assert_eq!(found.principal, credential.principal, "a credential belongs to its caller");
            assert_eq!(found.secret.expose(), credential.secret.expose(), "a credential has its secret");
            let shown = format!("{found:?}");
            assert!(!shown.contains(credential.secret.expose()), "a secret is never shown");
        }
        let (longer, padded) = (format!("{access_key}x"), format!(" {access_key}"));
        let shorter: String = access_key.chars().skip(1).collect();
        for unknown in ["", "*", "%", "unknown", longer.as_str(), padded.as_str(), shorter.as_str()] {
            let answer = authenticator.credential(unknown, session_token.as_deref()).await.map(drop);
            assert_eq!(answer, Err(UnknownCredential), "an access key that is not known is refused: {unknown:?}");
        }
        let wrong = session_token.as_ref().map_or("a token".to_owned(), |token| format!("{token}x"));
        let answer = authenticator.credential(access_key, Some(&wrong)).await.map(drop);
        assert_eq!(answer, Err(UnknownCredential), "a session token that does not belong to the key is refused");
        if session_token.is_some() {
            let answer = authenticator.credential(access_key, None).await.map(drop);
            assert_eq!(answer, Err(UnknownCredential), "a key that needs a session token is refused without it");
        }
    }
}
