//! Names and values of headers. Names are in lower case, as HTTP/2 wants them; case never matters in a comparison.

/// The `Content-Type` of every request and answer. Source: public model, protocol `json`, `jsonVersion` 1.1.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Says which operation a request is for, see [`Target`](crate::Target).
pub const TARGET_HEADER: &str = "x-amz-target";

/// Carries the request id, on success and on failure. Shown as `x-amzn-RequestId` in the sources.
pub const REQUEST_ID_HEADER: &str = "x-amzn-requestid";

/// Carries the code of an error beside the body, for the SDKs that look here first.
pub const ERROR_TYPE_HEADER: &str = "x-amzn-errortype";

/// Whether a `Content-Type` is the one of AWS JSON 1.1; parameters such as `charset` may follow.
#[must_use]
pub fn is_json_1_1(content_type: &str) -> bool {
    let kind = content_type.split_once(';').map_or(content_type, |(kind, _)| kind);
    kind.trim().eq_ignore_ascii_case(CONTENT_TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_may_have_parameters_and_any_case() {
        for accepted in [
            "application/x-amz-json-1.1",
            "Application/X-Amz-JSON-1.1",
            "application/x-amz-json-1.1; charset=utf-8",
            "application/x-amz-json-1.1 ;charset=utf-8",
        ] {
            assert!(is_json_1_1(accepted), "{accepted}");
        }
        for refused in ["", "application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.10"] {
            assert!(!is_json_1_1(refused), "{refused}");
        }
    }
}
