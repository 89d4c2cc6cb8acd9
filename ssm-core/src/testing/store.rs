//! stub
/// stub
pub async fn suite<S, F: Future<Output = S>>(_make: impl Fn() -> F) {}
