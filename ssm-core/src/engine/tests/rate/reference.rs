//! The rules of rate control once more, said as plainly as they can be: no tallies, no completions, nothing kept. Every question
//! is answered from all that ever happened, by plain loops.
//!
//! Of the engine it takes words only (names of states and ends), and none of its functions. Source: user guide, "Using targets and
//! rate controls" and "Understanding command statuses"; where these are silent, our choices as the engine's docs name them.

use crate::command::{CommandOutcome, InvocationOutcome as End, InvocationState as State};

/// What happened to a node's invocation, or to its command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    Queued,
    /// The document is not for its platform.
    Refused,
    /// Its node polled, with room for a command or without.
    Polled {
        room: bool,
    },
    /// The dispatcher gave it a slot.
    Released,
    /// The agent acknowledged, or said that it is under way.
    Acknowledged,
    /// The agent answered in the end, or could not handle the message.
    Answered(End),
    /// Time was looked at.
    Looked,
    CancelledByName,
    /// The agent acknowledged the cancel message.
    CancelTaken,
    /// The dispatcher ended it, or cancelled it, for what happened to its command.
    EndedByDispatcher,
    CommandCancelled,
    /// MaxErrors stopped the command.
    CommandStopped,
}

/// The rules of one command; times in seconds since it was sent.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) max_concurrency: &'static str,
    pub(super) max_errors: &'static str,
    pub(super) delivery_deadline: u64,
    pub(super) expires_at: u64,
}

/// All that ever happened.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) rules: Rules,
    /// A node each: whether it polled when the command was sent, and since then.
    pub(super) histories: Vec<(bool, Vec<(u64, What)>)>,
    /// Whether all targets are known.
    pub(super) resolved: bool,
    pub(super) cancelled: bool,
    pub(super) stopped: bool,
    pub(super) over: bool,
}

/// Where an invocation stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) state: Option<State>,
    since: u64,
    pub(super) answered: bool,
    only_on_request: bool,
    look_pending: bool,
    polled_at: Option<u64>,
    asked_at: Option<u64>,
    fetched_at: u64,
    cancel_taken_at: Option<u64>,
    command_cancelled: bool,
    command_stopped: bool,
}

fn within(seconds: u64, at: Option<u64>, now: u64) -> bool {
    at.is_some_and(|at| now - at <= seconds)
}

impl Standing {
    fn waits(&self) -> bool {
        matches!(self.state, Some(State::Queued | State::Delayed))
    }

    fn is_unsent(&self) -> bool {
        self.waits() || self.state == Some(State::Released)
    }

    fn is_with_agent(&self) -> bool {
        matches!(self.state, Some(State::HandedOut | State::Running | State::Cancelling))
    }

    pub(super) fn holds_slot(&self) -> bool {
        self.state == Some(State::Released) || self.is_with_agent()
    }

    pub(super) fn end(&self) -> Option<End> {
        match self.state {
            Some(State::Ended(end)) => Some(end),
            _ => None,
        }
    }

    fn become_at(&mut self, now: u64, state: State) {
        (self.state, self.since) = (Some(state), now);
    }

    fn cancel(&mut self, now: u64) {
        if self.is_unsent() {
            self.become_at(now, State::Ended(End::Cancelled));
        } else if matches!(self.state, Some(State::HandedOut | State::Running)) {
            self.become_at(now, State::Cancelling);
        }
    }

    fn take_in(&mut self, now: u64, what: What, rules: &Rules) {
        let in_time = now < rules.delivery_deadline;
        match what {
            What::Queued => {
                self.look_pending = !within(120, self.polled_at, now);
                self.become_at(now, State::Queued);
            }
            What::Refused => self.become_at(now, State::Ended(End::InvalidPlatform)),
            What::Polled { room } => {
                let open = !self.command_cancelled && !self.command_stopped;
                if room && in_time && open && self.state == Some(State::Released) {
                    self.fetched_at = now;
                    self.become_at(now, State::HandedOut);
                } else if room && in_time && self.waits() && !within(120, self.asked_at, now) {
                    self.asked_at = Some(now);
                }
                if !within(29, self.polled_at, now) {
                    self.polled_at = Some(now);
                }
            }
            What::Released => {
                (self.only_on_request, self.look_pending, self.asked_at) = (false, false, None);
                self.become_at(now, State::Released);
            }
            What::Acknowledged if self.is_with_agent() => {
                self.answered = true;
                if self.state == Some(State::HandedOut) {
                    self.become_at(now, State::Running);
                }
            }
            What::Answered(end) if self.is_with_agent() => {
                self.answered = true;
                self.become_at(now, State::Ended(end));
            }
            What::Acknowledged | What::Answered(_) => {}
            What::Looked => self.look(now, rules),
            What::CancelledByName => self.cancel(now),
            What::CancelTaken if self.state == Some(State::Cancelling) => {
                self.cancel_taken_at.get_or_insert(now);
            }
            What::CancelTaken => {}
            What::EndedByDispatcher if self.command_cancelled => self.cancel(now),
            What::EndedByDispatcher if self.command_stopped && self.is_unsent() => {
                self.become_at(now, State::Ended(End::Terminated));
            }
            What::EndedByDispatcher => {}
            What::CommandCancelled => self.command_cancelled = true,
            What::CommandStopped => self.command_stopped = true,
        }
    }

    /// What time alone does.
    fn look(&mut self, now: u64, rules: &Rules) {
        let a_minute_old = now >= self.since + 60;
        let polls = within(59, self.polled_at, now);
        match self.state {
            None | Some(State::Ended(_)) => {}
            Some(_) if now >= rules.expires_at => self.become_at(now, State::Ended(End::DeliveryTimedOut)),
            Some(State::Queued) if self.look_pending && a_minute_old => {
                self.look_pending = false;
                if !polls {
                    self.only_on_request = true;
                    self.become_at(now, State::Delayed);
                }
            }
            Some(State::Released) if a_minute_old => {
                self.only_on_request = true;
                self.become_at(now, if polls { State::Queued } else { State::Delayed });
            }
            Some(State::Cancelling) if self.cancel_taken_at.is_some_and(|at| now >= at + 60) => {
                self.become_at(now, State::Ended(End::Cancelled));
            }
            // A silent agent does not hold up the ramp-up for longer.
            Some(State::HandedOut | State::Cancelling) if now >= self.fetched_at + 60 => self.answered = true,
            Some(_) => {}
        }
    }
}

impl Reference {
    pub(super) fn note(&mut self, n: usize, now: u64, what: What) {
        self.histories[n - 1].1.push((now, what));
    }

    pub(super) fn note_for_all(&mut self, now: u64, what: What) {
        self.histories.iter_mut().for_each(|(_, history)| history.push((now, what)));
    }

    /// Where everything stands now, read off the histories.
    pub(super) fn picture(&self) -> Picture<'_> {
        let standing = |(polled, history): &(bool, Vec<(u64, What)>)| {
            let mut standing = Standing { polled_at: polled.then_some(0), ..Standing::default() };
            history.iter().for_each(|&(at, what)| standing.take_in(at, what, &self.rules));
            standing
        };
        Picture { of: self, nodes: self.histories.iter().map(standing).collect() }
    }
}

/// Where everything stands at a moment.
#[derive(Debug)]
pub(super) struct Picture<'a> {
    of: &'a Reference,
    /// One a node, whether it has an invocation or not.
    pub(super) nodes: Vec<Standing>,
}

impl Picture<'_> {
    /// How many invocations are so.
    pub(super) fn count(&self, wanted: impl Fn(&Standing) -> bool) -> usize {
        self.nodes.iter().filter(|it| it.state.is_some() && wanted(it)).count()
    }

    fn of_targets(&self, limit: &str) -> usize {
        match limit.strip_suffix('%') {
            Some(percent) => self.count(|_| true) * percent.parse::<usize>().unwrap() / 100,
            None => limit.parse().unwrap(),
        }
    }

    pub(super) fn most_under_way(&self) -> usize {
        self.of_targets(self.of.rules.max_concurrency).max(1)
    }

    pub(super) fn most_errors(&self) -> usize {
        self.of_targets(self.of.rules.max_errors)
    }

    pub(super) fn errors(&self) -> usize {
        self.count(|it| matches!(it.end(), Some(End::Failed | End::ExecutionTimedOut)))
    }

    /// How many may be released, as far as the dispatcher has heard of errors.
    pub(super) fn free_slots(&self, now: u64) -> usize {
        let closed = !self.of.resolved || self.of.cancelled || self.of.stopped || self.of.over;
        if closed || now >= self.of.rules.delivery_deadline {
            return 0;
        }
        let answered = self.count(|it| it.answered);
        let under_way = self.count(Standing::holds_slot);
        let ramp = if answered == 0 { 1 } else { 2 * answered };
        self.most_under_way().min(ramp).saturating_sub(under_way)
    }

    /// How many may be released, once the dispatcher has heard of everything.
    pub(super) fn room(&self, now: u64) -> usize {
        if self.errors() > self.most_errors() { 0 } else { self.free_slots(now) }
    }

    /// Whether the invocation may be given a slot, if there is one: it waits, and its node polls, or has asked where it must.
    pub(super) fn may_be_released(&self, n: usize, now: u64) -> bool {
        let it = &self.nodes[n - 1];
        let ready = it.state == Some(State::Queued) && !it.only_on_request && within(120, it.polled_at, now);
        it.waits() && (ready || within(120, it.asked_at, now))
    }

    /// How the command ends, once every invocation has ended.
    pub(super) fn roll_up(&self) -> Option<CommandOutcome> {
        let ends: Vec<End> = self.nodes.iter().filter_map(Standing::end).collect();
        if !self.of.resolved || ends.len() < self.count(|_| true) {
            return None;
        }
        let count = |wanted: &[End]| ends.iter().filter(|end| wanted.contains(end)).count();
        let all_are = |wanted: &[End]| !ends.is_empty() && count(wanted) == ends.len();
        let threshold = self.most_errors().max(1);
        let could_not = [End::AccessDenied, End::InvalidPlatform, End::Undeliverable, End::Terminated];
        let unwell = [End::Failed, End::ExecutionTimedOut, End::DeliveryTimedOut, End::Cancelled];
        Some(if ends.is_empty() && !self.of.cancelled {
            CommandOutcome::NoInstancesInTag
        } else if all_are(&[End::AccessDenied]) {
            CommandOutcome::AccessDenied
        } else if self.of.cancelled || all_are(&[End::Cancelled]) {
            CommandOutcome::Cancelled
        } else if self.errors() >= threshold {
            CommandOutcome::Failed
        } else if count(&[End::DeliveryTimedOut]) >= threshold {
            CommandOutcome::DeliveryTimedOut
        } else if all_are(&could_not) {
            CommandOutcome::Failed
        } else if count(&unwell) > 0 {
            CommandOutcome::Incomplete
        } else {
            CommandOutcome::Success
        })
    }
}
