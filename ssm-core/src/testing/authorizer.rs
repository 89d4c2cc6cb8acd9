//! The suite of [`Authorizer`].

use crate::ports::{Action, Authorizer, CallerContext};

/// What a caller wants to do, and whether the implementation was made to let it pass.
#[derive(Debug, Clone)]
pub struct Question {
    /// The caller.
    pub context: CallerContext,
    /// The action.
    pub action: Action,
    /// Whether it passes.
    pub passes: bool,
}

/// Checks the contract on fresh implementations: each question has its answer, in any order and however often it is asked,
/// since a decision depends on the caller and the action alone.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<A: Authorizer, F: Future<Output = A>>(make: impl Fn() -> F, questions: &[Question]) {
    let authorizer = make().await;
    let twice_and_back = questions.iter().chain(questions).chain(questions.iter().rev());
    for Question { context, action, passes } in twice_and_back {
        let answer = authorizer.authorize(context, action).await;
        assert_eq!(
            answer.is_ok(),
            *passes,
            "whether {} may do this depends on the caller and the action alone: {action:?}: {answer:?}",
            context.principal
        );
        let again = CallerContext { idempotency_token: Some("again".to_owned()), ..context.clone() };
        assert_eq!(
            authorizer.authorize(&again, action).await.is_ok(),
            *passes,
            "an idempotency token gives no right and takes none"
        );
    }
}
