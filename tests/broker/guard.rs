//! Row G1 over the wire: who is shut out, at once and on every connection, and nobody else.

use std::time::Duration;

use frontdesk::broker::token::Role;
use frontdesk::proto::v1::block_target::Who;
use frontdesk::proto::v1::command::Command;
use frontdesk::proto::v1::delivery::{Event, Reply};
use frontdesk::proto::v1::{self, CloseCause, Code};

use crate::house::{House, assert_refused};
use crate::wire::{Lane, arrives};

fn visitor(id: &str) -> Option<v1::BlockTarget> {
    Some(v1::BlockTarget { who: Some(Who::Visitor(id.into())) })
}

fn network(text: &str) -> Option<v1::BlockTarget> {
    Some(v1::BlockTarget { who: Some(Who::Network(text.into())) })
}

fn block(target: Option<v1::BlockTarget>) -> Command {
    Command::Block(v1::Block { target, for_ms: 0, reason: "spam".into() })
}

fn unblock(target: Option<v1::BlockTarget>) -> Command {
    Command::Unblock(v1::Unblock { target })
}

fn arrives_from(id: &str, address: &str) -> v1::AttachVisitor {
    let mut attach = arrives(id);
    attach.arrival.get_or_insert_default().address = address.into();
    attach
}

/// How many visitors a block has sent away.
async fn blocked(lane: &mut Lane, link: u32, target: Option<v1::BlockTarget>) -> u64 {
    match lane.ask(link, block(target)).await {
        Reply::Blocked(blocked) => blocked.visitors,
        other => panic!("not blocked: {other:?}"),
    }
}

async fn closed(lane: &mut Lane, link: u32) -> CloseCause {
    lane.event(link, "the end", |event| match event {
        Event::SessionClosed(closed) => Some(closed.cause()),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_visitor_is_cut_off_everywhere_and_no_connection_is() {
    let house = House::open();
    let own = house.client("acme", Role::Visitor, "v-1").await;
    let mut own_lane = own.lane().await;
    own_lane.attach_visitor(1, arrives("")).await;
    let session = own_lane.ask_for(1, "sales", Some("buy my pills")).await.session;
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives("v-1")).await;
    lane.attach_visitor(2, arrives("v-2")).await;
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.work(1, "", "sales", 3).await;
    assert_eq!(desk.opened(1).await.session, session);

    assert_eq!(blocked(&mut desk, 1, visitor("v-1")).await, 1);
    let counts = house.counts("acme");
    assert_eq!((counts.visitors_here, counts.sessions, counts.blocks), (1, 0, 1));
    assert_eq!(closed(&mut desk, 1).await, CloseCause::Blocked);
    for lane in [&mut own_lane, &mut lane] {
        assert_eq!(closed(lane, 1).await, CloseCause::Blocked);
        assert_eq!(lane.link_ended(1).await, Code::Blocked);
        // The link is over, its number is free, and nobody is attached under it.
        let again = Command::AttachVisitor(Box::new(arrives("v-1")));
        assert_refused(&lane.refused(1, again).await, Code::Blocked, "visitor");
    }
    // Neither the person's connection nor the gateway's has ended, nor have its other people's links.
    let ask = Command::Ask(v1::Ask { department: "sales".into(), ..Default::default() });
    assert_refused(&own_lane.refused(1, ask.clone()).await, Code::UnknownLink, "link");
    assert!(matches!(lane.ask(2, ask).await, Reply::Asked(_)));
    lane.attach_visitor(3, arrives("v-3")).await;
    let page = house.broker.metrics().page();
    for line in [
        "frontdesk_blocked_total 2\n",
        "frontdesk_refusals_total{code=\"CODE_BLOCKED\"} 2\n",
        "frontdesk_commands_total{kind=\"block\"} 1\n",
        "frontdesk_tenant_blocks{tenant=\"acme\"} 1\n",
        "frontdesk_tenant_blocks{tenant=\"globex\"} 0\n",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_what_the_broker_sees_or_its_gateway_says() {
    let house = House::open();
    let own = house.client("acme", Role::Visitor, "v-1").await;
    let mut own_lane = own.lane().await;
    own_lane.attach_visitor(1, arrives_from("", "198.51.100.7")).await;
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    lane.attach_visitor(1, arrives_from("v-2", "198.51.100.7")).await;
    lane.attach_visitor(2, arrives_from("v-3", "198.51.101.1")).await;
    lane.attach_visitor(3, arrives("v-4")).await;
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;

    assert_eq!(blocked(&mut desk, 1, network("198.51.100.7")).await, 1);
    assert_eq!(lane.link_ended(1).await, Code::Blocked);
    let here = house.broker.local_addr().ip().to_canonical().to_string();
    assert_eq!(blocked(&mut desk, 1, network(&here)).await, 1);
    assert_eq!(own_lane.link_ended(1).await, Code::Blocked);
    let again = Command::AttachVisitor(Box::new(arrives_from("", "203.0.113.1")));
    assert_refused(&own_lane.refused(1, again).await, Code::Blocked, "visitor");
    // Who is behind the gateway isn't at its address.
    lane.attach_visitor(4, arrives("v-5")).await;
    assert_eq!(house.counts("acme").visitors_here, 3);

    let boss = house.client("acme", Role::Supervisor, "bea").await;
    let mut desk = boss.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    assert_eq!(blocked(&mut desk, 1, network("198.51.0.0/16")).await, 1);
    assert_eq!(lane.link_ended(2).await, Code::Blocked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_are_read_and_lifted_and_end_by_themselves() {
    let house = House::open();
    let gateway = house.gateway().await;
    let mut lane = gateway.lane().await;
    let ann = v1::AttachAgent { agent: "ann".into(), ..Default::default() };
    lane.attach_agent(1, ann).await;
    let targets =
        [visitor("v-1"), visitor("访客-7"), network("192.0.2.0/24"), network("2001:db8::7")];
    for target in targets.iter().rev() {
        blocked(&mut lane, 1, target.clone()).await;
    }
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let read_blocks = Command::ReadBlocks(v1::ReadBlocks { after, blocks: 3 });
        let Reply::BlockPage(page) = lane.ask(1, read_blocks).await else { panic!("no page") };
        assert_eq!(page.total, 4);
        for row in &page.blocks {
            assert_eq!((row.by.as_str(), row.reason.as_str()), ("ann", "spam"));
            assert!(row.since_wall_ms > 0 && row.until_wall_ms == 0);
        }
        read.extend(page.blocks.into_iter().map(|row| row.target));
        after = read.last().cloned().flatten();
        if !page.more {
            break;
        }
    }
    assert_eq!(read, targets);

    assert_eq!(lane.ask(1, unblock(visitor("v-1"))).await, Reply::Done(v1::Done {}));
    lane.attach_visitor(2, arrives("v-1")).await;
    let for_a_time = Command::Block(v1::Block {
        target: visitor("v-1"),
        for_ms: Duration::from_secs(3_600).as_millis() as u64,
        reason: String::new(),
    });
    let Reply::Blocked(made) = lane.ask(1, for_a_time).await else { panic!("not blocked") };
    assert_eq!(made.visitors, 1);
    assert!(made.until_wall_ms > crate::house::wall_ms() + 3_500_000, "{made:?}");
    // The shortest one is over before anybody could be waiting for it.
    let Reply::Blocked(made) = lane
        .ask(
            1,
            Command::Block(v1::Block { target: visitor("v-1"), for_ms: 1, ..Default::default() }),
        )
        .await
    else {
        panic!("not blocked")
    };
    assert_eq!(made.visitors, 0);
    house.counts_become("the end of a block", |counts| counts.blocks == 3).await;
    lane.attach_visitor(3, arrives("v-1")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_that_name_nobody_or_too_many_are_refused() {
    let house = House::open();
    let agent = house.client("acme", Role::Agent, "ann").await;
    let mut desk = agent.lane().await;
    desk.attach_agent(1, v1::AttachAgent::default()).await;
    let wide = "role supervisor, admin or gateway";
    for command in [block(network("192.0.2.0/31")), unblock(network("2001:db8::/64"))] {
        assert_refused(&desk.refused(1, command).await, Code::NotPermitted, wide);
    }
    let long = |for_ms, reason: &str| {
        Command::Block(v1::Block { target: visitor("v-1"), for_ms, reason: reason.into() })
    };
    for (command, code, subject) in [
        (block(None), Code::MissingField, "target"),
        (block(visitor("")), Code::MissingField, "visitor"),
        (block(visitor(&"v".repeat(65))), Code::TooLong, "visitor"),
        (block(network("shop.example")), Code::BadValue, "network"),
        (block(network("0.0.0.0/0")), Code::BadValue, "network"),
        (long(315_360_000_001, ""), Code::BadValue, "for_ms"),
        (long(0, &"x".repeat(257)), Code::TooLong, "reason"),
        (unblock(visitor("v-1")), Code::NotFound, "block"),
        (unblock(None), Code::MissingField, "target"),
        (
            Command::ReadBlocks(v1::ReadBlocks { after: None, blocks: 101 }),
            Code::BadValue,
            "blocks",
        ),
        (
            Command::ReadBlocks(v1::ReadBlocks { after: network("x"), blocks: 1 }),
            Code::BadValue,
            "network",
        ),
    ] {
        assert_refused(&desk.refused(1, command).await, code, subject);
    }
    assert_eq!(house.counts("acme").blocks, 0);
    // Too many networks at once, of the whole tenant: each is looked for among all visitors.
    let mut taken = 0;
    let refused = loop {
        match desk.ask(1, block(network("192.0.2.1"))).await {
            Reply::Blocked(_) => taken += 1,
            Reply::Refused(refused) => break refused,
            other => panic!("{other:?}"),
        }
    };
    assert_refused(&refused, Code::RateLimited, "blocks of networks");
    assert!(taken >= 100 && refused.retry_after_ms > 0, "after {taken}: {refused:?}");
    assert_eq!(blocked(&mut desk, 1, visitor("v-1")).await, 0, "single visitors still are");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenants_blocks_are_not_there() {
    let house = House::open();
    let theirs = house.client("globex", Role::Gateway, "gw").await;
    let mut theirs = theirs.lane().await;
    theirs.attach_agent(1, v1::AttachAgent { agent: "eve".into(), ..Default::default() }).await;
    theirs.attach_visitor(2, arrives_from("v-1", "192.0.2.7")).await;
    let ours = house.gateway().await;
    let mut ours = ours.lane().await;
    ours.attach_agent(1, v1::AttachAgent { agent: "ann".into(), ..Default::default() }).await;
    assert_eq!(blocked(&mut ours, 1, visitor("v-1")).await, 0);
    assert_eq!(blocked(&mut ours, 1, network("192.0.2.0/24")).await, 0);
    assert_refused(&theirs.refused(1, unblock(visitor("v-1"))).await, Code::NotFound, "block");
    let read = Command::ReadBlocks(v1::ReadBlocks::default());
    assert_eq!(theirs.ask(1, read).await, Reply::BlockPage(v1::BlockPage::default()));
    assert_eq!(house.counts("globex").visitors_here, 1);
}
