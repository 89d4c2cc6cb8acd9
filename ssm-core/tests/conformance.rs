//! The implementations that this crate brings along against the suites of their ports, and each mock in place of its port.
#![cfg(feature = "testing")]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use ssm_core::api::{
    ApiError, ErrorCode, GetMessagesRequest, ListCommandsRequest, NodeRequest, OperatorRequest, OperatorResponse,
    UpdateInstanceInformationRequest,
};
use ssm_core::document::{
    Document, Parameters, Platform, PluginOutcome, StopReason, StoreReference, StoreValue, StoreValues,
};
use ssm_core::engine::Batch;
use ssm_core::ids::{AccountId, CommandId, InstanceId, RequestId};
use ssm_core::ports::{
    Action, AllowAll, Authenticator, Authorizer, CallerContext, Clock, CommitError, Credential, EventSink, Fetch,
    FetchError, IdSource, LocalWakeups, MemoryCredentials, MemoryEvents, MemoryFetch, MemoryOutputs, MessageDelivery,
    MockAuthenticator, MockAuthorizer, MockClock, MockEventSink, MockFetch, MockIdSource, MockMessageDelivery,
    MockNodeApi, MockOperatorApi, MockOutputSink, MockOutputStore, MockParameterSource, MockPlugin, MockStore,
    MockWakeups, NoFetch, NoParameters, NodeApi, NullEvents, NullOutputs, OperatorApi, OutputKey, OutputSink,
    OutputStore, OutputStoreError, OutputStream, ParameterSource, ParameterSourceError, Plugin, Principal, Secret,
    StepContext, StepInputs, Store, UnknownCredential, WakeupKey, Wakeups, stop_signal,
};
use ssm_core::testing::fetch::FetchCase;
use ssm_core::testing::parameters::ParametersCase;
use ssm_core::testing::{
    CountingIds, ManualClock, MemoryParameters, RecordingSink, authenticator, authorizer, clock, event_sink, fetch,
    ids, output_store, parameters, wakeups,
};
use ssm_core::time::Timestamp;
use uuid::Uuid;

/// Nothing here waits for anything outside of the future itself, so looking again is enough.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..10_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("a suite waits for what never comes")
}

fn account() -> AccountId {
    "123456789012".parse().expect("a literal of the right form")
}

fn instance() -> InstanceId {
    "mi-0123456789abcdef0".parse().expect("a literal of the right form")
}

fn context() -> CallerContext {
    let principal = Principal::Operator("suite".parse().expect("a literal of the right form"));
    CallerContext::new(account(), principal, RequestId::new(Uuid::from_u128(1)))
}

fn credential() -> Credential {
    Credential { account: account(), principal: context().principal, secret: Secret::new("hush") }
}

#[test]
fn the_manual_clock_keeps_the_clock_contract() {
    block_on(clock::suite_of_moved(|| async { ManualClock::default() }, ManualClock::advance));
}

#[test]
fn a_manual_clock_forgets_sleepers_that_are_dropped() {
    let clock = ManualClock::default();
    let at = clock.now() + std::time::Duration::from_secs(1);
    {
        let mut sleep = clock.sleep_until(at);
        assert!(futures::FutureExt::now_or_never(&mut sleep).is_none());
        assert_eq!((clock.sleepers(), clock.next_deadline()), (1, Some(at)));
    }
    assert_eq!((clock.sleepers(), clock.next_deadline()), (0, None));
}

#[test]
fn a_manual_clock_steps_to_the_next_moment_and_wakes_in_the_order_of_moments_and_then_of_registration() {
    let (clock, woken) = (ManualClock::default(), std::cell::RefCell::new(Vec::new()));
    let start = clock.now();
    assert_eq!(clock.advance_to_next(), None, "nobody waits");
    let sleep = |name: &'static str, millis| {
        let (clock, woken) = (&clock, &woken);
        async move {
            clock.sleep_until(start + std::time::Duration::from_millis(millis)).await;
            woken.borrow_mut().push((name, clock.now().since(start).as_millis()));
        }
    };
    let mut sleepers: futures::stream::FuturesUnordered<_> =
        [("a", 5), ("b", 3), ("c", 5), ("d", 3), ("e", 9)].into_iter().map(|(name, at)| sleep(name, at)).collect();
    let mut look =
        || while let Some(Some(())) = futures::FutureExt::now_or_never(futures::StreamExt::next(&mut sleepers)) {};
    look();
    assert_eq!(clock.advance_to_next(), Some(start + std::time::Duration::from_millis(3)));
    look();
    // Over two moments at once: the time is that of the whole step, the order that of the moments.
    clock.advance(std::time::Duration::from_millis(10));
    look();
    assert_eq!(*woken.borrow(), [("b", 3), ("d", 3), ("a", 13), ("c", 13), ("e", 13)]);
}

#[test]
fn counting_ids_keep_the_contract_of_id_sources_and_are_those_of_their_seed() {
    block_on(ids::suite(|| async { CountingIds::new(7) }));
    let of = |seed| {
        let ids = CountingIds::new(seed);
        [ids.uuid(), ids.uuid(), ids.uuid()]
    };
    assert_eq!(of(1), of(1));
    assert!(of(1).iter().all(|id| !of(2).contains(id)));
}

#[test]
fn local_wakeups_keep_the_contract_of_wakeups() {
    block_on(wakeups::suite(|| async { LocalWakeups::default() }));
}

#[test]
fn memory_credentials_keep_the_contract_of_authenticators() {
    let known = [authenticator::Known {
        access_key: "AKIA0123456789ABCDEF".to_owned(),
        session_token: None,
        credential: credential(),
    }];
    let make = || async { MemoryCredentials::new([("AKIA0123456789ABCDEF".to_owned(), credential())]) };
    block_on(authenticator::suite(make, &known));
}

#[test]
fn allow_all_keeps_the_contract_of_authorizers() {
    let node = CallerContext { principal: Principal::Node(instance()), ..context() };
    let questions = [context(), node].map(|context| {
        let action = Action::new("SendCommand").on_instances(vec![instance()]);
        authorizer::Question { context, action, passes: true }
    });
    block_on(authorizer::suite(|| async { AllowAll }, &questions));
}

#[test]
fn memory_outputs_keep_the_contract_of_output_stores() {
    block_on(output_store::suite(|| async { MemoryOutputs::new(output_store::MOST_BYTES) }));
}

#[test]
fn memory_outputs_take_no_more_than_their_bound() {
    let key = output_key();
    let store = MemoryOutputs::new(4);
    block_on(async {
        store.append(&key, 0, Bytes::from_static(b"four")).await.unwrap();
        let full = store.append(&key, 4, Bytes::from_static(b"!")).await;
        assert_eq!(full, Err(OutputStoreError::Full));
        assert_eq!(store.read(&key, 0, 10).await, Ok(Bytes::from_static(b"four")));
    });
}

#[test]
fn null_outputs_take_everything_and_keep_nothing() {
    block_on(async {
        NullOutputs.append(&output_key(), 9, Bytes::from_static(b"x")).await.unwrap();
        assert_eq!(NullOutputs.read(&output_key(), 0, 10).await, Ok(Bytes::new()));
    });
}

fn output_key() -> OutputKey {
    let (command, step) = (CommandId::new(Uuid::from_u128(1)), "step".parse().expect("a literal of the right form"));
    OutputKey { command, instance: instance(), step, stream: OutputStream::Stdout }
}

#[test]
fn memory_and_no_fetch_keep_the_contract_of_fetch() {
    let there: Vec<_> = ["", "x", "a longer text"]
        .map(|text| (format!("https://example.com/{}", text.len()), Bytes::from_static(text.as_bytes())))
        .into();
    let missing = vec!["https://example.com/none".to_owned(), String::new()];
    let case = FetchCase { there: there.clone(), missing, unsupported: Vec::new() };
    block_on(fetch::suite(|| async { MemoryFetch::new(there.clone()) }, &case));
    let unsupported = vec!["https://example.com/1".to_owned(), "file:///etc/passwd".to_owned()];
    block_on(fetch::suite(|| async { NoFetch }, &FetchCase { unsupported, ..FetchCase::default() }));
}

#[test]
fn memory_parameters_keep_the_contract_of_parameter_sources() {
    let source = MemoryParameters::new()
        .with_text("/app/name", "a longer text, with {{ braces }}")
        .with_text("/app/name:1", "")
        .with_list("hosts", "first.example,, second.example")
        .with_secure("secret")
        .with_denied("theirs");
    let of = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<StoreReference>>();
    let hosts = ["first.example", "", " second.example"].map(str::to_owned).to_vec();
    let values = [
        StoreValue::Text("a longer text, with {{ braces }}".to_owned()),
        StoreValue::Text(String::new()),
        StoreValue::List(hosts),
    ];
    let case = ParametersCase {
        there: of(&["/app/name", "/app/name:1", "hosts"]).into_iter().zip(values).collect(),
        missing: of(&["/app", "hosts:1", "a:"]),
        secure: of(&["secret"]),
        denied: of(&["theirs"]),
    };
    block_on(parameters::suite(|| async { source.clone() }, &case));
    block_on(parameters::suite(|| async { NoParameters }, &ParametersCase::default()));
}

#[test]
fn what_a_document_asks_of_the_store_gets_into_its_plan() {
    let text = r#"{"schemaVersion": "2.2", "parameters": {"host": {"type": "String", "default": "{{ssm:host}}"}},
        "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {"a": "{{ host }}:{{ssm:port:2}}"}}]}"#;
    let (document, parameters) = (Document::parse(text).unwrap(), Parameters::new());
    let source = MemoryParameters::new().with_text("host", "example.com").with_text("port:2", "80");
    let references: Vec<_> = document.store_references(&parameters).unwrap().into_iter().collect();
    let values = block_on(source.get(&references)).unwrap();
    let plan = document.plan_with(&parameters, Platform::Linux, &values).unwrap();
    assert_eq!(plan.steps()[0].inputs["a"], "example.com:80");
    let error = block_on(NoParameters.get(&references)).unwrap_err();
    assert_eq!(error.to_string(), "the parameter store cannot be asked: none is set up");
    assert!(error.is_retryable());
}

#[test]
fn memory_and_null_events_keep_the_contract_of_event_sinks() {
    let make = || async { MemoryEvents::new(1000) };
    block_on(event_sink::suite(make, async |sink: &MemoryEvents| Some(sink.changes())));
    block_on(event_sink::suite(|| async { NullEvents }, async |_| None));
}

#[test]
fn a_recording_sink_keeps_what_was_written_in_its_order() {
    let sink = RecordingSink::default();
    block_on(async {
        sink.write(OutputStream::Stdout, b"a").await;
        sink.write(OutputStream::Stderr, b"b").await;
        sink.write(OutputStream::Stdout, b"c").await;
        sink.written().await;
    });
    assert_eq!((sink.text(OutputStream::Stdout), sink.text(OutputStream::Stderr)), ("ac".to_owned(), "b".to_owned()));
    assert_eq!(sink.writes().len(), 3);
}

#[test]
fn each_mock_of_what_is_called_stands_for_its_port() {
    let mut operators = MockOperatorApi::new();
    operators.expect_call().times(1).returning(|_, _| Ok(OperatorResponse::ListCommands(Default::default())));
    let operators: Arc<dyn OperatorApi> = Arc::new(operators);
    let mut nodes = MockNodeApi::new();
    nodes.expect_call().times(1).returning(|_, _| Err(ApiError::new(ErrorCode::ServiceUnavailable, "")));
    let nodes: Arc<dyn NodeApi> = Arc::new(nodes);
    let mut delivery = MockMessageDelivery::new();
    delivery.expect_get_messages().times(1).returning(|_, _| Err(ApiError::new(ErrorCode::Unanswered, "")));
    let delivery: Arc<dyn MessageDelivery> = Arc::new(delivery);
    block_on(async {
        let request = OperatorRequest::ListCommands(ListCommandsRequest::default());
        assert!(operators.call(&context(), request).await.is_ok());
        let ping = UpdateInstanceInformationRequest::new(&instance());
        let error = nodes.call(&context(), NodeRequest::UpdateInstanceInformation(ping)).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::ServiceUnavailable);
        let poll = GetMessagesRequest::new(instance(), Uuid::from_u128(1));
        assert!(delivery.get_messages(&context(), poll).await.is_err());
    });
}

#[test]
fn each_mock_of_what_a_service_needs_stands_for_its_port() {
    let mut store = MockStore::new();
    store.expect_commit().times(1).returning(|_| Err(CommitError::Conflict));
    let store: Arc<dyn Store> = Arc::new(store);
    let mut clock = MockClock::new();
    clock.expect_now().times(1).return_const(Timestamp::MAX);
    let clock: Arc<dyn Clock> = Arc::new(clock);
    let mut ids = MockIdSource::new();
    ids.expect_uuid().times(1).return_const(Uuid::from_u128(7));
    let ids: Arc<dyn IdSource> = Arc::new(ids);
    let mut wakeups = MockWakeups::new();
    wakeups.expect_hint().times(1).return_const(());
    let wakeups: Arc<dyn Wakeups> = Arc::new(wakeups);
    let mut events = MockEventSink::new();
    events.expect_publish().times(0).return_const(());
    let _events: Arc<dyn EventSink> = Arc::new(events);
    let mut authenticator = MockAuthenticator::new();
    authenticator.expect_credential().times(1).returning(|_, _| Err(UnknownCredential));
    let authenticator: Arc<dyn Authenticator> = Arc::new(authenticator);
    let mut authorizer = MockAuthorizer::new();
    authorizer.expect_authorize().times(1).returning(|_, _| Ok(()));
    let authorizer: Arc<dyn Authorizer> = Arc::new(authorizer);
    block_on(async {
        assert!(matches!(store.commit(Batch::default()).await, Err(CommitError::Conflict)));
        assert_eq!(authenticator.credential("key", None).await.map(drop), Err(UnknownCredential));
        assert!(authorizer.authorize(&context(), &Action::new("SendCommand")).await.is_ok());
    });
    assert_eq!((clock.now(), ids.uuid()), (Timestamp::MAX, Uuid::from_u128(7)));
    wakeups.hint(&WakeupKey { account: account(), instance: instance() });
}

#[test]
fn each_mock_of_what_a_step_needs_stands_for_its_port() {
    let mut plugin = MockPlugin::new();
    plugin.expect_supports().times(1).return_const(true);
    plugin.expect_run().times(1).returning(|_, _| PluginOutcome::Exited(3));
    let plugin: Arc<dyn Plugin> = Arc::new(plugin);
    let mut sink = MockOutputSink::new();
    sink.expect_write().times(1).return_const(());
    let sink: Arc<dyn OutputSink> = Arc::new(sink);
    let mut outputs = MockOutputStore::new();
    outputs.expect_append().times(1).returning(|_, _, _| Err(OutputStoreError::Full));
    let outputs: Arc<dyn OutputStore> = Arc::new(outputs);
    let mut fetch = MockFetch::new();
    fetch.expect_fetch().times(1).returning(|_, _| Err(FetchError::NotFound));
    let fetch: Arc<dyn Fetch> = Arc::new(fetch);
    let mut source = MockParameterSource::new();
    let refusal = || ParameterSourceError::Unavailable { reason: "the third call fails".to_owned() };
    source.expect_get().times(2).returning(|_| Ok(StoreValues::new()));
    source.expect_get().times(1).returning(move |_| Err(refusal()));
    let source: Arc<dyn ParameterSource> = Arc::new(source);
    let (stopper, stop) = stop_signal();
    let command = CommandId::new(Uuid::from_u128(1));
    let context = StepContext::new(command, instance(), "step".parse().unwrap(), "/".into(), sink, stop);
    block_on(async {
        assert!(plugin.supports(Platform::Linux));
        assert_eq!(plugin.run(&StepInputs::default(), &context).await, PluginOutcome::Exited(3));
        context.output.write(OutputStream::Stderr, b"x").await;
        assert_eq!(outputs.append(&output_key(), 0, Bytes::new()).await, Err(OutputStoreError::Full));
        assert_eq!(fetch.fetch("https://example.com", 1).await, Err(FetchError::NotFound));
        assert_eq!((source.get(&[]).await, source.get(&[]).await), (Ok(StoreValues::new()), Ok(StoreValues::new())));
        assert_eq!(source.get(&[]).await, Err(refusal()));
    });
    stopper.stop(StopReason::Cancelled);
}
