//! `ListCommands`.

use ssm_core::api::{self, ApiError, CommandListing, ListCommandsRequest, ListCommandsResponse};
use ssm_core::ids::CommandNumber;
use ssm_core::ports::{Action, CallerContext, CommandQuery};
use ssm_core::record::Command;

use super::scan::{PORTION, Scan, Span};
use crate::control_plane::pages::Listing;
use crate::control_plane::{ControlPlane, unavailable};

/// Most completions that a read of a command adds to its tally. Beyond them it lags behind its dispatcher.
const UNFOLDED: usize = 1000;
/// How often such a read begins again because the dispatcher was faster.
const FOLD_ATTEMPTS: usize = 3;

impl ControlPlane {
    pub(in crate::control_plane) async fn list_commands(
        &self,
        context: &CallerContext,
        request: ListCommandsRequest,
    ) -> Result<ListCommandsResponse, ApiError> {
        let wanted = request.parse()?;
        self.authorize(context, Action::new("ListCommands")).await?;
        let filters = (&request.command_id, &request.instance_id, &request.filters);
        let listing = Listing::of_caller("ListCommands", context, &filters);
        let cursor: Option<CommandNumber> = listing.cursor(request.next_token.as_deref())?;
        let mut scan = Scan::new(wanted.limit, cursor);
        if wanted.command.is_some() {
            self.show_one_command(context, &wanted, &mut scan).await?;
        } else {
            self.show_commands(context, &wanted, &mut scan).await?;
        }
        if scan.found_nothing() && cursor.is_none() {
            self.require_known(context, &wanted).await?;
        }
        let (commands, next) = scan.page();
        Ok(ListCommandsResponse { commands, next_token: next.map(|number| listing.token(number)) })
    }

    async fn show_commands(
        &self,
        context: &CallerContext,
        wanted: &CommandListing,
        scan: &mut Scan<api::Command, CommandNumber>,
    ) -> Result<(), ApiError> {
        let Span { since, before } = Span::of(&wanted.filters, self.now());
        let limit = if wanted.filters.look() { PORTION } else { wanted.limit + 1 };
        loop {
            let before = before.into_iter().chain(scan.cursor()).min();
            let query = CommandQuery { instance: wanted.instance.clone(), since: Some(since), before, limit };
            let rows = self.0.store.commands(&context.account, &query).await.map_err(unavailable)?;
            let last = rows.len() < limit;
            for row in rows {
                let number = row.number;
                let shown = self.show_command(row, wanted, scan).await?;
                if !scan.look_at(number, shown) {
                    return Ok(());
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    /// The command as it is shown, if it passes the filters: they look at what is shown.
    async fn show_command(
        &self,
        row: Command,
        CommandListing { filters, .. }: &CommandListing,
        scan: &mut Scan<api::Command, CommandNumber>,
    ) -> Result<Option<api::Command>, ApiError> {
        if filters.document.as_ref().is_some_and(|name| *name != row.document.name.to_string()) {
            return Ok(None);
        }
        let (row, read) = self.folded(row).await?;
        scan.spend(read);
        let (status, details) = row.status();
        let passes = filters.takes_status(status.as_str(), details)
            && filters.executing.is_none_or(|executing| executing == row.ended.is_none());
        Ok(passes.then(|| api::Command::new(&row, self.region())))
    }

    /// An unknown id is an empty list, as the public service answers.
    async fn show_one_command(
        &self,
        context: &CallerContext,
        wanted: &CommandListing,
        scan: &mut Scan<api::Command, CommandNumber>,
    ) -> Result<(), ApiError> {
        let Some(id) = wanted.command else { return Ok(()) };
        let Some(command) = self.0.store.command(&context.account, id).await.map_err(unavailable)? else {
            return Ok(());
        };
        if let Some(instance) = &wanted.instance
            && self.find_invocation(&context.account, command.number, instance).await?.is_none()
        {
            return Ok(());
        }
        let number = command.number;
        // A page holds at least one, so there is never another one.
        if Span::asked_for(&wanted.filters).holds(number) && scan.cursor().is_none() {
            let shown = self.show_command(command, wanted, scan).await?;
            scan.look_at_last(number, shown);
        }
        Ok(())
    }

    /// The command with what its dispatcher has not folded yet, so that a reader never waits for it.
    /// Also answers how many rows that took.
    async fn folded(&self, mut command: Command) -> Result<(Command, usize), ApiError> {
        if command.ended.is_some() {
            return Ok((command, 0));
        }
        let (account, number) = (command.account.clone(), command.number);
        let mut read = 0;
        for _ in 0..FOLD_ATTEMPTS {
            let rows = self.0.store.completions(&account, number, UNFOLDED).await.map_err(unavailable)?;
            read += rows.len();
            // The dispatcher may have folded some of them between the two reads, which would be neither here nor there.
            let again = self.0.store.command_by_number(&account, number).await.map_err(unavailable)?;
            match again {
                Some(again) if again.revision != command.revision && again.ended.is_none() => command = again,
                Some(again) if again.ended.is_some() => return Ok((again, read)),
                _ => {
                    rows.iter().for_each(|row| command.fold(&row.completion));
                    command.ended = command.rolled_up().map(|outcome| (outcome, self.now()));
                    return Ok((command, read));
                }
            }
        }
        // Its dispatcher is faster than these reads: what it has folded by now is shown.
        Ok((command, read))
    }
}
