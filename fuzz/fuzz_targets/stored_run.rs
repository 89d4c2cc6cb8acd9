//! Any text as a run that was stored.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| ssm_fuzz::stored_run(text));
