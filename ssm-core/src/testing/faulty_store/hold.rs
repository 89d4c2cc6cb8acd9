//! A call that a test holds open.

use futures::channel::oneshot;

/// The test's end: it hears when the call has come, and lets it go. Dropping it lets the call go, too.
#[derive(Debug)]
pub struct Hold {
    reached: Option<oneshot::Receiver<()>>,
    release: oneshot::Sender<()>,
}

/// The store's end.
#[derive(Debug)]
pub(super) struct Held {
    reached: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

pub(super) fn pair() -> (Hold, Held) {
    let (has_come, reached) = oneshot::channel();
    let (release, released) = oneshot::channel();
    (Hold { reached: Some(reached), release }, Held { reached: has_come, released })
}

impl Hold {
    /// Ends when the call is held. At once for the second time.
    pub async fn reached(&mut self) {
        if let Some(reached) = self.reached.take() {
            let _ = reached.await;
        }
    }

    /// Lets the call go on.
    pub fn release(self) {
        // The caller may be gone.
        let _ = self.release.send(());
    }
}

impl Held {
    pub(super) async fn wait(self) {
        let _ = self.reached.send(());
        // A test that has dropped its end holds nothing.
        let _ = self.released.await;
    }
}
