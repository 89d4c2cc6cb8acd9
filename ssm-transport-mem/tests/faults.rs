//! Each kind of fault: what the server sees of it, and what the client.
#![allow(clippy::unwrap_used, reason = "what cannot be had fails the test")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::{Log, Node};
use futures::future::join;
use ssm_core::api::ErrorCode;
use ssm_transport_mem::testing::VirtualTime;
use ssm_transport_mem::{Direction, FaultCounts, FaultHandle, FaultPlan, Faults};

const UNANSWERED: Option<ErrorCode> = Some(ErrorCode::Unanswered);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Runs a node over the link of a plan. Answers the log, and the counts of the link.
fn run<F: Future<Output = ()>>(
    plan: impl FnOnce(FaultPlan) -> FaultPlan,
    simulation: impl FnOnce(Node, FaultHandle) -> F,
) -> (Vec<String>, FaultCounts) {
    run_seeded(1, plan, simulation)
}

fn run_seeded<F: Future<Output = ()>>(
    seed: u64,
    plan: impl FnOnce(FaultPlan) -> FaultPlan,
    simulation: impl FnOnce(Node, FaultHandle) -> F,
) -> (Vec<String>, FaultCounts) {
    let log = Log::new();
    let link = plan(FaultPlan::seeded(seed, Arc::clone(&log.clock) as _)).link(0);
    let time = VirtualTime::of(&log.clock);
    time.run(async {
        let node = Node::over(&link, &log);
        simulation(node, link.clone()).await;
    });
    (log.lines(), link.counts())
}

fn always() -> Faults {
    Faults::none().with_loss(1000)
}

#[test]
fn a_link_without_faults_changes_nothing() {
    let (log, counts) = run(
        |plan| plan,
        |node, _| async move {
            node.acknowledge().await;
            node.delete().await;
            node.poll().await;
        },
    );
    let expected = [
        "0 acknowledged",
        "0 acknowledgement: ok",
        "0 deleted",
        "0 delete: AccessDeniedException",
        "0 poll",
        "15000 polled",
        "15000 poll: ok",
    ];
    assert_eq!(log, expected);
    assert_eq!((counts.calls, counts.delayed, counts.out_of_patience), (3, 0, 0));
}

#[test]
fn a_lost_request_has_no_effect_and_its_call_ends_when_the_patience_does() {
    let (log, counts) = run(
        |plan| plan.on(Direction::Request, "SendReply", always()).with_patience(seconds(7)),
        |node, _| async move {
            assert_eq!(node.reply("a").await, UNANSWERED);
            assert_eq!(node.acknowledge().await, None);
        },
    );
    assert_eq!(log, ["7000 a: Unanswered", "7000 acknowledged", "7000 acknowledgement: ok"]);
    assert_eq!((counts.lost_requests, counts.lost_answers, counts.out_of_patience), (1, 0, 1));
}

#[test]
fn a_lost_answer_leaves_the_effect_at_the_server() {
    let (log, counts) = run(
        |plan| plan.on(Direction::Answer, "SendReply", always()),
        |node, _| async move {
            assert_eq!(node.reply("a").await, UNANSWERED);
        },
    );
    assert_eq!(log, ["0 reply a", "30000 a: Unanswered"]);
    assert_eq!((counts.lost_requests, counts.lost_answers), (0, 1));
}

#[test]
fn a_duplicate_is_carried_out_twice_and_answered_once() {
    let twice = Faults::none().with_duplicates(1000);
    let (log, counts) = run(
        |plan| plan.on(Direction::Request, "SendReply", twice),
        |node, _| async move {
            node.reply("a").await;
            node.log.sleep(seconds(1)).await;
        },
    );
    assert_eq!(log.iter().filter(|line| line.as_str() == "0 reply a").count(), 2, "{log:?}");
    assert_eq!(log.iter().filter(|line| line.as_str() == "0 a: ok").count(), 1, "{log:?}");
    assert_eq!((log.len(), counts.duplicated, counts.calls), (3, 1, 1));
}

#[test]
fn a_late_copy_comes_though_its_client_has_its_answer_and_is_carried_out_to_its_end() {
    let twice = Faults::none().with_delay(seconds(1)..=seconds(1)).with_duplicates(1000);
    let (log, _) = run(
        |plan| plan.on(Direction::Request, "GetMessages", twice),
        |node, _| async move {
            node.poll().await;
            node.log.sleep(seconds(5)).await;
        },
    );
    assert_eq!(log, ["1000 poll", "2000 poll", "16000 polled", "16000 poll: ok", "17000 polled"]);
}

#[test]
fn a_delay_takes_a_time_of_its_range_each_way() {
    let delay = Faults::none().with_delay(millis(100)..=millis(200));
    let (log, counts) = run(
        |plan| plan.on_all(Direction::Request, delay.clone()).on_all(Direction::Answer, delay),
        |node, _| async move {
            node.acknowledge().await;
        },
    );
    let times: Vec<u64> = log.iter().map(|line| line.split(' ').next().unwrap().parse().unwrap()).collect();
    assert!((100..=200).contains(&times[0]) && (200..=400).contains(&times[1]), "{log:?}");
    assert_eq!(counts.delayed, 2);
}

#[test]
fn messages_overtake_each_other_when_delays_differ() {
    let delay = Faults::none().with_delay(Duration::ZERO..=seconds(1));
    let overtaken = (0..20).any(|seed| {
        let (log, _) = run_seeded(
            seed,
            |plan| plan.on_all(Direction::Request, delay.clone()),
            |node, _| async move {
                join(node.reply("a"), node.reply("b")).await;
            },
        );
        log[0].ends_with("reply b")
    });
    assert!(overtaken);
}

#[test]
fn a_message_is_held_back_until_another_one_has_passed() {
    let hold = Faults::none().with_holds(1000, seconds(20));
    let (log, counts) = run(
        |plan| plan.on(Direction::Request, "AcknowledgeMessage", hold.clone()),
        |node, _| async move {
            let later = async {
                node.log.sleep(seconds(3)).await;
                node.reply("a").await;
            };
            join(node.acknowledge(), later).await;
        },
    );
    assert_eq!(log, ["3000 reply a", "3000 a: ok", "3000 acknowledged", "3000 acknowledgement: ok"]);
    assert_eq!(counts.held, 1);

    let (log, _) = run(
        |plan| plan.on(Direction::Request, "AcknowledgeMessage", hold),
        |node, _| async move {
            node.acknowledge().await;
        },
    );
    assert_eq!(log, ["20000 acknowledged", "20000 acknowledgement: ok"], "nothing passes: its time ends");
}

#[test]
fn an_answer_is_held_back_until_another_one_has_passed() {
    let hold = Faults::none().with_holds(1000, seconds(20));
    let (log, _) = run(
        |plan| plan.on(Direction::Answer, "AcknowledgeMessage", hold),
        |node, _| async move {
            join(node.acknowledge(), node.reply("a")).await;
        },
    );
    assert_eq!(log, ["0 acknowledged", "0 reply a", "0 a: ok", "0 acknowledgement: ok"]);
}

#[test]
fn a_cut_loses_everything_until_it_heals() {
    let (log, counts) = run(
        |plan| plan,
        |node, link| async move {
            link.cut();
            assert!(link.is_cut());
            assert_eq!(join(node.reply("a"), node.acknowledge()).await, (UNANSWERED, UNANSWERED));
            link.heal();
            assert_eq!(node.reply("b").await, None);
        },
    );
    assert_eq!(log, ["30000 a: Unanswered", "30000 acknowledgement: Unanswered", "30000 reply b", "30000 b: ok"]);
    assert_eq!((counts.cut_requests, counts.cut_answers), (2, 0));
}

#[test]
fn a_cut_of_one_direction_leaves_the_other() {
    let (log, counts) = run(
        |plan| plan,
        |node, link| async move {
            link.cut_one(Direction::Answer);
            assert_eq!(node.reply("a").await, UNANSWERED);
        },
    );
    assert_eq!(log, ["0 reply a", "30000 a: Unanswered"]);
    assert_eq!((counts.cut_requests, counts.cut_answers), (0, 1));
}

#[test]
fn what_is_under_way_at_a_cut_is_lost_even_if_the_link_heals_before_it_would_arrive() {
    let delay = Faults::none().with_delay(seconds(2)..=seconds(2));
    let (log, counts) = run(
        |plan| plan.on_all(Direction::Request, delay),
        |node, link| async move {
            let blink = async {
                node.log.sleep(seconds(1)).await;
                link.cut();
                link.heal();
            };
            join(node.reply("a"), blink).await;
        },
    );
    assert_eq!((log.as_slice(), counts.cut_requests), (["30000 a: Unanswered".to_owned()].as_slice(), 1));
}

#[test]
fn a_visible_cut_ends_calls_at_once_also_those_under_way() {
    let (log, _) = run(FaultPlan::with_visible_cuts, |node, link| async move {
        let cut = async {
            node.log.sleep(seconds(1)).await;
            link.cut();
        };
        let (ended, ()) = join(node.poll(), cut).await;
        assert_eq!(ended, UNANSWERED);
        assert_eq!(node.reply("a").await, UNANSWERED);
    });
    // Until the end, which drops all, the server has not heard of it.
    assert_eq!(log, ["0 poll", "1000 poll: Unanswered", "1000 a: Unanswered", "1000 poll dropped"]);
}

#[test]
fn the_server_does_not_hear_of_a_client_that_leaves_during_a_cut() {
    for (heals_at, last) in [(25, "15000 polled"), (5, "5000 poll dropped")] {
        let (log, _) = run(
            |plan| plan.with_patience(seconds(3)),
            |node, link| async move {
                let cut = async {
                    node.log.sleep(seconds(1)).await;
                    link.cut();
                };
                join(node.poll(), cut).await;
                node.log.sleep(seconds(heals_at - 3)).await;
                link.heal();
                node.log.sleep(seconds(1)).await;
            },
        );
        assert_eq!(log, ["0 poll", "3000 poll: Unanswered", last]);
    }
}

#[test]
fn the_server_drops_the_call_of_a_client_that_lost_its_patience() {
    let (log, _) = run(
        |plan| plan.with_patience(seconds(3)),
        |node, _| async move {
            node.poll().await;
            node.log.sleep(seconds(1)).await;
        },
    );
    assert_eq!(log, ["0 poll", "3000 poll: Unanswered", "3000 poll dropped"]);
}

#[test]
fn links_of_one_plan_are_cut_apart() {
    let log = Log::new();
    let plan = FaultPlan::seeded(1, Arc::clone(&log.clock) as _);
    let (first, second) = (plan.link(1), plan.link(2));
    VirtualTime::of(&log.clock).run(async {
        let node = Node::over(&first, &log);
        let other = node.over_another(&second);
        first.cut();
        assert_eq!(other.reply("b").await, None);
        assert_eq!(node.reply("a").await, UNANSWERED);
    });
    assert_eq!(log.lines(), ["0 reply b", "0 b: ok", "30000 a: Unanswered"]);
}

#[test]
fn a_rule_may_have_enough_and_faults_can_end_for_good() {
    let (log, counts) = run(
        |plan| plan.on(Direction::Answer, "SendReply", always().with_most(2)).on_all(Direction::Request, always()),
        |node, link| async move {
            link.cut();
            assert_eq!(node.acknowledge().await, UNANSWERED);
            link.calm();
            assert!(!link.is_cut());
            assert_eq!(node.acknowledge().await, None);
        },
    );
    assert_eq!(log, ["30000 acknowledgement: Unanswered", "30000 acknowledged", "30000 acknowledgement: ok"]);
    assert_eq!((counts.cut_requests, counts.lost_requests), (1, 0));

    let (log, counts) = run(
        |plan| plan.on(Direction::Answer, "SendReply", always().with_most(2)),
        |node, _| async move { while node.reply("a").await.is_some() {} },
    );
    assert_eq!(log.last().unwrap(), "60000 a: ok");
    assert_eq!((counts.calls, counts.lost_answers), (3, 2));
}

/// Two hundred replies over a link with every fault.
fn busy(seed: u64) -> (Vec<String>, FaultCounts) {
    let faults = Faults::none()
        .with_delay(Duration::ZERO..=seconds(2))
        .with_loss(100)
        .with_duplicates(100)
        .with_holds(100, seconds(5));
    run_seeded(
        seed,
        |plan| plan.on_all(Direction::Request, faults.clone()).on_all(Direction::Answer, faults),
        |node, link| async move {
            let replies = (0..200).map(|count| {
                let (node, link) = (node.clone(), link.clone());
                tokio::spawn(async move {
                    node.log.sleep(millis(count * 37)).await;
                    if count == 100 {
                        link.cut();
                    } else if count == 120 {
                        link.heal();
                    }
                    node.reply(&format!("r{count}")).await;
                })
            });
            for reply in replies.collect::<Vec<_>>() {
                reply.await.unwrap();
            }
        },
    )
}

#[test]
fn one_seed_gives_one_log_and_another_seed_another_one() {
    let (log, counts) = busy(1);
    assert_eq!((log.clone(), counts), busy(1));
    assert_ne!(log, busy(2).0);
    let FaultCounts { delayed, lost_requests, lost_answers, duplicated, held, cut_requests, .. } = counts;
    for count in [delayed, lost_requests, lost_answers, duplicated, held, cut_requests] {
        assert!(count >= 5, "{counts:?}");
    }
    assert_eq!(counts.calls, 200);
}

#[test]
#[should_panic(expected = "no operation is called SendReplies")]
fn a_rule_for_an_unknown_kind_is_refused() {
    let log = Log::new();
    let _ = FaultPlan::seeded(1, log.clock).on(Direction::Request, "SendReplies", always());
}
