use futures::FutureExt;

use super::*;
use crate::ports::MockStore;
use crate::time::Timestamp;

/// Answers due rows that grow with every asking, and takes every commit.
fn counting(seed: u64) -> (Arc<Mutex<u32>>, FaultyStore) {
    let applied = Arc::new(Mutex::new(0));
    let mut inner = MockStore::new();
    let count = Arc::clone(&applied);
    inner.expect_commit().returning(move |_| {
        *count.lock().unwrap() += 1;
        Ok(())
    });
    let mut asked = 0;
    inner.expect_due().returning(move |_, _| {
        asked += 1;
        Ok(crate::ports::DueRows { next_at: Some(Timestamp::from_millis(asked)), ..Default::default() })
    });
    (applied, FaultyStore::new(Arc::new(inner), seed))
}

async fn due(store: &FaultyStore, now: i64) -> Result<i64, StoreError> {
    let rows = store.due(Timestamp::from_millis(now), 5).await?;
    Ok(rows.next_at.unwrap().as_millis())
}

#[test]
fn a_made_up_refusal_applies_nothing_and_an_unknown_commit_is_applied_or_lost() {
    for (fault, word, applied_after) in [
        (Fault::Conflict, "a row has changed", 0),
        (Fault::Unavailable, "does not answer", 0),
        (Fault::UnknownAndLost, "not known", 0),
        (Fault::UnknownAndApplied, "not known", 1),
    ] {
        let (applied, store) = counting(1);
        store.fault_on(|call| matches!(call, StoreCall::Commit { .. }), fault);
        let error = store.commit(Batch::default()).now_or_never().unwrap().unwrap_err();
        assert!(error.to_string().contains(word), "{error}");
        assert_eq!(*applied.lock().unwrap(), applied_after, "{error}");
        assert!(store.commit(Batch::default()).now_or_never().unwrap().is_ok(), "a script is for one call");
    }
}

#[test]
fn a_stale_read_gives_the_last_answer_of_the_same_query_again() {
    let (_, store) = counting(1);
    let stale = |store: &FaultyStore| store.fault_on(|call| call.reads(StoreQuery::Due), Fault::Stale);
    stale(&store);
    assert_eq!(due(&store, 1).now_or_never().unwrap().unwrap(), 1, "what was never asked has no older answer");
    stale(&store);
    assert_eq!(due(&store, 9).now_or_never().unwrap().unwrap(), 1, "the time does not make it another query");
    assert_eq!(due(&store, 9).now_or_never().unwrap().unwrap(), 2);
    assert_eq!(store.asked(StoreQuery::Due), 3);
}

#[test]
fn a_held_commit_is_applied_when_it_is_let_go_and_a_held_read_was_answered_before() {
    let (applied, store) = counting(1);
    let mut hold = store.hold_on(|call| matches!(call, StoreCall::Commit { .. }));
    let mut commit = store.commit(Batch::default());
    assert!((&mut commit).now_or_never().is_none());
    assert!(hold.reached().now_or_never().is_some());
    assert_eq!(*applied.lock().unwrap(), 0);
    hold.release();
    assert!((&mut commit).now_or_never().unwrap().is_ok());
    assert_eq!(*applied.lock().unwrap(), 1);

    let hold = store.hold_on(|call| call.reads(StoreQuery::Due));
    let mut read = Box::pin(due(&store, 1));
    assert!((&mut read).now_or_never().is_none());
    assert_eq!(due(&store, 1).now_or_never().unwrap().unwrap(), 2);
    drop(hold);
    assert_eq!((&mut read).now_or_never().unwrap().unwrap(), 1, "the answer is as old as the hold");
}

#[test]
fn nothing_returns_from_a_process_that_has_ended() {
    for (after, applied_by_then) in [(false, 1), (true, 2)] {
        let (applied, store) = counting(1);
        if after {
            store.die_after_commit(2);
        } else {
            store.die_before_commit(2);
        }
        assert!(store.commit(Batch::default()).now_or_never().unwrap().is_ok());
        assert!(store.died().now_or_never().is_none());
        assert!(store.commit(Batch::default()).now_or_never().is_none(), "the caller never hears of it");
        assert_eq!(*applied.lock().unwrap(), applied_by_then);
        assert!(store.died().now_or_never().is_some());
        assert!(store.commit(Batch::default()).now_or_never().is_none());
        assert!(due(&store, 1).now_or_never().is_none());
        assert_eq!(*applied.lock().unwrap(), applied_by_then);
    }
}

#[test]
fn one_seed_gives_the_same_faults_again() {
    let run = |seed| {
        let (_, store) = counting(seed);
        store.set_rates(FaultRates { pauses: 0, ..FaultRates::all(200) });
        let mut told = Vec::new();
        for _ in 0..100 {
            let commit = store.commit(Batch::default()).now_or_never().unwrap();
            let read = due(&store, 1).now_or_never().unwrap();
            told.push(format!("{commit:?} {read:?}"));
        }
        told
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
    for word in ["Conflict", "Unavailable", "Unknown", "Ok(())"] {
        assert!(run(3).iter().any(|line| line.contains(word)), "{word} happens");
    }
}
