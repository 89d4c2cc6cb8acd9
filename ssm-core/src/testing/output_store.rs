//! The suite of [`OutputStore`], for stores that keep what they take.

use bytes::Bytes;
use uuid::Uuid;

use crate::ids::CommandId;
use crate::ports::{OutputKey, OutputStore, OutputStoreError, OutputStream};

/// Most bytes that the suite puts into one store.
pub const MOST_BYTES: usize = 100_000;

const READS: &str = "a read of a store that works succeeds";
const TAKES: &str = "a store with room takes what follows on what it has";

/// Checks the contract on fresh stores with room for [`MOST_BYTES`]. [`NullOutputs`](crate::ports::NullOutputs) keeps nothing, so
/// it is not one of them.
///
/// # Panics
/// When the contract is broken.
pub async fn suite<S: OutputStore, F: Future<Output = S>>(make: impl Fn() -> F) {
    bytes_are_read_as_they_were_appended(&make().await).await;
    a_retry_changes_nothing(&make().await).await;
    a_gap_is_refused(&make().await).await;
    streams_do_not_touch_each_other(&make().await).await;
}

fn key(command: u128, instance: u64, step: &str, stream: OutputStream) -> OutputKey {
    OutputKey {
        command: CommandId::new(Uuid::from_u128(command)),
        instance: format!("mi-{instance:017}").parse().expect("mi- and 17 digits make an instance id"),
        step: step.parse().expect("a short word makes a step name"),
        stream,
    }
}

fn stdout() -> OutputKey {
    key(1, 1, "step", OutputStream::Stdout)
}

/// Every byte, so that nothing is taken for text.
fn pattern(length: u32) -> Vec<u8> {
    (0..length).map(|index| (index.wrapping_mul(31) % 251).to_le_bytes()[0]).collect()
}

async fn append(store: &dyn OutputStore, key: &OutputKey, offset: u64, bytes: &[u8]) {
    store.append(key, offset, Bytes::copy_from_slice(bytes)).await.expect(TAKES);
}

async fn read(store: &dyn OutputStore, key: &OutputKey, offset: u64, most: usize) -> Bytes {
    store.read(key, offset, most).await.expect(READS)
}

async fn bytes_are_read_as_they_were_appended(store: &dyn OutputStore) {
    let key = stdout();
    assert_eq!(read(store, &key, 0, 10).await, Bytes::new(), "an unknown stream has no bytes");
    let whole = pattern(50_000);
    let mut offset = 0;
    for length in [1, 0, 999, 4000, 45_000] {
        let end = offset + length;
        append(store, &key, offset as u64, &whole[offset..end]).await;
        assert_eq!(read(store, &key, 0, MOST_BYTES).await, whole[..end], "what was appended can be read at once");
        offset = end;
    }
    for (from, most) in [(0, 1), (0, 50_000), (1, 999), (999, 2), (49_999, 10), (50_000, 10), (60_000, 10), (7, 0)] {
        let wanted: Vec<u8> = whole.iter().copied().skip(from).take(most).collect();
        let bytes = read(store, &key, from as u64, most).await;
        assert_eq!(bytes, wanted, "a read has at most {most} bytes from {from} on");
    }
    assert_eq!(read(store, &key, u64::MAX, 10).await, Bytes::new(), "there are no bytes behind the end");
}

async fn a_retry_changes_nothing(store: &dyn OutputStore) {
    let key = stdout();
    append(store, &key, 0, b"first ").await;
    append(store, &key, 6, b"second").await;
    // The last again, an earlier one again, and one that overlaps and goes on.
    for (offset, bytes) in [(6, &b"second"[..]), (0, b"first "), (0, b""), (12, b""), (3, b"st ")] {
        append(store, &key, offset, bytes).await;
        assert_eq!(read(store, &key, 0, 100).await, "first second", "to append what is there already changes nothing");
    }
    append(store, &key, 6, b"second and third").await;
    let wanted = "first second and third";
    assert_eq!(read(store, &key, 0, 100).await, wanted, "of what is partly there, the rest is appended");
}

async fn a_gap_is_refused(store: &dyn OutputStore) {
    let key = stdout();
    let answer = store.append(&key, 1, Bytes::from_static(b"late")).await;
    let gap = OutputStoreError::Gap { length: 0, offset: 1 };
    assert_eq!(answer, Err(gap), "a stream begins at its beginning");
    append(store, &key, 0, b"four").await;
    for offset in [5, 1000, u64::MAX] {
        let answer = store.append(&key, offset, Bytes::from_static(b"late")).await;
        let gap = OutputStoreError::Gap { length: 4, offset };
        assert_eq!(answer, Err(gap), "bytes that leave a gap are refused, and told where the stream ends");
    }
    assert_eq!(read(store, &key, 0, 100).await, "four", "what was refused has changed nothing");
}

async fn streams_do_not_touch_each_other(store: &dyn OutputStore) {
    let keys = [
        stdout(),
        key(1, 1, "step", OutputStream::Stderr),
        key(2, 1, "step", OutputStream::Stdout),
        key(1, 2, "step", OutputStream::Stdout),
        key(1, 1, "STEP", OutputStream::Stdout),
        // No name of a step may lead out of its place.
        key(1, 1, "../step", OutputStream::Stdout),
        key(1, 1, "a/b", OutputStream::Stdout),
        key(1, 1, "a b", OutputStream::Stdout),
        key(1, 1, ".", OutputStream::Stdout),
    ];
    for round in 0..2 {
        for (index, key) in keys.iter().enumerate() {
            append(store, key, round * 10, format!("{round} of {index:04}").as_bytes().get(..9).unwrap_or_default())
                .await;
            append(store, key, round * 10 + 9, b".").await;
        }
    }
    for (index, key) in keys.iter().enumerate() {
        let wanted = format!("0 of {index:04}.1 of {index:04}.");
        assert_eq!(read(store, key, 0, 100).await, wanted, "each step, stream and instance has bytes of its own");
    }
}
