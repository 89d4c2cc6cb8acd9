//! The API's coarse status words: closed sets, written as they stand on the wire.

use serde::{Deserialize, Serialize};

macro_rules! status_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$word_doc])* $word),+
        }

        impl $name {
            /// Every word, in the order of the API reference.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$word => stringify!($word)),+ }
            }
        }
    };
}

status_words! {
    /// `Status` of a command. Source: API reference, `CommandStatus`.
    CommandStatus {
        /// No invocation was sent yet.
        Pending,
        /// At least one invocation left Pending.
        InProgress,
        /// See [`CommandOutcome`](super::CommandOutcome) for how an end is found.
        Success,
        /// Cancelled before its end.
        Cancelled,
        /// Failed or incomplete.
        Failed,
        /// Too many invocations were not delivered in time.
        TimedOut,
        /// A cancel is under way.
        Cancelling,
    }
}

status_words! {
    /// `Status` of an invocation. Source: API reference, `CommandInvocationStatus`.
    InvocationStatus {
        /// Not yet handed to an agent.
        Pending,
        /// Handed to an agent, or running.
        InProgress,
        /// Its node is away.
        Delayed,
        /// Every step ended well.
        Success,
        /// Cancelled.
        Cancelled,
        /// Not delivered, or not done, in time.
        TimedOut,
        /// Failed.
        Failed,
        /// A cancel is under way.
        Cancelling,
    }
}

status_words! {
    /// `Status` of a plugin (a step) in `CommandPlugins`. Source: API reference, `CommandPluginStatus`.
    CommandPluginStatus {
        /// Not yet sent.
        Pending,
        /// Sent, or running.
        InProgress,
        /// Ended well, or skipped.
        Success,
        /// Stopped at its timeout.
        TimedOut,
        /// Stopped by a cancel.
        Cancelled,
        /// Failed.
        Failed,
    }
}
