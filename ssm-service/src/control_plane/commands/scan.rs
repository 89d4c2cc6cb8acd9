//! A page of a listing whose filters no index serves.

use std::time::Duration;

use ssm_core::api::{ApiError, CommandFilters, CommandListing, ErrorCode};
use ssm_core::ids::CommandNumber;
use ssm_core::ports::CallerContext;
use ssm_core::time::Timestamp;

use crate::control_plane::{ControlPlane, unavailable};

/// Commands older than this are not listed, unless by their id. Source: user guide, "Understanding command statuses".
const HISTORY: Duration = Duration::from_secs(30 * 24 * 3600);
/// Most rows that one call of a listing looks at for rows that pass its filters. A page that is not full by then goes out with a
/// token, also an empty one. Our choice.
const MOST_LOOKED_AT: usize = 1000;
/// Rows that are read at once for that. Our choice.
pub(super) const PORTION: usize = 200;

/// Collects a page, row by row. `C`: a place in the list.
pub(super) struct Scan<T, C> {
    limit: usize,
    items: Vec<T>,
    cursor: Option<C>,
    looked_at: usize,
    rows: usize,
    more: bool,
}

impl<T, C: Clone> Scan<T, C> {
    /// A page of so many items behind this place.
    pub(super) fn new(limit: usize, cursor: Option<C>) -> Self {
        Self { limit, items: Vec::new(), cursor, looked_at: 0, rows: 0, more: false }
    }

    /// Behind which place to go on.
    pub(super) fn cursor(&self) -> Option<C> {
        self.cursor.clone()
    }

    /// Rows that were read besides those of the list.
    pub(super) fn spend(&mut self, rows: usize) {
        self.looked_at += rows;
    }

    /// Takes the next row: its item when it passes. `false`: the page is complete.
    pub(super) fn look_at(&mut self, place: C, item: Option<T>) -> bool {
        self.rows += 1;
        if item.is_some() && self.items.len() == self.limit {
            self.more = true;
            return false;
        }
        self.looked_at += 1;
        self.items.extend(item);
        self.cursor = Some(place);
        self.more = self.looked_at >= MOST_LOOKED_AT;
        !self.more
    }

    /// Takes the only row that there can be.
    pub(super) fn look_at_last(&mut self, place: C, item: Option<T>) {
        self.look_at(place, item);
        self.more = false;
    }

    /// Goes on behind a place without looking at what lies before it. `false`: the page is complete.
    pub(super) fn skip_to(&mut self, place: C) -> bool {
        self.look_at(place, None)
    }

    /// Whether there was no row at all.
    pub(super) fn found_nothing(&self) -> bool {
        self.rows == 0
    }

    /// The page, and the place behind which the next one begins, if there is one.
    pub(super) fn page(self) -> (Vec<T>, Option<C>) {
        (self.items, self.cursor.filter(|_| self.more))
    }
}

/// Which commands, by time.
pub(super) struct Span {
    pub(super) since: CommandNumber,
    pub(super) before: Option<CommandNumber>,
}

impl Span {
    /// What the filters ask for.
    pub(super) fn asked_for(filters: &CommandFilters) -> Self {
        Self {
            since: CommandNumber::first_at(filters.since.unwrap_or(Timestamp::MIN)),
            before: filters.before.map(CommandNumber::first_at),
        }
    }

    /// Of that, what is listed.
    pub(super) fn of(filters: &CommandFilters, now: Timestamp) -> Self {
        let span = Self::asked_for(filters);
        Self { since: span.since.max(CommandNumber::first_at(now - HISTORY)), ..span }
    }

    pub(super) fn holds(&self, number: CommandNumber) -> bool {
        number >= self.since && self.before.is_none_or(|before| number < before)
    }
}

impl ControlPlane {
    /// That an instance of which nothing is listed is at least registered, unless a command was named.
    ///
    /// # Errors
    /// `InvalidInstanceId`.
    pub(super) async fn require_known(&self, context: &CallerContext, wanted: &CommandListing) -> Result<(), ApiError> {
        let (Some(instance), None) = (&wanted.instance, &wanted.command) else { return Ok(()) };
        match self.0.store.node(&context.account, instance).await.map_err(unavailable)? {
            Some(_) => Ok(()),
            None => {
                let text = format!("Instance {instance} is not known in account {}", context.account);
                Err(ApiError::new(ErrorCode::InvalidInstanceId, text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads pages of the numbers from `from` down that pass, as listings do.
    fn page(
        limit: usize,
        behind: Option<usize>,
        rows: usize,
        passes: impl Fn(usize) -> bool,
    ) -> (Vec<usize>, Option<usize>) {
        let mut scan = Scan::new(limit, behind);
        for row in (0..behind.unwrap_or(rows)).rev() {
            if !scan.look_at(row, passes(row).then_some(row)) {
                break;
            }
        }
        scan.page()
    }

    #[test]
    fn pages_have_no_gaps_and_a_call_looks_at_a_bounded_number_of_rows() {
        for (every, rows) in [(1, 0), (1, 7), (1, 2500), (3, 2500), (700, 5000), (999_999, 5000)] {
            for limit in [1, 2, 50] {
                let (mut all, mut behind) = (Vec::new(), None);
                loop {
                    let (items, next) = page(limit, behind, rows, |row| row % every == 1 % every);
                    assert!(items.len() <= limit);
                    let looked_at = behind.unwrap_or(rows) - next.unwrap_or(0);
                    assert!(looked_at <= MOST_LOOKED_AT || next.is_none());
                    all.extend(items);
                    if next.is_none() {
                        break;
                    }
                    assert!(next < behind || behind.is_none(), "each page goes on");
                    behind = next;
                }
                let wanted: Vec<_> = (0..rows).rev().filter(|row| row % every == 1 % every).collect();
                assert_eq!(all, wanted, "every {every} of {rows} by {limit}");
            }
        }
    }

    #[test]
    fn a_full_page_without_more_has_no_token() {
        assert_eq!(page(3, None, 3, |_| true), (vec![2, 1, 0], None));
        assert_eq!(page(2, None, 3, |_| true), (vec![2, 1], Some(1)));
        assert_eq!(page(1, None, 3, |row| row == 2), (vec![2], None));
    }
}
