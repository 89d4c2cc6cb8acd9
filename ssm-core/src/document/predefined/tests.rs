use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::document::{Document, ParameterDefinition, Parameters, Plan, PreconditionOutcome, catalog};
use crate::ids::DocumentName;

fn parsed(name: &str) -> Document {
    let predefined = find(name).unwrap_or_else(|| panic!("{name} is not there"));
    Document::parse(predefined.text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn each_is_for_the_platforms_for_which_it_is_published() {
    for predefined in all() {
        let document = predefined.parse().unwrap();
        let published: BTreeSet<Platform> = predefined.platforms.iter().copied().collect();
        assert_eq!(document.platforms(), published, "{}", predefined.name);
        assert!(published.is_subset(&parsed(predefined.name).platforms()), "{}", predefined.name);
    }
    let application = INSTALL_APPLICATION.parse().unwrap();
    assert_ne!(application.platforms(), parsed("AWS-InstallApplication").platforms(), "its plugins run elsewhere too");
}

/// What a caller has to supply at least: something for every parameter without a default.
fn minimal(document: &Document) -> BTreeMap<String, Vec<String>> {
    let needed = document.parameters().iter().filter(|(_, definition)| definition.default_value().is_none());
    let value = |definition: &ParameterDefinition| match definition.allowed_values() {
        Some(values) => values[0].clone(),
        None => "something".to_owned(),
    };
    needed.map(|(name, definition)| (name.clone(), vec![value(definition)])).collect()
}

fn planned(document: &Document, more: &[(&str, &str)], platform: Platform) -> (Parameters, Plan) {
    let mut supplied = minimal(document);
    supplied.extend(more.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])));
    let parameters = document.check_parameters(&supplied).unwrap();
    let plan = document.plan(&parameters, platform).unwrap();
    (parameters, plan)
}

/// A parameter in one line: name, type, default as JSON, and its limits.
fn row(name: &str, definition: &ParameterDefinition) -> String {
    let mut row = format!("{name}: {}", definition.kind());
    match definition.default_value() {
        Some(default) => row += &format!(" = {default}"),
        None => row += " required",
    }
    for (rule, bound) in [
        ("minItems", definition.min_items()),
        ("maxItems", definition.max_items()),
        ("minChars", definition.min_chars()),
        ("maxChars", definition.max_chars()),
    ] {
        row += &bound.map_or_else(String::new, |bound| format!(", {rule} {bound}"));
    }
    row += &definition.allowed_values().map_or_else(String::new, |values| format!(", one of {}", values.join(" | ")));
    row += &definition.allowed_pattern().map_or_else(String::new, |pattern| format!(", matches {pattern}"));
    row += &definition.display_type().map_or_else(String::new, |kind| format!(", {kind}"));
    row
}

const TWO_DAYS: &str = "([1-9][0-9]{0,4})|(1[0-6][0-9]{4})|(17[0-1][0-9]{3})|(172[0-7][0-9]{2})|(172800)";
const EIGHT_HOURS: &str = "([1-9][0-9]{0,3})|(1[0-9]{1,4})|(2[0-7][0-9]{1,3})|(28[0-7][0-9]{1,2})|(28800)";

/// The parameters as the specification lists them; `<two days>` and `<eight hours>` stand for the patterns above.
fn check_parameter_rows(name: &str, wanted: &[&str]) {
    let rows: Vec<_> = parsed(name).parameters().iter().map(|(name, definition)| row(name, definition)).collect();
    let wanted: Vec<_> =
        wanted.iter().map(|row| row.replace("<two days>", TWO_DAYS).replace("<eight hours>", EIGHT_HOURS)).collect();
    assert_eq!(rows, wanted, "{name}");
}

#[test]
fn they_are_the_twelve_of_the_specification_in_the_order_of_their_names() {
    let names: Vec<_> = all().iter().map(|document| document.name).collect();
    let wanted = [
        "AWS-ConfigureAWSPackage",
        "AWS-ConfigureDocker",
        "AWS-GatherSoftwareInventory",
        "AWS-InstallApplication",
        "AWS-InstallPowerShellModule",
        "AWS-RefreshAssociation",
        "AWS-RunDockerAction",
        "AWS-RunDocument",
        "AWS-RunPowerShellScript",
        "AWS-RunRemoteScript",
        "AWS-RunShellScript",
        "AWS-UpdateSSMAgent",
    ];
    assert_eq!(names, wanted);
    assert!(wanted.is_sorted());
}

#[test]
fn each_parses_as_a_created_document_does_and_has_a_reserved_name() {
    for predefined in all() {
        let document = parsed(predefined.name);
        assert!(predefined.name.parse::<DocumentName>().unwrap().is_reserved());
        assert_eq!(find(predefined.name), Some(predefined));
        assert!(document.description().is_some_and(|text| text.ends_with('.')), "{}", predefined.name);
        assert!(document.parameters().values().all(|parameter| parameter.description().is_some()));
    }
    for unknown in ["AWS-Nonsense", "", "aws-runshellscript", "RunShellScript"] {
        assert_eq!(find(unknown), None);
    }
}

#[test]
fn each_has_the_schema_and_the_platforms_of_the_specification() {
    let everywhere = &[Linux, MacOS, Windows];
    // Of each: schema, where it is published for, and the union over its plugins.
    for (name, schema, published, derived) in [
        ("AWS-ConfigureAWSPackage", "2.0", &[Linux, Windows] as &[_], &[Linux, Windows] as &[_]),
        ("AWS-ConfigureDocker", "2.0", &[Linux, Windows], &[Linux, Windows]),
        ("AWS-GatherSoftwareInventory", "2.0", everywhere, everywhere),
        ("AWS-InstallApplication", "2.2", &[Windows], everywhere),
        ("AWS-InstallPowerShellModule", "2.2", &[Windows], everywhere),
        ("AWS-RefreshAssociation", "2.0", everywhere, everywhere),
        ("AWS-RunDockerAction", "2.0", &[Linux, Windows], &[Linux, Windows]),
        ("AWS-RunDocument", "2.2", &[Linux, Windows], &[Linux, Windows]),
        ("AWS-RunPowerShellScript", "1.2", &[Linux, Windows], everywhere),
        ("AWS-RunRemoteScript", "2.2", &[Linux, Windows], everywhere),
        ("AWS-RunShellScript", "1.2", &[Linux, MacOS], &[Linux, MacOS]),
        ("AWS-UpdateSSMAgent", "1.2", everywhere, everywhere),
    ] {
        let (predefined, document) = (find(name).unwrap(), parsed(name));
        assert_eq!(document.schema().as_str(), schema, "{name}");
        assert_eq!(predefined.platforms, published, "{name}");
        assert_eq!(document.platforms(), derived.iter().copied().collect::<BTreeSet<_>>(), "{name}");
    }
}

#[test]
fn each_has_the_steps_of_the_specification() {
    for (name, wanted) in [
        ("AWS-ConfigureAWSPackage", &[("configurePackage", "aws:configurePackage")] as &[_]),
        ("AWS-ConfigureDocker", &[("configureDocker", "aws:configureDocker")]),
        ("AWS-GatherSoftwareInventory", &[("collectSoftwareInventoryItems", "aws:softwareInventory")]),
        (
            "AWS-InstallApplication",
            &[("createDownloadFolder", "aws:runPowerShellScript"), ("installApplication", "aws:applications")],
        ),
        (
            "AWS-InstallPowerShellModule",
            &[("createDownloadFolder", "aws:runPowerShellScript"), ("installModule", "aws:psModule")],
        ),
        ("AWS-RefreshAssociation", &[("refreshAssociation", "aws:refreshAssociation")]),
        ("AWS-RunDockerAction", &[("RunDockerAction", "aws:runDockerAction")]),
        ("AWS-RunDocument", &[("downloadContent", "aws:downloadContent"), ("runDocument", "aws:runDocument")]),
        ("AWS-RunPowerShellScript", &[("aws:runPowerShellScript", "aws:runPowerShellScript")]),
        (
            "AWS-RunRemoteScript",
            &[
                ("downloadContent", "aws:downloadContent"),
                ("runPowerShellScript", "aws:runPowerShellScript"),
                ("runShellScript", "aws:runShellScript"),
            ],
        ),
        ("AWS-RunShellScript", &[("aws:runShellScript", "aws:runShellScript")]),
        ("AWS-UpdateSSMAgent", &[("aws:updateSsmAgent", "aws:updateSsmAgent")]),
    ] {
        let keys = parsed(name).result_keys();
        let steps: Vec<_> = keys.iter().map(|(key, plugin)| (key.as_str(), plugin.as_str())).collect();
        assert_eq!(steps, wanted, "{name}");
    }
}

#[test]
fn each_has_the_parameters_of_the_specification() {
    let script: &[&str] = &[
        "commands: StringList required, minItems 1, textarea",
        "workingDirectory: String = \"\", maxChars 4096",
        "executionTimeout: String = \"3600\", matches <two days>",
    ];
    check_parameter_rows("AWS-RunShellScript", script);
    check_parameter_rows("AWS-RunPowerShellScript", script);
    check_parameter_rows(
        "AWS-UpdateSSMAgent",
        &[
            r#"version: String = "", matches ^$|^[0-9]{1,9}(\.[0-9]{1,9}){3}$"#,
            "allowDowngrade: String = \"false\", one of true | false",
        ],
    );
    check_parameter_rows(
        "AWS-RunDocument",
        &[
            "sourceType: String required, one of GitHub | S3 | SSMDocument",
            "sourceInfo: StringMap = {}, textarea",
            "documentParameters: StringMap = {}",
        ],
    );
    check_parameter_rows(
        "AWS-RunRemoteScript",
        &[
            "sourceType: String required, one of GitHub | S3",
            "sourceInfo: StringMap = {}, textarea",
            "commandLine: String = \"\"",
            "workingDirectory: String = \"\", maxChars 4096",
            "executionTimeout: String = \"3600\", matches <eight hours>",
        ],
    );
    check_parameter_rows(
        "AWS-ConfigureAWSPackage",
        &[
            "action: String required, one of Install | Uninstall",
            "installationType: String = \"Uninstall and reinstall\", one of Uninstall and reinstall | In-place update",
            concat!(
                "name: String required, matches ",
                r"^arn:[a-z0-9\-]+:ssm:[a-z0-9\-]*:[0-9]*:(package|document)/[a-zA-Z0-9/:.\-_]{1,128}$",
                r"|^[a-zA-Z0-9/:.\-_]{1,128}$",
            ),
            "version: String = \"\"",
            "additionalArguments: StringMap = {}, maxChars 4096",
        ],
    );
    check_parameter_rows("AWS-ConfigureDocker", &["action: String required, one of Install | Uninstall"]);
    check_parameter_rows("AWS-RefreshAssociation", &["associationIds: StringList = []"]);
    check_parameter_rows(
        "AWS-InstallApplication",
        &[
            "action: String = \"Install\", one of Install | Repair | Uninstall",
            "parameters: String = \"\", matches ^[^']*$",
            "source: String required, matches ^[^']*$",
            "sourceHash: String = \"\"",
        ],
    );
    check_parameter_rows(
        "AWS-InstallPowerShellModule",
        &[
            "commands: StringList = []",
            "source: String required",
            "sourceHash: String = \"\"",
            "workingDirectory: String = \"\"",
            "executionTimeout: String = \"3600\", matches <two days>",
        ],
    );
    check_parameter_rows(
        "AWS-RunDockerAction",
        &[
            concat!(
                "action: String required, one of Create | Start | Run | Stop | Rm | Exec | Inspect | Logs | Ps | Stats",
                " | Pull | Images | Rmi",
            ),
            r#"container: String = "", maxChars 128, matches ^[a-zA-Z0-9_\-\\\/]*$"#,
            r#"image: String = "", maxChars 128, matches ^[a-zA-Z0-9_\-\\\/]*$"#,
            "cmd: String = \"\"",
            "memory: String = \"\"",
            "cpuShares: String = \"\"",
            "volume: StringList = []",
            "env: String = \"\"",
            "user: String = \"\"",
            "publish: String = \"\"",
        ],
    );
    let switches = [
        "applications",
        "awsComponents",
        "networkConfig",
        "windowsUpdates",
        "instanceDetailedInformation",
        "services",
        "windowsRoles",
        "customInventory",
        "billingInfo",
    ];
    let switches = switches.map(|name| format!("{name}: String = \"Enabled\", one of Enabled | Disabled"));
    let mut rows: Vec<_> = switches.iter().map(String::as_str).collect();
    rows.extend(["files: String = \"\"", "windowsRegistry: String = \"\""]);
    check_parameter_rows("AWS-GatherSoftwareInventory", &rows);
}

#[test]
fn every_limit_holds_up_to_its_boundary_and_not_beyond() {
    let check = |name: &str, parameter: &str, values: &[&str], taken: bool| {
        let document = parsed(name);
        for value in values {
            let mut supplied = minimal(&document);
            supplied.insert(parameter.to_owned(), vec![(*value).to_owned()]);
            let outcome = document.check_parameters(&supplied);
            assert_eq!(outcome.is_ok(), taken, "{name} {parameter} {value:?}: {outcome:?}");
        }
    };
    let two_days = ["1", "4", "9", "10", "99999", "100000", "169999", "170000", "171999", "172000", "172799", "172800"];
    let beyond = ["0", "172801", "173000", "180000", "200000", "1000000", "", "-1", "60 ", "6.5", "0060", "an hour"];
    for name in ["AWS-RunShellScript", "AWS-RunPowerShellScript", "AWS-InstallPowerShellModule"] {
        check(name, "executionTimeout", &two_days, true);
        check(name, "executionTimeout", &beyond, false);
    }
    let eight_hours =
        ["1", "9", "10", "9999", "10000", "19999", "20000", "27999", "28000", "28799", "28800", "2880", "280", "300"];
    check("AWS-RunRemoteScript", "executionTimeout", &eight_hours, true);
    let beyond = ["0", "28801", "28810", "28900", "29000", "30000", "99999", "100000", "", "-1", "08", " 8"];
    check("AWS-RunRemoteScript", "executionTimeout", &beyond, false);

    let longest = "d".repeat(4096);
    let too_long = "d".repeat(4097);
    for name in ["AWS-RunShellScript", "AWS-RunPowerShellScript", "AWS-RunRemoteScript"] {
        check(name, "workingDirectory", &["", "/tmp", &longest], true);
        check(name, "workingDirectory", &[&too_long], false);
    }
    check("AWS-UpdateSSMAgent", "version", &["", "3.3.2746.0", "1.2.3.4", "999999999.0.0.0"], true);
    let odd = ["latest", "3.3.2746", "3.3.2746.0.1", "3.3.2746.0 ", "3.3.2746.0-beta", "1234567890.0.0.0", "3..1.0"];
    check("AWS-UpdateSSMAgent", "version", &odd, false);

    let (name, long_name) = ("p".repeat(128), "p".repeat(129));
    let arn = format!("arn:aws:ssm:eu-central-1:123456789012:document/{name}");
    let good = [
        "AmazonCloudWatchAgent",
        "arn:aws:ssm:::package/AWSPVDriver",
        "arn:aws-cn:ssm:cn-north-1::package/a",
        "a",
        &name,
        &arn,
    ];
    check("AWS-ConfigureAWSPackage", "name", &good, true);
    let (long_arn, other_arn) = (format!("{arn}p"), format!("arn:aws:s3:::document/{name}"));
    check(
        "AWS-ConfigureAWSPackage",
        "name",
        &["", "two words", "a;b", "a$b", &long_name, &long_arn, &other_arn],
        false,
    );

    let (longest, too_long) = ("c".repeat(128), "c".repeat(129));
    for parameter in ["container", "image"] {
        check("AWS-RunDockerAction", parameter, &["", "web_1-a", r"library/a\b", &longest], true);
        check("AWS-RunDockerAction", parameter, &[&too_long, "nginx:1", "a.b/c", "a b", "a;b", "$(a)"], false);
    }
    for parameter in ["parameters", "source"] {
        check(
            "AWS-InstallApplication",
            parameter,
            &["", "/quiet", "https://example.com/a.msi", "a \"b\"", "a\nb"],
            true,
        );
        check("AWS-InstallApplication", parameter, &["'", "it's", "a\n'b"], false);
    }
}

#[test]
fn every_closed_list_takes_its_values_and_no_other() {
    for predefined in all() {
        let document = parsed(predefined.name);
        for (name, definition) in document.parameters() {
            let Some(allowed) = definition.allowed_values() else { continue };
            let wrong = ["".to_owned(), "Nonsense".to_owned(), allowed[0].to_uppercase(), format!("{} ", allowed[0])];
            for (value, taken) in
                allowed.iter().map(|value| (value, true)).chain(wrong.iter().map(|value| (value, false)))
            {
                let mut supplied = minimal(&document);
                supplied.insert(name.clone(), vec![value.clone()]);
                let outcome = document.check_parameters(&supplied);
                assert_eq!(outcome.is_ok(), taken, "{} {name} {value:?}", predefined.name);
            }
        }
    }
}

#[test]
fn what_is_required_is_asked_for_and_nothing_else() {
    for predefined in all() {
        let document = parsed(predefined.name);
        let needed = minimal(&document);
        assert!(document.check_parameters(&needed).is_ok(), "{}", predefined.name);
        for name in needed.keys() {
            let mut fewer = needed.clone();
            fewer.remove(name);
            assert!(document.check_parameters(&fewer).is_err(), "{} without {name}", predefined.name);
        }
    }
}

#[test]
fn each_plans_on_each_of_its_platforms_with_the_least_parameters() {
    for predefined in all() {
        let document = parsed(predefined.name);
        for platform in [Linux, MacOS, Windows] {
            let (parameters, plan) = planned(&document, &[], platform);
            assert_eq!(document.check_as_agent(&parameters), Ok(()), "{}", predefined.name);
            let texts: String = plan.steps().iter().map(|step| Value::from(step.inputs.clone()).to_string()).collect();
            assert!(!texts.contains("{{") && !texts.contains("null"), "{} {platform}: {texts}", predefined.name);
            let runs = plan.steps().iter().any(|step| {
                step.precondition == PreconditionOutcome::Satisfied
                    && catalog::platforms(step.plugin.as_str()).contains(&platform)
            });
            // Derived, not published: that PowerShell runs on macOS is not verified of the public document.
            let may_run = predefined.platforms.contains(&platform) || predefined.name == "AWS-RunPowerShellScript";
            assert_eq!(runs, may_run, "{} on {platform}", predefined.name);
            for step in plan.steps() {
                let unknown = step
                    .inputs
                    .keys()
                    .find(|input| catalog::find(step.plugin.as_str()).is_none_or(|facts| facts.input(input).is_none()));
                assert_eq!(unknown, None, "{} {}", predefined.name, step.key);
            }
        }
    }
}

/// The inputs of a document's steps on this platform, those whose precondition holds.
fn check_inputs(name: &str, more: &[(&str, &str)], platform: Platform, wanted: &[Value]) {
    let (_, plan) = planned(&parsed(name), more, platform);
    let steps = plan.steps().iter().filter(|step| step.precondition == PreconditionOutcome::Satisfied);
    let inputs: Vec<_> = steps.map(|step| Value::from(step.inputs.clone())).collect();
    assert_eq!(inputs, wanted, "{name}");
}

#[test]
fn planned_scripts_are_the_callers_lines() {
    for (name, plugin, platform) in [
        ("AWS-RunShellScript", "aws:runShellScript", Linux),
        ("AWS-RunPowerShellScript", "aws:runPowerShellScript", Windows),
    ] {
        let inputs = json!({"id": format!("0.{plugin}"), "runCommand": ["something"], "workingDirectory": "/srv",
            "timeoutSeconds": "60"});
        check_inputs(name, &[("workingDirectory", "/srv"), ("executionTimeout", "60")], platform, &[inputs]);
        let (_, plan) = planned(&parsed(name), &[("executionTimeout", "60")], platform);
        assert_eq!(plan.steps()[0].timeout, Duration::from_secs(60));
    }
}

#[test]
fn an_update_of_the_agent_names_the_regions_manifest() {
    let source = "https://s3.{Region}.amazonaws.com/amazon-ssm-{Region}/ssm-agent-manifest.json";
    let inputs = json!({"id": "0.aws:updateSsmAgent", "agentName": "amazon-ssm-agent", "source": source,
        "allowDowngrade": "true", "targetVersion": "3.3.1.0"});
    check_inputs("AWS-UpdateSSMAgent", &[("version", "3.3.1.0"), ("allowDowngrade", "true")], MacOS, &[inputs]);
}

#[test]
fn a_remote_script_is_fetched_and_runs_in_the_same_folder() {
    let source = [("sourceType", "S3"), ("sourceInfo", r#"{"path": "https://example.com/a.sh"}"#)];
    let more = [source[0], source[1], ("commandLine", "a.sh 'x y'"), ("workingDirectory", "work")];
    let download = json!({"sourceType": "S3", "sourceInfo": {"path": "https://example.com/a.sh"},
        "destinationPath": "work", "onFailure": "exit"});
    let shell = json!({"runCommand": ["export PATH=\"$PATH:$PWD\"", "a.sh 'x y'"], "workingDirectory": "work",
        "timeoutSeconds": "3600"});
    let power_shell = json!({"runCommand": ["$env:PATH = \"$env:PATH;$PWD\"", "a.sh 'x y'", "if ($?) { exit 0 }",
        "if ($LASTEXITCODE) { exit $LASTEXITCODE }", "exit 1"], "workingDirectory": "work", "timeoutSeconds": "3600"});
    check_inputs("AWS-RunRemoteScript", &more, Linux, &[download.clone(), shell]);
    check_inputs("AWS-RunRemoteScript", &more, Windows, &[download.clone(), power_shell]);
    check_inputs("AWS-RunRemoteScript", &more, MacOS, &[download]);
}

#[test]
fn a_fetched_document_is_run_with_its_own_parameters() {
    let more = [
        ("sourceType", "SSMDocument"),
        ("sourceInfo", r#"{"name": "Mine:2"}"#),
        ("documentParameters", r#"{"a": "b"}"#),
    ];
    let wanted = [
        json!({"sourceType": "SSMDocument", "sourceInfo": {"name": "Mine:2"}, "destinationPath": "document",
            "onFailure": "exit"}),
        json!({"documentType": "LocalPath", "documentPath": "document", "documentParameters": {"a": "b"}}),
    ];
    check_inputs("AWS-RunDocument", &more, Linux, &wanted);
}

#[test]
fn lists_and_maps_reach_the_plugins_as_such() {
    check_inputs("AWS-RefreshAssociation", &[("associationIds", "one")], Linux, &[json!({"associationIds": ["one"]})]);
    check_inputs(
        "AWS-ConfigureAWSPackage",
        &[("additionalArguments", r#"{"SSM_A": "1"}"#)],
        Linux,
        &[
            json!({"name": "something", "action": "Install", "installationType": "Uninstall and reinstall", "version": "",
            "additionalArguments": {"SSM_A": "1"}}),
        ],
    );
    let wanted = json!({"action": "Pull", "container": "", "image": "web", "cmd": "", "memory": "", "cpuShares": "",
        "volume": ["/a:/b"], "env": "", "user": "", "publish": ""});
    check_inputs("AWS-RunDockerAction", &[("action", "Pull"), ("image", "web"), ("volume", "/a:/b")], Linux, &[wanted]);
}

#[test]
fn installers_make_their_folder_first_and_run_on_windows_alone() {
    let folder = json!({"onFailure": "exit", "runCommand": ["$ErrorActionPreference = 'Stop'",
        r"$folder = Join-Path $env:ProgramData 'Amazon\SSM\Download'",
        "New-Item -ItemType Directory -Force -Path $folder | Out-Null"]});
    let application = json!({"action": "Install", "parameters": "", "source": "something", "sourceHash": ""});
    let module = json!({"source": "something", "sourceHash": "", "runCommand": [], "workingDirectory": "",
        "timeoutSeconds": "3600"});
    for (name, second) in [("AWS-InstallApplication", application), ("AWS-InstallPowerShellModule", module)] {
        check_inputs(name, &[], Windows, &[folder.clone(), second]);
        check_inputs(name, &[], Linux, &[]);
        check_inputs(name, &[], MacOS, &[]);
    }
}
