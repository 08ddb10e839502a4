//! Rows W2, W4, G2: who does not read, who is gone, and who is of another company.

use frontdesk::desk::id::{AgentId, TenantId, TenantNo, VisitorId};
use frontdesk::desk::policy::{Draft, Policy};
use frontdesk::desk::refusal::Refusal;
use frontdesk::desk::role::Role;
use frontdesk::engine::{
    AgentAttach, Command, Departure, LinkEnd, MailboxLimits, Reply, ResumePoint,
};

use crate::house::{House, department, positions, site};

// W2

#[test]
fn who_does_not_read_is_cut_and_the_neighbours_logs_stay_complete() {
    let limits = MailboxLimits { deliveries_max: 8, ..MailboxLimits::default() };
    let mut house = House::with(|_| (), limits);
    let agent = house.online("ann", 2);
    let (mut slow, mut quick) = (house.visitor("slow"), house.visitor("quick"));
    let sessions = [house.ask(&slow), house.ask(&quick)];
    let mut log = Vec::new();
    for n in 1..=20 {
        for session in sessions {
            house.say(&agent, session, &n.to_string());
        }
        log.extend(quick.messages());
    }
    let expected: Vec<_> = (1..=20).map(|n| (n, n.to_string())).collect();
    assert_eq!(log, expected);
    let ends = slow.reader.try_drain_all(|_, delivery| panic!("{delivery:?} after the end"));
    assert_eq!(ends, [(slow.link.id, LinkEnd::TooSlow)]);
    house.whole();
}

// W4

#[test]
fn a_link_that_is_gone_and_a_tenant_that_is_not_there_are_refused() {
    let house = House::new();
    let visitor = house.visitor("v");
    house.engine.detach(visitor.link, Departure::Leaving, house.now);
    assert_eq!(house.try_ask(&visitor), Err(Refusal::LinkGone));
    let reader = house.engine.reader();
    let attach = house.arrival("v");
    let refused = house.engine.attach_visitor(TenantNo(9), reader.outlet(), attach, house.now);
    assert_eq!(refused.err(), Some(Refusal::UnknownSite));
    house.whole();
}

#[test]
fn nothing_is_read_and_no_watch_ended_through_a_link_that_is_gone() {
    let mut house = House::new();
    let (agent, visitor) = (house.online("ann", 1), house.visitor("v"));
    let session = house.ask(&visitor);
    house.say(&visitor, session, "hello");
    let second = house.agent("ann");
    house.engine.detach(agent.link, Departure::Dropped, house.now);
    let id = VisitorId::new("v").unwrap();
    let reads = |session| {
        [
            Command::ReadSession { session },
            Command::ReadMessages { session, from_seq: 1, messages_max: 1 },
            Command::ReadTrail { visitor: id.clone() },
            Command::ReadCounts(Box::default()),
            Command::ReadBlocks { after: None, blocks_max: 1 },
            Command::Unwatch,
            Command::UnwatchFloor,
            Command::UnwatchQueues,
        ]
    };
    for read in reads(session) {
        assert_eq!(house.submit(&agent, read.clone()), Err(Refusal::LinkGone));
        assert!(house.submit(&second, read).is_ok());
    }
    house.submit(&second, Command::Close { session }).unwrap();
    for read in reads(session) {
        assert_eq!(house.submit(&agent, read.clone()), Err(Refusal::LinkGone), "also of its end");
        assert!(house.submit(&second, read).is_ok());
    }
    house.engine.detach(visitor.link, Departure::Leaving, house.now);
    for read in [Command::ReadReception { department: None }, Command::UnwatchReception] {
        assert_eq!(house.submit(&visitor, read), Err(Refusal::LinkGone));
    }
}

// G2

#[test]
fn another_tenants_sessions_and_visitors_are_not_there() {
    let house = House::new();
    let visitor = house.visitor("v");
    let session = house.ask(&visitor);
    let policy = Policy::new(Draft::new(vec![site()], vec![department("sales")])).unwrap();
    let other = house.engine.add_tenant(TenantId::new("evil").unwrap(), policy).unwrap();
    let reader = house.engine.reader();
    let attach =
        AgentAttach { role: Role::Admin, ..AgentAttach::new(AgentId::new("eve").unwrap()) };
    let eve = house.engine.attach_agent(other, reader.outlet(), attach, house.now).unwrap().link;
    let says =
        |command| house.engine.submit(eve, command, house.now).map(|accepted| accepted.reply);
    assert_eq!(says(Command::ReadSession { session }), Err(Refusal::SessionNotFound));
    let read = Command::ReadTrail { visitor: VisitorId::new("v").unwrap() };
    assert_eq!(says(read), Err(Refusal::VisitorNotFound));
    let Reply::Counts { counts, .. } = says(Command::ReadCounts(Box::default())).unwrap() else {
        panic!("no counts")
    };
    assert_eq!((counts.visitors_here, counts.waiting), (0, 0));
}

#[test]
fn a_place_that_was_not_read_before_a_watch_ended_is_not_shown_in_the_next_one() {
    let mut house = House::new();
    let mut sue = house.agent_as(Role::Supervisor, "sue");
    let (first, second) = (house.visitor("v"), house.visitor("w"));
    let (gone, session) = (house.ask(&first), house.ask(&second));
    let watch = || {
        let resume = ResumePoint { session, epoch: house.engine.epoch(), seq: 0 };
        Command::WatchSession { resume }
    };
    let watch = watch();
    house.submit(&sue, watch.clone()).unwrap();
    sue.told();
    house.submit(&first, Command::Close { session: gone }).unwrap();
    house.wait(1_000);
    house.submit(&sue, Command::UnwatchSession { session }).unwrap();
    let _ann = house.online("ann", 1);
    house.submit(&sue, watch).unwrap();
    assert_eq!(positions(&sue.told()), [0; 0], "it has an agent");
    house.whole();
}
