//! A request channel with an answer for each request.

use std::fmt::Debug;
use std::future::pending;

use futures::future::BoxFuture;
use ssm_core::api::{ApiError, ErrorCode};
use ssm_core::ports::CallerContext;
use tokio::sync::oneshot::error::TryRecvError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::faults::{Direction, FaultHandle, Waiting};

/// Most calls that wait for the server; further ones wait at the client.
const QUEUE: usize = 64;

/// The calling end. Cheap to clone.
#[derive(Debug)]
pub struct Client<Q, A> {
    calls: mpsc::Sender<Call<Q, A>>,
    faults: Option<FaultHandle>,
}

/// The answering end.
#[derive(Debug)]
pub struct Server<Q, A> {
    calls: mpsc::Receiver<Call<Q, A>>,
}

struct Call<Q, A> {
    context: CallerContext,
    request: Q,
    /// `None` for a copy, which is carried out to its end though nobody waits for it.
    answer: Option<Answer<A>>,
    /// Waited for before the call is carried out: whether it arrives.
    travel: Option<BoxFuture<'static, bool>>,
}

type Answer<A> = oneshot::Sender<Result<A, ApiError>>;
type Answered<A> = oneshot::Receiver<Result<A, ApiError>>;

pub(crate) fn pair<Q, A>() -> (Client<Q, A>, Server<Q, A>) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    (Client { calls: sender, faults: None }, Server { calls: receiver })
}

impl<Q, A> Clone for Client<Q, A> {
    fn clone(&self) -> Self {
        Self { calls: self.calls.clone(), faults: self.faults.clone() }
    }
}

impl<Q, A> Client<Q, A> {
    /// This client with the link between it and the server; clones of the client from before are not touched.
    #[must_use]
    pub fn with_faults(mut self, link: &FaultHandle) -> Self {
        self.faults = Some(link.clone());
        self
    }
}

impl<Q: Clone + Send + 'static, A: Debug + Send + 'static> Client<Q, A> {
    /// Makes a call; `kind` is its operation's name.
    pub(crate) async fn ask(&self, context: &CallerContext, kind: &'static str, request: Q) -> Result<A, ApiError> {
        if let Some(link) = &self.faults {
            // Boxed, so that calls without faults are no larger for it.
            return Box::pin(self.ask_over(link, context.clone(), kind, request)).await;
        }
        let (answer, answered) = oneshot::channel();
        self.send(Call { context: context.clone(), request, answer: Some(answer), travel: None }).await?;
        answered.await.unwrap_or_else(|_| Err(unanswered("the server went away")))
    }

    async fn send(&self, call: Call<Q, A>) -> Result<(), ApiError> {
        self.calls.send(call).await.map_err(|_| unanswered("the server is gone"))
    }

    async fn ask_over(
        &self,
        link: &FaultHandle,
        context: CallerContext,
        kind: &'static str,
        request: Q,
    ) -> Result<A, ApiError> {
        // An answer that comes with the end of the patience has come; a cut is seen before it.
        tokio::select! {
            biased;
            answer = self.carry(link, context, kind, request) => answer,
            () = link.seen_cut() => Err(unanswered("the link is cut")),
            () = link.patience() => Err(unanswered("no answer in time")),
        }
    }

    /// Both ways of a call. What is lost is waited for without end.
    async fn carry(
        &self,
        link: &FaultHandle,
        context: CallerContext,
        kind: &'static str,
        request: Q,
    ) -> Result<A, ApiError> {
        let number = link.begin();
        let fate = link.fate(number, Direction::Request, kind);
        if !link.travel(Direction::Request, fate).await {
            return pending().await;
        }
        let copy = fate.copy_behind.map(|delay| {
            let travel: BoxFuture<'static, bool> = Box::pin(link.clone().travel_behind(delay));
            Call { context: context.clone(), request: request.clone(), answer: None, travel: Some(travel) }
        });
        let (answer, answered) = oneshot::channel();
        self.send(Call { context, request, answer: Some(answer), travel: None }).await?;
        let mut answered = Attended { link, answered: Some(answered) };
        if let Some(copy) = copy {
            self.send(copy).await?;
        }
        link.arrived(Direction::Request);
        let result = answered.wait().await;
        let fate = link.fate(number, Direction::Answer, kind);
        if !link.travel(Direction::Answer, fate).await {
            return pending().await;
        }
        link.arrived(Direction::Answer);
        result
    }
}

/// An answer that somebody waits for. Dropping it tells the server, unless the link is cut.
struct Attended<'a, A: Debug + Send + 'static> {
    link: &'a FaultHandle,
    answered: Option<Answered<A>>,
}

impl<A: Debug + Send + 'static> Attended<'_, A> {
    async fn wait(&mut self) -> Result<A, ApiError> {
        let Some(answered) = &mut self.answered else { return pending().await };
        let answer = answered.await;
        self.answered = None;
        answer.unwrap_or_else(|_| Err(unanswered("the server went away")))
    }
}

impl<A: Debug + Send + 'static> Drop for Attended<'_, A> {
    fn drop(&mut self) {
        if let Some(answered) = self.answered.take() {
            self.link.leave(answered);
        }
    }
}

impl<A: Debug + Send> Waiting for Answered<A> {
    fn is_over(&mut self) -> bool {
        !matches!(self.try_recv(), Err(TryRecvError::Empty))
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
        while let Some(Call { context, request, answer, travel }) = self.calls.recv().await {
            let handled = handler(context, request);
            under_way.spawn(async move {
                if let Some(travel) = travel
                    && !travel.await
                {
                    return;
                }
                let Some(mut answer) = answer else {
                    let _ = handled.await;
                    return;
                };
                let result = tokio::select! {
                    // What is ready is told, though its client leaves at the same moment: it may be gone either way.
                    biased;
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
