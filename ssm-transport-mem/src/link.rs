//! A request channel with an answer for each request.

use ssm_core::api::{ApiError, ErrorCode};
use ssm_core::ports::CallerContext;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Most calls that wait for the server; further ones wait at the client.
const QUEUE: usize = 64;

/// The calling end. Cheap to clone.
#[derive(Debug)]
pub struct Client<Q, A> {
    calls: mpsc::Sender<Call<Q, A>>,
}

/// The answering end.
#[derive(Debug)]
pub struct Server<Q, A> {
    calls: mpsc::Receiver<Call<Q, A>>,
}

#[derive(Debug)]
struct Call<Q, A> {
    context: CallerContext,
    request: Q,
    answer: oneshot::Sender<Result<A, ApiError>>,
}

pub(crate) fn pair<Q, A>() -> (Client<Q, A>, Server<Q, A>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Client { calls: sender }, Server { calls: receiver })
}

impl<Q, A> Clone for Client<Q, A> {
    fn clone(&self) -> Self {
        Self { calls: self.calls.clone() }
    }
}

impl<Q, A> Client<Q, A> {
    pub(crate) async fn ask(&self, context: &CallerContext, request: Q) -> Result<A, ApiError> {
        let (answer, answered) = oneshot::channel();
        let call = Call { context: context.clone(), request, answer };
        if self.calls.send(call).await.is_err() {
            return Err(unanswered("the server is gone"));
        }
        answered.await.unwrap_or_else(|_| Err(unanswered("the server went away")))
    }
}

fn unanswered(why: &str) -> ApiError {
    ApiError::new(ErrorCode::Unanswered, why)
}

impl<Q: Send + 'static, A: Send + 'static> Server<Q, A> {
    /// Answers each call in a task of its own, so that a waiting poll holds up nobody.
    pub(crate) async fn answer_with<H, F>(mut self, handler: H)
    where
        H: Fn(CallerContext, Q) -> F,
        F: Future<Output = Result<A, ApiError>> + Send + 'static,
    {
        let mut under_way = JoinSet::new();
        while let Some(Call { context, request, mut answer }) = self.calls.recv().await {
            let handled = handler(context, request);
            under_way.spawn(async move {
                let result = tokio::select! {
                    result = handled => Some(result),
                    () = answer.closed() => None,
                };
                if let Some(result) = result {
                    // The client may have gone in the meantime.
                    let _ = answer.send(result);
                }
            });
            while under_way.try_join_next().is_some() {}
        }
        while under_way.join_next().await.is_some() {}
    }
}
