//! Each implementation of this crate against the conformance suite of its port.

use ssm_agent::journal::MemoryJournal;
use ssm_agent::{RandomIds, SystemClock};
use ssm_core::testing::{clock, ids};

#[tokio::test]
async fn the_system_clock_keeps_the_clock_contract() {
    clock::suite(|| async { SystemClock::default() }).await;
}

#[tokio::test]
async fn random_ids_keep_the_contract_of_id_sources() {
    ids::suite(|| async { RandomIds }).await;
}

#[tokio::test]
async fn the_memory_journal_keeps_the_journal_contract() {
    ssm_agent::testing::journal::suite(|| async { MemoryJournal::default() }).await;
}

#[cfg(unix)]
#[tokio::test]
async fn run_shell_script_keeps_the_plugin_contract() {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde_json::{Value, json};
    use ssm_agent::plugins::RunShellScript;
    use ssm_core::ports::StepInputs;
    use ssm_core::testing::plugin::{PluginCase, suite};

    let inputs = |value: Value| match value {
        Value::Object(map) => StepInputs::new(map),
        other => panic!("inputs are a map, not {other}"),
    };
    let bad = [
        json!({}),
        json!({"runCommand": null}),
        json!({"runCommand": "echo"}),
        json!({"runCommand": [1]}),
        json!({"runCommand": ["echo"], "workingDirectory": "relative"}),
        json!({"runCommand": ["echo"], "environment": {"": "x"}}),
    ];
    let root = tempfile::tempdir().unwrap();
    let place = root.path().to_owned();
    let make_directory = move || tempfile::tempdir_in(&place).unwrap().keep();
    let lines = ["for i in 1 2 3; do echo $i; done", "echo aside >&2"];
    let case = PluginCase::new(Arc::new(RunShellScript::new()), inputs(json!({"runCommand": lines})), make_directory)
        .with_output("1\n2\n3\n")
        .with_bad(bad.map(inputs))
        .with_endless(inputs(json!({"runCommand": ["echo begun", "sleep 300"]})))
        .with_environment(BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]));
    suite(&case).await;
}
