//! A command is sent.

use std::collections::BTreeSet;
use std::time::Duration;

use super::given::{account, at, document, instance, invocations_in, limits, new_command, node, sent, sent_with};
use crate::command::{CommandStatus, InvocationState, Tally};
use crate::document::{Document, ParameterError, Platform};
use crate::engine::{Change, Decision, DocumentHash, Effect, NewCommand, Refusal, Write};
use crate::message::SendCommandPayload;
use crate::record::{Expansion, Node, Revision, SubmittedParameters, Target, Targeting};

fn known(targets: usize) -> Vec<Option<Node>> {
    (1..=targets).map(|n| Some(node(n, Some(0)))).collect()
}

fn with_line(text: &str) -> SubmittedParameters {
    [("line".to_owned(), vec![text.to_owned()])].into_iter().collect()
}

fn refused(new: NewCommand, nodes: &[Option<Node>], document: &Document) -> Refusal {
    sent(new, nodes, document).unwrap_err()
}

#[test]
fn a_command_for_explicit_ids_and_its_invocations_are_one_batch() {
    let (decision, command) = sent(new_command(3), &known(3), &document(2)).unwrap();
    let Decision { batch, effects } = decision;
    assert!(batch.conditions.is_empty());
    assert_eq!(batch.writes.len(), 4);
    let Write::InsertCommand { command: inserted, payload } = &batch.writes[0] else { panic!("{batch:?}") };
    assert_eq!(**inserted, command);
    assert_eq!((command.revision, command.tally), (Revision::NEW, Tally::default()));
    assert_eq!(command.expansion, Expansion::Done { targets: 3 });
    assert_eq!(command.status(), (CommandStatus::Pending, "Pending"));
    assert_eq!(command.steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(), ["s1", "s2"]);
    let read: SendCommandPayload = serde_json::from_str(payload.as_str()).unwrap();
    assert_eq!((read.command_id, read.document_name.as_str()), (command.id, "my-document"));
    for (index, invocation) in invocations_in(&batch).into_iter().enumerate() {
        assert_eq!(invocation.key.instance, instance(index + 1));
        assert_eq!((invocation.key.number, invocation.command), (command.number, command.id));
        assert_eq!((invocation.state, invocation.revision), (InvocationState::Queued, Revision::NEW));
        assert_eq!(invocation.instance_name, format!("host-{}", index + 1));
        assert_eq!(invocation.expires_at, command.expires_at);
        assert_eq!(invocation.delivery_deadline, command.delivery_deadline);
    }
    let Effect::Publish(Change::Command { status, .. }) = &effects[0] else { panic!("{effects:?}") };
    assert_eq!(*status, CommandStatus::Pending);
    let dispatch = Effect::Dispatch { account: account(), number: command.number };
    assert_eq!(effects.last(), Some(&dispatch));
}

#[test]
fn a_command_without_a_delivery_timeout_gets_the_services_within_bounds() {
    let day = Duration::from_secs(24 * 3600);
    for (default, wanted) in [
        (Duration::from_secs(600), Duration::from_secs(600)),
        (Duration::ZERO, Duration::from_secs(30)),
        (day * 31, day * 31),
        (Duration::MAX, day * 31),
    ] {
        for own in [None, Some(day)] {
            let new = NewCommand { delivery_timeout: own, ..new_command(1) };
            let (_, command) = sent_with(new, &[Some(node(1, None))], &document(1), default).unwrap();
            let wanted = own.unwrap_or(wanted);
            assert_eq!((command.delivery_timeout, command.delivery_deadline), (wanted, at(0) + wanted), "{default:?}");
        }
    }
}

#[test]
fn a_command_expires_after_its_delivery_timeout_and_the_timeouts_of_all_steps() {
    let mut new = new_command(1);
    new.delivery_timeout = Some(Duration::from_secs(30));
    let (_, command) = sent(new, &known(1), &document(2)).unwrap();
    assert_eq!(command.requested_at, at(0));
    assert_eq!(command.delivery_deadline, at(30));
    assert_eq!(command.expires_at, at(30 + 60 + 60));
}

#[test]
fn a_submitted_execution_timeout_counts_and_a_default_does_not() {
    let text = crate::document::predefined::RUN_SHELL_SCRIPT.text;
    let shell = Document::parse(text).unwrap();
    for (submitted, wanted) in [(None, 30 + 3600), (Some("120"), 30 + 120)] {
        let mut new = new_command(1);
        new.delivery_timeout = Some(Duration::from_secs(30));
        new.parameters.insert("commands".to_owned(), vec!["true".to_owned()]);
        if let Some(seconds) = submitted {
            new.parameters.insert("executionTimeout".to_owned(), vec![seconds.to_owned()]);
        }
        let (_, command) = sent(new, &known(1), &shell).unwrap();
        assert_eq!(command.expires_at, at(wanted), "{submitted:?}");
    }
}

#[test]
fn a_node_that_polls_is_looked_after_at_the_expiry_and_an_absent_one_after_a_minute() {
    let nodes = [Some(node(1, Some(0))), Some(node(2, None))];
    let (decision, command) = sent(new_command(2), &nodes, &document(1)).unwrap();
    let wakes = decision.effects.iter().filter_map(|effect| match effect {
        Effect::WakeAt(at) => Some(*at),
        _ => None,
    });
    assert_eq!(wakes.collect::<Vec<_>>(), [command.expires_at, at(60)]);
    let pending: Vec<bool> = invocations_in(&decision.batch).iter().map(|it| it.presence_check_pending).collect();
    assert_eq!(pending, [false, true]);
}

#[test]
fn a_node_counts_as_polling_for_two_minutes_after_its_noted_poll() {
    assert!(node(1, Some(0)).polls(at(120)));
    assert!(!node(1, Some(0)).polls(at(121)));
    assert!(!node(1, None).polls(at(0)));
}

#[test]
fn targets_are_not_resolved_in_the_call() {
    let mut new = new_command(1);
    new.targeting = Targeting::Targets(vec![Target::TagKey(vec!["fleet".to_owned()])]);
    let (decision, command) = sent(new, &[], &document(1)).unwrap();
    assert_eq!(decision.batch.writes.len(), 1);
    assert_eq!(command.expansion, Expansion::Pending { after: None, found: 0 });
    assert_eq!(command.targets(), None);
    assert!(command.rolled_up().is_none(), "a command whose targets are not known has not ended");
    assert!(decision.effects.contains(&Effect::Dispatch { account: account(), number: command.number }));
}

#[test]
fn percentages_are_kept_as_submitted_and_resolved_for_the_targets() {
    for (targets, concurrency, errors, wanted) in
        [(10, "50%", "10%", (5, 1)), (3, "50%", "50%", (1, 1)), (1, "1%", "100%", (1, 1)), (9, "100%", "10%", (9, 0))]
    {
        let mut new = new_command(targets);
        limits(&mut new, concurrency, errors);
        let (_, command) = sent(new, &known(targets), &document(1)).unwrap();
        let count = command.targets().unwrap();
        assert_eq!((command.max_concurrency.resolve(count), command.max_errors.resolve(count)), wanted);
        assert_eq!(
            (command.max_concurrency.to_string(), command.max_errors.to_string()),
            (concurrency.into(), errors.into())
        );
    }
}

#[test]
fn another_hash_is_refused_and_the_right_one_taken() {
    let document = document(1);
    let mut new = new_command(1);
    new.document_hash = Some(DocumentHash::sha256(&"0".repeat(64)));
    assert_eq!(refused(new.clone(), &known(1), &document), Refusal::HashMismatch);
    new.document_hash = Some(DocumentHash::sha1(&"0".repeat(40)));
    assert_eq!(refused(new.clone(), &known(1), &document), Refusal::HashMismatch);
    for text in ["", "no digits", &document.sha1(), &format!("{}0", document.sha256())] {
        new.document_hash = Some(DocumentHash::sha256(text));
        assert_eq!(refused(new.clone(), &known(1), &document), Refusal::HashMismatch, "{text}");
    }
    new.document_hash = Some(DocumentHash::sha256(&document.sha256().to_ascii_uppercase()));
    assert!(sent(new.clone(), &known(1), &document).is_ok(), "in either case");
    new.document_hash = Some(DocumentHash::sha1(&document.sha1()));
    assert!(sent(new.clone(), &known(1), &document).is_ok());
    new.document_hash = Some(DocumentHash::sha256(&document.sha256()));
    assert!(sent(new, &known(1), &document).is_ok());
}

#[test]
fn parameters_that_break_the_documents_rules_are_refused() {
    let mut new = new_command(1);
    new.parameters = with_line("SECRET; rm -rf /");
    let refusal = refused(new.clone(), &known(1), &document(1));
    assert!(
        matches!(&refusal, Refusal::Parameters { error: ParameterError::PatternMismatch { .. }, .. }),
        "{refusal:?}"
    );
    assert!(!refusal.to_string().contains("SECRET"), "{refusal}");
    new.parameters = [("unknown".to_owned(), vec![])].into_iter().collect();
    assert!(matches!(refused(new, &known(1), &document(1)), Refusal::Parameters { .. }));
}

#[test]
fn one_unknown_instance_refuses_the_command_and_each_unknown_one_is_named() {
    let mut nodes = known(4);
    nodes[1] = None;
    nodes[3] = None;
    let refusal = refused(new_command(4), &nodes, &document(1));
    assert_eq!(refusal, Refusal::UnknownInstances { instances: vec![instance(2), instance(4)], account: account() });
    assert_eq!(
        refusal.to_string(),
        "Instances [[i-00000002, i-00000004]] not in a valid state for account 123456789012"
    );
}

#[test]
fn an_explicit_instance_of_another_platform_refuses_the_command() {
    let mut nodes = known(2);
    nodes[1].as_mut().unwrap().information.platform = Some(Platform::Windows);
    assert!(!document(1).platforms().contains(&Platform::Windows));
    let refusal = refused(new_command(2), &nodes, &document(1));
    assert!(matches!(refusal, Refusal::UnsupportedPlatform { instance: of, .. } if of == instance(2)));
    nodes[1].as_mut().unwrap().information.platform = None;
    assert!(sent(new_command(2), &nodes, &document(1)).is_ok(), "a platform that is not known yet is no reason");
}

#[test]
fn a_payload_of_more_than_100_000_bytes_is_refused() {
    let size = |letters: usize| {
        let mut new = new_command(1);
        new.parameters = with_line(&"a".repeat(letters));
        sent(new, &known(1), &document(1)).map(|(decision, _)| match &decision.batch.writes[0] {
            Write::InsertCommand { payload, .. } => payload.as_str().len(),
            other => panic!("{other:?}"),
        })
    };
    let overhead = size(0).unwrap();
    assert_eq!(size(100_000 - overhead), Ok(100_000));
    assert_eq!(size(100_001 - overhead), Err(Refusal::TooLarge { bytes: 100_001 }));
}

#[test]
fn the_first_of_several_reasons_is_told() {
    let mut new = new_command(2);
    new.parameters = with_line(&"A".repeat(200_000));
    new.document_hash = Some(DocumentHash::sha256(&"0".repeat(64)));
    let mut nodes = known(2);
    nodes[0].as_mut().unwrap().information.platform = Some(Platform::Windows);
    nodes[1] = None;
    assert_eq!(refused(new.clone(), &nodes, &document(1)), Refusal::HashMismatch);
    new.document_hash = None;
    assert!(matches!(refused(new.clone(), &nodes, &document(1)), Refusal::Parameters { .. }));
    new.parameters = with_line(&"a".repeat(200_000));
    assert!(matches!(refused(new.clone(), &nodes, &document(1)), Refusal::UnknownInstances { .. }));
    nodes[1] = Some(node(2, None));
    assert!(matches!(refused(new.clone(), &nodes, &document(1)), Refusal::UnsupportedPlatform { .. }));
    nodes[0] = Some(node(1, None));
    assert!(matches!(refused(new, &nodes, &document(1)), Refusal::TooLarge { .. }));
}

#[test]
fn a_document_is_for_the_platforms_of_its_plugins() {
    let (_, command) = sent(new_command(1), &known(1), &document(1)).unwrap();
    assert_eq!(command.platforms, BTreeSet::from([Platform::Linux, Platform::MacOS]));
}

#[test]
fn a_document_in_yaml_or_with_a_mark_of_its_encoding_travels_as_json() {
    let yaml =
        "schemaVersion: 2.2\nmainSteps:\n- action: aws:runShellScript\n  name: s\n  inputs: {runCommand: [id]}\n";
    let json = r#"{"schemaVersion":"2.2","mainSteps":[{"action":"aws:runShellScript","name":"s","inputs":{"runCommand":["id"]}}]}"#;
    for (text, format) in [
        #[cfg(feature = "yaml")]
        (yaml.to_owned(), crate::document::Format::Yaml),
        (format!("\u{feff}{json}"), crate::document::Format::Json),
    ] {
        let document = Document::parse_as(&text, format).unwrap();
        let (decision, _) = sent(new_command(1), &known(1), &document).unwrap();
        let payload = decision.batch.writes.iter().find_map(|write| match write {
            Write::InsertCommand { payload, .. } => Some(payload.as_str().to_owned()),
            _ => None,
        });
        let payload: SendCommandPayload = serde_json::from_str(&payload.unwrap()).unwrap();
        assert_eq!(payload.document_content.get(), json);
    }
    let _ = yaml;
}
