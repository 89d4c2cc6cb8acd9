//! What a poll reads.

use std::ops::Bound;

use ssm_core::ids::{AccountId, CommandNumber, InstanceId};
use ssm_core::record::{InvocationKey, MailKind, Mailbox, MailboxEntry};
use ssm_core::time::Timestamp;

use super::tables::{FIRST, LAST, Place, Tables, counts};

impl Tables {
    pub(super) fn read_mailbox(
        &self,
        account: &AccountId,
        instance: &InstanceId,
        now: Timestamp,
        limit: usize,
    ) -> Mailbox {
        let place = (account.clone(), instance.clone());
        let kinds = [MailKind::Cancel, MailKind::Again, MailKind::First];
        let visible = kinds.into_iter().flat_map(|kind| {
            let all = (place.clone(), kind, Timestamp::MIN, FIRST)..=(place.clone(), kind, now, LAST);
            self.mail.range(all).map(|(.., number)| *number)
        });
        let hidden = kinds.into_iter().filter_map(|kind| {
            let behind = Bound::Excluded((place.clone(), kind, now, LAST));
            let last = Bound::Included((place.clone(), kind, Timestamp::MAX, LAST));
            self.mail.range((behind, last)).next().map(|(.., visible_at, _)| *visible_at)
        });
        let behind = Bound::Excluded((place.clone(), now, LAST));
        let slots = self.slots.range((behind, Bound::Included((place.clone(), Timestamp::MAX, LAST))));
        let unreleased = self.unreleased.range((place.clone(), FIRST)..=(place.clone(), LAST));
        let (revision, recent_first_hand_outs) = self.throttles.get(&place).cloned().unwrap_or_default();
        let node = self.nodes.get(&place);
        Mailbox {
            revision,
            recent_first_hand_outs,
            entries: visible.filter_map(|number| self.entry(&place, number)).take(limit).collect(),
            next_visible_at: hidden.min(),
            unreleased: unreleased
                .map(|(_, number)| *number)
                .filter(|number| self.waits_unasked(&place, *number, now))
                .take(limit)
                .collect(),
            slots_until: slots.take(limit).map(|(_, until, _)| *until).collect(),
            registered: node.is_some(),
            polled_at: node.and_then(|node| node.polled_at),
        }
    }

    fn entry(&self, (account, instance): &Place, number: CommandNumber) -> Option<MailboxEntry> {
        let (command, payload) = self.commands.get(&(account.clone(), number))?;
        let key = InvocationKey { account: account.clone(), number, instance: instance.clone() };
        Some(MailboxEntry {
            invocation: self.invocations.get(&key)?.clone(),
            payload_bytes: payload.as_str().len(),
            command_cancelled: command.cancel_requested_at.is_some(),
            command_stopped: command.stopped_at.is_some(),
        })
    }

    /// Whether the delivery deadline lies ahead, and no request counts.
    fn waits_unasked(&self, (account, instance): &Place, number: CommandNumber, now: Timestamp) -> bool {
        let key = InvocationKey { account: account.clone(), number, instance: instance.clone() };
        let in_time = self.invocations.get(&key).is_some_and(|invocation| invocation.delivery_deadline > now);
        in_time && self.requests.get(&key).is_none_or(|asked_at| !counts(*asked_at, now))
    }
}
