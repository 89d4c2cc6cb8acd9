//! `ListCommandInvocations`.

use std::collections::BTreeMap;

use ssm_core::api::{
    ApiError, CommandInvocation, CommandListing, ListCommandInvocationsRequest, ListCommandInvocationsResponse,
};
use ssm_core::ids::{CommandNumber, InstanceId};
use ssm_core::ports::{Action, CallerContext, InvocationQuery};
use ssm_core::record::{Command, Invocation};

use super::scan::{PORTION, Scan, Span};
use crate::control_plane::pages::Listing;
use crate::control_plane::{ControlPlane, unavailable, view};

/// A place in the list: behind this instance of the command; without one, behind all of the command's.
type Place = (CommandNumber, Option<InstanceId>);

impl ControlPlane {
    pub(in crate::control_plane) async fn list_command_invocations(
        &self,
        context: &CallerContext,
        request: ListCommandInvocationsRequest,
    ) -> Result<ListCommandInvocationsResponse, ApiError> {
        let wanted = request.parse()?;
        self.authorize(context, Action::new("ListCommandInvocations")).await?;
        let filters = (&request.command_id, &request.instance_id, &request.filters);
        let listing = Listing::of_caller("ListCommandInvocations", context, &filters);
        let cursor: Option<Place> = listing.cursor(request.next_token.as_deref())?;
        let mut scan = Scan::new(wanted.limit, cursor.clone());
        let mut commands = BTreeMap::new();
        let mut span = Span::of(&wanted.filters, self.now());
        if let Some(id) = wanted.command {
            let command = self.0.store.command(&context.account, id).await.map_err(unavailable)?;
            // An unknown id is an empty list, as the public service answers.
            let Some(command) = command else { return Ok(ListCommandInvocationsResponse::default()) };
            span = Span::asked_for(&wanted.filters);
            commands.insert(command.number, command);
        }
        self.scan_invocations(context, &wanted, &span, &mut commands, &mut scan).await?;
        if scan.found_nothing() && cursor.is_none() {
            self.require_known(context, &wanted).await?;
        }
        let (rows, next) = scan.page();
        let mut answer = ListCommandInvocationsResponse::default();
        for row in &rows {
            let Some(command) = commands.get(&row.key.number) else { continue };
            answer.command_invocations.push(self.show_invocation(command, row, request.details).await?);
        }
        answer.next_token = next.map(|place| listing.token(place));
        Ok(answer)
    }

    /// Finds the rows of a page, and the commands that they belong to. `commands` has the only one that is wanted, if one is.
    async fn scan_invocations(
        &self,
        context: &CallerContext,
        wanted: &CommandListing,
        span: &Span,
        commands: &mut BTreeMap<CommandNumber, Command>,
        scan: &mut Scan<Invocation, Place>,
    ) -> Result<(), ApiError> {
        let command = wanted.command.and_then(|_| commands.keys().next().copied());
        let limit = if wanted.filters.look() { PORTION } else { wanted.limit + 1 };
        'read: loop {
            let (before, after) = match scan.cursor() {
                Some((number, Some(instance))) => (None, Some((number, instance))),
                Some((number, None)) => (Some(number), None),
                None => (None, None),
            };
            let query = InvocationQuery {
                command,
                instance: wanted.instance.clone(),
                since: Some(span.since),
                before: span.before.into_iter().chain(before).min(),
                after,
                limit,
                ..InvocationQuery::default()
            };
            let rows = self.0.store.invocations(&context.account, &query).await.map_err(unavailable)?;
            let last = rows.len() < limit;
            for row in rows {
                let number = row.key.number;
                if !commands.contains_key(&number) {
                    let found = self.0.store.command_by_number(&context.account, number).await.map_err(unavailable)?;
                    commands.extend(found.map(|command| (number, command)));
                    scan.spend(1);
                }
                // Without its command, which retention took just now, it is not there either.
                let of = commands.get(&number);
                let meant = of.filter(|command| {
                    wanted.filters.document.as_ref().is_none_or(|name| *name == command.document.name.to_string())
                });
                let Some(command) = meant else {
                    // Nor is any other one of this command.
                    if scan.skip_to((number, None)) {
                        continue 'read;
                    }
                    return Ok(());
                };
                let state = row.visible_state(command.cancel_requested_at.is_some());
                let passes = wanted.filters.takes_status(state.status().as_str(), state.details());
                let place = (number, Some(row.key.instance.clone()));
                if !scan.look_at(place, passes.then_some(row)) {
                    return Ok(());
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn show_invocation(
        &self,
        command: &Command,
        row: &Invocation,
        details: bool,
    ) -> Result<CommandInvocation, ApiError> {
        let needed = details || view::has_one_output(command);
        let steps = if needed { self.0.store.steps(&row.key).await.map_err(unavailable)? } else { Vec::new() };
        Ok(view::invocation(command, row, &steps, details, self.region()))
    }
}
