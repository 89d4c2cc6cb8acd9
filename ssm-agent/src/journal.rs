//! What an agent remembers of the commands it was given, so that each runs once.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use ssm_core::ids::{JournalId, MessageId};
use uuid::Uuid;

/// Remembers commands.
///
/// # Contract
/// - What was answered to `take`, `refuse`, `start` and `finish` is durable, as far as the journal ever is, before the
///   answer: a journal on a disk flushes.
/// - An id is forgotten only when it cannot come again; a journal that cannot keep an id refuses it
///   ([`JournalError::Full`]), and the agent then leaves the command alone.
/// - Its id is made with it, and never changes: a service hands nothing out again to an agent with another journal.
#[async_trait]
pub trait Journal: Debug + Send + Sync {
    /// The journal's id.
    fn id(&self) -> JournalId;

    /// Takes a command in, once: the first time it answers [`Taken::New`], then never again.
    async fn take(&self, message: &MessageId) -> Result<Taken, JournalError>;

    /// A cancel came for a command: if that is not known it shall never run, also when it comes later.
    async fn refuse(&self, message: &MessageId) -> Result<(), JournalError>;

    /// A process of the command is about to start.
    async fn start(&self, message: &MessageId) -> Result<(), JournalError>;

    /// The command is over.
    async fn finish(&self, message: &MessageId) -> Result<(), JournalError>;
}

/// What a journal knows of a command that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Nothing until now.
    New,
    /// It was cancelled before it came.
    Refused,
    /// It came before; it runs, or is over.
    Known,
}

/// Why nothing was remembered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// No room.
    #[error("the journal is full")]
    Full,
    /// It cannot be written now.
    #[error("the journal cannot be written: {reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
}

/// A journal that ends with the process: for tests, simulations, and agents that accept to forget.
#[derive(Debug)]
pub struct MemoryJournal {
    id: JournalId,
    most: usize,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    stages: BTreeMap<MessageId, Stage>,
    /// What may be forgotten when room is needed, oldest first.
    over: VecDeque<MessageId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Refused,
    Taken,
    Started,
    Finished,
}

impl MemoryJournal {
    /// Remembers at most this many ids; the oldest that are over go first.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { id: JournalId::new(Uuid::new_v4()), most: most.max(1), entries: Mutex::default() }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Entries) -> Result<T, JournalError>) -> Result<T, JournalError> {
        change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn make_room(&self, entries: &mut Entries) -> Result<(), JournalError> {
        while entries.stages.len() >= self.most {
            let oldest = entries.over.pop_front().ok_or(JournalError::Full)?;
            entries.stages.remove(&oldest);
        }
        Ok(())
    }
}

impl Default for MemoryJournal {
    /// Remembers 10,000 ids: more than two and a half hours at the most that an instance is given.
    fn default() -> Self {
        Self::new(10_000)
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    fn id(&self) -> JournalId {
        self.id
    }

    async fn take(&self, message: &MessageId) -> Result<Taken, JournalError> {
        self.change(|entries| match entries.stages.get(message) {
            Some(Stage::Refused) => Ok(Taken::Refused),
            Some(_) => Ok(Taken::Known),
            None => {
                self.make_room(entries)?;
                entries.stages.insert(message.clone(), Stage::Taken);
                Ok(Taken::New)
            }
        })
    }

    async fn refuse(&self, message: &MessageId) -> Result<(), JournalError> {
        self.change(|entries| {
            if !entries.stages.contains_key(message) {
                self.make_room(entries)?;
                entries.stages.insert(message.clone(), Stage::Refused);
                entries.over.push_back(message.clone());
            }
            Ok(())
        })
    }

    async fn start(&self, message: &MessageId) -> Result<(), JournalError> {
        self.change(|entries| {
            if let Some(stage @ Stage::Taken) = entries.stages.get_mut(message) {
                *stage = Stage::Started;
            }
            Ok(())
        })
    }

    async fn finish(&self, message: &MessageId) -> Result<(), JournalError> {
        self.change(|entries| {
            if let Some(stage @ (Stage::Taken | Stage::Started)) = entries.stages.get_mut(message) {
                *stage = Stage::Finished;
                entries.over.push_back(message.clone());
            }
            Ok(())
        })
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_memory_journal_keeps_the_journal_contract() {
        crate::testing::journal::suite(|| async { MemoryJournal::default() }).await;
    }

    #[tokio::test]
    async fn a_full_journal_forgets_what_is_over_and_refuses_the_rest() {
        let journal = MemoryJournal::new(2);
        let ids: Vec<MessageId> = crate::testing::journal::message_ids(3);
        journal.take(&ids[0]).await.unwrap();
        journal.take(&ids[1]).await.unwrap();
        assert_eq!(journal.take(&ids[2]).await, Err(JournalError::Full));
        journal.finish(&ids[0]).await.unwrap();
        assert_eq!(journal.take(&ids[2]).await, Ok(Taken::New));
        assert_eq!(journal.take(&ids[1]).await, Ok(Taken::Known));
    }
}
