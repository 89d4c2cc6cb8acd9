//! Any text as a document in JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssm_core::document::Format;

fuzz_target!(|text: &str| ssm_fuzz::document(text, Format::Json));
