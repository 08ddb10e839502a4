//! Row G1: who is shut out, by id and by network, and how it is found out about, lifted and over.

use frontdesk::desk::block::{BLOCK_MS_MAX, Network, Rest, Target};
use frontdesk::desk::delivery::{CloseCause, Delivery};
use frontdesk::desk::fact::Event;
use frontdesk::desk::id::{AgentId, TenantId, VisitorId};
use frontdesk::desk::page::Arrival;
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::desk::refusal::Refusal;
use frontdesk::engine::journal::Journal;
use frontdesk::engine::{AgentAttach, Command, Departure, Engine, LinkEnd, Reply, VisitorAttach};

use crate::house::{House, Seat, department, site};

fn visitor(id: &str) -> Target {
    Target::Visitor(VisitorId::new(id).unwrap())
}

fn network(text: &str) -> Target {
    Target::Network(Network::parse(text).unwrap())
}

fn from(house: &House, id: &str, address: &str) -> VisitorAttach {
    let arrival = Arrival { address: address.into(), ..Arrival::default() };
    VisitorAttach { arrival, ..house.arrival(id) }
}

fn block(house: &House, agent: &Seat, target: Target, for_ms: Option<u64>) -> u64 {
    let block = Command::Block { target, for_ms, reason: "spam".into() };
    match house.submit(agent, block).unwrap() {
        Reply::Blocked { visitors, .. } => visitors,
        other => panic!("{other:?}"),
    }
}

/// How each of its links ended, after it was told that its session is over.
fn ends(seat: &mut Seat) -> (Vec<CloseCause>, Vec<LinkEnd>) {
    let mut closed = Vec::new();
    let ends = seat.reader.try_drain_all(|_, delivery| {
        if let Delivery::SessionClosed { cause, .. } = delivery {
            closed.push(cause);
        }
    });
    (closed, ends.into_iter().map(|(_, end)| end).collect())
}

#[test]
fn a_blocked_visitor_is_gone_at_once_with_its_session_and_all_its_links() {
    let mut house = House::new();
    let mut agent = house.online("ann", 1);
    let (mut tab, mut phone, next) = (house.visitor("v"), house.visitor("v"), house.visitor("w"));
    let session = house.ask(&tab);
    house.ask(&next);
    agent.told();

    assert_eq!(block(&house, &agent, visitor("v"), None), 1);
    let counts = house.engine.counts(house.tenant);
    assert_eq!((counts.visitors_here, counts.blocks), (1, 1));
    assert_eq!((counts.sessions, counts.waiting), (1, 0), "the slot went to who waited");
    for seat in [&mut tab, &mut phone] {
        assert_eq!(ends(seat), (vec![CloseCause::Blocked], vec![LinkEnd::Blocked]));
    }
    assert_eq!(ends(&mut agent).0, [CloseCause::Blocked]);

    let words = house.words("let me in");
    assert_eq!(house.say_words(&tab, session, words).err(), Some(Refusal::SessionClosed));
    assert_eq!(house.try_ask(&phone), Err(Refusal::LinkGone));
    for attach in [house.arrival("v"), from(&house, "v", "192.0.2.1")] {
        assert_eq!(house.attach(attach).err(), Some(Refusal::Blocked));
    }
    // Links that ended are given back late, and change nothing.
    for seat in [tab, phone] {
        house.engine.detach(seat.link, Departure::Dropped, house.now);
    }
    assert_eq!(house.engine.counts(house.tenant).visitors_here, 1);
    house.whole();

    let closed = house.facts().into_iter().find_map(|event| match event {
        Event::SessionClosed { session: of, cause, .. } if of == session => Some(cause),
        _ => None,
    });
    assert_eq!(closed, Some(CloseCause::Blocked));
}

#[test]
fn who_is_away_is_shut_out_too_and_a_token_of_an_old_link_lets_nobody_in() {
    let house = House::new();
    let agent = house.agent("ann");
    let seat = house.visitor("v");
    house.engine.detach(seat.link, Departure::Dropped, house.now);
    assert_eq!(house.engine.counts(house.tenant).visitors_away, 1);
    assert_eq!(block(&house, &agent, visitor("v"), None), 1);
    assert_eq!(house.engine.counts(house.tenant).visitors_away, 0);
    let back = VisitorAttach { replaces: Some(seat.attached.token), ..house.arrival("v") };
    assert_eq!(house.attach(back).err(), Some(Refusal::Blocked));
    house.whole();
}

#[test]
fn a_blocked_network_ends_whoever_was_seen_there_and_nobody_else() {
    let house = House::new();
    let mut agent = house.agent("ann");
    house.submit(&agent, Command::WatchVisitors { query: Box::default(), rows: 200 }).unwrap();
    let there: Vec<_> = (0..100)
        .map(|n| house.attach(from(&house, &format!("v{n}"), &format!("192.0.2.{n}"))).unwrap())
        .collect();
    let other = house.attach(from(&house, "other", "192.0.3.1")).unwrap();
    let nowhere = house.visitor("nowhere");
    // One that came from elsewhere, whose second device is in the network.
    let mut roaming = house.attach(from(&house, "roaming", "203.0.113.9")).unwrap();
    let mut second = house.attach(from(&house, "roaming", "192.0.2.250:4433")).unwrap();

    assert_eq!(block(&house, &agent, network("192.0.2.128/25"), None), 1);
    for seat in [&mut roaming, &mut second] {
        assert_eq!(ends(seat), (vec![], vec![LinkEnd::Blocked]));
    }
    assert_eq!(block(&house, &agent, network("192.0.2.0/24"), None), 100);
    for mut seat in there {
        assert_eq!(ends(&mut seat).1, [LinkEnd::Blocked]);
    }
    for seat in [&other, &nowhere] {
        assert!(house.try_ask(seat).is_ok());
    }
    assert_eq!(house.engine.counts(house.tenant).visitors_here, 2);

    let refused = |id: &str, address: &str| house.attach(from(&house, id, address)).err();
    assert_eq!(refused("new", "192.0.2.7"), Some(Refusal::Blocked));
    assert_eq!(refused("new", "::ffff:192.0.2.7"), Some(Refusal::Blocked));
    assert_eq!(refused("other", "192.0.2.7"), Some(Refusal::Blocked), "also for a second device");
    assert_eq!(refused("new", "192.0.3.7"), None);
    house.whole();
    assert!(!agent.windows().is_empty());
}

#[test]
fn a_network_of_ipv6_is_blocked_as_one() {
    let house = House::new();
    let agent = house.agent("ann");
    let _seat = house.attach(from(&house, "v", "2001:db8:0:1::7")).unwrap();
    assert_eq!(block(&house, &agent, network("2001:db8::/64"), None), 0);
    assert_eq!(block(&house, &agent, network("2001:db8:0:1::/64"), None), 1);
    let refused = house.attach(from(&house, "w", "2001:db8:0:1:ffff::1")).err();
    assert_eq!(refused, Some(Refusal::Blocked));
    house.whole();
}

#[test]
fn a_block_for_a_time_is_over_when_it_said() {
    let mut house = House::new();
    let agent = house.agent("ann");
    let block_it =
        Command::Block { target: visitor("v"), for_ms: Some(5_000), reason: "calm down".into() };
    let Reply::Blocked { until_wall_ms, .. } = house.submit(&agent, block_it).unwrap() else {
        panic!("no answer to a block")
    };
    assert_eq!(until_wall_ms, Some(house.now.wall_ms + 5_000));
    house.wait(4_999);
    assert_eq!(house.attach(house.arrival("v")).err(), Some(Refusal::Blocked));
    assert_eq!(house.engine.counts(house.tenant).blocks, 1);
    house.now = house.now.after_ms(1);
    assert!(house.attach(house.arrival("v")).is_ok(), "before anybody has tidied up");
    house.wait(1);
    assert_eq!(house.engine.counts(house.tenant).blocks, 0);
    house.whole();
}

#[test]
fn a_lifted_block_lets_in_and_both_are_kept_with_who_and_why() {
    let house = House::new();
    let (ann, bob) = (house.agent("ann"), house.agent("bob"));
    let blocks =
        Command::Block { target: visitor("v"), for_ms: Some(60_000), reason: "spam".into() };
    let accepted = house.engine.submit(ann.link, blocks, house.now).unwrap();
    assert_eq!(accepted.kept_at, Some(house.journal.end()), "the answer waits for the commit");
    let unblock = Command::Unblock { target: visitor("v") };
    assert_eq!(house.submit(&bob, unblock.clone()), Ok(Reply::Done));
    assert!(house.attach(house.arrival("v")).is_ok());
    assert_eq!(house.submit(&bob, unblock), Err(Refusal::BlockNotFound));
    let expected = [
        Event::Blocked {
            target: visitor("v"),
            by: AgentId::new("ann").unwrap(),
            reason: "spam".into(),
            until_wall_ms: Some(house.now.wall_ms + 60_000),
        },
        Event::Unblocked { target: visitor("v"), by: AgentId::new("bob").unwrap() },
    ];
    assert_eq!(house.facts(), expected);
    house.whole();
}

#[test]
fn blocks_are_read_page_by_page_with_who_why_and_how_long() {
    let house = House::new();
    let agent = house.agent("ann");
    let targets = [visitor("a"), visitor("b"), network("192.0.2.0/24"), network("2001:db8::/32")];
    for target in targets.iter().rev() {
        block(&house, &agent, target.clone(), Some(1_000));
    }
    let read =
        |after| match house.submit(&agent, Command::ReadBlocks { after, blocks_max: 3 }).unwrap() {
            Reply::Blocks(page) => *page,
            other => panic!("{other:?}"),
        };
    let first = read(None);
    assert_eq!((first.blocks.len(), first.rest, first.total), (3, Rest::Some, 4));
    assert_eq!((first.blocks[0].by.as_str(), &*first.blocks[0].reason), ("ann", "spam"));
    assert_eq!(first.blocks[0].until_wall_ms(), Some(house.now.wall_ms + 1_000));
    let second = read(Some(first.blocks[2].target.clone()));
    assert_eq!((second.blocks.len(), second.rest), (1, Rest::None));
    let read: Vec<_> =
        first.blocks.into_iter().chain(second.blocks).map(|block| block.target).collect();
    assert_eq!(read, targets);
}

#[test]
fn visitors_and_links_that_are_gone_block_nobody_and_terms_have_bounds() {
    let house = House::new();
    let (agent, seat) = (house.agent("ann"), house.visitor("v"));
    let with = |for_ms, reason: &str| Command::Block {
        target: visitor("v"),
        for_ms,
        reason: reason.into(),
    };
    for command in [
        with(None, ""),
        Command::Unblock { target: visitor("v") },
        Command::ReadBlocks { after: None, blocks_max: 1 },
    ] {
        assert_eq!(house.submit(&seat, command), Err(Refusal::AgentsOnly));
    }
    let out = Refusal::OutOfRange { field: "for_ms", min: 1, max: BLOCK_MS_MAX };
    assert_eq!(house.submit(&agent, with(Some(0), "")), Err(out));
    let long = Refusal::TooLong { field: "reason", bytes_max: 256 };
    assert_eq!(house.submit(&agent, with(None, &"x".repeat(257))), Err(long));
    house.engine.detach(agent.link, Departure::Dropped, house.now);
    assert_eq!(house.submit(&agent, with(None, "")), Err(Refusal::LinkGone));
    assert_eq!(house.engine.counts(house.tenant).blocks, 0);
    assert!(house.try_ask(&seat).is_ok(), "nobody was shut out");
    house.whole();
}

#[test]
fn a_tenants_blocks_shut_nobody_out_of_another() {
    let house = House::new();
    let policy = Policy::new(Draft::new(vec![site()], vec![department("sales")])).unwrap();
    let other = house.engine.add_tenant(TenantId::new("globex").unwrap(), policy).unwrap();
    let reader = house.engine.reader();
    let attach = |engine: &Engine, id: &str| {
        let attach = from(&house, id, "192.0.2.7");
        engine.attach_visitor(other, reader.outlet(), attach, house.now)
    };
    attach(&house.engine, "v").unwrap();
    let eve = AgentAttach::new(AgentId::new("eve").unwrap());
    let eve = house.engine.attach_agent(other, reader.outlet(), eve, house.now).unwrap().link;

    let agent = house.agent("ann");
    assert_eq!(block(&house, &agent, visitor("v"), None), 0);
    assert_eq!(block(&house, &agent, network("192.0.2.0/24"), None), 0);
    assert_eq!(house.engine.counts(other).visitors_here, 1);
    assert!(attach(&house.engine, "w").is_ok());
    let says =
        |command| house.engine.submit(eve, command, house.now).map(|accepted| accepted.reply);
    assert_eq!(says(Command::Unblock { target: visitor("v") }), Err(Refusal::BlockNotFound));
    let Reply::Blocks(page) = says(Command::ReadBlocks { after: None, blocks_max: 9 }).unwrap()
    else {
        panic!("no page")
    };
    assert_eq!((page.blocks.len(), page.total), (0, 0));
    house.whole();
}
