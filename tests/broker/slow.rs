//! One who doesn't read is cut; its neighbours on the same lane notice nothing.

use std::time::Duration;

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::Reply;
use frontdesk::proto::v1::{self, Code};

use crate::house::House;
use crate::wire::{Credit, arrives};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_without_credit_is_cut_and_its_neighbours_logs_are_whole() {
    let house = House::open_with(|config| {
        config.limits.link_credit_bytes = 32 * 1024;
        (config.limits.messages_per_s, config.limits.messages_burst) = (10_000, 100_000);
    });
    let (at_desk, at_home) = (house.gateway().await, house.gateway().await);
    let (mut desk, mut home) = (at_desk.lane().await, at_home.lane().await);
    desk.work(1, "ann", "sales", 5).await;
    let mut sessions = Vec::new();
    let mut tokens = Vec::new();
    for link in 1..=3 {
        tokens.push(home.attach_visitor(link, arrives(&format!("v-{link}"))).await);
        sessions.push(home.ask_for(link, "sales", None).await.session);
        desk.opened(1).await;
    }
    const SLOW: u32 = 2;
    home.credit = Credit::WithheldFrom(SLOW);

    // A mailbox holds 1 MiB: 300 texts of 8 KiB are more than that and the credit together.
    let text = "x".repeat(8_000);
    let slow = sessions[SLOW as usize - 1].clone();
    let mut said = 0;
    for round in 0..300 {
        for (link, session) in (1..).zip(&sessions) {
            if link == SLOW {
                desk.say(1, session, &text).await;
                said += 1;
            } else {
                desk.say(1, session, &format!("{link}: {round}")).await;
            }
        }
    }
    assert_eq!(home.link_ended(SLOW).await, Code::TooSlow);
    for link in [1, 3] {
        let log = home.messages(link, 300).await;
        let expected: Vec<_> =
            (0..300_u64).map(|round| (round + 1, format!("{link}: {round}"))).collect();
        assert_eq!(log, expected);
    }
    assert!(said == 300);

    // Nothing was lost: it comes back and resumes, and what no longer fits one attach is said to be a hole.
    home.credit = Credit::WithheldFrom(0);
    let seen = home.rest(SLOW).await;
    let seen = seen
        .iter()
        .filter(|told| matches!(told.event, Some(v1::delivery::Event::Message(_))))
        .count() as u64;
    assert!(seen < 300, "it was cut before it had all");
    let token = &tokens[SLOW as usize - 1];
    let resume = v1::Resume { session: slow.clone(), epoch: token.epoch.clone(), seq: seen };
    home.attach_visitor(SLOW, v1::AttachVisitor { resume: Some(resume), ..arrives("v-2") }).await;
    let resumed = home.resumed(SLOW).await;
    assert_eq!((resumed.to_seq, resumed.complete), (300, resumed.from_seq == seen + 1));
    let replayed = home.messages(SLOW, usize::try_from(301 - resumed.from_seq).unwrap()).await;
    let expected: Vec<_> = (resumed.from_seq..=300).collect();
    assert_eq!(replayed.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), expected);
    house.counts("acme");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credit_for_more_than_was_sent_is_refused_and_less_changes_nothing() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    let credit = |taken_bytes| Command::Credit(v1::Credit { taken_bytes });
    let refused = lane.refused(1, credit(1_000_000)).await;
    crate::house::assert_refused(&refused, Code::BadValue, "taken_bytes");
    lane.tell(1, credit(0)).await;
    let asked = lane.ask_for(1, "sales", Some("hi")).await;
    assert!(matches!(
        lane.ask(1, Command::ReadMessages(v1::ReadMessages { session: asked.session, from_seq: 1, messages: 0 })).await,
        Reply::MessagePage(page) if page.messages.len() == 1 && page.next_seq == 2
    ));
}

/// As short as can be configured, so that nobody waits for ten seconds here.
fn impatient() -> House {
    House::open_with(|config| config.stall_timeout = Duration::from_millis(100))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_takes_nothing_of_what_waits_for_it_is_cut_off() {
    let house = impatient();
    let narrow = |transport: &mut quinn::TransportConfig| {
        transport.stream_receive_window(quinn::VarInt::from_u32(2_048));
    };
    let bare = house.bare_with(narrow).await;
    let Ok(client) = bare.hello(&house.token("acme", Role::Visitor, "v-1")).await else {
        panic!("no welcome")
    };
    let mut lane = client.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    // Each is answered with a sentence; together they are more than the stream's window, and nobody reads.
    for _ in 0..100 {
        let nowhere = v1::ReadSession { session: vec![9; 16].into() };
        lane.request(1, Command::ReadSession(nowhere)).await;
    }
    assert_eq!(client.bare.closed().await.code, Code::TooSlow);
    house.counts_become("the visitor is away", |counts| counts.visitors_away == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_that_is_begun_and_never_finished_costs_the_connection() {
    let house = impatient();
    let client = house.client("acme", Role::Visitor, "v-1").await;
    let mut lane = client.lane().await;
    lane.attach_visitor(1, arrives("")).await;
    lane.stream.send_bytes(&[40, 0x08, 1]).await;
    assert_eq!(client.bare.closed().await.code, Code::TooSlow);
    house.counts_become("the visitor is away", |counts| counts.visitors_away == 1).await;
}
