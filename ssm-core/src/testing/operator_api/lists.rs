//! Listings: pages without gaps or repetitions, and tokens that are good for nothing else.

use std::time::Duration;

use crate::api::{
    ApiError, DescribeInstanceInformationRequest, ErrorCode, ListCommandInvocationsRequest, ListCommandsRequest,
};
use crate::ids::{CommandId, InstanceId};
use crate::ports::OperatorApiExt;
use crate::testing::service::{Service, assert_code, instance, operator};

type Page<T> = Result<(Vec<T>, Option<String>), ApiError>;

async fn page_of_commands(service: &Service, on: Option<u64>, size: i64, token: Option<String>) -> Page<CommandId> {
    let request = ListCommandsRequest {
        instance_id: on.map(|which| instance(which).to_string()),
        max_results: Some(size),
        next_token: token,
        ..ListCommandsRequest::default()
    };
    let answer = service.now(service.operators.list_commands(&operator(), request)).await?;
    Ok((answer.commands.into_iter().map(|row| row.command_id).collect(), answer.next_token))
}

async fn page_of_invocations(
    service: &Service,
    command: Option<CommandId>,
    on: Option<u64>,
    size: i64,
    token: Option<String>,
) -> Page<(CommandId, InstanceId)> {
    let mut request = ListCommandInvocationsRequest::default().after(token);
    request.command_id = command.map(|id| id.to_string());
    request.instance_id = on.map(|which| instance(which).to_string());
    request.max_results = Some(size);
    let answer = service.now(service.operators.list_command_invocations(&operator(), request)).await?;
    let rows = answer.command_invocations.into_iter().map(|row| (row.command_id, row.instance_id));
    Ok((rows.collect(), answer.next_token))
}

async fn page_of_instances(service: &Service, size: Option<i64>, token: Option<String>) -> Page<InstanceId> {
    let request = DescribeInstanceInformationRequest { max_results: size, next_token: token, ..Default::default() };
    let answer = service.now(service.operators.describe_instance_information(&operator(), request)).await?;
    Ok((answer.instance_information_list.into_iter().map(|row| row.instance_id).collect(), answer.next_token))
}

/// Reads every page; each but the last is full, and the last has no token.
async fn all_pages<T>(size: usize, mut page: impl AsyncFnMut(Option<String>) -> Page<T>) -> Vec<T> {
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let (rows, next) = page(token).await.expect("a listing goes on with the token that it gave");
        assert!(rows.len() <= size, "a page holds no more than was asked for");
        assert!(next.is_none() || rows.len() == size, "a page that is not the last is full");
        all.extend(rows);
        if next.is_none() {
            return all;
        }
        token = next;
    }
}

/// Seven commands, a millisecond apart, for one to three instances; newest first, with their instances.
async fn fill(service: &Service) -> Vec<(CommandId, Vec<u64>)> {
    service.register(1..=3).await;
    let mut sent = Vec::new();
    for which in 0..7 {
        let instances: Vec<u64> = (1..=1 + which % 3).collect();
        sent.insert(0, (service.send(instances.clone()).await, instances));
        service.clock.advance(Duration::from_millis(1));
    }
    sent
}

pub(super) async fn commands_are_paged_newest_first(service: &Service) {
    let sent = fill(service).await;
    for on in [None, Some(1), Some(2), Some(3)] {
        let with = sent.iter().filter(|(_, instances)| on.is_none_or(|on| instances.contains(&on)));
        let wanted: Vec<_> = with.map(|(id, _)| *id).collect();
        for size in [1, 2, 3, 7, 50] {
            let limit = usize::try_from(size).unwrap_or_default();
            let listed = all_pages(limit, async |token| page_of_commands(service, on, size, token).await).await;
            assert_eq!(listed, wanted, "commands come newest first, each once, by pages of {size}, on {on:?}");
        }
    }
    let unknown = ListCommandsRequest::of_command(CommandId::new(uuid::Uuid::from_u128(1)));
    let answer = service.now(service.operators.list_commands(&operator(), unknown)).await;
    assert!(answer.is_ok_and(|page| page.commands.is_empty()), "an unknown command is an empty list");
}

pub(super) async fn invocations_are_paged_without_gaps(service: &Service) {
    let sent = fill(service).await;
    let rows: Vec<_> = sent.iter().flat_map(|(id, on)| on.iter().map(|on| (*id, *on))).collect();
    for command in [None, sent.first().map(|(id, _)| *id), sent.last().map(|(id, _)| *id)] {
        for on in [None, Some(1), Some(3)] {
            let meant =
                |row: &&(CommandId, u64)| command.is_none_or(|id| id == row.0) && on.is_none_or(|on| on == row.1);
            let wanted: Vec<_> = rows.iter().filter(meant).map(|(id, on)| (*id, instance(*on))).collect();
            for size in [1, 2, 3, 7, 50] {
                let limit = usize::try_from(size).unwrap_or_default();
                let page = async |token| page_of_invocations(service, command, on, size, token).await;
                let listed = all_pages(limit, page).await;
                assert_eq!(listed, wanted, "invocations come newest command first, each once, by pages of {size}");
            }
        }
    }
}

pub(super) async fn managed_instances_are_paged_by_id(service: &Service) {
    service.register((1..=12).rev()).await;
    let wanted: Vec<_> = (1..=12).map(instance).collect();
    for size in [5, 6, 12, 50] {
        let limit = usize::try_from(size).unwrap_or_default();
        let listed = all_pages(limit, async |token| page_of_instances(service, Some(size), token).await).await;
        assert_eq!(listed, wanted, "managed instances come by id, each once, by pages of {size}");
    }
    let first = page_of_instances(service, None, None).await.expect("managed instances can be listed").0;
    assert_eq!(first.len(), 10, "a page of managed instances has ten when none is asked for");
}

pub(super) async fn a_token_is_good_for_its_own_listing_only(service: &Service) {
    let sent = fill(service).await;
    let (command, _) = sent.iter().find(|(_, on)| on.len() == 3).expect("one of them is for three").clone();
    let of_all = page_of_commands(service, None, 2, None).await.expect("commands can be listed").1;
    let of_one = page_of_commands(service, Some(1), 2, None).await.expect("commands can be listed").1;
    let of_command = page_of_invocations(service, Some(command), None, 2, None).await.expect("so can invocations").1;
    let of_invocations = page_of_invocations(service, None, None, 2, None).await.expect("so can invocations").1;
    for (token, what) in [(&of_all, "commands"), (&of_one, "commands"), (&of_invocations, "invocations")] {
        assert!(token.is_some(), "a page of {what} that is not the last has a token");
    }
    let code = ErrorCode::InvalidNextToken;
    let strange = ["x", "00", "\u{e9}", "{}"].map(|text| Some(text.to_owned()));
    for token in strange.into_iter().chain([of_one.clone(), of_command.clone(), of_invocations.clone()]) {
        let answer = page_of_commands(service, None, 2, token.clone()).await;
        assert_code(answer, code, &format!("the token {token:?} in a list of all commands"));
    }
    for token in [of_all.clone(), of_one, of_invocations] {
        let answer = page_of_invocations(service, Some(command), None, 2, token.clone()).await;
        assert_code(answer, code, &format!("the token {token:?} in a list of a command's invocations"));
    }
    for token in [of_all, of_command] {
        let answer = page_of_instances(service, Some(5), token.clone()).await;
        assert_code(answer, code, &format!("the token {token:?} in a list of managed instances"));
    }
}

pub(super) async fn a_page_size_is_in_its_range(service: &Service) {
    let code = ErrorCode::ValidationException;
    for size in [-1, 0, 51, i64::MAX] {
        assert_code(page_of_commands(service, None, size, None).await, code, "a page size of commands out of range");
        let answer = page_of_invocations(service, None, None, size, None).await;
        assert_code(answer, code, "a page size of invocations out of range");
    }
    for size in [0, 4, 51] {
        let answer = page_of_instances(service, Some(size), None).await;
        assert_code(answer, code, "a page size of managed instances out of range");
    }
}
